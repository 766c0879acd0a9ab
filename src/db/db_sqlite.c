/*
 * The embedded store as the loop sees it: opening (folder, lock, migrations), the reading
 * connections, closing. Writes go to the committer (db_committer.c).
 */
#include "base/arena.h"
#include "db/db_committer.h"
#include "db/db_conn.h"
#include "db/db_folder.h"

#include <stdio.h>

struct db {
	struct env *env;
	struct folder folder;
	struct conn data, keys;      /* read only; opened when first asked */
	struct committer *committer; /* NULL: the whole store is read only */
};

static void
db_close_readers(void *owner)
{
	struct db *db = owner;
	conn_close(&db->data);
	conn_close(&db->keys);
}

static enum err
migration_run(struct conn *c, const struct db_migration *m, struct error *e)
{
	char version[64];
	snprintf(version, sizeof(version), "PRAGMA user_version=%d; COMMIT", m->number);
	enum err err = conn_exec(c, "BEGIN IMMEDIATE", e);
	if (!err)
		err = conn_exec(c, m->sql, e);
	if (!err)
		err = conn_exec(c, version, e);
	if (err) {
		if (!sqlite3_get_autocommit(c->sqlite))
			conn_exec(c, "ROLLBACK", NULL);
		return err_context(e, err, "migration %d (%s)", m->number, m->name);
	}
	return OK;
}

static enum err
schema_check(struct conn *c, const char *path, size_t newest, int64_t *version,
	struct error *e)
{
	enum err err = conn_int(c, "PRAGMA user_version", version, e);
	if (err)
		return err_context(e, err, "%s", path);
	if (*version > (int64_t)newest)
		return err_set(e, ERR_INVALID,
			"%s has schema %lld, this program knows schemas up to %zu: use a newer program",
			path, (long long)*version, newest);
	return OK;
}

/* Makes the file when missing and brings its schema up to date. */
static enum err
file_migrate(const char *path, enum conn_mode mode, const struct db_migration *list,
	size_t count, struct error *e)
{
	struct conn c;
	int64_t version = 0;
	enum err err = file_make(path, e);
	if (!err)
		err = conn_open(&c, path, mode, NULL, e);
	if (err)
		return err;
	err = schema_check(&c, path, count, &version, e);
	if (!err)
		err = conn_exec(&c,
			"CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
			e);
	for (size_t i = (size_t)version; !err && i < count; i++) {
		require(list[i].number == (int)i + 1);
		err = migration_run(&c, &list[i], e);
	}
	conn_close(&c);
	if (!err)
		err = file_sync_folder(path, e);
	return err;
}

static enum err
db_open_writing(struct db *db, const struct db_config *config, struct error *e)
{
	enum err err = folder_make(&db->folder, e);
	if (!err)
		err = folder_lock(&db->folder, e);
	if (!err)
		err = file_migrate(db->folder.data_path, CONN_WRITE, config->migrations,
			config->migration_count, e);
	if (!err)
		err = file_migrate(db->folder.key_path, CONN_WRITE_KEY,
			config->key_migrations, config->key_migration_count, e);
	if (err)
		return err;
	struct committer_config committer = {
		.env = db->env,
		.data_path = db->folder.data_path,
		.key_path = db->folder.key_path,
		.log_copy_pages = config->log_copy_pages,
		.log_pages_max = config->log_pages_max,
		.close_readers = db_close_readers,
		.owner = db,
	};
	return committer_new(&committer, &db->committer, e);
}

static enum err
db_open_reading(struct db *db, const struct db_config *config, struct error *e)
{
	int64_t version;
	if (!file_exists(db->folder.data_path))
		return err_set(e, ERR_NOT_FOUND, "data folder %s holds no store",
			db->folder.path);
	enum err err = conn_open(&db->data, db->folder.data_path, CONN_READ, NULL, e);
	if (!err)
		err = schema_check(&db->data, db->folder.data_path,
			config->migration_count, &version, e);
	if (!err && version < (int64_t)config->migration_count)
		err = err_set(e, ERR_INVALID,
			"%s has schema %lld, this program needs %zu: migrate it first",
			db->folder.data_path, (long long)version,
			config->migration_count);
	return err;
}

enum err
db_open(struct env *env, const struct db_config *config, struct db **out, struct error *e)
{
	/* Every connection stays on one thread, and nobody asks SQLite how much memory it
	 * uses: no locks are needed for either. Without effect when SQLite is in use
	 * already. */
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	struct db *db = mem_zalloc(sizeof(*db));
	db->env = env;
	folder_init(&db->folder, config->dir);
	enum err err = config->read_only ? db_open_reading(db, config, e)
					 : db_open_writing(db, config, e);
	if (err) {
		db_close(&db);
		return err;
	}
	*out = db;
	return OK;
}

