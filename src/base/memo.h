/*
 * What texts of late gave: answers of a function that depends on nothing but the text, so
 * that a greeting or an answer that is said again and again is worked out once.
 *
 * A memo has a fixed number of places of one size; a new answer takes the place of an
 * older one. Texts are not kept: an answer is known by 128 bits of SipHash with keys of
 * the process, which nobody outside can make collide, so nothing that somebody wrote
 * outlives its turn here. What is kept must not point into the text.
 */
#ifndef BASE_MEMO_H
#define BASE_MEMO_H

#include "base/str.h"

struct memo;

struct memo_key {
	uint64_t a, b;
};

/* `places` is a power of two. */
struct memo *memo_new(size_t places, size_t answer_size);
void memo_free(struct memo **m);
struct memo_key memo_key(const struct memo *m, struct str text);
/* The answer, valid until the next memo_keep(); NULL: not known. */
const void *memo_find(const struct memo *m, struct memo_key key);
void memo_keep(struct memo *m, struct memo_key key, const void *answer);

#endif
