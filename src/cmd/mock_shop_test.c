/* The demo shop over real sockets: every endpoint, its refusals, keys, effects and
 * trouble. */
#include "base/json.h"
#include "base/limits.h"
#include "cmd/mock_shop.h"
#include "cmd/mock_shop_ledger.h"
#include "net/http_client.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1780000000000)

struct fixture {
	struct env *env;
	struct mock_shop *shop;
	struct http_client *client;
	struct arena arena;
	char record[64];
	int64_t timeout_ms;
	/* the last answer */
	int status;
	enum err result;
	bool timed_out;
	const struct json *body;
};

static int
open_shop(struct fixture *f, const char *record)
{
	struct error e;
	struct mock_shop_config config = {
		.seed = 5,
		.now = {NOW_MS},
	};
	arena_init(&f->arena, 0);
	f->env = env_uv_new();
	f->timeout_ms = 5000;
	config.record = record;
	assert_int_equal(
		http_client_new(f->env, &(struct http_client_config){0}, &f->client, &e),
		OK);
	if (mock_shop_start(f->env, &config, &f->shop, &e))
		fail_msg("%s", e.text);
	return 0;
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	*state = f;
	return open_shop(f, NULL);
}

static int
set_up_recorded(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	*state = f;
	snprintf(f->record, sizeof f->record, P_tmpdir "/mock_shop_test.XXXXXX");
	int fd = mkstemp(f->record);
	assert_true(fd >= 0);
	close(fd);
	return open_shop(f, f->record);
}

static int
set_up_full_disk(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	*state = f;
	return open_shop(f, "/dev/full");
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	http_client_free(&f->client);
	mock_shop_free(&f->shop);
	assert_null(f->shop);
	env_uv_free(&f->env);
	arena_fini(&f->arena);
	if (f->record[0])
		unlink(f->record);
	free(f);
	return 0;
}

static void
call_done(struct http_call *c)
{
	struct fixture *f = c->owner;
	env_uv_stop(f->env);
}

/* One call; the answer's status and parsed body are then in the fixture. */
static int
call_key(struct fixture *f, enum http_method method, enum shop_service service,
	const char *path, const char *body, const char *key)
{
	struct http_header headers[2];
	struct error e;
	struct http_call c = {.method = method,
		.done = call_done,
		.owner = f,
		.timeout_ms = f->timeout_ms};
	c.url = arena_printf(&f->arena, "http://127.0.0.1:%d%s",
		mock_shop_port(f->shop, service), path);
	c.headers = headers;
	if (body) {
		c.body = str_of(body);
		headers[c.header_count++] = (struct http_header){
			STR("Content-Type"), STR("application/json")};
	}
	if (key)
		headers[c.header_count++] =
			(struct http_header){STR("Idempotency-Key"), str_of(key)};
	if (http_call_start(f->client, &c, &e))
		fail_msg("%s", e.text);
	env_uv_run(f->env);
	struct json *parsed = NULL;
	f->result = c.result;
	f->status = c.result ? 0 : c.status;
	f->timed_out = c.timed_out;
	if (!c.result)
		assert_int_equal(json_parse(&f->arena, arena_str(&f->arena, c.answer),
					 &parsed, &e),
			OK);
	f->body = parsed;
	http_call_fini(&c);
	return f->status;
}

static int
call(struct fixture *f, enum http_method method, enum shop_service service,
	const char *path, const char *body)
{
	return call_key(f, method, service, path, body, NULL);
}

static int
get(struct fixture *f, enum shop_service service, const char *path)
{
	return call(f, METHOD_GET, service, path, NULL);
}

static int
post(struct fixture *f, enum shop_service service, const char *path, const char *body)
{
	return call(f, METHOD_POST, service, path, body);
}

static int
put(struct fixture *f, enum shop_service service, const char *path, const char *body)
{
	return call(f, METHOD_PUT, service, path, body);
}

