/* The web chat's HTTP side: sessions, tickets, both entrances, messages by POST, CORS. */
#include "api/auth.h"
#include "api/webchat.h"

#include "base/hash.h"
#include "base/limits.h"
#include "wire/crypto.h"
#include "wire/url.h"

#define PROBLEM(word) "https://parley.example/problems/" word

/* ---- origins ---- */

static bool
origin_listed(struct str origins, struct str origin)
{
	struct str one;
	while (origins.n && str_split(&origins, ' ', &one))
		if (one.n && (str_eq(one, STR("*")) || str_eq_nocase(one, origin)))
			return true;
	return false;
}

/* Header lines that let a page of this origin read the answer. */
static struct str
cors(struct http_request *r)
{
	struct str origin = http_request_header(r, "Origin");
	if (!origin.p || str_find_char(origin, '\r') >= 0)
		return STR("");
	return arena_printf(r->arena,
		"Access-Control-Allow-Origin: %.*s\r\nVary: Origin\r\n", STR_ARG(origin));
}

static const struct db_sql any_origin = {
	"SELECT 1 FROM access_key WHERE kind = 'widget' AND revoked_ms IS NULL"
	" AND (instr(lower(' ' || origins || ' '), lower(' ' || ?1 || ' ')) > 0"
	" OR instr(' ' || origins || ' ', ' * ') > 0) LIMIT 1"};

static bool
origin_of_any_key(struct api *api, struct str origin)
{
	struct db_rows rows;
	if (api->config.demo)
		return true;
	if (db_query(api->store->db, &rows, &any_origin, NULL, "s", origin) != OK)
		return false;
	bool found = db_next(&rows);
	db_end(&rows);
	return found;
}

bool
webchat_origin_ok(struct api *api, struct arena *a, const struct webchat_person *person,
	struct str origin)
{
	struct access access;
	if (person->widget.n == 0)
		return api->config.demo;
	if (access_find(api->store, a, person->widget, &access, NULL) != OK ||
		access.kind != ACCESS_WIDGET)
		return false;
	return !origin.p || origin_listed(access.origins, origin);
}

static void
refuse_origin(struct http_request *r)
{
	const struct http_problem p = {
		.status = 403,
		.type = PROBLEM("origin-refused"),
		.detail = STR("this page's origin is not allowed for the widget key"),
	};
	http_reply_problem(r, &p);
}

static void
reply_allow(struct http_request *r, unsigned allowed)
{
	struct buf allow;
	buf_init(&allow, 128);
	buf_add_str(&allow, STR("Allow: "));
	http_methods_print(&allow, allowed);
	buf_add_str(&allow, STR("\r\n"));
	http_reply(r, 204, NULL, buf_str(&allow), STR(""));
	buf_fini(&allow);
}

void
api_options(struct http_request *r, unsigned allowed)
{
	struct str origin = http_request_header(r, "Origin");
	if (!str_starts(r->path, STR("/v1/webchat/")) || !origin.p ||
		!origin_of_any_key(api_of(r), origin)) {
		reply_allow(r, allowed);
		return;
	}
	http_reply(r, 204, NULL,
		arena_printf(r->arena,
			"%.*sAccess-Control-Allow-Methods: GET, POST\r\n"
			"Access-Control-Allow-Headers: authorization, content-type, idempotency-key, last-event-id\r\n"
			"Access-Control-Max-Age: 86400\r\n",
			STR_ARG(cors(r))),
		STR(""));
}

/* A page whose message was too long or came when the server was busy is to know that, and not only that
 * something failed. A refusal holds nothing else, so the page need not be one of a key's. */
struct str
api_refusal_headers(struct http_request *r)
{
	return str_starts(r->path, STR("/v1/webchat/")) ? cors(r) : STR("");
}

static void
refuse(struct http_request *r, int status, const char *type, const char *detail)
{
	const struct http_problem p = {
		.status = status,
		.type = type,
		.detail = str_of(detail),
		.retry_after_s = api_retry_after(status),
		.headers = cors(r),
	};
	http_reply_problem(r, &p);
}

/* ---- sessions ---- */

struct session_user {
	struct str id, email, name, hash;
};
struct session_request {
	struct str widget_key, visitor_id, visitor_secret, locale;
	struct session_user *user;
	struct json *context;
};

