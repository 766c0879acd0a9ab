#include "wire/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
record(struct sse_reader *r, const struct sse_event *ev)
{
	buf_printf(r->owner, "[%.*s|%.*s|%.*s]", STR_ARG(ev->id), STR_ARG(ev->name),
		STR_ARG(ev->data));
}

/* However the stream is cut, the events are the same. */
static void
expect(struct str stream, const char *events)
{
	for (size_t step = 1; step <= stream.n; step++) {
		struct sse_reader r;
		struct buf log;
		buf_init(&log, 10000);
		sse_reader_init(&r, 100, record, &log);
		for (size_t at = 0; at < stream.n; at += step)
			assert_int_equal(
				sse_reader_feed(&r, str_sub(stream, at, at + step), NULL),
				OK);
		assert_true(str_eq(buf_str(&log), str_of(events)));
		sse_reader_fini(&r);
		buf_fini(&log);
	}
}

static void
test_reader(void **state)
{
	(void)state;
	expect(STR("data: one\n\ndata: two\n\n"), "[|message|one][|message|two]");
	expect(STR("data: a\ndata: b\n\n"), "[|message|a\nb]");
	expect(STR("id: 7\nevent: x\ndata: a\r\n\r\ndata: b\r\r"),
		"[7|x|a][7|message|b]");
	expect(STR("\xef\xbb\xbf"
		   "data: bom\n\n"),
		"[|message|bom]");
	expect(STR(":comment\n\ndata\n\ndata:\n\n"), "[|message|][|message|]");
	expect(STR("data:  two blanks\nretry: 3\nunknown: x\n\n"),
		"[|message| two blanks]");
	expect(STR("event: x\n\ndata: a\n\n"), "[|message|a]");
	expect(STR("data: not ended"), "");
}

static void
test_bound(void **state)
{
	struct sse_reader r;
	struct buf log;
	char text[101];

	(void)state;
	memset(text, 'x', sizeof(text));
	buf_init(&log, 10000);
	sse_reader_init(&r, 100, record, &log);
	assert_int_equal(sse_reader_feed(&r, (struct str){text, 100}, NULL), OK);
	assert_int_equal(sse_reader_feed(&r, STR("x"), NULL), ERR_LIMIT);
	assert_int_equal(sse_reader_feed(&r, STR("\n\ndata: a\n\n"), NULL), ERR_LIMIT);
	assert_int_equal(log.n, 0);
	sse_reader_fini(&r);
	/* many short lines of one event */
	sse_reader_init(&r, 100, record, &log);
	enum err err = OK;
	for (int i = 0; i < 60 && !err; i++)
		err = sse_reader_feed(&r, STR("data: x\n"), NULL);
	assert_int_equal(err, ERR_LIMIT);
	sse_reader_fini(&r);
	buf_fini(&log);
}

static void
test_writer(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	sse_write(&out, STR("12"), STR("message"), STR("{\"a\":1}"));
	assert_string_equal(out.p, "id: 12\nevent: message\ndata: {\"a\":1}\n\n");
	buf_clear(&out);
	sse_write(&out, (struct str){0}, (struct str){0}, STR("a\nb\r\nid: 9"));
	assert_string_equal(out.p, "data: a\ndata: b\ndata: \ndata: id: 9\n\n");
	buf_clear(&out);
	sse_write(&out, (struct str){0}, (struct str){0}, (struct str){0});
	assert_string_equal(out.p, "data: \n\n");
	buf_fini(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
