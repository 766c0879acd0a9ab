/* Each promise of db.h on real files. Faults of disk and process are in
 * db_fault_test.c. */
#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/db.h"
#include "db/test_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

static const struct db_migration migrations[] = {
	{1, "notes",
		"CREATE TABLE note(id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB, weight REAL);"
		"CREATE TABLE counter(id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"},
	{2, "a counter", "INSERT INTO counter(id, n) VALUES(1, 0)"},
};
static const struct db_migration key_migrations[] = {
	{1, "keys",
		"CREATE TABLE person_key(person TEXT PRIMARY KEY, bytes BLOB) WITHOUT ROWID"},
};

static const struct db_sql add_note = {
	"INSERT INTO note(id, name, body, weight) VALUES(?1, ?2, ?3, ?4)"};
static const struct db_sql rename_note = {"UPDATE note SET name = ?2 WHERE id = ?1"};
static const struct db_sql get_note = {
	"SELECT name, body, weight, id FROM note WHERE id = ?1"};
static const struct db_sql has_note = {"SELECT 1 FROM note WHERE id = ?1"};
static const struct db_sql count_notes = {"SELECT count(*) FROM note"};
static const struct db_sql all_notes = {"SELECT id FROM note ORDER BY id"};
static const struct db_sql bump = {
	"UPDATE counter SET n = n + 1 WHERE id = 1 AND n = ?1"};
static const struct db_sql get_counter = {"SELECT n FROM counter WHERE id = 1"};
static const struct db_sql wrong = {"INSERT INTO nowhere VALUES(?1)"};
static const struct db_sql not_null = {"INSERT INTO counter(id, n) VALUES(7, NULL)"};
static const struct db_sql add_key = {
	"INSERT INTO person_key(person, bytes) VALUES(?1, ?2)"};
static const struct db_sql drop_key = {"DELETE FROM person_key WHERE person = ?1"};
static const struct db_sql get_key = {"SELECT bytes FROM person_key WHERE person = ?1"};

struct fixture {
	char dir[TEST_FOLDER_MAX];
	struct env *env;
	struct db *db;
	struct db_config config;
	struct error e;
	int done;
};

struct job {
	struct db_tx tx;
	struct fixture *f;
	int order; /* in which done ran, from 1 */
	int seen;  /* notes that a query in done saw */
};

static int64_t
ask_int(struct db *db, const struct db_sql *sql)
{
	struct db_rows rows;
	assert_int_equal(db_query(db, &rows, sql, NULL, ""), OK);
	assert_true(db_next(&rows));
	int64_t v = db_int(&rows, 0);
	assert_false(db_next(&rows));
	assert_int_equal(db_end(&rows), OK);
	return v;
}

static void
remember(struct db_tx *tx, enum err result)
{
	struct job *j = tx->owner;
	assert_int_equal(tx->result, result);
	j->order = ++j->f->done;
	if (j->f->db)
		j->seen = (int)ask_int(j->f->db, &count_notes);
}

static struct job *
job_new(struct fixture *f)
{
	struct job *j = mem_zalloc(sizeof(*j));
	j->f = f;
	db_tx_init(&j->tx);
	j->tx.owner = j;
	return j;
}

static void
job_free(struct job *j)
{
	db_tx_fini(&j->tx);
	free(j);
}

static enum err
job_run(struct job *j)
{
	assert_int_equal(db_submit(j->f->db, &j->tx, remember, NULL), OK);
	assert_int_equal(j->order, 0);
	env_uv_run(j->f->env);
	assert_true(j->order > 0);
	return j->tx.result;
}

static void
job_add_note(struct job *j, int64_t id, const char *name)
{
	db_add(&j->tx, &add_note, "iSbd", id, str_of(name), STR("body"), 0.5);
}

/* Puts one note in and waits for it. */
static enum err
put_note(struct fixture *f, int64_t id, const char *name)
{
	struct job *j = job_new(f);
	job_add_note(j, id, name);
	enum err result = job_run(j);
	job_free(j);
	return result;
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));
	test_folder_make(f->dir);
	f->env = env_uv_new();
	f->config = (struct db_config){
		.dir = str_of(f->dir),
		.migrations = migrations,
		.migration_count = 2,
		.key_migrations = key_migrations,
		.key_migration_count = 1,
	};
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
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
	free(f);
	return 0;
}

