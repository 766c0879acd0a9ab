/*
 * What a live turn writes, and when. Each change of a session is one transaction; while it is on its way the session
 * is busy and nothing else changes it.
 */
#include "turn/session.h"

#include "base/limits.h"
#include "base/log.h"
#include "pack/pack.h"
#include "talk/approval.h"
#include "talk/erasure.h"
#include "turn/causes.h"
#include "turn/journal.h"

#define EVENTS_PER_CHANGE_MAX (TURN_MESSAGES_MAX + ACTIONS_PER_MESSAGE_MAX + 4)
#define RETRY_MS 500

/* ---- the parts of a change ---- */

void
change_start(struct session *s)
{
	require(!s->busy);
	db_tx_init(&s->tx);
	s->tx.owner = s;
	s->draft = s->row;
	s->draft.updated_ms = env_wall(s->engine->env).ms;
	s->events = arena_alloc(&s->tx.arena, EVENTS_PER_CHANGE_MAX * sizeof *s->events);
	s->event_count = 0;
	s->changing = s->also = NULL;
	s->putting = 0;
	s->op = NULL;
}

/* What is told when the change is durable. */
static struct event *
tell(struct session *s, const struct event *ev)
{
	require(s->event_count < EVENTS_PER_CHANGE_MAX);
	struct event *e = &s->events[s->event_count++];
	*e = *ev;
	if (ev->seq > s->draft.seq)
		s->draft.seq = ev->seq;
	return e;
}

static struct event *
note_event(struct session *s, struct event ev)
{
	event_add(s->engine->store, &s->tx, &ev, &s->contact.key);
	return tell(s, &ev);
}

void
change_turn(struct session *s, const struct turn_row *row, const struct event *first)
{
	turn_row_add(s->engine->store, &s->tx, row, first, &s->contact.key);
	tell(s, first);
}

struct event *
change_event(struct session *s, enum event_kind kind, int64_t turn, struct str body,
	struct wall at)
{
	return note_event(
		s, (struct event){s->row.id, s->draft.seq + 1, kind, turn, at, body});
}

static void
put_contact(struct session *s)
{
	struct wall now = {s->draft.updated_ms};
	if (s->erased)
		erasure_finish(&s->tx, s->erased, now);
	if (!s->contact_stored)
		contact_add(s->engine->store, &s->tx, &s->contact, now);
	for (int i = 0; i < s->new_count; i++)
		contact_add_address(s->engine->store, &s->tx, &s->contact,
			s->new_kinds[i], s->new_values[i], now);
	s->putting = s->new_count;
}

static struct str
inbound_body(struct arena *a, const struct live_run *lr, const struct live_message *m)
{
	const struct message body = {
		.text = m->m.text,
		.payload = m->m.payload,
		.client_id = m->client_id,
		.author = STR("visitor"),
		.author_name = lr->run.turn.caller.name,
	};
	return message_print(a, &body);
}

/* The turn as it is to stand, and those of its messages that are not durable: the first of a new turn begins it. */
static void
put_turn(struct session *s, struct live_run *lr, const struct turn_row *row)
{
	bool begins = !lr->stored;
	/* First, for they may fail: what fails before anything is written costs nobody else anything. */
	for (struct live_message *m = lr->messages; m; m = m->next) {
		if (m->accepted || !m->has_dedupe)
			continue;
		m->dedupe.event = row_key(s->row.id, m->m.seq);
		dedupe_add(&s->tx, &m->dedupe, m->m.received_at);
	}
	if (lr->stored)
		turn_row_update(s->engine->store, &s->tx, row, &s->contact.key);
	for (struct live_message *m = lr->messages; m; m = m->next) {
		if (m->accepted)
			continue;
		m->submitted = true;
		const struct event ev = {s->row.id, m->m.seq, EVENT_INBOUND, lr->number,
			m->m.received_at, inbound_body(&s->tx.arena, lr, m)};
		if (begins)
			change_turn(s, row, &ev);
		else
			note_event(s, ev);
		begins = false;
	}
	require(!begins);
}

void
change_conversation(struct session *s, bool whole)
{
	put_contact(s);
	if (s->row.version == 0)
		s->draft.version = 1;
	if (whole || s->row.version == 0)
		conversation_write(s->engine->store, &s->tx, &s->draft, s->row.version,
			&s->contact.key);
	else
		conversation_write_plain(s->engine->store, &s->tx, &s->draft,
			s->row.version, &s->contact.key);
}

