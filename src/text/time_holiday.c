/*
 * Holidays: on a day of the year, so many days from Easter, or on the nth weekday of a month.
 * Without a year the coming one is meant.
 */
#include "text/time_span.h"

#define HOLIDAY_WORDS 5

/* How a holiday's day is found. */
enum holiday_rule { ON_DAY, FROM_EASTER, ON_WEEKDAY };

struct holiday {
	const char *words[HOLIDAY_WORDS];
	enum holiday_rule rule;
	int month;   /* not from Easter */
	int day;     /* of the month; days from Easter; nth weekday, -1 the last */
	int weekday; /* Monday 0 */
	int more;    /* days behind that weekday */
};

static const struct holiday english[] = {
	{{"new", "year's", "day"}, ON_DAY, 1, 1, 0, 0},
	{{"new", "years", "day"}, ON_DAY, 1, 1, 0, 0},
	{{"new", "year's", "eve"}, ON_DAY, 12, 31, 0, 0},
	{{"new", "years", "eve"}, ON_DAY, 12, 31, 0, 0},
	{{"new", "year", "eve"}, ON_DAY, 12, 31, 0, 0},
	{{"martin", "luther", "king", "day"}, ON_WEEKDAY, 1, 3, 0, 0},
	{{"mlk", "day"}, ON_WEEKDAY, 1, 3, 0, 0},
	{{"valentine's", "day"}, ON_DAY, 2, 14, 0, 0},
	{{"valentines", "day"}, ON_DAY, 2, 14, 0, 0},
	{{"valentine's"}, ON_DAY, 2, 14, 0, 0},
	{{"presidents", "day"}, ON_WEEKDAY, 2, 3, 0, 0},
	{{"president's", "day"}, ON_WEEKDAY, 2, 3, 0, 0},
	{{"st", "patrick's", "day"}, ON_DAY, 3, 17, 0, 0},
	{{"ash", "wednesday"}, FROM_EASTER, 0, -46, 0, 0},
	{{"palm", "sunday"}, FROM_EASTER, 0, -7, 0, 0},
	{{"good", "friday"}, FROM_EASTER, 0, -2, 0, 0},
	{{"easter", "sunday"}, FROM_EASTER, 0, 0, 0, 0},
	{{"easter", "monday"}, FROM_EASTER, 0, 1, 0, 0},
	{{"easter"}, FROM_EASTER, 0, 0, 0, 0},
	{{"april", "fools"}, ON_DAY, 4, 1, 0, 0},
	{{"earth", "day"}, ON_DAY, 4, 22, 0, 0},
	{{"mother's", "day"}, ON_WEEKDAY, 5, 2, 6, 0},
	{{"mothers", "day"}, ON_WEEKDAY, 5, 2, 6, 0},
	{{"memorial", "day"}, ON_WEEKDAY, 5, -1, 0, 0},
	{{"father's", "day"}, ON_WEEKDAY, 6, 3, 6, 0},
	{{"fathers", "day"}, ON_WEEKDAY, 6, 3, 6, 0},
	{{"independence", "day"}, ON_DAY, 7, 4, 0, 0},
	{{"labor", "day"}, ON_WEEKDAY, 9, 1, 0, 0},
	{{"labour", "day"}, ON_WEEKDAY, 9, 1, 0, 0},
	{{"columbus", "day"}, ON_WEEKDAY, 10, 2, 0, 0},
	{{"halloween"}, ON_DAY, 10, 31, 0, 0},
	{{"veterans", "day"}, ON_DAY, 11, 11, 0, 0},
	{{"thanksgiving", "day"}, ON_WEEKDAY, 11, 4, 3, 0},
	{{"thanksgiving"}, ON_WEEKDAY, 11, 4, 3, 0},
	{{"black", "friday"}, ON_WEEKDAY, 11, 4, 3, 1},
	{{"cyber", "monday"}, ON_WEEKDAY, 11, 4, 3, 4},
	{{"christmas", "eve"}, ON_DAY, 12, 24, 0, 0},
	{{"christmas", "day"}, ON_DAY, 12, 25, 0, 0},
	{{"christmas"}, ON_DAY, 12, 25, 0, 0},
	{{"xmas", "eve"}, ON_DAY, 12, 24, 0, 0},
	{{"xmas", "day"}, ON_DAY, 12, 25, 0, 0},
	{{"xmas"}, ON_DAY, 12, 25, 0, 0},
	{{"boxing", "day"}, ON_DAY, 12, 26, 0, 0},
};

