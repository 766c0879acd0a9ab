/* What people do to a conversation. Each is one transaction with one sequenced event. */
#include "turn/session.h"

#include "pack/pack.h"
#include "talk/approval.h"
#include "talk/turn_row.h"
#include "turn/journal.h"

static void
end(struct engine_op *op, enum err result)
{
	op->result = result;
	op->done(op);
}

static void
end_later(struct env_timer *timer)
{
	struct engine_op *op = timer->owner;
	op->done(op);
}

/* For a result that is known inside engine_do(). */
static void
refuse(struct engine_op *op, enum err result)
{
	op->result = result;
	op->later = (struct env_timer){.fire = end_later, .owner = op};
	env_timer_start(op->engine->env, &op->later, 0);
}

static struct str
person_text(struct arena *a, const struct engine_op *op)
{
	struct json *o = json_new_object(a);
	json_set(o, STR("id"), json_new_str(a, op->person_id));
	json_set(o, STR("name"), json_new_str(a, op->person_name));
	return json_print(a, o);
}

static void
op_done(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct engine_op *op = s->op;
	struct live_run *also = s->also;
	if (!change_settle(s, &result, op_done))
		return;
	op->error = tx->error;
	s->op = NULL;
	s->also = NULL;
	if (result == OK) {
		change_done(s);
		if (also) {
			also->stored = true;
			also->at_once = true;
		}
	} else {
		change_failed(s);
		if (also) {
			s->verdict = NULL;
			live_release(also);
		}
		if (result == ERR_CONFLICT)
			err_set(&op->error, ERR_CONFLICT, "somebody else was quicker");
	}
	bool closed = result == OK && str_eq(s->row.status, STR(CONVERSATION_CLOSED));
	if (closed)
		session_unaddress(s);
	if (closed && !s->running && !s->next && !s->verdict && list_empty(&s->ops))
		session_drop(s);
	else
		session_advance(s);
	end(op, result);
}

static void
take_over(struct session *s, const struct engine_op *op)
{
	s->draft.status = STR(CONVERSATION_HUMAN);
	s->draft.owner = person_text(&s->tx.arena, op);
	s->draft.version = s->row.version + 1;
}

static enum err
start_takeover(struct session *s, struct engine_op *op)
{
	take_over(s, op);
	op->seq = change_event(
		s, EVENT_TAKEOVER, 0, s->draft.owner, (struct wall){s->draft.updated_ms})
			  ->seq;
	return OK;
}

static enum err
start_handback(struct session *s, struct engine_op *op)
{
	if (!session_human_owns(s))
		return err_set(&op->error, ERR_CONFLICT,
			"the bot has this conversation already");
	s->draft.status = STR(CONVERSATION_OPEN);
	s->draft.owner = s->draft.reference = STR("");
	s->draft.waiting_ms = 0;
	s->draft.version = s->row.version + 1;
	op->seq = change_event(s, EVENT_HANDBACK, 0, person_text(&s->tx.arena, op),
		(struct wall){s->draft.updated_ms})
			  ->seq;
	return OK;
}

static enum err
start_message(struct session *s, struct engine_op *op)
{
	const struct message m = {
		.text = op->text,
		.author = STR("agent"),
		.author_id = op->person_id,
		.author_name = op->person_name,
	};
	if (!str_eq(s->row.status, STR(CONVERSATION_HUMAN)))
		take_over(s, op);
	s->draft.version = s->row.version + 1;
	op->seq = change_event(s, EVENT_OUTBOUND, 0, message_print(&s->tx.arena, &m),
		(struct wall){s->draft.updated_ms})
			  ->seq;
	return OK;
}

static enum err
start_close(struct session *s, struct engine_op *op)
{
	s->draft.status = STR(CONVERSATION_CLOSED);
	s->draft.waiting_ms = 0;
	s->draft.version = s->row.version + 1;
	op->seq = change_event(s, EVENT_CLOSED, 0, person_text(&s->tx.arena, op),
		(struct wall){s->draft.updated_ms})
			  ->seq;
	return OK;
}

/* The turn that carries the decision out: its row is committed with the decision. */
static void
begin_verdict(struct session *s, struct engine_op *op, const struct approval *ap)
{
	struct live_run *lr = live_new(s);
	struct arena *a = &lr->run.kept;
	struct turn_verdict *v = ARENA_NEW(a, struct turn_verdict);
	struct json *frozen = NULL;
	json_parse(a, arena_str(a, ap->frozen), &frozen, NULL);
	v->approval = id_print(s->engine->store, a, ID_APPROVAL, ap->id);
	v->approved = op->approved;
	v->by = arena_str(a, op->person_name.n ? op->person_name : op->person_id);
	v->note = arena_str(a, op->text);
	v->action = frozen ? json_get(frozen, STR("action")) : NULL;
	if (!v->action)
		v->action = json_new_null(a);
	lr->run.turn.verdict = v;
	lr->human = true;
	lr->begun = true;
	lr->began = env_wall(s->engine->env);
	env_random(s->engine->env, &lr->run.seed, sizeof lr->run.seed);
	lr->run.turn.now = lr->began;
	s->also = lr;
}