static struct turn_row
row_of(struct live_run *lr, struct arena *a)
{
	struct turn_row row = {
		.conversation = lr->session->row.id,
		.number = lr->number,
		.status = TURN_UNFINISHED,
		.first_seq = lr->messages ? lr->messages->m.seq : 0,
		.last_seq = lr->messages ? lr->messages_last->m.seq : 0,
		.started = lr->began,
		.pack = lr->pack_id,
		.journal = journal_print(a, &lr->run, lr->from_version),
	};
	return row;
}

static void
put_unfinished_turn(struct session *s, struct live_run *lr)
{
	struct turn_row row = row_of(lr, &s->tx.arena);
	put_turn(s, lr, &row);
}

static void
change_refused(struct env_timer *timer)
{
	struct session *s = timer->owner;
	void (*done)(struct db_tx * tx, enum err result) = s->on_done;
	s->on_done = NULL;
	done(&s->tx, s->refused);
}

/* As if the commit had ended so, on a later turn of the loop. */
static void
end_change_later(struct session *s, enum err result,
	void (*done)(struct db_tx *tx, enum err result), int64_t ms)
{
	s->refused = result;
	s->refusal = (struct env_timer){.fire = change_refused, .owner = s};
	s->on_done = done;
	env_timer_start(s->engine->env, &s->refusal, ms);
}

void
change_submit(struct session *s, void (*done)(struct db_tx *tx, enum err result))
{
	struct error e;
	s->busy = true;
	enum err r = db_submit(s->engine->store->db, &s->tx, done, &e);
	/* The queue is full, which is no fault of whoever wrote this, or the store closes. */
	if (r != OK)
		end_change_later(s, ERR_UNAVAILABLE, done, 0);
}

void
change_done(struct session *s)
{
	struct engine *engine = s->engine;
	s->busy = false;
	session_apply(s);
	if (engine->config.on_event)
		for (size_t i = 0; i < s->event_count; i++)
			engine->config.on_event(
				engine->config.owner, s->row.id, &s->events[i]);
	db_tx_fini(&s->tx);
}

void
change_failed(struct session *s)
{
	s->busy = false;
	db_tx_fini(&s->tx);
}

/* ---- acceptance ---- */

static void
mark_accepted(struct live_run *lr, bool ok)
{
	for (struct live_message *m = lr->messages; m; m = m->next) {
		if (m->submitted && ok)
			m->accepted = true;
		m->submitted = false;
	}
	if (!ok)
		return;
	lr->stored = true;
	/* Being stored for the first time is no change that a turn must look at again. */
	if (lr->from_version == 0)
		lr->from_version = 1;
}

/* Tells the waiters whose messages are durable now. */
static void
tell_accepted(struct live_run *lr)
{
	list_each_safe(l, &lr->waiters) {
		struct inbound *in = list_entry(l, struct inbound, link);
		if (in->told || !in->message || !in->message->accepted)
			continue;
		in->told = true;
		in->conversation = lr->session->row.id;
		in->seq = in->message->m.seq;
		in->turn = lr->number;
		if (in->accepted)
			in->accepted(in);
	}
}

static void
retry(struct env_timer *timer)
{
	struct live_run *lr = timer->owner;
	lr->phase = lr->retry;
	session_advance(lr->session);
}

/* A promise was made: try again until the store takes it. */
static void
try_later(struct live_run *lr, enum phase phase)
{
	lr->phase = PHASE_RETRY;
	lr->retry = phase;
	lr->timer = (struct env_timer){.fire = retry, .owner = lr};
	env_timer_start(lr->engine->env, &lr->timer, RETRY_MS);
}

static bool
new_effect(const struct held *h)
{
	return h->question.kind == QUESTION_EFFECT && h->state == HELD_NEW &&
		!h->in_ledger;
}

/* Whether the ledger holds what the change wrote there: calls about to be made, answers that came. */
static enum err
find_in_ledger(struct session *s, struct arena *a, const struct live_run *lr, bool *there,
	struct error *e)
{
	struct items rows;
	enum err r = effect_list(s->engine->store, a, row_key(s->row.id, lr->number),
		&s->contact.key, &rows, e);
	for (const struct held *h = lr->run.questions; r == OK && h; h = h->next) {
		bool written = h->arrived || (new_effect(h) && h->idempotency_key.n);
		bool found = false;
		items_each(const struct effect, f, rows)
			if (str_eq(f->key, h->key) && str_eq(f->actor, str_of(h->actor)))
				found = !h->arrived ||
					!str_eq(f->status, STR(EFFECT_SENDING));
		*there = *there && (!written || found);
	}
	return r;
}

