#include "wire/yaml.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
gives(const char *yaml, const char *json)
{
	struct json *tree = NULL;
	struct error e = {0};
	if (yaml_parse(&arena, str_of(yaml), &tree, &e))
		fail_msg("%s\n-> line %d: %s", yaml, e.line, e.text);
	struct str printed = json_print(&arena, tree);
	if (!str_eq(printed, str_of(json)))
		fail_msg("%s\n-> %.*s\nnot  %s", yaml, STR_ARG(printed), json);
}

static void
refuses(const char *yaml, enum err kind, int line, const char *part)
{
	struct json *tree = NULL;
	struct error e = {0};
	assert_int_equal(yaml_parse(&arena, str_of(yaml), &tree, &e), kind);
	assert_null(tree);
	if (e.line != line || !strstr(e.text, part))
		fail_msg("%s\n-> line %d: %s\nnot line %d: %s", yaml, e.line, e.text,
			line, part);
}

static void
scalars(void **state)
{
	(void)state;
	gives("[null, Null, NULL, ~, ]", "[null,null,null,null]");
	gives("a:\nb: ''\n", "{\"a\":null,\"b\":\"\"}");
	gives("[true, True, TRUE, false, False, FALSE]",
		"[true,true,true,false,false,false]");
	gives("[yes, no, on, off, y, n, 2026-01-02, 12:30, nul, tRUE]",
		"[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"2026-01-02\",\"12:30\","
		"\"nul\",\"tRUE\"]");
	gives("[0, -0, 42, +7, -12, 007, 0o17, 0x1F, 9223372036854775807, "
	      "-9223372036854775808]",
		"[0,0,42,7,-12,7,15,31,9223372036854775807,-9223372036854775808]");
	gives("[0o18, 0xg, 0x, 1_000, 0b1, '12', \"1.5\", 1.2.3, +, -, ., e3, 1e, 1e+]",
		"[\"0o18\",\"0xg\",\"0x\",\"1_000\",\"0b1\",\"12\",\"1.5\",\"1.2.3\",\"+"
		"\",\"-\",\".\",\"e3\","
		"\"1e\",\"1e+\"]");
	gives("[1.5, -.5, 6e3, 1.25e-2, 3.]", "[1.5,-0.5,6000,0.0125,3]");
	gives("[9223372036854775808]", "[9.223372036854776e+18]");
	refuses("a: .inf", ERR_INVALID, 1, "no number");
	refuses("a: -.INF", ERR_INVALID, 1, "no number");
	refuses("a: .NaN", ERR_INVALID, 1, "no number");
	refuses("\na: 1e999", ERR_INVALID, 2, "too large");
	refuses("a: 0x10000000000000000", ERR_INVALID, 1, "too large");
}

static void
strings(void **state)
{
	(void)state;
	gives("a: |\n  one\n  two\nb: >-\n  one\n  two\n",
		"{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\"}");
	gives("'true'", "\"true\"");
	gives("\"\\u00e9 \\x41 \\0\"", "\"\xc3\xa9 A \\u0000\"");
	gives("a: |\n  12\n", "{\"a\":\"12\\n\"}");
	gives("text # comment", "\"text\"");
}

static void
collections(void **state)
{
	(void)state;
	gives("a:\n  - 1\n  - b: 2\n    c: []\n  - {}\nd: {e: [x, y]}\n",
		"{\"a\":[1,{\"b\":2,\"c\":[]},{}],\"d\":{\"e\":[\"x\",\"y\"]}}");
	gives("1: x\ntrue: y\n? z\n: w\n", "{\"1\":\"x\",\"true\":\"y\",\"z\":\"w\"}");
	gives("<<: merge\n", "{\"<<\":\"merge\"}");
	gives("", "null");
	gives("# nothing\n", "null");
	gives("---\na: 1\n...\n", "{\"a\":1}");
	gives("%YAML 1.2\n---\na\n", "\"a\"");
}

static void
lines(void **state)
{
	(void)state;
	struct json *tree;
	struct error e;
	assert_int_equal(
		yaml_parse(&arena, STR("# x\na: 1\nb:\n  - one\n  -\n    c: 2\n"), &tree,
			&e),
		OK);
	assert_int_equal(tree->line, 2);
	assert_int_equal(json_get(tree, STR("a"))->line, 2);
	const struct json *b = json_get(tree, STR("b"));
	assert_int_equal(b->line, 4);
	assert_int_equal(b->first->line, 4);
	assert_int_equal(b->last->line, 6);
	assert_int_equal(json_get(b->last, STR("c"))->line, 6);
}

