#include "turn/run.h"

#include "base/hash.h"
#include "base/log.h"
#include "pack/pack.h"
#include "wire/crypto.h"

#include <stdarg.h>

#define RUN_FAILURES_MAX 3

/* What an actor may have written, to be put back when its run does not count. */
struct snapshot {
	struct document doc;
	struct dialogue dialogue;
	struct arena_mark mark;
	struct cause *causes_last;
	struct proposal *proposals_last;
	int proposal_count;
	struct str steps[RUN_STEPS_MAX];
	size_t step_count;
};

void
run_init(struct turn_run *run)
{
	memset(run, 0, sizeof *run);
	arena_init(&run->kept, 4096);
	arena_init(&run->scratch, 16384);
}

void
run_fini(struct turn_run *run)
{
	arena_fini(&run->kept);
	arena_fini(&run->scratch);
}

void
run_clear(struct turn_run *run)
{
	struct arena kept = run->kept, scratch = run->scratch;
	arena_clear(&kept);
	arena_clear(&scratch);
	memset(run, 0, sizeof *run);
	run->kept = kept;
	run->scratch = scratch;
}

static enum err
read_dialogue(struct turn_run *run, struct error *e)
{
	return dialogue_read(&run->scratch, run->state, &run->turn.dialogue, e);
}

/* The page that was written from last is the one that counts. A decision is nobody's page. */
static enum err
take_page(struct turn *t, struct error *e)
{
	if (t->caller.page.n == 0 || t->verdict)
		return OK;
	return json_parse(t->arena, t->caller.page, &t->dialogue.page, e);
}

/* What lies in `scratch`. */
static void
forget_results(struct turn_run *run)
{
	memset(&run->turn.doc, 0, sizeof run->turn.doc);
	memset(&run->turn.dialogue, 0, sizeof run->turn.dialogue);
	run->causes = run->causes_last = NULL;
	run->proposals = run->proposals_last = NULL;
	run->proposal_count = 0;
}

void
run_rest(struct turn_run *run)
{
	bool handoff = run->turn.doc.escalation.handoff;
	forget_results(run);
	run->turn.doc.escalation.handoff = handoff;
	arena_fini(&run->scratch);
}

enum err
run_start(struct turn_run *run, struct error *e)
{
	struct turn *t = &run->turn;
	arena_clear(&run->scratch);
	t->arena = &run->scratch;
	t->run = run;
	forget_results(run);
	run->failures = run->runs = 0;
	run->failed_actor = NULL;
	run->failure = STR("");
	run->step_count = run->at = run->cost_count = 0;
	enum err r = read_dialogue(run, e);
	if (r == OK)
		r = take_page(t, e);
	if (r != OK)
		return err_context(e, r, "the conversation's state");
	const struct pack_route *route =
		pack_route(t->pack, t->verdict ? STR("verdict") : STR("message"));
	run->on_error = route->on_error;
	/* The bot is silent while a person has the conversation; an approved action is still carried out. */
	if (t->human_owns && !t->verdict)
		return OK;
	items_each(const struct str, step, route->steps)
		run->steps[run->step_count++] = *step;
	return OK;
}

static void
take_snapshot(struct turn_run *run, struct snapshot *s)
{
	s->doc = run->turn.doc;
	s->dialogue = run->turn.dialogue;
	s->mark = arena_mark(&run->scratch);
	s->causes_last = run->causes_last;
	s->proposals_last = run->proposals_last;
	s->proposal_count = run->proposal_count;
	s->step_count = run->step_count;
	memcpy(s->steps, run->steps, run->step_count * sizeof *s->steps);
}

static void
put_back(struct turn_run *run, const struct snapshot *s)
{
	run->turn.doc = s->doc;
	run->turn.dialogue = s->dialogue;
	arena_reset(&run->scratch, s->mark);
	run->causes_last = s->causes_last;
	if (run->causes_last)
		run->causes_last->next = NULL;
	else
		run->causes = NULL;
	run->proposals_last = s->proposals_last;
	if (run->proposals_last)
		run->proposals_last->next = NULL;
	else
		run->proposals = NULL;
	run->proposal_count = s->proposal_count;
	run->step_count = s->step_count;
	memcpy(run->steps, s->steps, s->step_count * sizeof *s->steps);
}

