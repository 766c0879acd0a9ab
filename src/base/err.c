#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#undef err_set
#undef err_set_line
#undef err_context

static const struct {
	const char *name;
	int http_status;
	bool retryable;
} kinds[] = {
	[OK] = {"ok", 200, false},
	[ERR_INVALID] = {"invalid", 400, false},
	[ERR_NOT_FOUND] = {"not-found", 404, false},
	[ERR_CONFLICT] = {"conflict", 409, true},
	[ERR_LIMIT] = {"limit", 429, true},
	[ERR_UNAVAILABLE] = {"unavailable", 503, true},
	[ERR_UNCERTAIN] = {"uncertain", 503, false},
	[ERR_CANCELED] = {"canceled", 499, false},
};

/*
 * Formats aside first, so that the arguments may point into e->text. The text may be cut
 * to fit, but never inside a code point (it ends in logs and JSON answers); the spare
 * bytes show whether the cut falls into one.
 */
static void __attribute__((format(printf, 4, 0)))
err_fill(struct error *e, enum err kind, int line, const char *fmt, va_list ap)
{
	char text[sizeof(e->text) + 4];

	vsnprintf(text, sizeof(text), fmt, ap);
	struct str s = utf8_clip(str_of(text), sizeof(e->text) - 1);
	memcpy(e->text, s.p, s.n);
	e->text[s.n] = '\0';
	e->kind = kind;
	e->line = line;
}

enum err
err_set(struct error *e, enum err kind, const char *fmt, ...)
{
	if (!e)
		return kind;
	va_list ap;
	va_start(ap, fmt);
	err_fill(e, kind, 0, fmt, ap);
	va_end(ap);
	return kind;
}

enum err
err_set_line(struct error *e, enum err kind, int line, const char *fmt, ...)
{
	if (!e)
		return kind;
	va_list ap;
	va_start(ap, fmt);
	err_fill(e, kind, line, fmt, ap);
	va_end(ap);
	return kind;
}

enum err
err_context(struct error *e, enum err kind, const char *fmt, ...)
{
	if (!e)
		return kind;
	char context[sizeof(e->text)];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	return err_set_line(e, kind, e->line, "%s: %s", context, e->text);
}

const char *
err_name(enum err kind)
{
	return kinds[kind].name;
}

int
err_http_status(enum err kind)
{
	return kinds[kind].http_status;
}

bool
err_retryable(enum err kind)
{
	return kinds[kind].retryable;
}

_Noreturn void
require_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "parley: %s:%d: this must hold and does not: %s\n", file, line,
		cond);
	abort();
}
