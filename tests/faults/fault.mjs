// The tester's side of build/shim/fault.so: the plan that it shares with the program (struct plan there).
import fs from 'node:fs';
import path from 'node:path';

import {preload} from '../shim/preload.mjs';

export const KINDS = ['none', 'write', 'full', 'read', 'sync', 'open', 'send', 'receive', 'accept', 'step', 'memory'];
const PLACES = 8192, NAME_AT = 24, PLACES_AT = NAME_AT + 32;
const FAR = 0x3fffffff;

export class Plan {
	constructor(folder, program) {
		this.path = path.join(folder, 'plan');
		fs.writeFileSync(this.path, Buffer.alloc(PLACES_AT + 4 * PLACES));
		this.fd = fs.openSync(this.path, 'r+');
		this.env = {FAULT_PLAN: this.path, LD_PRELOAD: preload('fault', program)};
	}

	// Numbers in the order of the struct: kind, left, met, calls, by_place, place.
	write(...numbers) {
		const bytes = Buffer.alloc(NAME_AT);
		numbers.forEach((n, i) => bytes.writeUInt32LE(n >>> 0, 4 * i));
		// Disarmed first and armed last, so that no call sees half of it.
		const kind = bytes.subarray(0, 4);
		fs.writeSync(this.fd, Buffer.alloc(4), 0, 4, 0);
		fs.writeSync(this.fd, bytes, 4, NAME_AT - 4, 4);
		fs.writeSync(this.fd, kind, 0, 4, 0);
	}

	// From now on the n-th call of the kind fails.
	arm(kind, n) {
		this.write(KINDS.indexOf(kind), n, 0, 0, 0, 0);
	}

	// From now on calls are counted.
	count(kind) {
		this.arm(kind, FAR);
	}

	// From now on the first allocation from that place fails; 0: places are collected.
	armPlace(place) {
		this.write(KINDS.indexOf('memory'), FAR, 0, 0, 1, place);
	}

	// {met: how often it failed, calls, name: of the call that failed}
	disarm() {
		const seen = Buffer.alloc(PLACES_AT);
		fs.writeSync(this.fd, Buffer.alloc(4), 0, 4, 0);
		fs.readSync(this.fd, seen, 0, PLACES_AT, 0);
		const name = seen.subarray(NAME_AT, seen.indexOf(0, NAME_AT)).toString();
		return {met: seen.readInt32LE(8), calls: seen.readInt32LE(12), name};
	}

	places() {
		const bytes = Buffer.alloc(4 * PLACES), list = [];
		fs.readSync(this.fd, bytes, 0, bytes.length, PLACES_AT);
		for (let i = 0; i < PLACES; i++)
			if (bytes.readUInt32LE(4 * i))
				list.push(bytes.readUInt32LE(4 * i));
		return list.sort((a, b) => a - b);
	}
}
