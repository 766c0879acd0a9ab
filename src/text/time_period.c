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
	if (s.n == 2 && (s.p[0] == 'q' || s.p[0] == 'h') && s.p[1] >= '1' &&
		s.p[1] <= (s.p[0] == 'q' ? '4' : '2')) {
		part = s.p[1] - '0';
		months = s.p[0] == 'q' ? 3 : 6;
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
	}
	int64_t from = calendar_day(year, 1 + (part - 1) * months, 1);
	time_set_days(out, from, calendar_add_months(from, months));
	return true;
}

static int64_t
holiday_day(int64_t year, int value)
{
	if (value == HOLIDAY_EASTER)
		return calendar_easter(year);
	int64_t november = calendar_day(year, 11, 1);
	int64_t thursday = november + (3 - calendar_weekday(november) + 7) % 7 + 21;
	if (value == HOLIDAY_THANKSGIVING)
		return thursday;
	if (value == HOLIDAY_BLACK_FRIDAY)
		return thursday + 1;
	return calendar_day(year, value / 100, value % 100);
}

bool
time_holiday(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *w = time_word_at(r, at, TIME_HOLIDAY);
	int value = w ? w->value : 0;
	size_t last = at;
	if (time_is(r, at, "black") && time_is(r, at + 1, "friday")) {
		value = HOLIDAY_BLACK_FRIDAY;
		last = at + 1;
	} else if ((time_is(r, at, "new") &&
			   (time_is(r, at + 1, "year") || time_is(r, at + 1, "year's") ||
				   time_is(r, at + 1, "years")))) {
		bool eve = time_is(r, at + 2, "eve"), day = time_is(r, at + 2, "day");
		if (!eve && !day && at > 0 && !time_is(r, at - 1, "before") &&
			!time_is(r, at - 1, "after"))
			return false;
		value = eve ? 1231 : 101;
		last = at + 1 + (eve || day);
	} else if (time_is(r, at, "valentine's") || time_is(r, at, "valentines")) {
		value = 214;
		last = at + time_is(r, at + 1, "day");
	} else if (w && value == 1225 && !r->spanish) {
		value = time_is(r, at + 1, "eve") ? 1224 : 1225;
		last = at + (time_is(r, at + 1, "eve") || time_is(r, at + 1, "day"));
	}
	if (!value)
		return false;
	int64_t year = calendar_civil(r->today).year;
	out->last = last;
	out->year_said = time_year_behind(r, last, &year, &out->last);
	if (!out->year_said && holiday_day(year, value) < r->today)
		year++;
	time_set_day(out, holiday_day(year, value));
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
	int64_t year = calendar_civil(r->today).year + (which ? which->value : 0);
	out->last = i;
	out->year_said = time_year_behind(r, i, &year, &out->last);
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

/* "1990s" */
bool
time_decade(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct str s = at < r->t->n ? r->t->p[at].norm : (struct str){0};
	int64_t year;
	if (s.n != 5 || s.p[4] != 's' || s.p[3] != '0' ||
		!str_to_i64(str_sub(s, 0, 4), &year) || year < 1500 || year > 2200)
		return false;
	time_set_days(out, calendar_day(year, 1, 1), calendar_day(year + 10, 1, 1));
	out->year_said = true;
	out->last = at;
	return true;
}
