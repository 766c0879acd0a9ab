// A link carries frames to and from the server. There are two, with one meaning: a WebSocket, and a stream of
// server-sent events with messages posted beside it.

import type { ClientFrame, ServerFrame, Session } from "./protocol";

// How a link ended, in the words of what to do next.
export type Ended =
	| "again" // connect again at once
	| "session" // the token is no longer good
	| "later" // the server asks for patience
	| "parked" // another connection took this one's place
	| "too-big"
	| "network";

export interface LinkEvents {
	frame(frame: ServerFrame): void;
	ended(why: Ended): void; // once; nothing comes after it
}

export interface Link {
	// True when the link replays what `resume` asks for by itself, having been opened with a number.
	readonly resumes: boolean;
	// Milliseconds without a frame after which the link is asked for a sign of life, and after which it is dead.
	readonly quietMs: number;
	readonly deadMs: number;
	send(frame: ClientFrame): void;
	close(): void; // `ended` is not called
}

export type OpenLink = (session: Session, afterSeq: number, events: LinkEvents) => Link;
