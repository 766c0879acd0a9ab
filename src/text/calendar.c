#include "text/calendar.h"

/* Howard Hinnant's "chrono-compatible low-level date algorithms": years start in March,
 * so that leap days come last. */
int64_t
calendar_day(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil
calendar_civil(int64_t day)
{
	day += 719468;
	int64_t era = (day >= 0 ? day : day - 146096) / 146097;
	int64_t of_era = day - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t part = (5 * of_year + 2) / 153;
	int month = (int)(part < 10 ? part + 3 : part - 9);
	return (struct civil){year + era * 400 + (month <= 2), month,
		(int)(of_year - (153 * part + 2) / 5 + 1)};
}

int
calendar_weekday(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7);
}

int
calendar_month_days(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

bool
calendar_valid(int64_t year, int month, int day)
{
	return month >= 1 && month <= 12 && day >= 1 &&
		day <= calendar_month_days(year, month);
}

int64_t
calendar_add_months(int64_t day, int64_t months)
{
	struct civil c = calendar_civil(day);
	int64_t all = c.year * 12 + c.month - 1 + months;
	int64_t year = all >= 0 ? all / 12 : (all - 11) / 12;
	int month = (int)(all - year * 12) + 1;
	int most = calendar_month_days(year, month);
	return calendar_day(year, month, c.day < most ? c.day : most);
}

/* The anonymous Gregorian computus. */
int64_t
calendar_easter(int64_t year)
{
	int64_t a = year % 19, b = year / 100, c = year % 100;
	int64_t d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int64_t e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
	int64_t f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
	return calendar_day(year, (int)(f / 31), (int)(f % 31) + 1);
}
