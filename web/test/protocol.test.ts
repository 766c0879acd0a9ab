import assert from "node:assert/strict";
import test from "node:test";
import { readFrame, readProblem, readSession } from "../widget/protocol";

const frame = (value: unknown) => readFrame(JSON.stringify(value));

test("a message frame is read with all of its parts", () => {
	const f = frame({
		type: "message", id: "m1", seq: 4, ts: 5, extra: true,
		data: { author: { kind: "agent", name: "Maria" }, text: "hi", client_id: "c", quick_replies: [{ title: "A", payload: "a" }, { title: "B" }, { payload: "no title" }, 7] },
	});
	assert.deepEqual(f, {
		type: "message",
		message: { id: "m1", seq: 4, ts: 5, author: { kind: "agent", name: "Maria" }, text: "hi", clientId: "c", quickReplies: [{ title: "A", payload: "a" }, { title: "B" }] },
	});
});

test("what is not a frame, or lacks what a frame needs, is nothing", () => {
	const message = { type: "message", id: "m", seq: 1, data: { text: "x" } };
	const broken: unknown[] = [
		null, 7, "x", [], {}, { type: "unknown" }, { ...message, seq: -1 }, { ...message, seq: 1.5 }, { ...message, seq: "1" },
		{ ...message, id: "" }, { ...message, data: null }, { ...message, data: { text: 5 } }, { type: "ack", data: { client_id: "c" } },
		{ type: "status", data: { conversation: "human" } }, { type: "handoff", data: {} },
	];
	for (const value of broken) assert.equal(frame(value), null, JSON.stringify(value));
	assert.equal(readFrame("{"), null);
	assert.equal(readFrame(""), null);
});

test("a status keeps only what makes sense", () => {
	const f = frame({ type: "status", seq: 2, data: { conversation: "waiting", queue_position: 3, reference: "ESC-1", agent: { name: "Maria" } } });
	assert.deepEqual(f, { type: "status", seq: 2, status: { conversation: "waiting", queuePosition: 3, reference: "ESC-1", agent: "Maria" } });
	assert.deepEqual(frame({ type: "status", seq: 2, data: { conversation: "odd", queue_position: 0, agent: 5 } }), { type: "status", seq: 2, status: { conversation: "open" } });
});

test("a problem's kind is the last part of its type", () => {
	for (const type of ["https://x.example/problems/visitor-refused", "urn:parley:visitor-refused", "visitor-refused"]) {
		assert.equal(readProblem({ type }).kind, "visitor-refused");
	}
});

test("a session's addresses are read beside the server's own", () => {
	const body = { token: "t", visitor_id: "v", visitor_secret: "s", conversation_id: "c", seq: 3, history: [{ id: "m", seq: 1, ts: 1, author: { kind: "bot" }, text: "x" }, { id: "bad" }] };
	const s = readSession(body, "https://chat.example/v1/webchat/sessions");
	assert.equal(s?.socketUrl, "wss://chat.example/v1/webchat/ws");
	assert.equal(s?.streamUrl, "https://chat.example/v1/webchat/events");
	assert.equal(s?.history.length, 1);
	assert.equal(s?.readSeq, 0);
	assert.equal(readSession({ ...body, read_seq: 2, seen_seq: 1 }, "http://a.example/")?.readSeq, 2);
	assert.equal(readSession({ ...body, ws_url: "/other" }, "http://a.example/x")?.socketUrl, "ws://a.example/other");
	assert.equal(readSession({ ...body, visitor_secret: undefined }, "http://a.example/"), null);
	assert.equal(readSession(null, "http://a.example/"), null);
});
