#include "db/db_conn.h"

#include "base/arena.h"

#include <errno.h>

/* Others that hold a lock on the file for a moment are waited for this long: a shell
 * that looks in, a checkpoint. */
#define BUSY_TIMEOUT_MS 2000

/* Sizes of page caches are small: the operating system's cache stands behind them. A
 * group of many transactions may change more pages than that; they stay until it commits,
 * for written to the log before they would have to be read back from there. */
static const char *const settings[] = {
	[CONN_READ] =
		"PRAGMA query_only=ON; PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY",
	[CONN_WRITE] =
		"PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4000; PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY;"
		"PRAGMA secure_delete=OFF",
	[CONN_WRITE_KEY] =
		"PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-400; PRAGMA temp_store=MEMORY;"
		"PRAGMA secure_delete=ON",
	[CONN_COPY] = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL",
};

bool
conn_is_full(struct conn *c, int code)
{
	if ((code & 0xff) == SQLITE_FULL)
		return true;
	if ((code & 0xff) != SQLITE_IOERR && (code & 0xff) != SQLITE_CANTOPEN)
		return false;
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return false;
	int no = sqlite3_system_errno(c->sqlite);
	return no == ENOSPC || no == EDQUOT || no == EFBIG;
}

enum err
conn_failure(struct conn *c, int code, struct error *e)
{
	const char *text = c->sqlite ? sqlite3_errmsg(c->sqlite) : sqlite3_errstr(code);
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE ||
			code == SQLITE_CONSTRAINT_PRIMARYKEY ||
			code == SQLITE_CONSTRAINT_ROWID ||
			code == SQLITE_CONSTRAINT_TRIGGER)
			return err_set(e, ERR_CONFLICT, "%s", text);
		return err_set(e, ERR_INVALID, "%s", text);
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_NOTADB:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return err_set(e, ERR_INVALID, "%s", text);
	default: /* codes of SQLite, not an enum of ours: full, input/output, busy,
		    damaged, out of memory */
		return err_set(e, ERR_UNAVAILABLE, "%s (%d)", text, code);
	}
}

enum err
conn_open(struct conn *c, const char *path, enum conn_mode mode, const char *vfs,
	struct error *e)
{
	int flags = mode == CONN_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	*c = (struct conn){0};
	int code = sqlite3_open_v2(path, &c->sqlite,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
	enum err err = code == SQLITE_OK ? OK : conn_failure(c, code, e);
	if (!err) {
		map_init(&c->statements);
		sqlite3_busy_timeout(c->sqlite, BUSY_TIMEOUT_MS);
		err = conn_exec(c, settings[mode], e);
	}
	if (err) {
		conn_close(c);
		return err_context(e, err, "%s", path);
	}
	return OK;
}

void
conn_close(struct conn *c)
{
	size_t at = 0;
	struct str key;
	void *value;
	if (!c->sqlite)
		return;
	while (map_next(&c->statements, &at, &key, &value)) {
		struct statement *s = value;
		require(!s->in_use);
		sqlite3_finalize(s->stmt);
		free(s);
	}
	map_fini(&c->statements);
	require(sqlite3_close(c->sqlite) == SQLITE_OK);
	*c = (struct conn){0};
}

enum err
conn_exec(struct conn *c, const char *sql, struct error *e)
{
	int code = sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? OK : conn_failure(c, code, e);
}

enum err
conn_int(struct conn *c, const char *sql, int64_t *out, struct error *e)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(c->sqlite, sql, -1, &stmt, NULL);
	if (code != SQLITE_OK)
		return conn_failure(c, code, e);
	code = sqlite3_step(stmt);
	enum err err = OK;
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else if (code == SQLITE_DONE)
		err = err_set(e, ERR_NOT_FOUND, "no row: %s", sql);
	else
		err = conn_failure(c, code, e);
	sqlite3_finalize(stmt);
	return err;
}

static enum err
statement_new(
	struct conn *c, const struct db_sql *sql, struct statement **out, struct error *e)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v3(
		c->sqlite, sql->text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (code != SQLITE_OK) {
		enum err err = conn_failure(c, code, e);
		return err_context(e, err, "%.80s", sql->text);
	}
	if (!stmt)
		return err_set(e, ERR_INVALID, "an empty statement");
	*out = mem_zalloc(sizeof(**out));
	(*out)->stmt = stmt;
	return OK;
}

