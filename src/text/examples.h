/*
 * Labelled examples as text: one a line, `label TAB text`. The label `oos` means out of
 * scope. Blanks around both, a byte order mark and the CR of a line's end are no part of
 * them; a label may hold blanks. Empty lines are skipped; a line without a TAB, a label or
 * a text is an error that carries its line.
 */
#ifndef TEXT_EXAMPLES_H
#define TEXT_EXAMPLES_H

#include "base/arena.h"
#include "text/train.h"

/* Rows live in the arena; labels and texts are slices of `text`. */
enum err examples_read(struct arena *a, struct str text, struct train_row **rows,
	size_t *count, struct error *e);

#endif
