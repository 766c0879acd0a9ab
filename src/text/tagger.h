/*
 * Entities that are told by their surroundings: "a ticket to [Bonn](city:to)". What a
 * pack's annotated examples teach, beside its patterns and lists.
 *
 * A linear-chain conditional random field over hashed features (text/tag_features.h,
 * text/tag_chain.h), trained by text/tagger_train.h and kept inside the model file of the
 * intents (text/model.h). Scores are sums of integers. A type is a kind with a role; an
 * entity is given when its kind is at least as likely as not, and its role when that is.
 *
 * Entities are whole tokens: nothing is found inside the runs of letters of scripts
 * without blanks. Only the first TAG_WORDS_MAX tokens are looked at.
 */
#ifndef TEXT_TAGGER_H
#define TEXT_TAGGER_H

#include "text/tokens.h"

#include "base/err.h"

struct tagger;

struct tag {
	struct str kind, role; /* the tagger's; the role may be empty */
	size_t first, last;    /* tokens */
	double confidence;     /* of the span and kind: .5 … 1 */
};

/* The bytes live longer than the tagger and start at a multiple of 8; damaged ones are an
 * error. */
enum err tagger_open(struct str bytes, struct tagger **out, struct error *e);
void tagger_close(struct tagger **t);

/* From left to right, apart from each other. */
size_t tagger_read(const struct tagger *t, struct arena *a, const struct tokens *tokens,
	struct tag **out);

#endif
