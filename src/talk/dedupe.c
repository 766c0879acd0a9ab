#include "talk/dedupe.h"

static const struct db_sql add = {
	"INSERT INTO dedupe(key, event, fingerprint, at_ms) VALUES(?1, ?2, ?3, ?4)"};
static const struct db_sql find = {
	"SELECT event, fingerprint FROM dedupe WHERE key = ?1"};
static const struct db_sql forget = {
	"DELETE FROM dedupe WHERE key > ?1 AND key <= ?2 AND at_ms < ?3"};
static const struct db_sql piece = {
	"SELECT max(key) FROM (SELECT key FROM dedupe WHERE key > ?1 ORDER BY key LIMIT ?2)"};

void
dedupe_add(struct db_tx *tx, const struct dedupe *d, struct wall now)
{
	db_add(tx, &add, "bibi", LOOKUP_STR(d->key), d->event, LOOKUP_STR(d->fingerprint),
		now.ms);
}

enum err
dedupe_find(struct store *s, struct dedupe *d, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find, e, "b", LOOKUP_STR(d->key));
	if (r != OK)
		return r;
	if (db_next(&rows) && db_str(&rows, 1).n == sizeof d->fingerprint.bytes) {
		d->event = db_int(&rows, 0);
		memcpy(d->fingerprint.bytes, db_str(&rows, 1).p,
			sizeof d->fingerprint.bytes);
	} else {
		r = err_set(e, ERR_NOT_FOUND, "not received before");
	}
	db_end(&rows);
	return r;
}

bool
dedupe_forget(struct store *s, struct db_tx *tx, struct lookup *at, size_t rows_max,
	struct wall before)
{
	struct db_rows rows;
	struct lookup from = *at;
	bool more = false;
	if (db_query(s->db, &rows, &piece, NULL, "bi", LOOKUP_STR(from),
		    (int64_t)rows_max) != OK)
		return false;
	if (db_next(&rows) && db_str(&rows, 0).n == sizeof at->bytes) {
		memcpy(at->bytes, db_str(&rows, 0).p, sizeof at->bytes);
		more = true;
	}
	db_end(&rows);
	if (more)
		db_add(tx, &forget, "bbi", LOOKUP_STR(from), LOOKUP_STR(*at), before.ms);
	return more;
}
