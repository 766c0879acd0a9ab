/*
 * The ledger of effects: every call that changes something outside has its row before it is made (architecture,
 * section 5, rule 3). The key is (turn, actor, key) without the content. Status moves
 *	sending → sent | failed | uncertain
 * and a row that a crash left at `sending` is repeated when its provider deduplicates, else it is uncertain.
 */
#ifndef TALK_EFFECT_H
#define TALK_EFFECT_H

#include "talk/contact.h"

#define EFFECT_SENDING "sending"
#define EFFECT_SENT "sent"
#define EFFECT_FAILED "failed"
#define EFFECT_UNCERTAIN "uncertain"

struct effect {
	int64_t tenant;
	int64_t turn; /* row key */
	struct str actor, key, action, status;
	struct str idempotency_key;
	struct str fingerprint; /* 32 bytes: SHA-256 of the question */
	bool repeatable;
	struct str request, answer; /* JSON, sealed at rest; answer.p NULL: none yet */
	struct wall created, updated;
};

void effect_add(struct store *s, struct db_tx *tx, const struct effect *f,
	const struct person_key *key);
/* Writes status and answer of the row of (turn, actor, key). */
void effect_update(struct store *s, struct db_tx *tx, const struct effect *f,
	const struct person_key *key);
/* Those of a turn that were sent and of whose answer nothing will be known. */
void effect_doubt(struct db_tx *tx, int64_t turn, struct wall now);
/* struct effect of a turn, in order of creation. */
enum err effect_list(struct store *s, struct arena *a, int64_t turn,
	const struct person_key *key, struct items *out, struct error *e);

#endif
