#include "base/limits.h"
#include "base/utf8.h"
#include "wire/cel_program.h"

#include <math.h>

#define ANY (~0u)
#define B(type) CEL_BIT(CEL_##type)
#define TEXT (B(STRING))

static struct cel_value
call_size(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)n;
	if (args[0].type == CEL_STRING) {
		machine_pay(m, args[0].s.n / 64);
		return cel_int((int64_t)utf8_count(args[0].s));
	}
	return cel_int(
		(int64_t)(args[0].type == CEL_BYTES ? args[0].s.n : cel_count(&args[0])));
}

static struct cel_value
call_contains(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)n;
	machine_pay(m, args[0].s.n / 64);
	return cel_bool(str_find(args[0].s, args[1].s) >= 0);
}

static struct cel_value
call_starts_with(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)m;
	(void)n;
	return cel_bool(str_starts(args[0].s, args[1].s));
}

static struct cel_value
call_ends_with(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)m;
	(void)n;
	return cel_bool(str_ends(args[0].s, args[1].s));
}

/* A pattern that is no literal is compiled for each evaluation, which is dear. */
static struct cel_value
call_matches(struct machine *m, const struct cel_value *args, size_t n)
{
	struct pattern *pattern;
	(void)n;
	if (!machine_pay(m, 100 + args[1].s.n + args[0].s.n / 16))
		return args[0];
	if (pattern_compile(m->scratch, args[1].s, &pattern, NULL))
		return cel_fail("the regular expression is not valid");
	int matched = pattern_match(pattern, m->scratch, args[0].s);
	return matched < 0 ? cel_fail("the regular expression takes too many steps")
			   : cel_bool(matched);
}

static struct cel_value
call_dyn(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)m;
	(void)n;
	return args[0];
}

static struct cel_value
call_type(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)m;
	(void)n;
	/* A struct is a map to whoever looks at it from outside. */
	enum cel_type type = args[0].type == CEL_STRUCT ? CEL_MAP : args[0].type;
	return (struct cel_value){.type = CEL_TYPE, .named = type};
}

static struct cel_value
call_bool(struct machine *m, const struct cel_value *args, size_t n)
{
	static const char *const yes[] = {"1", "t", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "false", "FALSE", "False"};
	(void)m;
	(void)n;
	if (args[0].type == CEL_BOOL)
		return args[0];
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (str_eq(args[0].s, str_of(yes[i])))
			return cel_bool(true);
		if (str_eq(args[0].s, str_of(no[i])))
			return cel_bool(false);
	}
	return cel_fail("the string is no bool");
}

#define INT_RANGE "the value is out of the range of int"

static struct cel_value
call_int(struct machine *m, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = args;
	int64_t i;
	(void)m;
	(void)n;
	if (v->type == CEL_UINT)
		return v->u > INT64_MAX ? cel_fail(INT_RANGE) : cel_int((int64_t)v->u);
	/* Both ends are excluded: as doubles they stand for values beyond the range too.
	 */
	if (v->type == CEL_DOUBLE)
		return fabs(v->d) < 0x1p63 ? cel_int((int64_t)v->d) : cel_fail(INT_RANGE);
	if (v->type == CEL_STRING)
		return str_to_i64(v->s, &i) ? cel_int(i)
					    : cel_fail("the string is no int");
	return v->type == CEL_TIMESTAMP ? cel_int(v->seconds) : *v;
}

static bool
string_to_uint(struct str s, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(v, 10u, &v) ||
			__builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return s.n > 0;
}

static struct cel_value
call_uint(struct machine *m, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = args;
	struct cel_value out = {.type = CEL_UINT};
	(void)m;
	(void)n;
	if (v->type == CEL_UINT)
		return *v;
	if (v->type == CEL_STRING)
		return string_to_uint(v->s, &out.u) ? out
						    : cel_fail("the string is no uint");
	if (v->type == CEL_INT && v->i >= 0)
		out.u = (uint64_t)v->i;
	else if (v->type == CEL_DOUBLE && v->d >= 0 && v->d < 0x1p64)
		out.u = (uint64_t)v->d;
	else
		return cel_fail("the value is out of the range of uint");
	return out;
}

