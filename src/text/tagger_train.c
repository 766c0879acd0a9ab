#include "text/tagger_train.h"

#include "base/limits.h"
#include "text/tag_features.h"
#include "text/tagger_format.h"
#include "text/train_data.h"

#include <math.h>

#define EPOCHS 14
#define RATE .15f
#define DECAY 1e-3f /* of weights that are moved, towards 0 */
#define DROP_OWN 77 /* of 256: features of the word itself */
#define DROP 26     /* of 256: the others */
#define SMALL .02f  /* rows whose weights are all smaller are not kept */

/* A sentence: its words' features are key[from … from + words * TAG_FEATURES), numbers of
 * features in the end, ABSENT for those that are not learnt. */
struct sentence {
	size_t from, words;
};

#define ABSENT UINT32_MAX

struct learner {
	struct arena arena;
	struct train_mention *types; /* kinds and roles, in order */
	size_t type_count, lanes;
	struct sentence *sentences;
	size_t count;
	uint32_t *key;   /* of each feature of each word */
	uint16_t *label; /* of each word */
	size_t keys;     /* that are filled */
	uint32_t *known; /* keys that are learnt, ascending */
	size_t features;
	float *weight, *square; /* [features][lanes]: weights and sums of squared steps */
	float step[TAG_PARTS][TAG_PARTS], step_square[TAG_PARTS][TAG_PARTS];
	uint64_t random;
};

/* ---- what is learnt from ---- */

static int
type_order(const void *a, const void *b)
{
	const struct train_mention *x = a, *y = b;
	int kind = str_cmp(x->kind, y->kind);
	return kind ? kind : str_cmp(x->role, y->role);
}

static enum err
learner_types(
	struct learner *l, const struct train_row *rows, size_t count, struct error *e)
{
	size_t all = 0, n = 0;
	for (size_t i = 0; i < count; i++)
		all += rows[i].mention_count;
	l->types = ARENA_ARRAY(&l->arena, struct train_mention, all + 1);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < rows[i].mention_count; k++)
			l->types[n++] = rows[i].mentions[k];
	qsort(l->types, n, sizeof(*l->types), type_order);
	for (size_t i = 0; i < n; i++)
		if (!i || type_order(&l->types[i], &l->types[l->type_count - 1]) != 0)
			l->types[l->type_count++] = l->types[i];
	if (l->type_count > TAG_TYPES_MAX)
		return err_set(e, ERR_LIMIT,
			"%zu kinds and roles of annotated entities, at most %d",
			l->type_count, TAG_TYPES_MAX);
	l->lanes = (2 * l->type_count + TAGGER_LANES) / TAGGER_LANES * TAGGER_LANES;
	return OK;
}

static uint16_t
type_label(const struct learner *l, const struct train_mention *m)
{
	const struct train_mention *found =
		bsearch(m, l->types, l->type_count, sizeof(*l->types), type_order);
	require(found);
	return (uint16_t)(1 + 2 * (found - l->types));
}

/* A word belongs to a mention that covers one of its bytes. */
static void
sentence_labels(const struct learner *l, const struct train_row *row,
	const struct tokens *t, size_t words, uint16_t *labels)
{
	for (size_t k = 0; k < row->mention_count; k++) {
		const struct train_mention *m = &row->mentions[k];
		uint16_t begin = type_label(l, m), label = begin;
		for (size_t i = 0; i < words; i++) {
			if (t->p[i].start >= m->end || t->p[i].end <= m->start)
				continue;
			labels[i] = label;
			label = (uint16_t)(begin + 1);
		}
	}
}

static void
sentence_read(struct learner *l, const struct train_row *row, struct arena *scratch)
{
	struct tokens t;
	arena_clear(scratch);
	tokens_read(scratch, row->text, &t);
	size_t words = t.n < TAG_WORDS_MAX ? t.n : TAG_WORDS_MAX;
	const struct tag_word *w = tag_words(scratch, &t, words);
	l->sentences[l->count++] = (struct sentence){l->keys, words};
	l->key = mem_realloc(
		l->key, (l->keys + words * TAG_FEATURES + 1) * sizeof(*l->key));
	l->label = mem_realloc(
		l->label, (l->keys / TAG_FEATURES + words + 1) * sizeof(*l->label));
	uint16_t *labels = l->label + l->keys / TAG_FEATURES;
	memset(labels, 0, words * sizeof(*labels));
	sentence_labels(l, row, &t, words, labels);
	for (size_t i = 0; i < words; i++) {
		tag_features(w, i, l->key + l->keys);
		l->keys += TAG_FEATURES;
	}
}

