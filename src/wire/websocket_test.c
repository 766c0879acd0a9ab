/* Each rule of RFC 6455 about frames, fragments, control frames, text, close codes and
 * sizes has a case here. */
#include "wire/websocket.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct seen {
	struct ws_reader reader;
	struct buf log; /* "T:text " "B:n " "P:data " "O:data " "C:code:reason " */
};

static void
on_message(struct ws_reader *r, struct str data, bool binary)
{
	struct buf *log = &((struct seen *)(void *)r)->log;

	if (binary || data.n > 64)
		buf_printf(log, "%c:%zu ", binary ? 'B' : 'T', data.n);
	else
		buf_printf(log, "T:%.*s ", STR_ARG(data));
}

static void
on_ping(struct ws_reader *r, struct str data)
{
	buf_printf(&((struct seen *)(void *)r)->log, "P:%.*s ", STR_ARG(data));
}

static void
on_pong(struct ws_reader *r, struct str data)
{
	buf_printf(&((struct seen *)(void *)r)->log, "O:%.*s ", STR_ARG(data));
}

static void
on_close(struct ws_reader *r, int code, struct str reason)
{
	buf_printf(&((struct seen *)(void *)r)->log, "C:%d:%.*s ", code, STR_ARG(reason));
}

static const struct ws_reader_ops ops = {on_message, on_ping, on_pong, on_close};
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

#define MESSAGE_MAX 70000

/* Feeds the bytes in pieces of `step`; returns the close code of the violation, or 0. */
static int
play(struct seen *s, struct str bytes, size_t step, bool server)
{
	int code = 0;
	enum err err = OK;

	ws_reader_init(&s->reader, &ops, server, MESSAGE_MAX);
	buf_init(&s->log, 1u << 20);
	for (size_t at = 0; at < bytes.n && !err; at += step) {
		size_t n = bytes.n - at < step ? bytes.n - at : step;
		char *copy = mem_alloc(n);
		memcpy(copy, bytes.p + at, n);
		err = ws_reader_feed(&s->reader, copy, n, &code, NULL);
		free(copy);
	}
	ws_reader_fini(&s->reader);
	return err ? code : 0;
}

/* The same bytes must give the same result however they are cut. */
static void
expect(struct str bytes, int code, const char *log)
{
	static const size_t steps[] = {1, 2, 3, 7, 125, 1000000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct seen s;
		int got = play(&s, bytes, steps[i], true);
		if (got != code || !str_eq(buf_str(&s.log), str_of(log)))
			fail_msg(
				"step %zu: code %d, expected %d; saw \"%.*s\", expected \"%s\"",
				steps[i], got, code, STR_ARG(buf_str(&s.log)), log);
		buf_fini(&s.log);
	}
}

struct part {
	int opcode;
	bool fin;
	const char *text;
};

static void
expect_parts(const struct part *parts, size_t count, int code, const char *log)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < count; i++)
		ws_write_fragment(&b, (enum ws_opcode)parts[i].opcode, parts[i].fin,
			str_of(parts[i].text), mask);
	expect(buf_str(&b), code, log);
	buf_fini(&b);
}

#define PARTS(code, log, ...) \
	do { \
		static const struct part parts_[] = {__VA_ARGS__}; \
		expect_parts(parts_, sizeof(parts_) / sizeof(parts_[0]), code, log); \
	} while (0)

