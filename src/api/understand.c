/*
 * What the pack understands of a text, without a turn: POST /v1/understand in Parley's
 * own form, POST /model/parse as clients of Rasa expect it (offsets in code points, end
 * exclusive).
 */
#include "api/auth.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "pack/pack.h"
#include "text/perception.h"

/* The version of Rasa whose form it is. */
#define RASA_VERSION "3.6.0"

struct understand_request {
	struct str text, language;
};
struct parse_request {
	struct str text, message_id;
};

static const struct field understand_fields[] = {
	FIELD(struct understand_request, text, SCHEMA_STR, .required = true,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "a message"),
	FIELD(struct understand_request, language, SCHEMA_STR, .max = 35,
		.doc = "of numbers and dates; the message's own when absent"),
};
const struct schema understand_request_schema = SCHEMA("UnderstandRequest",
	struct understand_request, understand_fields, "a text to be understood");

static const struct field parse_fields[] = {
	FIELD(struct parse_request, text, SCHEMA_STR, .required = true,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "a message"),
	FIELD(struct parse_request, message_id, SCHEMA_STR, .max = 200,
		.doc = "given back"),
};
const struct schema parse_request_schema = SCHEMA("ParseRequest", struct parse_request,
	parse_fields, "a text to be parsed", .open = true);

/* The running pack's parts, and the readers that ship with the program. */
static struct perceiver
perceiver_of(const struct api *api)
{
	const struct pack_nlu *nlu = pack_nlu(engine_pack(api->engine));
	return (struct perceiver){
		.languages = api->languages,
		.risk = api->risk,
		.intents = nlu->classifier,
		.lexicon = nlu->lexicon,
		.entities = nlu->entities,
	};
}

/* False when the text is none or too long; the request is then answered with 422. */
static bool
may_be_read(struct http_request *r, struct str text)
{
	if (utf8_count(text) <= MESSAGE_TEXT_MAX)
		return true;
	http_reply_error(r, 422, "text: longer than 10000 characters");
	return false;
}

static bool
is_ready(struct http_request *r)
{
	struct api *api = api_of(r);
	struct error e;
	enum err made = OK;
	/* A server that nobody asks does without their memory. */
	if (!api->languages)
		made = language_reader_new(&api->languages, &e);
	if (made == OK && !api->risk)
		made = risk_reader_new(&api->risk, &e);
	if (made != OK) {
		http_reply_err(r, &e);
		return false;
	}
	if (api->engine && engine_pack(api->engine))
		return true;
	const struct http_problem p = {.status = 503,
		.detail = STR("the server is starting"),
		.retry_after_s = 1};
	http_reply_problem(r, &p);
	return false;
}

static void
post_understand(struct http_request *r)
{
	struct principal who;
	struct understand_request q;
	struct perception seen;
	struct buf body;
	struct jsonw w;
	if (!auth_api(r, &who) || !api_read_body(r, &understand_request_schema, &q) ||
		!may_be_read(r, q.text) || !is_ready(r))
		return;
	const struct perceiver p = perceiver_of(api_of(r));
	const struct entity_context context = {
		.now_ms = env_wall(api_of(r)->env).ms, .language = q.language};
	perceive(&p, r->arena, q.text, &context, &seen);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	perception_write(&p, r->arena, &seen, &w);
	api_reply(r, 200, &body);
}

/* ---- as Rasa's clients expect it ---- */

/* Rasa's own form of an error, with the status that it has for all bodies it cannot use. */
static void
refuse_parse(struct http_request *r, struct str message)
{
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "version", STR(RASA_VERSION));
	jsonw_kstr(&w, "status", STR("failure"));
	jsonw_kstr(&w, "message", message);
	jsonw_kstr(&w, "reason", STR("BadRequest"));
	jsonw_kobject(&w, "details");
	jsonw_end_object(&w);
	jsonw_kint(&w, "code", 400);
	jsonw_end_object(&w);
	api_reply(r, 400, &body);
}

static bool
read_parse(struct http_request *r, struct parse_request *q)
{
	struct error e = {0};
	struct json *body;
	if (json_parse(r->arena, r->body, &body, &e) ||
		schema_read(&parse_request_schema, r->arena, body, q, &e)) {
		refuse_parse(r, str_of(e.text));
		return false;
	}
	if (utf8_count(q->text) <= MESSAGE_TEXT_MAX)
		return true;
	refuse_parse(r, STR("text: longer than 10000 characters"));
	return false;
}

static void
print_score(struct jsonw *w, const struct intent_score *s)
{
	jsonw_object(w);
	jsonw_kstr(w, "name", s->name);
	jsonw_kdouble(w, "confidence", s->confidence);
	jsonw_end_object(w);
}

/* `points`: code points before the entity. */
static void
print_entity(struct jsonw *w, size_t points, const struct entity *e)
{
	jsonw_object(w);
	jsonw_kint(w, "start", (int64_t)points);
	jsonw_kint(w, "end", (int64_t)(points + utf8_count(e->text)));
	jsonw_kstr(w, "entity", e->kind);
	jsonw_kstr(w, "value", e->value);
	jsonw_kdouble(w, "confidence_entity", e->confidence);
	if (e->role.n)
		jsonw_kstr(w, "role", e->role);
	jsonw_kstr(w, "extractor", STR("parley"));
	jsonw_end_object(w);
}

static void
print_parse(struct jsonw *w, const struct parse_request *q, const struct perception *seen)
{
	size_t at = 0, points = 0;
	jsonw_object(w);
	jsonw_kstr(w, "text", q->text);
	if (q->message_id.n)
		jsonw_kstr(w, "message_id", q->message_id);
	jsonw_key(w, STR("intent"));
	print_score(w, &seen->intent.ranked[0]);
	jsonw_karray(w, "entities");
	for (size_t i = 0; i < seen->entities.n; i++) {
		const struct entity *e = &seen->entities.p[i];
		points += utf8_count(str_sub(q->text, at, e->start));
		at = e->start;
		print_entity(w, points, e);
	}
	jsonw_end_array(w);
	jsonw_karray(w, "intent_ranking");
	for (size_t i = 0; i < seen->intent.n; i++)
		print_score(w, &seen->intent.ranked[i]);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void
post_parse(struct http_request *r)
{
	struct principal who;
	struct parse_request q;
	struct perception seen;
	struct buf body;
	struct jsonw w;
	if (!auth_api(r, &who) || !read_parse(r, &q) || !is_ready(r))
		return;
	const struct perceiver p = perceiver_of(api_of(r));
	const struct entity_context context = {.now_ms = env_wall(api_of(r)->env).ms};
	perceive(&p, r->arena, q.text, &context, &seen);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	print_parse(&w, &q, &seen);
	api_reply(r, 200, &body);
}

const struct http_route understand_routes[] = {
	{METHOD_POST, "/v1/understand", post_understand, 0,
		HTTP_ROUTE_JSON | HTTP_ROUTE_WORK, NULL},
	{METHOD_POST, "/model/parse", post_parse, 0, HTTP_ROUTE_JSON | HTTP_ROUTE_WORK,
		NULL},
	{0},
};
