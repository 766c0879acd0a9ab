/*
 * What English says of days in forms of their own: "week 10", "the 15th century", "next
 * fortnight", "year to date", "last easter", "later today". text/time_point.c reads the
 * rest.
 */
#include "text/time_span.h"

static void
put_days(struct time_span *out, int64_t from, int64_t to)
{
	out->start = from * DAY_SECONDS;
	out->end = to * DAY_SECONDS;
	out->has_date = true;
}

/* week 10, week 3 of 2027: week 1 holds January 4 */
static bool
en_week_number(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	if (!time_is(r, at, "week") || !number_read(r->t, at + 1, false, &n) ||
		!n.whole || !n.digits || n.value < 1 || n.value > 53 || n.last != at + 1)
		return false;
	int64_t fourth = calendar_day(calendar_civil(r->today).year, 1, 4);
	int64_t monday = fourth - calendar_weekday(fourth) + 7 * ((int64_t)n.value - 1);
	put_days(out, monday, monday + 7);
	out->last = n.last;
	return true;
}

static bool
en_century(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth;
	size_t i = at + time_is(r, at, "the");
	if (!number_ordinal(r->t, i, false, &nth, &i) || !time_is(r, i + 1, "century") ||
		nth < 1 || nth > 30)
		return false;
	put_days(out, calendar_day((nth - 1) * 100, 1, 1), calendar_day(nth * 100, 1, 1));
	out->year_said = true;
	out->last = i + 1;
	return true;
}

/* this fortnight, next fortnight, a fortnight ago, in a fortnight */
static bool
en_fortnight(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	out->relative = true;
	if (which && time_is(r, at + 1, "fortnight")) {
		int64_t from = which->value < 0 ? r->today - 14 : r->today + 1;
		put_days(out, from, from + 14);
		out->last = at + 1;
		return true;
	}
	bool in = time_is(r, at, "in");
	size_t i = at + in;
	if (!time_is(r, i, "a") || !time_is(r, i + 1, "fortnight"))
		return false;
	bool ago = time_is(r, i + 2, "ago"),
	     later = time_is(r, i + 2, "later") || time_is(r, i + 2, "hence");
	if (!in && !ago && !later)
		return false;
	int64_t day = r->today + (ago ? -14 : 14);
	put_days(out, day, day + 1);
	out->point = true;
	out->last = in ? i + 1 : i + 2;
	return true;
}

/* year to date, month to date; ytd */
static bool
en_to_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *unit = time_word_at(r, at, TIME_UNIT);
	bool brief = time_is(r, at, "ytd");
	bool whole = unit && unit->value >= UNIT_WEEK && time_is(r, at + 1, "to") &&
		time_is(r, at + 2, "date");
	if (!brief && !whole)
		return false;
	time_unit_span(
		r->today, brief ? UNIT_YEAR : (enum time_unit)unit->value, 0, 1, out);
	out->end = r->today * DAY_SECONDS;
	out->relative = true;
	out->last = at + (brief ? 0 : 2);
	return true;
}

/* "last Easter", "next Christmas": the holiday before or after today */
static bool
en_holiday(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	if (!which || !time_holiday(r, at + 1, out))
		return false;
	struct time_span earlier = {.first = at};
	/* A holiday without a year is the coming one; a year ago it was another day. */
	struct time_reader then = *r;
	then.dates = then.moments = NULL;
	then.today = r->today - 365;
	then.now = r->now - 365 * DAY_SECONDS;
	if (which->value < 0 && time_holiday(&then, at + 1, &earlier) &&
		earlier.start < r->today * DAY_SECONDS)
		*out = earlier;
	out->relative = true;
	return out->point;
}

/* right now */
static bool
en_right_now(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (!time_is(r, at, "right") || !time_is(r, at + 1, "now"))
		return false;
	out->start = r->now;
	out->end = r->now + 1;
	out->has_date = out->has_time = out->point = true;
	out->half_day = out->seconds = out->relative = true;
	out->last = at + 1;
	return true;
}

