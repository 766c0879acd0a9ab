#include "base/chance.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct str none = {NULL, 0};

static void
test_comparing(void **state)
{
	(void)state;
	assert_true(str_eq(none, STR("")));
	assert_false(str_eq(STR("a"), STR("b")));
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("b"), STR("a")) > 0);
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_cmp(none, STR("")), 0);
	assert_true(str_cmp(none, STR("a")) < 0);
	assert_true(str_cmp_z(STR("a"), "b") < 0);
	assert_true(str_cmp_z(STR("b"), "a") > 0);
	assert_true(str_cmp_z(STR("a"), "ab") < 0);
	assert_true(str_cmp_z(STR("ab"), "a") > 0);
	assert_true(str_cmp_z(STR("\xff"), "a") > 0);
	assert_int_equal(str_cmp_z(STR("ab"), "ab"), 0);
	assert_int_equal(str_cmp_z(none, ""), 0);
	assert_true(str_cmp_z(none, "a") < 0);
	assert_true(str_eq_nocase(STR("Content-Type"), STR("content-TYPE")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	/* Only letters fold: '[' and '{' differ by the same bit. */
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_false(str_eq_nocase(STR("\xC4"), STR("\xE4")));
}

static void
test_constant_time_equality(void **state)
{
	(void)state;
	assert_true(str_eq_constant_time(STR("secret"), STR("secret")));
	assert_false(str_eq_constant_time(STR("secret"), STR("secreT")));
	assert_false(str_eq_constant_time(STR("Secret"), STR("secret")));
	assert_false(str_eq_constant_time(STR("secret"), STR("secre")));
	assert_true(str_eq_constant_time(none, none));
}

static void
test_finding(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_true(str_starts(STR("abc"), none));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_true(str_ends(none, none));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_false(str_ends(STR("abc"), STR("ab")));
	assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
	assert_int_equal(str_find(STR("abc"), STR("x")), -1);
	assert_int_equal(str_find(STR("abc"), none), 0);
	assert_int_equal(str_find(none, STR("x")), -1);
	assert_int_equal(str_find_char(STR("a\0b"), '\0'), 1);
	assert_int_equal(str_find_char(none, 'a'), -1);
}

static void
test_parts(void **state)
{
	(void)state;
	assert_true(str_eq(str_sub(STR("hello"), 1, 3), STR("el")));
	assert_true(str_eq(str_sub(STR("hello"), 3, 100), STR("lo")));
	assert_true(str_eq(str_sub(STR("hello"), 9, 2), none));
	assert_true(str_eq(str_sub(none, 1, 2), none));
	assert_true(str_eq(str_trim(STR(" \t\r\n a b \n")), STR("a b")));
	assert_true(str_eq(str_trim(STR("  ")), none));
	assert_true(str_eq(str_trim(none), none));
}

static void
test_split(void **state)
{
	(void)state;
	static const char *const expected[] = {"a", "b", ""};
	struct str rest = STR("a,b,"), part;
	for (size_t i = 0; i < 3; i++) {
		assert_true(str_split(&rest, ',', &part));
		assert_true(str_eq(part, str_of(expected[i])));
	}
	assert_false(str_split(&rest, ',', &part));
	rest = none;
	assert_false(str_split(&rest, ',', &part));
	rest = STR("");
	assert_true(str_split(&rest, ',', &part));
	assert_int_equal(part.n, 0);
	assert_false(str_split(&rest, ',', &part));
}

static void
test_integers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{"0", true, 0},
		{"-0", true, 0},
		{"+17", true, 17},
		{"007", true, 7},
		{"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN},
		{"9223372036854775808", false, 0},
		{"-9223372036854775809", false, 0},
		{"99999999999999999999", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"+", false, 0},
		{"--1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1.0", false, 0},
		{"0x10", false, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 42;
		assert_int_equal(str_to_i64(str_of(cases[i].text), &v), cases[i].good);
		assert_true(v == (cases[i].good ? cases[i].value : 42));
	}
}

static void
test_doubles(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		double value;
	} cases[] = {
		{"1.5", true, 1.5},
		{"-1e3", true, -1000},
		{".5", true, 0.5},
		{"1e-400", true, 0},
		{"1e400", false, 0},
		{"inf", false, 0},
		{"nan", false, 0},
		{"0x1p3", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"1e", false, 0},
		{" 1", false, 0},
		{"1.5.5", false, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double v = 42;
		assert_int_equal(str_to_double(str_of(cases[i].text), &v), cases[i].good);
		assert_true(v == (cases[i].good ? cases[i].value : 42));
	}
	double v;
	assert_false(str_to_double(STR("1\0"), &v));
	assert_false(str_to_double(none, &v));
	/* Longer than what fits aside. */
	char digits[500];
	memset(digits, '9', sizeof(digits));
	digits[1] = '.';
	assert_true(str_to_double((struct str){digits, sizeof(digits)}, &v));
	assert_true(v == 10);
}

static void
test_what_is_printed_is_read_back(void **state)
{
	(void)state;
	struct chance c = {20260102};
	char text[32];
	print_message("seed %llu\n", (unsigned long long)c.state);
	for (int i = 0; i < 20000; i++) {
		int64_t v = (int64_t)chance_next(&c) >> chance_below(&c, 64), back;
		int n = snprintf(text, sizeof(text), "%lld", (long long)v);
		assert_true(str_to_i64((struct str){text, (size_t)n}, &back));
		assert_true(back == v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_constant_time_equality),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_what_is_printed_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
