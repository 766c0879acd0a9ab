/*
 * The store alone, under the writes of a turn: how long a commit takes, at a fixed rate,
 * and what it costs each thread.
 *
 *	commit_rate --rate 8000 --seconds 30 --conversations 1200 --fill 50000 [--dir DIR]
 *
 * A turn is what turn/commit.c writes for a message that is answered at once: two events,
 * the record of the turn, the conversation and a dedupe key, 1.8 KB in all, sealed by the
 * code that seals them in the program. Commits are due at fixed times and their latency
 * counts from then, so a store that pauses cannot hide it. --rate 0 keeps --callers
 * commits on their way instead. --fill turns are there before anything is measured. The
 * result is one line for the latencies, one for the store and one for each thread.
 */
#include "base/arena.h"
#include "talk/conversation.h"
#include "talk/dedupe.h"
#include "talk/event.h"
#include "talk/turn_row.h"

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define IN_FLIGHT_MAX 4000 /* below DB_QUEUE_MAX */
#define THREADS_MAX 16
#define NS INT64_C(1000000000)

struct options {
	int64_t rate, seconds, conversations, fill, callers;
	const char *dir;
};

struct write {
	struct db_tx tx;
	struct bench *bench;
	struct write *next;
	int64_t due_ns;
};

struct thread_cost {
	int64_t id, user, kernel; /* ticks */
	char name[32];
};

/* What the process has used up to a moment. */
struct cost {
	struct thread_cost threads[THREADS_MAX];
	int count;
	int64_t written, writes; /* bytes and calls */
	struct db_stats db;
};

struct bench {
	struct options options;
	struct env *env;
	struct store store;
	struct person_key key;
	struct conversation *conversations;
	struct write writes[IN_FLIGHT_MAX], *idle;
	uv_timer_t tick;
	char bytes[4096];
	int64_t started_ns, submitted, target, finished, late, failed;
	int64_t *latencies; /* ns; NULL while the store is filled */
};

static int64_t
now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

static struct str
bytes(struct bench *b, size_t n)
{
	return (struct str){b->bytes, n};
}

static struct event
next_event(struct bench *b, struct conversation *c, enum event_kind kind, size_t n)
{
	return (struct event){.conversation = c->id,
		.seq = ++c->seq,
		.kind = kind,
		.at = {c->updated_ms},
		.body = bytes(b, n)};
}

static void
add_dedupe(struct bench *b, struct db_tx *tx, const struct conversation *c)
{
	struct dedupe d = {.event = row_key(c->id, c->seq)};
	env_random(b->env, &d.key, sizeof d.key);
	env_random(b->env, &d.fingerprint, sizeof d.fingerprint);
	dedupe_add(tx, &d, (struct wall){c->updated_ms});
}

static void
add_turn(struct bench *b, struct db_tx *tx)
{
	struct conversation *c =
		&b->conversations[b->submitted % b->options.conversations];
	struct wall now = env_wall(b->env);
	int64_t from = c->version++;
	c->updated_ms = now.ms;
	struct event in = next_event(b, c, EVENT_INBOUND, 120);
	struct event out = next_event(b, c, EVENT_OUTBOUND, 250);
	in.turn = out.turn = in.seq;
	const struct turn_row turn = {.conversation = c->id,
		.number = in.seq,
		.status = TURN_DONE,
		.first_seq = in.seq,
		.last_seq = in.seq,
		.started = now,
		.ended = now,
		.pack = 1,
		.journal = bytes(b, 400),
		.causes = bytes(b, 700)};
	turn_row_add(&b->store, tx, &turn, &in, &b->key);
	add_dedupe(b, tx, c);
	event_add(&b->store, tx, &out, &b->key);
	if (from)
		conversation_write_plain(&b->store, tx, c, from, &b->key);
	else
		conversation_write(&b->store, tx, c, 0, &b->key);
}

static void turn_done(struct db_tx *tx, enum err result);

