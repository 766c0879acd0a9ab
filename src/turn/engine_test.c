/* The engine on a real store: messages, turns, people, bounds. */
#include "turn/engine_fixture.h"

static void
answers_without_waiting(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct db_stats before, after;
	db_get_stats(f->store.db, &before);
	send(f, &s, "ann", "hello");
	run_until(f, s.done);
	db_get_stats(f->store.db, &after);
	assert_int_equal(s.result, OK);
	assert_int_equal(s.accepted, 1);
	assert_string_equal(s.reply, "answer to \"hello\"");
	assert_int_equal(after.commits - before.commits,
		1); /* acceptance and outcome are one commit */
	assert_int_equal(load_turn(f, &s).status, TURN_DONE);
	assert_int_equal(f->events[EVENT_INBOUND], 1);
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
	assert_true(f->in_order);
}

static void
accepts_before_a_question_leaves(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2); /* both at the same time */
	assert_true(f->world.row_stood);
	assert_int_equal(s.accepted, 1);
	assert_int_equal(s.done, 0);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	turn_loop(f);
	assert_int_equal(s.done, 0);
	answer(f, 0, ANSWER_TIMED_OUT, "");
	run_until(f, s.done);
	assert_string_equal(s.reply, "found to \"look it up\"");
	struct turn_row row = load_turn(f, &s);
	assert_true(str_find(row.journal, STR("timed_out")) > 0);
	assert_true(str_find(row.journal, STR("\"word\":\"found\"")) > 0);
}

/* A shop that answers with more than a turn may keep is a shop that does not answer; what fits is used. */
static void
an_answer_too_large_to_keep_has_failed(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	char *large = mem_alloc((2 << 20) + 16);
	snprintf(large, 16, "{\"word\":\"");
	memset(large + 9, 'x', 2 << 20);
	snprintf(large + 9 + (2 << 20), 4, "\"}");
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	answer(f, 0, ANSWER_OK, large);
	answer(f, 0, ANSWER_OK, "{\"word\":\"small\"}");
	run_until(f, s.done);
	free(large);
	assert_string_equal(s.reply, "nothing to \"look it up\"");
	struct turn_row row = load_turn(f, &s);
	assert_true(row.journal.n < TURN_KEPT_MAX);
	assert_true(str_find(row.journal, STR("failed")) > 0);
	assert_true(str_find(row.journal, STR("small")) > 0);
}

/* The journal of a turn as its reader gets it: the answer is there, wherever it is written. */
static void
check_journal(struct fixture *f, const struct sent *s, bool by_reference)
{
	struct journal j;
	struct session *session;
	struct turn_row row = load_turn(f, s);
	assert_int_equal(
		session_of_number(f->engine, s->in.conversation, &session, NULL), OK);
	assert_int_equal(str_find(row.journal, STR("\"word\"")) < 0, by_reference);
	assert_int_equal(journal_load(&f->store, &f->arena, row.journal,
				 &session->contact.key, &j, NULL),
		OK);
	const struct journal_answer *a = journal_find(&j, "main", STR("kept"));
	assert_non_null(a);
	assert_int_equal(a->cached, by_reference);
	assert_true(str_eq(a->ask, STR("http://shop/kept")));
	assert_true(
		str_eq(json_str(json_get(a->body, STR("word")), STR("")), STR("found")));
}

static void
a_cached_answer_is_journalled_by_reference(void **state)
{
	struct fixture *f = *state;
	struct sent s, t, other;
	send(f, &s, "ann", "cached please");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, s.done);
	check_journal(f, &s, false);
	send(f, &t, "ann", "cached again");
	run_until(f, t.done);
	assert_string_equal(t.reply, "found to \"cached again\"");
	assert_int_equal(f->world.total, 1);
	check_journal(f, &t, true);
	/* Another person's answers are not hers. */
	send(f, &other, "bob", "cached too");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, other.done);
	check_journal(f, &other, false);
}

