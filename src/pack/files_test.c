/* The files of a pack, at their limits and one past them. */
#include "pack/files.h"

#include "base/limits.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first three above */
#include <cmocka.h>

struct fixture {
	char dir[64];
	struct arena arena;
	struct pack_files files;
	struct error e;
};

/* A file of so many blanks. */
static void
put(struct fixture *f, const char *name, size_t bytes)
{
	struct str path = arena_printf(&f->arena, "%s/%s", f->dir, name);
	char *text = arena_alloc(&f->arena, bytes + 1);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	memset(text, ' ', bytes);
	assert_int_equal(write(fd, text, bytes), (ssize_t)bytes);
	close(fd);
}

static void
drop(struct fixture *f, const char *name)
{
	unlink(arena_printf(&f->arena, "%s/%s", f->dir, name).p);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	arena_init(&f->arena, 0);
	snprintf(f->dir, sizeof f->dir, P_tmpdir "/files_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	mkdir(arena_printf(&f->arena, "%s/kb", f->dir).p, 0700);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static void
reads(struct fixture *f, size_t count)
{
	if (pack_files_read(&f->arena, f->dir, &f->files, &f->e))
		fail_msg("%s", f->e.text);
	assert_int_equal(f->files.n, count);
}

static void
refuses(struct fixture *f, const char *words)
{
	assert_int_equal(pack_files_read(&f->arena, f->dir, &f->files, &f->e), ERR_LIMIT);
	if (!strstr(f->e.text, words))
		fail_msg("\"%s\" does not say \"%s\"", f->e.text, words);
}

static void
a_pack_has_so_many_files(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < PACK_FILES_MAX; i++)
		put(f, arena_printf(&f->arena, "kb/%d.md", i).p, 1);
	reads(f, PACK_FILES_MAX);
	put(f, "pack.yaml", 1);
	refuses(f, "more than 512 files (PACK_FILES_MAX)");
}

static void
a_file_and_a_pack_have_so_many_bytes(void **state)
{
	struct fixture *f = *state;
	for (unsigned i = 0; i < PACK_BYTES_MAX / PACK_FILE_MAX; i++)
		put(f, arena_printf(&f->arena, "kb/%u.md", i).p, PACK_FILE_MAX);
	reads(f, PACK_BYTES_MAX / PACK_FILE_MAX);
	put(f, "pack.yaml", 1);
	refuses(f, "makes the pack larger than 33554432 bytes (PACK_BYTES_MAX)");
	drop(f, "pack.yaml");
	put(f, "kb/0.md", PACK_FILE_MAX + 1);
	for (unsigned i = 1; i < PACK_BYTES_MAX / PACK_FILE_MAX; i++)
		drop(f, arena_printf(&f->arena, "kb/%u.md", i).p);
	refuses(f, "kb/0.md: is larger than 4194304 bytes (PACK_FILE_MAX)");
}

static void
a_name_has_so_many_bytes(void **state)
{
	struct fixture *f = *state;
	char name[PACK_NAME_MAX + 2];
	memset(name, 'n', sizeof name);
	memcpy(name, "kb/", 3);
	memcpy(name + PACK_NAME_MAX - 3, ".md", 4);
	put(f, name, 1);
	reads(f, 1);
	memcpy(name + PACK_NAME_MAX - 3, "n.md", 5);
	put(f, name, 1);
	refuses(f, "a path over 200 bytes (PACK_NAME_MAX)");
}

/* Rasa's own ending is read where Rasa's files may stand, and nowhere else. */
static void
rasa_ends_in_yml(void **state)
{
	struct fixture *f = *state;
	mkdir(arena_printf(&f->arena, "%s/nlu", f->dir).p, 0700);
	put(f, "nlu/nlu.yml", 1);
	put(f, "nlu/a.yaml", 1);
	put(f, "nlu/notes.txt", 1);
	put(f, "policy.yml", 1);
	reads(f, 2);
	assert_true(str_eq(f->files.p[1].path, STR("nlu/nlu.yml")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pack_has_so_many_files),
		TEST(a_file_and_a_pack_have_so_many_bytes),
		TEST(a_name_has_so_many_bytes),
		TEST(rasa_ends_in_yml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
