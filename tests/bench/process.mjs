// Processes that the bench starts and watches: ready time, processor time, memory, and a clean end.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {createServer, connect} from 'node:net';
import {join} from 'node:path';

const READY_TIMEOUT_MS = 15000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

// Whether GET path answers 200 now. One bare request a try: a client library would cost more than what is measured.
function answers(port, path) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`));
		socket.once('data', (data) => {
			socket.destroy();
			resolve(data.toString('latin1').startsWith('HTTP/1.1 200'));
		});
		socket.on('error', () => resolve(false));
	});
}

export class Server {
	constructor(name, child, port) {
		Object.assign(this, {name, child, port, pid: child.pid, url: `http://127.0.0.1:${port}`});
	}

	// Starts a server and waits until its ready path answers; readyMs is the time between.
	static async start({name, command, args, port, readyPath = '/health', env = {}}) {
		const started = process.hrtime.bigint();
		const child = spawn(command, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
		const server = new Server(name, child, port);
		server.output = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (data) => {
				server.output = (server.output + data).slice(-4000);
			});
		const deadline = Date.now() + READY_TIMEOUT_MS;
		while (!(await answers(port, readyPath))) {
			if (child.exitCode !== null || Date.now() > deadline)
				throw new Error(`${name} did not become ready:\n${server.output}`);
			await sleep(1);
		}
		server.readyMs = Number(process.hrtime.bigint() - started) / 1e6;
		return server;
	}

	// Ticks of processor time so far: all, of that in the kernel, of that on the first thread (the loop).
	cpuTicks() {
		const ticks = (path) => {
			const stat = readFileSync(path, 'latin1');
			const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			return {user: Number(fields[11]), kernel: Number(fields[12])};
		};
		const all = ticks(`/proc/${this.pid}/stat`), loop = ticks(`/proc/${this.pid}/task/${this.pid}/stat`);
		return {all: all.user + all.kernel, kernel: all.kernel, loop: loop.user + loop.kernel};
	}

	// Bytes: all that is resident, and of that what belongs to the process alone.
	memory() {
		const rollup = readFileSync(`/proc/${this.pid}/smaps_rollup`, 'latin1');
		const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)[1]);
		return {resident: kb('Rss') * 1024, own: (kb('Private_Clean') + kb('Private_Dirty')) * 1024};
	}

	async stop() {
		if (this.child.exitCode !== null || this.child.signalCode !== null)
			return;
		const ended = once(this.child, 'exit');
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000);
		await ended;
		clearTimeout(timer);
	}
}

export function folderBytes(folder) {
	let bytes = 0;
	for (const entry of readdirSync(folder, {withFileTypes: true}))
		bytes += entry.isDirectory() ? folderBytes(join(folder, entry.name)) : statSync(join(folder, entry.name)).size;
	return bytes;
}

export function summary(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	return {median, min: sorted[0], max: sorted[sorted.length - 1]};
}
