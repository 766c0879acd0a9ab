#include "turn/answer_cache.h"

#include "base/limits.h"

/* A parsed value takes some times the room of its text; this much at once is mostly enough. */
#define ARENA_PER_BYTE 6

void
answer_cache_init(struct answer_cache *c)
{
	memset(c, 0, sizeof *c);
	c->count_max = ANSWER_CACHE_ENTRIES_MAX;
	c->bytes_max = ANSWER_CACHE_BYTES_MAX;
	map_init(&c->entries);
	list_init(&c->used);
}

static size_t
weight(const struct cached_answer *e)
{
	return sizeof *e + e->arena.total;
}

static void
drop(struct answer_cache *c, struct cached_answer *e)
{
	map_remove(&c->entries, e->key);
	list_remove(&e->used);
	c->bytes -= weight(e);
	c->count--;
	answer_cache_release(&e);
}

void
answer_cache_release(struct cached_answer **answer)
{
	struct cached_answer *e = *answer;
	*answer = NULL;
	if (!e || --e->users > 0)
		return;
	arena_fini(&e->arena);
	free(e);
}

void
answer_cache_fini(struct answer_cache *c)
{
	list_each_safe(l, &c->used)
		drop(c, list_entry(l, struct cached_answer, used));
	map_fini(&c->entries);
}

struct cached_answer *
answer_cache_get(
	struct answer_cache *c, struct str key, struct wall now, int64_t max_age_ms)
{
	struct cached_answer *e = map_get(&c->entries, key);
	/* A clock that was set back makes an answer look as if from the future: that is too old as well. */
	if (!e || now.ms - e->at.ms > max_age_ms || now.ms < e->at.ms) {
		c->misses++;
		return NULL;
	}
	c->hits++;
	list_remove(&e->used);
	list_append(&c->used, &e->used);
	e->users++;
	return e;
}

static struct cached_answer *
new_entry(struct str key, struct str body, int http, struct wall at)
{
	struct cached_answer *e = mem_zalloc(sizeof *e);
	arena_init(&e->arena, key.n + ARENA_PER_BYTE * body.n + 64);
	e->key = arena_str(&e->arena, key);
	e->body = arena_str(&e->arena, body);
	e->http = http;
	e->at = at;
	e->users = 1;
	list_init(&e->used);
	if (body.n && json_parse(&e->arena, e->body, &e->json, NULL) != OK)
		answer_cache_release(&e);
	return e;
}

void
answer_cache_put(
	struct answer_cache *c, struct str key, struct str body, int http, struct wall at)
{
	struct cached_answer *old = map_get(&c->entries, key);
	if (old)
		drop(c, old);
	if (ARENA_PER_BYTE * body.n > c->bytes_max / 16)
		return;
	struct cached_answer *e = new_entry(key, body, http, at);
	if (!e)
		return;
	while (c->count >= c->count_max ||
		(c->count && c->bytes + weight(e) > c->bytes_max))
		drop(c, list_entry(c->used.next, struct cached_answer, used));
	list_append(&c->used, &e->used);
	map_put(&c->entries, e->key, e);
	c->bytes += weight(e);
	c->count++;
}

void
answer_cache_journaled(struct answer_cache *c, struct str key, struct str body,
	struct wall at, int64_t journal)
{
	struct cached_answer *e = map_get(&c->entries, key);
	if (e && e->at.ms == at.ms && str_eq(e->body, body))
		e->journal = journal;
}

void
answer_cache_forget(struct answer_cache *c, struct str prefix)
{
	list_each_safe(l, &c->used) {
		struct cached_answer *e = list_entry(l, struct cached_answer, used);
		if (str_starts(e->key, prefix))
			drop(c, e);
	}
}
