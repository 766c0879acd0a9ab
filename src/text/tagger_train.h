/*
 * Training a tagger (text/tagger.h) from annotated examples.
 *
 * Examples without annotations teach where there is nothing; of those at most
 * TAG_PLAIN_SHARE for each with annotations are used. Stochastic gradient descent with
 * steps by Adagrad; features are left out at random, those of the word itself more often,
 * so that surroundings are learnt too. Deterministic.
 */
#ifndef TEXT_TAGGER_TRAIN_H
#define TEXT_TAGGER_TRAIN_H

#include "text/train.h"

#define TAG_PLAIN_SHARE 8

/* Appends the tagger's bytes to `out`, whose end is at a multiple of 8; nothing when no
 * row has a mention. ERR_LIMIT: over TAG_TYPES_MAX kinds and roles or TAG_FEATURES_MAX
 * features. */
enum err tagger_train(const struct train_row *rows, size_t count, uint64_t seed,
	struct buf *out, struct error *e);

#endif
