/*
 * The second model: embeddings of the same features, one hidden layer of rectified units,
 * softmax with smoothed labels; Adagrad, row by row, with drop-out of features and hidden
 * units. Its probabilities are averaged with the linear model's.
 */
#ifndef TEXT_TRAIN_SECOND_H
#define TEXT_TRAIN_SECOND_H

#include "text/train_data.h"

#define SECOND_HIDDEN 128
#define SECOND_EPOCHS 20

struct second {
	const struct train_data *d;
	size_t lanes;       /* classes, padded */
	float *embed;       /* [features][SECOND_HIDDEN] */
	float *hidden_bias; /* [SECOND_HIDDEN] */
	float *output;      /* [SECOND_HIDDEN][lanes] */
	float *output_bias; /* [lanes] */
};

void second_init(struct second *s, const struct train_data *d, size_t lanes);
void second_fini(struct second *s);
/* Trains on these rows. `progress` (may be NULL) is told the share that is done; false
 * stops. */
bool second_fit(struct second *s, const uint32_t *rows, size_t count, uint64_t seed,
	bool (*progress)(void *with, double share), void *with);
/* The classes' margins for a row: logits. */
void second_margins(const struct second *s, size_t row, float *margin);

#endif
