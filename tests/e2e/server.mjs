// The server under test: `serve --demo` of the program with sanitizers, on a free port, with data of its own.
// PARLEY_E2E_SERVER may name another command line; {port} and {data} are filled in.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const commandLine = process.env.PARLEY_E2E_SERVER ?? "build/parley-asan serve --demo --listen 127.0.0.1:{port} --data {data}";
const startWithinMs = 15_000;
const stopWithinMs = 15_000;

async function freePort() {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const { port } = probe.address();
	probe.close();
	await once(probe, "close");
	return port;
}

export class Server {
	static async start() {
		const server = new Server();
		server.port = await freePort();
		server.data = mkdtempSync(join(tmpdir(), "parley-e2e-"));
		await server.run();
		return server;
	}

	get origin() {
		return `http://127.0.0.1:${this.port}`;
	}

	// Starts the process on the same port and data as before.
	async run() {
		const words = commandLine.split(" ").map((w) => w.replace("{port}", String(this.port)).replace("{data}", this.data));
		this.said = "";
		this.process = spawn(words[0], words.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream.on("data", (bytes) => {
				this.said = (this.said + bytes).slice(-20_000);
			});
		}
		this.gone = once(this.process, "exit");
		for (const end = Date.now() + startWithinMs; Date.now() < end; ) {
			if (this.process.exitCode !== null) break;
			const answer = await fetch(`${this.origin}/health/ready`).catch(() => null);
			if (answer?.ok) return;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		await this.kill();
		throw new Error(`the server did not become ready:\n${this.said}`);
	}

	// Ends the process as a power cut would.
	async kill() {
		if (this.process.exitCode === null) this.process.kill("SIGKILL");
		await this.gone;
	}

	// Ends it as an operator does; gives the exit code or the signal that was needed.
	async end() {
		this.process.kill("SIGTERM");
		const timer = setTimeout(() => this.process.kill("SIGKILL"), stopWithinMs);
		const [code, signal] = await this.gone;
		clearTimeout(timer);
		return signal ?? code;
	}

	async stop() {
		const how = this.process.exitCode === null && this.process.signalCode === null ? await this.end() : 0;
		rmSync(this.data, { recursive: true, force: true });
		return how;
	}

	async api(method, path, body) {
		const answer = await fetch(this.origin + path, {
			method,
			headers: { "Content-Type": "application/json" },
			...(body ? { body: JSON.stringify(body) } : {}),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}
}