static enum err
find_change(struct session *s, struct arena *a, bool *there, struct error *e)
{
	struct conversation now;
	enum err r = conversation_load(
		s->engine->store, a, s->row.id, &s->contact.key, &now, e);
	*there = r == OK && now.version == s->draft.version && now.seq == s->draft.seq;
	if (r == ERR_NOT_FOUND)
		return OK;
	if (r == OK && *there && s->changing)
		r = find_in_ledger(s, a, s->changing, there, e);
	return r;
}

bool
change_settle(struct session *s, enum err *result,
	void (*done)(struct db_tx *tx, enum err result))
{
	struct arena a;
	struct error e = {0};
	bool there = false;
	if (*result != ERR_UNCERTAIN)
		return true;
	arena_init(&a, 0);
	enum err r = find_change(s, &a, &there, &e);
	arena_fini(&a);
	log_warn("an uncertain commit was looked up", "conversation:i", s->row.id,
		"found",
		r != OK         ? err_name(r)
			: there ? "kept"
				: "lost",
		NULL);
	if (r != OK) {
		end_change_later(s, ERR_UNCERTAIN, done, RETRY_MS);
		return false;
	}
	*result = there ? OK : ERR_UNAVAILABLE;
	return true;
}

static void
end_unstored(
	struct session *s, struct live_run *lr, enum err result, const struct error *e)
{
	if (s->running == lr)
		s->running = NULL;
	else
		session_next_is_gone(s);
	live_finish(lr, result, e);
	if (s->row.version == 0 && !s->running && !s->next && list_empty(&s->ops))
		session_drop(s);
	else
		session_advance(s);
}

/* What was asked for messages that are gone, and never left, was not asked: its keys are free. */
static void
forget_new_questions(struct turn_run *run)
{
	struct held **at = &run->questions;
	run->questions_last = NULL;
	while (*at) {
		if ((*at)->state == HELD_NEW && !(*at)->in_ledger) {
			*at = (*at)->next;
			run->question_count--;
		} else {
			run->questions_last = *at;
			at = &(*at)->next;
		}
	}
}

/* Messages that were received before have left the turn. */
static void
go_on_without(struct session *s, struct live_run *lr, enum phase phase)
{
	if (!lr->messages) {
		end_unstored(s, lr, ERR_CONFLICT, NULL);
		return;
	}
	if (phase != PHASE_COLLECTING) {
		forget_new_questions(&lr->run);
		live_restart(lr);
	}
	session_advance(s);
}

/* Ends a turn none of whose messages is durable; what is durable is tried again. */
static void
not_stored(struct session *s, struct live_run *lr, enum err result, enum phase phase)
{
	struct error e = s->tx.error;
	change_failed(s);
	mark_accepted(lr, false);
	if (result == ERR_CONFLICT && engine_drop_repeated(lr) > 0) {
		go_on_without(s, lr, phase);
		return;
	}
	if (result == ERR_CONFLICT)
		lr->engine->stats.conflicts++;
	if (lr->stored || lr->human) {
		try_later(lr, phase);
		session_advance(s);
		return;
	}
	if (result == ERR_CONFLICT)
		result = err_set(&e, ERR_UNAVAILABLE,
			"another message of the same person came in at the same moment");
	end_unstored(s, lr, result, &e);
}

static void
acceptance_done(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct live_run *lr = s->changing;
	if (!change_settle(s, &result, acceptance_done))
		return;
	if (result != OK) {
		not_stored(s, lr, result, PHASE_COLLECTING);
		return;
	}
	mark_accepted(lr, true);
	tell_accepted(lr);
	change_done(s);
	session_advance(s);
}

void
commit_acceptance(struct session *s, struct live_run *lr)
{
	struct turn *t = &lr->run.turn;
	change_start(s);
	s->changing = lr;
	live_number_messages(lr);
	if (!lr->begun) {
		lr->began = env_wall(s->engine->env);
		t->now = lr->began;
		env_random(s->engine->env, &lr->run.seed, sizeof lr->run.seed);
		lr->begun = true;
	}
	lr->run.state = arena_str(&lr->run.kept, s->row.state);
	lr->from_version = s->row.version;
	put_unfinished_turn(s, lr);
	change_conversation(s, false);
	change_submit(s, acceptance_done);
}

