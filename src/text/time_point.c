#include "text/time_span.h"

#include <math.h>

const struct time_word *
time_word_at(const struct time_reader *r, size_t i, enum time_word_kind kind)
{
	return i < r->t->n && r->word[i] && r->word[i]->kind == kind ? r->word[i] : NULL;
}

int
time_digits_at(const struct time_reader *r, size_t i, int most)
{
	if (i >= r->t->n || r->t->p[i].kind != TOKEN_NUMBER || r->t->p[i].norm.n > 4)
		return -1;
	int v = 0;
	for (size_t j = 0; j < r->t->p[i].norm.n; j++) {
		if (r->t->p[i].norm.p[j] < '0' || r->t->p[i].norm.p[j] > '9')
			return -1;
		v = v * 10 + (r->t->p[i].norm.p[j] - '0');
	}
	return v <= most ? v : -1;
}

static int64_t
year_full(int year, size_t digits)
{
	if (digits > 2)
		return year;
	return year < 50 ? 2000 + year : 1900 + year;
}

/* A year of four digits, or of two behind a mark that asks for one. */
bool
time_year_at(const struct time_reader *r, size_t i, bool two_digits, int64_t *year)
{
	int v = time_digits_at(r, i, 2200);
	if (v < 0)
		return false;
	size_t n = r->t->p[i].norm.n;
	if (!(n == 4 && v >= 1500) && !(two_digits && n == 2))
		return false;
	*year = year_full(v, n);
	return true;
}

void
time_set_day(struct time_span *out, int64_t day)
{
	out->start = day * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->has_date = out->point = true;
}

void
time_set_days(struct time_span *out, int64_t from, int64_t to)
{
	out->start = from * DAY_SECONDS;
	out->end = to * DAY_SECONDS;
	out->has_date = true;
	out->point = false;
}

/* A day of a month without a year: this year's, or next year's when it is over. */
static int64_t
nearest_year(const struct time_reader *r, int month, int day)
{
	int64_t year = calendar_civil(r->today).year;
	if (calendar_valid(year, month, day) && calendar_day(year, month, day) < r->today)
		year++;
	/* The 29th of February is not in every year. */
	for (int k = 0; k < 8 && month == 2 && !calendar_valid(year, month, day); k++)
		year++;
	return year;
}

bool
time_joined_mark(const struct time_reader *r, size_t i, const char *marks, char *mark)
{
	if (i == 0 || i >= r->t->n || r->t->p[i].kind != TOKEN_PUNCTUATION ||
		!strchr(marks, r->t->p[i].norm.p[0]))
		return false;
	*mark = r->t->p[i].norm.p[0];
	return token_joined(r->t, i - 1) && token_joined(r->t, i);
}

static bool
set_civil(const struct time_reader *r, int64_t year, bool said, int month, int day,
	struct time_span *out)
{
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	if (!said)
		year = nearest_year(r, month, day);
	if (!calendar_valid(year, month, day))
		return false;
	time_set_day(out, calendar_day(year, month, day));
	out->year_said = said;
	return true;
}

