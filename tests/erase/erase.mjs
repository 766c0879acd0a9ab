// What an erased person wrote can be read nowhere: not over the API, not in the store, not in a backup.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const program = "build/parley-asan";
const home = fs.mkdtempSync(path.join(os.tmpdir(), "parley-erase-"));
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

function parley(...words) {
	const done = spawnSync(program, words, { encoding: "utf8" });
	return { code: done.status, text: done.stdout + done.stderr };
}

function serve() {
	const server = spawn(program, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", data], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let said = "";
	server.stderr.on("data", (bytes) => (said += bytes));
	return new Promise((resolve, reject) => {
		let out = "";
		server.stdout.on("data", (bytes) => {
			out += bytes;
			const address = /http:\/\/[\d.:]+/.exec(out);
			if (address) resolve({ server, address: address[0], log: () => said });
		});
		server.on("exit", () => reject(new Error(`the server ended: ${said}`)));
	});
}

async function stop({ server, log }) {
	const ended = new Promise((resolve) => server.on("exit", resolve));
	server.kill("SIGTERM");
	const code = await ended;
	check("the server stops in good order", code === 0, `${code} ${log()}`);
}

async function say(address, who, text) {
	const answer = await fetch(`${address}/v1/messages`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ from: { id: who }, text }),
	});
	return answer.json();
}

const get = async (address, where) => {
	const answer = await fetch(address + where);
	return { status: answer.status, body: await answer.json() };
};

// A what-if of another pack, once it is done; its examples show what was written.
async function whatIf(address) {
	const answer = await fetch(`${address}/v1/replays`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ pack: "gaming" }),
	});
	const { id } = await answer.json();
	for (let tries = 0; tries < 100; tries++) {
		const now = await get(address, `/v1/replays/${id}`);
		if (now.body.state !== "running") return now.body;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new Error("the replay does not end");
}

// Files of the folders, whatever they are, that hold the text.
const holding = (text, ...folders) => folders.flatMap((folder) => fs.readdirSync(folder, { withFileTypes: true })
	.filter((entry) => entry.isFile() && fs.readFileSync(path.join(folder, entry.name)).includes(text))
	.map((entry) => entry.name));

let running = await serve();
const first = await say(running.address, "anna", "My secret word is rhododendron.");
const other = await say(running.address, "otto", "My secret word is hydrangea.");
const before = await get(running.address, `/v1/conversations/${first.conversation_id}`);
const contact = before.body.contact.id;
const backup = path.join(home, "backup.db");
check("a backup beside the running server", parley("db", "backup", backup, "--data", data).code === 0);

const shown = await whatIf(running.address);
check("a replay shows what was written", JSON.stringify(shown).includes("rhododendron"), JSON.stringify(shown));
check("no file holds it in the clear", holding("rhododendron", data, home).length === 0, holding("rhododendron", data, home));

check("what is no contact is refused", parley("erase", "x_1", "--data", data).code === 1);
const erased = parley("erase", contact, "--data", data);
check("erased beside the running server", erased.code === 0, erased.text);
check("it names what it cannot reach", /Copies of the keys/.test(erased.text), erased.text);
check("once only", parley("erase", contact, "--data", data).code === 1);
const after = await get(running.address, `/v1/conversations/${first.conversation_id}/messages`);
check("the API says that the person was erased", after.status === 410, after.status);
const turn = await get(running.address, `/v1/turns/${first.turn_id}`);
check("and so do the causes", turn.status === 410, turn.status);
const shownAfter = await get(running.address, `/v1/replays/${shown.id}`);
check("a replay that ended before shows it no more", shownAfter.status === 200 && !JSON.stringify(shownAfter.body).includes("rhododendron")
	&& shownAfter.body.result.examples_left_out === 1, JSON.stringify(shownAfter.body));
check("and others as before", JSON.stringify(shownAfter.body).includes("hydrangea"));
const kept = await get(running.address, `/v1/conversations/${other.conversation_id}/messages`);
check("others are untouched", kept.body.messages[0].text.includes("hydrangea"));
const again = await say(running.address, "anna", "Hello, what are your opening hours?");
check("the address is nobody's now", again.conversation_id !== first.conversation_id && again.replies.length === 1);
await stop(running);

const replay = parley("replay", "--data", data, "--json").text.trim().split("\n").at(-1);
check("replay of what remains works and leaves out what is gone",
	JSON.parse(replay).equal === 2 && JSON.parse(replay).skipped === 1, replay);

const restored = path.join(home, "restored");
const keys = path.join(home, "keys.db");
check("the keys of today", parley("db", "backup", path.join(home, "later.db"), "--keys", keys, "--data", data).code === 0);
check("the old backup with them", parley("db", "restore", backup, "--keys", keys, "--data", restored).code === 0);
const read = parley("why", first.turn_id, "--data", restored);
check("the old backup cannot be read any more", read.code === 1 && /erased/.test(read.text), read.text);

const alone = (await (async () => {
	running = await serve();
	const c = await get(running.address, `/v1/conversations/${other.conversation_id}`);
	await stop(running);
	return c;
})()).body.contact.id;
check("erased without a server", parley("erase", alone, "--data", data).code === 0);
running = await serve();
const gone = await get(running.address, `/v1/conversations/${other.conversation_id}`);
check("and gone when it serves again", gone.status === 410, gone.status);
await stop(running);

fs.rmSync(home, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
