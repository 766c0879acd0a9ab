/*
 * A chain of labels over the words of a message: which sequence is likeliest, and how
 * likely each is (a linear-chain conditional random field, Lafferty et al. 2001).
 *
 * Label 0 is a word outside of all entities; for each type k, 1 + 2k begins one and 2 + 2k
 * goes on with it, which only follows a word of the same type. What a step between two
 * words costs depends only on their parts (outside, begin, inside), so that the work
 * grows with the number of labels and not with its square. Sums run in a fixed order.
 */
#ifndef TEXT_TAG_CHAIN_H
#define TEXT_TAG_CHAIN_H

#include "base/arena.h"

enum tag_part { TAG_OUTSIDE, TAG_BEGIN, TAG_INSIDE, TAG_PARTS };

struct tag_chain {
	size_t words, types;
	size_t lanes;                     /* of a row of scores; at least 1 + 2 types */
	const float *score;               /* [words][lanes] */
	float step[TAG_PARTS][TAG_PARTS]; /* outside -> inside is never taken */
	double *alpha, *beta;             /* [words][lanes]: chain_sum() fills these */
	double *weight;                   /* [words][lanes]: exp of the scores */
	double *scale;                    /* [words] */
	double factor[TAG_PARTS][TAG_PARTS]; /* exp of the steps */
};

/* The likeliest labels. */
void tag_chain_best(const struct tag_chain *c, struct arena *a, uint16_t *labels);
/* Prepares the probabilities below. */
void tag_chain_sum(struct tag_chain *c, struct arena *a);
/* Of word `at` having this label. */
double tag_chain_label(const struct tag_chain *c, size_t at, size_t label);
/* Of exactly the words [first, last] being one entity of the type. */
double tag_chain_span(const struct tag_chain *c, size_t type, size_t first, size_t last);
/* Adds how often each step is expected to be taken. */
void tag_chain_steps(const struct tag_chain *c, double count[TAG_PARTS][TAG_PARTS]);

static inline enum tag_part
tag_part(size_t label)
{
	return label == 0 ? TAG_OUTSIDE : label % 2 ? TAG_BEGIN : TAG_INSIDE;
}

#endif
