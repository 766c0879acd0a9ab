// Splits text into plain parts, web addresses, and references such as ORD-1A2B3C4D, which stay on one line. Only http
// and https become links; every part is shown through textContent, so nothing that somebody writes is read as HTML.

export interface Part {
	text: string;
	href?: string;
	whole?: true; // not to be broken over two lines
}

const address = /https?:\/\/(?!\/)[^\s<>"'`\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f]+/giu;
const reference = /\b[A-Z]{2,6}-[A-Z0-9]{3,12}\b/g;
const closers: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

// Punctuation that ends the sentence does not belong to the address; a closing bracket does when it was opened inside.
function trim(found: string): string {
	const count: Record<string, number> = {};
	for (const c of found) count[c] = (count[c] ?? 0) + 1;
	let end = found.length;
	for (; end > 0; end--) {
		const last = found.charAt(end - 1);
		const opener = closers[last];
		if (opener === undefined && !".,;:!?…*_~".includes(last)) break;
		if (opener !== undefined && (count[opener] ?? 0) >= (count[last] ?? 0)) break;
		count[last] = (count[last] ?? 0) - 1;
	}
	return found.slice(0, end);
}

function href(found: string): string | undefined {
	try {
		const url = new URL(found);
		const web = url.protocol === "http:" || url.protocol === "https:";
		// https://shop.example@evil.example looks like the shop and is not.
		return web && url.hostname && !url.username && !url.password ? url.href : undefined;
	} catch {
		return undefined;
	}
}

function references(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	for (const match of text.matchAll(reference)) {
		if (match.index > from) parts.push({ text: text.slice(from, match.index) });
		parts.push({ text: match[0], whole: true });
		from = match.index + match[0].length;
	}
	if (from < text.length) parts.push({ text: text.slice(from) });
	return parts;
}

export function linkify(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	const plain = (to: number) => {
		if (to > from) parts.push(...references(text.slice(from, to)));
	};
	for (const match of text.matchAll(address)) {
		const shown = trim(match[0]);
		const target = href(shown);
		if (!target) continue;
		plain(match.index);
		parts.push({ text: shown, href: target });
		from = match.index + shown.length;
	}
	plain(text.length);
	return parts;
}
