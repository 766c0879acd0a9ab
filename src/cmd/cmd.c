#include "cmd/cmd.h"

#include "base/schema.h"
#include "cmd/config.h"

#include <stdarg.h>

#define NAMES_MAX 64

static const struct option *
find_option(const struct command *c, struct str name)
{
	for (const struct option *o = c->options; o && o->name; o++)
		if (str_eq(str_of(o->name), name))
			return o;
	return NULL;
}

static const struct option *
known_option(const struct args *args, const char *name)
{
	const struct option *o = find_option(args->command, str_of(name));
	require(o != NULL);
	return o;
}

bool
args_flag(const struct args *args, const char *name)
{
	const struct option *o = known_option(args, name);
	for (int i = 0; i < args->given_count; i++)
		if (args->given[i] == o)
			return true;
	return false;
}

const char *
args_value(const struct args *args, const char *name)
{
	const struct option *o = known_option(args, name);
	for (int i = args->given_count - 1; i >= 0; i--)
		if (args->given[i] == o)
			return args->values[i];
	return o->fallback;
}

bool
args_int(
	const struct args *args, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *v = args_value(args, name);
	if (v && str_to_i64(str_of(v), out) && *out >= min && *out <= max)
		return true;
	cmd_usage(args, "--%s must be a whole number from %lld to %lld, not \"%s\"", name,
		(long long)min, (long long)max, v ? v : "");
	return false;
}

const char *
args_each_value(const struct args *args, const char *name, int *at)
{
	const struct option *o = known_option(args, name);
	while (*at < args->given_count) {
		int i = (*at)++;
		if (args->given[i] == o)
			return args->values[i];
	}
	return NULL;
}

static void __attribute__((format(printf, 2, 0)))
say(const struct args *args, const char *fmt, va_list ap)
{
	fprintf(stderr, "parley %s: ", args->command->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int
cmd_fail(const struct args *args, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(args, fmt, ap);
	va_end(ap);
	return 1;
}

int
cmd_usage(const struct args *args, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(args, fmt, ap);
	va_end(ap);
	fprintf(stderr, "`parley %s --help` says more.\n", args->command->name);
	return 2;
}

void
cmd_help(const struct command *c)
{
	printf("parley %s: %s\n\nUsage: parley %s%s%s\n", c->name, c->summary, c->name,
		c->usage[0] ? " " : "", c->usage);
	if (c->details)
		printf("\n%s\n", c->details);
	if (!c->options || !c->options->name)
		return;
	printf("\nOptions:\n");
	for (const struct option *o = c->options; o->name; o++) {
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		printf("  %-26s %s", left, o->doc);
		if (o->fallback)
			printf(" (default: %s)", o->fallback);
		if (o->key)
			printf(" (default: as configured, see `parley serve --keys`)");
		if (o->repeats)
			printf(" (may be repeated)");
		putchar('\n');
	}
}

static int
unknown_option(struct args *args, struct str name)
{
	const char *names[NAMES_MAX];
	int n = 0;
	for (const struct option *o = args->command->options;
		o && o->name && n < NAMES_MAX - 1; o++)
		names[n++] = o->name;
	names[n] = NULL;
	const char *near = suggest(names, name);
	if (near)
		return cmd_usage(args, "there is no option --%.*s; did you mean --%s?",
			STR_ARG(name), near);
	return cmd_usage(args, "there is no option --%.*s", STR_ARG(name));
}

/* Takes argv[*i], and the word after it when that is its value. Returns 0 or the exit
 * code. */
static int
take_option(struct args *args, int argc, char **argv, int *i)
{
	struct str name = str_of(argv[*i] + 2);
	ptrdiff_t eq = str_find_char(name, '=');
	const char *value = eq < 0 ? NULL : name.p + eq + 1;
	if (eq >= 0)
		name.n = (size_t)eq;
	const struct option *o = find_option(args->command, name);
	if (!o)
		return unknown_option(args, name);
	if (!o->value && value)
		return cmd_usage(args, "--%s takes no value", o->name);
	if (o->value && !value) {
		if (*i + 1 >= argc)
			return cmd_usage(args, "--%s needs a value: --%s %s", o->name,
				o->name, o->value);
		value = argv[++*i];
	}
	if (args->given_count == ARGS_MAX)
		return cmd_usage(args, "more than %d options", ARGS_MAX);
	args->given[args->given_count] = o;
	args->values[args->given_count++] = value;
	return 0;
}

static int
take_word(struct args *args, const char *word)
{
	if (args->word_count == ARGS_MAX)
		return cmd_usage(args, "more than %d words", ARGS_MAX);
	args->words[args->word_count++] = word;
	return 0;
}

/* Options that were not given and have a configuration key take its value. */
static enum err
take_configured(struct args *args, struct arena *a, struct error *e)
{
	struct config config;
	bool loaded = false;
	for (const struct option *o = args->command->options; o && o->name; o++) {
		if (!o->key || args_flag(args, o->name) || args->given_count == ARGS_MAX)
			continue;
		enum err r = OK;
		if (!loaded)
			r = config_load(a, args_value(args, "config"), &config, e);
		if (r != OK)
			return r;
		loaded = true;
		args->given[args->given_count] = o;
		args->values[args->given_count++] =
			arena_str(a, config_text(&config, o->key)).p;
	}
	return OK;
}

static int
run_configured(struct args *args)
{
	struct arena a;
	struct error e = {0};
	arena_init(&a, 0);
	int code = take_configured(args, &a, &e) == OK ? args->command->run(args)
						       : cmd_fail(args, "%s", e.text);
	arena_fini(&a);
	return code;
}

int
cmd_run(const struct command *c, int argc, char **argv)
{
	struct args args = {.command = c};
	bool words_only = false;
	for (int i = 2; i < argc; i++) {
		const char *a = argv[i];
		int code = 0;
		if (words_only) {
			code = take_word(&args, a);
		} else if (strcmp(a, "--") == 0) {
			words_only = true;
		} else if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
			cmd_help(c);
			return 0;
		} else if (a[0] == '-' && a[1] == '-') {
			code = take_option(&args, argc, argv, &i);
		} else {
			code = take_word(&args, a);
		}
		if (code)
			return code;
	}
	if (args.word_count < c->words_min)
		return cmd_usage(
			&args, "something is missing: parley %s %s", c->name, c->usage);
	if (c->words_max >= 0 && args.word_count > c->words_max)
		return cmd_usage(&args, "\"%s\" is more than it takes: parley %s %s",
			args.words[c->words_max], c->name, c->usage);
	return run_configured(&args);
}
