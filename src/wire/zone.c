#include "wire/zone.h"

/*
 * TZif (RFC 8536): a header and block with 32-bit times, for old readers, then a second
 * header and block with 64-bit times, then the rule for all later times in a line of
 * text. Only the second block is read.
 */
#define HEADER 44
#define RULE_MAX 64

/* When a rule changes the clock, in its year. */
enum rule_kind {
	RULE_MONTH_WEEK_DAY, /* M3.5.0: the fifth (last) Sunday of March */
	RULE_JULIAN,         /* J60: day 60 of 365, 29 February is never counted */
	RULE_DAY,            /* 59: day from 0, 29 February is counted */
};

struct rule {
	enum rule_kind kind;
	int month, week, day;
	int32_t time; /* seconds after local midnight */
};

struct zone {
	size_t count;
	const int64_t *times;   /* of the transitions, rising */
	const int32_t *offsets; /* from each transition on */
	int32_t first;          /* before the first transition */
	bool footer;            /* the rule below is known */
	bool daylight;          /* it has two offsets */
	int32_t standard, summer;
	struct rule start, end; /* of summer time */
};

/* A block's counts, in the order of the file. */
struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t
be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool
read_header(struct str file, struct counts *out)
{
	if (file.n < HEADER || memcmp(file.p, "TZif", 4) != 0 || file.p[4] < '2')
		return false;
	*out = (struct counts){be32(file.p + 20), be32(file.p + 24), be32(file.p + 28),
		be32(file.p + 32), be32(file.p + 36), be32(file.p + 40)};
	return true;
}

/* Bytes of the block behind the header, with times of 4 or 8 bytes. */
static uint64_t
block_size(const struct counts *c, unsigned time_size)
{
	return (uint64_t)c->time * (time_size + 1) + (uint64_t)c->type * 6 + c->chars +
		(uint64_t)c->leap * (time_size + 4) + c->isstd + c->isut;
}

static bool
read_block(struct arena *a, const char *p, const struct counts *c, struct zone *z)
{
	const char *indexes = p + (size_t)c->time * 8, *types = indexes + c->time;
	int64_t *times = ARENA_ARRAY(a, int64_t, c->time);
	int32_t *offsets = ARENA_ARRAY(a, int32_t, c->time);
	for (size_t i = 0; i < c->time; i++) {
		unsigned char type = (unsigned char)indexes[i];
		if (type >= c->type)
			return false;
		times[i] = be64(p + i * 8);
		offsets[i] = (int32_t)be32(types + type * 6u);
		if (i > 0 && times[i] <= times[i - 1])
			return false;
	}
	z->count = c->time;
	z->times = times;
	z->offsets = offsets;
	z->first = (int32_t)be32(types);
	return true;
}

/* Takes a decimal number; -1 when there is none. */
static int
take_number(struct str *s)
{
	int v = -1;
	while (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9' && v < 100000) {
		v = (v < 0 ? 0 : v) * 10 + (s->p[0] - '0');
		*s = str_sub(*s, 1, s->n);
	}
	return v;
}

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_sub(*s, 1, s->n);
	return true;
}

/* [+-]h[:m[:s]] as seconds. */
static bool
take_time(struct str *s, int32_t *out)
{
	int minus = take_char(s, '-');
	if (!minus)
		take_char(s, '+');
	int h = take_number(s), m = 0, sec = 0;
	if (take_char(s, ':'))
		m = take_number(s);
	if (take_char(s, ':'))
		sec = take_number(s);
	if (h < 0 || h > 167 || m < 0 || m > 59 || sec < 0 || sec > 59)
		return false;
	*out = (h * 3600 + m * 60 + sec) * (minus ? -1 : 1);
	return true;
}

/* A name of a zone: letters, or anything between < and >. */
static bool
take_name(struct str *s)
{
	size_t n = 0;
	if (take_char(s, '<')) {
		ptrdiff_t end = str_find_char(*s, '>');
		if (end < 0)
			return false;
		*s = str_sub(*s, (size_t)end + 1, s->n);
		return true;
	}
	while (n < s->n && (s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z')
		n++;
	*s = str_sub(*s, n, s->n);
	return n >= 3;
}

static bool
take_rule(struct str *s, struct rule *out)
{
	*out = (struct rule){.time = 7200};
	if (take_char(s, 'M')) {
		out->month = take_number(s);
		if (!take_char(s, '.'))
			return false;
		out->week = take_number(s);
		if (!take_char(s, '.'))
			return false;
		out->day = take_number(s);
		if (out->month < 1 || out->month > 12 || out->week < 1 || out->week > 5 ||
			out->day < 0 || out->day > 6)
			return false;
	} else {
		out->kind = take_char(s, 'J') ? RULE_JULIAN : RULE_DAY;
		out->day = take_number(s);
		if (out->day < (out->kind == RULE_JULIAN) || out->day > 365)
			return false;
	}
	return !take_char(s, '/') || take_time(s, &out->time);
}

/* CET-1CEST,M3.5.0,M10.5.0/3 : offsets count westwards. */
static bool
read_footer(struct str s, struct zone *z)
{
	if (!take_name(&s) || !take_time(&s, &z->standard))
		return false;
	z->standard = -z->standard;
	z->footer = true;
	if (s.n == 0)
		return true;
	if (!take_name(&s))
		return false;
	z->summer = z->standard + 3600;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, &z->summer))
			return false;
		z->summer = -z->summer;
	}
	z->daylight = true;
	return take_char(&s, ',') && take_rule(&s, &z->start) && take_char(&s, ',') &&
		take_rule(&s, &z->end) && s.n == 0;
}

