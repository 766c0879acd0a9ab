#include "text/tracking_number.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

static size_t
digits_count(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += is_digit(s.p[i]);
	return n;
}

/* GS1's: from the right the digits before the last weigh 3, 1, 3 … */
static bool
mod10_holds(struct str s)
{
	int sum = 0;
	for (size_t i = 1; i < s.n; i++)
		sum += (s.p[s.n - 1 - i] - '0') * (i % 2 ? 3 : 1);
	return (sum + s.p[s.n - 1] - '0') % 10 == 0;
}

/* A letter counts as a digit: A is 2, B is 3 … H is 9, I is 0. */
static bool
ups_holds(struct str s)
{
	int sum = 0;
	for (size_t i = 2; i + 1 < s.n; i++) {
		int v = is_digit(s.p[i]) ? s.p[i] - '0' : (s.p[i] - 'A' + 2) % 10;
		sum += i % 2 ? 2 * v : v;
	}
	return is_digit(s.p[s.n - 1]) && (sum + s.p[s.n - 1] - '0') % 10 == 0;
}

static bool
s10_holds(const char *digits)
{
	static const int weights[] = {8, 6, 4, 2, 3, 5, 9, 7};
	int sum = 0;
	for (size_t i = 0; i < 8; i++)
		sum += (digits[i] - '0') * weights[i];
	int check = 11 - sum % 11;
	check = check == 10 ? 0 : check == 11 ? 5 : check;
	return digits[8] - '0' == check;
}

static bool
fedex_holds(const char *digits)
{
	static const int weights[] = {3, 1, 7};
	int sum = 0;
	for (size_t i = 0; i < 11; i++)
		sum += (digits[i] - '0') * weights[i % 3];
	return digits[11] - '0' == sum % 11 % 10;
}

static bool
dhl_holds(const char *digits)
{
	int rest = 0;
	for (size_t i = 0; i < 9; i++)
		rest = (rest * 10 + digits[i] - '0') % 7;
	return digits[9] - '0' == rest;
}

static enum tracking_form
digits_form(struct str s)
{
	switch (s.n) {
	case 10:
		return dhl_holds(s.p) ? TRACKING_LIKELY : TRACKING_SHAPED;
	case 12:
		return fedex_holds(s.p) ? TRACKING_LIKELY : TRACKING_SHAPED;
	case 22:
		if (s.p[0] == '9' && s.p[1] >= '1' && s.p[1] <= '6')
			return mod10_holds(s) ? TRACKING_SURE : TRACKING_SHAPED;
		return TRACKING_SHAPED;
	case 15:
	case 20:
	case 26:
		return mod10_holds(s) ? TRACKING_LIKELY : TRACKING_SHAPED;
	case 11:
	case 14:
	case 16:
	case 18:
	case 34:
		return TRACKING_SHAPED;
	}
	return TRACKING_NO;
}

enum tracking_form
tracking_number_form(struct str code)
{
	size_t digits = digits_count(code);
	if (digits == code.n)
		return digits_form(code);
	if (code.n == 18 && str_starts(code, STR("1Z")))
		return ups_holds(code) ? TRACKING_SURE : TRACKING_SHAPED;
	if (code.n < 13 || !is_letter(code.p[0]) || !is_letter(code.p[1]))
		return TRACKING_NO;
	bool country = is_letter(code.p[code.n - 1]) && is_letter(code.p[code.n - 2]);
	if (code.n == 13 && digits == 9 && country)
		return s10_holds(code.p + 2) ? TRACKING_SURE : TRACKING_SHAPED;
	if (code.n == 15 && digits == 12 && str_starts(code, STR("TB")))
		return TRACKING_SURE;
	size_t letters = code.n - digits;
	bool jd = (letters == 3 && str_starts(code, STR("JJD"))) ||
		(letters == 2 && str_starts(code, STR("JD")));
	if (jd && digits >= 15 && digits <= 18)
		return TRACKING_SURE;
	return code.n == 23 && digits >= 12 && is_letter(code.p[22]) ? TRACKING_SHAPED
								     : TRACKING_NO;
}
