/* The layer that gathers writes to the log, between a real SQLite and a VFS that counts.
 */
#include "db/db_log_vfs.h"

#include "base/arena.h"
#include "db/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The default VFS while a test runs: the system's, with the writes to logs counted. */
struct counting {
	sqlite3_vfs vfs, *real;
	sqlite3_io_methods methods; /* of logs: the system's but for xWrite */
	const sqlite3_io_methods *real_methods;
	int writes, syncs;
	bool fail; /* the next write fails */
};

/* SQLite hands the methods no pointer of ours; a test has one of these at a time. */
static struct counting counting;

static int
count_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	counting.writes++;
	if (counting.fail)
		return SQLITE_IOERR_WRITE;
	return counting.real_methods->xWrite(f, p, n, at);
}

static int
count_sync(sqlite3_file *f, int flags)
{
	counting.syncs++;
	return counting.real_methods->xSync(f, flags);
}

static int
count_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
	(void)vfs;
	int code = counting.real->xOpen(counting.real, path, f, flags, out_flags);
	if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return code;
	counting.real_methods = f->pMethods;
	counting.methods = *f->pMethods;
	counting.methods.xWrite = count_write;
	counting.methods.xSync = count_sync;
	f->pMethods = &counting.methods;
	return code;
}

struct fixture {
	char dir[TEST_FOLDER_MAX];
	char path[TEST_FOLDER_MAX + 16];
	struct log_vfs log;
	sqlite3 *db;
};

static void
run(sqlite3 *db, const char *sql)
{
	char *text = NULL;
	if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
		fail_msg("%s: %s", sql, text);
}

static int
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	test_folder_make(f->dir);
	snprintf(f->path, sizeof f->path, "%s/data.db", f->dir);
	counting = (struct counting){.real = sqlite3_vfs_find(NULL)};
	counting.vfs = *counting.real;
	counting.vfs.zName = "counting";
	counting.vfs.xOpen = count_open;
	assert_int_equal(sqlite3_vfs_register(&counting.vfs, 1), SQLITE_OK);
	log_vfs_init(&f->log);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	assert_int_equal(sqlite3_open_v2(f->path, &f->db, flags, f->log.name), SQLITE_OK);
	run(f->db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
		"CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(sqlite3_close(f->db), SQLITE_OK);
	log_vfs_fini(&f->log);
	sqlite3_vfs_unregister(&counting.vfs);
	test_folder_remove(f->dir);
	free(f);
	return 0;
}

/* Rows of about a page each. */
static void
insert_rows(sqlite3 *db, int count)
{
	char sql[200];
	snprintf(sql, sizeof sql,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO t(v) SELECT randomblob(3000) FROM n",
		count);
	run(db, sql);
}

/* What another process would see: a connection of its own on the plain VFS. */
static int
rows_seen(const struct fixture *f)
{
	sqlite3 *other;
	assert_int_equal(sqlite3_open_v2(f->path, &other, SQLITE_OPEN_READONLY,
				 counting.real->zName),
		SQLITE_OK);
	int rows = number(other, "SELECT count(*) FROM t");
	assert_int_equal(
		number(other,
			"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
		0);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	return rows;
}

static void
test_a_commit_of_many_pages_is_few_writes_and_one_sync(void **state)
{
	struct fixture *f = *state;
	counting.writes = counting.syncs = 0;
	insert_rows(f->db, 300);
	/* 300 pages of 4 KB in pieces of 128 KB, and one for what is left. */
	assert_in_range(counting.writes, 1, 16);
	assert_int_equal(counting.syncs, 1);
	assert_int_equal(rows_seen(f), 300);
}

static void
test_pages_that_left_a_small_cache_are_read_back(void **state)
{
	struct fixture *f = *state;
	run(f->db, "PRAGMA cache_size=10; BEGIN");
	insert_rows(f->db, 200);
	assert_int_equal(rows_seen(f), 0);
	/* From the end: what was written last is still in memory. */
	const char *sum =
		"SELECT sum(length(v)) / 3000 FROM (SELECT v FROM t ORDER BY id DESC)";
	assert_int_equal(number(f->db, sum), 200);
	run(f->db, "UPDATE t SET v = randomblob(3000)");
	assert_int_equal(number(f->db, sum), 200);
	run(f->db, "COMMIT");
	assert_int_equal(rows_seen(f), 200);
}

static void
test_what_was_taken_back_is_written_over(void **state)
{
	struct fixture *f = *state;
	run(f->db, "PRAGMA cache_size=10; BEGIN");
	insert_rows(f->db, 200);
	run(f->db, "ROLLBACK");
	insert_rows(f->db, 3);
	assert_int_equal(rows_seen(f), 3);
}

static void
test_a_failed_write_fails_the_commit_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	run(f->db, "BEGIN; INSERT INTO t(v) VALUES(randomblob(3000))");
	counting.fail = true;
	assert_int_equal(
		sqlite3_exec(f->db, "COMMIT", NULL, NULL, NULL) & 0xff, SQLITE_IOERR);
	counting.fail = false;
	sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
	assert_int_equal(rows_seen(f), 0);
	insert_rows(f->db, 2);
	assert_int_equal(rows_seen(f), 2);
}

static void
test_the_log_can_be_copied_and_begun_again(void **state)
{
	struct fixture *f = *state;
	for (int i = 1; i <= 5; i++) {
		insert_rows(f->db, 40);
		run(f->db,
			i % 2 ? "PRAGMA wal_checkpoint(PASSIVE)"
			      : "PRAGMA wal_checkpoint(TRUNCATE)");
		assert_int_equal(rows_seen(f), 40 * i);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_commit_of_many_pages_is_few_writes_and_one_sync),
		T(test_pages_that_left_a_small_cache_are_read_back),
		T(test_what_was_taken_back_is_written_over),
		T(test_a_failed_write_fails_the_commit_and_leaves_nothing),
		T(test_the_log_can_be_copied_and_begun_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
