/* The log of the data file while commits go on: that it is copied and starts over, and
 * what a reader that holds it does. */
#include "db/db_checkpoint.h"

#include "base/arena.h"
#include "base/log.h"
#include "db/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <uv.h>

#include <cmocka.h>

#define COPY_PAGES 64
#define PAGES_MAX 1000
#define FRAME 4120 /* a page in the log, with its head */
#define WAIT_MS 10000

static const struct db_migration migrations[] = {
	{1, "notes", "CREATE TABLE note(id INTEGER PRIMARY KEY, body BLOB)"},
};
static const struct db_sql add_note = {"INSERT INTO note(id, body) VALUES(?1, ?2)"};
static const struct db_sql count_notes = {"SELECT count(*) FROM note"};

struct job {
	struct db_tx tx;
	struct fixture *f;
};

struct fixture {
	char dir[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 16],
		log_path[TEST_FOLDER_MAX + 16];
	struct env *env;
	struct db *db;
	int64_t notes; /* acknowledged */
	int64_t next;  /* number of a note */
	int pending, refused;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error e;
	test_folder_make(f->dir);
	snprintf(f->path, sizeof f->path, "%s/parley.db", f->dir);
	snprintf(f->log_path, sizeof f->log_path, "%s/parley.db-wal", f->dir);
	f->env = env_uv_new();
	const struct db_config config = {.dir = str_of(f->dir),
		.migrations = migrations,
		.migration_count = 1,
		.log_copy_pages = COPY_PAGES,
		.log_pages_max = PAGES_MAX};
	if (db_open(f->env, &config, &f->db, &e) != OK)
		fail_msg("%s", e.text);
	log_set_level(LOG_OFF);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(&f->db);
	env_uv_free(&f->env);
	test_folder_remove(f->dir);
	log_set_level(LOG_INFO);
	free(f);
	return 0;
}

static void
job_done(struct db_tx *tx, enum err result)
{
	struct job *j = tx->owner;
	j->f->pending--;
	if (result == OK)
		j->f->notes++;
	else
		assert_int_equal(result, ERR_UNAVAILABLE);
	j->f->refused += result != OK;
	db_tx_fini(tx);
	free(j);
}

/* Submits some rows of about a page, each a transaction, and waits for them. */
static void
add_notes(struct fixture *f, int count)
{
	static const char body[3000];
	for (int i = 0; i < count; i++) {
		struct job *j = mem_zalloc(sizeof *j);
		j->f = f;
		db_tx_init(&j->tx);
		j->tx.owner = j;
		db_add(&j->tx, &add_note, "ib", ++f->next,
			((struct str){body, sizeof body}));
		assert_int_equal(db_submit(f->db, &j->tx, job_done, NULL), OK);
		f->pending++;
	}
	while (f->pending)
		uv_run(env_uv_loop(f->env), UV_RUN_ONCE);
}

static int64_t
notes_there(struct fixture *f)
{
	struct db_rows rows;
	assert_int_equal(db_query(f->db, &rows, &count_notes, NULL, ""), OK);
	assert_true(db_next(&rows));
	int64_t count = db_int(&rows, 0);
	db_end(&rows);
	return count;
}

static int64_t
log_bytes(const struct fixture *f)
{
	struct stat st;
	return stat(f->log_path, &st) == 0 ? st.st_size : 0;
}

/* How often the log has started over: SQLite counts it in the head of the log. */
static uint32_t
log_number(const struct fixture *f)
{
	unsigned char head[16] = {0};
	FILE *file = fopen(f->log_path, "rbe");
	assert_non_null(file);
	assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
	fclose(file);
	return (uint32_t)head[12] << 24 | (uint32_t)head[13] << 16 |
		(uint32_t)head[14] << 8 | head[15];
}

static void
too_late(struct env_timer *t)
{
	*(bool *)t->owner = true;
}

static void
tick(uv_timer_t *t)
{
	(void)t;
}

/* Turns the loop until the store takes writes. */
static void
wait_until_writable(struct fixture *f)
{
	bool late = false;
	struct env_timer limit = {.fire = too_late, .owner = &late};
	uv_timer_t ticks;
	uv_timer_init(env_uv_loop(f->env), &ticks);
	uv_timer_start(&ticks, tick, 2, 2);
	env_timer_start(f->env, &limit, WAIT_MS);
	while (!db_writable(f->db) && !late)
		uv_run(env_uv_loop(f->env), UV_RUN_ONCE);
	env_timer_stop(f->env, &limit);
	uv_close((uv_handle_t *)&ticks, NULL);
	uv_run(env_uv_loop(f->env), UV_RUN_NOWAIT);
	assert_false(late);
}

