#include "wire/http.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static void
test_lists_and_media(void **state)
{
	static const struct http_header h[] = {{STR_INIT("Host"), STR_INIT("a")},
		{STR_INIT("X"), STR_INIT("1")}, {STR_INIT("x"), STR_INIT("2")}};

	(void)state;
	assert_true(http_list_has(STR("keep-alive, Upgrade"), STR("upgrade")));
	assert_true(http_list_has(STR(",, a ,"), STR("a")));
	assert_false(http_list_has(STR("upgraded"), STR("upgrade")));
	assert_false(http_list_has((struct str){0}, STR("a")));
	assert_true(http_media_is(
		STR("Application/JSON; charset=utf-8"), STR("application/json")));
	assert_true(http_media_is(STR("application/json ;x"), STR("application/json")));
	assert_false(http_media_is(STR("application/jsonx"), STR("application/json")));
	assert_false(http_media_is((struct str){0}, STR("application/json")));
	assert_true(str_eq(
		http_param(STR("text/plain; a=b; Charset=\"utf-8\""), STR("charset")),
		STR("utf-8")));
	assert_null(http_param(STR("text/plain"), STR("charset")).p);
	assert_non_null(http_param(STR("text/plain; charset="), STR("charset")).p);
	assert_true(str_eq(http_header_get(h, 3, STR("X")), STR("1")));
	assert_int_equal(http_header_count(h, 3, STR("X")), 2);
	assert_null(http_header_get(h, 3, STR("Y")).p);
	assert_true(http_value_valid(STR("a\tb \xc3\xa9")));
	assert_false(http_value_valid(STR("a\r\nb")));
	assert_false(http_value_valid(STR("a\0b")));
}

static void
test_names(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	http_methods_print(&b, METHOD_GET | METHOD_DELETE | METHOD_OPTIONS);
	assert_string_equal(b.p, "GET, DELETE, OPTIONS");
	buf_fini(&b);
	assert_string_equal(http_method_name(METHOD_PATCH), "PATCH");
	assert_string_equal(http_status_reason(431), "Request Header Fields Too Large");
	assert_string_equal(http_status_reason(299), "Unknown");
}

