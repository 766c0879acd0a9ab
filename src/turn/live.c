#include "turn/session.h"

#include "base/limits.h"
#include "pack/pack.h"

#define SPARE_RUNS_MAX 64
/* That something is not there is remembered for a shorter time: it may come to be. */
#define ABSENT_CACHE_MS 60000
/* A question's time-out when the pack names none. */
#define ASK_TIMEOUT_MS 10000

/* ---- life ---- */

static struct str
proposal_id(struct turn_run *run, int number)
{
	struct live_run *lr = run->owner;
	int64_t row = row_key(lr->session->row.id, lr->number);
	return id_print(lr->engine->store, &run->scratch, ID_APPROVAL, row << 3 | number);
}

struct live_run *
live_new(struct session *s)
{
	struct engine *engine = s->engine;
	struct live_run *lr = engine->spare;
	if (lr) {
		engine->spare = lr->run.owner;
		engine->spare_count--;
		struct turn_run kept = lr->run;
		memset(lr, 0, sizeof *lr);
		lr->run = kept;
		run_clear(&lr->run);
	} else {
		lr = mem_zalloc(sizeof *lr);
		run_init(&lr->run);
	}
	lr->engine = engine;
	lr->session = s;
	lr->run.owner = lr;
	lr->run.mode = &engine->mode;
	lr->run.proposal_id = proposal_id;
	lr->pack = pack_ref(engine->pack);
	lr->pack_id = engine->pack_id;
	list_init(&lr->waiters);
	list_init(&lr->link);
	list_init(&lr->line);
	list_append(&engine->runs, &lr->link);
	engine->run_count++;
	return lr;
}

/* A held answer of a live run that came from the cache borrows the entry. */
static void
release_cached(struct held *h)
{
	struct cached_answer *c = h->context;
	h->context = NULL;
	answer_cache_release(&c);
}

void
live_release(struct live_run *lr)
{
	struct engine *engine = lr->engine;
	lr->over = true;
	if (lr->calls > 0) {
		lr->session = NULL; /* which may end before the last call */
		return;
	}
	for (struct held *h = lr->run.questions; h; h = h->next)
		release_cached(h);
	lr->run.questions = NULL;
	env_timer_stop(engine->env, &lr->timer);
	list_remove(&lr->link);
	engine->run_count--;
	list_remove(&lr->line);
	pack_unref(&lr->pack);
	if (engine->spare_count < SPARE_RUNS_MAX) {
		lr->run.owner = engine->spare;
		engine->spare = lr;
		engine->spare_count++;
	} else {
		run_fini(&lr->run);
		free(lr);
	}
	engine_tell_drained(engine);
}

/* ---- messages ---- */

bool
live_is_same_caller(const struct live_run *lr, const struct caller *c)
{
	const struct caller *own = &lr->run.turn.caller;
	return own->proof == c->proof && str_eq(own->id, c->id) &&
		str_eq(own->email, c->email);
}

struct live_message *
live_add_message(struct live_run *lr, const struct inbound *in)
{
	struct arena *a = &lr->run.kept;
	struct live_message *m = ARENA_NEW(a, struct live_message);
	m->m.text = arena_str(a, in->text);
	m->m.payload = arena_str(a, in->payload);
	m->m.received_at = env_wall(lr->engine->env);
	m->client_id = arena_str(a, in->client_id);
	lr->run.turn.caller = (struct caller){
		.proof = in->caller.proof,
		.id = arena_str(a, in->caller.id),
		.email = arena_str(a, in->caller.email),
		.name = arena_str(a, in->caller.name),
		.locale = arena_str(a, in->caller.locale),
		.page = arena_str(a, in->caller.page),
	};
	if (lr->messages_last)
		lr->messages_last->next = m;
	else
		lr->messages = m;
	lr->messages_last = m;
	lr->message_count++;
	return m;
}

void
live_number(struct live_run *lr, int64_t number)
{
	if (lr->number == number)
		return;
	lr->number = number;
	lr->run.turn.id = id_print(lr->engine->store, &lr->run.kept, ID_TURN,
		row_key(lr->session->row.id, number));
}

void
live_number_messages(struct live_run *lr)
{
	struct session *s = lr->session;
	int64_t seq = s->row.seq;
	for (struct live_message *m = lr->messages; m; m = m->next) {
		if (m->accepted || m->m.seq == seq + 1) {
			seq = m->accepted ? seq : seq + 1;
			continue;
		}
		m->m.seq = ++seq;
		m->m.id = id_print(lr->engine->store, &lr->run.kept, ID_MESSAGE,
			row_key(s->row.id, seq));
	}
	if (!lr->stored && lr->messages)
		live_number(lr, lr->messages->m.seq);
}