/* The same person on another channel takes the answer while the turn that fetched it has committed nothing. */
static void
an_answer_not_yet_journalled_is_written_whole(void **state)
{
	struct fixture *f = *state;
	struct sent first, t;
	send(f, &first, "ann", "cached and wait");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, f->world.count == 1 && f->world.total == 2);
	struct session *s;
	assert_int_equal(
		session_of_number(f->engine, first.in.conversation, &s, NULL), OK);
	const struct str parts[] = {
		CACHE_PREFIX(s->row.contact), STR("http://shop/kept\n")};
	struct str key = arena_join(&f->arena, parts, 2);
	const struct wall now = env_wall(f->env);
	struct cached_answer *c = answer_cache_get(&f->engine->cache, key, now, 60000);
	assert_non_null(c);
	assert_int_equal(c->journal, 0);
	answer_cache_release(&c);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, first.done);
	c = answer_cache_get(&f->engine->cache, key, now, 60000);
	assert_non_null(c);
	assert_int_equal(c->journal, row_key(first.in.conversation, first.in.turn));
	/* Forgotten while it is in use, it lives until it is released. */
	answer_cache_forget(&f->engine->cache, key);
	assert_true(
		str_eq(json_str(json_get(c->json, STR("word")), STR("")), STR("found")));
	answer_cache_release(&c);
	send(f, &t, "ann", "cached anew");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, t.done);
	check_journal(f, &t, false);
}

static void
forget(struct inbound *in)
{
	struct sent **s = in->owner;
	engine_forget(in);
	free(*s);
	*s = NULL;
}

/* Who wants to know only that the message is on disk may be gone when it has heard that.
 */
static void
forgets_when_accepted(struct fixture *f)
{
	struct sent *s = mem_zalloc(sizeof *s);
	send_keyed(f, s, "ann", "look it up", "k1");
	s->in.accepted = forget;
	s->in.owner = &s;
	run_until(f, !s);
	turn_loop(f);
}

static void
repeats_give_the_same(void **state)
{
	struct fixture *f = *state;
	struct sent first, joined, forgotten, later, other;
	send_keyed(f, &first, "ann", "look it up", "k1");
	run_until(f, f->world.count == 2);
	send_keyed(f, &joined, "ann", "look it up", "k1");
	run_until(f,
		joined.accepted); /* it is on disk, whatever the turn still waits for */
	assert_int_equal(joined.in.seq, first.in.seq);
	assert_int_equal(joined.in.turn, first.in.turn);
	send_keyed(f, &forgotten, "ann", "look it up", "k1");
	engine_forget(&forgotten.in);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, first.done && joined.done);
	assert_string_equal(joined.reply, first.reply);
	assert_int_equal(joined.accepted, 1);
	assert_int_equal(forgotten.accepted + forgotten.done, 0);
	send_keyed(f, &later, "ann", "look it up", "k1");
	run_until(f, later.done);
	assert_int_equal(later.accepted, 1);
	forgets_when_accepted(f);
	assert_true(later.in.repeated);
	assert_int_equal(later.in.seq, first.in.seq);
	assert_int_equal(later.in.turn, first.in.turn);
	assert_string_equal(later.reply, first.reply);
	send_keyed(f, &other, "ann", "another text", "k1");
	run_until(f, other.done);
	assert_true(other.in.mismatch);
	assert_int_equal(other.result, ERR_INVALID);
	assert_int_equal(f->events[EVENT_INBOUND], 1);
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
}

static void
one_conversation_one_turn_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct sent a, b, c;
	send(f, &a, "ann", "look it up");
	send(f, &b, "ann", "second");
	send(f, &c, "ann", "third");
	run_until(f, f->world.count == 2 && b.accepted && c.accepted);
	assert_int_equal(b.done + c.done, 0);
	answer(f, 0, ANSWER_OK, "{\"word\":\"first\"}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, a.done && b.done && c.done);
	assert_int_equal(a.in.conversation, b.in.conversation);
	assert_int_equal(b.in.turn,
		c.in.turn); /* they waited together and are answered together */
	assert_true(a.in.turn < b.in.turn && a.in.seq < b.in.seq && b.in.seq < c.in.seq);
	assert_string_equal(b.reply, "answer to \"second\nthird\"");
	assert_true(f->in_order);
}

/* One message of the next turn is on disk, another comes while the turn before is being committed: it is on disk as well
 * before the next turn's questions leave, and what comes then gets a number of its own. */
