/*
 * Erasing a person: the key goes, and with it every text that it sealed, in the live file
 * and in every backup of it; addresses go too, so that nobody is known under them. What
 * cannot be reached are copies of the key store made before.
 */
#ifndef TALK_ERASURE_H
#define TALK_ERASURE_H

#include "talk/store.h"

/* Adds the erasure to a transaction. ERR_NOT_FOUND: there is no such contact of the
 * tenant
 * (`tenant` 0: any); ERR_CONFLICT: it was erased already. */
enum err erasure_add(struct store *s, struct db_tx *tx, int64_t tenant, int64_t contact,
	struct wall now, struct error *e);
/*
 * The key is durable before the rest of its transaction, so a crash in between leaves a person without a key who is
 * not marked. This marks them, and takes the addresses away; for one who is marked it changes nothing.
 */
void erasure_finish(struct db_tx *tx, int64_t contact, struct wall now);

#endif
