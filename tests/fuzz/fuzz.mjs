// Fuzzes every parser for a time, and prints a table of what it came to. Those that strangers reach come first.
//
//	node tests/fuzz/fuzz.mjs [--seconds 60] [--inputs 0] [--jobs 1] [--only http,json]
//
// A parser is done when it has had so many seconds of processor time and so many inputs. It runs in slices, and what each
// came to is kept in build/fuzz/progress/: a run that was ended (Ctrl-C) goes on where it was. A fuzzer that was built
// anew begins anew, with the corpus that was found. Findings stand in build/fuzz/NAME-crash-…; a parser with one has
// ended until the program is built anew.
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';

// Each of these takes bytes of people whom nobody knows; of the others operators, shops and models are the authors.
const STRANGERS = ['http', 'websocket', 'json', 'body', 'form', 'url', 'conversation', 'server', 'perception'];
const SLICE_S = 120;
const MEMORY_MB = 2048; // of the whole process; an input has 64 (budget.c)
const HANG_S = 60; // by the clock: an input that waits and does nothing
const INPUT_BYTES_MAX = 32768;

const {values: options} = parseArgs({options: {
	seconds: {type: 'string', default: '60'},
	inputs: {type: 'string', default: '0'},
	jobs: {type: 'string', default: '1'},
	only: {type: 'string', default: ''},
}});
const folder = 'build/fuzz', running = new Set();
let ended = false;

class Parser {
	constructor(name) {
		this.name = name;
		this.program = path.join(folder, name);
		this.file = path.join(folder, 'progress', `${name}.json`);
		const build = crypto.createHash('sha256').update(fs.readFileSync(this.program)).digest('hex');
		const fresh = {build, inputs: 0, seconds: 0, coverage: 0, slowest_ms: 0, memory_kb: 0, crashes: []};
		const kept = fs.existsSync(this.file) ? JSON.parse(fs.readFileSync(this.file, 'utf8')) : fresh;
		this.progress = kept.build === build ? kept : fresh;
	}

	get done() {
		const {crashes, seconds, inputs} = this.progress;
		return crashes.length > 0 || (seconds >= Number(options.seconds) && inputs >= Number(options.inputs));
	}

	async slice() {
		const corpus = path.join(folder, 'corpus', this.name), record = path.join(folder, 'progress', `${this.name}.slice`);
		const before = new Set(this.findings());
		const left = Math.max(Number(options.seconds) - this.progress.seconds, this.progress.inputs < Number(options.inputs) ? SLICE_S : 1);
		fs.mkdirSync(corpus, {recursive: true});
		fs.rmSync(record, {force: true});
		const child = spawn(this.program, [`-max_total_time=${Math.ceil(Math.min(left, SLICE_S))}`, `-timeout=${HANG_S}`,
			`-rss_limit_mb=${MEMORY_MB}`, `-max_len=${INPUT_BYTES_MAX}`, `-artifact_prefix=${folder}/${this.name}-`,
			corpus, `tests/fuzz/corpus/${this.name}`],
			{stdio: ['ignore', 'ignore', 'pipe'], env: {...process.env, FUZZ_RECORD: record}});
		running.add(child);
		let text = '';
		child.stderr.on('data', part => text = (text + part).slice(-100000));
		const code = await new Promise(gone => child.on('close', gone));
		running.delete(child);
		fs.writeFileSync(path.join(folder, 'progress', `${this.name}.log`), text);
		const found = this.findings().filter(name => !before.has(name));
		if (code !== 0 && !ended && !found.length)
			found.push(`ended with ${code}, see ${folder}/progress/${this.name}.log`);
		this.count(text, record, found);
	}

	findings() {
		return fs.readdirSync(folder).filter(name => /^(crash|leak|oom|timeout)-/.test(name.slice(this.name.length + 1))
			&& name.startsWith(`${this.name}-`)).map(name => path.join(folder, name));
	}

	count(text, record, found) {
		const {progress} = this;
		progress.crashes.push(...found);
		for (const [, edges] of text.matchAll(/ cov: (\d+) /g))
			progress.coverage = Math.max(progress.coverage, Number(edges));
		if (fs.existsSync(record)) {
			const slice = JSON.parse(fs.readFileSync(record, 'utf8'));
			progress.inputs += slice.inputs;
			progress.seconds += slice.processor_ms / 1000;
			progress.memory_kb = Math.max(progress.memory_kb, Math.ceil(slice.memory / 1024));
			if (slice.slowest_us / 1000 > progress.slowest_ms) {
				progress.slowest_ms = slice.slowest_us / 1000;
				fs.renameSync(`${record}.slowest`, path.join(folder, `${this.name}-slowest`));
			}
		}
		fs.writeFileSync(this.file, `${JSON.stringify(progress)}\n`);
	}
}

function parsers() {
	const names = fs.readdirSync('tests/fuzz').filter(name => name.endsWith('_fuzz.c')).map(name => name.slice(0, -'_fuzz.c'.length));
	const only = options.only.split(',').filter(Boolean);
	for (const name of only)
		if (!names.includes(name))
			throw new Error(`there is no fuzzer of that name: ${name}; there are ${names.join(' ')}`);
	const rank = name => STRANGERS.includes(name) ? STRANGERS.indexOf(name) : STRANGERS.length;
	return names.filter(name => !only.length || only.includes(name)).sort((a, b) => rank(a) - rank(b))
		.map(name => new Parser(name));
}

function row(...cells) {
	return cells.map((cell, i) => i === 0 ? String(cell).padEnd(13) : String(cell).padStart(13)).join('');
}

function line({name, progress: p}) {
	return row(name, p.inputs.toLocaleString('en'), p.seconds.toFixed(0), p.coverage, p.slowest_ms.toFixed(1),
		(p.memory_kb / 1024).toFixed(1), p.crashes.length);
}

const all = parsers(), queue = all.filter(parser => !parser.done);
fs.mkdirSync(path.join(folder, 'progress'), {recursive: true});
process.on('SIGINT', () => {
	ended = true;
	for (const child of running)
		child.kill('SIGINT');
});

async function work() {
	for (let parser; !ended && (parser = queue.shift());) {
		while (!ended && !parser.done) {
			await parser.slice();
			console.log(`fuzz: ${parser.name}: ${parser.progress.inputs} inputs in ${parser.progress.seconds.toFixed(0)} s`);
		}
	}
}

await Promise.all(Array.from({length: Number(options.jobs)}, work));
console.log(row('parser', 'inputs', 'processor s', 'edges', 'slowest ms', 'memory MB', 'findings'));
for (const parser of all)
	console.log(line(parser));
const crashes = all.flatMap(parser => parser.progress.crashes);
for (const crash of crashes)
	console.log(`finding: ${crash}`);
const undone = all.filter(parser => !parser.done).length;
console.log(`fuzz: ${all.reduce((sum, {progress}) => sum + progress.inputs, 0).toLocaleString('en')} inputs of ${all.length} parsers, `
	+ `${crashes.length} findings${undone ? `, ${undone} parsers not done` : ''}`);
process.exit(crashes.length || undone ? 1 : 0);
