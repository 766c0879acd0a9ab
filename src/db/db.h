/*
 * The store: SQL written once, on the embedded driver (SQLite, WAL, synchronous=FULL).
 *
 * Writing. A caller fills a `struct db_tx` (it embeds it) with statements and conditions
 * and submits it. A committer thread owns the only writing connection; transactions that
 * wait together share one transaction and one fsync (group commit), and what fails in one
 * rolls back only that one. They run in the order of submission and each sees what those
 * before it wrote. `done` runs exactly once, on the loop thread, never from inside
 * db_submit(), after the commit is on disk, in the order of submission.
 *	OK               all statements are durable
 *	ERR_CONFLICT     a condition failed (db_expect) or a unique key stood in the way;
 *	                 nothing of this transaction remains
 *	ERR_UNAVAILABLE  disk full or input/output error before COMMIT; nothing remains;
 *	                 may be retried
 *	ERR_UNCERTAIN    COMMIT or fsync itself failed; the store has been reopened: look
 *	                 the keys up, then decide. What a look-up finds then is on disk,
 *	                 and what it does not find will not come back
 *	ERR_INVALID      a statement is wrong (a programmer's mistake; also logged)
 *
 * Reading. db_query() runs at once on the loop's own read-only connection and sees every
 * transaction whose done has run. Reads must be by key or by index and short: they run on
 * the loop. While the store is being reopened after a failure they are ERR_UNAVAILABLE.
 *
 * Statements are `static const struct db_sql` objects; their address is the key of the
 * prepared statement in each connection. Parameters are numbered ?1 ?2 … and bound in
 * order by a format string (at most 40):
 *	i  int64_t                 d  double
 *	s  struct str as text      b  struct str as blob      n  nothing: NULL
 *	S  as s, B as b, but NULL when its p is NULL
 * Bound bytes are copied. Foreign keys are not enforced; conditions are written as
 * conditions.
 *
 * The key store (keys.db beside the data file, never in its backups) is written through
 * the same transactions with db_add_key(): what a transaction puts there is durable
 * before the rest of it commits, so after any result but OK and ERR_CONFLICT it may be
 * there alone; such a statement must bear repetition. A statement on it that is not an
 * INSERT is taken for an erasure: when done says OK, no copy of the old bytes is left in
 * the key store's files.
 *
 * A data folder (0700) holds parley.db, keys.db (0600), SQLite's own files beside them,
 * and parley.lock. The table meta(key TEXT PRIMARY KEY, value) is there in both files
 * from the start; the key 'probe' is the committer's.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"
#include "base/schema.h"
#include "base/str.h"
#include "env/env.h"

struct db_sql {
	const char *text;
};

struct db;
struct db_tx;
struct db_op;

struct db_tx {
	struct list link;
	struct arena arena; /* everything the transaction holds; freed by db_tx_fini */
	struct db_op *first, *last;
	size_t bytes;
	void (*done)(struct db_tx *tx, enum err result);
	void *owner;
	enum err result;
	struct error error;
	int failed_op; /* index of the statement that failed, -1 for none */
};

void db_tx_init(struct db_tx *tx);
void db_tx_fini(struct db_tx *tx);
/* Adds one statement to the main store. */
void db_add(struct db_tx *tx, const struct db_sql *sql, const char *format, ...);
/* Adds one statement to the key store. */
void db_add_key(struct db_tx *tx, const struct db_sql *sql, const char *format, ...);
/* The statement added last must change (a SELECT: give) exactly n rows, else the
 * transaction ends in ERR_CONFLICT. Conditions cost least when they come before anything
 * is written. */
void db_expect(struct db_tx *tx, int n);
/* ERR_LIMIT when DB_QUEUE_MAX transactions or DB_QUEUE_BYTES_MAX bytes wait,
 * ERR_UNAVAILABLE after db_finish or db_close began, ERR_INVALID on a store opened
 * read_only; then done does not run. */
enum err db_submit(struct db *db, struct db_tx *tx,
	void (*done)(struct db_tx *tx, enum err result), struct error *e);