/* Whoever proposed the action was who the proposing turn said: the same caller speaks in the verdict's turn. */
static enum err
restore_caller(struct session *s, struct live_run *lr, const struct approval *ap,
	struct error *e)
{
	struct turn_row row;
	struct journal j;
	struct turn_run as_before;
	struct arena a;
	arena_init(&a, 0);
	enum err r = turn_row_load(s->engine->store, &a, s->row.id, row_seq(ap->turn),
		&s->contact.key, &row, e);
	if (r == OK)
		r = journal_parse(&a, row.journal, &j, e);
	if (r == OK) {
		struct turn_verdict *v = ARENA_NEW(&lr->run.kept, struct turn_verdict);
		*v = *lr->run.turn.verdict;
		run_init(&as_before);
		as_before.mode = &s->engine->mode;
		j.answers = (struct items){NULL, 0};
		journal_restore(&as_before, &j);
		const struct caller *c = &as_before.turn.caller;
		struct arena *kept = &lr->run.kept;
		lr->run.turn.caller = (struct caller){c->proof, arena_str(kept, c->id),
			arena_str(kept, c->email), arena_str(kept, c->name),
			arena_str(kept, c->locale), arena_str(kept, c->page)};
		run_fini(&as_before);
	}
	arena_fini(&a);
	return r;
}

static enum err
start_decide(struct session *s, struct engine_op *op)
{
	struct approval ap;
	struct arena *a = &s->tx.arena;
	enum err r = approval_load(
		s->engine->store, a, op->approval, &s->contact.key, &ap, &op->error);
	if (r != OK)
		return r;
	if (!str_eq(ap.status, STR(APPROVAL_PENDING)))
		return err_set(&op->error, ERR_CONFLICT, "this approval was %.*s already",
			STR_ARG(ap.status));
	if (s->verdict)
		return err_set(&op->error, ERR_UNAVAILABLE,
			"the conversation is busy; try again in a moment");
	ap.status = op->approved ? STR(APPROVAL_APPROVED) : STR(APPROVAL_REJECTED);
	ap.decided.ms = s->draft.updated_ms;
	ap.decided_by = op->person_id;
	ap.note = op->text;
	approval_decide(s->engine->store, &s->tx, &ap, &s->contact.key);
	begin_verdict(s, op, &ap);
	struct live_run *lr = s->also;
	r = restore_caller(s, lr, &ap, &op->error);
	if (r != OK) {
		s->also = NULL;
		live_release(lr);
		return r;
	}
	struct json *told = json_new_object(a);
	json_set(told, STR("approval"), json_new_str(a, lr->run.turn.verdict->approval));
	json_set(told, STR("decision"), json_new_str(a, ap.status));
	json_set(told, STR("by"), json_new_str(a, op->person_id));
	lr->run.state = arena_str(&lr->run.kept, s->row.state);
	lr->from_version = s->row.version;
	struct turn_row row = {
		.conversation = s->row.id,
		.number = s->draft.seq + 1,
		.status = TURN_UNFINISHED,
		.started = lr->began,
		.pack = lr->pack_id,
		.journal = journal_print(a, &lr->run, lr->from_version),
	};
	live_number(lr, row.number);
	change_turn(s, &row,
		&(struct event){s->row.id, row.number, EVENT_DECISION, row.number,
			{s->draft.updated_ms}, json_print(a, told)});
	op->seq = op->turn = row.number;
	s->verdict = lr;
	return OK;
}

/* Nobody may wait in silence: a person is told, and gets the conversation unless one has it. */
static enum err
start_give_up(struct session *s, struct engine_op *op)
{
	struct arena *a = &s->tx.arena;
	struct wall now = {s->draft.updated_ms};
	struct str id =
		id_print(s->engine->store, a, ID_TURN, row_key(s->row.id, op->turn));
	const struct message note = {
		.text = arena_printf(a,
			"A turn that was cut short could not go on, and what was asked in it has "
			"no answer: %.*s",
			STR_ARG(op->text)),
		.author = STR("bot"),
	};
	const struct escalation_part to_people = {
		.reason = STR("a turn could not go on after a restart"),
		.reference = str_sub(id, 2, 10),
	};
	turn_row_fail(&s->tx, s->row.id, op->turn);
	op->seq =
		change_event(s, EVENT_NOTE, op->turn, message_print(a, &note), now)->seq;
	if (!session_human_owns(s))
		change_handoff(s, op->turn, &to_people, now);
	s->draft.version = s->row.version + 1;
	return OK;
}

void
op_start(struct session *s, struct engine_op *op)
{
	enum err r = OK;
	if (op->kind != OP_GIVE_UP && str_eq(s->row.status, STR(CONVERSATION_CLOSED)))
		r = err_set(&op->error, ERR_CONFLICT, "the conversation is closed");
	change_start(s);
	s->op = op;
	if (r == OK) {
		switch (op->kind) {
		case OP_TAKEOVER:
			r = start_takeover(s, op);
			break;
		case OP_HANDBACK:
			r = start_handback(s, op);
			break;
		case OP_MESSAGE:
			r = start_message(s, op);
			break;
		case OP_CLOSE:
			r = start_close(s, op);
			break;
		case OP_DECIDE:
			r = start_decide(s, op);
			break;
		case OP_GIVE_UP:
			r = start_give_up(s, op);
			break;
		}
	}
	if (r != OK) {
		s->op = NULL;
		change_failed(s);
		refuse(op, r);
		session_advance(s);
		return;
	}
	change_conversation(s, true);
	change_submit(s, op_done);
}

void
engine_do(struct engine *engine, struct engine_op *op)
{
	struct session *s;
	op->engine = engine;
	list_init(&op->link);
	enum err r = OK;
	if (engine->store->paused || !db_writable(engine->store->db))
		r = err_set(&op->error, ERR_UNAVAILABLE,
			"the store takes no changes at the moment");
	if (r == OK)
		r = session_of_number(engine, op->conversation, &s, &op->error);
	if (r == OK && s->row.tenant != op->tenant)
		r = err_set(&op->error, ERR_NOT_FOUND, "there is no such conversation");
	if (r != OK) {
		refuse(op, r);
		return;
	}
	list_append(&s->ops, &op->link);
	session_advance(s);
}
