#include "text/svm.h"

#include "base/arena.h"

#include <math.h>

void
svm_init(struct svm *s, const struct train_data *d)
{
	*s = (struct svm){.d = d};
	s->rows = mem_alloc(d->rows * sizeof(*s->rows));
	s->active = mem_alloc(d->rows * sizeof(*s->active));
	s->alpha = mem_alloc(d->rows * sizeof(*s->alpha));
	s->square = mem_alloc(d->rows * sizeof(*s->square));
	for (size_t i = 0; i < d->rows; i++) {
		s->square[i] = 1;
		for (size_t k = d->from[i]; k < d->from[i + 1]; k++)
			s->square[i] +=
				(double)d->item[k].value * (double)d->item[k].value;
	}
}

void
svm_fini(struct svm *s)
{
	free(s->rows);
	free(s->active);
	free(s->alpha);
	free(s->square);
}

void
svm_rows(struct svm *s, const uint8_t *held, uint8_t fold)
{
	s->count = 0;
	for (size_t i = 0; i < s->d->rows; i++)
		if (!held || held[i] != fold)
			s->rows[s->count++] = (uint32_t)i;
}

void
svm_thin(struct svm *s, size_t step)
{
	size_t n = 0;
	size_t *seen = mem_zalloc(s->d->class_count * sizeof(*seen));
	for (size_t i = 0; i < s->count; i++)
		if (seen[s->d->label[s->rows[i]]]++ % step == 0)
			s->rows[n++] = s->rows[i];
	s->count = n;
	free(seen);
}

/* Nearly all the time of training passes here. Of one sum each addition would wait for
 * the one before; four run side by side. */
double
svm_margin(const struct train_data *d, size_t row, const double *w)
{
	const struct train_item *item = d->item + d->from[row];
	size_t n = d->from[row + 1] - d->from[row], k = 0;
	double sum[4] = {w[d->features]};
	for (; k + 4 <= n; k += 4)
		for (size_t i = 0; i < 4; i++)
			sum[i] += (double)item[k + i].value * w[item[k + i].row];
	for (; k < n; k++)
		sum[0] += (double)item[k].value * w[item[k].row];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The rows of a large set fit in no near cache and are visited in a shuffled order: what
 * is needed next is asked for now. */
static void
svm_expect(const struct train_data *d, uint32_t row)
{
	const char *p = (const char *)(d->item + d->from[row]);
	const char *end = (const char *)(d->item + d->from[row + 1]);
	for (; p < end; p += 64)
		__builtin_prefetch(p);
}

static void
svm_move(const struct train_data *d, size_t row, double step, double *w)
{
	for (size_t k = d->from[row]; k < d->from[row + 1]; k++)
		w[d->item[k].row] += step * (double)d->item[k].value;
	w[d->features] += step;
}

/* The extent of the projected gradient over one pass: convergence and shrinking. */
struct extent {
	double most, least;
};

/* Updates one row; false when it may leave the active set. */
static bool
svm_update(struct svm *s, uint32_t row, double y, double diagonal, double limit,
	struct extent *seen, double *w)
{
	double *alpha = &s->alpha[row];
	double g = y * svm_margin(s->d, row, w) - 1 + diagonal * *alpha;
	double projected = g;
	if (*alpha == 0) {
		if (g > limit)
			return false;
		projected = fmin(g, 0);
	}
	seen->most = fmax(seen->most, projected);
	seen->least = fmin(seen->least, projected);
	if (fabs(projected) > 1e-12) {
		double old = *alpha;
		*alpha = fmax(old - g / (s->square[row] + diagonal), 0);
		svm_move(s->d, row, (*alpha - old) * y, w);
	}
	return true;
}

void
svm_solve(struct svm *s, uint32_t class, double cost, uint64_t seed, double *w)
{
	const struct train_data *d = s->d;
	double diagonal = .5 / cost, limit = INFINITY;
	uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + class + 1;
	size_t active = s->count;
	memset(w, 0, (d->features + 1) * sizeof(*w));
	memset(s->alpha, 0, d->rows * sizeof(*s->alpha));
	memcpy(s->active, s->rows, s->count * sizeof(*s->active));
	for (int pass = 0; pass < SVM_PASSES; pass++) {
		struct extent seen = {-INFINITY, INFINITY};
		train_shuffle(s->active, active, &random);
		for (size_t i = 0; i < active;) {
			uint32_t row = s->active[i];
			if (i + 1 < active)
				svm_expect(d, s->active[i + 1]);
			double y = d->label[row] == class ? 1 : -1;
			if (svm_update(s, row, y, diagonal, limit, &seen, w)) {
				i++;
				continue;
			}
			s->active[i] = s->active[--active];
			s->active[active] = row;
		}
		if (seen.most - seen.least <= SVM_EPSILON) {
			if (active == s->count)
				return;
			active = s->count; /* one more look at those that had left */
			limit = INFINITY;
			continue;
		}
		limit = seen.most <= 0 ? INFINITY : seen.most;
	}
}
