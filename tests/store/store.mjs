// The store alone, killed with -9 at random moments while its log is copied and starts over, on a disk that forgets what
// was not synced (build/shim/unsynced.so): what it said to be durable is there afterwards, and the file is whole.
//
//	node tests/store/store.mjs [--cycles 12] [--seed N]
import {execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {generator} from '../crash/chance.mjs';

const {values: options} = parseArgs({options: {
	cycles: {type: 'string', default: '12'},
	seed: {type: 'string', default: String(Date.now() % 1000000)},
}});
const writer = 'build/store/writer';
const random = generator(Number(options.seed));

// Runs until it is killed, after `ms` from its first commit on; the number of the last note that it said to be durable.
function writeAndKill(folder, ms, env) {
	return new Promise((resolve, reject) => {
		const child = spawn(writer, [folder], {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'inherit']});
		let text = '', timer;
		child.stdout.on('data', (chunk) => {
			timer ??= setTimeout(() => child.kill('SIGKILL'), ms);
			// The last line may be half a number.
			text = (text + chunk).slice(-200);
		});
		child.on('close', (code, signal) => {
			const lines = text.split('\n');
			lines.pop();
			if (signal === 'SIGKILL')
				resolve(Number(lines.pop()));
			else
				reject(new Error(`the writer ended by itself (${code})`));
		});
	});
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-store-'));
let passed = 0, there = 0;
try {
	for (let cycle = 0; cycle < Number(options.cycles); cycle++) {
		const env = {
			LD_PRELOAD: path.resolve('build/shim/unsynced.so'),
			PARLEY_UNSYNCED_DIR: folder,
			PARLEY_UNSYNCED_LEAK: String(cycle % 3 * 40),
			PARLEY_UNSYNCED_SEED: String(Math.floor(random() * 1e6)),
		};
		const durable = await writeAndKill(folder, 20 + random() * 400, env);
		const before = there;
		there = Number(execFileSync(writer, ['--check', folder], {encoding: 'utf8'}));
		if (there < durable)
			throw new Error(`note ${durable} was durable, and ${there} are there`);
		if (there <= before)
			throw new Error('nothing was written');
		passed++;
	}
} catch (error) {
	console.log(error.message);
} finally {
	fs.rmSync(folder, {recursive: true});
}
console.log(`seed ${options.seed}: ${there} notes in ${passed} lives`);
console.log(`${passed} passed, ${Number(options.cycles) - passed} failed`);
process.exitCode = passed === Number(options.cycles) ? 0 : 1;
