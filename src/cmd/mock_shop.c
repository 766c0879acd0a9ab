#include "cmd/mock_shop.h"

#include "base/hash.h"
#include "base/limits.h"
#include "cmd/mock_shop_call.h"
#include "cmd/mock_shop_ledger.h"

struct shop_server {
	struct mock_shop *shop;
	enum shop_service service;
	struct http_server *http;
	struct mock_shop_trouble trouble;
};

struct mock_shop {
	struct env *env;
	struct shop_store store;
	struct shop_ledger ledger;
	struct shop_server servers[SHOP_SERVICES];
	struct list waiting; /* struct shop_wait: calls that are slow or never answered */
	uint64_t chance; /* of trouble; apart from the store's, so that trouble does not
			    change the data */
};

/* A call whose answer waits; it lives in its request's arena. */
struct shop_wait {
	struct list link;
	struct env_timer timer;
	struct http_request *request;
};

static const char *const service_names[SHOP_SERVICES] = {
	"customers", "orders", "tracking"};

static const struct field trouble_fields[] = {
	FIELD(struct mock_shop_trouble, latency_ms, SCHEMA_DURATION, .required = true,
		.max = SHOP_LATENCY_MAX_MS, .fallback = "0"),
	FIELD(struct mock_shop_trouble, latency_max_ms, SCHEMA_DURATION, .required = true,
		.max = SHOP_LATENCY_MAX_MS, .fallback = "0",
		.doc = "when over latency_ms, each call draws a time between the two"),
	FIELD(struct mock_shop_trouble, error_rate, SCHEMA_DOUBLE, .required = true,
		.max = 1, .fallback = "0"),
	FIELD(struct mock_shop_trouble, hang_rate, SCHEMA_DOUBLE, .required = true,
		.max = 1, .fallback = "0"),
	FIELD(struct mock_shop_trouble, down, SCHEMA_BOOL, .required = true,
		.fallback = "false"),
};
static const struct schema trouble_schema = SCHEMA("trouble", struct mock_shop_trouble,
	trouble_fields, "what goes wrong in a service on purpose");

const char *
shop_service_name(enum shop_service service)
{
	return service_names[service];
}

/* A draw of chance in [0, 1). */
static double
draw(struct mock_shop *shop)
{
	uint64_t z = shop->chance += 0x9e3779b97f4a7c15u;
	return (double)(siphash((const uint64_t[2]){1, 2}, &z, sizeof z) >> 11) * 0x1p-53;
}

static void
say_problem(struct http_request *r, int status, const char *detail)
{
	struct http_problem p = {.status = status,
		.detail = str_of(detail),
		.retry_after_s = status == 503 ? 1 : 0};
	http_reply_problem(r, &p);
}

/* The body as an object; none at all reads as {}. */
static enum err
read_body(struct http_request *r, struct json **out, struct error *e)
{
	if (!r->body.n) {
		*out = json_new_object(r->arena);
		return OK;
	}
	struct json *body;
	enum err err = json_parse(r->arena, r->body, &body, e);
	if (err)
		return err;
	if (body->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "the body must be an object");
	*out = body;
	return OK;
}

static void
wait_end(struct shop_wait *w)
{
	list_remove(&w->link);
	env_timer_stop(w->timer.env, &w->timer);
}

static void
wait_drop(struct env_timer *t)
{
	struct shop_wait *w = t->owner;
	struct http_request *r = w->request;
	wait_end(w);
	say_problem(r, 503, "the client has gone");
}

/* The caller of a call that is never answered gave up; answering from the loop frees the
 * request. */
static void
hung_gone(struct http_request *r)
{
	struct shop_wait *w = r->context;
	struct shop_server *server = r->owner;
	env_timer_start(server->shop->env, &w->timer, 0);
}

static struct shop_wait *
wait_new(struct http_request *r, void (*fire)(struct env_timer *t))
{
	struct shop_server *server = r->owner;
	struct shop_wait *w = ARENA_NEW(r->arena, struct shop_wait);
	w->request = r;
	w->timer = (struct env_timer){.fire = fire, .owner = w, .env = server->shop->env};
	list_append(&server->shop->waiting, &w->link);
	r->context = w;
	return w;
}

static void
hang(struct http_request *r)
{
	wait_new(r, wait_drop);
	r->gone = hung_gone;
	if (http_request_is_gone(r))
		hung_gone(r);
}

static uint64_t
request_hash(const struct http_request *r)
{
	uint64_t h = fnv64(FNV64_START, &r->method, sizeof r->method);
	h = fnv64(h, r->path.p, r->path.n);
	return fnv64(h, r->body.p, r->body.n);
}

struct answer {
	int status;
	struct buf body; /* counts for a status below 300, else the error's text does */
	struct error error;
	bool unrecorded; /* it was done, but the record file did not take it */
};

