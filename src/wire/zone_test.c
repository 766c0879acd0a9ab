#include "wire/zone.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
put(struct buf *b, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buf_add_char(b, (char)(unsigned char)(i < 8 ? v >> (8 * i) : 0));
}

/* What a file is made of; every transition leads to type i % 2. */
struct parts {
	const int64_t *times;
	uint32_t count, types;
	int32_t offsets[2];
	const char *footer;
	int bad_type; /* index that the first transition names instead */
};

static void
put_header(struct buf *b, uint32_t times, uint32_t types)
{
	buf_add_str(b, STR("TZif2"));
	put(b, 0, 8);
	put(b, 0, 7);
	put(b, 0, 12); /* no UT and standard indicators, no leap seconds */
	put(b, times, 4);
	put(b, types, 4);
	put(b, 0, 4);
}

static struct str
file_of(const struct parts *p)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	put_header(&b, 0, 0);
	put_header(&b, p->count, p->types);
	for (uint32_t i = 0; i < p->count; i++)
		put(&b, (uint64_t)p->times[i], 8);
	for (uint32_t i = 0; i < p->count; i++)
		put(&b, i == 0 && p->bad_type ? (uint64_t)p->bad_type : i % 2, 1);
	for (uint32_t i = 0; i < p->types; i++) {
		put(&b, (uint32_t)p->offsets[i], 4);
		put(&b, 0, 2);
	}
	buf_printf(&b, "\n%s\n", p->footer);
	struct str file = arena_str(&arena, buf_str(&b));
	buf_fini(&b);
	return file;
}

static const struct zone *
zone_of(const struct parts *p)
{
	struct zone *z;
	struct error e;
	if (zone_parse(&arena, file_of(p), &z, &e))
		fail_msg("%s: %s", p->footer, e.text);
	return z;
}

static void
offset_is(const struct zone *z, int64_t utc, int32_t expected)
{
	assert_int_equal(zone_offset(z, utc), expected);
}

static void
transitions(void **state)
{
	(void)state;
	static const int64_t times[] = {100, 200, 300};
	const struct zone *z = zone_of(&(struct parts){.times = times,
		.count = 3,
		.types = 2,
		.offsets = {60, 120},
		.footer = ""});
	offset_is(z, INT64_MIN, 60);
	offset_is(z, 99, 60);
	offset_is(z, 100, 60);
	offset_is(z, 199, 60);
	offset_is(z, 200, 120);
	offset_is(z, 299, 120);
	offset_is(z, 300, 60);
	offset_is(z, INT64_MAX, 60);
}

static const struct zone *
rule_of(const char *footer)
{
	return zone_of(&(struct parts){.types = 1, .footer = footer});
}

static void
rules(void **state)
{
	(void)state;
	const struct zone *z = rule_of("CET-1CEST,M3.5.0,M10.5.0/3");
	offset_is(z, 1774745999, 3600); /* 2026-03-29T00:59:59Z */
	offset_is(z, 1774746000, 7200);
	offset_is(z, 1792889999, 7200); /* 2026-10-25T00:59:59Z */
	offset_is(z, 1792890000, 3600);
	z = rule_of("EST5EDT,M3.2.0,M11.1.0");
	offset_is(z, 1772953199, -18000); /* 2026-03-08T06:59:59Z */
	offset_is(z, 1772953200, -14400);
	offset_is(z, 1793512799, -14400); /* 2026-11-01T05:59:59Z */
	offset_is(z, 1793512800, -18000);
	z = rule_of("AEST-10AEDT,M10.1.0,M4.1.0/3"); /* summer goes over the end of the
							year */
	offset_is(z, 1767225600, 39600);             /* 2026-01-01T00:00:00Z */
	offset_is(z, 1775318399, 39600);             /* 2026-04-04T15:59:59Z */
	offset_is(z, 1775318400, 36000);
	offset_is(z, 1791043199, 36000); /* 2026-10-03T15:59:59Z */
	offset_is(z, 1791043200, 39600);
	z = rule_of("<+0330>-3:30");
	offset_is(z, 0, 12600);
	z = rule_of("XXX0YYY-2,J60/0,J61/0"); /* 1 and 2 March, leap year or not */
	offset_is(z, 1772323199, 0);          /* 2026-02-28T23:59:59Z */
	offset_is(z, 1772323200, 7200);
	offset_is(z, 1709251200, 7200); /* 2024-03-01T00:00:00Z */
	offset_is(z, 1709251199, 0);
	z = rule_of("XXX0YYY,59/0,60/0"); /* day 59 is 29 February in a leap year */
	offset_is(z, 1709164800, 3600);   /* 2024-02-29T00:00:00Z */
	offset_is(z, 1772323200, 3600);   /* 2026-03-01T00:00:00Z */
	offset_is(z, 1709164799, 0);
}

