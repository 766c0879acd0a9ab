/*
 * The log of the data file is copied into the data file beside the commits.
 *
 * A commit is durable in the write-ahead log. Now and then the log must be copied into the
 * data file and start over, or it would grow without end; and to copy ten thousand pages
 * and to wait for the disk takes a tenth of a second. So a thread does it, on a connection
 * of its own, with SQLite's passive checkpoint, which blocks nobody. By the log's pages:
 *
 *	< DB_LOG_COPY_PAGES	nothing is done
 *	from there on		the thread makes a pass: it copies what the log holds at that time, each
 *				page once, while commits are appended behind; then a pass for those, which
 *				are fewer; and so on. It gives the disk little at a time, and in the first
 *				pass it rests in between, so that the commits' own syncs are not held up
 *	few are left		the committer copies them itself, between two commits, and with the next
 *				commit the log starts over; so it does after some passes, and when the
 *				log has become three times as long, however many are left
 *	DB_LOG_PAGES_MAX	checkpoint_log_is_full(): the committer takes nothing until it is shorter
 *
 * Who reads holds the log from his snapshot on: it is not copied further, and does not
 * start over. Readers in this process read for microseconds. A backup holds its snapshot
 * as long as it takes, and the log grows by all that is committed meanwhile, up to the
 * limit.
 *
 * Why it is safe. A page is copied only after the log is on disk, and the log starts over
 * only after the data file is; SQLite keeps that order whichever connection copies. When
 * the disk fails a copy, nobody knows which of the pages copied before are on disk: the
 * store must be reopened without trusting the marks of what was copied. SQLite before
 * 3.51.3 has a fault that two connections can meet: when a checkpoint begins while
 * another connection starts the log over, it takes old marks for new ones and pages are
 * lost. Not here: a pass begins only while committed pages wait to be copied, and a log
 * with such pages does not start over. Nobody else copies: other processes of ours open
 * the store for reading.
 *
 * All functions are for the committer's thread. Private to db/.
 */
#ifndef DB_DB_CHECKPOINT_H
#define DB_DB_CHECKPOINT_H

#include "db/db_conn.h"

#include <pthread.h>
#include <stdatomic.h>

struct checkpoint_config {
	const char *path; /* the data file; must outlive it */
	const char *vfs;  /* of the connection that copies; NULL: the default */
	struct conn *writer;
	int copy_pages, pages_max; /* 0: DB_LOG_COPY_PAGES, DB_LOG_PAGES_MAX */
	/* Runs on the copying thread when a pass has ended. */
	void (*ended)(void *owner);
	void *owner;
};

/* What a pass came to. */
struct checkpoint_pass {
	int code;  /* SQLite's */
	bool full; /* it failed for want of room */
	int log,
		copied; /* pages: in the log when it began, of these copied when it ended */
	char text[160]; /* of the failure */
};

/* Stands between SQLite and the data file on the connection that copies. */
struct checkpoint_file {
	sqlite3_io_methods methods; /* the file's, but for ours */
	const sqlite3_io_methods *real;
	int unsynced;      /* pages */
	bool paced;        /* rests after each slice */
	atomic_bool hurry; /* the committer waits: no rest */
};

struct checkpoint {
	struct checkpoint_config config;
	int finish_pages;
	pthread_t thread;

	/* the committer's own */
	int pages;    /* in the log */
	int copied;   /* of these; as far as is known, never more than are */
	int again_at; /* pages, after a pass that a reader held up or that failed; else 0 */
	int passes;   /* through this log */
	bool begun;   /* a pass was begun and its end not seen */
	bool restarted; /* the log has started over since */

	pthread_mutex_t lock; /* of `wanted` and `stop` */
	pthread_cond_t wake;  /* of the thread for them, of the committer for their end */
	bool wanted, stop;

	/* the thread's own while `wanted`, else the committer's */
	struct conn conn;
	struct checkpoint_file file;
	struct checkpoint_pass pass;
};

/* Starts the thread. */
void checkpoint_init(struct checkpoint *c, const struct checkpoint_config *config);
/* After checkpoint_detach(). */
void checkpoint_fini(struct checkpoint *c);
/* The writing connection has been opened: from now on its log is counted. */
enum err checkpoint_attach(struct checkpoint *c, struct error *e);
/* Before the writing connection is closed: waits for a pass that runs, closes the
 * connection that copies. */
void checkpoint_detach(struct checkpoint *c);
/* Between two commits: does what is to be done now. NULL, or the copy that failed:
 * nothing is lost by it, and it is tried again. */
const struct checkpoint_pass *checkpoint_step(struct checkpoint *c);
/* Copies all and cuts the log off. SQLITE_BUSY when somebody reads what is in it. */
int checkpoint_empty_log(struct checkpoint *c);
/* True when the log is at its limit. */
bool checkpoint_log_is_full(const struct checkpoint *c);

#endif
