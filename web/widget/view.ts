// The widget on the page: launcher and panel in a shadow root. It draws what it finds in the chat, whenever it is
// told that something changed, and keeps focus, scrolling and announcements in order.

import type { Chat } from "./chat";
import type { Phase } from "./connection";
import { Composer } from "./composer";
import { button, el, icon, setAttribute, setText } from "./dom";
import { LogView } from "./log_view";
import type { Options } from "./options";
import type { Author, QuickReply, Status } from "./protocol";
import { rowsOf } from "./rows";
import { dress } from "./styles";
import { fill, type Words } from "./words";

const lostShownAfterMs = 1_500;
const nearPx = 90;

export interface ViewEvents {
	opened(open: boolean): void;
	unread(count: number): void;
}

export class View {
	readonly host = document.createElement("parley-chat");
	open = false;
	private readonly page: boolean;
	private readonly root = el("div", { class: "root" });
	private readonly panel = el("section", { class: "panel", tabindex: "-1" });
	private readonly presence = el("p", { class: "presence" }, el("i", { class: "dot" }), el("span"));
	private readonly bannerTitle = el("strong");
	private readonly bannerPlace = el("span");
	private readonly bannerReference = el("span");
	private readonly banner: HTMLElement;
	private readonly noticeText = el("span");
	private readonly notice: HTMLElement;
	private readonly intro = el("div", { class: "intro" });
	private readonly typing = el("div", { class: "typing", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
	private readonly chips = el("div", { class: "chips", role: "group" });
	private readonly scroll = el("div", { class: "scroll", tabindex: "0", role: "region" });
	private readonly newer: HTMLButtonElement;
	private readonly status = el("div", { class: "sr", role: "status" });
	private readonly badge = el("span", { class: "badge", "aria-hidden": "true" });
	private readonly launcher: HTMLButtonElement;
	private readonly log: LogView;
	private readonly composer: Composer;
	private readonly stop = new AbortController();
	private chipsShown = "";
	private unreadShown = -1;
	private newestShown = "";
	private lostSince = 0;
	private lostTimer = 0;
	private announced = { notice: "", banner: "", typing: "" };
	private drawing = false;

	constructor(
		private readonly options: Options,
		private readonly words: Words,
		private readonly chat: Chat,
		private readonly events: ViewEvents,
	) {
		this.page = options.open === "page";
		this.log = new LogView(words, {
			retry: (id) => chat.retry(id),
			discard: (id) => {
				chat.discard(id);
				this.focusInside();
			},
		});
		this.composer = new Composer(words, {
			send: (text) => this.send(text),
			typed: () => chat.typed(),
		});
		this.banner = el("div", { class: "banner" }, icon("person"), el("div", {}, this.bannerTitle, this.bannerPlace, " ", this.bannerReference));
		this.notice = el("div", { class: "notice" }, icon("cloudOff"), this.noticeText);
		this.newer = button("newer", words.newMessages, () => this.toBottom(), icon("down"), words.newMessages);
		this.launcher = button("launcher", words.open, () => this.toggle(!this.open), icon("chat", true), icon("down"), this.badge);
		this.build();
		this.listen();
		this.toggle(this.page, false);
	}

	// Something changed; drawn once, however many things did.
	changed(): void {
		if (this.drawing) return;
		this.drawing = true;
		queueMicrotask(() => {
			this.drawing = false;
			if (!this.stop.signal.aborted) this.draw();
		});
	}

	dispose(): void {
		this.stop.abort();
		clearTimeout(this.lostTimer);
		this.host.remove();
	}

	toggle(open: boolean, moveFocus = true): void {
		const wasOpen = this.open;
		this.open = open;
		this.panel.hidden = !open;
		setAttribute(this.root, "data-open", open ? "" : null);
		setAttribute(this.launcher, "aria-expanded", String(open));
		if (open) {
			this.chat.start();
			this.place();
			this.composer.fit();
		}
		this.draw();
		if (open) this.toBottom();
		if (moveFocus && open) this.focusInside();
		if (moveFocus && !open && wasOpen) this.launcher.focus();
		if (open !== wasOpen) this.events.opened(open);
	}

	send(text: string, reply?: QuickReply): void {
		this.chat.send(text, reply);
		this.draw();
		this.toBottom();
	}

	private build(): void {
		const { options, words, root, panel } = this;
		root.dataset.theme = options.theme;
		root.dataset.position = options.position;
		root.lang = options.language;
		if (this.page) root.classList.add("page");
		const title = el("h2", { id: "parley-title" }, options.title || words.title);
		const close = button("tool close", words.close, () => this.toggle(false), icon("close"));
		const head = el("header", { class: "head" }, el("span", { class: "avatar" }, icon("spark", true)));
		head.append(el("div", { class: "names" }, title, this.presence), close);
		panel.setAttribute("role", this.page ? "region" : "dialog");
		panel.setAttribute("aria-labelledby", "parley-title");
		panel.id = "parley-panel";
		this.launcher.setAttribute("aria-controls", "parley-panel");
		this.launcher.setAttribute("aria-haspopup", "dialog");
		this.scroll.setAttribute("aria-label", words.conversation);
		this.chips.setAttribute("aria-label", words.suggestions);
		const name = options.user?.name?.split(" ")[0];
		const hello = name ? fill(words.helloName, { name }) : words.hello;
		this.intro.append(el("h3", {}, hello), el("p", {}, words.intro));
		this.scroll.append(this.intro, this.log.node, this.typing, this.chips);
		const foot = el("footer", { class: "foot" }, this.newer, this.composer.node);
		panel.append(head, this.notice, this.banner, this.scroll, foot, this.status);
		root.append(panel, this.launcher);
		this.newer.hidden = true;
		const shadow = this.host.attachShadow({ mode: "open" });
		dress(shadow, options.accent);
		shadow.append(root);
	}

	private listen(): void {
		const { signal } = this.stop;
		this.panel.addEventListener("keydown", (e) => this.pressed(e));
		this.scroll.addEventListener("scroll", () => this.looked(), { passive: true });
		document.addEventListener("visibilitychange", () => this.looked(), { signal });
		window.visualViewport?.addEventListener("resize", () => this.place(), { signal });
		window.visualViewport?.addEventListener("scroll", () => this.place(), { signal });
	}

	private fullScreen(): boolean {
		return !this.page && matchMedia("(max-width:480px)").matches;
	}

	// On a phone the panel is as large as what the keyboard leaves of the screen.
	private place(): void {
		const view = window.visualViewport;
		const full = this.open && this.fullScreen();
		setAttribute(this.panel, "aria-modal", full ? "true" : null);
		const atEnd = this.nearBottom();
		this.panel.style.height = full && view ? `${view.height}px` : "";
		this.panel.style.top = full && view ? `${view.offsetTop}px` : "";
		if (atEnd) this.toBottom();
	}

	private pressed(e: KeyboardEvent): void {
		if (e.key === "Escape" && !this.page && !e.isComposing) {
			e.stopPropagation();
			this.toggle(false);
		}
		if (e.key !== "Tab" || !this.fullScreen()) return;
		const stops = [...this.panel.querySelectorAll<HTMLElement>("button,textarea,a[href],[tabindex='0']")];
		const seen = stops.filter((s) => s.offsetParent !== null);
		const active = (this.host.shadowRoot as ShadowRoot).activeElement;
		const edge = e.shiftKey ? seen[0] : seen[seen.length - 1];
		if (active !== edge && active !== this.panel) return;
		e.preventDefault();
		(e.shiftKey ? seen[seen.length - 1] : seen[0])?.focus();
	}

	// With a finger the keyboard would jump up and cover what there is to read.
	private focusInside(): void {
		const touch = matchMedia("(pointer:coarse)").matches;
		(touch ? this.panel : this.composer.field).focus({ preventScroll: true });
	}

	private nearBottom(): boolean {
		const s = this.scroll;
		return s.scrollHeight - s.scrollTop - s.clientHeight < nearPx;
	}

	private toBottom(): void {
		this.scroll.scrollTop = this.scroll.scrollHeight;
		this.looked();
	}

	private looked(): void {
		if (!this.open || document.visibilityState !== "visible" || !this.nearBottom()) return;
		this.newer.hidden = true;
		this.chat.markRead();
	}

	private draw(): void {
		const atEnd = this.nearBottom();
		this.drawPresence();
		this.drawNotice();
		this.drawBanner(this.chat.status);
		this.drawLog(atEnd);
		this.drawUnread();
		this.looked();
	}

	private drawPresence(): void {
		const { words } = this;
		const said: Record<Phase, string> = {
			idle: words.online,
			online: words.online,
			parked: words.online,
			connecting: words.connecting,
			waiting: words.connecting,
			busy: words.connecting,
			offline: words.away,
			refused: words.away,
		};
		this.presence.dataset.phase = this.chat.phase;
		setText(this.presence.lastElementChild as Element, said[this.chat.phase]);
	}

	private noticeWanted(): string {
		const { words } = this;
		switch (this.chat.phase) {
			case "offline":
				return words.offline;
			case "refused":
				return words.refused;
			case "parked":
				return words.parked;
			case "busy":
				return words.busy;
			case "connecting":
			case "waiting":
				return this.lostLongEnough() ? words.lost : "";
			case "idle":
			case "online":
				this.lostSince = 0;
				return "";
		}
	}

	// A short gap is nobody's business: the line appears when a lost connection stays lost.
	private lostLongEnough(): boolean {
		const now = Date.now();
		if (!this.lostSince) this.lostSince = now;
		const left = lostShownAfterMs - (now - this.lostSince);
		clearTimeout(this.lostTimer);
		if (left > 0) this.lostTimer = window.setTimeout(() => this.changed(), left);
		return left <= 0 && this.chat.loaded;
	}

	private drawNotice(): void {
		const wanted = this.noticeWanted();
		this.notice.hidden = !wanted;
		setText(this.noticeText, wanted);
		if (wanted === this.announced.notice) return;
		this.announced.notice = wanted;
		if (this.chat.phase !== "connecting") this.announce(wanted || this.words.back);
	}

	private announce(text: string): void {
		if (this.open) setText(this.status, text);
	}

	// Title and place in the queue.
	private bannerWords(status: Status): [string, string] {
		const { words } = this;
		switch (status.conversation) {
			case "open":
				return ["", ""];
			case "waiting": {
				const position = status.queuePosition ?? 0;
				const place = position === 1 ? words.queueNext : fill(words.queuePosition, { position });
				return [words.waiting, position ? place : ""];
			}
			case "human":
				return [status.agent ? fill(words.human, { who: status.agent }) : words.humanUnnamed, ""];
			case "closed":
				return [words.closed, ""];
		}
	}

	private drawBanner(status: Status): void {
		const [title, place] = this.bannerWords(status);
		const reference = status.reference ? fill(this.words.reference, { reference: status.reference }) : "";
		this.banner.hidden = !title;
		setText(this.bannerTitle, title);
		setText(this.bannerPlace, place);
		setText(this.bannerReference, reference);
		const whole = title && [title, place, reference].filter(Boolean).join(". ");
		if (whole && whole !== this.announced.banner) this.announce(whole);
		this.announced.banner = whole;
	}

	private drawLog(atEnd: boolean): void {
		const { chat, words } = this;
		const entries = chat.log.entries();
		const scene = {
			words,
			region: this.options.region,
			now: Date.now(),
			offline: chat.phase !== "online",
			seenUpTo: chat.log.seenUpTo,
		};
		this.intro.hidden = entries.length > 0 && !entries.every((e) => e.author.kind === "bot");
		this.log.show(rowsOf(entries, scene));
		this.drawTyping(chat.typing);
		this.drawChips(chat.quickReplies());
		const newest = entries[entries.length - 1]?.key ?? "";
		if (newest !== this.newestShown && !atEnd && this.newestShown) this.newer.hidden = false;
		this.newestShown = newest;
		if (atEnd && this.open) this.scroll.scrollTop = this.scroll.scrollHeight;
		if (chat.loaded && this.log.node.getAttribute("aria-live") === "off") {
			setTimeout(() => this.log.announceFromNow(), 300);
		}
	}

	private drawTyping(author: Author | null): void {
		this.typing.hidden = !author;
		const who = author?.kind === "agent" ? author.name || this.words.agent : "";
		const said = who ? fill(this.words.typing, { who }) : "";
		if (said && said !== this.announced.typing) this.announce(said);
		this.announced.typing = said;
	}

	private drawChips(replies: QuickReply[]): void {
		this.chips.hidden = replies.length === 0;
		const wanted = JSON.stringify(replies);
		if (wanted === this.chipsShown) return;
		this.chipsShown = wanted;
		const press = (reply: QuickReply) => {
			this.send(reply.title, reply);
			this.focusInside();
		};
		this.chips.replaceChildren(...replies.map((r) => button("chip", r.title, () => press(r))));
	}

	private drawUnread(): void {
		const count = this.open ? 0 : this.chat.unread();
		const closed = count ? fill(this.words.openUnread, { count }) : this.words.open;
		setAttribute(this.launcher, "aria-label", this.open ? this.words.close : closed);
		this.badge.hidden = count === 0;
		setText(this.badge, count > 99 ? "99+" : String(count));
		if (count !== this.unreadShown) this.events.unread(count);
		this.unreadShown = count;
	}
}