static void
test_handshake(void **state)
{
	char accept[WS_ACCEPT_LEN + 1];

	(void)state;
	ws_accept_key(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_true(ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ==")));
	assert_false(ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ")));
	assert_false(ws_key_valid(STR("dGhlIHNhbXBsZSBub25j")));
	assert_false(ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ!=")));
	assert_false(ws_key_valid((struct str){0}));
}

static void
test_frames(void **state)
{
	(void)state;
	/* The masked "Hello" of section 5.7. */
	expect(STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), 0, "T:Hello ");
	PARTS(0, "T: ", {WS_TEXT, true, ""});
	PARTS(0, "B:0 ", {WS_BINARY, true, ""});
	PARTS(0, "B:3 ", {WS_BINARY, true, "\xff\xfe\xfd"});
	PARTS(0, "T:a T:b P:x O:y ", {WS_TEXT, true, "a"}, {WS_TEXT, true, "b"},
		{WS_PING, true, "x"}, {WS_PONG, true, "y"});
}

static void
test_lengths(void **state)
{
	static const size_t sizes[] = {125, 126, 127, 65535, 65536, MESSAGE_MAX};
	char log[64];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buf b;
		char *p = mem_alloc(sizes[i]);
		memset(p, 'x', sizes[i]);
		buf_init(&b, 1u << 20);
		ws_write_frame(&b, WS_BINARY, (struct str){p, sizes[i]}, mask);
		ws_write_frame(&b, WS_TEXT, (struct str){p, sizes[i]}, mask);
		snprintf(log, sizeof(log), "B:%zu T:%zu ", sizes[i], sizes[i]);
		expect(buf_str(&b), 0, log);
		buf_fini(&b);
		free(p);
	}
	/* 5 as 16 bits, 125 and 65535 as 64 bits, the top bit of 64: not the shortest
	 * form. */
	expect(STR("\x81\xfe\x00\x05mask"), WS_CLOSE_PROTOCOL, "");
	expect(STR("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x7dmask"), WS_CLOSE_PROTOCOL,
		"");
	expect(STR("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xffmask"), WS_CLOSE_PROTOCOL,
		"");
	expect(STR("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00mask"), WS_CLOSE_PROTOCOL,
		"");
}

static void
test_sizes(void **state)
{
	struct buf b;
	char *p = mem_zalloc(MESSAGE_MAX + 1);

	(void)state;
	/* One byte too many in one frame, before its payload arrives. */
	expect(STR("\x82\xff\x00\x00\x00\x00\x00\x01\x11\x71mask"), WS_CLOSE_TOO_BIG, "");
	/* Over the maximum only together. */
	buf_init(&b, 1u << 20);
	ws_write_fragment(&b, WS_BINARY, false, (struct str){p, MESSAGE_MAX}, mask);
	ws_write_fragment(&b, WS_CONTINUATION, true, (struct str){p, 1}, mask);
	expect(buf_str(&b), WS_CLOSE_TOO_BIG, "");
	buf_fini(&b);
	free(p);
}

static void
test_masks(void **state)
{
	struct seen s;

	(void)state;
	expect(STR("\x81\x05Hello"), WS_CLOSE_PROTOCOL, "");
	assert_int_equal(play(&s, STR("\x81\x05Hello"), 100, false), 0);
	assert_string_equal(s.log.p, "T:Hello ");
	buf_fini(&s.log);
	assert_int_equal(
		play(&s, STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), 100, false),
		WS_CLOSE_PROTOCOL);
	buf_fini(&s.log);
}

static void
test_reserved(void **state)
{
	static const int opcodes[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};

	(void)state;
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		char frame[6] = {(char)(0x80 | opcodes[i]), (char)0x80, 0, 0, 0, 0};
		expect((struct str){frame, 6}, WS_CLOSE_PROTOCOL, "");
	}
	expect(STR("\xc1\x80mask"), WS_CLOSE_PROTOCOL, "");
	expect(STR("\xa1\x80mask"), WS_CLOSE_PROTOCOL, "");
	expect(STR("\x91\x80mask"), WS_CLOSE_PROTOCOL, "");
}

static void
test_fragments(void **state)
{
	(void)state;
	PARTS(0, "T:abc ", {WS_TEXT, false, "a"}, {WS_CONTINUATION, false, "b"},
		{WS_CONTINUATION, true, "c"});
	PARTS(0, "T:abc ", {WS_TEXT, false, ""}, {WS_CONTINUATION, false, "abc"},
		{WS_CONTINUATION, true, ""});
	PARTS(0, "T: ", {WS_TEXT, false, ""}, {WS_CONTINUATION, false, ""},
		{WS_CONTINUATION, true, ""});
	PARTS(0, "P:p O:o T:ab T:z ", {WS_TEXT, false, "a"}, {WS_PING, true, "p"},
		{WS_PONG, true, "o"}, {WS_CONTINUATION, true, "b"}, {WS_TEXT, true, "z"});
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_CONTINUATION, true, "a"});
	PARTS(WS_CLOSE_PROTOCOL, "T:a ", {WS_TEXT, true, "a"},
		{WS_CONTINUATION, true, "b"});
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_TEXT, false, "a"}, {WS_TEXT, true, "b"});
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_BINARY, false, "a"}, {WS_TEXT, true, "b"});
	/* A close between fragments ends it all. */
	PARTS(0, "C:1005: ", {WS_TEXT, false, "a"}, {WS_CLOSE, true, ""},
		{WS_CONTINUATION, true, "b"});
}

