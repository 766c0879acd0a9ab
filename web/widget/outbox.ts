// Messages the server has not acknowledged. They outlive the page: whichever tab is connected next sends them, and
// because the server takes a client_id once, two tabs that send the same one do no harm.

import type { Outgoing } from "./protocol";
import type { Shelf } from "./shelf";

export interface Held {
	message: Outgoing;
	ts: number;
	refused: boolean; // the server said no: it is sent again only when the person asks for it
}

const prefix = "out:";

function parse(json: string | null): Held | null {
	try {
		const held = JSON.parse(json ?? "null") as Held | null;
		return typeof held?.message?.client_id === "string" && typeof held.message.text === "string" ? held : null;
	} catch {
		return null;
	}
}

export type Elsewhere =
	| { kind: "held"; held: Held }
	| { kind: "settled"; clientId: string };

export class Outbox {
	private readonly own = new Map<string, Held>();

	constructor(private readonly shelf: Shelf) {}

	put(held: Held): void {
		this.own.set(held.message.client_id, held);
		this.shelf.set(prefix + held.message.client_id, JSON.stringify(held));
	}

	get(clientId: string): Held | null {
		return parse(this.shelf.get(prefix + clientId)) ?? this.own.get(clientId) ?? null;
	}

	settle(clientId: string): void {
		this.own.delete(clientId);
		this.shelf.remove(prefix + clientId);
	}

	// Everything held by any tab, oldest first.
	all(): Held[] {
		const found = new Map(this.own);
		for (const name of this.shelf.names(prefix)) {
			const held = parse(this.shelf.get(name));
			if (held) found.set(held.message.client_id, held);
			else this.shelf.remove(name);
		}
		return [...found.values()].sort((a, b) => a.ts - b.ts);
	}

	// What a change of the shelf by another tab means for the outbox; null when it is about something else.
	elsewhere(name: string, value: string | null): Elsewhere | null {
		if (!name.startsWith(prefix)) return null;
		if (value === null) {
			const clientId = name.slice(prefix.length);
			this.own.delete(clientId);
			return { kind: "settled", clientId };
		}
		const held = parse(value);
		return held && { kind: "held", held };
	}
}
