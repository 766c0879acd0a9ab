import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, before, test} from 'node:test';

const program = resolve(process.env.PARLEY ?? 'build/parley-asan');
const folder = mkdtempSync(join(tmpdir(), 'parley-cli-'));
const environment = {...process.env, NO_COLOR: '', PARLEY_KEY: ''};
delete environment.PARLEY_KEY;
let server, address;

// Runs a command to its end: {code, out, err}. A command that hangs is ended and fails its test by its code.
async function run(args, {input = '', env = {}, cwd} = {}) {
	const child = spawn(program, args, {env: {...environment, ...env}, cwd});
	const timer = setTimeout(() => child.kill('SIGKILL'), 60000);
	let out = '', err = '';
	child.stdout.on('data', (data) => {
		out += data;
	});
	child.stderr.on('data', (data) => {
		err += data;
	});
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	const [code] = await once(child, 'close');
	clearTimeout(timer);
	return {code, out, err};
}

// Starts a command that stays, and gives it with its first line of output.
async function start(args, {cwd, by = program} = {}) {
	const child = spawn(by, args, {env: environment, cwd, stdio: ['ignore', 'pipe', 'inherit']});
	let text = '';
	for await (const data of child.stdout.iterator({destroyOnReturn: false})) {
		text += data;
		if (text.includes('\n'))
			break;
	}
	child.stdout.resume();
	return {child, line: text.slice(0, text.indexOf('\n'))};
}

async function stop(child) {
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	return (await ended)[0];
}

const chat = (lines, ...options) => run(['chat', '--server', address, ...options], {input: lines.map((l) => `${l}\n`).join('')});
const inbox = (...args) => run(['inbox', '--server', address, ...args]);
const lists = async () => JSON.parse((await inbox('--json')).out);
const ids = (rows) => rows.map((row) => row.id);

// The id of what a list holds now and did not before.
async function added(name, before) {
	const now = ids((await lists())[name]).filter((id) => !ids(before[name]).includes(id));
	assert.equal(now.length, 1, `one new row in ${name}`);
	return now[0];
}

before(async () => {
	const started = await start(['serve', '--demo', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), '--log', 'warn']);
	server = started.child;
	address = /http:\/\/127\.0\.0\.1:\d+/.exec(started.line)[0];
});

after(async () => {
	await stop(server);
	rmSync(folder, {recursive: true, force: true});
});

test('commands on the store find its folder as the server does: option, environment, parley.yaml, default', async () => {
	const place = mkdtempSync(join(folder, 'place-'));
	const wanted = (name) => new RegExp(`data folder ${name} holds no store`);
	const say = async (args, env = {}, verb = ['why', 'm_1']) => (await run([...verb, ...args], {env, cwd: place})).err;
	assert.match(await say([]), wanted('parley-data'));
	writeFileSync(join(place, 'parley.yaml'), 'data: from-file\n');
	writeFileSync(join(place, 'other.yaml'), 'data: from-other\n');
	assert.match(await say([]), wanted('from-file'));
	assert.match(await say(['--config', 'other.yaml']), wanted('from-other'));
	assert.match(await say([], {PARLEY_DATA: 'from-environment'}), wanted('from-environment'));
	assert.match(await say(['--data', 'from-option'], {PARLEY_DATA: 'from-environment'}), wanted('from-option'));
	for (const verb of [['replay'], ['db', 'backup', 'x'], ['test', 'add', 'c_1', '--pack', process.cwd() + '/packs/ecommerce']])
		assert.match(await say([], {}, verb), /from-file/, verb.join(' '));
	// These make the folder when it is missing.
	for (const verb of [['db', 'migrate'], ['key', 'add']]) {
		const made = `made-by-${verb[0]}`;
		await say([], {PARLEY_DATA: made}, verb);
		assert.ok(existsSync(join(place, made)), verb.join(' '));
	}
	// These need one that is there: a misspelt name makes no folder.
	for (const verb of [['erase', 'p_1'], ['key', 'revoke', 'k_1'], ['key', 'list']]) {
		assert.match(await say([], {PARLEY_DATA: 'misspelt'}, verb), /misspelt holds no store/);
		assert.ok(!existsSync(join(place, 'misspelt')), verb.join(' '));
	}
	writeFileSync(join(place, 'parley.yaml'), 'dta: x\n');
	assert.match(await say([]), /parley\.yaml:1.*did you mean "data"/);
	assert.match(await say(['--data', 'x']), wanted('x'));
});

