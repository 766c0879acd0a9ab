import assert from "node:assert/strict";
import test from "node:test";
import { contrast, ink, parseHex, readableOn, textOn, toHex, white, type Rgb } from "../widget/colour";

test("hex colours are read and written, others refused", () => {
	assert.deepEqual(parseHex("#4f46e5"), [79, 70, 229]);
	assert.deepEqual(parseHex(" #FfF "), [255, 255, 255]);
	assert.equal(toHex([79, 70, 229]), "#4f46e5");
	for (const bad of ["", "red", "#12", "#12345g", "#1234567", "url(x)", "#fff;}"]) assert.equal(parseHex(bad), null, bad);
});

test("contrast agrees with the known ends and is symmetric", () => {
	assert.equal(contrast(white, [0, 0, 0]), 21);
	assert.equal(contrast(white, white), 1);
	assert.ok(Math.abs(contrast([118, 118, 118], white) - 4.54) < 0.01);
	assert.equal(contrast(ink, white), contrast(white, ink));
});

test("whatever the accent, it reads as text on every surface, and text reads on it", () => {
	const surfaces: Rgb[] = [white, [22, 24, 32], [243, 244, 248], [36, 39, 51]];
	for (let r = 0; r <= 255; r += 51) {
		for (let g = 0; g <= 255; g += 51) {
			for (let b = 0; b <= 255; b += 51) {
				const accent: Rgb = [r, g, b];
				assert.ok(contrast(textOn(accent), accent) >= 4.3, toHex(accent));
				for (const surface of surfaces) assert.ok(contrast(readableOn(accent, surface), surface) >= 4.5, toHex(accent));
			}
		}
	}
});
