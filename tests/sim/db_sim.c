#include "db_sim.h"

#include "base/arena.h"
#include "db/db_tx.h"
#include "talk/schema.h"

#define COMMIT_MS_MAX 12 /* from the first that waits to its commit */
#define TELL_MS_MAX 6    /* from a commit to its done */
#define TROUBLE_MS_MAX 1500

enum trouble { TROUBLE_NONE, TROUBLE_FULL, TROUBLE_FAILED };

struct db {
	struct env *env;
	struct disk *disk;
	struct list queue, finished; /* in the order of submission */
	int queued;
	struct env_timer commit, tell, well;
	enum trouble trouble;
	struct db_stats stats;
};

static const struct db_sql begin = {"BEGIN"}, commit = {"COMMIT"},
			   rollback = {"ROLLBACK"}, savepoint = {"SAVEPOINT tx"},
			   savepoint_back = {"ROLLBACK TO tx"},
			   savepoint_end = {"RELEASE tx"};

/* ---- the disk ---- */

static void
run_sql(struct conn *c, const struct db_sql *sql)
{
	struct statement *s;
	require(conn_statement(c, sql, &s, NULL) == OK);
	require(sqlite3_step(s->stmt) == SQLITE_DONE);
	statement_done(s);
}

static void
make_tables(struct conn *c, const struct db_migration *list, size_t n)
{
	struct error e = {0};
	require(conn_exec(c,
			"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
			&e) == OK);
	for (size_t i = 0; i < n; i++)
		require(conn_exec(c, list[i].sql, &e) == OK);
}

void
disk_init(struct disk *disk, struct env_sim *sim)
{
	struct error e = {0};
	*disk = (struct disk){.sim = sim};
	require(conn_open(&disk->data, ":memory:", CONN_WRITE, NULL, &e) == OK);
	require(conn_open(&disk->keys, ":memory:", CONN_WRITE_KEY, NULL, &e) == OK);
	make_tables(&disk->data, talk_migrations, talk_migration_count);
	make_tables(&disk->keys, talk_key_migrations, talk_key_migration_count);
	/* With secrets there, opening the store need not wait for a commit of its own. */
	require(conn_exec(&disk->keys,
			"INSERT INTO store_secret VALUES('lookup', CAST('0123456789abcdef0123456789abcdef' AS BLOB)),"
			"('token', CAST('fedcba9876543210fedcba9876543210' AS BLOB)),"
			"('id', CAST('0123456789abcdef' AS BLOB))",
			&e) == OK);
}

void
disk_fini(struct disk *disk)
{
	conn_close(&disk->data);
	conn_close(&disk->keys);
}

static uint64_t
below(struct db *db, uint64_t n)
{
	return chance_below(env_sim_chance(db->disk->sim), n);
}

/* A place where the program may die. True when it does. */
static bool
point(struct disk *disk, const char *at)
{
	if (disk->crash_in == 0 || --disk->crash_in > 0)
		return false;
	disk->crashed = true;
	disk->at = at;
	return true;
}

static void
drop_all(struct list *txs)
{
	struct list *l;
	while ((l = list_pop(txs)))
		db_tx_fini(list_entry(l, struct db_tx, link));
}

void
disk_crash(struct disk *disk)
{
	drop_all(&disk->db->queue);
	drop_all(&disk->db->finished);
	disk->db->queued = 0;
	disk->crashed = false;
	disk->crash_in = 0;
}

/* ---- one transaction ---- */

static int
step_all(struct conn *c, sqlite3_stmt *stmt, int64_t *rows)
{
	int64_t given = 0, before = sqlite3_total_changes64(c->sqlite);
	int code = sqlite3_step(stmt);
	for (; code == SQLITE_ROW; code = sqlite3_step(stmt))
		given++;
	bool changed = sqlite3_total_changes64(c->sqlite) != before;
	*rows = sqlite3_stmt_readonly(stmt) ? given
		: changed                   ? sqlite3_changes64(c->sqlite)
					    : 0;
	return code;
}

static enum err
op_run(struct conn *c, const struct db_op *op, struct error *e)
{
	struct statement *s;
	int64_t rows = 0;
	enum err r = conn_statement(c, op->sql, &s, e);
	if (r != OK)
		return r;
	r = statement_bind(s, op->values, op->count, true, e);
	if (r == OK) {
		int code = step_all(c, s->stmt, &rows);
		if (code != SQLITE_DONE)
			r = conn_failure(c, code, e);
		else if (op->expect >= 0 && rows != op->expect)
			r = err_set(e, ERR_CONFLICT, "%lld rows and not %d",
				(long long)rows, op->expect);
	}
	statement_done(s);
	return r;
}

