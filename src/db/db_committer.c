#include "db/db_committer.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/db_checkpoint.h"
#include "db/db_log_vfs.h"
#include "db/db_tx.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

/* A store that is not well is tried again after this long, and then each time after
 * twice as long. */
#define RECOVER_MS 20
#define RECOVER_MS_MAX 1000
/* Room that a full store must find before it takes writes again. */
#define PROBE_BYTES "262144"
/* Pages in the key store's log from which it is copied, between two commits: keys are
 * added at the end, so few of the pages differ. */
#define KEY_LOG_PAGES 1000

enum store_state {
	STORE_OPEN,
	STORE_FULL,   /* no room: commits are tried and may fail */
	STORE_FAILED, /* to be reopened */
};

/* How a group ended; what is still OK in the group's transactions gets `err`. */
struct outcome {
	enum err err;
	enum store_state state;
	int64_t commit_us;
	struct error error;
};

struct committer {
	struct committer_config config;
	pthread_t thread;
	uv_async_t *async; /* outlives us until the loop has closed it */

	/* the thread's own */
	struct log_vfs log;
	struct conn data, keys;
	bool keys_begun, keys_erase;
	struct checkpoint checkpoint;      /* of the data file's log */
	int key_log_pages;                 /* in the key store's */
	int64_t recover_at_ns, recover_ms; /* next attempt, and the pause before it */

	_Atomic(enum store_state) state; /* the thread changes it */

	/* the loop's own */
	bool closing;
	int pending; /* submitted, done has not run */

	pthread_mutex_t lock; /* of all below */
	int last_group;       /* transactions of the group before */
	pthread_cond_t wake;  /* the thread waits for something to do */
	struct list queue, finished;
	int queued;
	size_t queued_bytes;
	bool stop, release_readers, readers_released;
	bool copied; /* a pass of the checkpoint has ended */
	struct db_stats stats;
};

static const struct db_sql begin = {"BEGIN IMMEDIATE"};
static const struct db_sql commit = {"COMMIT"};
static const struct db_sql rollback = {"ROLLBACK"};
static const struct db_sql savepoint = {"SAVEPOINT tx"};
static const struct db_sql savepoint_back = {"ROLLBACK TO tx"};
static const struct db_sql savepoint_end = {"RELEASE tx"};
static const struct db_sql probe_write = {
	"INSERT OR REPLACE INTO meta(key, value) VALUES('probe', zeroblob(" PROBE_BYTES
	"))"};
static const struct db_sql probe_clear = {
	"INSERT OR REPLACE INTO meta(key, value) VALUES('probe', 0)"};

