/*
 * The real world on a libuv loop of its own.
 *
 * A conversation server has thousands of timers (idle connections, pauses, deadlines) and
 * most are stopped before they fire. They stand in one binary heap of pointers behind a
 * single uv_timer_t, so that starting and stopping touches the heap only: the uv timer
 * moves when an earlier time comes to the top, and when the top has gone it fires once
 * for nothing and finds the next one.
 *
 * What is due already waits for an idle handle and not for a uv timer of 0 ms: libuv
 * before 1.45 runs such a timer again in the same pass, and one that starts itself again
 * would keep the loop from its sockets.
 */
#include "base/arena.h"
#include "env/env.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <uv.h>

#define NS_PER_MS 1000000
/* Longer delays are as good as for ever, and this keeps the sums far from overflow. */
#define DELAY_MAX_MS (INT64_C(1000) * 86400 * 365)
#define NEVER INT64_MAX
#define RANDOM_BUFFER 1024

struct env_uv {
	struct env base;
	uv_loop_t loop;
	uv_timer_t alarm;
	uv_idle_t soon;
	int64_t armed_ns;        /* when the alarm goes off, NEVER when it does not */
	struct env_timer **heap; /* heap[1] is the next to fire; heap[0] is unused */
	size_t count, cap;
	uint64_t order;
	size_t random_left; /* unused bytes at the end of random_bytes */
	unsigned char random_bytes[RANDOM_BUFFER];
};

