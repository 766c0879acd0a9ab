#include "base/str.h"

#include <math.h>
#include <stdlib.h>

static unsigned char
fold(char c)
{
	unsigned char u = (unsigned char)c;
	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
		(suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

ptrdiff_t
str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return -1;
	const char *at = memmem(s.p, s.n, needle.p, needle.n);
	return at ? at - s.p : -1;
}

ptrdiff_t
str_find_char(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
	return at ? at - s.p : -1;
}

struct str
str_sub(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){s.p ? s.p + from : NULL, to - from};
}

struct str
str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
str_split(struct str *rest, char sep, struct str *part)
{
	if (!rest->p)
		return false;
	ptrdiff_t at = str_find_char(*rest, sep);
	if (at < 0) {
		*part = *rest;
		*rest = (struct str){NULL, 0};
		return true;
	}
	*part = (struct str){rest->p, (size_t)at};
	rest->p += at + 1;
	rest->n -= (size_t)at + 1;
	return true;
}

bool
str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	size_t i = s.n && (negative || s.p[0] == '+');
	int64_t v = 0;

	if (i == s.n)
		return false;
	/* Counted downwards, because the negative range is the larger one. */
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
			__builtin_sub_overflow(v, s.p[i] - '0', &v))
			return false;
	}
	if (!negative && v == INT64_MIN)
		return false;
	*out = negative ? v : -v;
	return true;
}

/* What strtod reads beyond decimal numbers (blanks, hexadecimal, "inf", "nan") does not
 * pass. */
static bool
looks_decimal(struct str s)
{
	bool digit = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digit = true;
		else if (!strchr("+-.eE", s.p[i]) || !s.p[i])
			return false;
	}
	return digit;
}

bool
str_to_double(struct str s, double *out)
{
	char small[64];
	char *end;

	if (!looks_decimal(s))
		return false;
	char *z = s.n < sizeof(small) ? small : malloc(s.n + 1);
	if (!z)
		abort();
	memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	double v = strtod(z, &end);
	bool whole = end == z + s.n && isfinite(v);
	if (z != small)
		free(z);
	if (whole)
		*out = v;
	return whole;
}

bool
str_eq_constant_time(struct str a, struct str b)
{
	unsigned char difference = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		difference |= (unsigned char)(a.p[i] ^ b.p[i]);
	return difference == 0;
}
