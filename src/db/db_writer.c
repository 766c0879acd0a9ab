#include "db/db_writer.h"

#include "base/log.h"
#include "db/db_clock.h"
#include "db/db_tx.h"

/* Pages in the key store's log from which it is copied. */
#define KEY_LOG_PAGES 1000

static const struct db_sql begin = {"BEGIN IMMEDIATE"};
static const struct db_sql commit = {"COMMIT"};
static const struct db_sql savepoint = {"SAVEPOINT tx"};
static const struct db_sql savepoint_back = {"ROLLBACK TO tx"};
static const struct db_sql savepoint_end = {"RELEASE tx"};

/* --- one transaction --- */

/* How one transaction ended: `code` is SQLITE_OK, or of the failure that ends the
 * whole group. */
struct step {
	enum err err;
	int code;
	struct conn *conn; /* the one that gave `code` */
	bool wrote;        /* something changed before it failed */
};

static bool
ends_the_group(int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_AUTH:
		return false;
	default: /* a failure of the store, not of the statement */
		return true;
	}
}

/* Runs the statement; *rows is how many it changed, or gave when it only reads. */
static int
op_step(struct conn *conn, sqlite3_stmt *stmt, int64_t *rows)
{
	int64_t given = 0;
	int64_t before = sqlite3_total_changes64(conn->sqlite);
	int code = sqlite3_step(stmt);
	for (; code == SQLITE_ROW; code = sqlite3_step(stmt))
		given++;
	if (code != SQLITE_DONE)
		return code;
	if (sqlite3_stmt_readonly(stmt))
		*rows = given;
	else if (sqlite3_total_changes64(conn->sqlite) == before)
		*rows = 0; /* sqlite3_changes() still tells of the statement before */
	else
		*rows = sqlite3_changes64(conn->sqlite);
	return SQLITE_OK;
}

static enum err
op_run(struct conn *conn, const struct db_op *op, int *code, struct error *e)
{
	struct statement *s;
	enum err err = conn_statement(conn, op->sql, &s, e);
	if (err) {
		*code = sqlite3_extended_errcode(conn->sqlite);
		return err;
	}
	int64_t rows = 0;
	err = statement_bind(s, op->values, op->count, true, e);
	if (!err) {
		*code = op_step(conn, s->stmt, &rows);
		if (*code != SQLITE_OK)
			err = conn_failure(conn, *code, e);
		else if (op->expect >= 0 && rows != op->expect)
			err = err_set(e, ERR_CONFLICT, "%lld rows and not %d: %.120s",
				(long long)rows, op->expect, op->sql->text);
	}
	statement_done(s);
	return err;
}

/* The key store takes part from the first statement for it. A statement that is no INSERT
 * may erase a key, so the log of the key store must be emptied behind it. */
static int
keys_ready(struct writer *w, const struct db_op *op, bool in_savepoint)
{
	int code = SQLITE_OK;
	if (!w->keys_begun) {
		code = conn_step(&w->keys, &begin);
		w->keys_begun = code == SQLITE_OK;
		if (code == SQLITE_OK && in_savepoint)
			code = conn_step(&w->keys, &savepoint);
	}
	if (sqlite3_strnicmp(op->sql->text, "INSERT", 6) != 0)
		w->keys_erase = true;
	return code;
}

static struct step
tx_run(struct writer *w, struct db_tx *tx, bool in_savepoint)
{
	struct step step = {.err = OK};
	int index = 0;
	int64_t before = sqlite3_total_changes64(w->data.sqlite) +
		sqlite3_total_changes64(w->keys.sqlite);
	for (const struct db_op *op = tx->first; op; op = op->next, index++) {
		step.conn = op->key ? &w->keys : &w->data;
		if (op->key && (step.code = keys_ready(w, op, in_savepoint)) != SQLITE_OK)
			step.err = conn_failure(step.conn, step.code, &tx->error);
		else
			step.err = op_run(step.conn, op, &step.code, &tx->error);
		if (step.err) {
			tx->failed_op = index;
			break;
		}
	}
	int64_t after = sqlite3_total_changes64(w->data.sqlite) +
		sqlite3_total_changes64(w->keys.sqlite);
	step.wrote = after != before;
	if (!ends_the_group(step.code))
		step.code = SQLITE_OK;
	return step;
}

/* Ends the savepoint of one transaction in one store. */
static bool
savepoint_close(struct conn *conn, struct step *step)
{
	step->conn = conn;
	step->code = step->err ? conn_step(conn, &savepoint_back) : SQLITE_OK;
	if (step->code == SQLITE_OK)
		step->code = conn_step(conn, &savepoint_end);
	return step->code == SQLITE_OK;
}

