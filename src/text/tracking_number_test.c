#include "text/tracking_number.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
test_forms(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum tracking_form form;
	} rows[] = {
		/* UPS says how its check digit is made with this number. */
		{"1Z999AA10123456784", TRACKING_SURE},
		{"1Z999AA10123456785", TRACKING_SHAPED},
		{"1Z999AB10123456784", TRACKING_SHAPED},
		/* 47312482 has the check digit 9 in the standard's own example. */
		{"RR473124829GB", TRACKING_SURE},
		{"RR473124828GB", TRACKING_SHAPED},
		/* Remainders 0 and 1 stand for 5 and 0. */
		{"CP000000005ES", TRACKING_SURE},
		{"CP000000000ES", TRACKING_SHAPED},
		{"CP200000040ES", TRACKING_SHAPED},
		{"CP010010000ES", TRACKING_SHAPED},
		{"TBA000111222333", TRACKING_SURE},
		{"JJD000111222333444", TRACKING_SURE},
		{"JD000111222333444555", TRACKING_SURE},
		{"JX000111222333444555", TRACKING_NO},
		{"AB12CD0400000010128001D", TRACKING_SHAPED},
		{"AB12CD04000000101280015", TRACKING_NO},
		/* 3 × 9 + 4 and 9 are a multiple of ten. */
		{"9400000000000000000009", TRACKING_SURE},
		{"9400000000000000000002", TRACKING_SHAPED},
		{"8400000000000000000002", TRACKING_SHAPED},
		{"00000000000000000000", TRACKING_LIKELY},
		{"00000000000000000001", TRACKING_SHAPED},
		{"000000000000010", TRACKING_SHAPED},
		{"000000000000017", TRACKING_LIKELY},
		/* 1 × 3 */
		{"100000000003", TRACKING_LIKELY},
		{"100000000004", TRACKING_SHAPED},
		/* 100000000 is 2 more than a multiple of seven. */
		{"1000000002", TRACKING_LIKELY},
		{"1000000003", TRACKING_SHAPED},
		{"123456789", TRACKING_NO},
		{"ABCDEFGHIJKLM", TRACKING_NO},
		{"1Z", TRACKING_NO},
		{"", TRACKING_NO},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum tracking_form got = tracking_number_form(str_of(rows[i].code));
		if (got != rows[i].form)
			fail_msg("%s: %d", rows[i].code, (int)got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
