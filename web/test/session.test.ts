import assert from "node:assert/strict";
import test from "node:test";
import { endOfCode } from "../widget/socket";
import { retryAfterMs, storedVisitor } from "../widget/session";
import { PageShelf } from "../widget/shelf";

test("each close code has its meaning", () => {
	const meant: Record<number, string> = {
		1000: "parked", 1001: "again", 1002: "network", 1006: "network", 1007: "network", 1008: "session", 1009: "too-big",
		1011: "network", 1013: "later", 4401: "session", 4409: "parked", 4429: "later", 4999: "network",
	};
	for (const [code, ending] of Object.entries(meant)) assert.equal(endOfCode(Number(code)), ending, code);
});

test("Retry-After is seconds or a date, never negative and never absurd", () => {
	const now = Date.parse("2026-05-01T12:00:00Z");
	assert.equal(retryAfterMs("7", now), 7_000);
	assert.equal(retryAfterMs("Fri, 01 May 2026 12:00:30 GMT", now), 30_000);
	assert.equal(retryAfterMs("Fri, 01 May 2026 11:00:00 GMT", now), 0);
	assert.equal(retryAfterMs("99999999", now), 600_000);
	for (const nothing of [null, "", "soon"]) assert.equal(retryAfterMs(nothing, now), 0);
});

test("a broken note of the visitor is none", () => {
	const shelf = new PageShelf();
	for (const bad of ["", "{", "5", '{"id":"v"}', '{"id":1,"secret":"s"}']) {
		shelf.set("visitor", bad);
		assert.equal(storedVisitor(shelf), null, bad);
	}
	shelf.set("visitor", '{"id":"v","secret":"s"}');
	assert.deepEqual(storedVisitor(shelf), { id: "v", secret: "s" });
});