static const struct field user_fields[] = {
	FIELD(struct session_user, id, SCHEMA_STR, .required = true, .min = 1, .max = 200,
		.doc = "the shop's id"),
	FIELD(struct session_user, email, SCHEMA_STR, .max = 254,
		.doc = "e-mail address"),
	FIELD(struct session_user, name, SCHEMA_STR, .max = 200,
		.doc = "what to call the person"),
	FIELD(struct session_user, hash, SCHEMA_STR, .max = 64,
		.doc = "HMAC-SHA256 of the id with the widget secret"),
};
static const struct schema user_schema =
	SCHEMA("User", struct session_user, user_fields, "who the shop says it is");
static const struct field session_fields[] = {
	FIELD(struct session_request, widget_key, SCHEMA_STR, .max = 100,
		.doc = "names the tenant and its origins"),
	FIELD(struct session_request, visitor_id, SCHEMA_STR, .max = 100,
		.doc = "from an earlier session"),
	FIELD(struct session_request, visitor_secret, SCHEMA_STR, .max = 2000,
		.doc = "the newest one given"),
	FIELD(struct session_request, user, SCHEMA_OPTIONAL, .of = &user_schema,
		.doc = "a signed identity"),
	FIELD(struct session_request, locale, SCHEMA_STR, .max = 35,
		.doc = "language tag"),
	FIELD(struct session_request, context, SCHEMA_JSON, .doc = "facts of the page"),
};
const struct schema session_request_schema = SCHEMA(
	"SessionRequest", struct session_request, session_fields, "opens the web chat");

/* The widget's key, or the demo's. On failure the request is answered. */
static bool
find_widget(struct http_request *r, struct str key, struct access *out)
{
	struct api *api = api_of(r);
	struct str origin = http_request_header(r, "Origin");
	if (api->config.demo && (key.n == 0 || str_eq(key, api->config.widget_key))) {
		*out = (struct access){.tenant = api->config.tenant,
			.kind = ACCESS_WIDGET,
			.origins = STR("*"),
			.secret = api->config.widget_secret};
		return true;
	}
	if (key.n == 0 || access_find(api->store, r->arena, key, out, NULL) != OK ||
		out->kind != ACCESS_WIDGET) {
		refuse(r, 401, PROBLEM("widget-key-refused"),
			"the widget key is not valid");
		return false;
	}
	if (origin.p && !origin_listed(out->origins, origin)) {
		refuse_origin(r);
		return false;
	}
	return true;
}

/* "a flat object of at most 16 strings of at most 512 bytes, 4096 in all": why it is not,
 * or NULL. */
static const char *
context_wrong(const struct json *context)
{
	size_t total = 0;
	if (!context)
		return NULL;
	if (context->type != JSON_OBJECT)
		return "context: must be an object";
	if (context->count > WEBCHAT_CONTEXT_MAX)
		return "context: more than 16 members";
	json_each(fact, context) {
		if (fact->type != JSON_STRING || fact->s.n > WEBCHAT_CONTEXT_BYTES_MAX ||
			fact->key.n > WEBCHAT_CONTEXT_BYTES_MAX)
			return "context: every member must be a string of at most 512 bytes";
		total += fact->key.n + fact->s.n;
	}
	return total > WEBCHAT_CONTEXT_TOTAL_MAX ? "context: more than 4096 bytes in all"
						 : NULL;
}

static bool
may_open(struct webchat *w, const struct ip *peer)
{
	size_t i = fnv64(FNV64_START, peer->b, sizeof peer->b) % ADDRESS_BUCKETS;
	return bucket_take(&w->sessions_of[i], w->api->env,
		WEBCHAT_SESSIONS_PER_MIN / 60.0, WEBCHAT_SESSIONS_PER_MIN);
}

static struct str
new_visitor(struct api *api, struct arena *a)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char bits[20];
	char text[23] = "v_";
	env_random(api->env, bits, sizeof bits);
	for (size_t i = 0; i < sizeof bits; i++)
		text[2 + i] = alphabet[bits[i] & 31];
	return arena_str(a, (struct str){text, 22});
}

/* The demo trusts its pages, and knows its customers. */
static void
prove_in_demo(const struct api *api, const struct session_user *u, struct caller *out)
{
	for (size_t i = 0; i < api->config.customer_count; i++)
		if (str_eq(api->config.customers[i].id, u->id))
			out->email = api->config.customers[i].email;
}

/*
 * What the shop's signature proves. Of the id alone it says nothing of the e-mail beside
 * it, which the page could have changed: that one counts when it is the id, or when the
 * signature is of the id, a line feed and the e-mail.
 */