static void
reopen(struct fixture *f)
{
	db_close(&f->db);
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
}

static void
test_values_come_back_as_they_were(void **state)
{
	struct fixture *f = *state;
	struct db_rows rows;
	struct job *j = job_new(f);
	char body[3] = {'a', 0, 'b'};
	db_add(&j->tx, &add_note, "isbd", INT64_MIN, STR("caf\303\251"),
		((struct str){body, 3}), 0.1);
	db_add(&j->tx, &add_note, "iSBn", INT64_C(2), ((struct str){NULL, 0}),
		((struct str){"", 0}));
	memset(body, 'x', 3); /* what was bound is a copy */
	assert_int_equal(job_run(j), OK);
	assert_int_equal(j->seen, 2);
	job_free(j);
	reopen(f);
	assert_int_equal(db_query(f->db, &rows, &get_note, &f->e, "i", INT64_MIN), OK);
	assert_true(db_next(&rows));
	assert_int_equal(rows.columns, 4);
	assert_true(str_eq(db_str(&rows, 0), STR("caf\303\251")));
	assert_true(str_eq(db_str(&rows, 1), STR("a\0b")));
	assert_true(db_double(&rows, 2) >= 0.1 && db_double(&rows, 2) <= 0.1);
	assert_true(db_int(&rows, 3) == INT64_MIN);
	assert_false(db_next(&rows));
	db_end(&rows);
	assert_int_equal(db_query(f->db, &rows, &get_note, &f->e, "i", INT64_C(2)), OK);
	assert_true(db_next(&rows));
	assert_true(db_is_null(&rows, 0));
	assert_null(db_str(&rows, 0).p);
	assert_false(db_is_null(&rows, 1));
	assert_non_null(db_str(&rows, 1).p);
	assert_int_equal(db_str(&rows, 1).n, 0);
	assert_true(db_is_null(&rows, 2));
	db_end(&rows);
	assert_int_equal(db_query(f->db, &rows, &get_note, &f->e, "i", INT64_C(3)), OK);
	assert_false(db_next(&rows));
	assert_false(db_next(&rows));
	db_end(&rows);
}

static void
test_a_statement_can_be_asked_while_its_rows_are_walked(void **state)
{
	struct fixture *f = *state;
	struct db_rows outer, inner;
	int pairs = 0;
	put_note(f, 1, "one");
	put_note(f, 2, "two");
	assert_int_equal(db_query(f->db, &outer, &all_notes, &f->e, ""), OK);
	while (db_next(&outer)) {
		assert_int_equal(db_query(f->db, &inner, &all_notes, &f->e, ""), OK);
		while (db_next(&inner))
			pairs++;
		assert_int_equal(db_end(&inner), OK);
	}
	assert_int_equal(db_end(&outer), OK);
	assert_int_equal(pairs, 4);
}

static void
test_a_wrong_query_says_so(void **state)
{
	struct fixture *f = *state;
	struct db_rows rows;
	assert_int_equal(
		db_query(f->db, &rows, &wrong, &f->e, "i", INT64_C(1)), ERR_INVALID);
	assert_non_null(strstr(f->e.text, "nowhere"));
	assert_false(db_next(&rows));
	assert_int_equal(db_end(&rows), OK);
	assert_int_equal(db_query(f->db, &rows, &get_note, &f->e, ""), ERR_INVALID);
	assert_int_equal(db_query(f->db, &rows, &add_note, &f->e, "innn", INT64_C(1)),
		ERR_INVALID);
	assert_int_equal(ask_int(f->db, &count_notes), 0);
}

/* The loop submits all of these before it turns, so they share groups in every way the
 * committer can cut them. */
