/* Elapsed time for the threads of the store: an env belongs to the loop. Private to db/. */
#ifndef DB_DB_CLOCK_H
#define DB_DB_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds from an unknown start. */
static inline int64_t
clock_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#endif
