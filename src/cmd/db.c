/* `parley db migrate|backup|restore|resume`. */
#include "cmd/alone.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"

#include "talk/backlog.h"
#include "talk/schema.h"
#include "talk/store.h"

#include <unistd.h>

static void
show_progress(void *arg, int done, int total)
{
	(void)arg;
	if (isatty(2) && total > 0)
		fprintf(stderr, "\r%3d %%", (int)((int64_t)done * 100 / total));
}

static int
migrate(const struct args *args)
{
	struct store store;
	struct error e = {0};
	struct env *env = env_uv_new();
	enum err r = store_open(env, str_of(args_value(args, "data")), &store, &e);
	if (r == OK)
		store_close(&store);
	env_uv_free(&env);
	if (r != OK)
		return cmd_fail(args, "%s", e.text);
	printf("the store is at schema %zu, the keys at %zu\n", talk_migration_count,
		talk_key_migration_count);
	return 0;
}

static int
backup(const struct args *args)
{
	struct error e = {0};
	const char *dir = args_value(args, "data"), *keys = args_value(args, "keys");
	if (args->word_count < 2)
		return cmd_usage(args, "backup needs a file: parley db backup FILE");
	enum err r = db_backup(dir, args->words[1], show_progress, NULL, &e);
	if (isatty(2))
		fprintf(stderr, "\r     \r");
	if (r == OK && keys)
		r = db_backup_keys(dir, keys, &e);
	if (r != OK)
		return cmd_fail(args, "%s", e.text);
	printf("%s holds the store%s%s\n", args->words[1],
		keys ? ", its keys are in " : "", keys ? keys : "");
	if (!keys)
		fprintf(stderr,
			"The keys are not in it: without them the texts cannot be read. Back them up apart with "
			"--keys FILE.\n");
	return 0;
}

static int
restore(const struct args *args)
{
	struct error e = {0};
	const char *dir = args_value(args, "data"), *keys = args_value(args, "keys");
	if (args->word_count < 2)
		return cmd_usage(
			args, "restore needs a file: parley db restore FILE --keys FILE");
	if (!keys)
		return cmd_usage(
			args, "restore needs the backup of the keys: --keys FILE");
	if (db_restore(args->words[1], keys, dir, &e) != OK)
		return cmd_fail(args, "%s", e.text);
	printf("%s holds the restored copy. It is paused: it answers reads, takes no messages and sends nothing.\n",
		dir);
	fprintf(stderr, "When the original is gone: parley db resume --data %s\n", dir);
	return 0;
}

static void
print_backlog(const struct backlog *b, struct wall now)
{
	struct arena a;
	arena_init(&a, 0);
	printf("waiting: unfinished turns %lld, effects in doubt %lld, approvals %lld, conversations for a person %lld",
		(long long)b->turns, (long long)b->effects, (long long)b->approvals,
		(long long)b->waiting);
	if (b->oldest_ms)
		printf("; the oldest: %.*s",
			STR_ARG(terminal_age(&a, b->oldest_ms, now.ms)));
	printf("\n");
	arena_fini(&a);
}

struct resuming {
	const char *dir;
};

static enum err
plan_resume(struct store *store, struct db_tx *tx, void *with, struct error *e)
{
	const struct resuming *q = with;
	struct backlog backlog;
	if (!store->paused)
		return err_set(e, ERR_INVALID, "%s is not paused", q->dir);
	enum err r = backlog_read(store, &backlog, e);
	if (r == OK)
		print_backlog(&backlog, env_wall(store->env));
	store_resume(tx);
	return r;
}

/* The folder's lock keeps a running server out: it has read that it is paused and would not hear of the change. */
static int
resume(const struct args *args)
{
	struct error e = {0};
	struct resuming q = {args_value(args, "data")};
	const struct alone_change change = {.plan = plan_resume, .with = &q};
	enum err r = alone_change(str_of(q.dir), &change, &e);
	if (r == ERR_CONFLICT)
		return cmd_fail(args, "%s: stop it, resume, and start it again", e.text);
	if (r != OK)
		return cmd_fail(args, "%s", e.text);
	printf("%s is not paused any more: the next server on it answers and acts\n",
		q.dir);
	return 0;
}

static int
db_run(const struct args *args)
{
	static const struct {
		const char *name;
		int (*run)(const struct args *args);
	} verbs[] = {{"migrate", migrate}, {"backup", backup}, {"restore", restore},
		{"resume", resume}};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(args->words[0], verbs[i].name) == 0)
			return verbs[i].run(args);
	return cmd_usage(args, "\"%s\" is not known: migrate, backup, restore or resume",
		args->words[0]);
}

static const struct option options[] = {
	STORE_OPTIONS,
	{.name = "keys", .value = "FILE", .doc = "backup of the keys"},
	{0},
};

const struct command cmd_db = {
	.name = "db",
	.usage =
		"migrate | backup FILE [--keys FILE] | restore FILE --keys FILE | resume",
	.summary = "bring the store up to date, back it up, restore it, end its pause",
	.details =
		"backup works while the server runs. A backup of the store holds no keys: they go to a file of their own,\n"
		"so that erasing a person reaches every backup. restore fills an empty folder and leaves it paused:\n"
		"it answers reads and sends nothing, until resume is said while no server runs on it.",
	.options = options,
	.words_min = 1,
	.words_max = 2,
	.run = db_run,
};
