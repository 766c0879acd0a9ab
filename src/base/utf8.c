#include "base/utf8.h"

#define REPLACEMENT 0xFFFD

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/*
 * Length of the code point at p, or 0 when it is not valid. The second byte carries all
 * the special cases: overlong forms (E0, F0), surrogates (ED) and values over U+10FFFF
 * (F4); see RFC 3629, section 4.
 */
static size_t
utf8_length(const char *p, size_t n)
{
	unsigned char lead = (unsigned char)p[0];

	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (n < length)
		return 0;
	unsigned char second = (unsigned char)p[1];
	unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	if (second < low || second > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (!is_continuation(p[i]))
			return 0;
	return length;
}

size_t
utf8_check(struct str s)
{
	size_t at = 0;

	while (at < s.n) {
		uint64_t word;
		while (s.n - at >= sizeof(word)) {
			memcpy(&word, s.p + at, sizeof(word));
			if (word & 0x8080808080808080u)
				break;
			at += sizeof(word);
		}
		if (at == s.n)
			break;
		size_t length = utf8_length(s.p + at, s.n - at);
		if (!length)
			return at;
		at += length;
	}
	return s.n;
}

int32_t
utf8_next(struct str s, size_t *at)
{
	if (*at >= s.n)
		return -1;
	const char *p = s.p + *at;
	size_t length = utf8_length(p, s.n - *at);
	if (length <= 1) {
		*at += 1;
		return length ? p[0] : REPLACEMENT;
	}
	int32_t c = (unsigned char)p[0] & (0x7F >> length);
	for (size_t i = 1; i < length; i++)
		c = c << 6 | (p[i] & 0x3F);
	*at += length;
	return c;
}

size_t
utf8_count(struct str s)
{
	size_t count = s.n, at = 0;

	/* Eight bytes at a time: a continuation has its highest bit and not the next one;
	 * the product adds up the eight bits. */
	for (uint64_t word; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		word &= ~(word << 1) & 0x8080808080808080u;
		count -= (word >> 7) * 0x0101010101010101u >> 56;
	}
	for (; at < s.n; at++)
		count -= is_continuation(s.p[at]);
	return count;
}

void
utf8_add(struct buf *b, uint32_t c)
{
	char out[4];
	size_t n;

	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = REPLACEMENT;
	if (c < 0x80) {
		out[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		n = 3;
	} else {
		out[0] = (char)(0xF0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		out[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F));
	buf_add(b, out, n);
}

struct str
utf8_clip(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	/* A code point has at most three continuation bytes; more of them is no UTF-8 and
	 * may be cut anywhere. */
	size_t n = max;
	for (int i = 0; i < 3 && n && is_continuation(s.p[n]); i++)
		n--;
	return (struct str){s.p, n};
}
