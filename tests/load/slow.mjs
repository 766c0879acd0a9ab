// Slow clients beside good ones: heads and bodies that arrive byte by byte, readers that hardly read, connections that say
// nothing, and a flood of connections from one address. All of them are ended by the server's deadlines, which are short
// here, and the good ones are answered meanwhile.
//
// By turns: good turns alone; beside slow clients of another server, which shows what the clients and the system take of
// the same processors; beside slow clients of their own server, while those are held and while the deadlines end them.
//
//	node tests/load/slow.mjs [--count 1000] [--seconds 8] [--rounds 5] [--rate 200]
//
// With one round the other server is left out: nothing is compared then.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {parseArgs} from 'node:util';

import {good, median, sleep, World} from './world.mjs';

const {values: options} = parseArgs({options: {
	count: {type: 'string', default: '1000'},
	seconds: {type: 'string', default: '8'},
	rounds: {type: 'string', default: '5'},
	rate: {type: 'string', default: '200'},
}});
const [count, seconds, rounds, rate] = ['count', 'seconds', 'rounds', 'rate'].map(name => Number(options[name]));

// They come, the good turns are measured, and the first deadline is a moment later.
const COMING_MS = 2000, ENDING_S = 3, base = COMING_MS + 1000 * seconds + 1000;
const deadlines = {head_timeout_ms: base, body_timeout_ms: base + 500, idle_timeout_ms: base + 1000, write_timeout_ms: base};
// A connection that says nothing has the time of a head. The rest is for a machine that is busy.
const longest = {head: base, body: base + 500, silent: base, reader: 2 * base};
const SLACK_MS = 5000;
const PER_ADDRESS = count + 500, TOO_MANY = Math.min(1000, count);

// Good turns of some seconds: the time that 99 of 100 take, and what they and all else cost the server, in milliseconds
// of processor time a second.
async function goodTurns(world, time = seconds) {
	const before = world.server.cpuTicks();
	const report = await world.load({connections: 16, seconds: time, rate});
	const after = world.server.cpuTicks();
	assert.equal(report.errors, 0, JSON.stringify(report));
	assert.equal(good(report), report.replies, JSON.stringify(report));
	assert.ok(report.replies > 0);
	return {p99: report.latency_us.p99 / 1000, cost: 10 * (after.all - before.all) / time};
}

// The clients: `held` when all are there, `ended` with what became of them.
function clients(world, args) {
	const child = spawn('build/load/slow_clients', ['--port', String(world.server.port), '--over', String(COMING_MS),
		'--patience', String(2 * base / 1000 + 20), ...args], {stdio: ['ignore', 'pipe', 'inherit']});
	let said = '', heldNow;
	const held = new Promise(done => (heldNow = done));
	child.stdout.on('data', data => {
		said += data;
		if (said.startsWith('held\n'))
			heldNow();
	});
	const ended = new Promise((done, failed) => child.on('close', code => {
		heldNow();
		if (code === 0)
			done(JSON.parse(said.slice(said.indexOf('{'))));
		else
			failed(new Error(`slow_clients ended with ${code}`));
	}));
	ended.catch(() => {});
	return {held, ended, stop: () => child.kill('SIGKILL')};
}

const each = Math.max(1, Math.round(count / 4));
const slowClients = world => clients(world, ['--count', String(each)]);

function checkEnded(seen) {
	for (const [kind, {closed, longest_ms: ms}] of Object.entries(seen)) {
		assert.equal(closed, each, `${kind}: ${closed} of ${each} were ended: ${JSON.stringify(seen)}`);
		assert.ok(ms <= longest[kind] + SLACK_MS, `${kind}: kept for ${ms} ms`);
	}
	for (const kind of ['head', 'body'])
		assert.equal(seen[kind].told, each, `${kind}: ${seen[kind].told} of ${each} heard 408`);
}

// More connections from one address than it may hold: those are shut out at once and told so, the others keep their time.
async function flood(world) {
	const flooding = clients(world, ['--only', 'silent', '--count', String(PER_ADDRESS + TOO_MANY), '--from', '127.0.0.9']);
	const turns = await goodTurns(world, COMING_MS / 1000 + 1);
	const {silent} = await flooding.ended;
	assert.equal(silent.refused, TOO_MANY, JSON.stringify(silent));
	assert.equal(silent.closed, PER_ADDRESS + TOO_MANY, JSON.stringify(silent));
	return turns;
}

const config = {...deadlines, connections_per_address: PER_ADDRESS};
const world = await World.open({config}), compared = rounds > 1;
const other = compared ? await World.open({config}) : null;
try {
	await world.warmUp();
	const descriptors = world.descriptors(), resident = world.residentMb();
	const alone = [], elsewhere = [], beside = [], ending = [];
	let seen;
	for (let round = 0; round < rounds; round++) {
		alone.push(await goodTurns(world));
		if (compared) {
			const theirs = slowClients(other);
			await theirs.held;
			elsewhere.push(await goodTurns(world));
			theirs.stop();
			await sleep(1000);
		}
		const slow = slowClients(world);
		await slow.held;
		beside.push(await goodTurns(world));
		ending.push(await goodTurns(world, ENDING_S));
		seen = await slow.ended;
		checkEnded(seen);
	}
	const flooded = await flood(world);
	await sleep(300);
	const p99 = runs => median(runs.map(run => run.p99)), list = runs => runs.map(run => run.p99.toFixed(2)).join(' ');
	const ratio = (a, b) => (p99(a) / p99(b)).toFixed(2);
	console.log(`slow: ${4 * each} slow clients: ${Object.entries(seen).map(([kind, {closed, longest_ms: ms}]) =>
		`${closed} ${kind} ended within ${ms} ms`).join(', ')}`);
	console.log(`slow: p99 of good turns at ${rate}/s, ms: alone ${list(alone)}; `
		+ (compared ? `beside slow clients of another server ${list(elsewhere)}; ` : '')
		+ `beside slow clients ${list(beside)}; while those are ended ${list(ending)}; in a flood ${flooded.p99.toFixed(2)}`);
	console.log(`slow: medians ${p99(alone).toFixed(2)} alone, ${p99(beside).toFixed(2)} beside: ${ratio(beside, alone)} x (wanted <= 1.2)`
		+ (compared ? `, of which the machine has ${ratio(elsewhere, alone)} x and the server ${ratio(beside, elsewhere)} x` : ''));
	console.log(`slow: the server takes ${median(alone.map(run => run.cost)).toFixed(1)} ms of processor time a second alone, `
		+ `${median(beside.map(run => run.cost)).toFixed(1)} beside slow clients`);
	console.log(`slow: descriptors ${descriptors} before, ${world.descriptors()} after; resident ${resident.toFixed(1)} MB before, `
		+ `${world.residentMb().toFixed(1)} MB after`);
	assert.ok(world.alive());
	assert.ok(world.descriptors() <= descriptors + 20, 'descriptors are left');
	console.log('1 passed, 0 failed');
} finally {
	await world.close();
	await other?.close();
}
