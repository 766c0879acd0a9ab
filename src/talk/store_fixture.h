/* A store of its own for each test of this room, and one person in it. For tests only. */
#ifndef TALK_STORE_FIXTURE_H
#define TALK_STORE_FIXTURE_H

#include "db/test_folder.h"
#include "talk/contact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants those above */
#include <cmocka.h>

struct fixture {
	char dir[TEST_FOLDER_MAX];
	struct env *env;
	struct store store;
	struct contact contact; /* made, not stored */
	struct arena arena;
	struct wall now;
};

static inline int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error e = {0};
	test_folder_make(f->dir);
	f->env = env_uv_new();
	arena_init(&f->arena, 0);
	assert_int_equal(store_open(f->env, str_of(f->dir), &f->store, &e), OK);
	contact_make(&f->store, 1, &f->contact);
	f->now = env_wall(f->env);
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;
	store_close(&f->store);
	env_uv_free(&f->env);
	arena_fini(&f->arena);
	test_folder_remove(f->dir);
	free(f);
	return 0;
}

static inline void
stop_loop(struct db_tx *tx, enum err result)
{
	assert_int_equal(result, OK);
	env_uv_stop(((struct fixture *)tx->owner)->env);
}

/* Until it is on disk; ends the transaction. */
static inline void
commit(struct fixture *f, struct db_tx *tx)
{
	tx->owner = f;
	assert_int_equal(db_submit(f->store.db, tx, stop_loop, NULL), OK);
	env_uv_run(f->env);
	db_tx_fini(tx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
