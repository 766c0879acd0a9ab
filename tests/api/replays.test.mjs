// Replays as jobs: what they find, whose turns they see, which packs they may name, and how they end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {bearer} from './server.mjs';
import {until} from './suite.mjs';

// A pack that acts less on its own: what a premium customer may get back without a colleague.
function packs(folder) {
	const all = path.join(folder, 'packs'), careful = path.join(all, 'careful'), broken = path.join(all, 'broken');
	fs.cpSync('packs/ecommerce', careful, {recursive: true});
	const file = path.join(careful, 'actions.yaml'), text = fs.readFileSync(file, 'utf8');
	const changed = text.replace(/premium: 250/, 'premium: 60');
	assert.notEqual(changed, text);
	fs.writeFileSync(file, changed);
	// A greeting whose example takes 300 KB as JSON.
	const long = path.join(all, 'long'), responses = path.join(long, 'responses.yaml');
	fs.cpSync('packs/ecommerce', long, {recursive: true});
	const said = fs.readFileSync(responses, 'utf8'), longer = said.replace('en: ["Hello{{#name}}', `en: ['${'"'.repeat(60000)}', "Hello{{#name}}`);
	assert.notEqual(longer, said);
	fs.writeFileSync(responses, longer.replace(/(en: \['"+'), "Hello[^\n]*(?:\n {11}"[^\n]*)*/, '$1]'));
	fs.cpSync('packs/ecommerce', broken, {recursive: true});
	fs.writeFileSync(path.join(broken, 'policy.yaml'), 'routes: {message: {steps: [nobody]}}\n');
	fs.cpSync('packs/gaming', path.join(folder, 'outside'), {recursive: true});
	fs.symlinkSync('../outside', path.join(all, 'link'));
	fs.writeFileSync(path.join(all, 'file'), 'no folder');
	fs.mkdirSync(path.join(all, 'empty'));
	return all;
}

