#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool
is_scalar(uint32_t c)
{
	return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

/* Each code point there is, alone and in the middle of words of eight bytes. */
static void
test_every_code_point_comes_back(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	for (uint32_t c = 0; c <= 0x110000; c++) {
		buf_clear(&b);
		buf_add(&b, "0123456789", c % 10);
		size_t at = b.n;
		utf8_add(&b, c);
		assert_true(utf8_valid(buf_str(&b)));
		assert_int_equal(utf8_count(buf_str(&b)), c % 10 + 1);
		assert_int_equal(utf8_next(buf_str(&b), &at), is_scalar(c) ? c : 0xFFFD);
		assert_int_equal(at, b.n);
		assert_int_equal(utf8_next(buf_str(&b), &at), -1);
	}
	buf_fini(&b);
}

/* All two-byte texts, and all three- and four-byte ones at the edges, against the
 * definition by decoding. */
static bool
valid_by_definition(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t at = 0;

	while (at < n) {
		size_t length = p[at] < 0x80 ? 1
			: p[at] >> 5 == 6    ? 2
			: p[at] >> 4 == 14   ? 3
			: p[at] >> 3 == 30   ? 4
					     : 0;
		if (length == 0 || at + length > n)
			return false;
		uint32_t c = length == 1 ? p[at] : p[at] & (0x7Fu >> length);
		for (size_t i = 1; i < length; i++) {
			if (p[at + i] >> 6 != 2)
				return false;
			c = c << 6 | (p[at + i] & 0x3F);
		}
		if (c < least[length] || !is_scalar(c))
			return false;
		at += length;
	}
	return true;
}

static void
test_checking_agrees_with_the_definition(void **state)
{
	(void)state;
	static const unsigned char edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
		0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
		0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
	const size_t n = sizeof(edges);
	for (size_t i = 0; i < n * n * n * n; i++) {
		unsigned char p[4] = {edges[i % n], edges[i / n % n],
			edges[i / n / n % n], edges[i / n / n / n]};
		for (size_t length = 1; length <= 4; length++) {
			struct str s = {(const char *)p, length};
			assert_int_equal(utf8_valid(s), valid_by_definition(p, length));
		}
	}
}

static void
test_the_first_bad_byte(void **state)
{
	(void)state;
	assert_int_equal(utf8_check(STR("")), 0);
	assert_int_equal(utf8_check((struct str){NULL, 0}), 0);
	assert_int_equal(utf8_check(STR("0123456789\xC3")), 10);
	assert_int_equal(utf8_check(STR("\xC3\xA4\xFFxyz")), 2);
	assert_int_equal(utf8_check(STR("0123456\xE2\x82")), 7);
}

static void
test_walking_over_bad_bytes(void **state)
{
	(void)state;
	struct str s = STR("a\xFF\xE2\x82z");
	static const int32_t expected[] = {'a', 0xFFFD, 0xFFFD, 0xFFFD, 'z', -1};
	size_t at = 0;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(utf8_next(s, &at), expected[i]);
}

static void
test_clipping(void **state)
{
	(void)state;
	struct str s = STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
	static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
	for (size_t max = 0; max < 12; max++)
		assert_int_equal(utf8_clip(s, max).n, expected[max]);
	/* What is no UTF-8 is cut near the limit all the same. */
	assert_int_equal(utf8_clip(STR("\x80\x80\x80\x80\x80\x80\x80\x80"), 6).n, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point_comes_back),
		cmocka_unit_test(test_checking_agrees_with_the_definition),
		cmocka_unit_test(test_the_first_bad_byte),
		cmocka_unit_test(test_walking_over_bad_bytes),
		cmocka_unit_test(test_clipping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
