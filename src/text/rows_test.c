/* Sums of rows are what adding one weight after the other gives. */
#include "text/rows.h"

#include "base/chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the first three above */
#include <cmocka.h>

#define ROWS 50
#define LANES ((size_t)ROW_LANES * 3)
#define FACTORS_MAX 300

static void
sums_are_exact(void **state)
{
	(void)state;
	struct chance c = {20261121};
	int8_t rows[ROWS * LANES];
	struct row_factor f[FACTORS_MAX];
	int32_t sum[LANES];
	for (size_t i = 0; i < sizeof(rows); i++)
		rows[i] = (int8_t)((int)chance_below(&c, 256) - 128);
	/* None, one, odd and even numbers of them. */
	for (size_t n = 0; n <= FACTORS_MAX; n = n < 9 ? n + 1 : n * 2 + n % 2) {
		for (size_t i = 0; i < n; i++)
			f[i] = (struct row_factor){(uint32_t)chance_below(&c, ROWS),
				(int16_t)((int)chance_below(&c, 65536) - 32768)};
		rows_sum(rows, LANES, f, n, sum);
		for (size_t k = 0; k < LANES; k++) {
			int64_t plain = 0;
			for (size_t i = 0; i < n; i++)
				plain +=
					(int64_t)f[i].factor * rows[f[i].row * LANES + k];
			assert_int_equal(sum[k], plain);
		}
	}
}

/* The largest products of both signs. */
static void
ends_of_the_range(void **state)
{
	(void)state;
	int8_t rows[2 * ROW_LANES];
	struct row_factor f[] = {{0, INT16_MIN}, {0, INT16_MIN}, {1, INT16_MAX}};
	int32_t sum[ROW_LANES];
	memset(rows, INT8_MIN, ROW_LANES);
	memset(rows + ROW_LANES, INT8_MAX, ROW_LANES);
	rows_sum(rows, ROW_LANES, f, 3, sum);
	for (size_t k = 0; k < ROW_LANES; k++)
		assert_int_equal(sum[k], 2 * INT16_MIN * INT8_MIN + INT16_MAX * INT8_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(ends_of_the_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
