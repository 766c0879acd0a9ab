// POST /v1/understand and `parley understand`.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const program = "build/parley-asan";
const home = fs.mkdtempSync(path.join(os.tmpdir(), "parley-understand-"));
let passed = 0;
let failed = 0;

function check(name, good, seen) {
	if (good) passed++;
	else {
		failed++;
		console.log(`FAILED ${name}: ${JSON.stringify(seen)}`);
	}
}

const server = spawn(program, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", path.join(home, "data")], {
	stdio: ["ignore", "pipe", "pipe"],
});
let log = "";
server.stderr.on("data", (bytes) => (log += bytes));
const address = await new Promise((resolve, reject) => {
	let out = "";
	server.stdout.on("data", (bytes) => {
		out += bytes;
		const found = /http:\/\/[\d.:]+/.exec(out);
		if (found) resolve(found[0]);
	});
	server.on("exit", () => reject(new Error(log)));
});

async function post(where, body) {
	const answer = await fetch(address + where, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: typeof body === "string" ? body : JSON.stringify(body),
	});
	return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.json() };
}

const long = await post("/v1/understand", { text: "x".repeat(10001) });
check("the limit is named", long.status === 422 && /10000/.test(long.body.detail), long);
check("an empty text is calm", (await post("/v1/understand", { text: "" })).body.sentiment.label === "neutral");

const angry = (await post("/v1/understand", { text: "This is terrible and awful! I need it immediately!" })).body;
check("mood", angry.sentiment.label === "negative" && angry.urgency.level !== "low", angry);
const spanish = (await post("/v1/understand", { text: "¿Dónde está mi pedido? Lo necesito mañana." })).body;
check("language", spanish.language.code === "es", spanish.language);
const card = (await post("/v1/understand", { text: "my card is 4111 1111 1111 1111" })).body;
check("personal data is told apart", card.redacted === "my card is [card]", card.redacted);

const printed = spawnSync(program, ["understand", "Where is my order ORD-1A2B3C4D?", "--pack", "packs/ecommerce"], {
	encoding: "utf8",
});
check("the command says the same", printed.status === 0 && JSON.parse(printed.stdout).intent.name === "order_inquiry",
	printed.stdout + printed.stderr);

server.kill("SIGTERM");
const code = await new Promise((resolve) => server.on("exit", resolve));
check("the server stops in good order", code === 0, log);
fs.rmSync(home, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
