#include "actor/actors.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/evaluation_print.h"
#include "cmd/train_files.h"
#include "text/folds.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

static const struct option options[] = {
	{.name = "data",
		.value = "FILE|PACK",
		.doc = "examples: a pack, or a file whose lines are a label, a tab and a text; the label oos means out of scope"},
	{.name = "model", .value = "FILE", .doc = "where the model is written"},
	{.name = "keep",
		.value = "DIR",
		.doc = "keep a pack's model in that folder, as programs look for it"},
	{.name = "folds",
		.value = "N",
		.doc = "cross-validate: train N times, each time without one part, and evaluate on that part; with --model, train on all after that"},
	{.name = "df-min",
		.value = "N",
		.doc = "features that fewer examples hold are left out; chosen by the data when absent"},
	{.name = "cost",
		.value = "C",
		.doc = "weight of errors against simplicity; chosen by the data when absent"},
	{.name = "second-model",
		.doc = "train a second, larger model too: slower, some tenths of a percent better"},
	{.name = "seed",
		.value = "N",
		.doc = "decides the order of examples",
		.fallback = "1"},
	{.name = "json", .doc = "print one JSON object"},
	{.name = "report",
		.doc = "with --folds: list the pairs of intents that are confused most"},
	{.name = NULL},
};

static double
cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A line that is written over, when a person watches. */
static bool
show_progress(void *with, const char *stage, double share)
{
	int *shown = with;
	int percent = (int)(share * 100);
	if (percent != *shown)
		fprintf(stderr, "\r%-12s %3d %%", stage, percent);
	*shown = percent;
	return true;
}

static void
end_progress(const struct train_options *o)
{
	if (o->progress)
		fprintf(stderr, "\r%20s\r", "");
}

struct folds_run {
	struct arena *a;
	const struct train_row *rows;
	size_t count;
	int64_t folds;
	const struct train_options *o;
};

static enum err
folds_evaluate(const struct folds_run *r, struct evaluation *v,
	struct evaluation_facts *facts, struct error *e)
{
	const uint32_t *fold_of;
	enum err dealt =
		folds_deal(r->a, r->rows, r->count, (size_t)r->folds, &fold_of, e);
	if (dealt)
		return dealt;
	struct train_row *part = ARENA_ARRAY(r->a, struct train_row, r->count + 1);
	for (uint32_t fold = 0; fold < r->folds; fold++) {
		struct buf bytes;
		struct model *m = NULL;
		double start = cpu_seconds();
		buf_init(&bytes, MODEL_BYTES_MAX);
		size_t n = folds_take(r->rows, fold_of, r->count, fold, false, part);
		enum err err = train_model(part, n, r->o, &bytes, e);
		facts->train_seconds += (cpu_seconds() - start) / (double)r->folds;
		if (!err)
			err = model_open_bytes(buf_str(&bytes), &m, e);
		if (!err) {
			facts->model_bytes = model_bytes(m);
			n = folds_take(r->rows, fold_of, r->count, fold, true, part);
			evaluation_add(v, m, part, n);
		}
		model_close(&m);
		buf_fini(&bytes);
		if (err)
			return err_context(
				e, err, "fold %u of %" PRId64, fold + 1, r->folds);
	}
	return OK;
}

static int
cross_validate(const struct args *args, const struct folds_run *r)
{
	struct evaluation v;
	struct error e;
	struct evaluation_facts facts = {
		.json = args_flag(args, "json"), .report = args_flag(args, "report")};
	evaluation_init(&v, r->a);
	enum err err = folds_evaluate(r, &v, &facts, &e);
	end_progress(r->o);
	if (err)
		return cmd_fail(args, "%s: %s", args_value(args, "data"), e.text);
	evaluation_print(&v, &facts);
	return 0;
}

