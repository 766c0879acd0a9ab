/*
 * The store when the disk fails it. A SQLite VFS of the test stands between SQLite and
 * the system and fails the n-th write, truncation, fsync, opening or mapping, or kills
 * the process in the middle of it; the small scenario runs for every n until it passes
 * without meeting the fault. Whatever n: what was acknowledged is there afterwards, what
 * was refused is not, what was uncertain is as a look-up said, and the store works again
 * by itself. A sync that fails and forgets what it had to write is a test of its own.
 */
#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "db/test_folder.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define JOBS 12
#define WAIT_MS 5000
/* How often the log is copied beside the commits differs from run to run, and with it the
 * number of calls: the end is where so many runs met no fault. */
#define MISSED_MAX 3

enum fault {
	FAULT_NONE,
	FAULT_IO,   /* the n-th call fails, once */
	FAULT_FULL, /* no write makes a file longer from the n-th call on, until `heal` */
	FAULT_IO_LONG, /* all calls fail from the n-th on, until `heal` */
	FAULT_KILL,    /* half of the write, then kill -9 */
	FAULT_LOSS, /* one sync of the data file fails, and what it had to write is lost */
};

#define UNSYNCED_MAX 1000

struct range {
	sqlite3_int64 at;
	int n;
};

struct faults {
	sqlite3_vfs vfs, *real;
	_Atomic(enum fault) kind;
	atomic_int countdown; /* calls until the fault */
	atomic_int met;       /* faults that happened */
	pthread_mutex_t lock; /* of the writes to the data file since its last sync */
	struct range unsynced[UNSYNCED_MAX];
	int unsynced_count;
	atomic_int commits; /* syncs of logs */
};

struct file {
	sqlite3_file base;
	struct faults *faults;
	sqlite3_file *real;
	bool data; /* no log */
};

static struct file *
file_of(sqlite3_file *f)
{
	return (struct file *)(void *)f;
}

/* True when this call has to fail. */
static bool
fault_due(struct faults *f, bool grows)
{
	enum fault kind = atomic_load(&f->kind);
	if (kind == FAULT_NONE || kind == FAULT_LOSS)
		return false;
	int left = atomic_fetch_sub(&f->countdown, 1);
	bool due = kind == FAULT_IO || kind == FAULT_KILL ? left == 1 : left <= 1;
	if (kind == FAULT_FULL)
		due = due && grows;
	if (due)
		atomic_fetch_add(&f->met, 1);
	return due;
}

/* The same for a call that has no half. */
static bool
fault_here(struct faults *f)
{
	bool due = fault_due(f, false);
	if (due && atomic_load(&f->kind) == FAULT_KILL)
		kill(getpid(), SIGKILL);
	return due;
}

static int
fault_code(struct faults *f, int io_code)
{
	return atomic_load(&f->kind) == FAULT_FULL ? SQLITE_FULL : io_code;
}

static int
file_close(sqlite3_file *file)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xClose(f->real);
}

static int
file_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xRead(f->real, p, n, at);
}

static void
unsynced_add(struct faults *f, sqlite3_int64 at, int n)
{
	pthread_mutex_lock(&f->lock);
	require(f->unsynced_count < UNSYNCED_MAX);
	f->unsynced[f->unsynced_count++] = (struct range){at, n};
	pthread_mutex_unlock(&f->lock);
}

/* The copy beside the commits goes on only after one of them: then SQLite does not sync
 * what it copied, but takes it for done. */
static void
let_a_commit_pass(struct faults *f)
{
	char thread[16] = "";
	int commits = atomic_load(&f->commits);
	pthread_getname_np(pthread_self(), thread, sizeof thread);
	if (strcmp(thread, "checkpoint") != 0 || atomic_load(&f->met))
		return;
	for (int i = 0; i < 500 && atomic_load(&f->commits) == commits; i++)
		usleep(1000);
}

