/*
 * A date, a time of day, or both of them joined: "tomorrow at 3", "3pm on Monday", "this
 * morning", "tonight at 8".
 */
#include "text/time_span.h"

/* A part of a day: "in the morning", "tonight", "por la tarde". Start and end are seconds
 * of the day. */
bool
time_part(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	bool edge = (time_is(r, i, "early") || time_is(r, i, "late") ||
			    time_is(r, i, "later")) &&
		time_is(r, i + 1, "in");
	bool late = edge && !time_is(r, i, "early");
	/* "más tarde por la mañana" */
	bool mas = time_is(r, i, "mas") && time_is(r, i + 1, "tarde") &&
		(time_is(r, i + 2, "por") || time_is(r, i + 2, "en"));
	i += edge + 2u * mas;
	late = late || mas;
	bool in = time_is(r, i, "in") || time_is(r, i, "at") || time_is(r, i, "during") ||
		time_is(r, i, "por") || time_is(r, i, "de") || time_is(r, i, "en");
	i += in;
	i += time_is(r, i, "the") || time_is(r, i, "la") || time_is(r, i, "el");
	i += time_is(r, i, "early") || time_is(r, i, "late");
	const struct time_word *w = time_word_at(r, i, TIME_PART);
	bool manana = r->spanish && i > at && time_is(r, i, "manana") &&
		!time_is(r, i - 1, "de");
	if (!w && !manana)
		return false;
	/* "Buenas tardes" greets, and "más tarde" is later. */
	if (time_is(r, i - (i > 0), "good") || time_is(r, i - (i > 0), "buenas") ||
		(time_is(r, i, "tarde") && !time_word_at(r, i - (i > 0), TIME_THIS) &&
			!time_is(r, i - (i > 0), "la")))
		return false;
	int value = manana ? 812 : w->value;
	*out = (struct time_span){
		.first = at,
		.last = i,
		.start = value / 100 * 3600,
		/* A night ends with its last second: the next begins the day. */
		.end = value % 100 == 24 ? DAY_SECONDS - 1 : value % 100 * 3600,
		.has_time = true,
	};
	/* The first or the last half of it. */
	int64_t middle = (out->start + out->end) / 2;
	out->start = late ? middle : out->start;
	out->end = edge && !late ? middle : out->end;
	return true;
}

/* Puts a time of day into its part: seven in the evening is 19:00. */
void
time_clock_in_part(struct time_span *clock, const struct time_span *part)
{
	if (clock->half_day)
		return;
	int64_t half = 12 * 3600;
	/* Twelve at night ends the day. */
	if (part->start >= 20 * 3600 && clock->start == half)
		clock->start += half;
	else if (part->start >= half && clock->start < half &&
		clock->start + half < 24 * 3600)
		clock->start += half;
	clock->end = clock->start + 1;
	clock->half_day = true;
}

/* "cerca de las", "sobre las", "hacia las", "alrededor de las": gives the place of the
 * hour. */
static size_t
spanish_about(const struct time_reader *r, size_t at)
{
	size_t i = at;
	if (time_is(r, i, "sobre") || time_is(r, i, "hacia"))
		i++;
	else if ((time_is(r, i, "cerca") || time_is(r, i, "alrededor")) &&
		time_is(r, i + 1, "de"))
		i += 2;
	if (i > at && time_word_at(r, i, TIME_CLOCK))
		return i;
	return i > at && (time_is(r, i, "las") || time_is(r, i, "la")) ? i + 1 : at;
}

/* "at 5", "around 3pm", "a las 5": a clock behind its word, with the part of the day
 * behind it. */
bool
time_clock_said(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	bool asked = false;
	if (time_is(r, i, "at") || time_is(r, i, "@") || time_is(r, i, "around") ||
		time_is(r, i, "about") || time_is(r, i, "by") || time_is(r, i, "circa")) {
		asked = true;
		i++;
	} else if ((time_is(r, i, "a") || time_is(r, i, "para")) &&
		(time_is(r, i + 1, "las") || time_is(r, i + 1, "la"))) {
		asked = true;
		i += 2;
	} else if (time_is(r, i, "las")) {
		asked = true;
		i++;
	} else if (r->spanish) {
		size_t about = spanish_about(r, i);
		asked = about > i;
		i = about;
	}
	if (!time_clock(r, i, out))
		return false;
	out->first = at;
	struct time_span part;
	size_t next = out->last + 1;
	next += time_is(r, next, ",");
	/* "2 morning sessions" names no hour. */
	bool counts =
		out->bare && !asked && time_word_at(r, next, TIME_PART) && !r->spanish;
	if (!counts && !time_is(r, next, "tonight") && time_part(r, next, &part)) {
		time_clock_in_part(out, &part);
		out->last = part.last;
		asked = true;
	}
	if (asked)
		out->bare = false;
	return true;
}

