// Keeps the widget connected: opens a session, opens a link, resumes, watches for silence, and comes back after
// every kind of ending with the patience that docs/webchat.md asks for. It knows nothing of messages.
//
//   idle -> connecting -> online -> (ended) -> waiting -> connecting …
//   parked: somebody else has our place, come back when asked; refused: this page may not chat

import { Backoff } from "./backoff";
import { Cursor } from "./cursor";
import type { Ended, Link, OpenLink } from "./link";
import type { ClientFrame, ServerFrame, Session } from "./protocol";
import { SessionError } from "./session";

export type Phase = "idle" | "connecting" | "online" | "waiting" | "busy" | "offline" | "parked" | "refused";

// The world, as far as a connection needs it; tests bring their own.
export interface World {
	openSession(): Promise<Session>;
	openSocket: OpenLink | null; // null where there are no WebSockets
	openStream: OpenLink;
	now(): number;
	random(): number;
	after(ms: number, action: () => void): () => void; // returns how to cancel
	networkUp(): boolean;
}

export interface ConnectionEvents {
	phase(phase: Phase): void;
	session(session: Session): void; // a new one; comes before any of its frames
	frame(frame: ServerFrame): void;
	ready(): void; // frames can be sent now
	tooBig(): void; // the server closed because of what was sent last
}

const readyWithinMs = 10_000;
const laterFloorMs = 5_000;
const streamForMs = 10 * 60_000;
const watchEveryMs = 5_000;

export class Connection {
	readonly cursor = new Cursor();
	phase: Phase = "idle";
	private readonly backoff: Backoff;
	private session: Session | null = null;
	private conversation = "";
	private link: Link | null = null;
	private attempt = 0; // older attempts' callbacks are ignored
	private cancelTimer = () => {};
	private cancelWatch = () => {};
	private heardAt = 0;
	private askedAt = 0;
	private socketFailures = 0; // in a row, each although a session had just been opened
	private streamUntil = 0;

	constructor(
		private readonly world: World,
		private readonly events: ConnectionEvents,
	) {
		this.backoff = new Backoff(() => world.random());
	}

	// Connects now unless connected, whatever was being waited for.
	start(): void {
		if (this.phase === "online" || this.phase === "connecting" || this.phase === "refused") return;
		this.backoff.reset();
		this.connect();
	}

	stop(): void {
		this.drop();
		this.enter("idle");
	}

	// The browser says that the network went away.
	networkLost(): void {
		if (this.phase === "idle" || this.phase === "refused") return;
		this.drop();
		this.enter("offline");
	}

	// The browser says that the network is back, or somebody looks at this tab again.
	wake(): void {
		if (this.phase === "waiting" || this.phase === "offline" || this.phase === "busy") this.start();
		else if (this.phase === "parked") this.start();
		else if (this.phase === "online") this.watch();
	}

	// False when there is no link to send on.
	send(frame: ClientFrame): boolean {
		if (this.phase !== "online" || !this.link) return false;
		this.link.send(frame);
		return true;
	}

	// What was sent got no answer in time: the link cannot be trusted.
	distrust(): void {
		if (this.phase === "online") this.end("network");
	}

	private enter(phase: Phase): void {
		if (phase === this.phase) return;
		this.phase = phase;
		this.events.phase(phase);
	}

	private drop(): void {
		this.attempt++;
		this.cancelTimer();
		this.cancelWatch();
		this.link?.close();
		this.link = null;
	}

	private connect(): void {
		this.drop();
		if (!this.world.networkUp()) {
			this.enter("offline");
			return;
		}
		const attempt = this.attempt;
		this.enter("connecting");
		this.connectAs(attempt).catch((error: unknown) => {
			if (attempt === this.attempt) this.sessionFailed(error);
		});
	}

	private async connectAs(attempt: number): Promise<void> {
		const fresh = !this.session;
		if (!this.session) {
			const session = await this.world.openSession();
			if (attempt !== this.attempt) return;
			this.adopt(session);
		}
		this.openLink(attempt, this.session as unknown as Session, fresh);
	}

	private adopt(session: Session): void {
		this.session = session;
		// The same conversation goes on from what this page has seen: the history may not reach back that far.
		if (session.conversation !== this.conversation) this.cursor.start(session.seq);
		this.conversation = session.conversation;
		this.events.session(session);
	}

