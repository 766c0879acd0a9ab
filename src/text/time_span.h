/*
 * Moments and stretches of time while a message is read.
 *
 * Days: text/time_point.c, by units text/time_units.c, by name text/time_period.c and
 * text/time_holiday.c, in forms
 * of one language text/time_english.c and text/time_spanish.c. Times of day:
 * text/time_clock.c, with a zone text/time_zone.c. Both together: text/time_moment.c.
 * Stretches between two: text/time_range.c. Lengths: text/time_length.c, repetitions:
 * text/time_every.c. What an entity is
 * made of them: text/entity_time.c.
 *
 * Times are seconds of the person's own clock since 1970-01-01 00:00 there. A span is
 * [start, end).
 */
#ifndef TEXT_TIME_SPAN_H
#define TEXT_TIME_SPAN_H

#include "text/calendar.h"
#include "text/number.h"
#include "text/time_words.h"

struct time_span {
	size_t first, last; /* tokens */
	int64_t start, end;
	bool has_date, has_time;
	bool point;    /* one day, one moment; else a stretch */
	bool half_day; /* am or pm was said, or the hour needs none */
	bool open_start, open_end;
	bool bare;    /* only a number that may be an hour or a day */
	bool seconds; /* print them */
	bool year_said;
	bool relative; /* counted from now: no year is missing */
	bool weak;     /* means a time only beside another: "at 5", "2019" */
};

/* What stands at one token: several readings begin there and ask for the same. */
struct time_known {
	bool tried, found;
	struct time_span span;
};

/* A message under reading: its words of time, looked up once. */
struct time_reader {
	const struct tokens *t;
	const struct time_word **word; /* of each token, or NULL */
	/* Of each token what time_date() said, and what was read as a date, a time or both:
	 * both depend on now and today. NULL: not to be remembered. */
	struct time_known *dates, *moments;
	int64_t now;        /* the person's clock */
	int64_t today;      /* its day */
	int32_t offset_min; /* of that clock from UTC */
	bool spanish, day_first;
};

/* Is token i the word? */
static inline bool
time_is(const struct time_reader *r, size_t i, const char *word)
{
	return token_is(r->t, i, word);
}

/* Is it one of the words, a list that ends with NULL? */
static inline bool
time_is_any(const struct time_reader *r, size_t i, const char *const *words)
{
	for (; *words; words++)
		if (time_is(r, i, *words))
			return true;
	return false;
}

/* The word of a kind at token i, or NULL. */
const struct time_word *time_word_at(
	const struct time_reader *r, size_t i, enum time_word_kind kind);
/* A token of digits as a number up to `most`; -1 when it is none. */
int time_digits_at(const struct time_reader *r, size_t i, int most);
/* That the token is one of these marks and touches both its neighbours; gives the mark. */
bool time_joined_mark(
	const struct time_reader *r, size_t i, const char *marks, char *mark);
/* Is the token of digits a part of an amount or of a longer number: "$12", "37.1"? */
bool time_inside_number(const struct time_reader *r, size_t i);
/* A year of four digits, or of two behind a mark that asks for one. */
bool time_year_at(const struct time_reader *r, size_t i, bool two_digits, int64_t *year);
/* A year behind token `last`: "2019", ", 2019", "of 2019", "'19"; *end is its last token. */
bool time_year_behind(
	const struct time_reader *r, size_t last, int64_t *year, size_t *end);
void time_set_day(struct time_span *out, int64_t day);
/* [from, to) as a stretch. */
void time_set_days(struct time_span *out, int64_t from, int64_t to);

