/* A reading says what the one before it had not said. */
#include "cmd/pack_warnings.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the two above */
#include <cmocka.h>

static void
count(void *owner, const struct pack_problem *p)
{
	(void)p;
	++*(int *)owner;
}

static void
expect(struct pack_warnings *w, struct pack_problem *problems, size_t n, int fresh)
{
	struct pack_report report = {.problems = problems, .count = n};
	int said = 0;
	assert_int_equal(pack_warnings_each(w, &report, count, &said), (size_t)fresh);
	assert_int_equal(said, fresh);
}

static void
only_what_is_new(void **state)
{
	struct pack_problem all[] = {
		{true, STR("a.yaml"), 3, STR("twice (b.yaml:12): fine")},
		{true, STR("b.yaml"), 3, STR("twice (b.yaml:12): fine")},
		{false, STR("c.yaml"), 1, STR("an error is said elsewhere")},
	};
	struct pack_warnings w;
	(void)state;
	pack_warnings_init(&w);
	expect(&w, all, 1, 1);
	expect(&w, all, 3, 1);
	all[0].line = 9;
	all[0].text = STR("twice (b.yaml:7): fine");
	expect(&w, all, 3, 0);
	all[0].text = STR("twice (b.yaml:7): 8 are fine");
	expect(&w, all, 3, 1);
	/* What was mended and comes again is new. */
	expect(&w, all + 1, 2, 0);
	expect(&w, all, 3, 1);
	pack_warnings_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_is_new)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
