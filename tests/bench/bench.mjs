// Measures Parley beside a baseline (baseline/server.js) and prints one table. Rounds are interleaved (baseline, Parley,
// baseline, …); figures are medians with the least and the most. Both commit each turn to disk before its reply leaves.
import {execFile, spawnSync} from 'node:child_process';
import {closeSync, cpSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {cpus, release} from 'node:os';
import {join} from 'node:path';
import {parseArgs, promisify} from 'node:util';
import {folderBytes, freePort, Server, summary} from './process.mjs';
import {traffic, warmUp} from './traffic.mjs';
import {openIdle} from './websockets.mjs';

const {values: options} = parseArgs({
	options: {
		json: {type: 'boolean', default: false},
		rounds: {type: 'string', default: '5'},
		seconds: {type: 'string', default: '5'},
		only: {type: 'string', default: ''},
	},
});
const rounds = Number(options.rounds), seconds = Number(options.seconds);
const wanted = (part) => !options.only || options.only.split(',').includes(part);

const customers = 1000;
const slowFsync = {LD_PRELOAD: join(process.cwd(), 'build/shim/fsync_delay.so'), PARLEY_FSYNC_US: '2000'};
const work = 'build/bench/work';
const program = 'build/parley';
const run = promisify(execFile);
const say = (text) => process.stderr.write(`${text}\n`);

// ---- the servers ----

let folders = 0;

function freshFolder() {
	const folder = join(work, `data${folders++}`);
	mkdirSync(folder, {recursive: true});
	return folder;
}

async function startBaseline(env) {
	const port = await freePort(), data = freshFolder();
	const server = await Server.start({
		name: 'baseline', command: 'node', port, env, readyPath: '/health',
		args: ['build/bench/baseline/server.js', '--listen', `127.0.0.1:${port}`, '--data', data],
	});
	return Object.assign(server, {data, headers: []});
}

// The e-commerce pack without its examples: intents by the words of its rules alone, no learnt model.
function keywordPack() {
	const folder = join(work, 'keywords');
	cpSync('packs/ecommerce', folder, {recursive: true, filter: (path) => !/training\.[a-z]+\.yaml$/.test(path)});
	return folder;
}

// As it ships: the e-commerce pack, callers with an API key that vouch for their customers.
async function startParley(shop, env, pack = 'packs/ecommerce') {
	const port = await freePort(), data = freshFolder(), config = join(work, `parley${port}.yaml`);
	const key = spawnSync(program, ['key', 'add', '--data', data, '--name', 'bench'], {encoding: 'utf8'});
	if (key.status !== 0)
		throw new Error(`parley key add: ${key.stderr}`);
	writeFileSync(config, JSON.stringify({
		pack,
		allow: ['127.0.0.0/8'],
		variables: {customers_url: shop.customers, orders_url: shop.orders, tracking_url: shop.tracking},
	}));
	const server = await Server.start({
		name: 'parley', command: program, port, env, readyPath: '/health/ready',
		args: ['serve', '--config', config, '--listen', `127.0.0.1:${port}`, '--data', data, '--log', 'warn'],
	});
	return Object.assign(server, {data, headers: [`Authorization: Bearer ${key.stdout.trim()}`]});
}

async function startShop() {
	const ports = [await freePort(), await freePort(), await freePort()];
	const server = await Server.start({
		name: 'shop', command: program, port: ports[2],
		args: ['mock', 'shop', '--extra', String(customers), '--customers-port', String(ports[0]), '--orders-port',
			String(ports[1]), '--tracking-port', String(ports[2])],
	});
	const [customersUrl, orders, tracking] = ports.map((port) => `http://127.0.0.1:${port}`);
	return Object.assign(server, {customers: customersUrl, orders, tracking});
}

async function startDemo(data = freshFolder()) {
	const port = await freePort();
	return Server.start({
		name: 'parley', command: program, port, readyPath: '/health/ready',
		args: ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--data', data, '--log', 'warn'],
	});
}

// ---- load ----

const bodies = join(work, 'traffic.jsonl'), warmUpBodies = join(work, 'warm_up.jsonl');

// One run of the load generator; anything but good answers ends the bench, for it would measure something else.
async function load(server, {connections, time = seconds, rate = 0, file = bodies, warm = 0.5, health = false}) {
	const args = ['--port', String(server.port), '--connections', String(connections), '--seconds', String(time),
		'--warmup', String(warm), '--pid', String(server.pid)];
	if (health)
		args.push('--path', '/health');
	else
		args.push('--path', '/v1/messages', '--bodies', file, '--header', 'Idempotency-Key: {r}-{n}');
	for (const header of server.headers)
		args.push('--header', header);
	if (rate)
		args.push('--rate', String(Math.round(rate)));
	const before = server.cpuTicks();
	const result = JSON.parse((await run('build/bench/http_load', args)).stdout);
	const after = server.cpuTicks(), ticks = Math.max(after.all - before.all, 1);
	result.kernel_share = (after.kernel - before.kernel) / ticks;
	result.loop_share = (after.loop - before.loop) / ticks;
	const bad = result.errors + ['other', '1xx', '3xx', '4xx', '5xx'].reduce((sum, s) => sum + (result.statuses[s] ?? 0), 0);
	if (bad || !result.replies)
		throw new Error(`${server.name}: ${bad} bad answers: ${JSON.stringify(result)}\n${server.output}`);
	return result;
}

const fillCaches = (server) => load(server, {connections: 16, time: 3, file: warmUpBodies, warm: 0});

// Rounds of both, interleaved, on fresh stores.
async function compare(title, shop, {connections, env = {}, pack}) {
	const both = {baseline: await startBaseline(env), parley: await startParley(shop, env, pack)};
	const results = {baseline: [], parley: []};
	await fillCaches(both.parley);
	for (let round = 0; round < rounds; round++) {
		for (const name of ['baseline', 'parley']) {
			const result = await load(both[name], {connections});
			results[name].push(result);
			say(`${title}, round ${round + 1}: ${name} ${Math.round(result.per_second)} turns/s`);
		}
	}
	for (const server of Object.values(both))
		await server.stop();
	const figures = {};
	for (const name of ['baseline', 'parley']) {
		figures[name] = {
			turns: summary(results[name].map((r) => r.per_second)),
			cpu: summary(results[name].map((r) => r.server_cpu_us_per_request)),
			kernel: summary(results[name].map((r) => r.server_cpu_us_per_request * r.kernel_share)),
			loop: summary(results[name].map((r) => r.server_cpu_us_per_request * r.loop_share)),
			p99: summary(results[name].map((r) => r.latency_us.p99 / 1000)),
		};
	}
	return figures;
}

// Beside each round the same rate of requests that do nothing: what the machine and the generator add to any latency.
async function atFixedRate(shop, rate) {
	const server = await startParley(shop, {});
	const results = [], floors = [];
	await fillCaches(server);
	for (let round = 0; round < rounds; round++) {
		const floor = await load(server, {connections: 256, rate, health: true});
		const result = await load(server, {connections: 256, rate});
		floors.push(floor);
		results.push(result);
		say(`at ${Math.round(rate)}/s, round ${round + 1}: p99 ${(result.latency_us.p99 / 1000).toFixed(2)} ms, ` +
			`of /health ${(floor.latency_us.p99 / 1000).toFixed(2)} ms`);
	}
	await server.stop();
	const ms = (list, share) => summary(list.map((r) => r.latency_us[share] / 1000));
	return {rate, p50: ms(results, 'p50'), p99: ms(results, 'p99'), floor: ms(floors, 'p99')};
}

// ---- memory, start, storage ----

async function idleWebSockets(count) {
	const server = await startDemo();
	const target = (i) => `/ws?session_id=bench${i}`;
	// The first thousand make the server's buffers; what the next ones add is what a connection costs.
	const sockets = await openIdle(server.port, 1000, target);
	const before = server.memory().own;
	sockets.push(...await openIdle(server.port, count - sockets.length, (i) => target(i + 1000)));
	const bytes = (server.memory().own - before) / (count - 1000);
	for (const socket of sockets)
		socket.destroy();
	await server.stop();
	return {count, bytes};
}

async function starts() {
	const fresh = [], again = [], resident = [];
	for (let round = 0; round < rounds; round++) {
		const data = freshFolder();
		for (const list of [fresh, again]) {
			const server = await startDemo(data);
			list.push(server.readyMs);
			await new Promise((resolve) => setTimeout(resolve, 500));
			resident.push(server.memory().resident / (1 << 20));
			await server.stop();
		}
	}
	return {fresh: summary(fresh), again: summary(again), residentMb: summary(resident)};
}

async function storage(shop) {
	const figures = {};
	for (const server of [await startBaseline({}), await startParley(shop, {})]) {
		const before = folderBytes(server.data);
		const {replies} = await load(server, {connections: 16, time: 4, warm: 0});
		await server.stop();
		figures[server.name] = {turns: replies, bytes: (folderBytes(server.data) - before) / replies};
	}
	return figures;
}

function fsyncCost() {
	const path = join(work, 'fsync'), fd = openSync(path, 'w'), times = [];
	for (let i = 0; i < 200; i++) {
		writeSync(fd, Buffer.alloc(4096));
		const start = process.hrtime.bigint();
		fdatasyncSync(fd);
		times.push(Number(process.hrtime.bigint() - start) / 1000);
	}
	closeSync(fd);
	return summary(times);
}

// ---- the table ----

const number = (v) => (v >= 100 ? Math.round(v).toLocaleString('en') : v.toFixed(v >= 10 ? 1 : 2));
const spread = (s) => `${number(s.median)} (${number(s.min)}–${number(s.max)})`;
const verdict = (good) => (good ? 'met' : 'MISSED');

function rows(figures) {
	const list = [];
	const add = (what, baseline, parley, aim, good) => list.push([what, baseline, parley, aim, good === null ? '' : verdict(good)]);
	for (const [key, title, times] of [['plain', '64 connections', 5], ['keywords', '64 connections, keyword intents', 5], ['slow', '256 connections, fsync + 2 ms', 30]]) {
		const f = figures[key];
		if (!f)
			continue;
		const ratio = f.parley.turns.median / f.baseline.turns.median;
		add(`turns/s, ${title}`, spread(f.baseline.turns), `${spread(f.parley.turns)} = ${number(ratio)} ×`, `≥ ${times} ×`, ratio >= times);
		add(`CPU µs a turn, ${title}`, spread(f.baseline.cpu), spread(f.parley.cpu), key === 'keywords' ? '≤ 80' : '',
			key === 'keywords' ? f.parley.cpu.median <= 80 : null);
		add('   of that in the kernel', spread(f.baseline.kernel), spread(f.parley.kernel), '', null);
		add('   of that on the loop thread', spread(f.baseline.loop), spread(f.parley.loop), '', null);
		add(`p99 ms at full load, ${title}`, spread(f.baseline.p99), spread(f.parley.p99), '', null);
	}
	if (figures.rate) {
		add(`p50 ms at ${number(figures.rate.rate)}/s (70 %)`, '', spread(figures.rate.p50), '', null);
		add(`p99 ms at ${number(figures.rate.rate)}/s (70 %)`, '', spread(figures.rate.p99), '≤ 5', figures.rate.p99.median <= 5);
		add('   of /health at the same rate', '', spread(figures.rate.floor), '', null);
	}
	if (figures.sockets)
		add(`bytes an idle WebSocket, of ${number(figures.sockets.count)}`, '', number(figures.sockets.bytes), '≤ 2,048',
			figures.sockets.bytes <= 2048);
	if (figures.start) {
		add('start to ready ms, new store', '', spread(figures.start.fresh), '≤ 100', figures.start.fresh.median <= 100);
		add('start to ready ms, store there', '', spread(figures.start.again), '≤ 100', figures.start.again.median <= 100);
		add('resident MB, idle', '', spread(figures.start.residentMb), '≤ 20', figures.start.residentMb.median <= 20);
	}
	if (figures.storage)
		add('bytes stored a turn', number(figures.storage.baseline.bytes), number(figures.storage.parley.bytes), '', null);
	return list;
}

function table(figures) {
	const all = [['', 'baseline', 'Parley', 'aim', ''], ...rows(figures)];
	const widths = all[0].map((_, i) => Math.max(...all.map((row) => [...row[i]].length)));
	const line = (row) => row.map((cell, i) => cell + ' '.repeat(widths[i] - [...cell].length)).join('  ').trimEnd();
	return [line(all[0]), widths.map((w) => '─'.repeat(w)).join('  '), ...all.slice(1).map(line)].join('\n');
}

function machine() {
	const version = spawnSync(program, ['version'], {encoding: 'utf8'}).stdout.split('\n')[0];
	return {version, node: process.version, processor: cpus()[0].model, cores: cpus().length, kernel: release(), fsync: fsyncCost()};
}

async function main() {
	rmSync(work, {recursive: true, force: true});
	mkdirSync(work, {recursive: true});
	writeFileSync(bodies, traffic({customers, count: 20000, seed: 1}).join('\n') + '\n');
	writeFileSync(warmUpBodies, warmUp({customers}).join('\n') + '\n');
	const figures = {machine: machine(), rounds, seconds};
	const shop = await startShop();
	if (wanted('plain') || wanted('rate'))
		figures.plain = await compare('64 connections', shop, {connections: 64});
	if (wanted('keywords'))
		figures.keywords = await compare('64 connections, keywords', shop, {connections: 64, pack: keywordPack()});
	if (wanted('slow'))
		figures.slow = await compare('256 connections, slow fsync', shop, {connections: 256, env: slowFsync});
	if (wanted('rate'))
		figures.rate = await atFixedRate(shop, 0.7 * figures.plain.parley.turns.median);
	if (wanted('storage'))
		figures.storage = await storage(shop);
	if (wanted('sockets'))
		figures.sockets = await idleWebSockets(10000);
	if (wanted('start'))
		figures.start = await starts();
	await shop.stop();
	rmSync(work, {recursive: true, force: true});
	const m = figures.machine;
	console.log(options.json ? JSON.stringify(figures, null, '\t') :
		`${m.version}, Node ${m.node}; ${m.cores} × ${m.processor}, Linux ${m.kernel}; an fsync takes ${spread(m.fsync)} µs\n` +
		`medians of ${rounds} rounds of ${seconds} s (least–most), ${number(customers)} customers; load generator on the same cores\n\n` +
		table(figures));
}

main().catch((e) => {
	say(`bench: ${e.message}`);
	process.exit(1);
});
