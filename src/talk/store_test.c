/* A store is opened only when it is laid out as this program reads it. */
#include "talk/store.h"

#include "talk/schema.h"
#include "talk/store_fixture.h"

static void
say_layout(struct fixture *f, const char *sql_text)
{
	const struct db_sql sql = {sql_text};
	struct db_tx tx;
	db_tx_init(&tx);
	db_add(&tx, &sql, "");
	commit(f, &tx);
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
	const struct CMUnitTest tests[] = {
		TEST(a_newer_layout_is_refused),
		TEST(a_store_from_before_layouts_is_refused),
		TEST(ours_opens_again),
		TEST(look_ups_keep_their_parts_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
