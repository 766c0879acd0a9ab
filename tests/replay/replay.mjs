// A served conversation is replayed: the same byte for byte, and otherwise under another pack.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { mixed } from "./mixed.mjs";

const parley = "build/parley";
const home = fs.mkdtempSync(path.join(os.tmpdir(), "parley-replay-"));
const data = path.join(home, "data");
let passed = 0;
let failed = 0;

function check(name, good, seen) {
	if (good) passed++;
	else {
		failed++;
		console.log(`FAILED ${name}${seen === undefined ? "" : `: ${seen}`}`);
	}
}

function replay(...words) {
	const done = spawnSync(parley, ["replay", "--data", data, ...words], { encoding: "utf8" });
	const lines = done.stdout.trim().split("\n");
	return { code: done.status, lines, text: done.stdout + done.stderr, last: () => JSON.parse(lines.at(-1)) };
}

function serve() {
	const server = spawn(parley, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", data], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	return new Promise((resolve, reject) => {
		let said = "";
		server.stdout.on("data", (bytes) => {
			said += bytes;
			const address = /http:\/\/[\d.:]+/.exec(said);
			if (address) resolve({ server, address: address[0] });
		});
		server.on("exit", () => reject(new Error(`the server ended: ${said}`)));
	});
}

async function say(address, who, text) {
	const answer = await fetch(`${address}/v1/messages`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ from: { id: who, email: who }, text }),
	});
	return answer.json();
}

async function approve(address) {
	const { approvals } = await (await fetch(`${address}/v1/approvals?status=pending`)).json();
	await fetch(`${address}/v1/approvals/${approvals[0].id}`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ decision: "approve" }),
	});
}

// The shop's pack with one text in a file replaced.
function otherPack(name, file, was, is) {
	const folder = path.join(home, name);
	fs.cpSync("packs/ecommerce", folder, { recursive: true });
	const text = fs.readFileSync(path.join(folder, file), "utf8");
	check(`${file} holds what ${name} changes`, text.includes(was));
	fs.writeFileSync(path.join(folder, file), text.replace(was, is));
	return folder;
}

const { server, address } = await serve();
const john = "john.doe@example.com";
const first = await say(address, john, "Where is my order ORD-1A2B3C4D?");
await say(address, john, "I want a refund for ORD-7F3E9A21, it arrived broken");
const sarah = await say(address, "sarah.connor@example.com", "I want a refund for my terrible monitor, it arrived broken. My name is Sarah Connor, +44 20 7946 0958");
await approve(address);
await say(address, "bob.wilson@example.com", "hmm");
await say(address, john, "Thank you, that was great");
await say(address, "nobody@example.com", "Where is my order ORD-1A2B3C4D?");
await say(address, "jane.smith@example.com", "I want to speak to a manager");
await say(address, "jane.smith@example.com", "hello?");
await new Promise((resolve) => setTimeout(resolve, 500));

const beside = replay("--json");
check("beside a running server every turn is the same", beside.code === 0 && beside.last().diverged === 0, beside.text);
check("every turn was replayed", beside.last().turns === 9 && beside.last().equal === 9, beside.lines.at(-1));
const one = replay(first.turn_id, "--json");
check("one turn by its id", one.last().turns === 1 && one.last().equal === 1, one.text);
const conversation = replay(first.conversation_id, "--json");
check("one conversation by its id", conversation.last().turns === 3, conversation.text);
const why = spawnSync(parley, ["why", first.message_id, "--data", data], { encoding: "utf8" });
check("why a reply says what it says", why.status === 0 && /intent/.test(why.stdout), why.stdout + why.stderr);
check("why shows what was written and said, what came second, the time of answers and the cost",
	/^customer: Where is my order/m.test(why.stdout) && /^reply: /m.test(why.stdout) && /second: \S+ \(responses\.yaml:\d+\), which holds too/.test(why.stdout)
	&& /asked +context\/orders: ok after [\d.]+ ms/.test(why.stdout) && /cost +\d+ µs of work, \d+ bytes stored, \d answers from outside/.test(why.stdout), why.stdout);
check("an id that is none is refused", replay("x_123").code === 1);
check("a wrong time is refused", replay("--since", "tomorrow").code === 2);
check("nothing is older than a day away", replay("--since", "1d", "--json").last().turns === 9);

server.kill("SIGKILL");
await new Promise((resolve) => server.on("exit", resolve));
check("the same after the server's death", replay("--json").last().equal === 9);

