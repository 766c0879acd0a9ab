/*
 * Stretches of time that are said by their ends: "from 2 to 4pm", "July 4 - 8", "until
 * Friday", "Monday or later".
 */
#include "text/time_span.h"

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
	if (between && (time_is(r, i, "and") || time_is(r, i, "y"))) {
		*next = i + 1;
		return true;
	}
	for (size_t k = 0; words[k]; k++) {
		if (!time_is(r, i, words[k]))
			continue;
		*next = i + 1;
		return !(strcmp(words[k], "a") == 0 && !r->spanish);
	}
	/* An en dash or an em dash. */
	bool dash = time_is(r, i, "\xe2\x80\x93") || time_is(r, i, "\xe2\x80\x94");
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
	bool from = time_is(r, i, "from") || time_is(r, i, "desde") ||
		(r->spanish && (time_is(r, i, "de") || time_is(r, i, "del")));
	bool between = time_is(r, i, "between") || time_is(r, i, "entre");
	i += from || between;
	i += r->spanish && (from || between) &&
		(time_is(r, i, "el") || time_is(r, i, "las") || time_is(r, i, "la"));
	struct time_span a = {.first = i}, b = {0};
	size_t next;
	if ((!time_moment(r, i, &a) && !late_day(r, i, &a)) ||
		!range_word(r, a.last + 1, between, &next))
		return false;
	next += time_is(r, next, "el") || time_is(r, next, "las") ||
		time_is(r, next, "la");
	b.first = next;
	if (!time_moment(r, next, &b))
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
	size_t k = time_skip_join(r, last + 1);
	if (!out->has_date && time_date(r, k, &date) && date.point && !date.has_time &&
		!date.weak) {
		out->start += date.start;
		out->end += date.start;
		out->has_date = true;
		out->last = date.last;
	}
	return true;
}

bool
time_range(const struct time_reader *r, size_t at, struct time_span *out)
{
	return read_range_with(r, at, false, out);
}

/* A date with a range of times behind: "Tuesday from 2 to 3pm". */
bool
time_date_range(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span times;
	if (!time_date(r, at, out) || !out->point || out->has_time || out->weak)
		return false;
	struct time_span part;
	size_t i = time_skip_join(r, out->last + 1);
	bool has_part = time_part(r, i, &part);
	i = has_part ? part.last + 1 : i;
	i += time_is(r, i, "any") || time_is(r, i, "sometime");
	if (!read_range_with(r, i, true, &times) || times.has_date || !times.has_time)
		return false;
	if (has_part && part.start >= 12 * 3600 && times.start < 12 * 3600 &&
		!times.half_day) {
		times.start += 12 * 3600;
		times.end += times.end < 12 * 3600 ? 12 * 3600 : 0;
	}
	time_put_on_day(out, &times);
	out->first = at;
	out->last = times.last;
	out->point = false;
	return true;
}

/* before, after, since, until, by: a stretch with one open end. */
bool
time_open(const struct time_reader *r, size_t at, struct time_span *out)
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
		if (!time_is(r, at, words[k].word) ||
			(words[k].second[0] && !time_is(r, at + 1, words[k].second)) ||
			(words[k].third[0] && !time_is(r, at + 2, words[k].third)))
			continue;
		size_t i = at + 1 + (words[k].second[0] != 0) + (words[k].third[0] != 0);
		/* "Antes de ayer" is a day. */
		if (time_is(r, at, "antes") && time_is(r, i, "ayer"))
			continue;
		i += r->spanish &&
			(time_is(r, i, "el") || time_is(r, i, "las") ||
				time_is(r, i, "la"));
		i += time_is(r, i, "the") && time_word_at(r, i + 1, TIME_EDGE);
		struct time_span m = {.first = i};
		if (!time_moment(r, i, &m) || m.bare)
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

/* "3 pm or later", "2012 and earlier" behind a moment. */
void
time_or_later(const struct time_reader *r, struct time_span *s)
{
	size_t i = s->last + 1;
	if (!time_is(r, i, "or") && !time_is(r, i, "and"))
		return;
	bool later = time_is(r, i + 1, "later") || time_is(r, i + 1, "after"),
	     earlier = time_is(r, i + 1, "earlier") || time_is(r, i + 1, "before");
	if (!later && !earlier)
		return;
	s->open_end = later;
	s->open_start = earlier;
	s->end = earlier ? s->start : s->end;
	s->point = s->weak = false;
	s->last = i + 1;
}