static void
late_messages_are_kept_before_questions_leave(void **state)
{
	struct fixture *f = *state;
	struct sent a, b, c, d;
	send(f, &a, "ann", "look it up");
	run_until(f, f->world.count == 2);
	send(f, &b, "ann", "look at this");
	run_until(f, b.accepted);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	send(f, &c, "ann", "look at that");
	run_until(f, a.done && f->world.count == 2);
	assert_int_equal(c.accepted, 1);
	send(f, &d, "ann", "and this");
	run_until(f, d.accepted);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, b.done && c.done && d.done);
	assert_true(a.in.seq < b.in.seq && b.in.seq < c.in.seq && c.in.seq < d.in.seq);
	assert_int_equal(b.in.turn, c.in.turn);
	assert_true(f->in_order);
}

static void
send_known(struct fixture *f, struct sent *s, const char *from, const char *text)
{
	*s = (struct sent){.in = {.tenant = 1,
				   .channel = STR("api"),
				   .caller = {.proof = PROOF_KEY,
					   .id = str_of(from),
					   .email = STR("ann@example.com")},
				   .text = str_of(text),
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = s}};
	assert_int_equal(engine_receive(f->engine, &s->in, NULL), OK);
}

/* Another address of a person becomes known while a commit of the conversation is on its way. */
static void
an_address_found_meanwhile_is_kept(void **state)
{
	struct fixture *f = *state;
	struct sent a, b, c;
	int64_t contact;
	send_known(f, &a, "ann", "hello");
	run_until(f, a.done);
	send_known(f, &b, "ann", "hello again");
	send_known(f, &c, "ann-at-work", "me too");
	run_until(f, b.done && c.done);
	assert_int_equal(a.in.conversation, c.in.conversation);
	assert_int_equal(contact_find(&f->store, 1, STR("api"), STR("ann-at-work"),
				 &contact, NULL),
		OK);
}

static void
joins_what_is_written_in_a_burst(void **state)
{
	struct fixture *f = *state;
	struct sent a = {0}, b = {0};
	struct sent *both[] = {&a, &b};
	const char *texts[] = {"and then", "the other"};
	for (int i = 0; i < 2; i++) {
		*both[i] = (struct sent){.in = {.tenant = 1,
						 .channel = STR("webchat"),
						 .caller = {.id = STR("ann")},
						 .text = str_of(texts[i]),
						 .pause = true,
						 .accepted = was_accepted,
						 .done = was_done,
						 .owner = both[i]}};
		assert_int_equal(engine_receive(f->engine, &both[i]->in, NULL), OK);
	}
	run_until(f, a.accepted && b.accepted);
	assert_int_equal(a.done, 0);
	run_until(f, a.done && b.done);
	assert_string_equal(a.reply, "answer to \"and then\nthe other\"");
	assert_int_equal(a.in.turn, b.in.turn);
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
}

static void
send_as(struct fixture *f, struct sent *s, enum caller_proof proof, const char *email,
	const char *text)
{
	*s = (struct sent){.in = {.tenant = 1,
				   .channel = STR("api"),
				   .caller = {.proof = proof,
					   .id = STR("ann"),
					   .email = str_of(email)},
				   .text = str_of(text),
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = s}};
	assert_int_equal(engine_receive(f->engine, &s->in, NULL), OK);
}

/* Messages that wait in one conversation join only when the same caller wrote them. */
static void
nobody_speaks_with_anothers_rights(void **state)
{
	struct fixture *f = *state;
	struct sent first, proved, stated, too, other;
	send_as(f, &first, PROOF_NONE, "", "look it up");
	run_until(f, f->world.count == 2);
	send_as(f, &proved, PROOF_KEY, "ann@example.com", "who am I");
	send_as(f, &stated, PROOF_NONE, "ann@example.com", "who am I");
	send_as(f, &too, PROOF_NONE, "ann@example.com", "who am I too");
	send_as(f, &other, PROOF_KEY, "eve@example.com", "who am I");
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, first.done && proved.done && stated.done && too.done && other.done);
	assert_string_equal(proved.reply, "1 ann@example.com to \"who am I\"");
	assert_string_equal(
		stated.reply, "0 ann@example.com to \"who am I\nwho am I too\"");
	assert_string_equal(too.reply, stated.reply);
	assert_string_equal(other.reply, "1 eve@example.com to \"who am I\"");
	assert_int_equal(first.in.conversation, other.in.conversation);
	assert_int_equal(stated.in.turn, too.in.turn);
	assert_true(proved.in.turn < stated.in.turn && stated.in.turn < other.in.turn);
	assert_true(f->in_order);
}

