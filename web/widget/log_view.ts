// Shows the rows of the log. Each row keeps its element while it lives; only what changed is touched, so a screen
// reader hears a new message once and a delivery state never.

import { button, el, setText } from "./dom";
import { linkify, type Part } from "./linkify";
import type { Row } from "./rows";
import type { Words } from "./words";

interface Shown {
	node: HTMLElement;
	look: string; // what the element shows, to see whether it must change
}

export interface LogActions {
	retry(clientId: string): void;
	discard(clientId: string): void;
}

export class LogView {
	readonly node: HTMLElement;
	private readonly shown = new Map<string, Shown>();

	constructor(
		private readonly words: Words,
		private readonly actions: LogActions,
	) {
		this.node = el("div", { class: "log", role: "log", "aria-live": "off", "aria-relevant": "additions" });
		this.node.setAttribute("aria-label", words.messages);
	}

	// History is not news: announcing starts when it has been shown.
	announceFromNow(): void {
		this.node.setAttribute("aria-live", "polite");
	}

	show(rows: readonly Row[]): void {
		const live = this.node.getAttribute("aria-live") === "polite";
		const wanted = new Set(rows.map((row) => row.key));
		for (const [key, { node }] of this.shown) {
			if (wanted.has(key)) continue;
			node.remove();
			this.shown.delete(key);
		}
		let place: Element | null = this.node.firstElementChild;
		for (const row of rows) {
			const node = this.elementOf(row, live);
			if (node === place) place = place.nextElementSibling;
			else this.node.insertBefore(node, place);
		}
	}

	private elementOf(row: Row, live: boolean): HTMLElement {
		const look = JSON.stringify([row.label, row.first, row.last, row.meta, row.entry?.delivery]);
		const known = this.shown.get(row.key);
		if (known?.look === look) return known.node;
		const node = known?.node ?? this.create(row, live);
		if (row.kind === "message") this.dressMessage(node, row);
		else setText(node.firstElementChild ?? node, row.label);
		this.shown.set(row.key, { node, look });
		return node;
	}

	private create(row: Row, live: boolean): HTMLElement {
		if (row.kind === "day") return el("div", { class: "day" }, el("span"));
		if (row.kind === "handoff") return el("div", { class: "handoff" }, el("span"));
		const text = el("span", {}, ...linkify(row.entry?.text ?? "").map((part) => this.part(part)));
		const bubble = el("div", { class: "bubble", dir: "auto" }, el("span", { class: "sr" }), text);
		const node = el("div", {}, bubble, el("div", { class: "meta", "aria-live": "off" }));
		if (live) {
			node.dataset.fresh = "";
			node.addEventListener("animationend", () => node.classList.remove("fresh"), { once: true });
		}
		return node;
	}

	private part(part: Part): Node | string {
		if (part.whole) return el("span", { class: "whole" }, part.text);
		if (!part.href) return part.text;
		const link = el("a", { href: part.href, target: "_blank", rel: "noopener noreferrer nofollow" }, part.text);
		link.append(el("span", { class: "sr" }, ` (${this.words.opensInNewTab})`));
		return link;
	}

	private dressMessage(node: HTMLElement, row: Row): void {
		const own = row.entry?.author.kind === "visitor";
		const classes = ["message", own ? "own" : "other"];
		if (row.first) classes.push("first");
		if (row.entry?.delivery && row.entry.delivery !== "sent") classes.push(row.entry.delivery);
		if (node.dataset.fresh !== undefined) classes.push("fresh");
		delete node.dataset.fresh;
		node.className = classes.join(" ");
		setText(node.querySelector(".bubble > .sr") as Element, `${row.label} `);
		this.dressMeta(node.querySelector(".meta") as HTMLElement, row);
	}

	private dressMeta(meta: HTMLElement, row: Row): void {
		const clientId = row.entry?.clientId;
		meta.replaceChildren();
		if (row.meta) meta.append(el("span", {}, row.meta));
		if (row.entry?.delivery !== "failed" || !clientId) return;
		meta.append(
			button("retry", this.words.retry, () => this.actions.retry(clientId)),
			button("discard", this.words.discard, () => this.actions.discard(clientId)),
		);
	}
}
