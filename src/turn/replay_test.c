/* Recorded turns run again: the same, and what is said of those that cannot. */
#include "talk/erasure.h"
#include "turn/engine_fixture.h"
#include "turn/replay.h"

struct rerun {
	struct replay_packs packs;
	struct replay replay;
	int turns, equal, diverged, skipped, unreadable;
	char why[256]; /* of the last one that is not equal */
};

static void
again(struct fixture *f, struct rerun *r, const struct record_range *range)
{
	struct replay_outcome out;
	struct error e = {0};
	memset(r, 0, sizeof *r);
	replay_packs_init(&r->packs, &host);
	replay_init(&r->replay, &f->store, &r->packs, find_test_actor, NULL);
	assert_int_equal(replay_start(&r->replay, range, &e), OK);
	enum err got;
	while ((got = replay_next(&r->replay, &out, &e)) == OK) {
		r->turns++;
		r->equal += out.verdict == REPLAY_EQUAL;
		r->diverged += out.verdict == REPLAY_DIVERGED;
		r->skipped += out.verdict == REPLAY_SKIPPED;
		r->unreadable += out.verdict == REPLAY_UNREADABLE;
		if (out.verdict != REPLAY_EQUAL)
			snprintf(r->why, sizeof r->why, "%.*s", STR_ARG(out.why));
	}
	assert_int_equal(got, ERR_NOT_FOUND);
	replay_fini(&r->replay);
	replay_packs_fini(&r->packs);
}

static const struct record_range everything = {.up_to = INT64_MAX};

static void
tell(struct fixture *f, struct sent *s, const char *from, const char *text)
{
	send(f, s, from, text);
	run_until(f, s->done);
}

struct change {
	struct db_tx tx;
	bool done;
};

static void
changed(struct db_tx *tx, enum err result)
{
	struct change *c = tx->owner;
	assert_int_equal(result, OK);
	c->done = true;
}

/* Changes the store behind the engine's back. */
static void
change_store(struct fixture *f, const struct db_sql *sql)
{
	struct change c = {.done = false};
	db_tx_init(&c.tx);
	c.tx.owner = &c;
	db_add(&c.tx, sql, "");
	assert_int_equal(db_submit(f->store.db, &c.tx, changed, NULL), OK);
	run_until(f, c.done);
	db_tx_fini(&c.tx);
}

static void
turns_of_all_kinds_are_the_same(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	tell(f, &s, "ann", "ask too little");
	tell(f, &s, "bob", "fail");
	tell(f, &s, "bob", "propose");
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	/* The next turn's message comes while this one waits. */
	send(f, &t, "ann", "person please");
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	answer(f, 0, ANSWER_TIMED_OUT, "");
	run_until(f, s.done && t.done);
	tell(f, &s, "ann", "hello?"); /* a person has it */
	send(f, &s, "eve", "refund");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	again(f, &r, &everything);
	if (r.diverged || r.unreadable)
		fail_msg("%s", r.why);
	assert_int_equal(r.turns, 8);
	assert_int_equal(r.equal, 8);
}

static void
a_look_up_that_was_tried_again_serves_by_reference(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct rerun r;
	send(f, &s, "ann", "cached, I insist");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_FAILED, "");
	run_until(f, f->world.count == 1 && f->world.total == 2);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, s.done);
	tell(f, &s, "ann", "cached once more");
	assert_string_equal(s.reply, "found to \"cached once more\"");
	assert_int_equal(f->world.total, 2);
	again(f, &r, &everything);
	if (r.diverged || r.unreadable)
		fail_msg("%s", r.why);
	assert_int_equal(r.equal, 2);
}

static void
ranges_hold_what_they_say(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	tell(f, &s, "ann", "hello again");
	tell(f, &t, "bob", "hello");
	const int64_t key = row_key(s.in.conversation, s.in.turn);
	again(f, &r, &(struct record_range){.after = key - 1, .up_to = key});
	assert_int_equal(r.equal, 1);
	again(f, &r, &(struct record_range){.after = key, .up_to = INT64_MAX});
	assert_int_equal(r.equal, 1);
	again(f, &r, &(struct record_range){.up_to = key - 1});
	assert_int_equal(r.equal, 1);
	again(f, &r, &(struct record_range){.tenant = 1, .up_to = INT64_MAX});
	assert_int_equal(r.turns, 3);
	again(f, &r, &(struct record_range){.tenant = 2, .up_to = INT64_MAX});
	assert_int_equal(r.turns, 0);
	const struct wall later = {env_wall(f->env).ms + 1000};
	again(f, &r, &(struct record_range){.up_to = INT64_MAX, .since = later});
	assert_int_equal(r.turns, 0);
}

static void
a_pack_that_is_gone_is_named(void **state)
{
	static const struct db_sql forget = {"DELETE FROM pack_version"};
	struct fixture *f = *state;
	struct sent s;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	change_store(f, &forget);
	again(f, &r, &everything);
	assert_int_equal(r.unreadable, 1);
	assert_string_equal(
		r.why, "its pack is not at hand: pack version 1 is not stored");
}

