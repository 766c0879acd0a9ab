/* The engine on a real store: a world and actors that the test holds in its hands. */
#include "base/limits.h"
#include "pack/pack.h"
#include "talk/approval.h"
#include "talk/turn_row.h"
#include "turn/journal.h"
#include "turn/session.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a world that answers when the test says so ---- */

#define CALLS_MAX 32

struct test_world {
	struct world world;
	struct world_call *open[CALLS_MAX];
	int count, total;
	struct str keys[CALLS_MAX]; /* idempotency keys, copies */
	bool row_stood; /* an unfinished turn was in the store when the last question left
			 */
	struct fixture *f;
};

struct fixture {
	char dir[64];
	struct env *env;
	struct store store;
	struct test_world world;
	struct engine *engine;
	struct pack *pack;
	struct arena arena;
	bool stored;
	int events[16];
	int64_t last_seq;
	bool in_order;
	void (*commit_done)(struct db_tx *tx,
		enum err result); /* of a commit whose end is in doubt */
	struct db_tx *doubtful, undo;
};

static void
test_ask(struct world *w, struct world_call *call)
{
	struct test_world *world = (struct test_world *)w;
	struct items rows;
	assert_true(world->count < CALLS_MAX && world->total < CALLS_MAX);
	world->open[world->count++] = call;
	world->keys[world->total++] = arena_str(&world->f->arena, call->idempotency_key);
	assert_int_equal(
		turn_row_unfinished(&world->f->store, &world->f->arena, &rows, NULL), OK);
	world->row_stood = rows.n > 0;
}

static const struct world_ops test_ops = {.ask = test_ask};

static void
answer(struct fixture *f, int i, enum answer_status status, const char *json)
{
	struct world_call *call = f->world.open[i];
	memmove(&f->world.open[i], &f->world.open[i + 1],
		(size_t)(f->world.count - i - 1) * sizeof call);
	f->world.count--;
	call->status = status;
	call->http = status == ANSWER_OK ? 200 : 0;
	call->body = str_of(json);
	call->done(call);
}

/* ---- actors ---- */

static struct question
read_question(const char *url)
{
	return (struct question){.kind = QUESTION_READ,
		.url = str_of(url),
		.timeout_ms = 1000,
		.cache_ms = 0};
}

static bool
says(const struct turn *t, const char *word)
{
	return str_find(t->text, str_of(word)) >= 0;
}

static enum turn_step
say(struct turn *t, const char *text)
{
	t->doc.aggregation.text =
		arena_printf(t->arena, "%s to \"%.*s\"", text, STR_ARG(t->text));
	turn_cause(t, STR("say"), 1, STR(""), STR(""));
	return TURN_NEXT;
}

static enum turn_step
do_effect(struct turn *t, bool idempotent)
{
	const struct question q = {.kind = QUESTION_EFFECT,
		.method = STR("POST"),
		.url = STR("http://shop/refund"),
		.body = STR("{\"amount\":10}"),
		.timeout_ms = 1000,
		.idempotent = idempotent,
		.action = STR("refund")};
	const struct answer *a = turn_ask(t, "refund", &q);
	if (!a)
		return TURN_WAIT;
	return say(
		t, a->status == ANSWER_OK ? "refunded" : answer_status_name(a->status));
}

static enum turn_step
look_up(struct turn *t)
{
	const struct question one = read_question("http://shop/one"),
			      two = read_question("http://shop/two");
	/* What an unfinished run writes must not be seen. */
	t->doc.aggregation.text = STR("written by a run that waits");
	const struct answer *a = turn_ask(t, "one", &one);
	const struct answer *b = turn_ask(t, "two", &two);
	if (!a || !b)
		return TURN_WAIT;
	return say(t,
		arena_str(t->arena,
			json_str(json_get(a->json, STR("word")), STR("nothing")))
			.p);
}

