import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import test from "node:test";
import { Chat } from "../widget/chat";
import type { Message, Outgoing, ServerFrame } from "../widget/protocol";
import { PageShelf } from "../widget/shelf";
import { settle, TestWorld, type ServerEnd } from "./world";

// Node 18 does not offer it globally.
if (!("crypto" in globalThis)) Object.defineProperty(globalThis, "crypto", { value: webcrypto });

function message(seq: number, more: Partial<Message> = {}): Message {
	const author = { kind: "bot" as const, name: "" };
	return { id: `m${seq}`, seq, ts: 1, author, text: `text ${seq}`, quickReplies: [], ...more };
}

const live = (m: Message): ServerFrame => ({ type: "message", message: m });

// Storage as two tabs see it: each hears what the other changes.
class TabShelf extends PageShelf {
	other: TabShelf | null = null;
	private listener: (name: string, value: string | null) => void = () => {};
	override set(name: string, value: string): void {
		super.set(name, value);
		this.other?.hear(name, value);
	}
	override remove(name: string): void {
		super.remove(name);
		this.other?.hear(name, null);
	}
	private hear(name: string, value: string | null): void {
		if (value === null) super.remove(name);
		else super.set(name, value);
		this.listener(name, value);
	}
	override onChange(listener: (name: string, value: string | null) => void): () => void {
		this.listener = listener;
		return () => {};
	}
}

async function chatting(shelf = new PageShelf(), world = new TestWorld()) {
	let changes = 0;
	const chat = new Chat(world, shelf, { changed: () => changes++ });
	chat.start();
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	return { chat, world, shelf, changes: () => changes };
}

const texts = (chat: Chat) => chat.log.entries().map((e) => `${e.text}${e.delivery ? `/${e.delivery}` : ""}`);
const messagesTo = (end: ServerEnd): Outgoing[] => end.sent.flatMap((f) => (f.type === "message" ? [f.data] : []));

function acknowledge(end: ServerEnd, seq: number): void {
	const sent = messagesTo(end).at(-1);
	assert.ok(sent);
	end.frame({ type: "ack", clientId: sent.client_id, id: `m${seq}`, seq, ts: 1 });
}

test("a message is shown at once, sent, and acknowledged", async () => {
	const { chat, world, shelf } = await chatting();
	chat.send("  hello  ");
	assert.deepEqual(texts(chat), ["hello/sending"]);
	assert.match(messagesTo(world.link)[0]?.client_id ?? "", /^[A-Za-z0-9_-]{8,64}$/);
	acknowledge(world.link, 1);
	assert.deepEqual(texts(chat), ["hello/sent"]);
	assert.deepEqual(shelf.names("out:"), []);
});

test("nothing is sent for empty or too long text", async () => {
	const { chat, world } = await chatting();
	chat.send("   ");
	chat.send("x".repeat(10_001));
	assert.deepEqual(messagesTo(world.link), []);
	assert.deepEqual(texts(chat), []);
});

test("without an ack the same message goes out on the next link, and is shown once", async () => {
	const { chat, world } = await chatting();
	chat.send("hello");
	const first = messagesTo(world.link)[0];
	await world.pass(16_000);
	assert.equal(world.links.length, 2);
	world.link.frame({ type: "ready", seq: 1 });
	assert.deepEqual(messagesTo(world.link)[0], first);
	world.link.frame(live(message(1, { text: "hello", author: { kind: "visitor", name: "" }, clientId: first?.client_id ?? "" })));
	acknowledge(world.link, 1);
	assert.deepEqual(texts(chat), ["hello/sent"]);
});

