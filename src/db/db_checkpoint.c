#include "db/db_checkpoint.h"

#include "base/limits.h"
#include "db/db_clock.h"

/* The committer copies a rest of so many pages itself, which takes some milliseconds, or of
 * this part of DB_LOG_COPY_PAGES when that is less. */
#define FINISH_PAGES 512
#define FINISH_PART 4
/* Passes that do not get there: then it copies what is left. Each costs the commits nothing,
 * and under load what is left after a few are thousands of pages, for which all would wait. */
#define PASSES_MAX 16
/* The log has grown so many times as long as it was when copying began: it copies at once. */
#define BEHIND_TIMES 3
/* When a reader holds the log, the next attempt is made after this part of DB_LOG_COPY_PAGES. */
#define AGAIN_PART 8

/* The disk is given so many pages of the data file at once: the log's own writes wait
 * behind them. */
#define SLICE_PAGES 128
#define REST_NS_MAX 20000000

/* --- a pass --- */

/* Copies what the log holds now and no reader needs. */
static struct checkpoint_pass
pass_run(struct conn *conn)
{
	struct checkpoint_pass pass = {.log = 0};
	pass.code = sqlite3_wal_checkpoint_v2(
		conn->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &pass.log, &pass.copied);
	return pass;
}

/* What is not synced yet. SQLite leaves it out when commits came in meanwhile; then the
 * disk would have all the work when the committer copies the last pages and waits. */
static int
file_sync(struct checkpoint_file *f, sqlite3_file *file)
{
	f->unsynced = 0;
	return f->real->xSync(file, SQLITE_SYNC_NORMAL);
}

/* After a slice the copying rests as long as the disk was busy with it. */
static int
file_sync_slice(struct checkpoint_file *f, sqlite3_file *file)
{
	int64_t from = clock_ns();
	int code = file_sync(f, file);
	int64_t ns = clock_ns() - from;
	const struct timespec rest = {.tv_nsec = ns < REST_NS_MAX ? ns : REST_NS_MAX};
	if (f->paced && !atomic_load(&f->hurry))
		nanosleep(&rest, NULL);
	return code;
}

static int
file_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct checkpoint_file *f = (struct checkpoint_file *)(uintptr_t)file->pMethods;
	int code = f->real->xWrite(file, p, n, at);
	if (code == SQLITE_OK && ++f->unsynced >= SLICE_PAGES)
		code = file_sync_slice(f, file);
	return code;
}

