/* Keys and who holds them: a key that ends is refused at once, though callers are remembered. */
#include "talk/tenant.h"

#include "base/limits.h"
#include "talk/access_cache.h"
#include "talk/store_fixture.h"

static struct str
add_key(struct fixture *f, enum access_kind kind, const char *name)
{
	const struct access access = {.tenant = 7,
		.kind = kind,
		.name = str_of(name),
		.origins = STR("https://shop.example")};
	struct str key = access_new_key(&f->store, &f->arena, kind);
	struct db_tx tx;
	db_tx_init(&tx);
	access_add(&tx, key, &access, env_wall(f->env));
	commit(f, &tx);
	return key;
}

static void
end_all_keys(struct fixture *f)
{
	static const struct db_sql sql = {"UPDATE access_key SET revoked_ms = 1"};
	struct db_tx tx;
	db_tx_init(&tx);
	db_add(&tx, &sql, "");
	commit(f, &tx);
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
	struct db_tx tx;
	db_tx_init(&tx);
	access_add(&tx, key, &access, env_wall(f->env));
	commit(f, &tx);
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
	const struct CMUnitTest tests[] = {
		TEST(a_key_names_its_holder_each_time),
		TEST(a_key_that_ended_is_refused_at_once),
		TEST(an_unknown_key_works_as_soon_as_it_is_added),
		TEST(more_callers_than_are_remembered_are_all_served),
		cmocka_unit_test(only_so_many_and_so_much_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
