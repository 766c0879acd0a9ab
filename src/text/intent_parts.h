/*
 * How a message falls into parts: the sentences and clauses that may each hold a wish, and
 * the pieces at its ends that may be courtesies. Words and marks alone are looked at here;
 * what a part means is text/intent_evidence.h.
 */
#ifndef TEXT_INTENT_PARTS_H
#define TEXT_INTENT_PARTS_H

#include "text/tokens.h"

/* Tokens [from, to). */
struct part {
	size_t from, to;
};

/* A clause has at least a verb and what it wants. */
#define CLAUSE_TOKENS_MIN 2

/* The next sentence, or clause that opens a wish of its own, from *at on; false at the
 * end. *clause: it does not end a sentence, or does not begin one. */
bool part_next(const struct tokens *t, size_t *at, struct part *out, bool *clause);

/* The piece at the beginning or the end of a part: up to a mark or the end of a line. */
struct part part_first_piece(const struct tokens *t, struct part of);
struct part part_last_piece(const struct tokens *t, struct part of);

/* How many of its tokens are no marks? */
size_t part_words(const struct tokens *t, struct part part);

/* Is there a question mark or a word of asking? */
bool part_asks(const struct tokens *t, struct part part);

/* The text of a part that is not empty. */
struct str part_text(const struct tokens *t, struct part part);

#endif
