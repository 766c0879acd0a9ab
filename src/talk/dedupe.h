/*
 * What was received already: one row for each provider's message id or Idempotency-Key,
 * committed with the message. Kept for at least seven days.
 */
#ifndef TALK_DEDUPE_H
#define TALK_DEDUPE_H

#include "talk/store.h"

struct dedupe {
	struct lookup key;         /* store_lookup(tenant, "dedupe/" channel, id) */
	int64_t event;             /* row key of the message */
	struct lookup fingerprint; /* of what was asked; keyed, as all look-ups are */
};

/* A unique key: the transaction conflicts when the key is there already. */
void dedupe_add(struct db_tx *tx, const struct dedupe *d, struct wall now);
/* ERR_NOT_FOUND when it was never received. `key` is given, the rest is filled. */
enum err dedupe_find(struct store *s, struct dedupe *d, struct error *e);
/*
 * Forgets what is older among the next `rows_max` keys after *at, which moves on; false at
 * the end of the table. There is no index by age: one row in a place of its own is what
 * every request would pay for it.
 */
bool dedupe_forget(struct store *s, struct db_tx *tx, struct lookup *at, size_t rows_max,
	struct wall before);

#endif
