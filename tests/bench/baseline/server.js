// The server that Parley's figures are compared with: fastify and better-sqlite3, the same message endpoint, and for each
// message the same three writes (message in, message out, conversation) in one transaction that is on disk
// (WAL, synchronous=FULL) before the reply leaves.
//
//	node server.js --listen 127.0.0.1:8090 --data DIR
//
// Prints {"address":…} when it is ready.
import {randomUUID} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import Database from 'better-sqlite3';
import Fastify from 'fastify';

const {values: options} = parseArgs({
	options: {listen: {type: 'string', default: '127.0.0.1:0'}, data: {type: 'string'}},
});
if (!options.data)
	throw new Error('--data DIR is missing');
mkdirSync(options.data, {recursive: true});

const db = new Database(join(options.data, 'baseline.db'));
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
	CREATE TABLE IF NOT EXISTS conversation(
		id INTEGER PRIMARY KEY, channel TEXT NOT NULL, contact TEXT NOT NULL, turns INTEGER NOT NULL,
		last_intent TEXT, updated_ms INTEGER NOT NULL, UNIQUE(channel, contact));
	CREATE TABLE IF NOT EXISTS message(
		id TEXT PRIMARY KEY, conversation INTEGER NOT NULL, direction TEXT NOT NULL, text TEXT NOT NULL,
		dedupe TEXT UNIQUE, created_ms INTEGER NOT NULL) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS message_by_conversation ON message(conversation, created_ms);
`);

const statements = {
	conversation: db.prepare(`
		INSERT INTO conversation(channel, contact, turns, last_intent, updated_ms) VALUES(?, ?, 1, ?, ?)
		ON CONFLICT(channel, contact) DO UPDATE SET turns = turns + 1, last_intent = excluded.last_intent,
			updated_ms = excluded.updated_ms RETURNING id`),
	message: db.prepare('INSERT INTO message(id, conversation, direction, text, dedupe, created_ms) VALUES(?, ?, ?, ?, ?, ?)'),
};

const intents = [
	[/\b(where|track|tracking|status)\b/i, 'order_inquiry', 'I will look that order up. What is its number?'],
	[/\b(refund|money back|charged)\b/i, 'refund_request', 'I am sorry. Which order should be refunded?'],
	[/\b(cancel)\b/i, 'cancellation_request', 'Which order should be cancelled?'],
	[/\b(return|exchange)\b/i, 'return_request', 'You can return it within 30 days. Which order is it?'],
	[/\b(manager|human|person)\b/i, 'escalation_request', 'A person will be with you soon.'],
	[/\b(thank|thanks|great)\b/i, 'compliment', 'Thank you!'],
];

function answer(text) {
	for (const [pattern, intent, reply] of intents)
		if (pattern.test(text))
			return {intent, reply};
	return {intent: 'general_inquiry', reply: 'How can I help you?'};
}

const store = db.transaction((message, found, inbound, outbound, dedupe) => {
	const now = Date.now();
	const {id} = statements.conversation.get(message.channel, message.from.id, found.intent, now);
	statements.message.run(inbound, id, 'inbound', message.text, dedupe, now);
	statements.message.run(outbound, id, 'outbound', found.reply, null, now);
	return id;
});

const string = {type: 'string'};
const app = Fastify({logger: false, bodyLimit: 1 << 20, keepAliveTimeout: 75000});
app.get('/health', async () => ({status: 'ok'}));
app.post('/v1/messages', {
	schema: {
		body: {
			type: 'object',
			required: ['channel', 'from', 'text'],
			properties: {
				channel: string,
				from: {type: 'object', required: ['id'], properties: {id: string, email: string, name: string}},
				text: {type: 'string', maxLength: 10000},
			},
		},
		response: {
			200: {
				type: 'object',
				properties: {
					message_id: string,
					conversation_id: string,
					turn_id: string,
					replies: {type: 'array', items: {type: 'object', properties: {message_id: string, text: string}}},
				},
			},
		},
	},
}, async (request) => {
	const found = answer(request.body.text);
	const inbound = randomUUID(), outbound = randomUUID();
	const conversation = store(request.body, found, inbound, outbound, request.headers['idempotency-key'] ?? null);
	return {
		message_id: inbound,
		conversation_id: String(conversation),
		turn_id: inbound,
		replies: [{message_id: outbound, text: found.reply}],
	};
});

const colon = options.listen.lastIndexOf(':');
const address = await app.listen({host: options.listen.slice(0, colon), port: Number(options.listen.slice(colon + 1))});
console.log(JSON.stringify({address}));
for (const signal of ['SIGINT', 'SIGTERM'])
	process.on(signal, async () => {
		await app.close();
		db.close();
		process.exit(0);
	});
