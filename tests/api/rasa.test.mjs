// What a client of Rasa's HTTP API finds: /version, /status and /model/parse in Rasa's forms, with and without keys.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {bearer, command, wire} from './server.mjs';
import {until} from './suite.mjs';

const SHARED = process.env.PARLEY_SHARED ?? path.resolve('../shared');
const DESCRIPTION = path.join(SHARED, 'spec/official/rasa/rasa.json');
// Retrieval intents, with examples enough to learn from.
const QUESTIONS = {
	'faq/hours': ['when do you open', 'opening hours please', 'what time do you close', 'are you open on sunday',
		'until when are you open', 'how late are you open', 'is the library open now', 'do you close at noon'],
	'faq/fees': ['what does a card cost', 'how much is the fee', 'do i pay for a card', 'is borrowing free of charge',
		'the price of a membership', 'what do i owe for late books', 'any charges for students', 'how much for a year'],
	renew: ['renew my loan', 'extend this book please', 'keep it two weeks longer', 'i need more time for my book',
		'prolong the loan', 'can i have it longer', 'renew all my books', 'please extend my loans'],
};

export default async function define(suite) {
	const server = await suite.server();
	const closed = await suite.server({demo: false});
	const answers = []; // of all tests, to be held against the published description
	const noted = (method, target, answer) => {
		answers.push(JSON.stringify({method, path: target.split('?')[0], status: answer.status, body: answer.body}));
		return answer;
	};
	const parse = async (body, {query = '', on = server, ...options} = {}) =>
		noted('POST', '/model/parse', await on.post('/model/parse' + query, body, options));
	const get = async (target, {on = server, ...options} = {}) => noted('GET', target, await on.get(target, options));
	const refused = (answer, status, reason, said = /./) => {
		const {version, status: failure, message, reason: why, details, code} = answer.body;
		assert.equal(answer.status, status);
		assert.match(answer.headers['content-type'], /^application\/json/);
		assert.deepEqual([code, failure, why, typeof version, typeof details], [status, 'failure', reason, 'string', 'object']);
		assert.match(message, said);
		return answer;
	};

	suite.test('the version is told to everybody, the status to who may know', async () => {
		for (const on of [server, closed]) {
			const {status, body} = await get('/version', {on});
			assert.equal(status, 200);
			assert.match(body.version, /^3\.\d+\.\d+$/);
			assert.match(body.minimum_compatible_version, /^3\./);
		}
		const {body} = await get('/status');
		assert.match(body.model_file, /^ecommerce-\d/);
		assert.match(body.model_id, /^[0-9a-f]{64}$/);
		assert.equal(body.num_active_training_jobs, 0);
		refused(await get('/status', {on: closed}), 401, 'NotAuthenticated');
	});

	suite.test('a key is taken from the header only, and the answer says so', async () => {
		const [key] = await closed.key('--name', 'rasa');
		const text = {text: 'where is my order'};
		assert.equal((await parse(text, {on: closed, headers: bearer(key)})).status, 200);
		assert.equal((await get('/status', {on: closed, headers: bearer(key)})).status, 200);
		const none = refused(await parse(text, {on: closed}), 401, 'NotAuthenticated', /API key/);
		assert.equal(none.headers['www-authenticate'], 'Bearer');
		refused(await parse(text, {on: closed, headers: bearer('pk_none')}), 401, 'NotAuthenticated', /not valid/);
		refused(await parse(text, {on: closed, query: `?token=${key}`}), 401, 'NotAuthenticated', /in the address.*Bearer/);
		refused(await get(`/status?token=${key}`, {on: closed}), 401, 'NotAuthenticated', /in the address/);
		const [widget] = await closed.key('--name', 'page', '--widget', '--origin', 'https://shop.example');
		refused(await parse(text, {on: closed, headers: bearer(widget)}), 401, 'NotAuthenticated', /not valid/);
		assert.ok(!closed.text().includes(key), 'a key in the log');
	});

	suite.test('places count code points: emoji, combining marks, other scripts', async () => {
		const text = 'Ünlü 😀👩‍👩‍👧 e\u0301cole ภาษา where is my order ORD-1A2B3C4D? Write to ann@shop.example, or +1 415 555 2671';
		const {status, body} = await parse({text, message_id: 'm1'});
		const points = [...text]; // Python's strings count the same
		assert.equal(status, 200);
		assert.deepEqual([body.text, body.message_id], [text, 'm1']);
		assert.equal(body.intent.name, 'order_inquiry');
		assert.equal(body.intent_ranking[0].name, body.intent.name);
		assert.ok(body.intent_ranking.every((s, i, all) => i === 0 || s.confidence <= all[i - 1].confidence));
		for (const [kind, said] of [['order_id', 'ORD-1A2B3C4D'], ['email', 'ann@shop.example'], ['phone', '+1 415 555 2671']]) {
			const entity = body.entities.find(e => e.entity === kind);
			assert.ok(entity, kind);
			assert.equal(points.slice(entity.start, entity.end).join(''), said);
			assert.equal(typeof entity.confidence_entity, 'number');
		}
		const words = body.text_tokens.map(([start, end]) => points.slice(start, end).join(''));
		assert.equal(words[0], 'Ünlü');
		assert.ok(words.includes('e\u0301cole') && words.includes('order') && !words.includes('?'), words.join('|'));
		assert.equal(body.response_selector, undefined);
	});

	suite.test('texts at the edges', async () => {
		for (const text of ['', ' ', '\u0000', '\ufffd', '!!!', 'x'.repeat(10000), '😀'.repeat(10000)]) {
			const {status, body} = await parse({text});
			assert.equal(status, 200, text.slice(0, 10));
			assert.equal(body.text, text);
			assert.equal(typeof body.intent.name, 'string');
		}
		assert.equal((await parse({text: 'hi', later: 1})).status, 200, 'members of other versions are ignored');
		refused(await parse({text: 'x'.repeat(10001)}), 400, 'BadRequest', /10000/);
		refused(await parse({text: '😀'.repeat(10001)}), 400, 'BadRequest', /./);
		refused(await parse({}), 400, 'BadRequest', /text/);
		refused(await parse({text: 5}), 400, 'BadRequest', /text: must be/);
		refused(await parse({text: 'hi', message_id: 'x'.repeat(201)}), 400, 'BadRequest', /message_id/);
		refused(await parse(undefined, {raw: '{'}), 400, 'BadRequest');
		refused(await parse(undefined, {raw: Buffer.from('{"text":"\xff"}', 'latin1')}), 400, 'BadRequest');
	});

	suite.test('errors before the handler have the form too', async () => {
		refused(await server.call('PUT', '/model/parse', {body: {}}), 405, 'MethodNotAllowed');
		refused(await server.post('/version', {}), 405, 'MethodNotAllowed');
		refused(await parse(undefined, {raw: 'text', headers: {'Content-Type': 'text/plain'}}), 415, 'UnsupportedMediaType');
		refused(await parse(undefined, {raw: Buffer.alloc(2 << 20, 32)}), 413, 'ContentTooLarge');
		const text = await wire(server.port, 'POST /model/parse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
		assert.match(text, /^HTTP\/1\.1 411 [^]*"reason":"LengthRequired"/);
		assert.match((await server.get('/v1/none')).headers['content-type'], /problem\+json/);
	});

	const said = 'send ORD-1A2B3C4D and ORD-7F3E9A21 to ann@shop.example 😀 by +1 415 555 2671';
	const place = part => [...said.slice(0, said.indexOf(part))].length;

	suite.test('as Wit.ai answers', async () => {
		const {status, body} = await server.post('/model/parse?emulation_mode=wit', {text: said});
		assert.equal(status, 200);
		assert.deepEqual(Object.keys(body).sort(), ['entities', 'intents', 'text', 'traits']);
		assert.equal(body.intents.length, 1);
		const orders = body.entities['order_id:order_id'];
		assert.deepEqual(orders.map(e => [e.name, e.role, e.body, e.value, e.start, e.end]),
			['ORD-1A2B3C4D', 'ORD-7F3E9A21'].map(id => ['order_id', 'order_id', id, id, place(id), place(id) + 12]));
		assert.equal(body.entities['phone:phone'][0].start, place('+1'));
	});

	suite.test('as LUIS answers', async () => {
		const {body} = await server.post('/model/parse?emulation_mode=LUIS', {text: said});
		const {topIntent, intents, entities, normalizedQuery} = body.prediction;
		assert.deepEqual([body.query, normalizedQuery], [said, said]);
		assert.equal(Object.keys(intents)[0], topIntent);
		assert.equal(typeof intents[topIntent].score, 'number');
		assert.deepEqual(entities.order_id, ['ORD-1A2B3C4D', 'ORD-7F3E9A21']);
		assert.deepEqual(entities.$instance.order_id.map(e => [e.type, e.text, e.startIndex, e.length]),
			['ORD-1A2B3C4D', 'ORD-7F3E9A21'].map(id => ['order_id', id, place(id), 12]));
		assert.deepEqual(Object.keys(entities.$instance).sort(), Object.keys(entities).filter(k => k !== '$instance').sort());
	});

	suite.test('as Dialogflow answers', async () => {
		const first = (await server.post('/model/parse?emulation_mode=DIALOGFLOW', {text: said})).body;
		const {queryText, action, parameters, intent, intentDetectionConfidence} = first.queryResult;
		assert.match(first.responseId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		assert.equal(queryText, said);
		assert.deepEqual([intent.name, intent.displayName], [action, action]);
		assert.equal(typeof intentDetectionConfidence, 'number');
		assert.deepEqual(parameters.order_id, ['ORD-1A2B3C4D', 'ORD-7F3E9A21']);
		assert.notEqual((await server.post('/model/parse?emulation_mode=dialogflow', {text: said})).body.responseId, first.responseId);
	});

	suite.test('another service is none', async () => {
		const {body} = refused(await parse({text: said}, {query: '?emulation_mode=LEX'}), 400, 'BadRequest', /WIT, LUIS or DIALOGFLOW/);
		assert.deepEqual(body.details, {parameter: 'emulation_mode', in: 'query'});
	});

	suite.test('a retrieval intent is the intent, its key is selected', async () => {
		const folder = path.join(suite.folder, 'library'), examples = path.join(folder, 'nlu/library.yaml');
		assert.equal((await command('new', 'pack', folder)).code, 0);
		fs.writeFileSync(examples, 'version: "3.1"\nnlu:\n' + Object.entries(QUESTIONS)
			.map(([name, texts]) => `  - intent: ${name}\n    examples: |\n${texts.map(t => `      - ${t}\n`).join('')}`).join(''));
		const library = await suite.server({args: ['--pack', folder]});
		const {body} = await parse({text: 'what time do you close'}, {on: library});
		assert.equal(body.intent.name, 'faq');
		assert.deepEqual(body.intent_ranking.filter(s => s.name.startsWith('faq')).length, 1);
		const {all_retrieval_intents, faq} = body.response_selector;
		assert.deepEqual(all_retrieval_intents, ['faq']);
		assert.equal(faq.ranking[0].intent_response_key, 'faq/hours');
		assert.deepEqual([faq.response.intent_response_key, faq.response.utter_action], ['faq/hours', 'utter_faq/hours']);
		// A reload is told while it lasts: the pack's examples changed, so there is something to learn.
		fs.appendFileSync(examples, '      - one more please\n');
		const was = (await get('/status', {on: library})).body.model_id;
		library.child.kill('SIGHUP');
		await until('the new pack is used', async () => (await get('/status', {on: library})).body.model_id !== was);
		await until('nothing is learnt any more', async () => (await get('/status', {on: library})).body.num_active_training_jobs === 0);
		// Warnings are logged as they become true, each once.
		const warned = () => library.lines().filter(line => line.level === 'warn' && /"One more, please!" is there already/.test(line.why)).length;
		const next = async text => {
			const before = (await get('/status', {on: library})).body.model_id;
			fs.appendFileSync(examples, text);
			library.child.kill('SIGHUP');
			await until('another pack', async () => (await get('/status', {on: library})).body.model_id !== before);
		};
		assert.equal(warned(), 0);
		await next('      - One more, please!\n');
		assert.equal(warned(), 1);
		await next('# nothing new\n');
		assert.equal(warned(), 1);
	});

	suite.test('the published description allows every answer', async () => {
		if (!fs.existsSync(DESCRIPTION)) {
			suite.skip(`there is no ${DESCRIPTION}`);
			return;
		}
		const {status, stdout, stderr} = spawnSync('python3', ['tests/api/openapi_schema.py', DESCRIPTION],
			{input: answers.join('\n'), encoding: 'utf8'});
		if (status === 3)
			suite.skip(stdout.trim());
		else
			assert.equal(status, 0, stdout + stderr);
	});
}
