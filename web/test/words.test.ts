import assert from "node:assert/strict";
import test from "node:test";
import { chooseLanguage, fill, languages, type Word } from "../widget/words";

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();

test("every language says everything, with the same values to fill in", () => {
	const english = languages.en ?? {};
	for (const [tag, words] of Object.entries(languages)) {
		assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort(), tag);
		for (const [name, text] of Object.entries(words)) {
			assert.ok(text.trim(), `${tag}: ${name} is empty`);
			assert.deepEqual(places(text), places(languages.en?.[name as Word] ?? ""), `${tag}: ${name}`);
		}
	}
});

test("another language is another text", () => {
	const worded = (text: string) => /\p{L}/u.test(text.replace(/\{\w+\}/g, ""));
	const same = Object.entries(languages.es ?? {}).filter(([name, text]) => worded(text) && text === languages.en?.[name as Word]);
	assert.deepEqual(same, []);
});

test("the first language that there are words for is chosen", () => {
	assert.equal(chooseLanguage([undefined, "fr-FR", "es-MX", "en"]), "es");
	assert.equal(chooseLanguage(["", "ES_es"]), "es");
	assert.equal(chooseLanguage(["constructor", "__proto__", "xx"]), "en");
});

test("values are filled in as they are", () => {
	assert.equal(fill("{a} and {b}", { a: "{b}", b: 2 }), "{b} and 2");
	assert.equal(fill("{unknown}", {}), "{unknown}");
});
