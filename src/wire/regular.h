/*
 * Regular expressions as automatons: does one occur in a text, in time that is linear in
 * the text?
 *
 * regular_new() reads RE2's syntax as PCRE2 means it in UTF mode without Unicode classes
 * ("." takes no newline, "$" is the very end, \b and \w are of ASCII). What it does not
 * know (look-around, \p, POSIX classes, flags but a leading (?i), characters over U+00FF)
 * gives NULL, and so does an expression of more than REGULAR_NODES_MAX places; who asked
 * runs the expression otherwise. An answer is exact, never a guess.
 *
 * The automaton's states are made when a text first leads to them and are kept, at most
 * REGULAR_STATES_MAX of them; then all are forgotten. That memory belongs to the
 * automaton, which is of one thread at a time and lives in the arena.
 */
#ifndef WIRE_REGULAR_H
#define WIRE_REGULAR_H

#include "base/arena.h"

enum regular_answer {
	REGULAR_ABSENT,
	REGULAR_OCCURS,
	REGULAR_UNKNOWN, /* the text is not UTF-8, has one of the few characters that
			    ignoring case folds into Latin letters, or is too long for
			    the size of the expression (REGULAR_WORK_MAX) */
};

struct regular;

struct regular *regular_new(struct arena *a, struct str source);
enum regular_answer regular_find(struct regular *r, struct str text);

#endif