static void
tx_run(struct disk *disk, struct db_tx *tx)
{
	struct conn *const both[] = {&disk->data, &disk->keys};
	int index = 0;
	tx->result = OK;
	tx->failed_op = -1;
	for (int i = 0; i < 2; i++)
		run_sql(both[i], &savepoint);
	for (const struct db_op *op = tx->first; op && tx->result == OK;
		op = op->next, index++) {
		tx->result = op_run(op->key ? &disk->keys : &disk->data, op, &tx->error);
		if (tx->result != OK)
			tx->failed_op = index;
	}
	/* A wrong statement is a fault of the program and not of its world. */
	require(tx->result == OK || tx->result == ERR_CONFLICT);
	if (tx->result == ERR_CONFLICT)
		disk->note(disk->owner, tx->error.text, tx->failed_op);
	for (int i = 0; i < 2; i++) {
		if (tx->result != OK)
			run_sql(both[i], &savepoint_back);
		run_sql(both[i], &savepoint_end);
	}
}

/* ---- groups ---- */

static void
trouble_over(struct env_timer *t)
{
	struct db *db = t->owner;
	db->trouble = TROUBLE_NONE;
}

static void
in_trouble(struct db *db, enum trouble trouble)
{
	db->trouble = trouble;
	env_timer_start(db->env, &db->well, (int64_t)below(db, TROUBLE_MS_MAX));
}

/* What all of a group hears when it fails. */
static void
spoil(struct list *group, enum err result)
{
	list_each(l, group) {
		struct db_tx *tx = list_entry(l, struct db_tx, link);
		tx->result =
			err_set(&tx->error, result, "simulated: %s", err_name(result));
	}
}

static void
end_both(struct disk *disk, bool keys, bool data)
{
	run_sql(&disk->keys, keys ? &commit : &rollback);
	run_sql(&disk->data, data ? &commit : &rollback);
	if (data && disk->committed)
		disk->committed(disk);
}

/* Keys are durable before data, as with the real one. */
static void
group_commit(struct db *db, struct list *group, int n)
{
	struct disk *disk = db->disk;
	list_each(l, group)
		tx_run(disk, list_entry(l, struct db_tx, link));
	if (point(disk, "before a commit")) {
		end_both(disk, false, false);
	} else if (point(disk, "between keys and data")) {
		end_both(disk, true, false);
	} else if (below(db, 1000) >= (uint64_t)disk->faults) {
		disk->note(disk->owner, "commit", n);
		end_both(disk, true, true);
	} else if (below(db, 2)) {
		disk->note(disk->owner, "commit finds no room", n);
		end_both(disk, below(db, 2), false);
		spoil(group, ERR_UNAVAILABLE);
		in_trouble(db, TROUBLE_FULL);
	} else {
		bool happened = below(db, 2);
		disk->note(disk->owner,
			happened ? "commit uncertain, happened"
				 : "commit uncertain, did not happen",
			n);
		end_both(disk, true, happened);
		spoil(group, ERR_UNCERTAIN);
		/* Mostly it has been reopened by the time that anybody hears of it. */
		if (below(db, 4) == 0)
			in_trouble(db, TROUBLE_FAILED);
	}
	point(disk, "between a commit and its done");
}

static void
commit_some(struct env_timer *t)
{
	struct db *db = t->owner;
	struct list group;
	int n = 1 + (int)below(db, (uint64_t)db->queued);
	list_init(&group);
	for (int i = 0; i < n; i++)
		list_append(&group, list_pop(&db->queue));
	db->queued -= n;
	if (db->trouble != TROUBLE_NONE) {
		db->disk->note(db->disk->owner, "commit refused", n);
		spoil(&group, ERR_UNAVAILABLE);
	} else {
		run_sql(&db->disk->data, &begin);
		run_sql(&db->disk->keys, &begin);
		group_commit(db, &group, n);
	}
	struct list *l;
	while ((l = list_pop(&group)))
		list_append(&db->finished, l);
	if (db->disk->crashed)
		return;
	if (!db->tell.heap_at)
		env_timer_start(db->env, &db->tell, (int64_t)below(db, TELL_MS_MAX + 1));
	if (db->queued)
		env_timer_start(
			db->env, &db->commit, (int64_t)below(db, COMMIT_MS_MAX + 1));
}

static void
tell_some(struct env_timer *t)
{
	struct db *db = t->owner;
	struct list *l;
	while ((l = list_pop(&db->finished))) {
		struct db_tx *tx = list_entry(l, struct db_tx, link);
		tx->done(tx, tx->result);
		if (point(db->disk, "after a done"))
			return;
		if (!list_empty(&db->finished) && below(db, 3) == 0)
			break;
	}
	if (!list_empty(&db->finished))
		env_timer_start(db->env, &db->tell, (int64_t)below(db, TELL_MS_MAX + 1));
}

