/* The services that turns ask, and the actors that ask them. */
#include "sim.h"

#include "pack/pack.h"

/* ---- actors ---- */

static bool
says(const struct turn *t, const char *word)
{
	return str_find(t->text, str_of(word)) >= 0;
}

/* The mark of the first message: what is done is done for that one. */
static struct str
mark_of(struct str text)
{
	size_t n = 1;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return str_sub(text, 0, n);
}

static enum turn_step
say(struct turn *t, struct str text)
{
	t->doc.aggregation.text = arena_printf(
		t->arena, "%.*s to \"%.*s\"", STR_ARG(text), STR_ARG(t->text));
	turn_cause(t, STR("say"), 1, STR(""));
	t->dialogue.turns++;
	return TURN_NEXT;
}

static const struct answer *
effect(struct turn *t, const char *key, struct str mark, bool idempotent)
{
	const struct question q = {.kind = QUESTION_EFFECT,
		.method = STR("POST"),
		.url = arena_printf(t->arena, "http://shop/%s/%.*s", key, STR_ARG(mark)),
		.body = STR("{\"amount\":10}"),
		.timeout_ms = 1000,
		.idempotent = idempotent,
		.action = STR("refund")};
	return turn_ask(t, key, &q);
}

static enum turn_step
refund(struct turn *t, struct str mark, bool idempotent)
{
	const struct answer *a = effect(t, "refund", mark, idempotent);
	if (!a)
		return TURN_WAIT;
	return say(t, str_of(answer_status_name(a->status)));
}

/* Two at the same time, at services of both kinds; "more" asks for a third afterwards. */
static enum turn_step
refund_and_gift(struct turn *t)
{
	struct str mark = mark_of(t->text);
	const struct answer *a = effect(t, "refund", mark, true),
			    *b = effect(t, "gift", mark, false);
	const struct answer *c = a && says(t, "more") ? effect(t, "more", mark, true) : a;
	if (!a || !b || !c)
		return TURN_WAIT;
	return say(t,
		arena_printf(t->arena, "%s, %s, %s", answer_status_name(a->status),
			answer_status_name(b->status), answer_status_name(c->status)));
}

static enum turn_step
look(struct turn *t, int64_t cache_ms)
{
	const struct question one = {.kind = QUESTION_READ,
		.url = STR("http://shop/one"),
		.timeout_ms = 800,
		.cache_ms = cache_ms};
	const struct question two = {
		.kind = QUESTION_READ, .url = STR("http://shop/two"), .timeout_ms = 1200};
	const struct answer *a = turn_ask(t, "one", &one), *b = turn_ask(t, "two", &two);
	if (!a || !b)
		return TURN_WAIT;
	return say(t,
		json_str(json_get(a->json, STR("word")),
			str_of(answer_status_name(b->status))));
}

static enum turn_step
line(struct turn *t)
{
	const struct question q = {.kind = QUESTION_QUEUE},
			      clock = {.kind = QUESTION_CLOCK};
	const struct answer *a = turn_ask(t, "queue", &q),
			    *b = turn_ask(t, "clock", &clock);
	if (!a || !b)
		return TURN_WAIT;
	return say(t,
		arena_printf(t->arena, "%lld wait at %lld", (long long)a->count,
			(long long)b->at.ms));
}

static enum turn_step
propose(struct turn *t)
{
	struct json *frozen = json_new_object(t->arena);
	json_set(frozen, STR("mark"), json_new_str(t->arena, mark_of(t->text)));
	turn_propose(t, STR("refund"), frozen, STR("above the limit"));
	return say(t, STR("a person decides"));
}

static enum turn_step
decided(struct turn *t)
{
	if (!t->verdict->approved)
		return say(t, STR("not approved"));
	return refund(
		t, json_str(json_get(t->verdict->action, STR("mark")), STR("?")), true);
}

static enum turn_step
main_run(struct turn *t)
{
	if (t->verdict)
		return decided(t);
	if (says(t, "fail"))
		return turn_fail(t, "told to fail");
	if (says(t, "propose"))
		return propose(t);
	if (says(t, "gift"))
		return refund_and_gift(t);
	if (says(t, "once"))
		return refund(t, mark_of(t->text), false);
	if (says(t, "refund"))
		return refund(t, mark_of(t->text), true);
	if (says(t, "look"))
		return look(t, says(t, "again") ? 60000 : 0);
	if (says(t, "line"))
		return line(t);
	if (says(t, "person")) {
		t->doc.escalation.handoff = true;
		t->doc.escalation.reason = STR("asked for");
	}
	return say(t, STR("answer"));
}

