// A suite: tests that run one after the other and share what they started. At its end everything is stopped, and what a
// sanitizer said on a server's standard error is a failure.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {Server, Shop} from './server.mjs';

const TEST_LIMIT_MS = 45000;

export class Suite {
	// Each suite speaks from an address of its own, 127.0.0.N, because some limits count by address.
	constructor(name, number) {
		this.name = name;
		this.address = `127.0.0.${number}`;
		this.tests = [];
		this.lines = [];
		this.children = [];
		this.passed = this.failed = 0;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), `parley-api-${name}-`));
	}

	test(name, run) {
		this.tests.push({name, run});
	}

	skip(why) {
		this.lines.push(`skipped: ${this.name}: ${why}`);
	}

	async server(options = {}) {
		const server = new Server({folder: this.folder, address: this.address, ...options});
		this.children.push(server);
		await server.start();
		return server;
	}

	async shop(...args) {
		const shop = new Shop(args);
		this.children.push(shop);
		await shop.start();
		return shop;
	}

	async run() {
		for (const {name, run} of this.tests) {
			let timer;
			const limit = new Promise((done, fail) => {
				timer = setTimeout(() => fail(new Error(`not done in ${TEST_LIMIT_MS} ms`)), TEST_LIMIT_MS);
			});
			try {
				await Promise.race([run(), limit]);
				this.passed++;
			} catch (error) {
				this.fail(name, error);
			} finally {
				clearTimeout(timer);
			}
		}
	}

	fail(name, error) {
		this.failed++;
		this.lines.push(`not ok ${this.name}: ${name}`, `    ${String(error?.stack ?? error).replaceAll('\n', '\n    ')}`);
	}

	async end() {
		for (const child of this.children.reverse()) {
			try {
				await child.stop();
				child.check();
			} catch (error) {
				this.fail('after the tests', error);
			}
		}
		if (this.failed)
			this.lines.push(`    the servers' logs and data are in ${this.folder}`);
		else
			fs.rmSync(this.folder, {recursive: true, force: true});
	}
}

export const sleep = ms => new Promise(done => setTimeout(done, ms));

// Asks again until the answer is true, for what happens a little later.
export async function until(what, ask, limit_ms = 20000) {
	const deadline = Date.now() + limit_ms;
	for (;;) {
		const got = await ask();
		if (got)
			return got;
		if (Date.now() > deadline)
			throw new Error(`waited in vain for: ${what}`);
		await sleep(20);
	}
}
