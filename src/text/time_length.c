/*
 * Lengths of time: "2 hours and a half", "un par de días".
 */
#include "text/time_span.h"

static const char *const unit_letters[] = {
	"S", "M", "H", "D", "W", "WE", "M", "Q", "Y", "Y"};

static bool
spanish_count(const struct time_reader *r, size_t at, struct number *out)
{
	static const struct {
		const char *word;
		double value;
	} words[] = {{"algunos", 3}, {"algunas", 3}, {"unos", 3}, {"unas", 3},
		{"varios", 3}, {"varias", 3}, {"otro", 1}, {"otra", 1}};
	if (time_is(r, at, "un") && time_is(r, at + 1, "par") &&
		time_is(r, at + 2, "de")) {
		*out = (struct number){.value = 2, .last = at + 2};
		return true;
	}
	/* "media hora", "un cuarto de hora", "tres cuartos de hora" */
	if ((time_is(r, at, "media") || time_is(r, at, "medio")) &&
		time_word_at(r, at + 1, TIME_UNIT)) {
		*out = (struct number){.value = .5, .last = at};
		return true;
	}
	size_t part = at + (time_is(r, at, "un") || time_is(r, at, "tres"));
	if ((time_is(r, part, "cuarto") || time_is(r, part, "cuartos")) &&
		time_is(r, part + 1, "de") && time_is(r, part + 2, "hora")) {
		*out = (struct number){
			.value = time_is(r, at, "tres") ? .75 : .25, .last = part + 1};
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!time_is(r, at, words[i].word) || !time_word_at(r, at + 1, TIME_UNIT))
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
	if (!time_is(r, i, "and") && !time_is(r, i, "y"))
		return 0;
	i++;
	i += time_is(r, i, "a") || time_is(r, i, "un");
	bool half =
		time_is(r, i, "half") || time_is(r, i, "media") || time_is(r, i, "medio");
	if (!half && !time_is(r, i, "quarter") && !time_is(r, i, "cuarto"))
		return 0;
	*last = i;
	return half ? .5 : .25;
}

static bool
is_article(const struct time_reader *r, size_t i)
{
	return time_is(r, i, "a") || time_is(r, i, "an") || time_is(r, i, "un") ||
		time_is(r, i, "una");
}

/* How many units: "2", "a couple of", "varias", "an" before its unit. */
static bool
length_count(const struct time_reader *r, size_t at, bool first, struct number *out)
{
	bool article = is_article(r, at);
	if (r->spanish && first && spanish_count(r, at, out))
		return true;
	if (time_is(r, at + article, "couple")) {
		*out = (struct number){.value = 2, .last = at + article};
		out->last += time_is(r, out->last + 1, "of");
		return true;
	}
	if (time_is(r, at + article, "few") || time_is(r, at, "several")) {
		*out = (struct number){.value = 3, .last = at + article};
		return true;
	}
	if (article && time_word_at(r, at + 1, TIME_UNIT)) {
		*out = (struct number){.value = 1, .last = at};
		/* "Wait a second" is no length of time. */
		return r->word[at + 1]->value != UNIT_SECOND;
	}
	return !time_inside_number(r, at) && number_read(r->t, at, r->spanish, out) &&
		out->value >= 0;
}

/* The unit behind a count at token `at`, and its last token: "days", "business days",
 * "an hour" behind "half", "fines de semana". */
static const struct time_word *
length_unit(const struct time_reader *r, size_t at, double count, size_t *last)
{
	static const struct time_word night = {"night", TIME_UNIT, UNIT_DAY},
				      weekend = {"weekend", TIME_UNIT, UNIT_WEEKEND};
	static const char *const kinds[] = {"-", "more", "additional", "business",
		"working", "calendar", "full", "whole", NULL};
	static const char *const nights[] = {"night", "nights", "noche", "noches", NULL};
	static const char *const working[] = {
		"habiles", "laborables", "laborales", "naturales", NULL};
	size_t i = at;
	i += time_is_any(r, i, kinds);
	bool part = count == .5 || count == .25;
	i += part && time_is(r, i, "of");
	i += part && (time_is(r, i, "an") || time_is(r, i, "a"));
	*last = i;
	if (time_is(r, i, "fines") && time_is(r, i + 1, "de") &&
		time_is(r, i + 2, "semana")) {
		*last = i + 2;
		return &weekend;
	}
	if (time_is_any(r, i, nights))
		return &night;
	const struct time_word *unit = time_word_at(r, i, TIME_UNIT);
	if (unit && r->spanish && time_is_any(r, i + 1, working))
		*last = i + 1;
	return unit;
}