/* A connection of somebody else that holds what it saw. */
static void
snapshot_take(const struct fixture *f, struct conn *c)
{
	int64_t count;
	assert_int_equal(conn_open(c, f->path, CONN_READ, NULL, NULL), OK);
	assert_int_equal(conn_exec(c, "BEGIN", NULL), OK);
	assert_int_equal(conn_int(c, "SELECT count(*) FROM note", &count, NULL), OK);
	assert_int_equal(count, f->notes);
}

/* 3,000 pages and more go through a log that is never longer than some hundred: three times
 * COPY_PAGES, the commits of a group, and what a pass lets through. */
static void
test_the_log_starts_over_while_commits_go_on(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 150; i++) {
		add_notes(f, 1 + i % 40);
		assert_true(log_bytes(f) <= (3 * COPY_PAGES + 2 * 60) * FRAME);
	}
	assert_int_equal(f->refused, 0);
	assert_int_equal(notes_there(f), f->notes);
}

/* Without anything that comes after it; but for a log that has just started over. */
static void
test_a_log_that_nobody_adds_to_is_copied(void **state)
{
	struct fixture *f = *state;
	struct stat before, now;
	assert_int_equal(stat(f->path, &before), 0);
	add_notes(f, 200);
	for (int i = 0; i < WAIT_MS / 10; i++) {
		assert_int_equal(stat(f->path, &now), 0);
		if (now.st_size >= before.st_size + (200 - COPY_PAGES) * 4096)
			return;
		uv_sleep(10);
	}
	fail_msg("the data file has %lld bytes", (long long)now.st_size);
}

static void
test_a_snapshot_holds_the_log_and_lets_it_go(void **state)
{
	struct fixture *f = *state;
	struct conn reader;
	add_notes(f, 10);
	snapshot_take(f, &reader);
	uint32_t number = log_number(f);
	for (int i = 0; i < 12; i++)
		add_notes(f, 20);
	assert_int_equal(f->refused, 0);
	assert_int_equal(log_number(f), number);
	assert_true(log_bytes(f) > (3 * COPY_PAGES) * FRAME);
	conn_close(&reader);
	for (int i = 0; i < PAGES_MAX / 4 && log_number(f) == number; i++) {
		add_notes(f, 1);
		uv_sleep(4);
	}
	assert_int_not_equal(log_number(f), number);
	assert_int_equal(f->refused, 0);
	assert_int_equal(notes_there(f), f->notes);
}

static void
test_a_log_at_its_limit_takes_nothing_until_the_reader_has_gone(void **state)
{
	struct fixture *f = *state;
	struct conn reader;
	struct db_stats stats;
	add_notes(f, 10);
	snapshot_take(f, &reader);
	for (int i = 0; i < PAGES_MAX / 20 + 2; i++)
		add_notes(f, 20);
	assert_true(f->refused > 0);
	assert_false(db_writable(f->db));
	db_get_stats(f->db, &stats);
	assert_true(stats.full);
	/* One group may pass the limit. */
	assert_true(log_bytes(f) <= (PAGES_MAX + 50) * FRAME);
	assert_int_equal(notes_there(f), f->notes);
	int64_t bytes = log_bytes(f), count;
	/* After it has tried whether it can go on, too. */
	uv_sleep(60);
	add_notes(f, 20);
	uv_run(env_uv_loop(f->env), UV_RUN_NOWAIT);
	assert_int_equal(log_bytes(f), bytes);
	assert_int_equal(notes_there(f), f->notes);
	assert_int_equal(
		conn_int(&reader, "SELECT count(*) FROM note", &count, NULL), OK);
	assert_int_equal(count, 10);
	conn_close(&reader);
	wait_until_writable(f);
	int refused = f->refused;
	add_notes(f, 20);
	assert_int_equal(f->refused, refused);
	assert_int_equal(notes_there(f), f->notes);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_log_starts_over_while_commits_go_on),
		T(test_a_log_that_nobody_adds_to_is_copied),
		T(test_a_snapshot_holds_the_log_and_lets_it_go),
		T(test_a_log_at_its_limit_takes_nothing_until_the_reader_has_gone),
	};
	return cmocka_run_group_tests_name("db_checkpoint", tests, NULL, NULL);
}
