// The demo shop: fills the sign-in list and the orders from /demo/customers.json and embeds the widget with the same
// script tag a real shop would use.

interface Order {
	order_id: string;
	status: string;
	summary: string;
}

interface Customer {
	id: string;
	email: string;
	name: string;
	tier: string;
	hash: string;
	orders: Order[];
}

interface Demo {
	customers: Customer[];
	widget_key: string;
}

interface Parley {
	open(): void;
	send(text: string): void;
	identify(user: { id: string; email: string; name: string; hash: string } | null): void;
}

declare global {
	interface Window {
		Parley?: Parley;
	}
}

const chosenName = "techmart:customer";
const guestNote =
	"You are a guest. Choose one of the sample customers under “Shopping as” to see their orders; as a guest, tell the chat an order number and its e-mail.";
const defaultHints = [
	"Where is my order ORD-1A2B3C4D?",
	"I want a refund, it arrived broken",
	"I want to speak to a manager",
	"How do returns work?",
	"It is about the thing",
];

function byId<T extends HTMLElement>(id: string): T {
	return document.getElementById(id) as T;
}

function element(tag: string, className: string, text: string): HTMLElement {
	const e = document.createElement(tag);
	if (className) e.className = className;
	e.textContent = text;
	return e;
}

function ask(text: string): void {
	if (text) window.Parley?.send(text);
	else window.Parley?.open();
}

function asking(label: string, text: string): HTMLButtonElement {
	const b = document.createElement("button");
	b.type = "button";
	b.textContent = label;
	b.addEventListener("click", () => ask(text));
	return b;
}

function showOrders(customer: Customer | null): void {
	const cards = (customer?.orders ?? []).map((order) => {
		const card = element("li", "order", "");
		const head = document.createElement("header");
		head.append(element("code", "", order.order_id), element("span", `pill ${order.status}`, order.status.replace(/_/g, " ")));
		card.append(head, element("p", "", order.summary), asking("Ask about this order", `Where is my order ${order.order_id}?`));
		return card;
	});
	const nothing = customer ? `${customer.name} has not ordered anything yet.` : guestNote;
	byId("order-list").replaceChildren(...(cards.length ? cards : [element("li", "empty", nothing)]));
	byId("orders-note").textContent = customer ? `${customer.name}, ${customer.tier} customer` : "";
}

function showHints(customer: Customer | null): void {
	const own = customer?.orders[0]?.order_id;
	const hints = own ? [`Where is my order ${own}?`, ...defaultHints.slice(1)] : defaultHints;
	byId("hints").replaceChildren(
		...hints.map((hint) => {
			const item = document.createElement("li");
			item.append(asking(hint, hint));
			return item;
		}),
	);
}

function show(customer: Customer | null): void {
	showOrders(customer);
	showHints(customer);
}

function userOf(c: Customer | null) {
	return c && { id: c.id, email: c.email, name: c.name, hash: c.hash };
}

function embed(key: string, customer: Customer | null): void {
	const script = document.createElement("script");
	script.src = "/widget.js";
	script.async = true;
	script.dataset.title = "TechMart";
	if (key) script.dataset.key = key;
	if (customer) script.dataset.user = JSON.stringify(userOf(customer));
	document.body.append(script);
}

function fillChoice(demo: Demo): HTMLSelectElement {
	const select = byId<HTMLSelectElement>("customer");
	for (const c of demo.customers) select.append(new Option(`${c.name} · ${c.tier}`, c.id));
	// Who comes for the first time is somebody with orders, so that the first question finds one.
	select.value = sessionStorage.getItem(chosenName) ?? demo.customers[0]?.id ?? "";
	if (select.selectedIndex < 0) select.value = "";
	return select;
}

async function start(): Promise<void> {
	for (const b of document.querySelectorAll<HTMLElement>("[data-ask]")) {
		b.addEventListener("click", () => ask(b.dataset.ask ?? ""));
	}
	show(null);
	let demo: Demo = { customers: [], widget_key: "" };
	let note = "";
	try {
		demo = (await (await fetch("/demo/customers.json")).json()) as Demo;
	} catch {
		note = "The sample customers could not be loaded.";
	}
	const select = fillChoice(demo);
	const chosen = () => demo.customers.find((c) => c.id === select.value) ?? null;
	show(chosen());
	if (note) byId("orders-note").textContent = note;
	embed(demo.widget_key, chosen());
	select.addEventListener("change", () => {
		sessionStorage.setItem(chosenName, select.value);
		show(chosen());
		window.Parley?.identify(userOf(chosen()));
	});
}

void start();

export {};
