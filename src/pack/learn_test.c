/* Learning from a pack's examples: what is learnt, what is kept, what is complained of. */
#include "pack/lesson_fixture.h"

#include "base/limits.h"
#include "pack/learnt.h"
#include "text/model_format.h"
#include "text/tagger.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	assert_int_equal(t.lessons.p[2].said_count, 0);
	const struct train_mention *order = &t.lessons.p[0].said[0].mention;
	assert_true(str_eq(
		str_sub(t.lessons.p[0].text, order->start, order->end), STR("ORD-1")));
	assert_true(str_eq(order->kind, STR("order_id")));
	const struct train_mention *city = &t.lessons.p[1].said[0].mention;
	assert_int_equal(city->start, 5);
	assert_int_equal(city->end, 9);
	assert_true(str_eq(city->role, STR("from")));
	const char *const bad[] = {"[a](b", "[a]()", "[a]{\"kind\": \"b\"}",
		"[a]{\"entity\": \"b\", \"rule\": \"c\"}", "[a](:b)", "[a](b:)",
		"[a]{entity: b}", "[a][{\"kind\": \"b\"}]"};
	size_t n = sizeof bad / sizeof *bad;
	teach(&t, "x", bad, n);
	assert_int_equal(t.report.errors, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(t.report.problems[i].line, 4 + i);
	lesson_close(&t);
}

static void
annotated_values_are_synonyms(void **state)
{
	(void)state;
	struct lesson t;
	lesson_open(&t, NULL);
	const char *const lines[] = {
		"[ the big apple]{\"entity\": \"city\", \"value\": \"New York\"} please",
		"to [Bonn](city) and []{\"entity\": \"city\"} on",
		"to [NYC](city: New York)", "in [two]{\"entity\": \"n\", \"value\": 2}",
		"[x][y] and [it][{\"entity\": \"a\", \"value\": \"b\"}, {\"entity\": \"c\"}]"};
	teach(&t, "x", lines, 5);
	assert_int_equal(t.report.errors, 0);
	assert_int_equal(t.report.warnings, 1);
	assert_true(str_find(t.report.problems[0].text, STR("the first of these")) > 0);
	assert_int_equal(t.lessons.p[1].said_count, 1);
	assert_int_equal(t.lessons.p[4].said_count, 1);
	assert_true(str_eq(t.lessons.p[4].text, STR("[x][y] and it")));
	struct items synonyms = learn_synonyms(&t.loader, &t.lessons);
	assert_int_equal(synonyms.n, 4);
	const struct entity_synonym *s = synonyms.p;
	assert_true(str_eq(s[1].value, STR("New York")));
	assert_true(str_eq(s[1].kind, STR("city")));
	assert_true(str_eq(*(const struct str *)s[1].of.p, STR("NYC")));
	assert_true(str_eq(s[2].value, STR("2")));
	assert_true(str_eq(s[3].value, STR("b")));
	assert_true(str_eq(s->value, STR("New York")));
	assert_true(str_eq(s->kind, STR("city")));
	assert_true(str_eq(*(const struct str *)s->of.p, STR("the big apple")));
	lesson_close(&t);
}

static void
moods_are_learnt(void **state)
{
	(void)state;
	struct lesson t;
	lesson_open(&t, NULL);
	teach(&t, "negative", hours, 8);
	learn_mood(&t.loader, &t.lessons, MOOD_SENTIMENT, &t.model);
	assert_null(t.model);
	assert_int_equal(t.report.warnings, 1);
	assert_true(str_find(t.report.problems[0].text,
			    STR("sentiment: nothing is learnt")) >= 0);
	teach(&t, "positive", trees, 8);
	learn_mood(&t.loader, &t.lessons, MOOD_SENTIMENT, &t.model);
	assert_int_equal(t.report.warnings, 1);
	expect_class(&t, "are you open at noon", "negative");
	expect_class(&t, "i want two cherry trees", "positive");
	lesson_close(&t);
}

