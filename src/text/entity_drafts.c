#include "text/entity_drafts.h"

#include "base/limits.h"

void
drafts_add_entity(struct drafts *d, enum draft_rank rank, const struct entity *e)
{
	if (d->n == d->cap) {
		if (d->cap >= ENTITIES_MAX * 4)
			return;
		struct draft *old = d->p;
		size_t cap = d->cap ? d->cap * 4 : ENTITIES_MAX / 8;
		d->p = ARENA_ARRAY(d->a, struct draft, cap);
		if (d->n)
			memcpy(d->p, old, d->n * sizeof(*old));
		d->cap = cap;
	}
	d->p[d->n++] = (struct draft){*e, rank};
}

void
drafts_add(struct drafts *d, enum draft_rank rank, const char *kind, struct str value,
	size_t start, size_t end, double confidence)
{
	struct str text = str_sub(d->t->text, start, end);
	drafts_add_entity(d, rank,
		&(struct entity){
			.kind = str_of(kind),
			.text = text,
			.value = value.n ? value : text,
			.start = (uint32_t)start,
			.end = (uint32_t)end,
			.confidence = confidence,
		});
}

static int
draft_cmp_strength(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	uint32_t xn = x->entity.end - x->entity.start,
		 yn = y->entity.end - y->entity.start;
	if (xn != yn)
		return xn > yn ? -1 : 1;
	return (x->entity.start > y->entity.start) - (x->entity.start < y->entity.start);
}

static int
draft_cmp_place(const void *a, const void *b)
{
	const struct entity *x = a, *y = b;
	return (x->start > y->start) - (x->start < y->start);
}

bool
drafts_inside_address(const struct drafts *d, size_t start, size_t end)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct entity *e = &d->p[i].entity;
		bool address =
			str_eq(e->kind, STR("email")) || str_eq(e->kind, STR("url"));
		if (address && e->start <= start && end <= e->end &&
			end - start < e->end - e->start)
			return true;
	}
	return false;
}

/* Who asks for numbers alone finds them inside these, too. */
static bool
may_nest(const struct entity *number, const struct entity *whole)
{
	static const char *const kinds[] = {"money", "percent", "duration", NULL};
	if (!str_eq(number->kind, STR("number")))
		return false;
	for (size_t i = 0; kinds[i]; i++)
		if (str_eq(whole->kind, str_of(kinds[i])))
			return true;
	return false;
}

static bool
spans_apart(const struct entity *a, const struct entity *b)
{
	return a->end <= b->start || a->start >= b->end || may_nest(a, b);
}

void
drafts_settle(struct drafts *d, struct entities *out)
{
	*out = (struct entities){0};
	if (!d->n)
		return;
	qsort(d->p, d->n, sizeof(*d->p), draft_cmp_strength);
	out->p = ARENA_ARRAY(
		d->a, struct entity, d->n < ENTITIES_MAX ? d->n : ENTITIES_MAX);
	for (size_t i = 0; i < d->n && out->n < ENTITIES_MAX; i++) {
		const struct entity *e = &d->p[i].entity;
		bool free_span = true;
		for (size_t j = 0; j < out->n && free_span; j++)
			free_span = spans_apart(e, &out->p[j]);
		if (free_span)
			out->p[out->n++] = *e;
	}
	qsort(out->p, out->n, sizeof(*out->p), draft_cmp_place);
}
