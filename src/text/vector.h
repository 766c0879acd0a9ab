/*
 * A message as a sparse vector in the space of a model: the features that the model
 * knows, with their weights.
 *
 * value = (1 + ln tf) · sqrt(idf), each block brought to length 1 and multiplied with its
 * block weight, then all to length 1. Training and prediction share this file, so that
 * they cannot differ.
 */
#ifndef TEXT_VECTOR_H
#define TEXT_VECTOR_H

#include "text/features.h"

/* Keys in ascending order; index[k >> (32 - index_bits)] is where keys with these leading
 * bits start. */
struct vector_space {
	const uint32_t *keys;
	const uint32_t *index;
	uint32_t index_bits;
	uint32_t count;
	const float *idf; /* square root of it */
	float block_weight[BLOCKS];
	bool pairs;
};

struct vector_item {
	uint32_t row; /* place of its key */
	uint32_t tf;
	uint32_t block;
	float value;
};

struct vector {
	struct vector_item *p;
	size_t n;
};

/* Items in the order in which the text has them first. */
void vector_read(const struct vector_space *s, struct arena *a, struct str text,
	struct vector *out);
/* The bits that suit this many keys. */
uint32_t vector_index_bits(size_t keys);
/* Fills index[2^bits + 1]. */
void vector_index_fill(
	const uint32_t *keys, size_t count, uint32_t bits, uint32_t *index);

#endif
