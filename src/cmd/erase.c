/* `parley erase`: makes a person's text unrecoverable. */
#include "cmd/alone.h"
#include "cmd/cmd.h"
#include "cmd/control.h"
#include "talk/erasure.h"

static enum err
erase_plan(struct store *store, struct db_tx *tx, void *with, struct error *e)
{
	const struct str *id = with;
	int64_t contact;
	if (!id_parse(store, ID_CONTACT, *id, &contact))
		return err_set(
			e, ERR_INVALID, "\"%.*s\" is no contact (p_…)", STR_ARG(*id));
	return erasure_add(store, tx, 0, contact, env_wall(store->env), e);
}

/* No server runs: the folder is ours. */
static enum err
erase_alone(struct str dir, struct str id, struct error *e)
{
	return alone_change(
		dir, &(struct alone_change){.plan = erase_plan, .with = &id}, e);
}

static int
erase_run(const struct args *args)
{
	struct arena a;
	struct error e = {0};
	struct json *answer;
	struct str dir = str_of(args_value(args, "data")), id = str_of(args->words[0]);
	arena_init(&a, 0);
	struct json *q = json_new_object(&a);
	json_set(q, STR("do"), json_new_str(&a, STR("contact.erase")));
	json_set(q, STR("contact"), json_new_str(&a, id));
	enum err r = control_call(dir, &a, json_print(&a, q), &answer, &e);
	if (r == ERR_NOT_FOUND)
		r = erase_alone(dir, id, &e);
	arena_fini(&a);
	if (r != OK)
		return cmd_fail(args, "%s", e.text);
	printf("%.*s is erased: what the person wrote and was told cannot be read any more, here and in\n"
	       "every backup of the store. Copies of the keys made before (parley db backup --keys)\n"
	       "still open those backups: destroy them.\n",
		STR_ARG(id));
	return 0;
}

static const struct option options[] = {
	STORE_OPTIONS,
	{0},
};

const struct command cmd_erase = {
	.name = "erase",
	.usage = "CONTACT [options]",
	.summary = "make a person's text unrecoverable, also in backups",
	.details =
		"CONTACT is the id of a contact (p_…), as conversations name it. The person's key is\n"
		"destroyed; conversations keep their numbers and times, and nothing that was said.",
	.options = options,
	.words_min = 1,
	.words_max = 1,
	.run = erase_run,
};
