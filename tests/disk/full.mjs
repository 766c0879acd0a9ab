// A full disk: new messages are refused with 503 and Retry-After and nothing of them remains, what is stored can be read,
// and when there is room the server takes messages again by itself. Then a second server on the same data.
import assert from 'node:assert';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {freePort, request, Server, sleep} from '../crash/server.mjs';

const program = 'build/parley';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-disk-'));
const flag = path.join(folder, 'full');
const server = new Server({
	program,
	folder,
	port: await freePort(),
	args: ['--demo'],
	env: {LD_PRELOAD: path.resolve('build/shim/disk_full.so'), PARLEY_DISK_FULL: flag},
});

const post = (key, text) => request(server.port, 'POST', '/v1/messages', {
	headers: {'Idempotency-Key': key},
	body: {channel: 'api', from: {id: 'ana'}, text},
});

async function fillUp() {
	const stored = [];
	for (let i = 0; i < 5; i++)
		stored.push((await post(`before-${i}`, `Hello (${i})`)).body);
	fs.writeFileSync(flag, '');
	// The log has room that it used before, so some messages may still fit.
	let refused;
	for (let i = 0; i < 2000 && !refused; i++) {
		const answer = await post(`during-${i}`, `Hello again (${i})`);
		if (answer.status === 503)
			refused = {key: `during-${i}`, answer};
		else
			stored.push(answer.body);
	}
	assert(refused, 'a full disk took 2000 messages');
	assert(Number(refused.answer.headers['retry-after']) > 0, '503 without Retry-After');
	assert.match(refused.answer.headers['content-type'], /problem\+json/);
	return {stored, refused};
}

async function messages(conversation) {
	const list = [];
	for (let after = 0; after !== undefined;) {
		const {status, body} = await request(server.port, 'GET',
			`/v1/conversations/${conversation}/messages?limit=100&after=${after}`);
		assert.equal(status, 200);
		list.push(...body.messages);
		after = body.next;
	}
	return list.filter(one => one.direction === 'inbound').map(one => one.id);
}

async function recover(conversation, stored, refused) {
	assert.deepEqual(await messages(conversation), stored.map(one => one.message_id));
	assert.notEqual((await request(server.port, 'GET', '/health/ready')).status, 200);
	fs.unlinkSync(flag);
	const began = Date.now();
	while ((await request(server.port, 'GET', '/health/ready')).status !== 200) {
		assert(Date.now() - began < 5000, 'not ready again 5 s after there was room');
		await sleep(20);
	}
	const answer = await post(refused.key, 'Hello after all');
	assert.equal(answer.status, 200);
	assert.deepEqual(await messages(conversation), [...stored.map(one => one.message_id), answer.body.message_id]);
}

function secondServer() {
	const second = spawnSync(program, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data')],
		{encoding: 'utf8', timeout: 10000});
	assert.notEqual(second.status, 0);
	assert.match(second.stderr, new RegExp(`held by process ${server.child.pid}\\b`));
}

await server.start();
try {
	const {stored, refused} = await fillUp();
	await recover(stored[0].conversation_id, stored, refused);
	secondServer();
	await server.kill('SIGTERM');
} finally {
	if (server.up)
		await server.kill();
}
fs.rmSync(folder, {recursive: true});
console.log('1 passed, 0 failed');
