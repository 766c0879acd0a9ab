#include "base/hash.h"

#include <endian.h>
#include <string.h>

static uint64_t
rotate(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

static inline uint64_t
read_word(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* Fewer than eight bytes as a little-endian number. */
static inline uint64_t
read_rest(const unsigned char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << 8 * i;
	return word;
}

static inline void
sip_start(uint64_t v[4], const uint64_t key[2])
{
	v[0] = key[0] ^ 0x736f6d6570736575u;
	v[1] = key[1] ^ 0x646f72616e646f6du;
	v[2] = key[0] ^ 0x6c7967656e657261u;
	v[3] = key[1] ^ 0x7465646279746573u;
}

static inline void
sip_text(uint64_t v[4], const unsigned char *p, size_t n)
{
	size_t at = 0;

	for (; n - at >= 8; at += 8)
		sip_word(v, read_word(p + at));
	sip_word(v, (uint64_t)n << 56 | (n > at ? read_rest(p + at, n - at) : 0));
}

static inline uint64_t
sip_end(uint64_t v[4])
{
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
siphash(const uint64_t key[2], const void *p, size_t n)
{
	uint64_t v[4];

	sip_start(v, key);
	sip_text(v, p, n);
	v[2] ^= 0xff;
	return sip_end(v);
}

void
siphash_wide(const uint64_t key[2], const void *p, size_t n, uint64_t out[2])
{
	uint64_t v[4];

	sip_start(v, key);
	v[1] ^= 0xee;
	sip_text(v, p, n);
	v[2] ^= 0xee;
	out[0] = sip_end(v);
	v[1] ^= 0xdd;
	out[1] = sip_end(v);
}
