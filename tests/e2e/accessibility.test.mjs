// axe-core's checks of WCAG 2.2 A and AA, in every state a visitor sees.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, visitor, Widget } from "./browser.mjs";
import { Proxy } from "./proxy.mjs";
import { Server } from "./server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

let browser;
let server;
let proxy;

before(async () => {
	server = await Server.start();
	browser = await launch();
	proxy = await Proxy.start(server);
});

after(async () => {
	await browser?.close();
	await proxy?.stop();
	await server?.stop();
});

async function check(page, state) {
	await page.evaluate(axe);
	const found = await page.evaluate(async (runTags) => {
		const { violations } = await axe.run(document, { runOnly: { type: "tag", values: runTags } });
		return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.flat().join(" ")}: ${n.failureSummary}`));
	}, tags);
	assert.deepEqual(found, [], state);
}

// Each look is somebody else's, because each talk ends with a person.
const looks = [
	["light", "john.doe@example.com", { colorScheme: "light" }],
	["dark", "jane.smith@example.com", { colorScheme: "dark" }],
	["phone", "bob.wilson@example.com", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

for (const [look, email, options] of looks) {
	test(`no violation, ${look}`, { timeout: 90_000 }, async () => {
		const context = await visitor(browser, { ...options, reducedMotion: "reduce" });
		try {
			const widget = await Widget.on(context, server.origin, { open: false });
			const { page } = widget;
			const { customers } = await server.api("GET", "/demo/customers.json");
			await page.selectOption("#customer", customers.find((c) => c.email === email).id);
			await check(page, "the shop, chat closed");
			await widget.launcher.click();
			await check(page, "an empty chat");
			await widget.ask("it is about the thing");
			await widget.chips.first().waitFor();
			await check(page, "a talk with quick replies");
			await widget.ask("I want to speak to a manager, see https://shop.example/complaints");
			await widget.banner.waitFor();
			await check(page, "a hand-over");
			await context.setOffline(true);
			await widget.say("Written offline");
			await widget.notice.waitFor();
			await check(page, "offline");
			await context.setOffline(false);
			await widget.settled();
		} finally {
			await context.close();
		}
	});
}

test("no violation in Spanish with another accent, on the full page and on the API page", { timeout: 90_000 }, async () => {
	const context = await visitor(browser, { reducedMotion: "reduce" });
	try {
		for (const accent of ["#facc15", "#0f766e", "#111111", "#ff8fab"]) {
			for (const theme of ["light", "dark"]) {
				const widget = await Widget.on(context, proxy.shop({ lang: "es", accent, theme, open: "true" }));
				await widget.ask(`No funciona ${accent}`);
				await check(widget.page, `${accent} ${theme}`);
				await widget.page.close();
			}
		}
		const full = await Widget.on(context, `${server.origin}/widget`);
		await full.ask("Hello");
		await check(full.page, "full page");
		await full.page.goto(`${server.origin}/docs`);
		await full.page.getByText("/v1/messages", { exact: true }).first().waitFor();
		await check(full.page, "API page");
	} finally {
		await context.close();
	}
});