/* ---- db.h ---- */

enum err
db_open(struct env *env, const struct db_config *config, struct db **out, struct error *e)
{
	(void)e;
	struct db *db = mem_zalloc(sizeof *db);
	require(config->dir.n == sizeof db->disk);
	memcpy(&db->disk, config->dir.p, sizeof db->disk);
	db->env = env;
	db->disk->db = db;
	list_init(&db->queue);
	list_init(&db->finished);
	db->commit = (struct env_timer){.fire = commit_some, .owner = db};
	db->tell = (struct env_timer){.fire = tell_some, .owner = db};
	db->well = (struct env_timer){.fire = trouble_over, .owner = db};
	*out = db;
	return OK;
}

void
db_close(struct db **dbp)
{
	struct db *db = *dbp;
	if (!db)
		return;
	drop_all(&db->queue);
	drop_all(&db->finished);
	env_timer_stop(db->env, &db->commit);
	env_timer_stop(db->env, &db->tell);
	env_timer_stop(db->env, &db->well);
	db->disk->db = NULL;
	free(db);
	*dbp = NULL;
}

enum err
db_submit(struct db *db, struct db_tx *tx,
	void (*done)(struct db_tx *tx, enum err result), struct error *e)
{
	if (db->disk->queue_max && db->queued >= db->disk->queue_max) {
		db->disk->note(db->disk->owner, "the queue is full", db->queued);
		return err_set(e, ERR_LIMIT, "too many commits wait");
	}
	tx->done = done;
	list_append(&db->queue, &tx->link);
	db->queued++;
	if (!db->commit.heap_at)
		env_timer_start(
			db->env, &db->commit, (int64_t)below(db, COMMIT_MS_MAX + 1));
	return OK;
}

void
db_get_stats(struct db *db, struct db_stats *out)
{
	*out = db->stats;
}

bool
db_writable(struct db *db)
{
	return db->trouble == TROUBLE_NONE;
}

static enum err
rows_start(struct db *db, struct conn *c, struct db_rows *rows, const struct db_sql *sql,
	struct error *e, va_list ap, const char *format)
{
	struct value values[VALUES_MAX];
	struct statement *s;
	int count = values_read(values, format, ap);
	*rows = (struct db_rows){.db = db};
	if (db->trouble == TROUBLE_FAILED)
		return err_set(e, ERR_UNAVAILABLE, "simulated: being reopened");
	require(conn_statement(c, sql, &s, e) == OK);
	rows->impl = s;
	rows->columns = sqlite3_column_count(s->stmt);
	require(statement_bind(s, values, count, false, e) == OK);
	rows->ready = sqlite3_step(s->stmt) == SQLITE_ROW;
	return OK;
}

enum err
db_query(struct db *db, struct db_rows *rows, const struct db_sql *sql, struct error *e,
	const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	enum err r = rows_start(db, &db->disk->data, rows, sql, e, ap, format);
	va_end(ap);
	return r;
}

enum err
db_query_key(struct db *db, struct db_rows *rows, const struct db_sql *sql,
	struct error *e, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	enum err r = rows_start(db, &db->disk->keys, rows, sql, e, ap, format);
	va_end(ap);
	return r;
}

bool
db_next(struct db_rows *rows)
{
	struct statement *s = rows->impl;
	if (rows->ready && rows->given)
		rows->ready = sqlite3_step(s->stmt) == SQLITE_ROW;
	rows->given = true;
	return rows->ready;
}

enum err
db_end(struct db_rows *rows)
{
	if (rows->impl)
		statement_done(rows->impl);
	rows->impl = NULL;
	return OK;
}

int64_t
db_int(struct db_rows *rows, int column)
{
	return sqlite3_column_int64(((struct statement *)rows->impl)->stmt, column);
}

double
db_double(struct db_rows *rows, int column)
{
	return sqlite3_column_double(((struct statement *)rows->impl)->stmt, column);
}

struct str
db_str(struct db_rows *rows, int column)
{
	sqlite3_stmt *stmt = ((struct statement *)rows->impl)->stmt;
	int type = sqlite3_column_type(stmt, column);
	if (type == SQLITE_NULL)
		return (struct str){NULL, 0};
	const char *p = type == SQLITE_BLOB
		? sqlite3_column_blob(stmt, column)
		: (const char *)sqlite3_column_text(stmt, column);
	return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(stmt, column)};
}

bool
db_is_null(struct db_rows *rows, int column)
{
	return sqlite3_column_type(((struct statement *)rows->impl)->stmt, column) ==
		SQLITE_NULL;
}
