#include "talk/retention.h"

#include "base/limits.h"
#include "base/log.h"
#include "talk/tenant.h"

#define STEP_MS 5000
#define STEP_ROWS 2000
/* A name of 64 bytes with each of them escaped, and two numbers. */
#define TENANT_BYTES_MAX 512
/* Longer than any clock has run. */
#define FOR_EVER_MS (INT64_C(1) << 60)

/* ?3 is the time now, ?4 how long rows of most tenants stand, ?5 struct retention's
 * `tenants`, of which `own` has those that the store knows. */
#define OWN_TIMES(column) \
	"WITH own AS MATERIALIZED (SELECT tenant.id AS tenant, json_extract(value, '$[" column \
	"]') AS time FROM json_each(?5) JOIN tenant ON tenant.name = json_extract(value, '$[0]')) "
#define OWN_JOURNAL_TIMES OWN_TIMES("1")
#define OWN_MESSAGE_TIMES OWN_TIMES("2")
/* Events stand by conversation, which knows its tenant. */
#define EVENT_IS_OLD \
	" event.at_ms < ?3 - coalesce((SELECT time FROM own JOIN conversation USING (tenant)" \
	" WHERE conversation.id = event.id >> 22), ?4)"

static const struct db_sql piece = {
	"SELECT max(id) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)"};
static const struct db_sql forget_records = {OWN_JOURNAL_TIMES
	"DELETE FROM turn_record WHERE id IN (SELECT record FROM event"
	" WHERE id > ?1 AND id <= ?2 AND status <> 0 AND" EVENT_IS_OLD ")"};
static const struct db_sql forget_turns = {
	OWN_JOURNAL_TIMES "UPDATE event SET status = NULL, record = NULL"
			  " WHERE id > ?1 AND id <= ?2 AND status <> 0 AND" EVENT_IS_OLD};
static const struct db_sql forget_effects = {OWN_JOURNAL_TIMES
	"DELETE FROM effect WHERE turn > ?1 AND turn <= ?2"
	" AND status NOT IN ('sending', 'uncertain') AND updated_ms < ?3 - coalesce("
	"(SELECT time FROM own WHERE own.tenant = effect.tenant), ?4)"};
/* A message of an unfinished turn is still needed. */
static const struct db_sql forget_bodies = {OWN_MESSAGE_TIMES
	"UPDATE event SET body = NULL WHERE id > ?1 AND id <= ?2"
	" AND body IS NOT NULL AND" EVENT_IS_OLD
	" AND NOT EXISTS (SELECT 1 FROM event AS first"
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
	static const struct db_sql *const journals[] = {
		&forget_records, &forget_turns, &forget_effects};
	struct str tenants = buf_str(&r->tenants);
	for (size_t i = 0; r->journals_go && i < sizeof journals / sizeof *journals; i++)
		db_add(&r->tx, journals[i], "iiiis", r->at, r->to, now.ms, r->journal_ms,
			tenants);
	if (r->messages_go)
		db_add(&r->tx, &forget_bodies, "iiiis", r->at, r->to, now.ms,
			r->message_ms, tenants);
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
	r->to = r->journals_go || r->messages_go ? piece_end(r) : 0;
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

/* Journals that are kept may name answers of older ones. */
static int64_t
journal_time(struct retention *r, int64_t ms)
{
	if (!ms)
		return FOR_EVER_MS;
	r->journals_go = true;
	return (ms < RETAIN_JOURNAL_MIN_MS ? RETAIN_JOURNAL_MIN_MS : ms) +
		ANSWER_CACHE_MS_MAX;
}

static int64_t
message_time(struct retention *r, int64_t ms)
{
	r->messages_go = r->messages_go || ms;
	return ms ? ms : FOR_EVER_MS;
}

static void
write_tenants(struct retention *r, struct items tenants)
{
	struct jsonw w;
	int64_t id;
	require(tenants.n <= RETENTION_TENANTS_MAX);
	buf_init(&r->tenants, (RETENTION_TENANTS_MAX + 1) * TENANT_BYTES_MAX);
	jsonw_init(&w, &r->tenants);
	jsonw_array(&w);
	items_each(const struct retention_tenant, t, tenants) {
		jsonw_array(&w);
		jsonw_str(&w, t->name);
		jsonw_int(&w, journal_time(r, t->journal_ms));
		jsonw_int(&w, message_time(r, t->message_ms));
		jsonw_end_array(&w);
		if (tenant_find(r->store, t->name, &id, NULL) == ERR_NOT_FOUND)
			log_warn("retention names a tenant that is not there", "tenant:s",
				t->name, NULL);
	}
	jsonw_end_array(&w);
	require(!buf_over(&r->tenants));
}

void
retention_start(struct retention *r, struct store *store, int64_t journal_ms,
	int64_t message_ms, struct items tenants)
{
	*r = (struct retention){.store = store};
	r->journal_ms = journal_time(r, journal_ms);
	r->message_ms = message_time(r, message_ms);
	write_tenants(r, tenants);
	r->timer = (struct env_timer){.fire = tick, .owner = r};
	env_timer_start(store->env, &r->timer, STEP_MS);
}

void
retention_stop(struct retention *r)
{
	if (!r->store)
		return;
	env_timer_stop(r->store->env, &r->timer);
	buf_fini(&r->tenants);
}
