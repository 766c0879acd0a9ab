// The WebSocket link of docs/webchat.md, section 2.

import { readFrame } from "./protocol";
import type { Ended, OpenLink } from "./link";

export function endOfCode(code: number): Ended {
	switch (code) {
		case 1001:
			return "again";
		case 1008:
		case 4401:
			return "session";
		case 1009:
			return "too-big";
		case 1000:
		case 4409:
			return "parked";
		case 1013:
		case 4429:
			return "later";
		default:
			return "network";
	}
}

export const openSocket: OpenLink = (session, _afterSeq, events) => {
	const socket = new WebSocket(session.socketUrl, ["conv.webchat.v1", `bearer.${session.token}`]);
	socket.onmessage = (e) => {
		const frame = typeof e.data === "string" ? readFrame(e.data) : null;
		if (frame) events.frame(frame);
	};
	socket.onclose = (e) => events.ended(endOfCode(e.code));
	return {
		resumes: false,
		quietMs: 25_000,
		deadMs: 10_000,
		send(frame) {
			if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
		},
		close() {
			socket.onmessage = socket.onclose = null;
			socket.close(1000);
		},
	};
};
