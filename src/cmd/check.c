#include "actor/actors.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "pack/source.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS_MAX 64
#define KEYS_DEPTH_MAX 6

static const char *
type_name(enum schema_type type)
{
	switch (type) {
	case SCHEMA_BOOL:
		return "true or false";
	case SCHEMA_INT:
		return "whole number";
	case SCHEMA_DOUBLE:
		return "number";
	case SCHEMA_STR:
		return "text";
	case SCHEMA_ENUM:
		return "one of";
	case SCHEMA_DURATION:
		return "duration";
	case SCHEMA_OBJECT:
	case SCHEMA_OPTIONAL:
		return "object";
	case SCHEMA_LIST:
		return "list of objects";
	case SCHEMA_MAP:
		return "objects by name";
	case SCHEMA_STRS:
		return "list of texts";
	case SCHEMA_DOUBLES:
		return "list of numbers";
	case SCHEMA_JSON:
		return "value";
	}
	return "value";
}

static void
print_keys(const struct schema *s, int depth)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct field *f = &s->fields[i];
		printf("%*s%-*s  %s", 2 + 2 * depth, "", 20 - 2 * depth, f->name,
			type_name(f->type));
		for (size_t k = 0; f->type == SCHEMA_ENUM && f->names[k]; k++)
			printf("%s%s", k ? ", " : " ", f->names[k]);
		printf("%s%s%s. %s\n", f->required ? ", required" : "",
			f->fallback ? ", default " : "", f->fallback ? f->fallback : "",
			f->doc ? f->doc : "");
		if (f->of && depth < KEYS_DEPTH_MAX)
			print_keys(f->of, depth + 1);
	}
}

static int
check_print_keys(void)
{
	for (const struct source_file *file = source_files; file->name; file++) {
		printf("%s: %s\n", file->name, file->schema->doc);
		print_keys(file->schema, 0);
		printf("\n");
	}
	printf("What rules see\n");
	for (size_t i = 0; i < DOCUMENT_VARS; i++) {
		const struct schema *part = document_vars[i].schema;
		printf("  %-20s  %s\n", document_vars[i].name, part ? part->doc : "");
		if (part)
			print_keys(part, 1);
	}
	printf("\nWhat templates see, besides one name for each source\n ");
	for (const char *const *name = pack_view_names; *name; name++)
		printf(" %s", *name);
	printf("\n");
	return 0;
}

/* "--set name=value", each. */
static bool
read_settings(const struct args *args, struct pack_setting *out, size_t *n)
{
	int at = 0;
	for (const char *v; (v = args_each_value(args, "set", &at));) {
		const char *equals = strchr(v, '=');
		if (!equals || equals == v || *n == SETTINGS_MAX)
			return false;
		out[(*n)++] = (struct pack_setting){
			.name = {v, (size_t)(equals - v)}, .value = str_of(equals + 1)};
	}
	return true;
}

static void
print_problems(const struct pack_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct pack_problem *p = &report->problems[i];
		printf("%.*s:", STR_ARG(p->file));
		if (p->line)
			printf("%d:", p->line);
		printf(" %s%.*s\n", p->warning ? "warning: " : "", STR_ARG(p->text));
	}
	if (report->errors + report->warnings > report->count)
		printf("and %zu more\n",
			report->errors + report->warnings - report->count);
}

static int
check_pack(const struct args *args, const struct pack_options *options)
{
	const char *dir = args->words[0];
	struct pack_report report;
	struct pack *pack = NULL;
	struct error e = {0};
	pack_report_init(&report);
	enum err err = pack_load(dir, options, &pack, &report, &e);
	print_problems(&report);
	if (err && !report.errors) {
		pack_report_fini(&report);
		return cmd_fail(args, "%s", e.text);
	}
	if (err) {
		printf("%s: %zu error%s, %zu warning%s\n", dir, report.errors,
			report.errors == 1 ? "" : "s", report.warnings,
			report.warnings == 1 ? "" : "s");
	} else {
		const struct pack_about *about = pack_about(pack);
		printf("%s: %zu rules, %zu actions, %zu responses, %zu sources, %zu intents, %zu articles: fine\n",
			dir, about->rules, about->actions, about->responses,
			about->sources, about->intents, about->articles);
		const struct pack *mine = pack;
		pack_unref(&mine);
	}
	pack_report_fini(&report);
	return err ? 1 : 0;
}

static int
check_run(const struct args *args)
{
	struct pack_setting settings[SETTINGS_MAX];
	struct command_host host;
	struct pack_options options = {.host = &host.host, .settings = settings};
	if (args_flag(args, "keys"))
		return check_print_keys();
	if (!args->word_count)
		return cmd_usage(args, "which pack?");
	if (!read_settings(args, settings, &options.setting_count))
		return cmd_usage(
			args, "--set takes NAME=VALUE, at most %d times", SETTINGS_MAX);
	command_host_init(&host, NULL);
	return check_pack(args, &options);
}

static const struct option check_options[] = {
	{.name = "set",
		.value = "NAME=VALUE",
		.doc = "set a variable of pack.yaml",
		.repeats = true},
	{.name = "keys",
		.doc = "print every key of every file of a pack, and what its rules see"},
	{0},
};

const struct command cmd_check = {
	.name = "check",
	.usage = "PACK [options]",
	.summary = "check a pack and say what is wrong with it, and where",
	.details =
		"Reads the folder PACK as the server would: every file, rule, template and text. Errors and\n"
		"warnings are printed as FILE:LINE: TEXT. Exit code 1 when there is an error.",
	.options = check_options,
	.words_min = 0,
	.words_max = 1,
	.run = check_run,
};
