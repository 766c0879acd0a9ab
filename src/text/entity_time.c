/*
 * Dates, times, stretches between them, durations and repetitions, resolved against the
 * person's clock.
 *
 * Values are ISO 8601: 2026-03-01, 15:30, 2026-03-01T15:30, start/end for stretches (end
 * excluded, ".." for an open end), P3D or PT2H30M for durations, R/P1W for repetitions.
 * Without a reference time relative dates keep their words.
 */
#include "text/entity_drafts.h"
#include "text/time_span.h"

#include "base/limits.h"

#include <math.h>

struct time_reading {
	struct time_reader r;
	struct drafts *d;
};

static bool
is(const struct time_reader *r, size_t i, const char *word)
{
	return token_is(r->t, i, word);
}

/* A part of a day: "in the morning", "tonight", "por la tarde". Start and end are seconds
 * of the day. */
static bool
read_part(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	bool edge = (is(r, i, "early") || is(r, i, "late") || is(r, i, "later")) &&
		is(r, i + 1, "in");
	bool late = edge && !is(r, i, "early");
	i += edge;
	bool in = is(r, i, "in") || is(r, i, "at") || is(r, i, "during") ||
		is(r, i, "por") || is(r, i, "de") || is(r, i, "en");
	i += in;
	i += is(r, i, "the") || is(r, i, "la") || is(r, i, "el");
	i += is(r, i, "early") || is(r, i, "late");
	const struct time_word *w = time_word_at(r, i, TIME_PART);
	bool manana = r->spanish && i > at && is(r, i, "manana") && !is(r, i - 1, "de");
	if (!w && !manana)
		return false;
	/* "Buenas tardes" greets, and "más tarde" is later. */
	if (is(r, i - (i > 0), "good") || is(r, i - (i > 0), "buenas") ||
		(is(r, i, "tarde") && !time_word_at(r, i - (i > 0), TIME_THIS) &&
			!is(r, i - (i > 0), "la")))
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
static void
clock_in_part(struct time_span *clock, const struct time_span *part)
{
	if (clock->half_day)
		return;
	int64_t half = 12 * 3600;
	if (part->start >= half && clock->start < half && clock->start + half < 24 * 3600)
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
	if (is(r, i, "sobre") || is(r, i, "hacia"))
		i++;
	else if ((is(r, i, "cerca") || is(r, i, "alrededor")) && is(r, i + 1, "de"))
		i += 2;
	return i > at && (is(r, i, "las") || is(r, i, "la")) ? i + 1 : at;
}

/* "at 5", "around 3pm", "a las 5": a clock behind its word, with the part of the day
 * behind it. */
static bool
read_clock(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	bool asked = false;
	if (is(r, i, "at") || is(r, i, "@") || is(r, i, "around") || is(r, i, "about") ||
		is(r, i, "by") || is(r, i, "circa")) {
		asked = true;
		i++;
	} else if ((is(r, i, "a") || is(r, i, "para")) &&
		(is(r, i + 1, "las") || is(r, i + 1, "la"))) {
		asked = true;
		i += 2;
	} else if (is(r, i, "las")) {
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
	next += is(r, next, ",");
	if (read_part(r, next, &part)) {
		clock_in_part(out, &part);
		out->last = part.last;
		asked = true;
	}
	if (asked)
		out->bare = false;
	return true;
}

static void
put_on_day(struct time_span *date, const struct time_span *clock)
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
static size_t
skip_join(const struct time_reader *r, size_t i)
{
	if (is(r, i, ",") || is(r, i, "-") ||
		(is(r, i, ".") && i > 0 && token_joined(r->t, i - 1) && r->spanish))
		i++;
	if (is(r, i, "on") || is(r, i, "of") || is(r, i, "del") ||
		(r->spanish && is(r, i, "de") && !is(r, i + 1, "la")))
		i++;
	return i + is(r, i, "el");
}

/* "before", "después de", "a partir de": the place behind, or `at` itself. */
static size_t
open_word(const struct time_reader *r, size_t at)
{
	if (is(r, at, "before") || is(r, at, "after") || is(r, at, "until") ||
		is(r, at, "by") || is(r, at, "hasta") || is(r, at, "desde"))
		return at + 1;
	bool de = is(r, at + 1, "de") && (is(r, at, "antes") || is(r, at, "despues"));
	bool from = is(r, at, "a") && is(r, at + 1, "partir") && is(r, at + 2, "de");
	return de ? at + 2 : from ? at + 3 : at;
}

static bool
read_date_time(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span clock, part;
	if (!time_date(r, at, out))
		return false;
	if (!out->point || out->has_time)
		return true;
	size_t i = skip_join(r, out->last + 1);
	struct time_span open;
	size_t behind = open_word(r, i);
	if (behind > i && read_clock(r, behind, &clock) && !out->weak) {
		open = *out;
		put_on_day(&open, &clock);
		open.open_end = is(r, i, "after") || is(r, i, "despues") ||
			is(r, i, "a") || is(r, i, "desde");
		open.open_start = !open.open_end;
		open.end = open.start;
		open.point = false;
		open.last = clock.last;
		*out = open;
		return true;
	}
	bool has_part = read_part(r, i, &part);
	size_t after = has_part ? part.last + 1 : i;
	after += is(r, after, ",");
	if (read_clock(r, after, &clock) && !clock.bare) {
		if (has_part)
			clock_in_part(&clock, &part);
		put_on_day(out, &clock);
		out->last = clock.last;
		return true;
	}
	if (has_part) {
		put_on_day(out, &part);
		out->last = part.last;
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
	if (read_clock(r, out->last + 1, &clock) && !clock.bare) {
		clock_in_part(&clock, &(struct time_span){.start = 12 * 3600});
		clock.first = out->first;
		*out = clock;
	}
	on_day(out, r->today);
}

/* A part of a day that stands first: "this morning", "last night", "tonight at 8", "in the morning at 7". *done: nothing
 * can follow; else it is a stretch that a date may follow ("the morning of July 4"). */
static bool
read_leading_part(
	const struct time_reader *r, size_t at, struct time_span *out, bool *done)
{
	const struct time_word *which = time_word_at(r, at, TIME_THIS);
	*done = true;
	if (which && which->value == 0 && r->spanish && is(r, at + 1, "manana")) {
		*out = (struct time_span){.first = at,
			.last = at + 1,
			.start = 8 * 3600,
			.end = 12 * 3600,
			.has_time = true};
		on_day(out, r->today);
		return true;
	}
	if (which && read_part(r, at + 1, out) && out->last == at + 1) {
		out->first = at;
		on_day(out, r->today + which->value);
		return true;
	}
	if (!read_part(r, at, out))
		return false;
	struct time_span clock;
	if (is(r, out->last, "tonight") || is(r, out->last, "tonite")) {
		read_tonight(r, out);
		return true;
	}
	*done = is(r, out->last + 1, "at") && read_clock(r, out->last + 1, &clock);
	if (*done) {
		clock_in_part(&clock, out);
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
		!time_date(r, skip_join(r, last + 1), &date) || !date.point ||
		date.has_time || date.weak)
		return false;
	int64_t move = ((int64_t)r->offset_min - offset) * 60;
	clock->start += move;
	clock->end += move;
	date.first = clock->first;
	put_on_day(&date, clock);
	*clock = date;
	return true;
}

static bool
read_time_date(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span date, part;
	bool stretch = !read_clock(r, at, out), done;
	if (stretch && !read_leading_part(r, at, out, &done))
		return false;
	if ((stretch && done) || (!stretch && read_zoned_date(r, out)))
		return true;
	size_t i = skip_join(r, out->last + 1);
	bool this_part = !stretch &&
		(is(r, i, "this") || is(r, i, "esta") || is(r, i, "este")) &&
		read_part(r, i + 1, &part) && part.last == i + 1;
	if (this_part || is(r, i, "tonight")) {
		i += this_part;
		clock_in_part(
			out, this_part ? &part : &(struct time_span){.start = 12 * 3600});
		out->start += r->today * DAY_SECONDS;
		out->end = out->start + 1;
		out->has_date = true;
		out->last = i;
		return true;
	}
	if (out->bare && !is(r, i - 1, "on"))
		return true;
	if (!time_date(r, i, &date) || !date.point || date.has_time || date.weak)
		return true;
	size_t first = out->first;
	struct time_span clock = *out;
	if (!stretch && read_part(r, date.last + 1, &part)) {
		clock_in_part(&clock, &part);
		date.last = part.last;
	}
	*out = date;
	put_on_day(out, &clock);
	out->first = first;
	return true;
}

/* A date, a time, or both. */
static bool
read_moment(const struct time_reader *r, size_t at, struct time_span *out)
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

static int64_t
day_start(int64_t seconds)
{
	return seconds - (seconds % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS;
}

/* A number beside a date in a range is a day of its month: "from July 4 to 8", "13 - 15
 * July". */
static bool
bare_to_day(struct time_span *bare, const struct time_span *date, bool later)
{
	int64_t day = bare->start / 3600;
	struct civil c = calendar_civil(date->start / DAY_SECONDS);
	if (!date->point || !calendar_valid(c.year, c.month, (int)day) ||
		(later ? day <= c.day : day >= c.day))
		return false;
	bare->start = calendar_day(c.year, c.month, (int)day) * DAY_SECONDS;
	bare->end = bare->start + DAY_SECONDS;
	bare->has_date = true;
	bare->has_time = false;
	return true;
}

/* Times of one day: what has no am or pm takes it from the other. "3 - 8pm", "10:30 to 3"
 */
static void
join_times(struct time_span *from, struct time_span *to)
{
	const int64_t half = DAY_SECONDS / 2;
	int64_t day = from->has_date ? day_start(from->start)
		: to->has_date       ? day_start(to->start)
				     : 0;
	int64_t a = from->has_date ? from->start - day : from->start,
		b = to->has_date ? to->start - day : to->start;
	if (!from->half_day && to->half_day && b >= half && a < half && a + half < b)
		a += half;
	else if (!to->half_day && b <= a && b < half)
		b += half;
	from->start = day + a;
	to->start = day + b;
	from->has_date = to->has_date = from->has_date || to->has_date;
}

/* "Dec 20 to Jan 3": what has no year of its own follows what has one, or what stands
 * before it. */
static bool
join_dates(struct time_span *from, struct time_span *to)
{
	if (!from->year_said && !from->relative && to->year_said) {
		struct civil a = calendar_civil(from->start / DAY_SECONDS),
			     b = calendar_civil(to->start / DAY_SECONDS);
		int64_t years = b.year - a.year - (a.month > b.month);
		from->start = calendar_add_months(from->start / DAY_SECONDS, 12 * years) *
			DAY_SECONDS;
	}
	if (!to->year_said && !to->relative && to->start < from->start && to->point)
		to->start =
			calendar_add_months(to->start / DAY_SECONDS, 12) * DAY_SECONDS;
	return to->start >= from->start;
}

/* Brings the ends of a range to the same kind; false when they do not go together. */
static bool
join_range(struct time_span *from, struct time_span *to)
{
	if (from->has_date && !from->has_time && to->bare && !to->has_date)
		return bare_to_day(to, from, true);
	if (!from->has_date && from->bare && to->has_date && !to->has_time)
		return bare_to_day(from, to, false);
	/* "between now and May": now is today. */
	struct time_span *now = from->has_time && !to->has_time ? from
		: to->has_time && !from->has_time               ? to
								: NULL;
	if (now && now->has_date && now->seconds && now->first == now->last) {
		now->start = day_start(now->start);
		now->has_time = false;
	}
	if (from->has_time != to->has_time)
		return false;
	if (!from->has_date || !to->has_date) {
		if (!from->has_time)
			return false;
		join_times(from, to);
		return true;
	}
	return from->has_time ? to->start >= from->start : join_dates(from, to);
}

static bool
range_word(const struct time_reader *r, size_t i, bool between, size_t *next)
{
	static const char *const words[] = {"to", "-", "until", "till", "til", "through",
		"thru", "a", "hasta", "al", NULL};
	/* A hyphen between letters is no token of its own: "Jan-Feb". */
	bool hyphen = i > 0 && i < r->t->n &&
		r->t->p[i].start == r->t->p[i - 1].end + 1 &&
		r->t->text.p[r->t->p[i - 1].end] == '-';
	if (hyphen) {
		*next = i;
		return true;
	}
	if (between && (is(r, i, "and") || is(r, i, "y"))) {
		*next = i + 1;
		return true;
	}
	for (size_t k = 0; words[k]; k++) {
		if (!is(r, i, words[k]))
			continue;
		*next = i + 1;
		return !(strcmp(words[k], "a") == 0 && !r->spanish);
	}
	/* An en dash or an em dash. */
	bool dash = is(r, i, "\xe2\x80\x93") || is(r, i, "\xe2\x80\x94");
	*next = i + 1;
	return dash;
}

/* "26" of "26 to 28 June": no hour, so only a day. */
static bool
late_day(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	if (!number_read(r->t, at, r->spanish, &n) || !n.whole || n.value <= 24 ||
		n.value > 31)
		return false;
	*out = (struct time_span){.first = at,
		.last = n.last,
		.start = (int64_t)n.value * 3600,
		.has_time = true,
		.point = true,
		.bare = true};
	return true;
}

/* from A to B, between A and B, A - B. */
static bool
read_range_with(const struct time_reader *r, size_t at, bool bare, struct time_span *out)
{
	size_t i = at;
	bool from = is(r, i, "from") || is(r, i, "desde") ||
		(r->spanish && (is(r, i, "de") || is(r, i, "del")));
	bool between = is(r, i, "between") || is(r, i, "entre");
	i += from || between;
	i += r->spanish && (from || between) &&
		(is(r, i, "el") || is(r, i, "las") || is(r, i, "la"));
	struct time_span a = {.first = i}, b = {0};
	size_t next;
	if ((!read_moment(r, i, &a) && !late_day(r, i, &a)) ||
		!range_word(r, a.last + 1, between, &next))
		return false;
	next += is(r, next, "el") || is(r, next, "las") || is(r, next, "la");
	b.first = next;
	if (!read_moment(r, next, &b))
		return false;
	if ((a.bare && b.bare && !(from || between || bare)) ||
		(a.weak && !b.weak && !b.year_said && !from))
		return false;
	size_t first = at, last = b.last;
	if (!join_range(&a, &b))
		return false;
	*out = a;
	out->first = first;
	out->last = last;
	/* An end that is a day, a month or a year: the recognised stretch ends where that
	 * begins. */
	out->end = b.start;
	out->point = out->weak = out->bare = false;
	out->seconds = a.seconds || b.seconds;
	/* A date may stand behind the times: "from 8am to 3 yesterday". */
	struct time_span date;
	size_t k = skip_join(r, last + 1);
	if (!out->has_date && time_date(r, k, &date) && date.point && !date.has_time &&
		!date.weak) {
		out->start += date.start;
		out->end += date.start;
		out->has_date = true;
		out->last = date.last;
	}
	return true;
}

static bool
read_range(const struct time_reader *r, size_t at, struct time_span *out)
{
	return read_range_with(r, at, false, out);
}

/* A date with a range of times behind: "Tuesday from 2 to 3pm". */
static bool
read_date_range(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span times;
	if (!time_date(r, at, out) || !out->point || out->has_time || out->weak)
		return false;
	struct time_span part;
	size_t i = skip_join(r, out->last + 1);
	bool has_part = read_part(r, i, &part);
	i = has_part ? part.last + 1 : i;
	i += is(r, i, "any") || is(r, i, "sometime");
	if (!read_range_with(r, i, true, &times) || times.has_date || !times.has_time)
		return false;
	if (has_part && part.start >= 12 * 3600 && times.start < 12 * 3600 &&
		!times.half_day) {
		times.start += 12 * 3600;
		times.end += times.end < 12 * 3600 ? 12 * 3600 : 0;
	}
	put_on_day(out, &times);
	out->first = at;
	out->last = times.last;
	out->point = false;
	return true;
}

/* before, after, since, until, by: a stretch with one open end. */
static bool
read_open(const struct time_reader *r, size_t at, struct time_span *out)
{
	static const struct {
		const char *word, *second, *third;
		bool starts, at_end;
	} words[] = {{"before", "", "", false, false}, {"after", "", "", true, true},
		{"since", "", "", true, false}, {"until", "", "", false, false},
		{"till", "", "", false, false}, {"by", "", "", false, false},
		{"prior", "to", "", false, false}, {"later", "than", "", true, true},
		{"earlier", "than", "", false, false}, {"as", "late", "as", false, false},
		{"as", "early", "as", true, false}, {"no", "later", "than", false, false},
		{"antes", "de", "", false, false}, {"antes", "del", "", false, false},
		{"a", "partir", "de", true, false}, {"a", "partir", "del", true, false},
		{"despues", "de", "", true, true}, {"despues", "del", "", true, true},
		{"starting", "on", "", true, false}, {"beginning", "on", "", true, false},
		{"starting", "from", "", true, false}, {"desde", "", "", true, false},
		{"hasta", "", "", false, false}, {"posterior", "a", "", true, true},
		{"posterior", "al", "", true, true}, {"posteriores", "a", "", true, true},
		{"anterior", "a", "", false, false}, {"anterior", "al", "", false, false},
		{"mas", "tarde", "de", true, true}, {"no", "antes", "de", true, false}};
	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++) {
		if (!is(r, at, words[k].word) ||
			(words[k].second[0] && !is(r, at + 1, words[k].second)) ||
			(words[k].third[0] && !is(r, at + 2, words[k].third)))
			continue;
		size_t i = at + 1 + (words[k].second[0] != 0) + (words[k].third[0] != 0);
		/* "Antes de ayer" is a day. */
		if (is(r, at, "antes") && is(r, i, "ayer"))
			continue;
		i += r->spanish && (is(r, i, "el") || is(r, i, "las") || is(r, i, "la"));
		i += is(r, i, "the") && time_word_at(r, i + 1, TIME_EDGE);
		struct time_span m = {.first = i};
		if (!read_moment(r, i, &m) || m.bare)
			continue;
		*out = m;
		out->first = at;
		out->weak = false;
		if (words[k].starts) {
			/* After a stretch is behind it; after a day is counted from that day, as the published
			 * cases have it. */
			out->start = words[k].at_end && !m.point ? m.end : m.start;
			out->open_end = true;
		} else {
			out->end = m.start;
			out->open_start = true;
		}
		out->point = false;
		return true;
	}
	return false;
}

static const char *const unit_letters[] = {
	"S", "M", "H", "D", "W", "WE", "M", "Q", "Y", "Y"};

/* "2 hours", "1 year 2 months", "half an hour", "an hour and a half", "a couple of days":
 * a length of time. */
struct length {
	size_t last;
	double amount[UNIT_DECADE + 1];
	bool any;
};

static bool
spanish_count(const struct time_reader *r, size_t at, struct number *out)
{
	static const struct {
		const char *word;
		double value;
	} words[] = {{"algunos", 3}, {"algunas", 3}, {"unos", 3}, {"unas", 3},
		{"varios", 3}, {"varias", 3}, {"otro", 1}, {"otra", 1}};
	if (is(r, at, "un") && is(r, at + 1, "par") && is(r, at + 2, "de")) {
		*out = (struct number){.value = 2, .last = at + 2};
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!is(r, at, words[i].word) || !time_word_at(r, at + 1, TIME_UNIT))
			continue;
		*out = (struct number){.value = words[i].value, .last = at};
		return true;
	}
	return false;
}

/* "and a half", "and a quarter", "y media", "y cuarto" behind a unit: the part, and *last
 * behind it. */
static double
length_half(const struct time_reader *r, size_t *last)
{
	size_t i = *last + 1;
	if (!is(r, i, "and") && !is(r, i, "y"))
		return 0;
	i++;
	i += is(r, i, "a") || is(r, i, "un");
	bool half = is(r, i, "half") || is(r, i, "media") || is(r, i, "medio");
	if (!half && !is(r, i, "quarter") && !is(r, i, "cuarto"))
		return 0;
	*last = i;
	return half ? .5 : .25;
}

static bool
read_length(const struct time_reader *r, size_t at, struct length *out)
{
	*out = (struct length){0};
	size_t i = at;
	for (int parts = 0; parts < 5; parts++) {
		struct number n;
		size_t k = i;
		if (parts == 0 && is(r, k, "all") && time_word_at(r, k + 1, TIME_UNIT)) {
			out->amount[r->word[k + 1]->value] = 1;
			out->last = k + 1;
			out->any = true;
			break;
		}
		bool article = is(r, k, "a") || is(r, k, "an") || is(r, k, "un") ||
			is(r, k, "una");
		if (r->spanish && parts == 0 && spanish_count(r, k, &n)) {
			; /* "varias semanas", "un par de días" */
		} else if (article && is(r, k + 1, "couple")) {
			n = (struct number){.value = 2, .last = k + 1};
			n.last += is(r, k + 2, "of");
		} else if (article && is(r, k + 1, "few")) {
			n = (struct number){.value = 3, .last = k + 1};
		} else if (is(r, k, "few") || is(r, k, "several")) {
			n = (struct number){.value = 3, .last = k};
		} else if (article && time_word_at(r, k + 1, TIME_UNIT)) {
			n = (struct number){.value = 1, .last = k};
		} else if (!number_read(r->t, k, r->spanish, &n)) {
			double count;
			const struct time_word *glued = time_glued_unit(r, k, &count);
			if (!glued || (k > 0 && token_joined(r->t, k - 1)))
				break;
			out->amount[glued->value] += count;
			out->any = true;
			out->last = k;
			i = k + 1;
			continue;
		}
		k = n.last + 1;
		k += is(r, k, "-") || is(r, k, "more") || is(r, k, "additional");
		/* "half an hour", "media hora" */
		k += (n.value == .5 || n.value == .25) &&
			(is(r, k, "of") || is(r, k, "an") || is(r, k, "a"));
		k += (n.value == .5 || n.value == .25) &&
			(is(r, k, "an") || is(r, k, "a"));
		static const struct time_word nights = {"nights", TIME_UNIT, UNIT_DAY};
		const struct time_word *unit = time_word_at(r, k, TIME_UNIT);
		if (is(r, k, "night") || is(r, k, "nights") || is(r, k, "noche") ||
			is(r, k, "noches"))
			unit = &nights;
		if (!unit || n.value < 0)
			break;
		if (unit->value == UNIT_SECOND && article)
			break;
		double amount = n.value;
		out->last = k;
		amount += length_half(r, &out->last);
		out->amount[unit->value] += amount;
		out->any = true;
		i = out->last + 1;
		i += is(r, i, "and") || is(r, i, "y") || is(r, i, ",") || is(r, i, "con");
		i += is(r, i, "and");
	}
	return out->any;
}

static struct str
print_length(struct arena *a, const struct length *l)
{
	struct str date = STR("P"), time = STR("");
	static const enum time_unit order[] = {UNIT_DECADE, UNIT_YEAR, UNIT_QUARTER,
		UNIT_MONTH, UNIT_WEEK, UNIT_WEEKEND, UNIT_DAY, UNIT_HOUR, UNIT_MINUTE,
		UNIT_SECOND};
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		enum time_unit u = order[i];
		double v = l->amount[u] *
			(u == UNIT_DECADE                   ? 10
					: u == UNIT_QUARTER ? 3
							    : 1);
		const char *letter = u == UNIT_QUARTER ? "M" : unit_letters[u];
		if (l->amount[u] > 0 && u >= UNIT_DAY)
			date = arena_printf(a, "%.*s%.6g%s", STR_ARG(date), v, letter);
		else if (l->amount[u] > 0)
			time = arena_printf(a, "%.*s%.6g%s", STR_ARG(time), v, letter);
	}
	return time.n ? arena_printf(a, "%.*sT%.*s", STR_ARG(date), STR_ARG(time)) : date;
}

/* "once a week", "twice a year", "una vez al mes", "tres veces por semana" */
static bool
read_times_a(struct time_reading *x, size_t at, size_t *last)
{
	const struct time_reader *r = &x->r;
	struct number n;
	size_t i = at + 1;
	if (!is(r, at, "once") || r->spanish) {
		if (!is(r, at, "twice")) {
			if (!number_read(r->t, at, r->spanish, &n))
				return false;
			i = n.last + 1;
			if (!is(r, i, "times") && !is(r, i, "vez") && !is(r, i, "veces"))
				return false;
			i++;
		}
	}
	bool joined = is(r, i, "a") || is(r, i, "per") || is(r, i, "al") ||
		is(r, i, "por") || is(r, i, "each") || is(r, i, "every") ||
		is(r, i, "cada");
	i += joined;
	i += is(r, i, "la");
	if (!joined || !time_word_at(r, i, TIME_UNIT))
		return false;
	struct length one = {.any = true};
	one.amount[r->word[i]->value] = 1;
	*last = i;
	drafts_add(x->d, RANK_WORDS, "set",
		arena_printf(x->d->a, "R/%.*s", STR_ARG(print_length(x->d->a, &one))),
		r->t->p[at].start, r->t->p[i].end, .8);
	return true;
}

/* every day, each Monday at 4pm, daily, every two weeks */
static bool
read_every(struct time_reading *x, size_t at, size_t *last)
{
	const struct time_reader *r = &x->r;
	if (!time_word_at(r, at, TIME_EVERY))
		return read_times_a(x, at, last);
	struct length l;
	struct time_span m = {0};
	struct str value = STR("R");
	size_t i = at + 1;
	bool alone = !(is(r, at, "every") || is(r, at, "each") || is(r, at, "cada") ||
		is(r, at, "todos") || is(r, at, "todas"));
	i += is(r, i, "other") || is(r, i, "los") || is(r, i, "las");
	*last = at;
	if (!alone && read_length(r, i, &l)) {
		value = arena_printf(
			x->d->a, "R/%.*s", STR_ARG(print_length(x->d->a, &l)));
		*last = l.last;
	} else if (!alone && time_word_at(r, i, TIME_UNIT)) {
		struct length one = {.any = true};
		one.amount[r->word[i]->value] = 1;
		value = arena_printf(
			x->d->a, "R/%.*s", STR_ARG(print_length(x->d->a, &one)));
		*last = i;
	} else if (!alone && time_word_at(r, i, TIME_WEEKDAY)) {
		value = STR("R/P1W");
		*last = i;
	} else if (!alone && time_word_at(r, i, TIME_PART)) {
		value = STR("R/P1D");
		*last = i;
	} else if (!alone) {
		return false;
	}
	size_t k = *last + 1;
	if (read_clock(r, k, &m) && !m.bare)
		*last = m.last;
	drafts_add(x->d, RANK_WORDS, "set", value, r->t->p[at].start, r->t->p[*last].end,
		.8);
	return true;
}

static struct str
print_point(struct arena *a, int64_t seconds, const struct time_span *s)
{
	int64_t day = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0),
		of_day = seconds - day * DAY_SECONDS;
	struct civil c = calendar_civil(day);
	struct str date = arena_printf(a, "%04d-%02d-%02d", (int)c.year, c.month, c.day);
	if (!s->has_time)
		return date;
	int h = (int)(of_day / 3600), m = (int)(of_day / 60 % 60),
	    sec = (int)(of_day % 60);
	struct str time = s->seconds ? arena_printf(a, "%02d:%02d:%02d", h, m, sec)
				     : arena_printf(a, "%02d:%02d", h, m);
	return s->has_date ? arena_printf(a, "%.*sT%.*s", STR_ARG(date), STR_ARG(time))
			   : time;
}