/* 2019-03-01, 1/3/2019, 3/1, 1.3.2019 */
static bool
date_digits(const struct time_reader *r, size_t at, struct time_span *out)
{
	char mark, second;
	int a = time_digits_at(r, at, 2200), b = time_digits_at(r, at + 2, 99);
	if (a < 0 || b < 0 || !time_joined_mark(r, at + 1, "-/.", &mark))
		return false;
	bool three = time_joined_mark(r, at + 3, "-/.", &second) && second == mark &&
		time_digits_at(r, at + 4, 2200) >= 0;
	size_t first_digits = r->t->p[at].norm.n;
	if (three) {
		int c = time_digits_at(r, at + 4, 2200);
		out->last = at + 4;
		if (first_digits == 4)
			return set_civil(r, a, true, b, c, out);
		int64_t year = year_full(c, r->t->p[at + 4].norm.n);
		bool day_first = r->day_first || mark == '.' || a > 12;
		return (day_first && set_civil(r, year, true, b, a, out)) ||
			set_civil(r, year, true, a, b, out) ||
			set_civil(r, year, true, b, a, out);
	}
	/* "24/7" is always. */
	if (a == 24 && b == 7 && mark == '/')
		return false;
	out->last = at + 2;
	/* "2 1/4" is a number. */
	bool mixed = mark == '/' && at > 0 && r->t->p[at - 1].kind == TOKEN_NUMBER;
	if (mixed || first_digits == 4 || mark == '.' || r->t->p[at + 2].norm.n > 2)
		return false;
	if (mark == '-' && (r->t->p[at].norm.n < 2 || r->t->p[at + 2].norm.n < 2))
		return false;
	int64_t year;
	if (time_is(r, at + 3, ",") && time_year_at(r, at + 4, false, &year) &&
		set_civil(
			r, year, true, r->day_first ? b : a, r->day_first ? a : b, out)) {
		out->last = at + 4;
		return true;
	}
	return (r->day_first && set_civil(r, 0, false, b, a, out)) ||
		set_civil(r, 0, false, a, b, out) || set_civil(r, 0, false, b, a, out);
}

static int
two_digits(struct str s, size_t at)
{
	bool digits = at + 1 < s.n && s.p[at] >= '0' && s.p[at] <= '9' &&
		s.p[at + 1] >= '0' && s.p[at + 1] <= '9';
	return digits ? (s.p[at] - '0') * 10 + s.p[at + 1] - '0' : -1;
}

/* 2026-03-09T14:05:33.120Z, 2026-03-09T14:05+02:00: as programs write it. */
static bool
date_iso(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct str s = str_sub(r->t->text, r->t->p[at].start, r->t->text.n);
	int64_t year;
	if (s.n < 16 || (s.p[10] != 'T' && s.p[10] != 't') || s.p[4] != '-' ||
		s.p[7] != '-' || s.p[13] != ':' || !time_year_at(r, at, false, &year))
		return false;
	int month = two_digits(s, 5), day = two_digits(s, 8), hour = two_digits(s, 11),
	    minute = two_digits(s, 14), second = 0;
	size_t end = 16;
	if (s.n > 18 && s.p[16] == ':' && (second = two_digits(s, 17)) >= 0)
		end = 19;
	if (second < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
		second > 59 || !calendar_valid(year, month, day))
		return false;
	if (end < s.n && s.p[end] == '.')
		for (end++; end < s.n && s.p[end] >= '0' && s.p[end] <= '9';)
			end++;
	int offset = r->offset_min;
	int zone_hour = two_digits(s, end + 1);
	if (end < s.n && (s.p[end] == 'Z' || s.p[end] == 'z')) {
		offset = 0;
		end++;
	} else if (end < s.n && (s.p[end] == '+' || s.p[end] == '-') && zone_hour >= 0) {
		int zone_minute = two_digits(s, end + 4);
		offset = zone_hour * 60 + (zone_minute > 0 ? zone_minute : 0);
		offset = s.p[end] == '-' ? -offset : offset;
		end += zone_minute >= 0 ? 6 : 3;
	}
	time_set_day(out, calendar_day(year, month, day));
	out->start += hour * 3600 + minute * 60 + second + (r->offset_min - offset) * 60;
	out->end = out->start + 1;
	out->has_time = out->half_day = out->year_said = true;
	out->seconds = second > 0;
	for (out->last = at; out->last + 1 < r->t->n &&
		r->t->p[out->last + 1].start < r->t->p[at].start + end;)
		out->last++;
	return true;
}