static sqlite3_file *
conn_file(struct conn *conn)
{
	sqlite3_file *file = NULL;
	int code = sqlite3_file_control(
		conn->sqlite, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	require(code == SQLITE_OK && file);
	return file;
}

/* Puts ours between SQLite and the file; SQLite closes it through the same methods. */
static void
file_watch(struct checkpoint_file *f, sqlite3_file *file)
{
	*f = (struct checkpoint_file){.methods = *file->pMethods, .real = file->pMethods};
	f->methods.xWrite = file_write;
	file->pMethods = &f->methods;
}

static void
pass_explain(struct checkpoint_pass *pass, struct conn *conn)
{
	if (pass->code == SQLITE_OK)
		return;
	pass->full = conn_is_full(conn, pass->code);
	snprintf(pass->text, sizeof pass->text, "%s", sqlite3_errstr(pass->code));
}

/* A pass beside the commits. */
static struct checkpoint_pass
pass_run_beside(struct checkpoint *c)
{
	struct checkpoint_pass pass = pass_run(&c->conn);
	if (pass.code == SQLITE_OK && c->file.unsynced)
		pass.code = file_sync(&c->file, conn_file(&c->conn));
	pass_explain(&pass, &c->conn);
	return pass;
}

static void *
checkpoint_main(void *arg)
{
	struct checkpoint *c = arg;
	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (!c->wanted && !c->stop)
			pthread_cond_wait(&c->wake, &c->lock);
		if (c->stop)
			break;
		pthread_mutex_unlock(&c->lock);
		struct checkpoint_pass pass = pass_run_beside(c);
		pthread_mutex_lock(&c->lock);
		c->pass = pass;
		c->wanted = false;
		pthread_cond_broadcast(&c->wake);
		pthread_mutex_unlock(&c->lock);
		c->config.ended(c->config.owner);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- the committer's side --- */

static int
log_grew(void *arg, sqlite3 *sqlite, const char *name, int pages)
{
	struct checkpoint *c = arg;
	(void)sqlite;
	(void)name;
	if (pages <= c->pages) { /* it has started over */
		c->copied = c->again_at = c->passes = 0;
		c->restarted = true;
	}
	c->pages = pages;
	return SQLITE_OK;
}

/* Learns what a pass came to; true when it failed. One that copied less than there was, but
 * some, met the committer's own commit; one that copied nothing, a reader. */
static bool
pass_take(struct checkpoint *c, const struct checkpoint_pass *pass)
{
	bool failed = pass->code != SQLITE_OK;
	c->again_at = 0;
	if (c->restarted) /* of the log before */
		return failed;
	if (failed || pass->copied <= c->copied) {
		c->again_at = c->pages + c->config.copy_pages / AGAIN_PART;
		c->passes = 0;
	}
	if (!failed)
		c->copied = pass->copied;
	return failed;
}

static void
pass_begin(struct checkpoint *c)
{
	c->begun = true;
	c->passes++;
	c->restarted = false;
	c->file.paced = c->passes == 1;
	atomic_store(&c->file.hurry, false);
	pthread_mutex_lock(&c->lock);
	c->wanted = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

/* True when the pass that was begun is over. */
static bool
pass_over(struct checkpoint *c, bool wait)
{
	if (wait)
		atomic_store(&c->file.hurry, true);
	pthread_mutex_lock(&c->lock);
	while (wait && c->wanted)
		pthread_cond_wait(&c->wake, &c->lock);
	bool over = !c->wanted;
	pthread_mutex_unlock(&c->lock);
	return over;
}

/* The result of a pass of the thread, if one was begun and is over; true when it failed. */
static bool
pass_end(struct checkpoint *c, bool wait)
{
	if (!c->begun || !pass_over(c, wait))
		return false;
	c->begun = false;
	return pass_take(c, &c->pass);
}

/* A pass on the committer's own connection and time. */
static bool
pass_here(struct checkpoint *c)
{
	c->restarted = false;
	c->pass = pass_run(c->config.writer);
	pass_explain(&c->pass, c->config.writer);
	return pass_take(c, &c->pass);
}

const struct checkpoint_pass *
checkpoint_step(struct checkpoint *c)
{
	const struct checkpoint_config *config = &c->config;
	bool behind = c->pages >= config->copy_pages * BEHIND_TIMES && !c->again_at;
	if (pass_end(c, behind))
		return &c->pass;
	if (c->begun)
		return NULL;
	int rest = c->pages - c->copied;
	if (c->pages < config->copy_pages || rest == 0 || c->pages < c->again_at)
		return NULL;
	if (rest <= c->finish_pages || c->passes >= PASSES_MAX || behind)
		return pass_here(c) ? &c->pass : NULL;
	pass_begin(c);
	return NULL;
}

int
checkpoint_empty_log(struct checkpoint *c)
{
	if (pass_end(c, true) || pass_here(c))
		return c->pass.code;
	if (c->pass.copied < c->pass.log)
		return SQLITE_BUSY;
	int code = sqlite3_wal_checkpoint_v2(
		c->config.writer->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code == SQLITE_OK)
		c->pages = c->copied = 0;
	return code;
}

bool
checkpoint_log_is_full(const struct checkpoint *c)
{
	return c->pages >= c->config.pages_max;
}

/* --- its life --- */

enum err
checkpoint_attach(struct checkpoint *c, struct error *e)
{
	c->pages = c->copied = c->again_at = 0;
	sqlite3_wal_hook(c->config.writer->sqlite, log_grew, c);
	enum err err = conn_open(&c->conn, c->config.path, CONN_WRITE, c->config.vfs, e);
	if (!err)
		file_watch(&c->file, conn_file(&c->conn));
	return err;
}

void
checkpoint_detach(struct checkpoint *c)
{
	/* What a failed pass copied may not be on disk: the log is kept and read again. */
	if (pass_end(c, true))
		sqlite3_db_config(c->config.writer->sqlite,
			SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	conn_close(&c->conn);
}

void
checkpoint_init(struct checkpoint *c, const struct checkpoint_config *config)
{
	*c = (struct checkpoint){.config = *config};
	if (!c->config.copy_pages)
		c->config.copy_pages = DB_LOG_COPY_PAGES;
	if (!c->config.pages_max)
		c->config.pages_max = DB_LOG_PAGES_MAX;
	c->finish_pages = c->config.copy_pages / FINISH_PART;
	if (c->finish_pages > FINISH_PAGES)
		c->finish_pages = FINISH_PAGES;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	require(pthread_create(&c->thread, NULL, checkpoint_main, c) == 0);
	pthread_setname_np(c->thread, "checkpoint");
}

void
checkpoint_fini(struct checkpoint *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
}
