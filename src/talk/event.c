#include "talk/event.h"

#include "base/limits.h"
#include "base/schema_bytes.h"

static const struct db_sql add = {
	"INSERT INTO event(id, kind, turn, at_ms, body) VALUES(?1, ?2, ?3, ?4, ?5)"};
static const struct db_sql load = {
	"SELECT " EVENT_COLUMNS " FROM event WHERE id = ?1 AND body IS NOT NULL"};
static const struct db_sql list_after = {
	"SELECT " EVENT_COLUMNS
	" FROM event WHERE id > ?1 AND id <= ?2 AND body IS NOT NULL"
	" ORDER BY id LIMIT ?3"};
/* EVENT_INBOUND, EVENT_OUTBOUND, EVENT_NOTE */
static const struct db_sql list_messages = {
	"SELECT " EVENT_COLUMNS
	" FROM event WHERE id > ?1 AND id <= ?2 AND body IS NOT NULL AND kind IN (1, 2, 3)"
	" ORDER BY id LIMIT ?3"};
static const struct db_sql list_last = {
	"SELECT " EVENT_COLUMNS
	" FROM event WHERE id > ?1 AND id <= ?2 AND body IS NOT NULL"
	" ORDER BY id DESC LIMIT ?3"};

const char *
event_kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_INBOUND:
		return "inbound";
	case EVENT_OUTBOUND:
		return "outbound";
	case EVENT_NOTE:
		return "note";
	case EVENT_HANDOFF:
		return "handoff";
	case EVENT_TAKEOVER:
		return "takeover";
	case EVENT_HANDBACK:
		return "handback";
	case EVENT_CLOSED:
		return "closed";
	case EVENT_APPROVAL:
		return "approval";
	case EVENT_DECISION:
		return "decision";
	}
	return "unknown";
}

void
event_add(struct store *s, struct db_tx *tx, const struct event *ev,
	const struct person_key *key)
{
	int64_t row = row_key(ev->conversation, ev->seq);
	struct str sealed = store_seal(s, &tx->arena, key, SEALED_EVENT, row, ev->body);
	db_add(tx, &add, "iiiib", row, (int64_t)ev->kind, ev->turn, ev->at.ms, sealed);
}

enum err
event_open(
	struct arena *a, struct event *ev, const struct person_key *key, struct error *e)
{
	struct str sealed = ev->body;
	return store_unseal(a, key, SEALED_EVENT, row_key(ev->conversation, ev->seq),
		sealed, &ev->body, e);
}

struct event
event_row(struct db_rows *rows)
{
	int64_t row = db_int(rows, 0);
	return (struct event){
		.conversation = row_conversation(row),
		.seq = row_seq(row),
		.kind = (enum event_kind)db_int(rows, 1),
		.turn = db_int(rows, 2),
		.at.ms = db_int(rows, 3),
		.body = db_str(rows, 4),
	};
}

static enum err
read_row(struct arena *a, struct db_rows *rows, const struct person_key *key,
	struct event *out, struct error *e)
{
	*out = event_row(rows);
	return event_open(a, out, key, e);
}

enum err
event_load(struct store *s, struct arena *a, int64_t conversation, int64_t seq,
	const struct person_key *key, struct event *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", row_key(conversation, seq));
	if (r != OK)
		return r;
	r = db_next(&rows) ? read_row(a, &rows, key, out, e)
			   : err_set(e, ERR_NOT_FOUND, "there is no such message");
	db_end(&rows);
	return r;
}

static enum err
read_rows(struct arena *a, struct db_rows *rows, size_t limit,
	const struct person_key *key, struct items *out, struct error *e)
{
	struct event *list = ARENA_ARRAY(a, struct event, limit);
	size_t n = 0;
	enum err r = OK;
	while (r == OK && n < limit && db_next(rows))
		r = read_row(a, rows, key, &list[n++], e);
	db_end(rows);
	*out = (struct items){list, r == OK ? n : 0};
	return r;
}

enum err
event_list(struct store *s, struct arena *a, int64_t conversation, int64_t after,
	size_t limit, const struct person_key *key, struct items *out, struct error *e)
{
	struct db_rows rows;
	require(limit <= PAGE_MAX);
	enum err r = db_query(s->db, &rows, &list_after, e, "iii",
		row_key(conversation, after), row_key(conversation, SEQ_MAX),
		(int64_t)limit);
	return r == OK ? read_rows(a, &rows, limit, key, out, e) : r;
}

enum err
event_list_messages(struct store *s, struct arena *a, int64_t conversation, int64_t after,
	size_t limit, const struct person_key *key, struct items *out, struct error *e)
{
	struct db_rows rows;
	require(limit <= PAGE_MAX + 1);
	enum err r = db_query(s->db, &rows, &list_messages, e, "iii",
		row_key(conversation, after), row_key(conversation, SEQ_MAX),
		(int64_t)limit);
	return r == OK ? read_rows(a, &rows, limit, key, out, e) : r;
}

enum err
event_list_last(struct store *s, struct arena *a, int64_t conversation, size_t limit,
	const struct person_key *key, struct items *out, struct error *e)
{
	struct db_rows rows;
	require(limit <= PAGE_MAX);
	enum err r = db_query(s->db, &rows, &list_last, e, "iii",
		row_key(conversation, 0), row_key(conversation, SEQ_MAX), (int64_t)limit);
	if (r == OK)
		r = read_rows(a, &rows, limit, key, out, e);
	struct event *list = out->p;
	for (size_t i = 0; r == OK && i < out->n / 2; i++) {
		struct event swap = list[i];
		list[i] = list[out->n - 1 - i];
		list[out->n - 1 - i] = swap;
	}
	return r;
}

static const struct field button_fields[] = {
	FIELD(struct message_button, title, SCHEMA_STR),
	FIELD(struct message_button, payload, SCHEMA_STR),
};
static const struct schema button_schema =
	SCHEMA("button", struct message_button, button_fields, "quick reply");
static const struct field message_fields[] = {
	FIELD(struct message, text, SCHEMA_STR),
	FIELD(struct message, payload, SCHEMA_STR),
	FIELD(struct message, client_id, SCHEMA_STR),
	FIELD(struct message, quick_replies, SCHEMA_LIST, .of = &button_schema),
	FIELD(struct message, author, SCHEMA_STR),
	FIELD(struct message, author_id, SCHEMA_STR),
	FIELD(struct message, author_name, SCHEMA_STR),
};
static const struct schema message_schema =
	SCHEMA("message", struct message, message_fields, "what was written");

struct str
message_print(struct arena *a, const struct message *m)
{
	struct buf bytes;
	buf_init(&bytes, 8 * MESSAGE_TEXT_BYTES_MAX);
	buf_reserve(&bytes, m->text.n + 200);
	schema_bytes_write(&message_schema, m, &bytes);
	struct str out = arena_str(a, buf_str(&bytes));
	buf_fini(&bytes);
	return out;
}

enum err
message_parse(struct arena *a, struct str body, struct message *out, struct error *e)
{
	return schema_bytes_read(&message_schema, a, body, out, e);
}