static void
test_control(void **state)
{
	char text[127];

	(void)state;
	memset(text, 'p', sizeof(text));
	struct buf b;
	buf_init(&b, 1000);
	ws_write_frame(&b, WS_PING, (struct str){text, 125}, mask);
	text[125] = '\0';
	char log[160];
	snprintf(log, sizeof(log), "P:%s ", text);
	expect(buf_str(&b), 0, log);
	buf_clear(&b);
	text[125] = 'p';
	ws_write_frame(&b, WS_PING, (struct str){text, 126}, mask);
	expect(buf_str(&b), WS_CLOSE_PROTOCOL, "");
	buf_fini(&b);
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_PING, false, "a"});
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_CLOSE, false, ""});
	PARTS(0, "P: O: ", {WS_PING, true, ""}, {WS_PONG, true, ""});
}

static void
test_utf8(void **state)
{
	(void)state;
	PARTS(0, "T:\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80 ",
		{WS_TEXT, true, "\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80"});
	/* A character over three fragments. */
	PARTS(0, "T:\xf0\x9f\x98\x80 ", {WS_TEXT, false, "\xf0"},
		{WS_CONTINUATION, false, "\x9f\x98"}, {WS_CONTINUATION, true, "\x80"});
	PARTS(0, "T:\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf ",
		{WS_TEXT, true, "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"});
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2\x41",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe1\x80",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xfe",
		"\xff",
		"ok\xce\xba\xe1\xbd\xb9\xed\xa0\x80",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct part part = {WS_TEXT, true, bad[i]};
		expect_parts(&part, 1, WS_CLOSE_INVALID_DATA, "");
		part.opcode = WS_BINARY;
		char log[32];
		snprintf(log, sizeof(log), "B:%zu ", strlen(bad[i]));
		expect_parts(&part, 1, 0, log);
	}
	/* Told at the fragment that is wrong, not at the message's end. */
	PARTS(WS_CLOSE_INVALID_DATA, "", {WS_TEXT, false, "\xf4\x90"});
	/* The state of one message does not leak into the next. */
	PARTS(WS_CLOSE_INVALID_DATA, "T:a ", {WS_TEXT, true, "a"},
		{WS_TEXT, true, "\xc3"}, {WS_TEXT, true, "\xa9"});
}

static void
test_close(void **state)
{
	static const int good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
		1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999};
	static const int bad[] = {
		0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
	struct buf b;
	char log[32];

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		buf_clear(&b);
		ws_write_close(&b, good[i], STR("bye"), mask);
		ws_write_frame(&b, WS_TEXT, STR("never read"), mask);
		snprintf(log, sizeof(log), "C:%d:bye ", good[i]);
		expect(buf_str(&b), 0, log);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char payload[2] = {(char)(bad[i] >> 8), (char)(bad[i] & 0xff)};
		buf_clear(&b);
		ws_write_frame(&b, WS_CLOSE, (struct str){payload, 2}, mask);
		expect(buf_str(&b), WS_CLOSE_PROTOCOL, "");
	}
	PARTS(0, "C:1005: ", {WS_CLOSE, true, ""});
	PARTS(WS_CLOSE_PROTOCOL, "", {WS_CLOSE, true, "\x03"});
	PARTS(WS_CLOSE_INVALID_DATA, "", {WS_CLOSE, true, "\x03\xe8\xed\xa0\x80"});
	buf_fini(&b);
}

static void
test_writer(void **state)
{
	struct buf b;
	char reason[200];

	(void)state;
	buf_init(&b, 1000);
	ws_write_frame(&b, WS_TEXT, STR("Hello"), NULL);
	assert_memory_equal(b.p, "\x81\x05Hello", 7);
	buf_clear(&b);
	ws_write_close(&b, WS_CLOSE_NO_STATUS, STR("ignored"), NULL);
	assert_int_equal(b.n, 2);
	assert_memory_equal(b.p, "\x88\x00", 2);
	buf_clear(&b);
	/* A reason of 199 bytes is cut to at most 123, not within a character. */
	memset(reason, 'a', sizeof(reason));
	reason[122] = '\xc3';
	reason[123] = '\xa9';
	ws_write_close(&b, WS_CLOSE_NORMAL, (struct str){reason, 199}, NULL);
	assert_int_equal(b.n, 2 + 2 + 122);
	buf_fini(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