void
db_finish(struct db *db)
{
	if (db->committer)
		committer_end(db->committer);
}

void
db_close(struct db **dbp)
{
	struct db *db = *dbp;
	if (!db)
		return;
	committer_free(&db->committer);
	db_close_readers(db);
	folder_fini(&db->folder);
	free(db);
	*dbp = NULL;
}

enum err
db_submit(struct db *db, struct db_tx *tx,
	void (*done)(struct db_tx *tx, enum err result), struct error *e)
{
	if (!db->committer)
		return err_set(e, ERR_INVALID, "the store was opened for reading");
	tx->done = done;
	return committer_submit(db->committer, tx, e);
}

void
db_get_stats(struct db *db, struct db_stats *out)
{
	char log_path[4096];
	*out = (struct db_stats){0};
	if (db->committer)
		committer_stats(db->committer, out);
	snprintf(log_path, sizeof(log_path), "%s-wal", db->folder.data_path);
	out->file_bytes = file_size(db->folder.data_path);
	out->wal_bytes = file_size(log_path);
}

bool
db_writable(struct db *db)
{
	return db->committer && committer_writable(db->committer);
}

void
db_deliver(struct db *db)
{
	if (db->committer)
		committer_deliver(db->committer);
}

static enum err
rows_step(struct db_rows *rows, struct conn *c, struct error *e)
{
	struct statement *s = rows->impl;
	int code = sqlite3_step(s->stmt);
	rows->ready = code == SQLITE_ROW;
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return OK;
	return conn_failure(c, code, e);
}

static enum err
rows_start(struct db *db, struct db_rows *rows, bool key, const struct db_sql *sql,
	struct error *e, const char *format, va_list ap)
{
	struct conn *c = key ? &db->keys : &db->data;
	struct value values[VALUES_MAX];
	struct statement *s = NULL;
	enum err err = OK;
	int count = values_read(values, format, ap);
	*rows = (struct db_rows){.db = db};
	if (db->committer && !committer_readable(db->committer))
		return err_set(
			e, ERR_UNAVAILABLE, "the store failed and is being reopened");
	if (!c->sqlite)
		err = conn_open(c, key ? db->folder.key_path : db->folder.data_path,
			CONN_READ, NULL, e);
	if (!err)
		err = conn_statement(c, sql, &s, e);
	if (err)
		return err;
	rows->impl = s;
	rows->columns = sqlite3_column_count(s->stmt);
	err = statement_bind(s, values, count, false, e);
	if (!err)
		err = rows_step(rows, c, e);
	if (err)
		db_end(rows);
	return err;
}

enum err
db_query(struct db *db, struct db_rows *rows, const struct db_sql *sql, struct error *e,
	const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	enum err err = rows_start(db, rows, false, sql, e, format, ap);
	va_end(ap);
	return err;
}

enum err
db_query_key(struct db *db, struct db_rows *rows, const struct db_sql *sql,
	struct error *e, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	enum err err = rows_start(db, rows, true, sql, e, format, ap);
	va_end(ap);
	return err;
}

bool
db_next(struct db_rows *rows)
{
	struct statement *s = rows->impl;
	/* db_query() has stepped to the first row already. */
	if (!rows->ready || !rows->given) {
		rows->given = true;
		return rows->ready;
	}
	int code = sqlite3_step(s->stmt);
	rows->ready = code == SQLITE_ROW;
	rows->failed = code != SQLITE_ROW && code != SQLITE_DONE;
	return rows->ready;
}

enum err
db_end(struct db_rows *rows)
{
	if (rows->impl)
		statement_done(rows->impl);
	rows->impl = NULL;
	rows->ready = false;
	return rows->failed ? ERR_UNAVAILABLE : OK;
}

static sqlite3_stmt *
rows_stmt(const struct db_rows *rows, int column)
{
	const struct statement *s = rows->impl;
	require(rows->ready && rows->given && column >= 0 && column < rows->columns);
	return s->stmt;
}

int64_t
db_int(struct db_rows *rows, int column)
{
	return sqlite3_column_int64(rows_stmt(rows, column), column);
}

double
db_double(struct db_rows *rows, int column)
{
	return sqlite3_column_double(rows_stmt(rows, column), column);
}

struct str
db_str(struct db_rows *rows, int column)
{
	sqlite3_stmt *stmt = rows_stmt(rows, column);
	int type = sqlite3_column_type(stmt, column);
	if (type == SQLITE_NULL)
		return (struct str){NULL, 0};
	const char *p = type == SQLITE_BLOB
		? sqlite3_column_blob(stmt, column)
		: (const char *)sqlite3_column_text(stmt, column);
	return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(stmt, column)};
}

bool
db_is_null(struct db_rows *rows, int column)
{
	return sqlite3_column_type(rows_stmt(rows, column), column) == SQLITE_NULL;
}