/* 12/2019, 2019-12: a month of a year */
static bool
date_month_year(const struct time_reader *r, size_t at, struct time_span *out)
{
	char mark, again;
	int64_t year;
	if (!time_joined_mark(r, at + 1, "-/", &mark) ||
		time_joined_mark(r, at + 3, "-/.:", &again) || time_inside_number(r, at))
		return false;
	bool year_first = time_year_at(r, at, false, &year);
	int month = time_digits_at(r, year_first ? at + 2 : at, 12);
	if ((!year_first && !time_year_at(r, at + 2, false, &year)) || month < 1 ||
		(year_first && (mark == '/' || r->t->p[at + 2].norm.n != 2)))
		return false;
	int64_t from = calendar_day(year, month, 1);
	time_set_days(out, from, calendar_add_months(from, 1));
	out->year_said = true;
	out->last = at + 2;
	return true;
}

/* 2019-Aug-1, 2019/aug/01 */
static bool
date_year_month(const struct time_reader *r, size_t at, struct time_span *out)
{
	char mark;
	int64_t year;
	const struct time_word *month = time_word_at(r, at + 2, TIME_MONTH);
	int day = time_digits_at(r, at + 4, 31);
	out->last = at + 4;
	if (!month || day < 1 || !time_year_at(r, at, false, &year) ||
		!time_joined_mark(r, at + 1, "-/.", &mark))
		return false;
	return set_civil(r, year, true, month->value, day, out);
}

bool
time_inside_number(const struct time_reader *r, size_t i)
{
	static const char *const signs[] = {"$", "€", "£", "#", NULL};
	if (i == 0 || !token_joined(r->t, i - 1))
		return false;
	for (size_t k = 0; signs[k]; k++)
		if (time_is(r, i - 1, signs[k]))
			return true;
	return (time_is(r, i - 1, ".") || time_is(r, i - 1, ",")) && i > 1 &&
		r->t->p[i - 2].kind == TOKEN_NUMBER && token_joined(r->t, i - 2);
}

/* A day of the month at token `at`: 4, 4th, fourth, "the 4th". */
static bool
month_day(const struct time_reader *r, size_t at, int *day, size_t *last)
{
	size_t i = at +
		(time_is(r, at, "the") || time_is(r, at, "el") || time_is(r, at, "dia"));
	i += time_is(r, i, "dia");
	int v = time_digits_at(r, i, 31);
	if (v > 0 && r->t->p[i].norm.n <= 2) {
		*day = v;
		/* "1.º" */
		bool degree = time_is(r, i + 1, ".") && time_is(r, i + 2, "\xc2\xba");
		*last = degree ? i + 2 : i;
		return !time_inside_number(r, i);
	}
	struct number n;
	if (number_ordinal(r->t, i, r->spanish, day, last))
		return *day <= 31;
	if (!number_read(r->t, i, r->spanish, &n) || n.digits || !n.whole ||
		n.value < 1 || n.value > 31)
		return false;
	*day = (int)n.value;
	*last = n.last;
	return true;
}

/* "two thousand and thirty two", "nineteen ninety-nine", "mil novecientos noventa y dos" */
static bool
year_in_words(const struct time_reader *r, size_t i, int64_t *year, size_t *end)
{
	struct number n, rest;
	if (!number_read(r->t, i, r->spanish, &n) || n.digits || !n.whole)
		return false;
	bool century = !r->spanish && n.value >= 17 && n.value <= 20 &&
		number_read(r->t, n.last + 1, false, &rest) && !rest.digits &&
		rest.whole && rest.value >= 10 && rest.value < 100;
	double value = century ? n.value * 100 + rest.value : n.value;
	if (value < 1500 || value > 2200)
		return false;
	*year = (int64_t)value;
	*end = century ? rest.last : n.last;
	return true;
}

/* A year behind a month: "2019", ", 2019", "of 2019", "'19", "de 2019". */
bool
time_year_behind(const struct time_reader *r, size_t last, int64_t *year, size_t *end)
{
	size_t i = last + 1;
	bool two = (time_is(r, i, "-") || time_is(r, i, "/")) &&
		token_joined(r->t, last) && token_joined(r->t, i);
	if (time_is(r, i, ".") && r->t->p[i].start == r->t->p[last].end)
		i++;
	if (time_is(r, i, ",") || time_is(r, i, "of") || time_is(r, i, "in") ||
		time_is(r, i, "de") || time_is(r, i, "en") || time_is(r, i, "del") ||
		time_is(r, i, "-") || time_is(r, i, "/"))
		i++;
	if (time_is(r, i, "'")) {
		two = true;
		i++;
	}
	if (time_year_at(r, i, two, year)) {
		*end = i;
		return true;
	}
	return (!r->spanish || i > last + 1) && year_in_words(r, i, year, end);
}

