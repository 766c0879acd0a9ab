// The programs under test, and plain requests to them.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

export const PROGRAM = path.resolve(process.env.PARLEY ?? 'build/parley-asan');
const ANSWER_LIMIT_MS = 30000;

// What a sanitizer found, or a failed require(), in the text a program wrote.
const TROUBLE = /ERROR: \w+Sanitizer|runtime error:|require\(/;

function firstLine(child, what) {
	return new Promise((done, fail) => {
		let text = '';
		child.stdout.on('data', data => {
			text += data;
			if (text.includes('\n'))
				done(text.slice(0, text.indexOf('\n')));
		});
		child.on('exit', code => fail(new Error(`${what} ended with ${code} before it said where it is`)));
	});
}

let logs = 0;

class Program {
	spawn(args, env) {
		this.log ??= path.join(this.folder ?? '/tmp', `log-${process.pid}-${++logs}.txt`);
		const log = fs.openSync(this.log, 'a');
		const limited = this.descriptors && ['-c', `ulimit -n ${this.descriptors} && exec "$0" "$@"`, PROGRAM, ...args];
		this.child = spawn(limited ? '/bin/sh' : PROGRAM, limited || args, {stdio: ['ignore', 'pipe', log], env: {...process.env, ...env}});
		fs.closeSync(log);
		this.gone = new Promise(done => this.child.on('exit', (code, signal) => {
			this.up = false;
			done({code, signal});
		}));
		this.up = true;
	}

	// Ends it by its id, and waits for the end.
	async kill(signal = 'SIGKILL') {
		if (this.up)
			this.child.kill(signal);
		return this.gone;
	}

	async stop() {
		if (!this.up)
			return;
		const end = await this.kill('SIGTERM');
		if (end.code !== 0)
			throw new Error(`ended with ${JSON.stringify(end)}`);
	}

	text() {
		return fs.readFileSync(this.log, 'utf8');
	}

	// The lines of its log as objects.
	lines() {
		return this.text().split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line));
	}

	check() {
		const text = this.text();
		if (TROUBLE.test(text))
			throw new Error(text.slice(0, 4000));
	}
}

export class Shop extends Program {
	constructor(args) {
		super();
		this.args = args;
	}

	async start() {
		this.spawn(['mock', 'shop', ...this.args]);
		this.urls = JSON.parse(await firstLine(this.child, 'the shop'));
		this.child.stdout.resume();
		this.options = Object.entries(this.urls).flatMap(([name, url]) => ['--shop-url', `${name}=${url}`]);
	}

	// Makes trouble: {latency_ms, error_rate, hang_rate, down}; {} ends it.
	async control(trouble) {
		for (const url of Object.values(this.urls)) {
			const answer = await request(Number(new URL(url).port), 'PUT', '/control', {body: trouble});
			if (answer.status !== 200)
				throw new Error(JSON.stringify(answer.body));
		}
	}

	async effects() {
		return (await request(Number(new URL(this.urls.orders).port), 'GET', '/effects')).body.effects;
	}

	check() {
		super.check();
		fs.rmSync(this.log);
	}
}

export class Server extends Program {
	// {folder, data = its own, demo = true, port = 0, args = [], env = {}, address: where requests come from,
	// descriptors: how many it may have}
	constructor(options) {
		super();
		Object.assign(this, {demo: true, port: 0, args: [], env: {}}, options);
		this.data ??= fs.mkdtempSync(path.join(this.folder, 'data-'));
	}

	async start() {
		this.spawn(['serve', ...this.demo ? ['--demo'] : [], '--listen', `127.0.0.1:${this.port}`, '--data', this.data,
			...this.args], this.env);
		const line = await firstLine(this.child, 'the server');
		this.port = Number(/:(\d+)/.exec(line)[1]); // the same one after a restart
		this.child.stdout.resume();
	}

	async restart(signal = 'SIGKILL') {
		await this.kill(signal);
		await this.start();
	}

	call(method, target, options = {}) {
		return request(this.port, method, target, {from: this.address, ...options});
	}

	get(target, options) {
		return this.call('GET', target, options);
	}

	post(target, body, options) {
		return this.call('POST', target, {body, ...options});
	}

	// A message of a customer over the API.
	say(text, from = {id: 'guest'}, options = {}) {
		return this.post('/v1/messages', {channel: 'api', from, text}, options);
	}

	// The figures of /metrics: {name or name{labels}: number}.
	async metrics() {
		const text = (await this.get('/metrics')).body;
		return Object.fromEntries(text.split('\n').filter(line => line && line[0] !== '#').map(line => {
			const blank = line.lastIndexOf(' ');
			return [line.slice(0, blank), Number(line.slice(blank + 1))];
		}));
	}

	// `parley key add`: the key, and the secret of a widget's key.
	async key(...args) {
		const {code, out, err} = await command('key', 'add', '--data', this.data, ...args);
		if (code !== 0)
			throw new Error(err);
		return out.split('\n');
	}
}

// Runs a command to its end.
export function command(...args) {
	return new Promise(done => {
		const child = spawn(PROGRAM, args, {stdio: ['ignore', 'pipe', 'pipe']});
		const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_LIMIT_MS);
		let out = '', err = '';
		child.stdout.on('data', data => (out += data));
		child.stderr.on('data', data => (err += data));
		child.on('close', code => {
			clearTimeout(timer);
			done({code, out, err});
		});
	});
}

export const bearer = key => ({Authorization: `Bearer ${key}`});

// One request; {status, headers, body: parsed when it is JSON, text}. `raw` is sent as it is instead of `body` as JSON.
export function request(port, method, target, {body, raw, headers = {}, agent, from} = {}) {
	return new Promise((done, fail) => {
		const bytes = raw ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
		const all = {...headers};
		if (bytes !== undefined && all['Content-Type'] === undefined)
			all['Content-Type'] = 'application/json';
		if (bytes !== undefined)
			all['Content-Length'] = Buffer.byteLength(bytes);
		const req = http.request({host: '127.0.0.1', port, method, path: target, headers: all, agent, localAddress: from}, res => {
			const parts = [];
			res.on('data', part => parts.push(part));
			res.on('error', fail);
			res.on('aborted', () => fail(new Error('the connection broke inside an answer')));
			res.on('end', () => {
				const text = Buffer.concat(parts).toString('utf8');
				const json = (res.headers['content-type'] ?? '').includes('json');
				done({status: res.statusCode, headers: res.headers, text, body: json && text ? JSON.parse(text) : text});
			});
		});
		req.on('error', fail);
		req.setTimeout(ANSWER_LIMIT_MS, () => req.destroy(new Error(`${method} ${target}: no answer in ${ANSWER_LIMIT_MS} ms`)));
		req.end(bytes);
	});
}

// Bytes as they are, and whatever comes back until the server closes or `enough(text)`.
export function wire(port, chunks, {from, enough = () => false, limit_ms = ANSWER_LIMIT_MS} = {}) {
	return new Promise((done, fail) => {
		let text = '';
		const socket = net.connect({port, host: '127.0.0.1', localAddress: from});
		const timer = setTimeout(() => end(fail, new Error(`the server said nothing more after: ${text.slice(0, 200)}`)), limit_ms);
		const end = (how, what) => {
			clearTimeout(timer);
			socket.destroy();
			how(what);
		};
		socket.on('error', () => end(done, text));
		socket.on('close', () => end(done, text));
		socket.on('data', data => {
			text += data.toString('latin1');
			if (enough(text))
				end(done, text);
		});
		for (const chunk of [chunks].flat())
			socket.write(chunk);
	});
}
