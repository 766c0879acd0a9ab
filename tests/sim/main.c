/*
 * sim [--seeds N] [--from F] [--jobs J]   runs N seeds from F on, J at a time
 * sim --seed S                            runs one and tells its story on standard error
 *
 * Ends with "N passed, N failed". A seed that fails is printed with the last lines of its
 * story; a seed at which the program dies is printed too.
 */
#include "sim.h"

#include "base/arena.h"
#include "base/log.h"
#include "pack/pack.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PACK "tests/sim/pack"
#define JOBS_MAX 64
#define SHOWN_MAX 5

/* What a job shows to whom waits for it. */
struct progress {
	uint64_t seed;
	int64_t passed, failed, steps, crashes;
};

static int64_t
option(int argc, char **argv, const char *name, int64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return strtoll(argv[i + 1], NULL, 10);
	return otherwise;
}

static void
show(const struct sim *sim)
{
	int64_t from =
		sim->story_count > STORY_LINES ? sim->story_count - STORY_LINES : 0;
	printf("seed %llu: %s\n", (unsigned long long)sim->seed, sim->failure);
	for (int64_t i = from; i < sim->story_count; i++)
		printf("  %s\n", sim->story[i % STORY_LINES]);
	printf("again: make sim SEED=%llu\n", (unsigned long long)sim->seed);
	fflush(stdout);
}

/* The pack, and the same with another version number. */
static void
load_packs(const struct pack *packs[2])
{
	static const struct pack_setting second = {
		.name = STR_INIT("edition"), .value = STR_INIT("second")};
	for (size_t i = 0; i < 2; i++) {
		struct error e = {0};
		struct pack *pack;
		const struct pack_options options = {
			.host = &sim_host, .settings = &second, .setting_count = i};
		if (pack_load(PACK, &options, &pack, NULL, &e) != OK) {
			fprintf(stderr, "%s: %s\n", PACK, e.text);
			exit(2);
		}
		packs[i] = pack;
	}
	require(!str_eq(pack_hash(packs[0]), pack_hash(packs[1])));
}

static void
free_packs(const struct pack *packs[2])
{
	pack_unref(&packs[0]);
	pack_unref(&packs[1]);
}

static int
run_one(uint64_t seed)
{
	struct sim *sim = mem_zalloc(sizeof *sim);
	const struct pack *packs[2];
	load_packs(packs);
	bool held = sim_run(sim, packs, seed, true);
	if (!held)
		show(sim);
	printf("%d passed, %d failed\n", held, !held);
	free_packs(packs);
	free(sim);
	return !held;
}

/* A process of its own: every `jobs`-th seed. */
static void
job(struct progress *p, uint64_t end, uint64_t jobs)
{
	struct sim *sim = mem_zalloc(sizeof *sim);
	const struct pack *packs[2];
	load_packs(packs);
	for (; p->seed < end; p->seed += jobs) {
		bool held = sim_run(sim, packs, p->seed, false);
		p->passed += held;
		p->failed += !held;
		p->steps += sim->steps;
		p->crashes += sim->crashes;
		if (!held && p->failed <= SHOWN_MAX)
			show(sim);
	}
	free_packs(packs);
	free(sim);
	exit(0);
}

static struct progress
sum(const struct progress *list, int64_t jobs)
{
	struct progress all = {0};
	for (int64_t i = 0; i < jobs; i++) {
		all.passed += list[i].passed;
		all.failed += list[i].failed;
		all.steps += list[i].steps;
		all.crashes += list[i].crashes;
	}
	return all;
}

static pid_t
start_job(struct progress *p, uint64_t end, int64_t jobs)
{
	fflush(stdout);
	pid_t pid = fork();
	require(pid >= 0);
	if (pid == 0)
		job(p, end, (uint64_t)jobs);
	return pid;
}

/* Waits for all; a job that dies at a seed goes on behind it. */
static void
wait_for(struct progress *list, const pid_t *first, uint64_t end, int64_t jobs)
{
	pid_t pids[JOBS_MAX];
	int status;
	int64_t left = jobs;
	time_t said = time(NULL);
	memcpy(pids, first, sizeof pids);
	while (left > 0) {
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid == 0)
			usleep(20000);
		if (time(NULL) - said >= 5) {
			struct progress now = sum(list, jobs);
			fprintf(stderr, "%lld seeds passed, %lld failed\n",
				(long long)now.passed, (long long)now.failed);
			said = time(NULL);
		}
		for (int64_t i = 0; pid > 0 && i < jobs; i++) {
			if (pids[i] != pid)
				continue;
			left--;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
				break;
			printf("seed %llu: the program died\nagain: make sim SEED=%llu\n",
				(unsigned long long)list[i].seed,
				(unsigned long long)list[i].seed);
			list[i].failed++;
			list[i].seed += (uint64_t)jobs;
			if (list[i].seed < end && list[i].failed <= SHOWN_MAX) {
				pids[i] = start_job(&list[i], end, jobs);
				left++;
			}
		}
	}
}

static int
run_many(uint64_t from, int64_t seeds, int64_t jobs)
{
	pid_t pids[JOBS_MAX] = {0};
	struct timespec start, end;
	struct progress *list = mmap(NULL, JOBS_MAX * sizeof *list,
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(list != MAP_FAILED);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int64_t i = 0; i < jobs; i++) {
		list[i].seed = from + (uint64_t)i;
		pids[i] = start_job(&list[i], from + (uint64_t)seeds, jobs);
	}
	wait_for(list, pids, from + (uint64_t)seeds, jobs);
	clock_gettime(CLOCK_MONOTONIC, &end);
	struct progress all = sum(list, jobs);
	double s = (double)(end.tv_sec - start.tv_sec) +
		(double)(end.tv_nsec - start.tv_nsec) / 1e9;
	printf("seeds %llu to %llu: %lld steps, %lld crashes, %.1f s, %.0f seeds a second\n",
		(unsigned long long)from,
		(unsigned long long)from + (unsigned long long)seeds - 1,
		(long long)all.steps, (long long)all.crashes, s,
		(double)(all.passed + all.failed) / s);
	printf("%lld passed, %lld failed\n", (long long)all.passed,
		(long long)all.failed);
	return all.failed > 0;
}

int
main(int argc, char **argv)
{
	int64_t seed = option(argc, argv, "--seed", -1);
	int64_t jobs = option(argc, argv, "--jobs", 2);
	log_set_level(seed >= 0 ? LOG_WARN : LOG_OFF);
	if (seed >= 0)
		return run_one((uint64_t)seed);
	require(jobs > 0 && jobs <= JOBS_MAX);
	return run_many((uint64_t)option(argc, argv, "--from", 1),
		option(argc, argv, "--seeds", 500), jobs);
}
