#include "text/drawn.h"

#define RUN_LEAST 3

/* Bytes of ASCII letters only: no other script draws a word out by one repeated byte. Of the
 * pairs of neighbours every second is looked at, for a run of three holds one of them. */
static bool
text_is_drawn(struct str s)
{
	for (size_t i = 1; i < s.n; i += 2) {
		char c = s.p[i];
		if (c == s.p[i - 1] && c >= 'a' && c <= 'z' &&
			((i > 1 && s.p[i - 2] == c) || (i + 1 < s.n && s.p[i + 1] == c)))
			return true;
	}
	return false;
}

/* The word with each long run cut to `keep` letters. */
static struct str
word_cut(struct arena *a, struct str w, size_t keep)
{
	char *p = arena_alloc(a, w.n + 1);
	size_t n = 0;
	for (size_t at = 0, end; at < w.n; at = end) {
		for (end = at + 1; end < w.n && w.p[end] == w.p[at]; end++)
			;
		size_t run = end - at, kept = run < RUN_LEAST ? run : keep;
		memset(p + n, w.p[at], kept);
		n += kept;
	}
	return (struct str){p, n};
}

/* Is the whole word a term of its own, or the beginning of one that is written with "*"? */
static bool
word_is_known(const struct terms *known, struct arena *a, struct str word)
{
	struct token token = {.kind = TOKEN_WORD, .at = 1};
	struct tokens alone = {
		.p = &token, .n = 1, .norm = arena_printf(a, " %.*s ", STR_ARG(word))};
	struct term_hit *hits;
	token.norm = str_sub(alone.norm, 1, alone.norm.n - 1);
	return terms_find(known, a, &alone, &hits) > 0;
}

static struct str
word_shorten(const struct terms *known, struct arena *a, struct str word)
{
	if (word_is_known(known, a, word))
		return word;
	for (size_t keep = RUN_LEAST - 1; keep > 0; keep--) {
		struct str cut = word_cut(a, word, keep);
		if (word_is_known(known, a, cut))
			return cut;
	}
	return word;
}

static bool
token_is_drawn(const struct token *t)
{
	return t->kind == TOKEN_WORD && text_is_drawn(t->norm);
}

const struct tokens *
drawn_shorten(
	const struct terms *known, struct arena *a, const struct tokens *t, bool **drawn)
{
	*drawn = NULL;
	if (!text_is_drawn(t->norm))
		return t;
	struct tokens *out = arena_alloc(a, sizeof(*out));
	char *norm = arena_alloc(a, t->norm.n);
	size_t n = 1;
	*out = *t;
	out->p = arena_alloc(a, t->n * sizeof(*out->p));
	*drawn = ARENA_ARRAY(a, bool, t->n);
	norm[0] = ' ';
	for (size_t i = 0; i < t->n; i++) {
		struct token *k = &out->p[i];
		*k = t->p[i];
		(*drawn)[i] = token_is_drawn(k);
		struct str word = (*drawn)[i] ? word_shorten(known, a, k->norm) : k->norm;
		memcpy(norm + n, word.p, word.n);
		k->at = (uint32_t)n;
		k->norm = (struct str){norm + n, word.n};
		n += word.n;
		norm[n++] = ' ';
	}
	out->norm = (struct str){norm, n};
	return out;
}