/* ---- before questions leave ---- */

static struct str
request_text(struct arena *a, const struct question *q)
{
	return arena_printf(a, "%.*s %.*s\n%.*s", STR_ARG(q->method), STR_ARG(q->url),
		STR_ARG(q->body));
}

static void
put_effect(struct session *s, struct live_run *lr, struct held *h)
{
	struct wall now = {s->draft.updated_ms};
	h->idempotency_key = arena_printf(&lr->run.kept, "%.*s/%s/%.*s",
		STR_ARG(lr->run.turn.id), h->actor, STR_ARG(h->key));
	const struct effect f = {
		.tenant = s->row.tenant,
		.turn = row_key(s->row.id, lr->number),
		.actor = str_of(h->actor),
		.key = h->key,
		.action = h->question.action,
		.status = STR(EFFECT_SENDING),
		.idempotency_key = h->idempotency_key,
		.fingerprint = {(const char *)h->fingerprint, sizeof h->fingerprint},
		.repeatable = h->question.idempotent,
		.request = request_text(&s->tx.arena, &h->question),
		.created = now,
		.updated = now,
	};
	effect_add(s->engine->store, &s->tx, &f, &s->contact.key);
	s->engine->stats.effects++;
}

static void
questions_done(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct live_run *lr = s->changing;
	if (!change_settle(s, &result, questions_done))
		return;
	if (result != OK) {
		not_stored(s, lr, result, PHASE_TO_ASK);
		return;
	}
	for (struct held *h = lr->run.questions; h; h = h->next)
		if (new_effect(h))
			h->in_ledger = true;
	mark_accepted(lr, true);
	tell_accepted(lr);
	change_done(s);
	live_ask_world(lr);
	session_advance(s);
}

/* What was written while a commit was tried again may have taken the numbers meant for the turn's messages. */
static bool
numbers_stand(const struct session *s, const struct live_run *lr)
{
	const struct live_message *m = live_unaccepted(lr);
	return !m || m->m.seq == s->row.seq + 1;
}

void
commit_questions(struct session *s, struct live_run *lr)
{
	bool effects = false;
	for (const struct held *h = lr->run.questions; h; h = h->next)
		effects = effects || new_effect(h);
	if (lr->stored && !effects && !live_unaccepted(lr)) {
		live_ask_world(lr);
		return;
	}
	/* A person took over meanwhile: run again, the effects will be withheld. So it does when numbers were taken. */
	if ((effects && s->row.version != lr->from_version) || !numbers_stand(s, lr)) {
		live_restart(lr);
		session_advance(s);
		return;
	}
	lr->phase = PHASE_COMMITTING;
	change_start(s);
	s->changing = lr;
	put_unfinished_turn(s, lr);
	for (struct held *h = lr->run.questions; h; h = h->next)
		if (new_effect(h))
			put_effect(s, lr, h);
	change_conversation(
		s, false); /* its condition is the version: nobody took over */
	change_submit(s, questions_done);
}

/* ---- answers of effects ---- */

static void
answers_done(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct live_run *lr = s->changing;
	if (!change_settle(s, &result, answers_done))
		return;
	if (result != OK) {
		for (struct held *h = lr->run.questions; h; h = h->next)
			if (h->arrived)
				h->state = HELD_ASKED;
		not_stored(s, lr, result, PHASE_TO_RECORD);
		return;
	}
	for (struct held *h = lr->run.questions; h; h = h->next)
		h->arrived = false;
	change_done(s);
	answer_cache_forget(&s->engine->cache, CACHE_PREFIX(s->row.contact));
	live_walk(lr);
	session_advance(s);
}

static struct str
ledger_status(enum answer_status status)
{
	switch (status) {
	case ANSWER_OK:
		return STR(EFFECT_SENT);
	case ANSWER_REFUSED:
	case ANSWER_FAILED:
	case ANSWER_TIMED_OUT:
	case ANSWER_WITHHELD:
		return STR(EFFECT_FAILED);
	case ANSWER_UNCERTAIN:
		return STR(EFFECT_UNCERTAIN);
	}
	return STR(EFFECT_UNCERTAIN);
}

