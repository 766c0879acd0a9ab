// The widget in a real browser against the real server: what a visitor, an office proxy, a lost network, a power
// cut and a hostile text do to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, visitor, Widget } from "./browser.mjs";
import { Proxy } from "./proxy.mjs";
import { Server } from "./server.mjs";

let browser;
let server;

before(async () => {
	server = await Server.start();
	browser = await launch();
});

after(async () => {
	await browser?.close();
	if (server) assert.equal(await server.stop(), 0, "the server ends cleanly");
});

// Runs with a browser window of somebody new; nothing on the page may have complained.
function scene(name, run, options) {
	test(name, { timeout: 90_000 }, async () => {
		const context = await visitor(browser, options);
		try {
			await run(context);
			assert.deepEqual(context.complaints, []);
		} finally {
			await context.close();
		}
	});
}

async function customers() {
	return (await server.api("GET", "/demo/customers.json")).customers;
}

async function signedIn(context) {
	const widget = await Widget.on(context, server.origin, { open: false });
	const john = (await customers()).find((c) => c.email === "john.doe@example.com");
	await widget.page.selectOption("#customer", john.id);
	await widget.launcher.click();
	return { widget, order: john.orders[0].order_id };
}

function once(list, what) {
	assert.deepEqual(list.filter((item) => item === what).length, 1, `"${what}" in ${JSON.stringify(list)}`);
}

// The conversation of this page's visitor, as the server names it.
async function conversationOf(page) {
	const visitor = await page.evaluate(() => {
		const name = Object.keys(localStorage).find((key) => /^parley:\w+:visitor$/.test(key));
		return JSON.parse(localStorage.getItem(name));
	});
	const session = await server.api("POST", "/v1/webchat/sessions", { visitor_id: visitor.id, visitor_secret: visitor.secret });
	return session.conversation_id;
}

scene("a signed-in customer asks where an order is and is told", async (context) => {
	const { widget, order } = await signedIn(context);
	const answers = await widget.ask(`Where is my order ${order}?`);
	assert.match(answers.join(" "), new RegExp(`${order}|delivered|shipped|on its way|transit`, "i"));
	await widget.settled();
	once(await widget.own(), `Where is my order ${order}?`);
	assert.match(await widget.page.locator("parley-chat .own .meta").last().innerText(), /Sent|Seen/);
});

scene("who opens the demo for the first time gets an answer to the first question, and sees the person who answers type", async (context) => {
	const widget = await Widget.on(context, server.origin);
	const answers = await widget.ask("Where is my order ORD-1A2B3C4D?");
	assert.match(answers.join(" "), /ORD-1A2B3C4D .*out for delivery/);
	const id = (await server.api("GET", "/v1/conversations")).conversations
		.find((one) => one.channel === "webchat" && one.contact.email === "john.doe@example.com").id;
	const conversation = () => server.api("GET", `/v1/conversations/${id}`);
	const author = { id: "u1", name: "Ann" };
	await server.api("POST", `/v1/conversations/${id}/typing`, { author, on: true });
	await widget.page.locator("parley-chat .typing:visible").first().waitFor();
	const seq = (await conversation()).seq;
	await server.api("POST", `/v1/conversations/${id}/read`, { author, up_to_seq: seq });
	await widget.page.locator("parley-chat .own .meta", { hasText: "Seen" }).last().waitFor();
	await widget.field.pressSequentially("One more");
	for (let i = 0; i < 100 && !(await conversation()).typing; i++) await widget.page.waitForTimeout(50);
	const shown = await conversation();
	assert.equal(shown.typing, true);
	assert.equal(shown.read_seq, seq);
	assert.match(shown.page.url, /^http:/);
	await widget.field.fill("");
}, { fresh: true });

scene("after a person closed the conversation, writing on begins another", async (context) => {
	const widget = await Widget.on(context, server.origin);
	await widget.ask("Hello");
	await widget.settled();
	const id = await conversationOf(widget.page);
	await server.api("POST", `/v1/conversations/${id}/close`, { agent: { id: "u1", name: "Ann" } });
	await widget.page.getByText("This conversation is closed").first().waitFor();
	await widget.say("How do returns work?");
	await widget.page.locator("parley-chat .other", { hasText: "30 days" }).first().waitFor();
	await widget.settled();
	assert.notEqual(await conversationOf(widget.page), id);
	once(await widget.own(), "How do returns work?");
});

