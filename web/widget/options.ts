// What the page asks for, in attributes of the script tag (docs/webchat.md, section 5).

import type { User } from "./protocol";
import { chooseLanguage } from "./words";

export interface Options {
	base: string; // address of the chat server, from the script's own
	key: string;
	language: string; // of the words
	region: string; // language tag for clock times and dates: the browser's own variety of that language
	theme: "auto" | "light" | "dark";
	accent: string;
	title: string; // empty: the language's own
	position: "right" | "left";
	open: "closed" | "open" | "page";
	user: User | null;
}

type Attributes = Record<string, string | undefined>;

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T {
	return allowed.find((a) => a === value) ?? (allowed[0] as T);
}

// An identity from anywhere; null unless it has an id.
export function readUser(value: unknown): User | null {
	if (typeof value !== "object" || value === null) return null;
	const given = value as Record<string, unknown>;
	if (typeof given.id !== "string" || !given.id) return null;
	const user: User = { id: given.id };
	for (const name of ["email", "name", "hash"] as const) {
		const field = given[name];
		if (typeof field === "string" && field) user[name] = field;
	}
	return user;
}

function userOf(data: Attributes): User | null {
	if (data.user) {
		try {
			return readUser(JSON.parse(data.user));
		} catch {
			console.error("Parley: data-user is not JSON; the visitor stays a guest.");
			return null;
		}
	}
	return readUser({ id: data.userId, email: data.userEmail, name: data.userName, hash: data.userHash });
}

export function readOptions(data: Attributes, scriptUrl: string, page: string, browser: readonly string[]): Options {
	const language = chooseLanguage([data.lang, page, ...browser]);
	return {
		base: new URL("/", scriptUrl).href,
		key: data.key ?? "",
		language,
		region: browser.find((tag) => tag.split("-")[0] === language) ?? language,
		theme: oneOf(data.theme, ["auto", "light", "dark"]),
		accent: data.accent ?? "",
		title: data.title ?? "",
		position: oneOf(data.position, ["right", "left"]),
		open: data.open === "page" ? "page" : data.open !== undefined && data.open !== "false" ? "open" : "closed",
		user: userOf(data),
	};
}
