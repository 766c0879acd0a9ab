/* Hashes that are not for security against someone who knows the key: FNV-1a for
 * features, SipHash-2-4 for tables. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#define FNV64_START 0xcbf29ce484222325u

static inline uint64_t
fnv64(uint64_t h, const void *p, size_t n)
{
	const unsigned char *b = p;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

/* SipHash-2-4, 128-bit key as two words. */
uint64_t siphash(const uint64_t key[2], const void *p, size_t n);
/* The same with 128 bits, in one pass (the authors' variant for them). */
void siphash_wide(const uint64_t key[2], const void *p, size_t n, uint64_t out[2]);

#endif
