// The main scenario: a question, an order that is looked up, a return that is done at the shop, a refund that waits for a
// person and is approved, a web chat, a person who takes over and hands back, a backup, an erasure. Each step is repeated
// under its own key until it is acknowledged, as the API asks of a client, and what was acknowledged is remembered. Then
// all of it is asked for again: nothing may be lost, twice or out of order, and no effect may have happened twice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {command, request} from '../api/server.mjs';
import {sleep} from '../api/suite.mjs';
import {clientId, Visitor} from '../api/webchat.mjs';

const PATIENCE_MS = 20000;
const ann = {id: 'ann', name: 'Ann'};

// Orders of the shop's generated customers, each of which is asked about once.
export class Orders {
	constructor(shop) {
		this.shop = shop;
		this.customer = 0;
		this.small = [];
		this.large = [];
	}

	async next(list) {
		while (!list.length) {
			const email = `customer${++this.customer}@example.com`;
			const {status, body} = await request(Number(new URL(this.shop.urls.customers).port), 'GET',
				`/customers/${encodeURIComponent(email)}/orders`);
			assert.equal(status, 200, `the shop has no more customers after ${email}`);
			for (const order of body.orders)
				if (order.status === 'delivered')
					(order.total_amount > 600 ? this.large : this.small).push({email, id: order.order_id});
		}
		return list.pop();
	}
}

export class Scenario {
	// {server, orders, number: of this run}
	constructor(options) {
		Object.assign(this, options);
		this.name = `f${process.pid}-${this.number}`;
		this.from = `127.${1 + this.number % 200}.${Math.floor(this.number / 200) % 250}.1`;
		this.known = new Map(); // conversation: [{id, text}] in the order of their acknowledgements
		this.doubtful = new Set(); // texts that were sent and not acknowledged: each may stand once, or not
		this.refused = 0;
	}

	// Repeats a request until it is acknowledged. A refusal says when to come again; a broken connection says nothing.
	async until(what, ask, good = [200, 201]) {
		const deadline = Date.now() + PATIENCE_MS;
		let doubt = false, last;
		while (Date.now() < deadline && this.server.up) {
			let answer;
			try {
				answer = await ask(doubt);
			} catch (error) {
				doubt = true;
				last = error.message;
			}
			if (answer && good.includes(answer.status))
				return answer;
			if (answer) {
				this.correctRefusal(what, answer);
				last = answer.text;
			}
			await sleep(10);
		}
		throw new Error(this.server.up ? `${what}: not done in ${PATIENCE_MS} ms: ${last}` : `${what}: the server is gone`);
	}

