/* What the engine keeps and how long it goes on, at its limits and past them. */
#include "turn/engine_fixture.h"
#include "turn/replay.h"
#include "turn/report.h"

static void
expect_failure(struct fixture *f, const struct sent *s, const char *why)
{
	struct json *causes;
	struct turn_row row = load_turn(f, s);
	assert_non_null(strstr(s->reply, "A person will look at your message"));
	assert_int_equal(row.status, TURN_FAILED);
	assert_int_equal(causes_parse(&f->arena, row.causes, &causes, NULL), OK);
	assert_true(str_find(json_print(&f->arena, causes), str_of(why)) > 0);
}

/* The conversation moves while a turn waits that had so many conflicts already. */
static void
a_turn_gives_up_when_the_conversation_moves_too_often(void **state)
{
	struct fixture *f = *state;
	for (int before = TURN_CONFLICTS_MAX - 1; before <= TURN_CONFLICTS_MAX;
		before++) {
		struct session *session;
		struct sent s;
		send(f, &s, "ann", "look it up");
		run_until(f, f->world.count == 2);
		assert_int_equal(
			session_of_number(f->engine, s.in.conversation, &session, NULL),
			OK);
		session->running->conflicts = before;
		assert_int_equal(
			do_op(f, OP_TAKEOVER, s.in.conversation, (struct engine_op){0}),
			OK);
		assert_int_equal(
			do_op(f, OP_HANDBACK, s.in.conversation, (struct engine_op){0}),
			OK);
		answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
		answer(f, 0, ANSWER_OK, "{}");
		run_until(f, s.done);
		if (before < TURN_CONFLICTS_MAX)
			assert_string_equal(s.reply, "found to \"look it up\"");
		else
			expect_failure(
				f, &s, "the conversation changed too often meanwhile");
	}
}

/* What it asks is waited for no longer than the pack lets a turn take, and a second for answers that say so themselves.
 */
static void
a_turn_has_its_time(void **state)
{
	struct fixture *f = *state;
	struct session *session;
	struct sent s;
	send(f, &s, "ann", "look it up");
	run_until(f, f->world.count == 2);
	assert_int_equal(
		session_of_number(f->engine, s.in.conversation, &session, NULL), OK);
	struct env_timer *timer = &session->running->timer;
	int64_t left_ms = (timer->due_ns - env_mono(f->env).ns) / 1000000;
	assert_in_range(left_ms, 1, 6000);
	assert_true(5000 < TURN_TIME_MAX_MS); /* no pack may ask for more: pack_test */
	env_timer_stop(f->env, timer);
	timer->fire(timer);
	run_until(f, s.done);
	expect_failure(f, &s, "the turn took longer than it may");
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
}

static enum err
try_to_send(struct fixture *f, const char *from, struct error *e)
{
	struct inbound in = {.tenant = 1,
		.channel = STR("api"),
		.caller = {.id = str_of(from)},
		.text = STR("one too many")};
	return engine_receive(f->engine, &in, e);
}

/* Turns that still gather what is written count too. */
static void
so_many_turns_are_live(void **state)
{
	struct fixture *f = *state;
	struct error e = {0};
	struct sent asks, after,
		gathers = {.in = {.tenant = 1,
				   .channel = STR("webchat"),
				   .caller = {.id = STR("bob")},
				   .text = STR("and then"),
				   .pause = true,
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = &gathers}};
	assert_int_equal(f->engine->config.turns_max, TURNS_WAITING_MAX);
	f->engine->config.turns_max = 2;
	send(f, &asks, "ann", "look it up");
	assert_int_equal(engine_receive(f->engine, &gathers.in, NULL), OK);
	assert_int_equal(try_to_send(f, "eve", &e), ERR_UNAVAILABLE);
	assert_string_equal(e.text, "the server is busy: 2 turns are waiting already");
	run_until(f, gathers.done);
	send(f, &after, "eve", "hello");
	assert_int_equal(try_to_send(f, "dan", &e), ERR_UNAVAILABLE);
	run_until(f, after.done);
	run_until(f, f->world.count == 2);
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, asks.done);
	assert_int_equal(f->engine->run_count, 0);
}

