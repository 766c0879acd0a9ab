// Opens many idle WebSockets on bare sockets: what they cost the server is measured, so they must cost this side little.
import {connect} from 'node:net';

function open(port, target) {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1');
		socket.on('connect', () => socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n` +
			'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGFybGV5IGJlbmNoIGtleQ==\r\n\r\n'));
		socket.once('data', (data) => {
			if (!data.toString('latin1').startsWith('HTTP/1.1 101'))
				reject(new Error(`no WebSocket at ${target}: ${data.toString('latin1').split('\r\n')[0]}`));
			socket.resume();
			resolve(socket);
		});
		socket.on('error', reject);
	});
}

// `target(i)` is the path and query of the i-th. Opened in batches, so that the listen queue holds.
export async function openIdle(port, count, target, batch = 100) {
	const sockets = [];
	while (sockets.length < count) {
		const n = Math.min(batch, count - sockets.length);
		sockets.push(...await Promise.all(Array.from({length: n}, (_, i) => open(port, target(sockets.length + i)))));
	}
	return sockets;
}
