/*
 * One SQLite connection of one thread: its settings, its prepared statements (kept for
 * its life, found by the address of their db_sql), and the translation of SQLite's result
 * codes into kinds of error. Private to db/.
 */
#ifndef DB_DB_CONN_H
#define DB_DB_CONN_H

#include "base/map.h"
#include "db/db.h"

#include <sqlite3.h>

enum conn_mode {
	CONN_READ,  /* read-only and query_only */
	CONN_WRITE, /* of the data file; checkpoints by itself only when it is closed */
	CONN_WRITE_KEY, /* the same of the key file: deleted bytes are overwritten */
	CONN_COPY,      /* writes a copy that can be read without files beside it */
};

enum value_type { VALUE_NULL, VALUE_INT, VALUE_DOUBLE, VALUE_TEXT, VALUE_BLOB };

struct value {
	enum value_type type;
	union {
		int64_t i;
		double d;
		struct str s;
	};
};

struct statement {
	sqlite3_stmt *stmt;
	bool in_use;
	bool extra; /* made because the kept one was in use; finalised after use */
};

#define CONN_RECENT 64

struct conn {
	sqlite3 *sqlite; /* NULL: closed */
	struct map statements;
	/* Some of them, by the low bits of the address: what a turn asks for is nearly always
	 * found here. */
	struct {
		const struct db_sql *sql;
		struct statement *statement;
	} recent[CONN_RECENT];
};

/* The file must exist. `vfs` NULL is SQLite's default. ERR_UNAVAILABLE when it cannot be
 * opened or read, ERR_INVALID when it is no database. */
enum err conn_open(struct conn *c, const char *path, enum conn_mode mode, const char *vfs,
	struct error *e);
/* Safe on a zeroed or closed connection. No statement may be in use. */
void conn_close(struct conn *c);
/* One or several statements without parameters. */
enum err conn_exec(struct conn *c, const char *sql, struct error *e);
/* The first column of the first row of a query without parameters; ERR_NOT_FOUND
 * without a row. */
enum err conn_int(struct conn *c, const char *sql, int64_t *out, struct error *e);
/* Runs a kept statement without parameters and gives SQLite's code: SQLITE_OK or what went
 * wrong. */
int conn_step(struct conn *c, const struct db_sql *sql);
/* Ends an open transaction, if there is one: SQLite may have done it by itself. */
void conn_rollback(struct conn *c);
/* The prepared statement, ready for binding; give it back with statement_done. */
enum err conn_statement(struct conn *c, const struct db_sql *sql, struct statement **out,
	struct error *e);
void statement_done(struct statement *s);
/* Binds all of the statement's parameters, their number must agree. `keep`: the values
 * outlive the use. */
enum err statement_bind(struct statement *s, const struct value *values, int count,
	bool keep, struct error *e);
/* What a result code other than OK, ROW and DONE means, with SQLite's text. */
enum err conn_failure(struct conn *c, int code, struct error *e);
/* True when the failure was want of room (disk, quota or file size limit), which goes
 * away by itself. */
bool conn_is_full(struct conn *c, int code);

#define VALUES_MAX 40
/* Reads arguments by a format of db.h; returns their number. */
int values_read(struct value *values, const char *format, va_list ap);

#endif