static void
assert_member(const struct fixture *f, const char *path, const char *want)
{
	struct str got = json_str(json_path(f->body, str_of(path)), STR("(none)"));
	if (!str_eq(got, str_of(want)))
		fail_msg("%s is \"%.*s\", not \"%s\"", path, STR_ARG(got), want);
}

/* A refusal says why: the detail holds the words. */
static void
assert_refused(const struct fixture *f, int status, const char *words)
{
	assert_int_equal(f->status, status);
	struct str detail = json_str(json_get(f->body, STR("detail")), STR(""));
	if (str_find(detail, str_of(words)) < 0)
		fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(detail), words);
	assert_int_equal(json_int(json_get(f->body, STR("status")), 0), status);
}

static int64_t
effect_count(struct fixture *f)
{
	assert_int_equal(get(f, SHOP_ORDERS, "/effects"), 200);
	return json_int(json_get(f->body, STR("total")), -1);
}

static void
test_customers_answer(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
		get(f, SHOP_CUSTOMERS, "/customers/john.doe%40example.com"), 200);
	assert_member(f, "customer_id", "CUST-1001");
	assert_member(f, "tier", "premium");
	assert_member(f, "address.city", "Springfield");
	assert_true(json_bool(
		json_path(f->body, STR("preferences.email_notifications")), false));
	assert_int_equal(get(f, SHOP_CUSTOMERS, "/customers/CUST-1002"), 200);
	assert_member(f, "email", "jane.smith@example.com");
	assert_int_equal(
		get(f, SHOP_CUSTOMERS, "/customers/CUST-1003/support-history"), 200);
	const struct json *cases = json_get(f->body, STR("interactions"));
	assert_int_equal(cases->count, 1);
	assert_true(str_eq(json_str(json_get(cases->first, STR("status")), STR("")),
		STR("in_progress")));
	get(f, SHOP_CUSTOMERS, "/customers/nobody@example.com");
	assert_refused(f, 404, "there is no customer nobody@example.com");
	get(f, SHOP_CUSTOMERS, "/customers/nobody@example.com/orders");
	assert_refused(f, 404, "there is no customer");
	assert_int_equal(get(f, SHOP_CUSTOMERS, "/health"), 200);
	assert_member(f, "service", "customers");
}

static void
test_orders_are_listed_newest_first(void **state)
{
	static const enum shop_service services[] = {SHOP_CUSTOMERS, SHOP_ORDERS};
	struct fixture *f = *state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			get(f, services[i], "/customers/john.doe@example.com/orders"),
			200);
		const struct json *orders = json_get(f->body, STR("orders"));
		assert_int_equal(orders->count, 2);
		assert_true(str_eq(
			json_str(json_get(orders->first, STR("order_id")), STR("")),
			STR("ORD-1A2B3C4D")));
		assert_int_equal(json_int(json_get(f->body, STR("total")), 0), 2);
	}
	assert_int_equal(
		get(f, SHOP_ORDERS,
			"/customers/john.doe@example.com/orders?status=delivered"),
		200);
	assert_int_equal(json_get(f->body, STR("orders"))->count, 1);
	assert_int_equal(
		get(f, SHOP_ORDERS, "/customers/john.doe@example.com/orders?limit=1"),
		200);
	assert_int_equal(json_get(f->body, STR("orders"))->count, 1);
	get(f, SHOP_ORDERS, "/customers/john.doe@example.com/orders?limit=none");
	assert_refused(f, 400, "limit");
}

static void
test_an_order_is_shown_with_its_history(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D"), 200);
	assert_member(f, "status", "shipped");
	assert_member(f, "carrier", "UPS");
	assert_member(f, "tracking_number", "TRK987654321");
	assert_null(json_get(f->body, STR("actual_delivery")));
	assert_true(fabs(json_double(json_get(f->body, STR("tax_amount")), 0) -
			    174 * 0.0875) < 0.006);
	assert_int_equal(json_get(f->body, STR("items"))->count, 2);
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/history"), 200);
	assert_int_equal(json_get(f->body, STR("history"))->count, 4);
	get(f, SHOP_ORDERS, "/orders/ORD-00000000");
	assert_refused(f, 404, "there is no order ORD-00000000");
	get(f, SHOP_ORDERS, "/orders/ORD-00000000/history");
	assert_refused(f, 404, "there is no order");
	assert_int_equal(get(f, SHOP_ORDERS, "/nothing"), 404);
	assert_int_equal(effect_count(f), 0);
}

