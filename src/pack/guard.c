/*
 * What guardrails look for in a text: all words of all guardrails in one pass over its
 * normal form, so that "issue" is not "sue" and "hello" not "hell", and all patterns in
 * one pass over the text as it is.
 */
#include "pack/load.h"

#include "base/limits.h"
#include "base/memo.h"
#include "text/aho.h"

#include <stdlib.h>

enum role { ROLE_WORD, ROLE_WITH, ROLE_LACKS };

/* A word may serve several guardrails. */
struct use {
	size_t guard;
	enum role role;
	struct use *next;
};

struct guard_words {
	struct aho *aho;
	struct str *literals; /* " word " */
	struct use **uses;    /* by literal */
	struct patterns *patterns;
	size_t *pattern_guard; /* by pattern */
	struct pattern *sources;
	struct memo
		*sights; /* of texts of late: a struct guard_sight of each guardrail */
	size_t guards, literal_count, pattern_count;
};

struct collecting {
	struct loader *l;
	struct guard_words *g;
	struct map ids; /* literal: index + 1 */
	size_t capacity;
};

static void
collect(struct collecting *c, const struct items *words, size_t guard, enum role role)
{
	items_each(const struct str, word, *words) {
		struct tokens t;
		tokens_read(c->l->a, *word, &t);
		if (!t.n)
			continue;
		uintptr_t id = (uintptr_t)map_get(&c->ids, t.norm);
		if (!id) {
			require(c->g->literal_count < c->capacity);
			c->g->literals[c->g->literal_count] = t.norm;
			id = ++c->g->literal_count;
			map_put(&c->ids, t.norm,
				(void *)id); // NOLINT(performance-no-int-to-ptr)
		}
		struct use *use = ARENA_NEW(c->l->a, struct use);
		*use = (struct use){guard, role, c->g->uses[id - 1]};
		c->g->uses[id - 1] = use;
	}
}

struct guard_words *
guard_words_new(struct loader *l, const struct policy_source *policy)
{
	struct guard_words *g = ARENA_NEW(l->a, struct guard_words);
	struct collecting c = {.l = l, .g = g};
	size_t patterns = 0;
	items_each(const struct guard_source, s, policy->guardrails) {
		c.capacity += s->words.n + s->with.n + s->lacks.n;
		patterns += s->patterns.n;
	}
	g->literals = ARENA_ARRAY(l->a, struct str, c.capacity + 1);
	g->uses = ARENA_ARRAY(l->a, struct use *, c.capacity + 1);
	g->sources = ARENA_ARRAY(l->a, struct pattern, patterns + 1);
	g->pattern_guard = ARENA_ARRAY(l->a, size_t, patterns + 1);
	map_init(&c.ids);
	items_each(const struct guard_source, s, policy->guardrails) {
		collect(&c, &s->words, g->guards, ROLE_WORD);
		collect(&c, &s->with, g->guards, ROLE_WITH);
		collect(&c, &s->lacks, g->guards, ROLE_LACKS);
		items_each(const struct str, source, s->patterns) {
			g->pattern_guard[g->pattern_count] = g->guards;
			g->sources[g->pattern_count++] =
				(struct pattern){.source = *source,
					.case_sensitive = true,
					.first_only = true};
		}
		g->guards++;
	}
	map_fini(&c.ids);
	g->sights =
		memo_new(TEXTS_REMEMBERED, (g->guards + 1) * sizeof(struct guard_sight));
	struct error e = {0};
	if (aho_new(g->literals, g->literal_count, false, &g->aho, &e))
		load_error(l, 0, "guardrails: %s", e.text);
	if (patterns_new(g->sources, g->pattern_count, &g->patterns, &e))
		load_error(l, 0, "guardrails.patterns: %s", e.text);
	return g;
}

void
guard_words_free(struct guard_words **g)
{
	if (*g) {
		memo_free(&(*g)->sights);
		aho_free(&(*g)->aho);
		patterns_free(&(*g)->patterns);
	}
	*g = NULL;
}

static void
look_use(const struct guard_words *g, const struct use *use, uint32_t literal,
	struct guard_sight *s)
{
	switch (use->role) {
	case ROLE_WORD:
		if (!s->word.n)
			s->word = str_trim(g->literals[literal]);
		break;
	case ROLE_WITH:
		s->with = true;
		break;
	case ROLE_LACKS:
		s->lacks = true;
		break;
	}
}

/* False: a pattern saw something, which is a part of the text. */
static bool
look(const struct guard_words *g, struct arena *a, struct str text,
	struct guard_sight *seen)
{
	struct tokens t;
	tokens_read(a, text, &t);
	struct aho_scan scan;
	struct aho_hit hit;
	aho_start(&scan, g->aho, t.norm);
	while (aho_next(&scan, &hit)) {
		for (const struct use *use = g->uses[hit.id]; use; use = use->next)
			look_use(g, use, hit.id, &seen[use->guard]);
	}
	struct pattern_hits hits;
	patterns_scan(g->patterns, a, text, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		struct guard_sight *s = &seen[g->pattern_guard[hits.p[i].id]];
		if (!s->word.n)
			s->word = str_sub(text, hits.p[i].start, hits.p[i].end);
	}
	return hits.n == 0;
}

const struct guard_sight *
pack_guard_look(const struct pack *p, struct arena *a, struct str text)
{
	const struct guard_words *g = p->guards;
	struct guard_sight *seen = ARENA_ARRAY(a, struct guard_sight, g->guards + 1);
	struct memo_key key = memo_key(g->sights, text);
	const struct guard_sight *known = memo_find(g->sights, key);
	if (known)
		memcpy(seen, known, (g->guards + 1) * sizeof(*seen));
	else if (look(g, a, text, seen))
		memo_keep(g->sights, key, seen);
	return seen;
}