static void
add_cost(struct turn_run *run, const char *actor, int64_t ns)
{
	struct actor_cost *last =
		run->cost_count ? &run->costs[run->cost_count - 1] : NULL;
	if (!last || strcmp(last->actor, actor) != 0) {
		if (run->cost_count == RUN_STEPS_MAX)
			return;
		last = &run->costs[run->cost_count++];
		*last = (struct actor_cost){.actor = actor};
	}
	last->ns += ns;
	last->runs++;
}

/* The actor failed: its error handler comes next, what was ahead stays ahead. False when that has failed too often. */
static bool
take_error_route(struct turn_run *run)
{
	struct str failed = run->steps[run->at];
	if (++run->failures > RUN_FAILURES_MAX || run->on_error.n == 0 ||
		str_eq(failed, run->on_error))
		return false;
	run->steps[run->at] = run->on_error;
	run->runs = 0;
	return true;
}

static bool
break_run(struct turn_run *run, const char *why)
{
	if (run->failure.n == 0)
		run->failure = arena_str(&run->kept, str_of(why));
	return false;
}

/* One run of the actor at the head of the route. *clock is when the one before it ended, and
 * then when it ends. */
static enum turn_step
step(struct turn_run *run, const struct actor *actor, struct mono *clock)
{
	struct snapshot before;
	take_snapshot(run, &before);
	run->actor = actor;
	struct mono start = *clock;
	enum turn_step result = actor->run(&run->turn);
	*clock = run->mode->clock(run);
	add_cost(run, actor->name, clock->ns - start.ns);
	run->actor = NULL;
	if (result != TURN_NEXT)
		put_back(run, &before);
	return result;
}

enum run_result
run_walk(struct turn_run *run)
{
	struct mono clock = run->mode->clock(run);
	while (run->at < run->step_count) {
		const struct actor *actor = run->mode->find_actor(run->steps[run->at]);
		require(actor != NULL); /* the pack was checked when it was loaded */
		bool go_on = true;
		if (++run->runs > TURN_RUNS_MAX) {
			run->failed_actor = actor->name;
			go_on = break_run(run, "an actor ran too often without an end");
		} else {
			switch (step(run, actor, &clock)) {
			case TURN_NEXT:
				run->at++;
				run->runs = 0;
				break;
			case TURN_WAIT:
				if (run_open_questions(run) > 0)
					return RUN_WAITING;
				if (run->question_count >= TURN_QUESTIONS_MAX)
					go_on = break_run(run,
						"more questions than a turn may ask");
				break;
			case TURN_FAIL:
				go_on = take_error_route(run);
				break;
			}
		}
		if (!go_on)
			return RUN_BROKEN;
	}
	return RUN_FINISHED;
}

int
run_open_questions(const struct turn_run *run)
{
	int n = 0;
	for (const struct held *h = run->questions; h; h = h->next)
		n += h->state != HELD_KNOWN;
	return n;
}

size_t
run_kept_bytes(const struct turn_run *run)
{
	size_t n = 0;
	for (const struct held *h = run->questions; h; h = h->next)
		n += h->answer_text.n + h->question.body.n + h->question.url.n;
	return n;
}

/* ---- what actors call (turn.h) ---- */

static void
fingerprint(const struct question *q, unsigned char out[32])
{
	const struct str kind = {(const char *)&q->kind, sizeof q->kind};
	const struct str parts[] = {kind, q->method, q->url, q->headers, q->body};
	hash_parts(parts, sizeof parts / sizeof *parts, out);
}

static struct held *
find_held(struct turn_run *run, const char *actor, struct str key)
{
	for (struct held *h = run->questions; h; h = h->next)
		if (str_eq(h->key, key) && strcmp(h->actor, actor) == 0)
			return h;
	return NULL;
}

