/*
 * A change of a store that no server runs: the folder is opened, one transaction is
 * committed, the folder is closed.
 */
#ifndef CMD_ALONE_H
#define CMD_ALONE_H

#include "talk/store.h"

struct alone_change {
	bool makes; /* the store, where there is none; else ERR_NOT_FOUND */
	/* Puts the change into the transaction. */
	enum err (*plan)(
		struct store *store, struct db_tx *tx, void *with, struct error *e);
	void *with;
};

enum err alone_change(struct str dir, const struct alone_change *c, struct error *e);

#endif
