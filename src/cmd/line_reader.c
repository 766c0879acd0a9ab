#include "cmd/line_reader.h"

#include "base/limits.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define PIECE 4096

void
line_reader_init(struct line_reader *r, int fd)
{
	*r = (struct line_reader){.fd = fd};
	buf_init(&r->bytes, CHAT_LINE_MAX + PIECE);
}

void
line_reader_fini(struct line_reader *r)
{
	buf_fini(&r->bytes);
}

/* Takes a line out of the bytes at hand, if there is a whole one. */
static bool
take_line(struct line_reader *r, struct str *line)
{
	struct str bytes = buf_str(&r->bytes);
	ptrdiff_t end = str_find_char(bytes, '\n');
	if (end < 0 && !(r->end && bytes.n))
		return false;
	size_t n = end < 0 ? bytes.n : (size_t)end;
	r->line = end < 0 ? n : n + 1;
	*line = str_sub(bytes, 0, n && bytes.p[n - 1] == '\r' ? n - 1 : n);
	return true;
}

/* One read; false when the time ran out. */
static bool
fill(struct line_reader *r, int timeout_ms)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	int ready = poll(&p, 1, timeout_ms);
	if (ready < 0)
		return errno == EINTR;
	if (ready == 0)
		return false;
	char *room = buf_reserve(&r->bytes, PIECE);
	ssize_t n = read(r->fd, room, PIECE);
	if (n > 0)
		r->bytes.n += (size_t)n;
	else if (n == 0 || errno != EINTR)
		r->end = true;
	return true;
}

enum line_event
line_read(struct line_reader *r, int timeout_ms, struct str *line)
{
	buf_consume(&r->bytes, r->line);
	r->line = 0;
	for (;;) {
		if (take_line(r, line)) {
			bool too_long = r->skip || line->n > CHAT_LINE_MAX;
			r->skip = false;
			return too_long ? LINE_TOO_LONG : LINE_READ;
		}
		if (r->end)
			return LINE_END;
		if (r->bytes.n > CHAT_LINE_MAX) {
			buf_clear(&r->bytes);
			r->skip = true;
		}
		if (!fill(r, timeout_ms))
			return LINE_TIMEOUT;
	}
}
