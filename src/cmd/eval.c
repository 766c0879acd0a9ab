#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/evaluation_print.h"
#include "cmd/train_files.h"

static const struct option options[] = {
	{.name = "model", .value = "FILE", .doc = "model that `parley train` wrote"},
	{.name = "data",
		.value = "FILE",
		.doc = "examples: a line is a label, a tab and a text; the label oos means out of scope"},
	{.name = "json", .doc = "print one JSON object"},
	{.name = "report",
		.doc = "list the pairs of intents that are confused most, with examples"},
	{.name = NULL},
};

static int
eval_run(const struct args *args)
{
	const char *path = args_value(args, "model"), *data = args_value(args, "data");
	if (!path || !data)
		return cmd_usage(args, "--model and --data are needed");
	struct arena a;
	arena_init(&a, 65536);
	struct model *m = NULL;
	struct train_row *rows;
	size_t count;
	struct error e;
	int status = 1;
	if (model_open(path, &m, &e) || examples_load(&a, data, &rows, &count, &e)) {
		cmd_fail(args, "%s", e.text);
		goto out;
	}
	if (!count) {
		cmd_fail(args, "%s: there are no examples to judge by", data);
		goto out;
	}
	struct evaluation v;
	evaluation_init(&v, &a);
	evaluation_add(&v, m, rows, count);
	evaluation_print(&v,
		&(struct evaluation_facts){
			.model_bytes = model_bytes(m),
			.train_seconds = train_note_seconds(&a, path),
			.json = args_flag(args, "json"),
			.report = args_flag(args, "report"),
		});
	status = 0;
out:
	model_close(&m);
	arena_fini(&a);
	return status;
}

const struct command cmd_eval = {
	.name = "eval",
	.usage = "--model FILE --data FILE [options]",
	.summary = "say how good a trained model is on labelled messages",
	.details =
		"Accuracy, macro F1 and calibration error are over messages that are in scope and take the likeliest intent.\n"
		"\"In scope, with rejection\" counts a message that the model holds for out of scope as wrong. Time is CPU time.",
	.options = options,
	.run = eval_run,
};
