/* Only dispatches: the first word names the subcommand, which is one file and one row
 * here. */
#include "base/schema.h"
#include "cmd/cmd.h"

static const struct command *const commands[] = {
	&cmd_chat,
	&cmd_check,
	&cmd_db,
	&cmd_erase,
	&cmd_eval,
	&cmd_inbox,
	&cmd_key,
	&cmd_mock,
	&cmd_new,
	&cmd_replay,
	&cmd_rule,
	&cmd_serve,
	&cmd_test,
	&cmd_train,
	&cmd_understand,
	&cmd_version,
	&cmd_why,
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void
help(void)
{
	printf("Parley talks with a company's customers.\n\nUsage: parley COMMAND [options]\n\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n`parley COMMAND --help` tells all about one.\n");
}

static int
unknown(const char *word)
{
	const char *names[COMMANDS + 1];
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	names[COMMANDS] = NULL;
	const char *near = suggest(names, str_of(word));
	fprintf(stderr, "parley: there is no command \"%s\"", word);
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fprintf(stderr, "\n`parley --help` lists them.\n");
	return 2;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		help();
		return 2;
	}
	const char *word = argv[1];
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
		strcmp(word, "help") == 0) {
		help();
		return 0;
	}
	if (strcmp(word, "--version") == 0)
		word = "version";
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, word) == 0)
			return cmd_run(commands[i], argc, argv);
	return unknown(word);
}
