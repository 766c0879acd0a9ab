#include "db/db_committer.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/db_checkpoint.h"
#include "db/db_clock.h"
#include "db/db_writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

/* A store that is not well is tried again after this long, and then each time after
 * twice as long. */
#define RECOVER_MS 20
#define RECOVER_MS_MAX 1000
/* Room that a full store must find before it takes writes again. */
#define PROBE_BYTES "262144"

struct committer {
	struct committer_config config;
	pthread_t thread;
	uv_async_t *async; /* outlives us until the loop has closed it */

	/* the thread's own */
	struct writer writer;
	struct checkpoint checkpoint;      /* of the data file's log */
	int64_t recover_at_ns, recover_ms; /* next attempt, and the pause before it */

	_Atomic(enum store_state) state; /* the thread changes it */
	_Atomic(bool) delivers;          /* the list of the finished may hold some */

	/* the loop's own */
	bool closing; /* the thread is ended */
	int pending;  /* submitted, done has not run */

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

static const struct db_sql probe_write = {
	"INSERT OR REPLACE INTO meta(key, value) VALUES('probe', zeroblob(" PROBE_BYTES
	"))"};
static const struct db_sql probe_clear = {
	"INSERT OR REPLACE INTO meta(key, value) VALUES('probe', 0)"};

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

static void
committer_close_store(struct committer *c)
{
	checkpoint_detach(&c->checkpoint);
	writer_close(&c->writer);
}

static enum err
committer_open_store(struct committer *c, struct error *e)
{
	enum err err =
		writer_open(&c->writer, c->config.data_path, c->config.key_path, e);
	if (!err)
		err = checkpoint_attach(&c->checkpoint, e);
	if (err)
		committer_close_store(c);
	return err;
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
		state == STORE_FULL ? clock_ns() + RECOVER_MS * INT64_C(1000000) : 0;
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
		code = conn_step(&c->writer.data, &probe_write);
	if (code == SQLITE_OK)
		code = conn_step(&c->writer.data, &probe_clear);
	if (code != SQLITE_OK)
		conn_rollback(&c->writer.data);
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
	if (c->writer.data.sqlite)
		sqlite3_db_config(
			c->writer.data.sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	committer_close_store(c);
	if (committer_open_store(c, &e) != OK)
		return;
	int code = committer_probe(c);
	if (code == SQLITE_OK)
		committer_set_state(c, STORE_OPEN, "");
	else if (conn_is_full(&c->writer.data, code))
		committer_set_state(c, STORE_FULL, sqlite3_errmsg(c->writer.data.sqlite));
}

/* While the store is not well: one attempt to make it so when it is time for one. */
static void
committer_recover(struct committer *c)
{
	int64_t now = clock_ns();
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
		else if (!conn_is_full(&c->writer.data, code) &&
			(code & 0xff) != SQLITE_BUSY)
			committer_set_state(
				c, STORE_FAILED, sqlite3_errmsg(c->writer.data.sqlite));
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
committer_checkpoint(struct committer *c)
{
	const struct checkpoint_pass *failed = checkpoint_step(&c->checkpoint);
	if (failed)
		committer_copy_failed(c, failed->text, failed->full);
	struct conn *keys = &c->writer.keys;
	int code = writer_copy_keys(&c->writer);
	if (code != SQLITE_OK)
		committer_copy_failed(
			c, sqlite3_errmsg(keys->sqlite), conn_is_full(keys, code));
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
	atomic_store(&c->delivers, true);
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
	struct outcome out = checkpoint_log_is_full(&c->checkpoint)
		? log_full(c)
		: writer_run(&c->writer, group);
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
	atomic_store(&c->delivers, false);
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
committer_deliver(struct committer *c)
{
	if (atomic_load(&c->delivers))
		committer_run_done(c);
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
	log_vfs_init(&c->writer.log);
	list_init(&c->queue);
	list_init(&c->finished);
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	const struct checkpoint_config checkpoint = {
		.path = config->data_path,
		.vfs = c->writer.log.name,
		.writer = &c->writer.data,
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
	log_vfs_fini(&c->writer.log);
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
committer_end(struct committer *c)
{
	if (c->closing)
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
}

void
committer_free(struct committer **committer)
{
	struct committer *c = *committer;
	if (!c)
		return;
	committer_end(c);
	committer_close_store(c);
	uv_close((uv_handle_t *)c->async, async_closed);
	committer_fini(c);
	*committer = NULL;
}
