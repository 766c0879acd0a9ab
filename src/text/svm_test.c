#include "text/svm.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Rows whose classes take turns, each row of two features. */
#define ROWS 24
#define CLASSES 3

struct fixture {
	uint32_t label[ROWS];
	size_t from[ROWS + 1];
	struct train_item item[ROWS * 2];
	struct train_data d;
	struct svm svm;
};

static int
setup(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));
	for (uint32_t i = 0; i < ROWS; i++) {
		f->label[i] = i % CLASSES;
		f->item[i * 2] = (struct train_item){f->label[i], .8f};
		f->item[i * 2 + 1] = (struct train_item){CLASSES, .6f};
		f->from[i + 1] = (i + 1) * 2;
	}
	f->d = (struct train_data){.rows = ROWS,
		.label = f->label,
		.class_count = CLASSES,
		.from = f->from,
		.item = f->item,
		.features = CLASSES + 1};
	svm_init(&f->svm, &f->d);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	svm_fini(&f->svm);
	free(f);
	return 0;
}

static void
test_held_rows_are_left_out(void **state)
{
	struct fixture *f = *state;
	uint8_t held[ROWS] = {0};
	held[3] = held[20] = 1;
	svm_rows(&f->svm, held, 1);
	assert_int_equal(f->svm.count, ROWS - 2);
	for (size_t i = 0; i < f->svm.count; i++)
		assert_int_equal(held[f->svm.rows[i]], 0);
	svm_rows(&f->svm, NULL, 0);
	assert_int_equal(f->svm.count, ROWS);
}

/* Every third row would all be of one class. */
static void
test_thinning_keeps_every_class(void **state)
{
	struct fixture *f = *state;
	size_t of[CLASSES] = {0};
	svm_rows(&f->svm, NULL, 0);
	svm_thin(&f->svm, CLASSES);
	for (size_t i = 0; i < f->svm.count; i++)
		of[f->label[f->svm.rows[i]]]++;
	for (size_t c = 0; c < CLASSES; c++)
		assert_int_equal(of[c], (ROWS / CLASSES + CLASSES - 1) / CLASSES);
	size_t before = f->svm.count;
	svm_thin(&f->svm, 1);
	assert_int_equal(f->svm.count, before);
}

static void
test_parts_the_classes(void **state)
{
	struct fixture *f = *state;
	double w[CLASSES + 2];
	svm_rows(&f->svm, NULL, 0);
	for (uint32_t c = 0; c < CLASSES; c++) {
		svm_solve(&f->svm, c, 1, 1, w);
		for (size_t i = 0; i < ROWS; i++)
			assert_int_equal(svm_margin(&f->d, i, w) > 0, f->label[i] == c);
	}
}

/* The sum's four parts and what is left over, for every length. */
static void
test_margin_adds_everything(void **state)
{
	(void)state;
	struct train_item item[11];
	double w[12], sum = w[11] = 1000;
	for (uint32_t i = 0; i < 11; i++) {
		item[i] = (struct train_item){i, (float)(i + 1)};
		w[i] = 1 << i;
	}
	for (size_t n = 0; n <= 11; n++) {
		size_t from[2] = {0, n};
		struct train_data d = {
			.rows = 1, .from = from, .item = item, .features = 11};
		assert_true(svm_margin(&d, 0, w) == sum);
		sum += n < 11 ? (double)(n + 1) * w[n] : 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_held_rows_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_thinning_keeps_every_class, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts_the_classes, setup, teardown),
		cmocka_unit_test(test_margin_adds_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
