// The crash proof. Starts `parley serve` on a fresh data folder, lets people write over HTTP and WebSocket, kills the
// server with -9 at random moments under load, starts it again, and at the end asks over the API, from outside, whether
// every acknowledged message stands in exactly one turn, in order, none lost and none answered twice, and asks the
// shop's own record whether any effect happened twice.
//
//	node tests/crash/crash.mjs [--cycles 20] [--seed N] [--program build/parley] [--preload SHIM.so] [--keep]
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
const CUSTOMERS = 400;

const {values: options} = parseArgs({options: {
	cycles: {type: 'string', default: '20'},
	seed: {type: 'string', default: String(Date.now() % 1000000)},
	program: {type: 'string', default: 'build/parley'},
	preload: {type: 'string', default: ''},
	keep: {type: 'boolean', default: false},
}});
const cycles = Number(options.cycles);

async function run(folder) {
	const random = generator(Number(options.seed));
	const violations = [];
	const shop = new Shop(options.program, folder, options.seed, CUSTOMERS);
	await shop.start();
	const server = new Server({
		program: options.program,
		folder,
		port: await freePort(),
		args: ['--demo', ...Object.entries(shop.urls).flatMap(([name, url]) => ['--shop-url', `${name}=${url}`])],
		env: options.preload ? {LD_PRELOAD: path.resolve(options.preload), PARLEY_UNSYNCED_DIR: path.join(folder, 'data')} : {},
	});
	const orders = await shop.returnable(CUSTOMERS);
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
		let slowest = 0;
		for (let cycle = 0; cycle < cycles; cycle++) {
			await sleep(50 + random() * 450);
			await server.kill();
			await sleep(random() * 20);
			await server.start();
			slowest = Math.max(slowest, server.started);
		}
		world.running = false;
		const patience = setTimeout(() => {
			violations.push('some message was not answered within 60 s of the last start');
			report(violations, folder);
			process.exit(1);
		}, 60000);
		await Promise.all(runs);
		clearTimeout(patience);
		await check({world, people, shop, cycles, slowest});
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
	console.log(`crash: ${violations.length} violations; seed ${options.seed}; the data is in ${folder}`);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-crash-'));
console.log(`crash: ${cycles} cycles, seed ${options.seed}`);
const violations = await run(folder);
if (violations.length) {
	report(violations, folder);
	console.log('0 passed, 1 failed');
	process.exit(1);
}
console.log('1 passed, 0 failed');
if (!options.keep)
	fs.rmSync(folder, {recursive: true});
