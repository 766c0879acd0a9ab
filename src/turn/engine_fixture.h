/*
 * What tests of the engine share: a real store in a folder of its own, a small pack, actors that do as the text of a
 * message tells them, and a world that answers when the test says so. A test begins with set_up() and ends with
 * tear_down(); both are given to cmocka by TEST().
 */
#ifndef TURN_ENGINE_FIXTURE_H
#define TURN_ENGINE_FIXTURE_H

#include "base/limits.h"
#include "pack/pack.h"
#include "talk/approval.h"
#include "talk/turn_row.h"
#include "turn/causes.h"
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
	char note[200]; /* text of the last one */
	int64_t last_seq;
	bool in_order;
	void (*commit_done)(struct db_tx *tx,
		enum err result); /* of a commit whose end is in doubt */
	struct db_tx *doubtful, undo;
};

static inline void
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

static inline void
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

static inline struct question
read_question(const char *url)
{
	return (struct question){.kind = QUESTION_READ,
		.url = str_of(url),
		.timeout_ms = 1000,
		.cache_ms = 0};
}

static inline bool
says(const struct turn *t, const char *word)
{
	return str_find(t->text, str_of(word)) >= 0;
}

static inline enum turn_step
say(struct turn *t, const char *text)
{
	t->doc.aggregation.text =
		arena_printf(t->arena, "%s to \"%.*s\"", text, STR_ARG(t->text));
	turn_cause(t, STR("say"), 1, STR(""));
	return TURN_NEXT;
}

static inline enum turn_step
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

/* One after the other: the second is asked when the first is done. */
static inline enum turn_step
two_effects(struct turn *t)
{
	const struct question q = {.kind = QUESTION_EFFECT,
		.method = STR("POST"),
		.url = STR("http://shop/gift"),
		.body = STR("{}"),
		.timeout_ms = 1000,
		.action = STR("gift")};
	if (do_effect(t, true) == TURN_WAIT)
		return TURN_WAIT;
	const struct answer *a = turn_ask(t, "gift", &q);
	if (!a)
		return TURN_WAIT;
	return say(t,
		arena_printf(t->arena, "refunded, gift %s", answer_status_name(a->status))
			.p);
}

static inline enum turn_step
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

/* One answer may come from the cache; with "and wait" another question stays open, and who insists asks again when it
 * fails. */
static inline enum turn_step
look_up_cached(struct turn *t)
{
	struct question q = read_question("http://shop/kept"),
			open = read_question("http://shop/open");
	q.cache_ms = 60000;
	const struct answer *a = turn_ask(t, "kept", &q);
	if (a && a->status != ANSWER_OK && says(t, "insist"))
		a = turn_ask(t, "kept again", &q);
	const struct answer *b =
		a && says(t, "and wait") ? turn_ask(t, "open", &open) : a;
	if (!a || !b)
		return TURN_WAIT;
	return say(t,
		arena_str(t->arena,
			json_str(json_get(a->json, STR("word")), STR("nothing")))
			.p);
}

static inline enum turn_step
propose(struct turn *t)
{
	struct json *frozen = json_new_object(t->arena);
	json_set(frozen, STR("amount"), json_new_int(t->arena, 700));
	turn_propose(t, STR("refund"), frozen, STR("above the limit"));
	return say(t, "a person decides");
}

/* More than a turn may ask, each answered at once. */
static inline enum turn_step
ask_too_much(struct turn *t)
{
	const struct question clock = {.kind = QUESTION_CLOCK};
	for (int i = 0; i <= TURN_QUESTIONS_MAX; i++)
		if (!turn_ask(t, arena_printf(t->arena, "q%d", i).p, &clock))
			return TURN_WAIT;
	return say(t, "all answered");
}

static inline enum turn_step
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
	if (says(t, "refund and gift"))
		return two_effects(t);
	if (says(t, "refund"))
		return do_effect(t, true);
	if (says(t, "who am I"))
		return say(t,
			arena_printf(t->arena, "%d %.*s", t->caller.proof,
				STR_ARG(t->caller.email))
				.p);
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

static inline enum turn_step
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

static inline void
put_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline void
on_event(void *owner, int64_t conversation, const struct event *ev)
{
	struct fixture *f = owner;
	(void)conversation;
	f->events[ev->kind]++;
	if (ev->kind == EVENT_NOTE) {
		struct message m;
		struct arena a;
		arena_init(&a, 0);
		assert_int_equal(message_parse(&a, ev->body, &m, NULL), OK);
		snprintf(f->note, sizeof f->note, "%.*s", STR_ARG(m.text));
		arena_fini(&a);
	}
	f->in_order = f->in_order && ev->seq == f->last_seq + 1;
	f->last_seq = ev->seq;
}

static inline void
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

static inline void
wake(struct env_timer *t)
{
	env_uv_stop(((struct fixture *)t->owner)->env);
}

static inline void
turn_loop(struct fixture *f)
{
	struct env_timer t = {.fire = wake, .owner = f};
	env_timer_start(f->env, &t, 1);
	env_uv_run(f->env);
	env_timer_stop(f->env, &t);
}

static inline void
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

static inline void
close_engine(struct fixture *f)
{
	engine_free(&f->engine);
	store_close(&f->store);
}

static inline int
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

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline int
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

static inline void
was_accepted(struct inbound *in)
{
	struct sent *s = in->owner;
	s->accepted++;
	assert_int_equal(s->done, 0);
}

static inline void
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

static inline void
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

static inline void
send(struct fixture *f, struct sent *s, const char *from, const char *text)
{
	send_keyed(f, s, from, text, "");
}

static inline struct turn_row
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

/* ---- people, and a second life ---- */

/* Ends the program's life in the middle and begins another on the same store. */
static inline void
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

static inline size_t
ledger_rows(struct fixture *f, struct session *s, int64_t turn)
{
	struct items rows;
	assert_int_equal(effect_list(&f->store, &f->arena, row_key(s->row.id, turn),
				 &s->contact.key, &rows, NULL),
		OK);
	return rows.n;
}

struct done_op {
	struct engine_op op;
	int done;
};

static inline void
op_was_done(struct engine_op *op)
{
	((struct done_op *)op->owner)->done++;
}

static inline enum err
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
