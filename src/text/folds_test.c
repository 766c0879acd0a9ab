#include "text/folds.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS 53
#define LABELS 7

static void
fill(struct train_row *rows, size_t count)
{
	static const char *const labels[LABELS] = {"a", "b", "c", "d", "e", "f", "oos"};
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct train_row){.label = str_of(labels[i * i % LABELS]),
			.text = STR("some words")};
}

static void
test_every_label_is_spread(void **state)
{
	(void)state;
	struct train_row rows[ROWS], part[ROWS];
	const uint32_t *fold_of;
	struct arena a;
	arena_init(&a, 0);
	fill(rows, ROWS);
	for (size_t folds = 2; folds <= 10; folds++) {
		assert_int_equal(folds_deal(&a, rows, ROWS, folds, &fold_of, NULL), OK);
		size_t seen = 0;
		for (uint32_t fold = 0; fold < folds; fold++) {
			size_t own = folds_take(rows, fold_of, ROWS, fold, true, part);
			assert_in_range(own, ROWS / folds, ROWS / folds + 1);
			seen += own;
			size_t first = 0, all = 0;
			for (size_t i = 0; i < own; i++)
				first += str_eq(part[i].label, rows[0].label);
			for (size_t i = 0; i < ROWS; i++)
				all += str_eq(rows[i].label, rows[0].label);
			assert_in_range(first, all / folds, all / folds + 1);
			assert_int_equal(
				folds_take(rows, fold_of, ROWS, fold, false, part),
				ROWS - own);
		}
		assert_int_equal(seen, ROWS);
	}
	arena_fini(&a);
}

static void
test_rows_of_one_label_keep_their_order(void **state)
{
	(void)state;
	const struct train_row rows[] = {{.label = STR("a")}, {.label = STR("b")},
		{.label = STR("a")}, {.label = STR("b")}};
	const uint32_t *fold_of, wanted[] = {0, 0, 1, 1};
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(folds_deal(&a, rows, 4, 2, &fold_of, NULL), OK);
	assert_memory_equal(fold_of, wanted, sizeof(wanted));
	arena_fini(&a);
}

static void
test_too_few(void **state)
{
	(void)state;
	struct train_row rows[3];
	const uint32_t *fold_of;
	struct arena a;
	struct error e;
	arena_init(&a, 0);
	fill(rows, 3);
	assert_int_equal(folds_deal(&a, rows, 3, 4, &fold_of, &e), ERR_INVALID);
	assert_string_equal(e.text, "3 examples are too few for 4 folds");
	assert_int_equal(folds_deal(&a, rows, 3, 1, &fold_of, &e), ERR_INVALID);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_label_is_spread),
		cmocka_unit_test(test_rows_of_one_label_keep_their_order),
		cmocka_unit_test(test_too_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