static bool
with_year(const struct time_reader *r, int month, int day, size_t last,
	struct time_span *out)
{
	int64_t year = 0;
	out->last = last;
	bool said = time_year_behind(r, last, &year, &out->last);
	return set_civil(r, year, said, month, day, out);
}

/* 4 July 2019, the fourth of July, July 4th 2019, Jul-4 */
static bool
date_month(const struct time_reader *r, size_t at, struct time_span *out)
{
	int day;
	size_t last;
	const struct time_word *month = time_word_at(r, at, TIME_MONTH);
	if (month) {
		size_t i = at + 1;
		i += time_is(r, i, ".") || time_is(r, i, "-") || time_is(r, i, "/");
		if (!month_day(r, i, &day, &last) || time_is(r, last + 1, ":"))
			return false;
		/* "July 4-6" are days, "Jul-4-2019" ends with its year. */
		int64_t year;
		if (!time_is(r, last + 1, "-") || time_year_at(r, last + 2, false, &year))
			return with_year(r, month->value, day, last, out);
		out->last = last;
		return set_civil(r, 0, false, month->value, day, out);
	}
	if (!month_day(r, at, &day, &last))
		return false;
	size_t i = last + 1;
	i += time_is(r, i, "of") || time_is(r, i, "de") || time_is(r, i, "-") ||
		time_is(r, i, "/");
	i += time_is(r, i, "month");
	month = time_word_at(r, i, TIME_MONTH);
	return month && with_year(r, month->value, day, i, out);
}

/* July 2019, July: a month as a stretch. */
static bool
date_whole_month(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *month = time_word_at(r, at, TIME_MONTH);
	if (!month)
		return false;
	int64_t year = calendar_civil(r->today).year;
	out->last = at;
	out->year_said = time_year_behind(r, at, &year, &out->last);
	size_t letters = r->t->p[at].norm.n;
	/* "may" and "mar" are words of their own, "sept" and "dec" are not. */
	bool doubtful = letters <= 3 &&
		(month->value == 3 || month->value == 5 || month->value == 9);
	if (doubtful && !out->year_said &&
		!(r->t->p[at].start < r->t->p[at].end &&
			r->t->text.p[r->t->p[at].start] < 'a'))
		return false;
	if (!out->year_said && calendar_day(year, month->value, 28) < r->today)
		year++;
	int64_t from = calendar_day(year, month->value, 1);
	time_set_days(out, from, calendar_add_months(from, 1));
	return true;
}

/* Monday, next Monday, last Friday, this Tuesday; a date may stand beside: "Tuesday the
 * 4th", "Friday, July 4". */
