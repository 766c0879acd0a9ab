/*
 * POST /v1/messages: a message in, its replies out. It waits for the reply up to a limit,
 * then 202 says where to look. The Idempotency-Key is the message's dedupe key: a
 * repetition joins the wait, later it gets the same ids and replies.
 */
#include "api/auth.h"

#include "base/limits.h"
#include "wire/crypto.h"

struct from {
	struct str id, email, name, locale;
};

struct request {
	struct str channel;
	struct from from;
	struct str text, payload;
};

static const struct field from_fields[] = {
	FIELD(struct from, id, SCHEMA_STR, .required = true, .min = 1, .max = 200,
		.doc = "your id of the person"),
	FIELD(struct from, email, SCHEMA_STR, .max = 254,
		.doc = "the person's e-mail address"),
	FIELD(struct from, name, SCHEMA_STR, .max = 200,
		.doc = "what to call the person"),
	FIELD(struct from, locale, SCHEMA_STR, .max = 35,
		.doc = "language tag, \"es-MX\""),
};
static const struct schema from_schema =
	SCHEMA("From", struct from, from_fields, "who writes");

static const struct field request_fields[] = {
	FIELD(struct request, channel, SCHEMA_STR, .fallback = "\"api\"", .min = 1,
		.max = 32,
		.doc = "a name for the entrance; one open conversation each for a person"),
	FIELD(struct request, from, SCHEMA_OBJECT, .of = &from_schema, .required = true,
		.doc = "who writes"),
	FIELD(struct request, text, SCHEMA_STR, .max = MESSAGE_TEXT_BYTES_MAX,
		.doc = "what is written"),
	FIELD(struct request, payload, SCHEMA_STR, .max = 1000,
		.doc = "payload of a chosen quick reply"),
};
const struct schema message_request_schema =
	SCHEMA("MessageRequest", struct request, request_fields, "a customer's message");

#define REPLY_USUAL 1000 /* bytes; most replies are shorter */

/* A request that waits for its reply. Lives in the request's arena. */
struct waiting {
	struct inbound in;
	struct http_request *r;
	struct env_timer limit;
};

