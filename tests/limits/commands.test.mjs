// What the commands read and are told has its limits too: at each, the message names the figure.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';

const program = resolve(process.env.PARLEY ?? 'build/parley-asan');
const folder = mkdtempSync(join(tmpdir(), 'parley-limits-'));
after(() => rmSync(folder, {recursive: true, force: true}));

function run(args, {env = {}, input = ''} = {}) {
	return new Promise((done) => {
		const child = spawn(program, args, {env: {...process.env, ...env}});
		const timer = setTimeout(() => child.kill('SIGKILL'), 60000);
		let out = '', err = '';
		child.stdout.on('data', (data) => (out += data));
		child.stderr.on('data', (data) => (err += data));
		child.stdin.on('error', () => {});
		child.stdin.end(input);
		child.on('close', (code) => {
			clearTimeout(timer);
			done({code, out, err});
		});
	});
}

test('a configuration has at most 1 MiB', async () => {
	const path = join(folder, 'parley.yaml');
	writeFileSync(path, `data: here\n#${'x'.repeat(1 << 20)}\n`);
	const {code, err} = await run(['serve', '--config', path]);
	assert.notEqual(code, 0);
	assert.match(err, /parley\.yaml: larger than 1048576 bytes \(CONFIG_FILE_MAX\)/);
});

test('examples to learn from have at most 256 MiB', async () => {
	const path = join(folder, 'examples.tsv');
	writeFileSync(path, '');
	truncateSync(path, (256 << 20) + 1);
	const {code, err} = await run(['train', '--data', path, '--model', join(folder, 'none.model')]);
	assert.equal(code, 1);
	assert.match(err, /examples\.tsv is over 268435456 bytes/);
});

test('a value that rule prints has at most 4 MiB', async () => {
	const bindings = JSON.stringify({s: 'x'.repeat(100000)});
	const list = (n) => `[${Array(n).fill('s').join(',')}]`;
	const fits = await run(['rule', list(40), '--with', bindings]);
	assert.equal(fits.code, 0, fits.err);
	const {code, err} = await run(['rule', list(42), '--with', bindings]);
	assert.equal(code, 1);
	assert.match(err, /the value is over 4194304 bytes \(RULE_VALUE_MAX\)/);
});

test('a file of the zone database has at most 64 KiB', async () => {
	const zones = join(folder, 'zones');
	mkdirSync(zones);
	copyFileSync('/usr/share/zoneinfo/Europe/Madrid', join(zones, 'Here'));
	copyFileSync('/usr/share/zoneinfo/Europe/Madrid', join(zones, 'Large'));
	truncateSync(join(zones, 'Large'), (64 << 10) + 1);
	const hours = (zone) => run(['rule', `timestamp(0).getHours("${zone}")`], {env: {TZDIR: zones}});
	assert.equal((await hours('Here')).out, '1\n');
	assert.match((await hours('Large')).err, /there is no such time zone/);
});

test('a server’s answer has at most 8 MiB', async () => {
	let bytes = 8 << 20;
	const server = http.createServer((request, response) => {
		response.setHeader('Content-Type', 'application/json');
		response.end(`{"conversations":[],"more":"${'x'.repeat(bytes - 30)}"}`);
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const inbox = () => run(['inbox', '--server', `http://127.0.0.1:${server.address().port}`]);
	bytes -= 100;
	const fits = await inbox();
	assert.doesNotMatch(fits.err, /larger/);
	bytes += 200;
	const {code, err} = await inbox();
	server.close();
	assert.equal(code, 1);
	assert.match(err, /the answer is larger than 8388608 bytes/);
});

test('a request to the running server has at most 64 KiB', async () => {
	const data = join(folder, 'data');
	const child = spawn(program, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', data], {stdio: ['ignore', 'pipe', 'ignore']});
	try {
		await new Promise((done, fail) => {
			child.stdout.once('data', done);
			child.once('exit', fail);
		});
		const ask = (text) => new Promise((done, fail) => {
			const socket = net.connect(join(data, 'parley.sock'));
			let answer = '';
			socket.on('data', (part) => {
				answer += part;
				if (answer.endsWith('\n')) {
					socket.destroy();
					done(JSON.parse(answer));
				}
			});
			socket.on('error', fail);
			socket.on('close', () => fail(new Error(`closed without an answer: ${answer}`)));
			socket.write(text);
		});
		assert.match((await ask(`"${'x'.repeat(60000)}"\n`)).error, /no JSON object/);
		assert.match((await ask('x'.repeat(65537))).error, /over 65536 bytes \(CONTROL_LINE_MAX\)/);
		assert.match((await ask('[]\n')).error, /no JSON object/);
	} finally {
		child.kill('SIGTERM');
	}
	const [code] = await new Promise((done) => child.once('close', (...got) => done(got)));
	assert.equal(code, 0);
});
