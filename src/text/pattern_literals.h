/*
 * The literals that a regular expression cannot match without.
 *
 * pattern_literals() reads PCRE2 syntax just far enough to give a set of strings of which
 * every match holds at least one, and how many digits stand in a row in every text that
 * matches. What it does not understand makes it give up, never
 * guess: an empty set without digits means "run the pattern always". Letters are given in small letters
 * when the pattern ignores case; non-ASCII letters with two cases are left out then, as their folding is
 * not bytewise. (Ignoring case, PCRE2 also takes U+212A for k and U+017F for s; a text
 * that has only those is not found.)
 */
#ifndef TEXT_PATTERN_LITERALS_H
#define TEXT_PATTERN_LITERALS_H

#include "base/arena.h"

struct literal_set {
	struct str *p;
	size_t n;
	size_t digits; /* that matching text has in a row, at least (what \d takes) */
};

void pattern_literals(
	struct arena *a, struct str source, bool case_sensitive, struct literal_set *out);

#endif
