/* What is written for people: nobody's text drives the terminal, columns line up. */
#include "cmd/terminal.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct terminal t;
	char *text;
	size_t size;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	f->t.out = open_memstream(&f->text, &f->size);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	fclose(f->t.out);
	free(f->text);
	free(f);
	return 0;
}

static const char *
written(struct fixture *f)
{
	fflush(f->t.out);
	return f->text;
}

static void
test_control_characters_become_blanks(void **state)
{
	struct fixture *f = *state;
	terminal_text(&f->t,
		STR("a\033[2Jb\rc\x07 d\xc2\x9b"
		    "e\xe2\x80\xae"
		    "f\xe2\x81\xa6g\x7f\tcaf\xc3\xa9"));
	assert_string_equal(written(f), "a [2Jb c  d e f g  caf\xc3\xa9");
}

static void
test_invalid_bytes_do_not_run_over(void **state)
{
	struct fixture *f = *state;
	terminal_text(&f->t, (struct str){"ab\xe2\x80zz", 4});
	assert_int_equal(strlen(written(f)), 4);
}

static void
test_paragraphs_are_set_in(void **state)
{
	struct fixture *f = *state;
	terminal_paragraph(&f->t, STR("one\ntwo\nthree"), 2);
	assert_string_equal(written(f), "one\n  two\n  three");
}

static void
test_cells_have_their_width(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "     "},
		{"abc", "abc  "},
		{"abcde", "abcde"},
		{"abcdef", "abcd\xe2\x80\xa6"},
		{"\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97",
			"\xe4\xb8\xad\xe6\x96\x87\xe2\x80\xa6"}, /* two columns each */
		{"caf\xc3\xa9", "caf\xc3\xa9 "},
		{"a\nb", "a b  "},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rewind(f->t.out);
		terminal_cell(&f->t, str_of(cases[i].text), 5);
		written(f);
		assert_true(
			str_eq((struct str){f->text, f->size}, str_of(cases[i].want)));
	}
}

static void
test_colours_only_when_wanted(void **state)
{
	struct fixture *f = *state;
	terminal_ink(&f->t, INK_RED);
	terminal_text(&f->t, STR("x"));
	assert_string_equal(written(f), "x");
	f->t.colours = true;
	terminal_ink(&f->t, INK_RED);
	assert_string_equal(written(f), "x\033[31m");
}

static void
test_ages_are_rough(void **state)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} cases[] = {
		{-5, "just now"},
		{59, "just now"},
		{60, "1 min"},
		{3599, "59 min"},
		{3600, "1 h"},
		{172799, "47 h"},
		{172800, "2 d"},
	};
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str age =
			terminal_age(&a, 1000000, 1000000 + cases[i].seconds * 1000);
		assert_true(str_eq(age, str_of(cases[i].want)));
	}
	arena_fini(&a);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_control_characters_become_blanks),
		T(test_invalid_bytes_do_not_run_over),
		T(test_paragraphs_are_set_in),
		T(test_cells_have_their_width),
		T(test_colours_only_when_wanted),
		T(test_ages_are_rough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