/* One answer may come from the cache; with "and wait" another question stays open. */
static enum turn_step
look_up_cached(struct turn *t)
{
	struct question q = read_question("http://shop/kept"),
			open = read_question("http://shop/open");
	q.cache_ms = 60000;
	const struct answer *a = turn_ask(t, "kept", &q);
	const struct answer *b =
		a && says(t, "and wait") ? turn_ask(t, "open", &open) : a;
	if (!a || !b)
		return TURN_WAIT;
	return say(t,
		arena_str(t->arena,
			json_str(json_get(a->json, STR("word")), STR("nothing")))
			.p);
}

static enum turn_step
propose(struct turn *t)
{
	struct json *frozen = json_new_object(t->arena);
	json_set(frozen, STR("amount"), json_new_int(t->arena, 700));
	turn_propose(t, STR("refund"), frozen, STR("above the limit"));
	return say(t, "a person decides");
}

/* More than a turn may ask, each answered at once. */
static enum turn_step
ask_too_much(struct turn *t)
{
	const struct question clock = {.kind = QUESTION_CLOCK};
	for (int i = 0; i <= TURN_QUESTIONS_MAX; i++)
		if (!turn_ask(t, arena_printf(t->arena, "q%d", i).p, &clock))
			return TURN_WAIT;
	return say(t, "all answered");
}

static enum turn_step
main_run(struct turn *t)
{
	if (says(t, "ask too much"))
		return ask_too_much(t);
	if (says(t, "never end"))
		return TURN_WAIT;
	if (t->verdict)
		return t->verdict->approved ? do_effect(t, true) : say(t, "not approved");
	if (says(t, "look"))
		return look_up(t);
	if (says(t, "cached"))
		return look_up_cached(t);
	if (says(t, "refund once"))
		return do_effect(t, false);
	if (says(t, "refund"))
		return do_effect(t, true);
	if (says(t, "propose"))
		return propose(t);
	if (says(t, "fail"))
		return turn_fail(t, "told to fail");
	if (says(t, "person")) {
		t->doc.escalation.handoff = true;
		t->doc.escalation.reason = STR("asked for");
		return say(t, "handed over");
	}
	t->dialogue.turns++;
	return say(t, "answer");
}

static enum turn_step
handler_run(struct turn *t)
{
	const char *actor;
	struct str why = turn_failure(t, &actor);
	if (says(t, "fail twice"))
		return turn_fail(t, "the handler too");
	t->doc.aggregation.text =
		arena_printf(t->arena, "%s failed: %.*s", actor, STR_ARG(why));
	return TURN_NEXT;
}

static const struct actor actor_main = {"main", 1, main_run};
static const struct actor actor_handler = {"handler", 1, handler_run};

static const struct actor *
find_test_actor(struct str name)
{
	if (str_eq(name, STR("main")))
		return &actor_main;
	return str_eq(name, STR("handler")) ? &actor_handler : NULL;
}

static const char *const actor_names[] = {"main", "handler", NULL};
static const struct pack_host host = {.actors = actor_names};

/* ---- the fixture ---- */

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
on_event(void *owner, int64_t conversation, const struct event *ev)
{
	struct fixture *f = owner;
	(void)conversation;
	f->events[ev->kind]++;
	f->in_order = f->in_order && ev->seq == f->last_seq + 1;
	f->last_seq = ev->seq;
}

static void
pack_stored(struct engine_pack_change *change, enum err result)
{
	struct fixture *f = change->owner;
	assert_int_equal(result, OK);
	f->stored = true;
}

/* Runs the loop until the condition holds; it must come to hold. */
#define run_until(f, cond) \
	do { \
		int patience_ = 5000; \
		while (!(cond)) { \
			assert_true(patience_-- > 0); \
			turn_loop(f); \
		} \
	} while (0)

static void
wake(struct env_timer *t)
{
	env_uv_stop(((struct fixture *)t->owner)->env);
}

static void
turn_loop(struct fixture *f)
{
	struct env_timer t = {.fire = wake, .owner = f};
	env_timer_start(f->env, &t, 1);
	env_uv_run(f->env);
	env_timer_stop(f->env, &t);
}

