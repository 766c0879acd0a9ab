#include "text/train_data.h"

#include "base/limits.h"
#include "text/exact.h"

#include <math.h>

/* Of the letters' block beside words and neighbours: what decides where examples are few
 * and words are misspelt. (Cross-validated: 1.3 to 2 are alike, and better than 1.) */
#define LETTERS_WEIGHT 1.6f
#define FEW_PER_CLASS 50 /* with fewer rows in the largest class every feature counts */

static int
str_order(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

void
train_shuffle(uint32_t *p, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = train_random(state) % i;
		uint32_t swap = p[i - 1];
		p[i - 1] = p[j];
		p[j] = swap;
	}
}

static enum err
data_classes(struct train_data *d, const struct train_row *rows, struct error *e)
{
	struct str *all = mem_alloc((d->rows + 1) * sizeof(*all));
	for (size_t i = 0; i < d->rows; i++)
		all[i] = rows[i].label;
	qsort(all, d->rows, sizeof(*all), str_order);
	size_t n = 0;
	for (size_t i = 0; i < d->rows; i++)
		if (!i || !str_eq(all[i], all[n - 1]))
			all[n++] = all[i];
	d->classes = all;
	d->class_count = n;
	d->oos = -1;
	size_t in_scope = n;
	for (size_t i = 0; i < n; i++) {
		if (!all[i].n || memchr(all[i].p, '\0', all[i].n))
			return err_set(e, ERR_INVALID, "an example has no label");
		if (str_eq(all[i], STR("oos"))) {
			d->oos = (int)i;
			in_scope--;
		}
	}
	if (in_scope < 2)
		return err_set(e, ERR_INVALID,
			"training needs examples of two intents or more, there are %zu",
			in_scope);
	if (n > MODEL_CLASSES_MAX)
		return err_set(
			e, ERR_LIMIT, "%zu intents, at most %d", n, MODEL_CLASSES_MAX);
	d->label = mem_alloc(d->rows * sizeof(*d->label));
	for (size_t i = 0; i < d->rows; i++) {
		const struct str *found =
			bsearch(&rows[i].label, all, n, sizeof(*all), str_order);
		d->label[i] = (uint32_t)(found - all);
	}
	return OK;
}

static int
data_df_min(const struct train_data *d, const struct train_options *o)
{
	if (o->df_min)
		return o->df_min;
	size_t *rows = mem_zalloc(d->class_count * sizeof(*rows));
	size_t most = 0;
	for (size_t i = 0; i < d->rows; i++)
		if (++rows[d->label[i]] > most)
			most = rows[d->label[i]];
	free(rows);
	return most >= FEW_PER_CLASS ? 2 : 1;
}

/* A growing list of keys: those of every row, each row's once. */
struct key_list {
	uint32_t *p;
	size_t n, cap;
};

static void
key_list_row(struct key_list *l, struct arena *a, struct str text, bool pairs)
{
	struct features f;
	arena_clear(a);
	features_read(a, text, pairs, &f);
	if (l->n + f.n > l->cap) {
		l->cap = (l->n + f.n) * 2;
		l->p = mem_realloc(l->p, l->cap * sizeof(*l->p));
	}
	uint32_t *own = l->p + l->n;
	for (size_t i = 0; i < f.n; i++)
		own[i] = f.p[i].key;
	if (f.n > 1)
		qsort(own, f.n, sizeof(*own), u32_order);
	size_t n = 0;
	for (size_t i = 0; i < f.n; i++)
		if (!i || own[i] != own[n - 1])
			own[n++] = own[i];
	l->n += n;
}

