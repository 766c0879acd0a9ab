// A world for tests of the connection: a clock that is moved by hand, and a server end for each link.

import type { World } from "../widget/connection";
import type { Ended, LinkEvents, OpenLink } from "../widget/link";
import type { ClientFrame, ServerFrame, Session } from "../widget/protocol";
import { SessionError } from "../widget/session";

export interface ServerEnd {
	kind: "socket" | "stream";
	session: Session;
	afterSeq: number;
	sent: ClientFrame[];
	closed: boolean;
	frame(f: ServerFrame): void;
	end(why: Ended): void;
}

export class TestWorld implements World {
	time = 1_000_000;
	up = true;
	links: ServerEnd[] = [];
	sessions = 0;
	nextSession: Partial<Session> = {};
	sessionFailure: SessionError | null = null;
	private timers: { at: number; action: () => void }[] = [];

	openSocket: OpenLink | null = this.opener("socket", false);
	openStream: OpenLink = this.opener("stream", true);

	async openSession(): Promise<Session> {
		this.sessions++;
		if (this.sessionFailure) throw this.sessionFailure;
		return {
			conversation: "c1", visitor: { id: "v", secret: "s" }, token: `t${this.sessions}`, socketUrl: "ws://x/", streamUrl: "http://x/",
			status: { conversation: "open" }, history: [], seq: 0,
		readSeq: 0,
		seenSeq: 0, ...this.nextSession,
		};
	}

	now = () => this.time;
	random = () => 0.5;
	networkUp = () => this.up;

	after(ms: number, action: () => void): () => void {
		const timer = { at: this.time + ms, action };
		this.timers.push(timer);
		return () => {
			this.timers = this.timers.filter((t) => t !== timer);
		};
	}

	// Lets time pass, timer by timer, with the microtasks between them.
	async pass(ms: number): Promise<void> {
		const end = this.time + ms;
		for (;;) {
			await settle();
			const due = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
			if (!due) break;
			this.timers = this.timers.filter((t) => t !== due);
			this.time = Math.max(this.time, due.at);
			due.action();
		}
		this.time = end;
		await settle();
	}

	get link(): ServerEnd {
		const last = this.links[this.links.length - 1];
		if (!last) throw new Error("no link was opened");
		return last;
	}

	private opener(kind: "socket" | "stream", resumes: boolean): OpenLink {
		return (session, afterSeq, events: LinkEvents) => {
			const end: ServerEnd = {
				kind, session, afterSeq, sent: [], closed: false,
				frame: (f) => events.frame(f),
				end: (why) => events.ended(why),
			};
			this.links.push(end);
			return {
				resumes, quietMs: resumes ? 35_000 : 25_000, deadMs: resumes ? 0 : 10_000,
				send: (f) => void end.sent.push(f),
				close: () => void (end.closed = true),
			};
		};
	}
}

export async function settle(): Promise<void> {
	for (let i = 0; i < 8; i++) await Promise.resolve();
}
