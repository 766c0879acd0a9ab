#include "talk/retention.h"

#include "base/limits.h"
#include "base/log.h"
#include "talk/dedupe.h"

#define STEP_MS 5000
#define STEP_ROWS 2000

static const struct db_sql turn_end = {
	"SELECT coalesce(max(id), 0), count(*) FROM"
	" (SELECT id FROM turn WHERE id > ?1 ORDER BY id LIMIT ?2)"};
static const struct db_sql event_end = {
	"SELECT coalesce(max(id), 0), count(*) FROM"
	" (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)"};
static const struct db_sql forget_records = {
	"DELETE FROM turn_record WHERE id IN (SELECT record FROM turn"
	" WHERE id > ?1 AND id <= ?2 AND status <> 0 AND started_ms < ?3)"};
static const struct db_sql forget_turns = {
	"DELETE FROM turn WHERE id > ?1 AND id <= ?2 AND status <> 0 AND started_ms < ?3"};
static const struct db_sql forget_effects = {
	"DELETE FROM effect WHERE turn > ?1 AND turn <= ?2 AND updated_ms < ?3"
	" AND status NOT IN ('sending', 'uncertain')"};
/* A message of an unfinished turn is still needed. */
static const struct db_sql forget_events = {
	"DELETE FROM event WHERE id > ?1 AND id <= ?2 AND at_ms < ?3 AND NOT EXISTS"
	" (SELECT 1 FROM turn WHERE turn.id = (event.id >> 22 << 22 | event.turn)"
	" AND turn.status = 0)"};

/* The end of the next piece of a table: 0 when the walk is over. */
static int64_t
piece_end(struct retention *r, const struct db_sql *sql, int64_t after)
{
	struct db_rows rows;
	int64_t end = 0;
	if (db_query(r->store->db, &rows, sql, NULL, "ii", after, (int64_t)STEP_ROWS) !=
		OK)
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
		r->turn_at = r->turn_to;
		r->event_at = r->event_to;
	} else {
		log_warn("old rows could not be removed", "why", tx->error.text, NULL);
	}
	db_tx_fini(tx);
}

void
retention_step(struct retention *r)
{
	struct wall now = env_wall(r->store->env);
	if (r->busy || !db_writable(r->store->db) || r->store->paused)
		return;
	db_tx_init(&r->tx);
	r->tx.owner = r;
	r->turn_to = r->journal_ms ? piece_end(r, &turn_end, r->turn_at) : 0;
	r->event_to = r->message_ms ? piece_end(r, &event_end, r->event_at) : 0;
	if (r->turn_to) {
		/* Journals that are kept may name answers of older ones. */
		int64_t before = now.ms - r->journal_ms - ANSWER_CACHE_MS_MAX;
		db_add(&r->tx, &forget_records, "iii", r->turn_at, r->turn_to, before);
		db_add(&r->tx, &forget_turns, "iii", r->turn_at, r->turn_to, before);
		db_add(&r->tx, &forget_effects, "iii", r->turn_at, r->turn_to, before);
	}
	if (r->event_to)
		db_add(&r->tx, &forget_events, "iii", r->event_at, r->event_to,
			now.ms - r->message_ms);
	dedupe_forget(&r->tx, (struct wall){now.ms - RETAIN_DEDUPE_MS});
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