static struct str
print_span(struct arena *a, const struct time_span *s)
{
	if (s->point)
		return print_point(a, s->start, s);
	struct str from = s->open_start ? STR("..") : print_point(a, s->start, s);
	struct str to = s->open_end ? STR("..") : print_point(a, s->end, s);
	return arena_printf(a, "%.*s/%.*s", STR_ARG(from), STR_ARG(to));
}

/* A year alone is a date only where something asks for one: "in 2019", "since 2019". */
static bool
year_is_asked(const struct time_reader *r, size_t at)
{
	static const char *const words[] = {
		"in", "of", "year", "during", "en", "del", "ano", "for", NULL};
	for (size_t i = 0; at > 0 && words[i]; i++)
		if (is(r, at - 1, words[i]))
			return true;
	return false;
}

/* Nor are "a las", and "el" or "los" before what says which: the tokens to leave out. */
static size_t
spanish_lead(const struct time_reader *r, const struct time_span *s)
{
	size_t i = s->first;
	if (is(r, i, "el") || is(r, i, "los") || is(r, i, "las")) {
		struct number n;
		int day;
		size_t last;
		bool counted = number_read(r->t, i + 1, true, &n) ||
			time_word_at(r, i + 1, TIME_WEEKDAY) ||
			time_word_at(r, i + 1, TIME_THIS) ||
			(s->point && number_ordinal(r->t, i + 1, true, &day, &last));
		return counted;
	}
	if (!s->point)
		return 0;
	size_t to = is(r, i, "a") || is(r, i, "para");
	return is(r, i + to, "las") || is(r, i + to, "la") ? to + 1 : 0;
}

