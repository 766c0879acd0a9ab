/* Zones by name, from the system's database. */
#include "text/zone_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the first two above */
#include <cmocka.h>

#define JANUARY 1767225600 /* 2026-01-01T00:00:00Z */
#define JULY 1782864000    /* 2026-07-01T00:00:00Z */

static enum err
offset_of(const char *name, int64_t utc, int32_t *offset)
{
	struct arena a;
	struct error e;
	arena_init(&a, 0);
	enum err err = zone_file_offset(&a, str_of(name), utc, offset, &e);
	if (err)
		assert_true(str_find(str_of(e.text), STR("there is no time zone")) >= 0);
	arena_fini(&a);
	return err;
}

static void
names_and_offsets(void **state)
{
	int32_t offset;
	(void)state;
	assert_int_equal(offset_of("Europe/Madrid", JANUARY, &offset), OK);
	assert_int_equal(offset, 3600);
	assert_int_equal(offset_of("Europe/Madrid", JULY, &offset), OK);
	assert_int_equal(offset, 7200);
	assert_int_equal(offset_of("-09:30", JULY, &offset), OK);
	assert_int_equal(offset, -34200);
	assert_int_equal(offset_of("Z", JULY, &offset), OK);
	assert_int_equal(offset, 0);
}

static void
what_is_no_zone(void **state)
{
	static const char *const names[] = {"", "Europe/Atlantis", "../../../etc/passwd",
		"Europe", "zone.tab", "tzdata.zi", "/etc/localtime"};
	int32_t offset;
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(offset_of(names[i], JULY, &offset), ERR_NOT_FOUND);
	setenv("TZDIR", "/nowhere", 1);
	assert_int_equal(offset_of("Europe/Madrid", JULY, &offset), ERR_NOT_FOUND);
	unsetenv("TZDIR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_offsets),
		cmocka_unit_test(what_is_no_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
