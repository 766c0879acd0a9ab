/* What is given back is not resident any more, and is there again when it is read. */
#include "cmd/memory.h"

#include "text/model_format.h"
#include "text/shipped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the four above */
#include <cmocka.h>

/* Pages of files that the process has mapped in. */
static long
file_pages(void)
{
	/* All, resident, of files. */
	char line[200], *at = line;
	long pages[3];
	FILE *f = fopen("/proc/self/statm", "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	for (int i = 0; i < 3; i++)
		pages[i] = strtol(at, &at, 10);
	return pages[2];
}

static void
pages_go_and_come_back(void **state)
{
	(void)state;
	struct str model = shipped_language_model();
	long pages = (long)model.n / sysconf(_SC_PAGESIZE);
	uint64_t before = model_checksum(model.p, model.n);
	long full = file_pages();
	memory_release();
	assert_true(file_pages() <= full - pages + pages / 8);
	assert_true(model_checksum(model.p, model.n) == before);
}

/* A block that was written stays as it is; what is free behind it may go. */
static void
what_was_written_stays(void **state)
{
	(void)state;
	static int written = 1;
	char *kept = malloc(1 << 20);
	assert_non_null(kept);
	memset(kept, 7, 1 << 20);
	written = 77;
	memory_release();
	assert_int_equal(written, 77);
	for (size_t i = 0; i < 1 << 20; i++)
		assert_int_equal(kept[i], 7);
	free(kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_go_and_come_back),
		cmocka_unit_test(what_was_written_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
