#include "wire/yaml_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const char text[] = "# a comment\n"
			   "name: story\n"
			   "turns:\n"
			   "  - say: \"h\xc3\xa9llo\" # said\n"
			   "    expect: {intent: [a, b], silent: true} # flow\n"
			   "  - say: plain text\n"
			   "    expect:\n"
			   "      intent:\n"
			   "        - a\n"
			   "        - \"b c\"   # the second\n"
			   "\n"
			   "      # about actions\n"
			   "      actions:\n"
			   "        refund: done\n"
			   "        mail: failed\n"
			   "      reply: |\n"
			   "        one\n"
			   "        two\n"
			   "      list:\n"
			   "      - x\n"
			   "      - [y, z]\n"
			   "      last: 5\n";

static enum err
find(const char *source, const char *words, struct yaml_place *out, struct error *e)
{
	struct str path[8], rest = str_of(words);
	size_t n = 0;
	while (str_split(&rest, '/', &path[n]))
		n++;
	return yaml_place_find(str_of(source), path, n, out, e);
}

static void
expect(const char *path, enum yaml_form form, const char *wanted)
{
	struct yaml_place p = {0};
	struct error e = {0};
	char got[200];
	if (find(text, path, &p, &e) != OK)
		fail_msg("%s: %s", path, e.text);
	snprintf(got, sizeof got, "%.*s", (int)(p.to - p.from), text + p.from);
	assert_string_equal(got, wanted);
	assert_int_equal(p.form, form);
}

static void
values_are_found_where_they_stand(void **state)
{
	(void)state;
	expect("name", YAML_SCALAR, "story");
	expect("turns/0/say", YAML_SCALAR, "\"h\xc3\xa9llo\"");
	expect("turns/0/expect/intent", YAML_FLOW, "[a, b]");
	expect("turns/0/expect/silent", YAML_SCALAR, "true");
	expect("turns/0/expect", YAML_FLOW, "{intent: [a, b], silent: true}");
	expect("turns/1/say", YAML_SCALAR, "plain text");
	expect("turns/1/expect/intent", YAML_SEQUENCE, "- a\n        - \"b c\"");
	expect("turns/1/expect/intent/1", YAML_SCALAR, "\"b c\"");
	expect("turns/1/expect/actions", YAML_MAPPING,
		"refund: done\n        mail: failed");
	expect("turns/1/expect/reply", YAML_SCALAR, "|\n        one\n        two");
	expect("turns/1/expect/list", YAML_SEQUENCE, "- x\n      - [y, z]");
	expect("turns/1/expect/last", YAML_SCALAR, "5");
}

static void
the_column_is_told(void **state)
{
	struct yaml_place p;
	(void)state;
	assert_int_equal(find(text, "turns/1/expect/intent", &p, NULL), OK);
	assert_int_equal(p.column, 8);
	assert_int_equal(find(text, "turns/1/expect/list", &p, NULL), OK);
	assert_int_equal(p.column, 6);
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const char *const paths[] = {"nam", "turns/2", "turns/0/expect/actions",
		"turns/x", "name/0", "turns/1/expect/intent/2"};
	struct yaml_place p;
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(find(text, paths[i], &p, NULL), ERR_NOT_FOUND);
}

static void
what_cannot_be_replaced_alone_is_refused(void **state)
{
	struct yaml_place p;
	struct error e = {0};
	(void)state;
	assert_int_equal(find("a: &x 1\nb: *x\n", "b", &p, &e), ERR_INVALID);
	assert_string_equal(e.text, "the value is an alias: change it by hand");
	assert_int_equal(e.line, 2);
	assert_int_equal(find("a: &x 1\nb: *x\n", "a", &p, &e), ERR_INVALID);
	assert_int_equal(find("a: &x [1]\nb: *x\n", "a", &p, &e), ERR_INVALID);
	assert_int_equal(find("a:\nb: 1\n", "a", &p, &e), ERR_INVALID);
	assert_string_equal(e.text, "the value is left empty: change it by hand");
	assert_int_equal(find("a: [1\n", "a", &p, &e), ERR_INVALID);
	assert_int_equal(find("? [a]\n: 1\n", "b", &p, &e), ERR_INVALID);
}

static void
depth_is_bounded(void **state)
{
	struct yaml_place p;
	char deep[1000];
	(void)state;
	memset(deep, '[', sizeof deep - 1);
	deep[sizeof deep - 1] = 0;
	assert_int_not_equal(find(deep, "0/0/1", &p, NULL), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_where_they_stand),
		cmocka_unit_test(the_column_is_told),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(what_cannot_be_replaced_alone_is_refused),
		cmocka_unit_test(depth_is_bounded)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