static enum turn_step
handler_run(struct turn *t)
{
	const char *actor;
	struct str why = turn_failure(t, &actor);
	if (says(t, "fail twice"))
		return turn_fail(t, "the handler too");
	return say(t, why);
}

static const struct actor actor_main = {"main", 1, main_run};
static const struct actor actor_handler = {"handler", 1, handler_run};
static const char *const actor_names[] = {"main", "handler", NULL};
const struct pack_host sim_host = {.actors = actor_names};

const struct actor *
sim_find_actor(struct str name)
{
	if (str_eq(name, STR("main")))
		return &actor_main;
	return str_eq(name, STR("handler")) ? &actor_handler : NULL;
}

/* ---- services ---- */

static struct performed *
performed_of(struct sim *sim, const struct flight *f)
{
	for (int i = 0; i < sim->performed_count; i++)
		if (strcmp(sim->performed[i].key, f->key) == 0)
			return &sim->performed[i];
	require(sim->performed_count < EFFECTS_MAX);
	struct performed *p = &sim->performed[sim->performed_count++];
	*p = (struct performed){.dedupes = f->dedupes};
	memcpy(p->key, f->key, sizeof p->key);
	memcpy(p->url, f->url, sizeof p->url);
	return p;
}

static void
perform(struct sim *sim, struct performed *p)
{
	p->done++;
	for (int i = 0; i < sim->performed_count; i++) {
		const struct performed *other = &sim->performed[i];
		if (other != p && other->done && strcmp(other->url, p->url) == 0)
			sim_fail(sim, "%s was done under two keys: %s and %s", p->url,
				other->key, p->key);
	}
}

/* An effect reaches its service. */
static void
effect_arrives(struct env_timer *t)
{
	struct flight *f = t->owner;
	struct sim *sim = f->sim;
	struct performed *p = performed_of(sim, f);
	f->arrived = true;
	p->arrivals++;
	sim_note(sim, "effect %s arrives (%d)", f->key, p->arrivals);
	if (strcmp(p->url, f->url) != 0)
		sim_fail(
			sim, "key %s was used for %s and for %s", f->key, p->url, f->url);
	if (!f->dedupes && p->arrivals > 1)
		sim_fail(sim, "key %s reached a service that does not deduplicate twice",
			f->key);
	if (!f->refuses && (!f->dedupes || p->done == 0))
		perform(sim, p);
}

static void
flight_free(struct flight *f)
{
	env_timer_stop(env_sim_surroundings(f->sim->env), &f->arrive);
	env_timer_stop(env_sim_surroundings(f->sim->env), &f->answer);
	list_remove(&f->link);
	free(f);
}

static void
flight_ends(struct env_timer *t)
{
	struct flight *f = t->owner;
	struct world_call *call = f->call;
	f->call = NULL;
	if (call) {
		sim_note(f->sim, "%s is answered: %s %s", f->url,
			answer_status_name(f->status), f->key);
		call->status = f->status;
		call->http = f->http;
		call->body = str_of(f->body);
		call->done(call);
	}
	if (!f->effect || f->arrived || !f->arrive.heap_at)
		flight_free(f);
	else /* it is late, and comes all the same */
		env_timer_start(env_sim_surroundings(f->sim->env), &f->answer, 20000);
}

static void
plan_read(struct sim *sim, struct flight *f, int64_t timeout_ms)
{
	int64_t delay = (int64_t)sim_below(sim, 400);
	f->status = ANSWER_OK;
	f->http = 200;
	snprintf(
		f->body, sizeof f->body, "{\"word\":\"w%d\"}", (int)sim_below(sim, 1000));
	if (sim_trouble(sim, 10)) {
		f->status = ANSWER_TIMED_OUT;
		delay = timeout_ms;
	} else if (sim_trouble(sim, 6)) {
		f->status = ANSWER_FAILED;
	} else if (sim_trouble(sim, 12)) {
		f->status = ANSWER_REFUSED;
		f->http = sim_below(sim, 2) ? 404 : 503;
	}
	if (f->status == ANSWER_TIMED_OUT || f->status == ANSWER_FAILED) {
		f->http = 0;
		f->body[0] = 0;
	}
	env_timer_start(env_sim_surroundings(sim->env), &f->answer, delay);
}

