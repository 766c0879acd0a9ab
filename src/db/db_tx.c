#include "db/db_tx.h"

#include "base/arena.h"

/* What a turn commits, with what it was made of: one piece of memory instead of three. */
#define CHUNK_BYTES 12288

void
db_tx_init(struct db_tx *tx)
{
	*tx = (struct db_tx){.failed_op = -1};
	list_init(&tx->link);
	arena_init(&tx->arena, CHUNK_BYTES);
}

void
db_tx_fini(struct db_tx *tx)
{
	arena_fini(&tx->arena);
	tx->first = tx->last = NULL;
}

static void
tx_add(struct db_tx *tx, bool key, const struct db_sql *sql, const char *format,
	va_list ap)
{
	struct value values[VALUES_MAX];
	int count = values_read(values, format, ap);
	size_t size = sizeof(struct db_op) + (size_t)count * sizeof(struct value);
	struct db_op *op = arena_alloc(&tx->arena, size);
	*op = (struct db_op){.sql = sql, .key = key, .expect = -1, .count = count};
	for (int i = 0; i < count; i++) {
		op->values[i] = values[i];
		if (values[i].type == VALUE_TEXT || values[i].type == VALUE_BLOB) {
			op->values[i].s = arena_str(&tx->arena, values[i].s);
			size += values[i].s.n;
		}
	}
	tx->bytes += size;
	if (tx->last)
		tx->last->next = op;
	else
		tx->first = op;
	tx->last = op;
}

void
db_add(struct db_tx *tx, const struct db_sql *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	tx_add(tx, false, sql, format, ap);
	va_end(ap);
}

void
db_add_key(struct db_tx *tx, const struct db_sql *sql, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	tx_add(tx, true, sql, format, ap);
	va_end(ap);
}

void
db_expect(struct db_tx *tx, int n)
{
	require(n >= 0);
	tx->last->expect = n;
}
