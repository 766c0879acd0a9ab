#include "turn/answer_cache.h"

#include "base/arena.h"
#include "base/limits.h"

struct entry {
	struct list used;
	struct cached_answer answer;
	struct str key;
	size_t bytes;
	char text[]; /* key, then body */
};

void
answer_cache_init(struct answer_cache *c)
{
	memset(c, 0, sizeof *c);
	map_init(&c->entries);
	list_init(&c->used);
}

static void
drop(struct answer_cache *c, struct entry *e)
{
	map_remove(&c->entries, e->key);
	list_remove(&e->used);
	c->bytes -= e->bytes;
	c->count--;
	free(e);
}

void
answer_cache_fini(struct answer_cache *c)
{
	list_each_safe(l, &c->used)
		drop(c, list_entry(l, struct entry, used));
	map_fini(&c->entries);
}

bool
answer_cache_get(struct answer_cache *c, struct str key, struct wall now, int64_t max_age_ms,
	struct cached_answer *out)
{
	struct entry *e = map_get(&c->entries, key);
	/* A clock that was set back makes an answer look as if from the future: that is too old as well. */
	if (!e || now.ms - e->answer.at.ms > max_age_ms || now.ms < e->answer.at.ms) {
		c->misses++;
		return false;
	}
	c->hits++;
	list_remove(&e->used);
	list_append(&c->used, &e->used);
	*out = e->answer;
	return true;
}

void
answer_cache_put(struct answer_cache *c, struct str key, const struct cached_answer *answer)
{
	struct entry *old = map_get(&c->entries, key);
	if (old)
		drop(c, old);
	size_t bytes = sizeof(struct entry) + key.n + answer->body.n;
	if (bytes > ANSWER_CACHE_BYTES_MAX / 16)
		return;
	while (c->count >= ANSWER_CACHE_ENTRIES_MAX || c->bytes + bytes > ANSWER_CACHE_BYTES_MAX)
		drop(c, list_entry(c->used.next, struct entry, used));
	struct entry *e = mem_alloc(bytes);
	memcpy(e->text, key.p, key.n);
	memcpy(e->text + key.n, answer->body.p, answer->body.n);
	e->key = (struct str){e->text, key.n};
	e->answer = *answer;
	e->answer.body = (struct str){e->text + key.n, answer->body.n};
	e->bytes = bytes;
	list_init(&e->used);
	list_append(&c->used, &e->used);
	map_put(&c->entries, e->key, e);
	c->bytes += bytes;
	c->count++;
}

void
answer_cache_forget(struct answer_cache *c, struct str prefix)
{
	list_each_safe(l, &c->used) {
		struct entry *e = list_entry(l, struct entry, used);
		if (str_starts(e->key, prefix))
			drop(c, e);
	}
}
