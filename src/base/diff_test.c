#include "base/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static void
expect(const char *was, const char *is, const char *wanted)
{
	struct buf out;
	buf_init(&out, 1u << 20);
	diff_unified(&out, "a", "b", str_of(was), str_of(is));
	buf_add_char(&out, 0);
	assert_string_equal(out.p, wanted);
	buf_fini(&out);
}

static void
the_same_gives_nothing(void **state)
{
	(void)state;
	expect("", "", "");
	expect("one\ntwo", "one\ntwo\n", "");
}

static void
a_line_is_replaced(void **state)
{
	(void)state;
	expect("hello", "good day", "--- a\n+++ b\n@@ -1,1 +1,1 @@\n-hello\n+good day\n");
	expect("one\ntwo\nthree\n", "one\n2\nthree\n",
		"--- a\n+++ b\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
}

static void
all_is_new_or_gone(void **state)
{
	(void)state;
	expect("", "x\ny\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n");
	expect("x\n", "", "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n");
}

static void
what_is_common_inside_stays(void **state)
{
	(void)state;
	expect("a\nb\nc\nd\n", "b\nx\nd\ne\n",
		"--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n b\n-c\n+x\n d\n+e\n");
}

static void
far_changes_make_hunks_of_their_own(void **state)
{
	(void)state;
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
		"one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n",
		"--- a\n+++ b\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n"
		"@@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+twelve\n");
	expect("1\n2\n3\n4\n5\n6\n7\n8\n", "one\n2\n3\n4\n5\n6\n7\neight\n",
		"--- a\n+++ b\n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n");
}

static void
too_many_lines_are_shown_as_replaced(void **state)
{
	(void)state;
	struct buf was, is, out;
	buf_init(&was, 1u << 20);
	buf_init(&is, 1u << 20);
	buf_init(&out, 1u << 20);
	for (int i = 0; i < 3000; i++) {
		buf_printf(&was, "line %d\n", i);
		buf_printf(&is, "line %d\n", i + 1);
	}
	diff_unified(&out, "a", "b", buf_str(&was), buf_str(&is));
	assert_true(str_find(buf_str(&out), STR("\n-line 1500\n")) > 0);
	assert_true(str_find(buf_str(&out), STR("@@ -1,3000 +1,3000 @@")) > 0);
	buf_fini(&was);
	buf_fini(&is);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_gives_nothing),
		cmocka_unit_test(a_line_is_replaced),
		cmocka_unit_test(all_is_new_or_gone),
		cmocka_unit_test(what_is_common_inside_stays),
		cmocka_unit_test(far_changes_make_hunks_of_their_own),
		cmocka_unit_test(too_many_lines_are_shown_as_replaced)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
