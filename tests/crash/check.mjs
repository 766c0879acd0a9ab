// What must be true in the end, asked from outside.
import {request} from './server.mjs';

async function pages(world, conversation) {
	const all = [];
	let after = 0;
	for (;;) {
		const {status, body} = await request(world.server.port, 'GET',
			`/v1/conversations/${conversation}/messages?limit=100&after=${after}`, {headers: world.headers, agent: world.agent});
		if (status !== 200)
			throw new Error(`messages of ${conversation}: ${status} ${JSON.stringify(body)}`);
		all.push(...body.messages);
		if (!body.next || body.messages.length === 0)
			return all;
		after = body.next;
	}
}

function once(list, what, world) {
	const seen = new Set();
	for (const one of list) {
		if (seen.has(one))
			world.violation(`${what} ${one} is there twice`);
		seen.add(one);
	}
	return seen;
}

// The log of one conversation against what its person sent and was told.
async function checkConversation(world, person, conversation, sent) {
	const log = await pages(world, conversation);
	const where = `${person.name} in ${conversation}`;
	const inbound = log.filter(one => one.direction === 'inbound');
	const outbound = log.filter(one => one.direction === 'outbound');
	once(log.map(one => one.id), `${where}: message`, world);
	for (let i = 1; i < log.length; i++)
		if (log[i].seq <= log[i - 1].seq)
			world.violation(`${where}: ${log[i].seq} stands behind ${log[i - 1].seq}`);
	const wanted = sent.map(one => one.message).join();
	if (inbound.map(one => one.id).join() !== wanted)
		world.violation(`${where}: sent ${sent.map(one => `${one.key}=${one.message}`)}, stored ${inbound.map(one => one.id)}`);
	const byId = new Map(inbound.map(one => [one.id, one]));
	for (const one of sent)
		if (byId.get(one.message) && byId.get(one.message).text !== one.text)
			world.violation(`${where}: ${one.key} was stored with another text`);
	if (sent.some(one => one.replies)) {
		const told = once([...new Set(sent)].flatMap(one => one.replies), `${where}: reply`, world);
		for (const one of outbound)
			if (!told.has(one.id))
				world.violation(`${where}: reply ${one.id} (turn ${one.turn_id}) was told to nobody: ${one.text}`);
		if (outbound.length !== told.size)
			world.violation(`${where}: ${told.size} replies were told, ${outbound.length} are stored`);
	}
	await checkTurns(world, where, inbound, outbound, sent);
	return {inbound: inbound.length, outbound: outbound.length};
}

// Each inbound message belongs to one committed turn, and no other turn wrote to the customer.
async function checkTurns(world, where, inbound, outbound, sent) {
	const told = new Map(sent.filter(one => one.turn).map(one => [one.message, one.turn]));
	const turns = new Map();
	once(outbound.map(one => `${one.turn_id}: ${one.text}`), `${where}: the reply of turn`, world);
	for (const one of inbound) {
		if (!one.turn_id)
			world.violation(`${where}: ${one.id} is in no turn`);
		if (told.has(one.id) && told.get(one.id) !== one.turn_id)
			world.violation(`${where}: ${one.id} is in turn ${one.turn_id}, its sender was told ${told.get(one.id)}`);
		turns.set(one.turn_id, false);
	}
	for (const one of outbound) {
		if (!turns.has(one.turn_id))
			world.violation(`${where}: reply ${one.id} belongs to turn ${one.turn_id}, which answers no message`);
		else
			turns.set(one.turn_id, true);
	}
	for (const [id, answered] of turns) {
		if (!answered)
			world.violation(`${where}: turn ${id} answered nothing`);
		const {status, body} = await request(world.server.port, 'GET', `/v1/turns/${id}`,
			{headers: world.headers, agent: world.agent});
		if (status !== 200)
			world.violation(`${where}: turn ${id}: ${status}`);
		else if (!['done', 'failed'].includes(body.status))
			world.violation(`${where}: turn ${id} is ${body.status}`);
	}
}

function checkFrames(world, person) {
	const mine = [...person.frames.values()].filter(one => one.type === 'message' && one.data.author.kind === 'visitor');
	const ids = mine.map(one => one.id).join();
	if (ids !== person.sent.map(one => one.message).join())
		world.violation(`${person.name}: the frames show ${ids}, it sent ${person.sent.map(one => one.message)}`);
}

function checkEffects(world, shop, people) {
	const effects = shop.effects();
	const asked = new Set(people.flatMap(one => one.sent).filter(one => one.order).map(one => one.order.id));
	const counts = new Map();
	for (const one of effects) {
		const name = `${one.service} ${one.action} ${one.target}`;
		counts.set(name, (counts.get(name) ?? 0) + 1);
		if (!asked.has(one.target))
			world.violation(`the shop did "${name}" and nobody asked`);
	}
	for (const [name, count] of counts)
		if (count > 1)
			world.violation(`the shop did "${name}" ${count} times`);
	return effects.length;
}

// The counts of a round: {messages, chat, tries, replies, effects}.
export async function check({world, people, shop, cycles}) {
	let inbound = 0, outbound = 0, tries = 0, chat = 0;
	for (const person of people) {
		const conversations = new Map();
		for (const sent of person.sent) {
			const id = sent.conversation ?? person.conversation;
			conversations.set(id, [...(conversations.get(id) ?? []), sent]);
			tries += sent.tries;
		}
		for (const [id, sent] of conversations) {
			const counts = await checkConversation(world, person, id, sent);
			inbound += counts.inbound;
			outbound += counts.outbound;
		}
		if (person.frames) {
			checkFrames(world, person);
			chat += person.sent.length;
		}
	}
	const effects = checkEffects(world, shop, people);
	if (cycles >= 10 && effects === 0)
		world.violation('no message led to an effect: the proof says nothing about effects');
	if (chat === 0)
		world.violation('nothing was written over the WebSocket');
	if (cycles >= 10 && tries === inbound)
		world.violation('no message had to be repeated: the kills met no load');
	return {messages: inbound, chat, tries, replies: outbound, effects};
}
