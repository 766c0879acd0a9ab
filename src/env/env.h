/*
 * The world behind one struct: clocks, chance, timers, workers. Logic asks the env and
 * never the system, so a test or a simulation can be the world. env_uv.c is the real one
 * (libuv); others implement env_ops.
 *
 * All calls are made on the loop thread. A timer is embedded by its owner; its callback
 * runs once, never from inside timer_start(), and not after timer_stop(). Work runs on a
 * pool thread and must own all its data; `done` runs on the loop thread.
 */
#ifndef ENV_ENV_H
#define ENV_ENV_H

#include "base/err.h"
#include "base/list.h"

#include <stddef.h>
#include <stdint.h>

/* Calendar time, UTC milliseconds since 1970. It may jump. */
struct wall {
	int64_t ms;
};
/* Elapsed time, nanoseconds from an unknown start. It never goes back. */
struct mono {
	int64_t ns;
};

struct env;

struct env_timer {
	void (*fire)(struct env_timer *t);
	void *owner;
	/* the implementation's own: */
	struct env *env;
	size_t heap_at; /* 0 when it does not run */
	int64_t due_ns;
	uint64_t order;
};

struct env_work {
	void (*run)(struct env_work *w);  /* on a pool thread */
	void (*done)(struct env_work *w); /* on the loop thread */
	void *owner;
	void *impl;
	struct list link;
};

struct env_ops {
	struct wall (*wall_now)(struct env *env);
	struct mono (*mono_now)(struct env *env);
	void (*random)(struct env *env, void *p, size_t n); /* good enough for keys */
	void (*timer_start)(struct env *env, struct env_timer *t, int64_t delay_ms);
	void (*timer_stop)(struct env *env, struct env_timer *t);
	void (*work)(struct env *env, struct env_work *w);
};

struct env {
	const struct env_ops *ops;
};

static inline struct wall
env_wall(struct env *env)
{
	return env->ops->wall_now(env);
}

static inline struct mono
env_mono(struct env *env)
{
	return env->ops->mono_now(env);
}

static inline void
env_random(struct env *env, void *p, size_t n)
{
	env->ops->random(env, p, n);
}

/* Fires `t->fire(t)` once after delay_ms (0: on the next turn of the loop). A running
 * timer is moved. */
static inline void
env_timer_start(struct env *env, struct env_timer *t, int64_t delay_ms)
{
	env->ops->timer_start(env, t, delay_ms);
}

static inline void
env_timer_stop(struct env *env, struct env_timer *t)
{
	env->ops->timer_stop(env, t);
}

static inline void
env_work(struct env *env, struct env_work *w)
{
	env->ops->work(env, w);
}

/* The real world on a libuv loop of its own. */
struct uv_loop_s;
struct env *env_uv_new(void);
void env_uv_free(struct env **env);
struct uv_loop_s *env_uv_loop(struct env *env);
/* Runs until nothing is left or env_uv_stop(). */
void env_uv_run(struct env *env);
void env_uv_stop(struct env *env);

#endif
