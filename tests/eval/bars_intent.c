/* Intents: trained here from the training files, measured on what was held out: the test
 * file, else the development file, else each fold in turn. */
#include "bars.h"

#include "base/limits.h"
#include "text/evaluate.h"
#include "text/folds.h"

#include <stdio.h>

#define FOLDS 5

struct set {
	const char *name, *folder;
	double bar;
	const char *others;
	int few; /* examples a class; 0: all */
	bool second;
	int folds; /* cross-validated even where there is a test file; 0: not */
};

static const struct set sets[] = {
	{.name = "CLINC150, 150 intents",
		.folder = "clinc150",
		.bar = .930,
		.others = "SVM .910, Rasa .915, MLP-USE .935, BERT .969"},
	{.name = "CLINC150, ten a class", .folder = "clinc150", .bar = .81, .few = 10},
	{.name = "CLINC150, second model",
		.folder = "clinc150",
		.bar = .930,
		.second = true},
	{.name = "fine-grained, 77 intents",
		.folder = "banking77",
		.bar = .915,
		.others = "BERT tuned .937"},
	{.name = "fine-grained, second model",
		.folder = "banking77",
		.bar = .923,
		.others = "BERT tuned .937",
		.second = true},
	{.name = "fine-grained, ten a class",
		.folder = "banking77",
		.bar = .74,
		.few = 10},
	{.name = "noisy, 64 intents",
		.folder = "hwu64",
		.bar = .893,
		.others = "Watson .882, Rasa .863, DIET+ConveRT .902, NLP.js .792",
		.folds = 10},
	{.name = "noisy, ten a class", .folder = "hwu64", .bar = .70, .few = 10},
	{.name = "Spanish, 12 intents", .folder = "fb_multi_es", .bar = .98},
	{.name = "Bitext support, 27 intents", .folder = "bitext", .bar = .995},
	{.name = "SNIPS, 7 intents", .folder = "snips"},
	{.name = "insurance, 22 intents", .folder = "dstc11_insurance"},
	{.name = "insurance, ten a class", .folder = "dstc11_insurance", .few = 10},
};

/* What is learnt from and what is judged by; without `test` the rows are dealt out. */
struct parts {
	struct train_row *rows, *test;
	size_t n, tests;
};

/* Some rows of each label, spread over the file. */
static size_t
keep_few(struct arena *a, struct train_row *rows, size_t n, int few)
{
	struct str *labels = ARENA_ARRAY(a, struct str, n + 1);
	size_t *seen = ARENA_ARRAY(a, size_t, n + 1),
	       *all = ARENA_ARRAY(a, size_t, n + 1);
	size_t *label = ARENA_ARRAY(a, size_t, n + 1), count = 0, kept = 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		while (at < count && !str_eq(labels[at], rows[i].label))
			at++;
		if (at == count)
			labels[count++] = rows[i].label;
		label[i] = at;
		all[at]++;
	}
	for (size_t i = 0; i < n; i++) {
		size_t step = all[label[i]] / (size_t)few;
		size_t k = seen[label[i]]++;
		bool take = step && k % step == 0 && k / step < (size_t)few &&
			!str_eq(rows[i].label, STR("oos"));
		if (take)
			rows[kept++] = rows[i];
	}
	return kept;
}

static void
print_set(struct bars *b, const struct set *s, const struct evaluation *v, size_t bytes,
	double seconds, const char *how)
{
	char measure[64];
	snprintf(measure, sizeof(measure), "accuracy%s", how);
	bars_row(b, s->name, measure, evaluation_accuracy(v), s->bar, true,
		s->others ? s->others : "");
	if (s->few)
		return;
	bars_row(b, s->name, "calibration error", evaluation_ece(v), .03, false, "");
	bars_row(b, s->name, "CPU us a message", evaluation_us(v), s->second ? 60 : 30,
		false, strncmp(s->name, "CLINC", 5) == 0 ? "NLP.js 385" : "");
	bars_row(b, s->name, "seconds of training", seconds, s->second ? 20 : 10, false,
		"");
	bars_row(b, s->name, "megabytes", (double)bytes / 1e6, s->second ? 12 : 6, false,
		"");
	if (!v->oos)
		return;
	bars_row(b, s->name, "in scope, with rejection", evaluation_in_scope_accuracy(v),
		.91, true, "Rasa .915, BERT .962");
	bars_row(b, s->name, "out of scope, recall", evaluation_oos_recall(v), .75, true,
		"Rasa .45, BERT .52");
	/* The development file has a tenth of the out-of-scope rows that the test file
	 * has: brought to the same share. */
	double alarms = (double)(v->rejected - v->oos_rejected) / (double)v->in_scope,
	       recall = evaluation_oos_recall(v);
	bars_row(b, s->name, "out of scope, precision at 2:9",
		recall * 2 / (recall * 2 + alarms * 9), .75, true, "");
}

