/* Entities against the Recognizers-Text and Duckling cases: exact spans, and values where
 * the cases have them in a form we can compare. */
#include "bars.h"

#include "base/hash.h"
#include "text/entities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct family {
	const char *name, *file;
	const char *kinds[6];
	bool spanish;
	double bar;
	const char *others;
};

static const struct family families[] = {
	{"dates, English", "recognizers_english/DateTime.DateTimeModel.jsonl",
		{"date", "time", "datetime", "duration", "set"}, false, .60,
		"chrono-node .31"},
	{"dates, Spanish", "recognizers_spanish/DateTime.DateTimeModel.jsonl",
		{"date", "time", "datetime", "duration", "set"}, true, 0, ""},
	{"numbers, English", "recognizers_english/Number.NumberModel.jsonl", {"number"},
		false, .80, ""},
	{"numbers, Spanish", "recognizers_spanish/Number.NumberModel.jsonl", {"number"},
		true, 0, ""},
	{"percent, English", "recognizers_english/Number.PercentModel.jsonl", {"percent"},
		false, .80, ""},
	{"money, English", "recognizers_english/NumberWithUnit.CurrencyModel.jsonl",
		{"money"}, false, .80, ""},
	{"money, Spanish", "recognizers_spanish/NumberWithUnit.CurrencyModel.jsonl",
		{"money"}, true, 0, ""},
	{"phone", "recognizers_english/Sequence.PhoneNumberModel.jsonl", {"phone"}, false,
		.95, ""},
	{"e-mail", "recognizers_english/Sequence.EmailModel.jsonl", {"email"}, false, .95,
		""},
	{"url", "recognizers_english/Sequence.URLModel.jsonl", {"url"}, false, .95, ""},
	{"ip", "recognizers_english/Sequence.IpAddressModel.jsonl", {"ip"}, false, .95,
		""},
};

struct counts {
	size_t wanted, given, spans, values;
};

/* Forms are worked out on the cases of one half, told by a hash; the other half is new to
 * the program. */
static bool
case_is_new(struct str line)
{
	uint64_t h = fnv64(FNV64_START, line.p, line.n);
	return (h ^ h >> 29) & 1;
}

static bool
kind_wanted(const struct family *f, struct str kind)
{
	for (size_t i = 0; i < 6 && f->kinds[i]; i++)
		if (str_eq(kind, str_of(f->kinds[i])))
			return true;
	return false;
}

