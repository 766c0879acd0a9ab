/* Each promise of memo.h. */
#include "base/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
keep(struct memo *m, const char *text, int answer)
{
	memo_keep(m, memo_key(m, str_of(text)), &answer);
}

/* -1: not known. */
static int
find(const struct memo *m, const char *text)
{
	const int *answer = memo_find(m, memo_key(m, str_of(text)));
	return answer ? *answer : -1;
}

static void
test_what_was_kept_is_found(void **state)
{
	(void)state;
	struct memo *m = memo_new(64, sizeof(int));
	assert_int_equal(find(m, ""), -1);
	assert_int_equal(find(m, "hello"), -1);
	keep(m, "hello", 5);
	assert_int_equal(find(m, "hello"), 5);
	assert_int_equal(find(m, "hellp"), -1);
	assert_int_equal(find(m, "hello "), -1);
	keep(m, "hello", 6);
	assert_int_equal(find(m, "hello"), 6);
	keep(m, "", 7);
	assert_int_equal(find(m, ""), 7);
	memo_free(&m);
	assert_null(m);
	memo_free(&m);
}

/* A new answer takes an older one's place, and never another text's answer is given. */
static void
test_places_are_taken(void **state)
{
	(void)state;
	struct memo *m = memo_new(16, sizeof(int));
	int known = 0;
	for (int i = 0; i < 1000; i++) {
		char text[32];
		snprintf(text, sizeof(text), "text %d", i);
		keep(m, text, i);
		assert_int_equal(find(m, text), i);
	}
	for (int i = 0; i < 1000; i++) {
		char text[32];
		snprintf(text, sizeof(text), "text %d", i);
		int answer = find(m, text);
		assert_true(answer == i || answer == -1);
		known += answer == i;
	}
	assert_true(known >= 1 && known <= 16);
	memo_free(&m);
}

/* The two halves of a key are of different hashes. */
static void
test_keys(void **state)
{
	(void)state;
	struct memo *m = memo_new(1, 1);
	struct memo_key a = memo_key(m, STR("a")), b = memo_key(m, STR("b"));
	assert_true((a.a | 1) != a.b);
	assert_true(a.a != b.a && a.b != b.b);
	memo_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_kept_is_found),
		cmocka_unit_test(test_places_are_taken),
		cmocka_unit_test(test_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
