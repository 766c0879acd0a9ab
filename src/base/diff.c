#include "base/diff.h"

#include "base/arena.h"
#include "base/limits.h"

#define CONTEXT 3

/* One line of the result: ' ' in both, '-' only in what was, '+' only in what is. */
struct step {
	char sign;
	struct str line;
};

struct lines {
	struct str *p;
	size_t n;
};

struct diff {
	struct arena arena;
	struct lines was, is;
	struct step *steps;
	size_t count;
};

static struct lines
split(struct arena *a, struct str text)
{
	struct lines l = {NULL, 1};
	for (size_t i = 0; i < text.n; i++)
		l.n += text.p[i] == '\n';
	l.p = ARENA_ARRAY(a, struct str, l.n);
	size_t n = 0;
	while (text.n && str_split(&text, '\n', &l.p[n]))
		n++;
	l.n = n;
	return l;
}

static void
add(struct diff *d, char sign, struct str line)
{
	d->steps[d->count++] = (struct step){sign, line};
}

/*
 * The middle, where neither end is common: longest[i][j] is the length of the longest
 * common sequence of was[i…] and is[j…].
 */
static void
compare_middle(struct diff *d, struct lines was, struct lines is)
{
	size_t width = is.n + 1, i = 0, j = 0;
	bool small = (was.n + 1) * width <= DIFF_CELLS_MAX;
	uint32_t *longest = NULL;
	if (small)
		longest = ARENA_ARRAY(&d->arena, uint32_t, (was.n + 1) * width);
	for (size_t r = small ? was.n : 0; r-- > 0;)
		for (size_t c = is.n; c-- > 0;) {
			uint32_t below = longest[(r + 1) * width + c];
			uint32_t right = longest[r * width + c + 1];
			longest[r * width + c] = str_eq(was.p[r], is.p[c])
				? longest[(r + 1) * width + c + 1] + 1
				: below > right ? below
						: right;
		}
	while (small && i < was.n && j < is.n) {
		if (str_eq(was.p[i], is.p[j])) {
			add(d, ' ', was.p[i++]);
			j++;
		} else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
			add(d, '-', was.p[i++]);
		} else {
			add(d, '+', is.p[j++]);
		}
	}
	while (i < was.n)
		add(d, '-', was.p[i++]);
	while (j < is.n)
		add(d, '+', is.p[j++]);
}

static void
compare(struct diff *d)
{
	struct lines was = d->was, is = d->is;
	size_t tail = 0;
	for (; was.n && is.n && str_eq(was.p[0], is.p[0]); was.n--, is.n--) {
		add(d, ' ', *was.p++);
		is.p++;
	}
	while (tail < was.n && tail < is.n &&
		str_eq(was.p[was.n - 1 - tail], is.p[is.n - 1 - tail]))
		tail++;
	compare_middle(d, (struct lines){was.p, was.n - tail},
		(struct lines){is.p, is.n - tail});
	for (size_t i = was.n - tail; i < was.n; i++)
		add(d, ' ', was.p[i]);
}

/* The end of a hunk that begins with a change at `at`: behind it stand more unchanged
 * lines than two hunks would show. */
static size_t
hunk_end(const struct diff *d, size_t at)
{
	size_t end = at, same = 0;
	for (size_t i = at; i < d->count && same <= 2 * CONTEXT; i++) {
		same = d->steps[i].sign == ' ' ? same + 1 : 0;
		if (!same)
			end = i + 1;
	}
	return end + CONTEXT < d->count ? end + CONTEXT : d->count;
}

static void
print_hunk(struct buf *out, const struct diff *d, size_t from, size_t to)
{
	size_t was = 1, is = 1, was_count = 0, is_count = 0;
	for (size_t i = 0; i < to; i++) {
		bool in_was = d->steps[i].sign != '+', in_is = d->steps[i].sign != '-';
		was += i < from && in_was;
		is += i < from && in_is;
		was_count += i >= from && in_was;
		is_count += i >= from && in_is;
	}
	/* An empty side is named by the line before it. */
	buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", was - (was_count == 0), was_count,
		is - (is_count == 0), is_count);
	for (size_t i = from; i < to; i++) {
		buf_add_char(out, d->steps[i].sign);
		buf_add_str(out, d->steps[i].line);
		buf_add_char(out, '\n');
	}
}

void
diff_unified(struct buf *out, const char *was_name, const char *is_name, struct str was,
	struct str is)
{
	struct diff d = {.count = 0};
	bool begun = false;
	arena_init(&d.arena, 0);
	d.was = split(&d.arena, was);
	d.is = split(&d.arena, is);
	d.steps = ARENA_ARRAY(&d.arena, struct step, d.was.n + d.is.n);
	compare(&d);
	for (size_t i = 0; i < d.count; i++) {
		if (d.steps[i].sign == ' ')
			continue;
		size_t end = hunk_end(&d, i);
		if (!begun)
			buf_printf(out, "--- %s\n+++ %s\n", was_name, is_name);
		begun = true;
		print_hunk(out, &d, i > CONTEXT ? i - CONTEXT : 0, end);
		i = end;
	}
	arena_fini(&d.arena);
}