static void
test_orders_refuse_what_their_state_forbids(void **state)
{
	static const struct {
		enum http_method method;
		const char *path, *body, *says;
		int status;
	} cases[] = {
		{METHOD_POST, "/orders/ORD-1A2B3C4D/cancel", "{}", "cannot be cancelled",
			409},
		{METHOD_POST, "/orders/ORD-7F3E9A21/cancel", NULL, "is delivered", 409},
		{METHOD_POST, "/orders/ORD-1A2B3C4D/refund", "{}", "cannot be refunded",
			409},
		{METHOD_POST, "/orders/ORD-7F3E9A21/refund", "{\"amount\":10000}",
			"is more than", 409},
		{METHOD_POST, "/orders/ORD-7F3E9A21/refund", "{\"amount\":-1}", "amount",
			400},
		{METHOD_POST, "/orders/ORD-7F3E9A21/refund", "{\"amout\":10}", "amount",
			400},
		{METHOD_POST, "/orders/ORD-9B4A7C31/expedite", "{}",
			"only a confirmed or processing", 409},
		{METHOD_POST, "/orders/ORD-9B4A7C31/return", "{}", "cannot be returned",
			409},
		{METHOD_POST, "/orders/ORD-9B4A7C31/return-label", "{}",
			"no return label", 409},
		{METHOD_PUT, "/orders/ORD-9B4A7C31/status", "{\"status\":\"delivered\"}",
			"cannot become delivered", 409},
		{METHOD_PUT, "/orders/ORD-9B4A7C31/status", "{\"status\":\"lost\"}",
			"status", 400},
		{METHOD_PUT, "/orders/ORD-9B4A7C31/status", "{}", "status", 400},
		{METHOD_PUT, "/orders/ORD-1A2B3C4D/address",
			"{\"street\":\"1 A St\",\"city\":\"X\",\"zip\":\"1\"}",
			"can no longer change", 409},
		{METHOD_PUT, "/orders/ORD-9B4A7C31/address", "{\"street\":\"1 A St\"}",
			"city", 400},
		{METHOD_POST, "/orders/ORD-9B4A7C31/notes", "{}", "text", 400},
		{METHOD_POST, "/orders/ORD-9B4A7C31/notes", "[1]", "must be an object",
			400},
		{METHOD_POST, "/orders/ORD-9B4A7C31/notes", "{\"text\":", "expected",
			400},
		{METHOD_POST, "/orders/ORD-00000000/refund", "{}", "there is no order",
			404},
		{METHOD_POST, "/callbacks", "{\"customer_email\":\"nobody@example.com\"}",
			"there is no customer", 404},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		call(f, cases[i].method, SHOP_ORDERS, cases[i].path, cases[i].body);
		assert_refused(f, cases[i].status, cases[i].says);
	}
	assert_int_equal(effect_count(f), 0);
}

static void
test_a_refund_is_given_once_and_never_over_the_total(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21"), 200);
	double total = json_double(json_get(f->body, STR("total_amount")), 0);
	assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund",
				 "{\"amount\":40.5,\"reason\":\"scratched\"}"),
		201);
	assert_true(str_starts(
		json_str(json_get(f->body, STR("refund_id")), STR("")), STR("REF-")));
	assert_true(json_double(json_get(f->body, STR("amount")), 0) == 40.5);
	assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund", NULL), 201);
	assert_true(fabs(json_double(json_get(f->body, STR("amount")), 0) -
			    (total - 40.5)) < 0.005);
	post(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund", "{\"amount\":0.01}");
	assert_refused(f, 409, "refunded already");
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21"), 200);
	assert_member(f, "payment_status", "refunded");
	assert_int_equal(effect_count(f), 2);
}