/* Rows of a query. Columns stay valid until the next db_next() or db_end(). */
struct db_rows {
	struct db *db;
	void *impl;
	int columns;
	bool ready, given, failed; /* the driver's own */
};
/* Always pair with db_end(), before the loop turns. A failed query gives no rows and an
 * error. The same statement may be asked again while its rows are walked. */
enum err db_query(struct db *db, struct db_rows *rows, const struct db_sql *sql,
	struct error *e, const char *format, ...);
enum err db_query_key(struct db *db, struct db_rows *rows, const struct db_sql *sql,
	struct error *e, const char *format, ...);
/* True while there is a row. */
bool db_next(struct db_rows *rows);
/* ERR_UNAVAILABLE when a read error cut the rows short. */
enum err db_end(struct db_rows *rows);
int64_t db_int(struct db_rows *rows, int column);
double db_double(struct db_rows *rows, int column);
/* Text or blob; p is NULL for NULL. */
struct str db_str(struct db_rows *rows, int column);
bool db_is_null(struct db_rows *rows, int column);

/* A migration is one transaction, numbered from 1 without gaps; `sql` may hold several
 * statements. */
struct db_migration {
	int number;
	const char *name;
	const char *sql;
};

struct db_config {
	struct str dir; /* data folder; made when missing (0700) */
	bool read_only; /* no lock, no committer, no migrations */
	const struct db_migration *migrations;
	size_t migration_count;
	const struct db_migration *key_migrations;
	size_t key_migration_count;
	/* Other numbers than DB_LOG_COPY_PAGES and DB_LOG_PAGES_MAX (base/limits.h) for
	 * the log of the data file; 0: these. */
	int log_copy_pages, log_pages_max;
};

struct db_stats {
	int64_t commits, groups, conflicts, failures; /* since start */
	int64_t queued;                               /* now */
	int64_t file_bytes, wal_bytes;
	int64_t fsync_us_total; /* in COMMIT: writing the log and fsync */
	bool full;              /* the last group failed for want of room */
};

/* Takes the lock file (parley.lock with the pid), migrates, opens. ERR_CONFLICT when
 * another process holds the folder: the text names its pid. A program older than the
 * store's schema refuses with ERR_INVALID. */
enum err db_open(struct env *env, const struct db_config *config, struct db **out,
	struct error *e);
/* Ends what is queued and runs its `done`; takes nothing more, and can still be asked. Blocks
 * until the committer is done. A transaction's memory must live until its `done`: call this
 * before what transactions belong to is freed. */
void db_finish(struct db *db);
/* Ends what is queued, then closes and frees. Blocks until the committer is done; runs
 * remaining `done` calls. */
void db_close(struct db **db);
void db_get_stats(struct db *db, struct db_stats *out);
/* Runs `done` of what is on disk by now. A loop that has much to do hears late of a commit
 * otherwise: call it between two pieces of work, where neither has begun. */
void db_deliver(struct db *db);
/* True when the store takes writes: not full, not failed. A store that was full tries
 * again by itself. */
bool db_writable(struct db *db);

/*
 * Copies of the data file. They are made by a connection of their own, so they run on any
 * thread (a work item, the command line) while a server writes, and see the store as it
 * was when they began. A copy has its whole name only when it is complete and on disk;
 * before that it is called `target`.part. Files are for their owner only (0600).
 */

/* `progress` (or NULL) hears of pages. ERR_CONFLICT when there is a file `target`,
 * ERR_NOT_FOUND without a store. */
enum err db_backup(const char *dir, const char *target,
	void (*progress)(void *arg, int done, int total), void *arg, struct error *e);
/* The key store on its own: to be kept apart from the copies of the data, and shorter. */
enum err db_backup_keys(const char *dir, const char *target, struct error *e);
/* Puts a backup into a data folder without a store and marks it paused: meta holds
 * 'paused' = 1, for a copy must not repeat what the original sent already. `keys` may be
 * NULL: what was sealed is then unreadable. ERR_CONFLICT when the folder holds a store or
 * is held, ERR_INVALID when the backup is damaged. */
enum err db_restore(
	const char *backup, const char *keys, const char *dir, struct error *e);

#endif
