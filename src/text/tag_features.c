#include "text/tag_features.h"

#include "base/err.h"
#include "base/hash.h"

#define WORD_BYTES 64 /* more of a word tells nothing */
#define EDGES 2       /* places before the first token and behind the last */

static char
shape_of(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return '0';
	if (c >= 'A' && c <= 'Z')
		return 'X';
	return (c >= 'a' && c <= 'z') || c >= 0x80 ? 'x' : (char)c;
}

/* The same mark at most twice in a row: names of all lengths have one shape. */
static uint64_t
shape_hash(struct str text)
{
	uint64_t h = FNV64_START;
	char last = 0;
	int run = 0;
	for (size_t i = 0; i < text.n && i < WORD_BYTES; i++) {
		char c = shape_of((unsigned char)text.p[i]);
		run = c == last ? run + 1 : 1;
		last = c;
		if (run <= 2)
			h = fnv64(h, &c, 1);
	}
	return h;
}

static void
word_read(struct tag_word *w, const struct token *t, struct str text)
{
	char zeroed[WORD_BYTES] = {0};
	size_t n = t->norm.n < WORD_BYTES ? t->norm.n : WORD_BYTES;
	for (size_t i = 0; i < n; i++)
		zeroed[i] =
			t->norm.p[i] >= '0' && t->norm.p[i] <= '9' ? '0' : t->norm.p[i];
	w->word = fnv64(FNV64_START, zeroed, n);
	w->shape = shape_hash(str_sub(text, t->start, t->end));
	for (size_t k = 0; k < 3; k++) {
		if (n < k + 2)
			continue;
		w->first[k] = fnv64(FNV64_START, zeroed, k + 2);
		w->last[k] = fnv64(FNV64_START, zeroed + n - k - 2, k + 2);
	}
}

struct tag_word *
tag_words(struct arena *a, const struct tokens *t, size_t n)
{
	struct tag_word *w = ARENA_ARRAY(a, struct tag_word, n + 2 * (size_t)EDGES);
	for (size_t i = 0; i < EDGES; i++) {
		w[i].word = w[i].shape = fnv64(FNV64_START, "^", 1);
		w[n + EDGES + i].word = w[n + EDGES + i].shape =
			fnv64(FNV64_START, "$", 1);
	}
	for (size_t i = 0; i < n; i++)
		word_read(&w[i + EDGES], &t->p[i], t->text);
	return w;
}

static uint32_t
key_of(uint32_t place, uint64_t a, uint64_t b)
{
	uint64_t h =
		(a ^ place * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 29 ^ b) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(h >> 32);
}

void
tag_features(const struct tag_word *words, size_t i, uint32_t keys[TAG_FEATURES])
{
	const struct tag_word *w = &words[i + EDGES];
	uint32_t n = 0;
	keys[n] = key_of(n, w->word, 0), n++;
	for (int k = 0; k < 3; k++)
		keys[n] = key_of(n, w->first[k], 0), n++;
	for (int k = 0; k < 3; k++)
		keys[n] = key_of(n, w->last[k], 0), n++;
	keys[n] = key_of(n, w[-1].word, w->word), n++;
	/* From here on what a word never seen has, too. */
	keys[n] = key_of(n, 0, 0), n++;
	keys[n] = key_of(n, w->shape, 0), n++;
	keys[n] = key_of(n, w[-1].word, 0), n++;
	keys[n] = key_of(n, w[-2].word, 0), n++;
	keys[n] = key_of(n, w[1].word, 0), n++;
	keys[n] = key_of(n, w[2].word, 0), n++;
	keys[n] = key_of(n, w[-2].word, w[-1].word), n++;
	keys[n] = key_of(n, w[1].word, w[2].word), n++;
	keys[n] = key_of(n, w[-1].word, w[1].word), n++;
	keys[n] = key_of(n, w[-1].word, w->shape), n++;
	keys[n] = key_of(n, w[1].word, w->shape), n++;
	keys[n] = key_of(n, w[-1].shape, w->shape), n++;
	keys[n] = key_of(n, w->shape, w[1].shape), n++;
	keys[n] = key_of(n, w[-1].last[1], w->shape), n++;
	require(n == TAG_FEATURES);
}
