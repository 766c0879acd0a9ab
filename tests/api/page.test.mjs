// What the visitor's page says of itself: kept on the conversation, seen by people, rules and templates.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {command} from './server.mjs';
import {until} from './suite.mjs';
import {clientId, isReply, Visitor} from './webchat.mjs';

// A small pack whose greeting depends on the page.
async function makePack(folder) {
	const dir = path.join(folder, 'boutique');
	const made = await command('new', 'pack', dir);
	assert.equal(made.code, 0, made.err);
	const file = path.join(dir, 'responses.yaml');
	const text = fs.readFileSync(file, 'utf8');
	fs.writeFileSync(file, text.replace('responses:\n', `responses:
  - name: at_the_checkout
    intents: [greeting]
    when: has(page.url) && page.url.contains("/checkout")
    text: "Hello! Do you need help with {{page.title}}?"
    confidence: 0.9
`));
	return dir;
}

export default async function define(suite) {
	const pack = await makePack(suite.folder);
	const server = await suite.server({args: ['--pack', pack]});
	const visit = async context => {
		const visitor = new Visitor(server, context ? {context} : {});
		assert.equal((await visitor.open()).status, 201);
		return visitor;
	};
	const greet = async visitor => {
		const socket = await visitor.connect();
		socket.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
		const reply = await socket.see('the reply', isReply);
		socket.drop();
		await visitor.open();
		return reply.data.text;
	};
	const conversation = async visitor => (await server.get(`/v1/conversations/${visitor.session.conversation_id}`)).body;
	const checkout = {url: 'https://shop.example/checkout', title: 'Your “cart”'};

	suite.test('a rule and a template see the page, and so do people', async () => {
		const visitor = await visit(checkout);
		assert.equal(await greet(visitor), 'Hello! Do you need help with Your “cart”?');
		assert.deepEqual((await conversation(visitor)).page, checkout);
		const list = (await server.get('/v1/conversations')).body.conversations;
		assert.deepEqual(list.find(one => one.id === visitor.session.conversation_id).page, checkout);
	});

	suite.test('without a page the rule does not hold, and nothing is shown', async () => {
		const visitor = await visit();
		assert.doesNotMatch(await greet(visitor), /need help with/);
		assert.equal((await conversation(visitor)).page, undefined);
	});

	suite.test('the page that was written from last counts, by POST too; a session that says nothing changes nothing', async () => {
		const visitor = await visit({url: 'https://shop.example/'});
		assert.doesNotMatch(await greet(visitor), /need help with/);
		await visitor.open({context: checkout});
		assert.equal((await visitor.post('Hello again')).status, 200);
		await until('the new page', async () => (await conversation(visitor)).page?.title === checkout.title);
		delete visitor.body.context;
		await visitor.open();
		const seq = visitor.session.seq;
		assert.equal((await visitor.post('Hello once more')).status, 200);
		await until('the reply', async () => (await conversation(visitor)).seq >= seq + 2);
		assert.deepEqual((await conversation(visitor)).page, checkout);
	});

	suite.test('two tabs of a visitor write from two pages', async () => {
		const visitor = await visit({url: 'https://shop.example/a'});
		const first = await visitor.connect();
		await visitor.open({context: {url: 'https://shop.example/b'}});
		const second = await visitor.connect();
		for (const [socket, page] of [[second, 'b'], [first, 'a']]) {
			socket.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
			await socket.type('ack');
			await visitor.open();
			await until(`page ${page}`, async () => (await conversation(visitor)).page?.url.endsWith(page));
		}
		first.drop();
		second.drop();
	});

	suite.test('the page is known after a restart, and while a person has the conversation', async () => {
		const visitor = await visit(checkout);
		await server.restart();
		assert.match(await greet(visitor), /need help with/);
		const id = visitor.session.conversation_id;
		await server.post(`/v1/conversations/${id}/takeover`, {agent: {id: 'u1', name: 'Ann'}});
		await visitor.open({context: {url: 'https://shop.example/returns'}});
		assert.equal((await visitor.post('Are you there?')).status, 200);
		await until('the page of the last message', async () => (await conversation(visitor)).page?.url.endsWith('/returns'));
		assert.equal((await conversation(visitor)).status, 'human');
	});

	suite.test('facts past their bounds are refused: 4096 bytes in all', async () => {
		const facts = n => Object.fromEntries(Array.from({length: n}, (_, i) => [`k${i}`, 'x'.repeat(510)]));
		assert.equal((await server.post('/v1/webchat/sessions', {context: facts(8)})).status, 201);
		const refused = await server.post('/v1/webchat/sessions', {context: facts(9)});
		assert.equal(refused.status, 422);
		assert.match(refused.body.detail, /4096 bytes/);
		// The largest that is allowed still fits through every entrance.
		const visitor = await visit(facts(8));
		await greet(visitor);
		assert.deepEqual((await conversation(visitor)).page, facts(8));
	});
}