test('the demo serves from any folder: packs are found beside the program or in its share folder', async () => {
	const place = mkdtempSync(join(folder, 'empty-')), made = mkdtempSync(join(folder, 'installed-'));
	mkdirSync(join(made, 'bin'));
	mkdirSync(join(made, 'share/parley'), {recursive: true});
	copyFileSync(program, join(made, 'bin/parley'));
	symlinkSync(resolve('packs'), join(made, 'share/parley/packs'));
	for (const by of [program, join(made, 'bin/parley')]) {
		const {child, line} = await start(['serve', '--demo', '--listen', '127.0.0.1:0', '--log', 'warn'], {cwd: place, by});
		const answer = await (await fetch(`${/http:\S+:\d+/.exec(line)[0]}/v1/messages`, {method: 'POST', headers: {'Content-Type': 'application/json'},
			body: JSON.stringify({channel: 'api', from: {id: 'x', email: 'john.doe@example.com'}, text: 'Where is my order ORD-1A2B3C4D?'})})).json();
		assert.match(answer.replies[0].text, /out for delivery/);
		assert.equal(await stop(child), 0);
	}
	const lost = await run(['serve', '--demo', '--pack', 'packs/nothing', '--data', 'never'], {cwd: place});
	assert.equal(lost.code, 1);
	assert.match(lost.err, /there is no pack packs\/nothing here, nor beside the program/);
	assert.ok(!existsSync(join(place, 'never')));
});

test('the demo serves a pack that has none of the shop’s variables', async () => {
	const place = mkdtempSync(join(folder, 'plain-'));
	assert.equal((await run(['new', 'pack', 'plain'], {cwd: place})).code, 0);
	const file = join(place, 'plain/pack.yaml');
	writeFileSync(file, readFileSync(file, 'utf8').split('\n').filter((line) => !/_url:/.test(line)).join('\n'));
	const {child, line} = await start(['serve', '--demo', '--pack', 'plain', '--listen', '127.0.0.1:0', '--log', 'warn'], {cwd: place});
	assert.match(line, /Parley serves on/);
	assert.equal(await stop(child), 0);
	const {code, err} = await run(['serve', '--pack', 'plain', '--listen', '127.0.0.1:0'], {cwd: place, env: {PARLEY_VARIABLES: '{ordres_url: "http://x"}'}});
	assert.equal(code, 1);
	assert.match(err, /there is no "ordres_url" to set/);
});

test('a misspelt variable is an error that names the right one; one that resembles none is only mentioned', async () => {
	for (const args of [['why', 'm_1'], ['serve', '--data', join(folder, 'never')]]) {
		const {code, err} = await run(args, {env: {PARLEY_LISTNE: '127.0.0.1:0'}});
		assert.equal(code, 1);
		assert.match(err, /PARLEY_LISTNE: there is no such key; did you mean PARLEY_LISTEN\?/);
	}
	const {err} = await run(['serve', '--listen', '256.0.0.1:0', '--data', join(folder, 'never')], {env: {PARLEY_SERVICE_HOST: '10.0.0.1', PARLEY_KEY: 'x'}});
	assert.doesNotMatch(err, /did you mean/);
});

test('make without a target builds the program', async () => {
	const make = spawn('make', ['-npq'], {env: {...environment, MAKEFLAGS: '', MAKELEVEL: ''}});
	let text = '';
	make.stdout.on('data', (data) => {
		text += data;
	});
	await once(make, 'close');
	assert.match(text, /^\.DEFAULT_GOAL := all$|^\.DEFAULT_GOAL = all$/m);
	assert.match(text, /^all: build\/parley( .*)?$/m);
});

test('chat answers each line of a pipe from the order and tracking services', async () => {
	const {code, out} = await chat(['Where is my order ORD-1A2B3C4D?'], '--as', 'john.doe@example.com');
	assert.equal(code, 0);
	assert.match(out, /^parley> .*ORD-1A2B3C4D.*out for delivery.*TRK987654321/m);
	assert.doesNotMatch(out, /\x1b/);
});