static void
test_a_failure_takes_back_only_its_own(void **state)
{
	struct fixture *f = *state;
	struct job *j[8];
	const enum err expected[8] = {OK, ERR_CONFLICT, OK, ERR_CONFLICT, ERR_INVALID, OK,
		ERR_INVALID, ERR_CONFLICT};
	for (int i = 0; i < 8; i++)
		j[i] = job_new(f);
	job_add_note(j[0], 10, "ten");
	job_add_note(
		j[1], 11, "eleven"); /* written, then taken back: the name is in use */
	job_add_note(j[1], 12, "ten");
	job_add_note(j[2], 13, "eleven");          /* free again */
	db_add(&j[3]->tx, &bump, "i", INT64_C(5)); /* the counter is 0 */
	db_expect(&j[3]->tx, 1);
	job_add_note(j[3], 14, "fourteen");
	job_add_note(j[4], 15, "fifteen");
	db_add(&j[4]->tx, &wrong, "i", INT64_C(1));
	db_add(&j[5]->tx, &bump, "i", INT64_C(0));
	db_expect(&j[5]->tx, 1);
	db_add(&j[5]->tx, &has_note, "i", INT64_C(13));
	db_expect(&j[5]->tx, 1);
	job_add_note(j[6], 16, "sixteen");
	db_add(&j[6]->tx, &not_null, "");
	db_add(&j[7]->tx, &rename_note, "is", INT64_C(10), STR("zehn"));
	db_expect(&j[7]->tx, 1);
	db_add(&j[7]->tx, &has_note, "i", INT64_C(11));
	db_expect(&j[7]->tx, 1);
	log_set_level(LOG_OFF);
	for (int i = 0; i < 8; i++)
		assert_int_equal(db_submit(f->db, &j[i]->tx, remember, &f->e), OK);
	env_uv_run(f->env);
	log_set_level(LOG_INFO);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(j[i]->tx.result, expected[i]);
		assert_int_equal(j[i]->order, i + 1);
	}
	assert_int_equal(j[1]->tx.failed_op, 1);
	assert_int_equal(j[3]->tx.failed_op, 0);
	assert_int_equal(j[4]->tx.failed_op, 1);
	assert_int_equal(j[5]->tx.failed_op, -1);
	for (int i = 0; i < 8; i++)
		job_free(j[i]);
	assert_int_equal(ask_int(f->db, &count_notes), 2);
	assert_int_equal(ask_int(f->db, &get_counter), 1);
}

/* Seeded groups against a model: what the counter's condition lets through, in order. */
static void
test_random_groups_agree_with_a_model(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = (uint64_t)getpid(), x = seed;
	int64_t counter = 0, notes = 0;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 30; round++) {
		struct job *j[20];
		bool good[20];
		for (int i = 0; i < 20; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			int64_t guess = counter + (int64_t)((x >> 33) % 2);
			bool note_first = (x >> 40) % 2;
			j[i] = job_new(f);
			if (note_first)
				job_add_note(j[i], round * 100 + i, NULL);
			db_add(&j[i]->tx, &bump, "i", guess);
			db_expect(&j[i]->tx, 1);
			if (!note_first)
				job_add_note(j[i], round * 100 + i, NULL);
			good[i] = guess == counter;
			counter += good[i];
			notes += good[i];
			assert_int_equal(
				db_submit(f->db, &j[i]->tx, remember, &f->e), OK);
		}
		env_uv_run(f->env);
		for (int i = 0; i < 20; i++) {
			assert_int_equal(j[i]->tx.result, good[i] ? OK : ERR_CONFLICT);
			job_free(j[i]);
		}
		assert_int_equal(ask_int(f->db, &get_counter), counter);
		assert_int_equal(ask_int(f->db, &count_notes), notes);
	}
}

static void
test_the_queue_has_a_limit(void **state)
{
	struct fixture *f = *state;
	int count = DB_QUEUE_MAX + DB_GROUP_MAX + 1000, accepted = 0;
	struct job **j = mem_zalloc((size_t)count * sizeof(struct job *));
	enum err err = OK;
	for (int i = 0; i < count && !err; i++) {
		j[i] = job_new(f);
		job_add_note(j[i], i, NULL);
		err = db_submit(f->db, &j[i]->tx, remember, &f->e);
		accepted += err == OK;
	}
	env_uv_run(f->env);
	assert_int_equal(f->done, accepted);
	assert_int_equal(ask_int(f->db, &count_notes), accepted);
	if (err) {
		assert_int_equal(err, ERR_LIMIT);
		assert_non_null(strstr(f->e.text, "DB_QUEUE_MAX"));
		assert_true(accepted >= DB_QUEUE_MAX);
	}
	for (int i = 0; i < count && j[i]; i++)
		job_free(j[i]);
	free(j);
}

