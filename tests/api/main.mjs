// Runs the suites of this folder, several at a time, each against servers of its own; ends with "N passed, N failed".
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {Suite} from './suite.mjs';

const AT_A_TIME = 4;
const here = path.dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const names = fs.readdirSync(here).filter(name => name.endsWith('.test.mjs')).map(name => name.slice(0, -9))
	.filter(name => wanted.length === 0 || wanted.includes(name));

let passed = 0, failed = 0;

async function run(name) {
	const suite = new Suite(name, 50 + names.indexOf(name));
	const {default: define} = await import(`./${name}.test.mjs`);
	const began = Date.now();
	try {
		await define(suite);
		await suite.run();
	} catch (error) {
		suite.fail('what the tests need', error);
	}
	await suite.end();
	passed += suite.passed;
	failed += suite.failed;
	console.log(`${suite.failed ? 'FAILED' : 'ok'} ${name}: ${suite.passed} passed, ${suite.failed} failed, ${Date.now() - began} ms`);
	for (const line of suite.lines)
		console.log(line);
}

const queue = [...names];
async function worker() {
	for (let name; (name = queue.shift());)
		await run(name);
}
await Promise.all(Array.from({length: AT_A_TIME}, worker));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
