#include "talk/conversation.h"

#include "talk/rows.h"

static const struct db_sql load = {
	"SELECT tenant, contact, channel, status, version, seq, owner, reference, waiting_ms, created_ms,"
	" updated_ms, state FROM conversation WHERE id = ?1"};
static const struct db_sql load_owner = {
	"SELECT tenant, contact FROM conversation WHERE id = ?1"};
static const struct db_sql walk = {
	"SELECT id, tenant, contact, channel FROM conversation WHERE id >= ?1 AND id <= ?2"
	" AND updated_ms >= ?3 AND (?4 = 0 OR tenant = ?4) ORDER BY id"};
static const struct db_sql find = {
	"SELECT id FROM conversation WHERE tenant = ?1 AND channel = ?2 AND contact = ?3 AND status <> 'closed'"};
static const struct db_sql insert = {
	"INSERT INTO conversation(id, tenant, contact, channel, status, version, seq, owner, reference,"
	" waiting_ms, created_ms, updated_ms, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"};
/* The plain turn changes no indexed column, so its statement names none. */
static const struct db_sql update_plain = {
	"UPDATE conversation SET version = ?3, seq = ?4, updated_ms = ?5, state = ?6"
	" WHERE id = ?1 AND version = ?2"};
static const struct db_sql update_whole = {
	"UPDATE conversation SET version = ?3, seq = ?4, updated_ms = ?5, state = ?6, status = ?7,"
	" owner = ?8, reference = ?9, waiting_ms = ?10 WHERE id = ?1 AND version = ?2"};
static const struct db_sql require_version = {
	"UPDATE conversation SET version = version WHERE id = ?1 AND version = ?2"};
static const struct db_sql count_waiting = {
	"SELECT count(*) FROM conversation WHERE tenant = ?1 AND status = 'waiting'"};
static const struct db_sql count_before = {
	"SELECT count(*) FROM conversation WHERE tenant = ?1 AND status = 'waiting'"
	" AND (waiting_ms < ?2 OR (waiting_ms = ?2 AND id <= ?3))"};
static const struct db_sql list_all = {
	"SELECT id FROM conversation WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3"};
static const struct db_sql list_people = {
	"SELECT id FROM conversation WHERE tenant = ?1 AND status = ?4 AND status IN ('waiting', 'human')"
	" AND (waiting_ms, id) > (coalesce((SELECT waiting_ms FROM conversation WHERE id = ?2), -1), ?2)"
	" ORDER BY waiting_ms, id LIMIT ?3"};
static const struct db_sql list_status = {
	"SELECT id FROM conversation WHERE tenant = ?1 AND status = ?4 AND id > ?2 ORDER BY id LIMIT ?3"};

enum err
conversation_owner(
	struct store *s, int64_t id, int64_t *tenant, int64_t *contact, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load_owner, e, "i", id);
	if (r != OK)
		return r;
	if (db_next(&rows)) {
		*tenant = db_int(&rows, 0);
		*contact = db_int(&rows, 1);
	} else {
		r = err_set(e, ERR_NOT_FOUND, "there is no such conversation");
	}
	db_end(&rows);
	return r;
}

enum err
conversation_walk_start(struct store *s, struct conversation_walk *w, int64_t tenant,
	int64_t first, int64_t last, struct wall since, struct error *e)
{
	return db_query(s->db, &w->rows, &walk, e, "iiii", first, last, since.ms, tenant);
}

bool
conversation_walk_next(
	struct conversation_walk *w, struct arena *a, struct conversation *out)
{
	if (!db_next(&w->rows))
		return false;
	*out = (struct conversation){
		.id = db_int(&w->rows, 0),
		.tenant = db_int(&w->rows, 1),
		.contact = db_int(&w->rows, 2),
		.channel = arena_str(a, db_str(&w->rows, 3)),
	};
	return true;
}

enum err
conversation_walk_end(struct conversation_walk *w)
{
	return db_end(&w->rows);
}

