// A small WebSocket client (RFC 6455) for text frames, for tests that must notice every byte of a peer that dies. No
// dependencies: Node 18 has none built in.
import crypto from 'node:crypto';
import net from 'node:net';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function encode(opcode, payload) {
	const mask = crypto.randomBytes(4);
	const n = payload.length;
	const head = n < 126 ? Buffer.from([0x80 | opcode, 0x80 | n])
		: Buffer.from([0x80 | opcode, 0x80 | 126, n >> 8, n & 255]);
	const body = Buffer.from(payload);
	for (let i = 0; i < n; i++)
		body[i] ^= mask[i & 3];
	return Buffer.concat([head, mask, body]);
}

// One whole frame at the start of the buffer, or null.
function decode(buffer) {
	if (buffer.length < 2)
		return null;
	let n = buffer[1] & 127, at = 2;
	if (n === 126 && buffer.length >= 4) {
		n = buffer.readUInt16BE(2);
		at = 4;
	} else if (n === 127 && buffer.length >= 10) {
		n = Number(buffer.readBigUInt64BE(2));
		at = 10;
	} else if (n >= 126) {
		return null;
	}
	if (buffer.length < at + n)
		return null;
	return {opcode: buffer[0] & 15, payload: buffer.subarray(at, at + n), size: at + n};
}

export class WebSocketClient {
	// on: {open(), frame(object), close(reason)}; close comes exactly once.
	constructor(port, path, protocols, on) {
		this.on = on;
		this.buffer = Buffer.alloc(0);
		this.open = false;
		this.key = crypto.randomBytes(16).toString('base64');
		this.socket = net.connect(port, '127.0.0.1');
		this.socket.on('connect', () => this.socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
			+ 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
			+ `Sec-WebSocket-Key: ${this.key}\r\nSec-WebSocket-Protocol: ${protocols.join(', ')}\r\n\r\n`));
		this.socket.on('data', data => this.take(data));
		this.socket.on('error', error => this.end(error.code));
		this.socket.on('close', () => this.end('closed'));
	}

	send(object) {
		this.socket.write(encode(1, Buffer.from(JSON.stringify(object))));
	}

	close() {
		this.socket.destroy();
		this.end('closed by us');
	}

	end(reason) {
		const on = this.on;
		this.on = null;
		this.socket.destroy();
		if (on)
			on.close(reason);
	}

	take(data) {
		this.buffer = Buffer.concat([this.buffer, data]);
		if (!this.open && !this.takeHead())
			return;
		for (let frame; this.on && (frame = decode(this.buffer));) {
			this.buffer = this.buffer.subarray(frame.size);
			this.takeFrame(frame);
		}
	}

	takeHead() {
		const end = this.buffer.indexOf('\r\n\r\n');
		if (end < 0)
			return false;
		const head = this.buffer.subarray(0, end).toString('latin1');
		this.buffer = this.buffer.subarray(end + 4);
		const accept = crypto.createHash('sha1').update(this.key + MAGIC).digest('base64');
		if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) {
			this.end(head.split('\r\n')[0]);
			return false;
		}
		this.open = true;
		this.on.open();
		return true;
	}

	takeFrame(frame) {
		if (frame.opcode === 1)
			this.on.frame(JSON.parse(frame.payload.toString('utf8')));
		else if (frame.opcode === 8)
			this.end(`close ${frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005}`);
		else if (frame.opcode === 9)
			this.socket.write(encode(10, frame.payload));
	}
}
