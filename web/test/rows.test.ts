import assert from "node:assert/strict";
import test from "node:test";
import { Log } from "../widget/log";
import type { Author } from "../widget/protocol";
import { dayLabel, rowsOf, type Scene } from "../widget/rows";
import { languages, type Words } from "../widget/words";

const bot: Author = { kind: "bot", name: "Parley" };
const visitor: Author = { kind: "visitor", name: "" };
const noon = new Date(2026, 4, 20, 12, 0).getTime();
const minute = 60_000;

function scene(more: Partial<Scene> = {}): Scene {
	return { words: languages.en as Words, region: "en", now: noon, offline: false, seenUpTo: 0, ...more };
}

function logOf(...entries: [Author, number][]): Log {
	const log = new Log();
	entries.forEach(([author, ts], i) => {
		const m = { id: `m${i}`, seq: i + 1, ts, author, text: `t${i}`, quickReplies: [] };
		log.add(author.kind === "visitor" ? { ...m, clientId: `c${i}` } : m);
	});
	return log;
}

test("one author's messages form a group until five minutes pass, another writes, or the day ends", () => {
	const log = logOf([bot, noon], [bot, noon + minute], [visitor, noon + 2 * minute], [bot, noon + 3 * minute], [bot, noon + 9 * minute]);
	const shape = rowsOf(log.entries(), scene()).filter((r) => r.kind === "message").map((r) => `${r.first ? "F" : "-"}${r.last ? "L" : "-"}`);
	assert.deepEqual(shape, ["F-", "-L", "FL", "FL", "FL"]);
});

test("each day has its line, named for near days", () => {
	const dayMs = 24 * 60 * minute;
	const log = logOf([bot, noon - 8 * dayMs], [bot, noon - dayMs], [bot, noon], [bot, noon + minute]);
	const days = rowsOf(log.entries(), scene()).filter((r) => r.kind === "day").map((r) => r.label);
	assert.deepEqual(days, ["Tuesday, May 12", "Yesterday", "Today"]);
	assert.equal(dayLabel(noon, noon, "es"), "Hoy");
	assert.match(dayLabel(new Date(2024, 0, 2).getTime(), noon, "es"), /2024/);
});

test("the delivery state stands under the newest sent message, and under all that are not sent", () => {
	const log = logOf([visitor, noon], [visitor, noon + minute]);
	log.addOutgoing({ client_id: "p", text: "p" }, noon + 2 * minute, "sending");
	log.addOutgoing({ client_id: "f", text: "f" }, noon + 3 * minute, "failed");
	const metas = () => rowsOf(log.entries(), scene()).filter((r) => r.kind === "message").map((r) => r.meta);
	const [first, second, pending, failed] = metas();
	assert.equal(first, "");
	assert.equal(second, "");
	assert.equal(pending, "Sending…");
	assert.equal(failed, "Not sent");
	const offline = rowsOf(log.entries(), scene({ offline: true })).map((r) => r.meta);
	assert.ok(offline.includes("Will be sent when you are back online"));
	const alone = rowsOf(logOf([visitor, noon]).entries(), scene()).at(-1)?.meta;
	assert.match(alone ?? "", /· Sent$/);
	const seen = rowsOf(logOf([visitor, noon]).entries(), scene({ seenUpTo: 1 })).at(-1)?.meta;
	assert.match(seen ?? "", /· Seen$/);
});

test("a row's key never changes while its entry lives, and no key is used twice", () => {
	const log = logOf([bot, noon], [visitor, noon + minute]);
	log.addOutgoing({ client_id: "p", text: "p" }, noon + 2 * minute, "sending");
	const before = rowsOf(log.entries(), scene()).map((r) => r.key);
	log.acknowledge("p", 9, noon + 2 * minute);
	log.addHandoff("h", 10, noon + 3 * minute, "human");
	const after = rowsOf(log.entries(), scene()).map((r) => r.key);
	assert.deepEqual(after.slice(0, before.length), before);
	assert.equal(new Set(after).size, after.length);
});

test("a screen reader hears who wrote and when", () => {
	const labels = rowsOf(logOf([bot, noon], [visitor, noon]).entries(), scene()).filter((r) => r.kind === "message").map((r) => r.label);
	assert.match(labels[0] ?? "", /^Parley, 12:00.PM:$/);
	assert.match(labels[1] ?? "", /^You, /);
});