/* As when the kernel could not write pages and forgot that they had to be written. */
static int
sync_and_lose(struct file *f)
{
	static const char zeros[65536];
	struct faults *faults = f->faults;
	pthread_mutex_lock(&faults->lock);
	bool due = faults->unsynced_count > 0 && atomic_load(&faults->met) == 0;
	for (int i = 0; due && i < faults->unsynced_count; i++)
		f->real->pMethods->xWrite(
			f->real, zeros, faults->unsynced[i].n, faults->unsynced[i].at);
	faults->unsynced_count = 0;
	if (due)
		atomic_store(&faults->met, 1);
	pthread_mutex_unlock(&faults->lock);
	return due ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
file_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct file *f = file_of(file);
	sqlite3_int64 size = 0;
	if (f->data && atomic_load(&f->faults->kind) == FAULT_LOSS) {
		unsynced_add(f->faults, at, n);
		let_a_commit_pass(f->faults);
	}
	f->real->pMethods->xFileSize(f->real, &size);
	if (!fault_due(f->faults, at + n > size))
		return f->real->pMethods->xWrite(f->real, p, n, at);
	f->real->pMethods->xWrite(f->real, p, n / 2, at);
	if (atomic_load(&f->faults->kind) == FAULT_KILL)
		kill(getpid(), SIGKILL);
	return fault_code(f->faults, SQLITE_IOERR_WRITE);
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct file *f = file_of(file);
	if (fault_here(f->faults))
		return SQLITE_IOERR_TRUNCATE;
	return f->real->pMethods->xTruncate(f->real, size);
}

static int
file_sync(sqlite3_file *file, int flags)
{
	struct file *f = file_of(file);
	(void)flags;
	if (f->data && atomic_load(&f->faults->kind) == FAULT_LOSS)
		return sync_and_lose(f);
	if (!f->data)
		atomic_fetch_add(&f->faults->commits, 1);
	/* No power fails here, so nothing need really go to disk. */
	return fault_here(f->faults) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
file_size_of(sqlite3_file *file, sqlite3_int64 *size)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xFileSize(f->real, size);
}

static int
file_lock(sqlite3_file *file, int level)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xLock(f->real, level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xUnlock(f->real, level);
}

static int
file_reserved(sqlite3_file *file, int *out)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xCheckReservedLock(f->real, out);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int
file_sector(sqlite3_file *file)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xSectorSize(f->real);
}

static int
file_traits(sqlite3_file *file)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static int
file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	struct file *f = file_of(file);
	if (fault_here(f->faults))
		return SQLITE_IOERR_SHMMAP;
	return f->real->pMethods->xShmMap(f->real, page, size, extend, out);
}

static int
file_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xShmLock(f->real, at, n, flags);
}

static void
file_shm_barrier(sqlite3_file *file)
{
	struct file *f = file_of(file);
	f->real->pMethods->xShmBarrier(f->real);
}

static int
file_shm_unmap(sqlite3_file *file, int drop)
{
	struct file *f = file_of(file);
	return f->real->pMethods->xShmUnmap(f->real, drop);
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size_of,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

static int
faults_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
	int *out_flags)
{
	struct faults *faults = vfs->pAppData;
	struct file *f = file_of(file);
	f->base.pMethods = NULL;
	if (fault_here(faults))
		return SQLITE_CANTOPEN;
	f->faults = faults;
	f->data = (flags & SQLITE_OPEN_MAIN_DB) && strstr(name, "parley.db");
	f->real = (sqlite3_file *)(void *)(f + 1);
	int code = faults->real->xOpen(faults->real, name, f->real, flags, out_flags);
	if (code == SQLITE_OK)
		f->base.pMethods = &file_methods;
	return code;
}

static void
faults_install(struct faults *f)
{
	pthread_mutex_init(&f->lock, NULL);
	f->real = sqlite3_vfs_find(NULL);
	f->vfs = *f->real;
	f->vfs.zName = "faults";
	f->vfs.szOsFile = (int)sizeof(struct file) + f->real->szOsFile;
	f->vfs.pAppData = f;
	f->vfs.xOpen = faults_open;
	require(sqlite3_vfs_register(&f->vfs, 1) == SQLITE_OK);
}

