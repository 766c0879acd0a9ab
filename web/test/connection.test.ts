import assert from "node:assert/strict";
import test from "node:test";
import { Connection, type Phase } from "../widget/connection";
import type { Ended } from "../widget/link";
import type { ServerFrame } from "../widget/protocol";
import { SessionError } from "../widget/session";
import { settle, TestWorld } from "./world";

function connect(world: TestWorld) {
	const seen = { phases: [] as Phase[], frames: [] as ServerFrame[], sessions: 0, ready: 0, tooBig: 0 };
	const connection = new Connection(world, {
		phase: (p) => seen.phases.push(p),
		session: () => seen.sessions++,
		frame: (f) => seen.frames.push(f),
		ready: () => seen.ready++,
		tooBig: () => seen.tooBig++,
	});
	connection.start();
	return { connection, seen };
}

function message(seq: number): ServerFrame {
	const author = { kind: "bot" as const, name: "" };
	return { type: "message", message: { id: `m${seq}`, seq, ts: 1, author, text: "x", quickReplies: [] } };
}

test("it opens a session, then a socket, and resumes from what it knows", async () => {
	const world = new TestWorld();
	world.nextSession = { seq: 7 };
	const { connection, seen } = connect(world);
	await settle();
	assert.equal(world.link.kind, "socket");
	assert.equal(connection.send({ type: "ping", data: {} }), false);
	world.link.frame({ type: "ready", seq: 7 });
	assert.deepEqual(world.link.sent, [{ type: "resume", data: { after_seq: 7 } }, { type: "ping", data: {} }]);
	assert.equal(seen.ready, 1);
	assert.deepEqual(seen.phases, ["connecting", "online"]);
});

test("after a loss it comes back on the same session and resumes after the last number", async () => {
	const world = new TestWorld();
	const { seen } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	world.link.frame(message(4));
	world.link.end("network");
	assert.equal(seen.phases.at(-1), "waiting");
	await world.pass(1_000);
	assert.equal(world.links.length, 2);
	assert.equal(world.sessions, 1);
	world.link.frame({ type: "ready", seq: 6 });
	assert.deepEqual(world.link.sent[0], { type: "resume", data: { after_seq: 4 } });
});

test("frames before ready and of links that are gone are ignored", async () => {
	const world = new TestWorld();
	const { seen } = connect(world);
	await settle();
	const first = world.link;
	first.frame(message(1));
	first.frame({ type: "ready", seq: 0 });
	first.end("network");
	first.frame(message(2));
	first.end("network");
	await world.pass(5_000);
	assert.equal(seen.frames.length, 0);
	assert.equal(world.links.length, 2);
});

test("each ending leads to its own next step", async () => {
	const cases: [Ended, Phase, number, number][] = [
		// ending, phase, then within these ms a new link, sessions opened in all
		["again", "waiting", 1_000, 1],
		["network", "waiting", 500, 1],
		["session", "waiting", 500, 2],
		["later", "busy", 5_000, 1],
		["too-big", "waiting", 500, 1],
	];
	for (const [why, phase, withinMs, sessions] of cases) {
		const world = new TestWorld();
		const { connection, seen } = connect(world);
		await settle();
		world.link.frame({ type: "ready", seq: 0 });
		world.link.end(why);
		assert.equal(connection.phase, phase, why);
		assert.equal(world.links.length, 1, why);
		await world.pass(withinMs);
		assert.equal(world.links.length, 2, why);
		assert.equal(world.sessions, sessions, why);
		assert.equal(seen.tooBig, why === "too-big" ? 1 : 0);
	}
});

test("a replaced connection stays away until it is woken", async () => {
	const world = new TestWorld();
	const { connection } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	world.link.end("parked");
	await world.pass(3_600_000);
	assert.equal(world.links.length, 1);
	connection.wake();
	await settle();
	assert.equal(world.links.length, 2);
});

test("the waits grow while nothing works and start small again after ready", async () => {
	const world = new TestWorld();
	connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	world.sessionFailure = new SessionError("network", "down");
	world.link.end("session");
	await world.pass(120_000);
	const failed = world.sessions;
	assert.ok(failed >= 7 && failed <= 12, `${failed} attempts in two minutes`);
	world.sessionFailure = null;
	while (world.links.length === 1) await world.pass(1_000);
	world.link.frame({ type: "ready", seq: 0 });
	const links = world.links.length;
	world.link.end("network");
	await world.pass(500);
	assert.equal(world.links.length, links + 1);
});

