#include "turn/report.h"

#include "talk/conversation.h"
#include "talk/turn_row.h"
#include "turn/causes.h"
#include "turn/journal.h"

static const char *
status_name(enum turn_status status)
{
	switch (status) {
	case TURN_UNFINISHED:
		return "running";
	case TURN_DONE:
		return "done";
	case TURN_FAILED:
		return "failed";
	}
	return "done";
}

static void
print_answers(struct jsonw *w, const struct journal *j)
{
	jsonw_karray(w, "answers");
	items_each(const struct journal_answer, a, j->answers) {
		jsonw_object(w);
		jsonw_kstr(w, "actor", a->actor);
		jsonw_kstr(w, "key", a->key);
		jsonw_kstr(w, "kind", a->kind);
		if (a->ask.n)
			jsonw_kstr(w, "ask", a->ask);
		jsonw_kstr(w, "status", a->status);
		if (a->http)
			jsonw_kint(w, "http", a->http);
		jsonw_kint(w, "at", a->at);
		if (a->us)
			jsonw_kint(w, "us", a->us);
		if (a->cached)
			jsonw_kbool(w, "cached", true);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static int64_t
total_us(const struct json *causes)
{
	int64_t us = 0;
	json_each(actor, json_get(causes, STR("actors")))
		us += json_int(json_get(actor, STR("us")), 0);
	return us;
}

/* A turn's events come soon after the one that began it. */
#define EVENTS_LOOKED_AT 200

/* What was written and what was said to it, as far as retention has kept them. */
static enum err
print_words(struct store *s, struct arena *a, struct jsonw *w, const struct turn_row *row,
	const struct person_key *key, struct error *e)
{
	static const struct {
		enum event_kind kind;
		const char *name;
	} sides[] = {{EVENT_INBOUND, "said"}, {EVENT_OUTBOUND, "replies"}};
	struct items events;
	enum err r = event_list(s, a, row->conversation, row->number - 1,
		EVENTS_LOOKED_AT, key, &events, e);
	if (r != OK)
		return r;
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		jsonw_karray(w, sides[i].name);
		items_each(const struct event, ev, events) {
			struct message m;
			if (ev->turn == row->number && ev->kind == sides[i].kind &&
				message_parse(a, ev->body, &m, NULL) == OK)
				jsonw_str(w, m.text);
		}
		jsonw_end_array(w);
	}
	return OK;
}

/* What the turn took of the processor, of the world and of the disk. */
static void
print_cost(struct jsonw *w, const struct journal *j, const struct json *causes,
	int64_t bytes)
{
	int64_t asked = 0, waited = 0;
	items_each(const struct journal_answer, a, j->answers) {
		asked += a->us > 0;
		waited += a->us;
	}
	jsonw_kobject(w, "cost");
	jsonw_kint(w, "us", total_us(causes));
	jsonw_kint(w, "answers", asked);
	jsonw_kint(w, "answers_us", waited);
	jsonw_kint(w, "bytes", bytes);
	jsonw_end_object(w);
}

static void
print_turn(struct store *s, struct arena *a, struct jsonw *w, const struct turn_row *row,
	const struct journal *j, const struct json *causes)
{
	struct str name, version, hash;
	jsonw_kstr(w, "id",
		id_print(s, a, ID_TURN, row_key(row->conversation, row->number)));
	jsonw_kstr(
		w, "conversation_id", id_print(s, a, ID_CONVERSATION, row->conversation));
	jsonw_kstr(w, "status", str_of(status_name(row->status)));
	if (pack_version_about(s, a, row->pack, &name, &version, &hash, NULL) == OK)
		jsonw_kstr(w, "pack",
			arena_printf(a, "%.*s %.*s (%.12s)", STR_ARG(name),
				STR_ARG(version), hash.p));
	jsonw_kstr(w, "program", j->program);
	jsonw_kint(w, "started_at", row->started.ms);
	if (row->ended.ms)
		jsonw_kint(w, "ended_at", row->ended.ms);
	jsonw_kint(w, "us", total_us(causes));
	print_cost(w, j, causes, row->bytes);
	jsonw_karray(w, "messages");
	items_each(const double, seq, j->messages)
		jsonw_str(w,
			id_print(s, a, ID_MESSAGE,
				row_key(row->conversation, (int64_t)*seq)));
	jsonw_end_array(w);
	print_answers(w, j);
	json_each(part, causes)
		jsonw_knode(w, arena_str(a, part->key).p, part);
}

enum err
turn_report(struct store *s, struct arena *a, int64_t tenant, int64_t conversation,
	int64_t number, struct buf *out, struct error *e)
{
	int64_t owner, contact_id;
	struct contact contact;
	struct turn_row row;
	struct journal j;
	struct json *causes = NULL;
	struct jsonw w;
	enum err r = conversation_owner(s, conversation, &owner, &contact_id, e);
	if (r == OK && tenant && owner != tenant)
		r = err_set(e, ERR_NOT_FOUND, "there is no such turn");
	if (r == OK)
		r = contact_load(s, a, contact_id, &contact, e);
	if (r == OK)
		r = turn_row_load(s, a, conversation, number, &contact.key, &row, e);
	if (r == OK)
		r = journal_load(s, a, row.journal, &contact.key, &j, e);
	if (r == OK && row.causes.n)
		r = causes_parse(a, row.causes, &causes, e);
	if (r != OK)
		return r;
	jsonw_init(&w, out);
	jsonw_object(&w);
	print_turn(s, a, &w, &row, &j, causes);
	r = print_words(s, a, &w, &row, &contact.key, e);
	jsonw_end_object(&w);
	if (r == OK && buf_over(out))
		r = err_set(e, ERR_LIMIT, "the turn's report is longer than %zu bytes",
			out->max);
	return r;
}
