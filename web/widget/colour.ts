// Contrast arithmetic of WCAG 2.2 (relative luminance and contrast ratio), so that any accent colour a shop
// chooses stays readable: text on it, and itself as text on the panel.

export type Rgb = readonly [number, number, number];

export const white: Rgb = [255, 255, 255];
export const ink: Rgb = [17, 19, 28];

export function parseHex(value: string): Rgb | null {
	const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(value.trim());
	const full = short ? `#${short.slice(1).map((c) => c + c).join("")}` : value.trim();
	const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(full);
	if (!m) return null;
	return [parseInt(m[1] ?? "", 16), parseInt(m[2] ?? "", 16), parseInt(m[3] ?? "", 16)];
}

export function toHex(c: Rgb): string {
	return `#${c.map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(c: Rgb): number {
	const [r, g, b] = c.map((v) => {
		const s = v / 255;
		return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
	}) as [number, number, number];
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
	const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
	return (light + 0.05) / (dark + 0.05);
}

export function mix(a: Rgb, b: Rgb, part: number): Rgb {
	return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part];
}

// The better of white and ink as text on `c`.
export function textOn(c: Rgb): Rgb {
	return contrast(c, white) >= contrast(c, ink) ? white : ink;
}

// `c` moved towards black or white until it reads as text on `surface` (at least 4.5 : 1).
export function readableOn(c: Rgb, surface: Rgb): Rgb {
	const towards = textOn(surface);
	for (let step = 0; step <= 20; step++) {
		const moved = mix(c, towards, step / 20);
		if (contrast(moved, surface) >= 4.5) return moved;
	}
	return towards;
}
