/* The virtual world: order, clocks, chance, and what a crash forgets. */
#include "env/env_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bell {
	struct env_timer timer;
	char *log;
	char name;
};

static void
ring(struct env_timer *t)
{
	struct bell *b = t->owner;
	b->log[strlen(b->log)] = b->name;
}

static void
start(struct env *env, struct bell *b, char *log, char name, int64_t ms)
{
	*b = (struct bell){.timer = {.fire = ring, .owner = b}, .log = log, .name = name};
	env_timer_start(env, &b->timer, ms);
}

static void
time_passes_from_timer_to_timer(void **state)
{
	(void)state;
	char log[16] = "";
	struct bell bells[5];
	struct env_sim *sim = env_sim_new(1);
	struct env *env = env_sim_program(sim);
	start(env, &bells[0], log, 'c', 7000);
	start(env, &bells[1], log, 'a', 5);
	start(env, &bells[2], log, 'b', 5);
	start(env, &bells[3], log, 'x', 6);
	start(env, &bells[4], log, 'd', 1);
	env_timer_start(env, &bells[4].timer, 9000);
	env_timer_stop(env, &bells[3].timer);
	int64_t wall = env_wall(env).ms;
	assert_true(env_sim_step(sim));
	assert_int_equal(env_sim_elapsed_ms(sim), 5);
	env_sim_jump(sim, -3600000);
	assert_int_equal(env_sim_run(sim, 100), 3);
	assert_string_equal(log, "abcd");
	assert_int_equal(env_mono(env).ns, INT64_C(9000) * 1000000);
	assert_int_equal(env_wall(env).ms - wall, 9000 - 3600000);
	assert_false(env_sim_step(sim));
	env_sim_free(&sim);
}

struct job {
	struct env_work work;
	int ran, done;
};

static void
job_run(struct env_work *w)
{
	((struct job *)w->owner)->ran++;
}

static void
job_done(struct env_work *w)
{
	((struct job *)w->owner)->done++;
}

static void
a_crash_forgets_the_program_alone(void **state)
{
	(void)state;
	char log[16] = "";
	struct bell inside, outside;
	struct job done = {0}, lost = {0};
	struct env_sim *sim = env_sim_new(1);
	struct env *program = env_sim_program(sim);
	done.work = (struct env_work){.run = job_run, .done = job_done, .owner = &done};
	lost.work = (struct env_work){.run = job_run, .done = job_done, .owner = &lost};
	env_work(program, &done.work);
	assert_int_equal(done.ran, 0);
	assert_int_equal(env_sim_run(sim, 10), 1);
	assert_int_equal(done.ran + done.done, 2);
	env_work(program, &lost.work);
	start(program, &inside, log, 'i', 100);
	start(env_sim_surroundings(sim), &outside, log, 'o', 100);
	env_sim_crash(sim);
	assert_int_equal(env_sim_run(sim, 10), 1);
	assert_string_equal(log, "o");
	assert_int_equal(lost.ran, 0);
	assert_int_equal(inside.timer.heap_at, 0);
	env_sim_free(&sim);
}

static void
a_seed_gives_the_same_chance(void **state)
{
	(void)state;
	unsigned char keys[3][20];
	uint64_t drawn[3];
	const uint64_t seeds[] = {7, 7, 8};
	for (int i = 0; i < 3; i++) {
		struct env_sim *sim = env_sim_new(seeds[i]);
		env_random(env_sim_program(sim), keys[i], sizeof keys[i]);
		drawn[i] = chance_next(env_sim_chance(sim));
		env_sim_free(&sim);
	}
	assert_memory_equal(keys[0], keys[1], sizeof keys[0]);
	assert_memory_not_equal(keys[0], keys[2], sizeof keys[0]);
	assert_int_equal(drawn[0], drawn[1]);
	assert_int_not_equal(drawn[0], drawn[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_passes_from_timer_to_timer),
		cmocka_unit_test(a_crash_forgets_the_program_alone),
		cmocka_unit_test(a_seed_gives_the_same_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
