// The web chat without WebSockets, changing transports, and a server that dies in the middle.
import assert from 'node:assert/strict';

import {bearer} from './server.mjs';
import {until} from './suite.mjs';
import {clientId, isReply, messages, Visitor} from './webchat.mjs';

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options});
	const visit = async more => {
		const visitor = new Visitor(server, more);
		assert.equal((await visitor.open()).status, 201);
		return visitor;
	};

	suite.test('a stream opens with a ticket, once, and carries the frames of the WebSocket', async () => {
		const visitor = await visit();
		const socket = await visitor.connect();
		const {status, body} = await server.post('/v1/webchat/tickets', undefined, {headers: visitor.auth});
		assert.equal(status, 201);
		assert.ok(body.expires_at > Date.now() && body.expires_at <= Date.now() + 31000);
		const stream = await visitor.stream(`?ticket=${body.ticket}`);
		assert.equal(stream.status, 200);
		assert.match(stream.headers['content-type'], /^text\/event-stream/);
		assert.equal(stream.headers['cache-control'], 'no-store');
		const again = await visitor.stream(`?ticket=${body.ticket}`);
		assert.equal(again.status, 401);
		assert.equal((await visitor.stream('?ticket=wrong')).status, 401);
		assert.equal((await visitor.stream('')).status, 401);

		const posted = await visitor.post('Hello');
		assert.equal(posted.status, 200);
		await stream.see('the reply', isReply);
		await socket.see('the reply', isReply);
		assert.equal(stream.retry, 3000);
		assert.equal(stream.frames[0].type, 'ready');
		assert.deepEqual(messages(stream.frames), messages(socket.frames));
		assert.deepEqual(stream.ids, stream.frames.filter(one => one.seq).map(one => one.seq));
		const own = messages(stream.frames)[0];
		assert.deepEqual(posted.body, {client_id: own.data.client_id, id: own.id, seq: own.seq});
		stream.drop();
		socket.drop();
	});

	suite.test('a client that can set headers needs no ticket', async () => {
		const visitor = await visit();
		const stream = await visitor.stream('', bearer(visitor.session.token));
		assert.equal(stream.status, 200);
		await stream.see('ready', one => one.type === 'ready');
		assert.equal((await visitor.stream('', bearer('wrong'))).status, 401);
		stream.drop();
	});

	suite.test('after_seq and Last-Event-ID: the larger one counts', async () => {
		const visitor = await visit();
		await visitor.post('Hello');
		const whole = await visitor.stream('?after_seq=0', visitor.auth);
		await whole.see('the reply', isReply);
		const all = messages(whole.frames);
		assert.equal(all.length, 2);
		whole.drop();
		const after = async (query, headers) => {
			const stream = await visitor.stream(query, {...visitor.auth, ...headers});
			const socket = await visitor.connect(); // its typing and pongs come later than what is resumed
			await stream.see('ready', one => one.type === 'ready');
			await visitor.post('Thank you');
			await until('what comes next', () => stream.frames.filter(isReply).some(one => one.seq > all[1].seq));
			stream.drop();
			socket.drop();
			return messages(stream.frames).map(one => one.seq).filter(seq => seq <= all[1].seq);
		};
		assert.deepEqual(await after('?after_seq=0', {'Last-Event-ID': String(all[0].seq)}), [all[1].seq]);
		assert.deepEqual(await after(`?after_seq=${all[0].seq}`, {'Last-Event-ID': '0'}), [all[1].seq]);
		assert.deepEqual(await after(`?after_seq=${all[1].seq}`), []);
		assert.deepEqual(await after('', {'Last-Event-ID': 'nonsense'}), []);
	});

	suite.test('POST messages is idempotent, also at the same time, and never waits for the reply', async () => {
		await shop.control({latency_ms: 1000});
		try {
			const {body} = await server.get('/demo/customers.json');
			const visitor = await visit({user: {id: body.customers[0].id, hash: body.customers[0].hash}});
			const id = clientId();
			const first = await visitor.post('Where is my order?', id);
			const more = await Promise.all([1, 2, 3].map(() => visitor.post('Where is my order?', id)));
			for (const answer of [first, ...more]) {
				assert.equal(answer.status, 200, answer.text);
				assert.deepEqual(answer.body, first.body);
			}
			await visitor.open();
			assert.deepEqual(visitor.session.history.map(one => one.author.kind), ['visitor']); // the shop has not answered yet
			assert.equal((await visitor.post('Where is my parcel?', id)).status, 422);
			const stream = await visitor.stream('?after_seq=0', visitor.auth);
			await stream.see('the reply', isReply);
			assert.equal(messages(stream.frames).length, 2);
			stream.drop();
			assert.deepEqual((await visitor.post('Where is my order?', id)).body, first.body);
		} finally {
			await shop.control({});
		}
	});

	suite.test('POST messages refuses like the WebSocket does', async () => {
		const visitor = await visit();
		const post = (body, headers = visitor.auth) => server.post('/v1/webchat/messages', body, {headers});
		assert.equal((await post({client_id: 'client-id1', text: 'x'}, {})).status, 401);
		assert.equal((await post({client_id: 'client-id1', text: 'x'}, bearer('x.y.z'))).status, 401);
		assert.equal((await post({client_id: 'short', text: 'x'})).status, 422);
		assert.equal((await post({client_id: 'client-id1'})).status, 422);
		assert.equal((await post({client_id: 'client-id1', text: 'x'}, {...visitor.auth, 'Idempotency-Key': 'client-id2'})).status, 422);
		const answers = await Promise.all(Array.from({length: 14}, () => visitor.post('quick')));
		const slow = answers.filter(one => one.status === 429);
		assert.ok(slow.length >= 2, String(answers.map(one => one.status)));
		assert.ok(slow.every(one => Number(one.headers['retry-after']) >= 1));
	});

	suite.test('changing transports in the middle loses and repeats nothing', async () => {
		const visitor = await visit();
		const seen = [];
		let highest = 0;
		const take = frames => {
			for (const one of frames.filter(frame => frame.seq)) {
				assert.ok(one.seq > highest, `${one.seq} after ${highest}`);
				highest = one.seq;
				seen.push(one);
			}
		};
		for (let round = 0; round < 6; round++) {
			let from;
			if (round % 2) {
				from = await visitor.connect();
				from.send({type: 'resume', data: {after_seq: highest}});
			} else {
				from = await visitor.stream(`?ticket=${await visitor.ticket()}&after_seq=${highest}`);
			}
			await visitor.post(`Hello number ${round}`);
			// In half of the rounds the transport goes before the reply has come.
			if (round % 3)
				await from.see('the reply', one => isReply(one) && one.seq > highest);
			from.drop();
			take(from.frames);
		}
		await visitor.open();
		const path = `/v1/conversations/${visitor.session.conversation_id}`;
		await until('the end of the last turn', async () => (await server.get(path)).body.last_message.direction === 'outbound');
		await visitor.open();
		const last = await visitor.stream(`?after_seq=${highest}`, visitor.auth);
		await until('the rest', () => visitor.session.seq === Math.max(highest, ...last.frames.map(one => one.seq ?? 0)));
		last.drop();
		take(last.frames);
		const texts = messages(seen).filter(one => one.data.author.kind === 'visitor').map(one => one.data.text);
		assert.deepEqual(texts, Array.from({length: 6}, (_, i) => `Hello number ${i}`));
		assert.deepEqual(messages(seen).map(one => one.id), visitor.session.history.map(one => one.id));
	});

	suite.test('the server dies in the middle: what was acknowledged is answered, once', async () => {
		for (let round = 0; round < 3; round++) {
			const {body} = await server.get('/demo/customers.json');
			const {id, hash} = body.customers[round];
			await shop.control({latency_ms: 300});
			const visitor = new Visitor(server, {user: {id: `${id}`, hash}});
			await visitor.open();
			const before = visitor.session.seq;
			const socket = await visitor.connect();
			const key = clientId();
			socket.send({type: 'message', data: {client_id: key, text: 'Where is my order?'}});
			const ack = await socket.type('ack');
			await server.restart();
			await shop.control({});
			await socket.end();
			assert.equal((await visitor.open()).status, 201);
			const next = await visitor.connect();
			next.send({type: 'resume', data: {after_seq: before}});
			next.send({type: 'message', data: {client_id: key, text: 'Where is my order?'}}); // as if the ack had been lost
			assert.deepEqual((await next.type('ack')).data, ack.data);
			await next.see('the reply', one => isReply(one) && one.seq > ack.data.seq);
			next.send({type: 'ping'});
			await next.type('pong');
			// What is committed between `ready` and `resume` comes live and again; a client knows it by its id.
			const got = [...new Map(messages(next.frames).map(one => [one.id, one])).values()];
			assert.equal(got.filter(one => one.data.client_id === key).length, 1);
			assert.equal(got.filter(isReply).length, 1);
			next.drop();
		}
	});

	suite.test('SIGTERM says 1001 to WebSockets and ends streams', async () => {
		const own = await suite.server({args: shop.options});
		const visitor = new Visitor(own);
		await visitor.open();
		const socket = await visitor.connect();
		const stream = await visitor.stream('', visitor.auth);
		const gone = own.kill('SIGTERM');
		assert.equal(await socket.end(), 1001);
		await until('the end of the stream', () => stream.closed);
		assert.deepEqual(await gone, {code: 0, signal: null});
	});
}