/* Enough of them teach what is never listed. */
static void
annotations_are_learnt(void **state)
{
	(void)state;
	struct lesson t;
	struct tag *tags;
	struct tokens tokens;
	lesson_open(&t, NULL);
	const char *const orders[] = {"where is my parcel [blue bike](goods) now",
		"send back my parcel [red hat](goods) now",
		"i lost my parcel [old lamp](goods) now",
		"find my parcel [tin box](goods) now",
		"is my parcel [green mat](goods) now",
		"bring my parcel [long rope](goods) now",
		"what of my parcel [oak desk](goods) now",
		"keep my parcel [wool sock](goods) now"};
	teach(&t, "hours", hours, 8);
	teach(&t, "orders", orders, 8);
	learn(&t.loader, &t.lessons, &t.model);
	assert_non_null(t.model);
	assert_non_null(model_tagger(t.model));
	tokens_read(&t.pack.arena, STR("return my parcel grey stool now"), &tokens);
	assert_int_equal(
		tagger_read(model_tagger(t.model), &t.pack.arena, &tokens, &tags), 1);
	assert_int_equal(tags[0].first, 3);
	assert_int_equal(tags[0].last, 4);
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

static int learnt_times;
static bool learnt_kept;

static void
on_learnt(size_t examples, const char *kept)
{
	assert_int_equal(examples, 16);
	learnt_times++;
	learnt_kept = kept != NULL;
}

static void
learn_with(const char *folder, const char *shipped)
{
	struct lesson t;
	lesson_open(&t, folder);
	t.host.shipped = shipped;
	t.host.learnt = on_learnt;
	teach(&t, "hours", hours, 8);
	teach(&t, "trees", trees, 8);
	learn(&t.loader, &t.lessons, &t.model);
	assert_int_equal(t.report.errors, 0);
	expect_class(&t, "do you open on monday", "hours");
	lesson_close(&t);
}

static void
learn_once(const char *folder)
{
	learn_with(folder, NULL);
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

/* Learning is told of each time; a shipped model is used where it lies, and only when the
 * own folder has none. */
static void
a_shipped_model_is_not_learnt_again(void **state)
{
	(void)state;
	char base[] = P_tmpdir "/learn_test.XXXXXX", shipped[100], own[100], path[400];
	assert_non_null(mkdtemp(base));
	snprintf(shipped, sizeof shipped, "%s/shipped", base);
	snprintf(own, sizeof own, "%s/own", base);
	learnt_times = 0;
	learn_with(shipped, NULL);
	assert_int_equal(learnt_times, 1);
	assert_true(learnt_kept);
	only_file(shipped, path, sizeof path);
	assert_int_equal(chmod(path, 0400), 0);
	learn_with(own, shipped);
	assert_int_equal(learnt_times, 1);
	assert_int_equal(access(own, F_OK), -1);
	assert_int_equal(unlink(path), 0);
	learn_with(own, shipped);
	assert_int_equal(learnt_times, 2);
	learn_with(own, shipped);
	assert_int_equal(learnt_times, 2);
	learn_with(NULL, shipped);
	assert_int_equal(learnt_times, 3);
	assert_false(learnt_kept);
	only_file(own, path, sizeof path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(rmdir(shipped), 0);
	assert_int_equal(rmdir(base), 0);
}

/* A model that an earlier program kept is used as if it were learnt now. So when this
 * number changes, raise TRAIN_LEARNING. */
static void
learning_gives_these_bytes(void **state)
{
	(void)state;
	char folder[] = P_tmpdir "/learn_test.XXXXXX", path[400];
	static char bytes[1 << 20];
	assert_non_null(mkdtemp(folder));
	learn_once(folder);
	only_file(folder, path, sizeof path);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	assert_true(n < sizeof bytes);
	assert_int_equal(model_checksum(bytes, n), UINT64_C(0xf1cda2b42d2149f4));
	assert_int_equal(TRAIN_LEARNING, 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
set_used(const char *path, int seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static size_t
count_files(const char *folder)
{
	size_t n = 0;
	DIR *d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

/* What was used longest ago goes first, half a file of a killed process too; what is not
 * ours stays. */
static void
models_out_of_use_are_taken_away(void **state)
{
	(void)state;
	char folder[] = P_tmpdir "/learn_test.XXXXXX", path[400], first[400];
	struct arena a;
	arena_init(&a, 0);
	assert_non_null(mkdtemp(folder));
	learn_once(folder);
	only_file(folder, first, sizeof first);
	set_used(first, 1);
	snprintf(path, sizeof path, "%s/notes", folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	set_used(path, 1);
	snprintf(path, sizeof path, "%s/intents-77.model.4711.new", folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	set_used(path, 2);
	learn_once(folder); /* which marks the first as used now */
	for (uint64_t i = 0; i < LEARNT_MODELS_MAX; i++) {
		assert_true(learnt_keep(&a, folder, i, STR("a model of old")));
		struct str name = learnt_name(&a, i);
		snprintf(path, sizeof path, "%s/%.*s", folder, STR_ARG(name));
		set_used(path, 10 + (int)i);
	}
	assert_int_equal(count_files(folder), LEARNT_MODELS_MAX + 1);
	assert_int_equal(access(first, F_OK), 0);
	snprintf(path, sizeof path, "%s/intents-77.model.4711.new", folder);
	assert_int_equal(access(path, F_OK), -1);
	struct str gone = learnt_name(&a, 0), kept = learnt_name(&a, 1);
	snprintf(path, sizeof path, "%s/%.*s", folder, STR_ARG(gone));
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof path, "%s/%.*s", folder, STR_ARG(kept));
	assert_int_equal(access(path, F_OK), 0);
	DIR *d = opendir(folder);
	for (struct dirent *entry; (entry = readdir(d));)
		unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(folder), 0);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_are_taken_out),
		cmocka_unit_test(annotated_values_are_synonyms),
		cmocka_unit_test(annotations_are_learnt),
		cmocka_unit_test(moods_are_learnt),
		cmocka_unit_test(few_examples_are_left_to_rules),
		cmocka_unit_test(a_kept_model_is_used_and_a_damaged_one_made_anew),
		cmocka_unit_test(a_shipped_model_is_not_learnt_again),
		cmocka_unit_test(learning_gives_these_bytes),
		cmocka_unit_test(models_out_of_use_are_taken_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
