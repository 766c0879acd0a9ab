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

struct time_reading {
	struct time_reader r;
	struct drafts *d;
};

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
	static const char *const words[] = {"in", "of", "year", "during", "en", "del",
		"ano", "for", "from", "desde", NULL};
	for (size_t i = 0; at > 0 && words[i]; i++)
		if (time_is(r, at - 1, words[i]))
			return true;
	return false;
}

/* Nor are "a las", and "el" or "los" before what says which: the tokens to leave out. */
static size_t
spanish_lead(const struct time_reader *r, const struct time_span *s)
{
	size_t i = s->first;
	if (time_is(r, i, "el") || time_is(r, i, "los") || time_is(r, i, "las")) {
		struct number n;
		int day;
		size_t last;
		bool counted = number_read(r->t, i + 1, true, &n) ||
			time_word_at(r, i + 1, TIME_WEEKDAY) ||
			time_word_at(r, i + 1, TIME_THIS) ||
			(s->point && number_ordinal(r->t, i + 1, true, &day, &last));
		return counted;
	}
	/* "La mañana del lunes" */
	if (s->has_date && s->has_time && time_is(r, i, "la") &&
		(time_word_at(r, i + 1, TIME_PART) || time_is(r, i + 1, "manana")))
		return 1;
	if (!s->point || !s->has_time)
		return 0;
	size_t to = time_is(r, i, "a") || time_is(r, i, "para");
	return time_is(r, i + to, "las") || time_is(r, i + to, "la") ? to + 1 : 0;
}

/* "at" and "on" ask for a time but are no part of it. */
static size_t
skip_at(const struct time_reader *r, size_t i)
{
	return i + (time_is(r, i, "at") || time_is(r, i, "@") || time_is(r, i, "on"));
}

