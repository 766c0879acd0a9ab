// A visitor of the web chat, over any of its transports.
import http from 'node:http';

import {bearer} from './server.mjs';
import {until} from './suite.mjs';
import {Socket} from './websocket.mjs';

const PROTOCOL = 'conv.webchat.v1';
let number = 0;

export const clientId = () => `client-${process.pid}-${++number}`;

export class Visitor {
	constructor(server, {origin, ...body} = {}) {
		this.server = server;
		this.headers = origin ? {Origin: origin} : {};
		this.body = body;
	}

	// Opens a session or continues it; keeps the newest secret as a browser does.
	async open(more = {}) {
		const answer = await this.server.post('/v1/webchat/sessions', {...this.body, ...more}, {headers: this.headers});
		if (answer.status === 201) {
			this.session = answer.body;
			this.body.visitor_id = answer.body.visitor_id;
			this.body.visitor_secret = answer.body.visitor_secret;
		}
		return answer;
	}

	get auth() {
		return {...bearer(this.session.token), ...this.headers};
	}

	// A WebSocket that is ready.
	async connect() {
		const socket = new Socket(this.server.port, '/v1/webchat/ws', {protocols: [PROTOCOL, `bearer.${this.session.token}`],
			headers: this.headers, from: this.server.address});
		await socket.type('ready');
		return socket;
	}

	post(text, id = clientId(), more = {}) {
		return this.server.post('/v1/webchat/messages', {client_id: id, text, ...more},
			{headers: {...this.auth, 'Idempotency-Key': id}});
	}

	async ticket() {
		const answer = await this.server.post('/v1/webchat/tickets', undefined, {headers: this.auth});
		return answer.body.ticket;
	}

	// A stream of events: {status, frames, ids, comments, closed, drop()}.
	stream(query, headers = {}) {
		return new Promise((done, fail) => {
			const req = http.request({host: '127.0.0.1', port: this.server.port, localAddress: this.server.address,
				path: `/v1/webchat/events${query}`, headers: {Accept: 'text/event-stream', ...headers}}, res => {
				const stream = {status: res.statusCode, headers: res.headers, frames: [], ids: [], retry: undefined, closed: false,
					drop: () => req.destroy(), see};
				let text = '';
				res.on('error', () => {});
				res.on('close', () => (stream.closed = true));
				res.on('data', data => {
					text += data.toString('utf8');
					for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2))
						takeEvent(stream, text.slice(0, end));
				});
				done(stream);
			});
			req.on('error', fail);
			req.end();
		});
	}
}

function takeEvent(stream, event) {
	for (const line of event.split('\n')) {
		const [field, value] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()];
		if (field === 'data')
			stream.frames.push(JSON.parse(value));
		else if (field === 'id')
			stream.ids.push(Number(value));
		else if (field === 'retry')
			stream.retry = Number(value);
	}
}

function see(what, fits) {
	return until(what, () => this.frames.find(fits));
}

export const isReply = frame => frame.type === 'message' && frame.data.author.kind === 'bot';

// The numbered messages among frames, which must rise strictly.
export function messages(frames) {
	return frames.filter(frame => frame.type === 'message');
}