enum err
zone_parse(struct arena *a, struct str file, struct zone **out, struct error *e)
{
	struct counts old, counts;
	struct zone *z = ARENA_NEW(a, struct zone);
	if (!read_header(file, &old) || block_size(&old, 4) > file.n - HEADER)
		return err_set(
			e, ERR_INVALID, "not a time zone file (TZif version 2 or later)");
	file = str_sub(file, HEADER + (size_t)block_size(&old, 4), file.n);
	if (!read_header(file, &counts) || counts.type == 0 ||
		block_size(&counts, 8) > file.n - HEADER)
		return err_set(e, ERR_INVALID, "a time zone file that is cut short");
	if (!read_block(a, file.p + HEADER, &counts, z))
		return err_set(e, ERR_INVALID,
			"a time zone file whose transitions are out of order");
	struct str footer =
		str_trim(str_sub(file, HEADER + (size_t)block_size(&counts, 8), file.n));
	if (footer.n > 0 && (footer.n > RULE_MAX || !read_footer(footer, z)))
		return err_set(
			e, ERR_INVALID, "a time zone file with a rule that is none");
	*out = z;
	return OK;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to 1 January of a year. */
static int64_t
year_start(int64_t year)
{
	int64_t y = year - 1;
	return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 719162;
}

/* Day of the year, from 0, on which a rule changes the clock. */
static int
rule_day(const struct rule *rule, int64_t year)
{
	static const int starts[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	if (rule->kind == RULE_DAY)
		return rule->day;
	if (rule->kind == RULE_JULIAN)
		return rule->day - 1 + (is_leap(year) && rule->day >= 60);
	int leap = is_leap(year);
	int first = starts[rule->month - 1] + (leap && rule->month > 2);
	int next = starts[rule->month] + (leap && rule->month >= 2);
	/* 1970-01-01 was a Thursday. */
	int64_t days = year_start(year) + first + 4;
	int weekday = (int)(days - floor_div(days, 7) * 7);
	int day = first + (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;
	return day < next ? day : day - 7;
}

/* The moment in UTC at which a rule changes the clock that was `offset` before. */
static int64_t
rule_moment(const struct rule *rule, int64_t year, int32_t offset)
{
	return (year_start(year) + rule_day(rule, year)) * 86400 + rule->time - offset;
}

static int32_t
footer_offset(const struct zone *z, int64_t utc)
{
	if (!z->daylight)
		return z->standard;
	int64_t days = floor_div(utc + z->standard, 86400);
	int64_t year = 1970 + floor_div(days * 400, 146097);
	while (year_start(year) > days)
		year--;
	while (year_start(year + 1) <= days)
		year++;
	int64_t start = rule_moment(&z->start, year, z->standard),
		end = rule_moment(&z->end, year, z->summer);
	/* In the south summer goes over the end of the year. */
	bool summer = start < end ? utc >= start && utc < end : utc >= start || utc < end;
	return summer ? z->summer : z->standard;
}

int32_t
zone_offset(const struct zone *z, int64_t utc)
{
	size_t low = 0, high = z->count;
	/* Moments no calendar reaches: the rule's arithmetic stays in range. */
	int64_t far = (int64_t)1 << 50;
	utc = utc > far ? far : utc < -far ? -far : utc;
	if (z->footer && (z->count == 0 || utc >= z->times[z->count - 1]))
		return footer_offset(z, utc);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->times[middle] <= utc)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? z->first : z->offsets[low - 1];
}

bool
zone_fixed(struct str name, int32_t *offset)
{
	if (str_eq(name, STR("Z")) || str_eq(name, STR("UTC"))) {
		*offset = 0;
		return true;
	}
	bool minus = take_char(&name, '-');
	if (!minus)
		take_char(&name, '+');
	if (name.n != 5 || name.p[2] != ':')
		return false;
	struct str hours = str_sub(name, 0, 2), minutes = str_sub(name, 3, 5);
	int h = take_number(&hours), m = take_number(&minutes);
	if (hours.n || minutes.n || h < 0 || h > 23 || m < 0 || m > 59)
		return false;
	*offset = (h * 3600 + m * 60) * (minus ? -1 : 1);
	return true;
}

bool
zone_name_valid(struct str name)
{
	char before = '/';
	if (name.n == 0 || name.n > 64 || name.p[name.n - 1] == '/')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9');
		if (!word && (c == 0 || !strchr("_+-/", c)))
			return false;
		if (c == '/' && before == '/')
			return false;
		before = c;
	}
	return true;
}