static void
test_a_huge_transaction_is_over_the_limit(void **state)
{
	struct fixture *f = *state;
	struct job *j = job_new(f);
	char *big = mem_zalloc(1 << 20);
	for (unsigned i = 0; i < (DB_QUEUE_BYTES_MAX >> 20) + 1; i++)
		db_add(&j->tx, &add_note, "inbn", (int64_t)i,
			((struct str){big, 1 << 20}));
	assert_int_equal(db_submit(f->db, &j->tx, remember, &f->e), ERR_LIMIT);
	assert_int_equal(f->done, 0);
	job_free(j);
	free(big);
}

static void
test_keys_live_in_their_own_file(void **state)
{
	struct fixture *f = *state;
	struct db_rows rows;
	struct job *j = job_new(f);
	db_add_key(&j->tx, &add_key, "sb", STR("ana"), STR("secret-of-ana"));
	job_add_note(j, 1, "ana");
	assert_int_equal(job_run(j), OK);
	job_free(j);
	j = job_new(f); /* a conflict in the data file takes the key back */
	db_add_key(&j->tx, &add_key, "sb", STR("bob"), STR("secret-of-bob"));
	job_add_note(j, 2, "ana");
	assert_int_equal(job_run(j), ERR_CONFLICT);
	job_free(j);
	j = job_new(f); /* and a conflict among the keys takes the note back */
	job_add_note(j, 3, "bob");
	db_add_key(&j->tx, &add_key, "sb", STR("ana"), STR("another"));
	assert_int_equal(job_run(j), ERR_CONFLICT);
	assert_int_equal(j->tx.failed_op, 1);
	job_free(j);
	assert_int_equal(ask_int(f->db, &count_notes), 1);
	assert_int_equal(
		db_query_key(f->db, &rows, &get_key, &f->e, "s", STR("ana")), OK);
	assert_true(db_next(&rows));
	assert_true(str_eq(db_str(&rows, 0), STR("secret-of-ana")));
	db_end(&rows);
	assert_int_equal(
		db_query_key(f->db, &rows, &get_key, &f->e, "s", STR("bob")), OK);
	assert_false(db_next(&rows));
	db_end(&rows);
}

/* Whether any of the key store's files holds the text. */
static bool
keys_contain(const char *dir, struct str text)
{
	static const char *const names[] = {"keys.db", "keys.db-wal", "keys.db-journal"};
	bool found = false;
	for (size_t i = 0; i < 3 && !found; i++) {
		char path[200];
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		int fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		char *bytes = mem_alloc(1 << 20);
		ssize_t n = read(fd, bytes, 1 << 20);
		found = n > 0 && memmem(bytes, (size_t)n, text.p, text.n) != NULL;
		free(bytes);
		close(fd);
	}
	return found;
}

static void
test_an_erased_key_is_in_no_file(void **state)
{
	struct fixture *f = *state;
	struct job *j = job_new(f);
	db_add_key(&j->tx, &add_key, "sb", STR("ana"), STR("secret-of-ana"));
	assert_int_equal(job_run(j), OK);
	job_free(j);
	assert_true(keys_contain(f->dir, STR("secret-of-ana")));
	j = job_new(f);
	db_add_key(&j->tx, &drop_key, "s", STR("ana"));
	db_expect(&j->tx, 1);
	assert_int_equal(job_run(j), OK);
	job_free(j);
	assert_false(keys_contain(f->dir, STR("secret-of-ana")));
}

