#include "cmd/terminal.h"

#include "base/utf8.h"

#include <unistd.h>
#include <utf8proc.h>

void
terminal_init(struct terminal *t)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool out = isatty(STDOUT_FILENO) == 1;
	*t = (struct terminal){.out = stdout};
	t->colours =
		out && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
	t->interactive = out && isatty(STDIN_FILENO) == 1;
}

void
terminal_ink(const struct terminal *t, enum ink ink)
{
	static const char *const codes[] = {
		[INK_PLAIN] = "0",
		[INK_DIM] = "2",
		[INK_BOLD] = "1",
		[INK_GREEN] = "32",
		[INK_YELLOW] = "33",
		[INK_RED] = "31",
		[INK_BLUE] = "34",
	};
	if (t->colours)
		fprintf(t->out, "\033[%sm", codes[ink]);
}

/* C0 and C1 controls, and the marks that turn the direction of text, drive a terminal or
 * deceive its reader. */
static bool
is_control(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069);
}

void
terminal_paragraph(const struct terminal *t, struct str text, int indent)
{
	size_t at = 0, start = 0;
	int32_t c;
	while (start = at, (c = utf8_next(text, &at)) >= 0) {
		if (c == '\n')
			fprintf(t->out, "\n%*s", indent, "");
		else if (is_control(c))
			fputc(' ', t->out);
		else
			fwrite(text.p + start, 1, at - start, t->out);
	}
}

void
terminal_text(const struct terminal *t, struct str text)
{
	terminal_paragraph(t, text, 0);
}

static int
columns(int32_t c)
{
	return is_control(c) ? 1 : utf8proc_charwidth(c);
}

static int
text_columns(struct str text)
{
	size_t at = 0;
	int32_t c;
	int n = 0;
	while ((c = utf8_next(text, &at)) >= 0)
		n += columns(c);
	return n;
}

void
terminal_cell(const struct terminal *t, struct str text, int width)
{
	bool cut = text_columns(text) > width;
	int room = cut ? width - 1 : width;
	size_t at = 0, start = 0;
	int32_t c;
	while (start = at, (c = utf8_next(text, &at)) >= 0 && columns(c) <= room) {
		if (is_control(c))
			fputc(' ', t->out);
		else
			fwrite(text.p + start, 1, at - start, t->out);
		room -= columns(c);
	}
	fprintf(t->out, "%s%*s", cut ? "\xe2\x80\xa6" : "", room, "");
}

struct str
terminal_age(struct arena *a, int64_t then_ms, int64_t now_ms)
{
	const int64_t hour = 60, two_days = 48 * hour;
	int64_t minutes = (now_ms - then_ms) / 60000;
	if (minutes < 1)
		return STR("just now");
	if (minutes < hour)
		return arena_printf(a, "%lld min", (long long)minutes);
	if (minutes < two_days)
		return arena_printf(a, "%lld h", (long long)(minutes / hour));
	return arena_printf(a, "%lld d", (long long)(minutes / (two_days / 2)));
}
