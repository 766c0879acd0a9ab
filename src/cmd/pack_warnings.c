#include "cmd/pack_warnings.h"

void
pack_warnings_init(struct pack_warnings *w)
{
	map_init(&w->said);
}

void
pack_warnings_fini(struct pack_warnings *w)
{
	map_fini(&w->said);
}

/* File and text; the digits behind a colon are a line. */
static struct str
warning_key(struct arena *a, const struct pack_problem *p)
{
	struct str all = arena_printf(a, "%.*s %.*s", STR_ARG(p->file), STR_ARG(p->text));
	char *key = arena_alloc(a, all.n + 1);
	size_t n = 0;
	bool line = false;
	for (size_t i = 0; i < all.n; i++) {
		char c = all.p[i];
		line = c == ':' || (line && c >= '0' && c <= '9');
		if (!line || c == ':')
			key[n++] = c;
	}
	return (struct str){key, n};
}

size_t
pack_warnings_each(struct pack_warnings *w, const struct pack_report *report,
	void (*say)(void *owner, const struct pack_problem *p), void *owner)
{
	static const char there = 0;
	struct map now;
	struct arena a;
	size_t fresh = 0;
	map_init(&now);
	arena_init(&a, 0);
	for (size_t i = 0; i < report->count; i++) {
		const struct pack_problem *p = &report->problems[i];
		if (!p->warning)
			continue;
		struct str key = warning_key(&a, p);
		if (!map_get(&w->said, key)) {
			say(owner, p);
			fresh++;
		}
		map_put(&now, key, (void *)(uintptr_t)&there);
	}
	arena_fini(&a);
	map_fini(&w->said);
	w->said = now;
	return fresh;
}
