// The conversation as this page knows it: what the server numbered, in the order of its numbers, then what is
// still on its way, in the order it was written. A message is in here once, whichever way it came: history, live,
// a repetition after a resume, or the echo of one's own sending.

import type { Message, Outgoing, QuickReply, Author } from "./protocol";

export type Delivery = "sending" | "failed" | "sent";

export interface Entry {
	key: string; // stays the same while an entry lives, so its element on the page does too
	kind: "message" | "handoff";
	seq: number | null; // null until the server numbered it
	ts: number;
	author: Author;
	text: string;
	quickReplies: QuickReply[];
	clientId?: string;
	delivery?: Delivery; // the visitor's own messages only
	to?: "human" | "bot"; // hand-overs only
}

export class Log {
	private numbered: Entry[] = [];
	private pending: Entry[] = [];
	private readonly byKey = new Map<string, Entry>();
	seenUpTo = 0; // an agent has seen the visitor's messages up to this number

	entries(): readonly Entry[] {
		return this.pending.length ? [...this.numbered, ...this.pending] : this.numbered;
	}

	find(key: string): Entry | undefined {
		return this.byKey.get(key);
	}

	// The newest number in the log; 0 for an empty one.
	newest(): number {
		return this.numbered[this.numbered.length - 1]?.seq ?? 0;
	}

	// True when the message is new to the log.
	add(m: Message): boolean {
		const key = m.clientId ?? m.id;
		const known = this.byKey.get(key);
		const entry: Entry = known ?? {
			key,
			kind: "message",
			seq: null,
			ts: m.ts,
			author: m.author,
			text: m.text,
			quickReplies: m.quickReplies,
		};
		if (m.author.kind === "visitor") entry.delivery = "sent";
		if (m.clientId) entry.clientId = m.clientId;
		this.place(entry, m.seq, m.ts);
		return !known;
	}

	addHandoff(id: string, seq: number, ts: number, to: "human" | "bot"): void {
		if (this.byKey.has(id)) return;
		const author: Author = { kind: "bot", name: "" };
		this.place({ key: id, kind: "handoff", seq: null, ts, author, text: "", quickReplies: [], to }, seq, ts);
	}

	// The visitor's own message before the server has it. Nothing happens when it is known already.
	addOutgoing(o: Outgoing, ts: number, delivery: Delivery): void {
		if (this.byKey.has(o.client_id)) return;
		const entry: Entry = {
			key: o.client_id,
			kind: "message",
			seq: null,
			ts,
			author: { kind: "visitor", name: "" },
			text: o.text,
			quickReplies: [],
			clientId: o.client_id,
			delivery,
		};
		this.byKey.set(entry.key, entry);
		const at = this.pending.findIndex((other) => other.ts > ts);
		this.pending.splice(at < 0 ? this.pending.length : at, 0, entry);
	}

	acknowledge(clientId: string, seq: number, ts: number): void {
		const entry = this.byKey.get(clientId);
		if (!entry || entry.seq !== null) return;
		entry.delivery = "sent";
		this.place(entry, seq, ts);
	}

	// Changes what is not acknowledged yet; an acknowledged message stays sent.
	mark(clientId: string, delivery: Delivery): void {
		const entry = this.byKey.get(clientId);
		if (entry && entry.seq === null) entry.delivery = delivery;
	}

	// Takes back what was not acknowledged.
	discard(clientId: string): void {
		const entry = this.byKey.get(clientId);
		if (!entry || entry.seq !== null) return;
		this.byKey.delete(clientId);
		this.pending = this.pending.filter((other) => other !== entry);
	}

	// Another conversation begins; what is on its way goes into that one.
	clearNumbered(): void {
		for (const entry of this.numbered) this.byKey.delete(entry.key);
		this.numbered = [];
		this.seenUpTo = 0;
	}

	// Others' messages after number `readUpTo`.
	unread(readUpTo: number): number {
		let count = 0;
		for (let i = this.numbered.length - 1; i >= 0; i--) {
			const entry = this.numbered[i] as Entry;
			if ((entry.seq ?? 0) <= readUpTo) break;
			if (entry.kind === "message" && entry.author.kind !== "visitor") count++;
		}
		return count;
	}

	private place(entry: Entry, seq: number, ts: number): void {
		if (entry.seq === seq) return;
		if (entry.seq === null) this.pending = this.pending.filter((other) => other !== entry);
		else this.numbered = this.numbered.filter((other) => other !== entry);
		entry.seq = seq;
		entry.ts = ts;
		this.byKey.set(entry.key, entry);
		let at = this.numbered.length;
		while (at > 0 && ((this.numbered[at - 1] as Entry).seq ?? 0) > seq) at--;
		this.numbered.splice(at, 0, entry);
	}
}
