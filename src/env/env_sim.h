/*
 * A world made of nothing but a seed: virtual clocks, chance that repeats, timers that
 * take no time. What runs on it runs the same way each time, in as many microseconds as
 * it computes.
 *
 * It has two sides with the same clocks. The program under test runs on one env; what
 * surrounds it (clients, services, the disk) on the other. A crash of the program forgets
 * its timers and its work and leaves those of the surroundings alone.
 *
 * Time stands still while a callback runs, and then jumps to the next timer. The wall
 * clock can be moved at any time, the elapsed one never goes back.
 */
#ifndef ENV_ENV_SIM_H
#define ENV_ENV_SIM_H

#include "base/chance.h"
#include "env/env.h"

struct env_sim;

struct env_sim *env_sim_new(uint64_t seed);
/* Forgets all timers and work. */
void env_sim_free(struct env_sim **sim);

struct env *env_sim_program(struct env_sim *sim);
struct env *env_sim_surroundings(struct env_sim *sim);
/* The chance of everything that is not the program's own. */
struct chance *env_sim_chance(struct env_sim *sim);

/* Fires what is due next and moves the clocks there; of what is due in the same
 * millisecond the oldest. False when nothing is left to come. */
bool env_sim_step(struct env_sim *sim);
/* Steps until nothing is left or `max` steps are done; returns how many were done. */
int64_t env_sim_run(struct env_sim *sim, int64_t max);
/* Moves the wall clock by this much from what it shows. */
void env_sim_jump(struct env_sim *sim, int64_t ms);
/* Elapsed time since the beginning. */
int64_t env_sim_elapsed_ms(const struct env_sim *sim);
/* The program is gone: its timers and its work will never be heard of. */
void env_sim_crash(struct env_sim *sim);

#endif
