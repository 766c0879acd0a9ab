#include "text/tag_chain.h"

#include "text/exact.h"

/* ---- the likeliest labels ---- */

struct best {
	float score;
	uint16_t label;
};

/* For each part the best label of the word before. */
static void
best_parts(const struct tag_chain *c, const float *score, struct best out[TAG_PARTS])
{
	out[TAG_OUTSIDE] = (struct best){score[0], 0};
	out[TAG_BEGIN] = out[TAG_INSIDE] = (struct best){-1e30f, 0};
	for (size_t y = 1; y < 1 + 2 * c->types; y++) {
		struct best *b = &out[tag_part(y)];
		if (score[y] > b->score)
			*b = (struct best){score[y], (uint16_t)y};
	}
}

static struct best
best_before(
	const struct tag_chain *c, const struct best parts[TAG_PARTS], enum tag_part part)
{
	struct best best = {-1e30f, 0};
	for (enum tag_part p = TAG_OUTSIDE; p < TAG_PARTS; p++) {
		float s = parts[p].score + c->step[p][part];
		if (s > best.score)
			best = (struct best){s, parts[p].label};
	}
	return best;
}

static void
best_word(const struct tag_chain *c, const float *score, const float *before, float *now,
	uint16_t *from)
{
	struct best parts[TAG_PARTS];
	best_parts(c, before, parts);
	struct best outside = best_before(c, parts, TAG_OUTSIDE);
	struct best begin = best_before(c, parts, TAG_BEGIN);
	now[0] = outside.score + score[0];
	from[0] = outside.label;
	for (size_t k = 0; k < c->types; k++) {
		size_t b = 1 + 2 * k, i = b + 1;
		float after_begin = before[b] + c->step[TAG_BEGIN][TAG_INSIDE];
		float after_inside = before[i] + c->step[TAG_INSIDE][TAG_INSIDE];
		now[b] = begin.score + score[b];
		from[b] = begin.label;
		now[i] = (after_begin >= after_inside ? after_begin : after_inside) +
			score[i];
		from[i] = (uint16_t)(after_begin >= after_inside ? b : i);
	}
}

void
tag_chain_best(const struct tag_chain *c, struct arena *a, uint16_t *labels)
{
	float *rows[2] = {
		ARENA_ARRAY(a, float, c->lanes), ARENA_ARRAY(a, float, c->lanes)};
	uint16_t *from = ARENA_ARRAY(a, uint16_t, c->words * c->lanes);
	/* Before the first word stands one that is outside. */
	for (size_t y = 1; y < c->lanes; y++)
		rows[1][y] = -1e30f;
	for (size_t i = 0; i < c->words; i++)
		best_word(c, c->score + i * c->lanes, rows[(i + 1) % 2], rows[i % 2],
			from + i * c->lanes);
	const float *last = rows[(c->words + 1) % 2];
	size_t label = 0;
	for (size_t y = 1; y < 1 + 2 * c->types; y++)
		if (last[y] > last[label])
			label = y;
	for (size_t i = c->words; i-- > 0;) {
		labels[i] = (uint16_t)label;
		label = from[i * c->lanes + label];
	}
}

/* ---- probabilities ---- */

/* Weights are relative to the largest of a word: the others are at most 1. */
static void
sum_weights(struct tag_chain *c)
{
	size_t labels = 1 + 2 * c->types;
	for (size_t i = 0; i < c->words; i++) {
		const float *s = c->score + i * c->lanes;
		double most = (double)s[0];
		for (size_t y = 1; y < labels; y++)
			most = (double)s[y] > most ? (double)s[y] : most;
		for (size_t y = 0; y < labels; y++) {
			double x = (double)s[y] - most;
			c->weight[i * c->lanes + y] = x < -40 ? 0 : exact_exp(x);
		}
	}
	for (int p = 0; p < TAG_PARTS; p++)
		for (int q = 0; q < TAG_PARTS; q++)
			c->factor[p][q] = p == TAG_OUTSIDE && q == TAG_INSIDE
				? 0
				: exact_exp((double)c->step[p][q]);
}

static void
part_sums(const struct tag_chain *c, const double *row, double sum[TAG_PARTS])
{
	sum[TAG_OUTSIDE] = row[0];
	sum[TAG_BEGIN] = sum[TAG_INSIDE] = 0;
	for (size_t k = 0; k < c->types; k++) {
		sum[TAG_BEGIN] += row[1 + 2 * k];
		sum[TAG_INSIDE] += row[2 + 2 * k];
	}
}