static bool
string_to_double(struct str s, double *out)
{
	static const struct {
		struct str text;
		double value;
	} words[] = {{STR_INIT("NaN"), NAN}, {STR_INIT("Inf"), INFINITY},
		{STR_INIT("+Inf"), INFINITY}, {STR_INIT("-Inf"), -INFINITY},
		{STR_INIT("Infinity"), INFINITY}, {STR_INIT("+Infinity"), INFINITY},
		{STR_INIT("-Infinity"), -INFINITY}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq_nocase(s, words[i].text)) {
			*out = words[i].value;
			return true;
		}
	}
	return str_to_double(s, out);
}

static struct cel_value
call_double(struct machine *m, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = args;
	struct cel_value out = {.type = CEL_DOUBLE};
	(void)m;
	(void)n;
	if (v->type == CEL_STRING)
		return string_to_double(v->s, &out.d)
			? out
			: cel_fail("the string is no double");
	if (v->type == CEL_DOUBLE)
		return *v;
	out.d = v->type == CEL_INT ? (double)v->i : (double)v->u;
	return out;
}

static struct cel_value
call_string(struct machine *m, const struct cel_value *args, size_t n)
{
	const struct cel_value *v = args;
	char text[CEL_TIME_TEXT];
	size_t length = 0;
	(void)n;
	if (v->type == CEL_STRING)
		return *v;
	if (v->type == CEL_BOOL)
		return cel_string(v->b ? STR("true") : STR("false"));
	if (v->type == CEL_BYTES) {
		machine_pay(m, v->s.n / 64);
		return utf8_valid(v->s) ? cel_string(v->s)
					: cel_fail("the bytes are not valid UTF-8");
	}
	if (v->type == CEL_INT)
		length = (size_t)snprintf(text, sizeof text, "%lld", (long long)v->i);
	else if (v->type == CEL_UINT)
		length = (size_t)snprintf(
			text, sizeof text, "%llu", (unsigned long long)v->u);
	else if (v->type == CEL_DOUBLE)
		length = cel_double_text(v->d, text);
	else if (v->type == CEL_TIMESTAMP)
		length = cel_timestamp_text(v, text);
	else
		length = cel_duration_text(v, text);
	return cel_string(arena_str(m->scratch, (struct str){text, length}));
}

static struct cel_value
call_bytes(struct machine *m, const struct cel_value *args, size_t n)
{
	(void)m;
	(void)n;
	return (struct cel_value){.type = CEL_BYTES, .s = args[0].s};
}

static struct cel_value
call_timestamp(struct machine *m, const struct cel_value *args, size_t n)
{
	struct cel_value out;
	(void)m;
	(void)n;
	if (args[0].type == CEL_TIMESTAMP)
		return args[0];
	bool good = args[0].type == CEL_INT ? cel_timestamp_make(args[0].i, 0, &out)
					    : cel_timestamp_parse(args[0].s, &out);
	return good ? out : cel_fail("no timestamp of the years 1 to 9999");
}

static struct cel_value
call_duration(struct machine *m, const struct cel_value *args, size_t n)
{
	struct cel_value out;
	(void)m;
	(void)n;
	if (args[0].type == CEL_DURATION)
		return args[0];
	return cel_duration_parse(args[0].s, &out)
		? out
		: cel_fail("no duration such as \"1h30m\", or out of range");
}

#define TIME_PART(name, part) \
	static struct cel_value call_##name( \
		struct machine *m, const struct cel_value *args, size_t n) \
	{ \
		return cel_time_part(m, part, args, n); \
	}

