#include "api/internal.h"

#include "base/limits.h"
#include "base/log.h"

/* ---- shared by the topics ---- */

void
api_reply(struct http_request *r, int status, struct buf *body)
{
	if (buf_over(body))
		http_reply_error(r, 500, "the answer is larger than it may be");
	else
		http_reply_json(r, status, buf_str(body));
	buf_fini(body);
}

int64_t
api_retry_after(int status)
{
	return status == 429 || status == 503 ? 1 : 0;
}

void
api_reply_err(struct http_request *r, const struct error *e, enum err kind)
{
	int status = err_http_status(kind);
	const struct http_problem p = {
		.status = status,
		.detail = str_of(e && e->text[0] ? e->text : err_name(kind)),
		.retry_after_s = api_retry_after(status),
	};
	http_reply_problem(r, &p);
}

bool
api_read_body(struct http_request *r, const struct schema *schema, void *out)
{
	return api_read_body_with(r, schema, STR(""), out);
}

bool
api_read_body_with(struct http_request *r, const struct schema *schema,
	struct str headers, void *out)
{
	struct error e = {0};
	struct json *body;
	int status = 400;
	enum err got = json_parse(r->arena, r->body, &body, &e);
	if (got == OK) {
		status = 422;
		got = schema_read(schema, r->arena, body, out, &e);
	}
	if (got == OK)
		return true;
	const struct http_problem p = {
		.status = status, .detail = str_of(e.text), .headers = headers};
	http_reply_problem(r, &p);
	return false;
}

bool
api_page(struct http_request *r, int64_t fallback, int64_t *limit, struct str *after)
{
	struct str text = http_request_query(r, "limit");
	*limit = fallback;
	*after = http_request_query(r, "after");
	if (!text.p || (str_to_i64(text, limit) && *limit >= 1 && *limit <= PAGE_MAX))
		return true;
	char detail[64];
	snprintf(detail, sizeof detail, "limit: must be a whole number from 1 to %d",
		PAGE_MAX);
	http_reply_error(r, 400, detail);
	return false;
}

struct str
api_id(const struct api *api, struct arena *a, enum id_kind kind, int64_t number)
{
	return id_print(api->store, a, kind, number);
}

/* The same answer for what is not there and for what belongs to somebody else. */
bool
api_conversation(struct http_request *r, int64_t tenant, struct contact *contact,
	struct conversation *out)
{
	struct api *api = api_of(r);
	int64_t number, owner, contact_id;
	struct error e = {0};
	enum err found = ERR_NOT_FOUND;
	if (id_parse(api->store, ID_CONVERSATION, http_request_param(r, "id"), &number))
		found = conversation_owner(api->store, number, &owner, &contact_id, &e);
	if (found == OK && owner != tenant)
		found = ERR_NOT_FOUND;
	if (found == OK)
		found = contact_load(api->store, r->arena, contact_id, contact, &e);
	if (found == OK)
		found = conversation_load(
			api->store, r->arena, number, &contact->key, out, &e);
	if (found == OK)
		return true;
	if (found == ERR_NOT_FOUND)
		http_reply_error(r, 404, "there is no such conversation");
	else if (found == ERR_CANCELED)
		http_reply_error(r, 410, "the person was erased");
	else
		http_reply_err(r, &e);
	return false;
}

static void
print_author(struct jsonw *w, const struct message *m)
{
	jsonw_kobject(w, "author");
	jsonw_kstr(w, "kind", m->author);
	if (m->author_id.n)
		jsonw_kstr(w, "id", m->author_id);
	if (m->author_name.n)
		jsonw_kstr(w, "name", m->author_name);
	jsonw_end_object(w);
}

/* What is committed is sent: the log is the outbox. */
static void
print_delivery(struct jsonw *w, const struct event *ev, const struct read_marks *marks)
{
	if (ev->kind == EVENT_OUTBOUND)
		jsonw_kstr(w, "delivery",
			ev->seq <= marks->customer_seq ? STR("read") : STR("sent"));
	if (ev->kind == EVENT_INBOUND && ev->seq <= marks->person_seq)
		jsonw_kstr(w, "delivery", STR("read"));
}

