/*
 * What grows old goes: journals and causes of turns, messages, keys of requests that were
 * received. It walks the rows in their order, a few thousand at a time, so that neither
 * the loop nor the committer is held up; a whole walk begins again when it is done.
 *
 * Tenants may have times of their own. Which tenant a row belongs to is read with it, in the
 * transaction that removes it: a tenant that is added later has its times from its first row on.
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

/* A tenant whose rows are kept for other times than everybody's. */
struct retention_tenant {
	struct str name;
	int64_t journal_ms, message_ms; /* 0: for ever */
};

struct retention {
	struct store *store;
	int64_t journal_ms, message_ms; /* how long rows of the others stand */
	struct buf tenants;             /* JSON: [[name, journal_ms, message_ms], …] */
	bool journals_go, messages_go;  /* those of anybody */
	int64_t at, to;                 /* row keys of events that the walk has come to */
	struct lookup key_at, key_to;   /* the same for requests */
	struct db_tx tx;
	struct env_timer timer;
	bool busy;
};

/* Begins to walk, every few seconds a step. 0 ms: for ever. `tenants` holds at most
 * RETENTION_TENANTS_MAX struct retention_tenant, with names of at most 64 bytes; they are
 * not kept. One that the store does not have is mentioned in the log. */
void retention_start(struct retention *r, struct store *store, int64_t journal_ms,
	int64_t message_ms, struct items tenants);
/* One step now; for tests. Nothing while one is on its way. */
void retention_step(struct retention *r);
/* No step may be on its way: the store is drained. Nothing for one that did not start. */
void retention_stop(struct retention *r);

#endif
