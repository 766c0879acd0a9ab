/*
 * What one input may cost a parser: INPUT_SECONDS of processor time and INPUT_MEMORY_MAX
 * of memory held at once, both as the sanitizers make them. An input that costs more ends
 * the process, which libFuzzer keeps as a crash.
 *
 * Processor time, not the clock: a busy machine makes no input slow. Linked with
 * --wrap=LLVMFuzzerTestOneInput, so that it stands around the entry of each fuzzer,
 * whoever calls it. With FUZZ_RECORD=FILE what the run has cost is written there, as JSON,
 * every ten seconds and when it ends, and the slowest input to FILE.slowest.
 */
#include "base/err.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define INPUT_SECONDS 1
#define INPUT_MEMORY_MAX (64 << 20)
#define TICKS_PER_SECOND 10
#define RECORD_EVERY_NS 10000000000LL

int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From sanitizer/allocator_interface.h, which gcc does not bring along. */
int __sanitizer_install_malloc_and_free_hooks(
	void (*allocated)(const volatile void *p, size_t size),
	void (*freed)(const volatile void *p));
size_t __sanitizer_get_allocated_size(const volatile void *p);

static struct {
	long long inputs;
	long long slowest_ns, recorded_ns;
	uint8_t *slowest;
	size_t slowest_size;
	long held_max; /* of the hungriest input */
	_Atomic long held, held_here;
	_Atomic bool inside;
	atomic_int ticks; /* of processor time since the input began */
} cost;

static long long
nanoseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* A signal may come anywhere, so nothing is printed but by write(). */
static void
over(const char *text, size_t n)
{
	atomic_store(&cost.inside, false);
	if (write(STDERR_FILENO, text, n) == (ssize_t)n)
		abort();
	abort();
}

static void
tick(int signal)
{
	static const char text[] =
		"budget: the input takes more than a second of processor time\n";

	(void)signal;
	if (atomic_fetch_add(&cost.ticks, 1) > INPUT_SECONDS * TICKS_PER_SECOND &&
		atomic_load(&cost.inside))
		over(text, sizeof text - 1);
}

static void
allocated(const volatile void *p, size_t size)
{
	static const char text[] = "budget: the input holds more than 64 MB\n";

	if (!p || !atomic_load_explicit(&cost.inside, memory_order_relaxed))
		return;
	long held = atomic_fetch_add(&cost.held, (long)size) + (long)size;
	if (held > atomic_load_explicit(&cost.held_here, memory_order_relaxed))
		atomic_store(&cost.held_here, held);
	if (held > INPUT_MEMORY_MAX)
		over(text, sizeof text - 1);
}

static void
freed(const volatile void *p)
{
	if (p && atomic_load_explicit(&cost.inside, memory_order_relaxed))
		atomic_fetch_sub(&cost.held, (long)__sanitizer_get_allocated_size(p));
}

static void
write_slowest(const char *record)
{
	char path[4096];

	snprintf(path, sizeof path, "%s.slowest", record);
	FILE *f = cost.slowest ? fopen(path, "wb") : NULL;
	if (!f)
		return;
	fwrite(cost.slowest, 1, cost.slowest_size, f);
	fclose(f);
}

static void
write_record(void)
{
	const char *path = getenv("FUZZ_RECORD");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f,
		"{\"inputs\":%lld,\"processor_ms\":%lld,\"slowest_us\":%lld,\"memory\":%ld}\n",
		cost.inputs, nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / 1000000,
		cost.slowest_ns / 1000, cost.held_max);
	fclose(f);
	write_slowest(path);
}

static void
start_watching(void)
{
	const struct itimerval each = {
		{0, 1000000 / TICKS_PER_SECOND}, {0, 1000000 / TICKS_PER_SECOND}};
	struct sigaction on_tick = {.sa_handler = tick, .sa_flags = SA_RESTART};

	sigemptyset(&on_tick.sa_mask);
	require(sigaction(SIGPROF, &on_tick, NULL) == 0);
	require(setitimer(ITIMER_PROF, &each, NULL) == 0);
	require(__sanitizer_install_malloc_and_free_hooks(allocated, freed) > 0);
	require(atexit(write_record) == 0);
}

static void
keep_slowest(const uint8_t *data, size_t size, long long ns)
{
	uint8_t *copy = realloc(cost.slowest, size + 1);

	require(copy);
	memcpy(copy, data, size);
	cost.slowest = copy;
	cost.slowest_size = size;
	cost.slowest_ns = ns;
}

int
__wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (cost.inputs++ == 0)
		start_watching();
	atomic_store(&cost.held, 0);
	atomic_store(&cost.held_here, 0);
	atomic_store(&cost.ticks, 0);
	long long clock = nanoseconds(CLOCK_MONOTONIC);
	/* While a timer counts the process's time, its clock is as coarse as the timer. */
	long long began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	atomic_store(&cost.inside, true);
	int answer = __real_LLVMFuzzerTestOneInput(data, size);
	atomic_store(&cost.inside, false);
	long long now = nanoseconds(CLOCK_MONOTONIC);
	/* Reading the processor's time is a call of the system, the clock is none. */
	if (now - clock > cost.slowest_ns) {
		long long ns = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began;
		if (ns > cost.slowest_ns)
			keep_slowest(data, size, ns);
	}
	if (cost.held_here > cost.held_max)
		cost.held_max = cost.held_here;
	if (now - cost.recorded_ns > RECORD_EVERY_NS) {
		cost.recorded_ns = now;
		write_record();
	}
	return answer;
}
