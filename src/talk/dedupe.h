/*
 * What was received already: one row for each provider's message id or Idempotency-Key,
 * committed with the message. Kept for at least seven days.
 */
#ifndef TALK_DEDUPE_H
#define TALK_DEDUPE_H

#include "talk/store.h"

struct dedupe {
	struct lookup key;             /* store_lookup(tenant, "dedupe/" channel, id) */
	int64_t event;                 /* row key of the message */
	unsigned char fingerprint[32]; /* SHA-256 of the request body */
};

/* A unique key: the transaction conflicts when the key is there already. */
void dedupe_add(struct db_tx *tx, const struct dedupe *d, struct wall now);
/* ERR_NOT_FOUND when it was never received. `key` is given, the rest is filled. */
enum err dedupe_find(struct store *s, struct dedupe *d, struct error *e);
/* Forgets what is older, a few at a time. */
void dedupe_forget(struct db_tx *tx, struct wall before);

#endif
