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

bool
time_length_read(const struct time_reader *r, size_t at, struct time_length *out)
{
	*out = (struct time_length){0};
	size_t i = at;
	for (int parts = 0; parts < 5; parts++) {
		struct number n;
		size_t k = i;
		if (parts == 0 && time_is(r, k, "all") &&
			time_word_at(r, k + 1, TIME_UNIT)) {
			out->amount[r->word[k + 1]->value] = 1;
			out->last = k + 1;
			out->any = true;
			break;
		}
		bool article = time_is(r, k, "a") || time_is(r, k, "an") ||
			time_is(r, k, "un") || time_is(r, k, "una");
		if (r->spanish && parts == 0 && spanish_count(r, k, &n)) {
			; /* "varias semanas", "un par de días" */
		} else if (article && time_is(r, k + 1, "couple")) {
			n = (struct number){.value = 2, .last = k + 1};
			n.last += time_is(r, k + 2, "of");
		} else if (article && time_is(r, k + 1, "few")) {
			n = (struct number){.value = 3, .last = k + 1};
		} else if (time_is(r, k, "few") || time_is(r, k, "several")) {
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
		k += time_is(r, k, "-") || time_is(r, k, "more") ||
			time_is(r, k, "additional");
		/* "half an hour", "media hora" */
		k += (n.value == .5 || n.value == .25) &&
			(time_is(r, k, "of") || time_is(r, k, "an") ||
				time_is(r, k, "a"));
		k += (n.value == .5 || n.value == .25) &&
			(time_is(r, k, "an") || time_is(r, k, "a"));
		static const struct time_word nights = {"nights", TIME_UNIT, UNIT_DAY};
		const struct time_word *unit = time_word_at(r, k, TIME_UNIT);
		if (time_is(r, k, "night") || time_is(r, k, "nights") ||
			time_is(r, k, "noche") || time_is(r, k, "noches"))
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
		i += time_is(r, i, "and") || time_is(r, i, "y") || time_is(r, i, ",") ||
			time_is(r, i, "con");
		i += time_is(r, i, "and");
	}
	return out->any;
}

struct str
time_length_print(struct arena *a, const struct time_length *l)
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
