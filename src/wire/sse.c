#include "wire/sse.h"

#define FIELD_MAX 1024

/* ---- writer ---- */

static void
write_field(struct buf *out, struct str name, struct str value)
{
	buf_add_str(out, name);
	buf_add_str(out, STR(": "));
	buf_add_str(out, value);
	buf_add_char(out, '\n');
}

void
sse_write(struct buf *out, struct str id, struct str name, struct str data)
{
	struct str line;

	require(str_find_char(id, '\n') < 0 && str_find_char(name, '\n') < 0);
	if (id.n)
		write_field(out, STR("id"), id);
	if (name.n)
		write_field(out, STR("event"), name);
	if (!data.p)
		data = STR("");
	while (str_split(&data, '\n', &line)) {
		/* A CR would end the line for the reader too. */
		struct str part;
		while (str_split(&line, '\r', &part))
			write_field(out, STR("data"), part);
	}
	buf_add_char(out, '\n');
}

void
sse_write_comment(struct buf *out)
{
	buf_add_str(out, STR(":\n\n"));
}

/* ---- reader ---- */

void
sse_reader_init(struct sse_reader *r, size_t max,
	void (*event)(struct sse_reader *r, const struct sse_event *ev), void *owner)
{
	*r = (struct sse_reader){.max = max, .event = event, .owner = owner};
	buf_init(&r->line, max);
	buf_init(&r->data, max);
	buf_init(&r->name, FIELD_MAX);
	buf_init(&r->id, FIELD_MAX);
}

void
sse_reader_fini(struct sse_reader *r)
{
	buf_fini(&r->line);
	buf_fini(&r->data);
	buf_fini(&r->name);
	buf_fini(&r->id);
}

/* The empty line: an event without data is none. */
static void
dispatch(struct sse_reader *r)
{
	if (r->data_seen) {
		struct sse_event ev = {
			.name = r->name.n ? buf_str(&r->name) : STR("message"),
			.data = buf_str(&r->data),
			.id = buf_str(&r->id)};
		if (ev.data.n)
			ev.data.n--; /* each data line has put a line feed behind itself
				      */
		r->event(r, &ev);
	}
	r->data_seen = false;
	buf_clear(&r->data);
	buf_clear(&r->name);
}

static void
field_take(struct sse_reader *r, struct str name, struct str value)
{
	if (str_eq(name, STR("data"))) {
		r->data_seen = true;
		buf_add_str(&r->data, value);
		buf_add_char(&r->data, '\n');
	} else if (str_eq(name, STR("event"))) {
		buf_clear(&r->name);
		buf_add_str(&r->name, value);
	} else if (str_eq(name, STR("id")) &&
		!(value.n && memchr(value.p, '\0', value.n))) {
		buf_clear(&r->id);
		buf_add_str(&r->id, value);
	}
}

static void
line_take(struct sse_reader *r)
{
	struct str line = buf_str(&r->line);

	if (!r->started && str_starts(line, STR("\xef\xbb\xbf")))
		line = str_sub(line, 3, line.n);
	r->started = true;
	if (line.n == 0) {
		dispatch(r);
	} else if (line.p[0] != ':') {
		ptrdiff_t colon = str_find_char(line, ':');
		struct str name = colon < 0 ? line : str_sub(line, 0, (size_t)colon);
		struct str value = colon < 0 ? (struct str){"", 0}
					     : str_sub(line, (size_t)colon + 1, line.n);
		if (value.n && value.p[0] == ' ')
			value = str_sub(value, 1, value.n);
		field_take(r, name, value);
	}
	buf_clear(&r->line);
}

enum err
sse_reader_feed(struct sse_reader *r, struct str bytes, struct error *e)
{
	for (size_t i = 0; i < bytes.n && !r->broken; i++) {
		char c = bytes.p[i];
		bool after_cr = r->after_cr;
		r->after_cr = c == '\r';
		/* Lines end in CRLF, CR or LF; the LF of a CRLF belongs to the CR before
		 * it. */
		if (c == '\n' && after_cr)
			continue;
		if (c == '\n' || c == '\r')
			line_take(r);
		else
			buf_add_char(&r->line, c);
		r->broken = buf_over(&r->line) || buf_over(&r->data) ||
			buf_over(&r->name) || buf_over(&r->id);
	}
	return r->broken
		? err_set(e, ERR_LIMIT, "event stream: an event of more than %zu bytes",
			  r->max)
		: OK;
}