/* The same with a savepoint around it, in both stores. */
static struct step
tx_run_alone(struct writer *w, struct db_tx *tx)
{
	struct step step = {.err = ERR_UNAVAILABLE, .conn = &w->data};
	step.code = conn_step(&w->data, &savepoint);
	if (step.code == SQLITE_OK && w->keys_begun) {
		step.conn = &w->keys;
		step.code = conn_step(&w->keys, &savepoint);
	}
	if (step.code != SQLITE_OK)
		return step;
	step = tx_run(w, tx, true);
	if (step.code == SQLITE_OK && savepoint_close(&w->data, &step) && w->keys_begun)
		savepoint_close(&w->keys, &step);
	return step;
}

/* --- one group --- */

static void
group_rollback(struct writer *w)
{
	conn_rollback(&w->data);
	conn_rollback(&w->keys);
	w->keys_begun = w->keys_erase = false;
}

static struct outcome
group_failed(struct writer *w, struct conn *conn, int code, enum err err)
{
	struct outcome out = {.err = err, .state = STORE_FAILED};
	conn_failure(conn, code, &out.error);
	out.error.kind = err;
	if (conn_is_full(conn, code))
		out.state = STORE_FULL;
	else if ((code & 0xff) == SQLITE_BUSY)
		out.state = STORE_OPEN; /* somebody else holds the file; it is sound */
	group_rollback(w);
	return out;
}

enum pass { PASS_DONE, PASS_AGAIN, PASS_FAILED };

/* Runs every transaction of the group and leaves the transaction open. PASS_AGAIN: one
 * failed after it had written. */
static enum pass
group_pass(struct writer *w, struct list *group, bool savepoints, struct outcome *out)
{
	int code = conn_step(&w->data, &begin);
	if (code != SQLITE_OK) {
		*out = group_failed(w, &w->data, code, ERR_UNAVAILABLE);
		return PASS_FAILED;
	}
	list_each(it, group) {
		struct db_tx *tx = list_entry(it, struct db_tx, link);
		tx->failed_op = -1;
		struct step step =
			savepoints ? tx_run_alone(w, tx) : tx_run(w, tx, false);
		tx->result = step.err;
		if (step.code != SQLITE_OK) {
			*out = group_failed(w, step.conn, step.code, ERR_UNAVAILABLE);
			return PASS_FAILED;
		}
		if (step.err && step.wrote && !savepoints)
			return PASS_AGAIN;
	}
	return PASS_DONE;
}

/* Nothing of a deleted key may stay behind in the log. */
static void
keys_empty_log(struct writer *w)
{
	int code = sqlite3_wal_checkpoint_v2(
		w->keys.sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code != SQLITE_OK)
		log_error("the key store's log could not be emptied", "error",
			sqlite3_errmsg(w->keys.sqlite), NULL);
	else
		w->key_log_pages = 0;
}

/* Keys first: a key without its row is harmless, a row without its key is lost. */
static struct outcome
group_commit(struct writer *w)
{
	int64_t start = clock_ns();
	int code;
	if (w->keys_begun) {
		code = conn_step(&w->keys, &commit);
		if (code != SQLITE_OK)
			return group_failed(w, &w->keys, code, ERR_UNAVAILABLE);
		if (w->keys_erase)
			keys_empty_log(w);
		w->keys_begun = w->keys_erase = false;
	}
	code = conn_step(&w->data, &commit);
	int64_t took_us = (clock_ns() - start) / 1000;
	if (code == SQLITE_OK)
		return (struct outcome){
			.err = OK, .state = STORE_OPEN, .commit_us = took_us};
	/* Without room the commit's last page was not written, so the commit does not
	 * exist. */
	return group_failed(w, &w->data, code,
		conn_is_full(&w->data, code) ? ERR_UNAVAILABLE : ERR_UNCERTAIN);
}

struct outcome
writer_run(struct writer *w, struct list *group)
{
	struct outcome out;
	enum pass pass = group_pass(w, group, false, &out);
	if (pass == PASS_AGAIN) {
		group_rollback(w);
		pass = group_pass(w, group, true, &out);
	}
	if (pass == PASS_FAILED)
		return out;
	return group_commit(w);
}

/* --- the connections --- */

static int
log_grew(void *pages, sqlite3 *sqlite, const char *name, int now)
{
	(void)sqlite;
	(void)name;
	*(int *)pages = now;
	return SQLITE_OK;
}

enum err
writer_open(
	struct writer *w, const char *data_path, const char *key_path, struct error *e)
{
	enum err err = conn_open(&w->data, data_path, CONN_WRITE, w->log.name, e);
	if (!err)
		err = conn_open(&w->keys, key_path, CONN_WRITE_KEY, w->log.name, e);
	if (err) {
		writer_close(w);
		return err;
	}
	sqlite3_wal_hook(w->keys.sqlite, log_grew, &w->key_log_pages);
	return OK;
}

void
writer_close(struct writer *w)
{
	conn_close(&w->data);
	conn_close(&w->keys);
	w->key_log_pages = 0;
}

int
writer_copy_keys(struct writer *w)
{
	if (w->key_log_pages < KEY_LOG_PAGES)
		return SQLITE_OK;
	/* They are counted again from the next commit on. */
	w->key_log_pages = 0;
	return sqlite3_wal_checkpoint_v2(
		w->keys.sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}
