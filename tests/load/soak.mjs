// A long even load: memory must not grow, descriptors must not gather, and what a turn stores is what it stores. Half of the
// peak, or --rate; a line each minute, and in the end the slope of resident memory in the second half: in the first one
// caches fill and the allocator finds its size.
//
//	node tests/load/soak.mjs [--minutes 30] [--rate N]
import assert from 'node:assert/strict';
import {parseArgs} from 'node:util';

import {good, median, sleep, World} from './world.mjs';

const {values: options} = parseArgs({options: {
	minutes: {type: 'string', default: '30'},
	rate: {type: 'string', default: '0'},
}});
const seconds = Number(options.minutes) * 60;
const SAMPLE_MS = 5000;

// Least squares: growth of y in one unit of x.
function slope(points) {
	const n = points.length, sum = f => points.reduce((all, point) => all + f(point), 0);
	const x = sum(p => p.x) / n, y = sum(p => p.y) / n;
	return sum(p => (p.x - x) * (p.y - y)) / sum(p => (p.x - x) ** 2);
}

const world = await World.open();
try {
	await world.warmUp();
	const rate = Number(options.rate) || Math.round((good(await world.load({connections: 64, seconds: 10, warm: 1})) / 10) / 2);
	const stored = world.storedBytes(), began = Date.now();
	console.log(`soak: ${options.minutes} minutes at ${rate} turns a second`);
	let report;
	const running = world.load({connections: 64, seconds, rate}).then(end => (report = end));
	const samples = [];
	for (let minute = 0; !report && world.alive();) {
		samples.push({x: (Date.now() - began) / 3600000, y: world.residentMb(), descriptors: world.descriptors()});
		if (Math.floor((Date.now() - began) / 60000) > minute) {
			minute = Math.floor((Date.now() - began) / 60000);
			console.log(`soak: minute ${minute}: resident ${samples.at(-1).y.toFixed(2)} MB, ${samples.at(-1).descriptors} descriptors`);
		}
		await Promise.race([running, sleep(SAMPLE_MS)]);
	}
	await running;
	const late = samples.slice(Math.floor(samples.length / 2));
	const descriptors = late.map(sample => sample.descriptors);
	console.log(`soak: ${report.replies} turns, p50 ${(report.latency_us.p50 / 1000).toFixed(2)} ms, p99 ${(report.latency_us.p99 / 1000).toFixed(2)} ms`);
	console.log(`soak: resident ${late[0].y.toFixed(2)} to ${late.at(-1).y.toFixed(2)} MB (median ${median(late.map(one => one.y)).toFixed(2)}), slope `
		+ `${slope(late).toFixed(2)} MB an hour (wanted <= 1); descriptors ${Math.min(...descriptors)} to ${Math.max(...descriptors)}`);
	console.log(`soak: ${((world.storedBytes() - stored) / report.replies).toFixed(0)} bytes stored a turn`);
	assert.equal(good(report), report.replies, JSON.stringify(report.statuses));
	assert.equal(report.errors, 0);
	assert.ok(world.alive());
	console.log('1 passed, 0 failed');
} finally {
	await world.close();
}
