/* Copies of a store while it is in use, and the way back. */
#include "base/arena.h"
#include "db/db_conn.h"
#include "db/db_folder.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Between steps other readers of the disk have their turn. */
#define STEP_PAGES 256
#define BUSY_SLEEP_MS 10
#define BUSY_TRIES 500

struct progress {
	void (*report)(void *arg, int done, int total);
	void *arg;
};

static enum err
copy_pages(struct conn *from, struct conn *to, const struct progress *progress,
	struct error *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");
	if (!b)
		return conn_failure(to, sqlite3_extended_errcode(to->sqlite), e);
	int code, busy = 0;
	do {
		code = sqlite3_backup_step(b, STEP_PAGES);
		int total = sqlite3_backup_pagecount(b);
		if (progress && progress->report)
			progress->report(progress->arg,
				total - sqlite3_backup_remaining(b), total);
		if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
			sqlite3_sleep(BUSY_SLEEP_MS);
			code = ++busy < BUSY_TRIES ? SQLITE_OK : code;
		}
	} while (code == SQLITE_OK);
	int finish = sqlite3_backup_finish(b);
	if (code == SQLITE_DONE && finish == SQLITE_OK)
		return OK;
	return conn_failure(to, code == SQLITE_DONE ? finish : code, e);
}

/* Copies into a new file and closes it. The source is held in one read transaction:
 * without it SQLite would start the copy again whenever the server commits. */
static enum err
copy_file(const char *source, const char *target, const char *after,
	const struct progress *progress, struct error *e)
{
	struct conn from = {0}, to = {0};
	int64_t tables;
	enum err err = file_make(target, e);
	if (!err)
		err = conn_open(&from, source, CONN_READ, NULL, e);
	if (!err)
		err = conn_open(&to, target, CONN_COPY, NULL, e);
	if (!err)
		err = conn_exec(&from, "BEGIN", e);
	if (!err)
		err = conn_int(&from, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (!err)
		err = copy_pages(&from, &to, progress, e);
	/* The copy has the source's header, which says WAL. */
	if (!err)
		err = conn_exec(&to, "PRAGMA journal_mode=DELETE", e);
	if (!err && after)
		err = conn_exec(&to, after, e);
	conn_close(&to);
	conn_close(&from);
	return err;
}

/* Also what an interrupted copy left behind: its journal would be played back into the
 * next one. */
static void
copy_remove(const char *part)
{
	char *journal = NULL;
	require(asprintf(&journal, "%s-journal", part) >= 0);
	unlink(part);
	unlink(journal);
	free(journal);
}

static enum err
copy_into_place(const char *source, const char *target, const char *after,
	const struct progress *progress, struct error *e)
{
	char *part = NULL;
	if (file_exists(target))
		return err_set(e, ERR_CONFLICT, "%s is there already", target);
	require(asprintf(&part, "%s.part", target) >= 0);
	copy_remove(part);
	enum err err = copy_file(source, part, after, progress, e);
	if (!err && rename(part, target) != 0)
		err = err_set(e, ERR_UNAVAILABLE, "%s: %s", target, strerror(errno));
	if (!err)
		err = file_sync_folder(target, e);
	else
		copy_remove(part);
	free(part);
	return err;
}

static enum err
backup_file(const char *dir, bool key, const char *target,
	const struct progress *progress, struct error *e)
{
	struct folder folder;
	enum err err = OK;
	folder_init(&folder, str_of(dir));
	const char *source = key ? folder.key_path : folder.data_path;
	if (!file_exists(source))
		err = err_set(e, ERR_NOT_FOUND, "data folder %s holds no store", dir);
	if (!err)
		err = copy_into_place(source, target, NULL, progress, e);
	folder_fini(&folder);
	return err;
}

enum err
db_backup(const char *dir, const char *target,
	void (*report)(void *arg, int done, int total), void *arg, struct error *e)
{
	struct progress progress = {report, arg};
	return backup_file(dir, false, target, &progress, e);
}

enum err
db_backup_keys(const char *dir, const char *target, struct error *e)
{
	return backup_file(dir, true, target, NULL, e);
}

/* A damaged backup is found out before it becomes a store. */
static enum err
backup_check(const char *path, struct error *e)
{
	struct conn c;
	int64_t rows = 0;
	enum err err = conn_open(&c, path, CONN_READ, NULL, e);
	if (err)
		return err;
	err = conn_int(&c,
		"SELECT count(*) FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'",
		&rows, e);
	if (err == ERR_UNAVAILABLE)
		err = ERR_INVALID; /* SQLite could not even walk it */
	if (!err && rows)
		err = err_set(e, ERR_INVALID, "the integrity check found damage");
	if (!err)
		err = conn_int(&c, "SELECT count(*) FROM meta", &rows, e);
	conn_close(&c);
	return err ? err_context(e, err, "%s", path) : OK;
}

static enum err
restore_into(struct folder *folder, const char *backup, const char *keys, struct error *e)
{
	static const char pause[] =
		"INSERT OR REPLACE INTO meta(key, value) VALUES('paused', 1)";
	bool keys_made = false;
	enum err err = backup_check(backup, e);
	if (!err && keys)
		err = backup_check(keys, e);
	if (!err)
		err = folder_make(folder, e);
	if (!err)
		err = folder_lock(folder, e);
	if (!err && file_exists(folder->data_path))
		err = err_set(e, ERR_CONFLICT, "data folder %s holds a store already",
			folder->path);
	/* The data file comes last: a folder without one holds no store. */
	if (!err && keys) {
		keys_made = !file_exists(folder->key_path);
		err = copy_into_place(keys, folder->key_path, NULL, NULL, e);
	}
	if (!err)
		err = copy_into_place(backup, folder->data_path, pause, NULL, e);
	/* Keys without their data would keep the next attempt out. */
	if (err && keys_made && !file_exists(folder->data_path))
		unlink(folder->key_path);
	return err;
}

enum err
db_restore(const char *backup, const char *keys, const char *dir, struct error *e)
{
	struct folder folder;
	folder_init(&folder, str_of(dir));
	enum err err = restore_into(&folder, backup, keys, e);
	folder_fini(&folder);
	return err;
}
