/* Lines of standard input with a time limit, so that a chat can look for news while a
 * person thinks. */
#ifndef CMD_LINE_READER_H
#define CMD_LINE_READER_H

#include "base/buf.h"

enum line_event { LINE_READ, LINE_END, LINE_TIMEOUT, LINE_TOO_LONG };

struct line_reader {
	int fd;
	struct buf bytes;
	size_t line; /* bytes of the line given last, dropped by the next call */
	bool end;
	bool skip; /* the rest of a line that was too long */
};

void line_reader_init(struct line_reader *r, int fd);
void line_reader_fini(struct line_reader *r);
/* The next line without its end, valid until the next call; the last one may lack its
 * newline. timeout_ms -1: waits. A line over CHAT_LINE_MAX is skipped whole. */
enum line_event line_read(struct line_reader *r, int timeout_ms, struct str *line);

#endif