static void
test_a_second_process_is_refused_and_told_who_holds_the_folder(void **state)
{
	struct fixture *f = *state;
	struct db *second = NULL;
	char pid[32];
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_int_equal(db_open(f->env, &f->config, &second, &f->e), ERR_CONFLICT);
	assert_null(second);
	assert_non_null(strstr(f->e.text, pid));
	assert_non_null(strstr(f->e.text, f->dir));
	db_close(&f->db);
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
}

static void
test_a_reader_needs_no_lock_and_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct db *reader = NULL;
	struct db_config config = f->config;
	struct job *j = job_new(f);
	put_note(f, 1, "one");
	config.read_only = true;
	assert_int_equal(db_open(f->env, &config, &reader, &f->e), OK);
	assert_int_equal(ask_int(reader, &count_notes), 1);
	assert_int_equal(db_submit(reader, &j->tx, remember, &f->e), ERR_INVALID);
	assert_false(db_writable(reader));
	assert_true(db_writable(f->db));
	put_note(f, 2, "two");
	assert_int_equal(ask_int(reader, &count_notes), 2);
	db_close(&reader);
	job_free(j);
	config.dir = STR("not-there");
	assert_int_equal(db_open(f->env, &config, &reader, &f->e), ERR_NOT_FOUND);
}

static void
test_files_are_for_their_owner_only(void **state)
{
	struct fixture *f = *state;
	const char *names[] = {"", "/parley.db", "/parley.db-wal", "/keys.db",
		"/keys.db-wal", "/parley.lock"};
	struct job *j = job_new(f);
	db_add_key(&j->tx, &add_key, "sb", STR("ana"), STR("k"));
	job_add_note(j, 1, "one");
	assert_int_equal(job_run(j), OK);
	job_free(j);
	for (size_t i = 0; i < 6; i++) {
		char path[200];
		struct stat st;
		snprintf(path, sizeof(path), "%s%s", f->dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, i == 0 ? 0700 : 0600);
	}
}

static void
test_a_missing_folder_is_made_and_a_hopeless_one_named(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL;
	struct db_config config = f->config;
	char path[200];
	struct stat st;
	snprintf(path, sizeof(path), "%s/a/b", f->dir);
	config.dir = str_of(path);
	assert_int_equal(db_open(f->env, &config, &db, &f->e), OK);
	db_close(&db);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(path, sizeof(path), "%s/parley.db/x", f->dir);
	config.dir = str_of(path);
	assert_int_equal(db_open(f->env, &config, &db, &f->e), ERR_INVALID);
	assert_non_null(strstr(f->e.text, path));
	assert_null(db);
}

static void
test_migrations_run_once_and_a_newer_store_is_refused(void **state)
{
	struct fixture *f = *state;
	static const struct db_migration more[] = {
		{1, "notes", "-"},
		{2, "a counter", "-"},
		{3, "broken",
			"INSERT INTO counter(id, n) VALUES(2, 0); INSERT INTO nowhere VALUES(1)"},
	};
	static const struct db_migration fixed[] = {
		{1, "notes", "-"},
		{2, "a counter", "-"},
		{3, "another", "INSERT INTO counter(id, n) VALUES(2, 0)"},
	};
	reopen(f);
	assert_int_equal(ask_int(f->db, &get_counter), 0);
	db_close(&f->db);
	struct db_config config = f->config;
	config.migrations = more;
	config.migration_count = 3;
	assert_int_equal(db_open(f->env, &config, &f->db, &f->e), ERR_INVALID);
	assert_non_null(strstr(f->e.text, "migration 3 (broken)"));
	assert_null(f->db);
	config.migrations = fixed; /* would fail if half of the broken one were there */
	assert_int_equal(db_open(f->env, &config, &f->db, &f->e), OK);
	db_close(&f->db);
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), ERR_INVALID);
	assert_non_null(strstr(f->e.text, "schema 3"));
	assert_non_null(strstr(f->e.text, "up to 2"));
	config.read_only = true;
	config.migration_count = 2;
	assert_int_equal(db_open(f->env, &config, &f->db, &f->e), ERR_INVALID);
}

