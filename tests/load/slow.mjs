// Slow clients beside good ones: heads and bodies that arrive byte by byte, readers that do not read, connections that say
// nothing, and a flood of connections from one address. All of them are ended by the server's deadlines, which are short
// here, and the good ones are answered meanwhile.
//
//	node tests/load/slow.mjs [--count 1000] [--seconds 8] [--rounds 3] [--rate 200]
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import net from 'node:net';
import {parseArgs, promisify} from 'node:util';

import {good, median, sleep, World} from './world.mjs';

const {values: options} = parseArgs({options: {
	count: {type: 'string', default: '1000'},
	seconds: {type: 'string', default: '8'},
	rounds: {type: 'string', default: '3'},
	rate: {type: 'string', default: '200'},
}});
const [count, seconds, rounds, rate] = ['count', 'seconds', 'rounds', 'rate'].map(name => Number(options[name]));
const run = promisify(execFile);

// They come, a moment later the good turns are measured, and none of them is ended before.
const MOMENT_MS = 1500, base = 1000 * seconds + MOMENT_MS + 1000;
const deadlines = {head_timeout_ms: base, body_timeout_ms: base + 500, idle_timeout_ms: base + 1000, write_timeout_ms: base};
// A connection that says nothing has the time of a head. The rest is for a machine that is busy.
const longest = {head: base, body: base + 500, silent: base, reader: 2 * base};
const SLACK_MS = 5000;
const PER_ADDRESS = 5000;

async function goodTurns(world) {
	const report = await world.load({connections: 16, seconds, rate});
	assert.equal(report.errors, 0, JSON.stringify(report));
	assert.equal(good(report), report.replies, JSON.stringify(report));
	assert.ok(report.replies > 0);
	return report.latency_us.p99 / 1000;
}

async function slowClients(world) {
	const each = Math.max(1, Math.round(count / 4));
	const {stdout} = await run('build/load/slow_clients', ['--port', String(world.server.port), '--count', String(each),
		'--patience', String(2 * base / 1000 + 20)]);
	const seen = JSON.parse(stdout);
	for (const [kind, {closed, longest_ms: ms}] of Object.entries(seen)) {
		assert.equal(closed, each, `${kind}: ${closed} of ${each} were ended: ${stdout}`);
		assert.ok(ms <= longest[kind] + SLACK_MS, `${kind}: kept for ${ms} ms`);
	}
	for (const kind of ['head', 'body'])
		assert.equal(seen[kind].told, each, `${kind}: ${seen[kind].told} of ${each} heard 408`);
	return seen;
}

// More connections from one address than it may hold. How many are there and how many were shut out at once.
async function flood(world) {
	const sockets = [];
	let open = 0, shut = 0;
	for (let i = 0; i < PER_ADDRESS / 10 + count; i++) {
		const socket = net.connect({port: world.server.port, host: '127.0.0.1', localAddress: '127.0.0.9'});
		socket.on('connect', () => open++);
		socket.on('close', () => shut++);
		socket.on('error', () => {});
		sockets.push(socket);
		if (i % 50 === 49)
			await sleep(1);
	}
	return {end: () => sockets.forEach(socket => socket.destroy()), seen: () => ({open, shut}), tried: sockets.length};
}

const world = await World.open({config: {...deadlines, connections_per_address: PER_ADDRESS}});
try {
	await world.warmUp();
	const descriptors = world.descriptors(), resident = world.residentMb();
	const alone = [], beside = [];
	let seen;
	for (let round = 0; round < rounds; round++) {
		alone.push(await goodTurns(world));
		const slow = slowClients(world);
		await sleep(MOMENT_MS);
		beside.push(await goodTurns(world));
		seen = await slow;
	}
	const flooding = await flood(world);
	const flooded = await goodTurns(world);
	const {open, shut} = flooding.seen();
	flooding.end();
	await sleep(300);
	const ratio = median(beside) / median(alone);
	console.log(`slow: ${count} slow clients: ${Object.entries(seen).map(([kind, {closed, longest_ms: ms}]) =>
		`${closed} ${kind} ended within ${ms} ms`).join(', ')}`);
	console.log(`slow: p99 of good turns at ${rate}/s: ${median(alone).toFixed(2)} ms alone, ${median(beside).toFixed(2)} ms beside `
		+ `(${ratio.toFixed(2)} x, wanted <= 1.2), ${flooded.toFixed(2)} ms in a flood of ${flooding.tried} connections (${open} opened, ${shut} shut)`);
	console.log(`slow: descriptors ${descriptors} before, ${world.descriptors()} after; resident ${resident.toFixed(1)} MB before, `
		+ `${world.residentMb().toFixed(1)} MB after`);
	assert.ok(world.alive());
	assert.ok(world.descriptors() <= descriptors + 20, 'descriptors are left');
	console.log('1 passed, 0 failed');
} finally {
	await world.close();
}
