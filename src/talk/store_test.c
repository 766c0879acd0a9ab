/* A store is opened only when it is laid out as this program reads it. */
#include "talk/store.h"

#include "talk/schema.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants those above */
#include <cmocka.h>

struct fixture {
	char dir[80];
	struct env *env;
	struct store store;
	struct arena arena;
	struct db_tx tx;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error e = {0};
	snprintf(f->dir, sizeof f->dir, P_tmpdir "/store_test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->env = env_uv_new();
	arena_init(&f->arena, 0);
	assert_int_equal(store_open(f->env, str_of(f->dir), &f->store, &e), OK);
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
	store_close(&f->store);
	env_uv_free(&f->env);
	arena_fini(&f->arena);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static void
committed(struct db_tx *tx, enum err result)
{
	struct fixture *f = tx->owner;
	assert_int_equal(result, OK);
	env_uv_stop(f->env);
}

static void
commit(struct fixture *f)
{
	f->tx.owner = f;
	assert_int_equal(db_submit(f->store.db, &f->tx, committed, NULL), OK);
	env_uv_run(f->env);
	db_tx_fini(&f->tx);
}

static void
say_layout(struct fixture *f, const char *sql_text)
{
	const struct db_sql sql = {sql_text};
	db_tx_init(&f->tx);
	db_add(&f->tx, &sql, "");
	commit(f);
	store_close(&f->store);
}

static void
is_refused(struct fixture *f, const char *layout)
{
	struct store other = {0};
	struct error e = {0};
	char said[64];
	snprintf(said, sizeof said, "has layout %s and this program reads layout %s",
		layout, TALK_LAYOUT);
	assert_int_equal(store_open(f->env, str_of(f->dir), &other, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, said));
	assert_non_null(strstr(e.text, f->dir));
	assert_non_null(strstr(e.text, "move the folder away"));
	e = (struct error){0};
	assert_int_equal(
		store_open_reading(f->env, str_of(f->dir), &other, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, said));
}

static void
a_newer_layout_is_refused(void **state)
{
	struct fixture *f = *state;
	say_layout(f, "UPDATE meta SET value = '99' WHERE key = 'layout'");
	is_refused(f, "99");
}

static void
a_store_from_before_layouts_is_refused(void **state)
{
	struct fixture *f = *state;
	say_layout(f, "DELETE FROM meta WHERE key = 'layout'");
	is_refused(f, "1");
}

static void
ours_opens_again(void **state)
{
	struct fixture *f = *state;
	struct error e = {0};
	struct store reading;
	assert_int_equal(store_open_reading(f->env, str_of(f->dir), &reading, &e), OK);
	store_close(&reading);
	store_close(&f->store);
	assert_int_equal(store_open(f->env, str_of(f->dir), &f->store, &e), OK);
}

static void
look_ups_keep_their_parts_apart(void **state)
{
	struct fixture *f = *state;
	struct lookup a = store_lookup(&f->store, 1, STR("api"), STR("x1"));
	struct lookup b = store_lookup(&f->store, 1, STR("api"), STR("x1"));
	assert_memory_equal(&a, &b, sizeof a);
	b = store_lookup(&f->store, 1, STR("apix"), STR("1"));
	assert_memory_not_equal(&a, &b, sizeof a);
	b = store_lookup(&f->store, 2, STR("api"), STR("x1"));
	assert_memory_not_equal(&a, &b, sizeof a);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_newer_layout_is_refused),
		T(a_store_from_before_layouts_is_refused),
		T(ours_opens_again),
		T(look_ups_keep_their_parts_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
