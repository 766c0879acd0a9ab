// The messages of the bench: a seeded mix over many conversations. Half of the turns ask nothing; the other half look
// something up that the cache holds after each customer's first time. Every fifth message is one of a few words that
// all people write alike; the others are put together, so that a text seldom comes twice in a run.
const short = ['Hello!', 'hi', 'Hey there', 'Thank you!', 'thanks', 'Good morning'];
const greetings = ['', 'Hi, ', 'Hello, ', 'Hey, ', 'Good evening, ', 'Hi there, quick question: ', 'Hello again, '];
const plain = [
	'what is your return policy', 'how long does shipping take', 'do you ship abroad', 'which sizes do you have',
	'how do I change my password', 'what payment methods do you take', 'is the shop open on Sunday', 'do you have gift cards',
];
const lookups = [
	'where is my order', 'can you tell me the status of my order', 'has my order been shipped', 'when will my package arrive',
	'I would like to track my parcel', 'any news about my delivery', 'is my package on its way', 'what is the status of my delivery',
];
const matters = ['blue jacket', 'coffee machine', 'running shoes', 'desk lamp', 'phone case', 'winter coat', 'headphones', 'tea pot', 'backpack', 'garden chair'];
const reasons = ['for my sister', 'for a birthday', 'for our new flat', 'for work', 'for the holidays', 'for a friend', 'for my son', 'for the weekend'];
const endings = ['', ' Thanks!', ' Thank you in advance.', ' I am just curious.', ' Have a nice day!'];

// A small generator with a seed (mulberry32): every run sends the same messages.
function chance(seed) {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), a | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

function text(next, pick) {
	if (next() < 0.2)
		return pick(short);
	const words = `${pick(greetings)}${pick(next() < 0.375 ? plain : lookups)}`;
	const about = next() < 0.5 ? '' : ` It is about the ${pick(matters)} ${pick(reasons)}.`;
	return `${words[0].toUpperCase()}${words.slice(1)}?${about}${pick(endings)}`;
}

const body = (customer, text) => JSON.stringify({
	channel: 'api',
	from: {id: `customer${customer}`, email: `customer${customer}@example.com`},
	text,
});

// Bodies of POST /v1/messages.
export function traffic({customers, count, seed}) {
	const next = chance(seed);
	const pick = (list) => list[Math.floor(next() * list.length)];
	return Array.from({length: count}, () => {
		const customer = 1 + Math.floor(next() * customers);
		return body(customer, text(next, pick));
	});
}

// One look-up for each customer, which fills the caches.
export function warmUp({customers}) {
	return Array.from({length: customers}, (_, i) => body(i + 1, 'Where is my order?'));
}