static bool
prove_user(const struct api *api, struct arena *a, const struct access *access,
	const struct session_user *u, struct caller *out)
{
	if (access->secret.n == 0)
		return false;
	struct str both =
		arena_printf(a, "%.*s\n%.*s", STR_ARG(u->id), STR_ARG(u->email));
	bool whole = u->email.n && hmac_sha256_hex_matches(access->secret, both, u->hash);
	if (!whole && !hmac_sha256_hex_matches(access->secret, u->id, u->hash))
		return false;
	out->proof = PROOF_SIGNED;
	out->id = arena_printf(a, "u:%.*s", STR_ARG(u->id));
	if (api->config.demo && access->tenant == api->config.tenant)
		prove_in_demo(api, u, out);
	else if (!whole && !str_eq_nocase(u->email, u->id))
		out->email = STR("");
	return true;
}

/* Who it is: a signed user, or the visitor. On failure the request is answered. */
static bool
find_person(struct http_request *r, const struct session_request *q,
	const struct access *access, struct str *visitor, struct webchat_person *out)
{
	struct api *api = api_of(r);
	struct webchat *w = api->webchat;
	const struct session_user *u = q->user;
	*visitor = q->visitor_id;
	if (q->visitor_id.n || q->visitor_secret.n) {
		if (!visitor_secret_ok(w, r->arena, access->tenant, q->visitor_id,
			    q->visitor_secret)) {
			refuse(r, 401, PROBLEM("visitor-refused"),
				"the visitor's secret is not valid");
			return false;
		}
	} else {
		*visitor = new_visitor(api, r->arena);
	}
	*out = (struct webchat_person){access->tenant,
		{.proof = PROOF_NONE,
			.id = *visitor,
			.locale = q->locale,
			.page = q->context && q->context->count
				? json_print(r->arena, q->context)
				: STR("")},
		str_eq(q->widget_key, api->config.widget_key) ? STR("") : q->widget_key};
	if (!u)
		return true;
	out->caller.email = u->email;
	out->caller.name = u->name;
	if (u->hash.n == 0)
		return true;
	if (prove_user(api, r->arena, access, u, &out->caller))
		return true;
	refuse(r, 401, PROBLEM("identity-refused"),
		"the signature of the user is not right");
	return false;
}

/* The newest events that make a session's answer no larger than it should be; the rest is
 * not in the history. */
static struct items
recent(const struct items *events)
{
	const struct event *list = events->p;
	size_t first = events->n, bytes = 0;
	while (first > 0 && (bytes += list[first - 1].body.n) <= WEBCHAT_HISTORY_BYTES)
		first--;
	return (struct items){events->n ? &((struct event *)events->p)[first] : NULL,
		events->n - first};
}

/* What a session shows of the person's conversation. */
struct shown {
	struct room *room;
	struct conversation row; /* id 0: there is none, or it cannot be read any more */
	struct items events;
};

/* ERR_UNAVAILABLE: the store cannot say at the moment; a session that showed nothing
 * would be believed. */
static enum err
look_up(struct api *api, struct arena *a, struct room *room, struct shown *out)
{
	*out = (struct shown){.room = room};
	enum err r = room_bind(room);
	if (r == OK)
		r = conversation_load(
			api->store, a, room->conversation, &room->key, &out->row, NULL);
	if (r != OK)
		out->row.id = 0;
	else
		r = event_list_last(api->store, a, room->conversation, WEBCHAT_HISTORY,
			&room->key, &out->events, NULL);
	return r == ERR_UNAVAILABLE ? r : OK;
}

static void
print_history(
	struct api *api, struct arena *a, struct jsonw *w, const struct items *events)
{
	const struct items last = recent(events);
	int64_t seq = 0;
	jsonw_karray(w, "history");
	items_each(const struct event, ev, last) {
		seq = ev->seq;
		if (ev->kind == EVENT_INBOUND || ev->kind == EVENT_OUTBOUND)
			print_chat_message(api, a, w, ev, true);
	}
	jsonw_end_array(w);
	jsonw_kint(w, "seq", seq);
}

/* How far the visitor has read, perhaps in another browser. */
static void
print_read(struct api *api, struct jsonw *w, const struct room *room)
{
	struct read_marks marks;
	if (room->conversation &&
		read_marks_load(api->store, room->conversation, &marks, NULL) == OK) {
		jsonw_kint(w, "read_seq", marks.customer_seq);
		jsonw_kint(w, "seen_seq", marks.person_seq);
	}
}