void
time_put_on_day(struct time_span *date, const struct time_span *clock)
{
	int64_t day = date->start;
	date->start = day + clock->start;
	date->end = day + clock->end;
	date->has_time = true;
	date->point = clock->point;
	date->seconds = clock->seconds;
	date->half_day = clock->half_day;
}

/* What may stand between a date and its time. */
size_t
time_skip_join(const struct time_reader *r, size_t i)
{
	if (time_is(r, i, ",") || time_is(r, i, "-") ||
		(time_is(r, i, ".") && i > 0 && token_joined(r->t, i - 1) && r->spanish))
		i++;
	if (time_is(r, i, "on") || time_is(r, i, "of") || time_is(r, i, "del") ||
		(r->spanish && time_is(r, i, "de") && !time_is(r, i + 1, "la")))
		i++;
	return i + time_is(r, i, "el");
}

/* "before", "después de", "a partir de": the place behind, or `at` itself. */
static size_t
open_word(const struct time_reader *r, size_t at)
{
	if (time_is(r, at, "before") || time_is(r, at, "after") ||
		time_is(r, at, "until") || time_is(r, at, "by") ||
		time_is(r, at, "hasta") || time_is(r, at, "desde"))
		return at + 1;
	bool de = time_is(r, at + 1, "de") &&
		(time_is(r, at, "antes") || time_is(r, at, "despues"));
	bool from = time_is(r, at, "a") && time_is(r, at + 1, "partir") &&
		time_is(r, at + 2, "de");
	if (time_is(r, at, "mas") && time_is(r, at + 1, "tarde") &&
		time_is(r, at + 2, "de"))
		return at + 3;
	if (time_is(r, at, "later") && time_is(r, at + 1, "than"))
		return at + 2;
	return de ? at + 2 : from ? at + 3 : at;
}

/* "Wednesday evening next week": the week is said last. */
static void
read_week_behind(const struct time_reader *r, struct time_span *out)
{
	const struct time_word *weekday = time_word_at(r, out->first, TIME_WEEKDAY),
			       *which = time_word_at(r, out->last + 1, TIME_THIS),
			       *unit = time_word_at(r, out->last + 2, TIME_UNIT);
	if (!weekday || !which || !unit || unit->value != UNIT_WEEK)
		return;
	int64_t day =
		r->today - calendar_weekday(r->today) + weekday->value + 7 * which->value;
	int64_t move = day * DAY_SECONDS - out->start / DAY_SECONDS * DAY_SECONDS;
	out->start += move;
	out->end += move;
	out->last += 2;
}

static bool
read_date_time(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span clock, part;
	if (!time_date(r, at, out))
		return false;
	if (!out->point || out->has_time)
		return true;
	size_t i = time_skip_join(r, out->last + 1);
	struct time_span open;
	size_t behind = open_word(r, i);
	if (behind > i && time_clock_said(r, behind, &clock) && !out->weak) {
		open = *out;
		time_put_on_day(&open, &clock);
		open.open_end = time_is(r, i, "after") || time_is(r, i, "despues") ||
			time_is(r, i, "a") || time_is(r, i, "desde") ||
			time_is(r, i, "mas") || time_is(r, i, "later");
		open.open_start = !open.open_end;
		open.end = open.start;
		open.point = false;
		open.last = clock.last;
		*out = open;
		return true;
	}
	bool has_part = time_part(r, i, &part);
	size_t after = has_part ? part.last + 1 : i;
	after += time_is(r, after, ",");
	if (time_clock_said(r, after, &clock) && !clock.bare) {
		if (has_part)
			time_clock_in_part(&clock, &part);
		time_put_on_day(out, &clock);
		out->last = clock.last;
		return true;
	}
	if (has_part) {
		time_put_on_day(out, &part);
		out->last = part.last;
		read_week_behind(r, out);
	}
	return true;
}

static void
on_day(struct time_span *s, int64_t day)
{
	s->start += day * DAY_SECONDS;
	s->end += day * DAY_SECONDS;
	s->has_date = true;
}

/* "tonight", "tonight at 8" */
static void
read_tonight(const struct time_reader *r, struct time_span *out)
{
	struct time_span clock;
	if (time_clock_said(r, out->last + 1, &clock) && !clock.bare) {
		time_clock_in_part(&clock, &(struct time_span){.start = 12 * 3600});
		clock.first = out->first;
		*out = clock;
	}
	on_day(out, r->today);
}

