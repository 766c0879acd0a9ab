#include "text/tagger.h"

#include "base/limits.h"
#include "text/rows.h"
#include "text/tag_features.h"
#include "text/tagger_format.h"

#include <math.h>

#define SURE .5
#define ABSENT UINT32_MAX

struct tag_type {
	struct str kind, role;
};

struct tagger {
	const struct tagger_header *h;
	const uint32_t *index, *keys;
	const float *scale;
	const int8_t *rows;
	struct tag_type *types;
};

static const void *
tagger_section(const struct tagger_header *h, enum tagger_section_id id)
{
	return (const char *)h + h->section[id].at;
}

static bool
header_sane(const struct tagger_header *h)
{
	bool sane = h->types >= 1 && h->types <= TAG_TYPES_MAX &&
		h->lanes % TAGGER_LANES == 0 && h->lanes > 2 * h->types &&
		h->lanes <= 2 * h->types + TAGGER_LANES && h->features >= 1 &&
		h->features <= TAG_FEATURES_MAX && h->index_bits >= 1 &&
		h->index_bits <= 20 && isfinite(h->unit) && h->unit > 0;
	for (int p = 0; p < TAG_PARTS; p++)
		for (int q = 0; q < TAG_PARTS; q++)
			sane = sane && fabsf(h->step[p][q]) <= 100;
	return sane;
}

static bool
sections_inside(const struct tagger_header *h, size_t n)
{
	const uint64_t features = h->features;
	const uint64_t size[TAGGER_SECTIONS] = {
		[TAGGER_NAMES] = h->section[TAGGER_NAMES].size,
		[TAGGER_INDEX] = ((UINT64_C(1) << h->index_bits) + 1) * sizeof(uint32_t),
		[TAGGER_KEYS] = features * sizeof(uint32_t),
		[TAGGER_SCALE] = features * sizeof(float),
		[TAGGER_ROWS] = features * h->lanes,
	};
	for (int i = 0; i < TAGGER_SECTIONS; i++) {
		uint64_t at = h->section[i].at;
		if (at % 8 || at > n || size[i] > n - at || h->section[i].size != size[i])
			return false;
	}
	return true;
}

/* What is followed must stay inside, and no number may poison a sum. */
static bool
content_sane(const struct tagger *t)
{
	size_t buckets = (size_t)1 << t->h->index_bits;
	if (t->index[0] != 0 || t->index[buckets] != t->h->features)
		return false;
	for (size_t i = 0; i < buckets; i++)
		if (t->index[i] > t->index[i + 1])
			return false;
	/* A factor is at most 2^15, a weight 127, and a word has TAG_FEATURES of them. */
	for (size_t i = 0; i < t->h->features; i++)
		if (!(t->scale[i] >= 0 && t->scale[i] * t->h->unit <= INT16_MAX))
			return false;
	return true;
}

static bool
types_read(struct tagger *t)
{
	struct str rest = {
		tagger_section(t->h, TAGGER_NAMES), t->h->section[TAGGER_NAMES].size};
	t->types = mem_zalloc(t->h->types * sizeof(*t->types));
	for (size_t i = 0; i < t->h->types; i++) {
		struct tag_type *type = &t->types[i];
		if (!str_split(&rest, '\0', &type->kind) || !type->kind.n ||
			!str_split(&rest, '\0', &type->role))
			return false;
	}
	return true;
}

enum err
tagger_open(struct str bytes, struct tagger **out, struct error *e)
{
	const struct tagger_header *h = (const void *)bytes.p;
	require((uintptr_t)bytes.p % 8 == 0);
	if (bytes.n < sizeof(*h) || memcmp(h->magic, TAGGER_MAGIC, 4) != 0 ||
		!header_sane(h) || !sections_inside(h, bytes.n))
		return err_set(e, ERR_INVALID, "model: damaged entities");
	struct tagger *t = mem_zalloc(sizeof(*t));
	*t = (struct tagger){
		.h = h,
		.index = tagger_section(h, TAGGER_INDEX),
		.keys = tagger_section(h, TAGGER_KEYS),
		.scale = tagger_section(h, TAGGER_SCALE),
		.rows = tagger_section(h, TAGGER_ROWS),
	};
	if (!content_sane(t) || !types_read(t)) {
		tagger_close(&t);
		return err_set(e, ERR_INVALID, "model: damaged entities");
	}
	*out = t;
	return OK;
}

