/*
 * Who types and who has read what. Typing lives for a moment and is never stored; how far
 * somebody has read is kept (talk/read_mark.h) and told to those who look at the
 * conversation just now.
 */
#include "api/webchat.h"

#include "base/limits.h"
#include "talk/read_mark.h"

/* {…,"author":{"kind","name"?}} */
static struct str
with_author(struct arena *a, struct json *o, const char *kind, struct str name)
{
	struct json *author = json_new_object(a);
	json_set(author, STR("kind"), json_new_str(a, str_of(kind)));
	if (name.n)
		json_set(author, STR("name"), json_new_str(a, name));
	json_set(o, STR("author"), author);
	return json_print(a, o);
}

static struct str
typing_data(struct arena *a, const char *kind, struct str name, bool on)
{
	struct json *o = json_new_object(a);
	json_set(o, STR("on"), json_new_bool(a, on));
	return with_author(a, o, kind, name);
}

static struct str
read_data(struct arena *a, const char *kind, struct str name, int64_t seq)
{
	struct json *o = json_new_object(a);
	json_set(o, STR("up_to_seq"), json_new_int(a, seq));
	return with_author(a, o, kind, name);
}

static void
send_room(struct room *room, const struct chat *but, const char *type, struct str data)
{
	list_each(l, &room->chats) {
		struct chat *c = list_entry(l, struct chat, link);
		if (c != but)
			chat_send(c, type, data);
	}
}

/* ---- who answers ---- */

void
webchat_typing(struct webchat *w, int64_t conversation, struct str name, bool on)
{
	struct room *room = rooms_of(w, conversation);
	struct arena a;
	if (!room)
		return;
	arena_init(&a, 0);
	struct str data = typing_data(&a, name.p ? "agent" : "bot", name, on);
	for (; room; room = room->same)
		send_room(room, NULL, "typing", data);
	arena_fini(&a);
}

static void
marked(struct db_tx *tx, enum err result)
{
	(void)result; /* a mark that is lost is made again by the next reading */
	db_tx_fini(tx);
	free(tx);
}

static void
keep_mark(struct webchat *w, int64_t conversation, enum reader reader, int64_t seq)
{
	struct db_tx *tx = mem_zalloc(sizeof *tx);
	db_tx_init(tx);
	read_mark_add(tx, conversation, reader, seq);
	if (db_submit(w->api->store->db, tx, marked, NULL) != OK)
		marked(tx, ERR_LIMIT);
}

void
webchat_read(struct webchat *w, int64_t conversation, int64_t seq, struct str name)
{
	struct arena a;
	keep_mark(w, conversation, READER_PERSON, seq);
	arena_init(&a, 0);
	struct str data = read_data(&a, "agent", name, seq);
	for (struct room *room = rooms_of(w, conversation); room; room = room->same)
		send_room(room, NULL, "read", data);
	arena_fini(&a);
}

/* ---- who asks ---- */

void
chat_types(struct chat *c, bool on)
{
	struct room *own = c->room;
	struct arena a;
	if (!own->conversation)
		return;
	own->typed_ms = on ? env_mono(c->webchat->api->env).ns / 1000000 : 0;
	arena_init(&a, 0);
	struct str data = typing_data(&a, "visitor", own->person.caller.name, on);
	for (struct room *room = rooms_of(c->webchat, own->conversation); room;
		room = room->same)
		if (room->people)
			send_room(room, NULL, "typing", data);
	arena_fini(&a);
}

bool
webchat_visitor_types(struct webchat *w, int64_t conversation)
{
	int64_t now = env_mono(w->api->env).ns / 1000000;
	for (struct room *room = rooms_of(w, conversation); room; room = room->same)
		if (room->typed_ms && now - room->typed_ms <= WEBCHAT_TYPING_MS)
			return true;
	return false;
}

/* A reader cannot have seen more than this connection was sent. */
void
chat_reads(struct chat *c, int64_t up_to_seq)
{
	struct room *own = c->room;
	struct store *store = c->webchat->api->store;
	struct read_marks marks = {0};
	struct arena a;
	int64_t seq = up_to_seq < c->cursor ? up_to_seq : c->cursor;
	if (!own->conversation)
		return;
	if (!own->marks_known &&
		read_marks_load(store, own->conversation, &marks, NULL) == OK) {
		own->read_seq = marks.customer_seq;
		own->marks_known = true;
	}
	if (seq <= own->read_seq)
		return;
	own->read_seq = seq;
	keep_mark(c->webchat, own->conversation, READER_CUSTOMER, seq);
	arena_init(&a, 0);
	struct str data = read_data(&a, "visitor", STR(""), seq);
	for (struct room *room = rooms_of(c->webchat, own->conversation); room;
		room = room->same)
		send_room(room, c, "read", data);
	arena_fini(&a);
}
