/*
 * Where a value stands in the text of a YAML document, so that a program can write another
 * in its place and leave the rest, comments and layout, as it is.
 */
#ifndef WIRE_YAML_PLACE_H
#define WIRE_YAML_PLACE_H

#include "base/err.h"
#include "base/str.h"

enum yaml_form {
	YAML_SCALAR,
	YAML_FLOW,     /* [a, b] or {a: b} */
	YAML_SEQUENCE, /* "- a" line by line */
	YAML_MAPPING,  /* "a: b" line by line */
};

struct yaml_place {
	enum yaml_form form;
	size_t from, to; /* bytes; behind the last one neither blanks nor a newline */
	size_t column;   /* characters before it in its line */
};

/*
 * Follows a path of keys and, in sequences, of numbers ("0" is the first). ERR_NOT_FOUND:
 * the path leads nowhere. ERR_INVALID: the text is no YAML, or the value is an alias, has an
 * anchor or is left empty, so that no other can stand there alone.
 */
enum err yaml_place_find(struct str text, const struct str *path, size_t length,
	struct yaml_place *out, struct error *e);

#endif