/* Sorts by four passes over a byte each; qsort takes seconds for what a large set has. */
static void
key_list_sort(struct key_list *l)
{
	uint32_t *other = mem_alloc((l->n + 1) * sizeof(*other)), *from = l->p,
		 *to = other;
	for (int shift = 0; shift < 32; shift += 8) {
		size_t at[257] = {0};
		for (size_t i = 0; i < l->n; i++)
			at[(from[i] >> shift & 255) + 1]++;
		for (int b = 0; b < 256; b++)
			at[b + 1] += at[b];
		for (size_t i = 0; i < l->n; i++)
			to[at[from[i] >> shift & 255]++] = from[i];
		uint32_t *swap = from;
		from = to;
		to = swap;
	}
	free(other);
}

static void
data_features(
	struct train_data *d, const struct train_row *rows, const struct train_options *o)
{
	struct key_list list = {0};
	struct arena a;
	arena_init(&a, 65536);
	for (size_t i = 0; i < d->rows; i++)
		key_list_row(&list, &a, rows[i].text, o->pairs > 0);
	arena_fini(&a);
	key_list_sort(&list);
	size_t df_min = (size_t)data_df_min(d, o);
	d->keys = mem_alloc((list.n + 1) * sizeof(*d->keys));
	d->idf = mem_alloc((list.n + 1) * sizeof(*d->idf));
	for (size_t i = 0, j; i < list.n; i = j) {
		for (j = i; j < list.n && list.p[j] == list.p[i];)
			j++;
		if (j - i < df_min)
			continue;
		d->keys[d->features] = list.p[i];
		double idf = exact_log((1 + (double)d->rows) / (1 + (double)(j - i))) + 1;
		d->idf[d->features++] = (float)sqrt(idf);
	}
	free(list.p);
	d->index_bits = vector_index_bits(d->features);
	d->index = mem_alloc((((size_t)1 << d->index_bits) + 1) * sizeof(*d->index));
	vector_index_fill(d->keys, d->features, d->index_bits, d->index);
	d->space = (struct vector_space){
		.keys = d->keys,
		.index = d->index,
		.index_bits = d->index_bits,
		.count = (uint32_t)d->features,
		.idf = d->idf,
		.block_weight = {1, 1, LETTERS_WEIGHT, (float)o->pairs},
		.pairs = o->pairs > 0,
	};
}

static void
data_vectors(struct train_data *d, const struct train_row *rows)
{
	struct arena a;
	size_t n = 0, cap = d->rows * 64 + 1024;
	arena_init(&a, 65536);
	d->item = mem_alloc(cap * sizeof(*d->item));
	d->from = mem_alloc((d->rows + 1) * sizeof(*d->from));
	for (size_t i = 0; i < d->rows; i++) {
		struct vector v;
		arena_clear(&a);
		vector_read(&d->space, &a, rows[i].text, &v);
		if (n + v.n > cap) {
			cap = (n + v.n) * 2;
			d->item = mem_realloc(d->item, cap * sizeof(*d->item));
		}
		d->from[i] = n;
		for (size_t j = 0; j < v.n; j++)
			d->item[n++] = (struct train_item){v.p[j].row, v.p[j].value};
	}
	d->from[d->rows] = n;
	arena_fini(&a);
}

enum err
train_data_new(const struct train_row *rows, size_t count, const struct train_options *o,
	struct train_data **out, struct error *e)
{
	if (count > TRAIN_ROWS_MAX)
		return err_set(
			e, ERR_LIMIT, "%zu examples, at most %d", count, TRAIN_ROWS_MAX);
	struct train_data *d = mem_zalloc(sizeof(*d));
	d->rows = count;
	enum err err = data_classes(d, rows, e);
	if (err) {
		train_data_free(&d);
		return err;
	}
	data_features(d, rows, o);
	data_vectors(d, rows);
	*out = d;
	return OK;
}

void
train_data_free(struct train_data **data)
{
	struct train_data *d = *data;
	if (!d)
		return;
	free(d->classes);
	free(d->label);
	free(d->from);
	free(d->item);
	free(d->keys);
	free(d->idf);
	free(d->index);
	free(d);
	*data = NULL;
}