/* Whatever stands in a channel's name, two addresses are not one. */
static void
addresses_do_not_run_together(void **state)
{
	struct fixture *f = *state;
	struct sent a, b;
	send(f, &a, "b/c", "hello");
	run_until(f, a.done);
	b = a;
	b.done = 0;
	b.in.channel = STR("api/b");
	b.in.caller.id = STR("c");
	b.in.owner = &b;
	assert_int_equal(engine_receive(f->engine, &b.in, NULL), OK);
	run_until(f, b.done);
	assert_int_not_equal(a.in.conversation, b.in.conversation);
}

static void
what_waits_has_a_limit_whoever_writes(void **state)
{
	struct fixture *f = *state;
	struct sent first, many[TURN_MESSAGES_MAX], more;
	struct error e = {0};
	send_as(f, &first, PROOF_NONE, "", "look it up");
	run_until(f, f->world.count == 2);
	for (int i = 0; i < TURN_MESSAGES_MAX; i++)
		send_as(f, &many[i], i % 2 ? PROOF_NONE : PROOF_KEY, "ann@example.com",
			"who am I");
	more = many[0];
	assert_int_equal(engine_receive(f->engine, &more.in, &e), ERR_LIMIT);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	for (int i = 0; i < TURN_MESSAGES_MAX; i++)
		run_until(f, many[i].done);
}

static int64_t
conflicts(struct fixture *f)
{
	struct db_stats stats;
	db_get_stats(f->store.db, &stats);
	return stats.conflicts;
}

/* Soon after, the key is known; after a restart the commit finds out. The answer is the same. */
static void
a_repetition_is_known_soon_or_late(void **state)
{
	struct fixture *f = *state;
	struct sent first, soon, late, other;
	struct engine_stats stats;
	send_keyed(f, &first, "ann", "hello", "k1");
	run_until(f, first.done);
	send_keyed(f, &soon, "ann", "hello", "k1");
	run_until(f, soon.done);
	assert_string_equal(soon.reply, first.reply);
	assert_int_equal(conflicts(f), 0);
	restart(f, 0);
	send_keyed(f, &late, "ann", "hello", "k1");
	run_until(f, late.done);
	assert_string_equal(late.reply, first.reply);
	assert_int_equal(late.in.seq, first.in.seq);
	assert_int_equal(conflicts(f), 1);
	send_keyed(f, &other, "ann", "another text", "k1");
	run_until(f, other.done);
	assert_int_equal(other.in.result, ERR_INVALID);
	assert_true(other.in.mismatch);
	engine_get_stats(f->engine, &stats);
	assert_int_equal(stats.turns, 0);
	assert_int_equal(stats.messages, 0);
	assert_int_equal(stats.repeated, 2);
	assert_int_equal(f->events[EVENT_INBOUND], 1);
}

static void
sql_done(struct db_tx *tx, enum err result)
{
	bool *done = tx->owner;
	assert_int_equal(result, OK);
	*done = true;
}

static void
run_sql(struct fixture *f, const struct db_sql *sql)
{
	struct db_tx tx;
	struct error e;
	bool done = false;
	db_tx_init(&tx);
	tx.owner = &done;
	db_add(&tx, sql, "");
	assert_int_equal(db_submit(f->store.db, &tx, sql_done, &e), OK);
	run_until(f, done);
	db_tx_fini(&tx);
}

/* Keys of requests outlive what a short retention forgets: the repetition still gets the
 * ids, and of the replies what is there. */
