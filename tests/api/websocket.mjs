// A WebSocket client (RFC 6455) that sees everything: frames as they come, the close code, a refused handshake; and can
// send what no client should.
import crypto from 'node:crypto';
import net from 'node:net';

import {until} from './suite.mjs';

const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

// One masked frame; `first` is the first byte: 0x81 is a whole text.
export function frame(first, payload) {
	const body = Buffer.from(payload);
	const mask = crypto.randomBytes(4);
	const n = body.length;
	let head;
	if (n < 126)
		head = Buffer.from([first, 0x80 | n]);
	else if (n < 65536)
		head = Buffer.from([first, 0x80 | 126, n >> 8, n & 255]);
	else
		head = Buffer.from([first, 0x80 | 127, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
	for (let i = 0; i < n; i++)
		body[i] ^= mask[i & 3];
	return Buffer.concat([head, mask, body]);
}

export class Socket {
	// {protocols, headers, from}
	constructor(port, path, {protocols = [], headers = {}, from} = {}) {
		this.frames = []; // objects, in order
		this.closed = undefined; // {code, reason}; code 0 when the connection ended without a close frame
		this.refused = undefined; // the status of a handshake that was no 101
		this.buffer = Buffer.alloc(0);
		this.key = crypto.randomBytes(16).toString('base64');
		const lines = {Host: `127.0.0.1:${port}`, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
			'Sec-WebSocket-Key': this.key, ...protocols.length ? {'Sec-WebSocket-Protocol': protocols.join(', ')} : {}, ...headers};
		this.socket = net.connect({port, host: '127.0.0.1', localAddress: from});
		this.socket.write(`GET ${path} HTTP/1.1\r\n${Object.entries(lines).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
		this.socket.on('data', data => this.take(data));
		this.socket.on('error', () => {});
		this.socket.on('close', () => (this.closed ??= {code: 0, reason: ''}));
	}

	take(data) {
		this.buffer = Buffer.concat([this.buffer, data]);
		if (this.head === undefined) {
			const end = this.buffer.indexOf('\r\n\r\n');
			if (end < 0)
				return;
			this.head = this.buffer.subarray(0, end).toString('latin1');
			this.buffer = this.buffer.subarray(end + 4);
			const right = crypto.createHash('sha1').update(this.key + ACCEPT).digest('base64');
			if (!this.head.startsWith('HTTP/1.1 101') || !this.head.includes(right))
				this.refused = Number(this.head.split(' ')[1]);
		}
		while (this.refused === undefined && this.takeFrame())
			;
	}

	takeFrame() {
		if (this.buffer.length < 2)
			return false;
		let n = this.buffer[1], at = 2;
		if (n === 126) {
			n = this.buffer.length < 4 ? Infinity : this.buffer.readUInt16BE(2);
			at = 4;
		} else if (n === 127) {
			n = this.buffer.length < 10 ? Infinity : Number(this.buffer.readBigUInt64BE(2));
			at = 10;
		}
		if (this.buffer.length < at + n)
			return false;
		const opcode = this.buffer[0] & 15, payload = this.buffer.subarray(at, at + n);
		this.buffer = this.buffer.subarray(at + n);
		if (opcode === 1) {
			this.frames.push(JSON.parse(payload.toString('utf8')));
		} else if (opcode === 8) {
			this.closed ??= {code: payload.length ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString('utf8')};
			this.socket.end(frame(0x88, payload));
		} else if (opcode === 9) {
			this.socket.write(frame(0x8a, payload));
		}
		return true;
	}

	send(object) {
		this.socket.write(frame(0x81, JSON.stringify(object)));
	}

	raw(first, payload) {
		this.socket.write(frame(first, payload));
	}

	// Until the handshake is through: no frame may be sent before.
	async opened() {
		await until('the handshake', () => this.head !== undefined || this.closed);
		return this;
	}

	// The first frame that fits, waited for; what came before it stays in `frames`.
	see(what, fits, limit_ms) {
		return until(what, () => {
			const found = this.frames.find(fits);
			if (!found && this.closed)
				throw new Error(`closed with ${this.closed.code} ${this.closed.reason} while waiting for: ${what}`);
			return found;
		}, limit_ms);
	}

	type(type) {
		return this.see(`a frame ${type}`, one => one.type === type);
	}

	async end() {
		await until('the close', () => this.closed || this.refused !== undefined);
		return this.closed?.code;
	}

	// Goes without a word, as a network does.
	drop() {
		this.closed ??= {code: 0, reason: 'dropped'};
		this.socket.destroy();
	}
}
