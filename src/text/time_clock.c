#include "text/time_span.h"

/* am, pm, a.m., p. m. behind an hour: moves *last over it and gives 0 or 12, or -1. */
static int
half_day(const struct time_reader *r, size_t *last)
{
	size_t i = *last + 1;
	const struct time_word *w = time_word_at(r, i, TIME_HALF_DAY);
	if (w) {
		*last = i;
		return w->value;
	}
	bool a = time_is(r, i, "a"), p = time_is(r, i, "p");
	if (!a && !p)
		return -1;
	size_t j = i + 1;
	bool dot = time_is(r, j, ".");
	j += dot;
	if (!time_is(r, j, "m") || (!dot && r->t->p[i].end == r->t->p[j].start))
		return -1;
	*last = j + (time_is(r, j + 1, ".") && token_joined(r->t, j) && dot);
	return a ? 0 : 12;
}

static bool
clock_set(struct time_span *out, int hour, int minute, int second, int half)
{
	if (hour > 24 || minute > 59 || second > 59 ||
		(half >= 0 && hour > 12 && half == 0))
		return false;
	if (half >= 0 && hour <= 12)
		hour = hour % 12 + half;
	out->start = hour * 3600 + minute * 60 + second;
	out->end = out->start + 1;
	out->has_time = out->point = true;
	out->half_day = half >= 0 || hour > 12 || hour == 0;
	return true;
}

/* 15:30, 3:30pm, 15:23:24, 9.30pm, 15h00 */
static bool
clock_digits(const struct time_reader *r, size_t at, struct time_span *out)
{
	char mark, again;
	int hour = time_digits_at(r, at, 24), minute = time_digits_at(r, at + 2, 59),
	    second = 0;
	if (hour < 0 || minute < 0 || !time_joined_mark(r, at + 1, ":.", &mark) ||
		r->t->p[at + 2].norm.n != 2 || r->t->p[at].norm.n > 2)
		return false;
	out->last = at + 2;
	if (mark == ':' && time_joined_mark(r, at + 3, ":", &again) &&
		time_digits_at(r, at + 4, 59) >= 0) {
		second = time_digits_at(r, at + 4, 59);
		out->seconds = true;
		out->last = at + 4;
	}
	int half = half_day(r, &out->last);
	bool asked = at > 0 &&
		(time_is(r, at - 1, "las") || time_is(r, at - 1, "la") ||
			time_is(r, at - 1, "at"));
	return (mark == ':' || half >= 0 || asked) &&
		clock_set(out, hour, minute, second, half);
}

/* "3pm", "7am", "330pm": hour and half are one token. */
static bool
clock_glued(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (at >= r->t->n)
		return false;
	struct str s = r->t->p[at].norm;
	size_t digits = 0;
	int v = 0;
	while (digits < s.n && digits < 5 && s.p[digits] >= '0' && s.p[digits] <= '9')
		v = v * 10 + (s.p[digits++] - '0');
	struct str tail = str_sub(s, digits, s.n);
	bool am = str_eq(tail, STR("am")), pm = str_eq(tail, STR("pm"));
	out->last = at;
	if (!digits || digits > 4)
		return false;
	/* "at 9p" */
	bool dotted = time_is(r, at + 1, ".") && time_is(r, at + 2, "m");
	if (at > 0 && time_is(r, at - 1, "at") && !dotted) {
		am = am || str_eq(tail, STR("a"));
		pm = pm || str_eq(tail, STR("p"));
	} else if (str_eq(tail, STR("p")) || str_eq(tail, STR("a"))) {
		/* "3p.m." */
		pm = tail.p[0] == 'p' && time_is(r, at + 1, ".") &&
			time_is(r, at + 2, "m");
		am = tail.p[0] == 'a' && time_is(r, at + 1, ".") &&
			time_is(r, at + 2, "m");
		out->last = at + 2 + time_is(r, at + 3, ".");
	}
	if (!am && !pm)
		return false;
	return digits <= 2 ? clock_set(out, v, 0, 0, pm ? 12 : 0)
			   : clock_set(out, v / 100, v % 100, 0, pm ? 12 : 0);
}

/* "1140 a.m." */
static bool
clock_military(const struct time_reader *r, size_t at, struct time_span *out)
{
	int v = time_digits_at(r, at, 1259);
	out->last = at;
	if (v < 100 || r->t->p[at].norm.n < 3)
		return false;
	int half = half_day(r, &out->last);
	return half >= 0 && clock_set(out, v / 100, v % 100, 0, half);
}

/* "9:30pm" whose minutes and half are one token. */
static bool
clock_minutes_glued(const struct time_reader *r, size_t at, struct time_span *out)
{
	char mark;
	int hour = time_digits_at(r, at, 24);
	if (hour < 0 || at + 2 >= r->t->n || !time_joined_mark(r, at + 1, ":.", &mark))
		return false;
	struct str s = r->t->p[at + 2].norm;
	bool shape = s.n >= 3 && s.p[0] >= '0' && s.p[0] <= '5' && s.p[1] >= '0' &&
		s.p[1] <= '9';
	struct str tail = str_sub(s, 2, s.n);
	bool am = str_eq(tail, STR("am")), pm = str_eq(tail, STR("pm"));
	out->last = at + 2;
	return shape && (am || pm) &&
		clock_set(out, hour, (s.p[0] - '0') * 10 + s.p[1] - '0', 0, pm ? 12 : 0);
}

/* "seven", "seven thirty", "siete y media", "5 o'clock": bare unless something says that it
 * is a time. */
