#include "base/chance.h"
#include "base/json.h"
#include "base/limits.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_every_call(void **state)
{
	(void)state;
	struct arena a;
	struct buf b;
	struct jsonw w;
	arena_init(&a, 0);
	buf_init(&b, 1000);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_kstr(&w, "s", STR("x"));
	jsonw_kint(&w, "i", -5);
	jsonw_kdouble(&w, "d", 0.5);
	jsonw_kbool(&w, "b", true);
	jsonw_knode(&w, "n", json_new_bool(&a, false));
	jsonw_karray(&w, "a");
	jsonw_null(&w);
	jsonw_raw(&w, STR("[1, 2]"));
	jsonw_object(&w);
	jsonw_end_object(&w);
	jsonw_array(&w);
	jsonw_int(&w, 1);
	jsonw_end_array(&w);
	jsonw_end_array(&w);
	jsonw_kobject(&w, "o");
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	assert_string_equal(b.p,
		"{\"s\":\"x\",\"i\":-5,\"d\":0.5,\"b\":true,\"n\":false,\"a\":[null,[1, 2],{},[1]],\"o\":{}}");
	buf_fini(&b);
	arena_fini(&a);
}

static void
check_string(struct str in, const char *expected)
{
	struct buf b;
	struct jsonw w;
	buf_init(&b, 1000);
	jsonw_init(&w, &b);
	jsonw_str(&w, in);
	assert_string_equal(b.p, expected);
	buf_fini(&b);
}

