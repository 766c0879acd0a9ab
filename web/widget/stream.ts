// The fallback of docs/webchat.md, section 3: an EventSource opened with a one-time ticket, and messages sent with
// POST. The answer to a POST becomes the `ack` or `error` frame that a WebSocket would have brought.

import { readFrame, readProblem, type Outgoing } from "./protocol";
import { post } from "./session";
import type { Ended, OpenLink } from "./link";

function endOfStatus(status: number): Ended {
	if (status === 401) return "session";
	return status === 429 || status === 503 ? "later" : "network";
}

export const openStream: OpenLink = (session, afterSeq, events) => {
	const authorization = { Authorization: `Bearer ${session.token}` };
	const beside = (name: string) => new URL(name, session.streamUrl).href;
	let source: EventSource | null = null;
	let over = false;

	const close = () => {
		over = true;
		source?.close();
	};
	const end = (why: Ended) => {
		if (over) return;
		close();
		events.ended(why);
	};

	const listen = (ticket: string) => {
		const url = new URL(session.streamUrl);
		url.searchParams.set("ticket", ticket);
		url.searchParams.set("after_seq", String(afterSeq));
		source = new EventSource(url.href);
		source.onmessage = (e) => {
			const frame = readFrame(String(e.data));
			if (frame && !over) events.frame(frame);
		};
		// A ticket opens one stream, so EventSource's own reconnection can only fail.
		source.onerror = () => end("network");
	};

	const open = async () => {
		const response = await post(beside("tickets"), {}, authorization);
		if (!response.ok) return end(endOfStatus(response.status));
		const body = (await response.json()) as { ticket?: unknown };
		if (!over) listen(String(body.ticket));
	};

	const deliver = async (message: Outgoing) => {
		const headers = { ...authorization, "Idempotency-Key": message.client_id };
		const response = await post(beside("messages"), message, headers);
		const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
		if (over) return;
		if (response.ok) {
			const ack = { type: "ack", ts: Date.now(), data: { client_id: message.client_id, ...body } };
			const frame = readFrame(JSON.stringify(ack));
			if (frame) events.frame(frame);
		} else if (response.status === 401) {
			end("session");
		} else {
			const problem = { ...readProblem(body), clientId: message.client_id };
			events.frame({ type: "error", problem: { ...problem, status: response.status } });
		}
	};

	open().catch(() => end("network"));
	return {
		resumes: true,
		quietMs: 35_000,
		deadMs: 0,
		send(frame) {
			if (frame.type === "message") deliver(frame.data).catch(() => end("network"));
		},
		close,
	};
};
