#include "wire/cel.h"

#include "base/limits.h"
#include "wire/zone.h"

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

static struct str
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b;
	if (!f)
		return (struct str){0};
	buf_init(&b, 4 << 20);
	for (;;) {
		char *room = buf_reserve(&b, 1 << 16);
		size_t n = room ? fread(room, 1, 1 << 16, f) : 0;
		b.n += n;
		if (n == 0)
			break;
	}
	fclose(f);
	struct str text = arena_str(&arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

static bool
zone_of_system(void *context, struct str name, int64_t utc, int32_t *offset)
{
	struct zone *z;
	(void)context;
	if (!zone_name_valid(name))
		return false;
	struct str file = read_file(
		arena_printf(&arena, "/usr/share/zoneinfo/%.*s", STR_ARG(name)).p);
	if (file.n == 0 || zone_parse(&arena, file, &z, NULL))
		return false;
	*offset = zone_offset(z, utc);
	return true;
}

static struct json *
parse(const char *json)
{
	struct json *tree;
	struct error e;
	if (json_parse(&arena, str_of(json), &tree, &e))
		fail_msg("%s: %s", json, e.text);
	return tree;
}

static struct str
typed(const struct cel_value *v)
{
	struct buf b;
	struct jsonw w;
	buf_init(&b, 1 << 24);
	jsonw_init(&w, &b);
	cel_write_typed(v, &w);
	struct str text = arena_str(&arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

/* Values to evaluate against: {"name": typed value, …}. */
struct bindings {
	struct cel_var *vars;
	const void **values;
	size_t n;
};

static struct bindings
bind(const struct json *in)
{
	size_t count = in ? in->count : 0;
	struct bindings b = {ARENA_ARRAY(&arena, struct cel_var, count),
		ARENA_ARRAY(&arena, const void *, count), 0};
	json_each(member, in) {
		struct cel_value *v = ARENA_NEW(&arena, struct cel_value);
		struct error e;
		if (cel_read_typed(&arena, member, v, &e))
			fail_msg("binding %.*s: %s", STR_ARG(member->key), e.text);
		/* The member's key is the variable's name; the value is handed over as
		 * what a variable of that type points at. */
		b.vars[b.n] = (struct cel_var){
			.name = arena_str(&arena, member->key).p, .type = CEL_DYN};
		b.values[b.n++] = v;
	}
	return b;
}

static enum err
evaluate(struct str expr, const struct json *bindings, bool unchecked,
	struct cel_value *out, struct error *e)
{
	struct bindings b = bind(bindings);
	struct cel_env env = {
		.vars = b.vars, .n = b.n, .unchecked = unchecked, .zone = zone_of_system};
	struct cel_program *p;
	enum err err = cel_compile(&arena, expr, &env, &p, e);
	return err ? err : cel_eval(p, b.values, &arena, out, e);
}

static void
gives(const char *expr, const char *value)
{
	struct cel_value v = {0};
	struct error e = {0};
	if (evaluate(str_of(expr), NULL, false, &v, &e))
		fail_msg("%s\n-> error: %s\nnot  %s", expr, e.text, value);
	struct str got = typed(&v);
	if (!str_eq(got, str_of(value)))
		fail_msg("%s\n-> %.*s\nnot  %s", expr, STR_ARG(got), value);
}

static void
is_true(const char *expr)
{
	gives(expr, "{\"bool\":true}");
}

static void
is_false(const char *expr)
{
	gives(expr, "{\"bool\":false}");
}

/* Compiles, and fails when evaluated. */
static void
fails(const char *expr, const char *part)
{
	struct cel_program *p;
	struct cel_value v = {0};
	struct error e = {0};
	struct cel_env env = {.zone = zone_of_system};
	if (cel_compile(&arena, str_of(expr), &env, &p, &e))
		fail_msg("%s: does not compile: %s", expr, e.text);
	assert_int_equal(cel_eval(p, NULL, &arena, &v, &e), ERR_INVALID);
	if (!strstr(e.text, part))
		fail_msg("%s\n-> %s\nnot  %s", expr, e.text, part);
}

/* The first says line, column and why. */
static void
refuses_in(const struct cel_env *env, const char *expr, int line, const char *part)
{
	struct cel_program *p = NULL;
	struct error e = {0};
	if (cel_compile(&arena, str_of(expr), env, &p, &e) != ERR_INVALID)
		fail_msg("%s: %s", expr, p ? "compiles" : e.text);
	if (e.line != line || !strstr(e.text, part))
		fail_msg("%s\n-> line %d: %s\nnot line %d: %s", expr, e.line, e.text,
			line, part);
}

static void
refuses(const char *expr, const char *part)
{
	struct cel_env env = {0};
	refuses_in(&env, expr, 1, part);
}

static void
literals(void **state)
{
	(void)state;
	gives("12", "{\"int\":\"12\"}");
	gives("-9223372036854775808", "{\"int\":\"-9223372036854775808\"}");
	gives("0xFFu", "{\"uint\":\"255\"}");
	gives("18446744073709551615u", "{\"uint\":\"18446744073709551615\"}");
	gives("[1.5, 2e3, .5, 1.0e-2, -0.5]",
		"{\"list\":[{\"double\":\"1.5\"},{\"double\":\"2000\"},{\"double\":\"0."
		"5\"},{\"double\":\"0.01\"},{\"double\":\"-0.5\"}]}");
	gives("null", "{\"null\":null}");
	gives("'a\\n\\x41\\101\\u00e9\\U0001F600\\''",
		"{\"string\":\"a\\nAA\xc3\xa9\xf0\x9f\x98\x80'\"}");
	gives("r'\\n' + R\"\\\"", "{\"string\":\"\\\\n\\\\\"}");
	gives("'''a\n'b' ''' + \"\"\"c\"\"\"", "{\"string\":\"a\\n'b' c\"}");
	gives("b'\\xff\\101z\xc3\xa9'", "{\"bytes_hex\":\"ff417ac3a9\"}");
	gives("br'\\x' + rb'a'", "{\"bytes_hex\":\"5c7861\"}");
	gives("{'a': [1, 2,], true: {}, 3u: null,}",
		"{\"map\":[[{\"string\":\"a\"},{\"list\":[{\"int\":\"1\"},{\"int\":\"2\"}"
		"]}],[{\"bool\":true},{\"map\":[]}],"
		"[{\"uint\":\"3\"},{\"null\":null}]]}");
	gives("1 // a comment\n + 2", "{\"int\":\"3\"}");
	refuses("9223372036854775808", "too large");
	refuses("18446744073709551616u", "too large");
	refuses("1e999", "too large");
	refuses("12ab", "a letter within a number");
	refuses("'abc", "not closed");
	refuses("'a\nb'", "not closed on its line");
	refuses("'\\q'", "an escape that does not exist");
	refuses("'\\x4'", "too few digits");
	refuses("'\\400'", "an escape");
	refuses("'\\ud800'", "no character");
	refuses("b'\\u0041'", "no character");
}

static void
syntax(void **state)
{
	(void)state;
	gives("1 + 2 * 3 - 4 / 2 % 3", "{\"int\":\"5\"}");
	gives("(1 + 2) * 3", "{\"int\":\"9\"}");
	gives("--1 - -2", "{\"int\":\"3\"}");
	gives("false ? 1 : true ? 2 : 3", "{\"int\":\"2\"}");
	is_true("!false && !!true");
	is_true("1 < 2 == true");
	is_true("{'a': {'b': 1}}.a.b == 1 && {'x-y': 2}.`x-y` == 2 && {'in': 1, 'if': "
		"3}.if == 3");
	refuses("", "the expression ends where an expression is expected");
	refuses("1 +", "ends where an expression");
	refuses("1 2", "an operator or the end is expected, not \"2\"");
	refuses("(1", "\")\"");
	refuses("[1", "\"]\"");
	refuses("{'a' 1}", "\":\"");
	refuses("true ? 1", "\":\"");
	refuses("a = 1", "write \"==\"");
	refuses("true & false", "write \"&&\"");
	refuses("f(1,)", "an expression");
	refuses("if", "reserved");
	refuses("{'a': 1}.'b'", "a field's name");
	refuses("a.b.{}", "a field's name");
	refuses("Message{a: 1}", "messages are not supported");
	refuses("#", "no meaning");
	refuses("`a`", "an expression is expected");
	struct cel_env env = {0};
	refuses_in(&env, "true &&\n  nope", 2, "column 3: there is no variable \"nope\"");
	refuses_in(&env, "true\xff", 1, "UTF-8");
}

static void
logic(void **state)
{
	(void)state;
	is_false("false && 1 / 0 == 0");
	is_false("1 / 0 == 0 && false");
	is_true("true || 1 / 0 == 0");
	is_true("1 / 0 == 0 || true");
	is_true("1 / 0 == 0 || 1 / 0 == 1 || true || 1 / 0 == 2");
	fails("true && 1 / 0 == 0", "division by zero");
	fails("1 / 0 == 0 || false", "division by zero");
	fails("1 / 0 == 0 ? 1 : 2", "division by zero");
	fails("!(1 / 0 == 0)", "division by zero");
	fails("dyn(1) && true", "take bools");
	fails("dyn(1) ? 1 : 2", "is a bool");
	fails("!dyn(1)", "takes a bool");
	is_true("true || dyn(1)");
	refuses("1 && true", "\"&&\" takes bools, not int");
	refuses("true || 'a'", "\"||\" takes bools, not string");
	refuses("!1", "takes a bool, not int");
	refuses("1 ? 2 : 3", "is a bool, not int");
	refuses("true ? 2 : 'a'", "of one type");
}

static void
arithmetic(void **state)
{
	(void)state;
	fails("9223372036854775807 + 1", "out of range");
	fails("-9223372036854775808 - 1", "out of range");
	fails("9223372036854775807 * 2", "out of range");
	fails("-(-9223372036854775808)", "out of range");
	fails("-9223372036854775808 / -1", "out of range");
	fails("-9223372036854775808 % -1", "out of range");
	fails("1 % 0", "modulus by zero");
	fails("1u / 0u", "division by zero");
	fails("1u - 2u", "out of range");
	fails("18446744073709551615u + 1u", "out of range");
	fails("18446744073709551615u * 2u", "out of range");
	gives("1.0 / 0.0", "{\"double\":\"Infinity\"}");
	gives("-7 / 2 * 10 + -7 % 2", "{\"int\":\"-31\"}");
	gives("7u % 4u", "{\"uint\":\"3\"}");
	gives("'a' + 'b'", "{\"string\":\"ab\"}");
	gives("[1] + [] + ['a']", "{\"list\":[{\"int\":\"1\"},{\"string\":\"a\"}]}");
	refuses("1 + 1.0", "\"+\" does not take int and double; convert one");
	refuses("1 + 'a'", "does not take int and string");
	refuses("1.5 % 2.0", "does not take");
	refuses("'a' - 'b'", "does not take");
	refuses("-'a'", "takes an int or a double");
	refuses("-1u", "takes an int or a double");
	fails("dyn(1) + 'a'", "does not take these types");
	fails("dyn(1.5) % 2.0", "takes no doubles");
}

static void
comparisons(void **state)
{
	(void)state;
	is_true("1 == 1.0 && 1u == 1 && 2 > 1.5 && 1u < 2.5 && -1 < 0u && 0u > -1");
	is_true("18446744073709551615u > 9223372036854775807 && 9223372036854775807 < "
		"18446744073709551615u");
	is_false("0.0 / 0.0 == 0.0 / 0.0");
	is_true("0.0 / 0.0 != 0.0 / 0.0");
	is_false("0.0 / 0.0 < 1.0 || 0.0 / 0.0 >= 1.0 || 1 < 0.0 / 0.0");
	is_true("'a' < 'b' && b'a' <= b'a' && false < true && 'Z' < 'a'");
	is_true("[1, [2.0]] == [1u, [2]] && [1] != [1, 2]");
	is_true("{'a': 1, 'b': [null]} == {'b': [null], 'a': 1.0} && {'a': 1} != {'b': "
		"1}");
	is_true("type(1) == int && type(type(1)) == type && type('') != bytes && "
		"type(null) == null_type");
	is_true("dyn(1) != 'a' && dyn(null) == null && dyn([]) != dyn({})");
	is_true("2 in [1, 2] && !(3 in [1, 2]) && 2.0 in [1, 2] && 'a' in {'a': 1} && "
		"!('b' in {'a': 1})");
	fails("dyn(1) < 'a'", "no order");
	fails("dyn([1]) < dyn([2])", "no order");
	fails("1 in dyn(2)", "takes a list or a map");
	refuses("1 == 'a'", "\"==\" does not take int and string");
	refuses("[1] < [2]", "\"<\" does not take list and list");
	refuses("null < null", "does not take");
	refuses("1 in ['a']", "does not take int and list");
	refuses("1 in 2", "does not take int and int");
	refuses("'a' in {1: 2}", "does not take string and map");
}

static void
members(void **state)
{
	(void)state;
	gives("[10, 20][1]", "{\"int\":\"20\"}");
	gives("[10, 20][dyn(1.0)] + [10, 20][dyn(0u)]", "{\"int\":\"30\"}");
	gives("{'a': 1}['a'] + {1: 2}[1.0] + {2u: 3}[2]", "{\"int\":\"6\"}");
	is_true("has({'a': 1}.a) && !has({'a': 1}.b) && has({'a': {'b': 1}}.a.b)");
	fails("[1][1]", "behind the end");
	fails("[1][-1]", "whole number from 0");
	fails("[1][dyn(0.5)]", "whole number from 0");
	fails("{'a': 1}.b", "there is no key \"b\"");
	fails("{'a': 1}['b']", "no such key");
	fails("dyn(1).a", "only maps have fields");
	fails("has(dyn(1).a)", "only maps have fields");
	fails("dyn(1)[0]", "only lists and maps");
	fails("{'a': 1, 'a': 2}.a", "twice");
	fails("{1: 1, 1u: 2}", "twice");
	fails("{dyn(1.5): 1}", "a key of a map must be");
	refuses("{1.5: 1}", "a key is a bool");
	refuses("has(1)", "has() takes a field");
	refuses("(1).a", "only maps and structs have fields, not int");
	refuses("'abc'[0]", "only lists and maps have an index, not string");
	refuses("[1]['a']", "the index of a list is an int, not string");
	refuses("{'a': 1}[1]", "the key must be of the type");
	refuses("{1: 1}.a", "are no strings");
}

static void
macros(void **state)
{
	(void)state;
	is_true("[1, 2].all(x, x > 0) && [].all(x, false) && !([1, 2].all(x, x > 1))");
	is_true("[1, 2].exists(x, x == 2) && !([].exists(x, true)) && {'a': 1}.exists(k, "
		"k == 'a')");
	is_true("[1, 2, 3].exists_one(x, x == 2) && ![2, 2].existsOne(x, x == 2)");
	is_true("[1, 2, 3].map(x, x * 2) == [2, 4, 6] && [1, 2, 3].map(x, x > 1, x * 2) "
		"== [4, 6]");
	is_true("[1, 2, 3].filter(x, x % 2 == 1) == [1, 3] && {'a': 1, 'b': 2}.filter(k, "
		"k != 'a') == ['b']");
	is_true("[[1, 2], [3]].map(l, l.map(x, x + size(l))) == [[3, 4], [4]]");
	is_true("[1, 2].map(x, [3, 4].filter(y, y > x).map(y, x * y)) == [[3, 4], [6, "
		"8]]");
	is_true("[1].all(x, [2].all(x, x == 2) && x == 1)");
	/* A later element may decide although an earlier one failed. */
	is_false("[0, 1].all(x, 1 / x == 2)");
	is_true("[0, 1].exists(x, 1 / x == 1)");
	fails("[0, 1].all(x, 1 / x == 1)", "division by zero");
	fails("[0, 2].exists(x, 1 / x == 1)", "division by zero");
	fails("[1, 0].exists_one(x, 1 / x == 1)", "division by zero");
	fails("[0].map(x, 1 / x)", "division by zero");
	fails("[0].map(x, 1 / x > 0, x)", "division by zero");
	fails("[0].filter(x, 1 / x > 0)", "division by zero");
	fails("[1].all(x, dyn(x))", "condition of a macro");
	fails("[1].filter(x, dyn(x))", "condition of a macro");
	fails("[1].map(x, dyn(x), x)", "condition of a macro");
	fails("dyn(1).all(x, true)", "runs over a list or a map");
	fails("dyn({})['a'].all(x, true)", "no such key");
	is_true("true || [1].map(x, 1 / 0).size() == 0");
	refuses("[1].all(1, true)", "a variable's name");
	refuses("[1].all(x, x)", "a condition is a bool, not int");
	refuses("(1).all(x, true)", "runs over a list or a map, not int");
	refuses("[1].all(x, true) && x", "there is no variable \"x\"");
}

static void
functions(void **state)
{
	(void)state;
	is_true("size('h\xc3\xa9') == 2 && 'h\xc3\xa9'.size() == 2 && size(b'h\xc3\xa9') "
		"== 3 && [1].size() == 1 && size({}) == 0");
	is_true("'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('bc') "
		"&& !'abc'.contains('x')");
	is_true("'abc'.matches('^a.c$') && matches('xaby', 'a+b') && "
		"!'a\\n'.matches('^a$') && 'A'.matches('(?i)a')");
	is_true("'\xc3\xa9'.matches('^.$') && 'x1'.matches('^[[:alpha:]]\\\\d$') && "
		"'ab'.matches('(?P<n>a)(?:b)')");
	is_true("int('12') == 12 && int(3.9) == 3 && int(-3.9) == -3 && int(7u) == 7 && "
		"int(timestamp(5)) == 5");
	is_true("uint('12') == 12u && uint(3.9) == 3u && double('1.5') == 1.5 && "
		"double('-inf') < 0.0");
	is_true("string(1) == '1' && string(1.5) == '1.5' && string(true) == 'true' && "
		"string(b'a') == 'a' && string(2u) == '2'");
	is_true("bytes('a') == b'a' && bool('true') && !bool('f') && type(dyn(1)) == "
		"int");
	fails("int('a')", "no int");
	fails("int(1e19)", "range of int");
	fails("int(9223372036854775808u)", "range of int");
	fails("uint(-1)", "range of uint");
	fails("uint(-1.0)", "range of uint");
	fails("uint('-1')", "no uint");
	fails("double('x')", "no double");
	fails("bool('yes')", "no bool");
	fails("string(b'\\xff')", "UTF-8");
	fails("size(dyn(1))", "does not take a value of this type");
	fails("'a'.matches(dyn('('))", "not valid");
	refuses("size(1)", "size() does not take int here");
	refuses("size()", "wrong number of arguments");
	refuses("contains('a', 'b')", "not called like this");
	refuses("siz('a')", "there is no function \"siz\"; did you mean \"size\"?");
	refuses("'a'.matches('(')",
		"the regular expression: missing closing parenthesis");
	refuses("'a'.matches('(?=a)')", "RE2");
	refuses("'a'.matches('(a)\\\\1')", "RE2");
	refuses("'a'.matches('a++')", "RE2");
	refuses("'a'.matches('(*UTF)a')", "RE2");
	refuses("'a'.matches('(?>a)')", "RE2");
	refuses("'a'.matches('(?<!a)b')", "RE2");
}

static void
times(void **state)
{
	(void)state;
	gives("timestamp('2026-02-28T23:59:59.25+01:00')",
		"{\"timestamp\":\"2026-02-28T22:59:59.25Z\"}");
	gives("timestamp('2024-02-29T00:00:00Z') + duration('24h')",
		"{\"timestamp\":\"2024-03-01T00:00:00Z\"}");
	gives("timestamp('1969-12-31T23:59:59.5Z') - timestamp(0)",
		"{\"duration\":\"-0.5s\"}");
	gives("duration('1h30m0.5s')", "{\"duration\":\"5400.5s\"}");
	gives("duration('-1.5ms') + duration('1us')", "{\"duration\":\"-0.001499s\"}");
	is_true("duration('0') == duration('0s') && duration('90s') > duration('1m') && "
		"duration('1.5h').getMinutes() == 90");
	is_true("duration('-90s').getSeconds() == -90 && "
		"duration('1.25s').getMilliseconds() == 250");
	is_true("timestamp('2026-01-04T00:00:00Z').getDayOfWeek() == 0 && "
		"timestamp('2026-12-31T12:00:00Z').getDayOfYear() == 364");
	is_true("timestamp('2026-03-05T06:07:08.009Z').getMilliseconds() == 9 && "
		"timestamp('2026-03-05T06:07:08Z').getMonth() == 2");
	is_true("timestamp('2026-03-05T06:07:08Z').getDate() == 5 && "
		"timestamp('2026-03-05T06:07:08Z').getDayOfMonth() == 4");
	is_true("timestamp('2026-01-01T00:30:00Z').getFullYear('-01:00') == 2025");
	is_true("timestamp('0001-01-01T00:00:00Z') < timestamp('9999-12-31T23:59:59Z')");
	is_true("type(timestamp(0)) == google.protobuf.Timestamp && string(timestamp(0)) "
		"== '1970-01-01T00:00:00Z'");
	is_true("string(duration('1000000s')) == '1000000s'");
	fails("timestamp('2026-02-29T00:00:00Z')", "no timestamp");
	fails("timestamp('2026-01-01T24:00:00Z')", "no timestamp");
	fails("timestamp('2026-01-01T00:00:00')", "no timestamp");
	fails("timestamp('2026-01-01T00:00:00.Z')", "no timestamp");
	fails("timestamp('0000-12-31T00:00:00Z')", "no timestamp");
	fails("timestamp(253402300800)", "no timestamp");
	fails("duration('1')", "no duration");
	fails("duration('')", "no duration");
	fails("duration('1x')", "no duration");
	fails("duration('9223372037s')", "no duration");
	fails("duration('9223372036s') + duration('9223372036s')", "out of range");
	fails("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "out of range");
	fails("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
		"out of range");
	fails("timestamp(0).getHours('Mars/Olympus')", "no such time zone");
	fails("timestamp(0).getHours('../../etc/passwd')", "no such time zone");
	fails("dyn(duration('1s')).getHours('UTC')", "no time zone");
	refuses("timestamp(0) + 1", "does not take");
}

enum { MOOD_BAD, MOOD_GOOD };
static const char *const moods[] = {"bad", "good", NULL};

struct address {
	struct str city;
	int64_t since;
};

struct person {
	struct str name;
	bool vip;
	int64_t orders;
	double spent;
	int mood;
	int64_t waits;
	struct address home;
	struct address *work;
	struct items addresses, tags, scores, by_name;
	struct json *extra;
	struct str secret;
};

static const struct field address_fields[] = {
	FIELD(struct address, city, SCHEMA_STR),
	FIELD(struct address, since, SCHEMA_INT),
};
static const struct schema address_schema =
	SCHEMA("address", struct address, address_fields, "where");
static const struct field person_fields[] = {
	FIELD(struct person, name, SCHEMA_STR),
	FIELD(struct person, vip, SCHEMA_BOOL),
	FIELD(struct person, orders, SCHEMA_INT),
	FIELD(struct person, spent, SCHEMA_DOUBLE),
	FIELD(struct person, mood, SCHEMA_ENUM, .names = moods),
	FIELD(struct person, waits, SCHEMA_DURATION),
	FIELD(struct person, home, SCHEMA_OBJECT, .of = &address_schema),
	FIELD(struct person, work, SCHEMA_OPTIONAL, .of = &address_schema),
	FIELD(struct person, addresses, SCHEMA_LIST, .of = &address_schema),
	FIELD(struct person, tags, SCHEMA_STRS),
	FIELD(struct person, scores, SCHEMA_DOUBLES),
	FIELD(struct person, by_name, SCHEMA_MAP, .of = &address_schema),
	FIELD(struct person, extra, SCHEMA_JSON),
	FIELD(struct person, secret, SCHEMA_STR, .secret = true),
};
static const struct schema person_schema =
	SCHEMA("person", struct person, person_fields, "who");

static const struct cel_var person_vars[] = {
	{.name = "person", .type = CEL_STRUCT, .schema = &person_schema},
	{.name = "nobody", .type = CEL_STRUCT, .schema = &person_schema},
	{.name = "data", .type = CEL_JSON},
	{.name = "nothing", .type = CEL_JSON},
	{.name = "text", .type = CEL_STRING},
	{.name = "count", .type = CEL_INT},
	{.name = "flag", .type = CEL_BOOL},
	{.name = "now", .type = CEL_TIMESTAMP},
	{.name = "wait", .type = CEL_DURATION},
	{.name = "ratio", .type = CEL_DOUBLE},
	{.name = "big", .type = CEL_UINT},
	{.name = "raw", .type = CEL_BYTES},
	{.name = "request.id", .type = CEL_STRING},
};
#define PERSON_VARS (sizeof(person_vars) / sizeof(person_vars[0]))

static const struct cel_env person_env = {.vars = person_vars, .n = PERSON_VARS};

static enum err
evaluate_person(const char *expr, struct cel_value *out, struct error *e)
{
	static struct address list[] = {
		{STR_INIT("Rome"), 1990}, {STR_INIT("Oslo"), 2010}};
	static struct str tags[] = {STR_INIT("new"), STR_INIT("loud")};
	static double scores[] = {0.5, 2};
	struct person person = {
		.name = STR("Ana"),
		.vip = true,
		.orders = 3,
		.spent = 99.5,
		.mood = MOOD_GOOD,
		.waits = 1500,
		.home = {STR("Bern"), 2000},
		.addresses = {list, 2},
		.tags = {tags, 2},
		.scores = {scores, 2},
		.by_name = {list, 2},
		.extra = parse("{\"a\":{\"b\":[1,2.5,null]},\"n\":null}"),
		.secret = STR("hush"),
	};
	bool flag = true;
	int64_t count = 7, now = 1767323045678, wait = 250;
	double ratio = 0.25;
	uint64_t big = UINT64_MAX;
	struct str text = STR("hello"), raw = STR("\xff"), id = STR("r1");
	struct json *data =
		parse("{\"tier\":\"vip\",\"list\":[3,1],\"deep\":{\"x\":true}}");
	const void *values[PERSON_VARS] = {&person, NULL, data, NULL, &text, &count,
		&flag, &now, &wait, &ratio, &big, &raw, &id};
	struct cel_program *p;
	enum err err = cel_compile(&arena, str_of(expr), &person_env, &p, e);
	if (err)
		return err;
	err = cel_eval(p, values, &arena, out, e);
	/* What points into the structs above must be read before they go. */
	if (!err && out->type != CEL_BOOL)
		*out = (struct cel_value){.type = CEL_STRING, .s = typed(out)};
	return err;
}

static void
person_true(const char *expr)
{
	struct cel_value v = {0};
	struct error e = {0};
	if (evaluate_person(expr, &v, &e))
		fail_msg("%s\n-> error: %s", expr, e.text);
	if (v.type != CEL_BOOL || !v.b)
		fail_msg("%s is not true", expr);
}

static void
person_fails(const char *expr, const char *part)
{
	struct cel_value v = {0};
	struct error e = {0};
	assert_int_equal(evaluate_person(expr, &v, &e), ERR_INVALID);
	if (!strstr(e.text, part))
		fail_msg("%s\n-> %s\nnot  %s", expr, e.text, part);
}

static void
structs(void **state)
{
	(void)state;
	person_true("person.name == 'Ana' && person.vip && person.orders == 3 && "
		    "person.spent > 99.0 && person.mood == 'good'");
	person_true("person.waits == duration('1500ms') && person.home.city == 'Bern' && "
		    "person.home.since < 2001");
	person_true("person.work == null && !has(person.work) && has(person.name) && "
		    "has(person.vip) && !has(person.work.city)");
	person_true("person.addresses.exists(a, a.city == 'Oslo' && a.since == 2010) && "
		    "person.addresses[0].city == 'Rome'");
	person_true("'loud' in person.tags && person.tags == ['new', 'loud'] && "
		    "person.scores.map(s, s * 2.0) == [1.0, 4.0]");
	person_true("person.by_name.Oslo.since == 2010 && 'Rome' in person.by_name && "
		    "person.by_name.all(k, size(k) == 4)");
	person_true("person.extra.a.b == [1, 2.5, null] && has(person.extra.a) && "
		    "!has(person.extra.z) && person.extra.n == null");
	person_true("has(person.home.city) && size(person.addresses) == 2 && "
		    "person.addresses[1] == person.by_name['Oslo']");
	person_true("dyn(person).home.city == 'Bern' && dyn(person)['name'] == 'Ana' && "
		    "'name' in dyn(person)");
	person_true("person == person && person.home != person.addresses[0]");
	person_true(
		"[person.home, person.addresses[0]].map(a, a.city) == ['Bern', 'Rome']");
	person_true("(person.vip ? person.home : person.addresses[0]).city == 'Bern'");
	person_fails("person.work.city == 'x'", "the struct is absent");
	person_fails("nobody.name == 'x'", "there is no value");
	person_fails("person.extra.z == 1", "there is no key \"z\"");
	person_fails("dyn(person).zzz", "there is no field \"zzz\"");
	person_fails("dyn(person).secret", "there is no field \"secret\"");
	person_true("!has(nobody.name) && (nobody.name == 'x' || true)");
	refuses_in(&person_env, "person.nam", 1,
		"there is no field \"nam\"; did you mean \"name\"?");
	refuses_in(&person_env, "person.secret", 1, "is secret");
	refuses_in(&person_env, "has(person.secret)", 1, "is secret");
	refuses_in(&person_env, "persn.name", 1,
		"there is no variable \"persn\"; did you mean \"person\"?");
	refuses_in(&person_env, "person.home.cty", 1, "did you mean \"city\"?");
	refuses_in(&person_env, "person.addresses.exists(a, a.cty == '')", 1,
		"did you mean \"city\"?");
	refuses_in(&person_env, "person.mood == 'goood'", 1,
		"never \"goood\"; did you mean \"good\"?");
	refuses_in(&person_env, "'x' != person.mood", 1, "never \"x\"");
	refuses_in(&person_env, "person.mood in ['good', 'badd']", 1,
		"did you mean \"bad\"?");
	refuses_in(&person_env, "person.orders == 'many'", 1,
		"does not take int and string");
	refuses_in(&person_env, "person.home == person", 1,
		"does not take address and person");
	refuses_in(&person_env, "person.name.x", 1, "only maps and structs");
}

static void
variables(void **state)
{
	(void)state;
	person_true("text == 'hello' && count == 7 && flag && ratio == 0.25 && big == "
		    "18446744073709551615u && raw == b'\\xff'");
	person_true("now == timestamp('2026-01-02T03:04:05.678Z') && wait == "
		    "duration('250ms')");
	person_true("data.tier in ['vip', 'premium'] && data.list[0] == 3 && 1 in "
		    "data.list && data.deep.x && !has(data.none)");
	person_true("data.list.map(x, x + 1) == [4, 2] && data.exists(k, k == 'deep') && "
		    "size(data) == 3");
	person_true("data.list + [2] == [3, 1, 2] && data == {'tier': 'vip', 'list': [3, "
		    "1], 'deep': {'x': true}}");
	person_true("request.id == 'r1' && [1].all(text, text == 1) && [1].all(text, "
		    ".text == 'hello')");
	person_true("!has(nothing.x) && (nothing.x == 1 || true)");
	person_fails("nothing.x == 1", "there is no value");
	person_fails("data.none == 1", "there is no key \"none\"");
	struct cel_program *p;
	assert_int_equal(cel_compile(&arena, STR("count > 1 || person.vip"), &person_env,
				 &p, NULL),
		OK);
	for (size_t i = 0; i < PERSON_VARS; i++)
		assert_int_equal(cel_uses(p, i), i == 0 || i == 5);
	assert_int_equal(cel_result(p), CEL_BOOL);
	assert_int_equal(cel_compile(&arena, STR("data.x"), &person_env, &p, NULL), OK);
	assert_int_equal(cel_result(p), CEL_DYN);
	struct error e;
	assert_int_equal(cel_compile_rule(&arena, STR("count + 1"), &person_env, &p, &e),
		ERR_INVALID);
	assert_non_null(strstr(e.text, "a rule gives a bool, not int"));
	assert_int_equal(
		cel_compile_rule(&arena, STR("data.x"), &person_env, &p, NULL), OK);
	bool matched;
	const void *values[PERSON_VARS] = {[2] = parse("{\"x\":1}")};
	assert_int_equal(cel_test(p, values, &arena, &matched, &e), ERR_INVALID);
	values[2] = parse("{\"x\":true}");
	assert_int_equal(cel_test(p, values, &arena, &matched, &e), OK);
	assert_true(matched);
}

/* A rule that compares and looks up takes no memory. */
static void
no_allocation(void **state)
{
	(void)state;
	struct cel_program *p;
	struct person person = {.name = STR("Ana"), .mood = MOOD_BAD};
	struct json *data = parse("{\"tier\":\"vip\"}");
	const void *values[PERSON_VARS] = {[0] = &person, [2] = data};
	const char *rule = "person.mood == 'bad' && data.tier in ['premium', 'vip'] && "
			   "person.name.startsWith('A') && !has(data.x)";
	assert_int_equal(
		cel_compile_rule(&arena, str_of(rule), &person_env, &p, NULL), OK);
	struct arena scratch;
	bool matched = false;
	arena_init(&scratch, 0);
	assert_int_equal(cel_test(p, values, &scratch, &matched, NULL), OK);
	assert_true(matched);
	assert_int_equal(scratch.total, 0);
	arena_fini(&scratch);
}

static void
limit(const char *expr, const char *name)
{
	struct cel_value v = {0};
	struct error e = {0};
	enum err err = evaluate(str_of(expr), NULL, false, &v, &e);
	if (err != ERR_LIMIT || !strstr(e.text, name))
		fail_msg("%.100s\n-> %d %s\nnot  %s", expr, err, e.text, name);
}

static const char *
repeated(const char *before, const char *part, int times, const char *after)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_add_str(&b, str_of(before));
	for (int i = 0; i < times; i++)
		buf_add_str(&b, str_of(part));
	buf_add_str(&b, str_of(after));
	const char *text = arena_str(&arena, buf_str(&b)).p;
	buf_fini(&b);
	return text;
}

static void
limits(void **state)
{
	(void)state;
	limit(repeated("'", "x", CEL_EXPR_MAX, "'"), "CEL_EXPR_MAX");
	limit(repeated("", "(", CEL_DEPTH_MAX + 1, "1"), "CEL_DEPTH_MAX");
	limit(repeated("1", "+1", CEL_DEPTH_MAX + 1, ""), "CEL_DEPTH_MAX");
	limit(repeated("", "[", CEL_DEPTH_MAX + 1, "1"), "CEL_DEPTH_MAX");
	refuses(repeated("", "-", CEL_DEPTH_MAX + 2, "x"), "CEL_DEPTH_MAX");
	is_true(repeated("true", " && true", 400, ""));
	is_true(repeated("", "!", 40, "true"));
	gives(repeated("1", "+1", CEL_DEPTH_MAX - 1, ""), "{\"int\":\"64\"}");
	const char *loops = repeated("", "[1].all(x, ", CEL_LOOPS_MAX + 1, "true");
	limit(repeated(loops, ")", CEL_LOOPS_MAX + 1, ""), "CEL_LOOPS_MAX");
	loops = repeated("", "[1].all(x, ", CEL_LOOPS_MAX, "true");
	is_true(repeated(loops, ")", CEL_LOOPS_MAX, ""));
	const char *ten = "[0,1,2,3,4,5,6,7,8,9]";
	struct str five = arena_printf(&arena,
		"%s.all(a, %s.all(b, %s.all(c, %s.all(d, %s.all(e, a + b + c + d + e < "
		"99)))))",
		ten, ten, ten, ten, ten);
	limit(five.p, "CEL_COST_MAX");
	/* A limit is not an error that || could absorb. */
	limit(arena_printf(&arena, "%s || true", five.p).p, "CEL_COST_MAX");
	struct str pattern = arena_printf(
		&arena, "'%sb'.matches('^(a|aa)+$')", repeated("", "a", 100, ""));
	fails(pattern.p, "too many steps");
	/* The processor's code has no room for this, the interpreter has. */
	pattern = arena_printf(
		&arena, "'%s'.matches('^(\\\\w|-)*$')", repeated("", "a", 3000, ""));
	is_true(pattern.p);
	refuses(repeated("'a'.matches('", "x", CEL_PATTERN_MAX + 1, "')"),
		"CEL_PATTERN_MAX");
	struct json *deep = parse("[1]");
	for (int i = 0; i < JSON_DEPTH_MAX - 2; i++) {
		struct json *outer = json_new_array(&arena);
		json_add(outer, deep);
		deep = outer;
	}
	const struct cel_var vars[] = {{.name = "x", .type = CEL_JSON}};
	const struct cel_env env = {.vars = vars, .n = 1};
	const void *values[] = {deep};
	struct cel_program *p;
	struct cel_value v = {0};
	assert_int_equal(cel_compile(&arena, STR("[x] == [x]"), &env, &p, NULL), OK);
	assert_int_equal(cel_eval(p, values, &arena, &v, NULL), OK);
	assert_true(v.b);
}

/* Many values on the stack at once, a loop around them, and the largest map literal
 * that fits. */
static void
large_expressions(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_printf(&b, "[1, 2].map(x, [x");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, ", x");
	buf_printf(&b, "].size())");
	gives(b.p, "{\"list\":[{\"int\":\"301\"},{\"int\":\"301\"}]}");
	buf_clear(&b);
	buf_printf(&b, "{");
	for (int i = 0; i < 400; i++)
		buf_printf(&b, "%d:%d,", i, i);
	buf_printf(&b, "}[399]");
	gives(b.p, "{\"int\":\"399\"}");
	buf_fini(&b);
}

static void
plain_json(void **state)
{
	(void)state;
	struct cel_value v = {0};
	struct buf b;
	struct jsonw w;
	buf_init(&b, 1 << 16);
	jsonw_init(&w, &b);
	struct error e = {0};
	const char *expr = "{'a': [1, 2u, 1.5, null, true], 'b': b'\\xff', 't': "
			   "timestamp(0), 'd': duration('1s'), 'y': type(1), 1: 2,"
			   "false: 18446744073709551615u, 3u: 'x'}";
	if (evaluate(str_of(expr), NULL, false, &v, &e))
		fail_msg("%s", e.text);
	cel_write_json(&v, &w);
	assert_string_equal(b.p,
		"{\"a\":[1,2,1.5,null,true],\"b\":\"/"
		"w==\",\"t\":\"1970-01-01T00:00:00Z\",\"d\":\"1s\",\"y\":\"int\",\"1\":2,"
		"\"false\":18446744073709551615,\"3\":\"x\"}");
	buf_fini(&b);
}

/* Reading back what was written gives the same value. */
static void
typed_form(void **state)
{
	(void)state;
	const char *good[] = {"{\"int\":\"-5\"}", "{\"uint\":\"18446744073709551615\"}",
		"{\"double\":\"1.5\"}", "{\"double\":\"-Infinity\"}", "{\"bool\":true}",
		"{\"null\":null}", "{\"string\":\"x\"}", "{\"bytes_hex\":\"00ff\"}",
		"{\"list\":[{\"int\":\"1\"},{\"list\":[]}]}",
		"{\"map\":[[{\"string\":\"k\"},{\"null\":null}]]}",
		"{\"type\":\"google.protobuf.Duration\"}",
		"{\"timestamp\":\"2026-01-02T03:04:05Z\"}", "{\"duration\":\"-1.5s\"}"};
	const char *bad[] = {"1", "{}", "{\"int\":\"x\"}", "{\"int\":null}",
		"{\"int\":\"1\",\"uint\":\"1\"}", "{\"bool\":1}", "{\"null\":1}",
		"{\"string\":1}", "{\"bytes_hex\":\"0\"}", "{\"bytes_hex\":1}",
		"{\"list\":1}", "{\"map\":[1]}", "{\"map\":[[{\"int\":\"1\"}]]}",
		"{\"map\":[[{\"double\":\"1\"},{\"null\":null}]]}", "{\"type\":\"x\"}",
		"{\"what\":1}", "{\"timestamp\":\"x\"}", "{\"duration\":\"x\"}",
		"{\"list\":[1]}", "{\"uint\":\"-1\"}"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct cel_value v = {0};
		assert_int_equal(cel_read_typed(&arena, parse(good[i]), &v, NULL), OK);
		struct str text = typed(&v);
		if (!str_eq(text, str_of(good[i])))
			fail_msg("%s -> %.*s", good[i], STR_ARG(text));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cel_value v = {0};
		if (cel_read_typed(&arena, parse(bad[i]), &v, NULL) != ERR_INVALID)
			fail_msg("%s is read", bad[i]);
	}
	struct cel_value v = {0};
	assert_int_equal(cel_read_typed(&arena, parse("{\"int\":5}"), &v, NULL), OK);
	assert_int_equal(v.i, 5);
}

/* Leaves to evaluation what checking would refuse. */
static void
unchecked(void **state)
{
	(void)state;
	struct cel_value v = {0};
	struct error e = {0};
	const struct json *none = parse("{}");
	assert_int_equal(evaluate(STR("nope || true"), none, true, &v, NULL), OK);
	assert_true(v.b);
	assert_int_equal(evaluate(STR("nope.a.b(1) || true"), none, true, &v, NULL), OK);
	assert_int_equal(evaluate(STR("nope"), none, true, &v, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "there is no variable \"nope\""));
	assert_int_equal(evaluate(STR("f(1)"), none, true, &v, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "there is no function \"f\""));
	assert_int_equal(evaluate(STR("1 + 'a'"), none, true, &v, &e), ERR_INVALID);
	assert_int_equal(evaluate(STR("1 + "), none, true, &v, &e), ERR_INVALID);
	assert_int_equal(evaluate(STR("a.b.c"),
				 parse("{\"a.b\":{\"map\":[[{\"string\":\"c\"},{\"int\":"
				       "\"1\"}]]},\"a.b.c\":{\"int\":\"2\"}}"),
				 false, &v, NULL),
		OK);
	assert_int_equal(v.i, 2);
}

/* Whatever is written: compiling and evaluating end, and checked and unchecked agree
 * where both give a value. */
static void
random_expressions(void **state)
{
	(void)state;
	static const char *const operands[] = {"1", "2u", "1.5", "'a'", "b'a'", "true",
		"false", "null", "x", "y", "x.a", "x.a[0]", "x.a[1].a", "x.none",
		"y.extra", "y.vip", "y.name", "y.home", "y.work", "[1, 2]", "{'a': 1}",
		"(1 / 0)", "size(x.a)", "has(x.a)", "has(y.work)", "x.a.all(e, e == 1)",
		"[1, 2].map(e, e + 1)", "x.a.filter(e, e != 2)", "timestamp(0)",
		"duration('1s')", "dyn(2)", "type(1)", "-1", "!true", "'a'.contains('b')",
		"[", "(", ")", "]"};
	static const char *const operators[] = {"+", "-", "*", "/", "%", "==", "!=", "<",
		">=", " in ", "&&", "||", "?", ":", ",", "."};
	const struct cel_var vars[] = {{.name = "x", .type = CEL_JSON},
		{.name = "y", .type = CEL_STRUCT, .schema = &person_schema}};
	const unsigned seed = 20260103;
	unsigned chance = seed;
	int values = 0;
	struct buf text;
	buf_init(&text, 1 << 16);
	for (int round = 0; round < 30000; round++) {
		buf_clear(&text);
		arena_clear(&arena);
		for (int i = 0; i < 3; i++) {
			chance = chance * 1664525 + 1013904223;
			if (i > 0)
				buf_add_str(&text,
					str_of(operators[(chance >> 8) %
						(sizeof(operators) /
							sizeof(operators[0]))]));
			buf_add_str(&text,
				str_of(operands[(chance >> 16) %
					(sizeof(operands) / sizeof(operands[0]))]));
		}
		struct person person = {.extra = parse("[1]")};
		const void *with[] = {parse("{\"a\":[1,{\"a\":2}]}"), &person};
		struct cel_env env = {.vars = vars, .n = 2};
		struct cel_program *p, *q;
		struct cel_value a, b;
		enum err err = cel_compile(&arena, buf_str(&text), &env, &p, NULL);
		if (err)
			continue;
		env.unchecked = true;
		assert_int_equal(cel_compile(&arena, buf_str(&text), &env, &q, NULL), OK);
		err = cel_eval(p, with, &arena, &a, NULL);
		assert_int_equal(cel_eval(q, with, &arena, &b, NULL), err);
		if (!err && !str_eq(typed(&a), typed(&b)))
			fail_msg("seed %u round %d: %s", seed, round, text.p);
		values += !err;
	}
	buf_fini(&text);
	print_message("%d of the random expressions gave a value\n", values);
	assert_true(values > 200);
}

static bool
same_number(struct str a, struct str b)
{
	return strtod(arena_str(&arena, a).p, NULL) ==
		strtod(arena_str(&arena, b).p, NULL);
}

/* Doubles are compared as numbers, everything else as written. */
static bool
same_typed(const struct json *a, const struct json *b)
{
	if (a->type != b->type || !str_eq(a->key, b->key))
		return false;
	if (a->type == JSON_STRING && str_eq(a->key, STR("double")))
		return same_number(a->s, b->s);
	if (a->type != JSON_ARRAY && a->type != JSON_OBJECT)
		return json_eq(a, b);
	const struct json *x = a->first, *y = b->first;
	for (; x && y; x = x->next, y = y->next)
		if (!same_typed(x, y))
			return false;
	return !x && !y;
}

static void
official_case(struct str section, const struct json *test)
{
	struct str expr = json_str(json_get(test, STR("expr")), STR("")),
		   name = json_str(json_get(test, STR("name")), STR(""));
	bool unchecked_case = json_bool(json_get(test, STR("disable_check")), false);
	struct cel_value v = {0};
	struct error e = {0};
	enum err err =
		evaluate(expr, json_get(test, STR("bindings")), unchecked_case, &v, &e);
	const struct json *value = json_get(test, STR("value"));
	if (!value) {
		if (!err)
			fail_msg("%.*s %.*s: %.*s\n-> %.*s\nnot an error",
				STR_ARG(section), STR_ARG(name), STR_ARG(expr),
				STR_ARG(typed(&v)));
		return;
	}
	if (err)
		fail_msg("%.*s %.*s: %.*s\n-> error: %s", STR_ARG(section), STR_ARG(name),
			STR_ARG(expr), e.text);
	struct json *got = parse(typed(&v).p), *expected = json_copy(&arena, value);
	expected->key = (struct str){0};
	if (!same_typed(got, expected))
		fail_msg("%.*s %.*s: %.*s\n-> %.*s\nnot  %.*s", STR_ARG(section),
			STR_ARG(name), STR_ARG(expr), STR_ARG(typed(&v)),
			STR_ARG(json_print(&arena, expected)));
}

static void
official(void **state)
{
	(void)state;
	const char *shared = getenv("PARLEY_SHARED");
	struct str path = arena_printf(
		&arena, "%s/spec/official/cel/cases.json", shared ? shared : "../shared");
	struct str text = read_file(path.p);
	if (text.n == 0) {
		print_message(
			"skipped: no official cases of the language at %s\n", path.p);
		skip();
		return;
	}
	int n = 0;
	const struct json *sections = parse(text.p);
	json_each(section, sections) {
		json_each(test, section) {
			official_case(section->key, test);
			n++;
		}
	}
	print_message("%d official cases\n", n);
	assert_true(n > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(literals, setup, teardown),
		cmocka_unit_test_setup_teardown(syntax, setup, teardown),
		cmocka_unit_test_setup_teardown(logic, setup, teardown),
		cmocka_unit_test_setup_teardown(arithmetic, setup, teardown),
		cmocka_unit_test_setup_teardown(comparisons, setup, teardown),
		cmocka_unit_test_setup_teardown(members, setup, teardown),
		cmocka_unit_test_setup_teardown(macros, setup, teardown),
		cmocka_unit_test_setup_teardown(functions, setup, teardown),
		cmocka_unit_test_setup_teardown(times, setup, teardown),
		cmocka_unit_test_setup_teardown(structs, setup, teardown),
		cmocka_unit_test_setup_teardown(variables, setup, teardown),
		cmocka_unit_test_setup_teardown(no_allocation, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(large_expressions, setup, teardown),
		cmocka_unit_test_setup_teardown(plain_json, setup, teardown),
		cmocka_unit_test_setup_teardown(typed_form, setup, teardown),
		cmocka_unit_test_setup_teardown(unchecked, setup, teardown),
		cmocka_unit_test_setup_teardown(random_expressions, setup, teardown),
		cmocka_unit_test_setup_teardown(official, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
