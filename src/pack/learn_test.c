/* Learning from a pack's examples: what is learnt, what is kept, what is complained of. */
#include "pack/learn.h"

#include "base/limits.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const char *const hours[] = {"when do you open", "are you open on sunday",
	"what time do you close", "opening hours please", "how late are you open",
	"do you close at noon", "is the shop open now", "until when are you open"};
static const char *const trees[] = {"sell me an apple tree", "i want a pear tree",
	"have you got cherry trees", "two plum trees please",
	"a young tree for my garden", "which trees bear fruit",
	"my tree has lost its leaves", "how tall is that tree"};

struct lesson {
	struct pack pack;
	struct loader loader;
	struct pack_host host;
	struct pack_report report;
	struct lessons lessons;
	struct model *model;
};

static void
lesson_open(struct lesson *t, const char *folder)
{
	*t = (struct lesson){.host = {.models = folder}};
	arena_init(&t->pack.arena, 0);
	pack_report_init(&t->report);
	t->loader = (struct loader){.pack = &t->pack,
		.a = &t->pack.arena,
		.host = &t->host,
		.report = &t->report,
		.folder = STR("p"),
		.file = STR("nlu/a.yaml"),
		.thorough = true};
}

static void
lesson_close(struct lesson *t)
{
	model_close(&t->model);
	pack_report_fini(&t->report);
	arena_fini(&t->pack.arena);
}

static void
teach(struct lesson *t, const char *label, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		learn_example(&t->loader, &t->lessons, str_of(label), str_of(texts[i]),
			(int)t->lessons.n + 1);
}

static void
expect_class(struct lesson *t, const char *text, const char *label)
{
	struct prediction found;
	assert_non_null(t->model);
	model_predict(t->model, &t->pack.arena, str_of(text), &found);
	assert_true(str_eq(model_class(t->model, found.best), str_of(label)));
}

static void
annotations_are_taken_out(void **state)
{
	(void)state;
	struct lesson t;
	lesson_open(&t, NULL);
	const char *const lines[] = {"where is [ORD-1](order_id) now",
		"from [Bonn]{\"entity\": \"city\", \"role\": \"from\"} please",
		"[just brackets] here"};
	teach(&t, "x", lines, 3);
	assert_int_equal(t.report.errors, 0);
	assert_true(str_eq(t.lessons.p[0].text, STR("where is ORD-1 now")));
	assert_true(str_eq(t.lessons.p[1].text, STR("from Bonn please")));
	assert_true(str_eq(t.lessons.p[2].text, STR("[just brackets] here")));
	const char *const bad[] = {"[a](b", "[a]()", "[a]{\"kind\": \"b\"}",
		"[a]{\"entity\": \"b\", \"rule\": \"c\"}"};
	teach(&t, "x", bad, 4);
	assert_int_equal(t.report.errors, 4);
	assert_int_equal(t.report.problems[3].line, 7);
	lesson_close(&t);
}

static void
few_examples_are_left_to_rules(void **state)
{
	(void)state;
	struct lesson t;
	lesson_open(&t, NULL);
	teach(&t, "hours", hours, 8);
	teach(&t, "trees", trees, 7);
	learn(&t.loader, &t.lessons, &t.model);
	assert_null(t.model);
	assert_int_equal(t.report.warnings, 1);
	assert_true(str_starts(t.report.problems[0].text, STR("trees has 7 examples")));
	teach(&t, "trees", &trees[7], 1);
	learn(&t.loader, &t.lessons, &t.model);
	assert_int_equal(t.report.warnings, 1);
	expect_class(&t, "do you open on monday", "hours");
	expect_class(&t, "an old pear tree", "trees");
	lesson_close(&t);
}

static void
the_same_text_is_said(void **state)
{
	(void)state;
	struct lesson t;
	lesson_open(&t, NULL);
	teach(&t, "hours", hours, 8);
	teach(&t, "trees", trees, 8);
	const char *const same[] = {"When do you open"};
	teach(&t, "hours", same, 1);
	teach(&t, "trees", same, 1);
	learn(&t.loader, &t.lessons, &t.model);
	assert_true(t.report.warnings >= 2);
	assert_int_equal(t.report.problems[0].line, 17);
	assert_true(str_find(t.report.problems[0].text, STR("there already")) > 0);
	assert_true(str_find(t.report.problems[1].text, STR("cannot be told apart")) > 0);
	lesson_close(&t);
}

/* The only file of a folder. */
static void
only_file(const char *folder, char *path, size_t size)
{
	DIR *d = opendir(folder);
	int found = 0;
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, size, "%s/%s", folder, entry->d_name);
		found++;
	}
	closedir(d);
	assert_int_equal(found, 1);
}

static void
learn_once(const char *folder)
{
	struct lesson t;
	lesson_open(&t, folder);
	teach(&t, "hours", hours, 8);
	teach(&t, "trees", trees, 8);
	learn(&t.loader, &t.lessons, &t.model);
	assert_int_equal(t.report.errors, 0);
	expect_class(&t, "do you open on monday", "hours");
	lesson_close(&t);
}

static void
a_kept_model_is_used_and_a_damaged_one_made_anew(void **state)
{
	(void)state;
	char base[] = P_tmpdir "/learn_test.XXXXXX", folder[100], path[400];
	assert_non_null(mkdtemp(base));
	snprintf(folder, sizeof folder, "%s/models", base);
	learn_once(folder);
	only_file(folder, path, sizeof path);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, 100, SEEK_SET);
	int was = fgetc(f);
	fseek(f, 100, SEEK_SET);
	fputc(was ^ 0x55, f);
	fclose(f);
	learn_once(folder);
	f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 100, SEEK_SET);
	assert_int_equal(fgetc(f), was);
	fclose(f);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	/* A folder that cannot be made costs nothing but time. */
	snprintf(folder, sizeof folder, "%s/no/models", base);
	learn_once(folder);
	assert_int_equal(rmdir(base), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_are_taken_out),
		cmocka_unit_test(few_examples_are_left_to_rules),
		cmocka_unit_test(the_same_text_is_said),
		cmocka_unit_test(a_kept_model_is_used_and_a_damaged_one_made_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