static bool
clock_words(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n, m;
	int minute = 0;
	bool said = false;
	if (!number_read(r->t, at, r->spanish, &n) || !n.whole || n.value > 24 ||
		(n.digits && r->t->p[n.last].norm.n > 2))
		return false;
	int hour = (int)n.value;
	out->last = n.last;
	if (!n.digits && number_read(r->t, n.last + 1, r->spanish, &m) && m.whole &&
		!m.digits && m.value >= 10 && m.value < 60) {
		minute = (int)m.value;
		out->last = m.last;
		said = true;
	}
	if (r->spanish && time_is(r, n.last + 1, "y") &&
		(time_is(r, n.last + 2, "media") || time_is(r, n.last + 2, "cuarto"))) {
		minute = time_is(r, n.last + 2, "media") ? 30 : 15;
		out->last = n.last + 2;
		said = true;
	}
	bool clock = time_is(r, out->last + 1, "o'clock") ||
		time_is(r, out->last + 1, "oclock");
	out->last += clock;
	int half = half_day(r, &out->last);
	if (hour == 0 && !said && half < 0)
		return false;
	out->bare = !said && !clock && half < 0;
	return clock_set(out, hour, minute, 0, half);
}

/* noon, midnight */
static bool
clock_named(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct time_word *w = time_word_at(r, at, TIME_CLOCK);
	out->last = at;
	if (!w &&
		(time_is(r, at, "mid") &&
			(time_is(r, at + 1, "night") || time_is(r, at + 1, "day")))) {
		out->last = at + 1;
		return clock_set(out, time_is(r, at + 1, "night") ? 0 : 12, 0, 0, -1) &&
			(out->half_day = true);
	}
	return w && clock_set(out, w->value, 0, 0, -1) && (out->half_day = true);
}

/* How far from the hour: "half past", "a quarter to", "20 minutes past", "ten to" behind
 * "at". Gives the place of the hour, or 0. */
static size_t
minutes_from_hour(const struct time_reader *r, size_t at, int *minutes)
{
	struct number n;
	size_t i = at + time_is(r, at, "a");
	bool named = false;
	if (time_is(r, i, "half") || time_is(r, i, "quarter")) {
		*minutes = time_is(r, i, "half") ? 30 : 15;
		named = true;
		i++;
	} else if (number_read(r->t, at, false, &n) && n.whole && n.value >= 1 &&
		n.value < 60) {
		*minutes = (int)n.value;
		i = n.last + 1;
		named = time_is(r, i, "minutes") || time_is(r, i, "min") ||
			time_is(r, i, "mins") || (at > 0 && time_is(r, at - 1, "at"));
		i += time_is(r, i, "minutes") || time_is(r, i, "min") ||
			time_is(r, i, "mins");
	} else {
		return 0;
	}
	bool past = time_is(r, i, "past") || (named && time_is(r, i, "after"));
	bool to = named &&
		(time_is(r, i, "to") || time_is(r, i, "till") || time_is(r, i, "before"));
	*minutes *= to ? -1 : 1;
	return past || to ? i + 1 : 0;
}

/* "half past seven", "quarter to noon", "20 minutes past 3pm" */
static bool
clock_past(const struct time_reader *r, size_t at, struct time_span *out)
{
	int minutes;
	size_t i = r->spanish ? 0 : minutes_from_hour(r, at, &minutes);
	if (!i ||
		(!clock_glued(r, i, out) && !clock_named(r, i, out) &&
			!clock_words(r, i, out)))
		return false;
	if (out->start % 3600 || out->start > 24 * 3600)
		return false;
	out->start += minutes * 60 + (out->start == 0 && minutes < 0 ? DAY_SECONDS : 0);
	out->end = out->start + 1;
	out->bare = false;
	return true;
}

/* "15h30", and "16h" behind "at" or "a las": alone it is a length of time. */
static bool
clock_with_h(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct str s = at < r->t->n ? r->t->p[at].norm : (struct str){0};
	int64_t hour, minute = 0;
	ptrdiff_t h = str_find_char(s, 'h');
	bool asked = at > 0 &&
		(time_is(r, at - 1, "las") || time_is(r, at - 1, "la") ||
			time_is(r, at - 1, "at"));
	if (h < 1 || h > 2 || !str_to_i64(str_sub(s, 0, (size_t)h), &hour) || hour > 24)
		return false;
	struct str rest = str_sub(s, (size_t)h + 1, s.n);
	if ((rest.n && (rest.n != 2 || !str_to_i64(rest, &minute) || minute > 59)) ||
		(!rest.n && !asked))
		return false;
	out->last = at;
	return clock_set(out, (int)hour, (int)minute, 0, -1) && out->start < DAY_SECONDS;
}

/* "at 1030" */
static bool
clock_four_digits(const struct time_reader *r, size_t at, struct time_span *out)
{
	int v = time_digits_at(r, at, 2359);
	out->last = at;
	bool joined = token_joined(r->t, at) && !time_is(r, at + 1, ".") &&
		!time_is(r, at + 1, ",") && !time_is(r, at + 1, "?");
	return at > 0 && time_is(r, at - 1, "at") && v >= 0 && !joined &&
		r->t->p[at].norm.n == 4 && clock_set(out, v / 100, v % 100, 0, -1);
}

bool
time_clock(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(
		const struct time_reader *, size_t, struct time_span *) = {clock_digits,
		clock_glued, clock_military, clock_minutes_glued, clock_words,
		clock_named, clock_past, clock_with_h, clock_four_digits};
	bool found = false;
	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
		struct time_span one = {.first = at};
		if (!readings[i](r, at, &one) || (found && one.last <= out->last))
			continue;
		*out = one;
		found = true;
	}
	if (found && time_inside_number(r, at))
		found = false;
	struct time_span own = {.first = at};
	if (!r->spanish || !time_clock_spanish(r, at, &own) ||
		(found && own.last <= out->last))
		return found;
	*out = own;
	return true;
}
