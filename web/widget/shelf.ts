// What the widget keeps in the browser, shared by all tabs of a site: one localStorage item per fact, so that two
// tabs never overwrite each other's. Where storage is forbidden (private windows, sandboxed frames) the same
// facts live as long as the page.

export interface Shelf {
	get(name: string): string | null;
	set(name: string, value: string): void;
	remove(name: string): void;
	names(prefix: string): string[];
	// Another tab changed `name`; `value` is null when it was removed. Returns how to stop listening.
	onChange(listener: (name: string, value: string | null) => void): () => void;
}

export class PageShelf implements Shelf {
	private readonly kept = new Map<string, string>();

	get(name: string): string | null {
		return this.kept.get(name) ?? null;
	}
	set(name: string, value: string): void {
		this.kept.set(name, value);
	}
	remove(name: string): void {
		this.kept.delete(name);
	}
	names(prefix: string): string[] {
		return [...this.kept.keys()].filter((name) => name.startsWith(prefix));
	}
	// A page's own memory has no other tabs.
	onChange(_listener: (name: string, value: string | null) => void): () => void {
		return () => {};
	}
}

class BrowserShelf implements Shelf {
	constructor(
		private readonly storage: Storage,
		private readonly prefix: string,
	) {}

	get(name: string): string | null {
		return this.storage.getItem(this.prefix + name);
	}

	set(name: string, value: string): void {
		try {
			this.storage.setItem(this.prefix + name, value);
		} catch {
			// The site's quota is full. The fact is then only in this page's memory; nothing breaks.
		}
	}

	remove(name: string): void {
		this.storage.removeItem(this.prefix + name);
	}

	names(prefix: string): string[] {
		const found: string[] = [];
		for (let i = 0; i < this.storage.length; i++) {
			const key = this.storage.key(i) ?? "";
			if (key.startsWith(this.prefix + prefix)) found.push(key.slice(this.prefix.length));
		}
		return found;
	}

	onChange(listener: (name: string, value: string | null) => void): () => void {
		const heard = (e: StorageEvent) => {
			if (e.storageArea !== this.storage || !e.key?.startsWith(this.prefix)) return;
			listener(e.key.slice(this.prefix.length), e.newValue);
		};
		addEventListener("storage", heard);
		return () => removeEventListener("storage", heard);
	}
}

// A short name for one widget key and user, so that identities on one computer stay apart. The user's id itself is
// not written into the browser's storage.
export function slotOf(key: string, userId: string): string {
	let hash = 0xcbf29ce484222325n;
	for (const byte of new TextEncoder().encode(`${key}\n${userId}`)) {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
	}
	return hash.toString(36);
}

export function openShelf(slot: string): Shelf {
	const prefix = `parley:${slot}:`;
	try {
		const probe = `${prefix}probe`;
		localStorage.setItem(probe, "1");
		localStorage.removeItem(probe);
		return new BrowserShelf(localStorage, prefix);
	} catch {
		return new PageShelf();
	}
}
