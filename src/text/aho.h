/*
 * Aho-Corasick: all occurrences of many literals in one pass over a text.
 *
 * Bytes are mapped to the classes that occur in the literals (ASCII capitals as their
 * small letters when `fold` is set). Most steps lead to a state that the last two bytes
 * tell, so those stand in one table of pairs of classes; the few that lead deeper are
 * looked up first, in rows that are packed into each other. A byte costs two look-ups in
 * a twentieth of the memory of a full table. A literal that is given twice is reported
 * once, under the first id. The automaton is immutable after aho_new(); scanning
 * allocates nothing.
 */
#ifndef TEXT_AHO_H
#define TEXT_AHO_H

#include "base/err.h"
#include "base/str.h"

struct aho;

struct aho_hit {
	uint32_t id;  /* index of the literal */
	uint32_t end; /* offset behind its last byte */
};

/* Empty literals never match. ERR_LIMIT: more than AHO_STATES_MAX states. */
enum err aho_new(const struct str *literals, size_t count, bool fold, struct aho **out,
	struct error *e);
void aho_free(struct aho **a);

/* A scan in progress: the caller's frame holds it. */
struct aho_scan {
	const struct aho *a;
	struct str text;
	size_t at;
	uint32_t state;
	uint32_t last;    /* row of pairs of the byte before `at` */
	uint32_t pending; /* next end at `at`, or none */
};

void aho_start(struct aho_scan *s, const struct aho *a, struct str text);
/* The next occurrence, by end and then by falling length; false at the end. */
bool aho_next(struct aho_scan *s, struct aho_hit *hit);
size_t aho_bytes(const struct aho *a);

#endif
