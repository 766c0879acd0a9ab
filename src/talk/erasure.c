#include "talk/erasure.h"

static const struct db_sql find = {"SELECT tenant, erased_ms FROM contact WHERE id = ?1"};
static const struct db_sql forget_key = {"DELETE FROM person_key WHERE contact = ?1"};
static const struct db_sql forget_addresses = {"DELETE FROM address WHERE contact = ?1"};
static const struct db_sql mark = {
	"UPDATE contact SET erased_ms = ?2, profile = x'' WHERE id = ?1 AND erased_ms IS NULL"};

static const struct db_sql mark_late = {
	"UPDATE contact SET erased_ms = coalesce(erased_ms, ?2), profile = x'' WHERE id = ?1"};

enum err
erasure_add(struct store *s, struct db_tx *tx, int64_t tenant, int64_t contact,
	struct wall now, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find, e, "i", contact);
	if (r != OK)
		return r;
	if (!db_next(&rows) || (tenant && db_int(&rows, 0) != tenant))
		r = err_set(e, ERR_NOT_FOUND, "there is no such contact");
	else if (!db_is_null(&rows, 1))
		r = err_set(e, ERR_CONFLICT, "the person was erased already");
	db_end(&rows);
	if (r != OK)
		return r;
	db_add_key(tx, &forget_key, "i", contact);
	db_add(tx, &forget_addresses, "i", contact);
	db_add(tx, &mark, "ii", contact, now.ms);
	db_expect(tx, 1);
	return OK;
}

void
erasure_finish(struct db_tx *tx, int64_t contact, struct wall now)
{
	db_add(tx, &forget_addresses, "i", contact);
	db_add(tx, &mark_late, "ii", contact, now.ms);
}
