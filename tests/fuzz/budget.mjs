// What budget.c promises: an input that takes more than its second or its memory ends the process, and no other does.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

function play(t, ...inputs) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-budget-'));
	t.after(() => fs.rmSync(folder, {recursive: true}));
	fs.mkdirSync(path.join(folder, 'inputs'));
	inputs.forEach((text, i) => fs.writeFileSync(path.join(folder, 'inputs', String(i)), text));
	const record = path.join(folder, 'record');
	const end = spawnSync('build/test/fuzz/greedy', [path.join(folder, 'inputs')],
		{encoding: 'utf8', timeout: 60000, env: {...process.env, FUZZ_RECORD: record}});
	return {...end, record: fs.existsSync(record) ? JSON.parse(fs.readFileSync(record, 'utf8')) : undefined};
}

test('an input that takes more than a second ends the process', t => {
	const {signal, stderr} = play(t, 'nothing', 'time');
	assert.equal(signal, 'SIGABRT');
	assert.match(stderr, /more than a second of processor time/);
});

test('an input that holds more than 64 MB ends the process', t => {
	const {signal, stderr} = play(t, 'nothing', 'memory');
	assert.equal(signal, 'SIGABRT');
	assert.match(stderr, /holds more than 64 MB/);
});

test('what was given back is not held, and the record tells the costs', t => {
	const {status, stdout, record} = play(t, 'memory, given back', 'nothing');
	assert.equal(status, 0);
	assert.match(stdout, /2 passed, 0 failed/);
	assert.equal(record.inputs, 2);
	assert.ok(record.memory >= 1 << 20 && record.memory < 4 << 20, `${record.memory} bytes`);
	assert.ok(record.slowest_us > 0 && record.processor_ms > 0);
});

test('each fuzzer has a corpus', () => {
	for (const name of fs.readdirSync('tests/fuzz').filter(one => one.endsWith('_fuzz.c')))
		assert.ok(fs.readdirSync(path.join('tests/fuzz/corpus', name.replace('_fuzz.c', ''))).length >= 3, name);
});