/* A day or a stretch of days at token `at`: the longest reading. */
bool time_date(const struct time_reader *r, size_t at, struct time_span *out);
/* What it tries (text/time_units.c, text/time_period.c). */
bool time_units(const struct time_reader *r, size_t at, struct time_span *out);
bool time_distance(const struct time_reader *r, size_t at, struct time_span *out);
bool time_nth_of(const struct time_reader *r, size_t at, struct time_span *out);
bool time_later(const struct time_reader *r, size_t at, struct time_span *out);
bool time_quarter(const struct time_reader *r, size_t at, struct time_span *out);
bool time_half(const struct time_reader *r, size_t at, struct time_span *out);
bool time_holiday(const struct time_reader *r, size_t at, struct time_span *out);
bool time_season(const struct time_reader *r, size_t at, struct time_span *out);
bool time_year(const struct time_reader *r, size_t at, struct time_span *out);
bool time_year_quarter(const struct time_reader *r, size_t at, struct time_span *out);
bool time_decade(const struct time_reader *r, size_t at, struct time_span *out);
/* What a language has beside (text/time_english.c, text/time_spanish.c). */
bool time_date_english(const struct time_reader *r, size_t at, struct time_span *out);
bool time_date_spanish(const struct time_reader *r, size_t at, struct time_span *out);

/* A time of day: start and end are seconds of the day. */
bool time_clock(const struct time_reader *r, size_t at, struct time_span *out);
bool time_clock_spanish(const struct time_reader *r, size_t at, struct time_span *out);
/* The same behind its word, with the part of the day behind it: "at 5", "a las 5 de la
 * tarde". */
bool time_clock_said(const struct time_reader *r, size_t at, struct time_span *out);
/* A part of a day: "in the morning", "tonight", "por la tarde". */
bool time_part(const struct time_reader *r, size_t at, struct time_span *out);
/* Puts a time of day into its part: seven in the evening is 19:00. */
void time_clock_in_part(struct time_span *clock, const struct time_span *part);
void time_put_on_day(struct time_span *date, const struct time_span *clock);
/* Behind what may stand between a date and its time. */
size_t time_skip_join(const struct time_reader *r, size_t i);
/* A date, a time, or both (text/time_moment.c). */
bool time_moment(const struct time_reader *r, size_t at, struct time_span *out);
/* The zone that is named at token `at`, as minutes ahead of UTC on that day. */
bool time_zone_read(const struct time_reader *r, size_t at, int64_t day, int *offset_min,
	size_t *last);

/* Stretches by their ends (text/time_range.c): from A to B; a date with a range of times
 * behind; before, after, since, until; "or later" behind a moment. */
bool time_range(const struct time_reader *r, size_t at, struct time_span *out);
bool time_date_range(const struct time_reader *r, size_t at, struct time_span *out);
bool time_open(const struct time_reader *r, size_t at, struct time_span *out);
/* One end and a length: "from 10am for 3 hours", "2 weeks starting May 20th"; "within 3
 * days", "more than a week ago". */
bool time_lasting(const struct time_reader *r, size_t at, struct time_span *out);
bool time_within(const struct time_reader *r, size_t at, struct time_span *out);
void time_or_later(const struct time_reader *r, struct time_span *s);

/* [start, end) of the unit that holds a day: the week from Monday, the month … in
 * seconds. `move` units away. */
void time_unit_span(int64_t day, enum time_unit unit, int64_t move, int64_t count,
	struct time_span *out);
/* The nth weekday (Monday 0) of the days [from, to), the last one when nth is negative; -1
 * when there are not so many. */
int64_t time_nth_weekday(int64_t from, int64_t to, int weekday, int nth);
bool time_unit_is_clock(enum time_unit unit);
/* "3h", "30min": the unit and its count; NULL when the token is no such thing. */
const struct time_word *time_glued_unit(
	const struct time_reader *r, size_t at, double *count);

/* "2 hours", "1 year 2 months", "half an hour", "an hour and a half", "a couple of days":
 * a length of time. */
struct time_length {
	size_t first, last; /* tokens */
	double amount[UNIT_DECADE + 1];
	bool any;
};

bool time_length_read(const struct time_reader *r, size_t at, struct time_length *out);
/* "2 to 3 days", "3-5 business days": the least and the most. */
bool time_length_range(const struct time_reader *r, size_t at, struct time_length *least,
	struct time_length *most);
/* How often something happens that is said to come again (text/time_every.c). */
bool time_every(const struct time_reader *r, size_t at, struct time_length *out);
/* As ISO 8601 writes it. */
struct str time_length_print(struct arena *a, const struct time_length *l);

#endif