/* The one used longest ago goes, unless something happens in it; who comes back is known. */
static void
so_many_conversations_are_kept_in_memory(void **state)
{
	static const char *const people[] = {"bob", "eve", "dan", "zoe"};
	struct fixture *f = *state;
	struct sent busy, s[4], again;
	struct engine_stats stats;
	assert_int_equal(f->engine->config.sessions_max, SESSIONS_MAX);
	f->engine->config.sessions_max = 2;
	send(f, &busy, "ann", "look it up");
	run_until(f, f->world.count == 2);
	for (int i = 0; i < 4; i++) {
		send(f, &s[i], people[i], "hello");
		run_until(f, s[i].done);
		engine_get_stats(f->engine, &stats);
		assert_true(stats.sessions <= 3);
	}
	answer(f, 0, ANSWER_OK, "{}");
	answer(f, 0, ANSWER_OK, "{}");
	run_until(f, busy.done);
	send(f, &again, "bob", "hello again");
	run_until(f, again.done);
	assert_int_equal(again.in.conversation, s[0].in.conversation);
	assert_int_equal(again.in.seq, 3);
}

/* So many others were finished since: the store tells that the message is there, and nothing is said twice. */
static void
so_many_finished_keys_are_remembered(void **state)
{
	struct fixture *f = *state;
	struct sent first, again;
	send_keyed(f, &first, "ann", "hello", "k1");
	run_until(f, first.done);
	assert_int_equal(
		sizeof f->engine->recent / sizeof *f->engine->recent, DEDUPE_RECENT);
	memset(f->engine->recent, 0, sizeof f->engine->recent);
	send_keyed(f, &again, "ann", "hello", "k1");
	run_until(f, again.done);
	assert_int_equal(again.result, OK);
	assert_true(again.in.repeated);
	assert_int_equal(again.in.seq, first.in.seq);
	assert_string_equal(again.reply, first.reply);
	assert_int_equal(f->events[EVENT_OUTBOUND], 1);
}

/* ---- answers that are kept ---- */

static bool
has(struct answer_cache *c, const char *key)
{
	struct cached_answer *e =
		answer_cache_get(c, str_of(key), (struct wall){1000}, 60000);
	bool there = e != NULL;
	answer_cache_release(&e);
	return there;
}

static void
the_answer_used_longest_ago_goes_first(void **state)
{
	struct answer_cache c;
	const struct wall now = {1000};
	(void)state;
	answer_cache_init(&c);
	assert_int_equal(c.count_max, ANSWER_CACHE_ENTRIES_MAX);
	assert_int_equal(c.bytes_max, ANSWER_CACHE_BYTES_MAX);
	c.count_max = 2;
	answer_cache_put(&c, STR("a"), STR("1"), 200, now);
	answer_cache_put(&c, STR("b"), STR("2"), 200, now);
	assert_true(has(&c, "a"));
	answer_cache_put(&c, STR("c"), STR("3"), 200, now);
	assert_int_equal(c.count, 2);
	assert_true(has(&c, "a") && has(&c, "c"));
	assert_false(has(&c, "b"));
	answer_cache_fini(&c);
}

static void
cached_answers_have_so_many_bytes(void **state)
{
	struct answer_cache c;
	const struct wall now = {1000};
	char text[2000], key[16];
	(void)state;
	answer_cache_init(&c);
	c.bytes_max = 64000;
	memset(text, '7', sizeof text);
	/* A sixteenth of the whole, with what it takes parsed, is the most for one. */
	answer_cache_put(&c, STR("large"), STR("[]"), 200, now);
	assert_true(has(&c, "large"));
	answer_cache_put(&c, STR("large"), (struct str){text, 700}, 200, now);
	assert_false(has(&c, "large"));
	memset(text, ' ', sizeof text);
	text[0] = '1';
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "k%d", i);
		answer_cache_put(&c, str_of(key), (struct str){text, 600}, 200, now);
		assert_true(has(&c, key));
		assert_true(c.bytes <= c.bytes_max);
	}
	assert_true(c.count > 4 && c.count < 40);
	answer_cache_fini(&c);
}

