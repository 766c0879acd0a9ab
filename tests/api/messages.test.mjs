// POST /v1/messages, and where its outcome is found.
import assert from 'node:assert/strict';

import {until} from './suite.mjs';

const ID = kind => new RegExp(`^${kind}_[0-9a-z]{13}$`);

function isAnswer(answer, status = 200) {
	assert.equal(answer.status, status, answer.text);
	assert.match(answer.body.message_id, ID('m'));
	assert.match(answer.body.conversation_id, ID('c'));
	assert.match(answer.body.turn_id, ID('t'));
	return answer.body;
}

async function log(server, conversation, query = '') {
	const answer = await server.get(`/v1/conversations/${conversation}/messages${query}`);
	assert.equal(answer.status, 200, answer.text);
	return answer.body;
}

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const impatient = await suite.server({args: shop.options, env: {PARLEY_REPLY_WAIT_MS: '300'}});
	const john = {id: 'john', email: 'john.doe@example.com', name: 'John'};

	suite.test('a message is answered with its replies, as they then stand in the conversation', async () => {
		const body = isAnswer(await server.say('Where is my order ORD-1A2B3C4D?', john));
		assert.deepEqual(Object.keys(body), ['message_id', 'conversation_id', 'turn_id', 'replies']);
		assert.equal(body.replies.length, 1);
		assert.match(body.replies[0].text, /ORD-1A2B3C4D .*out for delivery.*TRK987654321/);
		const {messages} = await log(server, body.conversation_id);
		assert.deepEqual(messages.map(one => [one.id, one.seq, one.direction, one.text]), [
			[body.message_id, 1, 'inbound', 'Where is my order ORD-1A2B3C4D?'],
			[body.replies[0].message_id, 2, 'outbound', body.replies[0].text],
		]);
		assert.deepEqual(messages.map(one => one.turn_id), [body.turn_id, body.turn_id]);
	});

	suite.test('a vague message gets quick replies, and the payload of one is understood', async () => {
		const body = isAnswer(await server.say('hmm', {id: 'vague'}));
		const buttons = body.replies[0].quick_replies;
		assert.ok(buttons.length >= 2 && buttons.every(one => one.title));
		const person = buttons.find(one => one.payload === '/escalation_request');
		const chosen = await server.post('/v1/messages', {from: {id: 'vague'}, text: person.title, payload: person.payload});
		assert.equal(isAnswer(chosen).escalated, true);
	});

	suite.test('a hand-over says so and the bot is silent afterwards', async () => {
		const from = {id: 'silent'};
		const first = isAnswer(await server.say('I want to speak to a manager', from));
		assert.equal(first.escalated, true);
		assert.match(first.replies[0].text, /number \d+ in the queue.*Reference ID: \w+/);
		const second = isAnswer(await server.say('Where is my order ORD-1A2B3C4D?', from));
		assert.deepEqual(second.replies, []);
		assert.equal(second.conversation_id, first.conversation_id);
	});

	suite.test('the same Idempotency-Key gets the same answer, in quotes or bare', async () => {
		const from = {id: 'again'}, text = 'Hello, what is your return policy?';
		const first = await server.say(text, from, {headers: {'Idempotency-Key': 'key-one'}});
		const second = await server.say(text, from, {headers: {'Idempotency-Key': '"key-one"'}});
		assert.equal(first.headers['idempotency-replayed'], undefined);
		assert.equal(second.headers['idempotency-replayed'], 'true');
		assert.deepEqual(isAnswer(second), isAnswer(first));
		assert.equal((await log(server, first.body.conversation_id)).messages.length, 2);
	});

	suite.test('the same Idempotency-Key with another body is 422', async () => {
		const options = {headers: {'Idempotency-Key': 'key-two'}};
		const first = isAnswer(await server.say('Hello', {id: 'other'}, options));
		const second = await server.say('Goodbye', {id: 'other'}, options);
		assert.equal(second.status, 422);
		assert.equal(second.headers['content-type'], 'application/problem+json');
		assert.equal((await log(server, first.conversation_id)).messages.filter(one => one.direction === 'inbound').length, 1);
	});

	suite.test('an Idempotency-Key longer than 255 bytes is refused', async () => {
		assert.equal((await server.say('Hello', john, {headers: {'Idempotency-Key': 'k'.repeat(256)}})).status, 400);
		isAnswer(await server.say('Hello', john, {headers: {'Idempotency-Key': 'k'.repeat(255)}}));
	});

	suite.test('two messages in the same instant: one conversation, each in one turn, in order', async () => {
		for (let round = 0; round < 5; round++) {
			const from = {id: `twins${round}`};
			const answers = await Promise.all(['Hello there', 'What is your return policy?', 'Thank you'].map(text => server.say(text, from)));
			const bodies = answers.map(answer => isAnswer(answer));
			const conversation = bodies[0].conversation_id;
			assert.ok(bodies.every(body => body.conversation_id === conversation));
			const {messages} = await log(server, conversation);
			const inbound = messages.filter(one => one.direction === 'inbound');
			assert.deepEqual(new Set(inbound.map(one => one.id)), new Set(bodies.map(body => body.message_id)));
			assert.equal(inbound.length, 3);
			for (const body of bodies)
				assert.equal(inbound.find(one => one.id === body.message_id).turn_id, body.turn_id);
			// Replies belong to those turns and follow the messages of their turn.
			for (const reply of messages.filter(one => one.direction === 'outbound')) {
				const asked = inbound.filter(one => one.turn_id === reply.turn_id);
				assert.ok(asked.length && asked.every(one => one.seq < reply.seq));
			}
		}
	});

	suite.test('the reply takes longer than the wait: 202, the reply later, a repetition joins and gets it', async () => {
		const from = {id: 'slow', email: 'jane.smith@example.com'}, text = 'Where is my order ORD-4D5E6F70?';
		const options = {headers: {'Idempotency-Key': 'slow-one'}};
		await shop.control({latency_ms: 700}); // over the wait, under the pack's time-outs
		try {
			const first = await impatient.say(text, from, options);
			const body = isAnswer(first, 202);
			assert.equal(body.status, 'processing');
			assert.equal(body.location, `/v1/conversations/${body.conversation_id}/messages`);
			assert.equal(first.headers.location, body.location);
			assert.equal((await impatient.get(`/v1/turns/${body.turn_id}`)).body.status, 'running');
			const second = await impatient.say(text, from, options);
			assert.ok([200, 202].includes(second.status), second.text);
			for (const field of ['message_id', 'conversation_id', 'turn_id'])
				assert.equal(second.body[field], body[field]);
			const final = await until('the reply', async () => {
				const again = await impatient.say(text, from, options);
				return again.status === 200 && again.body;
			});
			assert.equal(final.message_id, body.message_id);
			assert.match(final.replies[0].text, /ORD-4D5E6F70/);
			const {messages} = await log(impatient, body.conversation_id);
			assert.deepEqual(messages.map(one => one.direction), ['inbound', 'outbound']);
			assert.equal(messages[1].id, final.replies[0].message_id);
		} finally {
			await shop.control({});
		}
	});

	suite.test('when the shop is down the reply says what it can', async () => {
		await shop.control({down: true});
		try {
			const body = isAnswer(await server.say('Where is my order ORD-9B4A7C31?', {id: 'down', email: 'bob.wilson@example.com'}));
			assert.equal(body.replies.length, 1);
			assert.doesNotMatch(body.replies[0].text, /keyboard|pending/i);
		} finally {
			await shop.control({});
		}
	});

	suite.test('a turn tells its causes, its pack and what it asked', async () => {
		const body = isAnswer(await server.say('Where is my order ORD-7F3E9A21?', {...john, id: 'causes'}));
		const turn = await server.get(`/v1/turns/${body.turn_id}`);
		assert.equal(turn.status, 200);
		assert.equal(turn.body.id, body.turn_id);
		assert.equal(turn.body.conversation_id, body.conversation_id);
		assert.equal(turn.body.status, 'done');
		assert.match(turn.body.pack, /^ecommerce /);
		assert.deepEqual(turn.body.messages, [body.message_id]);
		assert.ok(turn.body.answers.some(one => one.actor === 'context' && one.status === 'ok'));
		assert.ok(turn.body.actors.length > 3);
		assert.ok(turn.body.causes.length > 0);
	});

	suite.test('what is wrong with a message is named', async () => {
		const from = {id: 'wrong'};
		for (const [body, status, words] of [
			[{text: 'Hello'}, 422, /from: .*(missing|required)/],
			[{from: {}, text: 'Hello'}, 422, /from\.id/],
			[{from, text: 5}, 422, /text: /],
			[{from, text: ''}, 422, /./],
			[{from}, 422, /./],
			[{from, text: 'Hello', txet: 'x'}, 422, /txet.*text/],
			[{from: {...from, emial: 'x'}, text: 'Hello'}, 422, /emial.*email/],
			[{from, text: 'x'.repeat(10001)}, 422, /10000/],
			[{from, channel: 'c'.repeat(33), text: 'x'}, 422, /channel/],
			[[1], 422, /object/],
		]) {
			const answer = await server.post('/v1/messages', body);
			assert.equal(answer.status, status, `${JSON.stringify(body).slice(0, 80)}: ${answer.text}`);
			assert.equal(answer.headers['content-type'], 'application/problem+json');
			assert.equal(answer.body.status, status);
			assert.match(answer.body.detail, words);
		}
		isAnswer(await server.say('é'.repeat(10000), from));
	});
}
