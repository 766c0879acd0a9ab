import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../widget/outbox";
import { PageShelf, slotOf } from "../widget/shelf";

const held = (id: string, ts: number) => ({ message: { client_id: id, text: id }, ts, refused: false });

test("what one tab holds, every tab finds, oldest first, until one settles it", () => {
	const shelf = new PageShelf();
	const a = new Outbox(shelf);
	const b = new Outbox(shelf);
	a.put(held("two", 2));
	b.put(held("one", 1));
	assert.deepEqual(a.all().map((h) => h.message.client_id), ["one", "two"]);
	b.settle("two");
	assert.deepEqual(b.all().map((h) => h.message.client_id), ["one"]);
	assert.deepEqual(a.elsewhere("out:two", null), { kind: "settled", clientId: "two" });
	assert.deepEqual(a.all().map((h) => h.message.client_id), ["one"]);
});

test("other names are not its business, and broken items are swept out", () => {
	const shelf = new PageShelf();
	const box = new Outbox(shelf);
	assert.equal(box.elsewhere("visitor", "x"), null);
	for (const [i, bad] of ["", "{", "null", '{"message":{}}', '{"message":{"client_id":1,"text":"x"}}'].entries()) shelf.set(`out:${i}`, bad);
	assert.deepEqual(box.all(), []);
	assert.deepEqual(shelf.names("out:"), []);
});

test("a full or forbidden storage loses nothing while the page lives", () => {
	class FullShelf extends PageShelf {
		override set(): void {}
	}
	const box = new Outbox(new FullShelf());
	box.put(held("kept", 1));
	assert.deepEqual(box.all().map((h) => h.message.client_id), ["kept"]);
	assert.equal(box.get("kept")?.ts, 1);
});

test("slots of different keys and users differ and do not show the user", () => {
	const slots = [slotOf("k", ""), slotOf("k", "a@example.com"), slotOf("k", "b@example.com"), slotOf("k2", "")];
	assert.equal(new Set(slots).size, 4);
	for (const slot of slots) assert.match(slot, /^[0-9a-z]{8,13}$/);
});