void
api_print_message(const struct api *api, struct arena *a, struct jsonw *w,
	const struct event *ev, const struct read_marks *marks)
{
	struct message m;
	if (message_parse(a, ev->body, &m, NULL) != OK)
		memset(&m, 0, sizeof m);
	jsonw_object(w);
	jsonw_kstr(
		w, "id", api_id(api, a, ID_MESSAGE, row_key(ev->conversation, ev->seq)));
	jsonw_kint(w, "seq", ev->seq);
	jsonw_kstr(w, "direction", str_of(event_kind_name(ev->kind)));
	jsonw_kstr(w, "text", m.text);
	if (m.payload.n)
		jsonw_kstr(w, "payload", m.payload);
	print_author(w, &m);
	print_delivery(w, ev, marks);
	jsonw_kint(w, "created_at", ev->at.ms);
	if (ev->turn)
		jsonw_kstr(w, "turn_id",
			api_id(api, a, ID_TURN, row_key(ev->conversation, ev->turn)));
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

/* ---- life ---- */

static const struct http_route *const topics[] = {
	message_routes,
	conversation_routes,
	approval_routes,
	turn_routes,
	replay_routes,
	health_routes,
	webchat_routes,
	ecommerce_routes,
	openapi_routes,
	page_routes,
	understand_routes,
	rasa_routes,
};
#define TOPICS (sizeof topics / sizeof *topics)

static void
gather_routes(struct api *api)
{
	size_t n = 0;
	for (size_t i = 0; i < TOPICS; i++)
		for (const struct http_route *r = topics[i]; r->path; r++)
			n++;
	api->routes = mem_zalloc(n * sizeof *api->routes);
	for (size_t i = 0; i < TOPICS; i++)
		for (const struct http_route *r = topics[i]; r->path; r++)
			api->routes[api->route_count++] = *r;
}

static void
count_answer(const struct http_request *r, int status, int64_t duration_us)
{
	struct api *api = api_of(r);
	int hundred = status / 100;
	api->answered[hundred >= 1 && hundred <= 5 ? hundred : 0]++;
	api->duration_us_total += duration_us;
}

static void
hand_out_commits(void *owner)
{
	struct api *api = owner;
	db_deliver(api->store->db);
}

enum err
api_start(struct env *env, struct store *store, const struct api_config *config,
	struct api **out, struct error *e)
{
	struct api *api = mem_zalloc(sizeof *api);
	api->config = *config;
	api->env = env;
	api->store = store;
	api->started = env_wall(env);
	gather_routes(api);
	struct http_server_config server = config->limits;
	server.address = config->address;
	server.port = config->port;
	server.routes = api->routes;
	server.route_count = api->route_count;
	server.owner = api;
	server.answered = count_answer;
	server.options = api_options;
	server.refusal_headers = api_refusal_headers;
	server.between = hand_out_commits;
	server.problem = rasa_problem;
	api->webchat = webchat_new(api);
	api->replays = replays_new(api);
	enum err r = http_server_start(env, &server, &api->server, e);
	if (r != OK) {
		api_free(&api);
		return r;
	}
	*out = api;
	return OK;
}

void
api_set_engine(struct api *api, struct engine *engine)
{
	api->engine = engine;
}

void
api_key_revoked(struct api *api, const struct access_print *key)
{
	access_forget(api->store);
	api->revocations++;
	webchat_key_revoked(api->webchat, key);
}

void
api_ready(struct api *api)
{
	api->ready = true;
}

void
api_learns(struct api *api, bool yes)
{
	api->learning = yes;
}

int
api_port(const struct api *api)
{
	return http_server_port(api->server);
}

static void
server_drained(struct http_server *server, void *owner)
{
	(void)server;
	struct api *api = owner;
	api->drained(api->drained_owner);
}

void
api_drain(struct api *api, int64_t grace_ms, void (*drained)(void *owner), void *owner)
{
	api->ready = false;
	api->drained = drained;
	api->drained_owner = owner;
	webchat_drain(api->webchat);
	replays_drain(api->replays);
	http_server_drain(api->server, grace_ms, server_drained);
}

void
api_free(struct api **a)
{
	struct api *api = *a;
	if (!api)
		return;
	if (api->server)
		http_server_free(&api->server);
	webchat_free(&api->webchat);
	replays_free(&api->replays);
	language_reader_free(&api->languages);
	risk_reader_free(&api->risk);
	free(api->routes);
	free(api);
	*a = NULL;
}

void
api_on_event(void *owner, int64_t conversation, const struct event *event)
{
	struct api *api = *(struct api **)owner;
	webchat_event(api->webchat, conversation, event);
}

void
api_on_typing(void *owner, int64_t conversation, bool on)
{
	struct api *api = *(struct api **)owner;
	webchat_typing(api->webchat, conversation, (struct str){0}, on);
}
