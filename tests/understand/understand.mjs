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
const parcel = (await post("/v1/understand", { text: "numero de seguimiento 94001118992231" })).body;
check("what is called a tracking number is one", parcel.entities?.[0]?.entity === "tracking_number", parcel.entities);

// Dates by the person's clock: half an hour before midnight in UTC it is tomorrow in Madrid.
const dated = async (more) => (await post("/v1/understand", { text: "tomorrow", now: Date.UTC(2026, 2, 4, 23, 30), ...more })).body.entities?.[0]?.value;
check("dates in UTC", (await dated({})) === "2026-03-05", await dated({}));
check("dates in a zone", (await dated({ zone: "Europe/Madrid" })) === "2026-03-06", await dated({ zone: "Europe/Madrid" }));
check("dates at an offset", (await dated({ zone: "-09:30" })) === "2026-03-05", await dated({ zone: "-09:30" }));
const nowhere = await post("/v1/understand", { text: "hi", zone: "../../etc/passwd" });
check("no other file is read", nowhere.status === 422 && /^zone: there is no time zone/.test(nowhere.body.detail), nowhere);
check("a moment is a number", (await post("/v1/understand", { text: "hi", now: "today" })).status === 422);

// The command: the same fields as the server's, for texts and for lines.
const understand = (args, input = "") => {
	const ran = spawnSync(program, ["understand", ...args], { encoding: "utf8", input });
	const lines = ran.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
	return { status: ran.status, err: ran.stderr, lines };
};
const pack = ["--pack", "packs/ecommerce"];
const now = ["--now", "2026-03-04T10:00:00"];
const texts = ["Where is my order ORD-1A2B3C4D?", "", "Lo necesito mañana 😀", "a\u0000b"];
const told = understand([...texts.slice(0, 3), ...pack, ...now]);
check("a line a text", told.status === 0 && told.lines.length === 3, told);
for (const [i, text] of texts.slice(0, 3).entries()) {
	const { body } = await post("/v1/understand", { text, now: Date.UTC(2026, 2, 4, 10) });
	check(`the command and the server say the same of "${text}"`, JSON.stringify(body) === JSON.stringify(told.lines[i]),
		[body, told.lines[i]]);
}
const piped = understand([...pack, ...now], texts.join("\n") + "\n");
check("lines of standard input", piped.status === 0 && piped.lines.length === 4 &&
	JSON.stringify(piped.lines.slice(0, 3)) === JSON.stringify(told.lines), piped);
check("a dash is standard input", understand(["-", ...pack], "hello").lines[0].intent.name === "greeting");
check("nothing in, nothing out", understand(pack).status === 0 && understand(pack).lines.length === 0);
check("without a pack there is no intent", understand(["hello"]).lines[0].intent === undefined);
check("the most there may be", understand(["😀".repeat(10000)]).status === 0);
const bytes = spawnSync(program, ["understand"], { input: Buffer.from("my \xff\xfe order\xc3", "latin1"), encoding: "utf8" });
check("bytes that are no UTF-8 are blanks", bytes.status === 0 && /"text":"my +order *"/.test(bytes.stdout), bytes.stdout);
for (const [name, args, input, status, said] of [
	["a long text", ["hi", "x".repeat(10001)], "", 1, /text 2: longer than 10000 characters/],
	["a long line", [], "hi\n" + "x".repeat(10001), 1, /line 2: longer than 10000 characters/],
	["a line without end", [], "x".repeat(1 << 20), 1, /line 1: longer than 10000 characters/],
	["a zone that is none", ["hi", "--zone", "Atlantis"], "", 2, /--zone: there is no time zone "Atlantis"/],
	["a time that is none", ["hi", "--now", "soon"], "", 2, /--now must be a time/],
	["a pack that is none", ["hi", "--pack", "nowhere"], "", 1, /nowhere/],
	["a model that is none", ["hi", "--model", "Makefile"], "", 1, /Makefile/],
	["an option that is none", ["hi", "--pakc", "x"], "", 2, /--pack/],
]) {
	const ran = understand(args, input);
	check(`${name} is said`, ran.status === status && said.test(ran.err), ran);
}
const manual = spawnSync(program, ["understand", "--help"], { encoding: "utf8" }).stdout;
check("the manual has an example", /parley understand "where is my order/.test(manual), manual);

// The page's example: each member that it shows is in the answer as it shows it.
const holds = (shown, seen) =>
	typeof shown !== "object" ? shown === seen
		: Object.entries(shown).every(([key, value]) => seen?.[key] !== undefined && holds(value, seen[key]));
const page = fs.readFileSync("docs/api.md", "utf8");
const section = page.slice(page.indexOf("## Understand a text"), page.indexOf("## Clients of Rasa"));
const request = /-d '(\{.*\})'/.exec(section)[1];
const shown = JSON.parse(/```json\n([^`]*)```/.exec(section)[1]);
const answered = await post("/v1/understand", request);
check("docs/api.md shows what is answered", holds(shown, answered.body), answered.body);

server.kill("SIGTERM");
const code = await new Promise((resolve) => server.on("exit", resolve));
check("the server stops in good order", code === 0, log);
fs.rmSync(home, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