const struct live_message *
live_unaccepted(const struct live_run *lr)
{
	for (const struct live_message *m = lr->messages; m; m = m->next)
		if (!m->accepted)
			return m;
	return NULL;
}

/* Whether the actors' view is of the messages as they are. A turn that the store does not take runs again until it
 * does, and must not take more memory each time. */
static bool
messages_are_shown(const struct live_run *lr)
{
	const struct turn *t = &lr->run.turn;
	size_t i = 0;
	if (!t->messages || t->message_count != (size_t)lr->message_count)
		return false;
	for (const struct live_message *m = lr->messages; m; m = m->next)
		if (t->messages[i++].seq != m->m.seq)
			return false;
	return true;
}

/* The actors' view of the messages: an array, and the texts joined by newlines. */
static void
show_messages(struct live_run *lr)
{
	struct turn *t = &lr->run.turn;
	size_t n = 0;
	struct buf text;
	if (lr->message_count == 1) {
		t->messages = &lr->messages->m;
		t->message_count = 1;
		t->text = lr->messages->m.text;
		return;
	}
	struct turn_message *list = ARENA_ARRAY(
		&lr->run.kept, struct turn_message, (size_t)lr->message_count);
	buf_init(&text, TURN_MESSAGES_MAX * (MESSAGE_TEXT_BYTES_MAX + 1));
	for (const struct live_message *m = lr->messages; m; m = m->next) {
		list[n++] = m->m;
		if (text.n)
			buf_add_char(&text, '\n');
		buf_add_str(&text, m->m.text);
	}
	t->messages = list;
	t->message_count = n;
	t->text = arena_str(&lr->run.kept, buf_str(&text));
	buf_fini(&text);
}

/* ---- running ---- */

static void
break_with(struct live_run *lr, const char *why)
{
	lr->broken = true;
	if (lr->run.failure.n == 0)
		lr->run.failure = arena_str(&lr->run.kept, str_of(why));
	lr->phase = PHASE_TO_FINISH;
}

static bool
effect_was_sent(const struct live_run *lr)
{
	for (const struct held *h = lr->run.questions; h; h = h->next)
		if (h->question.kind == QUESTION_EFFECT && h->in_ledger)
			return true;
	return lr->ledger.n > 0;
}

void
live_restart(struct live_run *lr)
{
	struct session *s = lr->session;
	struct turn *t = &lr->run.turn;
	struct error e;
	live_number_messages(lr);
	if (!messages_are_shown(lr))
		show_messages(lr);
	if (!str_eq(lr->run.state, s->row.state))
		lr->run.state = arena_str(&lr->run.kept, s->row.state);
	lr->from_version = s->row.version;
	lr->rested = false;
	/* Once an effect was sent the turn goes to its end; what it would say becomes a note to that person. */
	t->human_owns = session_human_owns(s) && !effect_was_sent(lr);
	if (run_start(&lr->run, &e) != OK)
		break_with(lr, e.text);
	else
		live_walk(lr);
}

static bool
effect_is_out(const struct live_run *lr)
{
	for (const struct held *h = lr->run.questions; h; h = h->next)
		if (h->question.kind == QUESTION_EFFECT && h->state == HELD_ASKED &&
			!h->arrived)
			return true;
	return false;
}

/* Calls end by their own time-outs; this bounds what their sum may take. An effect that was sent is waited for. */
static void
out_of_time(struct env_timer *timer)
{
	struct live_run *lr = timer->owner;
	if (lr->phase != PHASE_ASKING)
		return;
	if (effect_is_out(lr)) {
		env_timer_start(lr->engine->env, timer, 1000);
		return;
	}
	break_with(lr, "the turn took longer than it may");
	session_advance(lr->session);
}

static int64_t
time_max_ms(const struct live_run *lr)
{
	int64_t ms = pack_about(lr->pack)->pace.turn_time_ms;
	return ms > 0 && ms < TURN_TIME_MAX_MS ? ms : TURN_TIME_MAX_MS;
}

void
live_begin(struct live_run *lr)
{
	struct session *s = lr->session;
	struct engine *engine = lr->engine;
	struct turn *t = &lr->run.turn;
	struct arena *a = &lr->run.kept;
	lr->began_at = env_mono(engine->env);
	if (!lr->begun) {
		lr->began = env_wall(engine->env);
		env_random(engine->env, &lr->run.seed, sizeof lr->run.seed);
	}
	lr->begun = true;
	t->now = lr->began;
	t->pack = lr->pack;
	t->tenant = arena_str(a, s->tenant);
	t->conversation = arena_str(a, s->id);
	t->contact = arena_str(a, s->contact_id);
	t->channel = s->row.channel;
	engine->stats.running++;
	lr->timer = (struct env_timer){.fire = out_of_time, .owner = lr};
	live_restart(lr);
}

