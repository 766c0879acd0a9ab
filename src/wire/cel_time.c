#include "wire/cel_program.h"
#include "wire/zone.h"

#define NS_PER_S 1000000000
#define FIRST_SECOND (-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND 253402300799    /* 9999-12-31T23:59:59Z */

/* A moment in the proleptic Gregorian calendar. */
struct civil {
	int64_t year;
	int month, day; /* from 1 */
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01. The year is counted from March, so that the leap day is its
 * last; 400 years are 146,097 days. */
static int64_t
days_of(struct civil c)
{
	int64_t year = c.month <= 2 ? c.year - 1 : c.year;
	int64_t era = floor_div(year, 400), of_era = year - era * 400;
	int64_t day = (153 * ((c.month + 9) % 12) + 2) / 5 + c.day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468;
}

static struct civil
civil_of(int64_t days)
{
	int64_t z = days + 719468, era = floor_div(z, 146097), of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t day = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day + 2) / 153;
	struct civil c = {year + era * 400, (int)(month < 10 ? month + 3 : month - 9),
		(int)(day - (153 * month + 2) / 5 + 1)};
	c.year += c.month <= 2;
	return c;
}

bool
cel_timestamp_make(int64_t seconds, int64_t nanos, struct cel_value *out)
{
	int64_t carry = floor_div(nanos, NS_PER_S);
	if (__builtin_add_overflow(seconds, carry, &seconds) || seconds < FIRST_SECOND ||
		seconds > LAST_SECOND)
		return false;
	*out = (struct cel_value){.type = CEL_TIMESTAMP,
		.seconds = seconds,
		.nanos = (int32_t)(nanos - carry * NS_PER_S)};
	return true;
}

/* Reads exactly n digits. */
static bool
take_digits(struct str *s, size_t n, int *out)
{
	int v = 0;
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = str_sub(*s, n, s->n);
	*out = v;
	return true;
}

static bool
take_char(struct str *s, const char *any)
{
	if (s->n == 0 || !s->p[0] || !strchr(any, s->p[0]))
		return false;
	*s = str_sub(*s, 1, s->n);
	return true;
}

/* Up to nine digits behind a point, as nanoseconds; further digits are dropped. */
static bool
take_fraction(struct str *s, int64_t *ns)
{
	int64_t unit = NS_PER_S / 10;
	size_t n = 0;
	for (*ns = 0; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++, unit /= 10)
		*ns += (s->p[n] - '0') * unit;
	*s = str_sub(*s, n, s->n);
	return n > 0;
}

static int
month_days(struct civil c)
{
	struct civil next = {
		c.month == 12 ? c.year + 1 : c.year, c.month == 12 ? 1 : c.month + 1, 1};
	c.day = 1;
	return (int)(days_of(next) - days_of(c));
}

/* RFC 3339: 2026-01-02T03:04:05.678Z, 2026-01-02T03:04:05+01:00 */
bool
cel_timestamp_parse(struct str s, struct cel_value *out)
{
	int year, month, day, hour, minute, second;
	int64_t ns = 0;
	int32_t offset;
	if (!take_digits(&s, 4, &year) || !take_char(&s, "-") ||
		!take_digits(&s, 2, &month) || !take_char(&s, "-") ||
		!take_digits(&s, 2, &day) || !take_char(&s, "Tt ") ||
		!take_digits(&s, 2, &hour) || !take_char(&s, ":") ||
		!take_digits(&s, 2, &minute) || !take_char(&s, ":") ||
		!take_digits(&s, 2, &second))
		return false;
	if (take_char(&s, ".") && !take_fraction(&s, &ns))
		return false;
	struct civil c = {year, month, day};
	if (month < 1 || month > 12 || day < 1 || day > month_days(c) || hour > 23 ||
		minute > 59 || second > 59)
		return false;
	bool zulu = str_eq(s, STR("Z")) || str_eq(s, STR("z"));
	bool signed_offset = s.n == 6 && (s.p[0] == '+' || s.p[0] == '-');
	if (!zulu && !signed_offset)
		return false;
	if (!zone_fixed(zulu ? STR("Z") : s, &offset))
		return false;
	return cel_timestamp_make(
		days_of(c) * 86400 + hour * 3600 + minute * 60 + second - offset, ns,
		out);
}

/* ".5" without zeros at the end; nothing for 0. */
static int
fraction_text(int64_t ns, char *out, size_t size)
{
	if (ns == 0) {
		out[0] = '\0';
		return 0;
	}
	int n = snprintf(out, size, ".%09lld", (long long)ns);
	while (out[n - 1] == '0')
		out[--n] = '\0';
	return n;
}

size_t
cel_timestamp_text(const struct cel_value *v, char out[CEL_TIME_TEXT])
{
	char fraction[16];
	int64_t days = floor_div(v->seconds, 86400), rest = v->seconds - days * 86400;
	struct civil c = civil_of(days);
	fraction_text(v->nanos, fraction, sizeof fraction);
	int n = snprintf(out, CEL_TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d%sZ",
		(long long)c.year, c.month, c.day, (int)(rest / 3600),
		(int)(rest / 60 % 60), (int)(rest % 60), fraction);
	return (size_t)n;
}

