/* Rasa's training data: all of its format, and faults with their lines. */
#include "pack/rasa.h"

#include "base/map.h"
#include "pack/lesson_fixture.h"
#include "wire/yaml.h"

#include <stdio.h>
#include <string.h>

struct file {
	struct lesson t;
	struct rasa_data data;
};

static void
read_file(struct file *f, const char *text)
{
	struct json *root;
	struct error e;
	memset(&f->data, 0, sizeof f->data);
	lesson_open(&f->t, NULL);
	assert_int_equal(yaml_parse(&f->t.pack.arena, str_of(text), &root, &e), OK);
	const struct json *rest = rasa_leave_out(&f->t.loader, root);
	if (json_get(rest, STR("nlu")))
		rasa_read(&f->t.loader, json_get(rest, STR("nlu")), &f->data);
}

static void
close_file(struct file *f)
{
	map_fini(&f->t.pack.intent_index);
	lesson_close(&f->t);
}

static void
expect_example(
	const struct file *f, size_t i, const char *label, const char *text, int line)
{
	assert_true(i < f->data.lessons.n);
	const struct example *x = &f->data.lessons.p[i];
	assert_true(str_eq(x->label, str_of(label)));
	assert_true(str_eq(x->text, str_of(text)));
	assert_int_equal(x->line, line);
}

static void
every_form_is_read(void **state)
{
	struct file f;
	(void)state;
	read_file(&f,
		"version: \"3.1\" # of the format\n"
		"nlu:\n"
		"- intent: greet\n"
		"  examples: |\n"
		"    - Hi \"there\"\n"
		"\n"
		"    -hey: you # no comment\n"
		"- intent: faq/hours\n"
		"  metadata: {sentiment: neutral}\n"
		"  examples:\n"
		"  - text: |\n"
		"      when do you open [today](day)\n"
		"    metadata:\n"
		"      of: us\n"
		"  # a comment\n"
		"  - 'opening hours?'\n"
		"- synonym: New York\n"
		"  examples: |\n"
		"    - NYC\n"
		"    - the big apple\n"
		"- regex: zipcode\n"
		"  examples: |\n"
		"    - \\b[0-9]{5}\\b\n"
		"- lookup: country\n"
		"  examples: |\n"
		"    - France\n"
		"    - Chile\n");
	assert_int_equal(f.t.report.errors + f.t.report.warnings, 0);
	assert_int_equal(f.data.lessons.n, 4);
	expect_example(&f, 0, "greet", "Hi \"there\"", 5);
	expect_example(&f, 1, "greet", "hey: you # no comment", 7);
	expect_example(&f, 2, "faq/hours", "when do you open today", 11);
	expect_example(&f, 3, "faq/hours", "opening hours?", 16);
	assert_int_equal(f.data.lessons.p[2].said_count, 1);
	assert_int_equal(f.t.pack.intent_count, 2);
	const struct entity_synonym *s = f.data.synonyms.p;
	assert_int_equal(f.data.synonyms.n, 1);
	assert_true(str_eq(s->value, STR("New York")));
	assert_int_equal(s->of.n, 2);
	const struct entity_pattern *p = f.data.patterns.p;
	assert_int_equal(f.data.patterns.n, 1);
	assert_true(str_eq(p->kind, STR("zipcode")));
	assert_true(str_eq(p->match, STR("\\b[0-9]{5}\\b")));
	const struct entity_lookup *k = f.data.lookups.p;
	assert_int_equal(f.data.lookups.n, 1);
	assert_int_equal(k->values.n, 2);
	close_file(&f);
}

