// Splits text into plain parts and web addresses. Only http and https become links; every part is shown through
// textContent, so nothing that somebody writes is ever read as HTML.

export interface Part {
	text: string;
	href?: string;
}

const address = /https?:\/\/[^\s<>"'`\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f]+/giu;
const closers: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

// Punctuation that ends the sentence does not belong to the address; a closing bracket does when it was opened inside.
function trim(found: string): string {
	let end = found.length;
	while (end > 0) {
		const last = found.charAt(end - 1);
		const opener = closers[last];
		if (opener !== undefined) {
			const inside = found.slice(0, end);
			if (inside.split(opener).length >= inside.split(last).length) break;
		} else if (!".,;:!?…*_~".includes(last)) {
			break;
		}
		end--;
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

export function linkify(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	const plain = (to: number) => {
		if (to > from) parts.push({ text: text.slice(from, to) });
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
