/*
 * What a client of Rasa's HTTP API asks of a server that understands for it: GET /version,
 * GET /status, POST /model/parse. Errors of these paths have Rasa's form, whatever found them.
 *
 * Rasa's clients authenticate with "Authorization: Bearer" or with ?token=. Only the first is
 * taken: an address ends in the logs of every proxy on the way.
 */
#include "api/auth.h"

#include "api/rasa_forms.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "pack/pack.h"

/* The version of Rasa whose forms these are, and the oldest one whose training data is read. */
#define RASA_VERSION "3.6.0"
#define RASA_VERSION_MIN "3.0.0"

struct parse_request {
	struct str text, message_id;
};

static const struct field parse_fields[] = {
	FIELD(struct parse_request, text, SCHEMA_STR, .required = true,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "a message"),
	FIELD(struct parse_request, message_id, SCHEMA_STR, .max = 200,
		.doc = "given back"),
};
const struct schema parse_request_schema = SCHEMA("ParseRequest", struct parse_request,
	parse_fields, "a text to be parsed", .open = true);

/* ---- errors ---- */

/* Rasa's word for a status; those that it has none for are made in its way. */
static void
print_reason(struct jsonw *w, int status)
{
	char reason[64];
	size_t n = 0;
	switch (status) {
	case 401:
		jsonw_kstr(w, "reason", STR("NotAuthenticated"));
		return;
	case 403:
		jsonw_kstr(w, "reason", STR("NotAuthorized"));
		return;
	default:
		break;
	}
	for (const char *p = http_status_reason(status); *p && n < sizeof reason; p++)
		if (*p != ' ')
			reason[n++] = *p;
	jsonw_kstr(w, "reason", (struct str){reason, n});
}

/* `members` without braces. */
static void
print_details(struct jsonw *w, struct str members)
{
	struct buf object;
	buf_init(&object, members.n + 2);
	buf_add_char(&object, '{');
	buf_add_str(&object, members);
	buf_add_char(&object, '}');
	jsonw_key(w, STR("details"));
	jsonw_raw(w, buf_str(&object));
	buf_fini(&object);
}

bool
rasa_problem(struct str path, const struct http_problem *p, struct buf *body)
{
	struct jsonw w;
	bool mine = false;
	for (const struct http_route *r = rasa_routes; r->path && !mine; r++)
		mine = str_eq(path, str_of(r->path));
	if (!mine)
		return false;
	jsonw_init(&w, body);
	jsonw_object(&w);
	jsonw_kstr(&w, "version", STR(RASA_VERSION));
	jsonw_kstr(&w, "status", STR("failure"));
	jsonw_kstr(&w, "message",
		p->detail.n ? p->detail : str_of(http_status_reason(p->status)));
	print_reason(&w, p->status);
	print_details(&w, p->extra);
	jsonw_kint(&w, "code", p->status);
	jsonw_end_object(&w);
	return true;
}

/* ---- who asks ---- */

static bool
is_allowed(struct http_request *r)
{
	struct principal who;
	if (!api_of(r)->config.demo && !auth_given(r) &&
		http_request_query(r, "token").p) {
		auth_refuse(r,
			"a token in the address is not read, for addresses end in logs; send Authorization: Bearer pk_…");
		return false;
	}
	return auth_api(r, &who);
}

/* ---- the server ---- */

static void
get_version(struct http_request *r)
{
	http_reply_json(r, 200,
		STR("{\"version\":\"" RASA_VERSION
		    "\",\"minimum_compatible_version\":\"" RASA_VERSION_MIN "\"}"));
}

/* A model is the pack that understands: its name, version and hash. */
static void
get_status(struct http_request *r)
{
	struct api *api = api_of(r);
	struct buf body;
	struct jsonw w;
	if (!is_allowed(r) || !api_understands(r))
		return;
	const struct pack *pack = engine_pack(api->engine);
	const struct pack_about *about = pack_about(pack);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "model_file",
		arena_printf(r->arena, "%.*s-%.*s", STR_ARG(about->name),
			STR_ARG(about->version)));
	jsonw_kstr(&w, "model_id", pack_hash(pack));
	jsonw_kobject(&w, "fingerprint");
	jsonw_kstr(&w, "version", STR(RASA_VERSION));
	jsonw_karray(&w, "pack");
	jsonw_str(&w, pack_hash(pack));
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	jsonw_kint(&w, "num_active_training_jobs", api->learning);
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

/* ---- POST /model/parse ---- */

static const struct rasa_form *
form_of(struct http_request *r)
{
	const struct rasa_form *form =
		rasa_form_find(http_request_query(r, "emulation_mode"));
	if (form)
		return form;
	const struct http_problem p = {
		.status = 400,
		.detail = STR("emulation_mode: must be WIT, LUIS or DIALOGFLOW"),
		.extra = STR("\"parameter\":\"emulation_mode\",\"in\":\"query\""),
	};
	http_reply_problem(r, &p);
	return NULL;
}

/* Rasa has one status for all bodies that it cannot use. */
static bool
read_parse(struct http_request *r, struct parse_request *q)
{
	struct error e = {0};
	struct json *body;
	if (json_parse(r->arena, r->body, &body, &e) ||
		schema_read(&parse_request_schema, r->arena, body, q, &e)) {
		http_reply_error(r, 400, e.text);
		return false;
	}
	if (utf8_count(q->text) <= MESSAGE_TEXT_MAX)
		return true;
	http_reply_error(r, 400, "text: longer than 10000 characters");
	return false;
}

/* A random UUID (RFC 9562, version 4). */
static struct str
answer_id(struct http_request *r)
{
	unsigned char b[16];
	env_random(api_of(r)->env, b, sizeof b);
	b[6] = (unsigned char)(0x40 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	return arena_printf(r->arena,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

static void
post_parse(struct http_request *r)
{
	struct parse_request q;
	struct perceiver p;
	struct perception seen;
	struct buf body;
	struct jsonw w;
	const struct rasa_form *form;
	if (!is_allowed(r) || !(form = form_of(r)) || !read_parse(r, &q) ||
		!api_understands(r))
		return;
	const struct entity_context context = {.now_ms = env_wall(api_of(r)->env).ms};
	api_perceiver(api_of(r), &p);
	perceive(&p, r->arena, q.text, &context, &seen);
	struct rasa_answer answer = {.id = answer_id(r), .message_id = q.message_id};
	rasa_answer_make(&answer, r->arena, &seen);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	form->print(&w, &answer);
	api_reply(r, 200, &body);
}

const struct http_route rasa_routes[] = {
	{METHOD_GET, "/version", get_version, 0, 0, NULL},
	{METHOD_GET, "/status", get_status, 0, 0, NULL},
	{METHOD_POST, "/model/parse", post_parse, 0, HTTP_ROUTE_JSON | HTTP_ROUTE_WORK,
		NULL},
	{0},
};
