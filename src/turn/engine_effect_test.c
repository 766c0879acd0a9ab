/* The engine's effects: the ledger before the call, doubt, crashes, and commits whose end nobody heard. */
#include "turn/engine_fixture.h"

static void
effects_stand_in_the_ledger_first(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct items effects;
	struct session *session;
	send(f, &s, "ann", "refund it");
	run_until(f, f->world.count == 1);
	assert_int_equal(
		session_of_number(f->engine, s.in.conversation, &session, NULL), OK);
	int64_t turn = row_key(s.in.conversation, s.in.turn);
	assert_int_equal(effect_list(&f->store, &f->arena, turn, &session->contact.key,
				 &effects, NULL),
		OK);
	assert_int_equal(effects.n, 1);
	assert_true(str_eq(((struct effect *)effects.p)->status, STR(EFFECT_SENDING)));
	answer(f, 0, ANSWER_OK, "{\"ok\":true}");
	run_until(f, s.done);
	assert_string_equal(s.reply, "refunded to \"refund it\"");
	assert_int_equal(effect_list(&f->store, &f->arena, turn, &session->contact.key,
				 &effects, NULL),
		OK);
	assert_true(str_eq(((struct effect *)effects.p)->status, STR(EFFECT_SENT)));
	assert_int_equal(f->world.total, 1);
}

static void
doubt_is_repeated_or_seen(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	send(f, &s, "ann", "refund it");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_UNCERTAIN, "");
	run_until(f,
		f->world.count ==
			1); /* its provider deduplicates: again, under the same key */
	assert_true(str_eq(f->world.keys[0], f->world.keys[1]));
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_string_equal(s.reply, "refunded to \"refund it\"");
	send(f, &t, "bob", "refund once");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_UNCERTAIN, "");
	run_until(f, t.done);
	assert_string_equal(t.reply, "uncertain to \"refund once\"");
	assert_int_equal(f->world.total, 3);
}

static void
an_effect_is_tried_so_often(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	send(f, &s, "ann", "refund it");
	for (int i = 0; i < EFFECT_ATTEMPTS_MAX; i++) {
		run_until(f, f->world.count == 1);
		answer(f, 0, ANSWER_UNCERTAIN, "");
	}
	run_until(f, s.done);
	assert_string_equal(s.reply, "uncertain to \"refund it\"");
	assert_int_equal(f->world.total, EFFECT_ATTEMPTS_MAX);
}

static void
an_effect_in_doubt_after_a_crash(void **state)
{
	struct fixture *f = *state;
	struct sent s, t, again;
	send_keyed(f, &s, "ann", "refund it", "k1");
	send_keyed(f, &t, "bob", "refund once", "k2");
	run_until(f, f->world.count == 2);
	struct str key = arena_str(&f->arena, f->world.keys[0]);
	restart(f, 2);
	run_until(f, f->world.count == 1); /* only the one that may be repeated */
	assert_true(str_eq(f->world.keys[0], key));
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, f->events[EVENT_OUTBOUND] == 2);
	send_keyed(f, &again, "bob", "refund once", "k2");
	run_until(f, again.done);
	assert_string_equal(again.reply, "uncertain to \"refund once\"");
	assert_int_equal(f->world.total, 1);
}

static void
what_was_done_becomes_a_note(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	send(f, &s, "ann", "refund it");
	run_until(f, f->world.count == 1);
	assert_int_equal(
		do_op(f, OP_TAKEOVER, s.in.conversation, (struct engine_op){0}), OK);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_int_equal(s.replies, 0);
	assert_int_equal(f->events[EVENT_NOTE], 1);
	assert_int_equal(f->events[EVENT_OUTBOUND], 0);
}

/* The person who took over hears of what was done before, and that the rest was not. */
static void
a_second_effect_is_withheld_and_told(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct session *session;
	send(f, &s, "ann", "refund and gift");
	run_until(f, f->world.count == 1);
	assert_int_equal(
		do_op(f, OP_TAKEOVER, s.in.conversation, (struct engine_op){0}), OK);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_int_equal(s.replies, 0);
	assert_int_equal(f->world.total, 1);
	assert_int_equal(f->events[EVENT_OUTBOUND], 0);
	assert_int_equal(f->events[EVENT_NOTE], 1);
	assert_string_equal(f->note, "refunded, gift withheld to \"refund and gift\"");
	assert_int_equal(
		session_of_number(f->engine, s.in.conversation, &session, NULL), OK);
	assert_int_equal(ledger_rows(f, session, s.in.turn), 1);
}

