#include "text/entities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct said {
	const char *text, *kind, *written, *value;
};

static void
read_text(struct arena *a, struct entity_finder *f, const char *text,
	struct entities *found)
{
	struct tokens t;
	/* Wednesday, 4 March 2026, 10:00 */
	struct entity_context c = {
		.now_ms = INT64_C(1772618400000), .language = STR("en")};
	arena_init(a, 0);
	tokens_read(a, str_of(text), &t);
	entities_read(f, a, &t, &c, found);
}

static const struct said codes[] = {
	{"order #12345", "order_number", "12345", "12345"},
	{"pedido n.º 4512-AB", "order_number", "4512-AB", "4512-AB"},
	{"order ORD-2024-00123", "order_number", "ORD-2024-00123", "ORD-2024-00123"},
	{"what of ord-2024-00123", "order_number", "ord-2024-00123", "ORD-2024-00123"},
	{"mi número de pedido es 4512", "order_number", "4512", "4512"},
	{"el pedido 45123 no ha llegado", "order_number", "45123", "45123"},
	{"Referencia de pedido w123456", "order_number", "w123456", "W123456"},
	{"4512 is my order number", "order_number", "4512", "4512"},
	{"4512 es mi número de pedido", "order_number", "4512", "4512"},
	{"order number 112-3456789-0123456, please", "order_number",
		"112-3456789-0123456", "112-3456789-0123456"},
	{"order:A1B2C3D4", "order_number", "A1B2C3D4", "A1B2C3D4"},
	{"where's my order? it's #4471", "order_number", "4471", "4471"},
	{"n.º 45123", "order_number", "45123", "45123"},
	{"my tracking number is 1Z999AA10123456784", "tracking_number",
		"1Z999AA10123456784", "1Z999AA10123456784"},
	{"1z 999 aa1 01 2345 6784 says delivered", "tracking_number",
		"1z 999 aa1 01 2345 6784", "1Z999AA10123456784"},
	{"RR 473 124 829 GB is lost", "tracking_number", "RR 473 124 829 GB",
		"RR473124829GB"},
	{"9400 0000 0000 0000 0000 09", "tracking_number", "9400 0000 0000 0000 0000 09",
		"9400000000000000000009"},
	{"my FedEx box 1000 0000 0003 is stuck", "tracking_number", "1000 0000 0003",
		"100000000003"},
	{"la guía 987654321 de servientrega", "tracking_number", "987654321",
		"987654321"},
	{"Correos dice que AB12CD0400000010128001D está en reparto", "tracking_number",
		"AB12CD0400000010128001D", "AB12CD0400000010128001D"},
	{"order tracking code ABC123456", "tracking_number", "ABC123456", "ABC123456"},
	/* What only looks like one. */
	{"order 2 pizzas", "order_number", NULL, NULL},
	{"in order 2 get it", "order_number", NULL, NULL},
	{"I want to order 50000", "order_number", NULL, NULL},
	{"order 5000 units", "order_number", NULL, NULL},
	{"order 2019", "order_number", NULL, NULL},
	{"order 500ml bottles", "order_number", NULL, NULL},
	{"order PS5", "order_number", NULL, NULL},
	{"order on 12/05/2024 at 10:30", "order_number", NULL, NULL},
	{"order 2024-05-12", "order_number", NULL, NULL},
	{"order $123.45", "order_number", NULL, NULL},
	{"order 1,500 of them", "order_number", NULL, NULL},
	{"order 555-123-4567", "order_number", NULL, NULL},
	{"order with 4111 1111 1111 1111", "order_number", NULL, NULL},
	{"my phone number for the order is 600 123 456", "order_number", NULL, NULL},
	{"ticket #12345", "order_number", NULL, NULL},
	{"calle Mayor n.º 1234", "order_number", NULL, NULL},
	{"call 5551234567 about the parcel", "tracking_number", NULL, NULL},
	{"tracking 20 packages", "tracking_number", NULL, NULL},
	{"it weighs 100000000003 grams", "tracking_number", NULL, NULL},
	{"see https://example.com/order/12345", "order_number", NULL, NULL},
	/* Those stay what they are. */
	{"my phone number for the order is 600 123 456", "phone", "600 123 456",
		"600123456"},
	{"order with 4111 1111 1111 1111", "card", "4111 1111 1111 1111",
		"4111111111111111"},
	{"order 2 pizzas", "number", "2", "2"},
};

static void
test_codes(void **state)
{
	struct entity_finder *f = *state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct arena a;
		struct entities got;
		read_text(&a, f, codes[i].text, &got);
		const struct entity *e = entities_get(&got, str_of(codes[i].kind));
		bool same = e && codes[i].written &&
			str_eq(e->text, str_of(codes[i].written)) &&
			str_eq(e->value, str_of(codes[i].value));
		if (codes[i].written ? !same : e != NULL)
			fail_msg("%s: %.*s = %.*s", codes[i].text,
				STR_ARG(e ? e->text : STR("nothing")),
				STR_ARG(e ? e->value : STR("nothing")));
		arena_fini(&a);
	}
}

static void
test_lists(void **state)
{
	struct arena a;
	struct entities got;
	read_text(&a, *state, "orders 12345, 12346 and 12347 cost 12348 dollars", &got);
	size_t orders = 0;
	for (size_t i = 0; i < got.n; i++)
		orders += str_eq(got.p[i].kind, STR("order_number"));
	assert_int_equal(orders, 3);
	arena_fini(&a);
}

static double
confidence_of(struct entity_finder *f, const char *text)
{
	struct arena a;
	struct entities got;
	read_text(&a, f, text, &got);
	double sure = 0;
	for (size_t i = 0; i < got.n; i++)
		if (!str_eq(got.p[i].kind, STR("number")))
			sure = got.p[i].confidence;
	arena_fini(&a);
	return sure;
}

/* A check digit says more than a word, a word with "number" more than without, a bare sign
 * least. */
static void
test_confidence(void **state)
{
	const char *const rows[] = {"1Z999AA10123456784", "order number 45123",
		"order A-45123", "order 45123", "#45123"};
	for (size_t i = 1; i < sizeof(rows) / sizeof(*rows); i++)
		assert_true(confidence_of(*state, rows[i - 1]) >
			confidence_of(*state, rows[i]));
	assert_true(confidence_of(*state, "#45123") > .5);
}

/* A pack's own pattern says what its codes are called. */
static void
test_pack_first(void **state)
{
	(void)state;
	struct entity_pattern own[] = {{.kind = STR("booking"),
		.match = STR("\\border (\\d{5})\\b"),
		.prefix = STR("B-")}};
	struct entity_source s = {.patterns = {own, 1}};
	struct entity_finder *f = NULL;
	struct error e;
	if (entity_finder_new(&s, &f, &e))
		fail_msg("%s", e.text);
	struct arena a;
	struct entities got;
	read_text(&a, f, "order 12345 or order 1234567", &got);
	assert_int_equal(got.n, 2);
	assert_true(str_eq(got.p[0].kind, STR("booking")));
	assert_true(str_eq(got.p[0].value, STR("B-12345")));
	assert_true(str_eq(got.p[1].kind, STR("order_number")));
	arena_fini(&a);
	entity_finder_free(&f);
}

static int
setup(void **state)
{
	struct entity_finder *f = NULL;
	struct error e;
	if (entity_finder_new(NULL, &f, &e))
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct entity_finder *f = *state;
	entity_finder_free(&f);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_confidence, setup, teardown),
		cmocka_unit_test(test_pack_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
