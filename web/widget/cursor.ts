// The number from which to resume: everything up to it has been seen on this page.
//
// Right after a reconnect a live frame may overtake the frames that `resume` asks for. If the connection broke in
// that moment, the live frame's number would hide what was never delivered. So until the server has confirmed the
// resume (its pong to the ping sent behind it), only numbers up to the newest one known at `ready` count.

export class Cursor {
	private at = 0;
	private newest = 0;
	private settled = false;

	get value(): number {
		return this.at;
	}

	// A session's answer holds the whole state up to `seq`.
	start(seq: number): void {
		this.at = seq;
	}

	connected(newest: number): void {
		this.newest = newest;
		this.settled = this.at >= newest;
	}

	resumed(): void {
		this.settled = true;
	}

	saw(seq: number): void {
		if (seq > this.at && (this.settled || seq <= this.newest)) this.at = seq;
	}
}
