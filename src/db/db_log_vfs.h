/*
 * Fewer writes to the log. SQLite writes each page of a commit to the write-ahead log
 * with two system calls, its head and its bytes, one after the other; a group commit has
 * hundreds of pages. This layer between SQLite and the disk gathers what is appended to a
 * log and writes it in large pieces, at the latest when SQLite syncs, reads or sizes the
 * file.
 *
 * Nothing becomes less durable: other connections hear of a commit only after its sync
 * (synchronous=FULL), and a sync here writes first. A write that fails is reported by
 * that sync, so the commit fails as it would have without us.
 *
 * For connections that write. Files that are no log are the system's own. Private to db/.
 */
#ifndef DB_DB_LOG_VFS_H
#define DB_DB_LOG_VFS_H

#include <sqlite3.h>

struct log_vfs {
	sqlite3_vfs vfs;   /* vfs.zName is what sqlite3_open_v2() takes */
	sqlite3_vfs *real; /* the default one, below us */
	char name[40];
};

/* Stands on what is SQLite's default at that time. All files must be closed before fini.
 */
void log_vfs_init(struct log_vfs *v);
void log_vfs_fini(struct log_vfs *v);

#endif
