/*
 * Assets: the files of the web part (widget, demo pages, documentation page), as they
 * were built into the program.
 *
 * tools/embed writes build/gen/assets.S: the bytes of every file below build/web, a gzip
 * variant where that is smaller, and a table. This module finds an entry of that table.
 * Everything is constant and lives as long as the process; nothing is owned, nothing can
 * fail.
 *
 * The names are file names with a leading slash: "/widget.js", "/demo.html" (served at
 * "/" in the demo), "/demo.js",
 * "/demo.css", "/chat.html" (served at "/widget"), "/docs.html" (served at "/docs"),
 * "/docs.js", "/docs.css",
 * "/favicon.svg". Every asset may also be served at its own name.
 */
#ifndef WIRE_ASSETS_H
#define WIRE_ASSETS_H

#include "base/str.h"

#include <stddef.h>

struct asset {
	struct str name;  /* "/widget.js" */
	struct str type;  /* value of Content-Type, with charset for text */
	struct str etag;  /* value of ETag with its quotes; a strong one, of the plain
			     bytes */
	struct str bytes; /* the file */
	struct str
		gzip; /* the file in gzip format, n = 0 when that would not be smaller */
};

/* The asset of that name; NULL when there is none. */
const struct asset *asset_find(struct str name);

/* The i-th asset in the order of names; NULL past the last. */
const struct asset *asset_at(size_t i);

#endif