static void
test_closing_ends_what_is_queued(void **state)
{
	struct fixture *f = *state;
	struct job *j[50];
	for (int i = 0; i < 50; i++) {
		j[i] = job_new(f);
		job_add_note(j[i], i, NULL);
		assert_int_equal(db_submit(f->db, &j[i]->tx, remember, &f->e), OK);
	}
	struct db *db = f->db;
	f->db = NULL; /* nothing can be asked while it closes */
	db_close(&db);
	assert_int_equal(f->done, 50);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(j[i]->tx.result, OK);
		job_free(j[i]);
	}
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
	assert_int_equal(ask_int(f->db, &count_notes), 50);
}

/* The loop does not run: what is on disk is heard of all the same. */
static void
test_what_is_queued_ends_while_the_store_can_be_asked(void **state)
{
	struct fixture *f = *state;
	struct job *jobs[3];
	for (int i = 0; i < 3; i++) {
		jobs[i] = job_new(f);
		job_add_note(jobs[i], i + 1, i == 0 ? "one" : i == 1 ? "two" : "three");
	}
	assert_int_equal(db_submit(f->db, &jobs[0]->tx, remember, &f->e), OK);
	assert_int_equal(db_submit(f->db, &jobs[1]->tx, remember, &f->e), OK);
	db_finish(f->db);
	assert_int_equal(f->done, 2);
	assert_int_equal(jobs[1]->seen, 2);
	assert_int_equal(ask_int(f->db, &count_notes), 2);
	assert_int_equal(
		db_submit(f->db, &jobs[2]->tx, remember, &f->e), ERR_UNAVAILABLE);
	db_finish(f->db);
	for (int i = 0; i < 3; i++)
		job_free(jobs[i]);
}

static void
test_a_commit_is_delivered_when_asked_for(void **state)
{
	struct fixture *f = *state;
	struct db_stats stats = {.commits = 0};
	struct job *j = job_new(f);
	job_add_note(j, 1, "one");
	assert_int_equal(db_submit(f->db, &j->tx, remember, &f->e), OK);
	for (int i = 0; i < 5000 && stats.commits == 0; i++) {
		assert_int_equal(j->order, 0);
		usleep(1000);
		db_get_stats(f->db, &stats);
	}
	db_deliver(f->db);
	assert_int_equal(j->order, 1);
	assert_int_equal(j->seen, 1);
	db_deliver(f->db);
	env_uv_run(f->env); /* ends: nothing is awaited any more */
	assert_int_equal(f->done, 1);
	job_free(j);
}

/* That the log is copied and starts over is shown in db_checkpoint_test.c. */
static void
test_the_counters_tell_of_commits_and_files(void **state)
{
	struct fixture *f = *state;
	struct db_stats stats;
	char *big = mem_zalloc(200 << 10);
	for (int i = 0; i < 200; i++) {
		struct job *j = job_new(f);
		db_add(&j->tx, &add_note, "inbn", (int64_t)i,
			((struct str){big, 200 << 10}));
		assert_int_equal(job_run(j), OK);
		job_free(j);
	}
	free(big);
	db_get_stats(f->db, &stats);
	assert_int_equal(stats.commits, 200);
	assert_int_equal(stats.queued, 0);
	assert_true(stats.groups > 0 && stats.fsync_us_total > 0);
	assert_true(stats.file_bytes > 0 && stats.wal_bytes > 0);
	assert_true(stats.file_bytes + stats.wal_bytes > 40 << 20);
}

struct copying {
	struct env_work work;
	struct fixture *f;
	char target[200];
	int reports;
	enum err result;
	bool done;
};

static void
copy_report(void *arg, int done, int total)
{
	struct copying *c = arg;
	assert_true(done <= total);
	c->reports++;
}

static void
copy_run(struct env_work *w)
{
	struct copying *c = w->owner;
	c->result = db_backup(c->f->dir, c->target, copy_report, c, NULL);
}

static void
copy_done(struct env_work *w)
{
	struct copying *c = w->owner;
	c->done = true;
}

/* A copy made on another thread while commits go on is whole, and restored it is
 * paused and its keys are apart. */
