/* `parley new`: what it writes, and what it leaves alone. */
#include "base/arena.h"
#include "cmd/cmd.h"
#include "cmd/new_pack.h"
#include "wire/yaml.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	struct arena arena;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	snprintf(f->dir, sizeof f->dir, P_tmpdir "/new_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	arena_init(&f->arena, 0);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
	(void)s, (void)type, (void)ftw;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static char *
path_in(struct fixture *f, const char *path)
{
	struct str s = arena_printf(&f->arena, "%s/%s", f->dir, path);
	char *copy = arena_alloc(&f->arena, s.n + 1);
	memcpy(copy, s.p, s.n + 1);
	return copy;
}

static int
run_new(char *what, char *path, char *company)
{
	char program[] = "parley", command[] = "new", option[] = "--company";
	char *argv[] = {program, command, what, path, option, company, NULL};
	return cmd_run(&cmd_new, company ? 6 : 4, argv);
}

static struct str
read_file(struct fixture *f, const char *path)
{
	char bytes[8192];
	FILE *file = fopen(path_in(f, path), "r");
	assert_non_null(file);
	size_t n = fread(bytes, 1, sizeof bytes, file);
	assert_true(n < sizeof bytes);
	fclose(file);
	return arena_str(&f->arena, (struct str){bytes, n});
}

static void
test_every_file_is_written_and_every_blank_filled(void **state)
{
	struct fixture *f = *state;
	char pack[] = "pack", company[] = "Caf\xc3\xa9 \"Sol\": {NAME}";
	assert_int_equal(run_new(pack, path_in(f, "cafe/"), company), 0);
	for (const struct new_file *file = new_pack_files; file->path; file++) {
		struct str text =
			read_file(f, arena_printf(&f->arena, "cafe/%s", file->path).p);
		assert_true(text.n > 0 && text.p[text.n - 1] == '\n');
		assert_true(str_find(text, STR("{COMPANY}")) < 0);
		if (strcmp(file->path, "pack.yaml") != 0)
			assert_true(str_find(text, STR("{NAME}")) < 0);
	}
	struct json *about;
	struct error e;
	if (yaml_parse(&f->arena, read_file(f, "cafe/pack.yaml"), &about, &e))
		fail_msg("%s", e.text);
	assert_true(str_eq(json_str(json_get(about, STR("name")), STR("")), STR("cafe")));
	assert_true(str_eq(
		json_str(json_get(about, STR("company")), STR("")), str_of(company)));
}

static void
test_what_is_there_is_not_touched(void **state)
{
	struct fixture *f = *state;
	char pack[] = "pack";
	assert_int_equal(mkdir(path_in(f, "mine"), 0700), 0);
	assert_int_equal(run_new(pack, path_in(f, "mine"), NULL), 1);
	assert_int_equal(rmdir(path_in(f, "mine")), 0); /* still empty */
	assert_int_equal(run_new(pack, path_in(f, "packs/mine"), NULL), 0);
	assert_int_equal(run_new(pack, path_in(f, "missing/packs/mine"), NULL), 1);
}

static void
test_names_and_kinds_are_checked(void **state)
{
	static const char *const wrong[] = {"Cafe", "1st", "a b", "..", "x.y", ""};
	struct fixture *f = *state;
	char pack[] = "pack", lane[] = "lane", broken[] = "\xff";
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(run_new(pack, path_in(f, wrong[i]), NULL), 2);
	assert_int_equal(run_new(lane, path_in(f, "good"), NULL), 2);
	assert_int_equal(run_new(pack, path_in(f, "good"), broken), 2);
	assert_int_not_equal(access(path_in(f, "good"), F_OK), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_file_is_written_and_every_blank_filled),
		T(test_what_is_there_is_not_touched),
		T(test_names_and_kinds_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
