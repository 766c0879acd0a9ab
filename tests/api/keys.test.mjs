// Keys come and go while the server runs: a revoked one is refused at its next request, and what it opened ends.
import assert from 'node:assert/strict';

import {bearer, command} from './server.mjs';
import {sleep, until} from './suite.mjs';
import {Visitor} from './webchat.mjs';
import {Socket} from './websocket.mjs';

const origin = 'https://shop.example';

export default async function define(suite) {
	const server = await suite.server({demo: false});
	const key = async (...args) => command('key', ...args, '--data', server.data);
	// The rows of the list: {id, kind, tenant, made, revoked, rest}.
	const list = async () => {
		const {code, out, err} = await key('list');
		assert.equal(code, 0, err);
		return out.trim().split('\n').slice(1).map(line => {
			const [id, kind, tenant, made, revoked, ...rest] = line.split(/\s+/);
			return {id, kind, tenant, made, revoked, rest: rest.join(' ')};
		});
	};
	const idOf = async name => (await list()).find(row => row.rest.startsWith(name)).id;
	const works = async held => (await server.get('/v1/conversations', {headers: bearer(held)})).status;

	suite.test('a list names what there is, and shows no key', async () => {
		assert.match((await key('list')).out, /no keys yet/);
		const [api] = await server.key('--name', 'crm', '--tenant', 'red');
		await server.key('--name', 'shop page', '--widget', '--origin', origin, '--origin', 'https://other.example');
		const rows = await list();
		assert.deepEqual(rows.map(({kind, tenant, revoked}) => [kind, tenant, revoked]),
			[['api', 'red', '-'], ['widget', 'default', '-']]);
		assert.equal(rows[1].rest, `shop page, ${origin} https://other.example`);
		for (const row of rows) {
			assert.match(row.id, /^k_[0-9a-f]{16}$/);
			assert.match(row.made, /^\d{4}-\d\d-\d\d$/);
		}
		assert.ok(!(await key('list')).out.includes(api.slice(3)));
	});

	suite.test('a revoked API key is refused at its next request, others go on, also after a restart', async () => {
		const [gone] = await server.key('--name', 'gone');
		const [stays] = await server.key('--name', 'stays');
		assert.equal(await works(gone), 200);
		const id = await idOf('gone');
		const {code, out} = await key('revoke', id);
		assert.equal(code, 0);
		assert.match(out, new RegExp(`${id} is revoked`));
		assert.equal(await works(gone), 401);
		assert.equal(await works(stays), 200);
		await server.restart();
		assert.equal(await works(gone), 401);
		assert.equal(await works(stays), 200);
		assert.match((await list()).find(row => row.id === id).revoked, /^\d{4}-/);
	});

	suite.test('a widget key: no new session, no message, and open chats of its pages end with 4401', async () => {
		const [widget_key] = await server.key('--name', 'page', '--widget', '--origin', origin);
		const [other_key] = await server.key('--name', 'kept', '--widget', '--origin', origin);
		const visitor = new Visitor(server, {widget_key, origin}), other = new Visitor(server, {widget_key: other_key, origin});
		assert.equal((await visitor.open()).status, 201);
		assert.equal((await other.open()).status, 201);
		const [socket, kept] = [await visitor.connect(), await other.connect()];
		const stream = await visitor.stream('', visitor.auth);
		assert.equal(stream.status, 200);
		assert.equal((await key('revoke', await idOf('page'))).code, 0);
		assert.equal(await socket.end(), 4401);
		await until('the stream to end', () => stream.closed);
		assert.equal((await visitor.open()).status, 401);
		assert.equal((await visitor.post('Hello')).status, 403);
		assert.equal(await visitor.ticket(), undefined);
		await sleep(100);
		kept.send({type: 'ping'});
		await kept.type('pong');
		kept.drop();
	});

	suite.test('an e-commerce WebSocket has to prove its key again', async () => {
		const [gone] = await server.key('--name', 'socket');
		const socket = await new Socket(server.port, '/ws?session_id=s1', {headers: bearer(gone), from: server.address}).opened();
		await socket.see('connected', one => one.type === 'connected');
		await key('revoke', await idOf('socket'));
		socket.send({type: 'ping'});
		assert.equal(await socket.end(), 4401);
	});

	suite.test('without a server it works on the folder', async () => {
		const [gone] = await server.key('--name', 'offline');
		const id = await idOf('offline');
		await server.stop();
		assert.equal((await key('revoke', id)).code, 0);
		await server.start();
		assert.equal(await works(gone), 401);
	});

	suite.test('what makes no sense is said', async () => {
		const id = (await list()).find(row => row.revoked !== '-').id;
		for (const [args, words] of [[['revoke', 'k_0000000000000000'], /there is no key k_0/], [['revoke', id], /revoked already/],
			[['revoke'], /parley key add .* revoke ID/], [['list', 'x'], /parley key add/], [['remove'], /add, list or revoke/]]) {
			const {code, err} = await key(...args);
			assert.notEqual(code, 0);
			assert.match(err, words);
		}
	});
}
