/*
 * Chance from a seed: the same seed gives the same numbers on every machine. For
 * simulations, tests and everything a replay must repeat; never for keys. (splitmix64: a
 * counter through a mixing function, period 2^64.)
 */
#ifndef BASE_CHANCE_H
#define BASE_CHANCE_H

#include <stdint.h>

struct chance {
	uint64_t state;
};

static inline uint64_t
chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Even among 0 … n - 1 (the skew is n / 2^64); n must not be 0. */
static inline uint64_t
chance_below(struct chance *c, uint64_t n)
{
	return (uint64_t)((unsigned __int128)chance_next(c) * n >> 64);
}

/* In [0, 1). */
static inline double
chance_double(struct chance *c)
{
	return (double)(chance_next(c) >> 11) * 0x1p-53;
}

#endif
