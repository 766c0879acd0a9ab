/* Lines through a real pipe, in any pieces. */
#include "cmd/line_reader.h"

#include "base/arena.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct line_reader r;
	int to;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	f->to = ends[1];
	line_reader_init(&f->r, ends[0]);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	close(f->r.fd);
	if (f->to >= 0)
		close(f->to);
	line_reader_fini(&f->r);
	free(f);
	return 0;
}

static void
give(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->to, text, strlen(text)), strlen(text));
}

static void
end(struct fixture *f)
{
	close(f->to);
	f->to = -1;
}

static void
assert_line(struct fixture *f, const char *want)
{
	struct str line;
	assert_int_equal(line_read(&f->r, 5000, &line), LINE_READ);
	assert_true(str_eq(line, str_of(want)));
}

static void
test_lines_come_whole(void **state)
{
	struct fixture *f = *state;
	struct str line;
	give(f, "one\ntwo\r\n\nthr");
	assert_line(f, "one");
	assert_line(f, "two");
	assert_line(f, "");
	assert_int_equal(line_read(&f->r, 0, &line), LINE_TIMEOUT);
	give(f, "ee\n");
	assert_line(f, "three");
	end(f);
	assert_int_equal(line_read(&f->r, -1, &line), LINE_END);
	assert_int_equal(line_read(&f->r, -1, &line), LINE_END);
}

static void
test_the_last_line_may_lack_its_end(void **state)
{
	struct fixture *f = *state;
	struct str line;
	give(f, "first\nlast");
	end(f);
	assert_line(f, "first");
	assert_line(f, "last");
	assert_int_equal(line_read(&f->r, -1, &line), LINE_END);
}

static void
test_a_line_over_the_limit_is_skipped_whole(void **state)
{
	struct fixture *f = *state;
	struct str line;
	char piece[4097];
	enum line_event event;
	memset(piece, 'x', 4096);
	piece[4096] = 0;
	for (size_t n = 0; n <= 3 * (size_t)CHAT_LINE_MAX; n += 4096) {
		give(f, piece);
		event = line_read(&f->r, 0, &line);
		assert_int_equal(event, LINE_TIMEOUT);
	}
	give(f, "\nshort\n");
	assert_int_equal(line_read(&f->r, 5000, &line), LINE_TOO_LONG);
	assert_line(f, "short");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lines_come_whole),
		T(test_the_last_line_may_lack_its_end),
		T(test_a_line_over_the_limit_is_skipped_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
