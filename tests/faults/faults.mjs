// The proof of faults: each call of the system fails once, for every n, until the scenario passes without meeting the
// fault (build/shim/fault.so). The real server runs the main scenario (scenario.mjs) and everything is judged from outside:
// it does not die, what it acknowledged is there once, what it could not do it refused with a correct 5xx, and the next
// message works. Where memory is refused it may die; then it starts again and all of that must hold.
//
//	node tests/faults/faults.mjs [--sample N] [--kinds write,sync] [--seed N] [--from N] [--place PLACE] [--keep]
//
// Phases: `serve`, the scenario against one running server; `fresh`, the server's start on an empty folder; `start`, its
// start on a store that has seen the scenario; `stop`, its end; `backup` and `restore`, the commands. --sample takes N
// calls of each kind and phase instead of all. PARLEY names the program (build/parley-asan).
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {PROGRAM, Server, Shop, command} from '../api/server.mjs';
import {generator} from '../crash/chance.mjs';
import {KINDS, Plan} from './fault.mjs';
import {Orders, Scenario} from './scenario.mjs';

const {values: options} = parseArgs({options: {
	sample: {type: 'string', default: '0'},
	kinds: {type: 'string', default: KINDS.slice(1).join()},
	phases: {type: 'string', default: 'serve,fresh,start,stop,backup,restore'},
	seed: {type: 'string', default: String(Date.now() % 1000000)},
	from: {type: 'string', default: '1'},
	place: {type: 'string', default: ''},
	customers: {type: 'string', default: '6000'},
	keep: {type: 'boolean', default: false},
}});
const sample = Number(options.sample), random = generator(Number(options.seed));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-faults-'));
const violations = [];
const began = Date.now();
const met = {}; // faults by kind
let scenarios = 0, refused = 0, stopped = 0;

const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;

function progress(text) {
	if (sample === 0)
		console.log(`${text}, ${seconds()}`);
}

// What the shop's record says was done; it is read on from where it was left.
class Effects {
	constructor() {
		this.path = path.join(folder, 'effects.jsonl');
		this.list = [];
		this.at = 0;
	}

	all() {
		const text = fs.existsSync(this.path) ? fs.readFileSync(this.path, 'utf8') : '';
		const end = text.lastIndexOf('\n') + 1;
		this.list.push(...text.slice(this.at, end).split('\n').filter(Boolean).map(line => JSON.parse(line)));
		this.at = end;
		return this.list;
	}
}

class World {
	async open() {
		this.effects = new Effects();
		this.shop = new Shop(['--extra', options.customers, '--record', this.effects.path]);
		this.shop.folder = folder;
		await this.shop.start();
		this.orders = new Orders(this.shop);
		this.plan = new Plan(folder, PROGRAM);
		this.server = new Server({folder, args: this.shop.options, env: {...this.plan.env, UV_THREADPOOL_SIZE: '2'}});
		await this.server.start();
	}

	async close() {
		await this.server?.kill('SIGKILL');
		await this.shop?.kill('SIGTERM');
	}

	scenario() {
		return new Scenario({server: this.server, orders: this.orders, number: ++scenarios});
	}
}

function violation(what, error) {
	violations.push(`${what}: ${error.stack ?? error}`);
	console.log(`VIOLATION ${what}: ${String(error.stack ?? error).split('\n').slice(0, 8).join('\n    ')}`);
}

// The numbers of calls that fail, of so many.
function* numbers(calls) {
	if (!sample) {
		for (let n = Number(options.from); ; n++)
			yield n;
	}
	for (let i = 0; i < sample && calls > 0; i++)
		yield 1 + Math.floor(random() * calls);
}

// Goes through the numbers; `once` plays one and gives whether the fault was met. All of them: until three in a row were
// not, because how many calls there are varies a little.
async function walk(world, phase, kind, calls, once) {
	let here = 0, missed = 0;
	for (const n of numbers(calls)) {
		const what = `${phase}, ${kind} ${n}`;
		try {
			const seen = await once(n);
			here += seen.met > 0;
			missed = seen.met > 0 ? 0 : missed + 1;
			if (n % 50 === 0)
				progress(`${what}: ${seen.name}`);
		} catch (error) {
			violation(what, error);
			world.plan.disarm();
			await world.server.restart();
			if (phase === 'start' || phase === 'fresh')
				await world.server.stop();
		}
		if ((!sample && missed >= 3) || violations.length >= 20)
			break;
	}
	met[kind] = (met[kind] ?? 0) + here;
	console.log(`faults: ${phase}, ${kind}: ${here} faults of ${calls} calls, ${seconds()}`);
}

// ---- the scenario against a running server ----

