#include "text/entity_lookup.h"

#include "base/limits.h"
#include "text/terms.h"

#define FUZZY_MIN 5      /* letters from which one mistake is forgiven */
#define FUZZY_TWO_MIN 10 /* and two */
#define FUZZY_MAX 48     /* longer names must be written right */
#define FUZZY_TOKENS 4
#define FUZZY_FACTOR .8 /* of the confidence */

struct lookup_name {
	struct str value; /* as the pack writes it */
	struct str kind, role;
	double confidence;
	uint32_t term;
	bool exact;
};

struct entity_lookups {
	struct arena arena;
	struct terms terms;
	uint32_t *name_of; /* of each term: its name */
	struct lookup_name *names;
	size_t count;
	uint32_t *fuzzy; /* names that forgive mistakes, ordered by token count, first
			    byte and length */
	size_t fuzzy_count;
};

static struct str
lookup_form(const struct entity_lookups *l, uint32_t name)
{
	return l->terms.p[l->names[name].term].text;
}

static uint64_t
fuzzy_key(uint32_t tokens, struct str form)
{
	return (uint64_t)tokens << 32 | (uint64_t)(unsigned char)form.p[0] << 16 | form.n;
}

static int
fuzzy_cmp(const void *a, const void *b, void *lookups)
{
	const struct entity_lookups *l = lookups;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t kx = fuzzy_key(l->terms.p[l->names[x].term].tokens, lookup_form(l, x));
	uint64_t ky = fuzzy_key(l->terms.p[l->names[y].term].tokens, lookup_form(l, y));
	return kx != ky ? (kx > ky ? 1 : -1) : (x > y) - (x < y);
}

static void
lookups_index(struct entity_lookups *l)
{
	l->name_of = ARENA_ARRAY(&l->arena, uint32_t, l->terms.n + 1);
	l->fuzzy = ARENA_ARRAY(&l->arena, uint32_t, l->count + 1);
	for (size_t i = l->count; i-- > 0;) {
		const struct term *term = &l->terms.p[l->names[i].term];
		l->name_of[l->names[i].term] = (uint32_t)i;
		bool length = term->text.n >= FUZZY_MIN && term->text.n <= FUZZY_MAX &&
			term->tokens <= FUZZY_TOKENS;
		if (!l->names[i].exact && length && !term->free_start)
			l->fuzzy[l->fuzzy_count++] = (uint32_t)i;
	}
	qsort_r(l->fuzzy, l->fuzzy_count, sizeof(*l->fuzzy), fuzzy_cmp, l);
}

enum err
entity_lookups_new(
	const struct items *lists, struct entity_lookups **out, struct error *e)
{
	struct entity_lookups *l = mem_zalloc(sizeof(*l));
	arena_init(&l->arena, 16384);
	terms_init(&l->terms);
	size_t total = 0;
	items_each(const struct entity_lookup, list, *lists)
		total += list->values.n;
	l->names = ARENA_ARRAY(&l->arena, struct lookup_name, total + 1);
	items_each(const struct entity_lookup, list, *lists) {
		items_each(const struct str, value, list->values) {
			uint32_t term = terms_add(&l->terms, *value);
			if (term == TERM_NONE)
				continue;
			l->names[l->count++] = (struct lookup_name){
				.value = arena_str(&l->arena, *value),
				.kind = arena_str(&l->arena, list->kind),
				.role = arena_str(&l->arena, list->role),
				.confidence =
					list->confidence > 0 ? list->confidence : .9,
				.term = term,
				.exact = list->exact,
			};
		}
	}
	enum err err = terms_compile(&l->terms, e);
	if (err) {
		entity_lookups_free(&l);
		return err;
	}
	lookups_index(l);
	*out = l;
	return OK;
}

void
entity_lookups_free(struct entity_lookups **lookups)
{
	struct entity_lookups *l = *lookups;
	if (!l)
		return;
	terms_fini(&l->terms);
	arena_fini(&l->arena);
	free(l);
	*lookups = NULL;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; lengths are at most FUZZY_MAX + 2. */
static size_t
spelling_distance(struct str a, struct str b)
{
	size_t row[3][FUZZY_MAX + 4];
	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = row[i % 3], *above = row[(i - 1) % 3],
		       *before = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			now[j] = least(least(above[j] + 1, now[j - 1] + 1),
				above[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				a.p[i - 2] == b.p[j - 1];
			if (swapped)
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[a.n % 3][b.n];
}

static void
lookups_add(const struct entity_lookups *l, struct drafts *d, uint32_t name, size_t first,
	size_t last, double factor)
{
	const struct lookup_name *n = &l->names[name];
	size_t start = d->t->p[first].start, end = d->t->p[last].end;
	if (drafts_inside_address(d, start, end))
		return;
	drafts_add_entity(d, RANK_LOOKUP,
		&(struct entity){
			.kind = n->kind,
			.role = n->role,
			.text = str_sub(d->t->text, start, end),
			.value = n->value,
			.start = (uint32_t)start,
			.end = (uint32_t)end,
			.confidence = n->confidence * factor,
		});
}

/* The first index of `fuzzy` whose key is not smaller. */
static size_t
fuzzy_from(const struct entity_lookups *l, uint64_t key)
{
	size_t low = 0, high = l->fuzzy_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		uint32_t name = l->fuzzy[middle];
		if (fuzzy_key(l->terms.p[l->names[name].term].tokens,
			    lookup_form(l, name)) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Names that differ from the tokens [first, last] by a small mistake. */
static void
lookups_fuzzy(const struct entity_lookups *l, struct drafts *d, size_t first, size_t last)
{
	struct str norm = d->t->norm;
	size_t from = d->t->p[first].at, to = d->t->p[last].at + d->t->p[last].norm.n;
	struct str form = str_sub(norm, from, to);
	uint32_t tokens = (uint32_t)(last - first + 1);
	if (form.n < FUZZY_MIN || form.n > FUZZY_MAX || d->t->p[first].unspaced)
		return;
	size_t allowed = form.n >= FUZZY_TWO_MIN ? 2 : 1;
	struct str shorter = {form.p, form.n - allowed};
	uint64_t end = fuzzy_key(tokens, (struct str){form.p, form.n + allowed});
	for (size_t i = fuzzy_from(l, fuzzy_key(tokens, shorter)); i < l->fuzzy_count;
		i++) {
		uint32_t name = l->fuzzy[i];
		struct str other = lookup_form(l, name);
		if (fuzzy_key(l->terms.p[l->names[name].term].tokens, other) > end)
			return;
		size_t distance = spelling_distance(form, other);
		if (distance && distance <= (other.n >= FUZZY_TWO_MIN ? allowed : 1))
			lookups_add(l, d, name, first, last, FUZZY_FACTOR);
	}
}

void
entity_lookups_read(const struct entity_lookups *l, struct drafts *d)
{
	struct term_hit *hits;
	size_t n = terms_find(&l->terms, d->a, d->t, &hits);
	for (size_t i = 0; i < n; i++)
		lookups_add(
			l, d, l->name_of[hits[i].term], hits[i].first, hits[i].last, 1);
	if (!l->fuzzy_count)
		return;
	for (size_t first = 0; first < d->t->n && first < LOOKUP_TOKENS_MAX; first++)
		for (size_t last = first; last < d->t->n && last < first + FUZZY_TOKENS;
			last++)
			lookups_fuzzy(l, d, first, last);
}