test('chat --why prints what was understood, asked, decided, checked and what it cost', async () => {
	const {out} = await chat(['Where is my order ORD-1A2B3C4D?'], '--as', 'john.doe@example.com', '--why');
	for (const line of [/^ {2}why t_\w+, pack ecommerce .*, program \S+$/m, /understood +order_inquiry +0\.\d+/, /asked +context\/\w+: ok/,
		/^ {4}decision +\w+ \(policy\.yaml:\d+\)/m, /checked +passed/, /time +sentiment \d+ µs/,
		/cost +\d+ µs of work, \d+ bytes stored/])
		assert.match(out, line);
});

test('chat does not show what was said before it began', async () => {
	await chat(['Hello'], '--as', 'john.doe@example.com');
	const {out} = await chat(['thank you'], '--as', 'john.doe@example.com');
	assert.equal(out.match(/^parley> /gm).length, 1);
});

test('a number chooses a quick reply while some are shown', async () => {
	const {out} = await chat(['Hello', '4'], '--as', 'jane.smith@example.com');
	assert.match(out, /^ {2}\[4\] Speak to a person$/m);
	assert.match(out, /Reference ID/);
});

test('chat refuses a line that is not UTF-8, and goes on', async () => {
	const {code, out} = await run(['chat', '--server', address], {input: Buffer.from('caf\xe9\nhello\n', 'latin1')});
	assert.equal(code, 0);
	assert.match(out, /not UTF-8/);
	assert.match(out, /^parley> /m);
});

test('a person takes over, answers and hands back', async () => {
	const before = await lists();
	const asked = await chat(['I want to speak to a manager'], '--name', 'Ines');
	assert.match(asked.out, /waiting for a person/);
	const id = await added('waiting', before);
	const table = (await inbox()).out;
	assert.match(table, new RegExp(`^${id} +Ines .*just now`, 'm'));
	assert.equal((await inbox('take', id, '--agent-name', 'Ann')).code, 0);
	assert.ok(ids((await lists()).human).includes(id));
	assert.match((await inbox()).out, new RegExp(`^${id} +Ines +Ann`, 'm'));
	assert.equal((await inbox('answer', id, 'Hello', 'Ines,', 'Ann here.', '--agent-name', 'Ann')).code, 0);
	const transcript = (await inbox('show', id)).out;
	assert.match(transcript, /speak to a manager[^]*^Ann> Hello Ines, Ann here\.$/m);
	assert.equal((await inbox('back', id)).code, 0);
	assert.ok(!ids((await lists()).human).includes(id));
	assert.match((await inbox('close', id)).out, new RegExp(`Closed ${id}`));
	assert.match((await inbox('close', id)).err, /closed/);
	assert.match((await inbox('show', id)).out, new RegExp(`^${id} with Ines, closed$`, 'm'));
});

test('the inbox shows who it is, by name and address', async () => {
	const before = await lists();
	await chat(['I want to speak to a manager'], '--as', 'bob.wilson@example.com');
	const id = await added('waiting', before);
	assert.match((await inbox()).out, new RegExp(`^${id} +(Bob Wilson, )?bob\\.wilson@example\\.com`, 'm'));
	await inbox('close', id);
});

