/*
 * A trained classifier: a linear model over hashed features (text/features.h),
 * calibrated, that knows what it does not know.
 *
 * The file is mapped and checked once by model_open(), never parsed or copied; a damaged
 * file is an error. A model is immutable and may be used by any number of threads. Sums
 * are of integers, so a prediction is the same on every processor.
 *
 * Probabilities are softmax(margin / temperature). Out of scope: score = entropy + 3
 * p(oos) over the threshold that keeps the wanted share of held-out rows. (Recipe and
 * figures: docs/perception.md.)
 */
#ifndef TEXT_MODEL_H
#define TEXT_MODEL_H

#include "base/arena.h"
#include "base/err.h"

struct model;
struct tagger;

enum err model_open(const char *path, struct model **out, struct error *e);
/* The same over bytes that live longer than the model and start at a multiple of 8. */
enum err model_open_bytes(struct str bytes, struct model **out, struct error *e);
void model_close(struct model **m);

size_t model_classes(const struct model *m);
struct str model_class(const struct model *m, size_t i);
/* The class that means out of scope, or -1. */
int model_oos(const struct model *m);
/* Of the data it was trained from. */
uint64_t model_source_hash(const struct model *m);
size_t model_bytes(const struct model *m);
/* What it learnt of entities; NULL when its examples had none. */
const struct tagger *model_tagger(const struct model *m);

struct prediction {
	float *p;     /* probability of each class */
	size_t best;  /* the likeliest class that is not out of scope */
	double score; /* of being out of scope */
	bool out_of_scope;
};

void model_predict(
	const struct model *m, struct arena *a, struct str text, struct prediction *out);

#endif
