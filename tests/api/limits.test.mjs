// The limits that no other suite meets: what happens at the figure, and one past it.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import {preload} from '../shim/preload.mjs';
import {bearer, PROGRAM} from './server.mjs';
import {sleep, until} from './suite.mjs';
import {clientId, Visitor} from './webchat.mjs';
import {Socket} from './websocket.mjs';

const ann = {id: 'u1', name: 'Ann'};

// Processor time of a process so far.
function cpuSeconds(pid) {
	const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

export default async function define(suite) {
	const server = await suite.server();
	const agent = new http.Agent({keepAlive: true, maxSockets: 8});
	const claims = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
	const open = async () => {
		const visitor = new Visitor(server);
		await visitor.open();
		return visitor;
	};
	const write = async (visitor, text) => {
		const answer = await server.post(`/v1/conversations/${visitor.session.conversation_id}/messages`, {author: ann, text}, {agent});
		assert.equal(answer.status, 201, answer.text);
	};

	// What a ticket for a stream of events is answered.
	const streamStatus = ({port}, ticket) => new Promise((done, fail) => {
		const req = http.get({host: '127.0.0.1', port, localAddress: server.address, path: `/v1/webchat/events?ticket=${ticket}`},
			res => {
				done(res.statusCode);
				req.destroy();
			}).on('error', fail);
	});

	suite.test('a session’s token holds an hour, a visitor’s secret 90 days', async () => {
		const {session} = await open();
		const now = Date.now() / 1000;
		assert.ok(Math.abs(claims(session.token).exp - now - 3600) < 30);
		assert.ok(Math.abs(claims(session.visitor_secret).exp - now - 90 * 86400) < 30);
	});

	suite.test('who says nothing is closed after 10 s, a ticket holds 30 s, typing 6 s', async () => {
		// Its clock goes ahead, and we need not wait.
		const clock = fs.openSync(path.join(suite.folder, 'clock'), 'w');
		fs.writeSync(clock, Buffer.alloc(8), 0, 8, 0);
		const swift = await suite.server({env: {CLOCK_AHEAD: path.join(suite.folder, 'clock'), LD_PRELOAD: preload('clock', PROGRAM)}});
		const wait = async until_ms => {
			fs.writeSync(clock, new BigInt64Array([BigInt(until_ms)]), 0, 8, 0);
			await swift.get('/health');
		};
		const visitor = new Visitor(swift);
		await visitor.open();
		const socket = await visitor.connect();
		await socket.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
		await socket.type('ack');
		await visitor.open();
		const typing = async () => (await swift.get(`/v1/conversations/${visitor.session.conversation_id}`)).body.typing;
		const silent = new Socket(swift.port, '/v1/webchat/ws', {protocols: ['conv.webchat.v1'], from: swift.address});
		await until('the handshake', () => silent.head);
		const [used, late] = [await visitor.ticket(), await visitor.ticket()];
		socket.send({type: 'typing', data: {on: true}});
		await until('the typing', typing);
		await wait(3000);
		assert.equal(await typing(), true);
		assert.equal(silent.closed, undefined);
		await wait(6500);
		assert.ok(!await typing());
		await wait(10500);
		assert.equal(await silent.end(), 4401);
		await wait(20000);
		assert.equal(await streamStatus(swift, used), 200);
		await wait(31000);
		assert.equal(await streamStatus(swift, late), 401);
		socket.drop();
		fs.closeSync(clock);
	});

	suite.test('a client that does not resume gets what came meanwhile after 200 ms', async () => {
		const visitor = await open();
		const first = await visitor.connect();
		first.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
		await first.type('ack');
		await visitor.open();
		const second = await visitor.connect();
		await write(visitor, 'Right away');
		await second.see('the message', one => one.type === 'message' && one.data.text === 'Right away');
		first.drop();
		second.drop();
	});

	suite.test('10,000 tickets at a time: the oldest goes', async () => {
		const visitor = await open();
		const ask = async () => {
			const answer = await server.post('/v1/webchat/tickets', undefined, {agent, headers: visitor.auth});
			assert.equal(answer.status, 201, answer.text);
			return answer.body.ticket;
		};
		const began = Date.now();
		const oldest = await ask(), kept = await ask();
		let left = 9999;
		await Promise.all(Array.from({length: 8}, async () => {
			while (left-- > 0)
				await ask();
		}));
		// Where that took as long as a ticket holds, nothing is shown.
		if (Date.now() - began > 25000) {
			suite.skip('the machine is too slow for 10,000 tickets within the time of one');
			return;
		}
		assert.equal(await streamStatus(server, oldest), 401);
		assert.equal(await streamStatus(server, kept), 200);
	});

	suite.test('a session shows the last 100 messages, and 256 KiB of them', async () => {
		const visitor = await open();
		assert.equal((await visitor.post('Hello')).status, 200);
		await visitor.open();
		for (let i = 0; i < 101; i++)
			await write(visitor, `Number ${i}`);
		await visitor.open();
		const {history} = visitor.session;
		assert.ok(history.length <= 100 && history.length >= 98, `${history.length}`);
		assert.equal(history.at(-1).text, 'Number 100');
		assert.ok(!history.some(one => one.text === 'Hello'));
		for (let i = 0; i < 30; i++)
			await write(visitor, `${i} ${'x'.repeat(9990)}`);
		await visitor.open();
		const long = visitor.session.history;
		assert.ok(long.length >= 20 && long.length < 30, `${long.length}`);
		assert.ok(JSON.stringify(long).length <= (256 << 10) + 30 * 200);
		assert.ok(long.at(-1).text.startsWith('29 '));
	});

	suite.test('a person is shown with 16 addresses', async () => {
		let id;
		for (let i = 0; i < 18; i++)
			id = (await server.say('Hello', {id: `address-${i}`, email: 'john.doe@example.com'})).body.conversation_id;
		const {contact} = (await server.get(`/v1/conversations/${id}`)).body;
		assert.equal(contact.addresses.length, 16);
	});

	suite.test('a page has at most 200 rows', async () => {
		assert.equal((await server.get('/v1/conversations?limit=200')).status, 200);
		for (const limit of [201, 0, -1, 'x']) {
			const answer = await server.get(`/v1/conversations?limit=${limit}`);
			assert.equal(answer.status, 400);
			assert.match(answer.body.detail, /200/);
		}
	});

	suite.test('connections_max and connections_per_address are what is configured', async () => {
		for (const [key, status] of [['PARLEY_CONNECTIONS_MAX', 503], ['PARLEY_CONNECTIONS_PER_ADDRESS', 429]]) {
			const small = await suite.server({env: {[key]: '3'}});
			const held = [];
			for (let i = 0; i < 3; i++)
				held.push(await new Promise((done, fail) => {
					const socket = net.connect({host: '127.0.0.1', port: small.port, localAddress: server.address}, () => done(socket));
					socket.on('error', fail);
				}));
			await sleep(100);
			const answer = await small.get('/health');
			assert.equal(answer.status, status);
			assert.ok(Number(answer.headers['retry-after']) >= 1);
			for (const socket of held)
				socket.destroy();
			await until('room again', async () => (await small.get('/health')).status === 200);
			await small.stop();
		}
	});

	suite.test('connections leave descriptors for the rest; when there are none left, who is there is served', async () => {
		const small = await suite.server({descriptors: 640});
		const mine = new http.Agent({keepAlive: true, maxSockets: 1});
		const reply = async id => (await small.say('Hello', {id}, {agent: mine})).status;
		const used = () => fs.readdirSync(`/proc/${small.child.pid}/fd`).length;
		const held = [];
		const crowd = async count => {
			for (let i = 0; i < count; i++) {
				const socket = net.connect({host: '127.0.0.1', port: small.port, localAddress: server.address});
				socket.on('error', () => {});
				held.push(socket);
			}
			await sleep(500);
		};
		assert.ok(small.text().includes('fewer descriptors'));
		assert.equal(await reply('first'), 200);
		await crowd(400);
		// 640 - 256, and those who hear why they may not come.
		assert.ok(used() < 640 - 100, `${used()} are used`);
		assert.equal((await small.get('/health')).status, 503);
		assert.equal(await reply('in a crowd'), 200);
		held.splice(0).forEach(socket => socket.destroy());
		await until('room again', async () => (await small.get('/health')).status === 200);
		// Now there are none left for the next connection.
		execFileSync('prlimit', ['--pid', String(small.child.pid), `--nofile=${used()}:640`]);
		await crowd(50);
		assert.equal(await reply('when there are none'), 200);
		await sleep(500);
		const busy = cpuSeconds(small.child.pid);
		await sleep(1000);
		assert.ok(cpuSeconds(small.child.pid) - busy < 0.5, 'it turns in circles');
		execFileSync('prlimit', ['--pid', String(small.child.pid), '--nofile=640:640']);
		held.forEach(socket => socket.destroy());
		await until('room again', async () => (await small.get('/health')).status === 200);
		mine.destroy();
		await small.stop();
	});

	suite.test('a text and a key that are too long are refused with the figure', async () => {
		const long = await server.say('x'.repeat(10001), {id: 'long'});
		assert.equal(long.status, 422);
		assert.match(long.body.detail, /10000/);
		const [key] = await server.key('--tenant', 'red');
		const named = await server.say('x', {id: 'key'}, {headers: {...bearer(key), 'Idempotency-Key': 'k'.repeat(256)}});
		assert.match(named.body.detail, /255/);
	});
}
