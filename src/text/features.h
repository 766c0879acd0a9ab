/*
 * What a linear model sees of a message: hashed words, word pairs and character n-grams.
 *
 * Normal form: small letters (Unicode); runs of letters are words (bytes of other scripts
 * count as letters), digits become zeros, so that "42" and "17" are one feature;
 * apostrophes drop ("dont" is "don't"); each other mark is a word of its own. Features:
 * words; neighbours, with ^ before the first and $ behind the last; character 2- to
 * 5-grams of " word "; optionally unordered pairs of words at most FEATURE_PAIR_REACH
 * apart. A feature's key is 32 bits of FNV-1a over its text and block.
 */
#ifndef TEXT_FEATURES_H
#define TEXT_FEATURES_H

#include "base/arena.h"

enum feature_block { BLOCK_WORD, BLOCK_NEIGHBOURS, BLOCK_LETTERS, BLOCK_PAIR, BLOCKS };

#define FEATURE_PAIR_REACH 8

/* One occurrence; the same key comes as often as it occurs. */
struct feature {
	uint32_t key;
	uint32_t block;
};

struct features {
	struct feature *p;
	size_t n;
};

/* Reads at most FEATURE_TEXT_MAX bytes of the text. Order: as the text has them. */
void features_read(struct arena *a, struct str text, bool pairs, struct features *out);

#endif