/* All that have mentions, and every so many of the others. */
static void
learner_sentences(struct learner *l, const struct train_row *rows, size_t count)
{
	struct arena scratch;
	size_t told = 0;
	for (size_t i = 0; i < count; i++)
		told += rows[i].mention_count > 0;
	require(told);
	size_t every = (count - told) / (told * TAG_PLAIN_SHARE) + 1, plain = 0;
	l->sentences = ARENA_ARRAY(&l->arena, struct sentence, count + 1);
	arena_init(&scratch, 65536);
	for (size_t i = 0; i < count; i++)
		if (rows[i].mention_count || plain++ % every == 0)
			sentence_read(l, &rows[i], &scratch);
	arena_fini(&scratch);
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Learnt are features that two words have, and all of words inside entities; then keys
 * become their numbers. */
static enum err
learner_features(struct learner *l, struct error *e)
{
	uint32_t *all = mem_alloc((2 * l->keys + 1) * sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < l->keys; i++) {
		all[n++] = l->key[i];
		if (l->label[i / TAG_FEATURES])
			all[n++] = l->key[i];
	}
	qsort(all, n, sizeof(*all), u32_order);
	for (size_t i = 0; i + 1 < n; i++)
		if (all[i] == all[i + 1] &&
			(!l->features || all[l->features - 1] != all[i]))
			all[l->features++] = all[i];
	l->known = all;
	if (l->features > TAG_FEATURES_MAX)
		return err_set(e, ERR_LIMIT,
			"%zu features of annotated examples, at most %d", l->features,
			TAG_FEATURES_MAX);
	for (size_t i = 0; i < l->keys; i++) {
		const uint32_t *at =
			bsearch(&l->key[i], all, l->features, sizeof(*all), u32_order);
		l->key[i] = at ? (uint32_t)(at - all) : ABSENT;
	}
	return OK;
}

/* ---- learning ---- */

/* Which features this pass leaves out; what stays is put to out[]. */
static void
sentence_drop(struct learner *l, const struct sentence *s, uint32_t *out)
{
	for (size_t i = 0; i < s->words * TAG_FEATURES; i++) {
		size_t place = i % TAG_FEATURES;
		uint64_t chance = train_random(&l->random) >> 56;
		bool drop = chance < (place < TAG_FEATURES_OWN ? DROP_OWN : DROP);
		out[i] = drop ? ABSENT : l->key[s->from + i];
	}
}

static void
sentence_scores(
	const struct learner *l, const struct sentence *s, const uint32_t *in, float *out)
{
	memset(out, 0, s->words * l->lanes * sizeof(*out));
	for (size_t i = 0; i < s->words * TAG_FEATURES; i++) {
		if (in[i] == ABSENT)
			continue;
		const float *w = l->weight + in[i] * l->lanes;
		float *score = out + i / TAG_FEATURES * l->lanes;
		for (size_t y = 0; y < l->lanes; y++)
			score[y] += w[y];
	}
}

static void
weight_move(float *weight, float *square, float gradient)
{
	gradient += DECAY * *weight;
	*square += gradient * gradient;
	*weight -= RATE * gradient / sqrtf(*square + 1e-8f);
}

static void
word_learn(struct learner *l, const struct tag_chain *c, size_t at, uint16_t label,
	const uint32_t *in)
{
	for (size_t y = 0; y < 1 + 2 * l->type_count; y++) {
		float g = (float)tag_chain_label(c, at, y) - (float)(y == label);
		if (fabsf(g) < 1e-3f)
			continue;
		for (size_t i = 0; i < TAG_FEATURES; i++)
			if (in[i] != ABSENT)
				weight_move(&l->weight[in[i] * l->lanes + y],
					&l->square[in[i] * l->lanes + y], g);
	}
}

static void
steps_learn(struct learner *l, const struct tag_chain *c, const uint16_t *labels)
{
	double count[TAG_PARTS][TAG_PARTS] = {0};
	enum tag_part before = TAG_OUTSIDE;
	tag_chain_steps(c, count);
	for (size_t i = 0; i < c->words; i++) {
		count[before][tag_part(labels[i])]--;
		before = tag_part(labels[i]);
	}
	for (int p = 0; p < TAG_PARTS; p++)
		for (int q = 0; q < TAG_PARTS; q++)
			weight_move(&l->step[p][q], &l->step_square[p][q],
				(float)count[p][q]);
}

static void
sentence_learn(struct learner *l, const struct sentence *s, struct arena *scratch)
{
	arena_clear(scratch);
	uint32_t *in = ARENA_ARRAY(scratch, uint32_t, s->words * TAG_FEATURES + 1);
	float *score = ARENA_ARRAY(scratch, float, s->words * l->lanes + 1);
	const uint16_t *labels = l->label + s->from / TAG_FEATURES;
	sentence_drop(l, s, in);
	sentence_scores(l, s, in, score);
	struct tag_chain c = {.words = s->words,
		.types = l->type_count,
		.lanes = l->lanes,
		.score = score};
	memcpy(c.step, l->step, sizeof(c.step));
	tag_chain_sum(&c, scratch);
	for (size_t i = 0; i < s->words; i++)
		word_learn(l, &c, i, labels[i], in + i * TAG_FEATURES);
	steps_learn(l, &c, labels);
}

static void
learner_run(struct learner *l)
{
	struct arena scratch;
	uint32_t *order = ARENA_ARRAY(&l->arena, uint32_t, l->count + 1);
	l->weight = mem_zalloc((l->features * l->lanes + 1) * sizeof(*l->weight));
	l->square = mem_zalloc((l->features * l->lanes + 1) * sizeof(*l->square));
	arena_init(&scratch, 65536);
	for (size_t i = 0; i < l->count; i++)
		order[i] = (uint32_t)i;
	for (int epoch = 0; epoch < EPOCHS; epoch++) {
		train_shuffle(order, l->count, &l->random);
		for (size_t i = 0; i < l->count; i++)
			sentence_learn(l, &l->sentences[order[i]], &scratch);
	}
	arena_fini(&scratch);
}

/* ---- writing ---- */

static float
row_most(const struct learner *l, size_t feature)
{
	float most = 0;
	for (size_t y = 0; y < l->lanes; y++)
		most = fmaxf(most, fabsf(l->weight[feature * l->lanes + y]));
	return most;
}

/* Features whose weights matter move to the front, in order. */
static void
learner_prune(struct learner *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->features; i++) {
		if (row_most(l, i) < SMALL)
			continue;
		memmove(l->weight + n * l->lanes, l->weight + i * l->lanes,
			l->lanes * sizeof(*l->weight));
		l->known[n++] = l->known[i];
	}
	l->features = n;
}

