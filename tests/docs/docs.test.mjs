// The pages are true where a program can tell: the names in them are those of the code and of the running program.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {test} from 'node:test';

const program = process.env.PARLEY ?? 'build/parley-asan';
const read = (path) => readFileSync(path, 'utf8');
const below = (folder, end) =>
	readdirSync(folder, {withFileTypes: true})
		.filter((entry) => entry.name !== 'node_modules')
		.flatMap((entry) => (entry.isDirectory() ? below(join(folder, entry.name), end) : [join(folder, entry.name)]))
		.filter((path) => end.test(path));
const pages = ['README.md', 'CONTRIBUTING.md', ...below('docs', /\.md$/)];
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
const missing = (names, from) => [...new Set(names)].filter((name) => !from(name));

test('links between pages lead somewhere', () => {
	let count = 0;
	for (const page of pages) {
		const links = all(read(page).replace(/`[^`\n]*`/g, ''), /\]\(([^)#\s]+)[^)]*\)/g).filter((link) => !/^[a-z]+:/.test(link));
		count += links.length;
		assert.deepEqual(missing(links, (link) => existsSync(join(dirname(page), link))), [], page);
	}
	assert.ok(count > 20);
});

test('files that pages name are there', () => {
	let count = 0;
	for (const page of pages) {
		const paths = all(read(page), /`((?:src|web|tests|tools|deploy|packs|models|docs)\/[\w./-]+)`/g).filter((path) => !/NAME|THING|ROOM/.test(path));
		count += paths.length;
		assert.deepEqual(missing(paths, existsSync), [], page);
	}
	assert.ok(count > 10);
});

test('functions that pages name exist', () => {
	const code = below('src', /\.[ch]$/).map(read).join('\n');
	const names = new Set([...code.match(/\b[a-z][a-z0-9]*_[a-z0-9_]*\b/g), ...all(code, /^([a-z]\w*)\(/gm)]);
	let count = 0;
	for (const page of ['docs/architecture.md', ...below('docs/decisions', /\.md$/)]) {
		const text = read(page);
		const called = all(text, /`([a-z]\w*)\(\)`/g);
		const walked = page.endsWith('architecture.md') ? all(text.slice(text.indexOf('## 11.')), /`([a-z]+(?:_[a-z]+)+)`/g) : [];
		count += called.length + walked.length;
		assert.deepEqual(missing([...called, ...walked], (name) => names.has(name)), [], page);
	}
	assert.ok(count > 80);
});

test('operations.md has every configuration key and no other', () => {
	const keys = all(execFileSync(program, ['serve', '--keys'], {encoding: 'utf8'}), /^(\w+) /gm);
	const told = all(read('docs/operations.md'), /^\| `([a-z_]+)` \| `PARLEY_/gm);
	assert.deepEqual(told.sort(), keys.sort());
});

test('commands that pages show are there', () => {
	const commands = all(execFileSync(program, ['--help'], {encoding: 'utf8'}), /^ {2}(\w+) {2}/gm);
	assert.ok(commands.includes('serve'));
	for (const page of pages)
		assert.deepEqual(missing(all(read(page), /(?:`|^|\/)parley ([a-z]+)\b/gm), (name) => commands.includes(name)), [], page);
});

test('operations.md has every figure, and the example configuration is accepted', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'parley-docs-'));
	const child = spawn(program, ['serve', '--config', 'deploy/parley.yaml', '--data', join(folder, 'data'), '--pack', 'packs/ecommerce',
		'--listen', '127.0.0.1:0', '--log', 'error'], {stdio: ['ignore', 'pipe', 'inherit']});
	try {
		const [line] = await once(child.stdout, 'data');
		const metrics = await (await fetch(`${/http:\S+/.exec(line)[0]}/metrics`)).text();
		const figures = all(metrics, /^# TYPE parley_(\w+) /gm);
		const page = read('docs/operations.md');
		assert.ok(figures.length > 30);
		assert.deepEqual(missing(figures, (name) => page.includes(`\`${name}\``) || page.includes(`\`${name}{status}\``)), []);
	} finally {
		const ended = once(child, 'exit');
		child.kill('SIGTERM');
		await ended;
		rmSync(folder, {recursive: true, force: true});
	}
});
