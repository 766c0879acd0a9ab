// A disk that becomes full, and has room again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {preload} from '../shim/preload.mjs';
import {PROGRAM} from './server.mjs';
import {until} from './suite.mjs';
import {clientId, Visitor} from './webchat.mjs';

const SHIM = path.resolve('build/shim/disk_full.so');

export default async function define(suite) {
	if (!fs.existsSync(SHIM))
		return suite.skip(`${SHIM} is not built (make shims)`);
	const flag = path.join(suite.folder, 'full');
	const server = await suite.server({env: {PARLEY_DISK_FULL: flag, LD_PRELOAD: preload('disk_full', PROGRAM)}});
	const told = []; // what was acknowledged: [conversation, message]

	async function say(id, text = 'Hello, what is your return policy?') {
		const answer = await server.say(text, {id});
		if (answer.status === 200)
			told.push([answer.body.conversation_id, answer.body.message_id]);
		return answer;
	}

	suite.test('with room messages are answered', async () => {
		for (let i = 0; i < 5; i++)
			assert.equal((await say(`before${i}`)).status, 200);
	});

	suite.test('on a full disk new messages are 503 with Retry-After, on every entrance', async () => {
		const visitor = new Visitor(server);
		await visitor.open();
		const socket = await visitor.connect();
		fs.writeFileSync(flag, '');
		const refused = await until('a refusal', async () => {
			const answer = await say(`full${told.length}`);
			return answer.status !== 200 && answer;
		});
		assert.equal(refused.status, 503);
		for (const answer of [refused, await say('full'), await visitor.post('Hello'),
			await server.post('/api/chat', {message: 'Hello', customer_email: 'john.doe@example.com'}),
			await server.post(`/v1/conversations/${told[0][0]}/takeover`, {agent: {id: 'ann'}})]) {
			assert.equal(answer.status, 503, answer.text);
			assert.equal(answer.headers['content-type'], 'application/problem+json');
			assert.ok(Number(answer.headers['retry-after']) >= 1);
		}
		const id = clientId();
		socket.send({type: 'message', data: {client_id: id, text: 'Hello'}});
		const error = await socket.type('error');
		assert.equal(error.data.status, 503);
		assert.equal(error.data.client_id, id);
		socket.drop();
	});

	suite.test('what was acknowledged can be read meanwhile', async () => {
		await check();
		assert.equal((await server.get('/health')).status, 200);
		const ready = await server.get('/health/ready');
		assert.equal(ready.status, 503);
		assert.ok(Number(ready.headers['retry-after']) >= 1);
		assert.equal((await server.get('/api/health')).body.status, 'degraded');
		assert.equal((await server.metrics()).parley_store_full, 1);
	});

	suite.test('it recovers by itself when there is room', async () => {
		fs.unlinkSync(flag);
		await until('it takes messages again', async () => (await say('after')).status === 200);
		assert.equal((await server.get('/health/ready')).status, 200);
		assert.equal((await server.metrics()).parley_store_full, 0);
		await check();
	});

	suite.test('nothing acknowledged is lost, also after a kill on the full disk', async () => {
		fs.writeFileSync(flag, '');
		await until('a refusal', async () => (await say(`last${told.length}`)).status === 503);
		await server.kill();
		fs.unlinkSync(flag);
		await server.start();
		await check();
		assert.equal((await say('again')).status, 200);
	});

	async function check() {
		for (const [conversation, message] of told) {
			const {status, body} = await server.get(`/v1/conversations/${conversation}/messages`);
			assert.equal(status, 200);
			assert.equal(body.messages.filter(one => one.id === message).length, 1);
		}
	}
}