enum err
conversation_load(struct store *s, struct arena *a, int64_t id,
	const struct person_key *key, struct conversation *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", id);
	if (r != OK)
		return r;
	if (!db_next(&rows)) {
		db_end(&rows);
		return err_set(e, ERR_NOT_FOUND, "there is no such conversation");
	}
	struct conversation c = {
		.id = id,
		.tenant = db_int(&rows, 0),
		.contact = db_int(&rows, 1),
		.channel = arena_str(a, db_str(&rows, 2)),
		.status = arena_str(a, db_str(&rows, 3)),
		.version = db_int(&rows, 4),
		.seq = db_int(&rows, 5),
		.owner = arena_str(a, db_str(&rows, 6)),
		.reference = arena_str(a, db_str(&rows, 7)),
		.waiting_ms = db_int(&rows, 8),
		.created_ms = db_int(&rows, 9),
		.updated_ms = db_int(&rows, 10),
	};
	r = store_unseal(a, key, SEALED_STATE, id, db_str(&rows, 11), &c.state, e);
	db_end(&rows);
	if (r != OK)
		return err_context(e, r, "conversation %lld", (long long)id);
	*out = c;
	return OK;
}

enum err
conversation_find(struct store *s, int64_t tenant, struct str channel, int64_t contact,
	int64_t *id, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &find, e, "isi", tenant, channel, contact);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*id = db_int(&rows, 0);
	else
		r = err_set(e, ERR_NOT_FOUND, "there is no open conversation");
	db_end(&rows);
	return r;
}

static struct str
or_null(struct str s)
{
	return s.n ? s : (struct str){NULL, 0};
}

void
conversation_write(struct store *s, struct db_tx *tx, const struct conversation *c,
	int64_t from_version, const struct person_key *key)
{
	struct str state = store_seal(s, &tx->arena, key, SEALED_STATE, c->id, c->state);
	if (from_version == 0) {
		db_add(tx, &insert, "iiissiiSSiiib", c->id, c->tenant, c->contact,
			c->channel, c->status, c->version, c->seq, or_null(c->owner),
			or_null(c->reference), c->waiting_ms, c->created_ms,
			c->updated_ms, state);
		return;
	}
	db_add(tx, &update_whole, "iiiiibsSSi", c->id, from_version, c->version, c->seq,
		c->updated_ms, state, c->status, or_null(c->owner), or_null(c->reference),
		c->waiting_ms);
	db_expect(tx, 1);
}

void
conversation_write_plain(struct store *s, struct db_tx *tx, const struct conversation *c,
	int64_t from_version, const struct person_key *key)
{
	struct str state = store_seal(s, &tx->arena, key, SEALED_STATE, c->id, c->state);
	db_add(tx, &update_plain, "iiiiib", c->id, from_version, c->version, c->seq,
		c->updated_ms, state);
	db_expect(tx, 1);
}

void
conversation_require(struct db_tx *tx, int64_t id, int64_t version)
{
	db_add(tx, &require_version, "ii", id, version);
	db_expect(tx, 1);
}

enum err
conversation_waiting(struct store *s, int64_t tenant, int64_t *out, struct error *e)
{
	struct db_rows rows;
	return rows_number(
		&rows, db_query(s->db, &rows, &count_waiting, e, "i", tenant), out);
}

enum err
conversation_place(
	struct store *s, const struct conversation *c, int64_t *place, struct error *e)
{
	struct db_rows rows;
	if (!c->waiting_ms) {
		*place = 0;
		return OK;
	}
	return rows_number(&rows,
		db_query(s->db, &rows, &count_before, e, "iii", c->tenant, c->waiting_ms,
			c->id),
		place);
}

enum err
conversation_list(struct store *s, struct arena *a, int64_t tenant, struct str status,
	int64_t after, size_t limit, struct items *ids, struct error *e)
{
	const struct db_sql *sql = &list_all;
	if (str_eq(status, STR(CONVERSATION_WAITING)) ||
		str_eq(status, STR(CONVERSATION_HUMAN)))
		sql = &list_people;
	else if (status.n)
		sql = &list_status;
	struct db_rows rows;
	enum err r = status.n
		? db_query(s->db, &rows, sql, e, "iiis", tenant, after, (int64_t)limit,
			  status)
		: db_query(s->db, &rows, sql, e, "iii", tenant, after, (int64_t)limit);
	return rows_numbers(&rows, r, a, limit, ids);
}
