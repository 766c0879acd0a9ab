/*
 * Cross-validation: which part of labelled rows is held out when.
 *
 * Rows of one label are dealt out one after the other, in the order of the file, and the
 * next label goes on where the last one ended: every label is spread as evenly as its
 * rows allow and folds differ by one row at most. A label with fewer rows than folds is
 * missing in some folds, and what is held out of it may be all there was to learn from.
 */
#ifndef TEXT_FOLDS_H
#define TEXT_FOLDS_H

#include "text/train.h"

#include "base/arena.h"

/* The fold of each row, 0 … folds - 1. ERR_INVALID: fewer rows than folds, or fewer than
 * two folds. */
enum err folds_deal(struct arena *a, const struct train_row *rows, size_t count,
	size_t folds, const uint32_t **fold_of, struct error *e);
/* Copies the rows of a fold (`own`) or all others to `out`, which has room for them. */
size_t folds_take(const struct train_row *rows, const uint32_t *fold_of, size_t count,
	uint32_t fold, bool own, struct train_row *out);

#endif