/* Printed and read back over four centuries, against the C library. */
static void
test_dates(void **state)
{
	char text[HTTP_DATE_LEN + 1], expected[64];
	int64_t back;

	(void)state;
	http_date_print(784111777, text);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	for (int64_t t = 0; t < INT64_C(12622780800); t += 86400 * 17 + 12345) {
		struct tm tm;
		time_t when = t;
		gmtime_r(&when, &tm);
		strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		http_date_print(t, text);
		assert_string_equal(text, expected);
		assert_true(http_date_parse(str_of(text), &back));
		assert_int_equal(back, t);
	}
	static const char *const bad[] = {"", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Xxx 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 6  Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1969 08:49:37 GMT"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(http_date_parse(str_of(bad[i]), &back));
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(http_retry_after_ms(STR(" 120 "), 0), 120000);
	assert_int_equal(
		http_retry_after_ms(STR("Sun, 06 Nov 1994 08:49:37 GMT"), 784111770),
		7000);
	assert_int_equal(
		http_retry_after_ms(STR("Sun, 06 Nov 1994 08:49:37 GMT"), 784111780), 0);
	assert_int_equal(http_retry_after_ms(STR("99999999999"), 0), 86400000);
	assert_int_equal(http_retry_after_ms(STR("-1"), 0), -1);
	assert_int_equal(http_retry_after_ms(STR("soon"), 0), -1);
	assert_int_equal(http_retry_after_ms((struct str){0}, 0), -1);
}

/* The result must not depend on how the head arrives. */
static void
expect_head(struct str in, enum http_head expected, size_t expected_len)
{
	for (size_t step = 1; step <= in.n; step++) {
		struct http_head_scan scan = {0};
		enum http_head got = HTTP_HEAD_PARTIAL;
		size_t len = 0;
		for (size_t n = step; got == HTTP_HEAD_PARTIAL; n += step) {
			got = http_head_find(str_sub(in, 0, n), &scan, 3, &len);
			if (n >= in.n)
				break;
		}
		assert_int_equal(got, expected);
		if (expected == HTTP_HEAD_WHOLE)
			assert_int_equal(len, expected_len);
	}
}

static void
test_heads(void **state)
{
	(void)state;
	expect_head(STR("GET / HTTP/1.1\r\nA: b\r\n\r\nrest"), HTTP_HEAD_WHOLE, 24);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\r\n"), HTTP_HEAD_PARTIAL, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"),
		HTTP_HEAD_WHOLE, 36);
	expect_head(STR("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"),
		HTTP_HEAD_TOO_MANY, 0);
	expect_head(STR("GET / HTTP/1.1\nA: b\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\r\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
	expect_head(STR("GET / HTTP/1.1\r\n\tA: b\r\n\r\n"), HTTP_HEAD_BAD_LINE, 0);
}

/* Reads a chunked body in pieces of each size; "!" marks a refusal, ">" what is left
 * behind its end. */
static void
expect_chunks(struct str in, const char *expected)
{
	for (size_t step = 1; step <= in.n; step++) {
		struct http_chunked c = {0};
		struct buf out;
		enum http_chunk got = HTTP_CHUNK_MORE;
		buf_init(&out, 1000);
		for (size_t at = 0; at < in.n && got == HTTP_CHUNK_MORE; at += step) {
			struct str piece, part = str_sub(in, at, at + step);
			while ((got = http_chunked_feed(&c, &part, &piece)) ==
				HTTP_CHUNK_DATA)
				buf_add_str(&out, piece);
			if (got == HTTP_CHUNK_END)
				buf_printf(&out, ">%s", part.p);
		}
		if (got == HTTP_CHUNK_BAD)
			buf_add_char(&out, '!');
		if (!str_eq(buf_str(&out), str_of(expected)))
			fail_msg("step %zu: \"%.*s\" instead of \"%s\"", step,
				STR_ARG(buf_str(&out)), expected);
		buf_fini(&out);
	}
}

static void
test_chunks(void **state)
{
	(void)state;
	expect_chunks(STR("3\r\nabc\r\n0\r\n\r\nGET"), "abc>GET");
	expect_chunks(
		STR("3\r\nabc\r\n00a\r\n0123456789\r\n0\r\n\r\n"), "abc0123456789>");
	expect_chunks(STR("A;x=\"y z\"\r\n0123456789\r\n0;q\r\nT: 1\r\nU: 2\r\n\r\n>"),
		"0123456789>>");
	expect_chunks(STR("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n>");
	expect_chunks(STR("3\r\nab"), "ab");
	expect_chunks(STR("0\r\n"), "");
	expect_chunks(STR("\r\n"), "!");
	expect_chunks(STR(";x\r\n"), "!");
	expect_chunks(STR("3 \r\nabc\r\n"), "!");
	expect_chunks(STR("3\nabc\r\n"), "!");
	expect_chunks(STR("3\r\nabc\n"), "abc!");
	expect_chunks(STR("3\r\nabcd\r\n"), "abc!");
	expect_chunks(STR("3\r\nabc\rx"), "abc!");
	expect_chunks(STR("0\r\n\n"), "!");
	expect_chunks(STR("0\r\nT: 1\n\r\n"), "!");
	expect_chunks(STR("0\r\n folded: 1\r\n\r\n"), "!");
	expect_chunks(STR("3;\x01\r\nabc\r\n"), "!");
	expect_chunks(STR("g\r\n"), "!");
	expect_chunks(STR("-1\r\n"), "!");
	expect_chunks(STR("fffffffffffffffff\r\n"), "!");
}

static void
test_chunk_bounds(void **state)
{
	struct http_chunked c = {0};
	struct str in, piece;
	char *p = mem_alloc(HTTP_CHUNK_EXTRA_MAX + 10);

	(void)state;
	memset(p, 'x', HTTP_CHUNK_EXTRA_MAX + 10);
	p[0] = '1';
	p[1] = ';';
	in = (struct str){p, HTTP_CHUNK_EXTRA_MAX + 2};
	assert_int_equal(http_chunked_feed(&c, &in, &piece), HTTP_CHUNK_MORE);
	in = (struct str){p + 2, 1};
	assert_int_equal(http_chunked_feed(&c, &in, &piece), HTTP_CHUNK_BAD);
	free(p);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *pattern, *path;
		int count; /* -1: no match */
		const char *first;
	} cases[] = {
		{"/", "/", 0, NULL},
		{"/a/b", "/a/b", 0, NULL},
		{"/a/b", "/a/b/", -1, NULL},
		{"/a/b", "/a", -1, NULL},
		{"/a/b", "/a/B", -1, NULL},
		{"/a/{id}", "/a/x", 1, "x"},
		{"/a/{id}", "/a/", -1, NULL},
		{"/a/{id}", "/a/x/y", -1, NULL},
		{"/a/{id}/b/{n}", "/a/x%2Fy/b/2", 2, "x%2Fy"},
		{"/a/{rest...}", "/a/x/y/z", 1, "x/y/z"},
		{"/a/{rest...}", "/a/", 1, ""},
		{"/a/{rest...}", "/a", -1, NULL},
		{"/a", "*", -1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str values[HTTP_PARAMS_MAX];
		size_t count = 0;
		bool match = http_path_match(
			str_of(cases[i].pattern), str_of(cases[i].path), values, &count);
		if (match != (cases[i].count >= 0) ||
			(match && (int)count != cases[i].count))
			fail_msg("%s and %s", cases[i].pattern, cases[i].path);
		if (cases[i].first)
			assert_true(str_eq(values[0], str_of(cases[i].first)));
	}
	assert_int_equal(http_path_param(STR("/a/{id}/b/{n}"), STR("n")), 1);
	assert_int_equal(http_path_param(STR("/a/{rest...}"), STR("rest")), 0);
	assert_int_equal(http_path_param(STR("/a/{id}"), STR("a")), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_and_media),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_chunk_bounds),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
