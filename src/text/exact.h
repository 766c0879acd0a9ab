/*
 * exp and log that give the same bits on every processor.
 *
 * The C library picks among several implementations by processor, whose last bits differ;
 * what a turn decides must not. These use only additions, multiplications and divisions
 * in a fixed order, which the compiler is told not to join (-ffp-contract=off). Relative error below 1e-12 in the range that models need.
 */
#ifndef TEXT_EXACT_H
#define TEXT_EXACT_H

/* x is clamped to -700 … 700. */
double exact_exp(double x);
/* x > 0, and no smaller than 2^-1022. */
double exact_log(double x);

#endif