/* Learns from some rows and judges by others; adds to the evaluation. */
static bool
learn_and_judge(const struct set *s, const struct train_row *rows, size_t n,
	const struct train_row *test, size_t tests, struct evaluation *v,
	size_t *bytes_out)
{
	struct model *m = NULL;
	struct buf bytes;
	struct error e;
	const struct train_options o = {.seed = 1, .second_model = s->second};
	buf_init(&bytes, MODEL_BYTES_MAX);
	bool good = !train_model(rows, n, &o, &bytes, &e) &&
		!model_open_bytes(buf_str(&bytes), &m, &e);
	if (good)
		evaluation_add(v, m, test, tests);
	else
		printf("%s: %s\n", s->name, e.text);
	*bytes_out = bytes.n;
	model_close(&m);
	buf_fini(&bytes);
	return good;
}

/* Each fold in turn; seconds and bytes are of one fold. */
static bool
cross_validate(const struct set *s, struct arena *a, const struct parts *p,
	struct evaluation *v, size_t *bytes)
{
	const uint32_t *fold_of;
	const uint32_t folds = s->folds ? (uint32_t)s->folds : FOLDS;
	struct train_row *own = ARENA_ARRAY(a, struct train_row, p->n + 1),
			 *others = ARENA_ARRAY(a, struct train_row, p->n + 1);
	if (folds_deal(a, p->rows, p->n, folds, &fold_of, NULL))
		return false;
	for (uint32_t fold = 0; fold < folds; fold++) {
		size_t n = folds_take(p->rows, fold_of, p->n, fold, false, others);
		size_t held = folds_take(p->rows, fold_of, p->n, fold, true, own);
		n = s->few ? keep_few(a, others, n, s->few) : n;
		if (!learn_and_judge(s, others, n, own, held, v, bytes))
			return false;
	}
	return true;
}

/* The set's rows: train.tsv, or all.tsv of one that is not parted. */
static bool
set_read(struct bars *b, struct arena *a, const struct set *s, struct parts *p)
{
	static const char *const tests[] = {"test.tsv", "dev.tsv"};
	const char *train = arena_printf(a, "%s/train.tsv", s->folder).p,
		   *all = arena_printf(a, "%s/all.tsv", s->folder).p;
	*p = (struct parts){0};
	if (!bars_has(b, s->folder)) {
		bars_missing(b, s->name, s->folder);
		return false;
	}
	bool whole = !bars_has(b, train) && bars_has(b, all);
	if (!bars_rows(b, a, s->name, whole ? all : train, &p->rows, &p->n))
		return false;
	for (size_t i = 0; i < 2 && !s->folds && !whole; i++) {
		const char *test = arena_printf(a, "%s/%s", s->folder, tests[i]).p;
		if (bars_has(b, test))
			return bars_rows(b, a, s->name, test, &p->test, &p->tests);
	}
	return true;
}

static void
measure(struct bars *b, const struct set *s)
{
	struct arena a;
	struct parts p;
	struct evaluation v;
	size_t bytes = 0;
	arena_init(&a, 0);
	evaluation_init(&v, &a);
	if (!set_read(b, &a, s, &p))
		goto out;
	double start = bars_cpu_seconds();
	bool crossed = !p.tests;
	size_t n = s->few && !crossed ? keep_few(&a, p.rows, p.n, s->few) : p.n;
	bool good = crossed ? cross_validate(s, &a, &p, &v, &bytes)
			    : learn_and_judge(s, p.rows, n, p.test, p.tests, &v, &bytes);
	/* What was judged took its time twice, once to warm up. */
	double seconds = bars_cpu_seconds() - start - 2 * v.seconds;
	int folds = !crossed ? 1 : s->folds ? s->folds : FOLDS;
	if (good)
		print_set(b, s, &v, bytes, seconds / folds,
			crossed ? ", cross-validated" : "");
out:
	arena_fini(&a);
}

void
bars_intent(struct bars *b)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		measure(b, &sets[i]);
}
