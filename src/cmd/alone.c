#include "cmd/alone.h"

#include <stdio.h>

struct alone {
	struct db_tx tx;
	struct env *env;
	enum err result;
};

static void
stored(struct db_tx *tx, enum err result)
{
	struct alone *alone = tx->owner;
	alone->result = result;
	env_uv_stop(alone->env);
}

/* Opening for writing would make a folder of a misspelt name. */
static enum err
open_store(struct alone *alone, struct str dir, bool makes, struct store *store,
	struct error *e)
{
	enum err r = store_open_reading(alone->env, dir, store, e);
	if (r == OK)
		store_close(store);
	else if (r == ERR_NOT_FOUND && makes)
		fprintf(stderr, "%.*s is a new store\n", STR_ARG(dir));
	return r == OK || makes ? store_open(alone->env, dir, store, e) : r;
}

enum err
alone_change(struct str dir, const struct alone_change *c, struct error *e)
{
	struct store store;
	struct alone alone = {.env = env_uv_new()};
	enum err r = open_store(&alone, dir, c->makes, &store, e);
	if (r == OK) {
		db_tx_init(&alone.tx);
		alone.tx.owner = &alone;
		r = c->plan(&store, &alone.tx, c->with, e);
		if (r == OK)
			r = db_submit(store.db, &alone.tx, stored, e);
		if (r == OK) {
			env_uv_run(alone.env);
			r = alone.result;
			if (r != OK && e)
				*e = alone.tx.error;
		}
		db_tx_fini(&alone.tx);
		store_close(&store);
	}
	env_uv_free(&alone.env);
	return r;
}