/* Answers that journals name are read again when there were too many to remember; the journal is the same. */
static void
remembered_answers_of_journals_have_so_many_bytes(void **state)
{
	struct fixture *f = *state;
	struct session *session;
	struct journal_sources sources;
	struct sent s, t;
	send(f, &s, "ann", "cached please");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, s.done);
	send(f, &t, "ann", "cached again");
	run_until(f, t.done);
	struct turn_row row = load_turn(f, &t);
	assert_int_equal(
		session_of_number(f->engine, t.in.conversation, &session, NULL), OK);
	journal_sources_init(&sources, &f->store);
	assert_int_equal(sources.bytes_max, JOURNAL_SOURCES_MAX);
	for (int round = 0; round < 2; round++) {
		journal_sources_begin(
			&sources, session->row.contact, &session->contact.key);
		size_t after[3];
		for (int i = 0; i < 3; i++) {
			struct journal j;
			assert_int_equal(journal_load_from(&sources, &f->arena,
						 row.journal, &j, NULL),
				OK);
			const struct journal_answer *a =
				journal_find(&j, "main", STR("kept"));
			assert_true(
				str_eq(json_str(json_get(a->body, STR("word")), STR("")),
					STR("found")));
			after[i] = sources.arena.total;
			if (round == 1) /* as if a great deal had been read */
				arena_alloc(&sources.arena, 100000);
		}
		if (round == 0)
			assert_int_equal(after[0], after[2]);
		else
			assert_true(after[2] < 100000);
		sources.bytes_max = 50000;
	}
	journal_sources_fini(&sources);
}

static enum turn_step
late_run(struct turn *t)
{
	const struct question q = read_question("http://shop/kept");
	if (!says(t, "cached") && !says(t, "late"))
		return say(t, "answer");
	const struct answer *a = turn_ask(t, "kept", &q);
	if (!a)
		return TURN_WAIT;
	return say(t, a->status == ANSWER_OK ? "heard" : "not heard");
}

static const struct actor *
find_late_actor(struct str name)
{
	static const struct actor late = {"main", 1, late_run};
	return str_eq(name, STR("main")) ? &late : &actor_handler;
}

/* A what-if answers a new question from what the conversation's earlier turns heard, as far as that is remembered. */
static void
a_what_if_remembers_so_many_bytes(void **state)
{
	struct fixture *f = *state;
	struct replay_packs packs;
	struct sent s, t, u;
	send(f, &s, "ann", "cached please");
	run_until(f, f->world.count == 1);
	answer(f, 0, ANSWER_OK, "{\"word\":\"found\"}");
	run_until(f, s.done);
	send(f, &t, "ann", "hello");
	run_until(f, t.done);
	send(f, &u, "ann", "late");
	run_until(f, u.done);
	replay_packs_init(&packs, &host);
	for (int i = 0; i < 2; i++) {
		struct replay r;
		struct replay_outcome out;
		const struct record_range all = {.up_to = INT64_MAX};
		struct error e = {0};
		replay_init(&r, &f->store, &packs, find_late_actor, f->pack);
		assert_int_equal(r.heard_bytes_max, REPLAY_HEARD_MAX);
		if (i == 1)
			r.heard_bytes_max = 1;
		assert_int_equal(replay_start(&r, &all, &e), OK);
		for (int turn = 0; turn < 3; turn++)
			if (replay_next(&r, &out, &e) != OK)
				fail_msg("%s", e.text);
		assert_int_equal(out.borrowed, i == 0);
		assert_int_equal(out.unanswered, i == 1);
		replay_fini(&r);
	}
	replay_packs_fini(&packs);
}

/* All texts together have room beside the largest page; one that is longer is forgotten. */
static void
a_conversation_remembers_so_many_bytes(void **state)
{
	char text[DIALOGUE_TEXT_MAX + 1], page[WEBCHAT_CONTEXT_TOTAL_MAX];
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	memset(text, 'x', sizeof text);
	memset(page, 1, sizeof page); /* six bytes each as JSON */
	for (size_t n = DIALOGUE_TEXT_MAX; n <= DIALOGUE_TEXT_MAX + 1; n++) {
		const struct str long_text = {text, n};
		struct dialogue d = {0}, back;
		struct error e = {0};
		for (size_t i = 0; i < dialogue_schema.count; i++)
			if (dialogue_schema.fields[i].type == SCHEMA_STR)
				memcpy((char *)&d + dialogue_schema.fields[i].offset,
					&long_text, sizeof long_text);
		d.page = json_new_str(&a, (struct str){page, sizeof page});
		d.language = STR("en");
		struct str bytes = dialogue_write(&a, &d);
		assert_int_equal(dialogue_read(&a, bytes, &back, &e), OK);
		assert_int_equal(
			back.record_id.n, n == DIALOGUE_TEXT_MAX ? DIALOGUE_TEXT_MAX : 0);
		assert_int_equal(back.email.n, back.record_id.n);
		assert_true(str_eq(back.language, STR("en")));
		assert_int_equal(back.page->s.n, sizeof page);
	}
	arena_fini(&a);
}

