/*
 * The committer: one thread with the only writing connections (db_writer.h). Transactions wait in its queue; at the end
 * of a commit it takes all that wait (up to DB_GROUP_MAX) and commits them together: while one commit is on its way to
 * disk the next group gathers. After a commit it sees to the log (db_checkpoint.h).
 *
 * What goes wrong:
 *	no room           the group gets ERR_UNAVAILABLE; the store is `full` and tries a write of its own now and then
 *	                  until there is room
 *	i/o before COMMIT the group gets ERR_UNAVAILABLE; the store is reopened
 *	a copy of the log the store is reopened, for nobody knows what of the data file is on disk
 *	a log held by a   it grows to its limit; then as without room
 *	reader
 *	COMMIT or fsync   the store is reopened; then the group gets ERR_UNCERTAIN, so that a look-up sees what is true
 *
 * Reopening: the loop closes its reading connections (otherwise SQLite would not read the log again), the committer
 * closes its own, opens them, copies the log into the data file and writes one row. After that what is seen is on
 * disk, and what is not seen cannot come back. Private to db/.
 */
#ifndef DB_DB_COMMITTER_H
#define DB_DB_COMMITTER_H

#include "db/db.h"

struct committer;

struct committer_config {
	struct env *env;
	const char *data_path, *key_path;  /* must outlive the committer */
	int log_copy_pages, log_pages_max; /* as in struct db_config */
	/* Runs on the loop thread: closes the reading connections. They stay closed
	 * while !committer_readable(). */
	void (*close_readers)(void *owner);
	void *owner;
};

/* Opens the writing connections and starts the thread. */
enum err committer_new(
	const struct committer_config *config, struct committer **out, struct error *e);
/* Ends what is queued, joins the thread, runs what is left of `done`; nothing more is taken. */
void committer_end(struct committer *c);
/* The same if it has not ended, then closes. */
void committer_free(struct committer **c);
enum err committer_submit(struct committer *c, struct db_tx *tx, struct error *e);
/* On the loop, from none of its callers: runs `done` of what has ended, without waiting for the loop to hear of it. */
void committer_deliver(struct committer *c);
/* Fills the counters of *out. */
void committer_stats(struct committer *c, struct db_stats *out);
/* False while the store is full or failed. */
bool committer_writable(struct committer *c);
/* False while the store is being reopened. */
bool committer_readable(struct committer *c);

#endif