static void
test_a_backup_of_a_live_store_is_whole_and_comes_back_paused(void **state)
{
	static const struct db_sql paused = {
		"SELECT value FROM meta WHERE key = 'paused'"};
	static const struct db_sql pairs = {"SELECT count(*) FROM note WHERE id % 2 = 0"};
	struct fixture *f = *state;
	struct copying c = {
		.work = {.run = copy_run, .done = copy_done, .owner = &c}, .f = f};
	char keys[200], to[200], *big = mem_zalloc(100 << 10);
	struct job *first = job_new(f);
	db_add_key(&first->tx, &add_key, "sb", STR("ana"), STR("secret-of-ana"));
	assert_int_equal(job_run(first), OK);
	job_free(first);
	snprintf(c.target, sizeof(c.target), "%s/copy", f->dir);
	snprintf(keys, sizeof(keys), "%s/copy-keys", f->dir);
	snprintf(to, sizeof(to), "%s/restored", f->dir);
	for (int64_t i = 0; i < 200; i +=
		2) { /* two notes a transaction: an odd number would be half of one */
		struct job *j = job_new(f);
		db_add(&j->tx, &add_note, "inbn", i, ((struct str){big, 100 << 10}));
		db_add(&j->tx, &add_note, "innn", i + 1);
		if (i == 50)
			env_work(f->env, &c.work);
		assert_int_equal(db_submit(f->db, &j->tx, remember, NULL), OK);
		while (!j->order)
			uv_run(env_uv_loop(f->env), UV_RUN_ONCE);
		job_free(j);
	}
	free(big);
	env_uv_run(f->env);
	assert_true(c.done);
	assert_int_equal(c.result, OK);
	assert_true(c.reports > 1);
	assert_int_equal(db_backup(f->dir, c.target, NULL, NULL, &f->e), ERR_CONFLICT);
	assert_int_equal(db_backup_keys(f->dir, keys, &f->e), OK);
	assert_int_equal(db_restore(c.target, keys, to, &f->e), OK);
	assert_int_equal(db_restore(c.target, keys, to, &f->e), ERR_CONFLICT);
	assert_int_equal(db_restore(c.target, keys, f->dir, &f->e), ERR_CONFLICT);
	db_close(&f->db);
	f->config.dir = str_of(to);
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
	assert_int_equal(ask_int(f->db, &paused), 1);
	int64_t notes = ask_int(f->db, &count_notes);
	assert_true(notes >= 50 && notes <= 200);
	assert_int_equal(notes, 2 * ask_int(f->db, &pairs));
	struct db_rows rows;
	assert_int_equal(
		db_query_key(f->db, &rows, &get_key, &f->e, "s", STR("ana")), OK);
	assert_true(db_next(&rows));
	assert_int_equal(db_end(&rows), OK);
	assert_int_equal(put_note(f, 1000, "new"), OK);
}

static void
test_a_damaged_backup_is_refused(void **state)
{
	struct fixture *f = *state;
	char copy[200], to[200], page[4096];
	for (int64_t i = 0; i < 300; i++)
		put_note(f, i, NULL);
	snprintf(copy, sizeof(copy), "%s/copy", f->dir);
	snprintf(to, sizeof(to), "%s/restored", f->dir);
	assert_int_equal(db_backup("not-there", copy, NULL, NULL, &f->e), ERR_NOT_FOUND);
	assert_int_equal(db_backup(f->dir, copy, NULL, NULL, &f->e), OK);
	memset(page, 0xa5, sizeof(page));
	int fd = open(copy, O_WRONLY);
	for (off_t at = 1; at < 6; at++)
		assert_int_equal(pwrite(fd, page, sizeof(page), at * 4096), 4096);
	close(fd);
	assert_int_equal(db_restore(copy, NULL, to, &f->e), ERR_INVALID);
	assert_non_null(strstr(f->e.text, copy));
	assert_int_equal(truncate(copy, 0), 0);
	assert_int_equal(db_restore(copy, NULL, to, &f->e), ERR_INVALID);
	snprintf(page, sizeof(page), "%s/parley.db", to);
	assert_int_equal(access(page, F_OK), -1);
}

