import assert from "node:assert/strict";
import test from "node:test";
import { Log } from "../widget/log";
import type { Message } from "../widget/protocol";

function message(seq: number, more: Partial<Message> = {}): Message {
	const author = { kind: "bot" as const, name: "" };
	return { id: `m${seq}`, seq, ts: seq * 1000, author, text: `text ${seq}`, quickReplies: [], ...more };
}

const own = (seq: number, clientId: string) => message(seq, { author: { kind: "visitor", name: "" }, clientId });
const texts = (log: Log) => log.entries().map((e) => e.text);

test("messages stand in the order of their numbers, each once, however they arrive", () => {
	const log = new Log();
	for (const seq of [3, 1, 2, 3, 1, 5, 4, 2]) log.add(message(seq));
	assert.deepEqual(texts(log), ["text 1", "text 2", "text 3", "text 4", "text 5"]);
	assert.equal(log.add(message(5)), false);
	assert.equal(log.newest(), 5);
});

test("any mixture of history, live, repetition and echo gives the same log (seeded)", () => {
	for (let seed = 1; seed <= 200; seed++) {
		let state = seed;
		const chance = (n: number) => {
			state = (state * 48271) % 2147483647;
			return state % n;
		};
		const log = new Log();
		log.addOutgoing({ client_id: "own-7", text: "text 7" }, 1, "sending");
		for (let i = 0; i < 60; i++) {
			const seq = 1 + chance(10);
			if (seq === 7 && chance(2)) log.acknowledge("own-7", 7, 7000);
			else log.add(seq === 7 ? own(7, "own-7") : message(seq));
		}
		for (let seq = 1; seq <= 10; seq++) log.add(seq === 7 ? own(7, "own-7") : message(seq));
		const wanted = Array.from({ length: 10 }, (_, i) => `text ${i + 1}`);
		assert.deepEqual(texts(log), wanted, `seed ${seed}`);
	}
});

test("an own message keeps its entry from writing to acknowledgement and echo", () => {
	const log = new Log();
	log.addOutgoing({ client_id: "c1", text: "hello" }, 50, "sending");
	const entry = log.find("c1");
	log.acknowledge("c1", 2, 2000);
	log.add(own(2, "c1"));
	assert.equal(log.entries().length, 1);
	assert.equal(log.entries()[0], entry);
	assert.equal(entry?.delivery, "sent");
});

test("what is on its way stands last, in the order it was written", () => {
	const log = new Log();
	log.addOutgoing({ client_id: "b", text: "second" }, 20, "sending");
	log.addOutgoing({ client_id: "a", text: "first" }, 10, "sending");
	log.add(message(9));
	assert.deepEqual(texts(log), ["text 9", "first", "second"]);
});

test("an acknowledged message cannot fail or be taken back", () => {
	const log = new Log();
	log.addOutgoing({ client_id: "a", text: "x" }, 1, "sending");
	log.acknowledge("a", 1, 1);
	log.mark("a", "failed");
	log.discard("a");
	assert.equal(log.find("a")?.delivery, "sent");
	log.addOutgoing({ client_id: "b", text: "y" }, 1, "failed");
	log.discard("b");
	assert.deepEqual(texts(log), ["x"]);
});

test("unread counts others' messages after a number", () => {
	const log = new Log();
	log.add(message(1));
	log.add(own(2, "c"));
	log.add(message(3));
	log.addHandoff("h", 4, 4000, "human");
	log.add(message(5));
	assert.equal(log.unread(1), 2);
	assert.equal(log.unread(0), 3);
	assert.equal(log.unread(5), 0);
});

test("another conversation takes only what is on its way", () => {
	const log = new Log();
	log.add(message(1));
	log.addOutgoing({ client_id: "a", text: "x" }, 1, "sending");
	log.clearNumbered();
	assert.deepEqual(texts(log), ["x"]);
	assert.equal(log.add(message(1)), true);
});
