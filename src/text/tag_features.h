/*
 * What the tagger (text/tagger.h) sees of one word of a message: the word, its
 * neighbours up to two places away, pairs of them, its first and last letters, and the
 * shapes of it and its neighbours ("Xx-00").
 *
 * Words are those of the normal form with every digit as 0, so that "12" and "47" are one
 * word. A feature's key is 32 bits of a hash of its place and content. Training and
 * reading share this file, so that they cannot differ.
 */
#ifndef TEXT_TAG_FEATURES_H
#define TEXT_TAG_FEATURES_H

#include "text/tokens.h"

#define TAG_FEATURES 22
/* The first features are of the word itself: what an unknown word does not have. */
#define TAG_FEATURES_OWN 8

struct tag_word {
	uint64_t word, shape;
	uint64_t first[3], last[3]; /* 2, 3 and 4 letters; 0 when it has fewer */
};

/* Of the first `n` tokens; with two more before and behind, which stand for the ends. */
struct tag_word *tag_words(struct arena *a, const struct tokens *t, size_t n);
/* Of token i; `words` is what tag_words() gave. */
void tag_features(const struct tag_word *words, size_t i, uint32_t keys[TAG_FEATURES]);

#endif