static bool
date_weekday(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	size_t i = at;
	/* "this coming Friday" is the coming one. */
	i += time_is(r, i, "this") && time_word_at(r, i + 1, TIME_THIS);
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	i += which != NULL;
	if (which && time_is(r, i, "week"))
		i += time_word_at(r, i + 1, TIME_WEEKDAY) ? 1u
			: time_is(r, i + 1, "on")         ? 2u
							  : 0u;
	const struct time_word *weekday = time_word_at(r, i, TIME_WEEKDAY);
	if (!weekday)
		return false;
	size_t letters = r->t->p[i].norm.n;
	bool capital = r->t->text.p[r->t->p[i].start] < 'a';
	if (letters == 3 && !capital &&
		(time_is(r, i, "sat") || time_is(r, i, "sun") || time_is(r, i, "mar") ||
			time_is(r, i, "dom")))
		return false;
	out->last = i;
	if (!which && r->spanish)
		which = time_word_at(r, i + 1, TIME_THIS);
	if (which && out->last == i && r->word[i] &&
		time_word_at(r, i + 1, TIME_THIS) == which)
		out->last = i + 1;
	int64_t monday = r->today - calendar_weekday(r->today);
	int64_t day = monday + weekday->value;
	/* "Coming" and "past" mean the nearest, "next" and "last" those of the weeks
	 * beside. */
	bool coming =
		which && (time_is(r, i - 1, "coming") || time_is(r, i - 1, "upcoming"));
	bool past = which && time_is(r, i - 1, "past");
	if (past)
		day -= day >= r->today ? 7 : 0;
	else if (which && !coming)
		day += 7 * which->value;
	else if (day <= r->today)
		day += 7;
	time_set_day(out, day);
	/* "Monday next week", "the Friday of last week" */
	size_t j = out->last + 1;
	j += time_is(r, j, "of") || time_is(r, j, "from") || time_is(r, j, "de");
	j += time_is(r, j, "la") || time_is(r, j, "the");
	const struct time_word *week = time_word_at(r, j, TIME_THIS);
	if (!which && week && time_word_at(r, j + 1, TIME_UNIT) &&
		time_word_at(r, j + 1, TIME_UNIT)->value == UNIT_WEEK) {
		time_set_day(out, monday + weekday->value + 7 * week->value);
		out->last = j + 1;
	} else if (!which && time_word_at(r, j, TIME_UNIT) &&
		time_word_at(r, j + 1, TIME_THIS) && r->word[j]->value == UNIT_WEEK) {
		time_set_day(out, monday + weekday->value + 7 * r->word[j + 1]->value);
		out->last = j + 1;
	}
	return true;
}

/* "Monday 21": a number that nothing makes a time. */
static bool
bare_day(const struct time_reader *r, size_t i, int *day, size_t *last)
{
	*day = time_digits_at(r, i, 31);
	*last = i;
	static const char *const makes_time[] = {
		":", "-", "am", "pm", "a", "p", "to", "/", ".", NULL};
	for (size_t k = 0; makes_time[k]; k++)
		if (time_is(r, i + 1, makes_time[k]) &&
			(makes_time[k][0] != '.' || token_joined(r->t, i)) &&
			token_joined(r->t, i + 1))
			return false;
	struct number n;
	/* "martes el veinticinco" */
	if (r->spanish && i > 0 && time_is(r, i - 1, "el") && *day < 0 &&
		number_read(r->t, i, true, &n) && n.whole && n.value <= 31) {
		*day = (int)n.value;
		*last = n.last;
	}
	return *day > (r->spanish ? 0 : 12) && !time_word_at(r, i + 1, TIME_HALF_DAY) &&
		!time_word_at(r, i + 1, TIME_UNIT) && !time_is(r, i + 1, "to");
}

static bool
date_weekday_and_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span date;
	if (!date_weekday(r, at, out))
		return false;
	size_t i = out->last + 1;
	i += time_is(r, i, ",") || time_is(r, i, ".");
	i += time_is(r, i, "the") && !time_word_at(r, i + 1, TIME_UNIT);
	i += time_is(r, i, "el");
	bool bracket = time_is(r, i, "(");
	i += bracket;
	int day;
	size_t last;
	if (date_month(r, i, &date) || date_digits(r, i, &date)) {
		out->start = date.start;
		out->end = date.end;
		out->last = date.last + (bracket && time_is(r, date.last + 1, ")"));
		out->year_said = date.year_said;
	} else if ((number_ordinal(r->t, i, r->spanish, &day, &last) && day <= 31) ||
		bare_day(r, i, &day, &last)) {
		struct civil c = calendar_civil(r->today);
		int64_t month = calendar_day(c.year, c.month, 1);
		for (int m = 0; m < 24; m++, month = calendar_add_months(month, 1)) {
			struct civil of = calendar_civil(month);
			bool fits = calendar_valid(of.year, of.month, day) &&
				month + day - 1 >= r->today;
			if (fits &&
				calendar_weekday(month + day - 1) ==
					calendar_weekday(out->start / DAY_SECONDS))
				break;
		}
		time_set_day(out, month + day - 1);
		out->last = last;
	}
	return true;
}

