/* What must hold, whatever happened. */
#include "sim.h"

#include "pack/pack.h"
#include "talk/approval.h"
#include "talk/contact.h"
#include "talk/turn_row.h"
#include "turn/replay.h"

static struct told *
told_of(struct sim *sim, int64_t conversation)
{
	for (int i = 0; i < sim->told_count; i++)
		if (sim->told[i].conversation == conversation)
			return &sim->told[i];
	require(sim->told_count < CONVERSATIONS_MAX);
	sim->told[sim->told_count] = (struct told){.conversation = conversation};
	return &sim->told[sim->told_count++];
}

/* One event after the one before; the bot is silent while people have the conversation. */
static void
follow(struct sim *sim, struct told *t, const struct event *ev)
{
	if (ev->seq != t->seq + 1)
		sim_fail(sim, "conversation %lld: event %lld follows %lld",
			(long long)t->conversation, (long long)ev->seq,
			(long long)t->seq);
	t->seq = ev->seq;
	switch (ev->kind) {
	case EVENT_OUTBOUND: /* what people write belongs to no turn */
		if (ev->turn && t->human)
			sim_fail(sim,
				"conversation %lld: the bot wrote (event %lld) and a person has it",
				(long long)t->conversation, (long long)ev->seq);
		t->human = t->human || ev->turn == 0;
		break;
	case EVENT_HANDOFF:
	case EVENT_TAKEOVER:
	case EVENT_CLOSED:
		t->human = true;
		break;
	case EVENT_HANDBACK:
		t->human = false;
		break;
	case EVENT_INBOUND:
	case EVENT_NOTE:
	case EVENT_APPROVAL:
	case EVENT_DECISION:
		break;
	}
}

void
check_event(void *owner, int64_t conversation, const struct event *event)
{
	struct sim *sim = owner;
	sim_note(sim, "event %lld/%lld %s", (long long)conversation,
		(long long)event->seq, event_kind_name(event->kind));
	struct told *t = told_of(sim, conversation);
	follow(sim, t, event);
	if (event->kind == EVENT_CLOSED)
		t->closed_step = sim->steps;
}

void
check_accepted(struct sim *sim, int64_t conversation, int64_t sent_step)
{
	const struct told *t = told_of(sim, conversation);
	if (t->closed_step && t->closed_step < sent_step)
		sim_fail(sim,
			"a message was put into conversation %lld, which was closed",
			(long long)conversation);
}

void
check_restarted(struct sim *sim)
{
	static const struct db_sql sql = {"SELECT id, seq, status FROM conversation"};
	struct db_rows rows;
	require(db_query(sim->store.db, &rows, &sql, NULL, "") == OK);
	while (db_next(&rows)) {
		struct told *t = told_of(sim, db_int(&rows, 0));
		t->seq = db_int(&rows, 1);
		t->human = !str_eq(db_str(&rows, 2), STR(CONVERSATION_OPEN));
	}
	db_end(&rows);
}

/* ---- at every commit ---- */

struct law {
	struct db_sql sql; /* gives the rows that break it */
	const char *text;
};

static const struct law laws[] = {
	{{"SELECT id FROM conversation AS c WHERE seq <> (SELECT count(*) FROM event WHERE id >> 22 = c.id AND id "
	  "BETWEEN c.id << 22 AND c.id << 22 | 4194303) OR seq <> (SELECT max(id) & 4194303 FROM event WHERE id "
	  "BETWEEN c.id << 22 AND c.id << 22 | 4194303)"},
		"a conversation's sequence has gaps"},
	{{"SELECT contact FROM conversation WHERE status <> 'closed' GROUP BY tenant, channel, contact HAVING count(*) > "
	  "1"},
		"a contact has two open conversations"},
	{{"SELECT id FROM event WHERE kind = 1 AND NOT EXISTS (SELECT 1 FROM event AS first JOIN turn_record ON "
	  "turn_record.id = first.record WHERE first.id = event.id >> 22 << 22 | event.turn AND "
	  "event.id & 4194303 BETWEEN event.turn AND last_seq)"},
		"a message belongs to no turn"},
	{{"SELECT id FROM approval WHERE status <> 'pending' AND NOT EXISTS (SELECT 1 FROM event WHERE kind = 9 AND "
	  "event.id >> 22 = approval.turn >> 22)"},
		"an approval is decided and no event tells it"},
	{{"SELECT id FROM turn_record WHERE length(body) > 8192"},
		"a turn stores too much"},
};

