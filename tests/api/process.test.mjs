// The server as a process: who holds the data, a busy port, reload, stopping.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {command} from './server.mjs';
import {sleep, until} from './suite.mjs';
import {Socket} from './websocket.mjs';

export default async function define(suite) {
	const shop = await suite.shop();
	const pack = path.join(suite.folder, 'pack');
	fs.cpSync('packs/ecommerce', pack, {recursive: true});
	const server = await suite.server({args: [...shop.options, '--pack', pack]});
	const responses = path.join(pack, 'responses.yaml');
	const original = fs.readFileSync(responses, 'utf8');
	const policy = path.join(pack, 'policy.yaml');
	const from = {id: 'jane', email: 'jane.smith@example.com'};

	suite.test('a second server on the same data refuses and names who holds it', async () => {
		const {code, err} = await command('serve', '--demo', '--listen', '127.0.0.1:0', '--data', server.data);
		assert.equal(code, 1);
		assert.match(err, new RegExp(`\\b${server.child.pid}\\b`));
		assert.equal((await server.say('Hello', from)).status, 200);
	});

	suite.test('a busy port is named, with the flag that changes it', async () => {
		const {code, err} = await command('serve', '--demo', '--listen', `127.0.0.1:${server.port}`, '--data', path.join(suite.folder, 'other'));
		assert.equal(code, 1);
		assert.match(err, new RegExp(`${server.port}`));
		assert.match(err, /--listen/);
	});

	suite.test('SIGHUP with a broken pack keeps the working one and says where it is broken', async () => {
		const good = fs.readFileSync(policy, 'utf8');
		const lines = good.split('\n');
		const at = lines.findIndex(line => /^\s*when: /.test(line));
		assert.ok(at > 0, 'policy.yaml has a rule to break');
		lines[at] = lines[at].replace(/when: .*/, 'when: "sentiment.lable == 1"');
		fs.writeFileSync(policy, lines.join('\n'));
		server.child.kill('SIGHUP');
		const line = await until('the error', () => server.lines().find(one => one.level === 'error'));
		assert.match(JSON.stringify(line), new RegExp(`policy\\.yaml:${at + 1}\\b`));
		assert.match((await server.say('Where is my order ORD-5C8D2E6F?', from)).body.replies[0].text, /ORD-5C8D2E6F/);
		fs.writeFileSync(policy, good);
	});

	suite.test('SIGHUP with a good pack switches, and a running turn ends on the version it began with', async () => {
		const hash = /\((\w+)\)/;
		const version = async turn => hash.exec((await server.get(`/v1/turns/${turn}`)).body.pack)[1];
		const before = await version((await server.say('Hello', from)).body.turn_id);
		await shop.control({latency_ms: 1500});
		const running = server.say('Where is my order ORD-4D5E6F70?', {...from, id: 'running'});
		await until('the turn runs', async () => (await server.metrics()).parley_turns_running > 0);
		fs.writeFileSync(responses, `${original}\n# another version\n`);
		server.child.kill('SIGHUP');
		await until('the reload', () => server.lines().find(one => one.msg === 'pack reloaded'));
		const next = (await server.say('Hello', {id: 'next'})).body;
		assert.notEqual(await version(next.turn_id), before);
		const answer = await running;
		assert.equal(answer.status, 200);
		assert.match(answer.body.replies[0].text, /ORD-4D5E6F70/);
		assert.equal(await version(answer.body.turn_id), before);
		await shop.control({});
	});

	suite.test('what is written while a pack is read again is read too', async () => {
		const greeting = (word) => original.replaceAll('this is {{company}}', `this is ${word}`).replaceAll('welcome to {{company}}', `this is ${word}`);
		for (const word of ['First', 'Second', 'Third']) {
			fs.writeFileSync(responses, greeting(word));
			server.child.kill('SIGHUP');
			// A part of the time that a reading takes: at least the last signal comes during one.
			await sleep(5);
		}
		let number = 0;
		await until('the last text', async () => {
			const {body} = await server.say('Hello', {id: `greeted-${++number}`});
			return body.replies[0].text.includes('this is Third');
		});
		fs.writeFileSync(responses, original);
	});

	suite.test('what was approved is judged again by the pack as it is then', async () => {
		const actions = path.join(pack, 'actions.yaml');
		const good = fs.readFileSync(actions, 'utf8');
		const allowed = 'fits: record.status in ["delivered", "cancelled", "returned"] && record.payment_status == "paid"';
		assert.equal(good.split(allowed).length, 2);
		const reloads = () => server.lines().filter(one => one.msg === 'pack reloaded').length;
		const reload = async text => {
			const before = reloads();
			fs.writeFileSync(actions, text);
			server.child.kill('SIGHUP');
			await until('the reload', () => reloads() > before);
		};
		const propose = async who => {
			const asked = (await server.say('I want a refund for my monitor, it arrived broken', {id: who, email: 'sarah.connor@example.com'})).body;
			const {approvals} = (await server.get('/v1/approvals?status=pending')).body;
			return {asked, approval: approvals.find(one => one.conversation_id === asked.conversation_id)};
		};
		const over = turn => until('the end of the turn', async () => {
			const {body} = await server.get(`/v1/turns/${turn}`);
			return body.status !== 'running' && body;
		});
		const refunds = async () => (await shop.effects()).filter(one => one.action === 'refund').length;
		const before = await refunds();
		// The policy allows no refund any more; then there is no such action at all.
		for (const [text, reason] of [[good.replace(allowed, 'fits: "false"'), 'does_not_fit'],
			[good.replace('- name: process_refund', '- name: refund_by_hand'), 'no_such_action']]) {
			const {asked, approval} = await propose(`reload-${reason}`);
			assert.ok(approval, JSON.stringify(asked));
			await reload(text);
			const {body} = await server.post(`/v1/approvals/${approval.id}`, {decision: 'approve'});
			assert.equal(body.status, 'approved');
			const turn = await over(body.turn_id);
			assert.deepEqual(turn.execution.actions.map(one => [one.name, one.status, one.reason]), [['process_refund', 'refused', reason]]);
			const said = turn.causes.filter(one => one.actor === 'execution').map(one => `${one.rule}: ${one.detail}`).join('; ');
			assert.match(said, /verdict: approved by .*: refused/);
			if (reason === 'does_not_fit')
				assert.match(said, /process_refund \(actions\.yaml:\d+\): refused does_not_fit/);
			assert.equal(await refunds(), before);
			assert.equal((await server.post(`/v1/approvals/${approval.id}`, {decision: 'approve'})).status, 409);
			await reload(good);
		}
	});

	suite.test('SIGTERM ends the running turn first, refuses new messages, and exits with 0', async () => {
		await shop.control({latency_ms: 1000});
		const running = server.say('Where is my order ORD-5C8D2E6F?', {...from, id: 'last'});
		await until('the turn runs', async () => (await server.metrics()).parley_turns_running > 0);
		const gone = server.kill('SIGTERM');
		const refused = await until('the refusal', async () => {
			const answer = await server.say('Hello', {id: 'late'}).catch(() => ({status: 'closed'}));
			return answer.status !== 200 && answer;
		});
		if (refused.status !== 'closed') {
			assert.equal(refused.status, 503);
			assert.ok(Number(refused.headers['retry-after']) >= 1);
		}
		const answer = await running;
		assert.equal(answer.status, 200);
		assert.match(answer.body.replies[0].text, /ORD-5C8D2E6F/);
		assert.deepEqual(await gone, {code: 0, signal: null});
		await shop.control({});
	});

	suite.test('SIGTERM twice ends at once; the turn goes on when it starts again', async () => {
		await server.start();
		await shop.control({latency_ms: 1500});
		const sockets = [new Socket(server.port, '/ws', {from: server.address})];
		await sockets[0].type('connected');
		sockets[0].send({type: 'chat', data: {message: 'Where is my order?', customer_email: 'john.doe@example.com'}});
		await sockets[0].type('message_sent');
		const key = {headers: {'Idempotency-Key': 'twice'}};
		server.say('Where is my order ORD-5C8D2E6F?', {...from, id: 'twice'}, key).catch(() => {});
		await until('both turns run', async () => (await server.metrics()).parley_turns_running >= 2);
		server.child.kill('SIGTERM');
		await sleep(50);
		const began = Date.now();
		assert.deepEqual(await server.kill('SIGTERM'), {code: 0, signal: null});
		assert.ok(Date.now() - began < 10000);
		await shop.control({});
		await server.start();
		const answer = await until('the answer', async () => {
			const again = await server.say('Where is my order ORD-5C8D2E6F?', {...from, id: 'twice'}, key);
			return again.status === 200 && again.body;
		});
		assert.match(answer.replies[0].text, /ORD-5C8D2E6F/);
	});

	suite.test('SIGTERM twice while commits are on their way ends in order, each time', async () => {
		for (let round = 0; round < 5; round++) {
			if (!server.up)
				await server.start();
			const many = Array.from({length: 200}, (_, n) => server.say('Hello', {id: `many-${n}`}).catch(() => null));
			await many[0];
			server.child.kill('SIGTERM');
			await sleep(round);
			const ended = await server.kill('SIGINT');
			assert.deepEqual(ended, {code: 0, signal: null});
			await Promise.all(many);
		}
		await server.start();
		assert.equal((await server.say('Hello', from)).status, 200);
	});

	suite.test('SIGTERM waits drain_ms for a turn and no longer; the turn goes on when it starts again', async () => {
		const hasty = await suite.server({args: shop.options, env: {PARLEY_DRAIN_MS: '100'}});
		const slow = {...from, id: 'hasty'}, key = {headers: {'Idempotency-Key': 'hasty'}};
		await shop.control({latency_ms: 1500});
		const running = hasty.say('Where is my order ORD-5C8D2E6F?', slow, key).catch(() => ({status: 'closed'}));
		await until('the turn runs', async () => (await hasty.metrics()).parley_turns_running > 0);
		assert.deepEqual(await hasty.kill('SIGTERM'), {code: 0, signal: null});
		assert.notEqual((await running).status, 200);
		await shop.control({});
		await hasty.start();
		await until('the answer', async () => (await hasty.say('Where is my order ORD-5C8D2E6F?', slow, key)).status === 200);
	});
}