static bool
submit_turn(struct bench *b, int64_t due_ns)
{
	struct write *w = b->idle;
	if (!w)
		return false;
	b->idle = w->next;
	w->bench = b;
	w->due_ns = due_ns;
	db_tx_init(&w->tx);
	w->tx.owner = w;
	add_turn(b, &w->tx);
	b->submitted++;
	struct error e;
	require(db_submit(b->store.db, &w->tx, turn_done, &e) == OK);
	return true;
}

static void
turn_done(struct db_tx *tx, enum err result)
{
	struct write *w = tx->owner;
	struct bench *b = w->bench;
	if (result != OK && b->failed++ == 0)
		fprintf(stderr, "a commit failed: %s\n", tx->error.text);
	if (b->latencies)
		b->latencies[b->finished] = now_ns() - w->due_ns;
	b->finished++;
	db_tx_fini(tx);
	w->next = b->idle;
	b->idle = w;
	/* A closed loop: the next one at once. */
	if ((!b->options.rate || !b->latencies) && b->submitted < b->target)
		submit_turn(b, now_ns());
	if (b->finished == b->target)
		env_uv_stop(b->env);
}

/* Submits all that is due. */
static void
tick(uv_timer_t *t)
{
	struct bench *b = t->data;
	int64_t now = now_ns();
	while (b->submitted < b->target) {
		int64_t due = b->started_ns + b->submitted * NS / b->options.rate;
		if (due > now)
			return;
		if (!submit_turn(b, due)) {
			b->late++;
			return;
		}
	}
}

/* `callers` of 0: by the clock. */
static void
run(struct bench *b, int64_t turns, int64_t callers)
{
	b->submitted = b->finished = b->late = 0;
	b->target = turns;
	b->started_ns = now_ns();
	for (int64_t i = 0; i < callers && i < turns; i++)
		submit_turn(b, now_ns());
	if (!callers)
		uv_timer_start(&b->tick, tick, 0, 1);
	env_uv_run(b->env);
	uv_timer_stop(&b->tick);
}

/* ---- what it cost ---- */

static void
read_thread(struct thread_cost *t, const char *id)
{
	char path[64], line[512];
	long long user = 0, kernel = 0;
	snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", id);
	FILE *f = fopen(path, "re");
	if (f && fgets(line, sizeof line, f)) {
		const char *end = strrchr(line, ')');
		sscanf(line, "%*d (%31[^)]", t->name);
		sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld",
			&user, &kernel);
	}
	if (f)
		fclose(f);
	t->id = strtoll(id, NULL, 10);
	t->user = user;
	t->kernel = kernel;
}

static void
read_io(struct cost *c)
{
	char line[128];
	long long value;
	FILE *f = fopen("/proc/self/io", "re");
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "wchar: %lld", &value) == 1)
			c->written = value;
		if (sscanf(line, "syscw: %lld", &value) == 1)
			c->writes = value;
	}
	if (f)
		fclose(f);
}