void
live_walk(struct live_run *lr)
{
	switch (run_walk(&lr->run)) {
	case RUN_FINISHED:
		lr->phase = PHASE_TO_FINISH;
		return;
	case RUN_BROKEN:
		break_with(lr, "the turn could not be completed");
		return;
	case RUN_WAITING:
		break;
	}
	if (run_kept_bytes(&lr->run) > TURN_KEPT_MAX) {
		break_with(lr, "the turn's answers are larger than it may keep");
		return;
	}
	lr->phase = PHASE_TO_ASK;
}

static bool
document_is_read(const struct live_run *lr)
{
	for (const struct list *l = lr->waiters.next; l != &lr->waiters; l = l->next)
		if (list_entry(l, struct inbound, link)->document)
			return true;
	return false;
}

void
live_rest(struct live_run *lr)
{
	/* What a broken turn tells is not found by running it again. */
	if (lr->broken || document_is_read(lr))
		return;
	run_rest(&lr->run);
	lr->rested = true;
}

/* ---- asking ---- */

struct live_call {
	struct world_call call;
	struct held *held;
	struct env_timer again;
	struct mono asked;
	int attempts;
};

static struct str
cache_key(struct arena *a, const struct live_run *lr, const struct question *q)
{
	const struct str parts[] = {
		CACHE_PREFIX(lr->session->row.contact), q->url, STR("\n"), q->headers};
	return arena_join(a, parts, sizeof parts / sizeof *parts);
}

/* The entry is the held answer's memory and is released with the run. */
static void
answer_from_cache(struct live_run *lr, struct held *h)
{
	if (h->question.cache_ms <= 0)
		return;
	struct str key = cache_key(&lr->run.scratch, lr, &h->question);
	struct cached_answer *c = answer_cache_get(
		&lr->engine->cache, key, lr->run.turn.now, h->question.cache_ms);
	if (!c)
		return;
	bool absent = c->http == 404;
	bool too_old = absent && lr->run.turn.now.ms - c->at.ms > ABSENT_CACHE_MS;
	if (too_old || c->body.n > run_answer_room(h)) {
		answer_cache_release(&c);
		return;
	}
	release_cached(h);
	h->context = c;
	h->answer = (struct answer){.status = absent ? ANSWER_REFUSED : ANSWER_OK,
		.http = c->http,
		.json = c->json,
		.at = c->at,
		.cached = true};
	h->answer_text = c->body;
	h->from = c->journal;
	h->state = HELD_KNOWN;
}

void
live_answers_journaled(struct live_run *lr)
{
	int64_t row = row_key(lr->session->row.id, lr->number);
	for (const struct held *h = lr->run.questions; h; h = h->next) {
		if (h->question.kind != QUESTION_READ || h->question.cache_ms <= 0 ||
			h->answer.cached)
			continue;
		answer_cache_journaled(&lr->engine->cache,
			cache_key(&lr->run.kept, lr, &h->question), h->answer_text,
			h->answer.at, row);
	}
}

static void
answer_queue(struct live_run *lr, struct held *h)
{
	int64_t count = 0;
	conversation_waiting(lr->engine->store, lr->session->row.tenant, &count, NULL);
	run_answer(h, ANSWER_OK, 0, STR(""), env_wall(lr->engine->env), false);
	h->answer.count = count;
}

/* A row of the ledger that a crash left: repeat it when the provider deduplicates and nobody took over, else nobody
 * knows. */
static void
resume_effect(struct live_run *lr, struct held *h, bool may_repeat)
{
	items_each(const struct effect, f, lr->ledger) {
		if (!str_eq(f->key, h->key) || !str_eq(f->actor, str_of(h->actor)))
			continue;
		h->in_ledger = true;
		h->idempotency_key = arena_str(&lr->run.kept, f->idempotency_key);
		if (!str_eq(f->fingerprint,
			    (struct str){(const char *)h->fingerprint, 32})) {
			run_answer(
				h, ANSWER_WITHHELD, 0, STR(""), lr->run.turn.now, false);
		} else if (!f->repeatable || !may_repeat) {
			run_answer(h, ANSWER_UNCERTAIN, 0, STR(""),
				env_wall(lr->engine->env), false);
			h->state = HELD_ASKED; /* seen by the actor once it is recorded */
			h->arrived = true;
		}
		return;
	}
}

/* A person has the conversation, and the turn does not carry out what a person decided. */
static bool
is_silenced(const struct live_run *lr)
{
	return session_human_owns(lr->session) && !lr->run.turn.verdict;
}