static void
add_span(struct time_reading *x, const struct time_span *s)
{
	size_t first = s->first;
	/* "at" asks for a time but is no part of it. */
	first +=
		is(&x->r, first, "at") || is(&x->r, first, "@") || is(&x->r, first, "on");
	if (x->r.spanish && first < s->last)
		first += spanish_lead(&x->r, s);
	const char *kind = s->has_date && s->has_time ? "datetime"
		: s->has_date                         ? "date"
						      : "time";
	struct str value = print_span(x->d->a, s);
	if (!x->d->context->now_ms && s->has_date && !s->year_said)
		value = (struct str){0};
	drafts_add(x->d, RANK_WORDS, kind, value, x->r.t->p[first].start,
		x->r.t->p[s->last].end, .85);
}

/* "3 pm or later", "2012 and earlier" behind a moment. */
static void
read_or_later(const struct time_reader *r, struct time_span *s)
{
	size_t i = s->last + 1;
	if (!is(r, i, "or") && !is(r, i, "and"))
		return;
	bool later = is(r, i + 1, "later") || is(r, i + 1, "after"),
	     earlier = is(r, i + 1, "earlier") || is(r, i + 1, "before");
	if (!later && !earlier)
		return;
	s->open_end = later;
	s->open_start = earlier;
	s->end = earlier ? s->start : s->end;
	s->point = s->weak = false;
	s->last = i + 1;
}

