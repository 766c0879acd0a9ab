#include "turn/engine.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "pack/pack.h"
#include "talk/turn_row.h"
#include "turn/pause.h"
#include "turn/session.h"

/* ---- life ---- */

enum err
engine_new(const struct engine_config *config, struct engine **out, struct error *e)
{
	(void)e;
	struct engine *engine = mem_zalloc(sizeof *engine);
	engine->config = *config;
	if (!engine->config.turns_max)
		engine->config.turns_max = TURNS_WAITING_MAX;
	if (!engine->config.sessions_max)
		engine->config.sessions_max = SESSIONS_MAX;
	engine->env = config->env;
	engine->store = config->store;
	map_init(&engine->by_address);
	map_init(&engine->by_number);
	map_init(&engine->in_flight);
	list_init(&engine->used);
	list_init(&engine->runs);
	list_init(&engine->abandoned);
	answer_cache_init(&engine->cache);
	live_mode(engine);
	*out = engine;
	return OK;
}

static void
free_packs(struct engine *engine)
{
	pack_unref(&engine->pack);
	for (struct loaded_pack *p = engine->packs, *next; p; p = next) {
		next = p->next;
		pack_unref(&p->pack);
		free(p);
	}
}

/* Nobody may wait for an engine that is gone. */
static void
tell_end(struct live_run *lr)
{
	struct list *l;
	while ((l = list_pop(&lr->waiters))) {
		struct inbound *in = list_entry(l, struct inbound, link);
		in->run = NULL;
		env_timer_stop(lr->engine->env, &in->later);
		in->result = err_set(&in->error, ERR_UNCERTAIN,
			"the server stops; ask again with the same key");
		in->done(in);
	}
}

void
engine_free(struct engine **e)
{
	struct engine *engine = *e;
	if (!engine)
		return;
	engine->drained = NULL; /* nobody waits for it any more */
	list_each_safe(l, &engine->runs) {
		struct live_run *lr = list_entry(l, struct live_run, link);
		tell_end(lr);
		if (lr->session && lr->session->running == lr)
			lr->session->running = NULL;
		if (lr->session && lr->session->next == lr)
			lr->session->next = NULL;
		if (lr->session && lr->session->verdict == lr)
			lr->session->verdict = NULL;
		lr->calls = 0;
		live_release(lr);
	}
	list_each_safe(l, &engine->used) {
		struct session *s = list_entry(l, struct session, used);
		if (s->on_done) /* a change that nobody else knows of */
			db_tx_fini(&s->tx);
		s->busy = false;
		list_init(&s->ops);
		session_drop(s);
	}
	for (struct live_run *lr = engine->spare, *next; lr; lr = next) {
		next = lr->run.owner;
		run_fini(&lr->run);
		free(lr);
	}
	turn_abandoned_free(engine);
	answer_cache_fini(&engine->cache);
	map_fini(&engine->by_address);
	map_fini(&engine->by_number);
	map_fini(&engine->in_flight);
	free_packs(engine);
	free(engine);
	*e = NULL;
}

/* ---- packs ---- */

static void
pack_changed(struct db_tx *tx, enum err result)
{
	struct engine_pack_change *c = tx->owner;
	struct engine *engine = c->engine;
	c->error = tx->error;
	db_tx_fini(tx);
	if (result == OK) {
		pack_unref(&engine->pack);
		engine->pack = c->pack;
		engine->pack_id = c->id;
	} else {
		pack_unref(&c->pack);
	}
	if (c->done)
		c->done(c, result);
}

void
engine_set_pack(
	struct engine *engine, const struct pack *pack, struct engine_pack_change *c)
{
	struct store *s = engine->store;
	c->engine = engine;
	c->pack = pack_ref(pack);
	db_tx_init(&c->tx);
	c->tx.owner = c;
	enum err r = pack_version_find(s, pack_hash(pack), &c->id, &c->error);
	if (r == ERR_NOT_FOUND) {
		const struct pack_about *about = pack_about(pack);
		r = pack_version_next(s, &c->id, &c->error);
		if (r == OK)
			pack_version_add(&c->tx, c->id, pack_hash(pack), about->name,
				about->version, pack_bundle(pack), env_wall(engine->env));
	}
	if (r == OK)
		r = db_submit(s->db, &c->tx, pack_changed, &c->error);
	if (r != OK)
		pack_changed(&c->tx, r);
}

const struct pack *
engine_pack(const struct engine *engine)
{
	return engine->pack;
}

/* ---- waiters ---- */