/* Runs the endpoint and records what it changed. */
static void
run_endpoint(struct http_request *r, const struct shop_endpoint *endpoint, struct str key,
	struct answer *a)
{
	struct shop_server *server = r->owner;
	struct mock_shop *shop = server->shop;
	struct shop_call c = {
		.request = r, .store = &shop->store, .arena = r->arena, .status = 200};
	struct json *body = NULL;
	c.now_ms = env_wall(shop->env).ms;
	c.id = http_request_param(r, "id");
	jsonw_init(&c.out, &a->body);
	enum err err = read_body(r, &body, &a->error);
	c.body = body;
	if (!err && endpoint->action && !ledger_has_room(&shop->ledger))
		err = err_set(&a->error, ERR_UNAVAILABLE,
			"more than %d changes; start the shop again", SHOP_EFFECTS_MAX);
	if (!err)
		err = endpoint->answer(&c, &a->error);
	a->status = err ? err_http_status(err) : c.status;
	if (err || !endpoint->action)
		return;
	struct effect effect = {store_date(&shop->store, c.now_ms),
		service_names[server->service], endpoint->action, c.target, key, body};
	a->unrecorded = ledger_append(&shop->ledger, &effect, &a->error) != OK;
}

/* Fills the answer from the key's first call, or from the endpoint. */
static void
answer_fill(
	struct http_request *r, const struct shop_endpoint *endpoint, struct answer *a)
{
	struct shop_server *server = r->owner;
	struct shop_ledger *ledger = &server->shop->ledger;
	const char *service = service_names[server->service];
	struct str key = endpoint->action ? http_request_header(r, "Idempotency-Key")
					  : (struct str){NULL, 0};
	if (key.n > SHOP_KEY_MAX) {
		a->status = 400;
		err_set(&a->error, ERR_INVALID, "Idempotency-Key is longer than %d bytes",
			SHOP_KEY_MAX);
		return;
	}
	if (!key.p) {
		run_endpoint(r, endpoint, key, a);
		return;
	}
	const struct kept_answer *kept = ledger_find(ledger, service, key);
	if (kept && kept->request != request_hash(r)) {
		a->status = 422;
		err_set(&a->error, ERR_INVALID,
			"this Idempotency-Key was used for another request");
	} else if (kept) {
		a->status = kept->status;
		if (kept->status < 300)
			buf_add_str(&a->body, kept->body);
		else
			err_set(&a->error, ERR_INVALID, "%.*s", STR_ARG(kept->body));
	} else {
		run_endpoint(r, endpoint, key, a);
		struct str text =
			a->status < 300 ? buf_str(&a->body) : str_of(a->error.text);
		if (a->status < 500)
			ledger_keep(ledger, service, key,
				&(struct kept_answer){request_hash(r), a->status, text});
	}
}

static void
serve(struct http_request *r)
{
	struct shop_server *server = r->owner;
	if (draw(server->shop) < server->trouble.error_rate) {
		say_problem(r, 503, "trouble on purpose (error_rate)");
		return;
	}
	struct answer a = {.status = 500};
	buf_init(&a.body, SHOP_ANSWER_MAX);
	answer_fill(r, r->route->data, &a);
	if (draw(server->shop) < server->trouble.hang_rate)
		hang(r);
	else if (a.unrecorded)
		say_problem(r, 503, a.error.text);
	else if (a.status >= 300)
		say_problem(r, a.status, a.error.text);
	else if (buf_over(&a.body))
		say_problem(r, 503,
			"the answer is larger than the shop gives; ask with ?limit=");
	else
		http_reply_json(r, a.status, buf_str(&a.body));
	buf_fini(&a.body);
}

static void
wait_serve(struct env_timer *t)
{
	struct shop_wait *w = t->owner;
	struct http_request *r = w->request;
	wait_end(w);
	serve(r);
}

void
shop_handle(struct http_request *r)
{
	struct shop_server *server = r->owner;
	const struct mock_shop_trouble *t = &server->trouble;
	if (t->down) {
		say_problem(r, 503, "the service is down on purpose");
		return;
	}
	int64_t wait_ms = t->latency_ms;
	if (t->latency_max_ms > t->latency_ms)
		wait_ms += (int64_t)(draw(server->shop) *
			(double)(t->latency_max_ms - t->latency_ms + 1));
	if (wait_ms > 0)
		env_timer_start(
			server->shop->env, &wait_new(r, wait_serve)->timer, wait_ms);
	else
		serve(r);
}

void
shop_handle_health(struct http_request *r)
{
	struct shop_server *server = r->owner;
	if (server->trouble.down) {
		say_problem(r, 503, "the service is down on purpose");
		return;
	}
	http_reply_json(r, 200,
		arena_printf(r->arena, "{\"status\":\"healthy\",\"service\":\"%s\"}",
			service_names[server->service]));
}

