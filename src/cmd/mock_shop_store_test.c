/* The demo shop's data: the samples that others rely on, the arithmetic, the states. */
#include "cmd/mock_shop_store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1780000000000)

static struct str
print_all(const struct shop_store *s, struct arena *a)
{
	struct buf out;
	struct jsonw w;
	buf_init(&out, 64 << 20);
	jsonw_init(&w, &out);
	jsonw_array(&w);
	for (int i = 1; i <= 20; i++) {
		struct str email = arena_printf(a, "customer%d@example.com", i);
		const struct shop_customer *c = store_customer(s, email);
		if (!c)
			continue;
		schema_write(&shop_customer_schema, c, &w);
		for (size_t k = 0; k < c->order_count; k++)
			schema_write(&shop_order_schema, c->orders[k], &w);
	}
	jsonw_end_array(&w);
	assert_false(buf_over(&out));
	struct str text = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return text;
}

static void
assert_str(struct str got, const char *want)
{
	if (!str_eq(got, str_of(want)))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static void
test_samples_are_those_that_the_documentation_names(void **state)
{
	static const struct {
		const char *email, *order, *tracking, *carrier;
		int tier, status, shipment;
	} want[] = {
		{"john.doe@example.com", "ORD-1A2B3C4D", "TRK987654321", "UPS",
			TIER_PREMIUM, ORDER_SHIPPED, SHIPMENT_OUT_FOR_DELIVERY},
		{"john.doe@example.com", "ORD-7F3E9A21", "TRK123456789", "FedEx",
			TIER_PREMIUM, ORDER_DELIVERED, SHIPMENT_DELIVERED},
		{"jane.smith@example.com", "ORD-5C8D2E6F", NULL, NULL, TIER_VIP,
			ORDER_PROCESSING, 0},
		{"jane.smith@example.com", "ORD-4D5E6F70", "TRK555666777", "UPS",
			TIER_VIP, ORDER_SHIPPED, SHIPMENT_IN_TRANSIT},
		{"bob.wilson@example.com", "ORD-9B4A7C31", NULL, NULL, TIER_STANDARD,
			ORDER_PENDING, 0},
		{"bob.wilson@example.com", "ORD-2E7B8A90", "TRK111222333", "FedEx",
			TIER_STANDARD, ORDER_SHIPPED, SHIPMENT_EXCEPTION},
		{"sarah.connor@example.com", "ORD-6A1F0B8C", "TRK246813579", "USPS",
			TIER_STANDARD, ORDER_DELIVERED, SHIPMENT_DELIVERED},
	};
	struct shop_store s;
	(void)state;
	store_init(&s, 1, NOW_MS, 0);
	assert_int_equal(s.customer_count, 4);
	assert_int_equal(s.order_count, sizeof want / sizeof *want);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const struct shop_order *o = store_order(&s, str_of(want[i].order));
		assert_non_null(o);
		assert_str(o->customer_email, want[i].email);
		assert_int_equal(o->status, want[i].status);
		assert_ptr_equal(o->customer, store_customer(&s, str_of(want[i].email)));
		assert_int_equal(o->customer->tier, want[i].tier);
		assert_int_equal(o->tracking_number.n > 0, want[i].tracking != NULL);
		if (!want[i].tracking)
			continue;
		assert_str(o->tracking_number, want[i].tracking);
		assert_str(o->carrier, want[i].carrier);
		const struct shop_shipment *p =
			store_shipment(&s, str_of(want[i].tracking));
		assert_non_null(p);
		assert_str(p->order_id, want[i].order);
		assert_int_equal(p->status, want[i].shipment);
	}
	const struct shop_exception *x =
		store_shipment(&s, STR("TRK111222333"))->exceptions.p;
	assert_int_equal(x->type, EXCEPTION_ADDRESS);
	store_fini(&s);
}

static void
test_customers_are_found_by_id_and_by_address_in_any_case(void **state)
{
	struct shop_store s;
	(void)state;
	store_init(&s, 1, NOW_MS, 0);
	const struct shop_customer *john =
		store_customer(&s, STR("John.Doe@Example.COM"));
	assert_non_null(john);
	assert_ptr_equal(john, store_customer(&s, STR("CUST-1001")));
	assert_null(store_customer(&s, STR("nobody@example.com")));
	assert_null(store_customer(&s, STR("")));
	char long_name[5000];
	memset(long_name, 'a', sizeof long_name);
	assert_null(store_customer(&s, (struct str){long_name, sizeof long_name}));
	store_fini(&s);
}

static bool
is_order_id(struct str id)
{
	if (!str_starts(id, STR("ORD-")) || id.n != 12)
		return false;
	for (size_t i = 4; i < id.n; i++)
		if (!strchr("0123456789ABCDEF", id.p[i]))
			return false;
	return true;
}

static void
check_order(const struct shop_order *o)
{
	double lines = 0;
	assert_true(is_order_id(o->order_id));
	assert_true(o->items.n > 0);
	items_each(const struct shop_item, item, o->items) {
		assert_true(item->quantity > 0);
		assert_true(fabs(item->total_price -
				    item->unit_price * (double)item->quantity) < 0.005);
		lines += item->total_price;
	}
	assert_true(fabs(lines - o->subtotal) < 0.005);
	assert_true(fabs(o->tax_amount - o->subtotal * 0.0875) <= 0.00501);
	assert_true(fabs(o->total_amount - o->subtotal - o->tax_amount -
			    o->shipping_cost) < 0.005);
	bool sent = o->status == ORDER_SHIPPED || o->status == ORDER_DELIVERED ||
		o->status == ORDER_RETURNED;
	assert_int_equal(sent, o->tracking_number.n > 0);
	const struct order_event *events = o->history.p;
	for (size_t i = 1; i < o->history.n; i++)
		assert_true(str_cmp(events[i - 1].at, events[i].at) <= 0);
	assert_str(events[o->history.n - 1].status, order_status_names[o->status]);
	assert_true(str_eq(events[o->history.n - 1].at, o->last_updated));
}

