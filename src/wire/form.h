/*
 * application/x-www-form-urlencoded, as queries and webhook bodies use it (WHATWG URL,
 * section 5; strict about broken escapes).
 */
#ifndef WIRE_FORM_H
#define WIRE_FORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Takes the next pair of *rest, decoded; what has no escapes points into the text, the
 * rest lives in the arena. False at the end. A broken escape sets *broken (and ends the
 * walk). */
bool form_next(struct arena *a, struct str *rest, struct str *name, struct str *value,
	bool *broken);
/* Value of the first pair of that name, decoded; p is NULL when there is none or it is
 * broken. A name without '=' has an empty value whose p is not NULL. */
struct str form_get(struct arena *a, struct str form, struct str name);
/* Appends "name=value", with '&' when the buffer is not empty. */
void form_add(struct buf *out, struct str name, struct str value);

#endif