/* One count and its unit at token `at`; *last is its last token. */
static bool
length_part(const struct time_reader *r, size_t at, bool first, struct time_length *l)
{
	struct number n;
	double count;
	/* "all day", "todo el mes", "toda la semana" */
	bool todo = (time_is(r, at, "todo") || time_is(r, at, "toda")) &&
		(time_is(r, at + 1, "el") || time_is(r, at + 1, "la"));
	const struct time_word *whole = time_word_at(r, at + 1 + todo, TIME_UNIT);
	if (first && (todo || time_is(r, at, "all")) && whole) {
		l->amount[whole->value] = 1;
		l->last = at + 1 + todo;
		return true;
	}
	const struct time_word *unit = time_glued_unit(r, at, &count);
	if (unit && (at == 0 || !token_joined(r->t, at - 1))) {
		l->amount[unit->value] += count;
		l->last = at;
		return true;
	}
	size_t last;
	if (!length_count(r, at, first, &n))
		return false;
	unit = length_unit(r, n.last + 1, n.value, &last);
	if (!unit)
		return false;
	l->last = last;
	l->amount[unit->value] += n.value + length_half(r, &l->last);
	return true;
}

bool
time_length_read(const struct time_reader *r, size_t at, struct time_length *out)
{
	static const char *const joints[] = {"and", "y", ",", "con", NULL};
	*out = (struct time_length){.first = at};
	size_t i = at;
	for (int parts = 0; parts < 5 && length_part(r, i, parts == 0, out); parts++) {
		out->any = true;
		i = out->last + 1;
		i += time_is_any(r, i, joints);
		i += time_is(r, i, "and");
	}
	return out->any;
}

bool
time_length_range(const struct time_reader *r, size_t at, struct time_length *least,
	struct time_length *most)
{
	static const char *const joints[] = {
		"to", "-", "or", "a", "o", "\xe2\x80\x93", NULL};
	struct number n;
	static const char *const leads[] = {"in", "from", "en", "de", NULL};
	bool between = time_is(r, at, "between") || time_is(r, at, "entre");
	size_t first = at + (between || time_is_any(r, at, leads));
	if (!number_read(r->t, first, r->spanish, &n) || n.value < 0)
		return false;
	size_t i = n.last + 1;
	bool joined = between ? time_is(r, i, "and") || time_is(r, i, "y")
			      : time_is_any(r, i, joints);
	if (!joined || !time_length_read(r, i + 1, most))
		return false;
	/* "2 to 3 days": one unit for both. */
	*least = (struct time_length){.any = true, .first = first, .last = most->last};
	size_t units = 0;
	for (size_t u = 0; u <= UNIT_DECADE; u++) {
		units += most->amount[u] > 0;
		least->amount[u] = most->amount[u] > n.value ? n.value : 0;
	}
	for (size_t u = 0; u <= UNIT_DECADE && units == 1; u++)
		if (least->amount[u] > 0)
			return true;
	return false;
}

/* An hour and a half is PT1H30M: few readers take PT1.5H. */
static void
split_hours(struct time_length *l)
{
	double hours = l->amount[UNIT_HOUR], whole = (double)(int64_t)hours;
	l->amount[UNIT_MINUTE] += (hours - whole) * 60;
	l->amount[UNIT_HOUR] = whole;
}

struct str
time_length_print(struct arena *a, const struct time_length *said)
{
	struct time_length split = *said, *l = &split;
	split_hours(l);
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
