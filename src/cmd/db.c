/* `parley db migrate|backup|restore`. */
#include "cmd/cmd.h"

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
	printf("the store is at schema %zu, the keys at %zu\n", talk_migration_count, talk_key_migration_count);
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
	printf("%s holds the store%s%s\n", args->words[1], keys ? ", its keys are in " : "", keys ? keys : "");
	if (!keys)
		fprintf(stderr, "The keys are not in it: without them the texts cannot be read. Back them up apart with "
				"--keys FILE.\n");
	return 0;
}

static int
restore(const struct args *args)
{
	struct error e = {0};
	const char *dir = args_value(args, "data"), *keys = args_value(args, "keys");
	if (args->word_count < 2)
		return cmd_usage(args, "restore needs a file: parley db restore FILE --keys FILE");
	if (!keys)
		return cmd_usage(args, "restore needs the backup of the keys: --keys FILE");
	if (db_restore(args->words[1], keys, dir, &e) != OK)
		return cmd_fail(args, "%s", e.text);
	printf("%s holds the restored copy. It is paused: it answers reads, takes no messages and sends nothing.\n", dir);
	return 0;
}

static int
db_run(const struct args *args)
{
	static const struct {
		const char *name;
		int (*run)(const struct args *args);
	} verbs[] = {{"migrate", migrate}, {"backup", backup}, {"restore", restore}};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(args->words[0], verbs[i].name) == 0)
			return verbs[i].run(args);
	return cmd_usage(args, "\"%s\" is not known: migrate, backup or restore", args->words[0]);
}

static const struct option options[] = {
	{.name = "data", .value = "DIR", .fallback = "parley-data", .doc = "folder of the store"},
	{.name = "keys", .value = "FILE", .doc = "backup of the keys"},
	{0},
};

const struct command cmd_db = {
	.name = "db",
	.usage = "migrate | backup FILE [--keys FILE] | restore FILE --keys FILE",
	.summary = "bring the store up to date, back it up, restore it",
	.details = "backup works while the server runs. A backup of the store holds no keys: they go to a file of their own,\n"
		   "so that erasing a person reaches every backup. restore fills an empty folder and leaves it paused.",
	.options = options,
	.words_min = 1,
	.words_max = 2,
	.run = db_run,
};