scene("a guest who only names an order is asked for what is missing, and reloading shows the same talk", async (context) => {
	const widget = await Widget.on(context, server.origin);
	await widget.ask("Where is my order ORD-ZZZZZZ99?");
	const before = await widget.saidInTheEnd();
	assert.deepEqual(await widget.reloaded(), before);
});

test("a power cut in the middle: nothing is lost, nothing comes twice", { timeout: 120_000 }, async () => {
	const own = await Server.start();
	const context = await visitor(browser);
	try {
		const widget = await Widget.on(context, own.origin);
		await widget.ask("Hello, first message");
		await own.kill();
		await widget.say("Written while the server is away");
		await widget.page.locator("parley-chat .sending").waitFor();
		await own.run();
		const answers = (await widget.others()).length;
		await widget.settled();
		await widget.until((others) => others.length > answers, "an answer after the restart", 20_000);
		await widget.ask("And one more");
		await widget.settled();
		assert.deepEqual(await widget.own(), ["Hello, first message", "Written while the server is away", "And one more"]);
		const before = await widget.saidInTheEnd();
		assert.deepEqual(await widget.reloaded(), before, "the server kept exactly what was shown");
	} finally {
		await context.close();
		await own.stop();
	}
});

test("a restart with people in the chat: it ends in good order, they come back by themselves", { timeout: 120_000 }, async () => {
	const own = await Server.start();
	const context = await visitor(browser);
	try {
		const widget = await Widget.on(context, own.origin);
		await widget.ask("Hello");
		assert.equal(await own.end(), 0);
		await widget.page.locator("parley-chat .presence:not([data-phase=online])").waitFor();
		await own.run();
		await widget.settled();
		await widget.ask("Still there?");
		assert.deepEqual(await widget.own(), ["Hello", "Still there?"]);
	} finally {
		await context.close();
		await own.stop();
	}
});

scene("more than the server takes at once waits its turn: all of it arrives, in order", async (context) => {
	const widget = await Widget.on(context, server.origin);
	await widget.ask("Hello");
	await context.setOffline(true);
	const written = Array.from({ length: 16 }, (_, i) => `Line ${i + 1}`);
	for (const text of written) await widget.say(text);
	await context.setOffline(false);
	await widget.settled();
	assert.deepEqual(await widget.own(), ["Hello", ...written]);
	assert.equal(await widget.page.locator("parley-chat .failed").count(), 0);
	const before = await widget.saidInTheEnd();
	assert.deepEqual(await widget.reloaded(), before);
});

scene("an offline minute: what is written is kept, said so, and sent once and in order", async (context) => {
	const page = await context.newPage();
	await page.clock.install();
	await page.goto(server.origin);
	const widget = new Widget(page);
	await widget.launcher.click();
	await widget.ask("Hello before the tunnel");
	await context.setOffline(true);
	await widget.say("First from the tunnel");
	await widget.say("Second from the tunnel");
	await widget.notice.waitFor();
	assert.match(await widget.notice.innerText(), /offline/i);
	await page.clock.fastForward(60_000);
	assert.equal(await page.locator("parley-chat .sending").count(), 2);
	const before = (await widget.others()).length;
	await context.setOffline(false);
	await widget.until((others) => others.length > before, "an answer after the tunnel", 20_000);
	await widget.settled();
	await widget.notice.waitFor({ state: "hidden" });
	assert.deepEqual(await widget.own(), ["Hello before the tunnel", "First from the tunnel", "Second from the tunnel"]);
});

scene("a page that is closed while offline sends its message from the next page", async (context) => {
	const first = await Widget.on(context, server.origin);
	await first.ask("Hello");
	await context.setOffline(true);
	await first.say("Written on a page that closes");
	await first.page.locator("parley-chat .sending").waitFor();
	await first.page.close();
	await context.setOffline(false);
	const second = await Widget.on(context, server.origin);
	await second.settled();
	once(await second.own(), "Written on a page that closes");
});