static void
cost_read(struct bench *b, struct cost *c)
{
	struct dirent *entry;
	DIR *tasks = opendir("/proc/self/task");
	*c = (struct cost){0};
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.' && c->count < THREADS_MAX)
			read_thread(&c->threads[c->count++], entry->d_name);
	closedir(tasks);
	read_io(c);
	db_get_stats(b->store.db, &c->db);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double
at_ms(const struct bench *b, double part)
{
	int64_t last = b->target - 1;
	return (double)b->latencies[(int64_t)(part * (double)last)] / 1e6;
}

static int64_t
file_bytes(const struct bench *b, const char *name)
{
	char path[4096];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s", b->options.dir, name);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void
report(struct bench *b, const struct cost *from, const struct cost *to, int64_t took_ns)
{
	double turns = (double)b->target, tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
	qsort(b->latencies, (size_t)b->target, sizeof *b->latencies, compare);
	printf("commit ms: p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.1f  (%.0f/s, %lld failed, %lld waits for room)\n",
		at_ms(b, 0.5), at_ms(b, 0.9), at_ms(b, 0.99), at_ms(b, 0.999),
		at_ms(b, 1), turns * 1e9 / (double)took_ns, (long long)b->failed,
		(long long)b->late);
	printf("a turn: %.0f bytes in %.2f writes; %.1f turns a group; file %.1f MB, log %.1f MB\n",
		(double)(to->written - from->written) / turns,
		(double)(to->writes - from->writes) / turns,
		turns / (double)(to->db.groups - from->db.groups),
		(double)file_bytes(b, "parley.db") / 1e6,
		(double)file_bytes(b, "parley.db-wal") / 1e6);
	for (int i = 0; i < to->count; i++) {
		const struct thread_cost *t = &to->threads[i];
		int64_t user = t->user, kernel = t->kernel;
		for (int k = 0; k < from->count; k++)
			if (from->threads[k].id == t->id) {
				user -= from->threads[k].user;
				kernel -= from->threads[k].kernel;
			}
		printf("%-16s %5.1f us a turn: %5.1f user, %5.1f kernel\n", t->name,
			(double)(user + kernel) * tick_us / turns,
			(double)user * tick_us / turns, (double)kernel * tick_us / turns);
	}
}

/* ---- the whole ---- */

static void
prepare(struct bench *b)
{
	struct error e;
	b->env = env_uv_new();
	if (store_open(b->env, str_of(b->options.dir), &b->store, &e) != OK) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	uv_timer_init(env_uv_loop(b->env), &b->tick);
	b->tick.data = b;
	env_random(b->env, b->bytes, sizeof b->bytes);
	env_random(b->env, b->key.bytes, sizeof b->key.bytes);
	for (int i = 0; i < IN_FLIGHT_MAX; i++) {
		b->writes[i].next = b->idle;
		b->idle = &b->writes[i];
	}
	b->conversations =
		mem_zalloc((size_t)b->options.conversations * sizeof *b->conversations);
	for (int64_t i = 0; i < b->options.conversations; i++)
		b->conversations[i] =
			(struct conversation){.id = b->store.next_conversation++,
				.tenant = 1,
				.contact = b->store.next_conversation,
				.channel = STR("api"),
				.status = STR(CONVERSATION_OPEN),
				.state = bytes(b, 350)};
}

static void
measure(struct bench *b)
{
	struct cost from, to;
	const struct options *o = &b->options;
	int64_t turns = (o->rate ? o->rate : 8000) * o->seconds;
	b->latencies = mem_zalloc((size_t)turns * sizeof *b->latencies);
	cost_read(b, &from);
	int64_t start = now_ns();
	run(b, turns, o->rate ? 0 : o->callers);
	int64_t took = now_ns() - start;
	cost_read(b, &to);
	report(b, &from, &to, took);
}

static struct options
options_read(int argc, char **argv)
{
	struct options o = {8000, 10, 1200, 20000, 32, NULL};
	static const struct option known[] = {{"rate", 1, NULL, 'r'},
		{"seconds", 1, NULL, 's'}, {"conversations", 1, NULL, 'c'},
		{"fill", 1, NULL, 'f'}, {"callers", 1, NULL, 'k'}, {"dir", 1, NULL, 'd'},
		{0}};
	int64_t *numbers[] = {['r'] = &o.rate,
		['s'] = &o.seconds,
		['k'] = &o.callers,
		['c'] = &o.conversations,
		['f'] = &o.fill};
	int c;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '?')
			exit(1);
		if (c == 'd')
			o.dir = optarg;
		else
			*numbers[c] = strtoll(optarg, NULL, 10);
	}
	return o;
}

int
main(int argc, char **argv)
{
	char made[] = "build/bench/store-XXXXXX";
	struct bench *b = mem_zalloc(sizeof *b);
	b->options = options_read(argc, argv);
	if (!b->options.dir)
		b->options.dir = mkdtemp(made);
	require(b->options.dir != NULL);
	prepare(b);
	if (b->options.fill)
		run(b, b->options.fill, b->options.callers);
	measure(b);
	store_close(&b->store);
	printf("the store is in %s\n", b->options.dir);
	return b->failed > 0;
}
