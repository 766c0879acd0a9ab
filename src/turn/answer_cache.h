/*
 * Answers to reading questions that may serve again for a while, in memory: bounded by entries and bytes, the one not
 * used for longest goes first. Losing it costs time and nothing else: what a turn took from it stands in its journal.
 */
#ifndef TURN_ANSWER_CACHE_H
#define TURN_ANSWER_CACHE_H

#include "base/list.h"
#include "base/map.h"
#include "env/env.h"

struct answer_cache {
	struct map entries;
	struct list used; /* oldest use first */
	size_t count, bytes;
	int64_t hits, misses;
};

struct cached_answer {
	struct str body;
	int http;
	struct wall at; /* when it was fetched */
};

void answer_cache_init(struct answer_cache *c);
void answer_cache_fini(struct answer_cache *c);
/* False when there is none that is at most max_age_ms old. The body lives until the cache next changes. */
bool answer_cache_get(struct answer_cache *c, struct str key, struct wall now, int64_t max_age_ms, struct cached_answer *out);
void answer_cache_put(struct answer_cache *c, struct str key, const struct cached_answer *answer);
/* Forgets all whose key starts so: what an effect has changed must be asked anew. */
void answer_cache_forget(struct answer_cache *c, struct str prefix);

#endif