/* today, tomorrow, the day after tomorrow, ayer, pasado mañana */
static bool
date_near(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	size_t i = at;
	int64_t move = 0;
	bool the = time_is(r, i, "the");
	if (time_is(r, i + the, "day") &&
		(time_is(r, i + the + 1, "after") || time_is(r, i + the + 1, "before"))) {
		move = time_is(r, i + the + 1, "after") ? 1 : -1;
		i += the + 2u;
	} else if (time_is(r, i, "pasado") && time_is(r, i + 1, "manana")) {
		move = 1;
		i++;
	} else if (time_is(r, i, "antes") && time_is(r, i + 1, "de") &&
		time_is(r, i + 2, "ayer")) {
		move = -1;
		i += 2;
	}
	const struct time_word *w = time_word_at(r, i, TIME_DAY);
	if (!w)
		return false;
	out->last = i;
	time_set_day(out, r->today + w->value + move);
	return true;
}

/* now, ahora */
static bool
date_now(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	if (!time_word_at(r, at, TIME_NOW) || time_is(r, at, "asap"))
		return false;
	out->last = at;
	out->start = r->now;
	out->end = r->now + 1;
	out->has_date = out->has_time = out->point = out->half_day = out->seconds = true;
	return true;
}

/* "on the 17", "the 17 from 2 to 4pm": digits behind an article that mean a day. */
static bool
day_is_asked(const struct time_reader *r, size_t at)
{
	static const char *const before[] = {
		"on", "by", "until", "till", "before", "after", "since", NULL};
	static const char *const behind[] = {"from", "between", "at", NULL};
	if (time_digits_at(r, at + 1, 31) < 1 || token_joined(r->t, at + 1))
		return false;
	bool word = at + 2 < r->t->n && r->t->p[at + 2].kind == TOKEN_WORD;
	for (size_t k = 0; behind[k]; k++)
		if (time_is(r, at + 2, behind[k]))
			return true;
	for (size_t k = 0; before[k] && at > 0; k++)
		if (time_is(r, at - 1, before[k]))
			return !word;
	return false;
}

/* "the 29th", "on the 5th", "el día 18": a day of this month, or of the next when it is
 * over. */
static bool
date_day_alone(const struct time_reader *r, size_t at, struct time_span *out)
{
	int day;
	size_t last;
	bool article = time_is(r, at, "the") ||
		((time_is(r, at, "el") || time_is(r, at, "dia")) &&
			(time_is(r, at, "dia") || time_is(r, at + 1, "dia")));
	bool ordinal = number_ordinal(r->t, at, r->spanish, &day, &last) &&
		r->t->p[at].norm.p[0] <= '9' && day <= 31;
	bool asked = !r->spanish && article && day_is_asked(r, at);
	if (!ordinal &&
		!(article && month_day(r, at, &day, &last) &&
			(r->spanish || asked || r->t->p[last].kind == TOKEN_WORD)))
		return false;
	if (!ordinal && !r->spanish && !asked && r->t->p[last].norm.p[0] > '9')
		return false;
	if (time_word_at(r, last + 1, TIME_UNIT))
		return false;
	int64_t month =
		calendar_add_months(r->today - calendar_civil(r->today).day + 1, 0);
	if (day < calendar_civil(r->today).day)
		month = calendar_add_months(month, 1);
	struct civil c = calendar_civil(month);
	if (!calendar_valid(c.year, c.month, day))
		return false;
	time_set_day(out, month + day - 1);
	out->last = last;
	return true;
}