static void
test_a_cancelled_order_that_was_never_paid_is_not_refunded(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-9B4A7C31/cancel",
				 "{\"reason\":\"changed my mind\"}"),
		200);
	assert_member(f, "status", "cancelled");
	post(f, SHOP_ORDERS, "/orders/ORD-9B4A7C31/refund", "{}");
	assert_refused(f, 409, "never paid");
	post(f, SHOP_ORDERS, "/orders/ORD-9B4A7C31/cancel", "{}");
	assert_refused(f, 409, "is cancelled");
}

static void
test_orders_can_be_changed(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
		post(f, SHOP_ORDERS, "/orders/ORD-5C8D2E6F/expedite", "{}"), 200);
	struct str before =
		json_str(json_get(f->body, STR("previous_estimate")), STR(""));
	assert_true(
		str_cmp(json_str(json_get(f->body, STR("estimated_delivery")), STR("")),
			before) < 0);
	assert_int_equal(
		put(f, SHOP_ORDERS, "/orders/ORD-5C8D2E6F/address",
			"{\"street\":\"9 New "
			"Road\",\"city\":\"Salem\",\"state\":\"OR\",\"zip\":\"97301\"}"),
		200);
	assert_member(f, "shipping_address.street", "9 New Road");
	assert_member(f, "shipping_address.country", "US");
	assert_member(f, "billing_address.street", "456 Oak Avenue");
	assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-5C8D2E6F/notes",
				 "{\"text\":\"call first\"}"),
		201);
	assert_int_equal(put(f, SHOP_ORDERS, "/orders/ORD-5C8D2E6F/status",
				 "{\"status\":\"shipped\"}"),
		200);
	struct str number = json_str(json_get(f->body, STR("tracking_number")), STR(""));
	assert_true(str_starts(number, STR("TRK")));
	assert_int_equal(
		get(f, SHOP_TRACKING,
			arena_printf(&f->arena, "/tracking/%.*s/status", STR_ARG(number))
				.p),
		200);
	assert_member(f, "status", "label_created");
	assert_int_equal(
		post(f, SHOP_ORDERS, "/orders/ORD-6A1F0B8C/return-label", NULL), 201);
	assert_member(f, "carrier", "USPS");
	assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-6A1F0B8C/return",
				 "{\"reason\":\"too large\"}"),
		201);
	assert_member(f, "status", "authorized");
	assert_int_equal(post(f, SHOP_ORDERS, "/callbacks",
				 "{\"customer_email\":\"bob.wilson@example.com\"}"),
		201);
	assert_member(f, "phone", "+1-555-0103");
	assert_int_equal(effect_count(f), 7);
}

static void
test_customers_can_be_changed(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(put(f, SHOP_CUSTOMERS, "/customers/bob.wilson@example.com/tier",
				 "{\"tier\":\"premium\"}"),
		200);
	assert_member(f, "previous_tier", "standard");
	put(f, SHOP_CUSTOMERS, "/customers/CUST-1003/tier", "{\"tier\":\"premium\"}");
	assert_refused(f, 409, "is premium already");
	put(f, SHOP_CUSTOMERS, "/customers/CUST-1003/tier", "{\"tier\":\"gold\"}");
	assert_refused(f, 400, "tier");
	assert_int_equal(post(f, SHOP_CUSTOMERS, "/customers/CUST-1003/notes",
				 "{\"text\":\"prefers mail\",\"author\":\"Ann\"}"),
		201);
	assert_int_equal(post(f, SHOP_CUSTOMERS, "/customers/CUST-1003/support-history",
				 "{\"type\":\"complaint\",\"priority\":\"urgent\","
				 "\"subject\":\"No parcel\"}"),
		201);
	assert_member(f, "status", "escalated");
	post(f, SHOP_CUSTOMERS, "/customers/CUST-1003/support-history",
		"{\"type\":\"complaint\"}");
	assert_refused(f, 400, "subject");
	assert_int_equal(
		get(f, SHOP_CUSTOMERS, "/customers/CUST-1003/support-history"), 200);
	assert_int_equal(json_int(json_get(f->body, STR("total")), 0), 2);
	assert_int_equal(get(f, SHOP_CUSTOMERS, "/customers/CUST-1003"), 200);
	assert_int_equal(json_get(f->body, STR("notes"))->count, 1);
}