void
shop_handle_effects(struct http_request *r)
{
	struct shop_server *server = r->owner;
	struct str text = http_request_query(r, "after");
	int64_t after = 0;
	struct buf body;
	struct jsonw w;
	if (text.p && (!str_to_i64(text, &after) || after < 0)) {
		say_problem(r, 400, "after must be the seq of an effect");
		return;
	}
	buf_init(&body, SHOP_ANSWER_MAX);
	jsonw_init(&w, &body);
	ledger_write(&server->shop->ledger, after, SHOP_PAGE_MAX, &w);
	if (buf_over(&body))
		say_problem(r, 503, "the effects are larger than one answer");
	else
		http_reply_json(r, 200, buf_str(&body));
	buf_fini(&body);
}

void
shop_handle_control(struct http_request *r)
{
	struct shop_server *server = r->owner;
	struct mock_shop_trouble trouble = server->trouble;
	struct json *in;
	struct error e;
	struct buf body;
	struct jsonw w;
	if (r->method == METHOD_PUT &&
		(read_body(r, &in, &e) ||
			schema_read(&trouble_schema, r->arena, in, &trouble, &e))) {
		say_problem(r, 400, e.text);
		return;
	}
	server->trouble = trouble;
	buf_init(&body, SHOP_ANSWER_MAX);
	jsonw_init(&w, &body);
	schema_write(&trouble_schema, &trouble, &w);
	http_reply_json(r, 200, buf_str(&body));
	buf_fini(&body);
}

static enum err
server_start(struct mock_shop *shop, enum shop_service service,
	const struct mock_shop_config *config, struct error *e)
{
	static const struct {
		const struct http_route *routes;
		const size_t *count;
	} tables[SHOP_SERVICES] = {
		[SHOP_CUSTOMERS] = {shop_customers_routes, &shop_customers_route_count},
		[SHOP_ORDERS] = {shop_orders_routes, &shop_orders_route_count},
		[SHOP_TRACKING] = {shop_tracking_routes, &shop_tracking_route_count},
	};
	struct shop_server *server = &shop->servers[service];
	*server = (struct shop_server){
		.shop = shop, .service = service, .trouble = config->trouble};
	struct http_server_config http = {
		.address = STR("127.0.0.1"),
		.port = config->ports[service],
		.routes = tables[service].routes,
		.route_count = *tables[service].count,
		.owner = server,
	};
	enum err err = http_server_start(shop->env, &http, &server->http, e);
	return err ? err_context(e, err, "the shop's %s service", service_names[service])
		   : OK;
}

enum err
mock_shop_start(struct env *env, const struct mock_shop_config *config,
	struct mock_shop **out, struct error *e)
{
	require(config->extra >= 0 && config->extra <= SHOP_EXTRA_MAX);
	struct mock_shop *shop = mem_zalloc(sizeof *shop);
	shop->env = env;
	shop->chance = config->seed;
	list_init(&shop->waiting);
	enum err err = ledger_open(&shop->ledger, config->record, e);
	if (err) {
		free(shop);
		return err;
	}
	store_init(&shop->store, config->seed,
		config->now.ms ? config->now.ms : env_wall(env).ms, config->extra);
	for (int i = 0; i < SHOP_SERVICES && !err; i++)
		err = server_start(shop, (enum shop_service)i, config, e);
	if (err) {
		mock_shop_free(&shop);
		return err;
	}
	*out = shop;
	return OK;
}

int
mock_shop_port(const struct mock_shop *shop, enum shop_service service)
{
	return http_server_port(shop->servers[service].http);
}

void
mock_shop_free(struct mock_shop **shop)
{
	struct mock_shop *s = *shop;
	if (!s)
		return;
	list_each_safe(it, &s->waiting) {
		struct shop_wait *w = list_entry(it, struct shop_wait, link);
		struct http_request *r = w->request;
		wait_end(w);
		say_problem(r, 503, "the shop closes");
	}
	for (int i = 0; i < SHOP_SERVICES; i++)
		http_server_free(&s->servers[i].http);
	store_fini(&s->store);
	ledger_close(&s->ledger);
	free(s);
	*shop = NULL;
}

void
mock_shop_print_orders(const struct mock_shop *shop, struct str email, struct jsonw *w)
{
	const struct shop_customer *c = map_get(&shop->store.customers, email);
	jsonw_array(w);
	for (size_t i = c ? c->order_count : 0; i-- > 0;) {
		const struct shop_order *o = c->orders[i];
		const struct shop_item *first = o->items.p;
		jsonw_object(w);
		jsonw_kstr(w, "order_id", o->order_id);
		jsonw_kstr(w, "status", str_of(order_status_names[o->status]));
		jsonw_kstr(w, "summary", o->items.n ? first->name : STR(""));
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}