static struct question
copy_question(struct arena *a, const struct question *q)
{
	struct question c = *q;
	c.method = arena_str(a, q->method);
	c.url = arena_str(a, q->url);
	c.body = arena_str(a, q->body);
	c.headers = arena_str(a, q->headers);
	c.action = arena_str(a, q->action);
	return c;
}

static struct held *
add_held(struct turn_run *run, struct str key, const struct question *q)
{
	struct held *h = ARENA_NEW(&run->kept, struct held);
	h->run = run;
	h->actor = run->actor->name;
	h->key = arena_str(&run->kept, key);
	h->question = copy_question(&run->kept, q);
	if (run->questions_last)
		run->questions_last->next = h;
	else
		run->questions = h;
	run->questions_last = h;
	run->question_count++;
	return h;
}

/* An answer that stands for "this was not sent", without touching the one that was. */
static const struct answer *
withheld(struct turn_run *run)
{
	struct answer *a = ARENA_NEW(&run->scratch, struct answer);
	a->status = ANSWER_WITHHELD;
	return a;
}

/* An answer from the journal belongs to this question when the fingerprints agree; it then takes its place. */
static void
adopt(struct held *h, const struct question *q, const unsigned char print[32])
{
	static const char digits[] = "0123456789abcdef";
	bool same = true;
	for (size_t i = 0; i < h->recorded.n; i++) {
		unsigned nibble = i % 2 ? print[i / 2] & 15u : print[i / 2] >> 4;
		same = same && h->recorded.p[i] == digits[nibble];
	}
	if (!same)
		return;
	memcpy(h->fingerprint, print, 32);
	h->question = copy_question(&h->run->kept, q);
	h->recorded = STR("");
}

const struct answer *
turn_ask(struct turn *t, const char *key, const struct question *q)
{
	struct turn_run *run = t->run;
	unsigned char print[32];
	struct held *h = find_held(run, run->actor->name, str_of(key));
	fingerprint(q, print);
	if (h && h->recorded.n)
		adopt(h, q, print);
	if (h && memcmp(h->fingerprint, print, sizeof print) != 0) {
		/* An effect's key is used up whatever its content; a reading question is asked anew. */
		if (q->kind == QUESTION_EFFECT || h->question.kind == QUESTION_EFFECT)
			return withheld(run);
		if (h->state == HELD_ASKED)
			return NULL;
		h->question = copy_question(&run->kept, q);
		h->state = HELD_NEW;
	}
	if (!h) {
		if (run->question_count >= TURN_QUESTIONS_MAX)
			return NULL; /* run_walk() sees the bound */
		h = add_held(run, str_of(key), q);
	}
	memcpy(h->fingerprint, print, sizeof print);
	if (h->state == HELD_NEW)
		run->mode->ask(run, h);
	return h->state == HELD_KNOWN ? &h->answer : NULL;
}

/* Kept in the document, so that words read by a run that is dropped are dropped with the
 * arena they are in. */
const struct tokens *
turn_words(struct turn *t)
{
	if (!t->doc.words) {
		struct tokens *words = ARENA_NEW(t->arena, struct tokens);
		tokens_read(t->arena, t->text, words);
		t->doc.words = words;
	}
	return t->doc.words;
}

uint64_t
turn_chance(struct turn *t, const char *key)
{
	const uint64_t seed[2] = {(uint64_t)t->run->seed,
		fnv64(FNV64_START, t->run->actor->name, strlen(t->run->actor->name))};
	return siphash(seed, key, strlen(key));
}

void
turn_cause(struct turn *t, struct str rule, double score, struct str detail)
{
	struct turn_run *run = t->run;
	struct cause *c = ARENA_NEW(&run->scratch, struct cause);
	*c = (struct cause){.actor = run->actor->name,
		.version = run->actor->version,
		.rule = rule,
		.score = score,
		.detail = detail};
	if (run->causes_last)
		run->causes_last->next = c;
	else
		run->causes = c;
	run->causes_last = c;
}

void
turn_second(struct turn *t, struct str instead, double score, enum cause_lost lost)
{
	struct cause *c = t->run->causes_last;
	require(c && c->actor == t->run->actor->name);
	if (!instead.n)
		return;
	c->instead = instead;
	c->instead_score = score;
	c->lost = (int)lost;
}

