// Who may learn and do what: a stated address proves nothing.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

import {bearer} from './server.mjs';
import {isReply, Visitor} from './webchat.mjs';

const ORDER = 'ORD-1A2B3C4D'; // John's
const SECRET_WORDS = /Headphones|UPS|TRK987654321|delivery|Springfield/;

export const sign = (secret, id) => crypto.createHmac('sha256', secret).update(id).digest('hex');

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const [key] = await server.key();
	let people = 0;

	// One message of somebody new; the texts of the replies.
	async function hear(text, from = {}, headers = {}) {
		const answer = await server.say(text, {id: `person${++people}`, ...from}, {headers});
		assert.equal(answer.status, 200, answer.text);
		return answer.body.replies.map(reply => reply.text).join('\n');
	}

	// The same from a web chat.
	async function hearInChat(body, text) {
		const visitor = new Visitor(server, body);
		const opened = await visitor.open();
		assert.equal(opened.status, 201, opened.text);
		const socket = await visitor.connect();
		socket.send({type: 'message', data: {client_id: `chat-${++people}-once`, text}});
		const reply = await socket.see('the reply', isReply);
		socket.drop();
		return reply.data.text;
	}

	suite.test('a guest is asked for what is missing, in the same words whether the order exists or not', async () => {
		const real = await hear(`Where is my order ${ORDER}?`);
		const invented = await hear('Where is my order ORD-00000000?');
		assert.equal(real, invented);
		assert.match(real, /e-mail/);
		assert.doesNotMatch(real, SECRET_WORDS);
	});

	suite.test('a stated e-mail address alone opens nothing', async () => {
		assert.doesNotMatch(await hear(`Where is my order ${ORDER}?`, {email: 'john.doe@example.net'}), SECRET_WORDS);
		assert.doesNotMatch(await hear('Where are my orders? I am john.doe@example.com'), SECRET_WORDS);
	});

	suite.test('an order id together with its e-mail is answered', async () => {
		assert.match(await hear(`Where is my order ${ORDER}? My email is john.doe@example.com`), SECRET_WORDS);
	});

	suite.test('an order id with another e-mail, a wrong id with a right e-mail: the same words', async () => {
		const other = await hear(`Where is my order ${ORDER}? My email is jane.smith@example.com`);
		const none = await hear('Where is my order ORD-00000000? My email is john.doe@example.com');
		assert.equal(other, none);
		assert.doesNotMatch(other, SECRET_WORDS);
	});

	suite.test('a guest cannot cause an action on an order', async () => {
		const before = (await shop.effects()).length;
		await hear('Cancel my order ORD-9B4A7C31 now');
		await hear('Cancel my order ORD-9B4A7C31 now, my email is john.doe@example.com');
		assert.equal((await shop.effects()).length, before);
	});

	suite.test('somebody else’s order stays closed to a verified customer', async () => {
		assert.doesNotMatch(await hear(`Where is my order ${ORDER}?`, {email: 'bob.wilson@example.com'}), SECRET_WORDS);
	});

	suite.test('the demo knows its customers', async () => {
		assert.match(await hear(`Where is my order ${ORDER}?`, {email: 'john.doe@example.com'}), SECRET_WORDS);
		const {body} = await server.get('/demo/customers.json');
		assert.deepEqual(body.customers.map(one => one.email), ['john.doe@example.com', 'jane.smith@example.com',
			'bob.wilson@example.com', 'sarah.connor@example.com']);
	});

	suite.test('an API key vouches for the person', async () => {
		assert.match(await hear(`Where is my order ${ORDER}?`, {email: 'john.doe@example.com'}, bearer(key)), SECRET_WORDS);
		assert.match(await hear(`Where is my order ${ORDER}?`, {email: 'john.doe@example.com'}, {'X-API-Key': key}), SECRET_WORDS);
	});

	suite.test('a wrong key is refused, also in the demo', async () => {
		for (const headers of [bearer('pk_wrong'), {'X-API-Key': 'pk_wrong'}, bearer(`${key}x`)]) {
			const answer = await server.say('Hello', {id: 'wrong'}, {headers});
			assert.equal(answer.status, 401);
			assert.match(answer.headers['www-authenticate'], /^Bearer/);
		}
	});

	suite.test('a signed user of the web chat is known, an unsigned one is a guest', async () => {
		const {body} = await server.get('/demo/customers.json');
		const {id, email, name, hash} = body.customers[0];
		assert.match(await hearInChat({user: {id, email, name, hash}}, 'Where is my order?'), SECRET_WORDS);
		assert.doesNotMatch(await hearInChat({user: {id, email, name}}, 'Where is my order?'), SECRET_WORDS);
		assert.doesNotMatch(await hearInChat({}, `Where is my order ${ORDER}?`), SECRET_WORDS);
	});

	suite.test('a wrong signature is refused and never a guest', async () => {
		const {body} = await server.get('/demo/customers.json');
		const [john, jane] = body.customers;
		for (const hash of [jane.hash, 'ab', john.hash.slice(0, 63), '0'.repeat(64)]) {
			const answer = await new Visitor(server, {user: {id: john.id, email: john.email, hash}}).open();
			assert.equal(answer.status, 401, hash);
			assert.match(answer.body.type, /\/identity-refused$/);
			assert.equal(answer.body.token, undefined);
		}
	});

	suite.test('the demo’s signature proves the preset e-mail, not the stated one', async () => {
		const {body} = await server.get('/demo/customers.json');
		const bob = body.customers[2];
		const user = {id: bob.id, hash: bob.hash, email: 'john.doe@example.com'};
		assert.doesNotMatch(await hearInChat({user}, 'Where is my order?'), SECRET_WORDS);
	});

	suite.test('a shop’s signature over the id does not prove an e-mail that the page states', async () => {
		const [widget, secret] = await server.key('--tenant', 'shop', '--widget', '--origin', 'https://shop.example');
		const origin = 'https://shop.example', email = 'john.doe@example.com', ask = 'Where is my order?';
		const as = user => hearInChat({origin, widget_key: widget, user}, ask);
		assert.doesNotMatch(await as({id: '42', email, hash: sign(secret, '42')}), SECRET_WORDS);
		assert.match(await as({id: '42', email, hash: sign(secret, `42\n${email}`)}), SECRET_WORDS);
		assert.match(await as({id: email, email, hash: sign(secret, email)}), SECRET_WORDS);
	});

	suite.test('a returning visitor needs the secret that the server issued', async () => {
		const visitor = new Visitor(server);
		const first = (await visitor.open()).body;
		const again = (await visitor.open()).body;
		assert.equal(again.visitor_id, first.visitor_id);
		const {visitor_id} = first;
		const other = (await new Visitor(server).open()).body;
		for (const body of [{visitor_id}, {visitor_id, visitor_secret: 'vs_x'}, {visitor_secret: first.visitor_secret},
			{visitor_id, visitor_secret: other.visitor_secret}, {visitor_id, visitor_secret: first.token},
			{visitor_id, visitor_secret: `vs_${first.token}`}]) {
			const answer = await server.post('/v1/webchat/sessions', body);
			assert.equal(answer.status, 401, JSON.stringify(body));
			assert.match(answer.body.type, /\/visitor-refused$/);
		}
		// Two tabs that renewed at the same moment both go on.
		for (const secret of [first.visitor_secret, again.visitor_secret])
			assert.equal((await server.post('/v1/webchat/sessions', {visitor_id, visitor_secret: secret})).status, 201);
	});

	suite.test('a visitor keeps the conversation, and nobody else sees it', async () => {
		const visitor = new Visitor(server);
		await visitor.open();
		await visitor.post('Hello from the first page');
		await visitor.open();
		assert.deepEqual(visitor.session.history.map(one => one.text)[0], 'Hello from the first page');
		const stranger = new Visitor(server);
		await stranger.open();
		assert.deepEqual(stranger.session.history, []);
		assert.equal(stranger.session.conversation_id, undefined);
	});
}
