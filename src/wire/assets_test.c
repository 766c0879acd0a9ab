/* The files that were built into this very program. */
#include "wire/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_the_widget_is_there_with_its_type(void **state)
{
	(void)state;
	const struct asset *a = asset_find(STR("/widget.js"));
	assert_non_null(a);
	assert_true(str_eq(a->type, STR("text/javascript; charset=utf-8")));
	assert_true(a->bytes.n > 10000);
	assert_true(str_find(a->bytes, STR("parley-chat")) >= 0);
}

static void
test_an_etag_is_quoted_and_differs_between_files(void **state)
{
	(void)state;
	const struct asset *a = asset_find(STR("/widget.js"));
	const struct asset *b = asset_find(STR("/demo.html"));
	assert_non_null(b);
	assert_int_equal(a->etag.n, 22);
	assert_true(a->etag.p[0] == '"' && a->etag.p[21] == '"');
	assert_false(str_eq(a->etag, b->etag));
}

static void
test_a_gzip_variant_is_one_and_smaller(void **state)
{
	(void)state;
	const struct asset *a = asset_find(STR("/widget.js"));
	assert_true(a->gzip.n > 18 && a->gzip.n < a->bytes.n);
	const unsigned char *head = (const unsigned char *)a->gzip.p;
	const unsigned char *size = head + a->gzip.n - 4;
	assert_true(head[0] == 0x1f && head[1] == 0x8b);
	size_t whole = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 |
		(size_t)size[3] << 24;
	assert_int_equal(whole, a->bytes.n);
}

static void
test_other_names_are_not_found(void **state)
{
	(void)state;
	assert_null(asset_find(STR("widget.js")));
	assert_null(asset_find(STR("/widget.jsx")));
	assert_null(asset_find(STR("/../widget.js")));
	assert_null(asset_find((struct str){NULL, 0}));
}

static void
test_the_table_is_sorted_and_ends(void **state)
{
	(void)state;
	size_t i = 0;
	for (; asset_at(i); i++) {
		if (i > 0)
			assert_true(
				str_cmp(asset_at(i - 1)->name, asset_at(i)->name) < 0);
		assert_ptr_equal(asset_find(asset_at(i)->name), asset_at(i));
	}
	assert_true(i >= 8);
	assert_null(asset_at(i + 1));
	assert_null(asset_at(SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_widget_is_there_with_its_type),
		cmocka_unit_test(test_an_etag_is_quoted_and_differs_between_files),
		cmocka_unit_test(test_a_gzip_variant_is_one_and_smaller),
		cmocka_unit_test(test_other_names_are_not_found),
		cmocka_unit_test(test_the_table_is_sorted_and_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
