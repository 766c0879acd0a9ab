// Opens sessions: POST /v1/webchat/sessions with what this browser kept of its visitor. The newest visitor secret
// is kept each time. A brand-new visitor is made under a lock, so that two tabs that open together become one.

import { readProblem, readSession, type Session, type User, type Visitor } from "./protocol";
import type { Shelf } from "./shelf";

export interface Identity {
	base: string; // where the chat server lives
	key: string;
	user: User | null;
	language: string;
}

export class SessionError extends Error {
	constructor(
		readonly kind: "refused" | "later" | "network",
		message: string,
		readonly retryAfterMs = 0,
	) {
		super(message);
	}
}

const visitorName = "visitor";
const timeoutMs = 15_000;

export function storedVisitor(shelf: Shelf): Visitor | null {
	try {
		const v = JSON.parse(shelf.get(visitorName) ?? "null") as Visitor | null;
		return typeof v?.id === "string" && typeof v.secret === "string" ? v : null;
	} catch {
		return null;
	}
}

export function forgetVisitor(shelf: Shelf): void {
	shelf.remove(visitorName);
}

// Seconds or a date, as in the Retry-After header.
export function retryAfterMs(header: string | null, now: number): number {
	if (!header) return 0;
	const seconds = Number(header);
	const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
	return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 10 * 60_000) : 0;
}

export async function post(url: string, body: unknown, headers: Record<string, string>): Promise<Response> {
	const patience = new AbortController();
	const timer = setTimeout(() => patience.abort(), timeoutMs);
	try {
		return await fetch(url, {
			method: "POST",
			headers: { "Content-Type": "application/json", ...headers },
			body: JSON.stringify(body),
			credentials: "omit",
			signal: patience.signal,
		});
	} catch {
		throw new SessionError("network", "the chat server cannot be reached");
	} finally {
		clearTimeout(timer);
	}
}

function request(identity: Identity, visitor: Visitor | null): Record<string, unknown> {
	const body: Record<string, unknown> = {
		locale: identity.language,
		context: { url: location.href.split(/[?#]/)[0]?.slice(0, 500), title: document.title.slice(0, 120) },
	};
	if (identity.key) body.widget_key = identity.key;
	if (identity.user) body.user = identity.user;
	if (visitor) {
		body.visitor_id = visitor.id;
		body.visitor_secret = visitor.secret;
	}
	return body;
}

async function ask(identity: Identity, visitor: Visitor | null): Promise<Session | "visitor" | "identity"> {
	const url = new URL("/v1/webchat/sessions", identity.base).href;
	const response = await post(url, request(identity, visitor), {});
	const body: unknown = await response.json().catch(() => null);
	if (response.ok) {
		const session = readSession(body, url);
		if (session) return session;
		throw new SessionError("network", "the chat server's answer is not a session");
	}
	const problem = readProblem((body ?? {}) as Record<string, unknown>);
	if (problem.kind === "visitor-refused" && visitor) return "visitor";
	if (problem.kind === "identity-refused" && identity.user) return "identity";
	const words = problem.detail || problem.title || `status ${response.status}`;
	if (response.status === 429 || response.status >= 500) {
		throw new SessionError("later", words, retryAfterMs(response.headers.get("Retry-After"), Date.now()));
	}
	throw new SessionError("refused", words);
}

async function openWith(identity: Identity, shelf: Shelf): Promise<Session> {
	let visitor = storedVisitor(shelf);
	let asked = identity;
	// At most: as kept, without the visitor, without the user.
	for (let attempt = 0; attempt < 3; attempt++) {
		const answer = await ask(asked, visitor);
		if (typeof answer === "object") {
			shelf.set(visitorName, JSON.stringify(answer.visitor));
			return answer;
		}
		if (answer === "visitor") {
			visitor = null;
		} else {
			console.error("Parley: the signature of data-user-hash is not right; the visitor stays a guest.");
			asked = { ...asked, user: null };
		}
	}
	throw new SessionError("refused", "the chat server refused this visitor");
}

export async function openSession(identity: Identity, shelf: Shelf, lockName: string): Promise<Session> {
	if (storedVisitor(shelf) || !navigator.locks) return openWith(identity, shelf);
	return navigator.locks.request(`parley:${lockName}`, () => openWith(identity, shelf));
}
