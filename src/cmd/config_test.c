/* The configuration's `retention`: times of single tenants. */
#include "cmd/config.h"

#include "base/limits.h"
#include "db/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY INT64_C(86400000)

struct fixture {
	char dir[TEST_FOLDER_MAX];
	struct arena arena;
	struct config config;
	struct error error;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	test_folder_make(f->dir);
	arena_init(&f->arena, 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	arena_fini(&f->arena);
	test_folder_remove(f->dir);
	free(f);
	return 0;
}

static enum err
load(struct fixture *f, const char *text)
{
	const char *path = arena_printf(&f->arena, "%s/parley.yaml", f->dir).p;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return config_load(&f->arena, path, &f->config, &f->error);
}

static void
assert_tenant(struct fixture *f, size_t i, const char *name, int64_t journal_ms,
	int64_t message_ms)
{
	const struct retention_tenant *t = f->config.retention.p;
	assert_true(i < f->config.retention.n);
	assert_true(str_eq(t[i].name, str_of(name)));
	assert_int_equal(t[i].journal_ms, journal_ms);
	assert_int_equal(t[i].message_ms, message_ms);
}

static void
assert_refused(struct fixture *f, const char *text, int line, const char *why)
{
	assert_int_equal(load(f, text), ERR_INVALID);
	assert_int_equal(f->error.line, line);
	if (!strstr(f->error.text, why))
		fail_msg("%s", f->error.text);
}

static void
tenants_have_times(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(load(f, "data: here\n"), OK);
	assert_int_equal(f->config.retention.n, 0);
	assert_int_equal(load(f, "retention:\n"), OK);
	assert_int_equal(f->config.retention.n, 0);
	assert_int_equal(
		load(f, "retention: [{tenant: acme, keep_journal_ms: 30d, keep_messages_ms: 365d}]\n"),
		OK);
	assert_tenant(f, 0, "acme", 30 * DAY, 365 * DAY);
}

/* A time that is left out is everybody's; 0 is for ever and not left out. */
static void
a_time_left_out_is_everybodys(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(load(f,
				 "keep_messages_ms: 7d\n"
				 "retention:\n"
				 "  - tenant: one\n"
				 "    keep_journal_ms: 0\n"
				 "  - tenant: two\n"
				 "    keep_messages_ms: 0\n"
				 "  - {tenant: three, keep_messages_ms: null}\n"),
		OK);
	assert_tenant(f, 0, "one", 0, 7 * DAY);
	assert_tenant(f, 1, "two", 90 * DAY, 0);
	assert_tenant(f, 2, "three", 90 * DAY, 7 * DAY);
}

static void
the_environment_names_them_too(void **state)
{
	struct fixture *f = *state;
	setenv("PARLEY_RETENTION", "[{tenant: acme, keep_journal_ms: 2d}]", 1);
	enum err r = load(f, "retention: [{tenant: other}]\n");
	unsetenv("PARLEY_RETENTION");
	assert_int_equal(r, OK);
	assert_int_equal(f->config.retention.n, 1);
	assert_tenant(f, 0, "acme", 2 * DAY, 0);
}

static void
wrong_times_are_refused(void **state)
{
	struct fixture *f = *state;
	assert_refused(f,
		"data: x\nretention:\n  - tenant: a\n  - tenant: b\n  - tenant: a\n", 5,
		"parley.yaml:5: retention: tenant \"a\" is named twice");
	assert_refused(f, "retention:\n  - tenant: a\n    keep_journal_ms: 3651d\n", 3,
		"retention[0].keep_journal_ms: must be at most 315360000000 ms");
	assert_refused(f, "retention:\n  - tenant: a\n    keep_messages_ms: 3651d\n", 3,
		"retention[0].keep_messages_ms: must be at most 315360000000 ms");
	assert_refused(f, "retention:\n  - tenant: a\n    keep_journal_ms: soon\n", 3,
		"retention[0].keep_journal_ms: must be a duration");
	assert_refused(f, "retention:\n  - keep_journal_ms: 1d\n", 2,
		"retention[0].tenant: is missing");
	assert_refused(f, "retention:\n  - tenant: ''\n", 2,
		"retention[0].tenant: must be at least 1 bytes");
	assert_refused(f, "retention:\n  - tenant: a\n    keep_journals_ms: 1d\n", 3,
		"did you mean \"keep_journal_ms\"?");
	assert_refused(f, "retention: {acme: 1d}\n", 1, "retention: must be a list");
}

static void
so_many_tenants_have_times(void **state)
{
	struct fixture *f = *state;
	struct buf text;
	buf_init(&text, 1 << 16);
	buf_printf(&text, "retention:\n");
	for (int i = 0; i < RETENTION_TENANTS_MAX; i++)
		buf_printf(&text, "  - tenant: t%d\n", i);
	assert_int_equal(load(f, text.p), OK);
	assert_int_equal(f->config.retention.n, RETENTION_TENANTS_MAX);
	buf_printf(&text, "  - tenant: more\n");
	assert_int_equal(load(f, text.p), ERR_INVALID);
	assert_non_null(strstr(f->error.text, "retention: must be at most 256 items"));
	buf_fini(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tenants_have_times),
		TEST(a_time_left_out_is_everybodys),
		TEST(the_environment_names_them_too),
		TEST(wrong_times_are_refused),
		TEST(so_many_tenants_have_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
