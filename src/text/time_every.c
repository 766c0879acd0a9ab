/*
 * Repetitions: "every day", "daily at 9", "twice a week", "los lunes", "3pm each day".
 *
 * What is kept is the length of time between two; the day and hour that may be said are a
 * part of the text only.
 */
#include "text/time_span.h"

static void
every_one(struct time_length *out, enum time_unit unit, double count, size_t last)
{
	*out = (struct time_length){.any = true, .last = last};
	out->amount[unit] = count;
}

/* "once a week", "twice a year", "una vez al mes", "tres veces por semana" */
static bool
every_times(const struct time_reader *r, size_t at, struct time_length *out)
{
	static const char *const joints[] = {
		"a", "per", "al", "por", "each", "every", "cada", NULL};
	struct number n;
	size_t i = at + 1;
	bool word = (time_is(r, at, "once") && !r->spanish) || time_is(r, at, "twice");
	if (!word) {
		if (!number_read(r->t, at, r->spanish, &n))
			return false;
		i = n.last + 1;
		if (!time_is(r, i, "times") && !time_is(r, i, "vez") &&
			!time_is(r, i, "veces"))
			return false;
		i++;
	}
	if (!time_is_any(r, i, joints))
		return false;
	i++;
	i += time_is(r, i, "la");
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (!unit)
		return false;
	every_one(out, (enum time_unit)unit->value, 1, i);
	return true;
}

/* "daily", "bi-monthly", "semi-annually": the word says how often. */
static bool
every_word(const struct time_reader *r, size_t at, struct time_length *out)
{
	bool twice = time_is(r, at, "bi"), half = time_is(r, at, "semi");
	size_t i = at + (twice || half);
	const struct time_word *w = time_word_at(r, i, TIME_EVERY);
	if (!w || !w->value)
		return false;
	enum time_unit unit = (enum time_unit)(w->value / 10);
	double count = w->value % 10;
	if (half && unit == UNIT_YEAR) {
		unit = UNIT_MONTH;
		count = 6;
	}
	every_one(out, unit, twice ? 2 * count : count, i);
	return true;
}

/* every day, each Monday, every two weeks, every other day, cada mes, todos los lunes */
static bool
every_unit(const struct time_reader *r, size_t at, struct time_length *out)
{
	const struct time_word *w = time_word_at(r, at, TIME_EVERY);
	if (!w || w->value)
		return false;
	size_t i = at + 1;
	bool other = time_is(r, i, "other");
	i += other || time_is(r, i, "los") || time_is(r, i, "las");
	if (time_length_read(r, i, out))
		return true;
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (unit)
		every_one(out, (enum time_unit)unit->value, other ? 2 : 1, i);
	else if (time_word_at(r, i, TIME_WEEKDAY))
		every_one(out, UNIT_WEEK, other ? 2 : 1, i);
	else if (time_word_at(r, i, TIME_PART))
		every_one(out, UNIT_DAY, 1, i);
	return out->any;
}

/* "Mondays", "Friday mornings", "on weekends", "los lunes" */
static bool
every_weekday(const struct time_reader *r, size_t at, struct time_length *out)
{
	bool los = r->spanish && time_is(r, at, "los");
	size_t i = at + (los || time_is(r, at, "on"));
	const struct time_word *w = time_word_at(r, i, TIME_WEEKDAY);
	if (!w)
		return false;
	const struct time_word *part = time_word_at(r, i + 1, TIME_PART);
	bool parts = part && str_ends(r->t->p[i + 1].norm, STR("s"));
	bool days = str_ends(r->t->p[i].norm, STR("days"));
	if (r->spanish ? !los : !days && !parts)
		return false;
	every_one(out, UNIT_WEEK, 1, parts ? i + 1 : i);
	return true;
}

bool
time_every(const struct time_reader *r, size_t at, struct time_length *out)
{
	struct time_span clock;
	*out = (struct time_length){0};
	bool said = time_clock_said(r, at, &clock) && !clock.bare;
	if (said &&
		(every_unit(r, clock.last + 1, out) ||
			every_word(r, clock.last + 1, out)))
		return true;
	if (!every_unit(r, at, out) && !every_word(r, at, out) &&
		!every_times(r, at, out) && !every_weekday(r, at, out))
		return false;
	size_t i = out->last + 1;
	struct time_span part;
	if (time_part(r, i, &part))
		out->last = part.last;
	if (time_clock_said(r, out->last + 1, &clock) && !clock.bare)
		out->last = clock.last;
	return true;
}
