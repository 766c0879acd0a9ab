// What a server must bear: a clear answer, a counter, nothing lost, no crash.
import assert from 'node:assert/strict';

import {wire} from './server.mjs';
import {until} from './suite.mjs';

export default async function define(suite) {
	const server = await suite.server();
	const send = (chunks, options) => wire(server.port, chunks, {from: server.address, ...options});
	const post = (body, ...more) => [`POST /v1/messages HTTP/1.1`, 'Host: x', 'Content-Type: application/json',
		`Content-Length: ${Buffer.byteLength(body)}`, ...more, '', ''].join('\r\n');
	const raw = (bytes, headers) => server.call('POST', '/v1/messages', {raw: bytes, headers});

	// The answer is a problem of this status, and a figure tells of it.
	async function counted(status, figure, ask) {
		const before = (await server.metrics())[figure];
		const answer = await ask();
		if (typeof answer === 'string') {
			assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), answer.slice(0, 200));
			assert.match(answer, /application\/problem\+json/);
			assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).status, status);
		} else {
			assert.equal(answer.status, status, answer.text);
			assert.equal(answer.headers['content-type'], 'application/problem+json');
			assert.equal(answer.body.status, status);
			assert.ok(answer.body.title);
		}
		await until(`${figure} counts`, async () => (await server.metrics())[figure] > before, 5000);
	}
	const REFUSED = 'parley_http_requests_total{status="4xx"}', MALFORMED = 'parley_http_malformed_total';

	suite.test('malformed JSON', async () => {
		for (const text of ['', '{', '{"text":}', '{"a":1,}', '{"text":"\\ud800"}', '{"text":"a" "b"}', '\0', 'NaN', '[1,2', '"\\x"', `{"a":${'['.repeat(200)}`])
			await counted(400, REFUSED, () => raw(Buffer.from(text)));
	});

	suite.test('invalid UTF-8', async () => {
		const around = bytes => Buffer.concat([Buffer.from('{"from":{"id":"x"},"text":"'), Buffer.from(bytes), Buffer.from('"}')]);
		for (const bytes of [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80]])
			await counted(400, REFUSED, () => raw(around(bytes)));
		assert.equal((await raw(around([0xf0, 0x9f, 0x98, 0x80]))).status, 200);
	});

	suite.test('the wrong type of body, none, and one that is too large', async () => {
		await counted(415, MALFORMED, () => raw('{}', {'Content-Type': 'text/plain'}));
		await counted(411, MALFORMED, () => send('POST /v1/messages HTTP/1.1\r\nHost: x\r\n\r\n', {enough: text => text.endsWith('}')}));
		await counted(413, MALFORMED, () => send(post('x'.repeat(2 << 20)), {enough: text => text.includes('}')}));
	});

	suite.test('11 MB: 413, whether its length is said, whether it comes in chunks', async () => {
		const before = (await server.metrics())[MALFORMED];
		const body = 'x'.repeat(11 << 20);
		assert.match(await send([post(body), body]), /^HTTP\/1\.1 413 |^$/);
		const head = 'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
		assert.match(await send([head, ...Array.from({length: 11}, () => `100000\r\n${'x'.repeat(1 << 20)}\r\n`)]), /^HTTP\/1\.1 413 |^$/);
		await until('both are counted', async () => (await server.metrics())[MALFORMED] >= before + 2);
		assert.match(await send(post(body, 'Expect: 100-continue'), {enough: text => text.includes('}')}), /^HTTP\/1\.1 413 /);
	});

	suite.test('10,000 headers, long lines: 431 and 414', async () => {
		const lines = Array.from({length: 10000}, (_, i) => `X-Header-${i}: value`).join('\r\n');
		await counted(431, MALFORMED, () => send(`GET /health HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`, {enough: text => text.endsWith('}')}));
		await counted(431, MALFORMED, () => send(`GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40000)}\r\n\r\n`, {enough: text => text.endsWith('}')}));
		await counted(414, MALFORMED, () => send(`GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`, {enough: text => text.endsWith('}')}));
	});

	suite.test('what is no HTTP', async () => {
		for (const text of ['hello\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'GET  / HTTP/1.1\r\nHost: x\r\n\r\n',
			'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
			'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'])
			await counted(400, MALFORMED, () => send(text));
		await counted(505, MALFORMED, () => send('GET / HTTP/2.0\r\nHost: x\r\n\r\n'));
	});

	suite.test('paths and methods that are not there', async () => {
		for (const path of ['/nothing', '/v1', '/v1/messages/', '/v2/messages', '/../etc/passwd', '/%2e%2e/etc/passwd', '//'])
			await counted(404, MALFORMED, () => server.get(path));
		const answer = await server.call('DELETE', '/v1/conversations');
		assert.equal(answer.status, 405);
		assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS');
	});

	suite.test('half requests wait their time, and are answered 408 or hear nothing; a broken one harms nobody', async () => {
		const body = '{"from":{"id":"half"},"text":"half"}';
		await Promise.all([send(post(body).slice(0, 40), {enough: () => false, limit_ms: 20000}).then(text => assert.match(text, /^HTTP\/1\.1 408 /)),
			...Array.from({length: 20}, () => new Promise(done => {
				// Gone in the middle of the body.
				send([post(body), body.slice(0, 10)], {limit_ms: 200}).catch(done);
			}))]);
		const list = (await server.get('/v1/conversations?limit=200')).body.conversations;
		assert.ok(list.every(one => one.last_message.text !== 'half'));
		assert.ok((await server.metrics())['parley_http_timeouts_total'] >= 1);
	});

	suite.test('a client that leaves before its answer loses nothing', async () => {
		const body = JSON.stringify({from: {id: 'left'}, text: 'I left at once'});
		await send([post(body), body], {enough: () => false, limit_ms: 30}).catch(() => {});
		const again = await until('the message', async () => {
			const list = (await server.get('/v1/conversations?limit=200')).body.conversations;
			for (const one of list) {
				const log = (await server.get(`/v1/conversations/${one.id}/messages`)).body.messages;
				if (log.some(message => message.text === 'I left at once'))
					return log;
			}
		});
		await until('its reply', () => again.some(one => one.direction === 'outbound') || server.say('And?', {id: 'left'}));
	});

	suite.test('pipelined requests are answered in order', async () => {
		const body = text => JSON.stringify({from: {id: 'pipe'}, text});
		const one = body('Hello'), two = body('Thank you');
		const text = await send([post(one) + one + post(two) + two + 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'],
			{enough: got => got.includes('{"status":"ok"}')});
		const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1]);
		assert.deepEqual(statuses, ['200', '200', '200']);
		assert.equal([...text.matchAll(/"message_id":"m_\w+","conversation_id":"(c_\w+)"/g)].length, 2);
	});

	suite.test('the server lives', async () => {
		assert.equal((await server.get('/health/ready')).status, 200);
		assert.equal((await server.say('Hello', {id: 'after'})).body.replies.length, 1);
	});
}