/* this May, next March, last June, "mayo pasado" */
static bool
date_which_month(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS),
			       *month = time_word_at(r, at + 1, TIME_MONTH);
	if (!which && r->spanish) {
		month = time_word_at(r, at, TIME_MONTH);
		which = time_word_at(r, at + 1, TIME_THIS);
	}
	if (!which || !month)
		return false;
	struct civil today = calendar_civil(r->today);
	int64_t year = today.year;
	out->last = at + 1;
	out->relative = true;
	out->year_said = time_year_behind(r, out->last, &year, &out->last);
	if (!out->year_said && which->value > 0)
		year += month->value <= today.month;
	else if (!out->year_said && which->value < 0)
		year -= month->value >= today.month;
	int64_t from = calendar_day(year, month->value, 1);
	time_set_days(out, from, calendar_add_months(from, 1));
	return true;
}

/* "the 15th of next month", "el 15 del mes que viene", "the first of the month" */
static bool
date_day_of_month(const struct time_reader *r, size_t at, struct time_span *out)
{
	int day, nth;
	size_t last, unused;
	struct time_span month;
	if (!month_day(r, at, &day, &last) ||
		(r->t->p[last].kind != TOKEN_NUMBER &&
			!number_ordinal(r->t, last, r->spanish, &nth, &unused)))
		return false;
	size_t i = last + 1;
	i += time_is(r, i, "day");
	if (!time_is(r, i, "of") && !time_is(r, i, "de") && !time_is(r, i, "del"))
		return false;
	i++;
	i += time_is(r, i, "the") && time_word_at(r, i + 1, TIME_THIS);
	size_t unit = i + time_is(r, i, "the");
	bool own = time_is(r, unit, "month") || time_is(r, unit, "mes");
	int64_t first = r->today - calendar_civil(r->today).day + 1;
	if (time_date(r, i, &month) && month.relative && !month.point &&
		month.end - month.start >= 28 * DAY_SECONDS &&
		month.end - month.start <= 31 * DAY_SECONDS) {
		first = month.start / DAY_SECONDS;
		unit = month.last;
	} else if (!own) {
		return false;
	} else if (first + day - 1 < r->today) {
		first = calendar_add_months(first, 1);
	}
	struct civil c = calendar_civil(first);
	if (!calendar_valid(c.year, c.month, day))
		return false;
	time_set_day(out, first + day - 1);
	out->relative = true;
	out->last = unit;
	return true;
}

/* The day whose end is meant: behind "end of" or "EOD"; without one, today. */
static int64_t
end_of_which(const struct time_reader *r, size_t i, bool needed, size_t *last)
{
	struct time_span day;
	i += time_is(r, i, "on") || time_is(r, i, "el");
	if (!time_date(r, i, &day) || !day.point || day.has_time || day.weak)
		return needed ? -1 : r->today;
	*last = day.last;
	return day.start / DAY_SECONDS;
}

/* "end of the day", "EOD", "close of business on Friday", "final del día", "fin de mañana":
 * its last second. */
static bool
date_day_end(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at + (time_is(r, at, "the") || time_is(r, at, "al"));
	int64_t day;
	bool brief = time_is(r, i, "eod") || time_is(r, i, "cob");
	bool end = time_is(r, i, "end") || time_is(r, i, "close") ||
		time_is(r, i, "fin") || time_is(r, i, "final");
	out->last = i;
	if (brief) {
		day = end_of_which(r, i + 1, false, &out->last);
	} else if (end &&
		(time_is(r, i + 1, "of") || time_is(r, i + 1, "de") ||
			time_is(r, i + 1, "del"))) {
		i += 2;
		i += time_is(r, i, "the") || time_is(r, i, "my") ||
			time_is(r, i, "your") || time_is(r, i, "el") ||
			time_is(r, i, "la");
		bool business = time_is(r, i, "business");
		i += business && time_is(r, i + 1, "day");
		bool whole = time_is(r, i, "day") || time_is(r, i, "dia") ||
			time_is(r, i, "jornada") || time_is(r, i, "business");
		out->last = i;
		day = end_of_which(r, i + whole, !whole, &out->last);
	} else {
		return false;
	}
	if (day < 0)
		return false;
	time_set_day(out, day);
	out->start += DAY_SECONDS - 1;
	out->has_time = out->half_day = out->seconds = out->relative = true;
	return true;
}