static void
add_waiter(struct live_run *lr, struct inbound *in, struct live_message *m)
{
	in->run = lr;
	in->message = m;
	list_append(&lr->waiters, &in->link);
}

void
engine_forget(struct inbound *in)
{
	if (in->run)
		list_remove(&in->link);
	if (in->engine)
		env_timer_stop(in->engine->env, &in->later);
	if (in->arena.head)
		arena_fini(&in->arena);
	in->run = NULL;
}

static struct items
replies_of(struct arena *a, const struct items *events)
{
	struct event *list = ARENA_ARRAY(a, struct event, events->n);
	size_t n = 0;
	items_each(const struct event, ev, *events)
		if (ev->kind == EVENT_OUTBOUND)
			list[n++] = *ev;
	return (struct items){list, n};
}

/* A client that was too impatient asks again soon: for its key the store is worth asking before a turn is run. */
static uint64_t *
recent_of(struct engine *engine, const struct lookup *key, uint64_t *part)
{
	memcpy(part, key->bytes, sizeof *part);
	return &engine->recent[*part % DEDUPE_RECENT];
}

static void
remember_recent(struct engine *engine, const struct lookup *key)
{
	uint64_t part;
	uint64_t *recent = recent_of(engine, key, &part);
	*recent = part;
}

static void
forget_in_flight(struct live_run *lr)
{
	for (const struct live_message *m = lr->messages; m; m = m->next) {
		if (!m->has_dedupe)
			continue;
		map_remove(&lr->engine->in_flight, LOOKUP_STR(m->dedupe.key));
		remember_recent(lr->engine, &m->dedupe.key);
	}
}

void
live_finish(struct live_run *lr, enum err result, const struct error *error)
{
	struct engine *engine = lr->engine;
	forget_in_flight(lr);
	if (lr->begun && lr->began_at.ns)
		engine->stats.running--;
	struct list *l;
	while ((l = list_pop(&lr->waiters))) {
		struct inbound *in = list_entry(l, struct inbound, link);
		in->run = NULL;
		in->result = result;
		env_timer_stop(engine->env, &in->later);
		if (error)
			in->error = *error;
		if (result == OK) {
			in->replies = replies_of(&lr->run.kept, &lr->outcome);
			in->escalated = lr->run.turn.doc.escalation.handoff;
			in->last = in->document && lr->rested ? NULL : &lr->run.turn;
		}
		in->done(in);
	}
	live_release(lr);
}

void
engine_tell_drained(struct engine *engine)
{
	if (!engine->draining || !list_empty(&engine->runs) || !engine->drained)
		return;
	void (*drained)(void *) = engine->drained;
	engine->drained = NULL;
	drained(engine->drained_owner);
}

/* ---- receiving ---- */

static enum err
check_text(const struct inbound *in, struct error *e)
{
	if (in->text.n == 0 && in->payload.n == 0)
		return err_set(e, ERR_INVALID, "text: must not be empty");
	if (!utf8_valid(in->text) || !utf8_valid(in->payload))
		return err_set(e, ERR_INVALID, "text: must be valid UTF-8");
	if (in->text.n > MESSAGE_TEXT_BYTES_MAX ||
		utf8_count(in->text) > MESSAGE_TEXT_MAX)
		return err_set(e, ERR_INVALID, "text: longer than %d characters",
			MESSAGE_TEXT_MAX);
	if (in->caller.id.n == 0)
		return err_set(e, ERR_INVALID, "from.id: must not be empty");
	return OK;
}

static enum err
check_room(const struct engine *engine, struct error *e)
{
	if (!engine->pack)
		return err_set(e, ERR_UNAVAILABLE, "the server is starting");
	if (engine->draining)
		return err_set(e, ERR_UNAVAILABLE, "the server is shutting down");
	if (engine->store->paused)
		return err_set(e, ERR_UNAVAILABLE, "this is a restored copy and paused");
	if (!db_writable(engine->store->db))
		return err_set(
			e, ERR_UNAVAILABLE, "the store takes no messages at the moment");
	if (engine->run_count >= engine->config.turns_max)
		return err_set(e, ERR_UNAVAILABLE,
			"the server is busy: %zu turns are waiting already",
			engine->config.turns_max);
	return OK;
}

/* Whether the turn of the message goes on. Its record is forgotten only when it is over. */
static enum err
check_over(struct inbound *in, const struct session *s, struct error *e)
{
	struct turn_row row;
	enum err r = turn_row_load(in->engine->store, &in->arena, in->conversation,
		in->turn, &s->contact.key, &row, e);
	if (r == ERR_NOT_FOUND)
		return OK;
	return r == OK && row.status == TURN_UNFINISHED ? ERR_CONFLICT : r;
}

