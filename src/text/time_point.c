#include "text/time_span.h"

#include <math.h>

const struct time_word *
time_word_at(const struct time_reader *r, size_t i, enum time_word_kind kind)
{
	return i < r->t->n && r->word[i] && r->word[i]->kind == kind ? r->word[i] : NULL;
}

static bool
is(const struct time_reader *r, size_t i, const char *word)
{
	return token_is(r->t, i, word);
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
static bool
year_at(const struct time_reader *r, size_t i, bool two_digits, int64_t *year)
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

static void
span_day(struct time_span *out, int64_t day)
{
	out->start = day * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->has_date = out->point = true;
}

static void
span_days(struct time_span *out, int64_t from, int64_t to)
{
	out->start = from * DAY_SECONDS;
	out->end = to * DAY_SECONDS;
	out->has_date = true;
	out->point = false;
}

bool
time_unit_is_clock(enum time_unit unit)
{
	return unit <= UNIT_HOUR;
}

void
time_unit_span(int64_t day, enum time_unit unit, int64_t move, int64_t count,
	struct time_span *out)
{
	struct civil c = calendar_civil(day);
	int64_t monday = day - calendar_weekday(day),
		month = calendar_day(c.year, c.month, 1), from = day, to = day + 1;
	switch (unit) {
	case UNIT_SECOND:
	case UNIT_MINUTE:
	case UNIT_HOUR:
		break;
	case UNIT_DAY:
		from = day + move;
		to = from + count;
		break;
	case UNIT_WEEK:
		from = monday + 7 * move;
		to = from + 7 * count;
		break;
	case UNIT_WEEKEND:
		from = monday + 5 + 7 * move;
		to = from + 2 + 7 * (count - 1);
		break;
	case UNIT_MONTH:
		from = calendar_add_months(month, move);
		to = calendar_add_months(from, count);
		break;
	case UNIT_QUARTER:
		from = calendar_add_months(
			calendar_day(c.year, (c.month - 1) / 3 * 3 + 1, 1), 3 * move);
		to = calendar_add_months(from, 3 * count);
		break;
	case UNIT_YEAR:
		from = calendar_day(c.year + move, 1, 1);
		to = calendar_day(c.year + move + count, 1, 1);
		break;
	case UNIT_DECADE:
		from = calendar_day((c.year / 10 + move) * 10, 1, 1);
		to = calendar_day((c.year / 10 + move + count) * 10, 1, 1);
		break;
	}
	span_days(out, from, to);
	out->point = unit == UNIT_DAY && count == 1;
}

/* A day so many days, weeks, months … later. */
static int64_t
units_later(int64_t day, enum time_unit unit, int64_t count)
{
	static const int64_t days[] = {
		[UNIT_DAY] = 1, [UNIT_WEEK] = 7, [UNIT_WEEKEND] = 7};
	static const int64_t months[] = {[UNIT_MONTH] = 1,
		[UNIT_QUARTER] = 3,
		[UNIT_YEAR] = 12,
		[UNIT_DECADE] = 120};
	return unit <= UNIT_WEEKEND ? day + days[unit] * count
				    : calendar_add_months(day, months[unit] * count);
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
	span_day(out, calendar_day(year, month, day));
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
	out->last = at + 2;
	/* "2 1/4" is a number. */
	bool mixed = mark == '/' && at > 0 && r->t->p[at - 1].kind == TOKEN_NUMBER;
	if (mixed || first_digits == 4 || mark == '.' || r->t->p[at + 2].norm.n > 2)
		return false;
	if (mark == '-' && (r->t->p[at].norm.n < 2 || r->t->p[at + 2].norm.n < 2))
		return false;
	return (r->day_first && set_civil(r, 0, false, b, a, out)) ||
		set_civil(r, 0, false, a, b, out) || set_civil(r, 0, false, b, a, out);
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
	if (!month || day < 1 || !year_at(r, at, false, &year) ||
		!time_joined_mark(r, at + 1, "-/.", &mark))
		return false;
	return set_civil(r, year, true, month->value, day, out);
}

/* A day of the month at token `at`: 4, 4th, fourth, "the 4th". */
static bool
month_day(const struct time_reader *r, size_t at, int *day, size_t *last)
{
	size_t i = at + (is(r, at, "the") || is(r, at, "el") || is(r, at, "dia"));
	i += is(r, i, "dia");
	int v = time_digits_at(r, i, 31);
	if (v > 0 && r->t->p[i].norm.n <= 2) {
		*day = v;
		*last = i;
		return true;
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

/* A year behind a month: "2019", ", 2019", "of 2019", "'19", "de 2019". */
static bool
year_behind(const struct time_reader *r, size_t last, int64_t *year, size_t *end)
{
	size_t i = last + 1;
	bool two = (is(r, i, "-") || is(r, i, "/")) && token_joined(r->t, last) &&
		token_joined(r->t, i);
	if (is(r, i, ".") && r->t->p[i].start == r->t->p[last].end)
		i++;
	if (is(r, i, ",") || is(r, i, "of") || is(r, i, "in") || is(r, i, "de") ||
		is(r, i, "en") || is(r, i, "del") || is(r, i, "-") || is(r, i, "/"))
		i++;
	if (is(r, i, "'")) {
		two = true;
		i++;
	}
	struct number n;
	if (year_at(r, i, two, year)) {
		*end = i;
		return true;
	}
	/* "mil novecientos noventa y dos" */
	if (!r->spanish || i == last + 1 || !number_read(r->t, i, true, &n) || n.digits ||
		!n.whole || n.value < 1500 || n.value > 2200)
		return false;
	*year = (int64_t)n.value;
	*end = n.last;
	return true;
}

static bool
with_year(const struct time_reader *r, int month, int day, size_t last,
	struct time_span *out)
{
	int64_t year = 0;
	out->last = last;
	bool said = year_behind(r, last, &year, &out->last);
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
		i += is(r, i, ".") || is(r, i, "-") || is(r, i, "/");
		if (month_day(r, i, &day, &last) &&
			!(last + 1 < r->t->n && is(r, last + 1, ":")))
			return with_year(r, month->value, day, last, out);
		return false;
	}
	if (!month_day(r, at, &day, &last))
		return false;
	size_t i = last + 1;
	i += is(r, i, "of") || is(r, i, "de") || is(r, i, "-") || is(r, i, "/");
	i += is(r, i, "month");
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
	out->year_said = year_behind(r, at, &year, &out->last);
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
	span_days(out, from, calendar_add_months(from, 1));
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
	i += is(r, i, "this") && time_word_at(r, i + 1, TIME_THIS);
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	i += which != NULL;
	if (which && is(r, i, "week"))
		i += time_word_at(r, i + 1, TIME_WEEKDAY) ? 1u
			: is(r, i + 1, "on")              ? 2u
							  : 0u;
	const struct time_word *weekday = time_word_at(r, i, TIME_WEEKDAY);
	if (!weekday)
		return false;
	size_t letters = r->t->p[i].norm.n;
	bool capital = r->t->text.p[r->t->p[i].start] < 'a';
	if (letters == 3 && !capital &&
		(is(r, i, "sat") || is(r, i, "sun") || is(r, i, "mar") ||
			is(r, i, "dom")))
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
	bool coming = which && (is(r, i - 1, "coming") || is(r, i - 1, "upcoming"));
	bool past = which && is(r, i - 1, "past");
	if (past)
		day -= day >= r->today ? 7 : 0;
	else if (which && !coming)
		day += 7 * which->value;
	else if (day <= r->today)
		day += 7;
	span_day(out, day);
	/* "Monday next week", "the Friday of last week" */
	size_t j = out->last + 1;
	j += is(r, j, "of") || is(r, j, "de");
	j += is(r, j, "la") || is(r, j, "the");
	const struct time_word *week = time_word_at(r, j, TIME_THIS);
	if (!which && week && time_word_at(r, j + 1, TIME_UNIT) &&
		time_word_at(r, j + 1, TIME_UNIT)->value == UNIT_WEEK) {
		span_day(out, monday + weekday->value + 7 * week->value);
		out->last = j + 1;
	} else if (!which && time_word_at(r, j, TIME_UNIT) &&
		time_word_at(r, j + 1, TIME_THIS) && r->word[j]->value == UNIT_WEEK) {
		span_day(out, monday + weekday->value + 7 * r->word[j + 1]->value);
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
		if (is(r, i + 1, makes_time[k]) &&
			(makes_time[k][0] != '.' || token_joined(r->t, i)) &&
			token_joined(r->t, i + 1))
			return false;
	return *day > (r->spanish ? 0 : 12) && !time_word_at(r, i + 1, TIME_HALF_DAY) &&
		!time_word_at(r, i + 1, TIME_UNIT) && !is(r, i + 1, "to");
}

static bool
date_weekday_and_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span date;
	if (!date_weekday(r, at, out))
		return false;
	size_t i = out->last + 1;
	i += is(r, i, ",") || is(r, i, ".");
	i += is(r, i, "the") && !time_word_at(r, i + 1, TIME_UNIT);
	i += is(r, i, "el");
	bool bracket = is(r, i, "(");
	i += bracket;
	int day;
	size_t last;
	if (date_month(r, i, &date) || date_digits(r, i, &date)) {
		out->start = date.start;
		out->end = date.end;
		out->last = date.last + (bracket && is(r, date.last + 1, ")"));
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
		span_day(out, month + day - 1);
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
	bool the = is(r, i, "the");
	if (is(r, i + the, "day") &&
		(is(r, i + the + 1, "after") || is(r, i + the + 1, "before"))) {
		move = is(r, i + the + 1, "after") ? 1 : -1;
		i += the + 2u;
	} else if (is(r, i, "pasado") && is(r, i + 1, "manana")) {
		move = 1;
		i++;
	} else if (is(r, i, "antes") && is(r, i + 1, "de") && is(r, i + 2, "ayer")) {
		move = -1;
		i += 2;
	}
	const struct time_word *w = time_word_at(r, i, TIME_DAY);
	if (!w)
		return false;
	out->last = i;
	span_day(out, r->today + w->value + move);
	return true;
}

/* now, ahora */
static bool
date_now(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	if (!time_word_at(r, at, TIME_NOW) || is(r, at, "asap"))
		return false;
	out->last = at;
	out->start = r->now;
	out->end = r->now + 1;
	out->has_date = out->has_time = out->point = out->half_day = out->seconds = true;
	return true;
}

/* this week, next 3 months, the last couple of days, próximos cuatro días, la semana
 * pasada */
static bool
date_units(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	size_t i = at;
	struct number n = {.value = 1};
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	bool counted = false,
	     leading = number_read(r->t, i, r->spanish, &n) && n.whole && n.value < 100 &&
		time_word_at(r, n.last + 1, TIME_THIS);
	n.value = leading ? n.value : 1;
	if (leading) {
		/* "10 previous weeks" */
		which = time_word_at(r, n.last + 1, TIME_THIS);
		i = n.last + 1;
		counted = true;
	}
	if (which) {
		i++;
		if (!counted && is(r, i, "couple")) {
			n.value = 2;
			i += is(r, i + 1, "of") ? 2 : 1;
			counted = true;
		} else if (!counted && is(r, i, "few")) {
			n.value = 3;
			i++;
			counted = true;
		} else if (!counted && number_read(r->t, i, r->spanish, &n)) {
			i = n.last + 1;
			counted = true;
		} else if (!counted) {
			n.value = 1;
		}
		i += is(r, i, "business") || is(r, i, "calendar") || is(r, i, "working");
	}
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (!unit || n.value < 1 || n.value > 10000)
		return false;
	out->last = i;
	if (!which && r->spanish) {
		which = time_word_at(r, i + 1, TIME_THIS);
		out->last = i + 1;
	}
	if (!which)
		return false;
	if (time_unit_is_clock((enum time_unit)unit->value)) {
		static const int64_t seconds[] = {1, 60, 3600};
		int64_t length = (int64_t)(n.value * (double)seconds[unit->value]);
		out->start = which->value < 0 ? r->now - length : r->now;
		out->end = out->start + length;
		out->has_date = out->has_time = true;
		return counted || unit->value == UNIT_HOUR;
	}
	int64_t count = (int64_t)n.value;
	if (counted && which->value != 0 && unit->value != UNIT_WEEKEND &&
		unit->value != UNIT_DECADE) {
		/* "The next three weeks" begin tomorrow, "the last ten days" end today.
		 */
		int64_t from = which->value > 0
			? r->today + 1
			: units_later(r->today, (enum time_unit)unit->value, -count);
		span_days(out, from,
			which->value > 0
				? units_later(from, (enum time_unit)unit->value, count)
				: r->today);
		return true;
	}
	int64_t move = which->value == 0 ? 0 : which->value > 0 ? 1 : -count;
	time_unit_span(r->today, (enum time_unit)unit->value, move, count, out);
	return true;
}

/* "3h", "30min", "2yrs": a count and its unit in one token. */
const struct time_word *
time_glued_unit(const struct time_reader *r, size_t at, double *count)
{
	if (at >= r->t->n || r->t->p[at].kind != TOKEN_WORD)
		return NULL;
	struct str s = r->t->p[at].norm;
	size_t digits = 0;
	double v = 0;
	while (digits < s.n && digits < 5 && s.p[digits] >= '0' && s.p[digits] <= '9')
		v = v * 10 + (s.p[digits++] - '0');
	if (!digits || digits == s.n || v >= 1000)
		return NULL;
	static const struct time_word letters[] = {{"s", TIME_UNIT, UNIT_SECOND},
		{"m", TIME_UNIT, UNIT_MINUTE}, {"d", TIME_UNIT, UNIT_DAY},
		{"w", TIME_UNIT, UNIT_WEEK}, {"y", TIME_UNIT, UNIT_YEAR}};
	struct str unit = str_sub(s, digits, s.n);
	*count = v;
	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
		if (str_eq(unit, str_of(letters[i].text)))
			return &letters[i];
	const struct time_word *w = time_word_find(unit, r->spanish);
	return w && w->kind == TIME_UNIT ? w : NULL;
}

/* So many units, as "2 weeks and 3 days": days and smaller are seconds, what has no fixed
 * length is months. */
struct distance {
	int64_t months, seconds;
	bool clock; /* hours, minutes or seconds were said */
	bool any;
	size_t last;
};

static void
distance_add(struct distance *d, double count, enum time_unit unit)
{
	static const int64_t seconds[] = {[UNIT_SECOND] = 1,
		[UNIT_MINUTE] = 60,
		[UNIT_HOUR] = 3600,
		[UNIT_DAY] = DAY_SECONDS,
		[UNIT_WEEK] = 7 * DAY_SECONDS,
		[UNIT_WEEKEND] = 7 * DAY_SECONDS};
	static const int64_t months[] = {[UNIT_MONTH] = 1,
		[UNIT_QUARTER] = 3,
		[UNIT_YEAR] = 12,
		[UNIT_DECADE] = 120};
	if (unit >= UNIT_MONTH)
		d->months += (int64_t)lround(count * (double)months[unit]);
	else
		d->seconds += (int64_t)llround(count * (double)seconds[unit]);
	d->clock = d->clock || time_unit_is_clock(unit);
	d->any = true;
}

/* One count and its unit at token i; false when there is none. */
static bool
distance_part(const struct time_reader *r, size_t i, struct distance *d)
{
	struct number n;
	bool a = is(r, i, "a") || is(r, i, "an");
	if (is(r, i + a, "couple")) {
		n = (struct number){.value = 2, .last = i + a};
		n.last += is(r, n.last + 1, "of");
	} else if (a && time_word_at(r, i + 1, TIME_UNIT)) {
		n = (struct number){.value = 1, .last = i};
	} else if (!number_read(r->t, i, r->spanish, &n)) {
		return false;
	}
	size_t k = n.last + 1;
	k += is(r, k, "more");
	const struct time_word *unit = time_word_at(r, k, TIME_UNIT);
	if (!unit || n.value < 0 || n.value > 100000)
		return false;
	distance_add(d, n.value, (enum time_unit)unit->value);
	d->last = k;
	return true;
}

static void
distance_read(const struct time_reader *r, size_t at, struct distance *d)
{
	size_t i = at;
	for (int parts = 0; parts < 4 && distance_part(r, i, d); parts++) {
		i = d->last + 1;
		i += is(r, i, "and") || is(r, i, "y") || is(r, i, ",");
	}
}

static bool date_holiday(const struct time_reader *r, size_t at, struct time_span *out);

/* A day that a distance is counted from: "tomorrow", "July 4", "Monday"; `now` is not a
 * day. */
static bool
distance_base(const struct time_reader *r, size_t i, int64_t *base, size_t *last)
{
	struct time_span other = {0};
	if (time_word_at(r, i, TIME_NOW)) {
		*last = i;
		return true;
	}
	if (!date_near(r, i, &other) && !date_holiday(r, i, &other) &&
		!date_month(r, i, &other) && !date_digits(r, i, &other) &&
		!date_weekday(r, i, &other))
		return false;
	*base = other.start;
	*last = other.last;
	return true;
}

/* What stands behind a distance says its direction: 1, -1, or 0 when it is only a length
 * of time. */
static int
distance_direction(const struct time_reader *r, size_t *last, int64_t *base)
{
	size_t i = *last + 1;
	bool ago = is(r, i, "ago") || is(r, i, "atras"),
	     later = is(r, i, "later") || is(r, i, "hence") ||
		(is(r, i, "despues") && !is(r, i + 1, "de") && !is(r, i + 1, "del"));
	if (ago || later) {
		*last = i;
		return ago ? -1 : 1;
	}
	if (is(r, i, "from") || is(r, i, "after") || is(r, i, "before") ||
		is(r, i, "since"))
		return !distance_base(r, i + 1, base, last) ? 0
			: is(r, i, "before")                ? -1
							    : 1;
	if (is(r, i, "antes") && is(r, i + 1, "de") && is(r, i + 2, "hoy")) {
		*last = i + 2;
		return -1;
	}
	bool now = is(r, i + 3, "hoy") || is(r, i + 3, "ahora");
	if (is(r, i, "a") && is(r, i + 1, "partir") && is(r, i + 2, "de") && now) {
		*last = i + 3;
		return 1;
	}
	return 0;
}

/* N units ago, N units from now, in N units, N units before yesterday, hace N días,
 * dentro de N días, en N días */
static bool
date_distance(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct distance d = {0};
	bool within = is(r, at, "dentro") && is(r, at + 1, "de");
	bool in = within || is(r, at, "in") || is(r, at, "en"), ago = is(r, at, "hace");
	distance_read(r, at + within + (in || ago), &d);
	if (!d.any)
		return false;
	int64_t base = r->now;
	size_t last = d.last;
	int direction = distance_direction(r, &last, &base);
	int sign = direction ? direction : in ? 1 : ago ? -1 : 0;
	if (!sign)
		return false;
	int64_t of_day = (base % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS;
	int64_t day = calendar_add_months((base - of_day) / DAY_SECONDS, sign * d.months);
	int64_t to = day * DAY_SECONDS + of_day + sign * d.seconds;
	out->relative = true;
	out->last = last;
	span_day(
		out, (to - (to % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS);
	if (d.clock) {
		out->start = to;
		out->end = to + 1;
		out->has_time = out->half_day = out->seconds = true;
	}
	return true;
}

/* "the 29th", "on the 5th", "el día 18": a day of this month, or of the next when it is
 * over. */
static bool
date_day_alone(const struct time_reader *r, size_t at, struct time_span *out)
{
	int day;
	size_t last;
	bool article = is(r, at, "the") ||
		((is(r, at, "el") || is(r, at, "dia")) &&
			(is(r, at, "dia") || is(r, at + 1, "dia")));
	bool ordinal = number_ordinal(r->t, at, r->spanish, &day, &last) &&
		r->t->p[at].norm.p[0] <= '9' && day <= 31;
	if (!ordinal &&
		!(article && month_day(r, at, &day, &last) &&
			(r->spanish || r->t->p[last].kind == TOKEN_WORD)))
		return false;
	if (!ordinal && !r->spanish && r->t->p[last].norm.p[0] > '9')
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
	span_day(out, month + day - 1);
	out->last = last;
	return true;
}

static bool
date_quarter(const struct time_reader *r, size_t at, struct time_span *out)
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
	out->year_said = year_behind(r, last, &year, &out->last);
	size_t of = last + 1;
	const struct time_word *which = time_word_at(r, of + 1, TIME_THIS);
	if (is(r, of, "of") && (which || is(r, of + 1, "the")) && is(r, of + 2, "year")) {
		year += which ? which->value : 0;
		out->last = of + 2;
	}
	int64_t from = calendar_day(year, 1 + (part - 1) * months, 1);
	span_days(out, from, calendar_add_months(from, months));
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

static bool
date_holiday(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *w = time_word_at(r, at, TIME_HOLIDAY);
	int value = w ? w->value : 0;
	size_t last = at;
	if (is(r, at, "black") && is(r, at + 1, "friday")) {
		value = HOLIDAY_BLACK_FRIDAY;
		last = at + 1;
	} else if ((is(r, at, "new") &&
			   (is(r, at + 1, "year") || is(r, at + 1, "year's") ||
				   is(r, at + 1, "years")))) {
		bool eve = is(r, at + 2, "eve"), day = is(r, at + 2, "day");
		if (!eve && !day && at > 0 && !is(r, at - 1, "before") &&
			!is(r, at - 1, "after"))
			return false;
		value = eve ? 1231 : 101;
		last = at + 1 + (eve || day);
	} else if (is(r, at, "valentine's") || is(r, at, "valentines")) {
		value = 214;
		last = at + is(r, at + 1, "day");
	} else if (w && value == 1225 && !r->spanish) {
		value = is(r, at + 1, "eve") ? 1224 : 1225;
		last = at + (is(r, at + 1, "eve") || is(r, at + 1, "day"));
	}
	if (!value)
		return false;
	int64_t year = calendar_civil(r->today).year;
	out->last = last;
	out->year_said = year_behind(r, last, &year, &out->last);
	if (!out->year_said && holiday_day(year, value) < r->today)
		year++;
	span_day(out, holiday_day(year, value));
	return true;
}

/* this summer, summer 2019 */
static bool
date_season(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	size_t i = at + (which != NULL);
	const struct time_word *season = time_word_at(r, i, TIME_SEASON);
	if (!season || is(r, i, "fall") || (is(r, i, "spring") && !which))
		return false;
	int64_t year = calendar_civil(r->today).year + (which ? which->value : 0);
	out->last = i;
	out->year_said = year_behind(r, i, &year, &out->last);
	int64_t from = calendar_day(year, season->value, 1);
	span_days(out, from, calendar_add_months(from, 3));
	return true;
}

/* A year alone. It is a date only behind a word that asks for one. */
static bool
date_year(const struct time_reader *r, size_t at, struct time_span *out)
{
	int64_t year;
	size_t i = at;
	if (is(r, i, "the") || is(r, i, "el"))
		i++;
	bool said = is(r, i, "year") || is(r, i, "ano");
	i += said;
	if (!year_at(r, i, false, &year) || (i != at && !said))
		return false;
	out->last = i;
	out->weak = !said;
	out->year_said = true;
	span_days(out, calendar_day(year, 1, 1), calendar_day(year + 1, 1, 1));
	return true;
}

/* "the last week of July", "first week of Jan 2015", "3rd week of next month" */
static bool
date_nth_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth = 0;
	size_t i = at, last = at;
	i += is(r, i, "the");
	bool from_end = is(r, i, "last");
	if (!from_end && !number_ordinal(r->t, i, r->spanish, &nth, &last))
		return false;
	i = from_end ? i + 1 : last + 1;
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (!unit || unit->value < UNIT_DAY || unit->value > UNIT_MONTH ||
		!is(r, i + 1, "of"))
		return false;
	struct time_span of = {0};
	if ((!date_whole_month(r, i + 2, &of) && !date_units(r, i + 2, &of) &&
		    !date_year(r, i + 2, &of)) ||
		of.has_time)
		return false;
	int64_t from = of.start / DAY_SECONDS, to = of.end / DAY_SECONDS;
	enum time_unit u = (enum time_unit)unit->value;
	if (u == UNIT_WEEK)
		/* A month's first week holds its first Thursday. */
		from += (3 - calendar_weekday(from) + 7) % 7 - 3;
	int64_t start = from_end ? units_later(to, u, -1) : units_later(from, u, nth - 1);
	if (from_end && u == UNIT_WEEK) {
		start = to - 1 - calendar_weekday(to - 1);
		start -= start + 3 >= to ? 7 : 0;
	}
	span_days(out, start, units_later(start, u, 1));
	out->point = u == UNIT_DAY;
	out->year_said = of.year_said;
	out->last = of.last;
	return true;
}

/* "later this week", "earlier this month", "later in the year" */
static bool
date_later(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	bool later = is(r, at, "later"), earlier = is(r, at, "earlier");
	size_t i = at + 1;
	i += is(r, i, "in");
	i += is(r, i, "this") || is(r, i, "the");
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if ((!later && !earlier) || i < at + 2 || !unit || unit->value < UNIT_DAY)
		return false;
	time_unit_span(r->today, (enum time_unit)unit->value, 0, 1, out);
	if (later)
		out->start = r->today * DAY_SECONDS;
	else
		out->end = r->today * DAY_SECONDS;
	out->point = false;
	out->last = i;
	return out->start < out->end;
}

/* "2019 Q1", "2019-H2" */
static bool
date_year_quarter(const struct time_reader *r, size_t at, struct time_span *out)
{
	int64_t year;
	size_t i = at + 1;
	if (!year_at(r, at, false, &year))
		return false;
	i += is(r, i, "-");
	struct time_span part = {0};
	if (!date_quarter(r, i, &part) || part.year_said)
		return false;
	struct civil from = calendar_civil(part.start / DAY_SECONDS);
	int64_t months = from.month + (part.end - part.start) / DAY_SECONDS / 28;
	int64_t start = calendar_day(year, from.month, 1);
	span_days(out, start, calendar_add_months(start, months - from.month));
	out->year_said = true;
	out->last = part.last;
	return true;
}

/* "1990s" */
static bool
date_decade(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct str s = at < r->t->n ? r->t->p[at].norm : (struct str){0};
	int64_t year;
	if (s.n != 5 || s.p[4] != 's' || s.p[3] != '0' ||
		!str_to_i64(str_sub(s, 0, 4), &year) || year < 1500 || year > 2200)
		return false;
	span_days(out, calendar_day(year, 1, 1), calendar_day(year + 10, 1, 1));
	out->year_said = true;
	out->last = at;
	return true;
}

int64_t
time_nth_weekday(int64_t from, int64_t to, int weekday, int nth)
{
	int64_t first = from + (weekday - calendar_weekday(from) + 7) % 7;
	int64_t day = nth < 0 ? first + (to - 1 - first) / 7 * 7 : first + 7 * (nth - 1);
	return day < to ? day : -1;
}

static bool
date_simple(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(const struct time_reader *, size_t,
		struct time_span *) = {date_digits, date_year_month, date_month,
		date_whole_month, date_weekday_and_date, date_near, date_now, date_units,
		date_distance, date_day_alone, date_quarter, date_holiday, date_season,
		date_year, date_decade, date_nth_of, date_later, date_year_quarter};
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
	if (!edge)
		return false;
	i++;
	/* "Early in May", but nobody starts in the next decade's first third. */
	bool adverb = is(r, at, "early") || is(r, at, "late") || is(r, at, "mid");
	i += is(r, i, "of") || is(r, i, "de") || is(r, i, "del") || is(r, i, "-") ||
		(adverb && is(r, i, "in"));
	i += is(r, i, "the") || is(r, i, "la") || is(r, i, "el");
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
