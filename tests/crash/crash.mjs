// The crash proof. Starts `parley serve` on a fresh data folder, lets people write over HTTP and WebSocket, kills the
// server with -9 at random moments under load, starts it again, and at the end asks over the API, from outside, whether
// every acknowledged message stands in exactly one turn, in order, none lost and none answered twice, and asks the
// shop's own record whether any effect happened twice.
//
//	node tests/crash/crash.mjs [--cycles 20] [--round 200] [--unsynced] [--seed N] [--program PROGRAM] [--keep]
//
// --unsynced: on a disk that forgets what was not synced, and lets through none or a part of it (build/shim/unsynced.so),
// and with a program that copies the store's log all the time (build/crash/parley), so that kills meet the copying.
// A round is so many kills of one store; then all is checked, and the next round begins with an empty one.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {generator} from './chance.mjs';
import {check} from './check.mjs';
import {ApiPerson, ChatPerson} from './clients.mjs';
import {freePort, Server, Shop, sleep} from './server.mjs';

const API_PEOPLE = 12;
const CHAT_PEOPLE = 4;
const CUSTOMERS = 400, CUSTOMERS_PER_KILL = 12; // so that there are orders to return until the end
const PROGRESS = 50; // kills

const {values: options} = parseArgs({options: {
	cycles: {type: 'string', default: '20'},
	round: {type: 'string', default: '200'},
	seed: {type: 'string', default: String(Date.now() % 1000000)},
	program: {type: 'string', default: ''},
	unsynced: {type: 'boolean', default: false},
	keep: {type: 'boolean', default: false},
}});
const program = options.program || (options.unsynced ? 'build/crash/parley' : 'build/parley');
const random = generator(Number(options.seed));
const began = Date.now();
const total = {kills: 0, messages: 0, chat: 0, tries: 0, replies: 0, effects: 0, refused: 0, slowest: 0, restarts: 0};

const seconds = () => Math.round((Date.now() - began) / 1000);

// For the next life of the server: how much of what is not synced reaches the disk all the same.
function disk(folder) {
	return options.unsynced ? {
		LD_PRELOAD: path.resolve('build/shim/unsynced.so'),
		PARLEY_UNSYNCED_DIR: path.join(folder, 'data'),
		PARLEY_UNSYNCED_LEAK: String(Math.floor(random() * 3) * 40),
		PARLEY_UNSYNCED_SEED: String(Math.floor(random() * 1e6)),
	} : {};
}

// How often the store's log had been copied into the data file and had started over when the server was killed: a start
// begins with an empty one.
function logRestarts(data) {
	const head = Buffer.alloc(16), file = path.join(data, 'parley.db-wal');
	if (!fs.existsSync(file))
		return 0;
	const fd = fs.openSync(file);
	fs.readSync(fd, head, 0, head.length, 0);
	fs.closeSync(fd);
	return head.readUInt32BE(12);
}

// Kills the server so often, under the load of people who write meanwhile.
async function kill(world, folder, cycles) {
	const {server} = world;
	for (let cycle = 1; cycle <= cycles; cycle++) {
		await sleep(50 + random() * 450);
		await server.kill();
		total.restarts += logRestarts(path.join(folder, 'data'));
		await sleep(random() * 20);
		server.env = disk(folder);
		await server.start();
		total.slowest = Math.max(total.slowest, server.started);
		if (++total.kills % PROGRESS === 0)
			console.log(`crash: ${total.kills} kills in ${seconds()} s`);
	}
}

async function round(folder, cycles) {
	const violations = [], customers = CUSTOMERS + cycles * CUSTOMERS_PER_KILL;
	const shop = new Shop(program, folder, options.seed, customers);
	await shop.start();
	const server = new Server({
		program,
		folder,
		port: await freePort(),
		args: ['--demo', ...Object.entries(shop.urls).flatMap(([name, url]) => ['--shop-url', `${name}=${url}`])],
		env: disk(folder),
	});
	const orders = await shop.returnable(customers);
	const world = {
		server, random, running: true, refused: 0, headers: {},
		agent: new http.Agent({keepAlive: true, maxSockets: API_PEOPLE}),
		nextOrder: () => orders.pop(),
		violation: text => violations.push(text),
	};
	try {
		await server.start();
		const people = [];
		for (let i = 0; i < API_PEOPLE; i++)
			people.push(new ApiPerson(world, `api${i}`));
		for (let i = 0; i < CHAT_PEOPLE; i++)
			people.push(new ChatPerson(world, `chat${i}`));
		const runs = people.map(person => person.run());
		await kill(world, folder, cycles);
		world.running = false;
		const patience = setTimeout(() => {
			violations.push('some message was not answered within 60 s of the last start');
			report(violations, folder);
			process.exit(1);
		}, 60000);
		await Promise.all(runs);
		clearTimeout(patience);
		for (const [name, count] of Object.entries(await check({world, people, shop, cycles})))
			total[name] += count;
		total.refused += world.refused;
		await server.kill('SIGTERM');
	} finally {
		if (server.up)
			await server.kill();
		shop.stop();
		world.agent.destroy();
	}
	return violations;
}

function report(violations, folder) {
	for (const text of violations.slice(0, 30))
		console.log(`  ${text}`);
	if (violations.length > 30)
		console.log(`  and ${violations.length - 30} more`);
	console.log(`crash: ${violations.length} violations after ${total.kills} kills; seed ${options.seed}; the data is in ${folder}`);
	console.log('0 passed, 1 failed');
}

console.log(`crash: ${options.cycles} kills${options.unsynced ? ' on a disk that forgets' : ''}, seed ${options.seed}`);
for (let left = Number(options.cycles); left > 0; left -= Number(options.round)) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-crash-'));
	const violations = await round(folder, Math.min(left, Number(options.round)));
	if (violations.length) {
		report(violations, folder);
		process.exit(1);
	}
	if (!options.keep)
		fs.rmSync(folder, {recursive: true});
}
if (options.unsynced && !total.restarts) {
	console.log('the log never started over: the proof says nothing about copying it\n0 passed, 1 failed');
	process.exit(1);
}
console.log(`crash: ${total.kills} kills, ${total.messages} messages (${total.chat} over WebSocket) in ${total.tries} tries, `
	+ `${total.replies} replies, ${total.effects} effects, ${total.refused} refused with 429 or 503, slowest start ${total.slowest} ms, `
	+ `the log started over ${total.restarts} times: nothing lost, nothing twice`);
console.log(`crash: ${seconds()} s, so 10,000 kills take ${(10000 * seconds() / total.kills / 3600).toFixed(1)} hours`);
console.log('1 passed, 0 failed');
