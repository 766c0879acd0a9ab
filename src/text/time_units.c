/*
 * Days told by units of time: "next week", "the last three months", "two days ago", "the
 * first week of May".
 */
#include "text/time_span.h"

#include <math.h>

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
	time_set_days(out, from, to);
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

/* What says which of the units is meant, and how many: "this", "next 3", "the last couple
 * of", "10 previous". */
struct units_head {
	const struct time_word *which;
	double count;
	bool counted;
	size_t unit; /* token where the unit stands */
};

static struct units_head
units_head(const struct time_reader *r, size_t at)
{
	struct units_head h = {
		.which = time_word_at(r, at, TIME_THIS), .count = 1, .unit = at};
	struct number n;
	if (number_read(r->t, at, r->spanish, &n) && n.whole && n.value < 100 &&
		time_word_at(r, n.last + 1, TIME_THIS)) {
		h.which = time_word_at(r, n.last + 1, TIME_THIS);
		h.count = n.value;
		h.counted = true;
		h.unit = n.last + 1;
	}
	if (!h.which)
		return h;
	size_t i = ++h.unit;
	if (h.counted) {
		;
	} else if (time_is(r, i, "couple")) {
		h.count = 2;
		h.unit += time_is(r, i + 1, "of") ? 2 : 1;
		h.counted = true;
	} else if (time_is(r, i, "few")) {
		h.count = 3;
		h.unit++;
		h.counted = true;
	} else if (number_read(r->t, i, r->spanish, &n)) {
		h.count = n.value;
		h.unit = n.last + 1;
		h.counted = true;
	}
	static const char *const kinds[] = {"business", "calendar", "working", NULL};
	h.unit += time_is_any(r, h.unit, kinds);
	return h;
}

/* "The next three weeks" begin tomorrow, "the last ten days" end today; "and two days" may
 * follow. */
static void
counted_units(const struct time_reader *r, const struct units_head *h,
	enum time_unit unit, struct time_span *out)
{
	struct time_length more;
	int64_t count = (int64_t)h->count, sign = h->which->value;
	int64_t today = r->today + (sign > 0);
	int64_t other = units_later(today, unit, sign * count);
	while ((time_is(r, out->last + 1, "and") || time_is(r, out->last + 1, "y")) &&
		time_length_read(r, out->last + 2, &more)) {
		for (size_t u = UNIT_DAY; u <= UNIT_DECADE; u++)
			other = units_later(
				other, (enum time_unit)u, sign * (int64_t)more.amount[u]);
		out->last = more.last;
	}
	time_set_days(out, sign > 0 ? today : other, sign > 0 ? other : today);
}

/* this week, next 3 months, the last couple of days, próximos cuatro días, la semana
 * pasada */
bool
time_units(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	struct units_head h = units_head(r, at);
	const struct time_word *unit = time_word_at(r, h.unit, TIME_UNIT);
	/* "next 5hrs" */
	if (!unit && h.which && !h.counted)
		h.counted = (unit = time_glued_unit(r, h.unit, &h.count)) != NULL;
	if (!unit || h.count < 1 || h.count > 10000)
		return false;
	enum time_unit u = (enum time_unit)unit->value;
	out->last = h.unit;
	if (!h.which && r->spanish) {
		h.which = time_word_at(r, h.unit + 1, TIME_THIS);
		out->last = h.unit + 1;
	}
	if (!h.which)
		return false;
	if (time_unit_is_clock(u)) {
		static const int64_t seconds[] = {1, 60, 3600};
		int64_t length = (int64_t)(h.count * (double)seconds[u]);
		out->start = h.which->value < 0 ? r->now - length : r->now;
		out->end = out->start + length;
		out->has_date = out->has_time = true;
		return h.counted || u == UNIT_HOUR;
	}
	if (h.counted && h.which->value != 0 && u != UNIT_WEEKEND && u != UNIT_DECADE) {
		counted_units(r, &h, u, out);
		return true;
	}
	/* "The coming days" say not how many. */
	static const char *const plural[] = {"days", "weeks", "months", "years", "dias",
		"semanas", "meses", "anos", NULL};
	if (!h.counted && time_is_any(r, h.unit, plural))
		return false;
	int64_t count = (int64_t)h.count;
	int64_t move = h.which->value == 0 ? 0 : h.which->value > 0 ? 1 : -count;
	time_unit_span(r->today, u, move, count, out);
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
distance_read(const struct time_reader *r, size_t at, struct distance *d)
{
	static const double seconds[] = {
		1, 60, 3600, DAY_SECONDS, 7 * DAY_SECONDS, 7 * DAY_SECONDS};
	static const double months[] = {1, 3, 12, 120};
	struct time_length l;
	if (!time_length_read(r, at, &l))
		return;
	for (size_t u = 0; u < UNIT_MONTH; u++) {
		d->seconds += llround(l.amount[u] * seconds[u]);
		d->clock = d->clock || (u <= UNIT_HOUR && l.amount[u] > 0);
	}
	for (size_t u = UNIT_MONTH; u <= UNIT_DECADE; u++)
		d->months += lround(l.amount[u] * months[u - UNIT_MONTH]);
	const int64_t most = INT64_C(100000) * 365 * DAY_SECONDS;
	d->any = d->seconds < most && d->months < most;
	d->last = l.last;
}

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
	if (!time_date(r, i, &other) || !other.point || other.has_time)
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
	bool ago = time_is(r, i, "ago") || time_is(r, i, "atras"),
	     later = time_is(r, i, "later") || time_is(r, i, "hence") ||
		(time_is(r, i, "despues") && !time_is(r, i + 1, "de") &&
			!time_is(r, i + 1, "del"));
	if (ago || later) {
		*last = i;
		return ago ? -1 : 1;
	}
	if (time_is(r, i, "from") || time_is(r, i, "after") || time_is(r, i, "before") ||
		time_is(r, i, "since"))
		return !distance_base(r, i + 1, base, last) ? 0
			: time_is(r, i, "before")           ? -1
							    : 1;
	if (time_is(r, i, "antes") && !time_is(r, i + 1, "de") &&
		!time_is(r, i + 1, "del")) {
		*last = i;
		return -1;
	}
	bool before = time_is(r, i, "antes"), after = time_is(r, i, "despues"),
	     from = time_is(r, i, "a") && time_is(r, i + 1, "partir");
	i += 1u + from;
	if ((!before && !after && !from) ||
		!(time_is(r, i, "de") || time_is(r, i, "del")))
		return 0;
	i++;
	i += time_is(r, i, "el");
	return !distance_base(r, i, base, last) ? 0 : before ? -1 : 1;
}

