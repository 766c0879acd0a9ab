/* Every transcript of the packs that ship. */
#include "actor/rehearsal.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const struct pack *
load(const char *dir)
{
	struct pack *pack = NULL;
	struct error e = {0};
	if (pack_load(dir, &(struct pack_options){.host = &actor_pack_host}, &pack, NULL,
		    &e))
		fail_msg("%s", e.text);
	return pack;
}

static void
play_all(const char *dir, size_t at_least)
{
	char folder[200], path[500];
	size_t played = 0, failed = 0;
	const struct pack *pack = load(dir);
	snprintf(folder, sizeof folder, "%s/tests", dir);
	DIR *d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));) {
		struct error e = {0};
		if (!str_ends(str_of(entry->d_name), STR(".yaml")))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (rehearsal_file(pack, path, 1, &played, &failed, &e))
			fail_msg("%s", e.text);
	}
	closedir(d);
	pack_unref(&pack);
	printf("%s: %zu transcripts, %zu failed\n", dir, played, failed);
	assert_int_equal(failed, 0);
	assert_true(played >= at_least);
}

static void
the_ecommerce_pack(void **state)
{
	(void)state;
	play_all("packs/ecommerce", 30);
}

static void
the_gaming_pack(void **state)
{
	(void)state;
	play_all("packs/gaming", 3);
}

static void
the_concierge_pack(void **state)
{
	(void)state;
	play_all("packs/concierge", 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_ecommerce_pack),
		cmocka_unit_test(the_gaming_pack), cmocka_unit_test(the_concierge_pack)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