/* "late this morning", "later this evening": its second half. */
static bool
read_part_of_this(const struct time_reader *r, size_t at, struct time_span *out)
{
	bool late = time_is(r, at, "late") || time_is(r, at, "later"),
	     early = time_is(r, at, "early") || time_is(r, at, "earlier");
	if ((!late && !early) || !time_is(r, at + 1, "this") ||
		!time_part(r, at + 2, out) || out->last != at + 2)
		return false;
	int64_t middle = (out->start + out->end) / 2;
	out->start = late ? middle : out->start;
	out->end = late ? out->end : middle;
	out->first = at;
	on_day(out, r->today);
	return true;
}

/* A part of a day that stands first: "this morning", "last night", "tonight at 8", "in the morning at 7". *done: nothing
 * can follow; else it is a stretch that a date may follow ("the morning of July 4"). */
static bool
read_leading_part(
	const struct time_reader *r, size_t at, struct time_span *out, bool *done)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	*done = true;
	if (which && which->value == 0 && r->spanish && time_is(r, at + 1, "manana")) {
		*out = (struct time_span){.first = at,
			.last = at + 1,
			.start = 8 * 3600,
			.end = 12 * 3600,
			.has_time = true};
		on_day(out, r->today);
		return true;
	}
	if (read_part_of_this(r, at, out))
		return true;
	if (which && time_part(r, at + 1, out) && out->last == at + 1) {
		struct time_span clock;
		out->first = at;
		/* "last night at 11", "esta noche a las 9" */
		if (time_clock_said(r, out->last + 1, &clock) && !clock.bare) {
			time_clock_in_part(&clock, out);
			clock.first = at;
			*out = clock;
		}
		on_day(out, r->today + which->value);
		return true;
	}
	if (!time_part(r, at, out))
		return false;
	struct time_span clock;
	if (time_is(r, out->last, "tonight") || time_is(r, out->last, "tonite")) {
		read_tonight(r, out);
		return true;
	}
	bool las = time_is(r, out->last + 1, "a") && time_is(r, out->last + 2, "las");
	*done = (time_is(r, out->last + 1, "at") || las) &&
		time_clock_said(r, out->last + 1, &clock);
	if (*done) {
		time_clock_in_part(&clock, out);
		clock.first = at;
		clock.bare = false;
		*out = clock;
	}
	return true;
}

/* "15:00 UTC+2 tomorrow": the zone stands between the time and its day. */
static bool
read_zoned_date(const struct time_reader *r, struct time_span *clock)
{
	int offset;
	size_t last;
	struct time_span date;
	if (!time_zone_read(r, clock->last + 1, r->today, &offset, &last) ||
		!time_date(r, time_skip_join(r, last + 1), &date) || !date.point ||
		date.has_time || date.weak)
		return false;
	int64_t move = ((int64_t)r->offset_min - offset) * 60;
	clock->start += move;
	clock->end += move;
	date.first = clock->first;
	time_put_on_day(&date, clock);
	*clock = date;
	return true;
}

static bool
read_time_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span date, part;
	bool stretch = !time_clock_said(r, at, out), done;
	if (stretch && !read_leading_part(r, at, out, &done))
		return false;
	if ((stretch && done) || (!stretch && read_zoned_date(r, out)))
		return true;
	size_t i = time_skip_join(r, out->last + 1);
	bool this_part = !stretch &&
		(time_is(r, i, "this") || time_is(r, i, "esta") ||
			time_is(r, i, "este")) &&
		time_part(r, i + 1, &part) && part.last == i + 1;
	if (this_part || time_is(r, i, "tonight")) {
		i += this_part;
		time_clock_in_part(
			out, this_part ? &part : &(struct time_span){.start = 12 * 3600});
		out->start += r->today * DAY_SECONDS;
		out->end = out->start + 1;
		out->bare = false;
		out->has_date = true;
		out->last = i;
		return true;
	}
	/* "8 tomorrow morning" is a time, "8 tomorrow" is not. */
	if (out->bare && !time_is(r, i - 1, "on") &&
		!(time_date(r, i, &date) && time_part(r, date.last + 1, &part)))
		return true;
	if (!time_date(r, i, &date) || !date.point || date.has_time || date.weak)
		return true;
	size_t first = out->first;
	struct time_span clock = *out;
	if (!stretch && time_part(r, date.last + 1, &part)) {
		time_clock_in_part(&clock, &part);
		date.last = part.last;
	}
	*out = date;
	time_put_on_day(out, &clock);
	out->first = first;
	return true;
}

/* A date, a time, or both. */
bool
time_moment(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (at >= r->t->n)
		return false;
	struct time_known once = {0}, *k = r->moments ? &r->moments[at] : &once;
	if (!k->tried) {
		struct time_span a = {.first = at}, b = {.first = at};
		bool date = read_date_time(r, at, &a), time = read_time_date(r, at, &b);
		k->span = date && (!time || a.last >= b.last) ? a : b;
		k->span.first = at;
		k->found = date || time;
		k->tried = true;
	}
	if (k->found)
		*out = k->span;
	return k->found;
}
