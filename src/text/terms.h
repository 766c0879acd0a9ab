/*
 * Words and phrases to be found in messages: one automaton over their normal forms
 * (text/tokens.h).
 *
 * A term is a whole word or phrase, "complain*" every word that begins so, and "manager"
 * is also found in "the manager's". Terms of scripts without blanks match inside a run of
 * letters. Add all terms, compile once, then find.
 */
#ifndef TEXT_TERMS_H
#define TEXT_TERMS_H

#include "base/err.h"
#include "base/map.h"
#include "text/tokens.h"

#define TERM_NONE UINT32_MAX

struct aho;

struct term {
	struct str text; /* normal form, without blanks around it */
	uint32_t tokens; /* how many */
	uint32_t twin;   /* a later term that differs only in being a prefix or none; else
			    TERM_NONE */
	bool free_start, free_end; /* no word boundary is needed there */
};

struct terms {
	struct arena arena;
	struct arena scratch;
	struct term *p;
	size_t n, cap;
	struct map index; /* normal form, with * for a prefix -> number + 1; while terms
			     are added */
	struct aho *finder;
	bool full; /* more than TERMS_MAX were given */
};

/* One occurrence in a message, as tokens [first, last]. */
struct term_hit {
	uint32_t term;
	uint32_t first, last;
	uint32_t start, end; /* bytes of the normal form: [start, end) */
};

void terms_init(struct terms *t);
void terms_fini(struct terms *t);
/* The number of the term, the same for the same normal form; TERM_NONE when nothing of it
 * remains or there are too many. */
uint32_t terms_add(struct terms *t, struct str written);
/* Nothing is added after this. ERR_LIMIT: over TERMS_MAX terms. */
enum err terms_compile(struct terms *t, struct error *e);
/* All occurrences at word boundaries, by their end and then by falling length. */
size_t terms_find(const struct terms *t, struct arena *a, const struct tokens *message,
	struct term_hit **out);

#endif
