/*
 * Stretches of the calendar that have a name: years, quarters, seasons, decades, and
 * holidays.
 */
#include "text/time_span.h"

bool
time_quarter(const struct time_reader *r, size_t at, struct time_span *out)
{
	int part = 0, months = 0;
	size_t last = at;
	struct str s = at < r->t->n ? r->t->p[at].norm : (struct str){0};
	if (s.n == 2 &&
		(s.p[0] == 'q' || s.p[0] == 'h' || (s.p[0] == 't' && r->spanish)) &&
		s.p[1] >= '1' && s.p[1] <= (s.p[0] == 'h' ? '2' : '4')) {
		part = s.p[1] - '0';
		months = s.p[0] == 'h' ? 6 : 3;
	} else if (number_ordinal(r->t, at, r->spanish, &part, &last) && part <= 4 &&
		time_word_at(r, last + 1, TIME_UNIT) &&
		r->word[last + 1]->value == UNIT_QUARTER) {
		months = 3;
		last++;
	} else {
		return false;
	}
	int64_t year = calendar_civil(r->today).year;
	out->last = last;
	out->year_said = time_year_behind(r, last, &year, &out->last);
	size_t of = last + 1;
	const struct time_word *which = time_word_at(r, of + 1, TIME_THIS);
	if (time_is(r, of, "of") && (which || time_is(r, of + 1, "the")) &&
		time_is(r, of + 2, "year")) {
		year += which ? which->value : 0;
		out->last = of + 2;
	} else if (time_word_at(r, of, TIME_THIS) && time_is(r, of + 1, "year")) {
		year += r->word[of]->value;
		out->last = of + 1;
	}
	int64_t from = calendar_day(year, 1 + (part - 1) * months, 1);
	time_set_days(out, from, calendar_add_months(from, months));
	return true;
}

/* The part of a year, a month … that is meant: "first half of 2019", "the second half of next
 * year". */
bool
time_half(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth;
	size_t i = at +
		(time_is(r, at, "the") || time_is(r, at, "la") || time_is(r, at, "el"));
	size_t last;
	if (!number_ordinal(r->t, i, r->spanish, &nth, &last) || nth > 2)
		return false;
	i = last + 1;
	bool semester = time_is(r, i, "semestre");
	if (!semester && !time_is(r, i, "half") && !time_is(r, i, "mitad"))
		return false;
	i++;
	if (!time_is(r, i, "of") && !time_is(r, i, "de") && !time_is(r, i, "del"))
		return false;
	i++;
	const struct time_word *own =
		time_word_at(r, i + time_is(r, i, "the"), TIME_UNIT);
	if (!time_date(r, i, out)) {
		if (!own || own->value < UNIT_MONTH)
			return false;
		time_unit_span(r->today, (enum time_unit)own->value, 0, 1, out);
		out->last = i + time_is(r, i, "the");
	}
	int64_t from = out->start / DAY_SECONDS, days = out->end / DAY_SECONDS - from;
	if (out->point || out->has_time || days < 28)
		return false;
	int64_t middle = days > 360 && days < 370 ? calendar_add_months(from, 6)
		: days <= 31                      ? from + 15
						  : from + days / 2;
	if (nth == 1)
		out->end = middle * DAY_SECONDS;
	else
		out->start = middle * DAY_SECONDS;
	out->weak = false;
	return true;
}

/* this summer, summer 2019 */
bool
time_season(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	size_t i = at + (which != NULL);
	const struct time_word *season = time_word_at(r, i, TIME_SEASON);
	if (!season || time_is(r, i, "fall") || (time_is(r, i, "spring") && !which))
		return false;
	out->last = i;
	if (!which && r->spanish && (which = time_word_at(r, i + 1, TIME_THIS)))
		out->last = i + 1;
	int64_t year = calendar_civil(r->today).year + (which ? which->value : 0);
	out->year_said = time_year_behind(r, out->last, &year, &out->last);
	int64_t from = calendar_day(year, season->value, 1);
	time_set_days(out, from, calendar_add_months(from, 3));
	return true;
}

/* A year alone. It is a date only behind a word that asks for one. */
bool
time_year(const struct time_reader *r, size_t at, struct time_span *out)
{
	int64_t year;
	size_t i = at;
	if (time_is(r, i, "the") || time_is(r, i, "el"))
		i++;
	bool said = time_is(r, i, "year") || time_is(r, i, "ano");
	i += said;
	if (!time_year_at(r, i, false, &year) || (i != at && !said))
		return false;
	out->last = i;
	out->weak = !said;
	out->year_said = true;
	time_set_days(out, calendar_day(year, 1, 1), calendar_day(year + 1, 1, 1));
	return true;
}

/* "2019 Q1", "2019-H2" */
bool
time_year_quarter(const struct time_reader *r, size_t at, struct time_span *out)
{
	int64_t year;
	size_t i = at + 1;
	if (!time_year_at(r, at, false, &year))
		return false;
	i += time_is(r, i, "-");
	struct time_span part = {0};
	if (!time_quarter(r, i, &part) || part.year_said)
		return false;
	struct civil from = calendar_civil(part.start / DAY_SECONDS);
	int64_t months = from.month + (part.end - part.start) / DAY_SECONDS / 28;
	int64_t start = calendar_day(year, from.month, 1);
	time_set_days(out, start, calendar_add_months(start, months - from.month));
	out->year_said = true;
	out->last = part.last;
	return true;
}

/* "1990s", "the 70s", "the 1980's", "the nineties" */
bool
time_decade(const struct time_reader *r, size_t at, struct time_span *out)
{
	static const char *const tens[] = {"twenties", "thirties", "forties", "fifties",
		"sixties", "seventies", "eighties", "nineties"};
	bool the = time_is(r, at, "the");
	size_t i = at + the;
	struct str s = i < r->t->n ? r->t->p[i].norm : (struct str){0};
	int64_t year = -1;
	out->last = i;
	for (size_t k = 0; the && k < sizeof(tens) / sizeof(*tens); k++)
		if (str_eq(s, str_of(tens[k])))
			year = 20 + 10 * (int64_t)k;
	if (year < 0) {
		bool marked = s.n > 2 && s.p[s.n - 1] == 's';
		s.n -= marked;
		s.n -= marked && s.p[s.n - 1] == '\'';
		if (!marked || (s.n != 4 && !(s.n == 2 && the)) || !str_to_i64(s, &year))
			return false;
	}
	year += year < 100 ? (year < 30 ? 2000 : 1900) : 0;
	if (year % 10 || year < 1500 || year > 2200)
		return false;
	time_set_days(out, calendar_day(year, 1, 1), calendar_day(year + 10, 1, 1));
	out->year_said = true;
	return true;
}
