// The messages of the bench: a seeded mix over many conversations. Half of the turns ask nothing; the other half look
// something up that the cache holds after each customer's first time.
const plain = [
	'Hello!',
	'Thank you, that was great.',
	'What is your return policy?',
	'How long does shipping take?',
	'Do you ship abroad?',
	'Great service, I love it!',
];
const lookups = [
	'Where is my order?',
	'Can you tell me the status of my order?',
	'Has my order been shipped?',
	'When will my package arrive?',
];

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
		return body(customer, next() < 0.5 ? pick(plain) : pick(lookups));
	});
}

// One look-up for each customer, which fills the caches.
export function warmUp({customers}) {
	return Array.from({length: customers}, (_, i) => body(i + 1, lookups[0]));
}
