// Ten times more than the server can do. By turns: its peak, with some connections that each wait for their reply; then
// requests that are due at ten times that rate over many more connections. What the server answers well meanwhile is
// compared with the peak, with what it refuses (503 and when to come again), and with its memory.
//
//	node tests/load/overload.mjs [--seconds 60] [--connections 11000] [--rounds 4]
import assert from 'node:assert/strict';
import {parseArgs} from 'node:util';

import {good, median, sleep, World} from './world.mjs';

const {values: options} = parseArgs({options: {
	seconds: {type: 'string', default: '60'},
	connections: {type: 'string', default: '11000'},
	rounds: {type: 'string', default: '4'},
	times: {type: 'string', default: '10'},
}});
const [seconds, connections, rounds, times] = ['seconds', 'connections', 'rounds', 'times'].map(name => Number(options[name]));
const PEAK_SECONDS = 5;

async function peak(world) {
	const report = await world.load({connections: 256, seconds: PEAK_SECONDS, warm: 1});
	return {rate: good(report) / report.seconds, each: cost(report)};
}

// Turns that were answered well for a second of the server's processor time: what the generator and others on the same
// cores take does not count in it.
function cost(report) {
	return good(report) / (report.server_cpu_us_per_request * report.replies / 1e6);
}

// Resident memory each second while `under` goes on.
async function watchMemory(world, under) {
	const samples = [];
	let over = false;
	under.finally(() => (over = true)).catch(() => {});
	while (!over) {
		samples.push(world.residentMb());
		await sleep(1000);
	}
	return samples;
}

const world = await World.open({customers: 5000});
try {
	await world.warmUp();
	const peaks = [await peak(world)], floods = [], memory = [];
	for (let round = 0; round < rounds; round++) {
		const running = world.load({connections, seconds: seconds / rounds, warm: 2, rate: times * median(peaks.map(one => one.rate))});
		memory.push(...await watchMemory(world, running));
		const report = await running;
		peaks.push(await peak(world));
		floods.push({rate: good(report) / report.seconds, each: cost(report), refused: report.refused / report.seconds});
		console.log(`overload: round ${round + 1}: ${JSON.stringify(report.statuses)}`);
		assert.equal(report.refused_without_retry_after, 0);
		assert.equal(report.errors, 0);
	}
	// Beside the peaks before and after it, for the machine is not the same all the time.
	const share = what => 100 * median(floods.map((one, i) => 2 * one[what] / (peaks[i][what] + peaks[i + 1][what])));
	const list = (runs, what) => runs.map(one => Math.round(one[what])).join(' ');
	const third = memory[Math.floor(memory.length / 3)];
	console.log(`overload: peaks ${list(peaks, 'rate')} a second; at ${times} times that over ${connections} connections `
		+ `${list(floods, 'rate')} answered well, ${list(floods, 'refused')} refused: ${share('rate').toFixed(0)} % of the peak (wanted >= 90)`);
	console.log(`overload: in a second of the server's processor time ${list(peaks, 'each')} turns at the peak, ${list(floods, 'each')} `
		+ `under overload: ${share('each').toFixed(0)} %`);
	console.log(`overload: resident ${memory[0].toFixed(1)} MB in the beginning, ${third.toFixed(1)} MB after a third, `
		+ `${memory.at(-1).toFixed(1)} MB in the end`);
	assert.ok(world.alive());
	console.log('1 passed, 0 failed');
} finally {
	await world.close();
}