static void
test_a_restore_that_failed_can_be_repeated(void **state)
{
	struct fixture *f = *state;
	char copy[200], keys[200], to[200], obstacle[300];
	put_note(f, 1, "one");
	snprintf(copy, sizeof(copy), "%s/copy", f->dir);
	snprintf(keys, sizeof(keys), "%s/copy-keys", f->dir);
	snprintf(to, sizeof(to), "%s/restored", f->dir);
	assert_int_equal(db_backup(f->dir, copy, NULL, NULL, &f->e), OK);
	assert_int_equal(db_backup_keys(f->dir, keys, &f->e), OK);
	/* The keys are copied, the data cannot be. */
	snprintf(obstacle, sizeof(obstacle), "%s/parley.db.part", to);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(mkdir(obstacle, 0700), 0);
	assert_int_equal(db_restore(copy, keys, to, &f->e), ERR_UNAVAILABLE);
	assert_int_equal(rmdir(obstacle), 0);
	assert_int_equal(db_restore(copy, keys, to, &f->e), OK);
	/* Keys of somebody else's are not touched. */
	snprintf(obstacle, sizeof(obstacle), "%s/parley.db", to);
	assert_int_equal(unlink(obstacle), 0);
	assert_int_equal(db_restore(copy, keys, to, &f->e), ERR_CONFLICT);
	snprintf(obstacle, sizeof(obstacle), "%s/keys.db", to);
	assert_int_equal(access(obstacle, F_OK), 0);
}

/* What was acknowledged before the process was killed is there afterwards; what was
 * not is there whole or not. */
static void
test_what_was_acknowledged_survives_a_kill(void **state)
{
	struct fixture *f = *state;
	int pipe_fd[2];
	db_close(&f->db);
	assert_int_equal(pipe(pipe_fd), 0);
	pid_t child = fork();
	if (child == 0) {
		struct env *env = env_uv_new();
		f->env = env;
		if (db_open(env, &f->config, &f->db, &f->e) != OK)
			_exit(1);
		for (int64_t i = 1;; i++) {
			if (put_note(f, i, NULL) != OK ||
				write(pipe_fd[1], &i, sizeof(i)) != sizeof(i))
				_exit(1);
		}
	}
	int64_t last = 0, got = 0;
	close(pipe_fd[1]);
	while (last < 200 && read(pipe_fd[0], &got, sizeof(got)) == sizeof(got))
		last = got;
	kill(child, SIGKILL);
	while (read(pipe_fd[0], &got, sizeof(got)) == sizeof(got))
		last = got;
	close(pipe_fd[0]);
	waitpid(child, NULL, 0);
	assert_true(last >= 200);
	assert_int_equal(db_open(f->env, &f->config, &f->db, &f->e), OK);
	int64_t notes = ask_int(f->db, &count_notes);
	assert_true(notes == last || notes == last + 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_values_come_back_as_they_were),
		TEST(test_a_statement_can_be_asked_while_its_rows_are_walked),
		TEST(test_a_wrong_query_says_so),
		TEST(test_a_failure_takes_back_only_its_own),
		TEST(test_random_groups_agree_with_a_model),
		TEST(test_the_queue_has_a_limit),
		TEST(test_a_huge_transaction_is_over_the_limit),
		TEST(test_keys_live_in_their_own_file),
		TEST(test_an_erased_key_is_in_no_file),
		TEST(test_a_second_process_is_refused_and_told_who_holds_the_folder),
		TEST(test_a_reader_needs_no_lock_and_cannot_write),
		TEST(test_files_are_for_their_owner_only),
		TEST(test_a_missing_folder_is_made_and_a_hopeless_one_named),
		TEST(test_migrations_run_once_and_a_newer_store_is_refused),
		TEST(test_closing_ends_what_is_queued),
		TEST(test_what_is_queued_ends_while_the_store_can_be_asked),
		TEST(test_a_commit_is_delivered_when_asked_for),
		TEST(test_the_counters_tell_of_commits_and_files),
		TEST(test_a_backup_of_a_live_store_is_whole_and_comes_back_paused),
		TEST(test_a_damaged_backup_is_refused),
		TEST(test_a_restore_that_failed_can_be_repeated),
		TEST(test_what_was_acknowledged_survives_a_kill),
	};
	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