static void
aliases(void **state)
{
	(void)state;
	gives("a: &x {k: [1]}\nb: *x\nc: [*x, *x]\n",
		"{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":[{\"k\":[1]},{\"k\":[1]}]}");
	gives("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}");
	gives("&k a: 1\nb: *k\n", "{\"a\":1,\"b\":\"a\"}");
	refuses("a: 1\nb: *x\n", ERR_INVALID, 2, "no anchor &x");
	refuses("a: &x [*x]\n", ERR_INVALID, 1, "inside its own anchor");
	refuses("a: &x k\n? *x\n: 1\n", ERR_INVALID, 2, "a key must be a scalar");
}

static void
refusals(void **state)
{
	(void)state;
	refuses("a: 1\nb: 2\na: 3\n", ERR_INVALID, 3,
		"\"a\" stands twice, first on line 1");
	refuses("x:\n  {a: 1, b: {c: 1,\n  c: 2}}\n", ERR_INVALID, 3,
		"\"c\" stands twice");
	refuses("a: !!str 1\n", ERR_INVALID, 1, "tags such as tag:yaml.org,2002:str");
	refuses("a: !x {}\n", ERR_INVALID, 1, "tags such as !x");
	refuses("a: !x []\n", ERR_INVALID, 1, "tags such as !x");
	refuses("a\n---\nb\n", ERR_INVALID, 2, "second document");
	refuses("? [a]\n: 1\n", ERR_INVALID, 1, "a key must be a scalar");
	refuses("a: 1\n\tb: 2\n", ERR_INVALID, 2, "");
	refuses("a: [1,\n", ERR_INVALID, 2, "");
	refuses("ok: 1\nbad: \xff\n", ERR_INVALID, 2, "UTF-8");
	refuses("a: 1\n\nb: \x01\n", ERR_INVALID, 3, "control characters");
}

static struct str
repeated(const char *part, size_t times)
{
	size_t n = strlen(part);
	char *p = arena_alloc(&arena, n * times);
	for (size_t i = 0; i < times; i++)
		memcpy(p + i * n, part, n);
	return (struct str){p, n * times};
}

static void
limit(struct str yaml, const char *name)
{
	struct json *tree;
	struct error e;
	assert_int_equal(yaml_parse(&arena, yaml, &tree, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, name));
}

static void
limits(void **state)
{
	(void)state;
	struct json *tree;
	limit(repeated("#", YAML_FILE_MAX + 1), "YAML_FILE_MAX");
	limit(repeated("- 1\n", YAML_NODES_MAX), "YAML_NODES_MAX");
	assert_int_equal(
		yaml_parse(&arena, repeated("- 1\n", YAML_NODES_MAX - 1), &tree, NULL),
		OK);
	limit(repeated("- ", JSON_DEPTH_MAX + 1), "JSON_DEPTH_MAX");
	limit(repeated("[", JSON_DEPTH_MAX + 1), "JSON_DEPTH_MAX");
	assert_int_equal(
		yaml_parse(&arena, repeated("- ", JSON_DEPTH_MAX), &tree, NULL), OK);
}

/* Each line multiplies the one before by ten: 10^9 nodes out of a few hundred bytes. */
static void
alias_bombs(void **state)
{
	(void)state;
	struct buf bomb;
	buf_init(&bomb, 1 << 16);
	buf_printf(&bomb, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&bomb, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&bomb, "*a%d,", i - 1);
		buf_printf(&bomb, "]\n");
	}
	limit(buf_str(&bomb), "YAML_NODES_MAX");
	buf_clear(&bomb);
	buf_printf(&bomb, "b0: &b0 [1]\n");
	for (int i = 1; i < JSON_DEPTH_MAX; i++)
		buf_printf(&bomb, "b%d: &b%d [*b%d]\n", i, i, i - 1);
	limit(buf_str(&bomb), "JSON_DEPTH_MAX");
	buf_fini(&bomb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scalars, setup, teardown),
		cmocka_unit_test_setup_teardown(strings, setup, teardown),
		cmocka_unit_test_setup_teardown(collections, setup, teardown),
		cmocka_unit_test_setup_teardown(lines, setup, teardown),
		cmocka_unit_test_setup_teardown(aliases, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(alias_bombs, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