/* A report that does not fit is no report, not the beginning of one. */
static void
a_report_is_whole_or_an_error(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct buf text;
	send(f, &s, "ann", "hello");
	run_until(f, s.done);
	for (size_t max = 100; max <= 100000; max *= 1000) {
		struct error e = {0};
		buf_init(&text, max);
		assert_int_equal(turn_report(&f->store, &f->arena, 0, s.in.conversation,
					 s.in.turn, &text, &e),
			max == 100 ? ERR_LIMIT : OK);
		buf_fini(&text);
		if (max == 100)
			assert_string_equal(
				e.text, "the turn's report is longer than 100 bytes");
	}
}

static struct json *
record_of(struct arena *a, struct turn_run *run, size_t causes, size_t text_bytes)
{
	static const struct actor actor = {"main", 1, NULL};
	struct json *record;
	struct error e = {0};
	run_init(run);
	run_clear(run);
	run->actor = &actor;
	run->turn.run = run;
	run->turn.doc.intent.name = STR("order_inquiry");
	run->costs[run->cost_count++] = (struct actor_cost){"main", 1000, 1};
	char *text = arena_alloc(a, text_bytes);
	memset(text, 1, text_bytes); /* six bytes each as JSON */
	for (size_t i = 0; i < causes; i++)
		turn_cause(&run->turn, (struct str){text, text_bytes}, 1, STR(""));
	struct str bytes = causes_print(a, run);
	assert_true(bytes.n <= CAUSES_BYTES_MAX);
	assert_int_equal(causes_parse(a, bytes, &record, &e), OK);
	return record;
}

/* A record that would be longer is cut and says so; what it says of the turn is still there. */
static void
causes_have_so_many_bytes(void **state)
{
	const struct {
		size_t causes, text_bytes, kept;
		bool cut;
	} cases[] = {{1, 100, 1, false}, {1, CAUSES_BYTES_MAX / 2, 1, false},
		{1, CAUSES_BYTES_MAX + 1, 1, true},
		{CAUSES_BYTES_MAX, 1, CAUSES_CUT_COUNT, true},
		{5000, 3000, CAUSES_CUT_COUNT, true}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a;
		struct turn_run run;
		arena_init(&a, 0);
		struct json *record =
			record_of(&a, &run, cases[i].causes, cases[i].text_bytes);
		struct json *causes = json_get(record, STR("causes"));
		struct str rule = json_str(json_get(causes->first, STR("rule")), STR(""));
		assert_int_equal(
			json_bool(json_get(record, STR("cut")), false), cases[i].cut);
		assert_int_equal(causes->count, cases[i].kept);
		assert_int_equal(rule.n,
			cases[i].cut && cases[i].text_bytes > CAUSES_CUT_TEXT
				? CAUSES_CUT_TEXT
				: cases[i].text_bytes);
		assert_true(
			str_eq(json_str(json_path(record, STR("intent.name")), STR("")),
				STR("order_inquiry")));
		run_fini(&run);
		arena_fini(&a);
	}
}

/* Costs of 300,000 actors without a name: a byte each in a record that is not ours. */
static void
causes_have_so_many_bytes_as_text(void **state)
{
	enum { ACTORS = 300000 };
	static char record[4 + 4 + ACTORS + 2] = {
		0, 0, 0, 0, 1, (char)0xe0, (char)0xa7, 0x12};
	struct arena a;
	struct json *causes;
	struct error e = {0};
	const size_t costs = 4 + ACTORS + 1;
	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < 4; i++)
		record[i] = (char)(costs >> (8 * i));
	assert_int_equal(
		causes_parse(&a, (struct str){record, sizeof record}, &causes, &e),
		ERR_LIMIT);
	assert_string_equal(e.text, "causes: longer than 4194304 bytes as text");
	arena_fini(&a);
}

/* ---- turns whose outcome waits for the disk ---- */

static void
store_moved(struct db_tx *tx, enum err result)
{
	struct fixture *f = tx->owner;
	assert_int_equal(result, OK);
	db_tx_fini(tx);
	f->stored = true;
}

/* An accepted message whose outcome is on its way to the disk; moves_on: where the conversation has moved on in the
 * store, so that it is refused there. */