/* 2016-11-07T00:00:00 */
static int64_t
reference_ms(struct str s)
{
	struct tm tm = {0};
	char z[32];
	snprintf(z, sizeof(z), "%.*s", STR_ARG(str_sub(s, 0, 19)));
	if (!strptime(z, "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

/* ISO 8601's P1Y2M3W4DT5H6M7S as months and seconds: PT1.5H and PT1H30M are as long. */
static bool
length_read(struct str s, double *months, double *seconds)
{
	char z[64], *p = z + 1;
	bool clock = false;
	snprintf(z, sizeof(z), "%.*s", STR_ARG(s));
	*months = *seconds = 0;
	if (z[0] != 'P' || !z[1])
		return false;
	while (*p) {
		clock = clock || *p == 'T';
		p += *p == 'T';
		char *end;
		double v = strtod(p, &end);
		bool weekend = strncmp(end, "WE", 2) == 0;
		double *to = *end == 'Y' || (*end == 'M' && !clock) ? months : seconds;
		double unit = *end == 'Y' ? 12
			: *end == 'W'     ? (weekend ? 2 * 86400 : 7 * 86400)
			: *end == 'D'     ? 86400
			: *end == 'H'     ? 3600
			: *end == 'S'     ? 1
			: *end == 'M'     ? (clock ? 60 : 1)
					  : 0;
		if (end == p || unit == 0)
			return false;
		*to += v * unit;
		p = end + 1 + weekend;
	}
	return true;
}

static bool
same_length(struct str a, struct str b)
{
	double months[2], seconds[2];
	return length_read(a, &months[0], &seconds[0]) &&
		length_read(b, &months[1], &seconds[1]) &&
		fabs(months[0] - months[1]) < 1e-6 &&
		fabs(seconds[0] - seconds[1]) < 1e-6;
}

/* Is one of the case's readings ours? Dates compare by start and end as text. */
static bool
same_time(struct arena *a, const struct json *value, struct str ours)
{
	struct str text = json_str(json_get(value, STR("value")), STR("")),
		   start = json_str(json_get(value, STR("start")), STR(""));
	struct str end = json_str(json_get(value, STR("end")), STR("")),
		   timex = json_str(json_get(value, STR("timex")), STR(""));
	struct str rest = ours, from, to = {0};
	str_split(&rest, '/', &from);
	str_split(&rest, '/', &to);
	char wanted[64];
	if (str_starts(ours, STR("P")))
		return str_eq(ours, timex) || same_length(ours, timex);
	if (str_starts(ours, STR("R")))
		return true;
	snprintf(wanted, sizeof(wanted), "%.*s", STR_ARG(text.n ? text : start));
	for (char *p = wanted; *p; p++)
		*p = *p == ' ' ? 'T' : *p;
	if (text.n)
		return str_starts(str_of(wanted), from) && !to.n;
	bool starts = (start.n == 0 && str_eq(from, STR(".."))) ||
		(start.n && str_starts(str_of(wanted), from));
	snprintf(wanted, sizeof(wanted), "%.*s", STR_ARG(end));
	for (char *p = wanted; *p; p++)
		*p = *p == ' ' ? 'T' : *p;
	(void)a;
	return starts &&
		((end.n == 0 && str_eq(to, STR(".."))) ||
			(end.n && str_starts(str_of(wanted), to)));
}

static bool
same_value(struct arena *a, const struct json *wanted, const struct entity *e)
{
	const struct json *resolution = json_get(wanted, STR("resolution"));
	const struct json *values = json_get(resolution, STR("values"));
	if (values) {
		json_each(v, values)
			if (same_time(a, v, e->value))
				return true;
		return false;
	}
	struct str value = json_str(json_get(resolution, STR("value")), STR(""));
	double x, y;
	char decimal[64];
	snprintf(decimal, sizeof(decimal), "%.*s", STR_ARG(value));
	for (char *p = decimal; *p; p++)
		*p = *p == ',' ? '.' : *p == '%' ? '\0' : *p;
	char ours[64];
	snprintf(ours, sizeof(ours), "%.*s", STR_ARG(e->value));
	x = strtod(decimal, NULL);
	y = strtod(ours, NULL);
	bool text = str_eq(e->kind, STR("phone")) || str_eq(e->kind, STR("email")) ||
		str_eq(e->kind, STR("url")) || str_eq(e->kind, STR("ip"));
	return text ||
		(x - y < 1e-6 * (x > 0 ? x : -x) + 1e-9 &&
			y - x < 1e-6 * (x > 0 ? x : -x) + 1e-9);
}

static void
measure_case(const struct family *f, struct entity_finder *finder, struct arena *a,
	const struct json *line, bool fresh, struct counts *c)
{
	struct str input = json_str(json_get(line, STR("input")), STR(""));
	struct entity_context context = {
		.now_ms = reference_ms(
			json_str(json_get(line, STR("ref")), STR("2016-11-07T00:00:00"))),
		.language = f->spanish ? STR("es") : STR("en")};
	struct tokens t;
	struct entities found;
	tokens_read(a, input, &t);
	entities_read(finder, a, &t, &context, &found);
	bool show = getenv("BARS_SHOW") && strstr(f->name, getenv("BARS_SHOW")) && !fresh;
	for (size_t i = 0; i < found.n; i++)
		c->given += kind_wanted(f, found.p[i].kind);
	bool bad = false;
	json_each(w, json_get(line, STR("results"))) {
		struct str text = json_str(json_get(w, STR("text")), STR(""));
		c->wanted++;
		bool span = false, value = false;
		for (size_t i = 0; i < found.n && !span; i++) {
			span = kind_wanted(f, found.p[i].kind) &&
				found.p[i].text.n == text.n &&
				strncasecmp(found.p[i].text.p, text.p, text.n) == 0;
			value = span && same_value(a, w, &found.p[i]);
		}
		c->spans += span;
		c->values += value;
		bad = bad || !value;
		if (show && !value)
			printf("  %s %.*s\n", span ? "VALUE" : "SPAN ",
				STR_ARG(json_print(a, w)));
	}
	if (!show || !bad)
		return;
	printf("  %.*s\n", STR_ARG(input));
	for (size_t i = 0; i < found.n; i++)
		if (kind_wanted(f, found.p[i].kind))
			printf("      ours: %.*s = %.*s\n", STR_ARG(found.p[i].text),
				STR_ARG(found.p[i].value));
}

static void
measure_family(struct bars *b, const struct family *f, struct entity_finder *finder)
{
	struct arena a, one;
	struct str text, line;
	struct counts c = {0}, fresh = {0};
	arena_init(&a, 0);
	arena_init(&one, 0);
	if (bars_file(b, &a, f->name, f->file, &text)) {
		while (str_split(&text, '\n', &line)) {
			struct json *j;
			arena_clear(&one);
			if (line.n && json_parse(&one, line, &j, NULL) == OK)
				measure_case(f, finder, &one, j, case_is_new(line),
					case_is_new(line) ? &fresh : &c);
		}
		bars_plain(f->name, "values, half not worked on",
			(double)fresh.values / (double)fresh.wanted);
		c.wanted += fresh.wanted;
		c.given += fresh.given;
		c.spans += fresh.spans;
		c.values += fresh.values;
		bars_row(b, f->name, "exact spans found",
			(double)c.spans / (double)c.wanted, f->bar, true, f->others);
		bars_row(b, f->name, "exact spans and values",
			(double)c.values / (double)c.wanted, f->bar, true, "");
		bars_row(b, f->name, "precision of spans",
			c.given ? (double)c.spans / (double)c.given : 0, 0, true, "");
	}
	arena_fini(&a);
	arena_fini(&one);
}

void
bars_entities(struct bars *b)
{
	struct entity_finder *finder = NULL;
	if (entity_finder_new(NULL, &finder, NULL))
		return;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		measure_family(b, &families[i], finder);
	entity_finder_free(&finder);
}