static void
live_ask(struct turn_run *run, struct held *h)
{
	struct live_run *lr = run->owner;
	switch (h->question.kind) {
	case QUESTION_CLOCK:
		run_answer(h, ANSWER_OK, 0, STR(""), env_wall(lr->engine->env), false);
		return;
	case QUESTION_QUEUE:
		answer_queue(lr, h);
		return;
	case QUESTION_READ:
		answer_from_cache(lr, h);
		return;
	case QUESTION_EFFECT:
		resume_effect(lr, h, !is_silenced(lr));
		if (is_silenced(lr) && !h->in_ledger)
			run_answer(h, ANSWER_WITHHELD, 0, STR(""), run->turn.now, false);
		return;
	}
}

static struct mono
live_clock(struct turn_run *run)
{
	struct live_run *lr = run->owner;
	return env_mono(lr->engine->env);
}

/* ---- the world's answers ---- */

static void
all_answered(struct live_run *lr)
{
	bool record = false;
	for (struct held *h = lr->run.questions; h; h = h->next) {
		if (h->state == HELD_KNOWN)
			continue;
		if (!h->arrived)
			return;
		record = true;
	}
	if (lr->phase != PHASE_ASKING)
		return;
	env_timer_stop(lr->engine->env, &lr->timer);
	if (record)
		lr->phase = PHASE_TO_RECORD;
	else
		live_walk(lr);
	session_advance(lr->session);
}

static void
ask_again(struct env_timer *timer)
{
	struct live_call *c = timer->owner;
	struct live_run *lr = c->call.owner;
	world_ask(lr->engine->config.world, &c->call);
}

/* In doubt, an effect that its provider deduplicates is repeated under the same key. */
static bool
repeat(struct live_run *lr, struct live_call *c)
{
	const struct held *h = c->held;
	if (h->question.kind != QUESTION_EFFECT || !h->question.idempotent)
		return false;
	if (c->call.status != ANSWER_UNCERTAIN || ++c->attempts >= EFFECT_ATTEMPTS_MAX)
		return false;
	c->again = (struct env_timer){.fire = ask_again, .owner = c};
	env_timer_start(lr->engine->env, &c->again, 200 << c->attempts);
	return true;
}

static void
world_answered(struct world_call *call)
{
	struct live_call *c = (struct live_call *)call;
	struct live_run *lr = call->owner;
	struct held *h = c->held;
	struct engine *engine = lr->engine;
	struct wall now = env_wall(engine->env);
	if (repeat(lr, c))
		return;
	lr->calls--;
	if (lr->over) {
		live_release(lr);
		return;
	}
	run_answer(h, call->status, call->http, call->body, now, false);
	h->us = (env_mono(engine->env).ns - c->asked.ns) / 1000;
	if (h->question.kind == QUESTION_EFFECT) {
		h->state = HELD_ASKED;
		h->arrived = true;
		engine->stats.uncertain += call->status == ANSWER_UNCERTAIN;
	} else if ((h->answer.status == ANSWER_OK || call->http == 404) &&
		h->question.cache_ms > 0) {
		answer_cache_put(&engine->cache,
			cache_key(&lr->run.kept, lr, &h->question), h->answer_text,
			call->http, now);
	}
	all_answered(lr);
}

static int64_t
time_left_ms(const struct live_run *lr)
{
	int64_t spent = (env_mono(lr->engine->env).ns - lr->began_at.ns) / 1000000;
	int64_t left = time_max_ms(lr) - spent;
	return left > 1 ? left : 1;
}

static void
call_world(struct live_run *lr, struct held *h)
{
	struct live_call *c = ARENA_NEW(&lr->run.kept, struct live_call);
	int64_t timeout =
		h->question.timeout_ms > 0 ? h->question.timeout_ms : ASK_TIMEOUT_MS;
	int64_t left = time_left_ms(lr);
	c->held = h;
	c->asked = env_mono(lr->engine->env);
	c->call = (struct world_call){
		.question = &h->question,
		.idempotency_key = h->idempotency_key,
		.timeout_ms = timeout < left ? timeout : left,
		.done = world_answered,
		.owner = lr,
	};
	h->state = HELD_ASKED;
	lr->calls++;
	lr->engine->stats.questions++;
	world_ask(lr->engine->config.world, &c->call);
}

void
live_ask_world(struct live_run *lr)
{
	struct engine *engine = lr->engine;
	lr->phase = PHASE_ASKING;
	env_timer_start(engine->env, &lr->timer, time_left_ms(lr) + 1000);
	for (struct held *h = lr->run.questions; h; h = h->next)
		if (h->state == HELD_NEW)
			call_world(lr, h);
	if (engine->config.on_typing && !lr->typing) {
		lr->typing = true;
		engine->config.on_typing(engine->config.owner, lr->session->row.id, true);
	}
	all_answered(lr);
}

void
live_mode(struct engine *engine)
{
	engine->mode = (struct run_mode){
		.ask = live_ask,
		.clock = live_clock,
		.find_actor = engine->config.find_actor,
	};
}
