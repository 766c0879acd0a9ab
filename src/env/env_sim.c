#include "env/env_sim.h"

#include "base/arena.h"

#include <string.h>

#define NS_PER_MS 1000000
#define WALL_START_MS INT64_C(1767225600000)
/* Work ends at some time up to this. */
#define WORK_MS_MAX 50

struct side {
	struct env env; /* first: what users hold */
	struct env_sim *sim;
};

/* A work item on its way: run and done happen together, for nobody can see between. */
struct working {
	struct env_timer timer;
	struct env_work *work;
	struct list link;
};

struct env_sim {
	struct side program, surroundings;
	struct chance chance, keys;
	int64_t now_ns, wall_ahead_ms;
	/* A simulation has some dozens of timers: the next one is found by looking. */
	struct env_timer **timers;
	size_t count, cap;
	uint64_t order;
	struct list working; /* of the program */
};

static struct env_sim *
sim_of(struct env *env)
{
	return ((struct side *)(void *)env)->sim;
}

static struct wall
sim_wall_now(struct env *env)
{
	const struct env_sim *sim = sim_of(env);
	return (struct wall){
		WALL_START_MS + sim->now_ns / NS_PER_MS + sim->wall_ahead_ms};
}

static struct mono
sim_mono_now(struct env *env)
{
	return (struct mono){sim_of(env)->now_ns};
}

/* A sequence of its own, so that how much of it is used changes nothing else. */
static void
sim_random(struct env *env, void *p, size_t n)
{
	struct env_sim *sim = sim_of(env);
	for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
		uint64_t v = chance_next(&sim->keys);
		memcpy((char *)p + at, &v, n - at < sizeof v ? n - at : sizeof v);
	}
}

static void
sim_timer_stop(struct env *env, struct env_timer *t)
{
	struct env_sim *sim = sim_of(env);
	if (t->heap_at == 0)
		return;
	struct env_timer *last = sim->timers[--sim->count];
	sim->timers[t->heap_at - 1] = last;
	last->heap_at = t->heap_at;
	t->heap_at = 0;
}

static void
sim_timer_start(struct env *env, struct env_timer *t, int64_t delay_ms)
{
	struct env_sim *sim = sim_of(env);
	sim_timer_stop(env, t);
	if (sim->count == sim->cap) {
		sim->cap = sim->cap ? sim->cap * 2 : 64;
		sim->timers =
			mem_realloc(sim->timers, sim->cap * sizeof(struct env_timer *));
	}
	t->env = env;
	t->due_ns = sim->now_ns + (delay_ms > 0 ? delay_ms : 0) * NS_PER_MS;
	t->order = ++sim->order;
	sim->timers[sim->count++] = t;
	t->heap_at = sim->count;
}

static void
work_over(struct env_timer *t)
{
	struct working *w = t->owner;
	struct env_work *work = w->work;
	list_remove(&w->link);
	free(w);
	work->run(work);
	work->done(work);
}

static void
sim_work(struct env *env, struct env_work *work)
{
	struct env_sim *sim = sim_of(env);
	struct working *w = mem_zalloc(sizeof *w);
	w->work = work;
	w->timer = (struct env_timer){.fire = work_over, .owner = w};
	list_append(&sim->working, &w->link);
	sim_timer_start(
		env, &w->timer, (int64_t)chance_below(&sim->chance, WORK_MS_MAX + 1));
}

static const struct env_ops sim_ops = {
	.wall_now = sim_wall_now,
	.mono_now = sim_mono_now,
	.random = sim_random,
	.timer_start = sim_timer_start,
	.timer_stop = sim_timer_stop,
	.work = sim_work,
};

struct env_sim *
env_sim_new(uint64_t seed)
{
	struct env_sim *sim = mem_zalloc(sizeof *sim);
	sim->program = (struct side){{&sim_ops}, sim};
	sim->surroundings = (struct side){{&sim_ops}, sim};
	sim->chance.state = seed;
	sim->keys.state = ~seed;
	list_init(&sim->working);
	return sim;
}

static void
forget_timers(struct env_sim *sim, const struct env *of)
{
	for (size_t i = sim->count; i-- > 0;)
		if (sim->timers[i]->env == of)
			sim_timer_stop(sim->timers[i]->env, sim->timers[i]);
}

static void
forget_work(struct env_sim *sim)
{
	struct list *l;
	while ((l = list_pop(&sim->working)))
		free(list_entry(l, struct working, link));
}

void
env_sim_free(struct env_sim **sim)
{
	struct env_sim *s = *sim;
	if (!s)
		return;
	forget_timers(s, &s->program.env);
	forget_timers(s, &s->surroundings.env);
	forget_work(s);
	free(s->timers);
	free(s);
	*sim = NULL;
}

struct env *
env_sim_program(struct env_sim *sim)
{
	return &sim->program.env;
}

struct env *
env_sim_surroundings(struct env_sim *sim)
{
	return &sim->surroundings.env;
}

struct chance *
env_sim_chance(struct env_sim *sim)
{
	return &sim->chance;
}

static bool
before(const struct env_timer *a, const struct env_timer *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

bool
env_sim_step(struct env_sim *sim)
{
	if (sim->count == 0)
		return false;
	struct env_timer *next = sim->timers[0];
	for (size_t i = 1; i < sim->count; i++)
		if (before(sim->timers[i], next))
			next = sim->timers[i];
	sim->now_ns = next->due_ns;
	sim_timer_stop(next->env, next);
	next->fire(next);
	return true;
}

int64_t
env_sim_run(struct env_sim *sim, int64_t max)
{
	int64_t n = 0;
	while (n < max && env_sim_step(sim))
		n++;
	return n;
}

void
env_sim_jump(struct env_sim *sim, int64_t ms)
{
	sim->wall_ahead_ms += ms;
}

int64_t
env_sim_elapsed_ms(const struct env_sim *sim)
{
	return sim->now_ns / NS_PER_MS;
}

void
env_sim_crash(struct env_sim *sim)
{
	forget_timers(sim, &sim->program.env);
	forget_work(sim);
}
