/*
 * Subcommands: one file each, one const struct each, listed in main.c. The option table
 * of a command parses its arguments, prints its --help, and suggests the nearest name
 * when one is misspelt.
 *
 * Exit codes: 0 done, 1 it failed (said on standard error), 2 wrong usage.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct option {
	const char *name;  /* "listen" for --listen */
	const char *value; /* what the value is called in --help ("ADDR"); NULL: a flag */
	const char *doc;
	const char *fallback; /* used when the option is absent; NULL: none */
	bool repeats;         /* may be given several times: args_each_value() */
	const char *
		key; /* configuration key (config.h) that holds when the option is absent */
};

/* Rows of a command that works on the store: the folder is found as the server finds it. */
#define STORE_OPTIONS \
	{.name = "data", .value = "DIR", .key = "data", .doc = "folder of the store"}, \
	{ \
		.name = "config", .value = "FILE", \
		.doc = "configuration file (default: parley.yaml when it is there)" \
	}

#define ARGS_MAX 256

struct args {
	const struct command *command;
	const struct option *given[ARGS_MAX]; /* rows of the table, in the order given */
	const char *values[ARGS_MAX];         /* NULL for a flag */
	int given_count;
	const char *words[ARGS_MAX]; /* what is no option, in order */
	int word_count;
};

struct command {
	const char *name;
	const char *usage;   /* after the name: "PACK [options]" */
	const char *summary; /* one line, shown by `parley --help` */
	const char *details; /* paragraphs for the command's own --help; may be NULL */
	const struct option
		*options; /* ends with a row whose name is NULL; may be NULL */
	int words_min,
		words_max; /* how many words may be given; words_max -1: any number */
	int (*run)(const struct args *args);
};

/* Asking for a row that the command's table does not have is a programmer's mistake. */
bool args_flag(const struct args *args, const char *name);
/* The value given last, else what the configuration says, else the fallback, else NULL. */
const char *args_value(const struct args *args, const char *name);
/* The value as a whole number within [min, max]; anything else is said on standard error
 * and gives false. */
bool args_int(const struct args *args, const char *name, int64_t min, int64_t max,
	int64_t *out);
/* Walks all values of a repeated option: start with *at = 0; NULL at the end. */
const char *args_each_value(const struct args *args, const char *name, int *at);

/* Prints "parley NAME: text" on standard error; returns 1, so that a command ends with
 * `return cmd_fail(…)`. */
int cmd_fail(const struct args *args, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for a wrong use: adds where to find help; returns 2. */
int cmd_usage(const struct args *args, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Parses argv[2…] by the command's table and runs it; --help prints the manual. */
int cmd_run(const struct command *command, int argc, char **argv);
/* Prints the manual of one command. */
void cmd_help(const struct command *command);

extern const struct command cmd_chat;
extern const struct command cmd_check;
extern const struct command cmd_db;
extern const struct command cmd_erase;
extern const struct command cmd_eval;
extern const struct command cmd_inbox;
extern const struct command cmd_key;
extern const struct command cmd_mock;
extern const struct command cmd_new;
extern const struct command cmd_replay;
extern const struct command cmd_rule;
extern const struct command cmd_serve;
extern const struct command cmd_test;
extern const struct command cmd_train;
extern const struct command cmd_understand;
extern const struct command cmd_version;
extern const struct command cmd_why;

#define PARLEY_VERSION "0.1.0"

#endif
