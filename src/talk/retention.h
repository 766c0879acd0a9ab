/*
 * What grows old goes: journals and causes of turns, messages, keys of requests that were
 * received. It walks the rows in their order, a few thousand at a time, so that neither
 * the loop nor the committer is held up; a whole walk begins again when it is done.
 *
 * An unfinished turn is never touched. A message that is to go while its turn is kept loses
 * its text and leaves the row. A journal may name an answer of a journal that is
 * at most a cache time older (turn/journal.h), so each stays for the longest cache time
 * beyond the time it is to be kept.
 */
#ifndef TALK_RETENTION_H
#define TALK_RETENTION_H

#include "talk/dedupe.h"

#define RETAIN_JOURNAL_MIN_MS (INT64_C(24) * 3600 * 1000)
/* Requests are recognised for this long. */
#define RETAIN_DEDUPE_MS (INT64_C(7) * 24 * 3600 * 1000)

struct retention {
	struct store *store;
	int64_t journal_ms, message_ms; /* 0: for ever */
	int64_t at, to;                 /* row keys of events that the walk has come to */
	struct lookup key_at, key_to;   /* the same for requests */
	struct db_tx tx;
	struct env_timer timer;
	bool busy;
};

/* Begins to walk, every few seconds a step. */
void retention_start(
	struct retention *r, struct store *store, int64_t journal_ms, int64_t message_ms);
/* One step now; for tests. Nothing while one is on its way. */
void retention_step(struct retention *r);
/* No step may be on its way: the store is drained. */
void retention_stop(struct retention *r);

#endif
