/*
 * `parley replay`: recorded turns run again from their journals. Without --pack: is each
 * the same, byte for byte? With --pack: what would another pack have said, routed, done?
 *
 * The packs are loaded once; then processes are forked that share them and read the store
 * (replay_worker.h). What they say on their pipes is added up and shown here.
 */
#include "actor/actors.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "cmd/replay_worker.h"
#include "talk/tenant.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXAMPLES_SHOWN 20
#define PROGRESS_MS 200
#define PACKS_SHARED 4
#define SETTINGS_MAX 32
#define SINCE_MAX_MS (INT64_C(3650) * 86400000)

struct gathering {
	const struct args *args;
	const struct replay_job *job;
	bool json, progress;
	struct replay_tally parts[REPLAY_WORKERS_MAX];
	struct buf in[REPLAY_WORKERS_MAX];
	int64_t shown[REPLAY_KINDS + 1], shown_in_all, unreadable_shown;
	struct timespec began;
	double told;
};

static double
seconds_since(const struct timespec *began)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) +
		(double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/* Of the workers that have ended, user and system. */
static double
processor_seconds(void)
{
	struct rusage used;
	getrusage(RUSAGE_CHILDREN, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		(double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static struct replay_tally
sum(const struct gathering *g)
{
	struct replay_tally all = {0};
	for (int64_t i = 0; i < g->job->workers; i++)
		replay_tally_add(&all, &g->parts[i]);
	return all;
}

/* ---- examples ---- */

static void
print_lines(char sign, struct str text)
{
	struct str line;
	while (text.n && str_split(&text, '\n', &line))
		printf("  %c %.*s\n", sign, STR_ARG(line));
}

static struct str
text_of(const struct json *o, const char *key)
{
	return json_str(json_get(o, str_of(key)), STR(""));
}

static void
print_example(const struct json *o)
{
	struct str diff = text_of(o, "diff"), line, differs = text_of(o, "differs");
	printf("%.*s", STR_ARG(text_of(o, "turn")));
	json_each(k, json_get(o, STR("kinds")))
		printf(" %.*s", STR_ARG(k->s));
	if (json_get(o, STR("unreadable")))
		printf(" cannot be read: %.*s", STR_ARG(text_of(o, "unreadable")));
	printf(differs.n ? ": %.*s\n" : "\n", STR_ARG(differs));
	print_lines('>', text_of(o, "said"));
	if (!diff.n) {
		print_lines('-', text_of(o, "was"));
		print_lines('+', text_of(o, "is"));
	}
	while (diff.n && str_split(&diff, '\n', &line))
		printf("  %.*s\n", STR_ARG(line));
}

/* Each worker sends some of each kind; that many are enough of all. */
static void
take_example(struct gathering *g, const struct json *o, struct str text)
{
	const struct json *kinds = json_get(o, STR("kinds"));
	bool show = json_get(o, STR("unreadable"))
		? g->unreadable_shown++ < REPLAY_EXAMPLES_MAX
		: !json_first(kinds) && g->shown[REPLAY_KINDS]++ < REPLAY_EXAMPLES_MAX;
	for (int k = 0; k < REPLAY_KINDS; k++)
		json_each(name, kinds)
			if (str_eq(name->s, str_of(replay_kind_names[k])))
				show = g->shown[k]++ < REPLAY_EXAMPLES_MAX || show;
	if (show && g->json)
		printf("%.*s\n", STR_ARG(text));
	else if (show && g->shown_in_all++ < EXAMPLES_SHOWN)
		print_example(o);
}

/* ---- progress ---- */

static void
show_progress(struct gathering *g)
{
	double seconds = seconds_since(&g->began);
	bool terminal = isatty(2) && !g->json;
	if ((!terminal && !g->progress) || (seconds - g->told) * 1000 < PROGRESS_MS)
		return;
	g->told = seconds;
	struct replay_tally all = sum(g);
	double done = (double)all.pieces / (double)g->job->pieces;
	if (terminal)
		fprintf(stderr, "\r%.0f %%, %" PRId64 " turns, %.0f a second ",
			done * 100, all.turns, (double)all.turns / seconds);
	else
		printf("{\"progress\":%.4f,\"turns\":%" PRId64
		       ",\"conversations\":%" PRId64 "}\n",
			done, all.turns, all.conversations);
	if (fflush(stdout) != 0)
		_exit(1); /* nobody listens any more, so the workers end as well */
}

/* ---- what the workers say ---- */

static void
take_line(struct gathering *g, int64_t i, struct str line)
{
	struct arena a;
	struct json *o;
	arena_init(&a, 0);
	if (json_parse(&a, line, &o, NULL) == OK) {
		if (json_get(o, STR("turns")))
			replay_tally_read(o, &g->parts[i]);
		else
			take_example(g, o, line);
		show_progress(g);
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

static bool
start_worker(const struct replay_job *job, int64_t number, const struct pollfd *others,
	int *out)
{
	int ends[2];
	if (pipe(ends) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		for (int64_t i = 0; i < number; i++)
			close(others[i].fd);
		_exit(replay_work(job, number, ends[1]));
	}
	close(ends[1]);
	*out = ends[0];
	if (pid < 0)
		close(ends[0]);
	return pid > 0;
}

/* ---- the end ---- */

static void
print_json(const struct gathering *g, const struct replay_tally *t, double seconds,
	bool well)
{
	struct arena a;
	arena_init(&a, 0);
	double used = processor_seconds();
	struct json *o = replay_tally_print(&a, t);
	json_set(o, STR("workers"), json_new_int(&a, g->job->workers));
	json_set(o, STR("whole"), json_new_bool(&a, well));
	json_set(o, STR("seconds"), json_new_double(&a, seconds));
	json_set(o, STR("processor_seconds"), json_new_double(&a, used));
	json_set(o, STR("turns_per_second"),
		json_new_int(
			&a, seconds > 0 ? (int64_t)((double)t->turns / seconds) : 0));
	json_set(o, STR("turns_per_second_per_core"),
		json_new_int(&a, used > 0 ? (int64_t)((double)t->turns / used) : 0));
	printf("%.*s\n", STR_ARG(json_print(&a, o)));
	arena_fini(&a);
}

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* Kinds of which there was none are in --json alone. */
static void
print_otherwise(const struct replay_tally *t)
{
	printf("%" PRId64 " of %" PRId64 " conversation%s would have gone otherwise%s\n",
		t->otherwise, t->conversations, plural(t->conversations),
		t->otherwise ? ":" : "");
	for (int k = 0; k < REPLAY_KINDS; k++)
		if (t->turns_by[k])
			printf("  %-12s %" PRId64 " conversation%s, %" PRId64 " turn%s\n",
				replay_kind_names[k], t->conversations_by[k],
				plural(t->conversations_by[k]), t->turns_by[k],
				plural(t->turns_by[k]));
	if (t->unanswered || t->borrowed)
		printf("  %" PRId64
		       " questions were answered from a recorded answer to the same URL, %" PRId64
		       " had none\n",
			t->borrowed, t->unanswered);
}

static void
print_text(const struct gathering *g, const struct replay_tally *t, double seconds)
{
	double used = processor_seconds();
	if (g->job->other)
		print_otherwise(t);
	printf("%" PRId64 " turn%s: %" PRId64 " the same, %" PRId64 " otherwise, %" PRId64
	       " left out",
		t->turns, plural(t->turns), t->equal, t->diverged, t->skipped);
	if (t->unreadable)
		printf(", %" PRId64 " unreadable", t->unreadable);
	printf("; %.0f turns a second, %.0f a core\n",
		seconds > 0 ? (double)t->turns / seconds : 0,
		used > 0 ? (double)t->turns / used : 0);
	for (size_t i = 0; i < t->reason_count; i++)
		printf("  %" PRId64 " turn%s: %s\n", t->reasons[i].turns,
			plural(t->reasons[i].turns), t->reasons[i].text);
	if (t->other_program)
		printf("  %" PRId64
		       " turns were run by another version of the program: a difference may be its own\n",
			t->other_program);
}

static int
summary(const struct gathering *g, bool well)
{
	struct replay_tally t = sum(g);
	double seconds = seconds_since(&g->began);
	if (isatty(2) && !g->json)
		fprintf(stderr, "\r\033[K");
	if (g->json)
		print_json(g, &t, seconds, well);
	else
		print_text(g, &t, seconds);
	if (!well)
		cmd_fail(g->args, "a reading process failed: the figures are not whole");
	return !well || t.unreadable || (!g->job->other && t.diverged) ? 1 : 0;
}

static int
gather(struct gathering *g)
{
	struct pollfd pipes[REPLAY_WORKERS_MAX];
	int64_t count = g->job->workers, open = count;
	int status = 0;
	bool well = true;
	clock_gettime(CLOCK_MONOTONIC, &g->began);
	fflush(stdout);
	for (int64_t i = 0; i < count; i++) {
		pipes[i] = (struct pollfd){.events = POLLIN};
		if (!start_worker(g->job, i, pipes, &pipes[i].fd))
			return cmd_fail(g->args, "a reading process cannot be started");
		buf_init(&g->in[i], 64u << 20);
	}
	while (open > 0 && poll(pipes, (nfds_t)count, -1) > 0)
		for (int64_t i = 0; i < count; i++)
			if (pipes[i].revents && !take_bytes(g, i, pipes[i].fd)) {
				close(pipes[i].fd);
				pipes[i].fd = -1;
				open--;
			}
	for (int64_t i = 0; i < count; i++) {
		well = wait(&status) > 0 && WIFEXITED(status) &&
			WEXITSTATUS(status) == 0 && well;
		buf_fini(&g->in[i]);
	}
	return summary(g, well);
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
			str_to_i64(str_sub(s, 0, s.n - 1), &n) && n > 0 &&
			n <= SINCE_MAX_MS / units[i].ms) {
			struct timespec now;
			clock_gettime(CLOCK_REALTIME, &now);
			out->ms = (int64_t)now.tv_sec * 1000 - n * units[i].ms;
			return true;
		}
	cmd_usage(args, "--since must be like 90m, 24h or 7d, not \"%s\"", text);
	return false;
}

static const struct db_sql whole_range = {"SELECT min(id), max(id) FROM conversation"};
static const struct db_sql last_version = {"SELECT max(id) FROM pack_version"};

/* All turns, or those that a word names. */
static enum err
find_range(struct store *s, const struct args *args, struct record_range *out,
	struct error *e)
{
	struct db_rows rows;
	int64_t number;
	const char *word = args->word_count ? args->words[0] : NULL;
	if (word && id_parse(s, ID_TURN, str_of(word), &number)) {
		out->after = number - 1;
		out->up_to = number;
		return OK;
	}
	if (word && id_parse(s, ID_CONVERSATION, str_of(word), &number)) {
		out->after = row_key(number, 0);
		out->up_to = row_key(number, SEQ_MAX);
		return OK;
	}
	if (word)
		return err_set(e, ERR_INVALID,
			"\"%s\" is no turn (t_…) and no conversation (c_…)", word);
	enum err got = db_query(s->db, &rows, &whole_range, e, "");
	if (got != OK)
		return got;
	if (db_next(&rows) && !db_is_null(&rows, 0)) {
		out->after = row_key(db_int(&rows, 0), 0);
		out->up_to = row_key(db_int(&rows, 1), SEQ_MAX);
	}
	return db_end(&rows);
}

/* The newest pack of the store, for the variables that it was run with. */
static enum err
newest_pack(struct store *s, struct arena *a, const struct pack_host *host,
	struct pack **out, struct error *e)
{
	struct db_rows rows;
	struct str bundle = STR("");
	enum err got = db_query(s->db, &rows, &last_version, e, "");
	if (got != OK)
		return got;
	int64_t id = db_next(&rows) ? db_int(&rows, 0) : 0;
	db_end(&rows);
	got = pack_version_load(s, a, id, &bundle, e);
	return got == OK ? pack_load_bundle(bundle, host, out, e) : got;
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
load_other(struct store *s, const char *dir, const struct pack_host *host,
	struct pack **out, struct error *e)
{
	struct pack_options options = {.host = host};
	struct pack_setting settings[SETTINGS_MAX];
	struct pack *was = NULL, *plain = NULL;
	struct arena a;
	arena_init(&a, 0);
	enum err got = pack_load(dir, &options, &plain, NULL, e);
	if (got == OK)
		got = newest_pack(s, &a, host, &was, e);
	if (got == OK) {
		options.settings = settings;
		options.setting_count =
			same_variables(was, plain, settings, SETTINGS_MAX);
		got = pack_load(dir, &options, out, NULL, e);
	}
	const struct pack *first = was, *second = plain;
	pack_unref(&first);
	pack_unref(&second);
	arena_fini(&a);
	return got;
}

/* All that is read before the workers start, and shared by them. */
static enum err
prepare(const struct args *args, struct replay_job *job, struct pack **other,
	struct error *e)
{
	struct store store;
	const char *pack = args_value(args, "pack"), *tenant = args_value(args, "tenant");
	struct env *env = env_uv_new();
	enum err got = store_open_reading(env, job->dir, &store, e);
	if (got != OK) {
		env_uv_free(&env);
		return got;
	}
	got = find_range(&store, args, &job->range, e);
	if (got == OK && tenant)
		got = tenant_find(&store, str_of(tenant), &job->range.tenant, e);
	if (got == OK && pack)
		got = load_other(&store, pack, job->packs->host, other, e);
	if (got == OK && !pack && !args->word_count)
		got = replay_packs_load(job->packs, &store, PACKS_SHARED, e);
	/* A connection does not survive a fork: each worker opens its own. */
	store_close(&store);
	env_uv_free(&env);
	job->other = *other;
	replay_job_divide(job);
	return got;
}

static int
replay_run(const struct args *args)
{
	struct replay_packs packs;
	struct replay_job job = {
		.dir = str_of(args_value(args, "data")), .packs = &packs};
	struct gathering *g = mem_zalloc(sizeof *g);
	struct command_host host;
	struct pack *other = NULL;
	struct error e = {0};
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
	int code = 2;
	command_host_init(&host, args_value(args, "data"));
	replay_packs_init(&packs, &host.host);
	if (read_since(args, &job.range.since) &&
		args_int(args, "workers", 0, REPLAY_WORKERS_MAX, &job.workers)) {
		if (job.workers == 0)
			job.workers = cores < 1              ? 1
				: cores > REPLAY_WORKERS_MAX ? REPLAY_WORKERS_MAX
							     : cores;
		*g = (struct gathering){.args = args,
			.job = &job,
			.json = args_flag(args, "json"),
			.progress = args_flag(args, "progress")};
		code = prepare(args, &job, &other, &e) == OK
			? gather(g)
			: cmd_fail(args, "%s", e.text);
	}
	const struct pack *own = other;
	pack_unref(&own);
	replay_packs_fini(&packs);
	free(g);
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
	{.name = "tenant", .value = "NAME", .doc = "only this tenant's turns"},
	{.name = "workers",
		.value = "N",
		.fallback = "0",
		.doc = "reading processes; 0: one for each core"},
	{.name = "json",
		.doc = "examples as JSON lines; the last line holds the figures"},
	{.name = "progress", .doc = "with --json: also lines that say how far it is"},
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