static void
a_repetition_outlives_what_retention_forgot(void **state)
{
	static const struct db_sql journals = {
		"UPDATE event SET status = NULL, record = NULL"};
	static const struct db_sql messages = {"UPDATE event SET body = NULL"};
	struct fixture *f = *state;
	struct sent first, unjournaled, gone;
	send_keyed(f, &first, "ann", "hello", "k1");
	run_until(f, first.done);
	run_sql(f, &journals);
	restart(f, 0);
	send_keyed(f, &unjournaled, "ann", "hello", "k1");
	run_until(f, unjournaled.done);
	assert_int_equal(unjournaled.in.result, OK);
	assert_int_equal(unjournaled.in.turn, first.in.turn);
	assert_string_equal(unjournaled.reply, first.reply);
	run_sql(f, &messages);
	restart(f, 0);
	send_keyed(f, &gone, "ann", "hello", "k1");
	run_until(f, gone.done);
	assert_int_equal(gone.in.result, OK);
	assert_true(gone.in.repeated);
	assert_int_equal(gone.in.seq, first.in.seq);
	assert_int_equal(gone.in.replies.n, 0);
}

/* One that came before leaves the turn it was joined into; the rest is answered alone. */
static void
a_repetition_leaves_the_turn_it_joined(void **state)
{
	struct fixture *f = *state;
	struct sent first, waits, again, fresh;
	send_keyed(f, &first, "ann", "refund once", "k1");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, first.done);
	send_keyed(f, &waits, "ann", "look it up", "k2");
	run_until(f, f->world.count == 2);
	send_keyed(f, &again, "ann", "refund once", "k1");
	send_keyed(f, &fresh, "ann", "refund it", "k3");
	run_until(f, again.done);
	assert_string_equal(again.reply, first.reply);
	assert_true(again.in.repeated);
	assert_int_equal(again.in.seq, first.in.seq);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, waits.done && f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, fresh.done);
	assert_string_equal(fresh.reply, "refunded to \"refund it\"");
	assert_int_equal(f->world.total, 4);
}

static void
refuses_what_cannot_be_a_message(void **state)
{
	struct fixture *f = *state;
	struct error e = {0};
	static char longer[MESSAGE_TEXT_MAX + 2];
	memset(longer, 'x', sizeof longer - 1);
	const struct str texts[] = {
		STR(""), STR("\xff\xfe"), {longer, sizeof longer - 1}};
	for (size_t i = 0; i < 3; i++) {
		struct inbound in = {.tenant = 1,
			.channel = STR("api"),
			.caller = {.id = STR("ann")},
			.text = texts[i]};
		assert_int_equal(engine_receive(f->engine, &in, &e), ERR_INVALID);
	}
	assert_non_null(strstr(e.text, "10000"));
}

/* ---- a crash ---- */

static void
goes_on_after_a_crash(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	send_keyed(f, &s, "ann", "look it up", "k");
	run_until(f, f->world.count == 2);
	restart(f, 1);
	run_until(f, f->world.count == 2);
	send_keyed(f, &s, "ann", "look it up", "k"); /* the client asks again */
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_string_equal(s.reply, "found to \"look it up\"");
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
	restart(f, 0);
}

static void
an_answer_by_reference_survives_a_crash(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	send(f, &s, "ann", "cached please");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, s.done);
	send(f, &t, "ann", "cached and wait");
	run_until(f, f->world.count == 1);
	restart(f, 1);
	run_until(f, f->world.count == 1); /* the open question alone is asked again */
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, f->events[EVENT_OUTBOUND] == 2);
	assert_int_equal(f->world.total, 1);
	t.in.turn = s.in.turn + 2; /* begun by the event after the reply */
	t.in.conversation = s.in.conversation;
	struct turn_row row = load_turn(f, &t);
	assert_true(str_find(row.journal, STR("found")) >
		0); /* who recovers writes it whole */
}

static void
damaged(struct db_tx *tx, enum err result)
{
	assert_int_equal(result, OK);
	*(bool *)tx->owner = true;
}