static void
open_engine(struct fixture *f)
{
	struct error e = {0};
	struct engine_pack_change change = {.done = pack_stored, .owner = f};
	assert_int_equal(store_open(f->env, str_of(f->dir), &f->store, &e), OK);
	f->world = (struct test_world){.world = {&test_ops}, .f = f};
	const struct engine_config config = {.env = f->env,
		.store = &f->store,
		.world = &f->world.world,
		.find_actor = find_test_actor,
		.pack_host = &host,
		.on_event = on_event,
		.owner = f};
	assert_int_equal(engine_new(&config, &f->engine, &e), OK);
	f->stored = false;
	engine_set_pack(f->engine, f->pack, &change);
	run_until(f, f->stored);
}

static void
close_engine(struct fixture *f)
{
	engine_free(&f->engine);
	store_close(&f->store);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error e = {0};
	char pack[80], nlu[96];
	snprintf(f->dir, sizeof f->dir, P_tmpdir "/engine_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(pack, sizeof pack, "%s/pack", f->dir);
	mkdir(pack, 0700);
	put_file(pack, "pack.yaml",
		"name: test\nversion: \"1\"\ncompany: Test\nlanguages: [{code: en, marks: [the]}]\n"
		"coalesce_min: 50ms\ncoalesce_max: 60ms\nturn_time: 5s\n");
	snprintf(nlu, sizeof nlu, "%s/nlu", pack);
	mkdir(nlu, 0700);
	put_file(nlu, "intents.yaml", "intents:\n  fallback: unknown\n");
	put_file(pack, "responses.yaml",
		"responses:\n  - {name: all, text: hello}\noccasions:\n  handoff: {name: handoff, text: wait}\n"
		"  fallback: {name: fallback, text: sorry}\n  offer: {name: offer, text: a person}\n"
		"  verdict: {name: verdict, text: decided}\n");
	put_file(pack, "policy.yaml",
		"routes:\n  - {name: message, steps: [main], on_error: handler}\n"
		"  - {name: verdict, steps: [main], on_error: handler}\n");
	f->env = env_uv_new();
	arena_init(&f->arena, 0);
	const struct pack_options options = {.host = &host};
	enum err r = pack_load(pack, &options, &f->pack, NULL, &e);
	if (r != OK)
		fail_msg("%s", e.text);
	f->in_order = true;
	open_engine(f);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	const struct pack *p = f->pack;
	close_engine(f);
	pack_unref(&p);
	env_uv_free(&f->env);
	arena_fini(&f->arena);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

/* ---- messages ---- */

struct sent {
	struct inbound in;
	int accepted, done;
	enum err result;
	char reply[200];
	int replies;
};

static void
was_accepted(struct inbound *in)
{
	struct sent *s = in->owner;
	s->accepted++;
	assert_int_equal(s->done, 0);
}

static void
was_done(struct inbound *in)
{
	struct sent *s = in->owner;
	s->done++;
	s->result = in->result;
	s->replies = (int)in->replies.n;
	items_each(const struct event, ev, in->replies) {
		struct arena a;
		struct message m;
		arena_init(&a, 0);
		assert_int_equal(message_parse(&a, ev->body, &m, NULL), OK);
		snprintf(s->reply, sizeof s->reply, "%.*s", STR_ARG(m.text));
		arena_fini(&a);
	}
}

static void
send_keyed(struct fixture *f, struct sent *s, const char *from, const char *text,
	const char *key)
{
	struct error e = {0};
	*s = (struct sent){.in = {.tenant = 1,
				   .channel = STR("api"),
				   .caller = {.id = str_of(from)},
				   .text = str_of(text),
				   .dedupe = str_of(key),
				   .accepted = was_accepted,
				   .done = was_done,
				   .owner = s}};
	memset(s->in.fingerprint, text[0], sizeof s->in.fingerprint);
	assert_int_equal(engine_receive(f->engine, &s->in, &e), OK);
	assert_int_equal(s->accepted + s->done, 0); /* never from inside the call */
}

static void
send(struct fixture *f, struct sent *s, const char *from, const char *text)
{
	send_keyed(f, s, from, text, "");
}

static struct turn_row
load_turn(struct fixture *f, const struct sent *s)
{
	struct session *session;
	struct turn_row row;
	assert_int_equal(
		session_of_number(f->engine, s->in.conversation, &session, NULL), OK);
	assert_int_equal(turn_row_load(&f->store, &f->arena, s->in.conversation,
				 s->in.turn, &session->contact.key, &row, NULL),
		OK);
	return row;
}

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
	assert_true(str_find(row.journal, STR("\"status\":\"failed\"")) > 0);
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
	struct str key = arena_printf(
		&f->arena, "%lld/http://shop/kept\n", (long long)s->row.contact);
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

/* ---- effects ---- */

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

/* Ends the program's life in the middle and begins another on the same store. */
static void
restart(struct fixture *f, int expected)
{
	int count;
	struct error e = {0};
	close_engine(f);
	open_engine(f);
	f->in_order = true;
	assert_int_equal(engine_recover(f->engine, &count, &e), OK);
	assert_int_equal(count, expected);
}

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
	t.in.turn = s.in.turn + 1;
	t.in.conversation = s.in.conversation;
	struct turn_row row = load_turn(f, &t);
	assert_true(str_find(row.journal, STR("found")) >
		0); /* who recovers writes it whole */
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

static size_t
ledger_rows(struct fixture *f, struct session *s, int64_t turn)
{
	struct items rows;
	assert_int_equal(effect_list(&f->store, &f->arena, row_key(s->row.id, turn),
				 &s->contact.key, &rows, NULL),
		OK);
	return rows.n;
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

/* ---- people ---- */

struct done_op {
	struct engine_op op;
	int done;
};

static void
op_was_done(struct engine_op *op)
{
	((struct done_op *)op->owner)->done++;
}

static enum err
do_op(struct fixture *f, enum op_kind kind, int64_t conversation, struct engine_op wanted)
{
	struct done_op d = {.op = wanted};
	d.op.kind = kind;
	d.op.tenant = 1;
	d.op.conversation = conversation;
	d.op.person_id = STR("eve");
	d.op.person_name = STR("Eve");
	d.op.done = op_was_done;
	d.op.owner = &d;
	engine_do(f->engine, &d.op);
	assert_int_equal(d.done, 0);
	run_until(f, d.done);
	assert_int_equal(d.done, 1);
	return d.op.result;
}

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
		assert_true(str_find(row.causes, str_of(cases[i].why)) > 0);
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
drained(void *owner)
{
	*(bool *)owner = true;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		TEST(repeats_give_the_same),
		TEST(one_conversation_one_turn_at_a_time),
		TEST(late_messages_are_kept_before_questions_leave),
		TEST(joins_what_is_written_in_a_burst),
		TEST(refuses_what_cannot_be_a_message),
		TEST(effects_stand_in_the_ledger_first),
		TEST(doubt_is_repeated_or_seen),
		TEST(goes_on_after_a_crash),
		TEST(an_effect_in_doubt_after_a_crash),
		TEST(no_call_leaves_without_its_row),
		TEST(what_was_kept_in_doubt_is_not_done_again),
		TEST(a_person_silences_the_bot),
		TEST(a_take_over_in_doubt_counts),
		TEST(a_call_nobody_comes_back_to_is_in_doubt),
		TEST(what_was_done_becomes_a_note),
		TEST(a_hand_over_waits_for_people),
		TEST(an_approval_is_consumed_once),
		TEST(a_decision_survives_a_crash),
		TEST(errors_take_their_route),
		TEST(a_turn_has_bounds),
		TEST(so_many_messages_wait_for_a_turn),
		TEST(an_effect_is_tried_so_often),
		TEST(drains_what_runs),
		TEST(drains_calls_that_outlive_their_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
