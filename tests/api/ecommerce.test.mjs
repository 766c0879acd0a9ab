// The interface of the e-commerce system as its clients know it.
import assert from 'node:assert/strict';

import {bearer} from './server.mjs';
import {Socket} from './websocket.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const john = 'john.doe@example.com';
	const connect = async (of, path = '/ws', headers = {}) => new Socket(of.port, path, {from: of.address, headers}).opened();
	const chat = (socket, data) => socket.send({type: 'chat', data});

	function isAnswer(body) {
		assert.equal(typeof body.response, 'string');
		assert.match(body.message_id, /^m_/);
		assert.ok(body.session_id);
		assert.equal(typeof body.processing_time, 'number');
		const {metadata} = body;
		assert.equal(metadata.processing_complete, true);
		assert.equal(metadata.route_completed, true);
		assert.ok(metadata.total_steps > 0 && metadata.steps_completed <= metadata.total_steps);
		assert.equal(typeof metadata.enrichments.sentiment, 'object');
		assert.equal(typeof metadata.enrichments.intent, 'object');
		assert.equal(metadata.guardrails.passed, true);
		assert.equal(metadata.guardrails.checks_performed, !metadata.escalated); // a hand-over's words are the pack's own
		assert.equal(typeof metadata.total_processing_time, 'number');
		return body;
	}

	suite.test('POST /api/chat answers, and a session goes on', async () => {
		const first = await server.post('/api/chat', {message: 'Where is my order ORD-1A2B3C4D?', customer_email: john});
		assert.equal(first.status, 200, first.text);
		const body = isAnswer(first.body);
		assert.match(body.session_id, UUID);
		assert.match(body.response, /ORD-1A2B3C4D.*out for delivery/);
		const second = await server.post('/api/chat', {message: 'Thank you', customer_email: john, session_id: body.session_id});
		assert.equal(isAnswer(second.body).session_id, body.session_id);
		const conversations = (await server.get('/v1/conversations')).body.conversations.filter(one => one.channel === 'ecommerce');
		assert.equal(conversations.length, 1);
	});

	suite.test('a hand-over is told with reference and place', async () => {
		const {body} = await server.post('/api/chat', {message: 'I want to speak to a manager', customer_email: 'jane.smith@example.com'});
		const {escalated, escalation_info} = isAnswer(body).metadata;
		assert.equal(escalated, true);
		assert.match(escalation_info.reference_id, /^\w+$/);
		assert.ok(escalation_info.queue_position >= 1);
		assert.ok(escalation_info.estimated_wait_time);
	});

	suite.test('wrong chats are refused', async () => {
		for (const [body, words] of [[{message: 'x'}, /customer_email/], [{customer_email: john}, /message/],
			[{message: '', customer_email: john}, /message/], [{message: 5, customer_email: john}, /message/],
			[{message: 'x', customer_email: john, sesion_id: 'x'}, /session_id/]]) {
			const answer = await server.post('/api/chat', body);
			assert.equal(answer.status, 422);
			assert.match(answer.body.detail, words);
		}
	});

	suite.test('GET /api/health', async () => {
		const {status, body} = await server.get('/api/health');
		assert.equal(status, 200);
		assert.equal(body.status, 'healthy');
		assert.ok(Date.parse(body.timestamp) > Date.now() - 60000);
		assert.equal(typeof body.services.pending_requests, 'number');
	});

	suite.test('the WebSocket: connected, ping and pong, message_sent, and chat_response really comes', async () => {
		const socket = await connect(server, '/ws?session_id=my-session');
		const hello = await socket.type('connected');
		assert.match(hello.data.connection_id, UUID);
		assert.equal(hello.data.session_id, 'my-session');
		assert.ok(hello.data.message);
		socket.send({type: 'ping', data: {}, timestamp: new Date().toISOString()});
		const pong = await socket.type('pong');
		assert.ok(Date.parse(pong.data.timestamp) && Date.parse(pong.timestamp));
		chat(socket, {message: 'Where is my order ORD-1A2B3C4D?', customer_email: john});
		const answer = await socket.type('chat_response');
		const sent = await socket.type('message_sent');
		assert.ok(socket.frames.indexOf(sent) < socket.frames.indexOf(answer));
		assert.equal(sent.data.status, 'processing');
		assert.equal(sent.data.session_id, 'my-session');
		assert.equal(isAnswer(answer.data).message_id, sent.data.message_id);
		assert.match(answer.data.response, /out for delivery/);
		for (const one of socket.frames)
			assert.deepEqual(Object.keys(one), ['type', 'data', 'timestamp']);
		socket.drop();
	});

	suite.test('message_sent comes when the message is on disk, the answer when the shop has answered', async () => {
		await shop.control({latency_ms: 300});
		try {
			const socket = await connect(server);
			assert.match((await socket.type('connected')).data.session_id, UUID);
			chat(socket, {message: 'Where is my order?', customer_email: 'bob.wilson@example.com'});
			await socket.type('message_sent');
			assert.ok(!socket.frames.some(one => one.type === 'chat_response'));
			await socket.type('chat_response');
			socket.drop();
		} finally {
			await shop.control({});
		}
	});

	suite.test('wrong envelopes are an error, and the connection lives', async () => {
		const socket = await connect(server);
		await socket.type('connected');
		for (const [text, words] of [['{', /Invalid JSON/], ['[]', /Invalid JSON/], ['{"type":"dance"}', /Unknown message type/],
			['{"type":"chat"}', /Invalid message format/], ['{"type":"chat","data":{"message":1}}', /Invalid message format/]]) {
			const before = socket.frames.length;
			socket.raw(0x81, text);
			await socket.see(text, one => one.type === 'error' && socket.frames.indexOf(one) >= before);
			assert.match(socket.frames[before].data.error, words);
		}
		socket.send({type: 'ping'});
		await socket.type('pong');
		socket.drop();
		assert.equal((await connect(server, `/ws?session_id=${'x'.repeat(129)}`)).refused, 400);
		assert.equal((await server.get('/ws')).status, 426);
	});

	suite.test('chats too fast are refused', async () => {
		const socket = await connect(server);
		await socket.type('connected');
		for (let i = 0; i < 14; i++)
			chat(socket, {message: `Hello ${i}`, customer_email: john});
		await socket.see('a refusal', one => one.type === 'error' && /Rate limit/.test(one.data.error));
		socket.drop();
	});

	suite.test('outside the demo a key comes with the handshake or first of all', async () => {
		const closed = await suite.server({demo: false});
		const [key] = await closed.key('--tenant', 'red');
		const say = async socket => {
			await socket.type('connected');
			chat(socket, {message: 'Hello', customer_email: john});
			await socket.type('chat_response');
			socket.drop();
		};
		await say(await connect(closed, '/ws', bearer(key)));
		const late = await connect(closed);
		late.send({type: 'auth', data: {api_key: key}});
		await say(late);
		assert.equal((await connect(closed, '/ws', bearer('pk_wrong'))).refused, 401);
		for (const first of [{type: 'auth', data: {api_key: 'pk_wrong'}}, {type: 'auth'}, {type: 'ping'},
			{type: 'chat', data: {message: 'Hello', customer_email: john}}]) {
			const socket = await connect(closed);
			socket.send(first);
			assert.equal(await socket.end(), 4401, JSON.stringify(first));
			assert.deepEqual(socket.frames, []);
		}
		assert.equal((await closed.post('/api/chat', {message: 'Hello', customer_email: john})).status, 401);
	});

	suite.test('a chat whose client has gone is answered in the conversation all the same', async () => {
		const socket = await connect(server, '/ws?session_id=gone');
		await socket.type('connected');
		await shop.control({latency_ms: 200});
		chat(socket, {message: 'Where is my order?', customer_email: 'sarah.connor@example.com'});
		await socket.type('message_sent');
		socket.drop();
		await shop.control({});
		const again = await server.post('/api/chat', {message: 'Thank you', customer_email: 'sarah.connor@example.com', session_id: 'gone'});
		assert.equal(again.status, 200);
		for (const {id} of (await server.get('/v1/conversations?limit=200')).body.conversations) {
			const log = (await server.get(`/v1/conversations/${id}/messages`)).body.messages;
			if (log.some(one => one.id === again.body.message_id))
				return assert.deepEqual(log.map(one => one.direction).sort(), ['inbound', 'inbound', 'outbound', 'outbound']);
		}
		assert.fail('the conversation is not there');
	});
}
