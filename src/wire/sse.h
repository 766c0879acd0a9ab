/*
 * Server-sent events (WHATWG HTML, section 9.2): a writer for our streams and a reader
 * for the streams of others.
 */
#ifndef WIRE_SSE_H
#define WIRE_SSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Appends one event. Empty id or name are left out; data may have several lines. Id and
 * name must have no line break. */
void sse_write(struct buf *out, struct str id, struct str name, struct str data);
/* A comment line that keeps proxies from closing a silent stream. */
void sse_write_comment(struct buf *out);

struct sse_event {
	struct str name; /* "message" when the stream named none */
	struct str data;
	struct str id; /* the last id seen so far */
};

/* Takes bytes in pieces of any size. One event may hold at most `max` bytes. */
struct sse_reader {
	struct buf line, name, data, id;
	size_t max;
	bool data_seen, after_cr, started, broken;
	void (*event)(struct sse_reader *r,
		const struct sse_event *ev); /* slices are valid during the call */
	void *owner;
};

void sse_reader_init(struct sse_reader *r, size_t max,
	void (*event)(struct sse_reader *r, const struct sse_event *ev), void *owner);
void sse_reader_fini(struct sse_reader *r);
/* ERR_LIMIT when an event grows past its maximum; the reader then stays broken. */
enum err sse_reader_feed(struct sse_reader *r, struct str bytes, struct error *e);

#endif
