/*
 * `parley replay`: recorded turns run again from their journals. Without --pack: is each
 * the same, byte for byte? With
 * --pack: what would another pack have said, routed, done?
 *
 * Turns are shared out among reading processes by conversation; each sends what it found
 * up a pipe, a line a turn.
 */
#include "turn/replay.h"
#include "actor/actors.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "talk/conversation.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 64
#define BATCH 256
#define EXAMPLES_MAX 5

/* What is counted, and shown an example of, when another pack does otherwise. */
enum kind {
	KIND_REPLY,
	KIND_INTENT,
	KIND_ROUTE,
	KIND_HANDOFF,
	KIND_ACTION,
	KIND_APPROVAL,
	KIND_BLOCKED,
	KINDS
};
static const char *const kind_names[KINDS] = {
	"answered", "understood", "routed", "escalated", "acted", "approval", "blocked"};

struct tally {
	int64_t turns, equal, diverged, skipped, failed, unanswered, borrowed;
	int64_t kinds[KINDS];
};

struct job {
	const struct args *args;
	const struct pack *other;
	const struct pack_host *host;
	struct str dir;
	int64_t conversation, turn; /* 0: all */
	struct wall since;
	int64_t workers;
	bool json;
};

/* ---- a worker ---- */

struct worker {
	const struct job *job;
	int number, out;
	struct tally tally;
	int64_t examples[KINDS], shown;
};