test("what was written offline outlives the page and is sent in order", async () => {
	const world = new TestWorld();
	world.up = false;
	const shelf = new PageShelf();
	const before = new Chat(world, shelf, { changed() {} });
	before.send("one");
	world.time += 10;
	before.send("two");
	before.stop();

	const later = new TestWorld();
	const { chat } = await chatting(shelf, later);
	assert.deepEqual(texts(chat), ["one/sending", "two/sending"]);
	assert.deepEqual(messagesTo(later.link).map((m) => m.text), ["one"], "the next leaves after the ack");
	acknowledge(later.link, 1);
	assert.deepEqual(messagesTo(later.link).map((m) => m.text), ["one", "two"]);
	assert.equal(new Chat(new TestWorld(), shelf, { changed() {} }).returning(), true);
});

test("a refused message fails, and is sent again only when asked, with the same id", async () => {
	const { chat, world } = await chatting();
	chat.send("hello");
	const id = messagesTo(world.link)[0]?.client_id ?? "";
	world.link.frame({ type: "error", problem: { status: 422, title: "", detail: "", kind: "", clientId: id } });
	assert.deepEqual(texts(chat), ["hello/failed"]);
	world.link.end("network");
	await world.pass(1_000);
	world.link.frame({ type: "ready", seq: 0 });
	assert.deepEqual(messagesTo(world.link), []);
	chat.retry(id);
	assert.equal(messagesTo(world.link)[0]?.client_id, id);
	chat.discard(id);
	assert.deepEqual(texts(chat), []);
});

test("too fast and too busy are tried again, in order, a limited number of times", async () => {
	const { chat, world } = await chatting();
	chat.send("one");
	chat.send("two");
	const id = messagesTo(world.link)[0]?.client_id ?? "";
	const busy = () => world.link.frame({ type: "error", problem: { status: 503, title: "", detail: "", kind: "", clientId: id } });
	busy();
	assert.deepEqual(texts(chat), ["one/sending", "two/sending"]);
	assert.equal(messagesTo(world.link).length, 1);
	await world.pass(1_000);
	assert.deepEqual(messagesTo(world.link).map((m) => m.text), ["one", "one"]);
	for (let again = 1; again < 5; again++) {
		busy();
		await world.pass(1_000 * 2 ** again);
	}
	assert.equal(texts(chat)[0], "one/sending");
	busy();
	assert.equal(texts(chat)[0], "one/failed");
	assert.equal(messagesTo(world.link).at(-1)?.text, "two");
});

test("a message that closes the connection for its size fails instead of looping", async () => {
	const { chat, world } = await chatting();
	chat.send("big");
	world.link.end("too-big");
	await world.pass(1_000);
	world.link.frame({ type: "ready", seq: 0 });
	assert.deepEqual(messagesTo(world.link), []);
	assert.deepEqual(texts(chat), ["big/failed"]);
});

test("quick replies stand with the newest message and carry their payload", async () => {
	const { chat, world } = await chatting();
	world.link.frame(live(message(1, { quickReplies: [{ title: "Yes", payload: "/yes" }, { title: "No" }] })));
	assert.equal(chat.quickReplies().length, 2);
	chat.send("Yes", chat.quickReplies()[0]);
	assert.deepEqual(chat.quickReplies(), []);
	const sent = messagesTo(world.link)[0];
	assert.deepEqual([sent?.text, sent?.payload, sent?.quick_reply], ["Yes", "/yes", true]);
});

test("a second tab shows the first one's messages once and sends only what nobody settled", async () => {
	const shelfA = new TabShelf();
	const shelfB = new TabShelf();
	shelfA.other = shelfB;
	shelfB.other = shelfA;
	const a = await chatting(shelfA);
	const b = await chatting(shelfB);
	a.chat.send("from a");
	assert.deepEqual(texts(b.chat), ["from a/sending"]);
	const id = messagesTo(a.world.link)[0]?.client_id ?? "";
	acknowledge(a.world.link, 1);
	const echo = live(message(1, { text: "from a", author: { kind: "visitor", name: "" }, clientId: id }));
	a.world.link.frame(echo);
	b.world.link.frame(echo);
	assert.deepEqual(texts(a.chat), ["from a/sent"]);
	assert.deepEqual(texts(b.chat), ["from a/sent"]);
	b.world.link.end("network");
	await b.world.pass(1_000);
	b.world.link.frame({ type: "ready", seq: 1 });
	assert.deepEqual(messagesTo(b.world.link), []);
});

