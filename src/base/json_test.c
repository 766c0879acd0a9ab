#include "base/chance.h"
#include "base/json.h"
#include "base/limits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static int
open_arena(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct json *
parse(struct str text)
{
	struct error e = {0};
	struct json *v = NULL;
	if (json_parse(&arena, text, &v, &e) != OK)
		fail_msg("\"%.*s\": %s", STR_ARG(text), e.text);
	return v;
}

static void
test_types(void **state)
{
	(void)state;
	const struct json *v = parse(STR(
		" { \"a\" : null , \"b\":true,\"c\":false,\n\"d\":-12,\"e\":1.5,\"f\":\"x\",\"g\":[1,[]],\"h\":{}}\t\r\n"));
	assert_int_equal(v->type, JSON_OBJECT);
	assert_int_equal(v->count, 8);
	assert_int_equal(json_get(v, STR("a"))->type, JSON_NULL);
	assert_true(json_bool(json_get(v, STR("b")), false));
	assert_false(json_bool(json_get(v, STR("c")), true));
	assert_int_equal(json_int(json_get(v, STR("d")), 0), -12);
	assert_true(json_double(json_get(v, STR("e")), 0) == 1.5);
	assert_true(str_eq(json_str(json_get(v, STR("f")), STR("")), STR("x")));
	assert_int_equal(json_get(v, STR("g"))->count, 2);
	assert_int_equal(json_get(v, STR("h"))->count, 0);
	assert_int_equal(json_get(v, STR("c"))->line, 1);
	assert_int_equal(json_get(v, STR("d"))->line, 2);
	/* Members keep their order. */
	char expected = 'a';
	json_each(m, v)
		assert_int_equal(m->key.p[0], expected++);
}

static void
test_looking_up(void **state)
{
	(void)state;
	const struct json *v = parse(STR(
		"{\"customer\":{\"address\":{\"city\":\"Oslo\"}},\"n\":3,\"s\":\"t\"}"));
	assert_true(str_eq(json_str(json_path(v, STR("customer.address.city")), STR("")),
		STR("Oslo")));
	assert_null(json_path(v, STR("customer.phone.city")));
	assert_null(json_path(v, STR("n.x")));
	assert_null(json_path(NULL, STR("n")));
	assert_null(json_get(json_get(v, STR("n")), STR("x")));
	assert_null(json_get(NULL, STR("x")));
	/* Another type gives the fallback; an integer is a double too. */
	assert_int_equal(json_int(json_get(v, STR("s")), 9), 9);
	assert_int_equal(json_int(NULL, 9), 9);
	assert_true(json_double(json_get(v, STR("n")), 0) == 3);
	assert_true(json_double(json_get(v, STR("s")), 2.5) == 2.5);
	assert_true(str_eq(json_str(json_get(v, STR("n")), STR("f")), STR("f")));
	assert_true(json_bool(json_get(v, STR("n")), true));
	json_each(m, json_get(v, STR("s")))
		fail_msg("a string has no members, not \"%.*s\"", STR_ARG(m->key));
	json_each(m, (const struct json *)NULL)
		fail_msg("nothing has no members, not \"%.*s\"", STR_ARG(m->key));
}

static void
test_strings(void **state)
{
	(void)state;
	static const struct {
		struct str text, value;
	} cases[] = {
		{STR_INIT("\"\""), STR_INIT("")},
		{STR_INIT("\"plain text of more than eight bytes\""),
			STR_INIT("plain text of more than eight bytes")},
		{STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR_INIT("\"\\/\b\f\n\r\t")},
		{STR_INIT("\"\\u0041\\u00e4\\u20AC\\uD83D\\uDE00\""),
			STR_INIT("A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")},
		{STR_INIT("\"a\\u0000b\""), STR_INIT("a\0b")},
		{STR_INIT("\"\xF0\x9F\x98\x80 \\n\""), STR_INIT("\xF0\x9F\x98\x80 \n")},
		{STR_INIT("\"\x7F\""), STR_INIT("\x7F")},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(str_eq(parse(cases[i].text)->s, cases[i].value));
	/* Without escapes a string is a part of the text. */
	struct str text = STR("\"here\"");
	assert_ptr_equal(parse(text)->s.p, text.p + 1);
}

static void
test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum json_type type;
		double value;
	} cases[] = {
		{"0", JSON_INT, 0},
		{"-1", JSON_INT, -1},
		{"999999999999999999", JSON_INT, 1e18},
		{"1000000000000000000", JSON_INT, 1e18},
		{"9223372036854775808", JSON_DOUBLE, 0x1p63},
		{"-9223372036854775809", JSON_DOUBLE, -0x1p63},
		{"1.0", JSON_DOUBLE, 1},
		{"1e2", JSON_DOUBLE, 100},
		{"1E+2", JSON_DOUBLE, 100},
		{"25e-2", JSON_DOUBLE, 0.25},
		{"0.1", JSON_DOUBLE, 0.1},
		{"123456789.123456789", JSON_DOUBLE, 123456789.123456789},
		{"9007199254740993e0", JSON_DOUBLE, 9007199254740992},
		{"1e23", JSON_DOUBLE, 1e23},
		{"1.7976931348623157e308", JSON_DOUBLE, 1.7976931348623157e308},
		{"5e-324", JSON_DOUBLE, 5e-324},
		{"1e-999999999999999999999", JSON_DOUBLE, 0},
		{"0.00000000000000000000000000000000000001e38", JSON_DOUBLE, 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct json *v = parse(str_of(cases[i].text));
		assert_int_equal(v->type, cases[i].type);
		assert_true(json_double(v, NAN) == cases[i].value);
	}
	assert_true(parse(STR("9223372036854775807"))->i == INT64_MAX);
	assert_true(parse(STR("-9223372036854775808"))->i == INT64_MIN);
	assert_true(signbit(parse(STR("-0"))->d));
}

static void
test_errors_say_where_and_what(void **state)
{
	(void)state;
	static const struct {
		struct str text;
		int line;
		const char *reason;
	} cases[] = {
		{STR_INIT(""), 1, "expected a value, found the end of the text"},
		{STR_INIT("{\n\"a\": tru}"), 2, "expected a value, found 't'"},
		{STR_INIT("[1,\n\n2"), 3,
			"expected ',' or ']', found the end of the text"},
		{STR_INIT("[1 2]"), 1, "expected ',' or ']', found '2'"},
		{STR_INIT("[1,]"), 1, "expected a value, found ']'"},
		{STR_INIT("{\"a\" 1}"), 1, "expected ':', found '1'"},
		{STR_INIT("{\"a\":1,}"), 1,
			"expected a member's name in quotes, found '}'"},
		{STR_INIT("{\"a\":1"), 1,
			"expected ',' or '}', found the end of the text"},
		{STR_INIT("1 1"), 1, "expected nothing after the value, found '1'"},
		{STR_INIT("\x01"), 1, "expected a value, found byte 0x01"},
		{STR_INIT("\"a"), 1,
			"expected the string's closing quote, found the end of the text"},
		{STR_INIT("\"a\\"), 1,
			"expected the string's closing quote, found the end of the text"},
		{STR_INIT("\"a\nb\""), 1,
			"expected the string's closing quote, found byte 0x0a"},
		{STR_INIT("\"\\x\""), 1,
			"a backslash must be followed by one of \" \\ / b f n r t u"},
		{STR_INIT("\"\\u12G4\""), 1,
			"\\u must be followed by four hexadecimal digits"},
		{STR_INIT("\"\\u12\""), 1,
			"\\u must be followed by four hexadecimal digits"},
		{STR_INIT("\"\\uD800\""), 1,
			"a high surrogate must be followed by a low one"},
		{STR_INIT("\"\\uD800\\u0041\""), 1,
			"a high surrogate must be followed by a low one"},
		{STR_INIT("\"\\uDC00\""), 1, "a low surrogate must follow a high one"},
		{STR_INIT("\"\xC3\x28\""), 1, "a string is not valid UTF-8"},
		{STR_INIT("-"), 1, "expected a digit, found the end of the text"},
		{STR_INIT("01"), 1, "expected nothing after the value, found '1'"},
		{STR_INIT("1.e1"), 1, "expected a digit, found 'e'"},
		{STR_INIT("1e+"), 1,
			"expected a digit of the exponent, found the end of the text"},
		{STR_INIT("1e400"), 1, "a number is out of range"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = {0};
		struct json *v = NULL;
		assert_int_equal(json_parse(&arena, cases[i].text, &v, &e), ERR_INVALID);
		assert_string_equal(e.text, cases[i].reason);
		assert_int_equal(e.line, cases[i].line);
		assert_null(v);
		assert_int_equal(
			json_parse(&arena, cases[i].text, &v, NULL), ERR_INVALID);
	}
}

static void
test_depth(void **state)
{
	(void)state;
	char text[2 * (JSON_DEPTH_MAX + 1)];
	struct json *v;
	struct error e;
	for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		enum err err = json_parse(&arena, (struct str){text, 2 * depth}, &v, &e);
		assert_int_equal(err, depth <= JSON_DEPTH_MAX ? OK : ERR_INVALID);
	}
	assert_string_equal(e.text, "nested deeper than 128 levels");
	/* Levels that were closed do not count. */
	struct buf b;
	buf_init(&b, 10000);
	buf_add_char(&b, '[');
	for (int i = 0; i < 2 * JSON_DEPTH_MAX; i++)
		buf_add_str(&b, STR("[],{},"));
	buf_add_str(&b, STR("0]"));
	parse(buf_str(&b));
	buf_fini(&b);
}

/* Few members and many are searched in different ways. */
static void
test_the_last_of_equal_names_counts(void **state)
{
	(void)state;
	for (int others = 0; others < 40; others++) {
		struct buf b;
		buf_init(&b, 10000);
		buf_add_str(&b, STR("{\"x\":1,\"y\":1"));
		for (int i = 0; i < others; i++)
			buf_printf(&b, ",\"k%d\":%d", i, i);
		buf_add_str(&b, STR(",\"\\u0078\":2,\"z\":0,\"x\":3}"));
		const struct json *v = parse(buf_str(&b));
		assert_int_equal(v->count, others + 3);
		assert_int_equal(json_int(json_get(v, STR("x")), 0), 3);
		assert_true(json_get(v, STR("x"))->repeated);
		assert_false(json_get(v, STR("y"))->repeated);
		assert_true(str_eq(v->first->key, STR("y")));
		assert_true(str_eq(v->last->key, STR("x")));
		assert_null(v->last->next);
		size_t count = 0;
		json_each(m, v)
			count++;
		assert_int_equal(count, v->count);
		buf_fini(&b);
	}
}

static void
test_equality(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool eq;
	} cases[] = {
		{"1", "1.0", true},
		{"1.0", "1", true},
		{"1", "1.5", false},
		{"9007199254740993", "9007199254740992.0", false},
		{"9223372036854775807", "9223372036854775808", false},
		{"null", "false", false},
		{"true", "false", false},
		{"\"a\"", "\"a\"", true},
		{"\"a\"", "\"b\"", false},
		{"[1,2]", "[1,2]", true},
		{"[1,2]", "[2,1]", false},
		{"[1,2]", "[1]", false},
		{"{\"a\":1,\"b\":[]}", "{\"b\":[],\"a\":1}", true},
		{"{\"a\":1}", "{\"a\":2}", false},
		{"{\"a\":1}", "{\"b\":1}", false},
		{"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			json_eq(parse(str_of(cases[i].a)), parse(str_of(cases[i].b))),
			cases[i].eq);
	struct json *forward = json_new_object(&arena),
		    *backward = json_new_object(&arena);
	for (int i = 0; i < 100; i++) {
		json_set(
			forward, arena_printf(&arena, "k%d", i), json_new_int(&arena, i));
		json_set(backward, arena_printf(&arena, "k%d", 99 - i),
			json_new_int(&arena, 99 - i));
	}
	assert_true(json_eq(forward, backward));
	json_set(backward, STR("k50"), json_new_int(&arena, 0));
	assert_false(json_eq(forward, backward));
}

static void
test_making_and_copying(void **state)
{
	(void)state;
	struct json *o = json_new_object(&arena), *list = json_new_array(&arena);
	json_add(list, json_new_null(&arena));
	json_add(list, json_new_bool(&arena, true));
	json_add(list, json_new_double(&arena, 0.5));
	json_set(o, STR("a"), json_new_int(&arena, 1));
	json_set(o, STR("b"), list);
	json_set(o, STR("c"), json_new_str(&arena, STR("x")));
	assert_true(
		json_eq(o, parse(STR("{\"a\":1,\"b\":[null,true,0.5],\"c\":\"x\"}"))));
	/* Replacing keeps the place: first, middle and last. */
	json_set(o, STR("a"), json_new_int(&arena, 2));
	json_set(o, STR("b"), json_new_int(&arena, 3));
	json_set(o, STR("c"), json_new_int(&arena, 4));
	json_set(o, STR("d"), json_new_int(&arena, 5));
	assert_true(
		str_eq(json_print(&arena, o), STR("{\"a\":2,\"b\":3,\"c\":4,\"d\":5}")));

	struct arena other;
	arena_init(&other, 0);
	char text[] = "{\"key\":[\"value\",1,{}]}";
	struct json *v = parse(str_of(text));
	struct json *copy = json_copy(&other, v);
	memset(text, '?', sizeof(text) - 1);
	assert_true(str_eq(json_print(&arena, copy), STR("{\"key\":[\"value\",1,{}]}")));
	/* A copy of a member stands alone. */
	json_add(list, json_copy(&arena, copy->first));
	arena_fini(&other);
}

static struct json *
random_value(struct chance *c, int depth)
{
	static const char *const texts[] = {"", "a", "quote\"", "back\\slash",
		"\x01\x1f\n", "\xC3\xA4\xE2\x82\xAC", "\xF0\x9F\x98\x80", "123456789"};
	struct json *v;
	uint64_t bits;
	double d;

	switch (chance_below(c, depth > 4 ? 6 : 8)) {
	case 0:
		return json_new_null(&arena);
	case 1:
		return json_new_bool(&arena, chance_below(c, 2));
	case 2:
		return json_new_int(
			&arena, (int64_t)chance_next(c) >> chance_below(c, 64));
	case 3:
		bits = chance_next(c);
		memcpy(&d, &bits, sizeof(d));
		return json_new_double(&arena, isfinite(d) ? d : 0.25);
	case 4:
		return json_new_double(&arena, (double)chance_below(c, 1000000) / 1000);
	case 5:
		return json_new_str(&arena,
			arena_printf(&arena, "%s%s", texts[chance_below(c, 8)],
				texts[chance_below(c, 8)]));
	case 6:
		v = json_new_array(&arena);
		for (uint64_t n = chance_below(c, 6); n; n--)
			json_add(v, random_value(c, depth + 1));
		return v;
	}
	v = json_new_object(&arena);
	for (uint64_t n = chance_below(c, 24); n; n--)
		json_set(v,
			arena_printf(&arena, "%s%d", texts[chance_below(c, 8)], (int)n),
			random_value(c, depth + 1));
	return v;
}

static void
test_what_is_printed_is_read_back(void **state)
{
	(void)state;
	struct chance c = {99};
	print_message("seed %llu\n", (unsigned long long)c.state);
	for (int i = 0; i < 2000; i++) {
		struct arena_mark mark = arena_mark(&arena);
		struct json *v = random_value(&c, 0);
		struct str text = json_print(&arena, v);
		struct json *back = parse(text);
		assert_true(json_eq(v, back));
		assert_true(str_eq(json_print(&arena, back), text));
		assert_true(json_eq(v, json_copy(&arena, back)));
		arena_reset(&arena, mark);
	}
}

/* Random damage to good documents must never be more than an error. */
static void
test_damaged_text(void **state)
{
	(void)state;
	struct chance c = {31};
	int good = 0;
	print_message("seed %llu\n", (unsigned long long)c.state);
	for (int i = 0; i < 20000; i++) {
		char text[] =
			"{\"a\":[1,2.5e3,\"\\u00e4\\n\",true,null],\"b\":{\"c\":\"\xC3\xA4\"}}";
		struct arena_mark mark = arena_mark(&arena);
		size_t n = chance_below(&c, sizeof(text));
		for (uint64_t k = chance_below(&c, 4); k; k--)
			text[chance_below(&c, sizeof(text) - 1)] = (char)chance_next(&c);
		/* In memory of its own size, so that reading over the end is found. */
		char *exact = mem_alloc(n ? n : 1);
		memcpy(exact, text, n);
		struct json *v;
		good += json_parse(&arena, (struct str){exact, n}, &v, NULL) == OK;
		free(exact);
		arena_reset(&arena, mark);
	}
	assert_true(good < 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_looking_up),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_errors_say_where_and_what),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_the_last_of_equal_names_counts),
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_making_and_copying),
		cmocka_unit_test(test_what_is_printed_is_read_back),
		cmocka_unit_test(test_damaged_text),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
