/*
 * Moments and stretches of time while a message is read: days that text/time_point.c
 * finds, times of day that text/time_clock.c finds and text/entity_time.c joins with them.
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

/* The word of a kind at token i, or NULL. */
const struct time_word *time_word_at(
	const struct time_reader *r, size_t i, enum time_word_kind kind);
/* A token of digits as a number up to `most`; -1 when it is none. */
int time_digits_at(const struct time_reader *r, size_t i, int most);
/* That the token is one of these marks and touches both its neighbours; gives the mark. */
bool time_joined_mark(
	const struct time_reader *r, size_t i, const char *marks, char *mark);
/* A day or a stretch of days at token `at`: the longest reading. */
bool time_date(const struct time_reader *r, size_t at, struct time_span *out);
/* A time of day: start and end are seconds of the day. */
bool time_clock(const struct time_reader *r, size_t at, struct time_span *out);
/* The zone that is named at token `at`, as minutes ahead of UTC on that day. */
bool time_zone_read(const struct time_reader *r, size_t at, int64_t day, int *offset_min,
	size_t *last);
/* What a language has beside (text/time_english.c, text/time_spanish.c). */
bool time_date_english(const struct time_reader *r, size_t at, struct time_span *out);
bool time_date_spanish(const struct time_reader *r, size_t at, struct time_span *out);
bool time_clock_spanish(const struct time_reader *r, size_t at, struct time_span *out);
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

#endif
