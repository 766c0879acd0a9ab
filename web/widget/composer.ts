// The field in which the person writes: grows with its text, sends on Enter, keeps what cannot be sent.

import { el, icon, setAttribute, setText } from "./dom";
import { textMax } from "./protocol";
import { fill, type Words } from "./words";

export interface ComposerActions {
	send(text: string): void;
	typed(): void;
}

const heightMax = 136;

export class Composer {
	readonly node: HTMLFormElement;
	readonly field: HTMLTextAreaElement;
	private readonly over: HTMLElement;
	private readonly button: HTMLButtonElement;

	constructor(
		private readonly words: Words,
		private readonly actions: ComposerActions,
	) {
		this.field = el("textarea", {
			rows: "1",
			id: "parley-field",
			placeholder: words.placeholder,
			"aria-label": words.messageLabel,
			"aria-describedby": "parley-over",
			enterkeyhint: "send",
			autocomplete: "off",
		});
		this.over = el("div", { class: "over", id: "parley-over", role: "status" });
		this.button = el("button", { class: "send", type: "submit", "aria-label": words.send }, icon("send"));
		const row = el("div", { class: "field" }, this.field, this.button);
		this.node = el("form", { class: "form" }, row, this.over);
		this.node.addEventListener("submit", (e) => {
			e.preventDefault();
			this.submit();
		});
		this.field.addEventListener("keydown", (e) => {
			if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
			e.preventDefault();
			this.submit();
		});
		this.field.addEventListener("input", () => {
			this.fit();
			if (this.field.value.trim()) actions.typed();
		});
		this.fit();
	}

	// Its height follows its text; asked again when the panel becomes visible.
	fit(): void {
		this.field.style.height = "auto";
		const height = this.field.scrollHeight;
		if (height) this.field.style.height = `${Math.min(height, heightMax)}px`;
		const length = this.field.value.trim().length;
		setAttribute(this.button, "aria-disabled", length === 0 || length > textMax ? "true" : "false");
		setText(this.over, length > textMax ? fill(this.words.tooLong, { over: length - textMax }) : "");
	}

	private submit(): void {
		const text = this.field.value.trim();
		if (!text || text.length > textMax) return;
		this.field.value = "";
		this.fit();
		this.actions.send(text);
	}
}
