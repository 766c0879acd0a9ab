#include "talk/effect.h"

#include "base/limits.h"

static const struct db_sql add = {
	"INSERT INTO effect(tenant, turn, actor, key, action, status, idempotency_key, fingerprint, repeatable,"
	" request, created_ms, updated_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)"};
static const struct db_sql update = {
	"UPDATE effect SET status = ?4, answer = ?5, updated_ms = ?6 WHERE turn = ?1 AND actor = ?2 AND key = ?3"};
static const struct db_sql doubt = {
	"UPDATE effect SET status = '" EFFECT_UNCERTAIN
	"', updated_ms = ?2 WHERE turn = ?1 AND status = '" EFFECT_SENDING "'"};
static const struct db_sql list = {
	"SELECT tenant, actor, key, action, status, idempotency_key, fingerprint, repeatable, request, answer,"
	" created_ms, updated_ms FROM effect WHERE turn = ?1 ORDER BY id LIMIT ?2"};

void
effect_add(struct store *s, struct db_tx *tx, const struct effect *f,
	const struct person_key *key)
{
	struct str request =
		store_seal(s, &tx->arena, key, SEALED_REQUEST, f->turn, f->request);
	db_add(tx, &add, "iisssssbibi", f->tenant, f->turn, f->actor, f->key, f->action,
		f->status, f->idempotency_key, f->fingerprint, (int64_t)f->repeatable,
		request, f->created.ms);
}

void
effect_update(struct store *s, struct db_tx *tx, const struct effect *f,
	const struct person_key *key)
{
	struct str answer = {NULL, 0};
	if (f->answer.p)
		answer =
			store_seal(s, &tx->arena, key, SEALED_ANSWER, f->turn, f->answer);
	db_add(tx, &update, "isssBi", f->turn, f->actor, f->key, f->status, answer,
		f->updated.ms);
	db_expect(tx, 1);
}

static enum err
read_row(struct arena *a, struct db_rows *rows, int64_t turn,
	const struct person_key *key, struct effect *out, struct error *e)
{
	*out = (struct effect){
		.tenant = db_int(rows, 0),
		.turn = turn,
		.actor = arena_str(a, db_str(rows, 1)),
		.key = arena_str(a, db_str(rows, 2)),
		.action = arena_str(a, db_str(rows, 3)),
		.status = arena_str(a, db_str(rows, 4)),
		.idempotency_key = arena_str(a, db_str(rows, 5)),
		.fingerprint = arena_str(a, db_str(rows, 6)),
		.repeatable = db_int(rows, 7) != 0,
		.created.ms = db_int(rows, 10),
		.updated.ms = db_int(rows, 11),
	};
	enum err r = store_unseal(
		a, key, SEALED_REQUEST, turn, db_str(rows, 8), &out->request, e);
	if (r == OK && !db_is_null(rows, 9))
		r = store_unseal(
			a, key, SEALED_ANSWER, turn, db_str(rows, 9), &out->answer, e);
	return r;
}

enum err
effect_list(struct store *s, struct arena *a, int64_t turn, const struct person_key *key,
	struct items *out, struct error *e)
{
	struct db_rows rows;
	enum err r =
		db_query(s->db, &rows, &list, e, "ii", turn, (int64_t)TURN_QUESTIONS_MAX);
	if (r != OK)
		return r;
	struct effect *f = ARENA_ARRAY(a, struct effect, TURN_QUESTIONS_MAX);
	size_t n = 0;
	while (r == OK && n < TURN_QUESTIONS_MAX && db_next(&rows))
		r = read_row(a, &rows, turn, key, &f[n++], e);
	db_end(&rows);
	*out = (struct items){f, r == OK ? n : 0};
	return r;
}

void
effect_doubt(struct db_tx *tx, int64_t turn, struct wall now)
{
	db_add(tx, &doubt, "ii", turn, now.ms);
}
