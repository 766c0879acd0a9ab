/*
 * YAML read into the same tree as JSON (base/json.h), so that a struct's schema table
 * reads both.
 *
 * One document of YAML 1.2 with its core schema: a plain scalar is null (empty, ~,
 * null), a bool (true, false), an integer (decimal, 0o17, 0x1f), a float (1.5, 6e3) or
 * else a string; "yes", "on" and dates are strings. The floats .inf and .nan are
 * errors, because they would pass every check of a range. A quoted or block scalar is
 * always a string. Every node carries the 1-based line it starts on.
 *
 * An anchor may be used as an alias anywhere after it; the alias becomes a copy, and
 * all nodes together, copies included, are at most YAML_NODES_MAX. A mapping's keys are
 * scalars and are taken as written ("1: x" has the key "1"); "<<" is a key like any
 * other.
 *
 * Errors (ERR_INVALID with the line, ERR_LIMIT for a limit): syntax, a duplicate key, a
 * key that is no scalar, a tag, a number out of range, an unknown alias, more than one
 * document, invalid UTF-8, a limit (YAML_FILE_MAX, YAML_NODES_MAX, JSON_DEPTH_MAX).
 */
#ifndef WIRE_YAML_H
#define WIRE_YAML_H

#include "base/json.h"

/* The tree lives in the arena and does not point into the text. Empty text gives a
 * JSON_NULL node of line 1. */
enum err yaml_parse(struct arena *a, struct str text, struct json **out, struct error *e);

#endif
