// Rules that show in the source alone.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';

const rooms = readdirSync('src');
const files = (room) => readdirSync(`src/${room}`).filter((name) => name.endsWith('.c') && !name.endsWith('_test.c')).map((name) => `src/${room}/${name}`);
const read = (path) => readFileSync(path, 'utf8');
const lines = (paths, pattern) => paths.flatMap((path) => read(path).split('\n').map((line) => `${path}: ${line.trim()}`).filter((line) => pattern.test(line)));

test('secrets are compared in constant time', () => {
	const compared = lines([...files('api'), ...files('wire'), 'src/talk/tenant.c', 'src/cmd/demo.c'],
		/\b(memcmp|strn?cmp|str_eq|str_cmp)\([^;]*\b\w*(secret|signature|hmac|digest)\b/);
	assert.deepEqual(compared, []);
	for (const path of ['src/wire/crypto.c', 'src/actor/record.c'])
		assert.match(read(path), /str_eq_constant_time\(/, path);
});

test('rules and templates reach no environment, files, network or code', () => {
	const paths = files('wire').filter((path) => /\/(cel|mustache|regular)/.test(path));
	assert.ok(paths.length > 10);
	assert.deepEqual(lines(paths, /#include <(unistd|fcntl|dlfcn|uv|netdb|sys\/.*|curl\/.*|spawn)\.h>/), []);
	assert.deepEqual(lines(paths, /\b(getenv|fopen|open|system|popen|dlopen|socket|fork|exec\w*)\(/), []);
});

test('statements are constant texts, values are bound', () => {
	const made = lines(rooms.flatMap(files), /(printf|buf_add_str|buf_printf)\([^;]*"[^"]*\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b/);
	assert.deepEqual(made, []);
});

test('an outgoing call goes to the address that was vetted, without redirects or a proxy', () => {
	const client = read('src/net/http_client.c');
	assert.match(client, /CURLOPT_FOLLOWLOCATION, 0L/);
	assert.match(client, /CURLOPT_PROXY, ""/);
	assert.match(client, /CURLOPT_CONNECT_TO, x->connect_to/);
	assert.ok(!/CURLOPT_(REDIR|PROXYTYPE|UNIX_SOCKET|DOH)/.test(client));
});
