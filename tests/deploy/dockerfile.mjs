// Carries out deploy/Dockerfile with chroot: dockerfile.mjs SOURCE BASE WORK. SOURCE is the build context, BASE a minimal Debian
// that stands for every image named in FROM. Only the instructions that the file uses are known; another one is an error.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const [source, base, work] = process.argv.slice(2);
const stages = [];
// What npm on this machine trusts besides Debian's certificates, such as a proxy's, npm in an image has to trust as well.
const certificates = process.env.NODE_EXTRA_CA_CERTS;
if (certificates)
	process.env.NODE_EXTRA_CA_CERTS = '/etc/machine.crt';
delete process.env.TMPDIR; // of this machine, not of an image
let stage, user = 'root', signal, command = [], entry = [], health;

const run = (program, ...args) => execFileSync(program, args, {stdio: ['ignore', 'ignore', 'inherit']});

// Lines joined at their backslashes, without comments: [{name, rest}].
function instructions(text) {
	const lines = text.split('\n').filter(line => !line.startsWith('#')).join('\n').replace(/\\\n/g, ' ').split('\n');
	return lines.filter(line => line.trim()).map(line => {
		const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line.trim());
		return {name, rest};
	});
}

function begin(rest) {
	const name = / AS (\w+)$/i.exec(rest)?.[1] ?? `stage${stages.length}`;
	stage = {name, root: path.join(work, `image-${name}`), folder: '/', env: {}};
	stages.push(stage);
	run('cp', '-a', base, stage.root);
	fs.copyFileSync('/etc/resolv.conf', path.join(stage.root, 'etc/resolv.conf'));
	if (certificates)
		fs.copyFileSync(certificates, path.join(stage.root, 'etc/machine.crt'));
}

function copy(rest) {
	const words = rest.split(/\s+/), from = words[0].startsWith('--from=') ? words.shift().slice(7) : undefined;
	const there = from ? stages.find(one => one.name === from).root : source;
	const to = path.join(stage.root, path.resolve(stage.folder, words.at(-1)));
	for (const word of words.slice(0, -1)) {
		const what = path.join(there, word);
		const whole = fs.statSync(what).isDirectory();
		fs.mkdirSync(whole ? to : path.dirname(to), {recursive: true});
		run('cp', '-a', whole ? `${what}/.` : what, to);
	}
}

const known = {
	FROM: begin,
	WORKDIR: rest => {
		stage.folder = path.resolve(stage.folder, rest);
		fs.mkdirSync(path.join(stage.root, stage.folder), {recursive: true});
	},
	COPY: copy,
	RUN: rest => {
		console.log(`  ${stage.name}: ${rest.slice(0, 100).replace(/\s+/g, ' ')} …`);
		run('chroot', stage.root, 'sh', '-c', `cd ${stage.folder} && ${rest}`);
	},
	ENV: rest => Object.assign(stage.env, Object.fromEntries(rest.split(/\s+/).map(pair => pair.split('=')))),
	USER: rest => (user = rest),
	VOLUME: () => {},
	EXPOSE: () => {},
	HEALTHCHECK: rest => (health = JSON.parse(/CMD (\[.*\])/.exec(rest)[1])),
	STOPSIGNAL: rest => (signal = rest),
	ENTRYPOINT: rest => (entry = JSON.parse(rest)),
	CMD: rest => (command = JSON.parse(rest)),
};

for (const {name, rest} of instructions(fs.readFileSync('deploy/Dockerfile', 'utf8'))) {
	assert.ok(known[name], `${name}: not known here`);
	known[name](rest);
}

// The port may be taken on this machine, where a container has a network of its own: the health check follows.
const port = 20000 + process.pid % 20000;
const env = {PATH: process.env.PATH, ...stage.env, PARLEY_LISTEN: stage.env.PARLEY_LISTEN.replace(/\d+$/, port)};
const inside = args => ['chroot', [`--userspec=${user}`, stage.root, 'sh', '-c', `cd ${stage.folder} && exec "$@"`, 'sh', ...args]];

// A container started without more, then as the demo: healthy, with the models that came with the program, and it ends when
// it is told to.
async function start(args) {
	const server = spawn(...inside([...entry, ...args]), {env, stdio: ['ignore', 'pipe', 'pipe']});
	const gone = new Promise(done => server.on('exit', (code, by) => done({code, by})));
	let log = '';
	server.stderr.on('data', text => (log += text));
	await Promise.race([new Promise(done => server.stdout.once('data', done)), gone.then(() => assert.fail(log))]);
	execFileSync(...inside(health.map(word => word.replace(/:\d+\//, `:${port}/`))), {env});
	assert.equal(fs.statSync(path.join(stage.root, stage.env.PARLEY_DATA)).mode & 0o777, 0o700);
	server.kill(signal);
	assert.deepEqual(await gone, {code: 0, by: null}, log);
	assert.doesNotMatch(log, /intents learnt|"level":"(warn|error)"/);
	console.log(`  ${[...entry, ...args].join(' ')}: healthy, and ends with 0`);
}

const proc = path.join(stage.root, 'proc');
run('mount', '-t', 'proc', 'proc', proc);
try {
	await start(command);
	await start(['serve', '--demo']);
	// Keys are made inside as the head of the file says.
	const key = execFileSync(...inside([...entry, 'key', 'add', '--data', stage.env.PARLEY_DATA]),
		{env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
	assert.match(key, /^pk_/);
} finally {
	run('umount', proc);
}
