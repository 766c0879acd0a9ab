// Widget keys and the pages they are for: preflight, refused origins, the WebSocket's Origin.
import assert from 'node:assert/strict';

import {Visitor} from './webchat.mjs';
import {Socket} from './websocket.mjs';

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({demo: false, env: {PARLEY_VARIABLES: JSON.stringify({customers_url: shop.urls.customers,
		orders_url: shop.urls.orders, tracking_url: shop.urls.tracking})}});
	const red = 'https://red.example', blue = 'https://blue.example', evil = 'https://evil.example';
	const [redKey] = await server.key('--tenant', 'red', '--widget', '--origin', red, '--origin', 'http://localhost:3000');
	const [blueKey] = await server.key('--tenant', 'blue', '--widget', '--origin', blue);
	const allowed = answer => answer.headers['access-control-allow-origin'];

	suite.test('a preflight allows the origins of keys with the documented headers, and no other', async () => {
		for (const origin of [red, blue, 'http://localhost:3000']) {
			const answer = await server.call('OPTIONS', '/v1/webchat/sessions', {headers: {Origin: origin,
				'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type'}});
			assert.equal(answer.status, 204);
			assert.equal(allowed(answer), origin);
			assert.equal(answer.headers.vary, 'Origin');
			assert.equal(answer.headers['access-control-allow-methods'], 'GET, POST');
			assert.equal(answer.headers['access-control-allow-headers'], 'authorization, content-type, idempotency-key, last-event-id');
			assert.equal(answer.headers['access-control-max-age'], '86400');
			assert.equal(answer.headers['access-control-allow-credentials'], undefined);
		}
		for (const origin of [evil, 'https://red.example.evil.example', 'https://red.exampl', 'null', '*', `${red} ${blue}`.slice(0, 25)])
			assert.equal(allowed(await server.call('OPTIONS', '/v1/webchat/sessions', {headers: {Origin: origin}})), undefined, origin);
	});

	suite.test('a page can read why the server itself turned its message away', async () => {
		const post = (path, body, type = 'application/json') => server.call('POST', path, {body, headers: {Origin: red, 'Content-Type': type}});
		for (const [answer, status] of [[await post('/v1/webchat/sessions', JSON.stringify({widget_key: 'x'.repeat(20000)})), 413],
			[await post('/v1/webchat/sessions', 'widget_key=x', 'text/plain'), 415],
			[await server.call('DELETE', '/v1/webchat/sessions', {headers: {Origin: red}}), 405]]) {
			assert.equal(answer.status, status);
			assert.equal(allowed(answer), red);
			assert.equal(answer.headers.vary, 'Origin');
		}
		assert.equal(allowed(await post('/v1/messages', 'x', 'text/plain')), undefined);
		assert.equal(allowed(await server.call('POST', '/v1/webchat/sessions', {body: 'x', headers: {'Content-Type': 'text/plain'}})), undefined);
	});

	suite.test('only the web chat is for other pages; elsewhere OPTIONS names the methods', async () => {
		const answer = await server.call('OPTIONS', '/v1/messages', {headers: {Origin: red}});
		assert.equal(answer.status, 204);
		assert.equal(allowed(answer), undefined);
		assert.equal(answer.headers.allow, 'POST, OPTIONS');
		assert.match((await server.call('OPTIONS', '/v1/turns/t_1')).headers.allow, /^GET, HEAD, OPTIONS$/);
	});

	suite.test('a session is for pages of its own key', async () => {
		const open = (widget_key, origin) => server.post('/v1/webchat/sessions', {widget_key}, {headers: origin ? {Origin: origin} : {}});
		const good = await open(redKey, red);
		assert.equal(good.status, 201);
		assert.equal(allowed(good), red);
		assert.equal((await open(redKey)).status, 201); // no page: a server or an app
		for (const origin of [blue, evil, 'null', 'http://red.example', 'https://red.example:444']) {
			const answer = await open(redKey, origin);
			assert.equal(answer.status, 403, origin);
			assert.match(answer.body.type, /\/origin-refused$/);
			assert.equal(allowed(answer), undefined);
		}
		for (const key of ['wk_wrong', 'wk_demo', `${redKey}x`]) {
			const answer = await open(key, red);
			assert.equal(answer.status, 401);
			assert.match(answer.body.type, /\/widget-key-refused$/);
			assert.equal(allowed(answer), red); // so that the page can read why
		}
	});

	suite.test('refusals of a page’s requests can be read by the page', async () => {
		const headers = {Origin: red};
		for (const [path, body] of [['/v1/webchat/sessions', {widget_kye: 'x'}], ['/v1/webchat/sessions', {context: {a: 1}}],
			['/v1/webchat/messages', {}], ['/v1/webchat/tickets', undefined]]) {
			const answer = await server.post(path, body, {headers});
			assert.ok(answer.status >= 400, path);
			assert.equal(allowed(answer), red, path);
		}
		const visitor = new Visitor(server, {origin: red, widget_key: redKey});
		await visitor.open();
		const wrong = await server.post('/v1/webchat/messages', {text: 1}, {headers: visitor.auth});
		assert.equal(wrong.status, 422);
		assert.equal(allowed(wrong), red);
	});

	suite.test('a token is for pages of the key that it came from', async () => {
		const visitor = new Visitor(server, {origin: red, widget_key: redKey});
		await visitor.open();
		assert.equal((await visitor.post('Hello')).status, 200);
		const ticket = await visitor.ticket();
		visitor.headers = {Origin: blue};
		assert.equal((await visitor.post('Hello')).status, 403);
		assert.equal((await server.post('/v1/webchat/tickets', undefined, {headers: visitor.auth})).status, 403);
		assert.equal((await visitor.stream(`?ticket=${ticket}`, {Origin: blue})).status, 403);
	});

	suite.test('the WebSocket takes pages of the token’s key alone', async () => {
		const visitor = new Visitor(server, {origin: red, widget_key: redKey});
		await visitor.open();
		(await visitor.connect()).drop();
		for (const origin of [blue, evil, 'null']) {
			const socket = new Socket(server.port, '/v1/webchat/ws', {from: server.address, headers: {Origin: origin},
				protocols: ['conv.webchat.v1', `bearer.${visitor.session.token}`]});
			await socket.end();
			assert.equal(socket.refused, 403, origin);
		}
	});

	suite.test('the same when the token comes in the first frame', async () => {
		const visitor = new Visitor(server, {origin: red, widget_key: redKey});
		await visitor.open();
		const connect = async origin => {
			const socket = new Socket(server.port, '/v1/webchat/ws', {from: server.address, headers: {Origin: origin},
				protocols: ['conv.webchat.v1']});
			await socket.opened();
			socket.send({type: 'auth', data: {token: visitor.session.token}});
			return socket;
		};
		const good = await connect(red);
		await good.type('ready');
		good.drop();
		assert.equal(await (await connect(blue)).end(), 1008);
		const stranger = await connect(evil);
		await stranger.end();
		assert.equal(stranger.refused, 403);
	});

	suite.test('a token of one tenant shows nothing of another', async () => {
		const one = new Visitor(server, {origin: red, widget_key: redKey});
		await one.open();
		await one.post('Hello from red');
		const two = new Visitor(server, {origin: blue, widget_key: blueKey, visitor_id: one.body.visitor_id,
			visitor_secret: one.body.visitor_secret});
		const answer = await two.open();
		assert.equal(answer.status, 401);
		assert.match(answer.body.type, /\/visitor-refused$/);
	});
}