scene("two tabs are one conversation, each message once in both", async (context) => {
	const a = await Widget.on(context, server.origin);
	await a.ask("Hello from the first tab");
	const b = await Widget.on(context, server.origin);
	await b.until((others) => others.length > 0, "the history in the second tab");
	await Promise.all([a.say("From a at once"), b.say("From b at once")]);
	await Promise.all([a.settled(), b.settled()]);
	await a.ask("The last word");
	const wanted = await a.saidInTheEnd();
	for (const text of ["Hello from the first tab", "From a at once", "From b at once", "The last word"]) once(await a.own(), text);
	await b.until((others) => others.length >= wanted.filter((s) => s.startsWith("other")).length, "the same talk in the second tab");
	assert.deepEqual(await b.saidInTheEnd(), wanted);
});

scene("unread messages are counted while the chat is closed, and reading in one tab is reading in both", async (context) => {
	const a = await Widget.on(context, server.origin);
	const b = await Widget.on(context, server.origin);
	await a.ask("Hello");
	await a.settled();
	await a.page.keyboard.press("Escape");
	await b.page.keyboard.press("Escape");
	await b.page.bringToFront();
	await b.page.evaluate(() => {
		window.Parley.send("Is anybody there?");
		window.Parley.close();
	});
	await a.badge.waitFor();
	assert.match(await a.launcher.getAttribute("aria-label"), /new/);
	await b.launcher.click();
	await a.badge.waitFor({ state: "hidden" });
});

scene("quick replies can be pressed, are sent as own words, and go away", async (context) => {
	const widget = await Widget.on(context, server.origin);
	await widget.ask("it is about the thing");
	await widget.chips.first().waitFor();
	const title = await widget.chips.first().innerText();
	const before = (await widget.others()).length;
	await widget.chips.first().click();
	await widget.until((others) => others.length > before, "an answer to the quick reply");
	once(await widget.own(), title);
	assert.equal(await widget.focused(), "textarea.");
});

scene("a hand-over shows place and reference; the person's words come with their name; then the bot is back", async (context) => {
	const widget = await Widget.on(context, server.origin);
	const { page } = widget;
	await widget.ask("I want to speak to a manager");
	await widget.banner.waitFor();
	assert.match(await widget.banner.innerText(), /person will be with you/i);
	assert.match(await widget.banner.innerText(), /Reference \S+/);
	const id = await conversationOf(page);
	const agent = { id: "a-1", name: "Maria" };
	await server.api("POST", `/v1/conversations/${id}/takeover`, { agent });
	await page.getByText("You are talking with Maria").first().waitFor();
	const before = (await widget.others()).length;
	await widget.say("Are you a person?");
	await widget.settled();
	await server.api("POST", `/v1/conversations/${id}/messages`, { author: agent, text: "Yes, this is Maria." });
	const said = await widget.until((others) => others.length > before, "the person's words");
	assert.deepEqual(said.slice(before), ["Yes, this is Maria."], "the bot is silent");
	assert.match(await page.locator("parley-chat .message .meta").last().innerText(), /Maria/);
	await page.reload();
	await widget.launcher.click();
	await page.getByText("You are talking with Maria").first().waitFor();
	await server.api("POST", `/v1/conversations/${id}/handback`, {});
	await widget.banner.waitFor({ state: "hidden" });
	await page.getByText("The assistant is back").waitFor();
});

scene("where WebSockets are blocked the chat goes over HTTP, with the same promises", async (context) => {
	const proxy = await Proxy.start(server, { refuseWebSockets: true });
	try {
		const widget = await Widget.on(context, `${proxy.origin}/`);
		await widget.ask("Hello over HTTP");
		assert.ok(proxy.refusedWebSockets >= 2);
		assert.ok(proxy.paths.includes("/v1/webchat/events") && proxy.paths.includes("/v1/webchat/messages"));
		await widget.settled();
		proxy.cut();
		const answers = await widget.ask("And again after a cut");
		assert.ok(answers.length > 0);
		await widget.settled();
		assert.deepEqual(await widget.own(), ["Hello over HTTP", "And again after a cut"]);
		const before = await widget.saidInTheEnd();
		assert.deepEqual(await widget.reloaded(), before);
	} finally {
		await proxy.stop();
	}
});

scene("connections that are cut again and again lose and repeat nothing", async (context) => {
	const proxy = await Proxy.start(server);
	try {
		const widget = await Widget.on(context, `${proxy.origin}/`);
		await widget.ask("Message 0");
		const sent = ["Message 0"];
		for (let i = 1; i <= 8; i++) {
			const text = `Message ${i}`;
			sent.push(text);
			const waiting = widget.say(text);
			if (i % 2) proxy.cut();
			await waiting;
			if (i % 2 === 0) proxy.cut();
			await widget.settled();
		}
		assert.deepEqual(await widget.own(), sent);
		await widget.answered();
		await widget.saidInTheEnd();
		await widget.ask("The end");
		await widget.answered();
		const before = await widget.saidInTheEnd();
		assert.deepEqual(await widget.reloaded(), before);
	} finally {
		await proxy.stop();
	}
});

