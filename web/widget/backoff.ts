// How long to wait before the next attempt: doubled each time up to a ceiling, and only a random part of it, so
// that a thousand browsers whose server restarts do not come back in the same instant.

export const firstMs = 500;
export const ceilingMs = 30_000;

export class Backoff {
	private attempts = 0;

	constructor(private readonly random: () => number) {}

	// Milliseconds to wait, at least `floorMs`.
	next(floorMs = 0): number {
		const whole = Math.min(ceilingMs, firstMs * 2 ** Math.min(this.attempts, 16));
		this.attempts++;
		return Math.max(floorMs, Math.round(whole * (0.5 + this.random() / 2)));
	}

	reset(): void {
		this.attempts = 0;
	}
}
