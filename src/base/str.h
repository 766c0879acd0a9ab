/*
 * Slices: text in is `struct str` by value. A slice owns nothing, need not end in NUL and
 * may hold any byte. The empty slice has n == 0; its p may be NULL.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
/* The same for static tables, where a compound literal is not a constant. */
#define STR_INIT(lit) \
	{ \
		"" lit, sizeof(lit) - 1 \
	}
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct str
str_of(const char *z)
{
	return (struct str){z, z ? strlen(z) : 0};
}

static inline bool
str_eq(struct str a, struct str b)
{
	/* Most strings of one length differ in the first byte already. */
	return a.n == b.n &&
		(a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

/* Bytes first, then length: memcmp's order. */
int str_cmp(struct str a, struct str b);
/* The same order beside a C string, which is not measured first: for tables of words. */
static inline int
str_cmp_z(struct str a, const char *z)
{
	for (size_t i = 0; i < a.n; i++) {
		int order = (unsigned char)a.p[i] - (unsigned char)z[i];
		if (order || !z[i])
			return order ? order : 1;
	}
	return z[a.n] ? -1 : 0;
}
/* Equality under ASCII case folding (header names, schemes). */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Offset of the first occurrence, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_find_char(struct str s, char c);
/* s[from, to), clamped to the slice. */
struct str str_sub(struct str s, size_t from, size_t to);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);
/* Takes the part of *rest before the next `sep` and moves *rest behind it. False when
 * *rest was used up: "a,b," gives "a", "b" and ""; the empty slice with p == NULL gives
 * nothing. */
bool str_split(struct str *rest, char sep, struct str *part);
/* Whole slice as a decimal number, sign allowed; false when empty, not a number or out of
 * range. */
bool str_to_i64(struct str s, int64_t *out);
/* Whole slice as a decimal floating point number in C locale form; false when it is not
 * one. */
bool str_to_double(struct str s, double *out);
/* Equality in time that depends on the lengths only. For secrets. */
bool str_eq_constant_time(struct str a, struct str b);

#endif
