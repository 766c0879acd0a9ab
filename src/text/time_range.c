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
	/* "From May to September" while it is August: May was this year's. "Between January
	 * 22 and now" as well. */
	bool running = from->start > to->start && !from->year_said && !from->relative &&
		(to->relative || !to->point);
	if (running)
		from->start =
			calendar_add_months(from->start / DAY_SECONDS, -12) * DAY_SECONDS;
	/* "From Monday to Friday" on a Wednesday: the Friday after that Monday. */
	if (from->relative && to->relative && from->point && to->point &&
		to->start < from->start && from->start - to->start < 7 * DAY_SECONDS)
		to->start += 7 * DAY_SECONDS;
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
		"thru", "a", "hasta", "al", "~", NULL};
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

/* A number that can only be a day of a month: "26" of "26 to 28 June", "ninth" of "between
 * ninth and seventeenth of April". */
static bool
day_number(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	int day;
	size_t last;
	size_t i = at + time_is(r, at, "the");
	if (number_ordinal(r->t, i, r->spanish, &day, &last)) {
		if (day > 31)
			return false;
	} else if (number_read(r->t, i, r->spanish, &n) && n.whole && n.value > 24 &&
		n.value <= 31) {
		day = (int)n.value;
		last = n.last;
	} else {
		return false;
	}
	*out = (struct time_span){.first = at,
		.last = last,
		.start = (int64_t)day * 3600,
		.has_time = true,
		.point = true,
		.bare = true};
	return true;
}

/* One end of a range. An ordinal alone takes its month from the other end. */
static bool
range_end(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span day = {0};
	bool bare = day_number(r, at, &day);
	out->first = at;
	if (time_moment(r, at, out) && !(bare && out->last <= day.last))
		return true;
	*out = day;
	return bare;
}

static size_t
skip_article(const struct time_reader *r, size_t i)
{
	return i +
		(time_is(r, i, "el") || time_is(r, i, "las") || time_is(r, i, "la") ||
			(time_is(r, i, "the") && time_word_at(r, i + 1, TIME_EDGE)));
}

/* "The end of May" ends with May. */
static bool
is_end_of(const struct time_reader *r, const struct time_span *s)
{
	const struct time_word *edge = time_word_at(r, s->first, TIME_EDGE);
	if (time_is(r, s->first, "eom") || time_is(r, s->first, "eoy"))
		return true;
	return edge && edge->value == 2 && !s->point && !s->has_time;
}

/* How a range begins: its words, and where its first end stands. */
struct range_head {
	size_t at;
	bool from, between;
};

static struct range_head
range_head(const struct time_reader *r, size_t at)
{
	struct range_head h = {.at = at};
	int64_t year;
	h.from = time_is(r, at, "from") || time_is(r, at, "desde") ||
		(r->spanish && (time_is(r, at, "de") || time_is(r, at, "del"))) ||
		((time_is(r, at, "in") || time_is(r, at, "en")) &&
			time_year_at(r, at + 1, false, &year));
	h.between = time_is(r, at, "between") || time_is(r, at, "entre");
	h.at += h.from || h.between;
	if (h.from || h.between)
		h.at = skip_article(r, h.at);
	return h;
}

/* "Oct 3-5 2019": the year of both ends. */
static void
put_year_behind(const struct time_reader *r, const struct time_span *a,
	const struct time_span *b, struct time_span *out)
{
	int64_t year;
	size_t i = out->last + 1;
	i += time_is(r, i, ",") || time_is(r, i, "de");
	if (!out->has_date || out->has_time || a->year_said || b->year_said ||
		a->relative || !a->point || !time_year_at(r, i, false, &year))
		return;
	int64_t months = 12 * (year - calendar_civil(out->start / DAY_SECONDS).year);
	out->start = calendar_add_months(out->start / DAY_SECONDS, months) * DAY_SECONDS;
	out->end = calendar_add_months(out->end / DAY_SECONDS, months) * DAY_SECONDS;
	out->year_said = true;
	out->last = i;
}