static void
print_reply(
	const struct api *api, struct arena *a, struct jsonw *w, const struct event *ev)
{
	struct message m;
	if (message_parse(a, ev->body, &m, NULL) != OK)
		return;
	jsonw_object(w);
	jsonw_kstr(w, "message_id",
		api_id(api, a, ID_MESSAGE, row_key(ev->conversation, ev->seq)));
	jsonw_kstr(w, "text", m.text);
	if (m.quick_replies.n) {
		jsonw_karray(w, "quick_replies");
		items_each(const struct message_button, b, m.quick_replies) {
			jsonw_object(w);
			jsonw_kstr(w, "title", b->title);
			if (b->payload.n)
				jsonw_kstr(w, "payload", b->payload);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
}

/* The turn that has just ended knows the ids already. */
static void
print_ids(
	const struct api *api, struct arena *a, struct jsonw *w, const struct inbound *in)
{
	const struct turn *t = in->last;
	int64_t message = row_key(in->conversation, in->seq);
	jsonw_kstr(w, "message_id",
		t && t->message_count == 1 ? t->messages->id
					   : api_id(api, a, ID_MESSAGE, message));
	jsonw_kstr(w, "conversation_id",
		t ? t->conversation : api_id(api, a, ID_CONVERSATION, in->conversation));
	if (in->turn)
		jsonw_kstr(w, "turn_id",
			t ? t->id
			  : api_id(api, a, ID_TURN, row_key(in->conversation, in->turn)));
}

static void
reply_done(struct waiting *q)
{
	struct api *api = api_of(q->r);
	struct arena *a = q->r->arena;
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	buf_reserve(&body, REPLY_USUAL);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	print_ids(api, a, &w, &q->in);
	jsonw_karray(&w, "replies");
	items_each(const struct event, ev, q->in.replies)
		print_reply(api, a, &w, ev);
	jsonw_end_array(&w);
	if (q->in.escalated)
		jsonw_kbool(&w, "escalated", true);
	jsonw_end_object(&w);
	http_reply(q->r, 200, "application/json",
		q->in.repeated ? STR("Idempotency-Replayed: true\r\n") : STR(""),
		buf_str(&body));
	buf_fini(&body);
}

/* The message is on disk and its turn goes on: say where to look. */
static void
reply_accepted(struct waiting *q)
{
	struct api *api = api_of(q->r);
	struct arena *a = q->r->arena;
	struct str id = api_id(api, a, ID_CONVERSATION, q->in.conversation);
	struct str location =
		arena_printf(a, "/v1/conversations/%.*s/messages", STR_ARG(id));
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	print_ids(api, a, &w, &q->in);
	jsonw_kstr(&w, "status", STR("processing"));
	jsonw_kstr(&w, "location", location);
	jsonw_end_object(&w);
	http_reply(q->r, 202, "application/json",
		arena_printf(a, "Location: %.*s\r\n", STR_ARG(location)), buf_str(&body));
	buf_fini(&body);
}

static void
message_done(struct inbound *in)
{
	struct waiting *q = in->owner;
	env_timer_stop(api_of(q->r)->env, &q->limit);
	if (in->result == OK)
		reply_done(q);
	else if (in->mismatch)
		http_reply_error(
			q->r, 422, "this Idempotency-Key was used for another request");
	else if (in->told)
		reply_accepted(q);
	else
		api_reply_err(q->r, &in->error, in->result);
}

/* What is not yet on disk was not accepted. */
static void
out_of_patience(struct env_timer *timer)
{
	struct waiting *q = timer->owner;
	struct error e;
	bool accepted = q->in.told;
	engine_forget(&q->in);
	if (accepted) {
		reply_accepted(q);
		return;
	}
	err_set(&e, ERR_UNAVAILABLE, "the message could not be stored in time");
	api_reply_err(q->r, &e, ERR_UNAVAILABLE);
}

/* A Structured Field string in quotes, or bare as most clients send it. */
static struct str
idempotency_key(const struct http_request *r)
{
	struct str key = str_trim(http_request_header(r, "Idempotency-Key"));
	if (key.n >= 2 && key.p[0] == '"' && key.p[key.n - 1] == '"')
		key = str_sub(key, 1, key.n - 1);
	return key;
}

static void
post_message(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct request body;
	struct error e = {0};
	if (!auth_api(r, &who) || !api_read_body(r, &message_request_schema, &body))
		return;
	struct str key = idempotency_key(r);
	if (key.n > IDEMPOTENCY_KEY_MAX) {
		http_reply_error(r, 400, "Idempotency-Key: longer than 255 bytes");
		return;
	}
	struct waiting *q = ARENA_NEW(r->arena, struct waiting);
	q->r = r;
	q->in = (struct inbound){
		.tenant = who.tenant,
		.channel = body.channel,
		.caller = {.proof = auth_proof(api, &who, body.from.email),
			.id = body.from.id,
			.email = body.from.email,
			.name = body.from.name,
			.locale = body.from.locale},
		.text = body.text,
		.payload = body.payload,
		.dedupe = key,
		.done = message_done,
		.owner = q,
	};
	if (key.n)
		hash_parts(&r->body, 1, q->in.fingerprint);
	enum err got = engine_receive(api->engine, &q->in, &e);
	if (got == ERR_INVALID) {
		http_reply_error(r, 422, e.text);
		return;
	}
	if (got != OK) {
		api_reply_err(r, &e, got);
		return;
	}
	q->limit = (struct env_timer){.fire = out_of_patience, .owner = q};
	env_timer_start(api->env, &q->limit, api->config.reply_wait_ms);
}

const struct http_route message_routes[] = {
	{METHOD_POST, "/v1/messages", post_message, 0, HTTP_ROUTE_JSON | HTTP_ROUTE_WORK,
		NULL},
	{0},
};
