import assert from "node:assert/strict";
import test from "node:test";
import { linkify } from "../widget/linkify";

const links = (text: string) => linkify(text).filter((p) => p.href).map((p) => p.text);

test("nothing of the text is lost or doubled", () => {
	const samples = ["", "plain", "see https://a.example/x, and (http://b.example).", "ORD-1A2B3C4D?", "https://", "a https://a.example/ORD-12345 b"];
	for (const text of samples) assert.equal(linkify(text).map((p) => p.text).join(""), text);
});

test("http and https become links, without the sentence around them", () => {
	assert.deepEqual(links("See https://a.example/x?y=1. Or (http://b.example/z), ok?"), ["https://a.example/x?y=1", "http://b.example/z"]);
	assert.deepEqual(links("https://en.example/wiki/C_(language)"), ["https://en.example/wiki/C_(language)"]);
	assert.deepEqual(links("HTTPS://A.EXAMPLE!"), ["HTTPS://A.EXAMPLE"]);
});

test("other schemes, hidden users and broken addresses stay text", () => {
	const hostile = [
		"javascript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "ftp://a.example",
		"https://shop.example@evil.example/", "https://user:pw@a.example", "http://", "https:///x", "http://[",
		"java\nscript:alert(1)", "<a href='x'>",
	];
	for (const text of hostile) assert.deepEqual(links(text), [], text);
});

test("an address ends before markup, quotes and invisible characters", () => {
	assert.deepEqual(links('http://a.example/"onmouseover=alert(1)'), ["http://a.example/"]);
	assert.deepEqual(links("http://a.example/<b>"), ["http://a.example/"]);
	assert.deepEqual(links("http://a.example/\u202egnp.exe"), ["http://a.example/"]);
});

test("references stay whole", () => {
	const whole = linkify("Where is ORD-1A2B3C4D, and ESC-20431?").filter((p) => p.whole).map((p) => p.text);
	assert.deepEqual(whole, ["ORD-1A2B3C4D", "ESC-20431"]);
});

test("a long row of brackets is the sentence's, not the address's", () => {
	assert.deepEqual(links("https://a.example/" + ")".repeat(9_000)), ["https://a.example/"]);
	assert.deepEqual(links("https://a.example/(x)" + ")".repeat(9_000)), ["https://a.example/(x)"]);
});
