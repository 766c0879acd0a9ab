#include "text/vector.h"

#include "text/exact.h"

#include <math.h>

#define ABSENT UINT32_MAX

uint32_t
vector_index_bits(size_t keys)
{
	uint32_t bits = 1;
	while (bits < 20 && (1u << bits) < keys)
		bits++;
	return bits;
}

void
vector_index_fill(const uint32_t *keys, size_t count, uint32_t bits, uint32_t *index)
{
	size_t at = 0;
	for (size_t lead = 0; lead < (size_t)1 << bits; lead++) {
		while (at < count && keys[at] >> (32 - bits) < lead)
			at++;
		index[lead] = (uint32_t)at;
	}
	index[(size_t)1 << bits] = (uint32_t)count;
}

/* Short texts have hashes that lead alike, so a bucket may be large and is halved. */
static uint32_t
space_find(const struct vector_space *s, uint32_t key)
{
	uint32_t lead = key >> (32 - s->index_bits);
	uint32_t from = s->index[lead], n = s->index[lead + 1] - from;
	while (n > 1) {
		uint32_t half = n / 2;
		from += s->keys[from + half - 1] < key ? half : 0;
		n -= half;
	}
	return n && s->keys[from] == key ? from : ABSENT;
}

/* Known features, each once with its count. */
static void
vector_count(const struct vector_space *space, struct arena *a, const struct features *f,
	struct vector *out)
{
	/* Of its own, so that no store below can be taken for a change of it. */
	const struct vector_space s = *space;
	size_t slots = 64;
	while (slots < f->n * 2)
		slots *= 2;
	uint32_t *slot = ARENA_ARRAY(a, uint32_t, slots); /* item + 1 */
	out->p = arena_alloc(a, (f->n + 1) * sizeof(*out->p));
	out->n = 0;
	for (size_t i = 0; i < f->n; i++) {
		uint32_t row = space_find(&s, f->p[i].key);
		if (row == ABSENT)
			continue;
		size_t at = (row * 2654435761u) & (slots - 1);
		while (slot[at] && out->p[slot[at] - 1].row != row)
			at = (at + 1) & (slots - 1);
		if (slot[at]) {
			out->p[slot[at] - 1].tf++;
			continue;
		}
		out->p[out->n++] =
			(struct vector_item){.row = row, .tf = 1, .block = f->p[i].block};
		slot[at] = (uint32_t)out->n;
	}
}

static void
vector_weigh(const struct vector_space *s, struct vector *v)
{
	double square[BLOCKS] = {0}, all = 0;
	for (size_t i = 0; i < v->n; i++) {
		struct vector_item *it = &v->p[i];
		double tf = it->tf == 1 ? 1 : 1 + exact_log(it->tf);
		it->value = (float)(tf * (double)s->idf[it->row]);
		square[it->block] += (double)it->value * (double)it->value;
	}
	double factor[BLOCKS];
	for (int b = 0; b < BLOCKS; b++) {
		factor[b] =
			square[b] > 0 ? (double)s->block_weight[b] / sqrt(square[b]) : 0;
		all += square[b] * factor[b] * factor[b];
	}
	double norm = all > 0 ? 1 / sqrt(all) : 0;
	for (size_t i = 0; i < v->n; i++)
		v->p[i].value =
			(float)((double)v->p[i].value * factor[v->p[i].block] * norm);
}

void
vector_read(const struct vector_space *s, struct arena *a, struct str text,
	struct vector *out)
{
	struct features f;
	features_read(a, text, s->pairs, &f);
	vector_count(s, a, &f, out);
	vector_weigh(s, out);
}