static void
test_parcels_answer_and_can_be_changed(void **state)
{
	const char *address =
		"{\"street\":\"2 Other "
		"St\",\"city\":\"Austin\",\"state\":\"TX\",\"zip\":\"78702\"}";
	struct fixture *f = *state;
	assert_int_equal(get(f, SHOP_TRACKING, "/tracking/TRK987654321"), 200);
	assert_member(f, "status", "out_for_delivery");
	assert_member(f, "order_id", "ORD-1A2B3C4D");
	assert_int_equal(json_get(f->body, STR("events"))->count, 4);
	put(f, SHOP_TRACKING, "/tracking/TRK987654321/address", address);
	assert_refused(f, 409, "cannot be redirected");
	post(f, SHOP_TRACKING, "/tracking/TRK123456789/expedite", "{}");
	assert_refused(f, 409, "is delivered");
	assert_int_equal(
		post(f, SHOP_TRACKING, "/tracking/TRK555666777/expedite", "{}"), 200);
	struct str before =
		json_str(json_get(f->body, STR("previous_estimate")), STR(""));
	assert_true(
		str_cmp(json_str(json_get(f->body, STR("estimated_delivery")), STR("")),
			before) < 0);
	assert_int_equal(get(f, SHOP_TRACKING, "/tracking/TRK111222333/exceptions"), 200);
	const struct json *first = json_get(f->body, STR("exceptions"))->first;
	assert_true(str_eq(
		json_str(json_get(first, STR("type")), STR("")), STR("address_issue")));
	assert_int_equal(
		put(f, SHOP_TRACKING, "/tracking/TRK111222333/address", address), 200);
	assert_member(f, "status", "in_transit");
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-2E7B8A90"), 200);
	assert_member(f, "shipping_address.street", "2 Other St");
	assert_int_equal(post(f, SHOP_TRACKING, "/tracking/TRK555666777/issues",
				 "{\"type\":\"damaged\"}"),
		201);
	assert_member(f, "carrier", "UPS");
	post(f, SHOP_TRACKING, "/tracking/TRK555666777/issues", "{\"type\":\"stolen\"}");
	assert_refused(f, 400, "type");
	get(f, SHOP_TRACKING, "/tracking/TRK000000000/status");
	assert_refused(f, 404, "there is no shipment TRK000000000");
	assert_int_equal(effect_count(f), 3);
}

