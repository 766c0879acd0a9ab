/* Each promise of env.h, on the real world. */
#include "base/arena.h"
#include "env/env.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <uv.h>

#include <cmocka.h>

#define TIMERS 5000

struct fixture {
	struct env *env;
	struct env_timer *timers;
	int64_t *delays;
	size_t fired;
	int64_t last_due_ns;
	int restarts;
	bool polled;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));
	f->env = env_uv_new();
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	env_uv_free(&f->env);
	assert_null(f->env);
	free(f->timers);
	free(f->delays);
	free(f);
	return 0;
}

static void
fire_in_order(struct env_timer *t)
{
	struct fixture *f = t->owner;
	assert_true(t->due_ns >= f->last_due_ns);
	assert_true(env_mono(f->env).ns >= t->due_ns);
	assert_int_equal(t->heap_at, 0);
	f->last_due_ns = t->due_ns;
	f->fired++;
}

/* Thousands of timers with seeded delays; every third is stopped, every fifth is
 * moved. */
static void
test_timers_fire_in_order_and_never_early(void **state)
{
	struct fixture *f = *state;
	uint64_t x = 20260102;
	size_t expected = 0;
	f->timers = mem_zalloc(TIMERS * sizeof(*f->timers));
	for (size_t i = 0; i < TIMERS; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		f->timers[i] = (struct env_timer){.fire = fire_in_order, .owner = f};
		env_timer_start(f->env, &f->timers[i], (int64_t)(x >> 33) % 40);
	}
	for (size_t i = 0; i < TIMERS; i++) {
		if (i % 3 == 0)
			env_timer_stop(f->env, &f->timers[i]);
		else if (i % 5 == 0)
			env_timer_start(f->env, &f->timers[i], (int64_t)(i % 60));
		expected += i % 3 != 0;
	}
	assert_int_equal(f->fired, 0);
	env_uv_run(f->env);
	assert_int_equal(f->fired, expected);
}

static void
fire_again(struct env_timer *t)
{
	struct fixture *f = t->owner;
	f->fired++;
	if (!f->polled)
		env_timer_start(f->env, t, 0);
}

static void
saw_poll(uv_check_t *check)
{
	struct fixture *f = check->data;
	if (++f->restarts == 3) {
		f->polled = true;
		uv_close((uv_handle_t *)check, NULL);
	}
}

/* A timer that always starts itself again must not keep the loop from polling. */
static void
test_a_timer_of_no_delay_lets_the_loop_turn(void **state)
{
	struct fixture *f = *state;
	struct env_timer t = {.fire = fire_again, .owner = f};
	uv_check_t check;
	uv_check_init(env_uv_loop(f->env), &check);
	check.data = f;
	uv_check_start(&check, saw_poll);
	env_timer_start(f->env, &t, 0);
	assert_int_equal(f->fired, 0);
	env_uv_run(f->env);
	assert_true(f->polled);
	assert_true(f->fired >= 2 && f->fired <= 5);
}

static void
fire_stops_other(struct env_timer *t)
{
	struct fixture *f = t->owner;
	f->fired++;
	env_timer_stop(f->env, &f->timers[1]);
}

static void
fire_never(struct env_timer *t)
{
	(void)t;
	fail_msg("a stopped timer fired");
}

static void
test_a_timer_stopped_by_another_of_the_same_pass_stays_silent(void **state)
{
	struct fixture *f = *state;
	f->timers = mem_zalloc(2 * sizeof(*f->timers));
	f->timers[0] = (struct env_timer){.fire = fire_stops_other, .owner = f};
	f->timers[1] = (struct env_timer){.fire = fire_never, .owner = f};
	env_timer_start(f->env, &f->timers[0], 0);
	env_timer_start(f->env, &f->timers[1], 0);
	env_uv_run(f->env);
	assert_int_equal(f->fired, 1);
}

static void
fire_stops_loop(struct env_timer *t)
{
	struct fixture *f = t->owner;
	f->fired++;
	env_uv_stop(f->env);
}

static void
test_stop_ends_the_run_and_a_far_timer_can_be_left(void **state)
{
	struct fixture *f = *state;
	struct env_timer far = {.fire = fire_never, .owner = f};
	struct env_timer soon = {.fire = fire_stops_loop, .owner = f};
	env_timer_start(f->env, &far, INT64_MAX);
	env_timer_start(f->env, &soon, 1);
	env_uv_run(f->env);
	assert_int_equal(f->fired, 1);
	assert_true(far.heap_at != 0);
	env_timer_stop(f->env, &far);
	env_timer_stop(f->env, &far);
	env_uv_run(f->env);
}

static void
test_random_bytes_do_not_repeat(void **state)
{
	struct fixture *f = *state;
	uint64_t seen[512];
	unsigned char big[4096] = {0};
	size_t zeros = 0;
	for (size_t i = 0; i < 512; i++) {
		env_random(f->env, &seen[i], sizeof(seen[i]));
		for (size_t k = 0; k < i; k++)
			assert_true(seen[k] != seen[i]);
	}
	env_random(f->env, big, sizeof(big));
	for (size_t i = 0; i < sizeof(big); i++)
		zeros += big[i] == 0;
	assert_true(zeros < 100);
}

static void
test_clocks(void **state)
{
	struct fixture *f = *state;
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	int64_t before = (int64_t)ts.tv_sec * 1000;
	assert_true(env_wall(f->env).ms >= before);
	int64_t last = 0;
	for (int i = 0; i < 1000; i++) {
		int64_t now = env_mono(f->env).ns;
		assert_true(now >= last);
		last = now;
	}
}

struct job {
	struct env_work work;
	pthread_t ran_on;
	bool ran, done;
};

static void
job_run(struct env_work *w)
{
	struct job *j = w->owner;
	j->ran_on = pthread_self();
	j->ran = true;
}

static void
job_done(struct env_work *w)
{
	struct job *j = w->owner;
	assert_true(j->ran);
	assert_false(pthread_equal(j->ran_on, pthread_self()));
	j->done = true;
}

static void
test_work_runs_elsewhere_and_comes_back(void **state)
{
	struct fixture *f = *state;
	struct job jobs[20];
	for (size_t i = 0; i < 20; i++) {
		jobs[i] = (struct job){
			.work = {.run = job_run, .done = job_done, .owner = &jobs[i]}};
		env_work(f->env, &jobs[i].work);
		assert_false(jobs[i].done);
	}
	env_uv_run(f->env);
	for (size_t i = 0; i < 20; i++)
		assert_true(jobs[i].done);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_timers_fire_in_order_and_never_early, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_timer_of_no_delay_lets_the_loop_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_timer_stopped_by_another_of_the_same_pass_stays_silent,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_stop_ends_the_run_and_a_far_timer_can_be_left, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_random_bytes_do_not_repeat, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_work_runs_elsewhere_and_comes_back, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
