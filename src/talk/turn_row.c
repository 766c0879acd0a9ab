#include "talk/turn_row.h"

#include "talk/rows.h"

static const struct db_sql add_record = {
	"INSERT INTO turn_record(pack, last_seq, ended_ms, body) VALUES(?1, ?2, ?3, ?4)"};
/* Follows add_record at once. */
static const struct db_sql add_first = {
	"INSERT INTO event(id, kind, turn, at_ms, body, status, record)"
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, last_insert_rowid())"};
static const struct db_sql update_record = {
	"UPDATE turn_record SET pack = ?2, last_seq = ?3, ended_ms = ?4, body = ?5"
	" WHERE id = (SELECT record FROM event WHERE id = ?1 AND status = 0)"};
static const struct db_sql update = {
	"UPDATE event SET status = ?2 WHERE id = ?1 AND status = 0"};
static const struct db_sql load = {
	"SELECT " EVENT_COLUMNS
	", status, record FROM event WHERE id = ?1 AND record IS NOT NULL"};
static const struct db_sql load_record = {
	"SELECT pack, last_seq, ended_ms, body FROM turn_record WHERE id = ?1"};
static const struct db_sql walk = {
	"SELECT " EVENT_COLUMNS
	", status, record FROM event WHERE id > ?1 AND id <= ?2 ORDER BY id"};
static const struct db_sql unfinished = {
	"SELECT id FROM event WHERE status = 0 ORDER BY id"};
static const struct db_sql count_unfinished = {
	"SELECT count(*) FROM event WHERE status = 0"};
static const struct db_sql find_version = {"SELECT id FROM pack_version WHERE hash = ?1"};
static const struct db_sql next_version = {
	"SELECT coalesce(max(id), 0) + 1 FROM pack_version"};
static const struct db_sql add_version = {
	"INSERT INTO pack_version(id, hash, name, version, bundle, created_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
static const struct db_sql about_version = {
	"SELECT name, version, hash FROM pack_version WHERE id = ?1"};
static const struct db_sql load_version = {
	"SELECT bundle FROM pack_version WHERE id = ?1"};

/* Before the journal's text in a record: its length. The causes follow it. */
#define JOURNAL_AT 4

/* Journal and causes as one sealed value. */
static struct str
seal(struct store *s, struct db_tx *tx, const struct turn_row *t,
	const struct person_key *key)
{
	int64_t row = row_key(t->conversation, t->number);
	size_t n = JOURNAL_AT + t->journal.n + t->causes.n;
	unsigned char *p = arena_alloc(&tx->arena, n);
	for (size_t i = 0; i < JOURNAL_AT; i++)
		p[i] = (unsigned char)(t->journal.n >> (8 * i));
	memcpy(p + JOURNAL_AT, t->journal.p, t->journal.n);
	if (t->causes.n)
		memcpy(p + JOURNAL_AT + t->journal.n, t->causes.p, t->causes.n);
	return store_seal(
		s, &tx->arena, key, SEALED_RECORD, row, (struct str){(char *)p, n});
}

static enum err
unseal(struct arena *a, const struct person_key *key, int64_t row, struct str sealed,
	struct turn_row *t, struct error *e)
{
	struct str whole;
	enum err r = store_unseal(a, key, SEALED_RECORD, row, sealed, &whole, e);
	if (r != OK)
		return r;
	size_t n = 0;
	for (size_t i = 0; i < JOURNAL_AT && i < whole.n; i++)
		n |= (size_t)(unsigned char)whole.p[i] << (8 * i);
	if (whole.n < JOURNAL_AT || n > whole.n - JOURNAL_AT)
		return err_set(e, ERR_INVALID, "a turn's record is damaged");
	t->journal = (struct str){whole.p + JOURNAL_AT, n};
	t->causes = str_sub(whole, JOURNAL_AT + n, whole.n);
	return OK;
}

void
turn_row_add(struct store *s, struct db_tx *tx, const struct turn_row *t,
	const struct event *first, const struct person_key *key)
{
	int64_t row = row_key(t->conversation, t->number);
	require(first->conversation == t->conversation && first->seq == t->number);
	struct str body = store_seal(s, &tx->arena, key, SEALED_EVENT, row, first->body);
	db_add(tx, &add_record, "iiib", t->pack, t->last_seq, t->ended.ms,
		seal(s, tx, t, key));
	db_add(tx, &add_first, "iiiibi", row, (int64_t)first->kind, first->turn,
		first->at.ms, body, (int64_t)t->status);
}

void
turn_row_update(struct store *s, struct db_tx *tx, const struct turn_row *t,
	const struct person_key *key)
{
	int64_t row = row_key(t->conversation, t->number);
	db_add(tx, &update_record, "iiiib", row, t->pack, t->last_seq, t->ended.ms,
		seal(s, tx, t, key));
	db_expect(tx, 1);
	if (t->status == TURN_UNFINISHED)
		return;
	db_add(tx, &update, "ii", row, (int64_t)t->status);
	db_expect(tx, 1);
}

void
turn_row_fail(struct db_tx *tx, int64_t conversation, int64_t number)
{
	db_add(tx, &update, "ii", row_key(conversation, number), (int64_t)TURN_FAILED);
	db_expect(tx, 1);
}

/* The columns of `load` and `walk`. */
static struct turn_event
read_event(struct db_rows *rows)
{
	return (struct turn_event){
		.event = event_row(rows),
		.begins = !db_is_null(rows, EVENT_COLUMN_COUNT + 1),
		.status = (enum turn_status)db_int(rows, EVENT_COLUMN_COUNT),
		.record = db_int(rows, EVENT_COLUMN_COUNT + 1),
	};
}

enum err
turn_row_load(struct store *s, struct arena *a, int64_t conversation, int64_t number,
	const struct person_key *key, struct turn_row *out, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load, e, "i", row_key(conversation, number));
	if (r != OK)
		return r;
	if (db_next(&rows)) {
		struct turn_event begun = read_event(&rows);
		r = turn_row_open(s, a, &begun, key, out, e);
	} else {
		r = err_set(e, ERR_NOT_FOUND, "there is no such turn");
	}
	db_end(&rows);
	return r;
}