static void
faults_remove(struct faults *f)
{
	sqlite3_vfs_unregister(&f->vfs);
	sqlite3_vfs_register(f->real, 1);
	pthread_mutex_destroy(&f->lock);
}

static void
faults_set(struct faults *f, enum fault kind, int countdown)
{
	atomic_store(&f->met, 0);
	atomic_store(&f->countdown, countdown);
	atomic_store(&f->kind, kind);
}

/* --- the scenario --- */

static const struct db_migration migrations[] = {
	{1, "notes",
		"CREATE TABLE note(id INTEGER PRIMARY KEY, body BLOB);"
		"CREATE TABLE total(id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO total VALUES(1, 0)"},
};
static const struct db_migration key_migrations[] = {
	{1, "keys", "CREATE TABLE person_key(person INTEGER PRIMARY KEY, bytes BLOB)"},
};
static const struct db_sql add_note = {"INSERT INTO note(id, body) VALUES(?1, ?2)"};
static const struct db_sql add_total = {"UPDATE total SET n = n + 1 WHERE id = 1"};
static const struct db_sql add_key = {
	"INSERT OR IGNORE INTO person_key(person, bytes) VALUES(?1, ?2)"};
static const struct db_sql has_note = {"SELECT count(*) FROM note WHERE id = ?1"};
static const struct db_sql has_key = {
	"SELECT count(*) FROM person_key WHERE person = ?1"};
static const struct db_sql damage = {
	"SELECT (SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok')"
	" + (SELECT count(*) FROM note WHERE replace(hex(body), '78', '') <> '')"};
static const struct db_sql total = {
	"SELECT n - (SELECT count(*) FROM note) FROM total WHERE id = 1"};

struct job {
	struct db_tx tx;
	struct story *story;
	int64_t id;
	bool done;
	enum err result;
	int64_t looked_up; /* when it was uncertain: 1 there, 0 not there, -1 could not be
			      asked */
};

struct story {
	char dir[TEST_FOLDER_MAX];
	struct faults faults;
	struct env *env;
	struct db *db;
	struct db_config config;
	struct job jobs[JOBS];
	struct env_timer tick;
	bool late;
	int uncertain, unavailable, looked_up; /* over all runs */
};

static int64_t
ask(struct db *db, bool key, const struct db_sql *sql, int64_t id)
{
	struct db_rows rows;
	int64_t v = -1;
	bool one = sql != &total && sql != &damage;
	enum err err = key ? db_query_key(db, &rows, sql, NULL, "i", id)
			   : db_query(db, &rows, sql, NULL, one ? "i" : "", id);
	if (!err && db_next(&rows))
		v = db_int(&rows, 0);
	db_end(&rows);
	return v;
}

static void
job_done(struct db_tx *tx, enum err result)
{
	struct job *j = tx->owner;
	j->done = true;
	j->result = result;
	j->looked_up = -1;
	j->story->unavailable += result == ERR_UNAVAILABLE;
	if (result == ERR_UNCERTAIN) {
		j->looked_up = ask(j->story->db, false, &has_note, j->id);
		j->story->uncertain++;
		j->story->looked_up += j->looked_up >= 0;
	}
}

static void
job_submit(struct story *s, int i)
{
	char body[6000];
	memset(body, 'x', sizeof body);
	struct job *j = &s->jobs[i];
	*j = (struct job){.story = s, .id = i + 1};
	db_tx_init(&j->tx);
	j->tx.owner = j;
	db_add(&j->tx, &add_note, "ib", j->id,
		((struct str){body, i % 3 ? 10 : sizeof(body)}));
	if (i % 2)
		db_add_key(&j->tx, &add_key, "ib", j->id, STR("key"));
	db_add(&j->tx, &add_total, "");
	if (db_submit(s->db, &j->tx, job_done, NULL) != OK) {
		j->done = true;
		j->result = ERR_UNAVAILABLE;
	}
}

static void
too_late(struct env_timer *t)
{
	struct story *s = t->owner;
	s->late = true;
}