static void
refuses(struct str file)
{
	struct zone *z = NULL;
	struct error e = {0};
	assert_int_equal(zone_parse(&arena, file, &z, &e), ERR_INVALID);
	assert_null(z);
	assert_true(e.text[0] != 0);
}

static void
refusals(void **state)
{
	(void)state;
	static const int64_t rising[] = {100, 200}, falling[] = {200, 100};
	static const char *const footers[] = {"CET", "C-1", "CET-1CEST",
		"CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0x", "CET-1CEST,J0,J5", "CET-1CEST,366,5",
		"CET-1CEST,M3.5.0/200,M10.5.0", "<CET-1", "CET-1:60",
		"CET-1CEST,M3-5.0,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/2:0:0                                    0"};
	for (size_t i = 0; i < sizeof(footers) / sizeof(footers[0]); i++)
		refuses(file_of(&(struct parts){.types = 1, .footer = footers[i]}));
	refuses(file_of(
		&(struct parts){.times = falling, .count = 2, .types = 2, .footer = ""}));
	refuses(file_of(&(struct parts){
		.times = rising, .count = 2, .types = 2, .bad_type = 2, .footer = ""}));
	refuses(file_of(&(struct parts){.types = 0, .footer = ""}));
	refuses(STR(""));
	refuses(STR("TZif"));
	struct str whole = file_of(
		&(struct parts){.times = rising, .count = 2, .types = 2, .footer = ""});
	for (size_t n = 0; n + 2 < whole.n; n++)
		refuses(str_sub(whole, 0, n));
	char *old = arena_alloc(&arena, whole.n);
	memcpy(old, whole.p, whole.n);
	old[4] = 0;
	refuses((struct str){old, whole.n});
}

static void
names(void **state)
{
	(void)state;
	int32_t offset = 1;
	assert_true(zone_fixed(STR("Z"), &offset) && offset == 0);
	assert_true(zone_fixed(STR("UTC"), &offset) && offset == 0);
	assert_true(zone_fixed(STR("+02:00"), &offset) && offset == 7200);
	assert_true(zone_fixed(STR("-09:30"), &offset) && offset == -34200);
	assert_true(zone_fixed(STR("02:00"), &offset) && offset == 7200);
	static const char *const not_fixed[] = {"", "+2:00", "+24:00", "+02:60", "+0200",
		"+02:0", "+02:000", "+aa:bb", "CET", "+", "+-2:00"};
	for (size_t i = 0; i < sizeof(not_fixed) / sizeof(not_fixed[0]); i++)
		assert_false(zone_fixed(str_of(not_fixed[i]), &offset));
	static const char *const good[] = {
		"UTC", "Europe/Madrid", "America/Argentina/Buenos_Aires", "Etc/GMT+5"};
	static const char *const bad[] = {
		"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a b", "a\n"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(zone_name_valid(str_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(zone_name_valid(str_of(bad[i])));
	assert_false(zone_name_valid((struct str){"a\0b", 3}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(transitions, setup, teardown),
		cmocka_unit_test_setup_teardown(rules, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