static void
a_pack_that_does_not_load_is_named(void **state)
{
	static const struct db_sql spoil = {
		"UPDATE pack_version SET bundle = CAST('nothing' AS BLOB)"};
	struct fixture *f = *state;
	struct sent s;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	change_store(f, &spoil);
	again(f, &r, &everything);
	assert_int_equal(r.unreadable, 1);
	assert_int_equal(strncmp(r.why, "its pack, test 1 (", 18), 0);
	assert_non_null(strstr(r.why, "does not load"));
}

static void
a_damaged_record_spoils_no_other(void **state)
{
	static const struct db_sql spoil = {
		"UPDATE turn_record SET body = zeroblob(100) WHERE id = 1"};
	struct fixture *f = *state;
	struct sent s;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	tell(f, &s, "ann", "hello again");
	change_store(f, &spoil);
	again(f, &r, &everything);
	assert_int_equal(r.unreadable, 1);
	assert_int_equal(r.equal, 1);
}

static void
forgotten_messages_are_said(void **state)
{
	static const struct db_sql forget = {
		"UPDATE event SET body = NULL WHERE kind = 1 AND id = (SELECT min(id) FROM event)"};
	struct fixture *f = *state;
	struct sent s;
	struct rerun r;
	tell(f, &s, "ann", "hello");
	tell(f, &s, "ann", "hello again");
	change_store(f, &forget);
	again(f, &r, &everything);
	assert_int_equal(r.skipped, 1);
	assert_string_equal(r.why, "its messages are no longer kept");
	assert_int_equal(r.equal, 1);
}

static void
erased_persons_are_said(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	struct rerun r;
	struct change c = {.done = false};
	int64_t tenant, contact;
	tell(f, &s, "ann", "hello");
	tell(f, &s, "ann", "hello again");
	tell(f, &t, "bob", "hello");
	assert_int_equal(
		conversation_owner(&f->store, s.in.conversation, &tenant, &contact, NULL),
		OK);
	db_tx_init(&c.tx);
	c.tx.owner = &c;
	assert_int_equal(
		erasure_add(&f->store, &c.tx, 0, contact, env_wall(f->env), NULL), OK);
	assert_int_equal(db_submit(f->store.db, &c.tx, changed, NULL), OK);
	run_until(f, c.done);
	db_tx_fini(&c.tx);
	again(f, &r, &everything);
	assert_int_equal(r.skipped, 2);
	assert_string_equal(r.why, "the person was erased");
	assert_int_equal(r.equal, 1);
}

/* Somebody deleted a row of the key store: that is no erasure, and the others are replayed all the same. */
static void
a_missing_key_is_said(void **state)
{
	static const struct db_sql sql = {"DELETE FROM person_key WHERE contact = ?1"};
	struct fixture *f = *state;
	struct sent s, t;
	struct rerun r;
	struct change c = {.done = false};
	int64_t tenant, contact;
	tell(f, &s, "ann", "hello");
	tell(f, &t, "bob", "hello");
	assert_int_equal(
		conversation_owner(&f->store, s.in.conversation, &tenant, &contact, NULL),
		OK);
	db_tx_init(&c.tx);
	c.tx.owner = &c;
	db_add_key(&c.tx, &sql, "i", contact);
	assert_int_equal(db_submit(f->store.db, &c.tx, changed, NULL), OK);
	run_until(f, c.done);
	db_tx_fini(&c.tx);
	again(f, &r, &everything);
	assert_int_equal(r.unreadable, 1);
	assert_string_equal(r.why, "the person's key is missing, and nobody erased them");
	assert_int_equal(r.equal, 1);
	assert_int_equal(r.skipped, 0);
}

static void
one_turn_alone(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct replay_packs packs;
	struct replay r;
	struct replay_outcome out;
	struct error e = {0};
	tell(f, &s, "ann", "hello");
	replay_packs_init(&packs, &host);
	assert_int_equal(replay_packs_load(&packs, &f->store, 4, &e), OK);
	replay_init(&r, &f->store, &packs, find_test_actor, NULL);
	assert_int_equal(replay_turn(&r, s.in.conversation, s.in.turn, &out, &e), OK);
	assert_int_equal(out.verdict, REPLAY_EQUAL);
	assert_true(str_eq(out.reply_was, STR("answer to \"hello\"")));
	assert_int_equal(
		replay_turn(&r, s.in.conversation, 999, &out, &e), ERR_NOT_FOUND);
	assert_int_equal(replay_turn(&r, s.in.conversation, s.in.turn, &out, &e), OK);
	assert_int_equal(out.verdict, REPLAY_EQUAL);
	replay_fini(&r);
	replay_packs_fini(&packs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(turns_of_all_kinds_are_the_same),
		TEST(a_look_up_that_was_tried_again_serves_by_reference),
		TEST(ranges_hold_what_they_say), TEST(a_pack_that_is_gone_is_named),
		TEST(a_pack_that_does_not_load_is_named),
		TEST(a_damaged_record_spoils_no_other), TEST(forgotten_messages_are_said),
		TEST(erased_persons_are_said), TEST(a_missing_key_is_said),
		TEST(one_turn_alone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
