// Turns the log into what stands on the page: day lines, hand-over lines, and messages in groups of one author,
// with the time under the last of a group and the delivery state under the newest own message.

import type { Entry } from "./log";
import { fill, type Words } from "./words";

export interface Row {
	key: string;
	kind: "day" | "handoff" | "message";
	entry?: Entry;
	label: string; // a day, a hand-over, or who said it and when (for screen readers)
	first: boolean; // of its group
	last: boolean;
	meta: string; // under the message: time, delivery
}

const groupGapMs = 5 * 60_000;

export interface Scene {
	words: Words;
	region: string; // language tag for times and dates
	now: number;
	offline: boolean;
	seenUpTo: number;
}

function dayOf(ts: number): string {
	const d = new Date(ts);
	return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

export function dayLabel(ts: number, now: number, region: string): string {
	const relative = new Intl.RelativeTimeFormat(region, { numeric: "auto" });
	const yesterday = new Date(now);
	yesterday.setDate(yesterday.getDate() - 1);
	if (dayOf(ts) === dayOf(now)) return capital(relative.format(0, "day"));
	if (dayOf(ts) === dayOf(yesterday.getTime())) return capital(relative.format(-1, "day"));
	const sameYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
	const form: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
	if (!sameYear) form.year = "numeric";
	return capital(new Intl.DateTimeFormat(region, form).format(ts));
}

export function clockTime(ts: number, region: string): string {
	return new Intl.DateTimeFormat(region, { hour: "numeric", minute: "2-digit" }).format(ts);
}

export function authorName(entry: Entry, words: Words): string {
	if (entry.author.kind === "visitor") return words.you;
	return entry.author.name || words[entry.author.kind];
}

function together(a: Entry | undefined, b: Entry | undefined): boolean {
	return (
		a?.kind === "message" &&
		b?.kind === "message" &&
		a.author.kind === b.author.kind &&
		a.author.name === b.author.name &&
		dayOf(a.ts) === dayOf(b.ts) &&
		Math.abs(b.ts - a.ts) < groupGapMs
	);
}

function deliveryLabel(entry: Entry, newestOwn: boolean, scene: Scene): string {
	if (entry.delivery === "failed") return scene.words.failed;
	if (entry.delivery === "sending") return scene.offline ? scene.words.queued : scene.words.sending;
	if (!newestOwn) return "";
	return (entry.seq ?? Infinity) <= scene.seenUpTo ? scene.words.seen : scene.words.sent;
}

function meta(entry: Entry, last: boolean, newestOwn: boolean, scene: Scene): string {
	const time = clockTime(entry.ts, scene.region);
	if (entry.author.kind !== "visitor") {
		if (!last) return "";
		return entry.author.kind === "agent" ? `${authorName(entry, scene.words)} · ${time}` : time;
	}
	const delivery = deliveryLabel(entry, newestOwn, scene);
	if (entry.delivery !== "sent") return delivery;
	if (!last) return "";
	return delivery ? `${time} · ${delivery}` : time;
}

export function rowsOf(entries: readonly Entry[], scene: Scene): Row[] {
	const rows: Row[] = [];
	let day = "";
	let newestOwn: Entry | undefined;
	for (const entry of entries) if (entry.delivery === "sent") newestOwn = entry;
	entries.forEach((entry, i) => {
		const own = dayOf(entry.ts);
		if (own !== day) {
			day = own;
			const label = dayLabel(entry.ts, scene.now, scene.region);
			rows.push({ key: `day ${own}`, kind: "day", label, first: true, last: true, meta: "" });
		}
		const { words } = scene;
		if (entry.kind === "handoff") {
			const label = entry.to === "bot" ? words.toBot : words.toHuman;
			rows.push({ key: entry.key, kind: "handoff", entry, label, first: true, last: true, meta: "" });
			return;
		}
		const last = !together(entry, entries[i + 1]);
		const time = clockTime(entry.ts, scene.region);
		rows.push({
			key: entry.key,
			kind: "message",
			entry,
			label: fill(words.said, { who: authorName(entry, words), time }),
			first: !together(entries[i - 1], entry),
			last,
			meta: meta(entry, last, entry === newestOwn, scene),
		});
	});
	return rows;
}
