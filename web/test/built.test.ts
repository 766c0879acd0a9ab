// The files as they are built into the program. Run from web/ by `npm test`, after the build.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const built = join(dirname(fileURLToPath(import.meta.url)), "..", "web");
const read = (name: string) => readFileSync(join(built, name), "utf8");

test("the widget is at most 40 KB compressed, all in all", (t) => {
	const size = gzipSync(read("widget.js"), { level: 9 }).length;
	t.diagnostic(`widget.js: ${size} bytes compressed`);
	assert.ok(size <= 40 * 1024, `${size} bytes`);
	assert.ok(size > 4 * 1024, "it cannot be whole");
});

test("no script writes HTML, evaluates text, or sets style and event attributes", () => {
	const forbidden = [/\.innerHTML/, /\.outerHTML/, /insertAdjacentHTML/, /document\.write/, /\beval\(/, /new Function/, /srcdoc/, /setAttribute\("(style|on)/];
	for (const name of readdirSync(built).filter((n) => n.endsWith(".js"))) {
		for (const pattern of forbidden) assert.doesNotMatch(read(name), pattern, `${name}: ${pattern}`);
	}
});

test("pages hold no inline script or style and load nothing from elsewhere", () => {
	for (const name of readdirSync(built).filter((n) => n.endsWith(".html"))) {
		const page = read(name);
		assert.doesNotMatch(page, /<script(?![^>]*\ssrc="\/)/, name);
		assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=/, name);
		assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//, name);
		for (const [, file] of page.matchAll(/(?:src|href)="\/([a-z]+\.(?:js|css|svg))"/g)) {
			assert.ok(readdirSync(built).includes(file ?? ""), `${name} names ${file}`);
		}
	}
	for (const name of readdirSync(built).filter((n) => n.endsWith(".css"))) assert.doesNotMatch(read(name), /@import|url\(/, name);
});