/* The replies of a turn that is over, from the store; what retention has forgotten of it
 * is not among them. */
static enum err
load_replies(struct inbound *in, struct error *e)
{
	struct session *s;
	struct event first;
	struct items events;
	struct arena *a = &in->arena;
	struct store *store = in->engine->store;
	enum err r = session_of_number(in->engine, in->conversation, &s, e);
	if (r != OK)
		return r;
	r = event_load(store, a, in->conversation, in->seq, &s->contact.key, &first, e);
	if (r != OK)
		return r == ERR_NOT_FOUND ? OK : r;
	in->turn = first.turn;
	r = check_over(in, s, e);
	if (r == OK)
		r = event_list(store, a, in->conversation, in->seq, PAGE_MAX,
			&s->contact.key, &events, e);
	if (r != OK)
		return r;
	struct event *list = events.p;
	size_t n = 0;
	for (size_t i = 0; i < events.n; i++) {
		in->escalated = in->escalated ||
			(list[i].turn == first.turn && list[i].kind == EVENT_HANDOFF);
		if (list[i].turn == first.turn && list[i].kind == EVENT_OUTBOUND)
			list[n++] = list[i];
	}
	in->replies = (struct items){list, n};
	return OK;
}

static void
tell_repeated(struct env_timer *timer)
{
	struct inbound *in = timer->owner;
	if (!in->told && in->accepted && in->result == OK) {
		/* Who has heard enough with that forgets the inbound, and it is gone. */
		in->told = true;
		env_timer_start(in->engine->env, timer, 0);
		in->accepted(in);
		return;
	}
	in->told = true;
	struct arena a = in->arena;
	in->arena = (struct arena){0};
	in->done(in);
	arena_fini(&a);
}

static void
answer_later(struct inbound *in, enum err result)
{
	in->result = result;
	in->later = (struct env_timer){.fire = tell_repeated, .owner = in};
	env_timer_start(in->engine->env, &in->later, 0);
}

static void
tell_joined(struct env_timer *timer)
{
	struct inbound *in = timer->owner;
	if (in->told)
		return;
	in->told = true;
	if (in->accepted)
		in->accepted(in);
}

/* A repetition waits with the first one. When the message is on disk already nothing else
 * would tell it so. */
static void
join(struct live_run *lr, struct inbound *in, struct live_message *m)
{
	add_waiter(lr, in, m);
	if (!m->accepted)
		return;
	in->conversation = lr->session->row.id;
	in->seq = m->m.seq;
	in->turn = lr->number;
	in->later = (struct env_timer){.fire = tell_joined, .owner = in};
	env_timer_start(lr->engine->env, &in->later, 0);
}

/* A live run of the conversation that the message belongs to, while its turn is not over.
 */
static bool
join_live(struct inbound *in, struct live_run *lr)
{
	for (struct live_message *m = lr->messages; m; m = m->next)
		if (m->m.seq == in->seq) {
			join(lr, in, m);
			return true;
		}
	return false;
}

static void
repeat_stored(
	struct inbound *in, const struct dedupe *known, const struct lookup *fingerprint)
{
	struct session *s;
	in->repeated = true;
	in->conversation = row_conversation(known->event);
	in->seq = row_seq(known->event);
	in->turn = 0;
	if (memcmp(&known->fingerprint, fingerprint, sizeof *fingerprint) != 0) {
		in->mismatch = true;
		err_set(&in->error, ERR_INVALID, "this key was used for another request");
		answer_later(in, ERR_INVALID);
		return;
	}
	enum err r = session_of_number(in->engine, in->conversation, &s, &in->error);
	if (r == OK && s->running && join_live(in, s->running))
		return;
	if (r == OK && s->next && join_live(in, s->next))
		return;
	if (r == OK)
		r = load_replies(in, &in->error);
	answer_later(in, r == ERR_CONFLICT ? OK : r);
}

/*
 * True when the key belongs to a message that is under way, or was of late: the inbound then
 * waits for, or gets, what the first one gets. Whether others are stored is not asked here:
 * keys are unique, so the commit of a message that came before fails, and
 * engine_drop_repeated() finds the first one. Nothing leaves before that commit. To ask the
 * store first would cost every new message a query whose pages are read anew after each
 * commit.
 */
