// People who write to the server without knowing that it dies. Each remembers what it sent and what it was told, and
// repeats what was not answered under the same key, as the API asks of a client.
import {request, sleep} from './server.mjs';
import {WebSocketClient} from './websocket.mjs';

// One message and all that became known of it.
export class Sent {
	constructor(key, text, order) {
		this.key = key;
		this.text = text;
		this.order = order; // what it asks to return, or undefined
		this.tries = 0;
		this.message = this.turn = this.conversation = undefined;
		this.replies = undefined; // ids, once they are known
	}
}

class Person {
	constructor(world, name) {
		this.world = world; // {server, random, violation(), nextOrder(), running}
		this.name = name;
		this.sent = [];
		this.number = 0;
	}

	next() {
		const {random} = this.world;
		const n = ++this.number;
		const dice = random();
		let text = `Hello, what is your return policy? (${this.name} ${n})`, order;
		if (dice < 0.25 && (order = this.world.nextOrder()))
			text = `Please return my order ${order.id}, my email is ${order.email} (${this.name} ${n})`;
		else if (dice < 0.6)
			text = `Where is my order ORD-1A2B3C4D? My email is john.doe@example.com (${this.name} ${n})`;
		const sent = new Sent(`${this.name}-${n}-${Math.floor(random() * 1e9)}`, text, order);
		this.sent.push(sent);
		return sent;
	}
}

export class ApiPerson extends Person {
	async run() {
		let open;
		while (this.world.running || open) {
			open ??= this.next();
			if (await this.put(open))
				open = undefined;
			else
				await sleep(10 + this.world.random() * 30);
		}
	}

	// True when the message and its replies are known.
	async put(sent) {
		const {server, violation} = this.world;
		if (!server.up)
			return false;
		sent.tries++;
		let answer;
		try {
			answer = await request(server.port, 'POST', '/v1/messages', {
				agent: this.world.agent,
				headers: {'Idempotency-Key': sent.key, ...this.world.headers},
				body: {channel: 'api', from: {id: this.name, name: this.name}, text: sent.text},
			});
		} catch {
			return false;
		}
		if (answer.status === 429 || answer.status === 503) {
			this.world.refused++;
			return false;
		}
		if (answer.status !== 200 && answer.status !== 202) {
			violation(`${sent.key}: status ${answer.status}: ${JSON.stringify(answer.body)}`);
			return true;
		}
		this.learn(sent, answer.body, answer.status === 200);
		return answer.status === 200;
	}

	// What was told once must be told again.
	learn(sent, body, final) {
		const {violation} = this.world;
		for (const [field, value] of [['message', body.message_id], ['turn', body.turn_id],
			['conversation', body.conversation_id]]) {
			if (value === undefined && !final)
				continue;
			if (value === undefined)
				violation(`${sent.key}: no ${field} in the answer`);
			if (sent[field] !== undefined && sent[field] !== value)
				violation(`${sent.key}: ${field} was ${sent[field]} and is now ${value}`);
			sent[field] = value;
		}
		if (!final)
			return;
		const replies = body.replies.map(reply => reply.message_id);
		if (sent.replies && sent.replies.join() !== replies.join())
			violation(`${sent.key}: other replies the second time`);
		sent.replies = replies;
	}
}

export class ChatPerson extends Person {
	constructor(world, name) {
		super(world, name);
		this.frames = new Map(); // numbered frames by seq
		this.highest = 0; // what it has seen
		this.resumed = 0; // from where it asked on this connection
	}

	async run() {
		while (this.world.running || this.sent.some(sent => !sent.message)) {
			if (this.world.server.up)
				await this.connectOnce();
			await sleep(20 + this.world.random() * 50);
		}
	}

	async session() {
		const {server} = this.world;
		const body = this.visitor ? {...this.visitor} : {};
		const answer = await request(server.port, 'POST', '/v1/webchat/sessions', {body});
		if (answer.status !== 201)
			throw new Error(`session: ${answer.status} ${JSON.stringify(answer.body)}`);
		const {visitor_id, visitor_secret, conversation_id} = answer.body;
		this.visitor = {visitor_id, visitor_secret};
		this.conversation ??= conversation_id;
		if (conversation_id !== this.conversation)
			this.world.violation(`${this.name}: its conversation was ${this.conversation} and is now ${conversation_id}`);
		return answer.body;
	}

	// One connection until it breaks; sends a message, waits for its ack, now and then for the reply, then the next.
	async connectOnce() {
		let session;
		try {
			session = await this.session();
		} catch {
			return;
		}
		await new Promise(done => {
			let timer;
			const socket = new WebSocketClient(this.world.server.port, session.ws_url.replace(/^wss?:\/\/[^/]*/, ''),
				['conv.webchat.v1', `bearer.${session.token}`], {
					open() {},
					frame: frame => {
						if (frame.type === 'ready') {
							this.resumed = this.highest;
							socket.send({type: 'resume', data: {after_seq: this.highest}});
						}
						this.take(frame);
					},
					close: () => {
						clearInterval(timer);
						done();
					},
				});
			this.last = 0;
			timer = setInterval(() => this.turn(socket), 50);
		});
	}

	turn(socket) {
		if (!socket.open)
			return;
		const open = this.sent.find(sent => !sent.message);
		const now = Date.now();
		if (!this.world.running && !open)
			return socket.close();
		if (now - this.last < 300) // the visitor's limit is five a second
			return;
		this.last = now;
		const sent = open ?? this.next();
		sent.tries++;
		socket.send({type: 'message', data: {client_id: sent.key.replace(/[^A-Za-z0-9_-]/g, '-'), text: sent.text}});
	}

	take(frame) {
		const {violation} = this.world;
		if (frame.type === 'ack') {
			const sent = this.sent.find(one => one.key === frame.data.client_id);
			if (!sent)
				violation(`${this.name}: ack of ${frame.data.client_id}, which it never sent`);
			else if (sent.message && sent.message !== frame.data.id)
				violation(`${sent.key}: message was ${sent.message} and is now ${frame.data.id}`);
			else
				sent.message = frame.data.id;
		}
		if (frame.type === 'error' && ![429, 503].includes(frame.data.status))
			violation(`${this.name}: ${JSON.stringify(frame.data)}`);
		if (frame.seq === undefined)
			return;
		// What was committed between `ready` and our `resume` comes twice: live, and because we asked.
		const known = this.frames.get(frame.seq);
		if (frame.seq <= this.highest && !(known && known.id === frame.id && frame.seq > this.resumed))
			violation(`${this.name}: frame ${frame.seq} came after ${this.highest}`);
		this.highest = Math.max(this.highest, frame.seq);
		this.frames.set(frame.seq, frame);
	}
}
