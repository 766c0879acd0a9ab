/* Intents: trained here from the training files, measured on what was held out. */
#include "bars.h"

#include "base/limits.h"
#include "text/evaluate.h"
#include "text/examples.h"

#include <stdio.h>
#include <time.h>

struct set {
	const char *name, *train, *test,
		*fallback; /* the test file, or what is there instead */
	double bar;
	const char *others;
	int few; /* examples a class; 0: all */
	bool second;
};

static const struct set sets[] = {
	{"CLINC150, 150 intents", "clinc150/train.tsv", "clinc150/test.tsv",
		"clinc150/dev.tsv", .930, "SVM .910, Rasa .915, MLP-USE .935, BERT .969",
		0, false},
	{"CLINC150, ten a class", "clinc150/train.tsv", "clinc150/test.tsv",
		"clinc150/dev.tsv", .81, "", 10, false},
	{"CLINC150, second model", "clinc150/train.tsv", "clinc150/test.tsv",
		"clinc150/dev.tsv", .930, "", 0, true},
	{"Spanish, 12 intents", "fb_multi_es/train.tsv", "fb_multi_es/test.tsv",
		"fb_multi_es/dev.tsv", .98, "", 0, false},
	{"Bitext support, 27 intents", "bitext/train.tsv", "bitext/test.tsv",
		"bitext/dev.tsv", .995, "", 0, false},
	{"SNIPS, 7 intents", "snips/train.tsv", "snips/test.tsv", "snips/dev.tsv", 0, "",
		0, false},
};

static double
cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

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
	double seconds)
{
	bars_row(b, s->name, "accuracy", evaluation_accuracy(v), s->bar, true, s->others);
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

static void
measure(struct bars *b, const struct set *s)
{
	struct arena a;
	struct str text;
	struct train_row *rows, *test;
	size_t n, tests;
	struct model *m = NULL;
	struct buf bytes;
	struct error e;
	arena_init(&a, 0);
	buf_init(&bytes, MODEL_BYTES_MAX);
	struct str path = arena_printf(&a, "%s/%s", b->dir, s->test);
	FILE *f = fopen(path.p, "rbe");
	const char *file = f ? s->test : s->fallback;
	if (f)
		fclose(f);
	if (!bars_file(b, &a, s->name, s->train, &text) ||
		examples_read(&a, text, &rows, &n, &e) ||
		!bars_file(b, &a, s->name, file, &text) ||
		examples_read(&a, text, &test, &tests, &e))
		goto out;
	if (s->few)
		n = keep_few(&a, rows, n, s->few);
	double start = cpu_seconds();
	if (train_model(rows, n,
		    &(struct train_options){.seed = 1, .second_model = s->second}, &bytes,
		    &e) ||
		model_open_bytes(buf_str(&bytes), &m, &e)) {
		printf("%s: %s\n", s->name, e.text);
		goto out;
	}
	double seconds = cpu_seconds() - start;
	struct evaluation v;
	evaluation_init(&v, &a);
	evaluation_add(&v, m, test, tests);
	print_set(b, s, &v, bytes.n, seconds);
out:
	model_close(&m);
	buf_fini(&bytes);
	arena_fini(&a);
}

void
bars_intent(struct bars *b)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		measure(b, &sets[i]);
}