static void
test_every_order_adds_up(void **state)
{
	struct shop_store s;
	size_t at = 0, seen = 0;
	struct str key;
	void *value;
	(void)state;
	store_init(&s, 7, NOW_MS, 500);
	assert_int_equal(s.customer_count, 504);
	while (map_next(&s.orders, &at, &key, &value)) {
		check_order(value);
		seen++;
	}
	assert_int_equal(seen, s.order_count);
	assert_true(seen > 7 + 500);
	store_fini(&s);
}

static void
test_the_same_seed_gives_the_same_shop(void **state)
{
	struct shop_store one, same, other;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	store_init(&one, 42, NOW_MS, 20);
	store_init(&same, 42, NOW_MS, 20);
	store_init(&other, 43, NOW_MS, 20);
	struct str text = print_all(&one, &a);
	assert_true(text.n > 1000);
	assert_true(str_eq(text, print_all(&same, &a)));
	assert_false(str_eq(text, print_all(&other, &a)));
	store_fini(&one);
	store_fini(&same);
	store_fini(&other);
	arena_fini(&a);
}

static void
test_dates_hang_from_now(void **state)
{
	struct shop_store s;
	(void)state;
	store_init(&s, 1, INT64_C(1769850000000), 0); /* 2026-01-31T09:00:00Z */
	const struct shop_order *o = store_order(&s, STR("ORD-1A2B3C4D"));
	assert_str(o->order_date, "2026-01-27T09:00:00Z");
	assert_str(o->estimated_delivery, "2026-01-31T09:00:00Z");
	const struct shop_shipment *p = store_shipment(&s, STR("TRK987654321"));
	assert_str(p->last_update, "2026-01-31T07:00:00Z");
	store_fini(&s);
}

/* Every pair of states against the table of the header. */
static void
test_orders_move_only_along_their_transitions(void **state)
{
	static const char allowed[][2] = {
		{ORDER_PENDING, ORDER_CONFIRMED},
		{ORDER_PENDING, ORDER_CANCELLED},
		{ORDER_CONFIRMED, ORDER_PROCESSING},
		{ORDER_CONFIRMED, ORDER_CANCELLED},
		{ORDER_PROCESSING, ORDER_SHIPPED},
		{ORDER_PROCESSING, ORDER_CANCELLED},
		{ORDER_SHIPPED, ORDER_DELIVERED},
		{ORDER_SHIPPED, ORDER_RETURNED},
		{ORDER_DELIVERED, ORDER_RETURNED},
	};
	(void)state;
	for (int from = ORDER_PENDING; from <= ORDER_RETURNED; from++) {
		for (int to = ORDER_PENDING; to <= ORDER_RETURNED; to++) {
			bool want = false;
			for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
				want |= allowed[i][0] == from && allowed[i][1] == to;
			assert_int_equal(order_may_become(from, to), want);
		}
	}
}

static void
test_an_order_can_be_taken_from_pending_to_its_door(void **state)
{
	struct shop_store s;
	(void)state;
	store_init(&s, 1, NOW_MS, 0);
	struct shop_order *o = store_order(&s, STR("ORD-9B4A7C31"));
	order_become(&s, o, ORDER_CONFIRMED, STR("paid"), NOW_MS);
	assert_int_equal(o->payment_status, PAYMENT_PAID);
	order_become(&s, o, ORDER_PROCESSING, STR("packed"), NOW_MS + 1000);
	order_become(&s, o, ORDER_SHIPPED, STR("sent"), NOW_MS + 2000);
	assert_true(o->tracking_number.n > 0);
	const struct shop_shipment *p = store_shipment(&s, o->tracking_number);
	assert_non_null(p);
	assert_int_equal(p->status, SHIPMENT_LABEL_CREATED);
	assert_true(str_eq(p->order_id, o->order_id));
	order_become(&s, o, ORDER_DELIVERED, STR("there"), NOW_MS + 3000);
	assert_true(o->actual_delivery.n > 0);
	assert_int_equal(p->status, SHIPMENT_DELIVERED);
	assert_true(str_eq(p->actual_delivery, o->actual_delivery));
	store_fini(&s);
}

static void
test_lists_keep_what_was_appended(void **state)
{
	struct shop_store s;
	struct items list = {NULL, 0};
	(void)state;
	store_init(&s, 1, NOW_MS, 0);
	for (int64_t i = 0; i < 1000; i++)
		*STORE_APPEND(&s, &list, int64_t) = i;
	assert_int_equal(list.n, 1000);
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(((int64_t *)list.p)[i], i);
	store_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_are_those_that_the_documentation_names),
		cmocka_unit_test(
			test_customers_are_found_by_id_and_by_address_in_any_case),
		cmocka_unit_test(test_every_order_adds_up),
		cmocka_unit_test(test_the_same_seed_gives_the_same_shop),
		cmocka_unit_test(test_dates_hang_from_now),
		cmocka_unit_test(test_orders_move_only_along_their_transitions),
		cmocka_unit_test(test_an_order_can_be_taken_from_pending_to_its_door),
		cmocka_unit_test(test_lists_keep_what_was_appended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
