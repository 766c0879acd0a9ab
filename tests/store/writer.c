/*
 * Writes to a store as fast as it takes it, with a log so short that it is copied and
 * starts over all the time, until somebody kills it; or tells what is in it.
 *
 *	writer DIR		prints each note's number when it is durable
 *	writer --check DIR	prints how many there are, after it has looked through the store
 *
 * Note n is n, and a body whose length and bytes follow from n; a counter is raised with
 * each. Notes are submitted in order, so those that are there are 1, 2, … without a gap.
 */
#include "base/arena.h"
#include "db/db.h"

#include <stdio.h>
#include <unistd.h>

#define ON_THEIR_WAY 48
#define BODY_MAX 9000

static const struct db_migration migrations[] = {
	{1, "notes",
		"CREATE TABLE note(id INTEGER PRIMARY KEY, body BLOB);"
		"CREATE TABLE spread(place INTEGER PRIMARY KEY, note INTEGER) WITHOUT ROWID;"
		"CREATE TABLE counter(id INTEGER PRIMARY KEY, n INTEGER);"
		"INSERT INTO counter VALUES(1, 0)"},
};
static const struct db_sql add_note = {"INSERT INTO note(id, body) VALUES(?1, ?2)"};
static const struct db_sql add_spread = {
	"INSERT OR REPLACE INTO spread(place, note) VALUES(?1, ?2)"};
static const struct db_sql raise_counter = {
	"UPDATE counter SET n = n + 1 WHERE id = 1 AND n = ?1"};
static const struct db_sql get_counter = {"SELECT n FROM counter"};
static const struct db_sql all_notes = {"SELECT id, body FROM note ORDER BY id"};
static const struct db_sql integrity = {
	"SELECT integrity_check FROM pragma_integrity_check(3)"};

struct note {
	struct db_tx tx;
	int64_t number;
};

struct writer {
	struct env *env;
	struct db *db;
	struct note notes[ON_THEIR_WAY];
	int64_t next;
	char body[BODY_MAX];
};

static void
fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static struct str
body_of(struct writer *w, int64_t number)
{
	size_t n = (size_t)(number * 7919 % BODY_MAX);
	memset(w->body, (int)(number % 251), n);
	return (struct str){w->body, n};
}

static int64_t
ask(struct writer *w, const struct db_sql *sql)
{
	struct db_rows rows;
	struct error e;
	if (db_query(w->db, &rows, sql, &e, "") != OK || !db_next(&rows))
		fail(e.text);
	int64_t value = db_int(&rows, 0);
	db_end(&rows);
	return value;
}

static void note_done(struct db_tx *tx, enum err result);

static void
note_submit(struct writer *w, struct note *note)
{
	db_tx_init(&note->tx);
	note->tx.owner = w;
	note->number = ++w->next;
	db_add(&note->tx, &raise_counter, "i", note->number - 1);
	db_expect(&note->tx, 1);
	db_add(&note->tx, &add_note, "ib", note->number, body_of(w, note->number));
	/* Pages all over the file. */
	db_add(&note->tx, &add_spread, "ii", note->number * 7907 % 100003, note->number);
	if (db_submit(w->db, &note->tx, note_done, NULL) != OK)
		fail("the queue is full");
}

static void
note_done(struct db_tx *tx, enum err result)
{
	struct writer *w = tx->owner;
	struct note *note = list_entry(tx, struct note, tx);
	if (result != OK)
		fail(tx->error.text);
	printf("%lld\n", (long long)note->number);
	fflush(stdout);
	db_tx_fini(tx);
	note_submit(w, note);
}

static void
check(struct writer *w)
{
	struct db_rows rows;
	int64_t count = 0;
	if (db_query(w->db, &rows, &integrity, NULL, "") != OK || !db_next(&rows) ||
		!str_eq(db_str(&rows, 0), STR("ok")))
		fail("the file is damaged");
	db_end(&rows);
	if (db_query(w->db, &rows, &all_notes, NULL, "") != OK)
		fail("the notes cannot be read");
	while (db_next(&rows)) {
		count++;
		if (db_int(&rows, 0) != count ||
			!str_eq(db_str(&rows, 1), body_of(w, count)))
			fail("a note is missing or not what was written");
	}
	if (db_end(&rows) != OK || ask(w, &get_counter) != count)
		fail("the counter does not agree with the notes");
	printf("%lld\n", (long long)count);
}

int
main(int argc, char **argv)
{
	struct writer *w = mem_zalloc(sizeof *w);
	struct error e;
	bool checks = argc > 2 && strcmp(argv[1], "--check") == 0;
	if (argc < 2)
		fail("writer [--check] DIR");
	w->env = env_uv_new();
	const struct db_config config = {.dir = str_of(argv[argc - 1]),
		.migrations = migrations,
		.migration_count = 1,
		.log_copy_pages = 300};
	if (db_open(w->env, &config, &w->db, &e) != OK)
		fail(e.text);
	w->next = ask(w, &get_counter);
	for (int i = 0; i < ON_THEIR_WAY && !checks; i++)
		note_submit(w, &w->notes[i]);
	if (checks)
		check(w);
	env_uv_run(w->env);
	db_close(&w->db);
	env_uv_free(&w->env);
	free(w);
	return 0;
}
