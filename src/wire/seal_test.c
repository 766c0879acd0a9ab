/* Each promise of seal.h; every changed byte must be noticed. */
#include "wire/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const unsigned char key[SEAL_KEY_SIZE] = "0123456789abcdef0123456789abcde";
static const unsigned char other_key[SEAL_KEY_SIZE] = "1123456789abcdef0123456789abcde";
static const unsigned char nonce[SEAL_NONCE_SIZE] = "nonce nonce nonce nonce";

struct fixture {
	struct arena arena;
	struct buf out;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof(*f));
	arena_init(&f->arena, 0);
	buf_init(&f->out, 1000);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	arena_fini(&f->arena);
	buf_fini(&f->out);
	free(f);
	return 0;
}

static void
seal_add(struct buf *out, struct str aad, struct str plain)
{
	size_t n = plain.n + SEAL_OVERHEAD;
	char *p = buf_reserve(out, n);
	assert_non_null(p);
	seal_write(key, nonce, aad, plain, p);
	out->n += n;
}

static void
test_what_was_sealed_opens(void **state)
{
	struct fixture *f = *state;
	char text[200];
	struct str plain;
	for (size_t n = 0; n < sizeof(text); n++) {
		memset(text, (int)('a' + n % 26), n);
		buf_clear(&f->out);
		buf_add_char(&f->out, '>');
		seal_add(&f->out, STR("message/1"), (struct str){text, n});
		assert_int_equal(f->out.n, 1 + SEAL_OVERHEAD + n);
		struct str sealed = str_sub(buf_str(&f->out), 1, f->out.n);
		assert_int_equal(
			seal_open(&f->arena, key, STR("message/1"), sealed, &plain, NULL),
			OK);
		assert_true(str_eq(plain, (struct str){text, n}));
		assert_int_equal(plain.p[n], 0);
		if (n >= 4)
			assert_int_equal(str_find(sealed, plain), -1);
	}
}

static void
test_a_changed_byte_key_or_place_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct str plain = {NULL, 7};
	struct error e;
	seal_add(&f->out, STR("row 1"), STR("my address"));
	struct str sealed = buf_str(&f->out);
	assert_int_equal(
		seal_open(&f->arena, other_key, STR("row 1"), sealed, &plain, &e),
		ERR_INVALID);
	assert_int_equal(
		seal_open(&f->arena, key, STR("row 2"), sealed, &plain, &e), ERR_INVALID);
	for (size_t i = 0; i < f->out.n; i++) {
		f->out.p[i] ^= 1;
		assert_int_equal(
			seal_open(&f->arena, key, STR("row 1"), sealed, &plain, &e),
			ERR_INVALID);
		f->out.p[i] ^= 1;
		struct str cut = str_sub(sealed, 0, i);
		assert_int_equal(seal_open(&f->arena, key, STR("row 1"), cut, &plain, &e),
			ERR_INVALID);
	}
	assert_null(plain.p);
	assert_int_equal(plain.n, 7);
	assert_int_equal(seal_open(&f->arena, key, STR("row 1"), sealed, &plain, &e), OK);
}

static void
test_an_unknown_format_is_named(void **state)
{
	struct fixture *f = *state;
	struct str plain;
	struct error e;
	seal_add(&f->out, STR(""), STR("text"));
	f->out.p[0] = 9;
	assert_int_equal(seal_open(&f->arena, key, STR(""), buf_str(&f->out), &plain, &e),
		ERR_INVALID);
	assert_non_null(strstr(e.text, "unknown format 9"));
}

/* A value of a series opens like any other, and none has the nonce of another. */
static void
test_a_series_seals_what_opens(void **state)
{
	struct fixture *f = *state;
	struct seal_series series, other;
	struct str plain, sealed[300];
	const unsigned char other_nonce[SEAL_SERIES_NONCE_SIZE] = "another series!";
	seal_series_init(&series, key, nonce);
	seal_series_init(&other, key, other_nonce);
	for (size_t i = 0; i < 300; i++) {
		struct str text = arena_printf(&f->arena, "%.*s", (int)i,
			"a text that grows longer and longer and longer");
		size_t n = text.n + SEAL_OVERHEAD;
		char *out = arena_alloc(&f->arena, n);
		seal_series_write(i % 3 ? &series : &other, STR("row 1"), text, out);
		sealed[i] = (struct str){out, n};
		assert_int_equal(
			seal_open(&f->arena, key, STR("row 1"), sealed[i], &plain, NULL),
			OK);
		assert_true(str_eq(plain, text));
		assert_int_equal(
			seal_open(&f->arena, key, STR("row 2"), sealed[i], &plain, NULL),
			ERR_INVALID);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(
				sealed[k].p + 1, sealed[i].p + 1, SEAL_NONCE_SIZE);
	}
}

static void
test_lookups_depend_on_key_and_value(void **state)
{
	unsigned char a[SEAL_LOOKUP_SIZE], b[SEAL_LOOKUP_SIZE];
	(void)state;
	seal_lookup(key, STR("ana@example.com"), a);
	seal_lookup(key, STR("ana@example.com"), b);
	assert_memory_equal(a, b, SEAL_LOOKUP_SIZE);
	seal_lookup(key, STR("ana@example.con"), b);
	assert_memory_not_equal(a, b, SEAL_LOOKUP_SIZE);
	seal_lookup(other_key, STR("ana@example.com"), b);
	assert_memory_not_equal(a, b, SEAL_LOOKUP_SIZE);
	seal_lookup(key, STR(""), b);
	assert_memory_not_equal(a, b, SEAL_LOOKUP_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_was_sealed_opens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_changed_byte_key_or_place_does_not_open, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_an_unknown_format_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_series_seals_what_opens, set_up, tear_down),
		cmocka_unit_test(test_lookups_depend_on_key_and_value),
	};
	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
