#include "text/calibrate.h"

#include "base/arena.h"
#include "text/exact.h"

#include <math.h>

#define OOS_WEIGHT 3
#define SEARCH_STEPS 24
#define TEMPERATURE_MIN .01
#define TEMPERATURE_MAX 4

void
calibrate_softmax(const float *margin, size_t classes, double temperature, float *p)
{
	double most = -INFINITY, sum = 0;
	for (size_t c = 0; c < classes; c++)
		most = fmax(most, (double)margin[c]);
	for (size_t c = 0; c < classes; c++) {
		double x = ((double)margin[c] - most) / temperature;
		/* What is below e^-30 changes no sum that is kept in a float. */
		p[c] = x < -30 ? 0 : (float)exact_exp(x);
		sum += (double)p[c];
	}
	for (size_t c = 0; c < classes; c++)
		p[c] = (float)((double)p[c] / sum);
}

/* Mean negative log likelihood under a temperature. */
static double
likelihood_loss(const struct held_out *h, float *p, double temperature)
{
	double loss = 0;
	for (size_t i = 0; i < h->rows; i++) {
		calibrate_softmax(h->margin + i * h->classes, h->classes, temperature, p);
		loss -= exact_log(fmax((double)p[h->label[i]], 1e-9));
	}
	return loss / (double)h->rows;
}

double
calibrate_loss(const struct held_out *h, double temperature)
{
	if (!h->rows)
		return 0;
	float *p = mem_alloc(h->classes * sizeof(*p));
	double loss = likelihood_loss(h, p, temperature);
	free(p);
	return loss;
}

double
calibrate_temperature(const struct held_out *h)
{
	if (!h->rows)
		return .17;
	float *p = mem_alloc(h->classes * sizeof(*p));
	const double ratio = .61803398874989485;
	double low = exact_log(TEMPERATURE_MIN), high = exact_log(TEMPERATURE_MAX);
	double a = high - ratio * (high - low), b = low + ratio * (high - low);
	double at_a = likelihood_loss(h, p, exact_exp(a)),
	       at_b = likelihood_loss(h, p, exact_exp(b));
	for (int i = 0; i < SEARCH_STEPS; i++) {
		if (at_a < at_b) {
			high = b;
			b = a;
			at_b = at_a;
			a = high - ratio * (high - low);
			at_a = likelihood_loss(h, p, exact_exp(a));
		} else {
			low = a;
			a = b;
			at_a = at_b;
			b = low + ratio * (high - low);
			at_b = likelihood_loss(h, p, exact_exp(b));
		}
	}
	free(p);
	return exact_exp((low + high) / 2);
}

double
calibrate_score(const float *p, size_t classes, int oos)
{
	double entropy = 0;
	for (size_t c = 0; c < classes; c++)
		if (p[c] > 0)
			entropy -= (double)p[c] * exact_log((double)p[c]);
	return entropy + (oos >= 0 ? OOS_WEIGHT * (double)p[oos] : 0);
}

static int
double_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static size_t
likeliest_in_scope(const float *p, size_t classes, int oos)
{
	size_t best = oos == 0;
	for (size_t c = best + 1; c < classes; c++)
		if ((int)c != oos && p[c] > p[best])
			best = c;
	return best;
}

/* The score that `keep` of the rows whose likeliest intent is right do not exceed. */
static double
kept_score(const struct held_out *h, const float *p, double keep, double none,
	double (*score_of)(const float *row, size_t classes, int oos))
{
	double *score = mem_alloc((h->rows + 1) * sizeof(*score));
	size_t n = 0;
	for (size_t i = 0; i < h->rows; i++) {
		const float *row = p + i * h->classes;
		if (h->label[i] == likeliest_in_scope(row, h->classes, h->oos))
			score[n++] = score_of(row, h->classes, h->oos);
	}
	qsort(score, n, sizeof(*score), double_order);
	size_t at = (size_t)((double)n * keep);
	double kept = n ? score[at < n ? at : n - 1] : none;
	free(score);
	return kept;
}

double
calibrate_threshold(const struct held_out *h, const float *p, double keep)
{
	return kept_score(h, p, keep, exact_log((double)h->classes) / 2, calibrate_score);
}

static double
oos_lead(const float *p, size_t classes, int oos)
{
	double best = (double)p[likeliest_in_scope(p, classes, oos)];
	return best > 0 ? (double)p[oos] / best : 1;
}

double
calibrate_oos_lead(const struct held_out *h, const float *p, double keep)
{
	return h->oos < 0 ? 1 : fmax(1, kept_score(h, p, keep, 1, oos_lead));
}