/* What cannot be read cannot go on, and a person must hear of it. */
static void
a_turn_that_cannot_go_on_is_given_to_people(void **state)
{
	struct fixture *f = *state;
	static const struct db_sql damage = {"UPDATE turn_record SET body = x'00'"};
	struct sent s, t;
	struct session *session;
	struct db_tx tx;
	bool done = false;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	db_tx_init(&tx);
	tx.owner = &done;
	db_add(&tx, &damage, "");
	assert_int_equal(db_submit(f->store.db, &tx, damaged, NULL), OK);
	run_until(f, done);
	db_tx_fini(&tx);
	restart(f, 0);
	run_until(f, f->events[EVENT_HANDOFF] == 1);
	assert_int_equal(f->events[EVENT_NOTE], 1);
	assert_non_null(strstr(f->note, "has no answer: sealed value: cut short"));
	assert_int_equal(
		session_of_number(f->engine, s.in.conversation, &session, NULL), OK);
	assert_true(str_eq(session->row.status, STR(CONVERSATION_WAITING)));
	assert_true(session->row.waiting_ms > 0);
	restart(f, 0); /* it is told once */
	send(f, &t, "ann", "hello?");
	run_until(f, t.done);
	assert_int_equal(t.replies, 0); /* people have it */
	assert_int_equal(f->events[EVENT_NOTE], 1);
	assert_int_equal(f->events[EVENT_HANDOFF], 1);
}

/* ---- people ---- */

static void
a_person_silences_the_bot(void **state)
{
	struct fixture *f = *state;
	struct sent s, t, u;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	assert_int_equal(
		do_op(f, OP_TAKEOVER, s.in.conversation, (struct engine_op){0}), OK);
	answer(f, 0, ANSWER_OK, "{\"word\":\"late\"}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_int_equal(s.replies, 0);
	send(f, &t, "ann", "hello");
	run_until(f, t.done);
	assert_int_equal(t.replies, 0);
	assert_int_equal(f->events[EVENT_OUTBOUND], 0);
	assert_int_equal(do_op(f, OP_MESSAGE, s.in.conversation,
				 (struct engine_op){.text = STR("I am here")}),
		OK);
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
	assert_int_equal(
		do_op(f, OP_HANDBACK, s.in.conversation, (struct engine_op){0}), OK);
	assert_int_equal(do_op(f, OP_HANDBACK, s.in.conversation, (struct engine_op){0}),
		ERR_CONFLICT);
	send(f, &u, "ann", "hello");
	run_until(f, u.done);
	assert_string_equal(u.reply, "answer to \"hello\"");
	assert_true(f->in_order);
}

/* Also when a turn was live in it at that moment: it is over for the customer all the same. */
static void
a_closed_conversation_is_followed_by_another(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	assert_int_equal(
		do_op(f, OP_CLOSE, s.in.conversation, (struct engine_op){0}), OK);
	send(f, &t, "ann", "hello");
	run_until(f, t.done);
	assert_int_not_equal(t.in.conversation, s.in.conversation);
	assert_string_equal(t.reply, "answer to \"hello\"");
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	assert_int_equal(s.replies, 0);
}

static void
a_hand_over_waits_for_people(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	int64_t waiting;
	send(f, &s, "ann", "a person please");
	run_until(f, s.done);
	assert_string_equal(s.reply, "handed over to \"a person please\"");
	assert_int_equal(f->events[EVENT_HANDOFF], 1);
	assert_int_equal(conversation_waiting(&f->store, 1, &waiting, NULL), OK);
	assert_int_equal(waiting, 1);
	send(f, &t, "ann", "hello?");
	run_until(f, t.done);
	assert_int_equal(t.replies, 0);
}

static int64_t
pending_approval(struct fixture *f)
{
	struct items ids;
	assert_int_equal(
		approval_list_pending(&f->store, &f->arena, 1, 0, 10, &ids, NULL), OK);
	return ids.n ? *(int64_t *)ids.p : 0;
}

static void
an_approval_is_consumed_once(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	send(f, &s, "ann", "propose it");
	run_until(f, s.done);
	assert_string_equal(s.reply, "a person decides to \"propose it\"");
	int64_t id = pending_approval(f);
	assert_true(id > 0);
	send(f, &t, "ann", "hello"); /* a pending approval blocks nobody */
	run_until(f, t.done);
	const struct engine_op yes = {.approval = id, .approved = true};
	assert_int_equal(do_op(f, OP_DECIDE, s.in.conversation, yes), OK);
	assert_int_equal(do_op(f, OP_DECIDE, s.in.conversation, yes), ERR_CONFLICT);
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, f->events[EVENT_OUTBOUND] == 3);
	assert_int_equal(f->world.total, 1);
	assert_int_equal(pending_approval(f), 0);
}

