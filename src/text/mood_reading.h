/*
 * A message while its mood is read: what was found in it and how the parts act on each
 * other. The inside of text/mood.c, shared with text/valence.c that weighs the words that
 * ship.
 */
#ifndef TEXT_MOOD_READING_H
#define TEXT_MOOD_READING_H

#include "text/lexicon_terms.h"

/* What a token does to those after it. */
enum { ROLE_INTENSIFIER = 1, ROLE_NEGATION = 2, ROLE_STOP = 4 };

/* Whose words count: those of the label (weights) or those of the valence. */
enum reading_face { FACE_LABEL, FACE_VALENCE };

struct reading {
	const struct lexicon *l;
	struct arena *a;
	const struct tokens *t; /* drawn out words shortened (text/drawn.h) */
	const bool *drawn;      /* of each token; NULL when none is */
	struct term_hit *hits;  /* by their end; smileys that are none are left out */
	size_t hit_count;
	uint8_t *role;         /* of each token */
	uint64_t *seen;        /* bit set of terms */
	size_t exclaims, asks; /* marks of the message */
	bool shouts;           /* some words are all capitals, others are not */
};

/* Does another hit that counts cover this one? A longer one does ("not bad" is one thing,
 * not "bad"); of two terms for the same words ("terrible" and "terrible*") the first
 * does. */
bool reading_covered(const struct reading *r, size_t at, enum reading_face face);
/* In scripts without blanks a negation stands right before what it turns, in the same
 * token. */
bool reading_turned_inside(
	const struct reading *r, const struct term_hit *h, enum reading_face face);

/* How pleasant the message is, -1 … 1. */
double valence_read(const struct reading *r);

#endif
