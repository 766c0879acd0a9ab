#include "text/exact.h"

#include "base/str.h"

#define LN2 0.693147180559945309417
#define SQRT_HALF 0.70710678118654752

/* Where the exponent of a double stands, and what it is for 1. */
#define EXPONENT_AT 52
#define EXPONENT_ONE 1023

/* a[0] + a[1] x + … : the terms of a series, the last one first. A division costs as much
 * as all of it, so the coefficients are written as divisions that are done at compile
 * time. */
static inline double
series(const double *a, int n, double x)
{
	double sum = a[n - 1];
	for (int i = n - 2; i >= 0; i--)
		sum = sum * x + a[i];
	return sum;
}

double
exact_exp(double x)
{
	/* 1 / i! */
	static const double a[] = {1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720,
		1. / 5040, 1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800,
		1. / 479001600, 1. / 6227020800, 1. / 87178291200};
	if (x > 700)
		x = 700;
	if (x < -700)
		x = -700;
	/* e^x = 2^k e^r with |r| <= ln 2 / 2, where the series converges within 14 terms.
	 */
	double nearest = x * (1 / LN2) + (x < 0 ? -.5 : .5);
	int64_t k = (int64_t)nearest;
	double sum = series(a, sizeof(a) / sizeof(*a), x - (double)k * LN2), power;
	uint64_t bits = (uint64_t)(k + EXPONENT_ONE) << EXPONENT_AT;
	memcpy(&power, &bits, sizeof(power));
	return sum * power;
}

double
exact_log(double x)
{
	/* 1 / (2 i + 1) */
	static const double a[] = {1, 1. / 3, 1. / 5, 1. / 7, 1. / 9, 1. / 11, 1. / 13,
		1. / 15, 1. / 17, 1. / 19, 1. / 21, 1. / 23, 1. / 25};
	/* x = m 2^k with m in [1/sqrt 2, sqrt 2); log m = 2 atanh((m - 1) / (m + 1)). */
	uint64_t bits;
	double m;
	memcpy(&bits, &x, sizeof(bits));
	int k = (int)(bits >> EXPONENT_AT) - EXPONENT_ONE + 1;
	bits &= (UINT64_C(1) << EXPONENT_AT) - 1;
	bits |= (uint64_t)(EXPONENT_ONE - 1) << EXPONENT_AT;
	memcpy(&m, &bits, sizeof(m));
	if (m < SQRT_HALF) {
		m *= 2;
		k--;
	}
	double z = (m - 1) / (m + 1);
	return 2 * z * series(a, sizeof(a) / sizeof(*a), z * z) + k * LN2;
}
