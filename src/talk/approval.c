#include "talk/approval.h"

#include "talk/rows.h"

static const struct db_sql add = {
	"INSERT INTO approval(id, tenant, turn, action, status, frozen, created_ms)"
	" VALUES(?1, ?2, ?3, ?4, 'pending', ?5, ?6)"};
static const struct db_sql decide = {
	"UPDATE approval SET status = ?2, decided_ms = ?3, decided_by = ?4, note = ?5"
	" WHERE id = ?1 AND status = 'pending'"};
static const struct db_sql load = {
	"SELECT tenant, turn, action, status, frozen, created_ms, decided_ms, decided_by, note FROM approval"
	" WHERE id = ?1"};
static const struct db_sql list_pending = {
	"SELECT id FROM approval WHERE tenant = ?1 AND status = 'pending' AND id > ?2 ORDER BY id LIMIT ?3"};

void
approval_add(struct store *s, struct db_tx *tx, const struct approval *ap,
	const struct person_key *key)
{
	struct str frozen =
		store_seal(s, &tx->arena, key, SEALED_FROZEN, ap->id, ap->frozen);
	db_add(tx, &add, "iiisbi", ap->id, ap->tenant, ap->turn, ap->action, frozen,
		ap->created.ms);
}

void
approval_decide(struct store *s, struct db_tx *tx, const struct approval *ap,
	const struct person_key *key)
{
	struct str note = store_seal(s, &tx->arena, key, SEALED_NOTE, ap->id, ap->note);
	db_add(tx, &decide, "isisb", ap->id, ap->status, ap->decided.ms, ap->decided_by,
		note);
	db_expect(tx, 1);
}

enum err
approval_load(struct store *s, struct arena *a, int64_t id, const struct person_key *key,
	struct approval *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", id);
	if (r != OK)
		return r;
	if (!db_next(&rows)) {
		db_end(&rows);
		return err_set(e, ERR_NOT_FOUND, "there is no such approval");
	}
	struct approval ap = {
		.id = id,
		.tenant = db_int(&rows, 0),
		.turn = db_int(&rows, 1),
		.action = arena_str(a, db_str(&rows, 2)),
		.status = arena_str(a, db_str(&rows, 3)),
		.created.ms = db_int(&rows, 5),
		.decided.ms = db_int(&rows, 6),
		.decided_by = arena_str(a, db_str(&rows, 7)),
	};
	r = store_unseal(a, key, SEALED_FROZEN, id, db_str(&rows, 4), &ap.frozen, e);
	if (r == OK && !db_is_null(&rows, 8))
		r = store_unseal(a, key, SEALED_NOTE, id, db_str(&rows, 8), &ap.note, e);
	db_end(&rows);
	if (r == OK)
		*out = ap;
	return r;
}

enum err
approval_list_pending(struct store *s, struct arena *a, int64_t tenant, int64_t after,
	size_t limit, struct items *ids, struct error *e)
{
	struct db_rows rows;
	return rows_numbers(&rows,
		db_query(s->db, &rows, &list_pending, e, "iii", tenant, after,
			(int64_t)limit),
		a, limit, ids);
}
