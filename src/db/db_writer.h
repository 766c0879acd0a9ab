/*
 * The writing connections, to the data and to the key store, and how a group of
 * transactions runs on them.
 *
 * A group is one transaction of the store. It first runs without savepoints, for a
 * transaction of the caller's whose first writing statement fails leaves nothing to take
 * back. When one fails later than that, the group is rolled back and runs once more with a
 * savepoint around each. The key store takes part only when a statement is for it, and
 * commits first. For the committer's thread. Private to db/.
 */
#ifndef DB_DB_WRITER_H
#define DB_DB_WRITER_H

#include "db/db_conn.h"
#include "db/db_log_vfs.h"

struct writer {
	struct log_vfs log; /* of both connections; init and fini are the owner's */
	struct conn data, keys;
	int key_log_pages;           /* in the key store's log */
	bool keys_begun, keys_erase; /* in the group that runs */
};

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

enum err writer_open(
	struct writer *w, const char *data_path, const char *key_path, struct error *e);
/* Safe on a closed one. */
void writer_close(struct writer *w);
/* Runs and commits a list of struct db_tx and fills their results and errors. */
struct outcome writer_run(struct writer *w, struct list *group);
/* Copies the key store's log when it has become long: keys are added at the end, so few of
 * its pages differ. Gives SQLite's code. */
int writer_copy_keys(struct writer *w);

#endif