static struct env_uv *
env_uv_of(struct env *env)
{
	return (struct env_uv *)(void *)env;
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;
	require(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

static struct wall
env_uv_wall_now(struct env *env)
{
	(void)env;
	return (struct wall){clock_ns(CLOCK_REALTIME) / NS_PER_MS};
}

static struct mono
env_uv_mono_now(struct env *env)
{
	(void)env;
	return (struct mono){clock_ns(CLOCK_MONOTONIC)};
}

static void
random_from_system(unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);
		require(got > 0 || errno == EINTR);
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

/* Bytes that were handed out are wiped from the buffer: they may be somebody's key. */
static void
env_uv_random(struct env *env, void *p, size_t n)
{
	struct env_uv *u = env_uv_of(env);
	if (n > RANDOM_BUFFER / 4) {
		random_from_system(p, n);
		return;
	}
	if (u->random_left < n) {
		random_from_system(u->random_bytes, RANDOM_BUFFER);
		u->random_left = RANDOM_BUFFER;
	}
	unsigned char *from = u->random_bytes + RANDOM_BUFFER - u->random_left;
	memcpy(p, from, n);
	explicit_bzero(from, n);
	u->random_left -= n;
}

static bool
timer_before(const struct env_timer *a, const struct env_timer *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void
heap_set(struct env_uv *u, size_t at, struct env_timer *t)
{
	u->heap[at] = t;
	t->heap_at = at;
}

static void
heap_up(struct env_uv *u, size_t at, struct env_timer *t)
{
	while (at > 1 && timer_before(t, u->heap[at / 2])) {
		heap_set(u, at, u->heap[at / 2]);
		at /= 2;
	}
	heap_set(u, at, t);
}

static void
heap_down(struct env_uv *u, size_t at, struct env_timer *t)
{
	for (;;) {
		size_t child = at * 2;
		if (child < u->count && timer_before(u->heap[child + 1], u->heap[child]))
			child++;
		if (child > u->count || !timer_before(u->heap[child], t))
			break;
		heap_set(u, at, u->heap[child]);
		at = child;
	}
	heap_set(u, at, t);
}

static void
heap_remove(struct env_uv *u, struct env_timer *t)
{
	size_t at = t->heap_at;
	struct env_timer *last = u->heap[u->count--];
	t->heap_at = 0;
	if (last == t)
		return;
	if (at > 1 && timer_before(last, u->heap[at / 2]))
		heap_up(u, at, last);
	else
		heap_down(u, at, last);
}

static void
heap_insert(struct env_uv *u, struct env_timer *t)
{
	if (u->count + 1 >= u->cap) {
		u->cap = u->cap ? u->cap * 2 : 64;
		u->heap = mem_realloc(u->heap, u->cap * sizeof(struct env_timer *));
	}
	heap_up(u, ++u->count, t);
}

static void timers_alarm(uv_timer_t *alarm);
static void timers_soon(uv_idle_t *soon);

/* Sees to it that the loop wakes up for the first timer, and can end when there is
 * none. */
static void
timers_arm(struct env_uv *u, int64_t now_ns)
{
	if (u->count == 0) {
		u->armed_ns = NEVER;
		uv_timer_stop(&u->alarm);
		uv_idle_stop(&u->soon);
		return;
	}
	int64_t due_ns = u->heap[1]->due_ns;
	if (due_ns <= now_ns) {
		uv_idle_start(&u->soon, timers_soon);
		return;
	}
	if (due_ns >= u->armed_ns)
		return;
	/* uv counts from its own idea of the time, which stands still while callbacks
	 * run. */
	int64_t due_ms = (due_ns + NS_PER_MS - 1) / NS_PER_MS;
	int64_t wait_ms = due_ms - (int64_t)uv_now(&u->loop);
	uv_timer_start(&u->alarm, timers_alarm, wait_ms > 1 ? (uint64_t)wait_ms : 1, 0);
	u->armed_ns = due_ns;
}

/* A timer that is started by one that fires here waits for the next pass, whatever its
 * delay. */
static void
timers_fire(struct env_uv *u)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	uint64_t newest = u->order;
	while (u->count > 0) {
		struct env_timer *t = u->heap[1];
		if (t->due_ns > now_ns || t->order > newest)
			break;
		heap_remove(u, t);
		t->fire(t);
	}
	timers_arm(u, clock_ns(CLOCK_MONOTONIC));
}

static void
timers_alarm(uv_timer_t *alarm)
{
	struct env_uv *u = alarm->data;
	u->armed_ns = NEVER;
	timers_fire(u);
}

static void
timers_soon(uv_idle_t *soon)
{
	struct env_uv *u = soon->data;
	uv_idle_stop(soon);
	timers_fire(u);
}

static void
env_uv_timer_stop(struct env *env, struct env_timer *t)
{
	struct env_uv *u = env_uv_of(env);
	if (t->heap_at == 0)
		return;
	heap_remove(u, t);
	if (u->count == 0)
		timers_arm(u, 0);
}

static void
env_uv_timer_start(struct env *env, struct env_timer *t, int64_t delay_ms)
{
	struct env_uv *u = env_uv_of(env);
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	if (delay_ms < 0)
		delay_ms = 0;
	if (delay_ms > DELAY_MAX_MS)
		delay_ms = DELAY_MAX_MS;
	if (t->heap_at)
		heap_remove(u, t);
	t->env = env;
	t->due_ns = now_ns + delay_ms * NS_PER_MS;
	t->order = ++u->order;
	heap_insert(u, t);
	if (t->heap_at == 1)
		timers_arm(u, now_ns);
}

static void
work_run(uv_work_t *req)
{
	struct env_work *w = req->data;
	w->run(w);
}

static void
work_done(uv_work_t *req, int status)
{
	struct env_work *w = req->data;
	(void)status; /* work is never cancelled */
	w->impl = NULL;
	free(req);
	w->done(w);
}

static void
env_uv_work(struct env *env, struct env_work *w)
{
	struct env_uv *u = env_uv_of(env);
	uv_work_t *req = mem_zalloc(sizeof(*req));
	req->data = w;
	w->impl = req;
	require(uv_queue_work(&u->loop, req, work_run, work_done) == 0);
}

static const struct env_ops env_uv_ops = {
	.wall_now = env_uv_wall_now,
	.mono_now = env_uv_mono_now,
	.random = env_uv_random,
	.timer_start = env_uv_timer_start,
	.timer_stop = env_uv_timer_stop,
	.work = env_uv_work,
};

struct env *
env_uv_new(void)
{
	struct env_uv *u = mem_zalloc(sizeof(*u));
	u->base.ops = &env_uv_ops;
	u->armed_ns = NEVER;
	require(uv_loop_init(&u->loop) == 0);
	require(uv_timer_init(&u->loop, &u->alarm) == 0);
	require(uv_idle_init(&u->loop, &u->soon) == 0);
	u->alarm.data = u;
	u->soon.data = u;
	return &u->base;
}

void
env_uv_free(struct env **env)
{
	if (!*env)
		return;
	struct env_uv *u = env_uv_of(*env);
	uv_close((uv_handle_t *)&u->alarm, NULL);
	uv_close((uv_handle_t *)&u->soon, NULL);
	uv_run(&u->loop, UV_RUN_DEFAULT);
	/* Whoever opened a handle on this loop has closed it by now. */
	require(uv_loop_close(&u->loop) == 0);
	explicit_bzero(u->random_bytes, sizeof(u->random_bytes));
	free(u->heap);
	free(u);
	*env = NULL;
}

struct uv_loop_s *
env_uv_loop(struct env *env)
{
	return &env_uv_of(env)->loop;
}

void
env_uv_run(struct env *env)
{
	uv_run(&env_uv_of(env)->loop, UV_RUN_DEFAULT);
}

void
env_uv_stop(struct env *env)
{
	uv_stop(&env_uv_of(env)->loop);
}
