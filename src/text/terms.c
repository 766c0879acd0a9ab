#include "text/terms.h"

#include "base/limits.h"
#include "text/aho.h"

void
terms_init(struct terms *t)
{
	*t = (struct terms){0};
	arena_init(&t->arena, 16384);
	arena_init(&t->scratch, 0);
	map_init(&t->index);
}

void
terms_fini(struct terms *t)
{
	free(t->p);
	map_fini(&t->index);
	arena_fini(&t->arena);
	arena_fini(&t->scratch);
	aho_free(&t->finder);
	t->p = NULL;
}

static uint32_t
terms_append(struct terms *t, const struct tokens *form, bool prefix)
{
	if (t->n == TERMS_MAX) {
		t->full = true;
		return TERM_NONE;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->p = mem_realloc(t->p, t->cap * sizeof(*t->p));
	}
	t->p[t->n] = (struct term){
		.text = arena_str(&t->arena, str_trim(form->norm)),
		.tokens = (uint32_t)form->n,
		.twin = TERM_NONE,
		.free_start = form->p[0].unspaced,
		.free_end = prefix || form->p[form->n - 1].unspaced,
	};
	return (uint32_t)t->n++;
}

uint32_t
terms_add(struct terms *t, struct str written)
{
	struct tokens form;
	bool prefix = written.n > 1 && str_ends(written, STR("*"));
	arena_clear(&t->scratch);
	tokens_read(&t->scratch, str_sub(written, 0, written.n - prefix), &form);
	if (!form.n)
		return TERM_NONE;
	struct str key = arena_printf(
		&t->scratch, "%.*s%s", STR_ARG(str_trim(form.norm)), prefix ? "*" : "");
	uintptr_t at = (uintptr_t)map_get(&t->index, key);
	if (at)
		return (uint32_t)(at - 1);
	struct str plain = str_trim(form.norm);
	struct str other =
		prefix ? plain : arena_printf(&t->scratch, "%.*s*", STR_ARG(plain));
	uintptr_t twin = (uintptr_t)map_get(&t->index, other);
	uint32_t id = terms_append(t, &form, prefix);
	if (twin && id != TERM_NONE)
		t->p[twin - 1].twin = id;
	if (id != TERM_NONE)
		map_put(&t->index, key, (void *)((uintptr_t)id + 1));
	return id;
}

enum err
terms_compile(struct terms *t, struct error *e)
{
	if (t->full)
		return err_set(e, ERR_LIMIT, "more than %d words", TERMS_MAX);
	arena_clear(&t->scratch);
	struct str *literals = ARENA_ARRAY(&t->scratch, struct str, t->n + 1);
	for (size_t i = 0; i < t->n; i++)
		literals[i] = t->p[i].free_start
			? t->p[i].text
			: arena_printf(&t->scratch, " %.*s", STR_ARG(t->p[i].text));
	enum err err = aho_new(literals, t->n, false, &t->finder, e);
	arena_fini(&t->scratch);
	arena_init(&t->scratch, 0);
	map_fini(&t->index);
	map_init(&t->index);
	if (t->n)
		t->p = mem_realloc(t->p, t->n * sizeof(*t->p));
	t->cap = t->n;
	return err;
}

/* A word ends at a blank, and before the 's of "the manager's". */
static bool
word_ends(struct str norm, size_t at)
{
	if (norm.p[at] == ' ')
		return true;
	return norm.n - at >= 3 && memcmp(norm.p + at, "'s ", 3) == 0;
}

size_t
terms_find(const struct terms *t, struct arena *a, const struct tokens *message,
	struct term_hit **out)
{
	size_t n = 0, cap = 32;
	struct term_hit *hits = ARENA_ARRAY(a, struct term_hit, cap);
	struct aho_scan s;
	struct aho_hit hit;
	aho_start(&s, t->finder, message->norm);
	/* The automaton reports a literal once, under the term that came first. */
	while (aho_next(&s, &hit)) {
		for (uint32_t id = hit.id; id != TERM_NONE; id = t->p[id].twin) {
			const struct term *term = &t->p[id];
			if (!term->free_end && !word_ends(message->norm, hit.end))
				continue;
			if (n == cap) {
				struct term_hit *more =
					ARENA_ARRAY(a, struct term_hit, cap * 2);
				memcpy(more, hits, n * sizeof(*hits));
				hits = more;
				cap *= 2;
			}
			hits[n++] = (struct term_hit){
				.term = id,
				.first = (uint32_t)tokens_index(
					message, hit.end - term->text.n),
				.last = (uint32_t)tokens_index(message, hit.end - 1),
				.start = hit.end - (uint32_t)term->text.n,
				.end = hit.end,
			};
		}
	}
	*out = hits;
	return n;
}
