// The web chat over WebSocket, as docs/webchat.md has it.
import assert from 'node:assert/strict';

import {sleep, until} from './suite.mjs';
import {clientId, isReply, messages, Visitor} from './webchat.mjs';
import {Socket} from './websocket.mjs';

export default async function define(suite) {
	const server = await suite.server();
	const visit = async () => {
		const visitor = new Visitor(server);
		assert.equal((await visitor.open()).status, 201);
		return visitor;
	};
	const send = (socket, text, id = clientId(), more = {}) => {
		socket.send({type: 'message', data: {client_id: id, text, ...more}});
		return id;
	};
	const acked = (socket, id) => socket.see(`the ack of ${id}`, one => one.type === 'ack' && one.data.client_id === id);
	const refused = (socket, status) => socket.see(`an error ${status}`, one => one.type === 'error' && one.data.status === status);
	const bare = async (protocols, headers) => new Socket(server.port, '/v1/webchat/ws', {protocols, headers, from: server.address}).opened();

	suite.test('a new session has everything the contract names', async () => {
		const visitor = new Visitor(server, {locale: 'en', context: {url: 'https://shop.example/cart', title: 'Your cart'}});
		const {status, headers, body} = await visitor.open();
		assert.equal(status, 201);
		assert.match(headers['content-type'], /^application\/json/);
		assert.match(body.session_id, /^s_/);
		assert.match(body.visitor_id, /^v_\w{20}$/);
		assert.match(body.visitor_secret, /^vs_/);
		assert.ok(body.expires_at > Date.now());
		assert.equal(body.ws_url, '/v1/webchat/ws');
		assert.equal(body.sse_url, '/v1/webchat/events');
		assert.deepEqual(body.status, {conversation: 'open'});
		assert.deepEqual(body.history, []);
		assert.equal(body.seq, 0);
		assert.equal(body.conversation_id, undefined);
		assert.ok(!body.ws_url.includes(body.token));
	});

	suite.test('ready comes first, the ack after the commit, then the visitor’s message and the reply in order', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		assert.match(socket.head, /^Sec-WebSocket-Protocol: conv\.webchat\.v1\r?$/mi);
		assert.ok(!socket.head.includes(visitor.session.token));
		const id = send(socket, 'Hello');
		const reply = await socket.see('the reply', isReply);
		const ack = await acked(socket, id);
		assert.equal(socket.frames[0].type, 'ready');
		assert.deepEqual(socket.frames[0].data, {seq: 0});
		assert.equal(socket.frames[0].seq, undefined);
		const own = socket.frames.find(one => one.type === 'message' && one.data.author.kind === 'visitor');
		assert.equal(own.data.client_id, id);
		assert.equal(own.data.text, 'Hello');
		assert.equal(own.id, ack.data.id);
		assert.equal(own.seq, ack.data.seq);
		assert.equal(ack.seq, undefined);
		assert.ok(reply.seq > own.seq);
		assert.equal(typeof reply.ts, 'number');
		assert.ok(reply.data.text && reply.data.author.name);
		socket.drop();
	});

	suite.test('ping is answered by pong, unknown types are ignored', async () => {
		const socket = await (await visit()).connect();
		socket.send({type: 'hologram', data: {}});
		socket.send({type: 'typing', data: {on: true}});
		socket.send({type: 'read', data: {up_to_seq: 1}});
		socket.send({type: 'ping'});
		await socket.type('pong');
		assert.deepEqual(socket.frames.map(one => one.type), ['ready', 'pong']);
		socket.drop();
	});

	suite.test('a client_id sent again gets the same ack and makes no second message', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		const id = send(socket, 'Hello');
		const first = await acked(socket, id);
		await socket.see('the reply', isReply);
		send(socket, 'Hello', id);
		await until('the second ack', () => socket.frames.filter(one => one.type === 'ack').length === 2);
		assert.deepEqual(socket.frames.filter(one => one.type === 'ack')[1].data, first.data);
		send(socket, 'Goodbye', id);
		assert.equal((await refused(socket, 422)).data.client_id, id);
		await visitor.open();
		assert.equal(visitor.session.history.filter(one => one.author.kind === 'visitor').length, 1);
		socket.drop();
	});

	suite.test('the second tab sees the messages of the first, but not its acks', async () => {
		const visitor = await visit();
		const one = await visitor.connect(), two = await visitor.connect();
		const id = send(one, 'Hello');
		await acked(one, id);
		await one.see('the reply', isReply);
		await two.see('the reply', isReply);
		assert.deepEqual(messages(two.frames), messages(one.frames));
		assert.ok(two.frames.every(frame => frame.type !== 'ack'));
		one.drop();
		two.drop();
	});

	suite.test('resume sends what lies after the number, in order, any number of times', async () => {
		const visitor = await visit();
		const first = await visitor.connect();
		for (const text of ['Hello', 'What is your return policy?', 'Thank you']) {
			const before = first.frames.filter(isReply).length;
			send(first, text);
			await until('the reply', () => first.frames.filter(isReply).length > before);
		}
		first.drop();
		const all = messages(first.frames);
		assert.deepEqual(all.map(one => one.seq), all.map(one => one.seq).sort((a, b) => a - b));
		for (const after of [0, all[1].seq, all.at(-1).seq]) {
			const socket = await visitor.connect();
			assert.equal(socket.frames[0].data.seq, all.at(-1).seq);
			socket.send({type: 'resume', data: {after_seq: after}});
			socket.send({type: 'ping'});
			await socket.type('pong');
			assert.deepEqual(messages(socket.frames), all.filter(one => one.seq > after));
			socket.drop();
		}
		const socket = await visitor.connect();
		socket.send({type: 'resume', after_seq: all[0].seq}); // beside `type` too
		socket.send({type: 'resume', data: {after_seq: all[0].seq}});
		socket.send({type: 'ping'});
		await socket.type('pong');
		assert.equal(messages(socket.frames).length, 2 * (all.length - 1));
		socket.drop();
	});

	suite.test('a number from the future does not silence the connection', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		socket.send({type: 'resume', data: {after_seq: 1000000}});
		send(socket, 'Hello');
		await socket.see('the reply', isReply);
		for (const after_seq of [-1, 'x', 2 ** 60, null]) {
			const before = socket.frames.length;
			socket.send({type: 'resume', data: {after_seq}});
			await until('the refusal', () => socket.frames.slice(before).some(one => one.type === 'error' && one.data.status === 422));
		}
		socket.drop();
	});

	suite.test('typing shows while the reply is prepared, and no longer', async () => {
		const shop = await suite.shop('--latency', '300ms');
		const slow = await suite.server({args: shop.options});
		const {body} = await slow.get('/demo/customers.json');
		const visitor = new Visitor(slow, {user: {id: body.customers[0].id, hash: body.customers[0].hash}});
		await visitor.open();
		const socket = await visitor.connect();
		send(socket, 'Where is my order?');
		const on = await socket.see('typing', one => one.type === 'typing' && one.data.on);
		assert.equal(on.data.author.kind, 'bot');
		assert.ok(socket.frames.some(one => one.type === 'ack'), 'acknowledged before the shop has answered');
		await socket.see('the reply', isReply);
		await socket.see('the end of typing', one => one.type === 'typing' && !one.data.on);
		socket.drop();
	});

	suite.test('a quick reply means its payload and shows its text', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		send(socket, 'hmm');
		const question = await socket.see('quick replies', one => isReply(one) && one.data.quick_replies);
		const chip = question.data.quick_replies.find(one => one.payload === '/escalation_request');
		send(socket, chip.title, clientId(), {payload: chip.payload, quick_reply: true});
		await socket.see('waiting', one => one.type === 'status' && one.data.conversation === 'waiting');
		const own = messages(socket.frames).filter(one => one.data.author.kind === 'visitor').at(-1);
		assert.equal(own.data.text, chip.title);
		socket.drop();
	});

	suite.test('the token may come in the first frame; without one or with a wrong one 4401', async () => {
		const visitor = await visit();
		const right = await bare(['conv.webchat.v1']);
		right.send({type: 'auth', data: {token: visitor.session.token}});
		await right.type('ready');
		right.drop();
		const wrong = await bare(['conv.webchat.v1', 'bearer.wrong']);
		assert.equal(await wrong.end(), 4401);
		assert.deepEqual(wrong.frames, []);
		const frames = [{type: 'auth', data: {token: 'wrong'}}, {type: 'auth', data: {token: visitor.session.visitor_secret}},
			{type: 'auth'}, {type: 'message', data: {client_id: 'client-ids', text: 'Hello'}}, {type: 'ping'}];
		for (const frame of frames) {
			const socket = await bare(['conv.webchat.v1']);
			socket.send(frame);
			assert.equal(await socket.end(), 4401, JSON.stringify(frame));
		}
		const changed = visitor.session.token.replace(/.$/, last => (last === 'A' ? 'B' : 'A'));
		assert.equal(await (await bare(['conv.webchat.v1', `bearer.${changed.slice(0, -2)}`])).end(), 4401);
	});

	suite.test('a handshake without the subprotocol, or no handshake, is refused', async () => {
		const none = await bare([]);
		assert.equal(none.refused, 400);
		const other = await bare(['chat']);
		assert.equal(other.refused, 400);
		const old = await bare(['conv.webchat.v1'], {'Sec-WebSocket-Version': '8'});
		assert.equal(old.refused, 426);
		assert.match(old.head, /Sec-WebSocket-Version: 13/i);
		const plain = await server.get('/v1/webchat/ws');
		assert.equal(plain.status, 426);
	});

	suite.test('the ninth connection replaces the oldest with 4409, and so on', async () => {
		const visitor = await visit();
		const sockets = [];
		for (let i = 0; i < 11; i++)
			sockets.push(await visitor.connect());
		for (const socket of sockets.slice(0, 3))
			assert.equal(await socket.end(), 4409);
		for (const socket of sockets.slice(3)) {
			socket.send({type: 'ping'});
			await socket.type('pong');
			socket.drop();
		}
	});

	suite.test('messages too fast are refused with 429 and kept up with 4429, none of the others is lost', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		const ids = Array.from({length: 12}, (_, i) => send(socket, `Message ${i}`));
		const error = await refused(socket, 429);
		assert.ok(ids.includes(error.data.client_id));
		await until('the acks', () => socket.frames.filter(one => one.type === 'ack' || one.type === 'error').length === 12);
		const good = socket.frames.filter(one => one.type === 'ack').map(one => one.data.client_id);
		assert.ok(good.length >= 10);
		assert.equal(socket.closed, undefined);
		for (let i = 0; i < 40; i++)
			send(socket, `Flood ${i}`);
		assert.equal(await socket.end(), 4429);
		await visitor.open();
		const kept = visitor.session.history.filter(one => one.author.kind === 'visitor').map(one => one.client_id);
		for (const id of good)
			assert.ok(kept.includes(id));
	});

	suite.test('frames of any kind too fast: 4429', async () => {
		const socket = await (await visit()).connect();
		for (let i = 0; i < 300; i++)
			socket.send({type: 'ping'});
		assert.equal(await socket.end(), 4429);
		assert.ok(socket.frames.filter(one => one.type === 'pong').length >= 100);
	});

	suite.test('wrong frames: 1009, 1003, 1007, 1002; wrong JSON is an error and the connection lives', async () => {
		const visitor = await visit();
		const closes = async (first, payload, code) => {
			const socket = await visitor.connect();
			socket.raw(first, payload);
			assert.equal(await socket.end(), code);
		};
		await closes(0x81, 'x'.repeat(65537), 1009);
		await closes(0x82, 'binary', 1003);
		await closes(0x81, Buffer.from([0xc3, 0x28]), 1007);
		await closes(0xc1, 'reserved bit', 1002);
		await closes(0x83, 'reserved opcode', 1002);
		await closes(0x80, 'a continuation of nothing', 1002);
		await closes(0x89, 'x'.repeat(126), 1002);
		await closes(0x88, Buffer.from([0x03]), 1002);
		const socket = await visitor.connect();
		for (const text of ['{', '[]', '"x"', '', '{"type":"message","data":', '{"type":1}x']) {
			const before = socket.frames.length;
			socket.raw(0x81, text);
			await until(`the error about ${text}`, () => socket.frames[before]?.type === 'error');
			assert.equal(socket.frames[before].data.status, 400);
		}
		socket.send({type: 'ping'});
		await socket.type('pong');
		socket.drop();
		const stranger = await bare(['conv.webchat.v1']);
		stranger.raw(0x81, '{');
		assert.equal(await stranger.end(), 1008);
	});

	suite.test('an unmasked frame is 1002', async () => {
		const socket = await (await visit()).connect();
		socket.socket.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
		assert.equal(await socket.end(), 1002);
	});

	suite.test('wrong messages are refused by name and not stored', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		for (const [data, words] of [[undefined, /data/], [{text: 'x'}, /client_id/], [{client_id: 'short', text: 'x'}, /client_id/],
			[{client_id: 'with blank', text: 'x'}, /client_id/], [{client_id: 'c'.repeat(65), text: 'x'}, /client_id/],
			[{client_id: 'client-id1'}, /text/], [{client_id: 'client-id2', text: ''}, /text/],
			[{client_id: 'client-id3', text: 7}, /text/], [{client_id: 'client-id4', text: 'x'.repeat(10001)}, /10000/]]) {
			const before = socket.frames.length;
			await sleep(210); // within the rate
			socket.send({type: 'message', data});
			await until(`the refusal of ${JSON.stringify(data)?.slice(0, 60)}`, () => socket.frames.length > before);
			assert.equal(socket.frames[before].type, 'error');
			assert.equal(socket.frames[before].data.status, 422);
			assert.match(socket.frames[before].data.detail, words);
		}
		await visitor.open();
		assert.deepEqual(visitor.session.history, []);
		socket.drop();
	});

	suite.test('wrong sessions are refused', async () => {
		for (const [body, status] of [[{widget_kye: 'x'}, 422], [{locale: 5}, 422], [{context: 'x'}, 422], [{context: {a: {}}}, 422],
			[{context: {a: 'x'.repeat(513)}}, 422], [{user: {}}, 422],
			[{context: Object.fromEntries(Array.from({length: 17}, (_, i) => [`k${i}`, 'v']))}, 422]])
			assert.equal((await server.post('/v1/webchat/sessions', body)).status, status, JSON.stringify(body));
		const type = await server.call('POST', '/v1/webchat/sessions', {raw: '{}', headers: {'Content-Type': 'text/plain'}});
		assert.equal(type.status, 415);
		const big = await server.call('POST', '/v1/webchat/sessions', {raw: `{"locale":"${'x'.repeat(17000)}"}`});
		assert.equal(big.status, 413);
		const unsaid = await server.call('POST', '/v1/webchat/sessions', {headers: {'Content-Length': '0'}});
		assert.equal(unsaid.status, 201);
	});

	suite.test('more than 30 sessions a minute from one address: 429 with Retry-After', async () => {
		const from = server.address.replace('127.0.0', '127.0.1');
		let answer;
		for (let i = 0; i < 31; i++)
			answer = await server.post('/v1/webchat/sessions', {}, {from});
		assert.equal(answer.status, 429);
		assert.ok(Number(answer.headers['retry-after']) >= 1);
		assert.equal((await server.post('/v1/webchat/sessions', {}, {from: server.address.replace('127.0.0', '127.0.2')})).status, 201);
	});
}