static void
tick(uv_timer_t *t)
{
	(void)t;
}

/* Turns the loop until every job below n is done and, if asked, the store takes
 * writes. */
static void
story_wait(struct story *s, int n, bool writable)
{
	uv_timer_t ticks;
	uv_timer_init(env_uv_loop(s->env), &ticks);
	uv_timer_start(&ticks, tick, 2, 2);
	s->late = false;
	s->tick = (struct env_timer){.fire = too_late, .owner = s};
	env_timer_start(s->env, &s->tick, WAIT_MS);
	for (;;) {
		bool done = !writable || db_writable(s->db);
		for (int i = 0; i < n; i++)
			done = done && s->jobs[i].done;
		if (done || s->late)
			break;
		uv_run(env_uv_loop(s->env), UV_RUN_ONCE);
	}
	env_timer_stop(s->env, &s->tick);
	uv_close((uv_handle_t *)&ticks, NULL);
	uv_run(env_uv_loop(s->env), UV_RUN_NOWAIT);
	assert_false(s->late);
}

static void
file_copy(const char *from_dir, const char *to_dir, const char *name)
{
	char path[2][TEST_FOLDER_MAX + 32];
	char *bytes = mem_alloc(8 << 20);
	snprintf(path[0], sizeof(path[0]), "%s/%s", from_dir, name);
	snprintf(path[1], sizeof(path[1]), "%s/%s", to_dir, name);
	FILE *from = fopen(path[0], "re"), *to = fopen(path[1], "we");
	assert_non_null(to);
	if (from) {
		size_t n = fread(bytes, 1, 8 << 20, from);
		assert_true(n < 8 << 20);
		assert_int_equal(fwrite(bytes, 1, n, to), n);
		fclose(from);
	}
	fclose(to);
	free(bytes);
}

/* As if the process were killed now: what was uncertain is and stays as the look-up said.
 */
static void
story_check_copy(struct story *s, int n)
{
	char dir[TEST_FOLDER_MAX];
	struct db_config config = s->config;
	struct db *copy;
	bool uncertain = false;
	for (int i = 0; i < n; i++)
		uncertain = uncertain || s->jobs[i].looked_up >= 0;
	if (!uncertain)
		return;
	test_folder_make(dir);
	file_copy(s->dir, dir, "parley.db");
	file_copy(s->dir, dir, "parley.db-wal");
	config.dir = str_of(dir);
	assert_int_equal(db_open(s->env, &config, &copy, NULL), OK);
	for (int i = 0; i < n; i++)
		if (s->jobs[i].looked_up >= 0)
			assert_int_equal(ask(copy, false, &has_note, s->jobs[i].id),
				s->jobs[i].looked_up);
	db_close(&copy);
	test_folder_remove(dir);
}

/* One by one, then two, then a group, then a big one. */
static void
story_write(struct story *s)
{
	for (int i = 0; i < 3; i++) {
		job_submit(s, i);
		story_wait(s, i + 1, false);
		if (atomic_load(&s->faults.kind) == FAULT_IO)
			story_check_copy(s, i + 1);
	}
	for (int i = 3; i < JOBS - 1; i++)
		job_submit(s, i);
	story_wait(s, JOBS - 1, false);
}

static void
story_open(struct story *s)
{
	struct error e;
	s->env = env_uv_new();
	s->config = (struct db_config){
		.dir = str_of(s->dir),
		.migrations = migrations,
		.migration_count = 1,
		.key_migrations = key_migrations,
		.key_migration_count = 1,
		/* The log is copied beside the commits, too. */
		.log_copy_pages = 8,
	};
	enum err err = db_open(s->env, &s->config, &s->db, &e);
	if (err)
		print_error("%s\n", e.text);
	assert_int_equal(err, OK);
}

static void
story_close(struct story *s)
{
	db_close(&s->db);
	env_uv_free(&s->env);
}

/* Once more when a copy of the log met the fault and the store is being reopened for it. */
static int64_t
ask_again(struct story *s, const struct db_sql *sql, int64_t id)
{
	bool key = sql == &has_key;
	int64_t answer = ask(s->db, key, sql, id);
	if (answer >= 0)
		return answer;
	story_wait(s, 0, true);
	return ask(s->db, key, sql, id);
}

