// What people see of conversations and do to them: lists, taking over, answering, handing back, approvals.
import assert from 'node:assert/strict';

import {until} from './suite.mjs';
import {Visitor} from './webchat.mjs';

const ann = {id: 'u1', name: 'Ann'};

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const list = async (query = '') => (await server.get(`/v1/conversations${query}`)).body;
	const ask = async (id, text = 'Hello') => (await server.say(text, {id})).body.conversation_id;
	const act = (conversation, what, body) => server.post(`/v1/conversations/${conversation}/${what}`, body);

	suite.test('a conversation shows its state', async () => {
		const id = await ask('state');
		const {status, body} = await server.get(`/v1/conversations/${id}`);
		assert.equal(status, 200);
		assert.equal(body.id, id);
		assert.equal(body.status, 'open');
		assert.equal(body.channel, 'api');
		assert.match(body.contact.id, /^p_/);
		assert.equal(body.seq, 2);
		assert.equal(body.last_message.direction, 'outbound');
	});

	suite.test('messages come in pages of any size, each once, in order', async () => {
		let id;
		// The hand-over takes a number and is no message.
		for (const text of ['Hello', 'Hello again', 'I want to speak to a manager', 'Are you there?', 'Hello?'])
			id = await ask('pages', text);
		const all = (await server.get(`/v1/conversations/${id}/messages`)).body;
		assert.equal(all.messages.length, 8);
		assert.equal(all.next, undefined);
		assert.ok(all.messages.at(-1).seq > 8);
		for (const limit of [1, 3, 7, 8]) {
			const seen = [];
			for (let after = 0; after !== undefined;) {
				const page = (await server.get(`/v1/conversations/${id}/messages?limit=${limit}&after=${after}`)).body;
				assert.equal(page.messages.length, Math.min(limit, 8 - seen.length));
				seen.push(...page.messages);
				after = page.next;
			}
			assert.deepEqual(seen, all.messages);
		}
		assert.equal((await server.post(`/v1/conversations/${id}/handback`)).status, 200);
	});

	suite.test('conversations come in pages, each once', async () => {
		for (let i = 0; i < 5; i++)
			await ask(`listed${i}`);
		const all = (await list('?limit=200')).conversations.map(one => one.id);
		const seen = [];
		for (let query = '?limit=2'; query;) {
			const page = await list(query);
			seen.push(...page.conversations.map(one => one.id));
			query = page.next && `?limit=2&after=${page.next}`;
		}
		assert.deepEqual(seen, all);
		assert.equal(new Set(seen).size, seen.length);
	});

	suite.test('pages of what waits come in the order of the queue, each once', async () => {
		const waiting = [];
		for (let i = 0; i < 5; i++)
			waiting.push(await ask(`queue${i}`, 'I want to speak to a manager'));
		const seen = [];
		for (let query = '?status=waiting&limit=2'; query;) {
			const page = await list(query);
			seen.push(...page.conversations);
			query = page.next && `?status=waiting&limit=2&after=${page.next}`;
		}
		assert.deepEqual(seen.map(one => one.id), waiting);
		assert.deepEqual(seen.map(one => one.queue_position), [1, 2, 3, 4, 5]);
		assert.ok(seen.every(one => /^\w+$/.test(one.reference)));
		for (const id of waiting) {
			await act(id, 'takeover', {agent: ann});
			await act(id, 'handback', {});
		}
	});

	suite.test('wrong pages are refused', async () => {
		const id = await ask('wrong');
		for (const path of ['/v1/conversations?status=lost', '/v1/conversations?limit=0', '/v1/conversations?limit=201',
			'/v1/conversations?limit=x', '/v1/conversations?after=5', `/v1/conversations/${id}/messages?after=x`,
			`/v1/conversations/${id}/messages?after=-1`, `/v1/conversations/${id}/messages?limit=1e2`,
			'/v1/approvals?status=done', '/v1/approvals?after=c_1']) {
			const answer = await server.get(path);
			assert.equal(answer.status, 400, path);
			assert.equal(answer.headers['content-type'], 'application/problem+json');
		}
	});

	suite.test('a person takes over, the bot is silent, the person answers and hands back', async () => {
		const from = {id: 'handed', name: 'Ines'};
		const id = (await server.say('I want to speak to a manager', from)).body.conversation_id;
		const waiting = (await list('?status=waiting')).conversations.find(one => one.id === id);
		assert.equal(waiting.contact.name, 'Ines');

		const taken = await act(id, 'takeover', {agent: ann});
		assert.equal(taken.status, 200);
		assert.equal(taken.body.status, 'human');
		assert.deepEqual(taken.body.agent, ann);
		assert.deepEqual((await server.say('Where is my order ORD-1A2B3C4D?', from)).body.replies, []);

		const answer = await act(id, 'messages', {author: ann, text: 'Ann here, one moment.'});
		assert.equal(answer.status, 201);
		const log = (await server.get(`/v1/conversations/${id}/messages`)).body.messages;
		const mine = log.find(one => one.id === answer.body.message_id);
		assert.equal(mine.direction, 'outbound');
		assert.deepEqual(mine.author, {kind: 'agent', ...ann});

		const back = await server.call('POST', `/v1/conversations/${id}/handback`, {headers: {'Content-Length': '0'}});
		assert.equal(back.status, 200, back.text);
		assert.equal(back.body.status, 'open');
		assert.equal(back.body.agent, undefined);
		assert.equal((await server.say('What is your return policy?', from)).body.replies.length, 1);
	});

	suite.test('the bot is silent at once when a person takes over while it looks something up', async () => {
		const from = {id: 'race', email: 'jane.smith@example.com'};
		const id = (await server.say('Hello', from)).body.conversation_id;
		await shop.control({latency_ms: 400});
		try {
			const asked = server.say('Where is my order ORD-5C8D2E6F?', from);
			await new Promise(done => setTimeout(done, 150));
			assert.equal((await act(id, 'takeover', {agent: ann})).status, 200);
			assert.deepEqual((await asked).body.replies, []);
			const log = (await server.get(`/v1/conversations/${id}/messages`)).body.messages;
			assert.equal(log.filter(one => one.direction === 'outbound').length, 1); // the answer to "Hello"
		} finally {
			await shop.control({});
		}
	});

	suite.test('an answer takes over when nobody has', async () => {
		const id = await ask('unasked');
		assert.equal((await act(id, 'messages', {author: ann, text: 'May I help?'})).status, 201);
		assert.equal((await server.get(`/v1/conversations/${id}`)).body.status, 'human');
	});

	suite.test('what a person may not do is 404, 409 or 422', async () => {
		const id = await ask('refused');
		assert.equal((await act('c_0000000000000', 'takeover', {agent: ann})).status, 404);
		assert.equal((await act(id, 'takeover', {})).status, 422);
		assert.equal((await act(id, 'takeover', {agent: {name: 'x'}})).status, 422);
		assert.equal((await act(id, 'messages', {author: ann})).status, 422);
		assert.equal((await act(id, 'messages', {author: ann, text: 'x'.repeat(10001)})).status, 422);
		assert.equal((await act(id, 'handback', {})).status, 409);
	});

	async function done(turn) {
		for (;;) {
			const {body} = await server.get(`/v1/turns/${turn}`);
			if (body.status !== 'running')
				return assert.equal(body.status, 'done');
			await new Promise(again => setTimeout(again, 20));
		}
	}

	suite.test('an approval that is rejected does nothing, and the customer hears of it', async () => {
		const from = {id: 'bob', email: 'sarah.connor@example.com'};
		const before = (await shop.effects()).length;
		const asked = (await server.post('/v1/messages', {channel: 'other', from, text: 'I want a refund for my monitor, it arrived broken'})).body;
		const approvals = (await server.get('/v1/approvals')).body.approvals;
		const mine = approvals.find(one => one.conversation_id === asked.conversation_id);
		assert.ok(mine, JSON.stringify(asked));
		const answer = await server.post(`/v1/approvals/${mine.id}`, {decision: 'reject'});
		assert.equal(answer.body.status, 'rejected');
		await done(answer.body.turn_id);
		assert.equal((await server.post(`/v1/approvals/${mine.id}`, {decision: 'approve'})).status, 409);
		assert.equal((await shop.effects()).length, before);
	});

	suite.test('an approval is approved once, and what it allows is done once', async () => {
		const from = {id: 'sarah', email: 'sarah.connor@example.com'};
		const asked = (await server.say('I want a refund for my monitor, it arrived broken', from)).body;
		const pending = (await server.get('/v1/approvals?status=pending')).body.approvals;
		assert.equal(pending.length, 1);
		assert.equal(pending[0].conversation_id, asked.conversation_id);
		assert.equal(pending[0].turn_id, asked.turn_id);
		assert.equal(pending[0].action, 'process_refund');
		assert.equal(pending[0].details.record_id, 'ORD-6A1F0B8C');
		assert.equal((await server.post(`/v1/approvals/${pending[0].id}`, {decision: 'maybe'})).status, 422);
		assert.equal((await shop.effects()).length, 0);

		const decide = () => server.post(`/v1/approvals/${pending[0].id}`, {decision: 'approve', note: 'photo seen', by: 'Ann'});
		const [one, two] = (await Promise.all([decide(), decide()])).sort((a, b) => a.status - b.status);
		assert.equal(one.status, 200, one.text);
		assert.equal(one.body.status, 'approved');
		assert.equal(two.status, 409);
		assert.equal((await decide()).status, 409);
		await done(one.body.turn_id);
		const effects = (await shop.effects()).filter(effect => effect.action === 'refund');
		assert.deepEqual(effects.map(effect => effect.target), ['ORD-6A1F0B8C']);
		const log = (await server.get(`/v1/conversations/${asked.conversation_id}/messages`)).body.messages;
		assert.equal(log.filter(message => message.turn_id === one.body.turn_id && message.direction === 'outbound').length, 1);
		assert.equal((await server.get('/v1/approvals?status=pending')).body.approvals.length, 0);
		const decided = (await server.get(`/v1/approvals/${pending[0].id}`)).body;
		assert.equal(decided.status, 'approved');
		assert.equal(decided.decided_by, 'Ann');
	});

	suite.test('what a person writes reaches the web chat as it happens, with the state', async () => {
		const visitor = new Visitor(server);
		await visitor.open();
		const socket = await visitor.connect();
		socket.send({type: 'message', data: {client_id: 'client-one', text: 'I want to speak to a manager'}});
		const status = await socket.see('waiting', one => one.type === 'status' && one.data.conversation === 'waiting');
		assert.equal(typeof status.data.queue_position, 'number');
		assert.match(status.data.reference, /^\w+$/);
		assert.deepEqual((await socket.type('handoff')).data, {to: 'human'});
		await visitor.open();
		const id = visitor.session.conversation_id;
		assert.equal(visitor.session.status.conversation, 'waiting');
		await act(id, 'takeover', {agent: ann});
		const human = await socket.see('human', one => one.type === 'status' && one.data.conversation === 'human');
		assert.deepEqual(human.data.agent, {name: 'Ann'});
		await act(id, 'messages', {author: ann, text: 'Ann is here.'});
		const message = await socket.see('her message', one => one.type === 'message' && one.data.author.kind === 'agent');
		assert.equal(message.data.text, 'Ann is here.');
		assert.equal(message.data.author.name, 'Ann');
		await act(id, 'handback', {agent: ann});
		await socket.see('open', one => one.type === 'status' && one.data.conversation === 'open');
		const numbers = socket.frames.filter(one => one.seq).map(one => one.seq);
		assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
		socket.drop();
	});

	suite.test('who it is: name and addresses as known, and an e-mail that was only stated', async () => {
		const {body} = await server.say('Hello', {id: 'known', email: 'john.doe@example.com', name: 'John Doe'});
		const {contact} = (await server.get(`/v1/conversations/${body.conversation_id}`)).body;
		assert.equal(contact.name, 'John Doe');
		assert.equal(contact.email, 'john.doe@example.com');
		assert.ok(contact.addresses.some(one => one.kind === 'email' && one.value === 'john.doe@example.com'));
		assert.ok(contact.addresses.some(one => one.kind === 'api' && one.value === 'known'));
		const stranger = (await server.say('Where is my order? My e-mail is maybe@example.com', {id: 'stranger'})).body.conversation_id;
		const theirs = (await server.get(`/v1/conversations/${stranger}`)).body.contact;
		assert.equal(theirs.email, undefined);
		assert.equal(theirs.stated_email, 'maybe@example.com');
		assert.deepEqual(theirs.addresses, [{kind: 'api', value: 'stranger'}]);
	});

	suite.test('a conversation is closed once, the next message begins another', async () => {
		const id = await ask('closing');
		const {status, body} = await act(id, 'close', {agent: ann});
		assert.equal(status, 200);
		assert.equal(body.status, 'closed');
		assert.equal((await act(id, 'close', {})).status, 409);
		assert.equal((await act(id, 'takeover', {agent: ann})).status, 409);
		assert.equal((await act(id, 'close', {agent: {name: 'no id'}})).status, 422);
		assert.ok((await list('?status=closed')).conversations.some(one => one.id === id));
		const next = await ask('closing');
		assert.notEqual(next, id);
		assert.equal((await server.get(`/v1/conversations/${next}`)).body.status, 'open');
	});

	suite.test('closing one that waits takes it out of the queue, and its web chat is told', async () => {
		const visitor = new Visitor(server);
		await visitor.open();
		const socket = await visitor.connect();
		await visitor.post('I want to speak to a manager');
		await socket.see('the hand-over', one => one.type === 'status' && one.data.conversation === 'waiting');
		await visitor.open();
		const id = visitor.session.conversation_id;
		assert.equal((await server.post(`/v1/conversations/${id}/close`)).status, 200);
		await socket.see('the end', one => one.type === 'status' && one.data.conversation === 'closed');
		assert.ok(!(await list('?status=waiting')).conversations.some(one => one.id === id));
		// What comes next is another conversation, whose numbers begin anew: the connection ends after the ack.
		socket.send({type: 'message', data: {client_id: 'client-after-close', text: 'Hello again'}});
		await socket.type('ack');
		assert.equal(await socket.end(), 4401);
		await visitor.open();
		assert.notEqual(visitor.session.conversation_id, id);
		const next = await visitor.connect();
		next.send({type: 'resume', data: {after_seq: 0}});
		const texts = () => next.frames.filter(one => one.type === 'message').map(one => one.data.author.kind);
		await until('both', () => texts().length === 2);
		assert.deepEqual(texts(), ['visitor', 'bot']);
		next.drop();
	});
}
