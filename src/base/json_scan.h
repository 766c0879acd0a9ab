/* What json.c and json_write.c share: finding the bytes of a string that JSON cannot hold
 * as they are, eight at a time. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/str.h"

#include <endian.h>

#define JSON_BYTES(b) (0x0101010101010101u * (b))

static inline bool
json_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/*
 * Length of the run at p (at most n) without quote, backslash and control characters.
 * *high gets bits when the run, or up to seven bytes behind it, holds bytes over 0x7F,
 * which the caller checks as UTF-8.
 */
static inline size_t
json_plain_run(const char *p, size_t n, uint64_t *high)
{
	size_t at = 0;

	for (; n - at >= 8; at += 8) {
		uint64_t w;
		memcpy(&w, p + at, 8);
		w = le64toh(w);
		*high |= w & JSON_BYTES(0x80);
		/* A byte x is zero when x - 1 borrows and x has no high bit; a false hit
		 * needs a true one in a lower byte. */
		uint64_t quote = w ^ JSON_BYTES('"'), backslash = w ^ JSON_BYTES('\\');
		uint64_t hit = ((w - JSON_BYTES(0x20)) & ~w) |
			((quote - JSON_BYTES(1)) & ~quote) |
			((backslash - JSON_BYTES(1)) & ~backslash);
		hit &= JSON_BYTES(0x80);
		if (hit)
			return at + (size_t)(__builtin_ctzll(hit) / 8);
	}
	for (; at < n && json_plain(p[at]); at++)
		*high |= p[at] & 0x80;
	return at;
}

#endif