enum err
turn_walk_start(struct store *s, struct turn_walk *w, int64_t conversation, int64_t after,
	struct error *e)
{
	return db_query(s->db, &w->rows, &walk, e, "ii", row_key(conversation, after),
		row_key(conversation, SEQ_MAX));
}

bool
turn_walk_next(struct turn_walk *w, struct turn_event *out)
{
	if (!db_next(&w->rows))
		return false;
	*out = read_event(&w->rows);
	return true;
}

enum err
turn_walk_end(struct turn_walk *w)
{
	return db_end(&w->rows);
}

enum err
turn_row_open(struct store *s, struct arena *a, const struct turn_event *begun,
	const struct person_key *key, struct turn_row *out, struct error *e)
{
	const struct event *first = &begun->event;
	int64_t row = row_key(first->conversation, first->seq);
	struct db_rows rows;
	require(begun->begins);
	enum err r = db_query(s->db, &rows, &load_record, e, "i", begun->record);
	if (r != OK)
		return r;
	if (!db_next(&rows)) {
		db_end(&rows);
		return err_set(e, ERR_NOT_FOUND, "the turn's record is not there");
	}
	*out = (struct turn_row){
		.conversation = first->conversation,
		.number = first->seq,
		.status = begun->status,
		.first_seq = first->kind == EVENT_INBOUND ? first->seq : 0,
		.last_seq = db_int(&rows, 1),
		.started = first->at,
		.ended.ms = db_int(&rows, 2),
		.pack = db_int(&rows, 0),
		.bytes = (int64_t)db_str(&rows, 3).n,
	};
	r = unseal(a, key, row, db_str(&rows, 3), out, e);
	db_end(&rows);
	return r;
}

static const struct db_sql list_since = {
	"SELECT id FROM event WHERE id > ?1 AND id <= ?2 AND status IS NOT NULL AND at_ms >= ?3"
	" ORDER BY id LIMIT ?4"};

enum err
turn_row_list(struct store *s, struct arena *a, int64_t after, int64_t up_to,
	struct wall since, size_t limit, struct items *keys, struct error *e)
{
	struct db_rows rows;
	return rows_numbers(&rows,
		db_query(s->db, &rows, &list_since, e, "iiii", after, up_to, since.ms,
			(int64_t)limit),
		a, limit, keys);
}

enum err
turn_row_unfinished(struct store *s, struct arena *a, struct items *keys, struct error *e)
{
	struct db_rows rows;
	int64_t count = 0;
	enum err r = rows_number(
		&rows, db_query(s->db, &rows, &count_unfinished, e, ""), &count);
	if (r != OK)
		return r;
	return rows_numbers(&rows, db_query(s->db, &rows, &unfinished, e, ""), a,
		(size_t)count, keys);
}

enum err
pack_version_find(struct store *s, struct str hash, int64_t *id, struct error *e)
{
	struct db_rows rows;
	return rows_number(
		&rows, db_query(s->db, &rows, &find_version, e, "s", hash), id);
}

enum err
pack_version_next(struct store *s, int64_t *id, struct error *e)
{
	struct db_rows rows;
	return rows_number(&rows, db_query(s->db, &rows, &next_version, e, ""), id);
}

void
pack_version_add(struct db_tx *tx, int64_t id, struct str hash, struct str name,
	struct str version, struct str bundle, struct wall now)
{
	db_add(tx, &add_version, "isssbi", id, hash, name, version, bundle, now.ms);
}

enum err
pack_version_about(struct store *s, struct arena *a, int64_t id, struct str *name,
	struct str *version, struct str *hash, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &about_version, e, "i", id);
	if (r != OK)
		return r;
	if (db_next(&rows)) {
		*name = arena_str(a, db_str(&rows, 0));
		*version = arena_str(a, db_str(&rows, 1));
		*hash = arena_str(a, db_str(&rows, 2));
	} else {
		r = err_set(e, ERR_NOT_FOUND, "pack version %lld is not stored",
			(long long)id);
	}
	db_end(&rows);
	return r;
}

enum err
pack_version_load(
	struct store *s, struct arena *a, int64_t id, struct str *bundle, struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, &load_version, e, "i", id);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*bundle = arena_str(a, db_str(&rows, 0));
	else
		r = err_set(e, ERR_NOT_FOUND, "pack version %lld is not stored",
			(long long)id);
	db_end(&rows);
	return r;
}
