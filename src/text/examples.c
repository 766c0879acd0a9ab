#include "text/examples.h"

#include "base/limits.h"

/* What editors put at the start of a file to say that it is UTF-8. */
#define UTF8_MARK "\xef\xbb\xbf"

enum err
examples_read(struct arena *a, struct str text, struct train_row **rows, size_t *count,
	struct error *e)
{
	size_t n = 0, cap = 256, line = 0;
	struct train_row *all = ARENA_ARRAY(a, struct train_row, cap);
	struct str rest = text, one, label;
	if (str_starts(rest, STR(UTF8_MARK)))
		rest = str_sub(rest, sizeof(UTF8_MARK) - 1, rest.n);
	while (str_split(&rest, '\n', &one)) {
		line++;
		if (!str_trim(one).n)
			continue;
		struct str body = one;
		str_split(&body, '\t', &label);
		label = str_trim(label);
		body = str_trim(body);
		if (!body.n || !label.n)
			return err_set_line(e, ERR_INVALID, (int)line,
				"line %zu: expected a label, a tab and a text", line);
		if (n == TRAIN_ROWS_MAX)
			return err_set(
				e, ERR_LIMIT, "more than %d examples", TRAIN_ROWS_MAX);
		if (n == cap) {
			struct train_row *more =
				ARENA_ARRAY(a, struct train_row, cap * 2);
			memcpy(more, all, n * sizeof(*all));
			all = more;
			cap *= 2;
		}
		all[n++] = (struct train_row){.label = label, .text = body};
	}
	*rows = all;
	*count = n;
	return OK;
}
