#include "talk/retention.h"

#include "base/limits.h"
#include "base/log.h"

#define STEP_MS 5000
#define STEP_ROWS 2000

static const struct db_sql piece = {
	"SELECT max(id) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)"};
static const struct db_sql forget_records = {
	"DELETE FROM turn_record WHERE id IN (SELECT record FROM event"
	" WHERE id > ?1 AND id <= ?2 AND status <> 0 AND at_ms < ?3)"};
static const struct db_sql forget_turns = {
	"UPDATE event SET status = NULL, record = NULL"
	" WHERE id > ?1 AND id <= ?2 AND status <> 0 AND at_ms < ?3"};
static const struct db_sql forget_effects = {
	"DELETE FROM effect WHERE turn > ?1 AND turn <= ?2 AND updated_ms < ?3"
	" AND status NOT IN ('sending', 'uncertain')"};
/* A message of an unfinished turn is still needed. */
static const struct db_sql forget_bodies = {
	"UPDATE event SET body = NULL WHERE id > ?1 AND id <= ?2 AND at_ms < ?3"
	" AND body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event AS first"
	" WHERE first.id = (event.id >> 22 << 22 | event.turn) AND first.status = 0)"};
static const struct db_sql forget_events = {
	"DELETE FROM event WHERE id > ?1 AND id <= ?2 AND body IS NULL AND record IS NULL"};

/* The end of the next piece: 0 when the walk is over. */
static int64_t
piece_end(struct retention *r)
{
	struct db_rows rows;
	int64_t end = 0;
	if (db_query(r->store->db, &rows, &piece, NULL, "ii", r->at,
		    (int64_t)STEP_ROWS) != OK)
		return 0;
	if (db_next(&rows))
		end = db_int(&rows, 0);
	db_end(&rows);
	return end;
}

static void
step_done(struct db_tx *tx, enum err result)
{
	struct retention *r = tx->owner;
	r->busy = false;
	if (result == OK) {
		r->at = r->to;
		r->key_at = r->key_to;
	} else {
		log_warn("old rows could not be removed", "why", tx->error.text, NULL);
	}
	db_tx_fini(tx);
}

static void
forget_piece(struct retention *r, struct wall now)
{
	if (r->journal_ms) {
		/* Journals that are kept may name answers of older ones. */
		int64_t before = now.ms - r->journal_ms - ANSWER_CACHE_MS_MAX;
		db_add(&r->tx, &forget_records, "iii", r->at, r->to, before);
		db_add(&r->tx, &forget_turns, "iii", r->at, r->to, before);
		db_add(&r->tx, &forget_effects, "iii", r->at, r->to, before);
	}
	if (r->message_ms)
		db_add(&r->tx, &forget_bodies, "iii", r->at, r->to,
			now.ms - r->message_ms);
	db_add(&r->tx, &forget_events, "ii", r->at, r->to);
}

void
retention_step(struct retention *r)
{
	struct wall now = env_wall(r->store->env);
	if (r->busy || !db_writable(r->store->db) || r->store->paused)
		return;
	db_tx_init(&r->tx);
	r->tx.owner = r;
	r->to = r->journal_ms || r->message_ms ? piece_end(r) : 0;
	if (r->to)
		forget_piece(r, now);
	r->key_to = r->key_at;
	if (!dedupe_forget(r->store, &r->tx, &r->key_to, STEP_ROWS,
		    (struct wall){now.ms - RETAIN_DEDUPE_MS}))
		memset(&r->key_to, 0, sizeof r->key_to);
	r->busy = true;
	if (db_submit(r->store->db, &r->tx, step_done, NULL) != OK) {
		db_tx_fini(&r->tx);
		r->busy = false;
	}
}

static void
tick(struct env_timer *timer)
{
	struct retention *r = timer->owner;
	retention_step(r);
	env_timer_start(r->store->env, &r->timer, STEP_MS);
}

void
retention_start(
	struct retention *r, struct store *store, int64_t journal_ms, int64_t message_ms)
{
	*r = (struct retention){
		.store = store, .journal_ms = journal_ms, .message_ms = message_ms};
	if (journal_ms && journal_ms < RETAIN_JOURNAL_MIN_MS)
		r->journal_ms = RETAIN_JOURNAL_MIN_MS;
	r->timer = (struct env_timer){.fire = tick, .owner = r};
	env_timer_start(store->env, &r->timer, STEP_MS);
}

void
retention_stop(struct retention *r)
{
	if (r->store)
		env_timer_stop(r->store->env, &r->timer);
}
