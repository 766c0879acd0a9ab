// Every limit of base/limits.h is walked by a test, every security rule and every invariant is proved by one: the register and the tables of the pages
// name them, and what they name is there.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'node:test';

const read = (path) => readFileSync(path, 'utf8');

// True when the file has a test of that name: in C a function that main() lists, in a script the name of a test.
function hasTest(path, name) {
	const text = read(path);
	if (path.endsWith('.c')) {
		const word = new RegExp(`\\b${name}\\b`);
		const listed = text.slice(text.lastIndexOf('\nmain(void)'));
		return new RegExp(`^${name}\\(void \\*\\*state\\)`, 'm').test(text) && word.test(listed);
	}
	return ["'", '"', '`'].some((quote) => text.includes(`test(${quote}${name.replaceAll(quote, `\\${quote}`)}${quote}`));
}

function checkTest(path, name, of) {
	assert.ok(existsSync(path), `${of}: there is no ${path}`);
	assert.ok(hasTest(path, name), `${of}: ${path} has no test "${name}"`);
}

test('every limit is walked by a test', () => {
	const limits = [...read('src/base/limits.h').matchAll(/^#define ([A-Z]\w*)[ \t]+\S/gm)].map((match) => match[1]);
	assert.ok(limits.length > 120);
	const rows = read('tests/limits/register').split('\n').filter((line) => line && line[0] !== '#').map((line) => line.split(/ +/));
	const named = rows.map((row) => row[0]);
	assert.deepEqual(limits.filter((name) => !named.includes(name)), [], 'limits that no row names');
	assert.deepEqual(named.filter((name) => !limits.includes(name)), [], 'rows of limits that are gone');
	assert.deepEqual(named.filter((name, i) => named.indexOf(name) !== i), [], 'limits with two rows');
	for (const [name, path, ...words] of rows)
		checkTest(path, words.join(' '), name);
});

// Rows of a page's table behind a heading: the cells. A proof is `path` “name of a test”, or `path` alone for what runs whole.
function rowsOf(page, heading) {
	const text = read(page);
	assert.ok(text.includes(`\n## ${heading}\n`), `${page} has no "${heading}"`);
	const part = text.slice(text.indexOf(`\n## ${heading}\n`) + 4).split('\n## ')[0];
	return part.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

function checkProofs(row) {
	const proofs = [...row.at(-1).matchAll(/`([\w./-]+\/[\w./-]+)`(?: “([^”]+)”)?/g)];
	for (const [, path, name] of proofs) {
		if (name)
			checkTest(path, name, row[0]);
		else
			assert.ok(existsSync(path), `${row[0]}: there is no ${path}`);
	}
	return proofs.length;
}

test('every security rule is proved by a test', () => {
	const rows = rowsOf('docs/security.md', 'Rules and their tests');
	assert.ok(rows.length >= 20);
	for (const row of rows)
		assert.ok(checkProofs(row) > 0, `no test proves: ${row[0]}`);
});

test('every invariant is proved, or said not to be there', () => {
	const rows = rowsOf('docs/guarantees.md', 'Invariants');
	assert.deepEqual(rows.map((row) => row[0]), Array.from({length: 14}, (_, i) => `I${i + 1}`));
	for (const row of rows)
		assert.ok(row.at(-1).startsWith('not there') ? checkProofs(row) === 0 : checkProofs(row) > 0, row[0]);
});