static void
check_law(struct sim *sim, const struct law *law)
{
	struct statement *s;
	require(conn_statement(&sim->disk.data, &law->sql, &s, NULL) == OK);
	if (sqlite3_step(s->stmt) == SQLITE_ROW)
		sim_fail(sim, "%s (%lld)", law->text,
			(long long)sqlite3_column_int64(s->stmt, 0));
	statement_done(s);
}

void
check_committed(struct disk *disk)
{
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
		check_law(disk->owner, &laws[i]);
}

/* ---- erased persons ---- */

bool
check_is_erased(struct sim *sim, int64_t conversation)
{
	int64_t tenant, contact;
	struct person_key key;
	return conversation_owner(&sim->store, conversation, &tenant, &contact, NULL) ==
		OK &&
		contact_key(&sim->store, contact, &key, NULL) == ERR_CANCELED;
}

void
check_erased(struct sim *sim, const struct erased *x)
{
	list_each(l, &sim->engine->used) {
		const struct session *s = list_entry(l, struct session, used);
		if (s->row.contact == x->contact)
			sim_fail(sim,
				"contact %lld is erased and conversation %lld is in memory",
				(long long)x->contact, (long long)s->row.id);
	}
}

/* A whole database as it would stand in its file, free pages and all. */
static struct str
bytes_of(struct conn *c)
{
	sqlite3_int64 n = 0;
	unsigned char *p = sqlite3_serialize(c->sqlite, "main", &n, 0);
	require(p != NULL);
	return (struct str){(char *)p, (size_t)n};
}

/* Nothing that opens what an erased person wrote stands anywhere, and no text of anybody stands open. */
static void
check_secrets(struct sim *sim)
{
	static const struct db_sql left = {
		"SELECT (SELECT count(*) FROM address WHERE contact = ?1) +"
		" (SELECT count(*) FROM contact WHERE id = ?1 AND (erased_ms IS NULL OR length(profile) > 0))"};
	struct str data = bytes_of(&sim->disk.data), keys = bytes_of(&sim->disk.keys);
	for (int i = 0; i < sim->erased_count; i++) {
		const struct erased *x = &sim->erased[i];
		struct db_rows rows;
		struct person_key key;
		struct str bytes = {(const char *)x->key, sizeof x->key};
		if (!x->over)
			sim_fail(sim, "contact %lld was never erased",
				(long long)x->contact);
		if (contact_key(&sim->store, x->contact, &key, NULL) != ERR_CANCELED ||
			str_find(keys, bytes) >= 0 || str_find(data, bytes) >= 0)
			sim_fail(sim, "the key of contact %lld is still there",
				(long long)x->contact);
		require(db_query(sim->store.db, &rows, &left, NULL, "i", x->contact) ==
			OK);
		if (db_next(&rows) && db_int(&rows, 0))
			sim_fail(sim,
				"contact %lld is erased and has an address or a name",
				(long long)x->contact);
		db_end(&rows);
	}
	for (int i = 0; i < sim->message_count; i++)
		if (str_find(data, str_of(sim->messages[i].text)) >= 0)
			sim_fail(sim, "%s can be read in the store",
				sim->messages[i].text);
	sqlite3_free((void *)(uintptr_t)data.p);
	sqlite3_free((void *)(uintptr_t)keys.p);
}

/* ---- at every step ---- */