static void
print_session(struct http_request *r, const struct webchat_person *person,
	struct str visitor, const struct shown *shown, struct jsonw *w)
{
	struct api *api = api_of(r);
	struct webchat *web = api->webchat;
	int64_t expires;
	struct str token = token_make(web, r->arena, person, &expires);
	struct str status = STR("{\"conversation\":\"open\"}");
	if (shown->row.id)
		status = status_data(api, r->arena, &shown->row);
	jsonw_object(w);
	jsonw_kstr(w, "session_id",
		arena_printf(
			r->arena, "s_%.*s", STR_ARG(str_sub(visitor, 2, visitor.n))));
	if (shown->room->conversation)
		jsonw_kstr(w, "conversation_id",
			api_id(api, r->arena, ID_CONVERSATION,
				shown->room->conversation));
	jsonw_kstr(w, "visitor_id", visitor);
	jsonw_kstr(w, "visitor_secret",
		visitor_secret_make(web, r->arena, person->tenant, visitor));
	jsonw_kstr(w, "token", token);
	jsonw_kint(w, "expires_at", expires);
	jsonw_kstr(w, "ws_url", STR("/v1/webchat/ws"));
	jsonw_kstr(w, "sse_url", STR("/v1/webchat/events"));
	jsonw_key(w, STR("status"));
	jsonw_raw(w, status);
	print_read(api, w, shown->room);
	print_history(api, r->arena, w, &shown->events);
	jsonw_end_object(w);
}

static void
post_session(struct http_request *r)
{
	struct api *api = api_of(r);
	struct session_request q = {0};
	struct access access;
	struct webchat_person person;
	struct shown shown;
	struct str visitor;
	struct buf body;
	struct jsonw w;
	if (!may_open(api->webchat, &r->peer)) {
		refuse(r, 429, NULL, "more than 30 session requests a minute");
		return;
	}
	if (r->body.n && !api_read_body_with(r, &session_request_schema, cors(r), &q))
		return;
	const char *wrong = context_wrong(q.context);
	if (wrong) {
		refuse(r, 422, NULL, wrong);
		return;
	}
	if (!find_widget(r, q.widget_key, &access) ||
		!find_person(r, &q, &access, &visitor, &person))
		return;
	struct room *room = room_of(api->webchat, &person);
	if (look_up(api, r->arena, room, &shown) != OK) {
		room_release(room);
		refuse(r, 503, NULL, "the conversation cannot be read at the moment");
		return;
	}
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	print_session(r, &person, visitor, &shown, &w);
	room_release(room);
	api->webchat->stats.sessions++;
	http_reply(r, 201, "application/json", cors(r), buf_str(&body));
	buf_fini(&body);
}

/* ---- credentials of what follows ---- */

/* The token of the Authorization header. On failure the request is answered. */
static bool
bearer(struct http_request *r, struct webchat_person *out)
{
	struct str token = http_request_bearer(r);
	if (!token.p || !token_read(api_of(r)->webchat, r->arena, token, out)) {
		refuse(r, 401, NULL, "the token is not valid: open a session again");
		return false;
	}
	if (webchat_origin_ok(api_of(r), r->arena, out, http_request_header(r, "Origin")))
		return true;
	refuse_origin(r);
	return false;
}

static void
post_ticket(struct http_request *r)
{
	struct webchat_person person;
	int64_t expires;
	if (!bearer(r, &person))
		return;
	struct str ticket = ticket_make(api_of(r)->webchat, r->arena, &person, &expires);
	http_reply(r, 201, "application/json", cors(r),
		arena_printf(r->arena, "{\"ticket\":\"%.*s\",\"expires_at\":%lld}",
			STR_ARG(ticket), (long long)expires));
}

/* ---- the WebSocket ---- */

static void
ws_message(struct ws *ws, struct str data, bool binary)
{
	struct chat *c = ws_owner(ws);
	if (!c->webchat || c->closing)
		return;
	if (binary)
		chat_close(c, 1003, "frames are text");
	else
		chat_receive(c, data);
}

static void
ws_drained(struct ws *ws)
{
	struct chat *c = ws_owner(ws);
	if (c->webchat && c->behind)
		chat_pump(c);
}

static void
ws_closed(struct ws *ws, int code, struct str reason)
{
	(void)code;
	(void)reason;
	chat_free(ws_owner(ws));
}

static const struct ws_handlers ws_handlers = {
	.message = ws_message,
	.drained = ws_drained,
	.closed = ws_closed,
	.message_max = WS_FRAME_MAX,
};

