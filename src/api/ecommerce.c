/*
 * The interface of the e-commerce system as its clients know it: POST /api/chat, GET
 * /api/health, and the WebSocket /ws?session_id= with envelopes
 * {"type","data","timestamp"}. A chat over the WebSocket is acknowledged with
 * message_sent and really answered with chat_response.
 *
 * A session is a person of the channel "ecommerce". As everywhere, a stated address
 * proves nothing: outside the demo a caller needs an API key, and then vouches for
 * customer_email. A WebSocket client that cannot set headers sends it first, within 10 s:
 * {"type":"auth","data":{"api_key":"pk_…"}}; `connected` comes after it.
 */
#include "api/auth.h"
#include "api/bucket.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "net/websocket.h"

#define CHAT_TIMEOUT_MS 30000

struct chat_request {
	struct str message, customer_email, session_id;
};

static const struct field chat_fields[] = {
	FIELD(struct chat_request, message, SCHEMA_STR, .required = true, .min = 1,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "what the customer wrote"),
	FIELD(struct chat_request, customer_email, SCHEMA_STR, .required = true,
		.max = 254, .doc = "the customer's address"),
	FIELD(struct chat_request, session_id, SCHEMA_STR, .max = 128,
		.doc = "goes on with this session"),
};
const struct schema ecommerce_chat_schema =
	SCHEMA("EcommerceChat", struct chat_request, chat_fields, "a customer's message");

