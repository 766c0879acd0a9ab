/*
 * `parley test`: plays the transcripts of packs, without network and clock. --bless first
 * writes what comes out in place of what was expected. `parley test add CONVERSATION`
 * writes one from a recorded conversation (test_add.c).
 */
#include "actor/rehearsal.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "cmd/test_add.h"

#include <dirent.h>
#include <unistd.h>

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_transcript(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), STR(".yaml"));
}

struct testing {
	bool bless;
	size_t played, failed, blessed;
};

static enum err
play_file(struct testing *t, const struct pack *pack, const char *path, struct error *e)
{
	enum err r = OK;
	if (t->bless)
		r = rehearsal_bless(pack, path, STDOUT_FILENO, &t->blessed, e);
	return r == OK
		? rehearsal_file(pack, path, STDOUT_FILENO, &t->played, &t->failed, e)
		: r;
}

static enum err
play_pack(struct testing *t, const char *dir, struct error *e)
{
	char folder[4096], path[8192];
	struct pack *pack;
	struct dirent **entries = NULL;
	struct command_host host;
	const struct pack_options options = {.host = &host.host};
	command_host_init(&host, NULL);
	enum err r = pack_load(dir, &options, &pack, NULL, e);
	if (r != OK)
		return r;
	snprintf(folder, sizeof folder, "%s/tests", dir);
	int n = scandir(folder, &entries, is_transcript, by_name);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (r == OK)
			r = play_file(t, pack, path, e);
		free(entries[i]);
	}
	free(entries);
	const struct pack *own = pack;
	pack_unref(&own);
	return r;
}

/* Packs named, else all below packs/. */
static enum err
play_packs(struct testing *t, const struct args *args, struct error *e)
{
	enum err r = OK;
	for (int i = 0; r == OK && i < args->word_count; i++)
		r = play_pack(t, args->words[i], e);
	if (args->word_count)
		return r;
	struct dirent **entries = NULL;
	int n = scandir("packs", &entries, NULL, by_name);
	if (n < 0)
		return err_set(
			e, ERR_NOT_FOUND, "there is no folder packs here; name a pack");
	for (int i = 0; i < n; i++) {
		char dir[512], file[600];
		snprintf(dir, sizeof dir, "packs/%s", entries[i]->d_name);
		snprintf(file, sizeof file, "%s/pack.yaml", dir);
		if (r == OK && entries[i]->d_name[0] != '.' && access(file, R_OK) == 0)
			r = play_pack(t, dir, e);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int
test_run(const struct args *args)
{
	struct testing t = {.bless = args_flag(args, "bless")};
	struct error e = {0};
	if (args->word_count && strcmp(args->words[0], "add") == 0)
		return test_add(args);
	if (play_packs(&t, args, &e) != OK)
		return cmd_fail(args, "%s", e.text);
	if (t.played == 0)
		return cmd_fail(args,
			"no transcript found: a pack's stand in PACK/tests/NAME.yaml");
	if (t.bless)
		printf(t.blessed == 1 ? "%zu transcript was written anew\n"
				      : "%zu transcripts were written anew\n",
			t.blessed);
	printf("%zu passed, %zu failed\n", t.played - t.failed, t.failed);
	return t.failed ? 1 : 0;
}

static const struct option options[] = {
	{.name = "bless",
		.doc = "write what comes out into transcripts that fail, and show what changed"},
	STORE_OPTIONS,
	{.name = "pack",
		.value = "DIR",
		.key = "pack",
		.doc = "add: pack that the transcript is for"},
	{.name = "replace",
		.value = "KIND",
		.repeats = true,
		.doc = "add: also replace the pack's entities of this kind, such as order_id"},
	{.name = "name",
		.value = "NAME",
		.doc = "add: name of the file; the conversation's id when absent"},
	{0},
};

const struct command cmd_test = {
	.name = "test",
	.usage = "[PACK …] | add CONVERSATION [options]",
	.summary = "play the transcripts of packs; make one from a conversation",
	.details =
		"Without a pack it plays those of every pack below packs/. A transcript is played by the real actors against\n"
		"the answers it holds: no network, no clock. With --bless what a failing one expects becomes what came out; its comments\n"
		"and layout stay, and the change is shown. `add` writes PACK/tests/NAME.yaml from a recorded conversation,\n"
		"with what is known to be personal replaced, and plays it at once.",
	.options = options,
	.words_max = -1,
	.run = test_run,
};