/* The program died while a call was out and a person had taken over: the call is not made again, and not forgotten. */
static void
a_call_nobody_comes_back_to_is_in_doubt(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s;
	struct items rows;
	send(f, &m, "ann", "refund it");
	run_until(f, f->world.count == 1);
	assert_int_equal(
		do_op(f, OP_TAKEOVER, m.in.conversation, (struct engine_op){0}), OK);
	restart(f, 1);
	assert_int_equal(session_of_number(f->engine, m.in.conversation, &s, NULL), OK);
	run_until(f, !s->running);
	assert_int_equal(f->world.total, 0);
	assert_int_equal(
		effect_list(&f->store, &f->arena, row_key(m.in.conversation, m.in.turn),
			&s->contact.key, &rows, NULL),
		OK);
	assert_int_equal(rows.n, 1);
	assert_true(
		str_eq(((const struct effect *)rows.p)->status, STR(EFFECT_UNCERTAIN)));
}

/* ---- commits that end in doubt ---- */

static void
kept_in_doubt(struct db_tx *tx, enum err result)
{
	struct session *s = tx->owner;
	struct fixture *f = s->engine->config.owner;
	assert_int_equal(result, OK);
	f->commit_done(tx, ERR_UNCERTAIN);
}

static void
ledger_was_lost(struct db_tx *tx, enum err result)
{
	struct fixture *f = tx->owner;
	assert_int_equal(result, OK);
	db_tx_fini(tx);
	f->commit_done(f->doubtful, ERR_UNCERTAIN);
}

static void
lost_in_doubt(struct db_tx *tx, enum err result)
{
	static const struct db_sql forget_effects = {"DELETE FROM effect"};
	struct session *s = tx->owner;
	struct fixture *f = s->engine->config.owner;
	assert_int_equal(result, OK);
	f->doubtful = tx;
	db_tx_init(&f->undo);
	f->undo.owner = f;
	db_add(&f->undo, &forget_effects, "");
	assert_int_equal(db_submit(f->store.db, &f->undo, ledger_was_lost, NULL), OK);
}

/* An accepted message whose effect's row is on its way to the disk, where its commit will end as told. */
static struct session *
effect_in_doubt(struct fixture *f, struct sent *m,
	void (*ends)(struct db_tx *tx, enum err result))
{
	struct session *s;
	*m = (struct sent){.in = {.tenant = 1,
				   .channel = STR("webchat"),
				   .caller = {.id = STR("ann")},
				   .text = STR("refund once"),
				   .pause = true,
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = m}};
	assert_int_equal(engine_receive(f->engine, &m->in, NULL), OK);
	run_until(f, m->accepted);
	assert_int_equal(session_of_number(f->engine, m->in.conversation, &s, NULL), OK);
	s->next->at_once = true;
	session_advance(s);
	assert_true(s->busy);
	f->commit_done = s->tx.done;
	s->tx.done = ends;
	return s;
}

static void
no_call_leaves_without_its_row(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s = effect_in_doubt(f, &m, lost_in_doubt);
	run_until(f, f->world.count == 1);
	assert_int_equal(ledger_rows(f, s, m.in.turn), 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, m.done);
	assert_string_equal(m.reply, "refunded to \"refund once\"");
	assert_int_equal(f->world.total, 1);
}

static void
what_was_kept_in_doubt_is_not_done_again(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s = effect_in_doubt(f, &m, kept_in_doubt);
	run_until(f, f->world.count == 1);
	assert_int_equal(ledger_rows(f, s, m.in.turn), 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, m.done);
	assert_int_equal(f->world.total, 1);
	assert_int_equal(m.accepted, 1);
}

static void
a_take_over_in_doubt_counts(void **state)
{
	struct fixture *f = *state;
	struct sent m, after;
	struct session *s;
	send(f, &m, "ann", "hello");
	run_until(f, m.done);
	struct done_op d = {.op = {.kind = OP_TAKEOVER,
				    .tenant = 1,
				    .conversation = m.in.conversation,
				    .person_id = STR("eve"),
				    .done = op_was_done,
				    .owner = &d}};
	assert_int_equal(session_of_number(f->engine, m.in.conversation, &s, NULL), OK);
	engine_do(f->engine, &d.op);
	f->commit_done = s->tx.done;
	s->tx.done = kept_in_doubt;
	run_until(f, d.done);
	assert_int_equal(d.op.result, OK);
	send(f, &after, "ann", "are you there");
	run_until(f, after.done);
	assert_int_equal(after.result, OK);
	assert_int_equal(after.replies, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(effects_stand_in_the_ledger_first),
		TEST(doubt_is_repeated_or_seen),
		TEST(an_effect_is_tried_so_often),
		TEST(an_effect_in_doubt_after_a_crash),
		TEST(what_was_done_becomes_a_note),
		TEST(a_second_effect_is_withheld_and_told),
		TEST(a_call_nobody_comes_back_to_is_in_doubt),
		TEST(no_call_leaves_without_its_row),
		TEST(what_was_kept_in_doubt_is_not_done_again),
		TEST(a_take_over_in_doubt_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