/* the first quarter of the year: the article is a part of it */
static bool
en_quarter(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth;
	size_t last;
	return time_is(r, at, "the") &&
		number_ordinal(r->t, at + 1, false, &nth, &last) &&
		time_word_at(r, last + 1, TIME_UNIT) &&
		r->word[last + 1]->value == UNIT_QUARTER && time_date(r, at + 1, out) &&
		!out->point;
}

/* later today, earlier today, later in the day */
static bool
en_later_today(const struct time_reader *r, size_t at, struct time_span *out)
{
	bool later = time_is(r, at, "later");
	size_t i = at + 1;
	if (!later && !time_is(r, at, "earlier"))
		return false;
	i += time_is(r, i, "in");
	if (!time_is(r, i, "today"))
		return false;
	int64_t noon = r->today * DAY_SECONDS + DAY_SECONDS / 2;
	out->start = later ? noon : noon - DAY_SECONDS / 2;
	out->end = out->start + DAY_SECONDS / 2;
	out->has_date = out->has_time = out->relative = true;
	out->last = i;
	return true;
}

/* "the week of March 3", "the week starting on February 4" */
static bool
en_week_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span day;
	size_t i = at + time_is(r, at, "the");
	if (!time_is(r, i, "week"))
		return false;
	i++;
	bool starts = time_is(r, i, "starting") || time_is(r, i, "beginning") ||
		time_is(r, i, "of");
	if (!starts)
		return false;
	i += 1u + time_is(r, i + 1, "on");
	if (!time_date(r, i, &day) || !day.point || day.has_time)
		return false;
	int64_t of = day.start / DAY_SECONDS, monday = of - calendar_weekday(of);
	put_days(out, monday, monday + 7);
	out->year_said = day.year_said;
	out->last = day.last;
	return true;
}

/* the first Monday of May, the last Friday of next month */
static bool
en_nth_weekday(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth = -1;
	struct time_span of;
	size_t i = at + time_is(r, at, "the");
	if (!time_is(r, i, "last") && !number_ordinal(r->t, i, false, &nth, &i))
		return false;
	const struct time_word *weekday = time_word_at(r, i + 1, TIME_WEEKDAY);
	i += 2;
	if (!weekday || !(time_is(r, i, "of") || time_is(r, i, "in")) || nth > 5 ||
		!time_date(r, i + 1, &of) || of.point || of.has_time)
		return false;
	int64_t day = time_nth_weekday(
		of.start / DAY_SECONDS, of.end / DAY_SECONDS, weekday->value, nth);
	put_days(out, day, day + 1);
	out->point = true;
	out->year_said = of.year_said;
	out->last = of.last;
	return day >= 0;
}

/* "rest of the week", "the rest of my day", "the remainder of this month": from now on. */
static bool
en_rest(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at + time_is(r, at, "the");
	if ((!time_is(r, i, "rest") && !time_is(r, i, "remainder")) ||
		!time_is(r, i + 1, "of"))
		return false;
	i += 2;
	i += time_is(r, i, "the") || time_is(r, i, "this") || time_is(r, i, "my") ||
		time_is(r, i, "your");
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (!unit || unit->value < UNIT_DAY)
		return false;
	time_unit_span(r->today, (enum time_unit)unit->value, 0, 1, out);
	bool day = unit->value == UNIT_DAY;
	out->start = day ? r->now : r->today * DAY_SECONDS;
	out->end -= day;
	out->has_time = out->seconds = day;
	out->point = false;
	out->relative = true;
	out->last = i;
	return true;
}

/* "over the weekend": the coming one, or the one that is */
static bool
en_weekend(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (!time_is(r, at, "weekend") || at == 0 || !time_is(r, at - 1, "the"))
		return false;
	time_unit_span(r->today, UNIT_WEEKEND, 0, 1, out);
	out->relative = true;
	out->last = at;
	return true;
}

