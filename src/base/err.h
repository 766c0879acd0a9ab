/*
 * Errors: a kind says what the caller does next, a text says what happened.
 *
 * Every function that can fail returns `enum err` and takes `struct error *e` as its last
 * parameter. The struct lives in the caller's frame (the error path allocates nothing)
 * and may be NULL when the caller only needs the kind. Results go out through pointers
 * and are untouched on failure. A programmer's mistake is not an error: `require(cond)`
 * stops the process in every build.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err {
	OK,
	ERR_INVALID,     /* reject, never retry */
	ERR_NOT_FOUND,   /* a normal answer */
	ERR_CONFLICT,    /* read again, retry */
	ERR_LIMIT,       /* slow down */
	ERR_UNAVAILABLE, /* retry later */
	ERR_UNCERTAIN,   /* it may have happened: ask before you repeat */
	ERR_CANCELED,
};

struct error {
	enum err kind;
	int line; /* 1-based line of the input it is about, 0 when it is about none */
	char text[256];
};

/* Fills *e (unless NULL) and returns kind, so that a failure is one statement. */
enum err err_set(struct error *e, enum err kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, about a line of some input. */
enum err err_set_line(struct error *e, enum err kind, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts "context: " before the text on the way up; keeps kind and line and returns the
 * kind. */
enum err err_context(struct error *e, enum err kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The analyzer looks at one file at a time and cannot see that the kind comes back. */
#ifdef __clang_analyzer__
#define err_set(e, kind, ...) ((void)(err_set)(e, kind, __VA_ARGS__), (kind))
#define err_set_line(e, kind, ...) ((void)(err_set_line)(e, kind, __VA_ARGS__), (kind))
#define err_context(e, kind, ...) ((void)(err_context)(e, kind, __VA_ARGS__), (kind))
#endif

/* The kind's name as logs and problem+json show it: "invalid", "not-found" … */
const char *err_name(enum err kind);
/* HTTP status of a kind: OK 200, INVALID 400, NOT_FOUND 404, CONFLICT 409, LIMIT 429,
 * UNAVAILABLE and UNCERTAIN 503, CANCELED 499. */
int err_http_status(enum err kind);
/* True when the same call may succeed later without a change by the caller. */
bool err_retryable(enum err kind);

_Noreturn void require_failed(const char *cond, const char *file, int line);
#define require(cond) \
	do { \
		if (!(cond)) \
			require_failed(#cond, __FILE__, __LINE__); \
	} while (0)

#endif