static enum err
train_to_file(const struct args *args, const struct folds_run *r, const char *path,
	struct error *e)
{
	struct buf bytes;
	buf_init(&bytes, MODEL_BYTES_MAX);
	double start = cpu_seconds();
	enum err err = train_model(r->rows, r->count, r->o, &bytes, e);
	double seconds = cpu_seconds() - start;
	end_progress(r->o);
	if (err)
		err_context(e, err, "%s", args_value(args, "data"));
	if (!err)
		err = file_replace(path, buf_str(&bytes), e);
	if (!err)
		err = train_note_write(path, r->count, seconds, e);
	if (err || r->folds)
		; /* the evaluation is what is printed */
	else if (args_flag(args, "json"))
		printf("{\"n\":%zu,\"model_bytes\":%zu,\"train_seconds\":%.3f}\n",
			r->count, bytes.n, seconds);
	else
		printf("%s: %zu examples, %zu bytes, %.2f s of CPU\n", path, r->count,
			bytes.n, seconds);
	buf_fini(&bytes);
	return err;
}

/* The pack's own model, learnt as loading learns it. Prints the file's path: nothing when
 * the pack has nothing to learn from. */
static int
train_kept(const struct args *args, const char *dir, const char *folder)
{
	struct pack_host host = actor_pack_host;
	const struct pack_options as = {.host = &host};
	struct pack *pack;
	struct error e;
	int status = 0;
	host.models = folder;
	if (pack_load(dir, &as, &pack, NULL, &e))
		return cmd_fail(args, "%s", e.text);
	struct arena a;
	arena_init(&a, 0);
	struct str name = pack_model_name(pack, &a);
	const char *path = arena_printf(&a, "%s/%.*s", folder, STR_ARG(name)).p;
	if (name.n && access(path, R_OK))
		status = cmd_fail(args, "%s: %s", path, strerror(errno));
	else if (name.n)
		puts(path);
	arena_fini(&a);
	const struct pack *own = pack;
	pack_unref(&own);
	return status;
}

/* --folds evaluates and --model writes; with both the model is learnt from all rows after
 * the evaluation. */
static int
train_with(const struct args *args, struct folds_run *r)
{
	const char *model = args_value(args, "model");
	struct error e;
	if (args_value(args, "folds") && !args_int(args, "folds", 2, 100, &r->folds))
		return 2;
	if (!model && !r->folds)
		return cmd_usage(args,
			"--model says where the model is written, --folds evaluates without writing one");
	if (model && file_replaceable(model, &e))
		return cmd_fail(args, "%s", e.text);
	int status = r->folds ? cross_validate(args, r) : 0;
	if (status == 0 && model && train_to_file(args, r, model, &e))
		status = cmd_fail(args, "%s", e.text);
	return status;
}

static int
train_run(const struct args *args)
{
	const char *data = args_value(args, "data");
	int64_t seed;
	int shown = -1;
	if (!data)
		return cmd_usage(args, "--data is needed");
	if (args_value(args, "keep"))
		return train_kept(args, data, args_value(args, "keep"));
	if (!args_int(args, "seed", 0, INT64_MAX, &seed))
		return 2;
	struct train_options o = {.seed = (uint64_t)seed, .with = &shown};
	o.second_model = args_flag(args, "second-model");
	int64_t df_min = 0;
	if (args_value(args, "df-min") && !args_int(args, "df-min", 1, 100000, &df_min))
		return 2;
	o.df_min = (int)df_min;
	if (args_value(args, "cost") &&
		(!str_to_double(str_of(args_value(args, "cost")), &o.cost) ||
			o.cost <= 0))
		return cmd_usage(args, "--cost must be a number above 0");
	if (isatty(2))
		o.progress = show_progress;
	struct arena a;
	arena_init(&a, 65536);
	struct train_row *rows;
	struct folds_run r = {.a = &a, .o = &o};
	struct error e;
	int status;
	if (examples_load(&a, data, &rows, &r.count, &e)) {
		status = cmd_fail(args, "%s", e.text);
	} else {
		r.rows = rows;
		status = train_with(args, &r);
	}
	arena_fini(&a);
	return status;
}

const struct command cmd_train = {
	.name = "train",
	.usage = "--data FILE|PACK --model FILE [options]",
	.summary = "learn intents from labelled messages",
	.details =
		"The same data and seed give the same model, byte for byte. FILE.json beside the model notes how long it took.",
	.options = options,
	.run = train_run,
};
