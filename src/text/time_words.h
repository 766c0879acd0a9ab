/*
 * Words of dates and times, English and Spanish, in the normal form of text/tokens.h.
 */
#ifndef TEXT_TIME_WORDS_H
#define TEXT_TIME_WORDS_H

#include "base/str.h"

enum time_word_kind {
	TIME_NONE,
	TIME_MONTH,   /* value 1 … 12 */
	TIME_WEEKDAY, /* value 0 … 6, Monday first */
	TIME_DAY,     /* today, tomorrow, yesterday: days from now */
	TIME_NOW,
	TIME_UNIT,     /* value: enum time_unit */
	TIME_PART,     /* part of a day: value = first hour * 100 + last hour */
	TIME_CLOCK,    /* noon, midnight: value in hours */
	TIME_THIS,     /* this, next, last: value 0, 1, -1 */
	TIME_HALF_DAY, /* am, pm: value 0 or 12 */
	TIME_SEASON,   /* value: first month */
	TIME_HOLIDAY,  /* which day it is tells text/time_holiday.c */
	TIME_EVERY,    /* every, each: 0; daily, weekly: unit * 10 + how many of it */
	TIME_EDGE,     /* beginning, middle, end of: value 0, 1, 2 */
	TIME_OTHER,    /* of a form of its own: fortnight, EOD, vez */
	TIME_LEAD, /* says no time, but a reading may begin with it: from, until, the */
};

enum time_unit {
	UNIT_SECOND,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_WEEKEND,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_DECADE
};

struct time_word {
	const char *text;
	enum time_word_kind kind;
	int value;
};

/* NULL when the word says nothing about time. */
const struct time_word *time_word_find(struct str text, bool spanish);

#endif
