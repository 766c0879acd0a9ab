/* What the pack understands of a text, without a turn: POST /v1/understand. */
#include "api/auth.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "pack/pack.h"
#include "text/perception.h"
#include "text/zone_file.h"

#define NOW_MAX 253402300799999 /* the year 9999 */

struct understand_request {
	struct str text, language, zone;
	int64_t now;
};

static const struct field understand_fields[] = {
	FIELD(struct understand_request, text, SCHEMA_STR, .required = true,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "a message"),
	FIELD(struct understand_request, language, SCHEMA_STR, .max = 35,
		.doc = "of numbers and dates; the message's own when absent"),
	FIELD(struct understand_request, zone, SCHEMA_STR, .max = 64,
		.doc = "of dates and times: Europe/Madrid or +02:00; UTC when absent"),
	FIELD(struct understand_request, now, SCHEMA_INT, .min = 1, .max = NOW_MAX,
		.doc = "what \"tomorrow\" refers to, in milliseconds; now when absent"),
};
const struct schema understand_request_schema = SCHEMA("UnderstandRequest",
	struct understand_request, understand_fields, "a text to be understood");

void
api_perceiver(const struct api *api, struct perceiver *out)
{
	const struct pack_nlu *nlu = pack_nlu(engine_pack(api->engine));
	*out = (struct perceiver){
		.languages = api->languages,
		.risk = api->risk,
		.intents = nlu->classifier,
		.lexicon = nlu->lexicon,
		.moods = &nlu->moods,
		.entities = nlu->entities,
	};
}

/* False when there is no such zone; the request is then answered with 422. */
static bool
read_context(struct http_request *r, const struct understand_request *q,
	struct entity_context *out)
{
	struct error e;
	int32_t offset = 0;
	*out = (struct entity_context){
		.now_ms = q->now ? q->now : env_wall(api_of(r)->env).ms,
		.language = q->language};
	if (q->zone.n &&
		zone_file_offset(r->arena, q->zone, out->now_ms / 1000, &offset, &e)) {
		err_context(&e, e.kind, "zone");
		http_reply_error(r, 422, e.text);
		return false;
	}
	out->offset_min = offset / 60;
	return true;
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

bool
api_understands(struct http_request *r)
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
	struct entity_context context;
	struct perceiver p;
	struct perception seen;
	struct buf body;
	struct jsonw w;
	if (!auth_api(r, &who) || !api_read_body(r, &understand_request_schema, &q) ||
		!may_be_read(r, q.text) || !read_context(r, &q, &context) ||
		!api_understands(r))
		return;
	api_perceiver(api_of(r), &p);
	perceive(&p, r->arena, q.text, &context, &seen);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	perception_write(&p, r->arena, &seen, &w);
	api_reply(r, 200, &body);
}

const struct http_route understand_routes[] = {
	{METHOD_POST, "/v1/understand", post_understand, 0,
		HTTP_ROUTE_JSON | HTTP_ROUTE_WORK, NULL},
	{0},
};
