// Two tenants on one server: the tenant comes from the credential, and what belongs to the other one is not there.
import assert from 'node:assert/strict';
import fs from 'node:fs';

import {bearer} from './server.mjs';

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const [redKey] = await server.key('--tenant', 'red');
	const [blueKey] = await server.key('--tenant', 'blue');
	const red = {headers: bearer(redKey)}, blue = {headers: bearer(blueKey)};

	// Every request of this suite is noted by its route.
	const visited = new Set();
	const call = server.call;
	server.call = (method, target, options) => {
		const route = target.replace(/\?.*/, '').replace(/\/(?:[a-z]_\w+)(?=\/|$)/, '/{id}');
		visited.add(`${method.toLowerCase()} ${route}`);
		return call.call(server, method, target, options);
	};
	// Routes that no tenant has anything behind, and those whose tokens other suites bring to the wrong tenant.
	const ofNobody = [/^get \/(docs|version|status|widget|demo|favicon|health|metrics|openapi|api\/health|$)/, /^post \/(v1\/understand|model\/parse)$/];
	const elsewhere = {'get /v1/webchat/ws': 'origins', 'get /v1/webchat/events': 'origins', 'post /v1/webchat/messages': 'origins',
		'post /v1/webchat/sessions': 'origins', 'post /v1/webchat/tickets': 'origins', 'get /ws': 'ecommerce'};

	// What one tenant has: a conversation that waits, one with an approval, their messages and turns.
	async function fill(options) {
		const from = {id: 'sarah', email: 'sarah.connor@example.com'};
		const refund = (await server.say('I want a refund for my monitor, it arrived broken', from, options)).body;
		const waiting = (await server.say('I want to speak to a manager', {id: 'maria'}, options)).body;
		const approval = (await server.get('/v1/approvals', options)).body.approvals
			.find(one => one.conversation_id === refund.conversation_id);
		assert.ok(approval, JSON.stringify(refund));
		return {conversation: waiting.conversation_id, turn: waiting.turn_id, approval: approval.id, message: waiting.message_id,
			replay: (await server.post('/v1/replays', {}, options)).body.id};
	}

	const agent = {id: 'eve', name: 'Eve'};
	const routes = ids => [
		['GET', `/v1/conversations/${ids.conversation}`],
		['GET', `/v1/conversations/${ids.conversation}/messages`],
		['POST', `/v1/conversations/${ids.conversation}/messages`, {author: agent, text: 'gotcha'}],
		['POST', `/v1/conversations/${ids.conversation}/takeover`, {agent}],
		['POST', `/v1/conversations/${ids.conversation}/handback`, {}],
		['POST', `/v1/conversations/${ids.conversation}/close`, {}],
		['GET', `/v1/approvals/${ids.approval}`],
		['POST', `/v1/approvals/${ids.approval}`, {decision: 'approve'}],
		['GET', `/v1/conversations/${ids.conversation}/events`],
		['POST', `/v1/conversations/${ids.conversation}/typing`, {author: agent, on: true}],
		['POST', `/v1/conversations/${ids.conversation}/read`, {author: agent, up_to_seq: 1}],
		['GET', `/v1/turns/${ids.turn}`],
		['GET', `/v1/replays/${ids.replay}`],
		['DELETE', `/v1/replays/${ids.replay}`],
	];
	const nothing = {conversation: 'c_0123456789abc', approval: 'a_0123456789abc', turn: 't_0123456789abc', replay: 'r_0123456789abc'};
	let ofRed;

	suite.test('every route answers the other tenant’s ids like unknown ones', async () => {
		ofRed = await fill(red);
		const unknown = routes(nothing);
		for (const [i, [method, path, body]] of routes(ofRed).entries()) {
			const theirs = await server.call(method, path, {body, ...blue});
			const none = await server.call(method, unknown[i][1], {body, ...blue});
			assert.equal(theirs.status, 404, `${method} ${path}: ${theirs.text}`);
			assert.deepEqual(theirs.body, none.body, `${method} ${path}`);
		}
	});

	suite.test('nothing of it happened', async () => {
		const one = (await server.get(`/v1/conversations/${ofRed.conversation}`, red)).body;
		assert.equal(one.status, 'waiting');
		assert.equal((await server.get(`/v1/approvals/${ofRed.approval}`, red)).body.status, 'pending');
		assert.deepEqual(await shop.effects(), []);
	});

	suite.test('the demo’s callers without a key do not see it either', async () => {
		for (const [method, path, body] of routes(ofRed))
			assert.equal((await server.call(method, path, {body})).status, 404, path);
	});

	suite.test('lists hold the own rows alone, also after an id of the other tenant', async () => {
		const ofBlue = await fill(blue);
		const mine = (await server.get('/v1/conversations', blue)).body.conversations.map(one => one.id);
		assert.equal(mine.length, 2);
		assert.ok(mine.includes(ofBlue.conversation) && !mine.includes(ofRed.conversation));
		assert.deepEqual((await server.get('/v1/approvals', blue)).body.approvals.map(one => one.id), [ofBlue.approval]);
		const after = await server.get(`/v1/conversations?after=${ofRed.conversation}`, blue);
		assert.ok(after.body.conversations.every(one => mine.includes(one.id)));
		const waiting = (await server.get('/v1/conversations?status=waiting', blue)).body.conversations;
		assert.deepEqual(waiting.map(one => one.queue_position), [1]);
	});

	suite.test('ids with another meaning are not there', async () => {
		for (const path of [`/v1/turns/${ofRed.conversation}`, `/v1/conversations/${ofRed.turn}`, `/v1/approvals/${ofRed.message}`,
			'/v1/conversations/1', '/v1/turns/%00', '/v1/approvals/a_', `/v1/conversations/${ofRed.conversation.slice(0, -1)}`])
			assert.equal((await server.get(path, red)).status, 404, path);
	});

	suite.test('the same person, text and Idempotency-Key of two tenants are two messages', async () => {
		const once = {'Idempotency-Key': 'shared-key'};
		const [one, two] = await Promise.all([red, blue].map(({headers}) =>
			server.say('Hello', {id: 'same', email: 'same@example.com'}, {headers: {...headers, ...once}})));
		assert.equal(one.status, 200);
		assert.equal(two.status, 200);
		assert.equal(two.headers['idempotency-replayed'], undefined);
		assert.notEqual(one.body.conversation_id, two.body.conversation_id);
		assert.notEqual(one.body.message_id, two.body.message_id);
	});

	suite.test('the e-commerce chat of one tenant is not the other’s', async () => {
		const chat = {message: 'Hello', customer_email: 'john.doe@example.com'};
		const one = (await server.post('/api/chat', chat, red)).body, two = (await server.post('/api/chat', {...chat, session_id: one.session_id}, blue)).body;
		const of = async options => (await server.get('/v1/conversations?limit=200', options)).body.conversations.map(each => each.id);
		assert.ok(one.session_id && two.session_id, JSON.stringify(one));
		const reds = await of(red);
		assert.ok((await of(blue)).every(id => !reds.includes(id)));
	});

	suite.test('a tenant in the body or the query is an unknown field, or nothing', async () => {
		const body = {from: {id: 'x'}, text: 'Hello', tenant: 'red'};
		assert.equal((await server.post('/v1/messages', body, blue)).status, 422);
		assert.equal((await server.get(`/v1/conversations/${ofRed.conversation}?tenant=red`, {headers: {...blue.headers, 'X-Tenant': 'red'}})).status, 404);
	});

	suite.test('a widget key is no API key', async () => {
		const [widget] = await server.key('--tenant', 'red', '--widget', '--origin', 'https://red.example');
		assert.equal((await server.get('/v1/conversations', {headers: bearer(widget)})).status, 401);
	});

	suite.test('outside the demo there is nothing without a key', async () => {
		const closed = await suite.server({demo: false, env: {PARLEY_VARIABLES: JSON.stringify({customers_url: shop.urls.customers,
			orders_url: shop.urls.orders, tracking_url: shop.urls.tracking})}});
		for (const [method, path, body] of [...routes(nothing), ['GET', '/v1/conversations'], ['GET', '/v1/approvals'],
			['POST', '/v1/messages', {from: {id: 'x'}, text: 'Hello'}],
			['POST', '/api/chat', {message: 'Hello', customer_email: 'john.doe@example.com'}]]) {
			const answer = await closed.call(method, path, {body});
			assert.ok([401, 404].includes(answer.status), `${method} ${path}: ${answer.status}`);
			assert.equal(answer.status, 401, `${method} ${path}`);
		}
		assert.equal((await closed.post('/v1/webchat/sessions', {})).status, 401);
		assert.equal((await closed.get('/demo/customers.json')).status, 404);
		const [key] = await closed.key('--tenant', 'red');
		assert.equal((await closed.say('Hello', {id: 'x'}, {headers: bearer(key)})).status, 200);
	});

	suite.test('no route is without a visit of another tenant', async () => {
		const {body} = await server.get('/openapi.json');
		const all = Object.entries(body.paths).flatMap(([path, item]) => Object.keys(item).map(method => `${method} ${path}`));
		assert.ok(all.length > 30);
		const needed = all.filter(route => !ofNobody.some(pattern => pattern.test(route)) && !elsewhere[route]);
		assert.deepEqual(needed.filter(route => !visited.has(route)), []);
		for (const [route, name] of Object.entries(elsewhere)) {
			assert.ok(all.includes(route), route);
			assert.ok(fs.readFileSync(`tests/api/${name}.test.mjs`, 'utf8').includes(route === 'get /ws' ? '/ws' : '/v1/webchat/'), route);
		}
	});
}
