// What opens something is never in a response that does not hand it out, in a URL that the server makes, or in its log, however much it logs.
import assert from 'node:assert/strict';

import {bearer, command} from './server.mjs';
import {sign} from './identity.test.mjs';
import {clientId, Visitor} from './webchat.mjs';
import {sleep} from './suite.mjs';

const origin = 'https://shop.example';

export default async function define(suite) {
	const server = await suite.server({demo: false, env: {PARLEY_LOG: 'debug'}});
	const secrets = new Map(), answers = [];

	// Every answer is kept with what it may hand out: a session its own token, a ticket itself.
	const call = server.call;
	server.call = async (method, target, options) => {
		const answer = await call.call(server, method, target, options);
		answers.push({what: `${method} ${target.replace(/\?.*/, '')}`, text: answer.text, headers: JSON.stringify(answer.headers)});
		return answer;
	};
	const mayHold = {session: 'POST /v1/webchat/sessions', token: 'POST /v1/webchat/sessions', 'visitor secret': 'POST /v1/webchat/sessions',
		ticket: 'POST /v1/webchat/tickets'};

	suite.test('keys, sessions, tickets, signatures and wrong ones are used on every entrance', async () => {
		const [api] = await server.key('--name', 'crm');
		const [page, secret] = await server.key('--name', 'page', '--widget', '--origin', origin);
		secrets.set('api key', api.slice(3)).set('widget secret', secret.slice(3));
		const hash = sign(secret, 'ann');
		secrets.set('signature', hash);
		const visitor = new Visitor(server, {widget_key: page, origin, user: {id: 'ann', hash}});
		assert.equal((await visitor.open()).status, 201);
		secrets.set('token', visitor.session.token).set('visitor secret', visitor.session.visitor_secret);
		const socket = await visitor.connect();
		socket.send({type: 'message', data: {client_id: clientId(), text: 'Hello'}});
		await socket.type('ack');
		socket.drop();
		assert.equal((await visitor.post('Hello again')).status, 200);
		const ticket = await visitor.ticket();
		secrets.set('ticket', ticket.ticket ?? ticket);
		for (let i = 0; i < 2; i++) { // the second time it is used up
			const stream = await Promise.race([server.get(`/v1/webchat/events?ticket=${ticket.ticket ?? ticket}`), sleep(300)]);
			assert.ok(i === 0 || stream.status === 401, JSON.stringify(stream));
		}
		const wrong = 'pk_wrong0123456789wrong0123456789wrong01234567';
		secrets.set('wrong key', wrong.slice(3)).set('wrong token', 'eyJwrong.token.here');
		for (const headers of [bearer(wrong), bearer('eyJwrong.token.here'), bearer(`${api}x`)]) {
			for (const path of ['/v1/conversations', '/v1/approvals', '/v1/turns/t_1'])
				assert.equal((await server.get(path, {headers})).status, 401);
			assert.equal((await server.post('/v1/webchat/messages', {client_id: clientId(), text: 'x'}, {headers})).status, 401);
		}
		const bad = hash.replace(/./, digit => (digit === '0' ? '1' : '0'));
		secrets.set('wrong signature', bad);
		assert.equal((await server.post('/v1/webchat/sessions', {widget_key: page, user: {id: 'ann', hash: bad}}, {headers: {Origin: origin}})).status, 401);
		const said = (await server.say('Hello', {id: 'eve'}, {headers: bearer(api)})).body;
		for (const path of ['/v1/conversations', `/v1/conversations/${said.conversation_id}`, `/v1/conversations/${said.conversation_id}/messages`,
			`/v1/turns/${said.turn_id}`, '/v1/approvals', '/metrics', '/openapi.json'])
			await server.get(path, {headers: bearer(api)});
		const list = await command('key', 'list', '--data', server.data);
		answers.push({what: 'key list', text: list.out + list.err, headers: ''});
		const id = /k_[0-9a-f]{16}/.exec(list.out)[0];
		const gone = await command('key', 'revoke', id, '--data', server.data);
		answers.push({what: 'key revoke', text: gone.out + gone.err, headers: ''});
	});

	suite.test('no response holds one, but the one that hands it out', async () => {
		assert.ok(answers.length > 20 && secrets.size >= 9);
		for (const {what, text, headers} of answers)
			for (const [name, secret] of secrets)
				assert.ok(!headers.includes(secret) && (mayHold[name] === what || !text.includes(secret)), `${what} holds the ${name}`);
	});

	suite.test('the log at level debug holds none, and no text that a customer wrote', async () => {
		const log = server.text();
		assert.match(log, /"level":"info"/);
		for (const [name, secret] of secrets)
			assert.ok(!log.includes(secret), `the log holds the ${name}`);
		assert.ok(!log.includes('Hello again'));
	});

	suite.test('a refusal says the same whatever was wrong with the key', async () => {
		const wrong = [{headers: bearer('pk_none')}, {headers: bearer('x')}, {headers: {Authorization: 'Basic eDp5'}}, {}];
		const bodies = [];
		for (const options of wrong) {
			const answer = await server.get('/v1/conversations', options);
			assert.equal(answer.status, 401);
			bodies.push(answer.text);
		}
		assert.equal(new Set(bodies.slice(0, 2)).size, 1);
	});
}