static void
a_decision_survives_a_crash(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	send(f, &s, "ann", "propose it");
	run_until(f, s.done);
	const struct engine_op yes = {.approval = pending_approval(f), .approved = true};
	assert_int_equal(do_op(f, OP_DECIDE, s.in.conversation, yes), OK);
	run_until(f, f->world.count == 1);
	restart(f, 1);
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, f->events[EVENT_OUTBOUND] == 2);
	restart(f, 0);
}

/* Two decisions and a message stand in the line when the program dies. What is written after the restart is answered on
 * its own, not by a decision's turn, and both decisions are carried out. */
static void
a_message_joins_no_decision(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	struct engine_op yes = {.approved = true};
	for (int i = 0; i < 2; i++) {
		send(f, &s, "ann", "propose it");
		run_until(f, s.done);
	}
	yes.approval = pending_approval(f);
	assert_int_equal(do_op(f, OP_DECIDE, s.in.conversation, yes), OK);
	run_until(f, f->world.count == 1);
	send(f, &t, "ann", "hello");
	run_until(f, t.accepted);
	yes.approval = pending_approval(f);
	assert_int_equal(do_op(f, OP_DECIDE, s.in.conversation, yes), OK);
	restart(f, 3);
	run_until(f, f->world.count == 1);
	send(f, &t, "ann", "hello again");
	for (int i = 0; i < 2; i++) {
		run_until(f, f->world.count == 1);
		answer(f, 0, ANSWER_OK, "{}");
	}
	run_until(f, t.done);
	assert_string_equal(t.reply, "answer to \"hello again\"");
	restart(f, 0);
}

/* ---- failure ---- */

static void
errors_take_their_route(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	send(f, &s, "ann", "fail");
	run_until(f, s.done);
	assert_string_equal(s.reply, "main failed: told to fail");
	assert_int_equal(load_turn(f, &s).status, TURN_DONE);
	send(f, &t, "bob", "fail twice");
	run_until(f, t.done);
	assert_non_null(strstr(t.reply, "A person will look at your message"));
	assert_int_equal(load_turn(f, &t).status, TURN_FAILED);
	assert_int_equal(f->events[EVENT_HANDOFF], 1);
}

/* What passes a bound of a turn goes to a person, and the cause record says which bound it was. */
static void
a_turn_has_bounds(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *text, *why;
	} cases[] = {{"ask too much", "more questions than a turn may ask"},
		{"never end", "an actor ran too often without an end"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sent s;
		send(f, &s, cases[i].text, cases[i].text);
		run_until(f, s.done);
		struct turn_row row = load_turn(f, &s);
		assert_non_null(strstr(s.reply, "A person will look at your message"));
		assert_int_equal(row.status, TURN_FAILED);
		struct json *causes;
		assert_int_equal(causes_parse(&f->arena, row.causes, &causes, NULL), OK);
		assert_true(str_find(json_print(&f->arena, causes),
				    str_of(cases[i].why)) > 0);
		assert_int_equal(f->events[EVENT_HANDOFF], (int)i + 1);
	}
}

static void
so_many_messages_wait_for_a_turn(void **state)
{
	struct fixture *f = *state;
	static struct sent first, waits[TURN_MESSAGES_MAX], more;
	struct error e = {0};
	send(f, &first, "ann", "look it up");
	run_until(f, f->world.count == 2);
	for (int i = 0; i < TURN_MESSAGES_MAX; i++)
		send(f, &waits[i], "ann", "and another");
	more.in = (struct inbound){.tenant = 1,
		.channel = STR("api"),
		.caller = {.id = STR("ann")},
		.text = STR("one too many")};
	assert_int_equal(engine_receive(f->engine, &more.in, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "32 messages wait"));
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, waits[TURN_MESSAGES_MAX - 1].done);
	for (int i = 0; i < TURN_MESSAGES_MAX; i++)
		assert_int_equal(waits[i].in.turn, waits[0].in.turn);
	assert_int_equal(f->events[EVENT_OUTBOUND], 2);
}

