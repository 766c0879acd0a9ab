// One visitor's chat on this page: the log, the outbox and the connection put together, and shared with the other
// tabs through the shelf. The view shows what it finds here and calls the verbs; it is told when to look again.
//
// Messages go out one after the other: the next leaves when the one before it is acknowledged or refused. So they
// keep the order in which they were written, and a long offline hour does not become a burst.

import { Connection, type Phase, type World } from "./connection";
import { Log } from "./log";
import { Outbox, type Held } from "./outbox";
import { textMax, type Author, type Outgoing, type QuickReply, type ServerFrame, type Session, type Status } from "./protocol";
import { storedVisitor } from "./session";
import type { Shelf } from "./shelf";

export interface ChatEvents {
	changed(): void; // something to show is different
}

const ackWithinMs = 15_000;
const againAfterMs = 1_000;
const againMax = 5;
const typingEveryMs = 2_000;
const typingEndsMs = 5_000;
const typingShownMs = 8_000;
const readName = "read";

function newClientId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export class Chat {
	readonly log = new Log();
	status: Status = { conversation: "open" };
	typing: Author | null = null;
	loaded = false; // the history is in the log
	private readonly outbox: Outbox;
	private readonly connection: Connection;
	private readonly stopListening: () => void;
	private conversation = "";
	private readUpTo: number;
	private saidRead = 0;
	private readonly toSend = new Set<string>(); // client ids this tab is in charge of
	private lastSent = "";
	private inFlight = ""; // the one that waits for its acknowledgement
	private refusals = 0; // of that one, for want of time
	private typingSaidAt = 0;
	private cancelTyping = () => {};
	private cancelOwnTyping = () => {};
	private cancelNext = () => {}; // the patience for an acknowledgement, or the pause before the next attempt

	constructor(
		private readonly world: World,
		private readonly shelf: Shelf,
		private readonly events: ChatEvents,
	) {
		this.outbox = new Outbox(shelf);
		this.readUpTo = Number(shelf.get(readName)) || 0;
		this.connection = new Connection(world, {
			phase: (phase) => this.entered(phase),
			session: (session) => this.begin(session),
			frame: (frame) => this.receive(frame),
			ready: () => this.takeCharge(),
			tooBig: () => this.refuse(this.lastSent),
		});
		this.stopListening = shelf.onChange((name, value) => this.heardFromTab(name, value));
		for (const held of this.outbox.all()) this.show(held);
	}

	get phase(): Phase {
		return this.connection.phase;
	}

	// Whether this browser has chatted here before, so that news may be waiting.
	returning(): boolean {
		return storedVisitor(this.shelf) !== null || this.outbox.all().length > 0;
	}

	start(): void {
		this.connection.start();
	}

	stop(): void {
		this.stopListening();
		this.cancelTyping();
		this.cancelOwnTyping();
		this.cancelNext();
		this.connection.stop();
	}

	networkLost(): void {
		this.connection.networkLost();
	}

	wake(): void {
		this.connection.wake();
	}

	unread(): number {
		return this.loaded ? this.log.unread(this.readUpTo) : 0;
	}

	// The quick replies that may be pressed: those of the newest message, while nothing was answered to it.
	quickReplies(): QuickReply[] {
		const entries = this.log.entries();
		const newest = entries[entries.length - 1];
		return newest && newest.author.kind !== "visitor" ? newest.quickReplies : [];
	}

	send(text: string, reply?: QuickReply): void {
		const trimmed = text.trim();
		if (!trimmed || trimmed.length > textMax) return;
		const message: Outgoing = { client_id: newClientId(), text: trimmed };
		if (reply) {
			message.quick_reply = true;
			if (reply.payload !== undefined) message.payload = reply.payload;
		}
		this.hold({ message, ts: this.world.now(), refused: false });
		this.typingSaidAt = 0;
		this.cancelOwnTyping();
		this.connection.start();
	}

	retry(clientId: string): void {
		const held = this.outbox.get(clientId);
		if (held) this.hold({ ...held, refused: false });
		this.connection.start();
	}

	discard(clientId: string): void {
		this.outbox.settle(clientId);
		this.log.discard(clientId);
		this.events.changed();
	}

	// The person is typing; said to the server now and then, and taken back after a pause.
	typed(): void {
		const now = this.world.now();
		this.cancelOwnTyping();
		this.cancelOwnTyping = this.world.after(typingEndsMs, () => {
			this.typingSaidAt = 0;
			this.connection.send({ type: "typing", data: { on: false } });
		});
		if (now - this.typingSaidAt < typingEveryMs) return;
		if (this.connection.send({ type: "typing", data: { on: true } })) this.typingSaidAt = now;
	}

	// The person has everything in front of their eyes.
	markRead(): void {
		const newest = this.log.newest();
		this.hasRead(newest);
		if (this.readUpTo > this.saidRead && this.connection.send({ type: "read", data: { up_to_seq: this.readUpTo } })) {
			this.saidRead = this.readUpTo;
		}
	}

	// Here, or in another tab or browser of the same person.
	private hasRead(upToSeq: number): void {
		if (upToSeq <= this.readUpTo) return;
		this.readUpTo = upToSeq;
		this.shelf.set(readName, String(upToSeq));
		this.events.changed();
	}

	private begin(session: Session): void {
		if (this.conversation && session.conversation !== this.conversation) this.log.clearNumbered();
		this.conversation = session.conversation;
		// A number read in another conversation says nothing about this one.
		if (this.readUpTo > session.seq) this.readUpTo = 0;
		for (const message of session.history) {
			this.log.add(message);
			if (message.clientId) this.settle(message.clientId);
		}
		this.status = session.status;
		this.hasRead(session.readSeq);
		this.saidRead = session.readSeq;
		this.log.seenUpTo = Math.max(this.log.seenUpTo, session.seenSeq);
		this.loaded = true;
		this.events.changed();
	}

	private receive(frame: ServerFrame): void {
		switch (frame.type) {
			case "message": {
				const { message } = frame;
				this.log.add(message);
				if (message.clientId) this.settle(message.clientId);
				if (message.author.kind !== "visitor") this.showTyping(false, message.author);
				break;
			}
			case "ack":
				this.log.acknowledge(frame.clientId, frame.seq, frame.ts);
				this.settle(frame.clientId);
				break;
			case "status":
				this.status = frame.status;
				break;
			case "handoff":
				this.log.addHandoff(frame.id, frame.seq, frame.ts, frame.to);
				break;
			case "typing":
				if (frame.author.kind !== "visitor") this.showTyping(frame.on, frame.author);
				break;
			case "read":
				if (frame.author.kind === "visitor") this.hasRead(frame.upToSeq);
				else this.log.seenUpTo = Math.max(this.log.seenUpTo, frame.upToSeq);
				break;
			case "error":
				if (frame.problem.clientId) this.refused(frame.problem.clientId, frame.problem.status);
				else console.warn(`Parley: ${frame.problem.title} ${frame.problem.detail}`);
				break;
			case "ready":
			case "pong":
				return;
		}
		this.events.changed();
	}

	private showTyping(on: boolean, author: Author): void {
		this.cancelTyping();
		this.typing = on ? author : null;
		if (!on) return;
		this.cancelTyping = this.world.after(typingShownMs, () => {
			this.typing = null;
			this.events.changed();
		});
	}

	private hold(held: Held): void {
		this.outbox.put(held);
		this.show(held);
		this.toSend.add(held.message.client_id);
		this.sendNext();
		this.events.changed();
	}

	private show(held: Held): void {
		const delivery = held.refused ? "failed" : "sending";
		this.log.addOutgoing(held.message, held.ts, delivery);
		this.log.mark(held.message.client_id, delivery);
	}

	private entered(phase: Phase): void {
		if (phase !== "online") {
			this.cancelNext();
			this.inFlight = "";
		}
		this.events.changed();
	}

	// On a new link this tab sends everything unacknowledged, also what tabs left behind that are gone.
	private takeCharge(): void {
		for (const held of this.outbox.all()) this.toSend.add(held.message.client_id);
		this.sendNext();
		this.events.changed();
	}

	private sendNext(): void {
		if (this.inFlight) return;
		const next = this.outbox.all().find((held) => !held.refused && this.toSend.has(held.message.client_id));
		if (!next || !this.connection.send({ type: "message", data: next.message })) return;
		this.inFlight = this.lastSent = next.message.client_id;
		this.cancelNext();
		this.cancelNext = this.world.after(ackWithinMs, () => this.connection.distrust());
	}

	// Whatever became of the message in flight, the next one's turn has come.
	private landed(clientId: string): void {
		this.toSend.delete(clientId);
		if (clientId !== this.inFlight) return;
		this.cancelNext();
		this.inFlight = "";
		this.refusals = 0;
		this.sendNext();
	}

	private settle(clientId: string): void {
		this.outbox.settle(clientId);
		this.landed(clientId);
	}

	// "Too fast" and "too busy" are tried again after a growing pause, anything else is for the person to decide.
	private refused(clientId: string, status: number): void {
		if (clientId !== this.inFlight || (status !== 429 && status !== 503) || this.refusals >= againMax) {
			this.refuse(clientId);
			return;
		}
		this.cancelNext();
		this.cancelNext = this.world.after(againAfterMs * 2 ** this.refusals++, () => {
			this.inFlight = "";
			this.sendNext();
		});
	}

	private refuse(clientId: string): void {
		const held = this.outbox.get(clientId);
		if (held) {
			this.outbox.put({ ...held, refused: true });
			this.log.mark(clientId, "failed");
		}
		this.landed(clientId);
		this.events.changed();
	}

	private heardFromTab(name: string, value: string | null): void {
		if (name === readName) {
			this.readUpTo = Math.max(this.readUpTo, Number(value) || 0);
			this.events.changed();
			return;
		}
		const news = this.outbox.elsewhere(name, value);
		if (news?.kind === "held") this.show(news.held);
		if (news?.kind === "settled") this.landed(news.clientId);
		// What was acknowledged elsewhere comes with its number on our own link; what failed was thrown away.
		if (news?.kind === "settled" && this.log.find(news.clientId)?.delivery === "failed") {
			this.log.discard(news.clientId);
		}
		if (news) this.events.changed();
	}
}
