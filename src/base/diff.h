/*
 * The difference of two texts by lines, as `diff -u` writes it: three lines of context
 * around what changed. A line without its newline at the end of a text counts as one
 * with.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include "base/buf.h"
#include "base/str.h"

/* Appends the difference under the two names; nothing when the texts have the same lines.
 * Texts that differ in more than DIFF_CELLS_MAX pairs of lines are shown as replaced. */
void diff_unified(struct buf *out, const char *was_name, const char *is_name,
	struct str was, struct str is);

#endif
