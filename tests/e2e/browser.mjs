// Debian's Chromium, driven by Playwright, and the widget as a person meets it.

import { chromium } from "playwright-core";

const flags = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
}

// A browser window of somebody new. Whatever its pages complain about is kept in `complaints`.
// On the demo's page they are a guest, so that no two scenes share a conversation; `fresh` leaves the page its own choice.
export async function visitor(browser, { fresh = false, ...options } = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
	if (!fresh) {
		await context.addInitScript(() => {
			if (location.origin === "null") return; // no storage there
			if (sessionStorage.getItem("techmart:customer") === null) sessionStorage.setItem("techmart:customer", "");
		});
	}
	context.setDefaultTimeout(10_000);
	context.complaints = [];
	context.on("page", (page) => {
		page.on("pageerror", (error) => context.complaints.push(`error: ${error.message}`));
		page.on("dialog", (dialog) => {
			context.complaints.push(`dialog: ${dialog.message()}`);
			void dialog.dismiss();
		});
		page.on("console", (message) => {
			if (/Content Security Policy|Refused to/i.test(message.text())) context.complaints.push(message.text());
		});
	});
	return context;
}

export class Widget {
	constructor(page) {
		this.page = page;
		this.launcher = page.locator("parley-chat .launcher");
		this.panel = page.locator("parley-chat .panel");
		this.field = page.locator("parley-chat textarea");
		this.chips = page.locator("parley-chat .chip");
		this.banner = page.locator("parley-chat .banner");
		this.notice = page.locator("parley-chat .notice");
		this.badge = page.locator("parley-chat .badge");
	}

	static async on(context, address, { open = true } = {}) {
		const page = await context.newPage();
		await page.goto(address);
		const widget = new Widget(page);
		await widget.launcher.waitFor({ state: "attached" });
		if (open && !(await widget.panel.isVisible())) await widget.launcher.click();
		return widget;
	}

	async say(text) {
		await this.field.fill(text);
		await this.field.press("Enter");
	}

	// All that was said, as "own: …" and "other: …", without the words that only screen readers get.
	said() {
		return this.page.locator("parley-chat .message").evaluateAll((messages) =>
			messages.map((m) => {
				const text = m.querySelector(".bubble > span:not(.sr)").cloneNode(true);
				for (const hidden of text.querySelectorAll(".sr")) hidden.remove();
				return `${m.classList.contains("own") ? "own" : "other"}: ${text.textContent}`;
			}),
		);
	}

	async own() {
		return (await this.said()).filter((s) => s.startsWith("own: ")).map((s) => s.slice(5));
	}

	async others() {
		return (await this.said()).filter((s) => s.startsWith("other: ")).map((s) => s.slice(7));
	}

	// Waits until `check` of what others said holds; gives all that others said.
	async until(check, what, withinMs = 10_000) {
		const end = Date.now() + withinMs;
		for (;;) {
			const others = await this.others();
			if (check(others)) return others;
			if (Date.now() > end) throw new Error(`waited for ${what}; so far:\n${(await this.said()).join("\n")}`);
			await new Promise((resolve) => setTimeout(resolve, 40));
		}
	}

	// Says something and waits for another answer; gives the answers that came.
	async ask(text) {
		const before = (await this.others()).length;
		await this.say(text);
		const all = await this.until((others) => others.length > before, `an answer to "${text}"`);
		return all.slice(before);
	}

	// Until nothing is on its way any more.
	settled() {
		return this.page.waitForFunction(() => {
			const root = document.querySelector("parley-chat").shadowRoot;
			return root.querySelector(".presence").dataset.phase === "online" && !root.querySelector(".sending");
		}, null, { polling: 50, timeout: 20_000 });
	}

	// Until the last words are another's, however slow the machine is.
	async answered(withinMs = 20_000) {
		const end = Date.now() + withinMs;
		while (!(await this.said()).at(-1)?.startsWith("other: ")) {
			if (Date.now() > end) throw new Error(`nobody answered:\n${(await this.said()).join("\n")}`);
			await new Promise((resolve) => setTimeout(resolve, 40));
		}
	}

	// All that was said, once nothing has been added for a second.
	async saidInTheEnd() {
		await this.settled();
		let said = await this.said();
		for (let same = 0; same < 10; ) {
			await new Promise((resolve) => setTimeout(resolve, 100));
			const now = await this.said();
			same = now.length === said.length ? same + 1 : 0;
			said = now;
		}
		return said;
	}

	// The same conversation on a fresh page, once it is loaded.
	async reloaded() {
		await this.page.reload();
		await this.launcher.click();
		return this.saidInTheEnd();
	}

	focused() {
		return this.page.evaluate(() => {
			let active = document.activeElement;
			while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
			return active ? `${active.tagName.toLowerCase()}.${active.className}` : "";
		});
	}
}
