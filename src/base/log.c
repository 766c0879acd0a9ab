#include "base/log.h"

#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A longer line is replaced by its message alone. */
#define LINE_MAX_BYTES (16u << 10)

static enum log_level threshold = LOG_INFO;
static int target = STDERR_FILENO;

void
log_set_level(enum log_level level)
{
	threshold = level;
}

enum log_level
log_get_level(void)
{
	return threshold;
}

void
log_set_fd(int fd)
{
	target = fd;
}

static void
write_time(struct jsonw *w)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(
		text + n, sizeof(text) - n, ".%03ldZ", now.tv_nsec / 1000000);
	jsonw_kstr(w, "ts", (struct str){text, n});
}

static void
write_start(struct jsonw *w, struct buf *out, enum log_level level, const char *msg)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	jsonw_init(w, out);
	jsonw_object(w);
	write_time(w);
	jsonw_kstr(w, "level", str_of(names[level]));
	jsonw_kstr(w, "msg", str_of(msg));
}

static void
write_end(struct jsonw *w)
{
	jsonw_end_object(w);
	buf_add_char(w->out, '\n');
}

static void
write_field(struct jsonw *w, const char *name, va_list *ap)
{
	ptrdiff_t colon = str_find_char(str_of(name), ':');
	char type = colon < 0 ? 'z' : name[colon + 1];

	jsonw_key(w, (struct str){name, colon < 0 ? strlen(name) : (size_t)colon});
	switch (type) {
	case 'z': {
		const char *z = va_arg(*ap, const char *);
		if (z)
			jsonw_str(w, str_of(z));
		else
			jsonw_null(w);
		return;
	}
	case 'i':
		jsonw_int(w, va_arg(*ap, int64_t));
		return;
	case 'b':
		jsonw_bool(w, va_arg(*ap, int) != 0);
		return;
	case 'd':
		jsonw_double(w, va_arg(*ap, double));
		return;
	case 's':
		jsonw_str(w, va_arg(*ap, struct str));
		return;
	}
	require(type == 'z');
}

/* A line that cannot be written is lost: there is no better place to say so. */
static void
send_line(struct str line)
{
	while (line.n) {
		ssize_t n = write(target, line.p, line.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		line = str_sub(line, (size_t)n, line.n);
	}
}

void
log_line(enum log_level level, const char *msg, ...)
{
	struct buf out;
	struct jsonw w;
	va_list ap;

	if (level < threshold || level >= LOG_OFF)
		return;
	buf_init(&out, LINE_MAX_BYTES);
	write_start(&w, &out, level, msg);
	va_start(ap, msg);
	for (const char *name; (name = va_arg(ap, const char *));)
		write_field(&w, name, &ap);
	va_end(ap);
	write_end(&w);
	if (buf_over(&out)) {
		buf_clear(&out);
		write_start(&w, &out, level, msg);
		jsonw_kbool(&w, "cut", true);
		write_end(&w);
	}
	send_line(buf_str(&out));
	buf_fini(&out);
}
