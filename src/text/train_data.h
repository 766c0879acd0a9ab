/* Rows of a training set as sparse vectors: the shared ground of the linear and the
 * second model. */
#ifndef TEXT_TRAIN_DATA_H
#define TEXT_TRAIN_DATA_H

#include "text/train.h"
#include "text/vector.h"

struct train_item {
	uint32_t row; /* feature */
	float value;
};

struct train_data {
	struct str *classes; /* in the order of their names */
	size_t class_count;
	int oos;         /* class, or -1 */
	uint32_t *label; /* of each row */
	size_t rows;
	size_t *from; /* items of row i: item[from[i] … from[i + 1]) */
	struct train_item *item;
	uint32_t *keys; /* of each feature, ascending */
	float *idf;
	uint32_t *index;
	uint32_t index_bits;
	size_t features;
	struct vector_space space; /* over keys, idf and index */
};

enum err train_data_new(const struct train_row *rows, size_t count,
	const struct train_options *o, struct train_data **out, struct error *e);
void train_data_free(struct train_data **d);

/* xorshift64*: the order of rows and the drop-out of the second model. */
static inline uint64_t
train_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

void train_shuffle(uint32_t *p, size_t n, uint64_t *state);

#endif
