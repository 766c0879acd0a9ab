// The API page: shows /openapi.json as a list of operations with their fields and examples.

import { Document, type Answer, type Body, type Operation, type Parameter } from "./openapi";

type Child = Node | string;

function el(tag: string, className: string, ...children: Child[]): HTMLElement {
	const e = document.createElement(tag);
	if (className) e.className = className;
	e.append(...children);
	return e;
}

function byId(id: string): HTMLElement {
	return document.getElementById(id) as HTMLElement;
}

function method(name: string): HTMLElement {
	return el("span", `method ${name}`, name.toUpperCase());
}

// A path may be broken after its slashes.
function path(text: string): HTMLElement {
	const pieces = text.split(/(?<=\/)/).flatMap((piece) => [piece, document.createElement("wbr")]);
	return el("span", "path", ...pieces);
}

function table(rows: Parameter[], withPlace: boolean): HTMLElement {
	const heads = ["Name", ...(withPlace ? ["In"] : []), "Type", ""].map((h) => {
		const th = el("th", "", h);
		th.setAttribute("scope", "col");
		return th;
	});
	const lines = rows.map((p) => {
		const name = el("td", "", el("code", "", p.name));
		if (p.required) name.append(" ", el("span", "need", "required"));
		const place = withPlace ? [el("td", "", p.where)] : [];
		return el("tr", "", name, ...place, el("td", "", p.type), el("td", "", p.text));
	});
	const whole = el("table", "", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...lines));
	const wide = el("div", "wide", whole);
	wide.tabIndex = 0;
	wide.setAttribute("role", "group");
	wide.setAttribute("aria-label", "Fields");
	return wide;
}

function example(text: string): HTMLElement {
	const pre = el("pre", "", el("code", "", text));
	pre.tabIndex = 0;
	return pre;
}

function body(b: Body): Child[] {
	const parts: Child[] = [el("p", "note", b.media)];
	if (b.fields.length) parts.push(table(b.fields, false));
	if (b.example) parts.push(el("p", "note", "Example"), example(b.example));
	return parts;
}

function answer(a: Answer): Child[] {
	return [el("h3", "", `${a.status} ${a.text}`), ...(a.body ? body(a.body) : [])];
}

function section(o: Operation): HTMLElement {
	const s = el("section", "operation", el("h2", "", method(o.method), path(o.path)));
	s.id = o.id;
	if (o.summary) s.append(el("p", "", o.summary));
	if (o.text && o.text !== o.summary) s.append(el("p", "detail", o.text));
	if (o.parameters.length) s.append(el("h3", "", "Parameters"), table(o.parameters, true));
	if (o.body) s.append(el("h3", "", "Body"), ...body(o.body));
	for (const a of o.answers) s.append(...answer(a));
	return s;
}

function showIndex(operations: Operation[]): void {
	const groups = new Map<string, Operation[]>();
	for (const o of operations) groups.set(o.group, [...(groups.get(o.group) ?? []), o]);
	const parts: Node[] = [];
	for (const [group, members] of groups) {
		const items = members.map((o) => {
			const link = el("a", "", method(o.method), path(o.path));
			link.setAttribute("href", `#${o.id}`);
			return el("li", "", link);
		});
		parts.push(el("h2", "", group), el("ul", "", ...items));
	}
	byId("index").replaceChildren(...parts);
}

function matches(o: Operation, words: string): boolean {
	const whole = `${o.method} ${o.path} ${o.summary} ${o.text} ${o.group}`.toLowerCase();
	return words
		.toLowerCase()
		.split(/\s+/)
		.every((word) => whole.includes(word));
}

async function start(): Promise<void> {
	let root: unknown;
	try {
		const response = await fetch("/openapi.json");
		if (!response.ok) throw new Error(`status ${response.status}`);
		root = await response.json();
	} catch (error) {
		byId("state").textContent = `openapi.json could not be loaded: ${(error as Error).message}`;
		return;
	}
	const doc = new Document(root);
	const { title, text } = doc.about();
	byId("title").textContent = title;
	byId("about").textContent = text;
	const operations = doc.operations();
	byId("operations").replaceChildren(...operations.map(section));
	showIndex(operations);
	const find = byId("find") as HTMLInputElement;
	find.addEventListener("input", () => showIndex(operations.filter((o) => matches(o, find.value.trim()))));
	if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

void start();