static void
what_is_not_read_is_named(void **state)
{
	static const char *const names[] = {"stories", "rules", "responses", "intents"};
	struct file f;
	(void)state;
	read_file(&f,
		"stories:\n- story: a\n  steps: []\n"
		"rules: []\n"
		"nlu:\n- intent: a\n  examples: |\n    - b\n"
		"responses: {utter_a: [{text: hi}]}\n"
		"intents: [a]\n");
	assert_int_equal(f.t.report.errors, 0);
	assert_int_equal(f.t.report.warnings, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(str_starts(f.t.report.problems[i].text, str_of(names[i])));
	assert_int_equal(f.t.report.problems[2].line, 9);
	assert_int_equal(f.data.lessons.n, 1);
	close_file(&f);
	/* The parts of a pack that have the names of a domain's stay. */
	read_file(&f, "intents: {fallback: a}\n");
	assert_int_equal(f.t.report.warnings, 0);
	close_file(&f);
}

static void
faults_have_their_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *has;
	} cases[] = {
		{"nlu: 5\n", 1, "must be a list"},
		{"nlu:\n- 5\n", 2, "must be an object"},
		{"nlu:\n- intent: a\n", 2, "must be a text of \"- \" lines or a list"},
		{"nlu:\n- intent: a\n  examples: 5\n", 2, "must be a text"},
		{"nlu:\n- examples: |\n    - a\n", 2, "must have intent, synonym"},
		{"nlu:\n- intent: a\n  exampels: |\n    - a\n", 3,
			"did you mean \"examples\""},
		{"nlu:\n- intent:\n  examples: |\n    - a\n", 2, "must be a name"},
		{"nlu:\n- intent: a\n  examples: |\n    - b\n\n    c\n", 6,
			"must begin with \"- \""},
		{"nlu:\n- intent: a\n  examples: |\n    - b\n\n    - [c](d\n", 6,
			"not closed"},
		{"nlu:\n- regex: a\n  examples: |\n    - b\n    - (c\n", 5,
			"the regex a: "},
		{"nlu:\n- intent: a\n  examples:\n  - text: b\n  - txt: c\n", 5,
			"did you mean \"text\""},
		{"nlu:\n- intent: a\n  examples:\n  - [b]\n", 4, "have one as `text`"},
	};
	struct file f;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_file(&f, cases[i].text);
		assert_true(f.t.report.errors >= 1);
		const struct pack_problem *p = &f.t.report.problems[0];
		if (p->line != cases[i].line ||
			str_find(p->text, str_of(cases[i].has)) < 0)
			fail_msg("case %zu: %d: %.*s", i, p->line, STR_ARG(p->text));
		close_file(&f);
	}
}

static void
an_entry_without_examples_is_named(void **state)
{
	struct file f;
	(void)state;
	read_file(&f, "nlu:\n- intent: a\n  examples: |\n- lookup: b\n  examples: []\n");
	assert_int_equal(f.t.report.errors, 0);
	assert_int_equal(f.t.report.warnings, 2);
	assert_true(
		str_eq(f.t.report.problems[0].text, STR("the intent a has no examples")));
	assert_int_equal(f.t.report.problems[1].line, 4);
	close_file(&f);
}

/* Each kind of mood has examples and labels of its own. */
static void
moods_are_kept_apart(void **state)
{
	static const struct {
		const char *kind, *label;
		enum mood_topic topic;
	} moods[] = {{"sentiment", "negative", MOOD_SENTIMENT},
		{"urgency", "high", MOOD_URGENCY}, {"complaint", "yes", MOOD_COMPLAINT},
		{"wants_person", "no", MOOD_WANTS_PERSON}};
	(void)state;
	for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++) {
		struct file f;
		char text[100];
		snprintf(text, sizeof text, "nlu:\n- %s: %s\n  examples: |\n    - well\n",
			moods[i].kind, moods[i].label);
		read_file(&f, text);
		assert_int_equal(f.t.report.errors, 0);
		for (int topic = 0; topic < MOOD_TOPICS; topic++)
			assert_int_equal(
				f.data.moods[topic].n, topic == (int)moods[i].topic);
		close_file(&f);
		snprintf(text, sizeof text,
			"nlu:\n- %s: so so\n  examples: |\n    - well\n", moods[i].kind);
		read_file(&f, text);
		assert_int_equal(f.t.report.errors, 1);
		assert_true(str_find(f.t.report.problems[0].text,
				    STR("has no label \"so so\"")) > 0);
		close_file(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(what_is_not_read_is_named),
		cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(an_entry_without_examples_is_named),
		cmocka_unit_test(moods_are_kept_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