/* "bearer.<token>" among the offered subprotocols; empty when there is none. */
static struct str
offered_token(struct http_request *r, bool *protocol)
{
	struct str offered = http_request_header(r, "Sec-WebSocket-Protocol"), one,
		   token = STR("");
	*protocol = false;
	while (offered.n && str_split(&offered, ',', &one)) {
		one = str_trim(one);
		if (str_eq(one, STR("conv.webchat.v1")))
			*protocol = true;
		else if (str_starts(one, STR("bearer.")))
			token = str_sub(one, 7, one.n);
	}
	return token;
}

static void
get_ws(struct http_request *r)
{
	struct api *api = api_of(r);
	struct webchat *w = api->webchat;
	struct webchat_person person;
	struct str origin = http_request_header(r, "Origin");
	bool protocol;
	struct str token = offered_token(r, &protocol);
	/* A browser learns a close code only from an open WebSocket: a wrong token is
	 * refused after the upgrade. */
	bool known = token.n && token_read(w, r->arena, token, &person);
	if (origin.p &&
		!(known ? webchat_origin_ok(api, r->arena, &person, origin)
			: origin_of_any_key(api, origin))) {
		refuse_origin(r);
		return;
	}
	if (!protocol) {
		refuse(r, 400, NULL,
			"Sec-WebSocket-Protocol: conv.webchat.v1 must be offered");
		return;
	}
	struct room *room = known ? room_of(w, &person) : NULL;
	struct chat *c = chat_new(w);
	if (known)
		chat_keep_entrance(c, &person);
	else if (origin.p)
		chat_keep_origin(c, origin);
	c->ws = http_upgrade_websocket(r, STR("conv.webchat.v1"), &ws_handlers, c);
	if (!c->ws) {
		chat_free(c);
		if (room)
			room_release(room);
		return;
	}
	if (room)
		chat_join(c, room, -1);
	else if (token.n)
		chat_close(c, 4401, "the token is not valid");
	else
		env_timer_start(api->env, &c->patience, WEBCHAT_AUTH_TIMEOUT_MS);
}

/* ---- the stream ---- */

static void
stream_drained(struct http_stream *s)
{
	struct chat *c = http_stream_owner(s);
	if (c->webchat && c->behind)
		chat_pump(c);
}

static void
stream_closed(struct http_stream *s)
{
	chat_free(http_stream_owner(s));
}

static const struct http_stream_handlers stream_handlers = {
	stream_drained, stream_closed};

static int64_t
after_of(struct http_request *r)
{
	int64_t after = -1, last = -1;
	struct str a = http_request_query(r, "after_seq"),
		   b = http_request_header(r, "Last-Event-ID");
	if (!a.p || !str_to_i64(a, &after) || after < 0 || after > SEQ_MAX)
		after = -1;
	if (!b.p || !str_to_i64(b, &last) || last < 0 || last > SEQ_MAX)
		last = -1;
	return after > last ? after : last;
}

static void
get_events(struct http_request *r)
{
	struct webchat *w = api_of(r)->webchat;
	struct webchat_person person;
	struct str ticket = http_request_query(r, "ticket");
	if (ticket.p) {
		if (!ticket_use(w, r->arena, ticket, &person)) {
			refuse(r, 401, NULL,
				"the ticket is not valid: ask for a new one");
			return;
		}
		if (!webchat_origin_ok(api_of(r), r->arena, &person,
			    http_request_header(r, "Origin"))) {
			refuse_origin(r);
			return;
		}
	} else if (!bearer(r, &person)) {
		return;
	}
	int64_t after = after_of(r);
	struct str headers = arena_printf(r->arena,
		"%.*sCache-Control: no-store\r\nX-Accel-Buffering: no\r\n",
		STR_ARG(cors(r)));
	struct room *room = room_of(w, &person);
	struct chat *c = chat_new(w);
	chat_keep_entrance(c, &person);
	c->stream = http_stream_start(
		r, 200, "text/event-stream", headers, &stream_handlers, c);
	if (!c->stream) {
		chat_free(c);
		room_release(room);
		return;
	}
	http_stream_write(c->stream, STR("retry: 3000\n"));
	chat_join(c, room, after);
}