static bool
is_repeated(struct inbound *in, struct dedupe *d)
{
	struct engine *engine = in->engine;
	const struct str parts[] = {STR("dedupe/"), in->channel};
	struct str scope = arena_join(&in->arena, parts, 2);
	struct str print = {(const char *)in->fingerprint, sizeof in->fingerprint};
	struct lookup fingerprint =
		store_lookup(engine->store, in->tenant, STR("request"), print);
	d->fingerprint = fingerprint;
	d->key = store_lookup(engine->store, in->tenant, scope, in->dedupe);
	struct live_run *lr = map_get(&engine->in_flight, LOOKUP_STR(d->key));
	if (lr) {
		for (struct live_message *m = lr->messages; m; m = m->next) {
			if (!m->has_dedupe ||
				memcmp(&m->dedupe.key, &d->key, sizeof d->key) != 0)
				continue;
			in->repeated = true;
			if (memcmp(&m->dedupe.fingerprint, &fingerprint,
				    sizeof fingerprint) == 0) {
				join(lr, in, m);
				return true;
			}
			in->mismatch = true;
			err_set(&in->error, ERR_INVALID,
				"this key was used for another request");
			answer_later(in, ERR_INVALID);
			return true;
		}
	}
	uint64_t part;
	const uint64_t *recent = recent_of(engine, &d->key, &part);
	if (*recent != part || dedupe_find(engine->store, d, NULL) != OK) {
		d->fingerprint = fingerprint;
		return false;
	}
	engine->stats.repeated++;
	repeat_stored(in, d, &fingerprint);
	return true;
}

/* Who sent the message leaves its turn and gets what was told the first time. */
static void
give_first(struct live_run *lr, const struct live_message *m, const struct dedupe *known)
{
	list_each_safe(l, &lr->waiters) {
		struct inbound *in = list_entry(l, struct inbound, link);
		if (in->message != m)
			continue;
		list_remove(&in->link);
		in->run = NULL;
		in->message = NULL;
		lr->engine->stats.repeated++;
		arena_init(&in->arena, 0);
		repeat_stored(in, known, &m->dedupe.fingerprint);
		if (in->run)
			arena_fini(&in->arena);
	}
}

int
engine_drop_repeated(struct live_run *lr)
{
	struct engine *engine = lr->engine;
	struct live_message **at = &lr->messages;
	int dropped = 0;
	lr->messages_last = NULL;
	while (*at) {
		struct live_message *m = *at;
		struct dedupe known = m->dedupe;
		if (m->accepted || !m->has_dedupe ||
			dedupe_find(engine->store, &known, NULL) != OK) {
			lr->messages_last = m;
			at = &m->next;
			continue;
		}
		*at = m->next;
		lr->message_count--;
		engine->stats.messages--;
		dropped++;
		map_remove(&engine->in_flight, LOOKUP_STR(m->dedupe.key));
		remember_recent(engine, &m->dedupe.key);
		give_first(lr, m, &known);
	}
	return dropped;
}

static void
pause_over(struct env_timer *timer)
{
	struct session *s = timer->owner;
	s->pausing = false;
	if (s->next)
		s->next->at_once = true;
	session_advance(s);
}

/* The turn that the message becomes part of: the last in the line when the same caller wrote it. After a restart
 * decisions may stand in the line too, and nobody's words belong to them. */
static struct live_run *
joinable(struct session *s, const struct inbound *in)
{
	struct live_run *last = list_empty(&s->later)
		? s->next
		: list_entry(s->later.prev, struct live_run, line);
	if (last && !last->human && live_is_same_caller(last, &in->caller))
		return last;
	struct live_run *lr = live_new(s);
	if (s->next)
		list_append(&s->later, &lr->line);
	else
		s->next = lr;
	return lr;
}

static int
count_waiting(const struct session *s)
{
	int n = s->next ? s->next->message_count : 0;
	for (const struct list *l = s->later.next; l != &s->later; l = l->next)
		n += list_entry(l, struct live_run, line)->message_count;
	return n;
}

static void
add_message(struct session *s, struct inbound *in, const struct dedupe *d)
{
	struct engine *engine = s->engine;
	struct live_run *lr = joinable(s, in);
	struct live_message *m = live_add_message(lr, in);
	if (in->dedupe.n) {
		m->has_dedupe = true;
		m->dedupe = *d;
		map_put(&engine->in_flight, LOOKUP_STR(m->dedupe.key), lr);
	}
	add_waiter(lr, in, m);
	engine->stats.messages++;
	int64_t pause =
		in->pause && in->payload.n == 0 ? pause_ms(engine->pack, in->text) : 0;
	if (pause <= 0 || lr->message_count >= TURN_MESSAGES_MAX / 4) {
		lr->at_once = true;
		return;
	}
	/* What waits behind another turn has paused enough when its turn comes. */
	if (lr != s->next)
		lr->at_once = true;
	if (lr->at_once)
		return;
	s->pause = (struct env_timer){.fire = pause_over,
		.owner = s,
		.env = s->pause.env,
		.heap_at = s->pause.heap_at,
		.due_ns = s->pause.due_ns,
		.order = s->pause.order};
	s->pausing = true;
	env_timer_start(engine->env, &s->pause, pause);
}