static enum err
statement_find(
	struct conn *c, const struct db_sql *sql, struct statement **out, struct error *e)
{
	uintptr_t address = (uintptr_t)sql;
	struct str key = MAP_INT_KEY(address);
	*out = map_get(&c->statements, key);
	if (*out)
		return OK;
	enum err err = statement_new(c, sql, out, e);
	if (!err)
		map_put(&c->statements, key, *out);
	return err;
}

enum err
conn_statement(
	struct conn *c, const struct db_sql *sql, struct statement **out, struct error *e)
{
	size_t at = (uintptr_t)sql / sizeof *sql % CONN_RECENT;
	enum err err = OK;
	if (c->recent[at].sql != sql) {
		struct statement *found;
		err = statement_find(c, sql, &found, e);
		if (err)
			return err;
		c->recent[at].sql = sql;
		c->recent[at].statement = found;
	}
	struct statement *s = c->recent[at].statement;
	if (s->in_use) {
		err = statement_new(c, sql, &s, e);
		if (err)
			return err;
		s->extra = true;
	}
	s->in_use = true;
	*out = s;
	return OK;
}

void
statement_done(struct statement *s)
{
	s->in_use = false;
	if (s->extra) {
		sqlite3_finalize(s->stmt);
		free(s);
		return;
	}
	sqlite3_reset(s->stmt);
}

int
conn_step(struct conn *c, const struct db_sql *sql)
{
	struct statement *s;
	if (conn_statement(c, sql, &s, NULL) != OK)
		return sqlite3_extended_errcode(c->sqlite);
	int code = sqlite3_step(s->stmt);
	while (code == SQLITE_ROW)
		code = sqlite3_step(s->stmt);
	statement_done(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

void
conn_rollback(struct conn *c)
{
	static const struct db_sql rollback = {"ROLLBACK"};
	if (!sqlite3_get_autocommit(c->sqlite))
		conn_step(c, &rollback);
}

static int
value_bind(
	sqlite3_stmt *stmt, int at, const struct value *v, sqlite3_destructor_type life)
{
	switch (v->type) {
	case VALUE_NULL:
		return sqlite3_bind_null(stmt, at);
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, at, v->i);
	case VALUE_DOUBLE:
		return sqlite3_bind_double(stmt, at, v->d);
	case VALUE_TEXT:
		return sqlite3_bind_text64(
			stmt, at, v->s.p ? v->s.p : "", v->s.n, life, SQLITE_UTF8);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(stmt, at, v->s.p ? v->s.p : "", v->s.n, life);
	}
	return SQLITE_MISUSE;
}

enum err
statement_bind(struct statement *s, const struct value *values, int count, bool keep,
	struct error *e)
{
	int wanted = sqlite3_bind_parameter_count(s->stmt);
	if (wanted != count)
		return err_set(e, ERR_INVALID, "%d values for %d parameters: %.80s",
			count, wanted, sqlite3_sql(s->stmt));
	for (int i = 0; i < count; i++) {
		int code = value_bind(s->stmt, i + 1, &values[i],
			keep ? SQLITE_STATIC : SQLITE_TRANSIENT);
		if (code != SQLITE_OK)
			return err_set(e,
				code == SQLITE_NOMEM ? ERR_UNAVAILABLE : ERR_INVALID,
				"parameter %d: %s", i + 1, sqlite3_errstr(code));
	}
	return OK;
}

int
values_read(struct value *values, const char *format, va_list ap)
{
	int n = 0;
	for (const char *f = format; *f; f++) {
		struct value *v = &values[n++];
		require(n <= VALUES_MAX);
		switch (*f) {
		case 'i':
			*v = (struct value){.type = VALUE_INT, .i = va_arg(ap, int64_t)};
			break;
		case 'd':
			*v = (struct value){
				.type = VALUE_DOUBLE, .d = va_arg(ap, double)};
			break;
		case 's':
		case 'S':
			*v = (struct value){
				.type = VALUE_TEXT, .s = va_arg(ap, struct str)};
			break;
		case 'b':
		case 'B':
			*v = (struct value){
				.type = VALUE_BLOB, .s = va_arg(ap, struct str)};
			break;
		case 'n':
			*v = (struct value){.type = VALUE_NULL};
			break;
		default:
			require(strchr("idsSbBn", *f));
		}
		if ((*f == 'S' || *f == 'B') && !v->s.p)
			v->type = VALUE_NULL;
	}
	return n;
}
