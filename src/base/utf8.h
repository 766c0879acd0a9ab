/* UTF-8 (RFC 3629): checking, walking, counting. Case and classes of all of Unicode come
 * from utf8proc in text/. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

/* Offset of the first byte that is not valid UTF-8 (overlong forms, surrogates and values
 * over U+10FFFF are not), or s.n when all is valid. */
size_t utf8_check(struct str s);
static inline bool
utf8_valid(struct str s)
{
	return utf8_check(s) == s.n;
}
/* Reads the code point at *at and moves *at behind it; an invalid byte gives U+FFFD and
 * moves by one. At the end: -1. */
int32_t utf8_next(struct str s, size_t *at);
/* Number of code points of valid text. */
size_t utf8_count(struct str s);
/* Appends one code point. */
void utf8_add(struct buf *b, uint32_t code_point);
/* The longest prefix of at most `max` bytes that does not cut a code point. */
struct str utf8_clip(struct str s, size_t max);

#endif
