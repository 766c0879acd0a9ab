/*
 * Pieces of HTTP/1.1 that need no socket (RFC 9110, RFC 9112): headers, media types,
 * dates, reasons, path patterns, and the strict check of a message head that runs before
 * the parser sees it.
 *
 * Nothing here allocates; results are slices of the input.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* Methods as bits, so that a route can name several. */
enum http_method {
	METHOD_GET = 1,
	METHOD_HEAD = 2,
	METHOD_POST = 4,
	METHOD_PUT = 8,
	METHOD_PATCH = 16,
	METHOD_DELETE = 32,
	METHOD_OPTIONS = 64,
};

struct http_header {
	struct str name, value;
};

/* The method's name, or "" when it is none of ours. */
const char *http_method_name(enum http_method m);
/* "GET, HEAD, OPTIONS" for an Allow header. */
void http_methods_print(struct buf *out, unsigned methods);
/* "Not Found" for 404; "Unknown" for a status without a name. */
const char *http_status_reason(int status);

/* First header of that name, any case; p is NULL when there is none. */
struct str http_header_get(const struct http_header *h, size_t count, struct str name);
/* How many headers have that name. */
size_t http_header_count(const struct http_header *h, size_t count, struct str name);
/* True when a comma separated list ("keep-alive, Upgrade") holds the token, any case. */
bool http_list_has(struct str list, struct str token);
/* Takes the next trimmed, non-empty item of a comma separated list; false at the end. */
bool http_list_next(struct str *rest, struct str *item);
/* True when a Content-Type is this media type, whatever its parameters:
 * "application/json; charset=utf-8". */
bool http_media_is(struct str content_type, struct str media);
/* Value of a parameter of a header ("charset" in a Content-Type), quotes taken off; p is
 * NULL when it is not there. */
struct str http_param(struct str value, struct str name);
/* True when a text can stand in a header: no CR, LF, NUL or other control byte but HTAB.
 */
bool http_value_valid(struct str value);

/* IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT": exactly HTTP_DATE_LEN bytes and a NUL. */
#define HTTP_DATE_LEN 29
void http_date_print(int64_t unix_s, char out[HTTP_DATE_LEN + 1]);
/* Reads IMF-fixdate. */
bool http_date_parse(struct str s, int64_t *unix_s);
/* Retry-After: seconds or a date; the wait in milliseconds from now_s, never negative; -1
 * when it cannot be read. */
int64_t http_retry_after_ms(struct str value, int64_t now_s);

/* Where a request's head stands in a buffer that may hold less or more than it. */
enum http_head {
	HTTP_HEAD_PARTIAL,  /* no end in sight yet */
	HTTP_HEAD_WHOLE,    /* *len bytes, the empty line included */
	HTTP_HEAD_BAD_LINE, /* bare CR or LF, a NUL, or a folded header: what
			       intermediaries read differently */
	HTTP_HEAD_TOO_MANY, /* more header lines than allowed */
};
/* Kept by the caller while a head arrives in pieces, so that no byte is looked at twice;
 * zero at first. */
struct http_head_scan {
	uint32_t line_at; /* start of the line under way */
	uint32_t lines;   /* whole lines so far */
};
/* Looks for the end of a head and refuses what RFC 9112 sections 2.2 and 5.2 let a
 * recipient refuse. */
enum http_head http_head_find(
	struct str in, struct http_head_scan *scan, size_t headers_max, size_t *len);

/*
 * The chunked coding (RFC 9112 section 7.1), strictly: CRLF everywhere, hex digits only,
 * extensions and trailers read over but bounded. The parser in use takes a bare LF at the
 * end of the trailers, and others read that differently.
 */
enum http_chunk {
	HTTP_CHUNK_MORE, /* all was used, more must come */
	HTTP_CHUNK_DATA, /* *piece is body */
	HTTP_CHUNK_END,  /* the body is whole; the rest of the input belongs to what
			    follows */
	HTTP_CHUNK_BAD,
};
struct http_chunked {
	uint64_t left;  /* of the chunk under way */
	uint32_t extra; /* bytes of extensions and trailers so far */
	uint8_t state;
	uint8_t digits;
};
#define HTTP_CHUNK_EXTRA_MAX (16u << 10)
/* Takes bytes from the front of *in; call until it says anything but HTTP_CHUNK_DATA. A
 * zeroed struct begins. */
enum http_chunk http_chunked_feed(
	struct http_chunked *c, struct str *in, struct str *piece);

/* Path patterns: "/v1/conversations/{id}/messages". A {name} takes one segment that is
 * not empty; a last {name...} takes the rest of the path, slashes included. */
#define HTTP_PARAMS_MAX 8
/* True when the path fits; values[i] is the raw (still percent-encoded) i-th parameter.
 */
bool http_path_match(struct str pattern, struct str path,
	struct str values[HTTP_PARAMS_MAX], size_t *count);
/* Index of a parameter in a pattern, or -1. */
int http_path_param(struct str pattern, struct str name);

#endif