/* A date may stand behind the times: "from 8am to 3 yesterday". */
static void
put_date_behind(const struct time_reader *r, struct time_span *out)
{
	struct time_span date;
	size_t i = time_skip_join(r, out->last + 1);
	if (out->has_date || !time_date(r, i, &date) || !date.point || date.has_time ||
		date.weak)
		return;
	out->start += date.start;
	out->end += date.start;
	out->has_date = true;
	out->last = date.last;
}

/* from A to B, between A and B, A - B. */
static bool
read_range_with(const struct time_reader *r, size_t at, bool bare, struct time_span *out)
{
	struct range_head head = range_head(r, at);
	struct time_span a = {0}, b = {0}, day;
	size_t next;
	bool led = head.from || head.between;
	if (!range_end(r, head.at, &a) || !range_word(r, a.last + 1, head.between, &next))
		return false;
	next = skip_article(r, next);
	if (!range_end(r, next, &b))
		return false;
	if ((a.bare && b.bare && !(led || bare)) ||
		/* The ten of "5 to 10 minutes ago" is no hour. */
		(a.bare && b.has_date && b.relative && b.seconds) ||
		(a.weak && !b.weak && !b.year_said && !head.from))
		return false;
	/* "From 2pm till tomorrow 4pm": what comes before tomorrow is today. */
	if (a.has_time && !a.has_date && b.has_time && b.has_date && b.relative &&
		time_date(r, next, &day)) {
		a.start += r->today * DAY_SECONDS;
		a.has_date = true;
	}
	if (is_end_of(r, &a))
		a.start = a.end;
	bool to_end = is_end_of(r, &b);
	int64_t end = b.end - b.start;
	if (!join_range(&a, &b))
		return false;
	*out = a;
	out->first = at;
	out->last = b.last;
	/* An end that is a day, a month or a year: the recognised stretch ends where that
	 * begins. */
	out->end = to_end ? b.start + end : b.start;
	out->point = out->weak = out->bare = false;
	out->seconds = a.seconds || b.seconds;
	put_date_behind(r, out);
	put_year_behind(r, &a, &b, out);
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

/* "Since Monday" and "since March" are over: the last ones. */
static void
put_in_past(const struct time_reader *r, size_t at, struct time_span *s)
{
	bool since = time_is(r, at, "since") || time_is(r, at, "desde");
	const struct time_word *first = r->word[s->first];
	if (!since || s->year_said || !s->has_date || s->start <= r->now ||
		(first && first->kind == TIME_THIS))
		return;
	int64_t length = s->end - s->start, of_day = s->start - day_start(s->start);
	int64_t day = s->start / DAY_SECONDS;
	day = time_word_at(r, s->first, TIME_WEEKDAY) ? day - 7
						      : calendar_add_months(day, -12);
	s->start = day * DAY_SECONDS + of_day;
	s->end = s->start + length;
}

/* What opens a stretch that has one end: whether it starts there, and whether behind a stretch
 * of days means behind its end. */
static const struct open_words {
	const char *word, *second, *third;
	bool starts, at_end;
} opens[] = {{"before", "", "", false, false}, {"after", "", "", true, true},
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
	{"mas", "tarde", "de", true, true}, {"no", "antes", "de", true, false},
	{"tan", "tarde", "como", false, false}, {"starting", "", "", true, false},
	{"as", "of", "", true, false}, {"effective", "", "", true, false},
	{"through", "", "", false, false}, {"thru", "", "", false, false},
	{"no", "earlier", "than", true, false}, {"a", "mas", "tardar", false, false},
	{"no", "mas", "tarde", false, false}};

/* before, after, since, until, by: a stretch with one open end. */
bool
time_open(const struct time_reader *r, size_t at, struct time_span *out)
{
	for (size_t k = 0; k < sizeof(opens) / sizeof(*opens); k++) {
		if (!time_is(r, at, opens[k].word) ||
			(opens[k].second[0] && !time_is(r, at + 1, opens[k].second)) ||
			(opens[k].third[0] && !time_is(r, at + 2, opens[k].third)))
			continue;
		size_t i = at + 1 + (opens[k].second[0] != 0) + (opens[k].third[0] != 0);
		/* "Antes de ayer" is a day. */
		if (time_is(r, at, "antes") && time_is(r, i, "ayer"))
			continue;
		i += time_is(r, at, "no") && time_is(r, i, "de");
		i += r->spanish &&
			(time_is(r, i, "el") || time_is(r, i, "las") ||
				time_is(r, i, "la"));
		i += time_is(r, i, "the") && time_word_at(r, i + 1, TIME_EDGE);
		struct time_span m = {.first = i};
		/* "Antes de las 5" asks for an hour. */
		bool las = i > 0 && (time_is(r, i - 1, "las") || time_is(r, i - 1, "la"));
		if (!time_moment(r, i, &m) || (m.bare && !las))
			continue;
		m.bare = false;
		put_in_past(r, at, &m);
		*out = m;
		out->first = at;
		out->weak = false;
		if (opens[k].starts) {
			/* After a stretch is behind it; after a day is counted from that day, as the published
			 * cases have it. */
			out->start = opens[k].at_end && !m.point ? m.end : m.start;
			out->open_end = true;
		} else {
			out->end = is_end_of(r, &m) ? m.end : m.start;
			out->open_start = true;
		}
		out->point = false;
		return true;
	}
	return false;
}

/* "3 pm or later", "2012 and earlier", "el lunes o después" behind a moment; a day may
 * stand behind it: "3 pm or later on Monday". */
void
time_or_later(const struct time_reader *r, struct time_span *s)
{
	size_t i = s->last + 1;
	bool either = time_is(r, i, "or") || time_is(r, i, "o");
	if (!either && !time_is(r, i, "and"))
		return;
	i++;
	bool mas = time_is(r, i, "mas") && time_is(r, i + 1, "tarde");
	bool later = time_is(r, i, "later") || mas || time_is(r, i, "despues"),
	     earlier = time_is(r, i, "earlier") || time_is(r, i, "antes");
	/* "… and after my lunch" begins something else, and so does "or later than". */
	bool ends = i + 1 >= r->t->n || r->t->p[i + 1].kind != TOKEN_WORD;
	static const char *const goes_on[] = {"than", "de", "del", NULL};
	bool whole = !time_is_any(r, i + 1 + mas, goes_on);
	later = (later && whole) || (time_is(r, i, "after") && ends);
	earlier = (earlier && whole) || (time_is(r, i, "before") && ends);
	if (!later && !earlier)
		return;
	s->open_end = later;
	s->open_start = earlier;
	s->end = earlier ? s->start : s->end;
	s->point = s->weak = false;
	s->last = i + mas;
	put_date_behind(r, s);
}

/* A length of time behind "for": where it stands, or 0. */
static size_t
length_behind(const struct time_reader *r, size_t at, struct time_length *l)
{
	size_t i = at;
	i += time_is(r, i, ",");
	if (!time_is(r, i, "for") && !time_is(r, i, "durante") && !time_is(r, i, "por"))
		return 0;
	return time_length_read(r, i + 1, l) ? l->last : 0;
}

/* Where a stretch ends that begins at `from` and lasts so long. */
static int64_t
length_end(int64_t from, const struct time_length *l)
{
	static const int64_t seconds[] = {
		1, 60, 3600, DAY_SECONDS, 7 * DAY_SECONDS, 7 * DAY_SECONDS};
	static const int64_t months[] = {1, 3, 12, 120};
	int64_t month = 0, length = 0;
	for (size_t u = 0; u < UNIT_MONTH; u++)
		length += (int64_t)(l->amount[u] * (double)seconds[u]);
	for (size_t u = UNIT_MONTH; u <= UNIT_DECADE; u++)
		month += (int64_t)(l->amount[u] * (double)months[u - UNIT_MONTH]);
	int64_t of_day = from - day_start(from);
	int64_t day = calendar_add_months(day_start(from) / DAY_SECONDS, month);
	return day * DAY_SECONDS + of_day + length;
}

/* "from 10am for 3 hours", "tomorrow at 3 for 2 hours" */
static bool
read_for_behind(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_length l;
	size_t i = at + (time_is(r, at, "from") || time_is(r, at, "desde"));
	i = skip_article(r, i);
	if (!time_moment(r, i, out) || !out->point || !out->has_time)
		return false;
	size_t last = length_behind(r, out->last + 1, &l);
	if (!last)
		return false;
	out->end = length_end(out->start, &l);
	out->last = last;
	return true;
}

/* A date with a time and its length: "July 14 from 9:30am for 7 hours". */
static bool
read_date_for(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span times;
	if (!time_date(r, at, out) || !out->point || out->has_time || out->weak)
		return false;
	size_t i = time_skip_join(r, out->last + 1);
	if (!(time_is(r, i, "from") || time_is(r, i, "desde")) ||
		!read_for_behind(r, i, &times) || times.has_date)
		return false;
	time_put_on_day(out, &times);
	out->last = times.last;
	return true;
}

/* "2 weeks starting May 20th", "for 3 days from today", "durante 2 días desde mañana" */
static bool
read_length_first(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_length l;
	bool lasting = time_is(r, at, "for") || time_is(r, at, "durante") ||
		(r->spanish && time_is(r, at, "por"));
	if (!time_length_read(r, at + lasting, &l))
		return false;
	size_t i = l.last + 1;
	i += time_is(r, i, ",");
	bool starting = time_is(r, i, "starting") || time_is(r, i, "beginning") ||
		time_is(r, i, "empezando") || time_is(r, i, "comenzando");
	bool from = lasting && (time_is(r, i, "from") || time_is(r, i, "desde"));
	if ((!starting && !from) || (starting && lasting))
		return false;
	i++;
	i += starting &&
		(time_is(r, i, "on") || time_is(r, i, "from") || time_is(r, i, "at"));
	i = skip_article(r, i);
	if (!time_moment(r, i, out) || !out->point || out->bare)
		return false;
	out->end = length_end(out->start, &l);
	return true;
}

bool
time_lasting(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (!read_for_behind(r, at, out) && !read_date_for(r, at, out) &&
		!read_length_first(r, at, out))
		return false;
	out->first = at;
	out->point = out->bare = out->weak = false;
	return true;
}

/* "within 3 days": from now on. "More than two weeks ago": before that day. */
bool
time_within(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_length l;
	struct number n;
	bool more = (time_is(r, at, "more") && time_is(r, at + 1, "than")) ||
		(time_is(r, at, "mas") && time_is(r, at + 1, "de"));
	if (more && time_length_read(r, at + 2, &l) && time_distance(r, at + 2, out)) {
		out->open_start = out->start < r->today * DAY_SECONDS;
		out->open_end = !out->open_start;
		out->end = out->start;
	} else if (time_is(r, at, "within") && time_length_read(r, at + 1, &l) &&
		(number_read(r->t, at + 1, r->spanish, &n) || l.last == at + 1)) {
		int64_t now = r->now;
		bool clock = l.amount[UNIT_HOUR] > 0 || l.amount[UNIT_MINUTE] > 0 ||
			l.amount[UNIT_SECOND] > 0;
		out->start = clock ? now : r->today * DAY_SECONDS;
		out->end = length_end(out->start, &l);
		out->has_date = out->relative = true;
		out->has_time = out->seconds = clock;
		out->last = l.last;
	} else {
		return false;
	}
	out->first = at;
	out->point = false;
	return true;
}