static void
test_a_key_does_a_thing_once(void **state)
{
	const char *body = "{\"amount\":10}";
	struct fixture *f = *state;
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS,
				 "/orders/ORD-7F3E9A21/refund", body, "k-1"),
		201);
	struct str id = json_str(json_get(f->body, STR("refund_id")), STR(""));
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS,
				 "/orders/ORD-7F3E9A21/refund", body, "k-1"),
		201);
	assert_true(str_eq(id, json_str(json_get(f->body, STR("refund_id")), STR("?"))));
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund",
		"{\"amount\":11}", "k-1");
	assert_refused(f, 422, "used for another request");
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-6A1F0B8C/refund", body, "k-1");
	assert_refused(f, 422, "used for another request");
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS,
				 "/orders/ORD-7F3E9A21/refund", body, "k-2"),
		201);
	assert_false(str_eq(id, json_str(json_get(f->body, STR("refund_id")), STR("?"))));
	assert_int_equal(effect_count(f), 2);
	const struct json *effect = json_get(f->body, STR("effects"))->first;
	assert_true(str_eq(json_str(json_get(effect, STR("key")), STR("")), STR("k-1")));
	assert_true(str_eq(
		json_str(json_get(effect, STR("action")), STR("")), STR("refund")));
	assert_true(str_eq(
		json_str(json_get(effect, STR("target")), STR("")), STR("ORD-7F3E9A21")));
	assert_true(json_int(json_path(effect, STR("request.amount")), 0) == 10);
	/* The refusal of a key is kept too, and the key is another service's to use. */
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/cancel", "{}", "k-3");
	assert_refused(f, 409, "cannot be cancelled");
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/cancel", "{}", "k-3");
	assert_refused(f, 409, "cannot be cancelled");
	assert_int_equal(call_key(f, METHOD_POST, SHOP_TRACKING,
				 "/tracking/TRK555666777/expedite", "{}", "k-3"),
		200);
	char key[SHOP_KEY_MAX + 2];
	memset(key, 'k', sizeof key);
	key[SHOP_KEY_MAX + 1] = 0;
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund", body, key);
	assert_refused(f, 400, "longer than");
	key[SHOP_KEY_MAX] = 0;
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS,
				 "/orders/ORD-7F3E9A21/refund", body, key),
		201);
}

static void
test_effects_are_paged_and_recorded(void **state)
{
	struct fixture *f = *state;
	char line[1024];
	for (int i = 0; i < 3; i++)
		assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/notes",
					 "{\"text\":\"caf\xc3\xa9 \\\"x\\\"\"}"),
			201);
	assert_int_equal(get(f, SHOP_TRACKING, "/effects?after=2"), 200);
	const struct json *effects = json_get(f->body, STR("effects"));
	assert_int_equal(effects->count, 1);
	assert_int_equal(json_int(json_get(effects->first, STR("seq")), 0), 3);
	assert_int_equal(get(f, SHOP_TRACKING, "/effects?after=99"), 200);
	assert_int_equal(json_get(f->body, STR("effects"))->count, 0);
	get(f, SHOP_TRACKING, "/effects?after=x");
	assert_refused(f, 400, "after");
	FILE *file = fopen(f->record, "r");
	assert_non_null(file);
	for (int i = 1; i <= 3; i++) {
		struct json *effect;
		assert_non_null(fgets(line, sizeof line, file));
		assert_int_equal(
			json_parse(&f->arena, str_trim(str_of(line)), &effect, NULL), OK);
		assert_int_equal(json_int(json_get(effect, STR("seq")), 0), i);
		assert_true(
			str_eq(json_str(json_path(effect, STR("request.text")), STR("")),
				STR("caf\xc3\xa9 \"x\"")));
	}
	assert_null(fgets(line, sizeof line, file));
	fclose(file);
}

static void
test_a_page_of_effects_has_a_limit(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i <= SHOP_PAGE_MAX; i++)
		assert_int_equal(post(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/notes",
					 "{\"text\":\"x\"}"),
			201);
	assert_int_equal(effect_count(f), SHOP_PAGE_MAX + 1);
	assert_int_equal(json_get(f->body, STR("effects"))->count, SHOP_PAGE_MAX);
	assert_int_equal(get(f, SHOP_ORDERS, "/effects?after=1000"), 200);
	assert_int_equal(
		json_get(f->body, STR("effects"))->count, SHOP_PAGE_MAX + 1 - 1000);
}

static void
test_so_many_effects_have_room(void **state)
{
	struct shop_ledger l;
	struct fixture *f = *state;
	struct effect one = {STR("now"), "orders", "notes", STR("ORD-1"), {NULL, 0},
		json_new_object(&f->arena)};
	assert_int_equal(ledger_open(&l, NULL, NULL), OK);
	assert_int_equal(l.lines_max, SHOP_EFFECTS_MAX);
	l.lines_max = 2;
	for (int i = 0; i < 2; i++) {
		assert_true(ledger_has_room(&l));
		assert_int_equal(ledger_append(&l, &one, NULL), OK);
	}
	assert_false(ledger_has_room(&l));
	ledger_close(&l);
}