export default async function define(suite) {
	const shop = await suite.shop();
	const server = await suite.server({args: shop.options, env: {PARLEY_PACKS: packs(suite.folder)}});
	const tenants = [];
	for (const name of ['red', 'blue', 'green', 'grey', 'pink'])
		tenants.push({headers: bearer((await server.key('--tenant', name))[0])});
	const [red, blue] = tenants;
	const john = {id: 'john', email: 'john.doe@example.com'};

	const ended = (id, options) => until(`the end of ${id}`, async () => {
		const {status, body} = await server.get(`/v1/replays/${id}`, options);
		assert.equal(status, 200, JSON.stringify(body));
		return body.state !== 'running' && body;
	}, 40000);
	async function replay(body, options) {
		const begun = await server.post('/v1/replays', body, options);
		assert.equal(begun.status, 202, begun.text);
		return ended(begun.body.id, options);
	}

	suite.test('recorded turns are the same, and only those of the own tenant are seen', async () => {
		await server.say('Where is my order ORD-1A2B3C4D?', john, red);
		await server.say('I want a refund for ORD-7F3E9A21, it arrived broken', john, red);
		await server.say('Hello', {id: 'anna'}, red);
		await server.say('Thanks', {id: 'anna'}, blue);
		const begun = await server.post('/v1/replays', {since: '1d'}, red);
		assert.equal(begun.status, 202, begun.text);
		assert.equal(begun.headers.location, `/v1/replays/${begun.body.id}`);
		assert.equal(begun.body.state, 'running');
		const done = await ended(begun.body.id, red);
		assert.equal(done.state, 'done', JSON.stringify(done));
		assert.equal(done.progress, 1);
		assert.deepEqual([done.result.turns, done.result.equal, done.result.conversations], [3, 3, 2]);
		assert.equal((await replay({}, blue)).result.turns, 1);
	});

	suite.test('a replay over the API has its share of the cores', async () => {
		// No more than there are conversations, which are three.
		const {result} = await replay({}, red);
		assert.equal(result.workers, Math.min(os.cpus().length, 16, 3));
	});

	suite.test('what another pack would have done, by conversation, with the difference of the replies', async () => {
		const done = await replay({since: '1d', pack: 'careful'}, red);
		assert.equal(done.state, 'done', JSON.stringify(done));
		const {result} = done;
		assert.deepEqual([result.conversations, result.conversations_otherwise], [2, 1]);
		assert.equal(result.conversations_by_kind.acted, 1);
		assert.equal(result.conversations_by_kind.answered, 1);
		assert.equal(result.conversations_by_kind.routed, 0);
		assert.equal(result.turns_by_kind.approval, 1);
		const [example] = result.examples;
		assert.match(example.diff, /^--- recorded\n\+\+\+ replayed\n@@ /);
		assert.match(example.said, /^I want a refund/);
		assert.ok(example.kinds.includes('acted'));
		assert.equal((await server.get(`/v1/turns/${example.turn}`, red)).status, 200);
		const other = (await replay({pack: 'careful'}, blue)).result;
		assert.deepEqual([other.turns, other.conversations_otherwise, other.examples.length], [1, 0, 0]);
	});

	suite.test('another tenant’s replay is not there', async () => {
		const {body: {id}} = await server.post('/v1/replays', {}, red);
		const none = await server.get('/v1/replays/r_0123456789abc', blue);
		assert.equal(none.status, 404);
		for (const method of ['GET', 'DELETE'])
			assert.deepEqual((await server.call(method, `/v1/replays/${id}`, blue)).body, none.body);
		assert.equal((await server.get(`/v1/replays/${id}`)).status, 404);
		assert.equal((await ended(id, red)).state, 'done');
	});

	suite.test('no pack outside the folder can be named', async () => {
		for (const pack of ['../outside', 'careful/../../outside', '/etc', 'link', 'file', 'empty', '.', '..', '', 'Careful', 'unknown',
			'-careful', 'careful/', 'careful\u0000', 'x'.repeat(65), '%2e%2e']) {
			const refused = await server.post('/v1/replays', {pack}, red);
			assert.equal(refused.status, 422, `${pack}: ${refused.text}`);
			assert.match(refused.headers['content-type'], /problem\+json/);
		}
		for (const body of [{since: 'tomorrow'}, {since: -5}, {pack: 5}, {data: '/etc'}, {tenant: 'blue'}])
			assert.equal((await server.post('/v1/replays', body, red)).status, 422, JSON.stringify(body));
		assert.equal((await server.post('/v1/replays', {}, {headers: bearer('pk_none')})).status, 401);
	});

	suite.test('a pack that does not load is said', async () => {
		const done = await replay({pack: 'broken'}, red);
		assert.equal(done.state, 'failed');
		assert.equal(done.detail, 'policy.yaml:1: routes: must be a list');
		assert.equal(done.result, undefined);
	});

	suite.test('one at a time, and the server answers meanwhile', async () => {
		const first = (await server.post('/v1/replays', {}, red)).body.id;
		const second = await server.post('/v1/replays', {}, red);
		assert.equal(second.status, 409, second.text);
		assert.ok(second.body.detail.includes(first));
		assert.equal((await server.say('Hello again', {id: 'anna'}, red)).status, 200);
		assert.equal((await ended(first, red)).state, 'done');
		assert.equal((await replay({}, red)).state, 'done');
	});

	suite.test('a few at a time of all tenants; each can be ended', async () => {
		const ids = [];
		for (const tenant of tenants.slice(0, 4))
			ids.push((await server.post('/v1/replays', {}, tenant)).body.id);
		const more = await server.post('/v1/replays', {}, tenants[4]);
		assert.equal(more.status, 429, more.text);
		assert.ok(Number(more.headers['retry-after']) > 0);
		for (const [i, id] of ids.entries()) {
			const gone = await server.call('DELETE', `/v1/replays/${id}`, tenants[i]);
			assert.equal(gone.status, 204, gone.text);
		}
		for (const [i, id] of ids.entries())
			assert.equal((await ended(id, tenants[i])).state, 'canceled');
		assert.equal((await server.call('DELETE', `/v1/replays/${ids[0]}`, red)).status, 204);
		assert.equal((await server.get(`/v1/replays/${ids[0]}`, red)).status, 404);
		assert.equal((await replay({}, red)).state, 'done');
	});

	suite.test('examples have so many bytes; what is left out is counted', async () => {
		for (let i = 0; i < 5; i++)
			await server.say('Hello', {id: `greets-${i}`}, tenants[2]);
		const done = await replay({pack: 'long'}, tenants[2]);
		assert.equal(done.state, 'done', JSON.stringify(done).slice(0, 300));
		const {examples, examples_left_out: left} = done.result ?? done;
		assert.ok(examples.length >= 1 && left >= 1 && examples.length + left === 5, `${examples.length} ${left}`);
		assert.ok(JSON.stringify(examples).length <= 1 << 20);
	});

	suite.test('64 ended ones are kept, the oldest goes', async () => {
		const first = (await replay({}, red)).id, second = (await replay({}, red)).id;
		let left = 63;
		await Promise.all(tenants.slice(0, 4).map(async tenant => {
			while (left-- > 0) {
				const {body: {id}} = await server.post('/v1/replays', {}, tenant);
				await ended(id, tenant);
			}
		}));
		assert.equal((await server.get(`/v1/replays/${first}`, red)).status, 404);
		assert.equal((await server.get(`/v1/replays/${second}`, red)).status, 200);
	});

	suite.test('after a restart the owner hears that it is gone, nobody else anything', async () => {
		const {body: {id}} = await server.post('/v1/replays', {}, red);
		await new Promise(done => setTimeout(done, 1100)); // ids tell seconds
		await server.restart();
		const gone = await server.get(`/v1/replays/${id}`, red);
		assert.equal(gone.status, 410, gone.text);
		assert.match(gone.body.detail, /started again/);
		assert.equal((await server.get(`/v1/replays/${id}`, blue)).status, 404);
		assert.equal((await replay({}, red)).state, 'done');
	});

	suite.test('one that runs ends with the server', async () => {
		await server.post('/v1/replays', {}, red);
		await server.stop();
	});
}