void
commit_answers(struct session *s, struct live_run *lr)
{
	lr->phase = PHASE_COMMITTING;
	change_start(s);
	s->changing = lr;
	for (struct held *h = lr->run.questions; h; h = h->next) {
		if (!h->arrived)
			continue;
		h->state = HELD_KNOWN; /* so that the journal written here holds it */
		const struct effect f = {
			.turn = row_key(s->row.id, lr->number),
			.actor = str_of(h->actor),
			.key = h->key,
			.status = ledger_status(h->answer.status),
			.answer = h->answer_text.n ? h->answer_text : STR("null"),
			.updated = {s->draft.updated_ms},
		};
		effect_update(s->engine->store, &s->tx, &f, &s->contact.key);
	}
	put_unfinished_turn(s, lr);
	change_submit(s, answers_done);
}

/* ---- the outcome ---- */

static struct items
buttons(struct arena *a, const struct items *replies)
{
	struct message_button *list = ARENA_ARRAY(a, struct message_button, replies->n);
	size_t n = 0;
	items_each(const struct quick_reply, q, *replies)
		list[n++] = (struct message_button){q->title, q->payload};
	return (struct items){list, n};
}

static void
put_reply(struct session *s, struct live_run *lr, struct wall at)
{
	const struct aggregation_part *reply = &lr->run.turn.doc.aggregation;
	if (reply->text.n == 0)
		return;
	const struct message m = {
		.text = reply->text,
		.quick_replies = buttons(&s->tx.arena, &reply->quick_replies),
		.author = STR("bot"),
		.author_name = pack_about(lr->pack)->company,
	};
	/* A person has it by now: what the bot would have said is a note to that person. */
	enum event_kind kind = session_human_owns(s) ? EVENT_NOTE : EVENT_OUTBOUND;
	change_event(s, kind, lr->number, message_print(&s->tx.arena, &m), at);
}

static void
put_proposals(struct session *s, struct live_run *lr, struct wall at)
{
	struct arena *a = &s->tx.arena;
	int64_t row = row_key(s->row.id, lr->number);
	int64_t k = 0;
	for (const struct proposal *p = lr->run.proposals; p; p = p->next, k++) {
		struct json *o = json_new_object(a);
		json_set(o, STR("action"), json_copy(a, p->frozen));
		json_set(o, STR("reason"), json_new_str(a, p->reason));
		const struct approval ap = {
			.id = row << 3 | k,
			.tenant = s->row.tenant,
			.turn = row,
			.action = p->action,
			.frozen = json_print(a, o),
			.created = at,
		};
		approval_add(s->engine->store, &s->tx, &ap, &s->contact.key);
		struct json *told = json_new_object(a);
		json_set(told, STR("approval"), json_new_str(a, p->id));
		json_set(told, STR("action"), json_new_str(a, p->action));
		json_set(told, STR("reason"), json_new_str(a, p->reason));
		change_event(s, EVENT_APPROVAL, lr->number, json_print(a, told), at);
	}
}

void
change_handoff(
	struct session *s, int64_t turn, const struct escalation_part *e, struct wall at)
{
	struct arena *a = &s->tx.arena;
	s->draft.status = STR(CONVERSATION_WAITING);
	s->draft.waiting_ms = at.ms;
	s->draft.reference = arena_str(a, e->reference);
	struct json *told = json_new_object(a);
	json_set(told, STR("to"), json_new_str(a, STR("human")));
	json_set(told, STR("reason"), json_new_str(a, e->reason));
	json_set(told, STR("queue_position"), json_new_int(a, e->queue_position));
	json_set(told, STR("estimated_wait"), json_new_str(a, e->estimated_wait));
	json_set(told, STR("reference"), json_new_str(a, e->reference));
	change_event(s, EVENT_HANDOFF, turn, json_print(a, told), at);
	s->engine->stats.handoffs++;
}

static bool
put_handoff(struct session *s, struct live_run *lr, struct wall at)
{
	const struct escalation_part *e = &lr->run.turn.doc.escalation;
	if (!e->handoff || session_human_owns(s))
		return false;
	change_handoff(s, lr->number, e, at);
	return true;
}

/* The error route failed too: say so and bring a person; never silence. What is said lives as long as the change: one
 * that is tried again says it anew. */
static void
put_breakdown(struct session *s, struct live_run *lr)
{
	struct turn *t = &lr->run.turn;
	struct str first = lr->messages ? lr->messages->m.id : t->id;
	t->doc.aggregation = (struct aggregation_part){0};
	t->doc.escalation = (struct escalation_part){
		.handoff = true,
		.reason = lr->run.failure,
		.reference = str_sub(first, 2, 10),
	};
	t->doc.aggregation.text = arena_printf(&s->tx.arena,
		"I am sorry, something went wrong on our side. A person will look at your message. Reference "
		"ID: %.*s",
		STR_ARG(t->doc.escalation.reference));
	log_error("a turn could not be completed", "turn:s", t->id, "why:s",
		lr->run.failure, NULL);
}