static void
add_span(struct time_reading *x, const struct time_span *s)
{
	size_t first = skip_at(&x->r, s->first);
	if (x->r.spanish && first < s->last)
		first += spanish_lead(&x->r, s);
	const char *kind = s->has_date && s->has_time ? "datetime"
		: s->has_date                         ? "date"
						      : "time";
	struct str value = print_span(x->d->a, s);
	if (!x->d->context->now_ms && s->has_date && !s->year_said)
		value = (struct str){0};
	size_t end = x->r.t->p[s->last].end;
	bool owns = str_ends(x->r.t->p[s->last].norm, STR("'s")) &&
		(time_word_at(&x->r, s->last, TIME_DAY) ||
			time_word_at(&x->r, s->last, TIME_UNIT) ||
			time_word_at(&x->r, s->last, TIME_WEEKDAY));
	/* The apostrophe may be a typographic one, of three bytes. */
	while (owns && end > x->r.t->p[first].start && x->r.t->text.p[end - 1] != '\'' &&
		(unsigned char)x->r.t->text.p[end - 1] < 0x80)
		end--;
	while (owns && end > x->r.t->p[first].start &&
		(x->r.t->text.p[end - 1] == '\'' ||
			(unsigned char)x->r.t->text.p[end - 1] >= 0x80))
		end--;
	drafts_add(x->d, RANK_WORDS, kind, value, x->r.t->p[first].start, end, .85);
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

/* A length of time where no better date or time stands; gives its last token, or 0. */
static size_t
add_length(struct time_reading *x, size_t at, const struct time_span *best)
{
	const struct time_reader *r = &x->r;
	struct time_length l, most;
	bool compared = ((time_is(r, at, "more") || time_is(r, at, "less")) &&
				time_is(r, at + 1, "than")) ||
		((time_is(r, at, "mas") || time_is(r, at, "menos")) &&
			time_is(r, at + 1, "de"));
	bool range = time_length_range(r, at, &l, &most);
	if (!range && !time_length_read(r, compared ? at + 2 : at, &l))
		return 0;
	bool longer = !best || l.last > best->last ||
		(l.last == best->last && !best->has_date && !best->open_start &&
			!best->open_end);
	if (!longer)
		return 0;
	struct str value = time_length_print(x->d->a, &l);
	if (range)
		value = arena_printf(x->d->a, "%.*s/%.*s", STR_ARG(value),
			STR_ARG(time_length_print(x->d->a, &most)));
	drafts_add(x->d, RANK_WORDS, "duration", value,
		r->t->p[range ? l.first : at].start, r->t->p[l.last].end, .85);
	return l.last;
}

/* The best reading at a token; gives the place behind it. */
static size_t
read_at(struct time_reading *x, size_t at)
{
	const struct time_reader *r = &x->r;
	static bool (*const readings[])(
		const struct time_reader *, size_t, struct time_span *) = {time_open,
		time_range, time_date_range, time_lasting, time_within, time_moment};
	struct time_span best = {0};
	struct time_length l;
	bool found = false;
	if (time_every(r, at, &l)) {
		struct str length = time_length_print(x->d->a, &l);
		drafts_add(x->d, RANK_WORDS, "set",
			arena_printf(x->d->a, "R/%.*s", STR_ARG(length)),
			r->t->p[skip_at(r, at)].start, r->t->p[l.last].end, .8);
		return l.last + 1;
	}
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
		time_or_later(r, &best);
	size_t last = add_length(x, at, found ? &best : NULL);
	if (last)
		return last + 1;
	if (!found)
		return at + 1;
	read_zone(x, &best);
	add_span(x, &best);
	return best.last + 1;
}

/* Words of times that no table has: "two thirty", "ten past seven", "Dec31". */
static bool
speaks_of_time(const struct token *k)
{
	struct str s = k->norm;
	if (k->kind == TOKEN_NUMBER || !s.n)
		return s.n > 0;
	char first = s.p[0], last = s.p[s.n - 1];
	if ((first >= '0' && first <= '9') || (last >= '0' && last <= '9'))
		return true;
	return (last == 'y' && str_ends(s, STR("ty"))) ||
		(last == 'n' && str_ends(s, STR("teen"))) ||
		(first == 'p' && str_eq(s, STR("past")));
}

/* Does a reading need more than this word of a table? "This" and "the end of" do. */
static bool
needs_more(const struct time_word *w)
{
	return !w || w->kind == TIME_LEAD || w->kind == TIME_THIS || w->kind == TIME_EDGE;
}

/* Digits with nothing of time beside them: "2 pizzas", an order number. */
static bool
number_alone(const struct time_reader *r, size_t i)
{
	const struct tokens *t = r->t;
	if (t->p[i].kind != TOKEN_NUMBER || (i > 0 && r->word[i - 1]))
		return false;
	if (i + 1 == t->n)
		return true;
	struct str next = t->p[i + 1].norm;
	bool quarter = next.n == 2 && next.p[1] >= '1' && next.p[1] <= '4';
	return !token_joined(t, i) && !r->word[i + 1] && !quarter &&
		!number_begins(t, i + 1, r->spanish);
}

/* Where a reading may begin: at a word of time, or at words that lead to one, "from the very
 * beginning of the week". Everything else is not tried. */
static void
find_starts(struct time_reader *r, bool *starts)
{
	const struct tokens *t = r->t;
	for (size_t i = 0; i < t->n; i++) {
		struct str word = t->p[i].norm;
		if (!t->p[i].unspaced)
			r->word[i] = time_word_find(word, r->spanish);
		/* "Tomorrow's delivery" */
		if (!r->word[i] && word.n > 2 && word.p[word.n - 2] == '\'' &&
			word.p[word.n - 1] == 's')
			r->word[i] =
				time_word_find(str_sub(word, 0, word.n - 2), r->spanish);
	}
	bool leads_there = false;
	for (size_t i = t->n; i-- > 0;) {
		int nth;
		size_t last;
		bool speaks = !needs_more(r->word[i]) || speaks_of_time(&t->p[i]);
		leads_there = speaks ||
			(leads_there &&
				(r->word[i] || number_begins(t, i, r->spanish) ||
					number_ordinal(t, i, r->spanish, &nth, &last)));
		starts[i] = leads_there && !number_alone(r, i);
	}
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
	bool *starts = ARENA_ARRAY(d->a, bool, d->t->n + 1);
	find_starts(&x.r, starts);
	for (size_t at = 0; at < d->t->n && d->n < ENTITIES_MAX * 2;)
		at = starts[at] ? read_at(&x, at) : at + 1;
}