/* "the week after next", "the month before last" */
static bool
en_after_next(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at + time_is(r, at, "the");
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	bool next = time_is(r, i + 1, "after") && time_is(r, i + 2, "next"),
	     last = time_is(r, i + 1, "before") && time_is(r, i + 2, "last");
	if (!unit || unit->value < UNIT_WEEK || (!next && !last))
		return false;
	time_unit_span(r->today, (enum time_unit)unit->value, next ? 2 : -2, 1, out);
	out->relative = true;
	out->last = i + 2;
	return true;
}

/* "EOM", "EOY": the last part of this month, of this year */
static bool
en_end_letters(const struct time_reader *r, size_t at, struct time_span *out)
{
	bool month = time_is(r, at, "eom");
	if (!month && !time_is(r, at, "eoy"))
		return false;
	time_unit_span(r->today, month ? UNIT_MONTH : UNIT_YEAR, 0, 1, out);
	out->start = month
		? out->start + 15 * DAY_SECONDS
		: calendar_add_months(out->start / DAY_SECONDS, 8) * DAY_SECONDS;
	out->relative = true;
	out->last = at;
	return true;
}

/* "the next day", "the last decade": the article is a part of it */
static bool
en_the_next(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *unit = time_word_at(r, at + 2, TIME_UNIT);
	bool whole = unit && (unit->value == UNIT_DAY || unit->value == UNIT_DECADE);
	return time_is(r, at, "the") && time_word_at(r, at + 1, TIME_THIS) && whole &&
		time_units(r, at + 1, out);
}

/* the same week, the day before, the day after, the next day */
static bool
en_beside(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at + time_is(r, at, "the");
	out->relative = true;
	const struct time_word *unit = time_word_at(r, i + 1, TIME_UNIT);
	if (time_is(r, i, "same") && unit && unit->value >= UNIT_DAY) {
		time_unit_span(r->today, (enum time_unit)unit->value, 0, 1, out);
		out->first = at;
		out->last = i + 1;
		return i == at;
	}
	if (i == at || !time_is(r, i, "day") ||
		!(time_is(r, i + 1, "before") || time_is(r, i + 1, "after")))
		return false;
	int64_t day = r->today + (time_is(r, i + 1, "after") ? 1 : -1);
	put_days(out, day, day + 1);
	out->point = true;
	out->last = i + 1;
	/* "the day after the party" is not told here. */
	return i + 2 >= r->t->n || r->t->p[i + 2].kind == TOKEN_PUNCTUATION;
}

/* "Dec31", "Jan5": a month and its day in one token */
static bool
en_glued(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct str s = at < r->t->n ? r->t->p[at].norm : (struct str){0};
	size_t letters = 0;
	int day = 0;
	while (letters < s.n && s.p[letters] >= 'a' && s.p[letters] <= 'z')
		letters++;
	if (letters < 3 || s.n - letters < 1 || s.n - letters > 2)
		return false;
	for (size_t i = letters; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		day = day * 10 + (s.p[i] - '0');
	}
	const struct time_word *month = time_word_find(str_sub(s, 0, letters), false);
	if (!month || month->kind != TIME_MONTH)
		return false;
	struct time_span year;
	struct civil today = calendar_civil(r->today);
	int64_t of = today.year;
	size_t behind = at + 1;
	behind += time_is(r, behind, ",");
	out->last = at;
	if (time_date(r, behind, &year) && year.weak && year.year_said) {
		of = calendar_civil(year.start / DAY_SECONDS).year;
		out->year_said = true;
		out->last = year.last;
	}
	if (!calendar_valid(of, month->value, day))
		return false;
	if (!out->year_said && calendar_day(of, month->value, day) < r->today)
		of++;
	int64_t from = calendar_day(of, month->value, day);
	put_days(out, from, from + 1);
	out->point = true;
	return true;
}

bool
time_date_english(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(
		const struct time_reader *, size_t, struct time_span *) = {en_week_number,
		en_century, en_fortnight, en_to_date, en_holiday, en_later_today,
		en_right_now, en_quarter, en_week_of, en_nth_weekday, en_beside, en_glued,
		en_rest, en_weekend, en_after_next, en_end_letters, en_the_next};
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