void
check_step(struct sim *sim)
{
	if (!sim->engine)
		return;
	list_each(l, &sim->engine->runs) {
		const struct live_run *lr = list_entry(l, struct live_run, link);
		if (lr->over || lr->began_at.ns == 0)
			continue;
		if (lr->session->running != lr && lr->phase != PHASE_RETRY)
			sim_fail(sim, "a turn of conversation %lld runs beside another",
				(long long)lr->session->row.id);
		list_each(k, &sim->engine->runs) {
			const struct live_run *other =
				list_entry(k, struct live_run, link);
			if (other != lr && !other->over && other->began_at.ns &&
				other->session->row.id == lr->session->row.id)
				sim_fail(sim, "two turns of conversation %lld run",
					(long long)lr->session->row.id);
		}
	}
}

/* ---- at rest ---- */

static int64_t
ask_number(struct sim *sim, const struct db_sql *sql)
{
	struct db_rows rows;
	require(db_query(sim->store.db, &rows, sql, NULL, "") == OK);
	int64_t n = db_next(&rows) ? db_int(&rows, 0) : 0;
	db_end(&rows);
	return n;
}

/* How often each message stands in the store, and in which turn. */
static void
count_message(struct sim *sim, const struct event *ev, struct str text, int *found)
{
	for (int i = 0; i < sim->message_count; i++) {
		const struct sim_message *m = &sim->messages[i];
		if (!str_eq(text, str_of(m->text)))
			continue;
		found[i]++;
		if (m->acked && m->key[0] &&
			(ev->conversation != m->conversation || ev->seq != m->seq ||
				ev->turn != m->turn))
			sim_fail(sim, "%s was acknowledged as %lld/%lld and is %lld/%lld",
				m->text, (long long)m->conversation, (long long)m->seq,
				(long long)ev->conversation, (long long)ev->seq);
	}
}

static void
check_conversation(struct sim *sim, int64_t id, int *found)
{
	struct session *s;
	struct items events;
	struct arena a;
	struct told t = {.conversation = id};
	arena_init(&a, 0);
	enum err r = session_of_number(sim->engine, id, &s, NULL);
	if (r == ERR_CANCELED && check_is_erased(sim, id)) {
		arena_fini(&a);
		return;
	}
	require(r == OK);
	for (;;) {
		require(event_list(&sim->store, &a, id, t.seq, PAGE_MAX, &s->contact.key,
				&events, NULL) == OK);
		items_each(const struct event, ev, events) {
			struct message m;
			follow(sim, &t, ev);
			if (ev->kind == EVENT_INBOUND &&
				message_parse(&a, ev->body, &m, NULL) == OK)
				count_message(sim, ev, m.text, found);
		}
		if (events.n < PAGE_MAX || sim->failure[0])
			break;
	}
	arena_fini(&a);
}

static void
check_message(struct sim *sim, const struct sim_message *m, int found)
{
	if (m->gone || (m->acked && check_is_erased(sim, m->conversation)))
		return;
	if (m->key[0] && m->sends && (!m->ended || found != 1))
		sim_fail(sim, "%s stands %d times and is %s", m->text, found,
			m->ended ? "answered" : "not answered");
	if (!m->key[0] && (found < m->accepts || found > m->accepts + m->maybe))
		sim_fail(sim, "%s stands %d times, was accepted %d times and maybe %d",
			m->text, found, m->accepts, m->maybe);
	for (int i = m->number + 1; i < sim->message_count; i++) {
		const struct sim_message *n = &sim->messages[i];
		if (!m->acked || !n->acked || n->person != m->person ||
			n->sent_step <= m->acked_step)
			continue;
		if (n->conversation < m->conversation ||
			(n->conversation == m->conversation && n->seq <= m->seq))
			sim_fail(sim,
				"%s was written after %s was accepted, and stands before it",
				n->text, m->text);
	}
}

