/* Keys and who holds them: a key that ends is refused at once, though callers are remembered. */
#include "talk/tenant.h"

#include "base/limits.h"
#include "talk/access_cache.h"

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
	snprintf(f->dir, sizeof f->dir, P_tmpdir "/tenant_test.XXXXXX");
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

static struct str
add_key(struct fixture *f, enum access_kind kind, const char *name)
{
	const struct access access = {.tenant = 7,
		.kind = kind,
		.name = str_of(name),
		.origins = STR("https://shop.example")};
	struct str key = access_new_key(&f->store, &f->arena, kind);
	db_tx_init(&f->tx);
	access_add(&f->tx, key, &access, env_wall(f->env));
	commit(f);
	return key;
}

static void
end_all_keys(struct fixture *f)
{
	static const struct db_sql sql = {"UPDATE access_key SET revoked_ms = 1"};
	db_tx_init(&f->tx);
	db_add(&f->tx, &sql, "");
	commit(f);
}

static void
a_key_names_its_holder_each_time(void **state)
{
	struct fixture *f = *state;
	struct str key = add_key(f, ACCESS_API, "orders");
	for (int i = 0; i < 3; i++) {
		struct access got = {0};
		assert_int_equal(access_find(&f->store, &f->arena, key, &got, NULL), OK);
		assert_int_equal(got.tenant, 7);
		assert_int_equal(got.kind, ACCESS_API);
		assert_true(str_eq(got.name, STR("orders")));
		assert_true(str_eq(got.origins, STR("https://shop.example")));
		assert_int_equal(got.secret.n, 0);
	}
}

static void
a_key_that_ended_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct access got;
	struct str key = add_key(f, ACCESS_API, "orders");
	assert_int_equal(access_find(&f->store, &f->arena, key, &got, NULL), OK);
	end_all_keys(f);
	access_forget(&f->store);
	assert_int_equal(
		access_find(&f->store, &f->arena, key, &got, NULL), ERR_NOT_FOUND);
}

static void
an_unknown_key_works_as_soon_as_it_is_added(void **state)
{
	struct fixture *f = *state;
	struct access got;
	struct str key = access_new_key(&f->store, &f->arena, ACCESS_WIDGET);
	assert_int_equal(
		access_find(&f->store, &f->arena, key, &got, NULL), ERR_NOT_FOUND);
	const struct access access = {
		.tenant = 2, .kind = ACCESS_WIDGET, .name = STR("w")};
	db_tx_init(&f->tx);
	access_add(&f->tx, key, &access, env_wall(f->env));
	commit(f);
	assert_int_equal(access_find(&f->store, &f->arena, key, &got, NULL), OK);
	assert_int_equal(got.kind, ACCESS_WIDGET);
}

static void
more_callers_than_are_remembered_are_all_served(void **state)
{
	struct fixture *f = *state;
	struct str keys[ACCESS_CACHE_MAX + 3];
	char name[16];
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		snprintf(name, sizeof name, "caller %zu", i);
		keys[i] = add_key(f, ACCESS_API, name);
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			struct access got;
			snprintf(name, sizeof name, "caller %zu", i);
			assert_int_equal(
				access_find(&f->store, &f->arena, keys[i], &got, NULL),
				OK);
			assert_true(str_eq(got.name, str_of(name)));
		}
	}
}

static void
only_so_many_and_so_much_is_remembered(void **state)
{
	(void)state;
	const unsigned char secret[32] = {1};
	struct access_cache *c = access_cache_new(secret);
	struct access access = {.tenant = 1, .name = STR("n")}, got;
	struct arena a;
	char key[16], text[ACCESS_CACHE_TEXT_MAX + 1];
	arena_init(&a, 0);
	for (int i = 0; i <= ACCESS_CACHE_MAX; i++) {
		snprintf(key, sizeof key, "pk_%d", i);
		access.tenant = i;
		access_cache_put(c, str_of(key), &access);
	}
	assert_false(access_cache_get(c, &a, STR("pk_0"), &got));
	assert_true(access_cache_get(c, &a, STR("pk_1"), &got));
	assert_int_equal(got.tenant, 1);
	memset(text, 'x', sizeof text);
	access.name = (struct str){text, sizeof text};
	access_cache_put(c, STR("pk_long"), &access);
	assert_false(access_cache_get(c, &a, STR("pk_long"), &got));
	access_cache_clear(c);
	assert_false(access_cache_get(c, &a, STR("pk_1"), &got));
	arena_fini(&a);
	access_cache_free(&c);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_key_names_its_holder_each_time),
		T(a_key_that_ended_is_refused_at_once),
		T(an_unknown_key_works_as_soon_as_it_is_added),
		T(more_callers_than_are_remembered_are_all_served),
		cmocka_unit_test(only_so_many_and_so_much_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
