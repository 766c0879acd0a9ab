/*
 * Mustache templates (the mustache specification 1.4 with inheritance and dynamic
 * names, without lambdas).
 *
 * A template is compiled once into an immutable program in an arena and rendered any
 * number of times against a JSON tree. Rendering sees nothing but that tree and the
 * partials that the caller's function gives it; what is missing renders as nothing.
 * Output is bounded by the caller's buf and MUSTACHE_OUTPUT_MAX, nesting (sections,
 * partials, parents) by MUSTACHE_DEPTH_MAX, and the work of one rendering by
 * MUSTACHE_STEPS_MAX.
 *
 *	{{name}} {{a.b}} {{.}}         a value, escaped
 *	{{{name}}} {{&name}}           a value as it is
 *	{{#list}}…{{/list}}            once for each item; once if it is there
 *	{{^list}}…{{/list}}            if it is not there
 *	{{>partial}} {{>*name}}        another template, by its name or by a value's
 *	{{<parent}}{{$slot}}…{{/slot}}{{/parent}}
 *	                               another template with some of its slots filled
 *	{{! comment}}                  nothing
 *	{{=<% %>=}}                    other delimiters from here on
 *
 * Values: strings as they are, numbers in their shortest form, true and false by name,
 * null as nothing, an array or object as its JSON. False, null, an empty array and an
 * empty string are "not there" for a section.
 */
#ifndef WIRE_MUSTACHE_H
#define WIRE_MUSTACHE_H

#include "base/json.h"

struct mustache;

enum mustache_escape {
	MUSTACHE_HTML, /* & < > " ' become entities */
	MUSTACHE_NONE, /* plain text: chat, SMS, a prompt */
};

struct mustache_options {
	enum mustache_escape escape; /* what {{name}} does */
};

/* Compiles. The text must live as long as the program; options may be NULL. A tag that
 * is not closed, a section that is closed by another name and a bad delimiter are
 * ERR_INVALID with the line; nesting over MUSTACHE_DEPTH_MAX is ERR_LIMIT. */
enum err mustache_compile(struct arena *a, struct str text,
	const struct mustache_options *options, struct mustache **out, struct error *e);

/* Where {{>name}} and {{<name}} find their template; NULL means there is none and it
 * renders as nothing. A partial is rendered with its own escape mode. */
struct mustache_partials {
	const struct mustache *(*find)(void *context, struct str name);
	void *context;
};

/* Appends to `out`. `context` may be NULL, partials may be NULL. On failure (ERR_LIMIT
 * only) what was appended is taken back. */
enum err mustache_render(const struct mustache *m, const struct json *context,
	const struct mustache_partials *partials, struct buf *out, struct error *e);

/* What a template names, in order of appearance, for whoever checks a pack. `path` is
 * relative to the sections around it, of which `section` is the innermost (-1: none);
 * {{.}} has the path ".". */
enum mustache_use_kind {
	MUSTACHE_VALUE,   /* {{a.b}} {{{a.b}}} */
	MUSTACHE_SECTION, /* {{#a.b}} {{^a.b}} */
	MUSTACHE_PARTIAL, /* {{>name}} {{<name}}; a dynamic name is listed as
			     MUSTACHE_VALUE instead */
};

struct mustache_use {
	enum mustache_use_kind kind;
	struct str path;
	int line;
	int section; /* index of the MUSTACHE_SECTION use it stands in, or -1 */
};

/* The uses, *n of them; they live as long as the program. */
const struct mustache_use *mustache_uses(const struct mustache *m, size_t *n);

#endif
