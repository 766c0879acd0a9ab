#include "api/bucket.h"

static void
fill(struct bucket *b, struct env *env, double rate_per_s, int burst)
{
	struct mono now = env_mono(env);
	double left = burst;
	if (b->at.ns)
		left = b->left + (double)(now.ns - b->at.ns) / 1e9 * rate_per_s;
	b->left = left < burst ? left : burst;
	b->at = now;
}

bool
bucket_take(struct bucket *b, struct env *env, double rate_per_s, int burst)
{
	fill(b, env, rate_per_s, burst);
	if (b->left < 1)
		return false;
	b->left -= 1;
	return true;
}

bool
bucket_is_full(struct bucket *b, struct env *env, double rate_per_s, int burst)
{
	fill(b, env, rate_per_s, burst);
	return b->left >= burst;
}
