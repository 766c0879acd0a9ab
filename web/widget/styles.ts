// Dresses the shadow root: look.css, and the colours made from the shop's accent. It becomes a constructed style
// sheet, which a strict Content-Security-Policy allows.

import { contrast, ink, mix, parseHex, readableOn, textOn, toHex, white, type Rgb } from "./colour";
import layout from "./look.css";

const lightSurface: Rgb = white;
const darkSurface: Rgb = [22, 24, 32];
const lightBubble: Rgb = [243, 244, 248];
const darkBubble: Rgb = [36, 39, 51];
const defaultAccent: Rgb = [79, 70, 229];

function declare(values: Record<string, string | Rgb>): string {
	const lines = Object.entries(values).map(([name, value]) => `${name}:${typeof value === "string" ? value : toHex(value)};`);
	return lines.join("");
}

// The accent as text and line must read on the bubble as well as on the surface.
function accents(accent: Rgb, surface: Rgb, bubble: Rgb): Record<string, Rgb> {
	const line = readableOn(readableOn(accent, surface), bubble);
	// Own bubbles keep the shop's colour; where neither black nor white reads on it, it gives way a little.
	const fill = contrast(textOn(accent), accent) >= 4.5 ? accent : readableOn(accent, white);
	return {
		"--surface": surface,
		"--bubble": bubble,
		"--accent": fill,
		"--on-accent": textOn(fill),
		"--accent-deep": mix(fill, ink, 0.14),
		"--accent-line": line,
		"--accent-tint": mix(surface, line, 0.09),
		"--accent-edge": mix(surface, line, 0.34),
	};
}

const light = {
	"--ink": "#161923",
	"--muted": "#5a6072",
	"--line": "#e7e9f0",
	"--field": "#f6f7fa",
	"--field-line": "#868da1",
	"--danger": "#b3261e",
	"--good": "#15803d",
	"--shade": "0 24px 64px -12px rgb(18 20 38/.26),0 8px 24px -8px rgb(18 20 38/.14),0 0 0 1px rgb(18 20 38/.05)",
	"color-scheme": "light",
};

const dark = {
	"--ink": "#eef0f6",
	"--muted": "#a5abbd",
	"--line": "#2a2e3b",
	"--field": "#1e212c",
	"--field-line": "#737a8f",
	"--danger": "#ff9d94",
	"--good": "#4ade80",
	"--shade": "0 24px 64px -12px rgb(0 0 0/.6),0 8px 24px -8px rgb(0 0 0/.45),0 0 0 1px rgb(255 255 255/.07)",
	"color-scheme": "dark",
};

function palette(accent: Rgb): string {
	const day = declare({ ...light, ...accents(accent, lightSurface, lightBubble) });
	const night = declare({ ...dark, ...accents(accent, darkSurface, darkBubble) });
	return (
		`.root{${day}}.root[data-theme=dark]{${night}}` +
		`@media(prefers-color-scheme:dark){.root[data-theme=auto]{${night}}}`
	);
}

export function dress(root: ShadowRoot, accent: string): void {
	const css = palette(parseHex(accent) ?? defaultAccent) + layout;
	if ("adoptedStyleSheets" in root) {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		root.adoptedStyleSheets = [sheet];
		return;
	}
	// Browsers from before 2023.
	const style = document.createElement("style");
	style.textContent = css;
	(root as ShadowRoot).append(style);
}