/* Changes that take 23 KB each as JSON: so many do not fit into one answer. */
static void
test_an_answer_has_a_limit(void **state)
{
	struct fixture *f = *state;
	struct buf body;
	buf_init(&body, 65536);
	buf_add_str(&body, STR("{\"text\":\""));
	for (int i = 0; i < 3900; i++)
		buf_add_str(&body, STR("\\u0001"));
	buf_add_str(&body, STR("\"}"));
	for (size_t sent = 0; sent <= SHOP_ANSWER_MAX; sent += body.n)
		assert_int_equal(
			post(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/notes", body.p), 201);
	buf_fini(&body);
	get(f, SHOP_ORDERS, "/effects");
	assert_refused(f, 503, "larger than one answer");
	assert_int_equal(get(f, SHOP_ORDERS, "/effects?after=175"), 200);
}

/* A disk that takes nothing: the caller hears of it, and its key still does the thing
 * once. */
static void
test_a_change_that_cannot_be_recorded_is_said(void **state)
{
	const char *path = "/orders/ORD-7F3E9A21/refund", *body = "{\"amount\":5}";
	struct fixture *f = *state;
	call_key(f, METHOD_POST, SHOP_ORDERS, path, body, "u-1");
	assert_refused(f, 503, "could not be recorded");
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS, path, body, "u-1"), 201);
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-7F3E9A21"), 200);
	assert_true(json_double(json_get(f->body, STR("refunded_amount")), 0) == 5);
}

static void
test_a_service_that_is_down_says_so(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{\"down\":true}"), 200);
	get(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D");
	assert_refused(f, 503, "down on purpose");
	get(f, SHOP_ORDERS, "/health");
	assert_refused(f, 503, "down on purpose");
	assert_int_equal(get(f, SHOP_TRACKING, "/tracking/TRK987654321"), 200);
	assert_int_equal(effect_count(f), 0);
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{}"), 200);
	assert_int_equal(get(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D"), 200);
	put(f, SHOP_ORDERS, "/control", "{\"error_rate\":2}");
	assert_refused(f, 400, "error_rate");
	put(f, SHOP_ORDERS, "/control", "{\"dwon\":true}");
	assert_refused(f, 400, "down");
	assert_int_equal(get(f, SHOP_ORDERS, "/control"), 200);
	assert_false(json_bool(json_get(f->body, STR("down")), true));
}

static void
test_errors_on_purpose_do_nothing(void **state)
{
	struct fixture *f = *state;
	int done = 0;
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{\"error_rate\":1}"), 200);
	post(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/notes", "{\"text\":\"x\"}");
	assert_refused(f, 503, "trouble on purpose");
	assert_int_equal(effect_count(f), 0);
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{\"error_rate\":0.5}"), 200);
	for (int i = 0; i < 100; i++)
		done += post(f, SHOP_ORDERS, "/orders/ORD-1A2B3C4D/notes",
				"{\"text\":\"x\"}") == 201;
	assert_in_range(done, 30, 70);
	assert_int_equal(effect_count(f), done);
}

/* The worst a provider can do: it acts and nobody hears of it. The key tells the caller
 * later. */
static void
test_a_hung_call_was_done(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{\"hang_rate\":1}"), 200);
	f->timeout_ms = 100;
	call_key(f, METHOD_POST, SHOP_ORDERS, "/orders/ORD-7F3E9A21/refund",
		"{\"amount\":5}", "h-1");
	assert_int_equal(f->result, ERR_UNCERTAIN);
	assert_true(f->timed_out);
	f->timeout_ms = 5000;
	assert_int_equal(put(f, SHOP_ORDERS, "/control", "{}"), 200);
	assert_int_equal(call_key(f, METHOD_POST, SHOP_ORDERS,
				 "/orders/ORD-7F3E9A21/refund", "{\"amount\":5}", "h-1"),
		201);
	assert_int_equal(effect_count(f), 1);
}