test("a socket that fails twice although HTTP works gives way to the stream", async () => {
	const world = new TestWorld();
	connect(world);
	await settle();
	world.link.end("network");
	await world.pass(1_000);
	assert.equal(world.link.kind, "socket");
	world.link.end("network");
	await world.pass(2_000);
	assert.equal(world.link.kind, "stream");
	world.link.frame({ type: "ready", seq: 0 });
	world.link.end("network");
	await world.pass(1_000);
	assert.equal(world.link.kind, "stream", "it stays with what works");
	world.link.frame({ type: "ready", seq: 0 });
	await world.pass(10_000);
	world.link.frame({ type: "pong" });
	world.time += 10 * 60_000;
	world.link.end("network");
	await world.pass(1_000);
	assert.equal(world.link.kind, "socket", "and tries the socket again later");
});

test("a server that is down for a while does not count as a blocked socket", async () => {
	const world = new TestWorld();
	connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	world.link.end("network");
	await world.pass(500);
	world.sessionFailure = new SessionError("network", "down");
	world.link.end("network");
	await world.pass(20_000);
	world.sessionFailure = null;
	await world.pass(30_000);
	assert.equal(world.link.kind, "socket");
});

test("a link that does not become ready in time is given up", async () => {
	const world = new TestWorld();
	connect(world);
	await settle();
	await world.pass(10_500);
	assert.equal(world.links[0]?.closed, true);
	assert.equal(world.links.length, 2);
});

test("a quiet link is asked for a sign of life and given up without one", async () => {
	const world = new TestWorld();
	const { connection } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	world.link.frame({ type: "pong" });
	await world.pass(26_000);
	const pings = () => world.links[0]?.sent.filter((f) => f.type === "ping").length;
	assert.equal(pings(), 2);
	world.link.frame({ type: "pong" });
	await world.pass(20_000);
	assert.equal(connection.phase, "online");
	await world.pass(25_000);
	assert.equal(pings(), 3);
	assert.equal(world.links.length, 2, "the second silence ended the link");
});

test("without a network it waits for the network, not for a timer", async () => {
	const world = new TestWorld();
	world.up = false;
	const { connection } = connect(world);
	await world.pass(600_000);
	assert.equal(connection.phase, "offline");
	assert.equal(world.sessions, 0);
	world.up = true;
	connection.wake();
	await settle();
	assert.equal(world.links.length, 1);
});

test("going offline closes the link at once", async () => {
	const world = new TestWorld();
	const { connection } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	connection.networkLost();
	assert.equal(world.link.closed, true);
	assert.equal(connection.phase, "offline");
});

test("a refused page stays refused; a busy server is given the time it asks for", async () => {
	const refused = new TestWorld();
	refused.sessionFailure = new SessionError("refused", "origin");
	const quiet = console.error;
	console.error = () => {};
	const { connection } = connect(refused);
	await refused.pass(600_000);
	connection.start();
	connection.wake();
	await settle();
	console.error = quiet;
	assert.equal(refused.sessions, 1);
	assert.equal(connection.phase, "refused");

	const busy = new TestWorld();
	busy.sessionFailure = new SessionError("later", "busy", 60_000);
	connect(busy);
	await busy.pass(59_000);
	assert.equal(busy.sessions, 1);
	await busy.pass(2_000);
	assert.equal(busy.sessions, 2);
});

test("another conversation is read from its own start", async () => {
	const world = new TestWorld();
	world.nextSession = { seq: 50 };
	const { connection } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 50 });
	assert.equal(connection.cursor.value, 50);
	world.nextSession = { seq: 2, conversation: "c2" };
	world.link.end("session");
	await world.pass(1_000);
	assert.equal(connection.cursor.value, 2);
});

test("stopping ends everything", async () => {
	const world = new TestWorld();
	const { connection } = connect(world);
	await settle();
	world.link.frame({ type: "ready", seq: 0 });
	connection.stop();
	assert.equal(world.link.closed, true);
	await world.pass(3_600_000);
	assert.equal(world.links.length, 1);
});
