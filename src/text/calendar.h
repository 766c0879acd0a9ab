/*
 * Days of the Gregorian calendar as numbers: day 0 is 1970-01-01. Months count from 1,
 * weekdays from Monday = 0. Seconds are of a person's own clock: no zone, no leap
 * seconds.
 */
#ifndef TEXT_CALENDAR_H
#define TEXT_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_SECONDS 86400

struct civil {
	int64_t year;
	int month, day;
};

int64_t calendar_day(int64_t year, int month, int day);
struct civil calendar_civil(int64_t day);
int calendar_weekday(int64_t day);
int calendar_month_days(int64_t year, int month);
bool calendar_valid(int64_t year, int month, int day);
/* The same day of the month, n months on; the last of the month when there is none. */
int64_t calendar_add_months(int64_t day, int64_t months);
/* Easter Sunday of the western churches. */
int64_t calendar_easter(int64_t year);

#endif