	private openLink(attempt: number, session: Session, fresh: boolean): void {
		const socket = this.world.now() < this.streamUntil ? null : this.world.openSocket;
		const open = socket ?? this.world.openStream;
		let ready = false;
		const ended = (why: Ended) => {
			if (attempt !== this.attempt) return;
			if (!ready) this.failedBeforeReady(socket !== null && fresh);
			this.end(why);
		};
		this.cancelTimer = this.world.after(readyWithinMs, () => ended("network"));
		const frame = (received: ServerFrame) => {
			if (attempt !== this.attempt) return;
			this.heardAt = this.world.now();
			this.askedAt = 0;
			if (received.type === "ready") {
				ready = true;
				this.becomeReady(received.seq);
			} else if (ready) {
				this.receive(received);
			}
		};
		try {
			this.link = open(session, this.cursor.value, { frame, ended });
		} catch {
			ended("network"); // the page's own rules forbid it
		}
	}

	// A socket that fails right after HTTP worked is blocked on its way, not missing its server.
	private failedBeforeReady(socketThoughHttpWorked: boolean): void {
		this.session = null;
		if (!socketThoughHttpWorked) return;
		this.socketFailures++;
		if (this.socketFailures < 2) return;
		this.socketFailures = 0;
		this.streamUntil = this.world.now() + streamForMs;
	}

	private becomeReady(newest: number): void {
		this.cancelTimer();
		this.backoff.reset();
		this.socketFailures = 0;
		this.cursor.connected(newest);
		this.enter("online");
		if (this.link?.resumes) {
			this.cursor.resumed();
		} else {
			this.send({ type: "resume", data: { after_seq: this.cursor.value } });
			this.send({ type: "ping", data: {} });
		}
		this.scheduleWatch();
		this.events.ready();
	}

	private receive(frame: ServerFrame): void {
		if (frame.type === "pong") this.cursor.resumed();
		else if (frame.type === "message") this.cursor.saw(frame.message.seq);
		else if (frame.type === "status" || frame.type === "handoff") this.cursor.saw(frame.seq);
		this.events.frame(frame);
	}

	private scheduleWatch(): void {
		this.cancelWatch();
		this.cancelWatch = this.world.after(watchEveryMs, () => {
			this.watch();
			if (this.phase === "online") this.scheduleWatch();
		});
	}

	// Asks a quiet link for a sign of life and gives up one that does not answer. Written with the time that has
	// passed, not with counted ticks: browsers slow the timers of hidden tabs down.
	private watch(): void {
		if (!this.link) return;
		const now = this.world.now();
		if (this.askedAt) {
			if (now - this.askedAt >= this.link.deadMs) this.end("network");
		} else if (now - this.heardAt >= this.link.quietMs) {
			if (this.link.deadMs === 0) return this.end("network");
			this.askedAt = now;
			this.send({ type: "ping", data: {} });
		}
	}

	private end(why: Ended): void {
		this.drop();
		this.askedAt = 0;
		switch (why) {
			case "parked":
				this.enter("parked");
				break;
			case "again":
				this.wait("waiting", this.world.random() * 1000);
				break;
			case "session":
				this.session = null;
				this.wait("waiting", this.backoff.next());
				break;
			case "later":
				this.wait("busy", this.backoff.next(laterFloorMs));
				break;
			case "too-big":
				this.events.tooBig();
				this.wait("waiting", this.backoff.next());
				break;
			case "network":
				this.wait("waiting", this.backoff.next());
				break;
		}
	}

	private sessionFailed(error: unknown): void {
		const kind = error instanceof SessionError ? error.kind : "network";
		this.drop();
		if (kind === "refused") {
			console.error(`Parley: ${(error as Error).message}`);
			this.enter("refused");
		} else if (kind === "later") {
			this.wait("busy", this.backoff.next(Math.max(laterFloorMs, (error as SessionError).retryAfterMs)));
		} else {
			this.wait("waiting", this.backoff.next());
		}
	}

	private wait(phase: Phase, ms: number): void {
		this.enter(this.world.networkUp() ? phase : "offline");
		this.cancelTimer = this.world.after(ms, () => this.connect());
	}
}
