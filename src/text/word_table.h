/*
 * Tables of words that the program knows: rows that begin with a `const char *`, sorted by
 * it. Every word of every message is looked up in several of them, and nearly none is
 * there, so the first bytes are compared before a word is.
 */
#ifndef TEXT_WORD_TABLE_H
#define TEXT_WORD_TABLE_H

#include "base/str.h"

#include <string.h>

/* The row of a word, or NULL. `size` of a row. */
static inline const void *
word_table_find(const void *table, size_t n, size_t size, struct str word)
{
	const char *from = table;
	while (n && word.n) {
		const char *row = from + n / 2 * size;
		const char *text;
		memcpy(&text, row, sizeof text);
		int order = (unsigned char)word.p[0] - (unsigned char)text[0];
		if (!order)
			order = str_cmp_z(word, text);
		if (!order)
			return row;
		from = order > 0 ? row + size : from;
		n = order > 0 ? n - n / 2 - 1 : n / 2;
	}
	return NULL;
}

#endif
