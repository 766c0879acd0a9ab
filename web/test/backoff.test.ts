import assert from "node:assert/strict";
import test from "node:test";
import { Backoff, ceilingMs, firstMs } from "../widget/backoff";

test("each wait lies between half and the whole of a doubling step, up to the ceiling", () => {
	for (const random of [0, 0.25, 0.999]) {
		const backoff = new Backoff(() => random);
		let step = firstMs;
		for (let i = 0; i < 40; i++) {
			const wait = backoff.next();
			assert.ok(wait >= step / 2 && wait <= step, `attempt ${i}: ${wait} of ${step}`);
			step = Math.min(ceilingMs, step * 2);
		}
	}
});

test("chance spreads the waits", () => {
	assert.notEqual(new Backoff(() => 0).next(), new Backoff(() => 0.9).next());
});

test("reset starts again, and a floor holds", () => {
	const backoff = new Backoff(() => 1);
	backoff.next();
	backoff.next();
	backoff.reset();
	assert.equal(backoff.next(), firstMs);
	backoff.reset();
	assert.equal(backoff.next(5000), 5000);
});