static void
outcome_done(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct live_run *lr = s->changing;
	struct engine *engine = s->engine;
	if (!change_settle(s, &result, outcome_done))
		return;
	if (result != OK) {
		not_stored(s, lr, result, PHASE_TO_FINISH);
		return;
	}
	mark_accepted(lr, true);
	live_answers_journaled(lr);
	session_apply(s);
	s->running = NULL;
	tell_accepted(lr);
	if (lr->typing && engine->config.on_typing)
		engine->config.on_typing(engine->config.owner, s->row.id, false);
	if (engine->config.on_event)
		for (size_t i = 0; i < s->event_count; i++)
			engine->config.on_event(
				engine->config.owner, s->row.id, &s->events[i]);
	engine->stats.turns++;
	engine->stats.failed_turns += lr->broken;
	lr->outcome = (struct items){s->events, s->event_count};
	live_finish(lr, OK, NULL);
	db_tx_fini(&s->tx);
	s->busy = false;
	session_advance(s);
}

/* True when the conversation moved on since the turn began, and the turn must run again. */
static bool
moved(struct session *s, struct live_run *lr)
{
	if (s->row.version == lr->from_version || lr->broken)
		return false;
	for (const struct held *h = lr->run.questions; h; h = h->next)
		if (h->question.kind == QUESTION_EFFECT && h->in_ledger &&
			session_human_owns(s))
			return false; /* what was done stays done: the reply becomes a note */
	lr->engine->stats.conflicts++;
	if (++lr->conflicts <= TURN_CONFLICTS_MAX)
		return true;
	lr->broken = true;
	lr->run.failure = STR("the conversation changed too often meanwhile");
	return false;
}

static bool
was_answered(const struct live_run *lr, const struct effect *f)
{
	for (const struct held *h = lr->run.questions; h; h = h->next)
		if (str_eq(f->key, h->key) && str_eq(f->actor, str_of(h->actor)))
			return h->state == HELD_KNOWN &&
				h->answer.status != ANSWER_WITHHELD;
	return false;
}

/* A call that a crash cut short and that the turn did not come to again: nobody knows, a person sees it. */
static void
put_doubts(struct session *s, struct live_run *lr)
{
	items_each(const struct effect, f, lr->ledger) {
		if (!str_eq(f->status, STR(EFFECT_SENDING)) || was_answered(lr, f))
			continue;
		const struct effect doubt = {
			.turn = f->turn,
			.actor = f->actor,
			.key = f->key,
			.status = STR(EFFECT_UNCERTAIN),
			.answer = STR("null"),
			.updated = {s->draft.updated_ms},
		};
		effect_update(s->engine->store, &s->tx, &doubt, &s->contact.key);
		s->engine->stats.uncertain++;
	}
}

/* The bot was silent and said nothing to remember, but the customer has moved to another page. */
static bool
only_the_page_moved(const struct live_run *lr)
{
	const struct turn *t = &lr->run.turn;
	return t->human_owns && !t->verdict && t->caller.page.n;
}

void
commit_outcome(struct session *s, struct live_run *lr)
{
	if (lr->rested || moved(s, lr) || (!lr->broken && !numbers_stand(s, lr))) {
		live_restart(lr);
		session_advance(s);
		return;
	}
	if (lr->broken)
		live_number_messages(lr);
	lr->phase = PHASE_COMMITTING;
	change_start(s);
	s->changing = lr;
	if (lr->broken)
		put_breakdown(s, lr);
	struct wall now = {s->draft.updated_ms};
	struct turn_row row = row_of(lr, &s->tx.arena);
	row.status = lr->broken ? TURN_FAILED : TURN_DONE;
	row.ended = now;
	row.causes = causes_print(&s->tx.arena, &lr->run);
	put_turn(s, lr, &row);
	put_doubts(s, lr);
	put_reply(s, lr, now);
	put_proposals(s, lr, now);
	bool handed = put_handoff(s, lr, now);
	if (!session_human_owns(s) || only_the_page_moved(lr))
		s->draft.state = dialogue_write(&s->tx.arena, &lr->run.turn.dialogue);
	s->draft.version = s->row.version + 1;
	change_conversation(s, handed);
	change_submit(s, outcome_done);
	live_rest(lr);
}