	correctRefusal(what, answer) {
		this.refused++;
		assert.ok([500, 503].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
		assert.equal(answer.headers['content-type'], 'application/problem+json', `${what}: ${answer.text}`);
		if (answer.status === 503)
			assert.ok(Number(answer.headers['retry-after']) >= 1, `${what}: 503 without Retry-After`);
	}

	post(target, body, headers = {}) {
		return this.server.post(target, body, {headers, from: this.from});
	}

	get(target) {
		return this.until(target, () => this.server.call('GET', target, {from: this.from}));
	}

	remember(conversation, id, text) {
		this.doubtful.delete(text);
		this.known.set(conversation, [...this.known.get(conversation) ?? [], {id, text}]);
	}

	// A message of a customer; waits for its turn to end.
	async say(who, text) {
		const key = `${this.name}-${who.id}-${text}`;
		this.doubtful.add(text);
		const answer = await this.until(text, () => this.post('/v1/messages', {channel: 'api', from: who, text},
			{'Idempotency-Key': key}), [200, 202]);
		const {conversation_id: conversation, message_id: id, turn_id: turn} = answer.body;
		this.remember(conversation, id, text);
		if (answer.status === 202)
			await this.ended(turn);
		return answer.body;
	}

	async ended(turn) {
		const deadline = Date.now() + PATIENCE_MS;
		let body;
		do {
			({body} = await this.get(`/v1/turns/${turn}`));
			if (body.status !== 'running')
				return body;
			await sleep(10);
		} while (Date.now() < deadline);
		throw new Error(`turn ${turn} does not end`);
	}

	async run() {
		const person = name => ({id: `${this.name}-${name}`});
		this.asker = person('ana');
		const {conversation_id: conversation} = await this.say(this.asker, 'Hello, what is your return policy?');
		await this.lookUp();
		await this.returnOne();
		await this.refundOne();
		await this.chat();
		await this.takeOver(conversation);
		await this.backUp();
		await this.erase();
		await this.say(this.asker, 'Thank you, that was all.');
	}

	async lookUp() {
		const order = this.looked = await this.orders.next(this.orders.small);
		await this.say({id: `${this.name}-look`, email: order.email}, `Where is my order ${order.id}?`);
	}

	async returnOne() {
		const order = this.returned = await this.orders.next(this.orders.small);
		await this.say({id: `${this.name}-return`, email: order.email}, `Please return my order ${order.id}`);
	}

	async refundOne() {
		const order = this.refunded = await this.orders.next(this.orders.large);
		const who = {id: `${this.name}-refund`, email: order.email};
		const {conversation_id: conversation} = await this.say(who, `I want a refund for my order ${order.id}, it arrived broken`);
		const {body} = await this.get('/v1/approvals?status=pending&limit=200');
		const mine = body.approvals.find(one => one.conversation_id === conversation);
		if (!mine) // the turn failed, and gave the customer to a person
			return;
		this.approval = mine.id;
		const decided = await this.until('approve', async doubt => {
			const answer = await this.post(`/v1/approvals/${mine.id}`, {decision: 'approve', by: 'Ann'});
			return doubt && answer.status === 409 ? this.get(`/v1/approvals/${mine.id}`) : answer;
		});
		assert.equal(decided.body.status, 'approved');
		await this.ended(decided.body.turn_id);
	}

	async chat() {
		const visitor = new Visitor({post: (target, body, options) => this.server.post(target, body, {from: this.from, ...options})});
		await this.until('a session', () => visitor.open());
		const id = clientId();
		this.doubtful.add('Hello from the page');
		const answer = await this.until('a chat message', () => visitor.post('Hello from the page', id));
		await this.until('the session again', () => visitor.open()); // which now names its conversation
		this.remember(visitor.session.conversation_id, answer.body.id, 'Hello from the page');
	}

	async takeOver(conversation) {
		const act = (what, body, already) => this.until(what, async () => {
			const answer = await this.post(`/v1/conversations/${conversation}/${what}`, body);
			return answer.status === 409 && already ? {status: 200} : answer;
		});
		await act('takeover', {agent: ann}, true);
		await this.say(this.asker, 'Is a person there?');
		await act('messages', {author: ann, text: 'Ann here.'});
		await act('handback', {}, true);
	}

	async backUp() {
		const file = path.join(this.server.folder, `backup-${this.number}.db`);
		const {code, err} = await command('db', 'backup', file, '--keys', `${file}-keys`, '--data', this.server.data);
		assert.equal(code, 0, err);
		fs.rmSync(file);
		fs.rmSync(`${file}-keys`);
	}

	// The contact of the look-up; its conversation is asked for no more.
	async erase() {
		const conversation = [...this.known].find(([, list]) => list[0].text.startsWith('Where is'))[0];
		const {body} = await this.get(`/v1/conversations/${conversation}`);
		this.known.delete(conversation);
		await this.until('erase', async () => {
			const {code, err} = await command('erase', body.contact.id, '--data', this.server.data);
			const done = code === 0 || err.includes('was erased already'); // and we were not told
			return {status: done ? 200 : 503, text: err, headers: {'content-type': 'application/problem+json', 'retry-after': '1'}};
		});
	}

	// Everything that was acknowledged, asked from outside. To be called when nothing fails.
	async check(effects) {
		for (const [conversation, sent] of this.known) {
			const log = (await this.get(`/v1/conversations/${conversation}/messages?limit=200`)).body.messages;
			const inbound = log.filter(one => one.direction === 'inbound');
			const told = new Set(sent.map(one => one.id));
			assert.deepEqual(inbound.filter(one => told.has(one.id)).map(one => [one.id, one.text]),
				sent.map(one => [one.id, one.text]), `messages of ${conversation}`);
			for (const {id, text} of inbound)
				assert.ok(told.has(id) || this.doubtful.delete(text), `${conversation}: "${text}" stands once more, as ${id}`);
			for (const one of inbound)
				assert.ok(['done', 'failed'].includes((await this.ended(one.turn_id)).status));
			const replies = log.filter(one => one.direction === 'outbound' && one.turn_id).map(one => one.turn_id);
			assert.equal(new Set(replies).size, replies.length, `a turn of ${conversation} replied twice`);
		}
		for (const {id} of [this.returned, this.refunded].filter(Boolean)) {
			const done = effects.filter(one => one.target === id && ['refund', 'return'].includes(one.action));
			assert.ok(done.length <= 1, `${id}: ${JSON.stringify(done)}`);
		}
	}
}
