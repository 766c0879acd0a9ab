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

interface Words {
	guest: string;
	nothing: string; // after a name
	about: string;
	shopper(name: string, tier: string): string;
	failed: string;
	order: string; // before an order's number
	hints: string[]; // the first one is about an order
	statuses: Record<string, string>; // of orders; one that is not here is shown as it is
}

const english: Words = {
	guest: "You are a guest. Choose one of the sample customers under “Shopping as” to see their orders; as a guest, tell the chat an order number and its e-mail.",
	nothing: "has not ordered anything yet.",
	about: "Ask about this order",
	shopper: (name, tier) => `${name}, ${tier} customer`,
	failed: "The sample customers could not be loaded.",
	order: "Where is my order",
	hints: ["I want a refund, it arrived broken", "I want to speak to a manager", "How do returns work?", "It is about the thing"],
	statuses: {},
};

const spanish: Words = {
	guest: "Ha entrado como invitado. Elija un cliente de muestra en «Compra como» para ver sus pedidos; como invitado, indique al chat un número de pedido y su correo.",
	nothing: "todavía no ha pedido nada.",
	about: "Preguntar por este pedido",
	shopper: (name, tier) => `${name}, cliente ${tier}`,
	failed: "No se pudieron cargar los clientes de muestra.",
	order: "¿Dónde está mi pedido",
	hints: ["Quiero un reembolso, llegó roto", "Quiero hablar con un encargado", "¿Cómo funcionan las devoluciones?", "Es por lo de la cosa"],
	statuses: {
		pending: "pendiente",
		confirmed: "confirmado",
		processing: "en preparación",
		shipped: "enviado",
		delivered: "entregado",
		cancelled: "cancelado",
		returned: "devuelto",
	},
};

const inSpanish = navigator.language.toLowerCase().startsWith("es");
const words = inSpanish ? spanish : english;
const anyOrder = "ORD-1A2B3C4D";

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
		head.append(element("code", "", order.order_id), element("span", `pill ${order.status}`, words.statuses[order.status] ?? order.status.replace(/_/g, " ")));
		card.append(head, element("p", "", order.summary), asking(words.about, `${words.order} ${order.order_id}?`));
		return card;
	});
	const nothing = customer ? `${customer.name} ${words.nothing}` : words.guest;
	byId("order-list").replaceChildren(...(cards.length ? cards : [element("li", "empty", nothing)]));
	byId("orders-note").textContent = customer ? words.shopper(customer.name, customer.tier) : "";
}

function showHints(customer: Customer | null): void {
	const hints = [`${words.order} ${customer?.orders[0]?.order_id ?? anyOrder}?`, ...words.hints];
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

// The page is written in English, with its Spanish beside each text.
function translate(): void {
	if (!inSpanish) return;
	document.documentElement.lang = "es";
	for (const e of document.querySelectorAll<HTMLElement>("[data-es]")) e.textContent = e.dataset.es ?? "";
}

async function start(): Promise<void> {
	translate();
	for (const b of document.querySelectorAll<HTMLElement>("[data-ask]")) {
		b.addEventListener("click", () => ask(b.dataset.ask ?? ""));
	}
	show(null);
	let demo: Demo = { customers: [], widget_key: "" };
	let note = "";
	try {
		demo = (await (await fetch("/demo/customers.json")).json()) as Demo;
	} catch {
		note = words.failed;
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