test("a tab that breaks down leaves its message to the others", async () => {
	const shelfA = new TabShelf();
	const shelfB = new TabShelf();
	shelfA.other = shelfB;
	shelfB.other = shelfA;
	const worldA = new TestWorld();
	worldA.up = false;
	const a = new Chat(worldA, shelfA, { changed() {} });
	const b = await chatting(shelfB);
	a.send("stranded");
	b.world.link.end("again");
	await b.world.pass(1_000);
	b.world.link.frame({ type: "ready", seq: 0 });
	assert.deepEqual(messagesTo(b.world.link).map((m) => m.text), ["stranded"]);
});

test("reading in one tab is reading in all", async () => {
	const shelfA = new TabShelf();
	const shelfB = new TabShelf();
	shelfA.other = shelfB;
	const a = await chatting(shelfA);
	const b = await chatting(shelfB);
	for (const tab of [a, b]) tab.world.link.frame(live(message(5)));
	assert.equal(b.chat.unread(), 1);
	a.chat.markRead();
	assert.equal(b.chat.unread(), 0);
	assert.deepEqual(a.world.link.sent.filter((f) => f.type === "read"), [{ type: "read", data: { up_to_seq: 5 } }]);
});

test("what was read in another browser is read here, by frame and by session", async () => {
	const { chat, world } = await chatting();
	for (const seq of [5, 6]) world.link.frame(live(message(seq)));
	assert.equal(chat.unread(), 2);
	world.link.frame({ type: "read", upToSeq: 5, author: { kind: "visitor", name: "" } });
	assert.equal(chat.unread(), 1);
	world.link.frame({ type: "read", upToSeq: 6, author: { kind: "agent", name: "Ann" } });
	assert.equal(chat.unread(), 1);
	assert.equal(chat.log.seenUpTo, 6);
});

test("typing is said at most every two seconds and taken back after a pause", async () => {
	const { chat, world } = await chatting();
	const said = () => world.link.sent.flatMap((f) => (f.type === "typing" ? [f.data.on] : []));
	for (let i = 0; i < 30; i++) {
		chat.typed();
		await world.pass(100);
	}
	assert.deepEqual(said(), [true, true]);
	await world.pass(6_000);
	assert.deepEqual(said(), [true, true, false]);
});

test("others' typing ends with their message or by itself", async () => {
	const { chat, world } = await chatting();
	const author = { kind: "agent" as const, name: "Maria" };
	world.link.frame({ type: "typing", on: true, author });
	assert.deepEqual(chat.typing, author);
	world.link.frame(live(message(1, { author })));
	assert.equal(chat.typing, null);
	world.link.frame({ type: "typing", on: true, author });
	await world.pass(8_500);
	assert.equal(chat.typing, null);
});

test("a new conversation starts an empty log and takes the unsent along", async () => {
	const { chat, world } = await chatting();
	world.link.frame(live(message(9)));
	chat.markRead();
	chat.send("unsent");
	world.nextSession = { conversation: "c2", seq: 1, history: [message(1, { text: "hello again" })] };
	world.link.end("session");
	await world.pass(1_000);
	assert.deepEqual(texts(chat), ["hello again", "unsent/sending"]);
	assert.equal(chat.unread(), 1);
});

test("hand-over: the line and the newest status are kept", async () => {
	const { chat, world } = await chatting();
	world.link.frame({ type: "handoff", id: "h1", seq: 3, ts: 1, to: "human" });
	world.link.frame({ type: "handoff", id: "h1", seq: 3, ts: 1, to: "human" });
	world.link.frame({ type: "status", seq: 4, status: { conversation: "waiting", queuePosition: 2, reference: "ESC-1" } });
	assert.equal(chat.log.entries().length, 1);
	assert.deepEqual(chat.status, { conversation: "waiting", queuePosition: 2, reference: "ESC-1" });
});