/* Freed while calls are slow and hung: nothing is left behind (the sanitizer watches). */
static void
test_the_shop_can_close_on_waiting_calls(void **state)
{
	struct fixture *f = *state;
	struct http_call slow = {.method = METHOD_GET, .done = call_done, .owner = f};
	assert_int_equal(
		put(f, SHOP_ORDERS, "/control", "{\"latency_ms\":\"60s\"}"), 200);
	slow.url = arena_printf(&f->arena, "http://127.0.0.1:%d/orders/ORD-1A2B3C4D",
		mock_shop_port(f->shop, SHOP_ORDERS));
	slow.timeout_ms = 100;
	assert_int_equal(http_call_start(f->client, &slow, NULL), OK);
	env_uv_run(f->env);
	assert_int_equal(slow.result, ERR_UNAVAILABLE);
	assert_true(slow.timed_out);
	http_call_fini(&slow);
}

static void
test_latency_slows_and_is_within_its_bounds(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(put(f, SHOP_TRACKING, "/control",
				 "{\"latency_ms\":20,\"latency_max_ms\":40}"),
		200);
	for (int i = 0; i < 5; i++) {
		struct mono start = env_mono(f->env);
		assert_int_equal(get(f, SHOP_TRACKING, "/tracking/TRK987654321"), 200);
		assert_true(env_mono(f->env).ns - start.ns >= 20 * 1000000);
	}
}

static void
test_a_taken_port_and_a_bad_record_file_are_said(void **state)
{
	struct fixture *f = *state;
	struct mock_shop *second = NULL;
	struct error e;
	struct mock_shop_config config = {.seed = 1};
	config.ports[SHOP_TRACKING] = mock_shop_port(f->shop, SHOP_TRACKING);
	assert_int_equal(mock_shop_start(f->env, &config, &second, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.text, "tracking"));
	assert_null(second);
	config.ports[SHOP_TRACKING] = 0;
	config.record = "/nonexistent/effects.jsonl";
	assert_int_equal(mock_shop_start(f->env, &config, &second, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.text, "/nonexistent/effects.jsonl"));
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHOP_TEST(test_customers_answer),
		SHOP_TEST(test_orders_are_listed_newest_first),
		SHOP_TEST(test_an_order_is_shown_with_its_history),
		SHOP_TEST(test_orders_refuse_what_their_state_forbids),
		SHOP_TEST(test_a_refund_is_given_once_and_never_over_the_total),
		SHOP_TEST(test_a_cancelled_order_that_was_never_paid_is_not_refunded),
		SHOP_TEST(test_orders_can_be_changed),
		SHOP_TEST(test_customers_can_be_changed),
		SHOP_TEST(test_parcels_answer_and_can_be_changed),
		SHOP_TEST(test_a_key_does_a_thing_once),
		cmocka_unit_test_setup_teardown(
			test_effects_are_paged_and_recorded, set_up_recorded, tear_down),
		SHOP_TEST(test_a_page_of_effects_has_a_limit),
		SHOP_TEST(test_so_many_effects_have_room),
		SHOP_TEST(test_an_answer_has_a_limit),
		cmocka_unit_test_setup_teardown(
			test_a_change_that_cannot_be_recorded_is_said, set_up_full_disk,
			tear_down),
		SHOP_TEST(test_a_service_that_is_down_says_so),
		SHOP_TEST(test_errors_on_purpose_do_nothing),
		SHOP_TEST(test_a_hung_call_was_done),
		SHOP_TEST(test_the_shop_can_close_on_waiting_calls),
		SHOP_TEST(test_latency_slows_and_is_within_its_bounds),
		SHOP_TEST(test_a_taken_port_and_a_bad_record_file_are_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