static bool
date_simple(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(
		const struct time_reader *, size_t, struct time_span *) = {date_digits,
		date_iso, date_month_year, date_year_month, date_month, date_whole_month,
		date_weekday_and_date, date_near, date_now, time_units, time_distance,
		date_day_alone, time_quarter, time_half, time_holiday, time_season,
		time_year, time_decade, time_nth_of, time_later, time_year_quarter,
		date_which_month, date_day_of_month, date_day_end};
	bool found = false;
	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
		struct time_span one = {.first = at};
		if (!readings[i](r, at, &one) || (found && one.last <= out->last))
			continue;
		*out = one;
		found = true;
	}
	return found;
}

/* A part of a stretch: of a month the first half, the 10th to the 20th or the second
 * half, of anything else a third. */
static void
edge_cut(int edge, struct time_span *s)
{
	int64_t from = s->start / DAY_SECONDS, to = s->end / DAY_SECONDS,
		days = to - from;
	int64_t first = from + days / 3, second = to - days / 3;
	if (days >= 28 && days <= 31) {
		first = edge == 1 ? from + 9 : from + 15;
		second = edge == 1 ? from + 20 : from + 15;
	} else if (days == 7) {
		first = edge == 1 ? from + 2 : from + 3;
		second = edge == 1 ? from + 5 : from + 4;
	} else if (days >= 365 && days <= 366) {
		first = calendar_add_months(from, 4);
		second = calendar_add_months(from, 8);
	}
	s->start = (edge == 0 ? from : edge == 1 ? first : second) * DAY_SECONDS;
	s->end = (edge == 0 ? first : edge == 1 ? second : to) * DAY_SECONDS;
}

/* "the end of next month", "early July", "mid-November": a third of the stretch. */
static bool
date_edge(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	const struct time_word *edge = time_word_at(r, i, TIME_EDGE);
	/* "El fin de semana" is the weekend. */
	if (!edge ||
		(r->spanish && time_is(r, i + 1, "de") && time_is(r, i + 2, "semana") &&
			edge->value == 2 && !time_is(r, i, "final") &&
			!time_is(r, i, "finales")))
		return false;
	i++;
	/* "Early in May", but nobody starts in the next decade's first third. */
	bool adverb = time_is(r, at, "early") || time_is(r, at, "late") ||
		time_is(r, at, "mid");
	i += time_is(r, i, "of") || time_is(r, i, "de") || time_is(r, i, "del") ||
		time_is(r, i, "-") || (adverb && time_is(r, i, "in"));
	i += time_is(r, i, "the") || time_is(r, i, "la") || time_is(r, i, "el");
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	struct time_span own = {.first = i};
	if (r->spanish && time_date_spanish(r, i, &own) && !own.point) {
		*out = own;
	} else if (unit && unit->value >= UNIT_WEEK) {
		time_unit_span(r->today, (enum time_unit)unit->value, 0, 1, out);
		out->last = i;
	} else if (!date_simple(r, i, out) || out->point) {
		return false;
	}
	out->weak = false;
	out->first = at;
	edge_cut(edge->value, out);
	return true;
}

static bool
date_read(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span own = {.first = at};
	bool found = date_edge(r, at, out) || date_simple(r, at, out);
	bool more = r->spanish ? time_date_spanish(r, at, &own)
			       : time_date_english(r, at, &own);
	if (!more || (found && own.last < out->last))
		return found;
	*out = own;
	return true;
}

bool
time_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	*out = (struct time_span){.first = at};
	if (at >= r->t->n)
		return false;
	struct time_known once = {0}, *k = r->dates ? &r->dates[at] : &once;
	if (!k->tried) {
		k->span = *out;
		k->found = date_read(r, at, &k->span);
		k->tried = true;
	}
	*out = k->span;
	return k->found;
}