test('what a person writes reaches the chat, and the assistant is silent meanwhile', async () => {
	const before = await lists();
	const child = spawn(program, ['chat', '--server', address, '--name', 'Otto'], {env: environment});
	let out = '';
	child.stdout.on('data', (data) => {
		out += data;
	});
	const until = async (pattern) => {
		for (const deadline = Date.now() + 30000; !pattern.test(out);) {
			assert.ok(Date.now() < deadline, `no ${pattern} in:\n${out}`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	};
	child.stdin.write('I want to speak to a manager\n');
	await until(/waiting for a person/);
	const id = await added('waiting', before);
	await inbox('take', id, '--agent-name', 'Ann');
	await inbox('answer', id, 'Ann is here.', '--agent-name', 'Ann');
	child.stdin.write('where is my order?\n');
	await until(/a person reads this/);
	child.stdin.end();
	assert.equal((await once(child, 'close'))[0], 0);
	assert.match(out, /^Ann> Ann is here\.$/m);
	assert.match(out, /Ann has taken over/);
	assert.equal(out.match(/^parley> /gm).length, 1);
	await inbox('back', id);
});

test('a refund over the limit waits for approval, is decided once, and the customer is told', async () => {
	const before = await lists();
	await chat(['I want a refund for my monitor, it arrived broken'], '--as', 'sarah.connor@example.com');
	const id = await added('approvals', before);
	assert.match((await inbox()).out, new RegExp(`^${id} +process_refund +357\\.79 +ORD-6A1F0B8C +sarah\\.connor@example\\.com`, 'm'));
	assert.equal((await inbox('approve', id, '--note', 'photo seen')).code, 0);
	const again = await inbox('approve', id);
	assert.equal(again.code, 1);
	assert.match(again.err, /approved already/);
	assert.ok(!ids((await lists()).approvals).includes(id));
});

test('inbox says what is wrong', async () => {
	for (const [args, code, words] of [
		[['show', 'c_nothing'], 1, /no such conversation/],
		[['show', '../health'], 1, /is no id/],
		[['show'], 1, /something is missing: show ID/],
		[['answer', 'c_1'], 1, /something is missing: answer ID TEXT/],
		[['reject', 'a_nothing'], 1, /no such approval/],
		[['delete', 'c_1'], 2, /there is no "delete"/],
		[['--limit', '0'], 2, /--limit must be/],
	]) {
		const got = await inbox(...args);
		assert.equal(got.code, code, got.err);
		assert.match(got.err, words);
	}
});

test('a server that is not there is said', async () => {
	for (const command of ['chat', 'inbox']) {
		const {code, err} = await run([command, '--server', 'http://127.0.0.1:9']);
		assert.equal(code, 1);
		assert.match(err, /cannot reach http:\/\/127\.0\.0\.1:9.*parley serve/);
	}
	const {code, err} = await run(['chat', '--server', 'localhost']);
	assert.equal(code, 1);
	assert.match(err, /is no server's address/);
});

test('a restored copy sends nothing until it is resumed', async () => {
	const copy = join(folder, 'copy');
	const backup = join(folder, 'backup.db'), keys = join(folder, 'backup-keys.db');
	assert.equal((await run(['db', 'backup', backup, '--keys', keys, '--data', join(folder, 'data')])).code, 0);
	assert.equal((await run(['db', 'restore', backup, '--keys', keys, '--data', copy])).code, 0);
	const serve = () => start(['serve', '--demo', '--listen', '127.0.0.1:0', '--data', copy, '--log', 'error']);
	const send = (line) => fetch(`${/http:\/\/127\.0\.0\.1:\d+/.exec(line)[0]}/v1/messages`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: '{"from":{"id":"copy"},"text":"Hello"}',
	});
	const paused = await serve();
	const refused = await send(paused.line);
	const early = await run(['db', 'resume', '--data', copy]);
	await stop(paused.child);
	assert.equal(refused.status, 503);
	assert.match((await refused.json()).detail, /paused/);
	assert.equal(early.code, 1);
	assert.match(early.err, /held by process \d+: stop it, resume, and start it again/);
	const resumed = await run(['db', 'resume', '--data', copy]);
	assert.equal(resumed.code, 0);
	assert.match(resumed.out, /^waiting: unfinished turns 0, effects in doubt 0, approvals 0, conversations for a person \d+/);
	const running = await serve();
	const answered = await send(running.line);
	await stop(running.child);
	assert.equal(answered.status, 200);
	const again = await run(['db', 'resume', '--data', copy]);
	assert.equal(again.code, 1);
	assert.equal(again.out, '');
	assert.match(again.err, /is not paused/);
	const misspelt = await run(['db', 'resume', '--data', `${copy}-misspelt`]);
	assert.equal(misspelt.code, 1);
	assert.match(misspelt.err, /holds no store/);
	assert.equal(existsSync(`${copy}-misspelt`), false);
});

test('a new pack is accepted by check and served', async () => {
	const pack = join(folder, 'cafe');
	assert.equal((await run(['new', 'pack', pack, '--company', 'Café Sol'])).code, 0);
	const checked = await run(['check', pack]);
	assert.equal(checked.code, 0, checked.out + checked.err);
	const {child, line} = await start(['serve', '--demo', '--pack', pack, '--listen', '127.0.0.1:0', '--data', join(folder, 'cafe-data'),
		'--log', 'warn']);
	const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)[0];
	const talk = await run(['chat', '--server', url], {input: 'hello\nare you open on sunday?\nI want to talk to a real person\n'});
	assert.match(talk.out, /How can I help you|What can I do for you/);
	assert.match(talk.out, /Monday to Friday/);
	assert.match(talk.out, /Your reference is \w+/);
	assert.equal(await stop(child), 0);
});

test('intents are learnt once: never for a pack that ships, and kept beside a store of one\'s own', async () => {
	const shipped = await run(['check', 'packs/gaming'], {env: {PARLEY_DATA: join(folder, 'nowhere')}});
	assert.deepEqual([shipped.code, shipped.err], [0, '']);
	const pack = join(folder, 'games'), data = join(folder, 'games-data');
	cpSync('packs/gaming', pack, {recursive: true});
	writeFileSync(join(pack, 'nlu', 'more.yaml'), 'nlu:\n  - intent: oos\n    examples: |\n      - who painted the ceiling of the chapel\n');
	const nowhere = await run(['check', pack], {env: {PARLEY_DATA: data}});
	assert.match(nowhere.err, /^learnt intents from \d+ examples for this run alone/);
	mkdirSync(data);
	assert.match((await run(['check', pack], {env: {PARLEY_DATA: data}})).err, /^learnt intents from \d+ examples: kept in /);
	assert.deepEqual((await run(['check', pack], {env: {PARLEY_DATA: data}})).err, '');
	assert.equal(readdirSync(join(data, 'models')).length, 1);
	const kept = await run(['train', '--data', pack, '--keep', join(folder, 'kept')]);
	assert.deepEqual(readFileSync(kept.out.trim()), readFileSync(join(data, 'models', readdirSync(join(data, 'models'))[0])));
});

test('a model is judged by examples or not at all', async () => {
	const lines = join(folder, 'lines.tsv'), model = join(folder, 'lines.model');
	writeFileSync(lines, 'open\twhen do you open\nopen\tare you open\nway\thow do i get there\nway\twhere are you\n');
	assert.equal((await run(['train', '--data', lines, '--model', model])).code, 0);
	const judged = await run(['eval', '--model', model, '--data', lines, '--json']);
	assert.deepEqual(Object.keys(JSON.parse(judged.out)), ['accuracy', 'macro_f1', 'in_scope_accuracy', 'oos_recall', 'oos_precision', 'ece',
		'us_per_message', 'model_bytes', 'train_seconds', 'n']);
	const none = join(folder, 'none.tsv');
	writeFileSync(none, '\n');
	const refused = await run(['eval', '--model', model, '--data', none, '--json']);
	assert.deepEqual([refused.code, refused.out], [1, '']);
	assert.match(refused.err, /no examples to judge by/);
});

test('the demo shop tells its addresses, records what was changed, and stops when told', async () => {
	const record = join(folder, 'effects.jsonl');
	const {child, line} = await start(['mock', 'shop', '--seed', '3', '--record', record, '--now', '2026-01-31T09:30:00Z', '--latency', '1ms..5ms']);
	const addresses = JSON.parse(line);
	const order = await (await fetch(`${addresses.orders}/orders/ORD-1A2B3C4D`)).json();
	assert.equal(order.order_date, '2026-01-27T09:30:00Z');
	assert.equal((await fetch(`${addresses.customers}/customers/${order.customer_email}`)).status, 200);
	assert.equal((await fetch(`${addresses.tracking}/tracking/${order.tracking_number}`)).status, 200);
	const refund = () => fetch(`${addresses.orders}/orders/ORD-7F3E9A21/refund`, {
		method: 'POST',
		headers: {'content-type': 'application/json', 'idempotency-key': 'once'},
		body: '{"amount":12.5}',
	});
	const [first, second] = [await (await refund()).text(), await (await refund()).text()];
	assert.equal(first, second);
	const effects = readFileSync(record, 'utf8').trimEnd().split('\n').map(JSON.parse);
	assert.deepEqual(effects.map((e) => [e.action, e.target, e.key, e.request.amount]), [['refund', 'ORD-7F3E9A21', 'once', 12.5]]);
	assert.equal(await stop(child), 0);
});

test('mock refuses options that make no sense', async () => {
	for (const [args, words] of [
		[['mock', 'shop', '--latency', 'soon'], /--latency must be/],
		[['mock', 'shop', '--latency', '9ms..2ms'], /--latency must be/],
		[['mock', 'shop', '--error-rate', '1.5'], /--error-rate must be/],
		[['mock', 'shop', '--now', 'yesterday'], /--now must be/],
		[['mock', 'shop', '--extra', '1000000000'], /--extra must be/],
		[['mock', 'bank'], /there is no "bank"/],
	]) {
		const {code, err} = await run(args);
		assert.equal(code, 2);
		assert.match(err, words);
	}
});