const other = otherPack("careful", "actions.yaml", "premium: 250", "premium: 60");
const whatIf = replay("--pack", other, "--json").last();
check("a lower limit would have asked for approval", whatIf.turns_by_kind.approval === 1 && whatIf.turns_by_kind.acted >= 1, JSON.stringify(whatIf));
check("one conversation would have gone otherwise", whatIf.conversations_otherwise === 1 && whatIf.conversations === 5
	&& whatIf.conversations_by_kind.approval === 1 && whatIf.conversations_by_kind.escalated === 0, JSON.stringify(whatIf));
check("the rest would have been the same", whatIf.equal === 8, JSON.stringify(whatIf));
const readable = replay("--pack", other);
check("a summary for people names the kinds there were", /^1 of 5 conversations would have gone otherwise:$/m.test(readable.text)
	&& /^ {2}approval +1 conversation, 1 turn$/m.test(readable.text) && !/ 0 turns/.test(readable.text), readable.text);
check("replies are shown as a difference", /^ {2}-.*on its way/m.test(readable.text) && /^ {2}\+.*approve/m.test(readable.text));
check("a what-if that differs is no failure", readable.code === 0, readable.code);

// The new pack asks more: what some turn of the person asked before is known, the rest is not.
const asking = (name, url) => `  - {name: ${name}, personal: true, url: "${url}", timeout: 1s}\n`;
const known = otherPack("known", "context.yaml", "record:\n", asking("again", "${orders_url}/customers/{{person}}/orders") + "record:\n");
const borrowed = replay("--pack", known, "--json").last();
check("answers to the same URL are borrowed, from the turn or an earlier one of the conversation",
	borrowed.borrowed === 5 && borrowed.unanswered === 1, JSON.stringify(borrowed));
check("a borrowed answer changes nothing by itself", borrowed.turns_by_kind.answered === 0, JSON.stringify(borrowed));
const unknown = otherPack("unknown", "context.yaml", "record:\n", asking("weather", "${orders_url}/weather/{{person}}") + "record:\n");
const unanswered = replay("--pack", unknown, "--json").last();
check("questions without a recorded answer are counted", unanswered.borrowed === 0 && unanswered.unanswered === 6, JSON.stringify(unanswered));

// A recorded conversation becomes a transcript that plays as it was, without what is personal.
const tested = otherPack("tested", "actions.yaml", "premium: 250", "premium: 251");
fs.rmSync(path.join(tested, "tests"), { recursive: true });
const test = (...words) => {
	const done = spawnSync(parley, ["test", ...words], { encoding: "utf8" });
	return { code: done.status, text: done.stdout + done.stderr };
};
for (const [name, id, own] of [["john", first.conversation_id, /john|doe/i], ["sarah", sarah.conversation_id, /sarah|connor|7946/i]]) {
	const added = test("add", id, "--data", data, "--pack", tested, "--name", name, "--replace", "order_id");
	check(`${name}'s conversation plays as it was recorded`, added.code === 0, added.text);
	const text = fs.readFileSync(path.join(tested, "tests", `${name}.yaml`), "utf8");
	check(`${name}'s transcript is nobody's`, !own.test(text) && !/1A2B3C4D|7F3E9A21/.test(text), text);
	check(`${name}'s transcript holds what was decided and done`, /lane: priority\+actions$/m.test(text) && /decision: priority\+actions$/m.test(text) && /^ +reply: "/m.test(text) && /actions: \{process_refund: /.test(text), text);
}
check("an approval is in it", /- verdict: approve/.test(fs.readFileSync(path.join(tested, "tests/sarah.yaml"), "utf8")));
const played = test(tested);
check("both pass", played.code === 0 && /^2 passed, 0 failed$/m.test(played.text), played.text);
const rules = path.join(tested, "actions.yaml");
fs.writeFileSync(rules, fs.readFileSync(rules, "utf8").replace("premium: 251", "premium: 60"));
const broken = test(tested);
check("a change of the pack breaks a transcript, with file and line", broken.code === 1 && /tests\/john\.yaml:\d+: .*process_refund is pending/.test(broken.text), broken.text);
const blessed = test("--bless", tested);
check("blessing shows the difference and passes", blessed.code === 0 && /^-.*process_refund: done/m.test(blessed.text)
	&& /^\+.*process_refund: pending/m.test(blessed.text) && /^1 transcript was written anew$/m.test(blessed.text), blessed.text);
check("after that it passes", test(tested).code === 0);

fs.rmSync(home, { recursive: true });

const more = await mixed();
passed += more.passed;
failed += more.failed;
for (const line of more.lines) console.log(line);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