enum err
engine_receive(struct engine *engine, struct inbound *in, struct error *e)
{
	struct session *s;
	struct dedupe d;
	in->engine = engine;
	in->run = NULL;
	in->message = NULL;
	in->told = in->repeated = in->mismatch = in->escalated = false;
	in->result = OK;
	in->replies = (struct items){NULL, 0};
	in->last = NULL;
	list_init(&in->link);
	enum err r = check_text(in, e);
	if (r == OK)
		r = check_room(engine, e);
	if (r != OK)
		return r;
	arena_init(&in->arena, 0);
	bool repeated = in->dedupe.n && is_repeated(in, &d);
	/* What is told from the store needs its memory until it is told; who waits for a
	 * live turn does not. */
	if (!repeated || in->run)
		arena_fini(&in->arena);
	if (repeated)
		return OK;
	session_trim(engine);
	r = session_of(engine, in, &s, e);
	if (r == OK && count_waiting(s) >= TURN_MESSAGES_MAX)
		r = err_set(e, ERR_LIMIT, "%d messages wait for the turn before",
			TURN_MESSAGES_MAX);
	if (r != OK)
		return r;
	add_message(s, in, &d);
	session_advance(s);
	return OK;
}

/* ---- going on ---- */

/* What the running turn needs next from the store or the world. */
static void
advance_running(struct session *s)
{
	struct live_run *lr = s->running;
	switch (lr->phase) {
	case PHASE_TO_ASK:
		commit_questions(s, lr);
		return;
	case PHASE_TO_RECORD:
		commit_answers(s, lr);
		return;
	case PHASE_TO_FINISH:
		commit_outcome(s, lr);
		return;
	case PHASE_COLLECTING:
	case PHASE_ASKING:
	case PHASE_COMMITTING:
	case PHASE_RETRY:
		return;
	}
}

static void
begin(struct session *s, struct live_run *lr)
{
	s->running = lr;
	live_begin(s->running);
	session_advance(s);
}

void
session_advance(struct session *s)
{
	if (s->busy)
		return;
	struct list *l = list_pop(&s->ops);
	if (l) {
		op_start(s, list_entry(l, struct engine_op, link));
		return;
	}
	if (s->running)
		advance_running(s);
	if (!s->busy && !s->running && s->verdict && s->verdict->at_once) {
		struct live_run *verdict = s->verdict;
		s->verdict = NULL;
		begin(s, verdict);
		return;
	}
	if (s->busy || !s->next || s->next->phase == PHASE_RETRY)
		return;
	if (!s->running && s->next->at_once) {
		env_timer_stop(s->engine->env, &s->pause);
		s->pausing = false;
		struct live_run *next = s->next;
		session_next_is_gone(s);
		begin(s, next);
		return;
	}
	/* Numbers are given in order: those of the running turn's messages first. */
	if (live_unaccepted(s->next) && !(s->running && live_unaccepted(s->running)))
		commit_acceptance(s, s->next);
}

void
engine_drain(struct engine *engine, void (*drained)(void *owner), void *owner)
{
	engine->draining = true;
	engine->drained = drained;
	engine->drained_owner = owner;
	list_each_safe(l, &engine->runs) {
		struct live_run *lr = list_entry(l, struct live_run, link);
		/* Pauses end now; what is accepted is answered before the end. */
		if (lr->phase == PHASE_COLLECTING && !lr->at_once) {
			lr->at_once = true;
			session_advance(lr->session);
		}
	}
	engine_tell_drained(engine);
}

void
engine_get_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = engine->stats;
	out->sessions = (int64_t)engine->session_count;
	out->cache_hits = engine->cache.hits;
	out->cache_misses = engine->cache.misses;
	for (const struct list *l = engine->runs.next; l != &engine->runs; l = l->next) {
		const struct live_run *lr = list_entry(l, struct live_run, link);
		out->waiting += lr->phase == PHASE_ASKING;
	}
}
