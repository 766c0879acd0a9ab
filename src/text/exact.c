#include "text/exact.h"

#include <math.h>

#define LN2 0.693147180559945309417

double
exact_exp(double x)
{
	if (x > 700)
		x = 700;
	if (x < -700)
		x = -700;
	/* e^x = 2^k e^r with |r| <= ln 2 / 2, where the series converges within 14 terms.
	 */
	double k = floor(x / LN2 + .5);
	double r = x - k * LN2;
	double sum = 1, term = 1;
	for (int i = 1; i <= 14; i++) {
		term = term * r / i;
		sum += term;
	}
	return ldexp(sum, (int)k);
}

double
exact_log(double x)
{
	/* x = m 2^k with m in [1/sqrt 2, sqrt 2); log m = 2 atanh((m - 1) / (m + 1)). */
	int k;
	double m = frexp(x, &k);
	if (m < 0.70710678118654752) {
		m *= 2;
		k--;
	}
	double z = (m - 1) / (m + 1), square = z * z, power = z, sum = 0;
	for (int i = 1; i <= 25; i += 2) {
		sum += power / i;
		power *= square;
	}
	return 2 * sum + k * LN2;
}