static int64_t
elapsed_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* On the copying thread. */
static void
committer_copied(void *owner)
{
	struct committer *c = owner;
	pthread_mutex_lock(&c->lock);
	c->copied = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

/* Runs a statement without parameters and gives SQLite's code: SQLITE_OK or what went
 * wrong. */
static int
conn_step(struct conn *c, const struct db_sql *sql)
{
	struct statement *s;
	if (conn_statement(c, sql, &s, NULL) != OK)
		return sqlite3_extended_errcode(c->sqlite);
	int code = sqlite3_step(s->stmt);
	while (code == SQLITE_ROW)
		code = sqlite3_step(s->stmt);
	statement_done(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int
log_grew(void *pages, sqlite3 *sqlite, const char *name, int now)
{
	(void)sqlite;
	(void)name;
	*(int *)pages = now;
	return SQLITE_OK;
}

static void
committer_close_store(struct committer *c)
{
	checkpoint_detach(&c->checkpoint);
	conn_close(&c->data);
	conn_close(&c->keys);
	c->key_log_pages = 0;
}

static enum err
committer_open_store(struct committer *c, struct error *e)
{
	enum err err =
		conn_open(&c->data, c->config.data_path, CONN_WRITE, c->log.name, e);
	if (!err)
		err = conn_open(
			&c->keys, c->config.key_path, CONN_WRITE_KEY, c->log.name, e);
	if (!err)
		err = checkpoint_attach(&c->checkpoint, e);
	if (err) {
		committer_close_store(c);
		return err;
	}
	sqlite3_wal_hook(c->keys.sqlite, log_grew, &c->key_log_pages);
	return OK;
}

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
keys_ready(struct committer *c, const struct db_op *op, bool in_savepoint)
{
	int code = SQLITE_OK;
	if (!c->keys_begun) {
		code = conn_step(&c->keys, &begin);
		c->keys_begun = code == SQLITE_OK;
		if (code == SQLITE_OK && in_savepoint)
			code = conn_step(&c->keys, &savepoint);
	}
	if (sqlite3_strnicmp(op->sql->text, "INSERT", 6) != 0)
		c->keys_erase = true;
	return code;
}

static struct step
tx_run(struct committer *c, struct db_tx *tx, bool in_savepoint)
{
	struct step step = {.err = OK};
	int index = 0;
	int64_t before = sqlite3_total_changes64(c->data.sqlite) +
		sqlite3_total_changes64(c->keys.sqlite);
	for (const struct db_op *op = tx->first; op; op = op->next, index++) {
		step.conn = op->key ? &c->keys : &c->data;
		if (op->key && (step.code = keys_ready(c, op, in_savepoint)) != SQLITE_OK)
			step.err = conn_failure(step.conn, step.code, &tx->error);
		else
			step.err = op_run(step.conn, op, &step.code, &tx->error);
		if (step.err) {
			tx->failed_op = index;
			break;
		}
	}
	int64_t after = sqlite3_total_changes64(c->data.sqlite) +
		sqlite3_total_changes64(c->keys.sqlite);
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
tx_run_alone(struct committer *c, struct db_tx *tx)
{
	struct step step = {.err = ERR_UNAVAILABLE, .conn = &c->data};
	step.code = conn_step(&c->data, &savepoint);
	if (step.code == SQLITE_OK && c->keys_begun) {
		step.conn = &c->keys;
		step.code = conn_step(&c->keys, &savepoint);
	}
	if (step.code != SQLITE_OK)
		return step;
	step = tx_run(c, tx, true);
	if (step.code == SQLITE_OK && savepoint_close(&c->data, &step) && c->keys_begun)
		savepoint_close(&c->keys, &step);
	return step;
}

/* --- one group --- */

static void
conn_rollback(struct conn *conn)
{
	/* SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(conn->sqlite))
		conn_step(conn, &rollback);
}

static void
group_rollback(struct committer *c)
{
	conn_rollback(&c->data);
	conn_rollback(&c->keys);
	c->keys_begun = c->keys_erase = false;
}

static struct outcome
group_failed(struct committer *c, struct conn *conn, int code, enum err err)
{
	struct outcome out = {.err = err, .state = STORE_FAILED};
	conn_failure(conn, code, &out.error);
	out.error.kind = err;
	if (conn_is_full(conn, code))
		out.state = STORE_FULL;
	else if ((code & 0xff) == SQLITE_BUSY)
		out.state = STORE_OPEN; /* somebody else holds the file; it is sound */
	group_rollback(c);
	return out;
}

enum pass { PASS_DONE, PASS_AGAIN, PASS_FAILED };

/* Runs every transaction of the group and leaves the transaction open. PASS_AGAIN: one
 * failed after it had written. */
static enum pass
group_pass(struct committer *c, struct list *group, bool savepoints, struct outcome *out)
{
	int code = conn_step(&c->data, &begin);
	if (code != SQLITE_OK) {
		*out = group_failed(c, &c->data, code, ERR_UNAVAILABLE);
		return PASS_FAILED;
	}
	list_each(it, group) {
		struct db_tx *tx = list_entry(it, struct db_tx, link);
		tx->failed_op = -1;
		struct step step =
			savepoints ? tx_run_alone(c, tx) : tx_run(c, tx, false);
		tx->result = step.err;
		if (step.code != SQLITE_OK) {
			*out = group_failed(c, step.conn, step.code, ERR_UNAVAILABLE);
			return PASS_FAILED;
		}
		if (step.err && step.wrote && !savepoints)
			return PASS_AGAIN;
	}
	return PASS_DONE;
}

/* Nothing of a deleted key may stay behind in the log. */
static void
keys_empty_log(struct committer *c)
{
	int code = sqlite3_wal_checkpoint_v2(
		c->keys.sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code != SQLITE_OK)
		log_error("the key store's log could not be emptied", "error",
			sqlite3_errmsg(c->keys.sqlite), NULL);
	else
		c->key_log_pages = 0;
}

/* Keys first: a key without its row is harmless, a row without its key is lost. */
static struct outcome
group_commit(struct committer *c)
{
	int64_t start = elapsed_ns();
	int code;
	if (c->keys_begun) {
		code = conn_step(&c->keys, &commit);
		if (code != SQLITE_OK)
			return group_failed(c, &c->keys, code, ERR_UNAVAILABLE);
		if (c->keys_erase)
			keys_empty_log(c);
		c->keys_begun = c->keys_erase = false;
	}
	code = conn_step(&c->data, &commit);
	int64_t took_us = (elapsed_ns() - start) / 1000;
	if (code == SQLITE_OK)
		return (struct outcome){
			.err = OK, .state = STORE_OPEN, .commit_us = took_us};
	/* Without room the commit's last page was not written, so the commit does not
	 * exist. */
	return group_failed(c, &c->data, code,
		conn_is_full(&c->data, code) ? ERR_UNAVAILABLE : ERR_UNCERTAIN);
}

static struct outcome
group_run(struct committer *c, struct list *group)
{
	struct outcome out;
	enum pass pass = group_pass(c, group, false, &out);
	if (pass == PASS_AGAIN) {
		group_rollback(c);
		pass = group_pass(c, group, true, &out);
	}
	if (pass == PASS_FAILED)
		return out;
	return group_commit(c);
}

/* Somebody reads an old snapshot and the log has grown behind it to its limit. */
static struct outcome
log_full(const struct committer *c)
{
	struct outcome out = {.err = ERR_UNAVAILABLE, .state = STORE_FULL};
	err_set(&out.error, ERR_UNAVAILABLE,
		"the log is at its limit (DB_LOG_PAGES_MAX %d): a reader holds it",
		c->checkpoint.config.pages_max);
	return out;
}

/* --- the store's health --- */

static void
committer_set_state(struct committer *c, enum store_state state, const char *text)
{
	enum store_state was = atomic_exchange(&c->state, state);
	if (was == state)
		return;
	c->recover_ms = RECOVER_MS / 2;
	c->recover_at_ns =
		state == STORE_FULL ? elapsed_ns() + RECOVER_MS * INT64_C(1000000) : 0;
	switch (state) {
	case STORE_OPEN:
		log_info("the store takes writes again", NULL);
		break;
	case STORE_FULL:
		log_error("the store has no room", "error", text, NULL);
		break;
	case STORE_FAILED:
		log_error("the store failed and will be reopened", "error", text, NULL);
		break;
	}
}

/* Sees whether writes work: a big one while the store is full, any one after a
 * failure. */
static int
committer_probe(struct committer *c)
{
	/* No part of an earlier failure stays in the log. */
	int code = checkpoint_empty_log(&c->checkpoint);
	if (code == SQLITE_OK && atomic_load(&c->state) == STORE_FULL)
		code = conn_step(&c->data, &probe_write);
	if (code == SQLITE_OK)
		code = conn_step(&c->data, &probe_clear);
	if (code != SQLITE_OK)
		conn_rollback(&c->data);
	return code;
}

static void
committer_wait_for_readers(struct committer *c)
{
	pthread_mutex_lock(&c->lock);
	c->release_readers = true;
	c->readers_released = false;
	uv_async_send(c->async);
	while (!c->readers_released && !c->stop)
		pthread_cond_wait(&c->wake, &c->lock);
	c->release_readers = false;
	pthread_mutex_unlock(&c->lock);
}

/* One attempt; the state tells whether it worked. */
static void
committer_reopen(struct committer *c)
{
	struct error e;
	committer_wait_for_readers(c);
	/* What was copied may not be on disk: the log is kept and read again. */
	if (c->data.sqlite)
		sqlite3_db_config(
			c->data.sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	committer_close_store(c);
	if (committer_open_store(c, &e) != OK)
		return;
	int code = committer_probe(c);
	if (code == SQLITE_OK)
		committer_set_state(c, STORE_OPEN, "");
	else if (conn_is_full(&c->data, code))
		committer_set_state(c, STORE_FULL, sqlite3_errmsg(c->data.sqlite));
}

/* While the store is not well: one attempt to make it so when it is time for one. */
static void
committer_recover(struct committer *c)
{
	int64_t now = elapsed_ns();
	if (now < c->recover_at_ns)
		return;
	c->recover_ms =
		c->recover_ms * 2 < RECOVER_MS_MAX ? c->recover_ms * 2 : RECOVER_MS_MAX;
	c->recover_at_ns = now + c->recover_ms * INT64_C(1000000);
	switch (atomic_load(&c->state)) {
	case STORE_OPEN:
		break;
	case STORE_FULL: {
		int code = committer_probe(c);
		if (code == SQLITE_OK)
			committer_set_state(c, STORE_OPEN, "");
		else if (!conn_is_full(&c->data, code) && (code & 0xff) != SQLITE_BUSY)
			committer_set_state(
				c, STORE_FAILED, sqlite3_errmsg(c->data.sqlite));
		break;
	}
	case STORE_FAILED:
		committer_reopen(c);
		break;
	}
}

static void
committer_copy_failed(struct committer *c, const char *text, bool full)
{
	log_warn("the log could not be copied into the data file", "error", text, NULL);
	committer_set_state(c, full ? STORE_FULL : STORE_FAILED, text);
	if (!full)
		committer_recover(c);
}

static void
keys_copy_log(struct committer *c)
{
	int code = sqlite3_wal_checkpoint_v2(
		c->keys.sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* Its pages are counted again from the next commit on. */
	c->key_log_pages = 0;
	if (code != SQLITE_OK)
		committer_copy_failed(
			c, sqlite3_errmsg(c->keys.sqlite), conn_is_full(&c->keys, code));
}

static void
committer_checkpoint(struct committer *c)
{
	const struct checkpoint_pass *failed = checkpoint_step(&c->checkpoint);
	if (failed)
		committer_copy_failed(c, failed->text, failed->full);
	if (c->key_log_pages >= KEY_LOG_PAGES)
		keys_copy_log(c);
}

/* --- the thread --- */

static void
wake_wait_until(struct committer *c, int64_t ns)
{
	struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	pthread_cond_timedwait(&c->wake, &c->lock, &until);
}

/* Waits for transactions; uses the time to copy the log and to make the store well. */
static void
committer_rest(struct committer *c)
{
	if (atomic_load(&c->state) != STORE_OPEN) {
		wake_wait_until(c, c->recover_at_ns);
		pthread_mutex_unlock(&c->lock);
		committer_recover(c);
		pthread_mutex_lock(&c->lock);
		return;
	}
	pthread_mutex_unlock(&c->lock);
	committer_checkpoint(c);
	pthread_mutex_lock(&c->lock);
	bool well = atomic_load(&c->state) == STORE_OPEN;
	if (list_empty(&c->queue) && !c->stop && !c->copied && well)
		pthread_cond_wait(&c->wake, &c->lock);
	c->copied = false;
}

#define GATHER_FROM 4 /* transactions of the group before */
#define GATHER_NS 500000

/*
 * Under load a short pause lets more callers share the next transaction, and with it its
 * fsync and the pages that all of them touch: 64 callers cost 89 microseconds of
 * processor time a turn instead of 102, and as many turns are done. The group before tells
 * the load; a store that is little used commits at once.
 */
static void
gather(struct committer *c)
{
	const struct timespec pause = {.tv_nsec = GATHER_NS};
	if (c->last_group < GATHER_FROM || c->stop)
		return;
	pthread_mutex_unlock(&c->lock);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	pthread_mutex_lock(&c->lock);
}

/* Moves what waits into the group. False when there is nothing and the thread has to
 * end. */
static bool
committer_take(struct committer *c, struct list *group)
{
	int taken = 0;
	list_init(group);
	pthread_mutex_lock(&c->lock);
	while (list_empty(&c->queue) && !c->stop)
		committer_rest(c);
	gather(c);
	struct list *link;
	for (int n = 0; n < DB_GROUP_MAX && (link = list_pop(&c->queue)); n++) {
		c->queued--;
		c->queued_bytes -= list_entry(link, struct db_tx, link)->bytes;
		list_append(group, link);
		taken++;
	}
	c->last_group = taken;
	pthread_mutex_unlock(&c->lock);
	return !list_empty(group);
}

/* Hands the group back to the loop: one wake-up for all. */
static void
committer_finish(struct committer *c, struct list *group, const struct outcome *out)
{
	struct list *link;
	pthread_mutex_lock(&c->lock);
	c->stats.groups++;
	c->stats.fsync_us_total += out->commit_us;
	while ((link = list_pop(group))) {
		struct db_tx *tx = list_entry(link, struct db_tx, link);
		if (out->err) {
			tx->result = out->err;
			tx->error = out->error;
		}
		c->stats.commits += tx->result == OK;
		c->stats.conflicts += tx->result == ERR_CONFLICT;
		c->stats.failures += tx->result != OK && tx->result != ERR_CONFLICT;
		list_append(&c->finished, link);
	}
	pthread_mutex_unlock(&c->lock);
	uv_async_send(c->async);
}

static void
committer_commit(struct committer *c, struct list *group)
{
	if (atomic_load(&c->state) == STORE_FAILED) {
		struct outcome refused = {.err = ERR_UNAVAILABLE, .state = STORE_FAILED};
		err_set(&refused.error, ERR_UNAVAILABLE,
			"the store failed and is being reopened");
		committer_finish(c, group, &refused);
		committer_recover(c);
		return;
	}
	struct outcome out = checkpoint_log_is_full(&c->checkpoint) ? log_full(c)
								    : group_run(c, group);
	if (out.err == OK || out.state != STORE_OPEN)
		committer_set_state(c, out.state, out.error.text);
	if (out.state == STORE_FAILED)
		committer_recover(c);
	committer_finish(c, group, &out);
	if (atomic_load(&c->state) == STORE_OPEN)
		committer_checkpoint(c);
}

static void *
committer_main(void *arg)
{
	struct committer *c = arg;
	struct list group;
	while (committer_take(c, &group))
		committer_commit(c, &group);
	return NULL;
}

/* --- the loop's side --- */

static void
committer_run_done(struct committer *c)
{
	struct list done, *link;
	list_init(&done);
	pthread_mutex_lock(&c->lock);
	while ((link = list_pop(&c->finished)))
		list_append(&done, link);
	pthread_mutex_unlock(&c->lock);
	while ((link = list_pop(&done))) {
		struct db_tx *tx = list_entry(link, struct db_tx, link);
		if (--c->pending == 0 && !c->closing)
			uv_unref((uv_handle_t *)c->async);
		if (tx->result == ERR_INVALID)
			log_error("a statement is wrong", "error", tx->error.text, NULL);
		tx->done(tx, tx->result);
	}
}

static void
committer_release_readers(struct committer *c)
{
	pthread_mutex_lock(&c->lock);
	bool wanted = c->release_readers && !c->readers_released;
	pthread_mutex_unlock(&c->lock);
	if (!wanted)
		return;
	c->config.close_readers(c->config.owner);
	pthread_mutex_lock(&c->lock);
	c->readers_released = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

static void
committer_woke(uv_async_t *async)
{
	struct committer *c = async->data;
	committer_release_readers(c);
	committer_run_done(c);
}

enum err
committer_submit(struct committer *c, struct db_tx *tx, struct error *e)
{
	if (c->closing)
		return err_set(e, ERR_UNAVAILABLE, "the store is closing");
	pthread_mutex_lock(&c->lock);
	bool room = c->queued < DB_QUEUE_MAX &&
		c->queued_bytes + tx->bytes <= DB_QUEUE_BYTES_MAX;
	if (room) {
		list_append(&c->queue, &tx->link);
		c->queued++;
		c->queued_bytes += tx->bytes;
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	if (!room)
		return err_set(e, ERR_LIMIT,
			"too many commits wait (DB_QUEUE_MAX %d, DB_QUEUE_BYTES_MAX %u)",
			DB_QUEUE_MAX, DB_QUEUE_BYTES_MAX);
	if (c->pending++ == 0)
		uv_ref((uv_handle_t *)c->async);
	return OK;
}

void
committer_stats(struct committer *c, struct db_stats *out)
{
	pthread_mutex_lock(&c->lock);
	*out = c->stats;
	out->queued = c->queued;
	pthread_mutex_unlock(&c->lock);
	out->full = atomic_load(&c->state) == STORE_FULL;
}

bool
committer_writable(struct committer *c)
{
	return atomic_load(&c->state) == STORE_OPEN;
}

bool
committer_readable(struct committer *c)
{
	return atomic_load(&c->state) != STORE_FAILED;
}

static void
async_closed(uv_handle_t *handle)
{
	free(handle);
}

static void
committer_init(struct committer *c, const struct committer_config *config)
{
	pthread_condattr_t attr;
	c->config = *config;
	log_vfs_init(&c->log);
	list_init(&c->queue);
	list_init(&c->finished);
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	const struct checkpoint_config checkpoint = {
		.path = config->data_path,
		.vfs = c->log.name,
		.writer = &c->data,
		.copy_pages = config->log_copy_pages,
		.pages_max = config->log_pages_max,
		.ended = committer_copied,
		.owner = c,
	};
	checkpoint_init(&c->checkpoint, &checkpoint);
}

static void
committer_fini(struct committer *c)
{
	checkpoint_fini(&c->checkpoint);
	log_vfs_fini(&c->log);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

enum err
committer_new(
	const struct committer_config *config, struct committer **out, struct error *e)
{
	struct committer *c = mem_zalloc(sizeof(*c));
	committer_init(c, config);
	enum err err = committer_open_store(c, e);
	if (err) {
		committer_fini(c);
		return err;
	}
	c->async = mem_zalloc(sizeof(*c->async));
	c->async->data = c;
	require(uv_async_init(env_uv_loop(config->env), c->async, committer_woke) == 0);
	uv_unref((uv_handle_t *)c->async);
	require(pthread_create(&c->thread, NULL, committer_main, c) == 0);
	pthread_setname_np(c->thread, "committer");
	*out = c;
	return OK;
}

void
committer_free(struct committer **committer)
{
	struct committer *c = *committer;
	if (!c)
		return;
	c->closing = true;
	c->config.close_readers(c->config.owner);
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	c->readers_released = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	committer_run_done(c);
	committer_close_store(c);
	uv_close((uv_handle_t *)c->async, async_closed);
	committer_fini(c);
	*committer = NULL;
}