void
tagger_close(struct tagger **tagger)
{
	if (!*tagger)
		return;
	free((*tagger)->types);
	free(*tagger);
	*tagger = NULL;
}

static uint32_t
row_of(const struct tagger *t, uint32_t key)
{
	uint32_t lead = key >> (32 - t->h->index_bits);
	for (uint32_t i = t->index[lead]; i < t->index[lead + 1]; i++)
		if (t->keys[i] >= key)
			return t->keys[i] == key ? i : ABSENT;
	return ABSENT;
}

static void
score_word(const struct tagger *t, const struct tag_word *words, size_t at, int32_t *sum,
	float *score)
{
	uint32_t keys[TAG_FEATURES];
	struct row_factor f[TAG_FEATURES];
	const size_t lanes = t->h->lanes;
	size_t n = 0;
	tag_features(words, at, keys);
	for (size_t i = 0; i < TAG_FEATURES; i++) {
		uint32_t row = row_of(t, keys[i]);
		if (row != ABSENT)
			f[n++] = (struct row_factor){
				row, (int16_t)lrintf(t->scale[row] * t->h->unit)};
	}
	rows_sum(t->rows, lanes, f, n, sum);
	for (size_t y = 0; y < lanes; y++)
		score[y] = (float)sum[y] / t->h->unit;
}

/* The kind's likelihood is that of all its roles; its role is kept when it is likelier
 * than the others together. */
static bool
tag_settle(
	const struct tagger *t, const struct tag_chain *c, size_t type, struct tag *tag)
{
	double own = tag_chain_span(c, type, tag->first, tag->last), all = 0;
	tag->kind = t->types[type].kind;
	for (size_t k = 0; k < t->h->types; k++)
		if (str_eq(t->types[k].kind, tag->kind))
			all += k == type ? own
					 : tag_chain_span(c, k, tag->first, tag->last);
	tag->role = own * 2 >= all ? t->types[type].role : STR("");
	tag->confidence = all < 1 ? all : 1;
	return all >= SURE;
}

static size_t
tags_collect(const struct tagger *t, struct tag_chain *c, struct arena *a,
	const uint16_t *labels, struct tag **out)
{
	size_t n = 0;
	*out = ARENA_ARRAY(a, struct tag, c->words + 1);
	for (size_t i = 0; i < c->words; i++) {
		if (tag_part(labels[i]) != TAG_BEGIN)
			continue;
		struct tag *tag = &(*out)[n];
		*tag = (struct tag){.first = i, .last = i};
		while (tag->last + 1 < c->words && labels[tag->last + 1] == labels[i] + 1)
			tag->last++;
		if (!c->alpha)
			tag_chain_sum(c, a);
		n += tag_settle(t, c, (labels[i] - 1u) / 2, tag);
		i = tag->last;
	}
	return n;
}

size_t
tagger_read(const struct tagger *t, struct arena *a, const struct tokens *tokens,
	struct tag **out)
{
	size_t n = tokens->n < TAG_WORDS_MAX ? tokens->n : TAG_WORDS_MAX;
	size_t lanes = t->h->lanes;
	float *score = arena_alloc(a, (n * lanes + 1) * sizeof(*score));
	int32_t *sum = ARENA_ARRAY(a, int32_t, lanes);
	uint16_t *labels = ARENA_ARRAY(a, uint16_t, n + 1);
	const struct tag_word *words = tag_words(a, tokens, n);
	for (size_t i = 0; i < n; i++)
		score_word(t, words, i, sum, score + i * lanes);
	struct tag_chain c = {
		.words = n, .types = t->h->types, .lanes = lanes, .score = score};
	memcpy(c.step, t->h->step, sizeof(c.step));
	tag_chain_best(&c, a, labels);
	return tags_collect(t, &c, a, labels, out);
}
