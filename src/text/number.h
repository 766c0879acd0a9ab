/*
 * Numbers in a message, in digits, in words and mixed: "1,250.50", "twenty-one", "3
 * hundred and 21", "2 1/2", "10k", "mil doscientos", "1.250,50".
 *
 * Digits are read by the conventions of the message's language: in Spanish a point groups
 * and a comma separates decimals, elsewhere the other way round; a mark that cannot group
 * (not three digits behind it) is a decimal mark in both.
 */
#ifndef TEXT_NUMBER_H
#define TEXT_NUMBER_H

#include "text/tokens.h"

struct number {
	size_t first, last; /* tokens */
	double value;
	bool digits; /* written in digits alone, without scale words */
	bool whole;  /* no sign, fraction or decimals */
};

/* The longest number that starts at token `at`; false when none does. A sign counts only
 * where nothing stands before it. */
bool number_read(const struct tokens *t, size_t at, bool spanish, struct number *out);
/* May a number begin at token `at`? Most words begin none. */
bool number_begins(const struct tokens *t, size_t at, bool spanish);
/* An ordinal at token `at`: "1st", "third", "twenty first", "primero". `last` is its last
 * token. */
bool number_ordinal(
	const struct tokens *t, size_t at, bool spanish, int *value, size_t *last);
/* Is token i + 1 joined to token i without a blank? */
static inline bool
token_joined(const struct tokens *t, size_t i)
{
	return i + 1 < t->n && t->p[i].end == t->p[i + 1].start;
}

/* Does token i exist and read `word`? */
static inline bool
token_is(const struct tokens *t, size_t i, const char *word)
{
	return i < t->n && str_eq(t->p[i].norm, str_of(word));
}

#endif