/* A random UUID, version 4 (RFC 9562). */
static struct str
uuid4(struct api *api, struct arena *a)
{
	unsigned char b[16];
	env_random(api->env, b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(a,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		b[12], b[13], b[14], b[15]);
}

/* One chat under way, by POST or over the WebSocket. */
struct asking {
	struct inbound in;
	struct arena arena;
	struct api *api;
	struct mono began;
	struct env_timer limit;
	struct str session;
	struct http_request *r; /* one of the two; both NULL: the WebSocket has gone */
	struct legacy *ws;
	struct list link; /* in ws->asking */
};

/* ---- the answer ---- */

static double
seconds_since(const struct asking *q)
{
	return (double)(env_mono(q->api->env).ns - q->began.ns) / 1e9;
}

static void
print_enrichments(struct jsonw *w, const struct document *d)
{
	jsonw_kobject(w, "enrichments");
	jsonw_key(w, STR("sentiment"));
	schema_write(&sentiment_schema, &d->sentiment, w);
	jsonw_key(w, STR("intent"));
	schema_write(&intent_schema, &d->intent, w);
	jsonw_key(w, STR("execution"));
	schema_write(&execution_schema, &d->execution, w);
	jsonw_end_object(w);
	jsonw_kobject(w, "guardrails");
	jsonw_kbool(w, "passed", !d->guardrail.checked || d->guardrail.passed);
	jsonw_kbool(w, "checks_performed", d->guardrail.checked);
	jsonw_end_object(w);
}

static void
print_escalation(struct jsonw *w, const struct escalation_part *e)
{
	jsonw_kbool(w, "escalated", true);
	jsonw_kobject(w, "escalation_info");
	jsonw_kstr(w, "escalation_reason", e->reason);
	jsonw_kint(w, "queue_position", e->queue_position);
	jsonw_kstr(w, "estimated_wait_time", e->estimated_wait);
	jsonw_kstr(w, "reference_id", e->reference);
	jsonw_end_object(w);
}

static void
print_metadata(struct jsonw *w, const struct asking *q)
{
	const struct turn *t = q->in.last;
	int64_t steps = t ? (int64_t)t->run->step_count : 0;
	jsonw_kobject(w, "metadata");
	jsonw_kbool(w, "processing_complete", true);
	jsonw_kbool(w, "route_completed", true);
	jsonw_kint(w, "total_steps", steps);
	jsonw_kint(w, "steps_completed", t ? (int64_t)t->run->at : 0);
	if (t) {
		print_enrichments(w, &t->doc);
		if (t->doc.escalation.handoff)
			print_escalation(w, &t->doc.escalation);
		if (t->run->failures > 0)
			jsonw_kbool(w, "error_occurred", true);
		if (str_eq(t->doc.escalation.outcome, STR("fallback")))
			jsonw_kbool(w, "fallback_used", true);
	}
	jsonw_kdouble(w, "total_processing_time", seconds_since(q));
	jsonw_end_object(w);
}

/* The text of all replies; a person who has the conversation answers later. */
static struct str
reply_text(struct asking *q)
{
	struct str text = STR("");
	items_each(const struct event, ev, q->in.replies) {
		struct message m;
		if (message_parse(&q->arena, ev->body, &m, NULL) == OK)
			text = text.n ? arena_printf(&q->arena, "%.*s\n%.*s",
						STR_ARG(text), STR_ARG(m.text))
				      : m.text;
	}
	return text;
}

static void
print_answer(struct jsonw *w, struct asking *q)
{
	struct str id = api_id(
		q->api, &q->arena, ID_MESSAGE, row_key(q->in.conversation, q->in.seq));
	jsonw_object(w);
	jsonw_kstr(w, "response", reply_text(q));
	jsonw_kstr(w, "session_id", q->session);
	jsonw_kstr(w, "message_id", id);
	jsonw_kdouble(w, "processing_time", seconds_since(q));
	print_metadata(w, q);
	jsonw_end_object(w);
}

/* ---- WebSocket clients ---- */

struct legacy {
	int64_t revocations; /* of keys, when it proved its own */
	struct ws *ws;
	struct api *api;
	struct env *env; /* outlives the api */
	struct str session;
	struct principal who;
	struct arena arena;
	struct list asking;
	struct bucket chats;
	struct env_timer patience; /* ends a connection that brings no key */
	bool known;
};

static struct str
time_text(struct api *api, struct arena *a)
{
	struct wall now = env_wall(api->env);
	time_t s = (time_t)(now.ms / 1000);
	struct tm tm;
	char text[40];
	gmtime_r(&s, &tm);
	size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	return arena_printf(a, "%.*s.%03dZ", (int)n, text, (int)(now.ms % 1000));
}

static void
send_envelope(struct legacy *c, const char *type, struct str data)
{
	struct arena a;
	struct buf text;
	struct jsonw w;
	arena_init(&a, 0);
	buf_init(&text, WS_SEND_QUEUE_MAX);
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_kstr(&w, "type", str_of(type));
	jsonw_key(&w, STR("data"));
	jsonw_raw(&w, data);
	jsonw_kstr(&w, "timestamp", time_text(c->api, &a));
	jsonw_end_object(&w);
	ws_send_text(c->ws, buf_str(&text));
	buf_fini(&text);
	arena_fini(&a);
}

static void
send_failure(struct legacy *c, const char *what, const char *details)
{
	struct arena a;
	arena_init(&a, 0);
	struct json *o = json_new_object(&a);
	json_set(o, STR("error"), json_new_str(&a, str_of(what)));
	if (details && details[0])
		json_set(o, STR("details"), json_new_str(&a, str_of(details)));
	send_envelope(c, "error", json_print(&a, o));
	arena_fini(&a);
}

/* ---- asking ---- */

static void
asking_free(struct asking *q)
{
	env_timer_stop(q->api->env, &q->limit);
	list_remove(&q->link);
	arena_fini(&q->arena);
	free(q);
}

static void
chat_failed(struct asking *q, int status, const char *detail)
{
	const struct http_problem p = {
		.status = status,
		.detail = str_of(detail),
		.retry_after_s = api_retry_after(status),
	};
	if (q->r)
		http_reply_problem(q->r, &p);
	else if (q->ws)
		send_failure(q->ws,
			status == 504 ? "Request timeout"
				      : "Message could not be processed",
			detail);
}

static void
chat_done(struct inbound *in)
{
	struct asking *q = in->owner;
	struct buf text;
	struct jsonw w;
	if (in->result != OK) {
		chat_failed(q, err_http_status(in->result), in->error.text);
		asking_free(q);
		return;
	}
	buf_init(&text, API_BODY_MAX);
	jsonw_init(&w, &text);
	print_answer(&w, q);
	if (q->r)
		http_reply_json(q->r, 200, buf_str(&text));
	else if (q->ws)
		send_envelope(q->ws, "chat_response", buf_str(&text));
	buf_fini(&text);
	asking_free(q);
}

static void
chat_accepted(struct inbound *in)
{
	struct asking *q = in->owner;
	if (!q->ws)
		return;
	struct arena *a = &q->arena;
	struct json *o = json_new_object(a);
	json_set(o, STR("message_id"),
		json_new_str(a,
			api_id(q->api, a, ID_MESSAGE,
				row_key(in->conversation, in->seq))));
	json_set(o, STR("session_id"), json_new_str(a, q->session));
	json_set(o, STR("status"), json_new_str(a, STR("processing")));
	send_envelope(q->ws, "message_sent", json_print(a, o));
}

static void
chat_too_late(struct env_timer *timer)
{
	struct asking *q = timer->owner;
	engine_forget(&q->in);
	chat_failed(q, 504,
		"no answer within 30 seconds; the message is kept and its turn goes on");
	asking_free(q);
}

static struct asking *
asking_new(struct api *api)
{
	struct asking *q = mem_zalloc(sizeof *q);
	arena_init(&q->arena, 0);
	list_init(&q->link);
	q->api = api;
	q->began = env_mono(api->env);
	return q;
}

static enum err
ask(struct asking *q, const struct principal *who, const struct chat_request *m,
	struct error *e)
{
	struct api *api = q->api;
	q->in = (struct inbound){
		.tenant = who->tenant,
		.channel = STR("ecommerce"),
		.caller = {.proof = auth_proof(api, who, m->customer_email),
			.id = q->session,
			.email = m->customer_email},
		.text = m->message,
		.document = true,
		.accepted = chat_accepted,
		.done = chat_done,
		.owner = q,
	};
	enum err r = engine_receive(api->engine, &q->in, e);
	if (r == OK) {
		q->limit = (struct env_timer){.fire = chat_too_late, .owner = q};
		env_timer_start(api->env, &q->limit, CHAT_TIMEOUT_MS);
	}
	return r;
}

static void
post_chat(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct chat_request m;
	struct error e = {0};
	if (!auth_api(r, &who) || !api_read_body(r, &ecommerce_chat_schema, &m))
		return;
	struct asking *q = asking_new(api);
	q->r = r;
	q->session = m.session_id.n ? arena_str(&q->arena, m.session_id)
				    : uuid4(api, &q->arena);
	enum err got = ask(q, &who, &m, &e);
	if (got == OK)
		return;
	if (got == ERR_INVALID)
		http_reply_error(r, 422, e.text);
	else
		api_reply_err(r, &e, got);
	asking_free(q);
}

static void
get_health(struct http_request *r)
{
	struct api *api = api_of(r);
	struct engine_stats s = {0};
	if (api->engine)
		engine_get_stats(api->engine, &s);
	bool well = api->ready && db_writable(api->store->db);
	http_reply_json(r, 200,
		arena_printf(r->arena,
			"{\"status\":\"%s\",\"timestamp\":\"%.*s\",\"services\":{\"store\":\"%s\",\"pending_requests\":%lld}}",
			well ? "healthy" : "degraded", STR_ARG(time_text(api, r->arena)),
			db_writable(api->store->db) ? "ok" : "full",
			(long long)s.running));
}

/* ---- envelopes from clients ---- */

static void
on_chat(struct legacy *c, struct arena *a, const struct json *data)
{
	struct chat_request m;
	struct error e = {0};
	if (!bucket_take(&c->chats, c->api->env, WEBCHAT_RATE_PER_S, WEBCHAT_BURST)) {
		send_failure(c, "Rate limit exceeded", "more than 5 messages a second");
		return;
	}
	if (!data || schema_read(&ecommerce_chat_schema, a, data, &m, &e) != OK) {
		send_failure(
			c, "Invalid message format", data ? e.text : "data: is missing");
		return;
	}
	struct asking *q = asking_new(c->api);
	q->ws = c;
	q->session = arena_str(&q->arena, m.session_id.n ? m.session_id : c->session);
	list_append(&c->asking, &q->link);
	if (ask(q, &c->who, &m, &e) != OK) {
		send_failure(c, "Message could not be processed", e.text);
		asking_free(q);
	}
}

static void
on_ping(struct legacy *c, struct arena *a)
{
	struct json *o = json_new_object(a);
	json_set(o, STR("timestamp"), json_new_str(a, time_text(c->api, a)));
	send_envelope(c, "pong", json_print(a, o));
}

static void
say_connected(struct legacy *c)
{
	struct arena a;
	arena_init(&a, 0);
	struct json *o = json_new_object(&a);
	json_set(o, STR("connection_id"), json_new_str(&a, uuid4(c->api, &a)));
	json_set(o, STR("session_id"), json_new_str(&a, c->session));
	json_set(o, STR("message"), json_new_str(&a, STR("Connected")));
	send_envelope(c, "connected", json_print(&a, o));
	arena_fini(&a);
}

/* The first envelope of a client that cannot set headers:
 * {"type":"auth","data":{"api_key":"pk_…"}}. */
static void
on_auth(struct legacy *c, struct arena *a, struct str type, const struct json *data)
{
	struct str key = json_str(json_get(data, STR("api_key")), STR(""));
	if (!str_eq(type, STR("auth")) || auth_key(c->api, a, key, &c->who, NULL) != OK) {
		ws_close(c->ws, 4401,
			STR("the first envelope must be auth with a valid api_key"));
		return;
	}
	c->who.name = STR("");
	c->known = true;
	c->revocations = c->api->revocations;
	env_timer_stop(c->env, &c->patience);
	say_connected(c);
}

static void
legacy_message(struct ws *ws, struct str text, bool binary)
{
	struct legacy *c = ws_owner(ws);
	struct arena a;
	struct json *frame;
	arena_init(&a, 0);
	if (binary || json_parse(&a, text, &frame, NULL) != OK ||
		frame->type != JSON_OBJECT)
		frame = json_new_object(&a);
	struct str type = json_str(json_get(frame, STR("type")), STR(""));
	const struct json *data = json_get(frame, STR("data"));
	if (!c->known)
		on_auth(c, &a, type, data);
	else if (c->who.keyed && c->revocations != c->api->revocations)
		ws_close(c->ws, 4401, STR("a key was revoked: connect again"));
	else if (type.n == 0)
		send_failure(c, "Invalid JSON", "an envelope is {\"type\",\"data\"}");
	else if (str_eq(type, STR("ping")))
		on_ping(c, &a);
	else if (str_eq(type, STR("chat")))
		on_chat(c, &a, data);
	else
		send_failure(c, "Unknown message type", "ping and chat are known");
	arena_fini(&a);
}

static void
no_key(struct env_timer *timer)
{
	struct legacy *c = timer->owner;
	ws_close(c->ws, 4401, STR("no API key came in time"));
}

static void
legacy_closed(struct ws *ws, int code, struct str reason)
{
	struct legacy *c = ws_owner(ws);
	(void)code;
	(void)reason;
	list_each_safe(l, &c->asking) {
		struct asking *q = list_entry(l, struct asking, link);
		engine_forget(&q->in); /* the message is kept; its answer stands in the
					  conversation */
		asking_free(q);
	}
	env_timer_stop(c->env, &c->patience);
	arena_fini(&c->arena);
	free(c);
}

static const struct ws_handlers legacy_handlers = {
	.message = legacy_message,
	.closed = legacy_closed,
};

static struct legacy *
legacy_new(struct api *api, struct str session)
{
	struct legacy *c = mem_zalloc(sizeof *c);
	arena_init(&c->arena, 256);
	list_init(&c->asking);
	c->api = api;
	c->env = api->env;
	c->session = session.n ? arena_str(&c->arena, session) : uuid4(api, &c->arena);
	c->patience = (struct env_timer){.fire = no_key, .owner = c};
	return c;
}

static void
get_ws(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who = {0};
	struct str session = http_request_query(r, "session_id");
	bool known = api->config.demo || auth_given(r);
	if (known && !auth_api(r, &who))
		return;
	if (session.n > 128 || !utf8_valid(session)) {
		http_reply_error(
			r, 400, "session_id: longer than 128 bytes, or no UTF-8");
		return;
	}
	struct legacy *c = legacy_new(api, session);
	c->who = (struct principal){.tenant = who.tenant, .keyed = who.keyed};
	c->known = known;
	c->revocations = api->revocations;
	c->ws = http_upgrade_websocket(r, STR(""), &legacy_handlers, c);
	if (!c->ws) {
		arena_fini(&c->arena);
		free(c);
	} else if (known) {
		say_connected(c);
	} else {
		env_timer_start(api->env, &c->patience, WEBCHAT_AUTH_TIMEOUT_MS);
	}
}

const struct http_route ecommerce_routes[] = {
	{METHOD_POST, "/api/chat", post_chat, 0, HTTP_ROUTE_JSON | HTTP_ROUTE_WORK, NULL},
	{METHOD_GET, "/api/health", get_health, 0, 0, NULL},
	{METHOD_GET, "/ws", get_ws, 0, HTTP_ROUTE_WEBSOCKET, NULL},
	{0},
};
