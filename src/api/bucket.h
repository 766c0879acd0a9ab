/* A token bucket: how often something may be done, with bursts. Filled by the clock that
 * never goes back. */
#ifndef API_BUCKET_H
#define API_BUCKET_H

#include "env/env.h"

struct bucket {
	double left;
	struct mono at; /* when `left` was right; zero: full */
};

/* Takes one token; false when there is none. */
bool bucket_take(struct bucket *b, struct env *env, double rate_per_s, int burst);
/* True when it is as if nothing had been taken. */
bool bucket_is_full(struct bucket *b, struct env *env, double rate_per_s, int burst);

#endif