async function countCalls(world, kind) {
	const scenario = world.scenario();
	world.plan.count(kind);
	await scenario.run();
	const {calls} = world.plan.disarm();
	await scenario.check(world.effects.all());
	return calls;
}

async function serveOnce(world, kind, n) {
	const scenario = world.scenario();
	world.plan.arm(kind, n);
	let seen;
	try {
		await scenario.run();
	} finally {
		seen = world.plan.disarm();
		refused += scenario.refused;
		if (!world.server.up)
			await world.server.start();
	}
	await scenario.say(scenario.asker, 'Does it work again?');
	await scenario.check(world.effects.all());
	return seen;
}

async function serve(world, kind) {
	await walk(world, 'serve', kind, await countCalls(world, kind), n => serveOnce(world, kind, n));
}

// ---- memory: every place that allocates ----

async function serveWithoutMemory(world, scenario) {
	try {
		await scenario.run();
	} catch (error) {
		if (world.server.up)
			throw error;
	}
	const seen = world.plan.disarm();
	if (world.server.up)
		return seen;
	// Our own code stops by itself; a library that is refused memory may stumble in its own way.
	const end = await world.server.gone;
	assert.ok(end.signal === 'SIGABRT' || (end.signal && seen.name.startsWith('lib')),
		`it ended with ${JSON.stringify(end)} without memory for ${seen.name}`);
	seen.died = true;
	await world.server.start();
	return seen;
}

async function memory(world) {
	const scenario = world.scenario();
	world.plan.armPlace(0);
	await scenario.run();
	world.plan.disarm();
	await scenario.check(world.effects.all());
	let places = world.plan.places();
	met.memory = 0;
	const all = places.length;
	if (options.place)
		places = [Number(options.place)];
	else if (sample)
		places = Array.from({length: Math.min(sample, all)}, () => places[Math.floor(random() * all)]);
	for (const [i, place] of places.slice(Number(options.from) - 1).entries()) {
		const one = world.scenario();
		try {
			world.plan.armPlace(place);
			const seen = await serveWithoutMemory(world, one);
			met.memory += seen.met;
			stopped += seen.died ?? 0;
			await one.say(one.asker ?? {id: one.name}, 'Does it work again?');
			await one.check(world.effects.all());
		} catch (error) {
			violation(`serve, memory at place ${place}`, error);
			world.plan.disarm();
			if (!world.server.up)
				await world.server.start();
		}
		if (i % 50 === 49)
			progress(`serve, memory ${i + 1} of ${places.length}`);
		if (violations.length >= 20)
			break;
	}
	console.log(`faults: serve, memory: ${met.memory} faults at ${places.length} of ${all} places, `
		+ `the process stopped ${stopped} times, ${seconds()}`);
}

// ---- start and stop ----

// A start that meets a fault serves, or ends by itself and says why; the next one serves.
async function startOnce(world, kind, n) {
	const {server} = world;
	world.plan.arm(kind, n);
	let seen, failed = false;
	try {
		await server.start();
	} catch {
		failed = true;
	}
	seen = world.plan.disarm();
	if (failed) {
		const end = await server.gone;
		assert.equal(end.signal, null, `it ended with ${JSON.stringify(end)}`);
		assert.ok(seen.met, `it does not start: ${server.text().slice(-500)}`);
		await server.start();
	}
	const scenario = world.scenario();
	await scenario.say({id: scenario.name}, 'Hello?');
	await scenario.check(world.effects.all());
	await server.stop();
	return seen;
}

async function start(world, kind) {
	await world.server.stop();
	world.plan.count(kind);
	await world.server.start();
	const {calls} = world.plan.disarm();
	await world.server.stop();
	await walk(world, 'start', kind, calls, n => startOnce(world, kind, n));
	await world.server.start();
}

// The same without a store. What was learnt from the pack is kept, which costs time and is not the store.
async function fresh(world, kind) {
	const {server} = world, {data} = server, empty = path.join(folder, 'fresh');
	const begin = () => {
		fs.rmSync(empty, {recursive: true, force: true});
		fs.mkdirSync(empty, {mode: 0o700});
		if (fs.existsSync(path.join(data, 'models')))
			fs.cpSync(path.join(data, 'models'), path.join(empty, 'models'), {recursive: true});
	};
	await server.stop();
	server.data = empty;
	begin();
	world.plan.count(kind);
	await server.start();
	const {calls} = world.plan.disarm();
	await server.stop();
	await walk(world, 'fresh', kind, calls, n => {
		begin();
		return startOnce(world, kind, n);
	});
	server.data = data;
	await server.start();
}

