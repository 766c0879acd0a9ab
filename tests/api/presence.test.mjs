// Who types and who has read what, for both sides of a conversation.
import assert from 'node:assert/strict';
import http from 'node:http';

import {command} from './server.mjs';
import {sleep, until} from './suite.mjs';
import {clientId, isReply, Visitor} from './webchat.mjs';

const ann = {id: 'u1', name: 'Ann'};

export default async function define(suite) {
	const server = await suite.server();
	const path = visitor => `/v1/conversations/${visitor.session.conversation_id}`;
	const conversation = async visitor => (await server.get(path(visitor))).body;
	const messages = async visitor => (await server.get(`${path(visitor)}/messages`)).body.messages;

	// A visitor who said hello and was answered, with the socket and the reply.
	async function visit() {
		const visitor = new Visitor(server);
		await visitor.open();
		const socket = await visitor.connect();
		socket.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
		const reply = await socket.see('the reply', isReply);
		await visitor.open();
		return {visitor, socket, reply};
	}

	// The conversation's frames as a person of the team sees them.
	function watch(visitor, query = '') {
		return new Promise((done, fail) => {
			const req = http.request({host: '127.0.0.1', port: server.port, localAddress: server.address,
				path: `${path(visitor)}/events${query}`}, res => {
				const stream = {status: res.statusCode, frames: [], drop: () => req.destroy(),
					see: (what, fits) => until(what, () => stream.frames.find(fits))};
				let text = '';
				res.on('error', () => {});
				res.on('data', data => {
					text += data;
					for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
						const line = text.slice(0, end).split('\n').find(one => one.startsWith('data:'));
						if (line)
							stream.frames.push(JSON.parse(line.slice(5)));
					}
				});
				done(stream);
			});
			req.on('error', fail);
			req.end();
		});
	}

	suite.test('a visitor’s typing reaches the people who look, not the visitor’s other tabs', async () => {
		const {visitor, socket} = await visit();
		const other = await visitor.connect();
		const person = await watch(visitor);
		assert.equal(person.status, 200);
		await person.see('ready', one => one.type === 'ready');
		assert.equal((await conversation(visitor)).typing, undefined);
		socket.send({type: 'typing', data: {on: true}});
		const frame = await person.see('the typing', one => one.type === 'typing' && one.data.author.kind === 'visitor');
		assert.equal(frame.data.on, true);
		assert.equal(frame.seq, undefined);
		assert.equal((await conversation(visitor)).typing, true);
		socket.send({type: 'typing', data: {on: false}});
		await person.see('its end', one => one.type === 'typing' && one.data.author.kind === 'visitor' && !one.data.on);
		assert.equal((await conversation(visitor)).typing, undefined);
		await sleep(50);
		assert.ok(!other.frames.some(one => one.type === 'typing' && one.data.author.kind === 'visitor'));
		for (const open of [socket, other, person])
			open.drop();
	});

	suite.test('a person’s typing, reading and answer reach the widget', async () => {
		const {visitor, socket, reply} = await visit();
		assert.equal((await server.post(`${path(visitor)}/typing`, {author: ann, on: true})).status, 204);
		const typing = await socket.see('the typing', one => one.type === 'typing' && one.data.author.kind === 'agent');
		assert.deepEqual(typing.data, {on: true, author: {kind: 'agent', name: 'Ann'}});
		assert.equal((await server.post(`${path(visitor)}/read`, {author: ann, up_to_seq: reply.seq - 1})).status, 204);
		const read = await socket.see('the reading', one => one.type === 'read');
		assert.deepEqual(read.data, {up_to_seq: reply.seq - 1, author: {kind: 'agent', name: 'Ann'}});
		assert.equal((await server.post(`${path(visitor)}/messages`, {author: ann, text: 'Ann here'})).status, 201);
		await socket.see('the answer', one => one.type === 'message' && one.data.text === 'Ann here');
		await until('the mark on disk', async () => (await messages(visitor))[0].delivery === 'read');
		await visitor.open();
		assert.equal(visitor.session.seen_seq, reply.seq - 1);
		socket.drop();
	});

	suite.test('what a visitor has read is kept, shown, and told to the other tabs and to people', async () => {
		const {visitor, socket, reply} = await visit();
		const other = await visitor.connect();
		const person = await watch(visitor);
		await person.see('ready', one => one.type === 'ready');
		assert.deepEqual((await messages(visitor)).map(one => one.delivery), [undefined, 'sent']);
		socket.send({type: 'read', data: {up_to_seq: reply.seq}});
		for (const open of [other, person]) {
			const frame = await open.see('the reading', one => one.type === 'read');
			assert.deepEqual(frame.data, {up_to_seq: reply.seq, author: {kind: 'visitor'}});
		}
		await until('the mark on disk', async () => (await messages(visitor))[1].delivery === 'read');
		assert.equal((await conversation(visitor)).read_seq, reply.seq);
		assert.ok(!socket.frames.some(one => one.type === 'read'));
		// The same once more, or less, is no news.
		socket.send({type: 'read', data: {up_to_seq: reply.seq}});
		socket.send({type: 'read', data: {up_to_seq: 1}});
		socket.send({type: 'ping'});
		await socket.type('pong');
		assert.equal(other.frames.filter(one => one.type === 'read').length, 1);
		await server.restart();
		assert.equal((await conversation(visitor)).read_seq, reply.seq);
		await visitor.open();
		assert.equal(visitor.session.read_seq, reply.seq);
		assert.equal((await messages(visitor))[1].delivery, 'read');
	});

	suite.test('nobody has read what was never sent', async () => {
		const {visitor, socket, reply} = await visit();
		socket.send({type: 'read', data: {up_to_seq: 1000}});
		await until('the mark', async () => (await conversation(visitor)).read_seq === reply.seq);
		assert.equal((await server.post(`${path(visitor)}/messages`, {author: ann, text: 'More'})).status, 201);
		assert.equal((await messages(visitor)).at(-1).delivery, 'sent');
		socket.drop();
	});

	suite.test('people see notes and hand-overs as they happen, and continue after a number', async () => {
		const {visitor, socket} = await visit();
		socket.send({type: 'message', data: {client_id: clientId(), text: 'I want to speak to a manager'}});
		await socket.see('the hand-over', one => one.type === 'handoff');
		const late = await watch(visitor, '?after_seq=0');
		await late.see('the hand-over', one => one.type === 'handoff');
		assert.equal(late.frames.filter(one => one.type === 'message').length, 4);
		const numbers = late.frames.filter(one => one.seq).map(one => one.seq);
		assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
		for (const open of [socket, late])
			open.drop();
	});

	suite.test('refused: wrong bodies, unknown conversations, frames that make no sense', async () => {
		const {visitor, socket} = await visit();
		for (const [what, body] of [['typing', {}], ['typing', {author: ann}], ['typing', {author: ann, on: 'yes'}], ['read', {author: ann}],
			['read', {author: ann, up_to_seq: 0}], ['read', {up_to_seq: 1}]])
			assert.equal((await server.post(`${path(visitor)}/${what}`, body)).status, 422, JSON.stringify(body));
		for (const call of [server.get('/v1/conversations/c_0123456789abc/events'),
			server.post('/v1/conversations/c_0123456789abc/typing', {author: ann, on: true}),
			server.post('/v1/conversations/c_0123456789abc/read', {author: ann, up_to_seq: 1})])
			assert.equal((await call).status, 404);
		for (const up_to_seq of [-1, 'x', 2 ** 60]) {
			const before = socket.frames.length;
			socket.send({type: 'read', data: {up_to_seq}});
			await until('the refusal', () => socket.frames.slice(before).some(one => one.type === 'error' && one.data.status === 422));
		}
		socket.drop();
	});

	suite.test('a revoked API key ends the stream of people', async () => {
		const closed = await suite.server({demo: false});
		const [key] = await closed.key('--name', 'desk');
		const headers = {Authorization: `Bearer ${key}`};
		const {body} = await closed.say('Hello', {id: 'x'}, {headers});
		let ended = false;
		const req = http.get({host: '127.0.0.1', port: closed.port, localAddress: closed.address, headers,
			path: `/v1/conversations/${body.conversation_id}/events`}, res => {
			res.on('data', () => {});
			res.on('close', () => (ended = true));
		});
		req.on('error', () => (ended = true));
		await until('the stream', async () => (await closed.metrics()).parley_webchat_connections === 1);
		assert.equal((await closed.get(`/v1/conversations/${body.conversation_id}/events`)).status, 401);
		const id = (await command('key', 'list', '--data', closed.data)).out.match(/k_[0-9a-f]{16}/)[0];
		assert.equal((await command('key', 'revoke', id, '--data', closed.data)).code, 0);
		await until('its end', () => ended);
	});
}