static void
send_line(struct worker *w, const struct json *o, struct arena *a)
{
	struct str line = arena_printf(a, "%.*s\n", STR_ARG(json_print(a, o)));
	for (size_t at = 0; at < line.n;) {
		ssize_t n = write(w->out, line.p + at, line.n - at);
		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static unsigned
kinds_of(const struct replay_outcome *o)
{
	unsigned k = 0;
	k |= (unsigned)!str_eq(o->reply_was, o->reply_is) << KIND_REPLY;
	k |= (unsigned)!str_eq(o->intent_was, o->intent_is) << KIND_INTENT;
	k |= (unsigned)!str_eq(o->route_was, o->route_is) << KIND_ROUTE;
	k |= (unsigned)(o->handoff_was != o->handoff_is) << KIND_HANDOFF;
	k |= (unsigned)(o->actions_was != o->actions_is) << KIND_ACTION;
	k |= (unsigned)(o->approvals_was != o->approvals_is) << KIND_APPROVAL;
	k |= (unsigned)(o->blocked_was != o->blocked_is) << KIND_BLOCKED;
	return k;
}

static void
put(struct arena *a, struct json *o, const char *key, struct str value)
{
	json_set(o, str_of(key), json_new_str(a, value));
}

static void
send_example(struct worker *w, struct store *store, struct arena *a, int64_t key,
	const struct replay_outcome *out, unsigned kinds)
{
	struct json *o = json_new_object(a), *list = json_new_array(a);
	put(a, o, "turn", id_print(store, a, ID_TURN, key));
	put(a, o, "differs", out->why);
	for (int k = 0; k < KINDS; k++)
		if (kinds & 1u << k)
			json_add(list, json_new_str(a, str_of(kind_names[k])));
	json_set(o, STR("kinds"), list);
	put(a, o, "was", out->was);
	put(a, o, "is", out->is);
	put(a, o, "reply_was", out->reply_was);
	put(a, o, "reply_is", out->reply_is);
	send_line(w, o, a);
}

static void
count_turn(struct worker *w, struct store *store, struct arena *a, int64_t key,
	const struct replay_outcome *out)
{
	struct tally *t = &w->tally;
	t->turns++;
	if (out->verdict == REPLAY_SKIPPED) {
		t->skipped++;
		return;
	}
	unsigned kinds = w->job->other ? kinds_of(out) : 0;
	bool show = out->verdict == REPLAY_DIVERGED && w->shown < EXAMPLES_MAX;
	for (int k = 0; k < KINDS; k++)
		if (kinds & 1u << k) {
			t->kinds[k]++;
			show = show || w->examples[k]++ < EXAMPLES_MAX;
		}
	if (out->verdict == REPLAY_EQUAL && kinds == 0)
		t->equal++;
	else
		t->diverged++;
	if (show && (kinds || out->verdict == REPLAY_DIVERGED)) {
		w->shown++;
		send_example(w, store, a, key, out, kinds);
	}
}

static void
send_tally(struct worker *w, struct arena *a, bool last)
{
	const struct tally *t = &w->tally;
	struct json *o = json_new_object(a), *kinds = json_new_object(a);
	const struct {
		const char *name;
		int64_t value;
	} figures[] = {{"turns", t->turns}, {"equal", t->equal},
		{"diverged", t->diverged}, {"skipped", t->skipped}, {"failed", t->failed},
		{"unanswered", t->unanswered}, {"borrowed", t->borrowed}};
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
		json_set(o, str_of(figures[i].name), json_new_int(a, figures[i].value));
	for (int k = 0; k < KINDS; k++)
		json_set(kinds, str_of(kind_names[k]), json_new_int(a, t->kinds[k]));
	json_set(o, STR("kinds_counted"), kinds);
	json_set(o, STR("last"), json_new_bool(a, last));
	send_line(w, o, a);
}

static void
replay_one(struct worker *w, struct replay *r, struct store *store, struct arena *a,
	int64_t key)
{
	struct replay_outcome out;
	struct error e = {0};
	if (replay_turn(r, row_conversation(key), row_seq(key), &out, &e) == OK) {
		count_turn(w, store, a, key, &out);
		return;
	}
	w->tally.turns++;
	if (w->tally.failed++ == 0) {
		struct json *o = json_new_object(a);
		put(a, o, "turn", id_print(store, a, ID_TURN, key));
		put(a, o, "error", arena_str(a, str_of(e.text)));
		send_line(w, o, a);
	}
}

static enum err
replay_share(struct worker *w, struct store *store, struct error *e)
{
	const struct job *job = w->job;
	struct replay r;
	struct arena a;
	struct items keys = {NULL, BATCH};
	int64_t after = job->turn   ? job->turn - 1
		: job->conversation ? row_key(job->conversation, 0)
				    : 0;
	int64_t up_to = job->turn   ? job->turn
		: job->conversation ? row_key(job->conversation, SEQ_MAX)
				    : INT64_MAX;
	enum err got = OK;
	replay_init(&r, store, job->host, actor_find, job->other);
	arena_init(&a, 0);
	while (got == OK && keys.n == BATCH) {
		arena_clear(&a);
		got = turn_row_list(store, &a, after, up_to, job->since, BATCH, &keys, e);
		for (size_t i = 0; got == OK && i < keys.n; i++) {
			after = ((const int64_t *)keys.p)[i];
			if (row_conversation(after) % job->workers == w->number)
				replay_one(w, &r, store, &a, after);
		}
		w->tally.unanswered = r.unanswered;
		w->tally.borrowed = r.borrowed;
		send_tally(w, &a, false);
	}
	arena_clear(&a);
	send_tally(w, &a, true);
	arena_fini(&a);
	replay_fini(&r);
	return got;
}

static int
work(const struct job *job, int number, int out)
{
	struct worker w = {.job = job, .number = number, .out = out};
	struct store store;
	struct error e = {0};
	struct env *env = env_uv_new();
	enum err got = store_open_reading(env, job->dir, &store, &e);
	if (got == OK) {
		got = replay_share(&w, &store, &e);
		store_close(&store);
	}
	env_uv_free(&env);
	return got == OK ? 0 : cmd_fail(job->args, "%s", e.text);
}

/* ---- the whole ---- */

struct gathering {
	const struct job *job;
	struct tally parts[WORKERS_MAX];
	struct buf in[WORKERS_MAX];
	int64_t shown[KINDS + 1];
	struct timespec began;
};

static double
seconds_since(const struct timespec *began)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) +
		(double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static struct tally
sum(const struct gathering *g)
{
	struct tally all = {0};
	for (int64_t i = 0; i < g->job->workers; i++) {
		const struct tally *t = &g->parts[i];
		all.turns += t->turns;
		all.equal += t->equal;
		all.diverged += t->diverged;
		all.skipped += t->skipped;
		all.failed += t->failed;
		all.unanswered += t->unanswered;
		all.borrowed += t->borrowed;
		for (int k = 0; k < KINDS; k++)
			all.kinds[k] += t->kinds[k];
	}
	return all;
}

static void
print_side(char sign, struct str text)
{
	struct str line;
	while (str_split(&text, '\n', &line))
		printf("  %c %.*s\n", sign, STR_ARG(line));
}

static void
print_example(struct gathering *g, const struct json *o)
{
	if (json_get(o, STR("error"))) {
		fprintf(stderr, "%.*s: %.*s\n",
			STR_ARG(json_str(json_get(o, STR("turn")), STR(""))),
			STR_ARG(json_str(json_get(o, STR("error")), STR(""))));
		return;
	}
	if (g->job->json || g->shown[KINDS]++ >= 4 * EXAMPLES_MAX)
		return;
	struct str was = json_str(json_get(o, STR("reply_was")), STR(""));
	struct str is = json_str(json_get(o, STR("reply_is")), STR(""));
	struct str differs = json_str(json_get(o, STR("differs")), STR(""));
	printf("%.*s", STR_ARG(json_str(json_get(o, STR("turn")), STR(""))));
	json_each(k, json_get(o, STR("kinds")))
		printf(" %.*s", STR_ARG(k->s));
	printf(differs.n ? ": %.*s\n" : "\n", STR_ARG(differs));
	if (!str_eq(was, is)) {
		print_side('-', was);
		print_side('+', is);
	} else {
		print_side('-', json_str(json_get(o, STR("was")), STR("")));
		print_side('+', json_str(json_get(o, STR("is")), STR("")));
	}
}

static void
take_line(struct gathering *g, int64_t i, struct str line)
{
	struct arena a;
	struct json *o;
	arena_init(&a, 0);
	if (json_parse(&a, line, &o, NULL) == OK && json_get(o, STR("turns"))) {
		struct tally *t = &g->parts[i];
		t->turns = json_int(json_get(o, STR("turns")), 0);
		t->equal = json_int(json_get(o, STR("equal")), 0);
		t->diverged = json_int(json_get(o, STR("diverged")), 0);
		t->skipped = json_int(json_get(o, STR("skipped")), 0);
		t->failed = json_int(json_get(o, STR("failed")), 0);
		t->unanswered = json_int(json_get(o, STR("unanswered")), 0);
		t->borrowed = json_int(json_get(o, STR("borrowed")), 0);
		for (int k = 0; k < KINDS; k++)
			t->kinds[k] = json_int(json_get(json_get(o, STR("kinds_counted")),
						       str_of(kind_names[k])),
				0);
		if (isatty(2) && !g->job->json) {
			struct tally all = sum(g);
			fprintf(stderr, "\r%" PRId64 " turns, %.0f a second ", all.turns,
				(double)all.turns / seconds_since(&g->began));
		}
	} else if (line.n) {
		print_example(g, o);
		if (g->job->json)
			printf("%.*s\n", STR_ARG(line));
	}
	arena_fini(&a);
}

/* False at the end of that worker's pipe. */
static bool
take_bytes(struct gathering *g, int64_t i, int fd)
{
	struct buf *in = &g->in[i];
	char *room = buf_reserve(in, 65536);
	ssize_t n = room ? read(fd, room, 65536) : 0;
	if (n <= 0)
		return false;
	in->n += (size_t)n;
	ptrdiff_t end;
	while ((end = str_find_char(buf_str(in), '\n')) >= 0) {
		take_line(g, i, str_sub(buf_str(in), 0, (size_t)end));
		buf_consume(in, (size_t)end + 1);
	}
	return true;
}

static int
summary(const struct gathering *g, bool well)
{
	struct tally t = sum(g);
	double seconds = seconds_since(&g->began),
	       rate = seconds > 0 ? (double)t.turns / seconds : 0;
	if (isatty(2) && !g->job->json)
		fprintf(stderr, "\r\033[K");
	if (g->job->json) {
		printf("{\"turns\":%" PRId64 ",\"equal\":%" PRId64
		       ",\"diverged\":%" PRId64 ",\"skipped\":%" PRId64
		       ",\"failed\":%" PRId64 ",\"unanswered\":%" PRId64
		       ",\"borrowed\":%" PRId64,
			t.turns, t.equal, t.diverged, t.skipped, t.failed, t.unanswered,
			t.borrowed);
		for (int k = 0; g->job->other && k < KINDS; k++)
			printf(",\"%s\":%" PRId64, kind_names[k], t.kinds[k]);
		printf(",\"seconds\":%.3f,\"turns_per_second\":%.0f}\n", seconds, rate);
	} else {
		printf("%" PRId64 " turns: %" PRId64 " the same, %" PRId64
		       " otherwise, %" PRId64 " left out",
			t.turns, t.equal, t.diverged, t.skipped);
		if (t.failed)
			printf(", %" PRId64 " unreadable", t.failed);
		printf("; %.0f turns a second\n", rate);
		for (int k = 0; g->job->other && k < KINDS; k++)
			printf("  %-12s %" PRId64 " otherwise\n", kind_names[k],
				t.kinds[k]);
		if (t.unanswered)
			printf("  %" PRId64 " questions had no recorded answer; %" PRId64
			       " were answered from one to the same URL\n",
				t.unanswered, t.borrowed);
	}
	return !well || t.failed || (!g->job->other && t.diverged) ? 1 : 0;
}

static int
gather(const struct job *job)
{
	struct gathering g = {.job = job};
	struct pollfd pipes[WORKERS_MAX];
	int open = (int)job->workers, status = 0;
	bool well = true;
	clock_gettime(CLOCK_MONOTONIC, &g.began);
	fflush(stdout);
	for (int64_t i = 0; i < job->workers; i++) {
		int ends[2];
		if (pipe(ends) != 0)
			return cmd_fail(job->args, "pipe: %s", "no descriptors left");
		if (fork() == 0) {
			close(ends[0]);
			_exit(work(job, (int)i, ends[1]));
		}
		close(ends[1]);
		pipes[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
		buf_init(&g.in[i], 64u << 20);
	}
	while (open > 0 && poll(pipes, (nfds_t)job->workers, -1) > 0)
		for (int64_t i = 0; i < job->workers; i++)
			if (pipes[i].revents && !take_bytes(&g, i, pipes[i].fd)) {
				close(pipes[i].fd);
				pipes[i].fd = -1;
				open--;
			}
	for (int64_t i = 0; i < job->workers; i++) {
		well = wait(&status) > 0 && WIFEXITED(status) &&
			WEXITSTATUS(status) == 0 && well;
		buf_fini(&g.in[i]);
	}
	return summary(&g, well);
}

/* ---- arguments ---- */

static bool
read_since(const struct args *args, struct wall *out)
{
	const char *text = args_value(args, "since");
	int64_t n;
	if (!text)
		return true;
	struct str s = str_of(text);
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (s.n > 1 && s.p[s.n - 1] == units[i].unit &&
			str_to_i64(str_sub(s, 0, s.n - 1), &n) && n > 0 && n < 100000) {
			struct timespec now;
			clock_gettime(CLOCK_REALTIME, &now);
			out->ms = (int64_t)now.tv_sec * 1000 - n * units[i].ms;
			return true;
		}
	cmd_usage(args, "--since must be like 90m, 24h or 7d, not \"%s\"", text);
	return false;
}

/* A word is a turn, a conversation or a message. */
static enum err
read_word(struct job *job, const char *word, struct error *e)
{
	struct store store;
	struct env *env = env_uv_new();
	enum err got = store_open_reading(env, job->dir, &store, e);
	if (got == OK) {
		if (!id_parse(&store, ID_TURN, str_of(word), &job->turn) &&
			!id_parse(&store, ID_CONVERSATION, str_of(word),
				&job->conversation))
			got = err_set(e, ERR_INVALID,
				"\"%s\" is no turn (t_…) and no conversation (c_…)",
				word);
		store_close(&store);
	}
	env_uv_free(&env);
	return got;
}

static const struct db_sql last_version = {"SELECT max(id) FROM pack_version"};

/* The newest pack of the store, for the variables that it was run with. */
static enum err
newest_pack(const struct job *job, struct arena *a, struct pack **out, struct error *e)
{
	struct store store;
	struct db_rows rows;
	struct str bundle = STR("");
	struct env *env = env_uv_new();
	int64_t id = 0;
	enum err got = store_open_reading(env, job->dir, &store, e);
	if (got == OK) {
		got = db_query(store.db, &rows, &last_version, e, "");
		if (got == OK) {
			id = db_next(&rows) ? db_int(&rows, 0) : 0;
			db_end(&rows);
			got = pack_version_load(&store, a, id, &bundle, e);
		}
		store_close(&store);
	}
	env_uv_free(&env);
	return got == OK ? pack_load_bundle(bundle, job->host, out, e) : got;
}

/* Of the variables that were set, those that the other pack has: it is to meet the same
 * world. */
static size_t
same_variables(const struct pack *was, const struct pack *other, struct pack_setting *out,
	size_t max)
{
	size_t n = 0;
	items_each(const struct pack_setting, s, pack_about(was)->variables)
		items_each(const struct pack_setting, o, pack_about(other)->variables)
			if (n < max && str_eq(s->name, o->name))
				out[n++] = *s;
	return n;
}

static enum err
load_other(const struct job *job, struct pack **out, struct error *e)
{
	struct pack_options options = {.host = job->host};
	struct pack_setting settings[32];
	struct pack *was = NULL, *plain = NULL;
	struct arena a;
	const char *dir = args_value(job->args, "pack");
	*out = NULL;
	if (!dir)
		return OK;
	arena_init(&a, 0);
	enum err got = pack_load(dir, &options, &plain, NULL, e);
	if (got == OK)
		got = newest_pack(job, &a, &was, e);
	if (got == OK) {
		options.settings = settings;
		options.setting_count = same_variables(was, plain, settings, 32);
		got = pack_load(dir, &options, out, NULL, e);
	}
	const struct pack *first = was, *second = plain;
	pack_unref(&first);
	pack_unref(&second);
	arena_fini(&a);
	return got;
}

static int
replay_run(const struct args *args)
{
	struct job job = {.args = args, .json = args_flag(args, "json")};
	struct error e = {0};
	struct pack *other = NULL;
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct command_host host;
	job.dir = str_of(args_value(args, "data"));
	job.host = &host.host;
	if (!read_since(args, &job.since) ||
		!args_int(args, "workers", 0, WORKERS_MAX, &job.workers))
		return 2;
	if (job.workers == 0)
		job.workers = cores > 0 && cores < WORKERS_MAX ? cores : 1;
	command_host_init(&host, args_value(args, "data"));
	enum err got = load_other(&job, &other, &e);
	if (got == OK && args->word_count)
		got = read_word(&job, args->words[0], &e);
	if (got != OK)
		return cmd_fail(args, "%s", e.text);
	if (job.turn || job.conversation)
		job.workers = 1;
	job.other = other;
	int code = gather(&job);
	const struct pack *own = other;
	pack_unref(&own);
	return code;
}

static const struct option options[] = {
	STORE_OPTIONS,
	{.name = "since",
		.value = "TIME",
		.doc = "turns of the last 90m, 24h, 7d; all without it"},
	{.name = "pack",
		.value = "DIR",
		.doc = "what if: run them under this pack and show what it does otherwise"},
	{.name = "workers",
		.value = "N",
		.fallback = "0",
		.doc = "reading processes; 0: one for each core"},
	{.name = "json",
		.doc = "examples as JSON lines; the last line holds the figures"},
	{0},
};

const struct command cmd_replay = {
	.name = "replay",
	.usage = "[TURN | CONVERSATION] [options]",
	.summary = "run recorded turns again: the same, or what another pack would do",
	.details =
		"Reads the store beside a running server and changes nothing in it. Without --pack each turn runs under its own\n"
		"pack version and must come out the same, byte for byte; the exit code is 1 when one does not.",
	.options = options,
	.words_max = 1,
	.run = replay_run,
};