static void
section_add(struct buf *out, size_t start, struct tagger_header *h,
	enum tagger_section_id id, const void *p, size_t n)
{
	static const char zeros[8];
	if ((out->n - start) % 8)
		buf_add(out, zeros, 8 - (out->n - start) % 8);
	h->section[id].at = (uint32_t)(out->n - start);
	h->section[id].size = (uint32_t)n;
	buf_add(out, p, n);
}

static void
write_names(
	const struct learner *l, struct buf *out, size_t start, struct tagger_header *h)
{
	struct buf names;
	buf_init(&names, MODEL_BYTES_MAX);
	for (size_t i = 0; i < l->type_count; i++) {
		buf_add_str(&names, l->types[i].kind);
		buf_add_char(&names, '\0');
		buf_add_str(&names, l->types[i].role);
		buf_add_char(&names, '\0');
	}
	section_add(out, start, h, TAGGER_NAMES, names.p, names.n);
	buf_fini(&names);
}

static void
write_rows(
	const struct learner *l, struct buf *out, size_t start, struct tagger_header *h)
{
	float *scale = mem_zalloc((l->features + 1) * sizeof(*scale)), most = 0;
	int8_t *rows = mem_zalloc(l->features * l->lanes + 1);
	for (size_t i = 0; i < l->features; i++) {
		scale[i] = row_most(l, i) / 127;
		most = fmaxf(most, scale[i]);
		for (size_t y = 0; y < l->lanes; y++)
			rows[i * l->lanes + y] =
				(int8_t)lrintf(l->weight[i * l->lanes + y] / scale[i]);
	}
	h->unit = most > 0 ? INT16_MAX / most * .99f : 1;
	section_add(out, start, h, TAGGER_SCALE, scale, l->features * sizeof(*scale));
	section_add(out, start, h, TAGGER_ROWS, rows, l->features * l->lanes);
	free(scale);
	free(rows);
}

static void
learner_write(struct learner *l, struct buf *out)
{
	static const struct tagger_header blank;
	const size_t start = out->n;
	uint32_t bits = vector_index_bits(l->features);
	uint32_t *index = mem_alloc((((size_t)1 << bits) + 1) * sizeof(*index));
	struct tagger_header h = {.magic = TAGGER_MAGIC,
		.types = (uint32_t)l->type_count,
		.lanes = (uint32_t)l->lanes,
		.features = (uint32_t)l->features,
		.index_bits = bits};
	memcpy(h.step, l->step, sizeof(h.step));
	vector_index_fill(l->known, l->features, bits, index);
	buf_add(out, &blank, sizeof(blank));
	write_names(l, out, start, &h);
	section_add(out, start, &h, TAGGER_INDEX, index,
		(((size_t)1 << bits) + 1) * sizeof(*index));
	section_add(
		out, start, &h, TAGGER_KEYS, l->known, l->features * sizeof(*l->known));
	write_rows(l, out, start, &h);
	if (!buf_over(out))
		memcpy(out->p + start, &h, sizeof(h));
	free(index);
}

enum err
tagger_train(const struct train_row *rows, size_t count, uint64_t seed, struct buf *out,
	struct error *e)
{
	struct learner l = {.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 99};
	arena_init(&l.arena, 65536);
	enum err err = learner_types(&l, rows, count, e);
	if (!err && l.type_count) {
		learner_sentences(&l, rows, count);
		err = learner_features(&l, e);
	}
	if (!err && l.type_count) {
		learner_run(&l);
		learner_prune(&l);
		learner_write(&l, out);
	}
	free(l.key);
	free(l.label);
	free(l.known);
	free(l.weight);
	free(l.square);
	arena_fini(&l.arena);
	return err;
}