scene("hostile text is shown as text", async (context) => {
	const widget = await Widget.on(context, server.origin);
	const { page } = widget;
	const hostile = [
		"<img src=x onerror=alert(1)>",
		"<script>alert(2)</script>",
		"<svg/onload=alert(3)><iframe srcdoc='<script>alert(4)</script>'>",
		"javascript:alert(5)",
		"&lt;b&gt;not bold&lt;/b&gt; &amp; {{7*7}} ${alert(6)}",
		"https://shop.example@evil.example/ and http://a.example/\"onmouseover=alert(7)",
	];
	for (const text of hostile) {
		await widget.say(text);
		await widget.settled();
	}
	const id = await conversationOf(page);
	await server.api("POST", `/v1/conversations/${id}/takeover`, { agent: { id: "a", name: "<b>Mal</b>" } });
	await server.api("POST", `/v1/conversations/${id}/messages`, { author: { id: "a", name: "<b>Mal</b>" }, text: hostile[0] + hostile[1] });
	await widget.until((others) => others.includes(hostile[0] + hostile[1]), "the person's words");
	assert.deepEqual(await widget.own(), hostile);
	const inside = await page.evaluate(() => {
		const root = document.querySelector("parley-chat").shadowRoot;
		return {
			foreign: root.querySelectorAll("img,script,iframe,b,object,embed,.log svg").length,
			handlers: [...root.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
			links: [...root.querySelectorAll(".bubble a")].map((a) => [a.href, a.rel, a.target]),
		};
	});
	assert.equal(inside.foreign, 0);
	assert.equal(inside.handlers, 0);
	assert.deepEqual(inside.links, [["http://a.example/", "noopener noreferrer nofollow", "_blank"]]);
});

scene("a shop with the strictest Content-Security-Policy can embed it with one tag", async (context) => {
	const proxy = await Proxy.start(server);
	try {
		const widget = await Widget.on(context, proxy.shop({ title: "Our shop", accent: "#0f766e", position: "left", open: "true" }));
		await widget.ask("Hello");
		assert.equal(await widget.page.locator("parley-chat h2").innerText(), "Our shop");
		const look = await widget.panel.evaluate((panel) => {
			const box = panel.getBoundingClientRect();
			return { left: box.left, radius: getComputedStyle(panel).borderRadius };
		});
		assert.ok(look.left < 60);
		assert.notEqual(look.radius, "0px", "its styles are there");
		await widget.field.fill("x");
		const colour = await widget.page.locator("parley-chat .send").evaluate((send) => {
			send.style.transition = "none";
			return getComputedStyle(send).backgroundColor;
		});
		assert.equal(colour, "rgb(15, 118, 110)", "the shop's own colour");
	} finally {
		await proxy.stop();
	}
});

scene("a shop on another host can embed it", async (context) => {
	const proxy = await Proxy.start(server);
	try {
		const widget = await Widget.on(context, proxy.shop({}, server.origin));
		assert.notEqual(new URL(widget.page.url()).origin, server.origin);
		await widget.ask("Hello from another host");
		await widget.settled();
		assert.deepEqual(await widget.own(), ["Hello from another host"]);
	} finally {
		await proxy.stop();
	}
});

scene("Spanish, from the tag's language", async (context) => {
	const proxy = await Proxy.start(server);
	try {
		const widget = await Widget.on(context, proxy.shop({ lang: "es" }));
		assert.equal(await widget.field.getAttribute("placeholder"), "Escriba un mensaje…");
		await widget.ask("Hola");
		await widget.settled();
		assert.match(await widget.page.locator("parley-chat .own .meta").last().innerText(), /Enviado|Visto/);
		assert.match(await widget.page.locator("parley-chat .day").first().innerText(), /Hoy/);
		assert.equal(await widget.page.locator("parley-chat .root").getAttribute("lang"), "es");
		await context.setOffline(true);
		await widget.notice.waitFor();
		assert.match(await widget.notice.innerText(), /No tiene conexión/);
	} finally {
		await proxy.stop();
	}
});

scene("everything can be done with the keyboard alone", async (context) => {
	const widget = await Widget.on(context, server.origin, { open: false });
	const { keyboard } = widget.page;
	for (let i = 0; i < 60 && (await widget.focused()) !== "button.launcher"; i++) await keyboard.press("Tab");
	assert.equal(await widget.focused(), "button.launcher");
	await keyboard.press("Enter");
	assert.equal(await widget.focused(), "textarea.");
	assert.equal(await widget.launcher.getAttribute("aria-expanded"), "true");
	await keyboard.type("it is about the thing");
	await keyboard.press("Enter");
	await widget.chips.first().waitFor();
	await keyboard.press("Shift+Tab");
	assert.equal(await widget.focused(), "button.chip");
	const outline = await widget.chips.last().evaluate((chip) => getComputedStyle(chip).outlineStyle);
	assert.equal(outline, "solid", "focus is visible");
	await keyboard.press("Enter");
	assert.equal(await widget.focused(), "textarea.");
	await keyboard.type("one");
	await keyboard.press("Shift+Enter");
	await keyboard.type("two");
	assert.equal(await widget.field.inputValue(), "one\ntwo");
	await keyboard.press("Escape");
	assert.equal(await widget.panel.isVisible(), false);
	assert.equal(await widget.focused(), "button.launcher", "focus returns to where it came from");
	await keyboard.press("Enter");
	assert.equal(await widget.field.inputValue(), "one\ntwo", "a draft is kept");
});

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

scene("on a phone it fills the screen, with targets for thumbs, and keeps focus inside", async (context) => {
	const widget = await Widget.on(context, server.origin, { open: false });
	await widget.launcher.tap();
	const box = await widget.panel.boundingBox();
	assert.deepEqual([box.x, box.width, Math.round(box.height)], [0, 390, 844]);
	assert.equal(await widget.panel.getAttribute("aria-modal"), "true");
	assert.match(await widget.focused(), /panel/, "the keyboard does not jump up");
	await widget.ask("it is about the thing");
	await widget.chips.first().waitFor();
	const shape = await widget.panel.evaluate((panel) => {
		const scroll = panel.querySelector(".scroll");
		const targets = [...panel.querySelectorAll("button,a")].filter((b) => b.offsetParent);
		const small = targets.map((b) => b.getBoundingClientRect()).filter((r) => r.width < 24 || r.height < 24).length;
		const font = parseFloat(getComputedStyle(panel.querySelector("textarea")).fontSize);
		return { small, font, wide: panel.scrollWidth > panel.clientWidth || scroll.scrollWidth > scroll.clientWidth };
	});
	assert.deepEqual(shape, { small: 0, font: 16, wide: false });
	for (let i = 0; i < 14; i++) {
		await widget.page.keyboard.press("Tab");
		assert.equal(await widget.page.evaluate(() => document.activeElement?.tagName), "PARLEY-CHAT");
	}
	await widget.page.locator("parley-chat .close").tap();
	assert.equal(await widget.panel.isVisible(), false);
	assert.equal(await widget.focused(), "button.launcher");
}, phone);

scene("another customer on the same computer does not see the first one's talk", async (context) => {
	const { widget } = await signedIn(context);
	await widget.ask("Hello, this is John");
	const [, jane] = await customers();
	await widget.page.selectOption("#customer", jane.id);
	await widget.ask("Hello, this is Jane");
	assert.deepEqual(await widget.own(), ["Hello, this is Jane"]);
	await widget.page.selectOption("#customer", "");
	await widget.ask("Hello, this is nobody");
	assert.deepEqual(await widget.own(), ["Hello, this is nobody"]);
	const kept = await widget.page.evaluate(() => JSON.stringify(localStorage));
	assert.doesNotMatch(kept, /john|jane/i, "nothing of a signed-in person is left in the browser");
});

scene("the full page and the API page work", async (context) => {
	const widget = await Widget.on(context, `${server.origin}/widget`);
	await widget.ask("Hello from the full page");
	const docs = await context.newPage();
	await docs.goto(`${server.origin}/docs`);
	await docs.getByText("/v1/messages", { exact: true }).first().waitFor();
	await docs.fill("#find", "messages");
	assert.ok((await docs.locator("nav li").count()) > 0);
});
