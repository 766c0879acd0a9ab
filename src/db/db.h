/*
 * The store: SQL written once, an embedded driver (db_sqlite.c); others implement db_ops.
 *
 * Writing. A caller fills a `struct db_tx` (it embeds it) with statements and conditions and submits it. A committer
 * thread owns the only writing connection; transactions that wait together share one transaction and one fsync (group
 * commit), each as a savepoint of its own: a failed condition rolls back only its own transaction. `done` runs exactly
 * once, on the loop thread, never from inside db_submit(), after the commit is on disk, in the order of submission.
 *	OK               all statements are durable
 *	ERR_CONFLICT     a condition failed (db_expect) or a unique key stood in the way; nothing of this tx remains
 *	ERR_UNAVAILABLE  disk full or input/output error before COMMIT; nothing remains; may be retried
 *	ERR_UNCERTAIN    COMMIT or fsync itself failed: reopen, look the keys up, then decide
 *	ERR_INVALID      a statement is wrong (a programmer's mistake; also logged)
 *
 * Reading. db_query() runs at once on the loop's own read-only connection and sees every transaction whose done has
 * run. Reads must be by key or by index and short: they run on the loop.
 *
 * Statements are `static const struct db_sql` objects; their address is the key of the prepared statement in each
 * connection. Parameters are numbered ?1 ?2 … and bound in order by a format string:
 *	i int64_t · s struct str as text · b struct str as blob · d double · n nothing (NULL) · S/B as s/b, NULL if p is NULL
 * Bound bytes are copied into the transaction by db_add().
 *
 * The key store (keys.db beside the data file, never in its backups) is written through the same transactions with
 * db_add_key(): what a transaction puts there is durable before the rest of it commits.
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
/* The statement added last must change exactly n rows, else the transaction ends in ERR_CONFLICT. */
void db_expect(struct db_tx *tx, int n);
/* ERR_LIMIT when DB_QUEUE_MAX transactions wait (then done does not run); ERR_UNAVAILABLE after db_close began. */
enum err db_submit(struct db *db, struct db_tx *tx, void (*done)(struct db_tx *tx, enum err result), struct error *e);

/* Rows of a query. Columns stay valid until the next db_next() or db_end(). */
struct db_rows {
	struct db *db;
	void *impl;
	int columns;
};
/* Always pair with db_end(). A failed query gives no rows and an error. */
enum err db_query(struct db *db, struct db_rows *rows, const struct db_sql *sql, struct error *e, const char *format, ...);
enum err db_query_key(struct db *db, struct db_rows *rows, const struct db_sql *sql, struct error *e, const char *format, ...);
/* True while there is a row. */
bool db_next(struct db_rows *rows);
void db_end(struct db_rows *rows);
int64_t db_int(struct db_rows *rows, int column);
double db_double(struct db_rows *rows, int column);
struct str db_str(struct db_rows *rows, int column); /* text or blob; p is NULL for NULL */
bool db_is_null(struct db_rows *rows, int column);

/* A migration is one transaction, numbered from 1 without gaps; `sql` may hold several statements. */
struct db_migration {
	int number;
	const char *name;
	const char *sql;
};

struct db_config {
	struct str dir;              /* data folder; made when missing (0700) */
	bool read_only;              /* no lock, no committer, no migrations */
	const struct db_migration *migrations;
	size_t migration_count;
	const struct db_migration *key_migrations;
	size_t key_migration_count;
};

struct db_stats {
	int64_t commits, groups, conflicts, failures; /* since start */
	int64_t queued;                               /* now */
	int64_t file_bytes, wal_bytes;
	int64_t fsync_us_total;
	bool full;      /* the last group failed for want of room */
};

/* Takes the lock file (parley.lock with the pid), migrates, opens. ERR_CONFLICT when another process holds the folder:
 * the text names its pid. A program older than the store's schema refuses with ERR_INVALID. */
enum err db_open(struct env *env, const struct db_config *config, struct db **out, struct error *e);
/* Ends what is queued, then closes and frees. Blocks until the committer is done; runs remaining `done` calls. */
void db_close(struct db **db);
void db_get_stats(struct db *db, struct db_stats *out);
/* True when the store takes writes: not full, not failed. A store that was full tries again by itself. */
bool db_writable(struct db *db);

/* Copies a live or closed store's data file into `target` (a new file) in steps; for a work item or the CLI. */
enum err db_backup(const char *dir, const char *target, void (*progress)(void *arg, int done, int total), void *arg, struct error *e);
/* Puts a backup into an empty data folder and marks it paused (meta key "paused"). */
enum err db_restore(const char *backup, const char *keys, const char *dir, struct error *e);

#endif
