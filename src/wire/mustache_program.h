/*
 * What a compiled template is made of; for mustache_compile.c, which makes it, and
 * mustache_render.c, which walks it.
 *
 * A program is a flat array of steps. A step that has a body (section, block, parent)
 * is followed by it and knows the index behind it, so that a body is a range and
 * nothing points anywhere.
 *
 * Indentation. A tag alone on its line leaves no line behind, and a partial alone on
 * its line indents every line of what it brings in. Therefore text is cut into lines,
 * and a piece that begins a line of the template (`line_start`) is where rendering puts
 * the indentation. A block that begins a line keeps the blanks before it as its
 * `indent`; what replaces it loses its own indentation (`dedent`) and takes that one.
 */
#ifndef WIRE_MUSTACHE_PROGRAM_H
#define WIRE_MUSTACHE_PROGRAM_H

#include "wire/mustache.h"

enum step_kind {
	STEP_TEXT,
	STEP_VALUE,
	STEP_SECTION,
	STEP_INVERTED,
	STEP_PARTIAL,
	STEP_PARENT,
	STEP_BLOCK,
};

struct step {
	enum step_kind kind;
	bool line_start; /* text: begins a line. Block: only blanks stand before it on its
			    line */
	bool raw;        /* value: not escaped */
	bool dynamic;    /* partial, parent: the name is looked up in the context */
	bool own_line;   /* partial, parent, block: alone on its line */
	bool body_on_line; /* block: its body begins on a new line */
	uint32_t end;    /* section, inverted, parent, block: index of the step behind the
			    body */
	uint32_t dedent; /* block: blanks its body's first line begins with */
	struct str text; /* the text, path or name */
	struct str indent; /* partial, parent, block */
};

struct mustache {
	const struct step *steps;
	uint32_t count;
	enum mustache_escape escape;
	const struct mustache_use *uses;
	size_t use_count;
};

#endif