static void
story_check(struct story *s, int n)
{
	assert_int_equal(ask_again(s, &total, 0), 0);
	for (int i = 0; i < n; i++) {
		struct job *j = &s->jobs[i];
		int64_t there = ask_again(s, &has_note, j->id);
		assert_true(there >= 0);
		if (j->result == OK)
			assert_int_equal(there, 1);
		else if (j->result == ERR_UNAVAILABLE)
			assert_int_equal(there, 0);
		else
			assert_int_equal(j->result, ERR_UNCERTAIN);
		if (j->result == ERR_UNCERTAIN && j->looked_up >= 0)
			assert_int_equal(there, j->looked_up);
		if (there && i % 2)
			assert_int_equal(ask_again(s, &has_key, j->id), 1);
	}
}

static void
story_renew(struct story *s)
{
	test_folder_remove(s->dir);
	test_folder_make(s->dir);
}

static void
jobs_free(struct story *s)
{
	for (int i = 0; i < JOBS; i++)
		db_tx_fini(&s->jobs[i].tx);
}

/* The store works again. Once more as above. */
static void
story_write_last(struct story *s)
{
	job_submit(s, JOBS - 1);
	story_wait(s, JOBS, true);
	if (s->jobs[JOBS - 1].result == ERR_UNAVAILABLE) {
		db_tx_fini(&s->jobs[JOBS - 1].tx);
		job_submit(s, JOBS - 1);
		story_wait(s, JOBS, false);
	}
	assert_int_equal(s->jobs[JOBS - 1].result, OK);
}

/* Runs the story with the fault at the n-th call; returns whether the fault was met. */
static bool
story_run(struct story *s, enum fault kind, int n)
{
	story_renew(s);
	story_open(s);
	faults_set(&s->faults, kind, n);
	story_write(s);
	bool met = atomic_load(&s->faults.met) > 0;
	faults_set(&s->faults, FAULT_NONE, 0);
	story_wait(s, JOBS - 1, true);
	story_check(s, JOBS - 1);
	story_write_last(s);
	story_check(s, JOBS);
	story_close(s);
	story_open(s);
	story_check(s, JOBS);
	story_close(s);
	jobs_free(s);
	return met;
}

static int
set_up(void **state)
{
	struct story *s = mem_zalloc(sizeof(*s));
	test_folder_make(s->dir);
	faults_install(&s->faults);
	log_set_level(LOG_OFF);
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct story *s = *state;
	faults_remove(&s->faults);
	test_folder_remove(s->dir);
	log_set_level(LOG_INFO);
	free(s);
	return 0;
}

static void
for_every_call(struct story *s, enum fault kind)
{
	int n = 0, missed = 0;
	while (missed < MISSED_MAX) {
		missed = story_run(s, kind, ++n) ? 0 : missed + 1;
		assert_true(n < 1000);
	}
	print_message("%d calls, %d unavailable, %d uncertain (%d looked up)\n",
		n - missed, s->unavailable, s->uncertain, s->looked_up);
	assert_true(n > 8);
	assert_true(s->unavailable > 0);
}

static void
test_an_input_output_error_at_any_call(void **state)
{
	struct story *s = *state;
	for_every_call(s, FAULT_IO);
	/* One failure is over when the store is reopened, so the look-up can always be
	 * made. */
	assert_true(s->uncertain > 0);
	assert_int_equal(s->looked_up, s->uncertain);
}

static void
test_a_disk_that_fails_for_a_while_from_any_call(void **state)
{
	for_every_call(*state, FAULT_IO_LONG);
}

static void
test_a_disk_without_room_from_any_call(void **state)
{
	for_every_call(*state, FAULT_FULL);
}