void
webchat_watch(
	struct http_request *r, int64_t tenant, int64_t conversation, struct str key)
{
	struct webchat *w = api_of(r)->webchat;
	int64_t after = after_of(r);
	struct room *room = room_of_people(w, tenant, conversation);
	struct chat *c = chat_new(w);
	chat_keep_key(c, key);
	c->stream = http_stream_start(r, 200, "text/event-stream",
		STR("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"),
		&stream_handlers, c);
	if (!c->stream) {
		chat_free(c);
		room_release(room);
		return;
	}
	http_stream_write(c->stream, STR("retry: 3000\n"));
	chat_join(c, room, after);
}

/* ---- messages by POST ---- */

struct posting {
	struct inbound in;
	struct http_request *r;
	struct str client_id;
	struct env_timer limit;
	bool answered;
};

static void
post_accepted(struct inbound *in)
{
	struct posting *q = in->owner;
	struct api *api = api_of(q->r);
	struct arena *a = q->r->arena;
	struct json *o = json_new_object(a);
	struct str person = arena_printf(
		a, "%lld/%.*s", (long long)in->tenant, STR_ARG(in->caller.id));
	struct room *room = map_get(&api->webchat->by_person, person);
	if (room)
		room_bind_to(room, in->conversation);
	json_set(o, STR("client_id"), json_new_str(a, q->client_id));
	json_set(o, STR("id"),
		json_new_str(a,
			api_id(api, a, ID_MESSAGE, row_key(in->conversation, in->seq))));
	json_set(o, STR("seq"), json_new_int(a, in->seq));
	env_timer_stop(api->env, &q->limit);
	engine_forget(in); /* the reply comes over the stream */
	http_reply(q->r, 200, "application/json", cors(q->r), json_print(a, o));
}

static void
post_done(struct inbound *in)
{
	struct posting *q = in->owner;
	env_timer_stop(api_of(q->r)->env, &q->limit);
	refuse(q->r, in->mismatch ? 422 : err_http_status(in->result), NULL,
		in->mismatch ? "this client_id was used for another message"
			     : in->error.text);
}

static void
post_too_late(struct env_timer *timer)
{
	struct posting *q = timer->owner;
	engine_forget(&q->in);
	refuse(q->r, 503, NULL, "the message could not be stored in time");
}

static void
post_message(struct http_request *r)
{
	struct api *api = api_of(r);
	struct webchat_person person;
	struct chat_message m;
	struct error e = {0};
	if (!bearer(r, &person) ||
		!api_read_body_with(r, &chat_message_schema, cors(r), &m))
		return;
	const char *wrong = chat_message_wrong(&m);
	struct str key = http_request_header(r, "Idempotency-Key");
	if (!wrong && key.p && !str_eq(key, m.client_id))
		wrong = "Idempotency-Key: must be the client_id";
	if (wrong) {
		refuse(r, 422, NULL, wrong);
		return;
	}
	struct room *room = room_of(api->webchat, &person);
	bool may = room_may_write(room);
	room_release(room);
	if (!may) {
		refuse(r, 429, NULL, "more than 5 messages a second");
		return;
	}
	struct posting *q = ARENA_NEW(r->arena, struct posting);
	q->r = r;
	q->client_id = m.client_id;
	q->in = (struct inbound){
		.tenant = person.tenant,
		.channel = STR("webchat"),
		.caller = person.caller,
		.text = m.text.n ? m.text : m.payload,
		.payload = m.payload,
		.client_id = m.client_id,
		.dedupe = chat_dedupe(r->arena, &person, m.client_id),
		.pause = true,
		.accepted = post_accepted,
		.done = post_done,
		.owner = q,
	};
	chat_fingerprint(r->arena, &m, q->in.fingerprint);
	enum err got = engine_receive(api->engine, &q->in, &e);
	if (got != OK) {
		refuse(r, got == ERR_INVALID ? 422 : err_http_status(got), NULL, e.text);
		return;
	}
	q->limit = (struct env_timer){.fire = post_too_late, .owner = q};
	env_timer_start(api->env, &q->limit, api->config.reply_wait_ms);
}

const struct http_route webchat_routes[] = {
	{METHOD_POST, "/v1/webchat/sessions", post_session, 16384, HTTP_ROUTE_JSON, NULL},
	{METHOD_POST, "/v1/webchat/tickets", post_ticket, 1024, 0, NULL},
	{METHOD_GET, "/v1/webchat/ws", get_ws, 0, HTTP_ROUTE_WEBSOCKET, NULL},
	{METHOD_GET, "/v1/webchat/events", get_events, 0, 0, NULL},
	{METHOD_POST, "/v1/webchat/messages", post_message, 0,
		HTTP_ROUTE_JSON | HTTP_ROUTE_WORK, NULL},
	{0},
};