static void
sum_forward(struct tag_chain *c)
{
	double before[TAG_PARTS] = {1, 0, 0};
	for (size_t i = 0; i < c->words; i++) {
		const double *w = c->weight + i * c->lanes;
		const double *last = i ? c->alpha + (i - 1) * c->lanes : NULL;
		double *now = c->alpha + i * c->lanes, enter[TAG_PARTS] = {0}, all;
		for (int p = 0; p < TAG_PARTS; p++) {
			enter[TAG_OUTSIDE] += before[p] * c->factor[p][TAG_OUTSIDE];
			enter[TAG_BEGIN] += before[p] * c->factor[p][TAG_BEGIN];
		}
		all = now[0] = w[0] * enter[TAG_OUTSIDE];
		for (size_t k = 0; k < c->types; k++) {
			size_t b = 1 + 2 * k;
			now[b] = w[b] * enter[TAG_BEGIN];
			now[b + 1] = !last ? 0
					   : w[b + 1] *
					(last[b] * c->factor[TAG_BEGIN][TAG_INSIDE] +
						last[b + 1] *
							c->factor[TAG_INSIDE]
								 [TAG_INSIDE]);
			all += now[b] + now[b + 1];
		}
		c->scale[i] = all > 0 ? all : 1;
		for (size_t y = 0; y < 1 + 2 * c->types; y++)
			now[y] /= c->scale[i];
		part_sums(c, now, before);
	}
}

/* What follows word i when its label is y: the sum over the next word's labels. */
static void
sum_after(const struct tag_chain *c, size_t i, double *out)
{
	if (i + 1 == c->words) {
		for (size_t y = 0; y < 1 + 2 * c->types; y++)
			out[y] = 1;
		return;
	}
	const double *w = c->weight + (i + 1) * c->lanes;
	const double *next = c->beta + (i + 1) * c->lanes;
	double scale = c->scale[i + 1], leave[TAG_PARTS], begin = 0;
	for (size_t k = 0; k < c->types; k++)
		begin += w[1 + 2 * k] * next[1 + 2 * k];
	for (int p = 0; p < TAG_PARTS; p++)
		leave[p] = w[0] * next[0] * c->factor[p][TAG_OUTSIDE] +
			begin * c->factor[p][TAG_BEGIN];
	out[0] = leave[TAG_OUTSIDE] / scale;
	for (size_t k = 0; k < c->types; k++) {
		size_t b = 1 + 2 * k;
		double goes_on = w[b + 1] * next[b + 1];
		out[b] = (leave[TAG_BEGIN] + goes_on * c->factor[TAG_BEGIN][TAG_INSIDE]) /
			scale;
		out[b + 1] = (leave[TAG_INSIDE] +
				     goes_on * c->factor[TAG_INSIDE][TAG_INSIDE]) /
			scale;
	}
}

void
tag_chain_sum(struct tag_chain *c, struct arena *a)
{
	c->alpha = ARENA_ARRAY(a, double, c->words * c->lanes);
	c->beta = ARENA_ARRAY(a, double, c->words * c->lanes);
	c->weight = ARENA_ARRAY(a, double, c->words * c->lanes);
	c->scale = ARENA_ARRAY(a, double, c->words);
	sum_weights(c);
	sum_forward(c);
	for (size_t i = c->words; i-- > 0;)
		sum_after(c, i, c->beta + i * c->lanes);
}

double
tag_chain_label(const struct tag_chain *c, size_t at, size_t label)
{
	return c->alpha[at * c->lanes + label] * c->beta[at * c->lanes + label];
}

double
tag_chain_span(const struct tag_chain *c, size_t type, size_t first, size_t last)
{
	size_t b = 1 + 2 * type, i = b + 1, label = b;
	double p = c->alpha[first * c->lanes + b];
	for (size_t at = first + 1; at <= last; at++) {
		p *= c->factor[tag_part(label)][TAG_INSIDE] *
			c->weight[at * c->lanes + i] / c->scale[at];
		label = i;
	}
	if (last + 1 == c->words)
		return p;
	/* All that follows but its going on. */
	double after = c->beta[last * c->lanes + label];
	double goes_on = c->factor[tag_part(label)][TAG_INSIDE] *
		c->weight[(last + 1) * c->lanes + i] *
		c->beta[(last + 1) * c->lanes + i] / c->scale[last + 1];
	return p * (after > goes_on ? after - goes_on : 0);
}

void
tag_chain_steps(const struct tag_chain *c, double count[TAG_PARTS][TAG_PARTS])
{
	double before[TAG_PARTS] = {1, 0, 0};
	for (size_t i = 0; i < c->words; i++) {
		const double *w = c->weight + i * c->lanes;
		const double *beta = c->beta + i * c->lanes;
		const double *last = i ? c->alpha + (i - 1) * c->lanes : NULL;
		double begin = 0;
		for (size_t k = 0; k < c->types; k++) {
			size_t b = 1 + 2 * k;
			double inside = w[b + 1] * beta[b + 1] / c->scale[i];
			begin += w[b] * beta[b];
			if (!last)
				continue;
			count[TAG_BEGIN][TAG_INSIDE] +=
				last[b] * c->factor[TAG_BEGIN][TAG_INSIDE] * inside;
			count[TAG_INSIDE][TAG_INSIDE] +=
				last[b + 1] * c->factor[TAG_INSIDE][TAG_INSIDE] * inside;
		}
		for (int p = 0; p < TAG_PARTS; p++) {
			count[p][TAG_OUTSIDE] += before[p] * c->factor[p][TAG_OUTSIDE] *
				w[0] * beta[0] / c->scale[i];
			count[p][TAG_BEGIN] +=
				before[p] * c->factor[p][TAG_BEGIN] * begin / c->scale[i];
		}
		part_sums(c, c->alpha + i * c->lanes, before);
	}
}