static void
test_strings(void **state)
{
	(void)state;
	check_string((struct str){NULL, 0}, "\"\"");
	check_string(STR("\"\\/"), "\"\\\"\\\\/\"");
	check_string(STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	check_string(STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\"");
	check_string(STR("12345678\n12345678\""), "\"12345678\\n12345678\\\"\"");
	check_string(STR("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"");
	check_string(STR("a\xFF"
			 "b"),
		"\"a\xEF\xBF\xBD"
		"b\"");
	check_string(STR("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_string(STR("\xC3\n\xA4"), "\"\xEF\xBF\xBD\\n\xEF\xBF\xBD\"");
}

/* Strings are looked at eight bytes at a time: each byte at each place of two such words,
 * printed and read back; raw control characters are refused. */
static void
test_every_byte_at_every_place(void **state)
{
	(void)state;
	for (int c = 0; c < 0x80; c++) {
		for (size_t at = 0; at < 17; at++) {
			char text[20] = "\"abcdefgh01234567\"";
			struct arena a;
			struct json *v;
			arena_init(&a, 0);
			text[1 + at] = (char)c;
			struct str raw = {text, at < 16 ? 18 : 19};
			if (at == 16)
				text[18] = '"';
			bool plain = c >= 0x20 && c != '"' && c != '\\';
			/* A backslash may make a good escape of what follows. */
			if (c != '\\')
				assert_int_equal(
					json_parse(&a, raw, &v, NULL) == OK, plain);
			struct str s = str_sub(raw, 1, raw.n - 1);
			struct str printed = json_print(&a, json_new_str(&a, s));
			assert_int_equal(printed.n == s.n + 2, plain);
			assert_int_equal(json_parse(&a, printed, &v, NULL), OK);
			assert_true(str_eq(v->s, s));
			arena_fini(&a);
		}
	}
}

static void
check_double(double d, const char *expected)
{
	struct buf b;
	struct jsonw w;
	buf_init(&b, 100);
	jsonw_init(&w, &b);
	jsonw_double(&w, d);
	assert_string_equal(b.p, expected);
	buf_fini(&b);
}

static void
test_doubles(void **state)
{
	(void)state;
	check_double(0, "0");
	check_double(-0.0, "-0");
	check_double(1, "1");
	check_double(-3, "-3");
	check_double(0.1, "0.1");
	check_double(0.05, "0.05");
	check_double(-19.99, "-19.99");
	check_double(0.000001, "1e-06");
	check_double(100000.000001, "100000.000001");
	check_double(1.0 / 3, "0.3333333333333333");
	check_double(0.1 + 0.2, "0.30000000000000004");
	check_double(999999999999999, "999999999999999");
	check_double(1e15, "1e+15");
	check_double(1e300, "1e+300");
	check_double(5e-324, "5e-324");
	check_double(1.7976931348623157e308, "1.7976931348623157e+308");
	check_double(NAN, "null");
	check_double(INFINITY, "null");
	check_double(-INFINITY, "null");
}

/* Two ways to print: each result must read back, and no shorter %g may. */
static void
test_doubles_are_shortest(void **state)
{
	(void)state;
	struct chance c = {5};
	struct buf b;
	struct jsonw w;
	char text[400];
	print_message("seed %llu\n", (unsigned long long)c.state);
	buf_init(&b, 100);
	for (int i = 0; i < 20000; i++) {
		double d = (double)(int64_t)chance_next(&c) /
			pow(10, (double)chance_below(&c, 24));
		if (i % 2)
			d = round(d) / pow(10, (double)chance_below(&c, 7));
		if (d == 0)
			continue;
		buf_clear(&b);
		jsonw_init(&w, &b);
		jsonw_double(&w, d);
		assert_true(strtod(b.p, NULL) == d);
		int digits = 0;
		for (const char *p = b.p; *p && *p != 'e'; p++)
			digits += *p >= '0' && *p <= '9' && !(digits == 0 && *p == '0');
		for (const char *p = b.p + strcspn(b.p, "e") - 1;
			*p == '0' && !strchr(b.p, '.'); p--)
			digits--;
		snprintf(text, sizeof(text), "%.*g", digits - 1 > 0 ? digits - 1 : 1, d);
		assert_true(digits == 1 || strtod(text, NULL) != d);
	}
	buf_fini(&b);
}

/* A buffer too small by any amount is marked, and nothing is written behind it. */
static void
test_a_full_buffer(void **state)
{
	(void)state;
	struct arena a;
	struct json *v;
	arena_init(&a, 0);
	struct str text =
		STR("{\"a\":[1,-2.5,\"x\\ny\",true,null],\"b\":{\"c\":\"\xC3\xA4\"}}");
	assert_int_equal(json_parse(&a, text, &v, NULL), OK);
	for (size_t max = 0; max <= text.n; max++) {
		struct buf b;
		struct jsonw w;
		buf_init(&b, max);
		jsonw_init(&w, &b);
		jsonw_node(&w, v);
		assert_int_equal(buf_over(&b), max < text.n);
		assert_true(b.n <= max);
		buf_fini(&b);
	}
	arena_fini(&a);
}

/* The same through the calls that name a member. */
static void
test_a_full_buffer_between_name_and_value(void **state)
{
	(void)state;
	struct str text =
		STR("{\"name\":\"x\",\"list\":[1],\"b\":true,\"o\":{\"d\":0.5}}");
	for (size_t max = 0; max <= text.n; max++) {
		struct buf b;
		struct jsonw w;
		buf_init(&b, max);
		jsonw_init(&w, &b);
		jsonw_object(&w);
		jsonw_kstr(&w, "name", STR("x"));
		jsonw_karray(&w, "list");
		jsonw_int(&w, 1);
		jsonw_end_array(&w);
		jsonw_kbool(&w, "b", true);
		jsonw_kobject(&w, "o");
		jsonw_name(&w, "d");
		jsonw_double(&w, 0.5);
		jsonw_end_object(&w);
		jsonw_end_object(&w);
		assert_int_equal(buf_over(&b), max < text.n);
		if (max == text.n)
			assert_true(str_eq(buf_str(&b), text));
		buf_fini(&b);
	}
}

/* A tree as deep as the parser allows may stand inside others. */
static void
test_deep_trees(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct json *root = json_new_array(&a), *v = root;
	for (int i = 0; i < 2 * JSON_DEPTH_MAX; i++) {
		struct json *inner = i % 2 ? json_new_array(&a) : json_new_object(&a);
		if (v->type == JSON_ARRAY)
			json_add(v, inner);
		else
			json_set(v, STR("k"), inner);
		v = inner;
	}
	struct str text = json_print(&a, root);
	assert_true(str_starts(text, STR("[{\"k\":[{\"k\":[")));
	assert_true(str_ends(text, STR("]}]}]")));
	arena_fini(&a);
}

static bool
stops(void (*misuse)(struct jsonw *w))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct buf b;
		struct jsonw w;
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		buf_init(&b, 100);
		jsonw_init(&w, &b);
		misuse(&w);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
value_without_key(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_int(w, 1);
}

static void
key_in_array(struct jsonw *w)
{
	jsonw_array(w);
	jsonw_key(w, STR("k"));
}

static void
key_without_value(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_key(w, STR("k"));
	jsonw_end_object(w);
}

static void
wrong_end(struct jsonw *w)
{
	jsonw_array(w);
	jsonw_end_object(w);
}

static void
end_too_much(struct jsonw *w)
{
	jsonw_end_array(w);
}

static void
two_values(struct jsonw *w)
{
	jsonw_int(w, 1);
	jsonw_int(w, 2);
}

static void
test_misuse_stops(void **state)
{
	(void)state;
	assert_true(stops(value_without_key));
	assert_true(stops(key_in_array));
	assert_true(stops(key_without_value));
	assert_true(stops(wrong_end));
	assert_true(stops(end_too_much));
	assert_true(stops(two_values));
	assert_false(stops(jsonw_null));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_doubles_are_shortest),
		cmocka_unit_test(test_a_full_buffer),
		cmocka_unit_test(test_a_full_buffer_between_name_and_value),
		cmocka_unit_test(test_deep_trees),
		cmocka_unit_test(test_misuse_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
