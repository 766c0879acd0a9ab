/* What is doubtful about examples is said, with its place, for intents of any size. */
#include "pack/lesson_fixture.h"

#include "pack/doubts.h"

#include <string.h>

static void
teach_one(struct lesson *t, const char *label, const char *text)
{
	teach(t, label, &text, 1);
}

/* The number of the report's first warning that has all three, or -1. */
static int
find_warning(const struct lesson *t, int line, const char *has, const char *has_too)
{
	for (size_t i = 0; i < t->report.count; i++) {
		const struct pack_problem *p = &t->report.problems[i];
		if (p->warning && p->line == line &&
			str_find(p->text, str_of(has)) >= 0 &&
			str_find(p->text, str_of(has_too)) >= 0)
			return (int)i;
	}
	return -1;
}

/* The second text, of another intent, is said to be like the first one, or not. */
static void
expect_alike(const char *one, const char *other, bool alike)
{
	struct lesson t;
	lesson_open(&t, NULL);
	teach_one(&t, "track", one);
	teach_one(&t, "call", other);
	doubts_say(&t.loader, &t.lessons, NULL);
	if ((find_warning(&t, 2, "of track (nlu/a.yaml:1)", "cannot be told apart") >=
		    0) != alike)
		fail_msg("\"%s\" and \"%s\" are %s", one, other,
			alike ? "not told" : "told");
	lesson_close(&t);
}

static void
near_twins_of_small_intents(void **state)
{
	static const char *const alike[][2] = {
		{"where is my order", "Where's... my ORDER, please?"},
		{"cancel my order", "can you cancel the orders"},
		{"refund", "a refund please"},
		{"dónde está mi pedido", "hola, donde esta el pedido por favor"},
		{"quiero devolver los zapatos", "puedo devolver zapato"},
		{"where is [ORD-1](order_id) today", "where is [ORD-7](order_id) today?"},
		{"wait 3 days for delivery", "wait 10 days for delivery"},
		{"the courier left my parcel at the wrong house yesterday morning",
			"yesterday morning the courier left the parcel at a wrong house"},
	};
	static const char *const apart[][2] = {
		{"track my order", "cancel my order"},
		{"cancel my order", "did you cancel my order"},
		{"absolutely", "absolutely not"},
		{"is my order ready", "ready to order"},
		{"how are you", "how do i get there"},
		{"turn it on", "turn it off"},
		{"where is [ORD-1](order_id)", "where is [Bonn](city)"},
		{"are you there", "is it you"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		expect_alike(alike[i][0], alike[i][1], true);
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		expect_alike(apart[i][0], apart[i][1], false);
}

/* Long texts that differ in a word are alike, until examples show what the word tells. */
static void
a_word_that_tells(void **state)
{
	static const char *const billing[] = {
		"billing help", "my billing", "a billing question"};
	struct lesson t;
	(void)state;
	for (int tells = 0; tells < 2; tells++) {
		lesson_open(&t, NULL);
		teach_one(&t, "shipping",
			"please change old address number town country zip floor bell door");
		teach_one(&t, "bills",
			"please change old billing address number town country zip floor bell door");
		if (tells)
			teach(&t, "bills", billing, 3);
		doubts_say(&t.loader, &t.lessons, NULL);
		assert_int_equal(
			find_warning(&t, 2, "shipping", "cannot be told apart") >= 0,
			!tells);
		lesson_close(&t);
	}
}

static void
few_are_said_once(void **state)
{
	struct lesson t;
	(void)state;
	lesson_open(&t, NULL);
	teach(&t, "hours", hours, 4);
	teach(&t, "trees", trees, 8);
	t.loader.file = STR("nlu/b.yaml");
	teach(&t, "hours", hours + 4, 3);
	doubts_say(&t.loader, &t.lessons, NULL);
	assert_int_equal(t.report.warnings, 1);
	assert_int_equal(find_warning(&t, 1, "hours has 7 examples", "from 8 on"), 0);
	assert_true(str_eq(t.report.problems[0].file, STR("p/nlu/a.yaml")));
	teach(&t, "hours", hours + 7, 1);
	doubts_say(&t.loader, &t.lessons, NULL);
	assert_int_equal(t.report.warnings, 1);
	lesson_close(&t);
}

static void
the_same_text_in_whatever_file(void **state)
{
	struct lesson t;
	(void)state;
	lesson_open(&t, NULL);
	teach(&t, "hours", hours, 8);
	t.loader.file = STR("nlu/b.yaml");
	teach(&t, "trees", trees, 8);
	teach_one(&t, "hours", "WHEN do you   open?!");
	teach_one(&t, "trees", "Whén do you open");
	teach_one(&t, "hours", "when do you open 👋");
	doubts_say(&t.loader, &t.lessons, NULL);
	assert_int_equal(t.report.warnings, 3);
	assert_int_equal(find_warning(&t, 19, "👋", "of trees (nlu/b.yaml:18)"), 2);
	int twice = find_warning(&t, 17, "there already", "hours in nlu/a.yaml:1");
	assert_int_equal(twice, 0);
	assert_true(str_eq(t.report.problems[twice].file, STR("p/nlu/b.yaml")));
	assert_int_equal(
		find_warning(&t, 18, "of trees and of hours", "(nlu/a.yaml:1)"), 1);
	lesson_close(&t);
}

/* The model was told, and does not believe it. */
static void
an_example_among_the_others(void **state)
{
	struct lesson t;
	(void)state;
	lesson_open(&t, NULL);
	for (int i = 0; i < 4; i++) {
		teach(&t, "hours", hours, 8);
		teach(&t, "trees", trees, 8);
	}
	teach_one(&t, "trees", hours[0]); /* one that is told otherwise four times */
	learn(&t.loader, &t.lessons, &t.model);
	assert_true(find_warning(&t, 65, "of trees", "reads like hours") >= 0);
	lesson_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_twins_of_small_intents),
		cmocka_unit_test(a_word_that_tells),
		cmocka_unit_test(few_are_said_once),
		cmocka_unit_test(the_same_text_in_whatever_file),
		cmocka_unit_test(an_example_among_the_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
