/*
 * The zone that is said behind a time of day: "3pm EST", "15:00 UTC+2", "8:00 GMT-3",
 * "9:00 +02:00".
 *
 * Abbreviations that more than one zone has are read as most messages mean them: IST is
 * India's, CST that of the United States. ET, CT, MT and PT move with the summer time of
 * the United States (second Sunday of March to first Sunday of November).
 */
#include "text/time_span.h"

static const struct {
	const char *name;
	int offset_min;
	bool moves; /* an hour more in summer */
} zones[] = {
	{"acst", 570, false},
	{"aedt", 660, false},
	{"aest", 600, false},
	{"akdt", -480, false},
	{"akst", -540, false},
	{"art", -180, false},
	{"awst", 480, false},
	{"brt", -180, false},
	{"bst", 60, false},
	{"cdt", -300, false},
	{"cest", 120, false},
	{"cet", 60, false},
	{"clt", -240, false},
	{"cot", -300, false},
	{"cst", -360, false},
	{"ct", -360, true},
	{"edt", -240, false},
	{"eest", 180, false},
	{"eet", 120, false},
	{"est", -300, false},
	{"et", -300, true},
	{"gmt", 0, false},
	{"hkt", 480, false},
	{"hst", -600, false},
	{"ict", 420, false},
	{"ist", 330, false},
	{"jst", 540, false},
	{"kst", 540, false},
	{"mdt", -360, false},
	{"msk", 180, false},
	{"mst", -420, false},
	{"mt", -420, true},
	{"nzdt", 780, false},
	{"nzst", 720, false},
	{"pdt", -420, false},
	{"pet", -300, false},
	{"pst", -480, false},
	{"pt", -480, true},
	{"sgt", 480, false},
	{"utc", 0, false},
	{"wet", 0, false},
	{"wib", 420, false},
};

/* Whether the clocks of the United States are an hour ahead on that day. */
static bool
summer_day(int64_t day)
{
	int64_t year = calendar_civil(day).year;
	int64_t march = calendar_day(year, 3, 1), november = calendar_day(year, 11, 1);
	int64_t from = march + (6 - calendar_weekday(march)) % 7 + 7;
	int64_t to = november + (6 - calendar_weekday(november)) % 7;
	return day >= from && day < to;
}

/* "+2", "-03:30", "+0530": moves *last over it. */
static bool
offset_read(const struct time_reader *r, size_t at, int *minutes, size_t *last)
{
	const struct tokens *t = r->t;
	if (!token_is(t, at, "+") && !token_is(t, at, "-"))
		return false;
	if (at + 1 >= t->n || !token_joined(t, at) || t->p[at + 1].kind != TOKEN_NUMBER)
		return false;
	int64_t v, rest = 0;
	struct str digits = t->p[at + 1].norm;
	if (!str_to_i64(digits, &v) || v < 0 || v > 1400)
		return false;
	*last = at + 1;
	if (digits.n == 4) {
		rest = v % 100;
		v /= 100;
	} else if (token_is(t, at + 2, ":") && at + 3 < t->n &&
		str_to_i64(t->p[at + 3].norm, &rest) && t->p[at + 3].norm.n == 2) {
		*last = at + 3;
	}
	if (v > 14 || rest < 0 || rest > 59)
		return false;
	*minutes = (int)(v * 60 + rest) * (token_is(t, at, "-") ? -1 : 1);
	return true;
}

bool
time_zone_read(const struct time_reader *r, size_t at, int64_t day, int *offset_min,
	size_t *last)
{
	if (at >= r->t->n)
		return false;
	const struct token *k = &r->t->p[at];
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		if (!token_is(r->t, at, zones[i].name) || (k->norm.n < 3 && !k->upper))
			continue;
		*offset_min = zones[i].offset_min +
			(zones[i].moves && summer_day(day) ? 60 : 0);
		*last = at;
		int more;
		if (zones[i].offset_min == 0 && token_joined(r->t, at) &&
			offset_read(r, at + 1, &more, last))
			*offset_min = more;
		return true;
	}
	/* "15:00 +02:00" has its minutes; "15:00-16" is a stretch. */
	size_t end = at;
	if (!offset_read(r, at, offset_min, &end) || end != at + 3)
		return false;
	*last = end;
	return true;
}