/* A zone behind a time: the value is what the person's own clock shows then. */
static void
read_zone(const struct time_reading *x, struct time_span *s)
{
	int offset;
	size_t last;
	bool whole = !s->open_start && !s->open_end;
	int64_t day = s->has_date ? s->start / DAY_SECONDS : x->r.today;
	if (!s->has_time || !(s->point || whole) ||
		!time_zone_read(&x->r, s->last + 1, day, &offset, &last))
		return;
	int64_t move = ((int64_t)x->r.offset_min - offset) * 60;
	s->start += move;
	s->end += move;
	if (!s->has_date) {
		s->start = (s->start + 2 * DAY_SECONDS) % DAY_SECONDS;
		s->end = (s->end + 2 * DAY_SECONDS) % DAY_SECONDS;
	}
	s->bare = s->weak = false;
	s->last = last;
}

/* The best reading at a token; gives the place behind it. */
static size_t
read_at(struct time_reading *x, size_t at)
{
	const struct time_reader *r = &x->r;
	static bool (*const readings[])(
		const struct time_reader *, size_t, struct time_span *) = {
		read_open, read_range, read_date_range, read_moment};
	struct time_span best = {0};
	struct length l;
	size_t last;
	bool found = false;
	if (read_every(x, at, &last))
		return last + 1;
	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
		struct time_span one = {.first = at};
		if (!readings[i](r, at, &one) || one.bare ||
			(one.weak && !year_is_asked(r, at)) ||
			(found && one.last <= best.last))
			continue;
		best = one;
		best.first = at;
		found = true;
	}
	if (found && best.point + best.has_date > 0 && !best.open_start && !best.open_end)
		read_or_later(r, &best);
	bool compared =
		((is(r, at, "more") || is(r, at, "less")) && is(r, at + 1, "than")) ||
		((is(r, at, "mas") || is(r, at, "menos")) && is(r, at + 1, "de"));
	if (read_length(r, compared ? at + 2 : at, &l) &&
		(!found || l.last > best.last ||
			(l.last == best.last && !best.has_date && !best.open_start &&
				!best.open_end))) {
		drafts_add(x->d, RANK_WORDS, "duration", print_length(x->d->a, &l),
			r->t->p[at].start, r->t->p[l.last].end, .85);
		return l.last + 1;
	}
	if (!found)
		return at + 1;
	read_zone(x, &best);
	add_span(x, &best);
	return best.last + 1;
}

