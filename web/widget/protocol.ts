// The frames of docs/webchat.md as types, and the one place where bytes from the server become such frames.
// Whatever does not have the promised shape is dropped here, so the rest of the widget never checks again.

export interface Author {
	kind: "bot" | "agent" | "visitor";
	name: string;
}

export interface QuickReply {
	title: string;
	payload?: string;
}

export interface Message {
	id: string;
	seq: number;
	ts: number;
	author: Author;
	text: string;
	quickReplies: QuickReply[];
	clientId?: string;
}

export type Ownership = "open" | "waiting" | "human" | "closed";

export interface Status {
	conversation: Ownership;
	queuePosition?: number;
	reference?: string;
	agent?: string;
}

export interface Problem {
	status: number;
	title: string;
	detail: string;
	kind: string; // the last part of the problem's type
	clientId?: string;
}

export type ServerFrame =
	| { type: "ready"; seq: number }
	| { type: "message"; message: Message }
	| { type: "ack"; clientId: string; id: string; seq: number; ts: number }
	| { type: "status"; seq: number; status: Status }
	| { type: "handoff"; seq: number; id: string; ts: number; to: "human" | "bot" }
	| { type: "typing"; on: boolean; author: Author }
	| { type: "read"; upToSeq: number; author: Author }
	| { type: "error"; problem: Problem }
	| { type: "pong" };

// What a person wrote, as it stands in a `message` frame and in POST /v1/webchat/messages.
export interface Outgoing {
	client_id: string;
	text: string;
	payload?: string;
	quick_reply?: true;
}

export type ClientFrame =
	| { type: "resume"; data: { after_seq: number } }
	| { type: "message"; data: Outgoing }
	| { type: "typing"; data: { on: boolean } }
	| { type: "read"; data: { up_to_seq: number } }
	| { type: "ping"; data: Record<string, never> };

export interface User {
	id: string;
	email?: string;
	name?: string;
	hash?: string;
}

export interface Session {
	conversation: string;
	visitor: Visitor;
	token: string;
	socketUrl: string;
	streamUrl: string;
	status: Status;
	history: Message[];
	seq: number;
	readSeq: number; // how far the visitor has read, perhaps in another browser
	seenSeq: number; // how far people have read what the visitor wrote
}

export interface Visitor {
	id: string;
	secret: string;
}

export const textMax = 10_000;

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields | null {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function text(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function whole(value: unknown): number | null {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function author(value: unknown): Author {
	const f = fields(value);
	const kind = f?.kind;
	return {
		kind: kind === "agent" || kind === "visitor" ? kind : "bot",
		name: text(f?.name),
	};
}

function quickReplies(value: unknown): QuickReply[] {
	if (!Array.isArray(value)) return [];
	const replies: QuickReply[] = [];
	for (const item of value) {
		const f = fields(item);
		const title = text(f?.title);
		if (!title) continue;
		replies.push(typeof f?.payload === "string" ? { title, payload: f.payload } : { title });
	}
	return replies;
}

function message(id: unknown, seq: unknown, ts: unknown, data: Fields): Message | null {
	const number = whole(seq);
	if (typeof id !== "string" || !id || number === null || typeof data.text !== "string") return null;
	const m: Message = {
		id,
		seq: number,
		ts: whole(ts) ?? Date.now(),
		author: author(data.author),
		text: data.text,
		quickReplies: quickReplies(data.quick_replies),
	};
	if (typeof data.client_id === "string") m.clientId = data.client_id;
	return m;
}

function status(data: Fields | null): Status {
	const named = data?.conversation;
	const s: Status = {
		conversation: named === "waiting" || named === "human" || named === "closed" ? named : "open",
	};
	const position = whole(data?.queue_position);
	if (position !== null && position > 0) s.queuePosition = position;
	if (text(data?.reference)) s.reference = text(data?.reference);
	const agent = text(fields(data?.agent)?.name);
	if (agent) s.agent = agent;
	return s;
}

export function readProblem(data: Fields): Problem {
	const p: Problem = {
		status: whole(data.status) ?? 0,
		title: text(data.title),
		detail: text(data.detail),
		kind: text(data.type).split(/[/:]/).pop() ?? "",
	};
	if (typeof data.client_id === "string") p.clientId = data.client_id;
	return p;
}

// One frame of the server, or null for one that is broken or of a type this client does not know.
export function readFrame(json: string): ServerFrame | null {
	let frame: Fields | null;
	try {
		frame = fields(JSON.parse(json));
	} catch {
		return null;
	}
	if (!frame) return null;
	const data = fields(frame.data) ?? {};
	const seq = whole(frame.seq);
	switch (frame.type) {
		case "ready":
			return { type: "ready", seq: whole(data.seq) ?? 0 };
		case "message": {
			const m = message(frame.id, frame.seq, frame.ts, data);
			return m && { type: "message", message: m };
		}
		case "ack": {
			const own = whole(data.seq);
			if (own === null || !text(data.client_id) || !text(data.id)) return null;
			return {
				type: "ack",
				clientId: text(data.client_id),
				id: text(data.id),
				seq: own,
				ts: whole(frame.ts) ?? Date.now(),
			};
		}
		case "status":
			return seq === null ? null : { type: "status", seq, status: status(data) };
		case "handoff":
			if (seq === null) return null;
			return {
				type: "handoff",
				seq,
				id: text(frame.id) || `handoff-${seq}`,
				ts: whole(frame.ts) ?? Date.now(),
				to: data.to === "bot" ? "bot" : "human",
			};
		case "typing":
			return { type: "typing", on: data.on === true, author: author(data.author) };
		case "read":
			return { type: "read", upToSeq: whole(data.up_to_seq) ?? 0, author: author(data.author) };
		case "error":
			return { type: "error", problem: readProblem(data) };
		case "pong":
			return { type: "pong" };
		default:
			return null;
	}
}

// The answer of POST /v1/webchat/sessions; `base` is the address that answered. Null when it is not one.
export function readSession(body: unknown, base: string): Session | null {
	const f = fields(body);
	if (!f || !text(f.token) || !text(f.visitor_id) || !text(f.visitor_secret)) return null;
	const history: Message[] = [];
	for (const item of Array.isArray(f.history) ? f.history : []) {
		const data = fields(item);
		const m = data && message(data.id, data.seq, data.ts, data);
		if (m) history.push(m);
	}
	const socketUrl = new URL(text(f.ws_url) || "/v1/webchat/ws", base);
	socketUrl.protocol = socketUrl.protocol.replace("http", "ws");
	return {
		conversation: text(f.conversation_id),
		visitor: { id: text(f.visitor_id), secret: text(f.visitor_secret) },
		token: text(f.token),
		socketUrl: socketUrl.href,
		streamUrl: new URL(text(f.sse_url) || "/v1/webchat/events", base).href,
		status: status(fields(f.status)),
		history,
		seq: whole(f.seq) ?? 0,
		readSeq: whole(f.read_seq) ?? 0,
		seenSeq: whole(f.seen_seq) ?? 0,
	};
}
