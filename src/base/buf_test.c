#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
test_appending(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	assert_int_equal(buf_str(&b).n, 0);
	buf_add_str(&b, STR("a\0b"));
	buf_add_char(&b, '-');
	buf_add(&b, "xyz", 2);
	buf_printf(&b, "%03d", 7);
	buf_add_str(&b, (struct str){NULL, 0});
	assert_true(str_eq(buf_str(&b), STR("a\0b-xy007")));
	assert_int_equal(b.p[b.n], '\0');
	assert_false(buf_over(&b));
	buf_fini(&b);
	buf_fini(&b);
	assert_int_equal(b.n, 0);
	buf_add_str(&b, STR("again"));
	assert_string_equal(b.p, "again");
	buf_fini(&b);
}

static void
test_integers(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	buf_add_i64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, -90);
	assert_string_equal(b.p, "0 9223372036854775807 -9223372036854775808 -90");
	buf_fini(&b);
}

/* Every size on both sides of the maximum, by each way to append. */
static void
test_the_maximum(void **state)
{
	(void)state;
	for (size_t max = 0; max < 200; max++) {
		struct buf b;
		buf_init(&b, max);
		for (size_t i = 0; i < max; i++)
			buf_add_char(&b, 'x');
		assert_false(buf_over(&b));
		assert_int_equal(b.n, max);
		assert_true(b.cap <= max + 1);
		buf_add(&b, "", 0);
		assert_false(buf_over(&b));
		buf_add_char(&b, 'y');
		assert_true(buf_over(&b));
		assert_int_equal(b.n, max);
		buf_clear(&b);
		assert_false(buf_over(&b));
		buf_printf(&b, "%*s", (int)max + 1, "");
		assert_true(buf_over(&b));
		assert_int_equal(b.n, 0);
		assert_null(buf_reserve(&b, max + 1));
		assert_null(buf_reserve(&b, SIZE_MAX));
		buf_fini(&b);
	}
}

static void
test_over_stays_until_cleared(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4);
	buf_add_str(&b, STR("12345"));
	buf_add_str(&b, STR("1"));
	assert_true(buf_over(&b));
	buf_clear(&b);
	assert_false(buf_over(&b));
	assert_int_equal(b.n, 0);
	buf_fini(&b);
}

static void
test_reserving(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	buf_add_str(&b, STR("ab"));
	char *to = buf_reserve(&b, 98);
	assert_non_null(to);
	memset(to, 'c', 98);
	b.n += 98;
	assert_int_equal(buf_str(&b).n, 100);
	assert_null(buf_reserve(&b, 1));
	buf_fini(&b);
}

static void
test_consuming_and_shrinking(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10000);
	buf_consume(&b, 0);
	buf_add_str(&b, STR("hello world"));
	buf_consume(&b, 6);
	assert_string_equal(b.p, "world");
	buf_consume(&b, 5);
	assert_int_equal(b.n, 0);
	for (int i = 0; i < 5000; i++)
		buf_add_char(&b, 'x');
	buf_shrink(&b, 8192);
	assert_true(b.cap >= 5000);
	buf_shrink(&b, 100);
	assert_int_equal(b.cap, 0);
	buf_add_str(&b, STR("x"));
	assert_string_equal(b.p, "x");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appending),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_the_maximum),
		cmocka_unit_test(test_over_stays_until_cleared),
		cmocka_unit_test(test_reserving),
		cmocka_unit_test(test_consuming_and_shrinking),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