enum turn_step
turn_fail(struct turn *t, const char *fmt, ...)
{
	struct turn_run *run = t->run;
	va_list ap;
	va_start(ap, fmt);
	run->failure = arena_vprintf(&run->kept, fmt, ap);
	va_end(ap);
	run->failed_actor = run->actor->name;
	return TURN_FAIL;
}

struct str
turn_failure(const struct turn *t, const char **actor)
{
	if (actor)
		*actor = t->run->failed_actor;
	return t->run->failure;
}

struct str
turn_propose(struct turn *t, struct str action, struct json *frozen, struct str reason)
{
	struct turn_run *run = t->run;
	struct proposal *p = ARENA_NEW(&run->scratch, struct proposal);
	require(run->proposal_count < ACTIONS_PER_MESSAGE_MAX);
	*p = (struct proposal){.action = action, .frozen = frozen, .reason = reason};
	p->id = run->proposal_id(run, run->proposal_count++);
	if (run->proposals_last)
		run->proposals_last->next = p;
	else
		run->proposals = p;
	run->proposals_last = p;
	return p->id;
}

void
turn_route(struct turn *t, const struct str *steps, size_t n)
{
	struct turn_run *run = t->run;
	require(run->at + 1 + n <= RUN_STEPS_MAX);
	memmove(&run->steps[run->at + 1], steps, n * sizeof *steps);
	run->step_count = run->at + 1 + n;
}

bool
turn_route_ahead(const struct turn *t, struct str wanted)
{
	const struct turn_run *run = t->run;
	for (size_t i = run->at + 1; i < run->step_count; i++)
		if (str_eq(run->steps[i], wanted))
			return true;
	return false;
}

void
turn_route_next(struct turn *t, struct str wanted)
{
	struct turn_run *run = t->run;
	if (turn_route_ahead(t, wanted))
		return;
	require(run->step_count < RUN_STEPS_MAX);
	memmove(&run->steps[run->at + 2], &run->steps[run->at + 1],
		(run->step_count - run->at - 1) * sizeof *run->steps);
	run->steps[run->at + 1] = wanted;
	run->step_count++;
}

/* ---- answers ---- */

const char *
answer_status_name(enum answer_status status)
{
	switch (status) {
	case ANSWER_OK:
		return "ok";
	case ANSWER_REFUSED:
		return "refused";
	case ANSWER_FAILED:
		return "failed";
	case ANSWER_TIMED_OUT:
		return "timed_out";
	case ANSWER_UNCERTAIN:
		return "uncertain";
	case ANSWER_WITHHELD:
		return "withheld";
	}
	return "failed";
}

size_t
run_answer_room(const struct held *h)
{
	size_t n = 0;
	for (const struct held *other = h->run->questions; other; other = other->next)
		n += other == h ? 0 : other->answer_text.n;
	return n < TURN_KEPT_MAX ? TURN_KEPT_MAX - n : 0;
}

void
run_answer(struct held *h, enum answer_status status, int http, struct str json,
	struct wall at, bool cached)
{
	struct arena *kept = &h->run->kept;
	h->answer = (struct answer){
		.status = status, .http = http, .at = at, .cached = cached};
	h->answer_text = STR("");
	h->from = 0;
	if (json.n > run_answer_room(h)) {
		log_warn("an answer is larger than what a turn may keep", "actor",
			h->actor, "key:s", h->key, "bytes:i", (int64_t)json.n, "limit:i",
			(int64_t)TURN_KEPT_MAX, NULL);
		if (status == ANSWER_OK && h->question.kind == QUESTION_READ)
			h->answer.status = ANSWER_FAILED;
	} else if (json.n) {
		struct str text = arena_str(kept, json);
		if (json_parse(kept, text, &h->answer.json, NULL) == OK)
			h->answer_text = text;
		else if (status == ANSWER_OK && h->question.kind == QUESTION_READ)
			h->answer.status = ANSWER_FAILED;
	}
	h->state = HELD_KNOWN;
}
