// A server as it ships, with the demo shop and a caller's key, for tests that put load on it.
import {execFile, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';

import {folderBytes, freePort, Server} from '../bench/process.mjs';
import {traffic, warmUp} from '../bench/traffic.mjs';

const run = promisify(execFile);
export const sleep = ms => new Promise(done => setTimeout(done, ms));
export const PROGRAM = process.env.PARLEY ?? 'build/parley';

export class World {
	// `config`: further keys of parley.yaml. A port that was free may be taken by somebody else a moment later.
	static async open(options = {}, tries = 3) {
		const world = new World();
		try {
			await world.start(options);
			return world;
		} catch (error) {
			await world.close();
			if (tries > 1 && /address already in use/.test(error.message))
				return World.open(options, tries - 1);
			throw error;
		}
	}

	file(name, text) {
		fs.writeFileSync(path.join(this.folder, name), text);
		return path.join(this.folder, name);
	}

	async start({customers: count = 500, config = {}}) {
		this.customers = count;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-load-'));
		const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
		this.data = path.join(this.folder, 'data');
		this.shop = await Server.start({name: 'shop', command: PROGRAM, port: ports[2], args: ['mock', 'shop', '--extra',
			String(this.customers), '--customers-port', String(ports[0]), '--orders-port', String(ports[1]),
			'--tracking-port', String(ports[2])]});
		const key = spawnSync(PROGRAM, ['key', 'add', '--data', this.data, '--name', 'load'], {encoding: 'utf8'});
		if (key.status !== 0)
			throw new Error(`parley key add: ${key.stderr}`);
		this.key = key.stdout.trim();
		const [customers, orders, tracking] = ports.map(port => `http://127.0.0.1:${port}`);
		const file = this.file('parley.yaml', JSON.stringify({pack: 'packs/ecommerce', allow: ['127.0.0.0/8'],
			variables: {customers_url: customers, orders_url: orders, tracking_url: tracking}, ...config}));
		this.server = await Server.start({name: 'parley', command: PROGRAM, port: ports[3], readyPath: '/health/ready',
			args: ['serve', '--config', file, '--listen', `127.0.0.1:${ports[3]}`, '--data', this.data, '--log', 'warn']});
		this.bodies = this.file('traffic.jsonl', traffic({customers: this.customers, count: 20000, seed: 1}).join('\n') + '\n');
		this.warmUpBodies = this.file('warm_up.jsonl', warmUp({customers: this.customers}).join('\n') + '\n');
	}

	// One run of the load generator: its report.
	async load({connections = 16, seconds, rate = 0, warm = 0, bodies = this.bodies}) {
		const args = ['--port', String(this.server.port), '--path', '/v1/messages', '--bodies', bodies, '--connections',
			String(connections), '--seconds', String(seconds), '--warmup', String(warm), '--pid', String(this.server.pid),
			'--header', 'Idempotency-Key: {r}-{n}', '--header', `Authorization: Bearer ${this.key}`];
		if (rate)
			args.push('--rate', String(Math.round(rate)));
		return JSON.parse((await run('build/bench/http_load', args)).stdout);
	}

	// So that the sources are cached, as they are in a server that has run for a while.
	warmUp() {
		return this.load({connections: 16, seconds: Math.max(1, this.customers / 1000), bodies: this.warmUpBodies});
	}

	descriptors() {
		return fs.readdirSync(`/proc/${this.server.pid}/fd`).length;
	}

	residentMb() {
		return this.server.memory().resident / (1 << 20);
	}

	storedBytes() {
		return folderBytes(this.data);
	}

	alive() {
		return this.server.child.exitCode === null && this.server.child.signalCode === null;
	}

	async close() {
		await this.server?.stop();
		await this.shop?.stop();
		fs.rmSync(this.folder, {recursive: true, force: true});
	}
}

export const good = report => (report.statuses['2xx'] ?? 0);

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[sorted.length >> 1];
}
