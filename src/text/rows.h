/*
 * Sums of rows of weights, the work of every linear model here: of all features that a
 * text has, the row's weights of 8 bits times a factor of 16 bits.
 *
 * Sums are integers, so their order does not matter and every processor gives the same.
 */
#ifndef TEXT_ROWS_H
#define TEXT_ROWS_H

#include "base/str.h"

#define ROW_LANES 16 /* rows are padded to a multiple of this */

struct row_factor {
	uint32_t row;
	int16_t factor;
};

/* sum[k] = the sum over f[i] of f[i].factor * rows[f[i].row * lanes + k], for each of
 * `lanes` places. The caller knows that it fits 32 bits. */
void rows_sum(const int8_t *rows, size_t lanes, const struct row_factor *f, size_t n,
	int32_t *restrict sum);

#endif
