/*
 * What regular_parse.c makes of an expression and regular.c runs: places that are
 * connected by steps.
 *
 * Text is read as symbols: the code points up to U+00FF and one for all others, which no
 * expression tells apart.
 */
#ifndef WIRE_REGULAR_PROGRAM_H
#define WIRE_REGULAR_PROGRAM_H

#include "wire/regular.h"

#define SYMBOL_OTHER 256
#define SYMBOLS 257

struct symbol_set {
	uint64_t bits[SYMBOLS / 64 + 1];
};

static inline bool
symbol_in(const struct symbol_set *s, unsigned symbol)
{
	return s->bits[symbol / 64] >> (symbol % 64) & 1;
}

static inline bool
symbol_is_word(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_';
}

enum place_kind {
	PLACE_SYMBOL,   /* takes a symbol of the set, then next */
	PLACE_PASS,     /* next */
	PLACE_CHOICE,   /* next or other */
	PLACE_START,    /* next, at the text's start */
	PLACE_END,      /* next, at its end */
	PLACE_BOUNDARY, /* next, between a word and what is none */
	PLACE_FOUND,
};

struct place {
	enum place_kind kind;
	uint16_t next, other;
	uint16_t set; /* index of sets */
};

/* Grows while it is parsed; both arrays have room for REGULAR_NODES_MAX. */
struct places {
	struct place *p;
	struct symbol_set *sets;
	size_t n, set_count;
	uint16_t start;
};

/* False: syntax that is not known, or too many places. */
bool regular_parse(struct str source, struct places *out);

#endif
