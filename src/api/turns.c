/* GET /v1/turns/{id}: why a reply says what it says. */
#include "api/auth.h"

#include "pack/pack.h"
#include "talk/turn_row.h"
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

static void
print_turn(struct http_request *r, const struct turn_row *row, const struct journal *j,
	const struct json *causes)
{
	struct api *api = api_of(r);
	struct arena *a = r->arena;
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "id",
		api_id(api, a, ID_TURN, row_key(row->conversation, row->number)));
	jsonw_kstr(&w, "conversation_id",
		api_id(api, a, ID_CONVERSATION, row->conversation));
	jsonw_kstr(&w, "status", str_of(status_name(row->status)));
	struct str name, version, hash;
	if (pack_version_about(api->store, a, row->pack, &name, &version, &hash, NULL) ==
		OK)
		jsonw_kstr(&w, "pack",
			arena_printf(a, "%.*s %.*s (%.12s)", STR_ARG(name),
				STR_ARG(version), hash.p));
	jsonw_kstr(&w, "program", j->program);
	jsonw_kint(&w, "started_at", row->started.ms);
	if (row->ended.ms)
		jsonw_kint(&w, "ended_at", row->ended.ms);
	jsonw_kint(&w, "us", total_us(causes));
	jsonw_karray(&w, "messages");
	items_each(const double, seq, j->messages)
		jsonw_str(&w,
			api_id(api, a, ID_MESSAGE,
				row_key(row->conversation, (int64_t)*seq)));
	jsonw_end_array(&w);
	print_answers(&w, j);
	json_each(part, causes)
		jsonw_knode(&w, arena_str(a, part->key).p, part);
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

static void
get_turn(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	int64_t id, tenant, contact_id;
	struct contact contact;
	struct turn_row row;
	struct journal j;
	struct json *causes = NULL;
	struct error e = {0};
	if (!auth_api(r, &who))
		return;
	enum err found = ERR_NOT_FOUND;
	if (id_parse(api->store, ID_TURN, http_request_param(r, "id"), &id))
		found = conversation_owner(
			api->store, row_conversation(id), &tenant, &contact_id, &e);
	if (found == OK && tenant != who.tenant)
		found = ERR_NOT_FOUND;
	if (found == OK)
		found = contact_load(api->store, r->arena, contact_id, &contact, &e);
	if (found == OK)
		found = turn_row_load(api->store, r->arena, row_conversation(id),
			row_seq(id), &contact.key, &row, &e);
	if (found == OK)
		found = journal_parse(r->arena, row.journal, &j, &e);
	if (found == OK && row.causes.n)
		found = json_parse(r->arena, row.causes, &causes, &e);
	if (found == OK)
		print_turn(r, &row, &j, causes);
	else if (found == ERR_NOT_FOUND)
		http_reply_error(r, 404, "there is no such turn");
	else if (found == ERR_CANCELED)
		http_reply_error(r, 410, "the person was erased");
	else
		http_reply_err(r, &e);
}

const struct http_route turn_routes[] = {
	{METHOD_GET, "/v1/turns/{id}", get_turn, 0, 0, NULL},
	{0},
};
