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
	bool asked = r->spanish && at > 0 &&
		(time_is(r, at - 1, "las") || time_is(r, at - 1, "la"));
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

/* "seven", "seven thirty", "half past seven", "quarter to 9", "5 o'clock"; bare unless
 * something says that it is a time. */
static bool
clock_words(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	size_t i = at;
	int minute = 0, sign = 1;
	bool past = false;
	i += time_is(r, i, "a");
	if (time_is(r, i, "half") || time_is(r, i, "quarter")) {
		minute = time_is(r, i, "half") ? 30 : 15;
		past = time_is(r, i + 1, "past") || time_is(r, i + 1, "after");
		bool to = time_is(r, i + 1, "to") || time_is(r, i + 1, "till");
		if (!past && !to)
			return false;
		sign = past ? 1 : -1;
		past = true;
		i += 2;
	} else if (number_read(r->t, at, r->spanish, &n) && n.whole && n.value < 60) {
		size_t k = n.last + 1;
		k += time_is(r, k, "minutes") || time_is(r, k, "min");
		if ((time_is(r, k, "past") || time_is(r, k, "to")) && !r->spanish) {
			struct number hour;
			bool good = number_read(r->t, k + 1, false, &hour) &&
				hour.whole && hour.value >= 1 && hour.value <= 12;
			if (good && (time_is(r, k, "past") || k > n.last + 1)) {
				minute = (int)n.value;
				sign = time_is(r, k, "past") ? 1 : -1;
				past = true;
				i = k + 1;
			}
		}
	}
	if (!number_read(r->t, i, r->spanish, &n) || !n.whole || n.value > 24)
		return false;
	if (n.digits && r->t->p[n.last].norm.n > 2)
		return false;
	int hour = (int)n.value;
	out->last = n.last;
	struct number m;
	if (!past && !n.digits && number_read(r->t, n.last + 1, r->spanish, &m) &&
		m.whole && !m.digits && m.value >= 10 && m.value < 60) {
		minute = (int)m.value;
		out->last = m.last;
		past = true;
	}
	if (r->spanish && time_is(r, n.last + 1, "y") &&
		(time_is(r, n.last + 2, "media") || time_is(r, n.last + 2, "cuarto"))) {
		minute = time_is(r, n.last + 2, "media") ? 30 : 15;
		out->last = n.last + 2;
		past = true;
	}
	bool clock = time_is(r, out->last + 1, "o'clock") ||
		time_is(r, out->last + 1, "oclock");
	out->last += clock;
	int half = half_day(r, &out->last);
	int all = hour * 60 + sign * minute;
	if (all < 0 || (hour == 0 && !past && half < 0))
		return false;
	out->bare = !past && !clock && half < 0;
	return clock_set(out, all / 60, all % 60, 0, half);
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

bool
time_clock(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(const struct time_reader *, size_t,
		struct time_span *) = {clock_digits, clock_glued, clock_military,
		clock_minutes_glued, clock_words, clock_named};
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
