import assert from "node:assert/strict";
import test from "node:test";
import { Cursor } from "../widget/cursor";

test("a live frame that overtakes the missed ones does not hide them", () => {
	const c = new Cursor();
	c.start(10);
	c.connected(12);
	c.saw(13); // live, sent before the server read the resume
	assert.equal(c.value, 10);
	c.saw(11);
	c.saw(12);
	assert.equal(c.value, 12);
	c.resumed();
	c.saw(13);
	assert.equal(c.value, 13);
});

test("with nothing missed, live frames count at once", () => {
	const c = new Cursor();
	c.start(12);
	c.connected(12);
	c.saw(13);
	assert.equal(c.value, 13);
});

test("it never goes back", () => {
	const c = new Cursor();
	c.start(5);
	c.connected(9);
	c.resumed();
	c.saw(8);
	c.saw(7);
	assert.equal(c.value, 8);
});
