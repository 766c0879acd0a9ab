/* One seed from its beginning to its end. */
#include "sim.h"

#include "base/arena.h"
#include "pack/pack.h"

#define STORM_MS 25000
#define STEPS_MAX 60000
#define CRASHES_MAX 6
#define ENDS_MAX 3

void
sim_note(struct sim *sim, const char *fmt, ...)
{
	char *at = sim->story[sim->story_count++ % STORY_LINES];
	int n = snprintf(
		at, STORY_WIDTH, "%7lld ms  ", (long long)env_sim_elapsed_ms(sim->env));
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(at + n, STORY_WIDTH - (size_t)n, fmt, ap);
	va_end(ap);
	if (sim->talk)
		fprintf(stderr, "%s\n", at);
}

void
sim_fail(struct sim *sim, const char *fmt, ...)
{
	va_list ap;
	if (sim->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(sim->failure, sizeof sim->failure, fmt, ap);
	va_end(ap);
	sim_note(sim, "FAILS: %.150s", sim->failure);
}

uint64_t
sim_below(struct sim *sim, uint64_t n)
{
	return chance_below(env_sim_chance(sim->env), n);
}

bool
sim_trouble(struct sim *sim, int percent)
{
	return !sim->calm && sim_below(sim, 100) < (uint64_t)percent;
}

static void
note_disk(void *owner, const char *what, int n)
{
	sim_note(owner, "%s (%d)", what, n);
}

/* ---- the program ---- */

static void
pack_stored(struct engine_pack_change *change, enum err result)
{
	struct sim *sim = change->owner;
	require(result == OK);
	sim->stored = true;
}

/* A program starts on what the disk holds, and serves when its pack is stored. */
static void
start(struct sim *sim)
{
	struct error e = {0};
	struct engine_pack_change change = {.done = pack_stored, .owner = sim};
	struct disk *disk = &sim->disk;
	int count = 0, faults = disk->faults, queue_max = disk->queue_max;
	disk->faults = disk->queue_max = 0;
	require(store_open(env_sim_program(sim->env),
			(struct str){(const char *)&disk, sizeof disk}, &sim->store,
			&e) == OK);
	const struct engine_config config = {.env = env_sim_program(sim->env),
		.store = &sim->store,
		.world = &sim->world,
		.find_actor = sim_find_actor,
		.pack_host = &sim_host,
		.on_event = check_event,
		.owner = sim};
	struct engine *engine;
	require(engine_new(&config, &engine, &e) == OK);
	sim->stored = false;
	engine_set_pack(engine, sim->packs[sim->pack], &change);
	while (!sim->stored)
		require(env_sim_step(sim->env));
	sim->engine = engine;
	disk->faults = faults;
	disk->queue_max = queue_max;
	check_restarted(sim);
	require(engine_recover(sim->engine, &count, &e) == OK);
	sim_note(sim, "the program runs, %d turns go on", count);
	if (!sim->calm && sim->crashes < CRASHES_MAX && sim_below(sim, 2))
		disk->crash_in = 1 + (int64_t)sim_below(sim, 150);
}

/* Ends the program's life without a word. */
static void
crash(struct sim *sim)
{
	sim->crashes += sim->disk.crashed;
	sim_note(sim, "CRASH %s", sim->disk.crashed ? sim->disk.at : "");
	disk_crash(&sim->disk);
	world_crash(sim);
	people_crash(sim);
	env_sim_crash(sim->env);
	engine_free(&sim->engine);
	store_close(&sim->store);
	if (sim->changing) {
		db_tx_fini(&sim->change.tx);
		pack_unref(&sim->change.pack);
	}
	sim->changing = sim->draining = sim->drained = false;
}

/* Turns that began go on with the version they began with. */
static void
version_changed(struct engine_pack_change *change, enum err result)
{
	struct sim *sim = change->owner;
	sim_note(sim, "another version of the pack: %s", err_name(result));
	sim->changing = false;
	sim->pack ^= result == OK;
}

static void
change_pack(struct sim *sim)
{
	sim->changing = true;
	sim->change = (struct engine_pack_change){.done = version_changed, .owner = sim};
	engine_set_pack(sim->engine, sim->packs[sim->pack ^ 1], &sim->change);
}

static void
drained(void *owner)
{
	struct sim *sim = owner;
	sim_note(sim, "drained");
	sim->drained = true;
}

static void
drain(struct sim *sim)
{
	sim_note(sim, "the program is told to end");
	sim->draining = true;
	sim->ends++;
	engine_drain(sim->engine, drained, sim);
}

/* From outside: the clock is moved, the program is killed wherever it is. */
static void
storm(struct env_timer *t)
{
	struct sim *sim = t->owner;
	if (sim->calm)
		return;
	env_timer_start(env_sim_surroundings(sim->env), t, (int64_t)sim_below(sim, 6000));
	if (sim_below(sim, 4) == 0) {
		int64_t ms = (int64_t)sim_below(sim, 7200001) - 3600000;
		sim_note(sim, "the clock jumps by %lld ms", (long long)ms);
		env_sim_jump(sim->env, ms);
	}
	if (sim->engine && !sim->changing && sim_below(sim, 3) == 0)
		change_pack(sim);
	if (sim->engine && !sim->draining && sim->ends < ENDS_MAX &&
		sim_below(sim, 6) == 0)
		drain(sim);
	if (sim->engine && sim->crashes < CRASHES_MAX && sim_below(sim, 4) == 0) {
		sim->disk.crashed = true;
		sim->disk.at = "between two steps";
	}
}

/* ---- a run ---- */

static void
set_up(struct sim *sim, const struct pack *const packs[2], uint64_t seed, bool talk)
{
	*sim = (struct sim){.seed = seed,
		.packs = {packs[0], packs[1]},
		.talk = talk,
		.world = {&sim_world_ops}};
	sim->env = env_sim_new(seed);
	list_init(&sim->attempts);
	list_init(&sim->ops);
	list_init(&sim->erasures);
	list_init(&sim->flights);
	disk_init(&sim->disk, sim->env);
	sim->disk.owner = sim;
	sim->disk.note = note_disk;
	sim->disk.committed = check_committed;
	/* A third of the runs knows no failing disk. */
	sim->disk.faults = sim_below(sim, 3) ? (int)sim_below(sim, 120) : 0;
	/* In a quarter of the runs little may wait for the disk. */
	sim->disk.queue_max = sim_below(sim, 4) ? 0 : 1 + (int)sim_below(sim, 4);
	people_begin(sim);
	sim->storm = (struct env_timer){.fire = storm, .owner = sim};
	env_timer_start(env_sim_surroundings(sim->env), &sim->storm,
		(int64_t)sim_below(sim, 6000));
}

static void
tear_down(struct sim *sim)
{
	if (sim->engine)
		crash(sim);
	people_end(sim);
	world_end(sim);
	disk_fini(&sim->disk);
	env_sim_free(&sim->env);
}

/* The storm ends; what was left open is asked again. */
static void
calm(struct sim *sim)
{
	sim->calm = true;
	sim->disk.faults = sim->disk.queue_max = 0;
	sim->disk.crash_in = 0;
	sim_note(sim, "calm");
	people_calm(sim);
}

static void
run_to_rest(struct sim *sim)
{
	while (!sim->failure[0] && env_sim_step(sim->env)) {
		sim->steps++;
		if (sim->disk.crashed || sim->drained) {
			crash(sim);
			start(sim);
		}
		check_step(sim);
		if (!sim->calm && env_sim_elapsed_ms(sim->env) > STORM_MS)
			calm(sim);
		if (sim->steps > STEPS_MAX)
			sim_fail(sim, "it does not come to rest");
	}
}

bool
sim_run(struct sim *sim, const struct pack *const packs[2], uint64_t seed, bool talk)
{
	set_up(sim, packs, seed, talk);
	start(sim);
	run_to_rest(sim);
	/* A turn of an erased person ends at a start, and when that commit fails at the next one. */
	if (!sim->failure[0] && check_erased_wait(sim)) {
		crash(sim);
		start(sim);
		run_to_rest(sim);
	}
	if (!sim->failure[0])
		check_end(sim);
	bool held = !sim->failure[0];
	tear_down(sim);
	return held;
}