/* Numerals, and the words of times that no table has: "two thirty", "a las ocho", "ten past
 * seven", "Dec31". */
static bool
speaks_of_time(const struct token *k, bool spanish)
{
	static const char *const english[] = {
		"past", "fortnight", "century", "ytd", "half", "quarter", NULL};
	static const char *const of_spain[] = {
		"una", "las", "anoche", "antenoche", "p", "vez", "veces", "mes", NULL};
	const char *const *words = spanish ? of_spain : english;
	for (; *words; words++)
		if (str_eq(k->norm, str_of(*words)))
			return true;
	if (!k->norm.n)
		return false;
	char first = k->norm.p[0], last = k->norm.p[k->norm.n - 1];
	return k->kind == TOKEN_NUMBER || (first >= '0' && first <= '9') ||
		(last >= '0' && last <= '9') || str_ends(k->norm, STR("ty")) ||
		str_ends(k->norm, STR("teen"));
}

/* How far before its first word of time a reading may begin: "from the very beginning of
 * the week". */
#define LEAD_MAX 12

/* The next place where a reading could begin, and whether there is one. `word` is the
 * first word of time that is not behind *at. */
static bool
next_start(const bool *speaks, size_t n, size_t *word, size_t *at)
{
	if (*word < *at)
		*word = *at;
	while (*word < n && !speaks[*word])
		(*word)++;
	if (*word == n)
		return false;
	if (*word - *at > LEAD_MAX)
		*at = *word - LEAD_MAX;
	return true;
}

