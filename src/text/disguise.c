#include "text/disguise.h"

#include "base/utf8.h"

#include <utf8proc.h>

#define APART_LEAST 6 /* single letters in a row that are a word drawn apart */
#define CODED_LEAST 2 /* words with digits for letters: one may be a product's name */

static bool
is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

/* What a sign looks like among Latin letters; itself when like nothing. */
static int32_t
latin_like(int32_t c)
{
	static const struct {
		int32_t c;
		char like;
	} rows[] = {
		{'0', 'o'},
		{'1', 'i'},
		{'3', 'e'},
		{'4', 'a'},
		{'5', 's'},
		{'7', 't'},
		/* small letters of Greek and Cyrillic */
		{0x3b1, 'a'},
		{0x3bf, 'o'},
		{0x3c1, 'p'},
		{0x3c5, 'u'},
		{0x430, 'a'},
		{0x435, 'e'},
		{0x43a, 'k'},
		{0x43c, 'm'},
		{0x43e, 'o'},
		{0x440, 'p'},
		{0x441, 'c'},
		{0x442, 't'},
		{0x443, 'y'},
		{0x445, 'x'},
		{0x455, 's'},
		{0x456, 'i'},
		{0x458, 'j'},
		{0x501, 'd'},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].c == c)
			return rows[i].like;
	return c >= 0xff41 && c <= 0xff5a ? c - 0xff41 + 'a' : c;
}

/* Words of the normal form with signs that look like Latin letters read as these: at least
 * two letters must be Latin or wide, or the word is of another alphabet. */
static bool
word_is_coded(struct str w)
{
	size_t latin = 0, others = 0;
	for (size_t at = 0; at < w.n;) {
		/* Nearly all bytes of nearly all words. */
		if (is_small(w.p[at])) {
			latin++;
			at++;
			continue;
		}
		int32_t c = utf8_next(w, &at), like = latin_like(c);
		bool wide = c >= 0xff41 && c <= 0xff5a;
		latin += wide;
		others += like != c;
	}
	return others > 0 && latin >= 2;
}

struct lifted {
	char *p;
	size_t n;
};

static void
lifted_add(struct lifted *out, struct str w, bool coded)
{
	for (size_t at = 0; at < w.n;) {
		int32_t c = utf8_next(w, &at);
		out->n += (size_t)utf8proc_encode_char(
			coded ? latin_like(c) : c, (utf8proc_uint8_t *)out->p + out->n);
	}
}

/* How many tokens from `i` on are single letters. */
static size_t
letters_apart(const struct tokens *t, size_t i)
{
	size_t n = 0;
	while (i + n < t->n && t->p[i + n].norm.n == 1 && is_small(t->p[i + n].norm.p[0]))
		n++;
	return n;
}

/* A sign without width stands between the token and the next: nothing that is seen does. */
static bool
joins_unseen(const struct tokens *t, size_t i)
{
	if (i + 1 >= t->n || t->p[i].kind != TOKEN_WORD ||
		t->p[i + 1].kind != TOKEN_WORD || t->p[i].end >= t->p[i + 1].start)
		return false;
	for (size_t at = t->p[i].end; at < t->p[i + 1].start;) {
		int32_t c = utf8_next(t->text, &at);
		if (c != 0xad && c != 0xfeff && c != 0x2060 &&
			!(c >= 0x200b && c <= 0x200f))
			return false;
	}
	return true;
}

/* Does the message hold enough that it is worth being written anew? */
static bool
is_disguised(const struct tokens *t)
{
	size_t coded = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct token *k = &t->p[i];
		if (k->kind != TOKEN_WORD)
			continue;
		if (k->norm.n == 1) {
			size_t apart = letters_apart(t, i);
			if (apart >= APART_LEAST)
				return true;
			i += apart ? apart - 1 : 0;
			continue;
		}
		coded += word_is_coded(k->norm);
		if (coded >= CODED_LEAST || joins_unseen(t, i))
			return true;
	}
	return false;
}

struct str
disguise_lift(struct arena *a, const struct tokens *t)
{
	if (!is_disguised(t))
		return (struct str){0};
	struct lifted out = {arena_alloc(a, t->norm.n + 4), 0};
	size_t left = 0; /* letters of a run that stand apart, with the one at hand */
	for (size_t i = 0; i < t->n; i++) {
		const struct token *k = &t->p[i];
		if (left == 0) {
			size_t run = letters_apart(t, i);
			left = run >= APART_LEAST ? run : 0;
		}
		lifted_add(
			&out, k->norm, k->kind == TOKEN_WORD && word_is_coded(k->norm));
		/* A wider gap parts words. */
		bool joined = left > 1 && t->p[i + 1].start - k->end == 1;
		left -= left > 0;
		if (!joined && !joins_unseen(t, i))
			out.p[out.n++] = ' ';
	}
	return (struct str){out.p, out.n};
}
