/*
 * Answers to reading questions that may serve again for a while, in memory: bounded by entries and bytes, the one not
 * used for longest goes first. Losing it costs time and nothing else: what a turn took from it stands in its journal,
 * or in the journal of the turn that fetched it (journal.h).
 *
 * An entry is counted by those who use it: the cache itself, and each live turn that took its parsed answer. Whoever
 * gets one releases it; an entry that the cache has dropped meanwhile goes with its last user.
 */
#ifndef TURN_ANSWER_CACHE_H
#define TURN_ANSWER_CACHE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/list.h"
#include "base/map.h"
#include "env/env.h"

struct answer_cache {
	struct map entries;
	struct list used; /* oldest use first */
	size_t count, bytes;
	size_t count_max,
		bytes_max; /* ANSWER_CACHE_ENTRIES_MAX, ANSWER_CACHE_BYTES_MAX */
	int64_t hits, misses;
};

struct cached_answer {
	struct str body;   /* JSON text, or empty */
	struct json *json; /* the body parsed, NULL when it is empty; nobody changes it */
	int http;
	struct wall at; /* when it was fetched */
	int64_t journal; /* the turn (row key) whose committed journal holds the body; 0: none does yet */
	/* the cache's own */
	struct list used;
	struct str key;
	struct arena arena;
	int users;
};

void answer_cache_init(struct answer_cache *c);
void answer_cache_fini(struct answer_cache *c);
/* The answer when there is one that is at most max_age_ms old, to be released; else NULL. */
struct cached_answer *answer_cache_get(
	struct answer_cache *c, struct str key, struct wall now, int64_t max_age_ms);
void answer_cache_release(struct cached_answer **answer);
/* Copies the body, which is JSON or empty. */
void answer_cache_put(struct answer_cache *c, struct str key, struct str body, int http,
	struct wall at);
/* The journal of turn `journal` is committed and holds the body that was fetched at `at`. */
void answer_cache_journaled(struct answer_cache *c, struct str key, struct str body,
	struct wall at, int64_t journal);
/* Forgets all whose key starts so: what an effect has changed must be asked anew. */
void answer_cache_forget(struct answer_cache *c, struct str prefix);

#endif
