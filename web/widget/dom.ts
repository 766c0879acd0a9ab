// Small makers of elements. Text goes in as text nodes, attributes through setAttribute; neither `style` nor `on…`
// attributes are used, so a strict Content-Security-Policy has nothing to object to.

type Child = Node | string;

export function el<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	attributes: Record<string, string> = {},
	...children: Child[]
): HTMLElementTagNameMap[K] {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	element.append(...children);
	return element;
}

export function button(className: string, label: string, press: () => void, ...children: Child[]): HTMLButtonElement {
	const b = el("button", { class: className, type: "button" }, ...children);
	if (children.length === 0) b.textContent = label;
	else b.setAttribute("aria-label", label);
	b.addEventListener("click", press);
	return b;
}

// Assigning an equal text would make screen readers say it again.
export function setText(element: Element, text: string): void {
	if (element.textContent !== text) element.textContent = text;
}

// The same with attributes; null takes the attribute away.
export function setAttribute(element: Element, name: string, value: string | null): void {
	if (value === null) element.removeAttribute(name);
	else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const shapes = {
	chat: [
		"M12 3.25c-5.1 0-9.25 3.6-9.25 8.05 0 2.06.9 3.94 2.37 5.36-.1 1.2-.5 2.3-1.2 3.2-.26.34 0 .84.43.8 1.77-.16 3.3-.75 4.47-1.5 1 .28 2.07.43 3.18.43 5.1 0 9.25-3.6 9.25-8.05S17.1 3.25 12 3.25Z",
	],
	close: ["M6.5 6.5l11 11M17.5 6.5l-11 11"],
	down: ["M6 9.5l6 6 6-6"],
	send: ["M12 19V5.5M6 11.2l6-6 6 6"],
	person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.8 20c.7-3.6 3.6-5.5 7.2-5.5s6.5 1.9 7.2 5.5"],
	cloudOff: ["M4 4l16 16", "M8.2 8.3A5.2 5.2 0 0 0 7 18.5h10M10.5 6.3A5.5 5.5 0 0 1 17.3 11a3.8 3.8 0 0 1 2.7 5.7"],
	spark: [
		"M12 3.5c.7 4.6 3.4 7.3 8 8-4.6.7-7.3 3.4-8 8-.7-4.6-3.4-7.3-8-8 4.6-.7 7.3-3.4 8-8Z",
	],
};

export type Shape = keyof typeof shapes;

export function icon(name: Shape, filled = false): SVGSVGElement {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", filled ? "icon filled" : "icon");
	for (const d of shapes[name]) {
		const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
		path.setAttribute("d", d);
		svg.append(path);
	}
	return svg;
}
