/*
 * Text out: a growing byte buffer that knows its maximum.
 *
 * Appending past the maximum appends nothing and sets `over`, which stays set until
 * buf_clear(); a writer therefore appends without checking and asks buf_over() once at
 * the end. The bytes are always followed by a NUL that n does not count (p is never NULL
 * after the first append; use buf_str() to read).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max; /* most bytes this buffer may ever hold */
	bool over;  /* something did not fit */
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
/* Forgets the content, keeps the memory. */
void buf_clear(struct buf *b);
/* Forgets the content and gives memory above `keep` bytes back. */
void buf_shrink(struct buf *b, size_t keep);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
/* Room for n more bytes at p + n, or NULL when that is over the maximum. Add to n what
 * was written. */
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_add_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

static inline bool
buf_over(const struct buf *b)
{
	return b->over;
}

#endif