static void
plan_effect(struct sim *sim, struct flight *f, int64_t timeout_ms)
{
	struct env *env = env_sim_surroundings(sim->env);
	int64_t there = (int64_t)sim_below(sim, 300), back = (int64_t)sim_below(sim, 300);
	f->status = ANSWER_OK;
	f->http = 200;
	snprintf(f->body, sizeof f->body, "{\"ok\":true}");
	if (sim_trouble(sim, 8)) { /* nobody listens there */
		f->status = ANSWER_FAILED;
		f->http = 0;
		f->body[0] = 0;
		env_timer_start(env, &f->answer, there);
		return;
	}
	if (sim_trouble(sim, 10)) {
		f->refuses = true;
		f->status = ANSWER_REFUSED;
		f->http = 422;
	}
	if (sim_trouble(sim, 8)) /* it stands in a line longer than anybody waits */
		there += timeout_ms;
	bool lost = sim_trouble(sim, 8), answer_lost = sim_trouble(sim, 12);
	if (!lost)
		env_timer_start(env, &f->arrive, there);
	if (lost || answer_lost || there + back >= timeout_ms) {
		f->status = ANSWER_UNCERTAIN;
		f->http = 0;
		back = timeout_ms - there;
	}
	env_timer_start(env, &f->answer, there + back);
}

/* What must be true before a question leaves. */
static void
check_ask(struct sim *sim, const struct world_call *call)
{
	static const struct db_sql ledger = {
		"SELECT status FROM effect WHERE idempotency_key = ?1"};
	static const struct db_sql turn = {
		"SELECT status FROM event WHERE id = ?1 AND status IS NOT NULL"};
	const struct live_run *lr = call->owner;
	struct db_rows rows;
	if (lr->session->running != lr)
		sim_fail(sim, "a turn asks that does not run");
	if (db_query(sim->store.db, &rows, &turn, NULL, "i",
		    row_key(lr->session->row.id, lr->number)) == OK) {
		if (!db_next(&rows))
			sim_fail(sim, "a question leaves and its turn is not stored");
		db_end(&rows);
	}
	if (call->question->kind != QUESTION_EFFECT)
		return;
	if (db_query(sim->store.db, &rows, &ledger, NULL, "s", call->idempotency_key) ==
		OK) {
		if (!db_next(&rows) || !str_eq(db_str(&rows, 0), STR(EFFECT_SENDING)))
			sim_fail(sim, "effect %.*s leaves before it is in the ledger",
				STR_ARG(call->idempotency_key));
		db_end(&rows);
	}
}

static void
sim_ask(struct world *w, struct world_call *call)
{
	struct sim *sim = (struct sim *)((char *)w - offsetof(struct sim, world));
	struct flight *f = mem_zalloc(sizeof *f);
	check_ask(sim, call);
	f->sim = sim;
	f->call = call;
	f->effect = call->question->kind == QUESTION_EFFECT;
	f->dedupes = call->question->idempotent;
	f->arrive = (struct env_timer){.fire = effect_arrives, .owner = f};
	f->answer = (struct env_timer){.fire = flight_ends, .owner = f};
	snprintf(f->key, sizeof f->key, "%.*s", STR_ARG(call->idempotency_key));
	snprintf(f->url, sizeof f->url, "%.*s", STR_ARG(call->question->url));
	list_append(&sim->flights, &f->link);
	sim_note(sim, "asked: %s %s", f->url, f->key);
	if (f->effect)
		plan_effect(sim, f, call->timeout_ms);
	else
		plan_read(sim, f, call->timeout_ms);
}

const struct world_ops sim_world_ops = {.ask = sim_ask};

void
world_crash(struct sim *sim)
{
	list_each_safe(l, &sim->flights) {
		struct flight *f = list_entry(l, struct flight, link);
		f->call = NULL;
		if (!f->effect || sim_below(sim, 3) == 0)
			flight_free(f);
	}
}

void
world_end(struct sim *sim)
{
	list_each_safe(l, &sim->flights)
		flight_free(list_entry(l, struct flight, link));
}
