/*
 * What commands write for people to read: colours only where they are welcome (a
 * terminal, and no NO_COLOR), text of others without the control characters that would
 * drive the terminal, columns that line up.
 */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>

enum ink { INK_PLAIN, INK_DIM, INK_BOLD, INK_GREEN, INK_YELLOW, INK_RED, INK_BLUE };

struct terminal {
	FILE *out;
	bool colours;
	bool interactive; /* a person types: both ends are a terminal */
};

/* On standard input and output. */
void terminal_init(struct terminal *t);

void terminal_ink(const struct terminal *t, enum ink ink);
/* Text of somebody else: control characters but newline are shown as blanks. */
void terminal_text(const struct terminal *t, struct str text);
/* The same, with every line after the first set in by `indent` blanks. */
void terminal_paragraph(const struct terminal *t, struct str text, int indent);
/* One line of text in exactly `width` columns: cut with an ellipsis or filled with
 * blanks. */
void terminal_cell(const struct terminal *t, struct str text, int width);
/* "just now", "4 min", "3 h", "2 d" between two times in milliseconds. */
struct str terminal_age(struct arena *a, int64_t then_ms, int64_t now_ms);

#endif