TIME_PART(year, TIME_YEAR)
TIME_PART(month, TIME_MONTH)
TIME_PART(day_of_year, TIME_DAY_OF_YEAR)
TIME_PART(day_of_month, TIME_DAY_OF_MONTH)
TIME_PART(date, TIME_DATE)
TIME_PART(day_of_week, TIME_DAY_OF_WEEK)
TIME_PART(hours, TIME_HOURS)
TIME_PART(minutes, TIME_MINUTES)
TIME_PART(seconds, TIME_SECONDS)
TIME_PART(milliseconds, TIME_MILLISECONDS)

#define NUMBERS (B(INT) | B(UINT) | B(DOUBLE))
#define TIMES (B(TIMESTAMP) | B(DURATION))
#define SIZED (B(STRING) | B(BYTES) | B(LIST) | B(MAP))

const struct function cel_functions[] = {
	{"size", true, true, 1, 1, {SIZED, 0}, CEL_INT, call_size},
	{"contains", true, false, 2, 2, {TEXT, TEXT}, CEL_BOOL, call_contains},
	{"startsWith", true, false, 2, 2, {TEXT, TEXT}, CEL_BOOL, call_starts_with},
	{"endsWith", true, false, 2, 2, {TEXT, TEXT}, CEL_BOOL, call_ends_with},
	{"matches", true, true, 2, 2, {TEXT, TEXT}, CEL_BOOL, call_matches},
	{"dyn", false, true, 1, 1, {ANY, 0}, CEL_DYN, call_dyn},
	{"type", false, true, 1, 1, {ANY, 0}, CEL_TYPE, call_type},
	{"bool", false, true, 1, 1, {B(BOOL) | TEXT, 0}, CEL_BOOL, call_bool},
	{"int", false, true, 1, 1, {NUMBERS | TEXT | B(TIMESTAMP), 0}, CEL_INT, call_int},
	{"uint", false, true, 1, 1, {NUMBERS | TEXT, 0}, CEL_UINT, call_uint},
	{"double", false, true, 1, 1, {NUMBERS | TEXT, 0}, CEL_DOUBLE, call_double},
	{"string", false, true, 1, 1, {NUMBERS | TEXT | B(BOOL) | B(BYTES) | TIMES, 0},
		CEL_STRING, call_string},
	{"bytes", false, true, 1, 1, {B(BYTES) | TEXT, 0}, CEL_BYTES, call_bytes},
	{"timestamp", false, true, 1, 1, {B(TIMESTAMP) | TEXT | B(INT), 0}, CEL_TIMESTAMP,
		call_timestamp},
	{"duration", false, true, 1, 1, {B(DURATION) | TEXT, 0}, CEL_DURATION,
		call_duration},
	{"getFullYear", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT, call_year},
	{"getMonth", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT, call_month},
	{"getDayOfYear", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT,
		call_day_of_year},
	{"getDayOfMonth", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT,
		call_day_of_month},
	{"getDate", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT, call_date},
	{"getDayOfWeek", true, false, 1, 2, {B(TIMESTAMP), TEXT}, CEL_INT,
		call_day_of_week},
	{"getHours", true, false, 1, 2, {TIMES, TEXT}, CEL_INT, call_hours},
	{"getMinutes", true, false, 1, 2, {TIMES, TEXT}, CEL_INT, call_minutes},
	{"getSeconds", true, false, 1, 2, {TIMES, TEXT}, CEL_INT, call_seconds},
	{"getMilliseconds", true, false, 1, 2, {TIMES, TEXT}, CEL_INT, call_milliseconds},
	{.name = NULL},
};

const struct function *
cel_function_find(struct str name, bool receiver, size_t n, bool *named)
{
	*named = false;
	for (const struct function *f = cel_functions; f->name; f++) {
		if (!str_eq(str_of(f->name), name))
			continue;
		*named = true;
		if ((receiver ? f->receiver : f->plain) && n >= f->min && n <= f->max)
			return f;
	}
	return NULL;
}
