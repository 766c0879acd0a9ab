// Figures, description and pages.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';

import {Visitor} from './webchat.mjs';

// A strict reader of the Prometheus text format 0.0.4: every line is understood, a family stands together under one HELP
// and one TYPE, no sample comes twice.
function readMetrics(text) {
	assert.ok(text.endsWith('\n'), 'the last line ends');
	const families = new Map(), samples = new Map();
	let family;
	for (const line of text.slice(0, -1).split('\n')) {
		let match;
		if ((match = /^# HELP ([a-zA-Z_:][\w:]*) (?:[^\\]|\\\\|\\n)*$/.exec(line))) {
			assert.ok(!families.has(match[1]), `a second HELP of ${match[1]}`);
			family = {name: match[1]};
			families.set(match[1], family);
		} else if ((match = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line))) {
			assert.equal(match[1], family?.name, 'TYPE follows its HELP');
			assert.equal(family.type, undefined, `a second TYPE of ${match[1]}`);
			family.type = match[2];
		} else {
			match = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})? ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/.exec(line);
			assert.ok(match, `what is this: ${line}`);
			const base = family.type === 'histogram' ? match[1].replace(/_(bucket|sum|count)$/, '') : match[1];
			assert.equal(base, family.name, 'a sample stands below its family');
			assert.ok(family.type, 'the family has a type');
			assert.ok(!samples.has(match[1] + (match[2] ?? '')), `a second ${line}`);
			samples.set(match[1] + (match[2] ?? ''), Number(match[3].replace('Inf', 'Infinity')));
			if (family.type === 'counter') {
				assert.match(match[1], /_total$/);
				assert.ok(Number(match[3]) >= 0);
			}
		}
	}
	return samples;
}

// The routes as the program's tables have them.
function routes() {
	const all = [];
	for (const file of fs.readdirSync('src/api').filter(name => name.endsWith('.c')))
		for (const match of fs.readFileSync(`src/api/${file}`, 'utf8').matchAll(/\{METHOD_(\w+), "([^"]+)",/g))
			all.push(`${match[1].toLowerCase()} ${match[2]}`);
	return all;
}

export default async function define(suite) {
	const server = await suite.server();

	suite.test('/metrics is read by a strict reader, and counts', async () => {
		const before = await server.get('/metrics');
		assert.equal(before.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
		const first = readMetrics(before.body);
		await server.say('Hello', {id: 'counted'});
		const visitor = new Visitor(server);
		await visitor.open();
		const socket = await visitor.connect();
		const second = readMetrics((await server.get('/metrics')).body);
		for (const [name, more] of [['parley_messages_total', 1], ['parley_turns_total', 1], ['parley_webchat_sessions_total', 1],
			['parley_webchat_connections', 1], ['parley_websockets', 1]])
			assert.equal(second.get(name), first.get(name) + more, name);
		assert.ok(second.get('parley_http_requests_total{status="2xx"}') > first.get('parley_http_requests_total{status="2xx"}'));
		for (const [name, value] of first)
			assert.ok(!name.includes('_total') || second.get(name) >= value, name);
		socket.drop();
		const promtool = spawnSync('promtool', ['check', 'metrics'], {input: before.body, encoding: 'utf8'});
		if (promtool.error)
			suite.skip('promtool is not installed');
		else
			assert.equal(promtool.status, 0, promtool.stderr);
	});

	suite.test('/openapi.json describes every route that exists and no other', async () => {
		const {status, body} = await server.get('/openapi.json');
		assert.equal(status, 200);
		assert.equal(body.openapi, '3.1.0');
		const described = Object.entries(body.paths).flatMap(([path, item]) => Object.keys(item).map(method => `${method} ${path}`));
		assert.ok(routes().length > 20);
		assert.deepEqual(described.sort(), routes().sort());
		for (const [path, item] of Object.entries(body.paths)) {
			const probe = path.replaceAll(/\{\w+\}/g, 'x');
			const allow = (await server.call('OPTIONS', probe)).headers.allow.split(', ').filter(one => !['HEAD', 'OPTIONS'].includes(one));
			assert.deepEqual(allow.map(one => one.toLowerCase()).sort(), Object.keys(item).sort(), path);
			const other = await server.call('PATCH', probe, {raw: '{}'});
			assert.equal(other.status, 405, path);
			for (const operation of Object.values(item)) {
				assert.ok(operation.summary && operation.tags.length === 1 && operation.responses.default);
				const names = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]);
				assert.deepEqual(operation.parameters.filter(one => one.in === 'path').map(one => one.name), names, path);
			}
		}
	});

	suite.test('its request schemas are those that requests are read by', async () => {
		const {body} = await server.get('/openapi.json');
		const {schema} = body.paths['/v1/messages'].post.requestBody.content['application/json'];
		assert.deepEqual(schema.required, ['from']);
		assert.deepEqual(schema.properties.from.required, ['id']);
		assert.deepEqual(Object.keys(schema.properties), ['channel', 'from', 'text', 'payload']);
	});

	suite.test('the pages load, with a strict policy, compressed for who can read it', async () => {
		for (const [path, type] of [['/', 'text/html'], ['/docs', 'text/html'], ['/widget', 'text/html'], ['/widget.js', 'text/javascript'],
			['/demo.js', 'text/javascript'], ['/demo.css', 'text/css'], ['/docs.js', 'text/javascript'], ['/docs.css', 'text/css'],
			['/favicon.svg', 'image/svg+xml']]) {
			const plain = await server.get(path);
			assert.equal(plain.status, 200, path);
			assert.ok(plain.headers['content-type'].startsWith(type), `${path}: ${plain.headers['content-type']}`);
			assert.match(plain.headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
			assert.equal(plain.headers['x-content-type-options'], 'nosniff');
			const known = await server.get(path, {headers: {'If-None-Match': plain.headers.etag}});
			assert.equal(known.status, 304);
			assert.equal(known.text, '');
			const head = await server.call('HEAD', path);
			assert.equal(head.status, 200);
			assert.equal(head.text, '');
			assert.equal((await server.get(path, {headers: {'Accept-Encoding': 'gzip;q=0'}})).headers['content-encoding'], undefined);
		}
		const packed = await packedBytes('/widget.js');
		assert.equal(zlib.gunzipSync(packed).toString(), (await server.get('/widget.js')).text);
		assert.ok(packed.length <= 40 << 10);
	});

	async function packedBytes(path) {
		const {get} = await import('node:http');
		return new Promise((done, fail) => get({host: '127.0.0.1', port: server.port, path, headers: {'Accept-Encoding': 'gzip'}}, res => {
			const parts = [];
			res.on('data', part => parts.push(part));
			res.on('end', () => done(Buffer.concat(parts)));
			assert.equal(res.headers['content-encoding'], 'gzip');
		}).on('error', fail));
	}

	suite.test('health', async () => {
		assert.deepEqual((await server.get('/health')).body, {status: 'ok'});
		assert.deepEqual((await server.get('/health/ready')).body, {status: 'ready'});
	});

	suite.test('outside the demo / leads to /docs', async () => {
		const closed = await suite.server({demo: false});
		const answer = await closed.get('/');
		assert.equal(answer.status, 302);
		assert.equal(answer.headers.location, '/docs');
	});
}