static bool
take_unit(struct str *s, int64_t *ns)
{
	/* "ms" before "m": the longest name first. */
	static const struct {
		struct str name;
		int64_t ns;
	} units[] = {
		{STR_INIT("ns"), 1},
		{STR_INIT("us"), 1000},
		{STR_INIT("\xc2\xb5s"), 1000},
		{STR_INIT("ms"), 1000000},
		{STR_INIT("s"), NS_PER_S},
		{STR_INIT("m"), 60LL * NS_PER_S},
		{STR_INIT("h"), 3600LL * NS_PER_S},
	};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_starts(*s, units[i].name)) {
			*s = str_sub(*s, units[i].name.n, s->n);
			*ns = units[i].ns;
			return true;
		}
	}
	return false;
}

/* One part of a duration, "1.5h": added to *total, which counts downwards because there
 * is one more number there. */
static bool
take_duration_part(struct str *s, int64_t *total)
{
	int64_t whole = 0, fraction = 0, unit, ns;
	size_t n = 0;
	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_sub_overflow(whole, s->p[n] - '0', &whole))
			return false;
	*s = str_sub(*s, n, s->n);
	bool point = take_char(s, ".") && take_fraction(s, &fraction);
	if ((n == 0 && !point) || !take_unit(s, &unit))
		return false;
	/* A fraction in billionths times the unit, over a billion; both parts fit, for
	 * a unit is a multiple or a divisor. */
	int64_t part = unit >= NS_PER_S ? fraction * (unit / NS_PER_S)
					: fraction / (NS_PER_S / unit);
	return !__builtin_mul_overflow(whole, unit, &ns) &&
		!__builtin_sub_overflow(ns, part, &ns) &&
		!__builtin_add_overflow(*total, ns, total);
}

/* "1h30m", "-1.5s", "250ms", "0" */
bool
cel_duration_parse(struct str s, struct cel_value *out)
{
	int64_t total = 0;
	bool negative = s.n > 0 && s.p[0] == '-';
	if (s.n > 0 && (negative || s.p[0] == '+'))
		s = str_sub(s, 1, s.n);
	if (s.n == 0)
		return false;
	if (str_eq(s, STR("0")))
		s.n = 0;
	while (s.n > 0)
		if (!take_duration_part(&s, &total))
			return false;
	if (!negative && total == INT64_MIN)
		return false;
	*out = (struct cel_value){.type = CEL_DURATION, .i = negative ? total : -total};
	return true;
}

size_t
cel_duration_text(const struct cel_value *v, char out[CEL_TIME_TEXT])
{
	char fraction[16];
	int64_t seconds = v->i / NS_PER_S, ns = v->i % NS_PER_S;
	fraction_text(ns < 0 ? -ns : ns, fraction, sizeof fraction);
	const char *minus = v->i < 0 && seconds == 0 ? "-" : "";
	return (size_t)snprintf(
		out, CEL_TIME_TEXT, "%s%lld%ss", minus, (long long)seconds, fraction);
}

static struct cel_value
duration_part(enum time_part part, int64_t ns)
{
	if (part == TIME_HOURS)
		return cel_int(ns / (3600LL * NS_PER_S));
	if (part == TIME_MINUTES)
		return cel_int(ns / (60LL * NS_PER_S));
	if (part == TIME_SECONDS)
		return cel_int(ns / NS_PER_S);
	if (part == TIME_MILLISECONDS)
		return cel_int(ns % NS_PER_S / 1000000);
	return cel_fail("a duration has no dates");
}

static struct cel_value
timestamp_part(enum time_part part, int64_t local, int32_t nanos)
{
	int64_t days = floor_div(local, 86400), rest = local - days * 86400;
	struct civil c = civil_of(days);
	switch (part) {
	case TIME_YEAR:
		return cel_int(c.year);
	case TIME_MONTH:
		return cel_int(c.month - 1);
	case TIME_DAY_OF_YEAR:
		return cel_int(days - days_of((struct civil){c.year, 1, 1}));
	case TIME_DAY_OF_MONTH:
		return cel_int(c.day - 1);
	case TIME_DATE:
		return cel_int(c.day);
	case TIME_DAY_OF_WEEK: /* 1970-01-01 was a Thursday */
		return cel_int(days + 4 - floor_div(days + 4, 7) * 7);
	case TIME_HOURS:
		return cel_int(rest / 3600);
	case TIME_MINUTES:
		return cel_int(rest / 60 % 60);
	case TIME_SECONDS:
		return cel_int(rest % 60);
	case TIME_MILLISECONDS:
		return cel_int(nanos / 1000000);
	}
	return cel_int(0);
}

struct cel_value
cel_time_part(
	struct machine *m, enum time_part part, const struct cel_value *args, size_t n)
{
	if (args[0].type == CEL_DURATION)
		return n == 1 ? duration_part(part, args[0].i)
			      : cel_fail("a duration has no time zone");
	const struct cel_program *p = m->program;
	int32_t offset = 0;
	bool known = n == 1 || zone_fixed(args[1].s, &offset) ||
		(p->zone &&
			p->zone(p->zone_context, args[1].s, args[0].seconds, &offset));
	if (!known)
		return cel_fail("there is no such time zone");
	return timestamp_part(part, args[0].seconds + offset, args[0].nanos);
}