// An end that meets a fault is an end, and nothing is lost.
async function stopOnce(world, kind, n) {
	const scenario = world.scenario();
	await scenario.say({id: scenario.name}, 'Hello?');
	world.plan.arm(kind, n);
	const end = await world.server.kill('SIGTERM');
	const seen = world.plan.disarm();
	assert.equal(end.signal, null, `it ended with ${JSON.stringify(end)}`);
	await world.server.start();
	await scenario.say({id: scenario.name}, 'Hello again?');
	await scenario.check(world.effects.all());
	return seen;
}

async function stop(world, kind) {
	world.plan.count(kind);
	await world.server.stop();
	const {calls} = world.plan.disarm();
	await world.server.start();
	await walk(world, 'stop', kind, calls, n => stopOnce(world, kind, n));
}

// ---- the backup command ----

// It says that it failed, or what it made can be restored.
async function backupOnce(world, kind, n) {
	const [file, keys, copy] = ['backup.db', 'backup-keys.db', 'copy'].map(name => path.join(folder, name));
	for (const old of [file, keys, copy])
		fs.rmSync(old, {recursive: true, force: true});
	world.plan.arm(kind, n);
	const made = spawnSync(PROGRAM, ['db', 'backup', file, '--keys', keys, '--data', world.server.data],
		{encoding: 'utf8', timeout: 30000, env: {...process.env, ...world.plan.env}});
	const seen = world.plan.disarm();
	assert.equal(made.signal, null, `it ended with ${made.signal}: ${made.stderr}`);
	if (made.status === 0) {
		const restored = await command('db', 'restore', file, '--keys', keys, '--data', copy);
		assert.equal(restored.code, 0, restored.err);
	} else {
		assert.ok(made.stderr.length > 10 && seen.met, `${made.status}: ${made.stderr}`);
	}
	return seen;
}

async function backup(world, kind) {
	await walk(world, 'backup', kind, (await backupOnce(world, kind, 0x3fffffff)).calls, n => backupOnce(world, kind, n));
}

// ---- the restore command ----

// It says that it failed, and the next one on the same folder ends it; or what it made is whole, and paused.
async function restoreOnce(world, kind, n) {
	const [file, keys, copy] = ['kept.db', 'kept-keys.db', 'restored'].map(name => path.join(folder, name));
	const args = ['db', 'restore', file, '--keys', keys, '--data', copy];
	if (!fs.existsSync(file)) {
		const made = await command('db', 'backup', file, '--keys', keys, '--data', world.server.data);
		assert.equal(made.code, 0, made.err);
	}
	fs.rmSync(copy, {recursive: true, force: true});
	world.plan.arm(kind, n);
	const made = spawnSync(PROGRAM, args, {encoding: 'utf8', timeout: 30000, env: {...process.env, ...world.plan.env}});
	const seen = world.plan.disarm();
	assert.equal(made.signal, null, `it ended with ${made.signal}: ${made.stderr}`);
	if (made.status !== 0) {
		assert.ok(made.stderr.length > 10 && seen.met, `${made.status}: ${made.stderr}`);
		const again = await command(...args);
		assert.ok(again.code === 0 || again.err.includes('holds a store already'), again.err);
	}
	const resumed = await command('db', 'resume', '--data', copy);
	assert.equal(resumed.code, 0, resumed.err);
	return seen;
}

async function restore(world, kind) {
	await walk(world, 'restore', kind, (await restoreOnce(world, kind, 0x3fffffff)).calls, n => restoreOnce(world, kind, n));
}

// ---- all ----

const phases = {serve, fresh, start, stop, backup, restore};
const world = new World();
console.log(`faults: ${path.basename(PROGRAM)}, seed ${options.seed}`);
try {
	await world.open();
	for (const kind of options.kinds.split(','))
		for (const phase of options.phases.split(',')) {
			if (kind !== 'memory')
				await phases[phase](world, kind);
			else if (phase === 'serve')
				await memory(world);
		}
	await world.server.stop(); // a leak is a bad end
	world.server.check();
} catch (error) {
	violation('in the end', error);
} finally {
	await world.close();
}
const kinds = Object.entries(met).map(([kind, n]) => `${kind} ${n}`).join(', ');
console.log(`faults: ${Object.values(met).reduce((sum, n) => sum + n, 0)} faults met (${kinds}) in ${scenarios} scenarios, `
	+ `${refused} requests refused and repeated, ${violations.length} violations: crashes, leaks, losses, wrong refusals; ${seconds()}`);
console.log(violations.length ? `0 passed, ${violations.length} failed; the data is in ${folder}` : '1 passed, 0 failed');
if (!violations.length && !options.keep)
	fs.rmSync(folder, {recursive: true, force: true});
process.exit(violations.length ? 1 : 0);