static struct session *
outcome_on_its_way(struct fixture *f, struct sent *m, bool document, int moves_on)
{
	static const struct db_sql move = {
		"UPDATE conversation SET version = version + ?1"};
	struct session *s;
	struct db_tx tx;
	*m = (struct sent){.in = {.tenant = 1,
				   .channel = STR("webchat"),
				   .caller = {.id = STR("ann")},
				   .text = STR("hello"),
				   .document = document,
				   .pause = true,
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = m}};
	assert_int_equal(engine_receive(f->engine, &m->in, NULL), OK);
	run_until(f, m->accepted);
	assert_int_equal(session_of_number(f->engine, m->in.conversation, &s, NULL), OK);
	run_until(f, !s->busy);
	db_tx_init(&tx);
	tx.owner = f;
	db_add(&tx, &move, "i", (int64_t)moves_on);
	f->stored = false;
	assert_int_equal(db_submit(f->store.db, &tx, store_moved, NULL), OK);
	run_until(f, f->stored);
	s->next->at_once = true;
	session_advance(s);
	assert_true(s->busy);
	return s;
}

static void
what_waits_for_the_disk_keeps_little(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s = outcome_on_its_way(f, &m, false, 0);
	assert_true(s->running->rested);
	assert_int_equal(s->running->run.scratch.total, 0);
	run_until(f, m.done);
	assert_int_equal(m.result, OK);
	assert_string_equal(m.reply, "answer to \"hello\"");
}

static void
a_document_that_is_read_is_kept(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s = outcome_on_its_way(f, &m, true, 0);
	assert_false(s->running->rested);
	assert_true(str_eq(
		s->running->run.turn.doc.aggregation.text, STR("answer to \"hello\"")));
	run_until(f, m.done);
	assert_string_equal(m.reply, "answer to \"hello\"");
}

/* Its outcome was given back and is wanted again: the turn comes to the same end, with its causes. */
static void
what_the_store_refused_is_written_again(void **state)
{
	static const struct db_sql move_back = {
		"UPDATE conversation SET version = version - 1"};
	struct fixture *f = *state;
	struct sent m;
	struct db_tx tx;
	struct json *causes;
	struct session *s = outcome_on_its_way(f, &m, false, 1);
	run_until(f, s->running->phase == PHASE_RETRY);
	assert_int_equal(m.done, 0);
	db_tx_init(&tx);
	tx.owner = f;
	db_add(&tx, &move_back, "");
	f->stored = false;
	assert_int_equal(db_submit(f->store.db, &tx, store_moved, NULL), OK);
	run_until(f, m.done);
	assert_int_equal(m.result, OK);
	assert_string_equal(m.reply, "answer to \"hello\"");
	struct turn_row row = load_turn(f, &m);
	assert_int_equal(causes_parse(&f->arena, row.causes, &causes, NULL), OK);
	assert_true(str_find(json_print(&f->arena, causes), STR("\"say\"")) >= 0);
	assert_int_equal(f->engine->stats.failed_turns, 0);
}

/* A store that takes nothing for hours is tried twice a second; the turns that wait for it do not grow. */
static void
what_is_tried_again_keeps_no_more(void **state)
{
	struct fixture *f = *state;
	struct sent m;
	struct session *s = outcome_on_its_way(f, &m, false, 0);
	struct live_run *lr = s->running;
	size_t kept = lr->run.kept.total;
	for (int i = 0; i < 1000; i++) {
		live_restart(lr);
		assert_int_equal(lr->phase, PHASE_TO_FINISH);
		live_rest(lr);
	}
	assert_int_equal(lr->run.kept.total, kept);
	lr->phase = PHASE_COMMITTING;
	run_until(f, m.done);
	assert_string_equal(m.reply, "answer to \"hello\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_turn_gives_up_when_the_conversation_moves_too_often),
		TEST(a_turn_has_its_time),
		TEST(so_many_turns_are_live),
		TEST(so_many_conversations_are_kept_in_memory),
		TEST(so_many_finished_keys_are_remembered),
		cmocka_unit_test(the_answer_used_longest_ago_goes_first),
		cmocka_unit_test(cached_answers_have_so_many_bytes),
		TEST(remembered_answers_of_journals_have_so_many_bytes),
		TEST(a_what_if_remembers_so_many_bytes),
		cmocka_unit_test(a_conversation_remembers_so_many_bytes),
		TEST(a_report_is_whole_or_an_error),
		cmocka_unit_test(causes_have_so_many_bytes),
		TEST(what_waits_for_the_disk_keeps_little),
		TEST(a_document_that_is_read_is_kept),
		TEST(what_the_store_refused_is_written_again),
		TEST(what_is_tried_again_keeps_no_more),
		cmocka_unit_test(causes_have_so_many_bytes_as_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