static void
check_messages(struct sim *sim)
{
	static const struct db_sql sql = {"SELECT max(id) FROM conversation"};
	static const struct db_sql one = {"SELECT 1 FROM conversation WHERE id = ?1"};
	int found[MESSAGES_MAX] = {0};
	int64_t last = ask_number(sim, &sql);
	for (int64_t id = 1; id <= last && !sim->failure[0]; id++) {
		struct db_rows rows;
		require(db_query(sim->store.db, &rows, &one, NULL, "i", id) == OK);
		bool there = db_next(&rows);
		db_end(&rows);
		if (there)
			check_conversation(sim, id, found);
	}
	for (int i = 0; i < sim->message_count && !sim->failure[0]; i++)
		check_message(sim, &sim->messages[i], found[i]);
}

static void
check_replay(struct sim *sim)
{
	static const struct db_sql sql = {
		"SELECT id FROM event WHERE status IS NOT NULL ORDER BY id"};
	struct replay r;
	struct replay_packs packs;
	struct db_rows rows;
	replay_packs_init(&packs, &sim_host);
	replay_init(&r, &sim->store, &packs, sim_find_actor, NULL);
	require(db_query(sim->store.db, &rows, &sql, NULL, "") == OK);
	while (db_next(&rows) && !sim->failure[0]) {
		struct replay_outcome out;
		struct error e = {0};
		int64_t key = db_int(&rows, 0);
		enum err err =
			replay_turn(&r, row_conversation(key), row_seq(key), &out, &e);
		if (err != OK || out.verdict == REPLAY_UNREADABLE)
			sim_fail(sim, "turn %lld/%lld cannot be replayed: %s%.*s",
				(long long)row_conversation(key), (long long)row_seq(key),
				e.text, STR_ARG(out.why));
		else if (out.verdict == REPLAY_DIVERGED)
			sim_fail(sim,
				"turn %lld/%lld replays differently: %.*s: \"%.*s\", \"%.*s\"",
				(long long)row_conversation(key), (long long)row_seq(key),
				STR_ARG(out.why), STR_ARG(out.was), STR_ARG(out.is));
	}
	db_end(&rows);
	replay_fini(&r);
	replay_packs_fini(&packs);
}

bool
check_erased_wait(struct sim *sim)
{
	static const struct db_sql sql = {
		"SELECT count(*) FROM event JOIN conversation ON conversation.id = event.id >> 22"
		" JOIN contact ON contact.id = conversation.contact"
		" WHERE event.status = 0 AND erased_ms IS NOT NULL"};
	return ask_number(sim, &sql) > 0;
}

void
check_end(struct sim *sim)
{
	static const struct db_sql unfinished = {
		"SELECT count(*) FROM event WHERE status = 0"};
	static const struct db_sql sending = {
		"SELECT count(*) FROM effect WHERE status = 'sending'"};
	static const struct db_sql decisions = {
		"SELECT count(*) FROM event WHERE kind = 9"};
	static const struct db_sql approvals = {
		"SELECT count(*) FROM approval WHERE status <> 'pending'"};
	struct engine_stats stats;
	engine_get_stats(sim->engine, &stats);
	if (ask_number(sim, &unfinished))
		sim_fail(sim, "%lld turns were never finished",
			(long long)ask_number(sim, &unfinished));
	if (ask_number(sim, &sending))
		sim_fail(sim, "%lld effects are still being sent",
			(long long)ask_number(sim, &sending));
	if (ask_number(sim, &decisions) != ask_number(sim, &approvals))
		sim_fail(sim, "%lld decisions for %lld decided approvals",
			(long long)ask_number(sim, &decisions),
			(long long)ask_number(sim, &approvals));
	if (stats.running || !list_empty(&sim->engine->runs))
		sim_fail(sim, "%lld turns run on", (long long)stats.running);
	if (!list_empty(&sim->attempts) || !list_empty(&sim->ops))
		sim_fail(sim, "somebody waits for an answer that will not come");
	if (!list_empty(&sim->erasures))
		sim_fail(sim, "somebody is being erased and nothing happens");
	if (!sim->failure[0])
		check_secrets(sim);
	if (!sim->failure[0])
		check_messages(sim);
	if (!sim->failure[0])
		check_replay(sim);
}
