// POST /v1/understand, POST /model/parse as a client of Rasa reads it, and `parley understand`.
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

// Offsets are those of Python's strings: code points, so two of JavaScript's units count once.
const text = "Ünlü 😀 where is my order ORD-1A2B3C4D? Write to ann@shop.example";
const parsed = await post("/model/parse", { text, message_id: "m1" });
const points = [...text];
check("parse answers", parsed.status === 200 && parsed.body.text === text && parsed.body.message_id === "m1", parsed);
check("intent", parsed.body.intent.name === "order_inquiry" && parsed.body.intent.confidence > 0.6, parsed.body.intent);
check("the ranking begins with it and falls",
	parsed.body.intent_ranking[0].name === parsed.body.intent.name &&
		parsed.body.intent_ranking.every((s, i, all) => i === 0 || s.confidence <= all[i - 1].confidence),
	parsed.body.intent_ranking);
for (const kind of ["order_id", "email"]) {
	const entity = parsed.body.entities.find((e) => e.entity === kind);
	const said = entity && points.slice(entity.start, entity.end).join("");
	check(`${kind} lies where its offsets say`, said === entity?.value, { entity, said });
}
check("members of other versions are ignored", (await post("/model/parse", { text: "hi", later: 1 })).status === 200);
for (const [name, body, said] of [
	["a text is needed", {}, /text/],
	["a text that is a number is refused", { text: 5 }, /text/],
	["malformed JSON is refused", "{", /./],
	["a text that is too long is refused", { text: "x".repeat(10001) }, /10000/],
]) {
	const refused = await post("/model/parse", body);
	const { version, status, message, reason, details, code } = refused.body;
	check(`${name}, in Rasa's form`,
		refused.status === 400 && code === 400 && status === "failure" && reason === "BadRequest" &&
			typeof version === "string" && said.test(message) && Object.keys(details).length === 0, refused);
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