void
entity_time_read(struct drafts *d)
{
	const struct entity_context *c = d->context;
	int64_t now = c->now_ms / 1000 + (int64_t)c->offset_min * 60;
	struct time_reading x = {.d = d,
		.r = {.t = d->t,
			.now = now,
			.offset_min = c->offset_min,
			.spanish = d->spanish,
			.day_first = c->day_first || d->spanish}};
	x.r.today = now / DAY_SECONDS - (now % DAY_SECONDS < 0);
	x.r.word = ARENA_ARRAY(d->a, const struct time_word *, d->t->n + 1);
	x.r.dates = ARENA_ARRAY(d->a, struct time_known, d->t->n + 1);
	x.r.moments = ARENA_ARRAY(d->a, struct time_known, d->t->n + 1);
	/* Most words speak of no time, and what is far from one that does is not tried. */
	bool *speaks = ARENA_ARRAY(d->a, bool, d->t->n + 1);
	for (size_t i = 0; i < d->t->n; i++) {
		const struct token *k = &d->t->p[i];
		if (k->kind == TOKEN_WORD && !k->unspaced)
			x.r.word[i] = time_word_find(k->norm, d->spanish);
		speaks[i] = x.r.word[i] || speaks_of_time(k, d->spanish);
	}
	size_t at = 0, word = 0;
	while (d->n < ENTITIES_MAX * 2 && next_start(speaks, d->t->n, &word, &at))
		at = read_at(&x, at);
}
