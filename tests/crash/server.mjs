// The programs under test: a shop that lives through everything, and a server that is killed and started again.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

export const sleep = ms => new Promise(done => setTimeout(done, ms));

export function freePort() {
	return new Promise((done, fail) => {
		const probe = net.createServer();
		probe.on('error', fail);
		probe.listen(0, '127.0.0.1', () => {
			const {port} = probe.address();
			probe.close(() => done(port));
		});
	});
}

// One request; resolves to {status, body} and rejects when the connection breaks before the whole answer is there.
export function request(port, method, target, {body, headers = {}, agent} = {}) {
	return new Promise((done, fail) => {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const all = {...headers};
		if (text !== undefined) {
			all['Content-Type'] = 'application/json';
			all['Content-Length'] = Buffer.byteLength(text);
		}
		const req = http.request({host: '127.0.0.1', port, method, path: target, headers: all, agent}, res => {
			const parts = [];
			res.on('data', part => parts.push(part));
			res.on('error', fail);
			res.on('aborted', () => fail(new Error('aborted')));
			res.on('end', () => {
				const answer = Buffer.concat(parts).toString('utf8');
				const json = (res.headers['content-type'] || '').includes('json');
				done({status: res.statusCode, headers: res.headers, body: json && answer ? JSON.parse(answer) : answer});
			});
		});
		req.on('error', fail);
		req.setTimeout(15000, () => req.destroy(new Error('no answer in 15 s')));
		req.end(text);
	});
}

export class Shop {
	constructor(program, folder, seed, customers) {
		this.record = path.join(folder, 'effects.jsonl');
		this.args = ['mock', 'shop', '--seed', String(seed), '--extra', String(customers), '--record', this.record,
			'--latency', '0ms..20ms'];
		this.program = program;
	}

	async start() {
		this.child = spawn(this.program, this.args, {stdio: ['ignore', 'pipe', 'inherit']});
		const line = await new Promise((done, fail) => {
			let text = '';
			this.child.stdout.on('data', data => {
				text += data;
				if (text.includes('\n'))
					done(text.split('\n')[0]);
			});
			this.child.on('exit', code => fail(new Error(`the shop ended with ${code}`)));
		});
		this.urls = JSON.parse(line);
	}

	// Delivered orders of the generated customers, which can be returned once each: [{email, id}].
	async returnable(customers) {
		const orders = [];
		const port = Number(new URL(this.urls.customers).port);
		for (let i = 1; i <= customers; i++) {
			const email = `customer${i}@example.com`;
			const {body} = await request(port, 'GET', `/customers/${encodeURIComponent(email)}/orders`);
			for (const order of body.orders)
				if (order.status === 'delivered')
					orders.push({email, id: order.order_id});
		}
		return orders;
	}

	effects() {
		if (!fs.existsSync(this.record))
			return [];
		return fs.readFileSync(this.record, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));
	}

	stop() {
		this.child?.kill('SIGTERM');
	}
}

export class Server {
	constructor({program, folder, port, args, env}) {
		Object.assign(this, {program, folder, port, args, env});
		this.log = fs.openSync(path.join(folder, 'serve.log'), 'a');
		this.starts = 0;
		this.up = false;
	}

	async start() {
		this.starts++;
		const began = Date.now();
		this.child = spawn(this.program, ['serve', '--listen', `127.0.0.1:${this.port}`, '--data',
			path.join(this.folder, 'data'), ...this.args],
			{stdio: ['ignore', this.log, this.log], env: {...process.env, ...this.env}});
		this.gone = new Promise(done => this.child.on('exit', (code, signal) => done({code, signal})));
		for (;;) {
			const ended = await Promise.race([this.gone, sleep(5)]);
			if (ended)
				throw new Error(`the server ended by itself: ${JSON.stringify(ended)}; see ${this.folder}/serve.log`);
			if (Date.now() - began > 10000)
				throw new Error('the server was not ready in 10 s');
			try {
				if ((await request(this.port, 'GET', '/health/ready')).status === 200)
					break;
			} catch {
				// not listening yet
			}
		}
		this.up = true;
		this.started = Date.now() - began;
	}

	async kill(signal = 'SIGKILL') {
		this.up = false;
		this.child.kill(signal);
		const end = await this.gone;
		if (end.signal !== signal && !(signal === 'SIGTERM' && end.code === 0))
			throw new Error(`the server ended by itself: ${JSON.stringify(end)}; see ${this.folder}/serve.log`);
	}
}