static const struct holiday spanish[] = {
	{{"dia", "de", "ano", "nuevo"}, ON_DAY, 1, 1, 0, 0},
	{{"ano", "nuevo"}, ON_DAY, 1, 1, 0, 0},
	{{"dia", "de", "reyes"}, ON_DAY, 1, 6, 0, 0},
	{{"reyes", "magos"}, ON_DAY, 1, 6, 0, 0},
	{{"dia", "de", "san", "valentin"}, ON_DAY, 2, 14, 0, 0},
	{{"san", "valentin"}, ON_DAY, 2, 14, 0, 0},
	{{"dia", "de", "los", "enamorados"}, ON_DAY, 2, 14, 0, 0},
	{{"dia", "de", "la", "mujer"}, ON_DAY, 3, 8, 0, 0},
	{{"miercoles", "de", "ceniza"}, FROM_EASTER, 0, -46, 0, 0},
	{{"domingo", "de", "ramos"}, FROM_EASTER, 0, -7, 0, 0},
	{{"jueves", "santo"}, FROM_EASTER, 0, -3, 0, 0},
	{{"viernes", "santo"}, FROM_EASTER, 0, -2, 0, 0},
	{{"domingo", "de", "pascua"}, FROM_EASTER, 0, 0, 0, 0},
	{{"pascua"}, FROM_EASTER, 0, 0, 0, 0},
	{{"dia", "del", "trabajador"}, ON_DAY, 5, 1, 0, 0},
	{{"dia", "del", "trabajo"}, ON_DAY, 5, 1, 0, 0},
	{{"dia", "de", "la", "hispanidad"}, ON_DAY, 10, 12, 0, 0},
	{{"halloween"}, ON_DAY, 10, 31, 0, 0},
	{{"dia", "de", "todos", "los", "santos"}, ON_DAY, 11, 1, 0, 0},
	{{"dia", "de", "los", "muertos"}, ON_DAY, 11, 2, 0, 0},
	{{"dia", "de", "muertos"}, ON_DAY, 11, 2, 0, 0},
	{{"black", "friday"}, ON_WEEKDAY, 11, 4, 3, 1},
	{{"viernes", "negro"}, ON_WEEKDAY, 11, 4, 3, 1},
	{{"nochebuena"}, ON_DAY, 12, 24, 0, 0},
	{{"dia", "de", "navidad"}, ON_DAY, 12, 25, 0, 0},
	{{"navidad"}, ON_DAY, 12, 25, 0, 0},
	{{"nochevieja"}, ON_DAY, 12, 31, 0, 0},
	{{"fin", "de", "ano"}, ON_DAY, 12, 31, 0, 0},
};

/* How many words of the holiday stand at token `at`: all of them, or 0. */
static size_t
holiday_words(const struct time_reader *r, size_t at, const struct holiday *h)
{
	size_t n = 0;
	while (n < HOLIDAY_WORDS && h->words[n]) {
		if (!time_is(r, at + n, h->words[n]))
			return 0;
		n++;
	}
	return n;
}

static int64_t
holiday_day(const struct holiday *h, int64_t year)
{
	switch (h->rule) {
	case ON_DAY:
		return calendar_day(year, h->month, h->day);
	case FROM_EASTER:
		return calendar_easter(year) + h->day;
	case ON_WEEKDAY:
		break;
	}
	int64_t from = calendar_day(year, h->month, 1);
	return time_nth_weekday(from, calendar_add_months(from, 1), h->weekday, h->day) +
		h->more;
}

/* "New year" alone is its first day only beside a word that asks for one: "before new
 * year". */
static const struct holiday *
new_year_alone(const struct time_reader *r, size_t at)
{
	static const struct holiday day = {{"new", "year"}, ON_DAY, 1, 1, 0, 0};
	bool asked =
		at == 0 || time_is(r, at - 1, "before") || time_is(r, at - 1, "after");
	bool said = time_is(r, at, "new") &&
		(time_is(r, at + 1, "year") || time_is(r, at + 1, "year's") ||
			time_is(r, at + 1, "years"));
	return asked && said ? &day : NULL;
}

bool
time_holiday(const struct time_reader *r, size_t at, struct time_span *out)
{
	const struct holiday *table = r->spanish ? spanish : english;
	size_t rows = r->spanish ? sizeof(spanish) / sizeof(*spanish)
				 : sizeof(english) / sizeof(*english);
	/* Most words begin none: their first letters are looked at. */
	const struct holiday *found = NULL;
	size_t n = 0;
	for (size_t i = 0; i < rows; i++) {
		if (at >= r->t->n || table[i].words[0][0] != r->t->p[at].norm.p[0])
			continue;
		size_t words = holiday_words(r, at, &table[i]);
		if (words > n) {
			n = words;
			found = &table[i];
		}
	}
	if (!found && (found = new_year_alone(r, at)))
		n = 2;
	if (!found)
		return false;
	int64_t year = calendar_civil(r->today).year;
	out->last = at + n - 1;
	out->year_said = time_year_behind(r, out->last, &year, &out->last);
	if (!out->year_said && holiday_day(found, year) < r->today)
		year++;
	time_set_day(out, holiday_day(found, year));
	return true;
}