static void
drained(void *owner)
{
	*(bool *)owner = true;
}

static void
erased(struct engine_erasure *x)
{
	*(bool *)x->owner = true;
}

static void
a_person_is_forgotten_after_the_turn(void **state)
{
	struct fixture *f = *state;
	bool done = false;
	struct error e = {0};
	struct session *session;
	struct sent s;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	assert_int_equal(
		session_of_number(f->engine, s.in.conversation, &session, NULL), OK);
	struct engine_erasure x = {
		.contact = session->contact.id, .done = erased, .owner = &done};
	assert_int_equal(engine_erase(f->engine, &x, &e), OK);
	for (int i = 0; i < 20; i++)
		turn_loop(f);
	assert_false(done);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, s.done);
	run_until(f, done);
	assert_int_equal(x.result, OK);
	struct engine_stats stats;
	engine_get_stats(f->engine, &stats);
	assert_int_equal(stats.sessions, 0);
	assert_int_equal(engine_erase(f->engine, &x, &e), ERR_CONFLICT);
}

static void
drains_what_runs(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	bool empty = false;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	engine_drain(f->engine, drained, &empty);
	t.in = (struct inbound){.tenant = 1,
		.channel = STR("api"),
		.caller = {.id = STR("bob")},
		.text = STR("x")};
	assert_int_equal(engine_receive(f->engine, &t.in, NULL), ERR_UNAVAILABLE);
	assert_false(empty);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, empty);
	assert_int_equal(s.done, 1);
}

/* A turn that ran out of its time is answered; the end waits for the calls that are still out. */
static void
drains_calls_that_outlive_their_turn(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s;
	bool empty = false;
	send(f, &m, "ann", "look it up");
	run_until(f, f->world.count == 2);
	engine_drain(f->engine, drained, &empty);
	assert_int_equal(session_of_number(f->engine, m.in.conversation, &s, NULL), OK);
	s->running->timer.fire(&s->running->timer);
	run_until(f, m.done);
	assert_non_null(strstr(m.reply, "A person will look at your message"));
	session_drop(s);
	answer(f, 0, ANSWER_OK, "{}");
	assert_false(empty);
	answer(f, 0, ANSWER_OK, "{}");
	assert_true(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_without_waiting),
		TEST(accepts_before_a_question_leaves),
		TEST(an_answer_too_large_to_keep_has_failed),
		TEST(a_cached_answer_is_journalled_by_reference),
		TEST(an_answer_not_yet_journalled_is_written_whole),
		TEST(an_answer_by_reference_survives_a_crash),
		TEST(a_turn_that_cannot_go_on_is_given_to_people),
		TEST(repeats_give_the_same),
		TEST(one_conversation_one_turn_at_a_time),
		TEST(late_messages_are_kept_before_questions_leave),
		TEST(an_address_found_meanwhile_is_kept),
		TEST(joins_what_is_written_in_a_burst),
		TEST(nobody_speaks_with_anothers_rights),
		TEST(addresses_do_not_run_together),
		TEST(what_waits_has_a_limit_whoever_writes),
		TEST(a_repetition_is_known_soon_or_late),
		TEST(a_repetition_outlives_what_retention_forgot),
		TEST(a_repetition_leaves_the_turn_it_joined),
		TEST(refuses_what_cannot_be_a_message),
		TEST(goes_on_after_a_crash),
		TEST(a_person_silences_the_bot),
		TEST(a_closed_conversation_is_followed_by_another),
		TEST(a_hand_over_waits_for_people),
		TEST(an_approval_is_consumed_once),
		TEST(a_message_joins_no_decision),
		TEST(a_decision_survives_a_crash),
		TEST(errors_take_their_route),
		TEST(a_turn_has_bounds),
		TEST(so_many_messages_wait_for_a_turn),
		TEST(a_person_is_forgotten_after_the_turn),
		TEST(drains_what_runs),
		TEST(drains_calls_that_outlive_their_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
