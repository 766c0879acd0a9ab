import assert from "node:assert/strict";
import test from "node:test";
import { readOptions } from "../widget/options";

const read = (data: Record<string, string>, languages: string[] = []) => readOptions(data, "https://chat.example/widget.js?v=1", "", languages);

test("with no attribute at all there is a working default", () => {
	assert.deepEqual(read({}), {
		base: "https://chat.example/", key: "", language: "en", region: "en", theme: "auto", accent: "", title: "", position: "right", open: "closed", user: null,
	});
});

test("attributes are read, wrong ones fall back", () => {
	const o = read({ key: "wk", lang: "es", theme: "dark", position: "left", open: "true", title: "T" });
	assert.deepEqual([o.key, o.language, o.theme, o.position, o.open, o.title], ["wk", "es", "dark", "left", "open", "T"]);
	const wrong = read({ lang: "xx", theme: "pink", position: "top", open: "false" }, ["es-ES"]);
	assert.deepEqual([wrong.language, wrong.theme, wrong.position, wrong.open], ["es", "auto", "right", "closed"]);
	assert.equal(read({ open: "page" }).open, "page");
	assert.equal(read({ open: "" }).open, "open");
});

test("words follow the tag, the page, the browser; times follow the browser's variety of that language", () => {
	const url = "https://chat.example/widget.js";
	const choose = (data: Record<string, string>, page: string, browser: string[]) => {
		const o = readOptions(data, url, page, browser);
		return [o.language, o.region];
	};
	assert.deepEqual(choose({ lang: "es" }, "en", ["en-GB"]), ["es", "es"]);
	assert.deepEqual(choose({}, "en", ["de-DE", "en-GB", "en-US"]), ["en", "en-GB"]);
	assert.deepEqual(choose({}, "", ["fr-FR", "es-MX"]), ["es", "es-MX"]);
});

test("an identity comes from single attributes or from one JSON object, and needs an id", () => {
	assert.deepEqual(read({ userId: "1", userEmail: "a@b.example", userHash: "ff" }).user, { id: "1", email: "a@b.example", hash: "ff" });
	assert.deepEqual(read({ user: '{"id":"1","name":"N","other":5}' }).user, { id: "1", name: "N" });
	for (const user of ["[]", "5", '{"id":5}', '{"email":"a@b.example"}', "null"]) assert.equal(read({ user }).user, null, user);
	assert.equal(read({ userEmail: "a@b.example" }).user, null);
});
