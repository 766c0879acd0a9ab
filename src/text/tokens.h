/*
 * A message as words.
 *
 * tokens_read() walks the text once and gives its words, numbers, punctuation and emoji
 * with their place in the text, and the whole message in normal form: tokens joined by
 * one blank, a blank before the first and after the last, so that " cancel my order " is
 * a whole-word search in plain bytes.
 *
 * Normal form: lower case (all of Unicode), accents of Latin letters dropped ("Pésimo" is
 * "pesimo", as people type it), typographic apostrophes straightened, an apostrophe
 * inside a word kept ("can't" is one token and differs from "can"), a hyphen between
 * letters taken as a blank ("time-sensitive" is "time sensitive"). Scripts without blanks
 * (Thai, Chinese, Japanese …) give one token for each run of letters; who looks for their
 * words searches inside tokens. Invalid UTF-8 counts as a blank. Everything lives in the
 * arena; the cost is linear in the text.
 */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include "base/arena.h"

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_PUNCTUATION, TOKEN_EMOJI };

struct token {
	enum token_kind kind;
	bool upper;     /* a word of two or more letters, all of them capitals */
	bool unspaced;  /* of a script that is written without blanks */
	uint32_t start; /* bytes of the text: [start, end) */
	uint32_t end;
	uint32_t at;     /* where it stands in the normal form */
	struct str norm; /* a slice of the normal form */
};

struct tokens {
	struct token *p;
	size_t n;
	struct str text; /* the message, cut at MESSAGE_TEXT_BYTES_MAX; valid UTF-8 */
	struct str norm; /* the message in normal form */
	size_t letters, capitals; /* of the whole message: is it shouted? */
};

void tokens_read(struct arena *a, struct str text, struct tokens *out);
/* The token that covers byte `at` of the normal form. */
size_t tokens_index(const struct tokens *t, size_t at);

#endif
