#include "text/folds.h"

struct labelled {
	struct str label;
	size_t row;
};

static int
labelled_order(const void *a, const void *b)
{
	const struct labelled *x = a, *y = b;
	int order = str_cmp(x->label, y->label);
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

enum err
folds_deal(struct arena *a, const struct train_row *rows, size_t count, size_t folds,
	const uint32_t **fold_of, struct error *e)
{
	if (folds < 2)
		return err_set(
			e, ERR_INVALID, "%zu folds, at least two are needed", folds);
	if (count < folds)
		return err_set(e, ERR_INVALID, "%zu examples are too few for %zu folds",
			count, folds);
	struct labelled *by_label = ARENA_ARRAY(a, struct labelled, count);
	uint32_t *fold = ARENA_ARRAY(a, uint32_t, count);
	for (size_t i = 0; i < count; i++)
		by_label[i] = (struct labelled){rows[i].label, i};
	qsort(by_label, count, sizeof(*by_label), labelled_order);
	for (size_t i = 0; i < count; i++)
		fold[by_label[i].row] = (uint32_t)(i % folds);
	*fold_of = fold;
	return OK;
}

size_t
folds_take(const struct train_row *rows, const uint32_t *fold_of, size_t count,
	uint32_t fold, bool own, struct train_row *out)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if ((fold_of[i] == fold) == own)
			out[n++] = rows[i];
	return n;
}
