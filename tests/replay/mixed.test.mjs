// A store as life fills it: many customers at once, approvals, people who take over, a shop in trouble, other packs in the
// middle, a kill, erased persons. Every turn that can be replayed comes out the same, and the others are counted by reason.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {bearer, command} from '../api/server.mjs';
import {sleep, until} from '../api/suite.mjs';

const CUSTOMERS = 40, MESSAGES = 400, AT_A_TIME = 24;
const seed = Number(process.env.SEED ?? 7);
const agent = {id: '7', name: 'Ana'};
const texts = ['Hello!', 'Where is my order?', 'Has my order been shipped?', 'I want a refund, it arrived broken', 'I want to speak to a manager',
	'Cancel my order', 'hmm', 'What is your return policy?', 'This is terrible, I am furious!', 'Thank you', '¿dónde está mi pedido?',
	'quiero un reembolso, llegó roto', 'my parcel is late', 'yes', 'no', 'hello?'];

// A small generator with a seed (mulberry32).
function chance(start) {
	let a = start >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), a | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

export default async function define(suite) {
	const next = chance(seed), pick = list => list[Math.floor(next() * list.length)];
	const pack = path.join(suite.folder, 'shop'), actions = path.join(pack, 'actions.yaml');
	fs.cpSync('packs/ecommerce', pack, {recursive: true});
	const shop = await suite.shop('--extra', String(CUSTOMERS));
	const server = await suite.server({args: ['--pack', pack, '--config', config(suite, shop)], demo: false});
	const options = {headers: bearer((await server.key())[0])};
	const conversations = new Map();
	const counted = {};
	const count = what => (counted[what] = (counted[what] ?? 0) + 1);

	async function say(customer) {
		const from = {id: `c${customer}`, email: `customer${customer}@example.com`};
		try {
			const {status, body} = await server.say(pick(texts), from, options);
			count(`message ${status}`);
			if (body.conversation_id)
				conversations.set(customer, body.conversation_id);
		} catch {
			count('message lost'); // the server was killed meanwhile
		}
	}

	async function approvals() {
		const {body} = await server.get('/v1/approvals?status=pending', options);
		for (const one of (body.approvals ?? []).slice(0, 3))
			count(`decision ${(await server.post(`/v1/approvals/${one.id}`, {decision: pick(['approve', 'reject'])}, options)).status}`);
	}

	async function people() {
		const id = pick([...conversations.values()]);
		const [what, body] = pick([['takeover', {agent}], ['messages', {author: agent, text: 'This is Ana.'}], ['handback', {}],
			['handback', {}], ['close', {}]]);
		count(`${what} ${(await server.post(`/v1/conversations/${id}/${what}`, body, options)).status}`);
	}

	const trouble = () => shop.control(pick([{}, {}, {error_rate: 0.3}, {hang_rate: 0.2}, {latency_ms: 300}]));

	async function newPack(limit) {
		fs.writeFileSync(actions, fs.readFileSync(actions, 'utf8').replace(/tiers: \{.*\}/, `tiers: {standard: ${limit}, premium: ${limit}, vip: ${limit}}`));
		const before = server.lines().filter(line => /pack reloaded/.test(JSON.stringify(line))).length;
		server.child.kill('SIGHUP');
		await until('the new pack', () => server.lines().filter(line => /pack reloaded/.test(JSON.stringify(line))).length > before);
		count('pack reloaded');
	}

	async function load(messages) {
		let left = messages;
		const one = async () => {
			while (left-- > 0) {
				await say(1 + Math.floor(next() * CUSTOMERS));
				if (next() < 0.08)
					await approvals().catch(() => {});
				if (next() < 0.08 && conversations.size)
					await people().catch(() => {});
				if (next() < 0.05)
					await trouble();
			}
		};
		await Promise.all(Array.from({length: AT_A_TIME}, one));
	}

	const replay = async (...more) => {
		const {out, err} = await command('replay', '--data', server.data, '--json', ...more);
		assert.ok(out, err);
		const lines = out.trim().split('\n').map(line => JSON.parse(line));
		return {figures: lines.at(-1), examples: lines.slice(0, -1), err};
	};

	suite.test(`under load, with seed ${seed}`, async () => {
		await load(MESSAGES / 4);
		await newPack(60);
		await load(MESSAGES / 4);
		const killed = load(MESSAGES / 4);
		await sleep(300);
		await server.restart();
		await killed;
		await newPack(10);
		await load(MESSAGES / 4);
		await shop.control({});
		await approvals();
		await until('the end of all turns', async () => (await replay()).figures.reasons['it is not over'] === undefined);
		for (const wanted of ['message 200', 'takeover 200', 'handback 200', 'decision 200', 'close 200', 'pack reloaded'])
			assert.ok(counted[wanted], `${wanted}: ${JSON.stringify(counted)}`);
	});

	let whole;
	suite.test('every turn comes out the same', async () => {
		const {figures, examples} = await replay();
		whole = figures;
		assert.deepEqual([figures.diverged, figures.unreadable], [0, 0], JSON.stringify(examples.slice(0, 3), null, 1));
		assert.equal(figures.equal + figures.skipped, figures.turns);
		assert.ok(figures.turns > MESSAGES / 4, JSON.stringify(figures));
	});

	suite.test('one process or several find the same', async () => {
		for (const workers of ['1', '3']) {
			const {figures} = await replay('--workers', workers);
			for (const name of ['turns', 'equal', 'skipped', 'conversations'])
				assert.equal(figures[name], whole[name], `${workers} ${name}`);
		}
	});

	suite.test('the turns of erased persons are left out, and said', async () => {
		let turns = 0;
		for (const id of [...conversations.values()].slice(0, 3)) {
			const {body} = await server.get(`/v1/conversations/${id}`, options);
			for (const other of (await server.get('/v1/conversations?limit=200', options)).body.conversations)
				if (other.contact.id === body.contact.id) {
					const messages = (await server.get(`/v1/conversations/${other.id}/messages?limit=200`, options)).body.messages;
					turns += new Set(messages.filter(one => one.turn_id).map(one => one.turn_id)).size;
				}
			assert.equal((await command('erase', body.contact.id, '--data', server.data)).code, 0);
		}
		const {figures} = await replay();
		assert.deepEqual([figures.diverged, figures.unreadable], [0, 0]);
		assert.equal(figures.turns, whole.turns);
		assert.ok(figures.reasons['the person was erased'] >= turns && turns > 0, `${turns} ${JSON.stringify(figures)}`);
		assert.equal(figures.equal + figures.skipped, figures.turns);
	});

	suite.test('what the first pack would have done otherwise', async () => {
		const {figures} = await replay('--pack', 'packs/ecommerce');
		assert.equal(figures.unreadable, 0);
		assert.ok(figures.conversations_otherwise <= figures.conversations, JSON.stringify(figures));
		for (const [kind, n] of Object.entries(figures.conversations_by_kind))
			assert.ok(n <= figures.turns_by_kind[kind] && n <= figures.conversations_otherwise, kind);
	});
}

// Callers with a key, and the shop's addresses.
function config(suite, shop) {
	const file = path.join(suite.folder, 'parley.yaml');
	fs.writeFileSync(file, JSON.stringify({allow: ['127.0.0.0/8'], variables: {
		customers_url: shop.urls.customers, orders_url: shop.urls.orders, tracking_url: shop.urls.tracking}}));
	return file;
}