static void
test_a_full_store_says_so_and_finds_room_by_itself(void **state)
{
	struct story *s = *state;
	struct db_stats stats;
	story_open(s);
	faults_set(&s->faults, FAULT_FULL, 0);
	for (int i = 0; i < JOBS && db_writable(s->db); i++) {
		job_submit(s, i);
		story_wait(s, i + 1, false);
	}
	assert_false(db_writable(s->db));
	db_get_stats(s->db, &stats);
	assert_true(stats.full);
	assert_true(stats.failures > 0);
	assert_true(ask(s->db, false, &total, 0) == 0); /* it still answers */
	faults_set(&s->faults, FAULT_NONE, 0);
	story_wait(s, 0, true);
	db_get_stats(s->db, &stats);
	assert_false(stats.full);
	story_close(s);
	jobs_free(s);
}

/* A sync that failed once may succeed the next time without having written anything: what
 * the log holds must be copied again from its beginning. */
static void
test_pages_that_a_failed_sync_lost_are_copied_again(void **state)
{
	struct story *s = *state;
	story_open(s);
	faults_set(&s->faults, FAULT_LOSS, 0);
	for (int i = 0; i < JOBS; i++) {
		job_submit(s, i);
		story_wait(s, i + 1, true);
	}
	assert_int_equal(atomic_load(&s->faults.met), 1);
	story_check(s, JOBS);
	story_close(s);
	faults_set(&s->faults, FAULT_NONE, 0);
	story_open(s);
	assert_int_equal(ask(s->db, false, &damage, 0), 0);
	story_check(s, JOBS);
	story_close(s);
	jobs_free(s);
}

/* The same in a pass that ends only while the store closes, whichever job was the last:
 * the log stays, and the next start copies it. */
static void
test_pages_lost_while_the_store_closes_are_copied_again(void **state)
{
	struct story *s = *state;
	for (int n = 1; n <= JOBS / 2; n++) {
		story_renew(s);
		story_open(s);
		faults_set(&s->faults, FAULT_LOSS, 0);
		for (int i = 0; i < n; i++) {
			job_submit(s, i);
			story_wait(s, i + 1, true);
		}
		story_close(s);
		assert_int_equal(atomic_load(&s->faults.met), 1);
		faults_set(&s->faults, FAULT_NONE, 0);
		story_open(s);
		assert_int_equal(ask(s->db, false, &damage, 0), 0);
		story_check(s, n);
		story_close(s);
		for (int i = 0; i < n; i++)
			db_tx_fini(&s->jobs[i].tx);
	}
}

/* What the child tells its parent: the number of jobs acknowledged. */
static int
story_run_killed(struct story *s, int n, atomic_int *acknowledged)
{
	int status = 0;
	story_renew(s);
	atomic_store(acknowledged, 0);
	pid_t child = fork();
	if (child == 0) {
		story_open(s);
		faults_set(&s->faults, FAULT_KILL, n);
		for (int i = 0; i < JOBS; i++) {
			job_submit(s, i);
			story_wait(s, i + 1, false);
			atomic_store(acknowledged, i + 1);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void
test_a_kill_in_the_middle_of_any_write(void **state)
{
	struct story *s = *state;
	atomic_int *acknowledged = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int n = 0, missed = 0;
	while (missed < MISSED_MAX) {
		int status = story_run_killed(s, ++n, acknowledged);
		missed = status ? 0 : missed + 1;
		story_open(s);
		assert_int_equal(ask(s->db, false, &total, 0), 0);
		for (int i = 0; i < atomic_load(acknowledged); i++)
			assert_int_equal(ask(s->db, false, &has_note, i + 1), 1);
		story_close(s);
		assert_true(n < 1000);
	}
	print_message("%d calls\n", n - missed);
	assert_true(n > 20);
	munmap(acknowledged, 4096);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_an_input_output_error_at_any_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_disk_that_fails_for_a_while_from_any_call, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_disk_without_room_from_any_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_full_store_says_so_and_finds_room_by_itself, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_pages_that_a_failed_sync_lost_are_copied_again, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_pages_lost_while_the_store_closes_are_copied_again, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_kill_in_the_middle_of_any_write, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("db_fault", tests, NULL, NULL);
}