/* N units ago, N units from now, in N units, N units before yesterday, hace N días,
 * dentro de N días, en N días */
bool
time_distance(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct distance d = {0};
	bool within = time_is(r, at, "dentro") && time_is(r, at + 1, "de");
	bool in = within || time_is(r, at, "in") || time_is(r, at, "en"),
	     ago = time_is(r, at, "hace");
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
	time_set_day(
		out, (to - (to % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS);
	if (d.clock) {
		out->start = to;
		out->end = to + 1;
		out->has_time = out->half_day = out->seconds = true;
	}
	return true;
}

/* "the last week of July", "first week of Jan 2015", "3rd week of next month", "the first
 * ten days of May" */
bool
time_nth_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth = 0;
	struct number n = {.value = 1};
	size_t i = at, last = at;
	i += time_is(r, i, "the");
	bool from_end = time_is(r, i, "last");
	if (!from_end && !number_ordinal(r->t, i, r->spanish, &nth, &last))
		return false;
	i = from_end ? i + 1 : last + 1;
	if ((from_end || nth == 1) && number_read(r->t, i, r->spanish, &n) && n.whole &&
		n.value >= 1 && n.value < 100)
		i = n.last + 1;
	else
		n.value = 1;
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (!unit || unit->value < UNIT_DAY || unit->value > UNIT_MONTH ||
		!time_is(r, i + 1, "of"))
		return false;
	struct time_span of = {0};
	if (!time_date(r, i + 2, &of) || of.point || of.has_time)
		return false;
	int64_t from = of.start / DAY_SECONDS, to = of.end / DAY_SECONDS,
		count = (int64_t)n.value;
	enum time_unit u = (enum time_unit)unit->value;
	if (u == UNIT_WEEK) {
		/* A month's first week holds its first Thursday. */
		from += (3 - calendar_weekday(from) + 7) % 7 - 3;
		int64_t monday = to - 1 - calendar_weekday(to - 1);
		to = monday + 3 >= to || count > 1 ? monday : monday + 7;
	}
	int64_t start =
		from_end ? units_later(to, u, -count) : units_later(from, u, nth - 1);
	time_set_days(out, start, units_later(start, u, count));
	out->point = u == UNIT_DAY && count == 1;
	out->year_said = of.year_said;
	out->last = of.last;
	return true;
}

/* "later this week", "earlier this month", "later in the year" */
bool
time_later(const struct time_reader *r, size_t at, struct time_span *out)
{
	out->relative = true;
	bool later = time_is(r, at, "later"), earlier = time_is(r, at, "earlier");
	size_t i = at + 1;
	i += time_is(r, i, "in");
	i += time_is(r, i, "this") || time_is(r, i, "the");
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

int64_t
time_nth_weekday(int64_t from, int64_t to, int weekday, int nth)
{
	int64_t first = from + (weekday - calendar_weekday(from) + 7) % 7;
	int64_t day = nth < 0 ? first + (to - 1 - first) / 7 * 7 : first + 7 * (nth - 1);
	return day < to ? day : -1;
}
