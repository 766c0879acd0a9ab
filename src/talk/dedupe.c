#include "talk/dedupe.h"

static const struct db_sql add = {
	"INSERT INTO dedupe(key, event, fingerprint, at_ms) VALUES(?1, ?2, ?3, ?4)"};
static const struct db_sql find = {
	"SELECT event, fingerprint FROM dedupe WHERE key = ?1"};
static const struct db_sql forget = {
	"DELETE FROM dedupe WHERE key IN (SELECT key FROM dedupe WHERE at_ms < ?1 ORDER BY at_ms LIMIT 500)"};

void
dedupe_add(struct db_tx *tx, const struct dedupe *d, struct wall now)
{
	db_add(tx, &add, "bibi", LOOKUP_STR(d->key), d->event,
		(struct str){(const char *)d->fingerprint, sizeof d->fingerprint},
		now.ms);
}

enum err
dedupe_find(struct store *s, struct dedupe *d, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find, e, "b", LOOKUP_STR(d->key));
	if (r != OK)
		return r;
	if (db_next(&rows) && db_str(&rows, 1).n == sizeof d->fingerprint) {
		d->event = db_int(&rows, 0);
		memcpy(d->fingerprint, db_str(&rows, 1).p, sizeof d->fingerprint);
	} else {
		r = err_set(e, ERR_NOT_FOUND, "not received before");
	}
	db_end(&rows);
	return r;
}

void
dedupe_forget(struct db_tx *tx, struct wall before)
{
	db_add(tx, &forget, "i", before.ms);
}
