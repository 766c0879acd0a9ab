// Entry of widget.js: reads its own script tag, puts the widget on the page, and gives the page its few verbs.

import { Chat } from "./chat";
import type { World } from "./connection";
import { readOptions, readUser, type Options } from "./options";
import { forgetVisitor, openSession } from "./session";
import { openShelf, slotOf } from "./shelf";
import { openSocket } from "./socket";
import { openStream } from "./stream";
import { View } from "./view";
import { languages, type Words } from "./words";

interface Running {
	chat: Chat;
	view: View;
	forget(): void;
}

function tell(name: string, detail?: number): void {
	window.dispatchEvent(new CustomEvent(`parley:${name}`, { detail }));
}

function run(options: Options): Running {
	const words = languages[options.language] as Words;
	const slot = slotOf(options.key, options.user?.id ?? "");
	const shelf = openShelf(slot);
	const world: World = {
		openSession: () => openSession(options, shelf, slot),
		openSocket: "WebSocket" in window ? openSocket : null,
		openStream,
		now: () => Date.now(),
		random: () => Math.random(),
		after(ms, action) {
			const timer = setTimeout(action, ms);
			return () => clearTimeout(timer);
		},
		networkUp: () => navigator.onLine,
	};
	let view: View | null = null;
	const chat = new Chat(world, shelf, { changed: () => view?.changed() });
	view = new View(options, words, chat, {
		opened: (open) => tell(open ? "open" : "close"),
		unread: (count) => tell("unread", count),
	});
	document.body.append(view.host);
	if (options.open === "open") view.toggle(true, false);
	else if (chat.returning()) chat.start();
	return { chat, view, forget: () => forgetVisitor(shelf) };
}

function start(script: HTMLScriptElement): void {
	let options = readOptions(script.dataset, script.src, document.documentElement.lang, navigator.languages);
	// A full page is reached by a link, which may name the key.
	if (options.open === "page" && !options.key) options.key = new URLSearchParams(location.search).get("key") ?? "";
	let running = run(options);
	addEventListener("online", () => running.chat.wake());
	addEventListener("offline", () => running.chat.networkLost());
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible") running.chat.wake();
	});
	const parley = {
		open: () => running.view.toggle(true),
		close: () => running.view.toggle(false),
		send(text: string) {
			running.view.toggle(true, false);
			running.view.send(String(text));
		},
		// Another person uses this page now. What the browser kept of a signed-in one is not left behind.
		identify(user: unknown) {
			const next = readUser(user);
			if (next?.id === options.user?.id && next?.hash === options.user?.hash) return;
			const wasOpen = running.view.open;
			if (options.user && next?.id !== options.user.id) running.forget();
			running.chat.stop();
			running.view.dispose();
			options = { ...options, user: next };
			running = run(options);
			if (wasOpen && options.open !== "page") running.view.toggle(true, false);
		},
	};
	Object.defineProperty(window, "Parley", { value: parley, configurable: true });
	tell("ready");
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !("Parley" in window)) {
	if (document.body) start(script);
	else addEventListener("DOMContentLoaded", () => start(script));
}
