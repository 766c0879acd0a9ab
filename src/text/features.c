#include "text/features.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <utf8proc.h>

#define GRAM_MIN 2
#define GRAM_MAX 5

/* Words in normal form, one after the other in `text`, each with a blank on both sides.
 */
struct words {
	char *text;
	size_t n;
	uint32_t *at; /* of each word: where its leading blank stands; at[count] is the
			 end */
	size_t count;
};

enum letter_kind { LETTER_BLANK, LETTER_WORD, LETTER_DIGIT, LETTER_DROP, LETTER_MARK };

static enum letter_kind
letter_kind(int32_t c)
{
	if (c < 0x80) {
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			return LETTER_WORD;
		if (c >= '0' && c <= '9')
			return LETTER_DIGIT;
		return c <= ' ' || c == 0x7f ? LETTER_BLANK
			: c == '\''          ? LETTER_DROP
					     : LETTER_MARK;
	}
	if (c == 0x2019 || c == 0x2018)
		return LETTER_DROP;
	if (c == 0xa0 || c == 0xfffd || c == 0x3000)
		return LETTER_BLANK;
	bool mark = c == 0xa1 || c == 0xbf || c == 0xab || c == 0xbb ||
		(c >= 0x2010 && c <= 0x205e) || (c >= 0x3001 && c <= 0x3011) ||
		(c >= 0xff01 && c <= 0xff0f);
	return mark ? LETTER_MARK : LETTER_WORD;
}

static void
words_put(struct words *w, int32_t c)
{
	if (c < 0x80)
		w->text[w->n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	else
		w->n += (size_t)utf8proc_encode_char(
			utf8proc_tolower(c), (utf8proc_uint8_t *)w->text + w->n);
}

static void
words_open(struct words *w)
{
	w->at[w->count++] = (uint32_t)w->n;
	w->text[w->n++] = ' ';
}

static void
words_read(struct arena *a, struct str text, struct words *w)
{
	/* Every byte is at most a mark of its own between two blanks. */
	w->text = arena_alloc(a, text.n * 3 + 8);
	w->at = arena_alloc(a, (text.n + 1) * sizeof(*w->at));
	enum letter_kind open = LETTER_BLANK;
	for (size_t at = 0; at < text.n;) {
		int32_t c = utf8_next(text, &at);
		enum letter_kind kind = letter_kind(c);
		if (kind == LETTER_DROP)
			continue;
		bool joins = kind == open && kind != LETTER_MARK;
		if (!joins && open != LETTER_BLANK)
			w->text[w->n++] = ' ';
		if (!joins && kind != LETTER_BLANK)
			words_open(w);
		if (kind != LETTER_BLANK)
			words_put(w, kind == LETTER_DIGIT ? '0' : c);
		open = kind;
	}
	if (open != LETTER_BLANK)
		w->text[w->n++] = ' ';
	w->at[w->count] = (uint32_t)w->n;
}

/* The word without its blanks. */
static struct str
words_get(const struct words *w, size_t i)
{
	return (struct str){w->text + w->at[i] + 1, w->at[i + 1] - w->at[i] - 2};
}

static void
features_add(struct features *f, enum feature_block block, uint64_t hash)
{
	f->p[f->n++] = (struct feature){(uint32_t)(hash ^ hash >> 32), block};
}

static uint64_t
hash_start(enum feature_block block)
{
	char name = (char)('a' + (int)block);
	return fnv64(FNV64_START, &name, 1);
}

static uint64_t
hash_word(uint64_t h, struct str word)
{
	return fnv64(h, word.p, word.n);
}

static void
features_grams(struct features *f, struct str spaced)
{
	const uint64_t start = hash_start(BLOCK_LETTERS);
	for (size_t i = 0; i < spaced.n; i++) {
		if (((unsigned char)spaced.p[i] & 0xc0) == 0x80)
			continue;
		uint64_t h = start;
		int letters = 0;
		for (size_t j = i; j < spaced.n; j++) {
			h = fnv64(h, spaced.p + j, 1);
			bool inside = j + 1 < spaced.n &&
				((unsigned char)spaced.p[j + 1] & 0xc0) == 0x80;
			if (inside)
				continue;
			letters++;
			if (letters >= GRAM_MIN)
				features_add(f, BLOCK_LETTERS, h);
			if (letters == GRAM_MAX)
				break;
		}
	}
}

static void
features_neighbours(struct features *f, const struct words *w)
{
	const uint64_t start = hash_start(BLOCK_NEIGHBOURS);
	struct str before = STR("^");
	for (size_t i = 0; i <= w->count; i++) {
		struct str word = i < w->count ? words_get(w, i) : STR("$");
		features_add(f, BLOCK_NEIGHBOURS,
			hash_word(hash_word(hash_word(start, before), STR(" ")), word));
		before = word;
	}
}

static void
features_pairs(struct features *f, const struct words *w)
{
	const uint64_t start = hash_start(BLOCK_PAIR);
	for (size_t i = 0; i < w->count; i++) {
		for (size_t j = i + 1; j < w->count && j <= i + FEATURE_PAIR_REACH; j++) {
			struct str a = words_get(w, i), b = words_get(w, j);
			if (str_cmp(a, b) > 0) {
				struct str swap = a;
				a = b;
				b = swap;
			}
			features_add(f, BLOCK_PAIR,
				hash_word(hash_word(hash_word(start, a), STR(" ")), b));
		}
	}
}

void
features_read(struct arena *a, struct str text, bool pairs, struct features *out)
{
	struct words w = {0};
	words_read(a, utf8_clip(text, FEATURE_TEXT_MAX), &w);
	size_t most = w.count * (pairs ? 2u + FEATURE_PAIR_REACH : 2u) + 1 +
		w.n * (GRAM_MAX - GRAM_MIN + 1);
	*out = (struct features){.p = arena_alloc(a, most * sizeof(*out->p))};
	for (size_t i = 0; i < w.count; i++)
		features_add(out, BLOCK_WORD,
			hash_word(hash_start(BLOCK_WORD), words_get(&w, i)));
	features_neighbours(out, &w);
	for (size_t i = 0; i < w.count; i++)
		features_grams(
			out, (struct str){w.text + w.at[i], w.at[i + 1] - w.at[i]});
	if (pairs)
		features_pairs(out, &w);
}
