/*
 * Approvals: an action that a rule holds for a person. It is committed frozen with the
 * turn that proposed it; the decision is a compare-and-set, so an approval is consumed
 * once, and starts a turn of its own.
 */
#ifndef TALK_APPROVAL_H
#define TALK_APPROVAL_H

#include "talk/contact.h"

#define APPROVAL_PENDING "pending"
#define APPROVAL_APPROVED "approved"
#define APPROVAL_REJECTED "rejected"

struct approval {
	int64_t id; /* row key of the event that asked for it */
	int64_t tenant;
	int64_t turn; /* row key of the turn that proposed it */
	struct str action, status;
	struct str frozen; /* JSON: {"action":…,"reason":…}, sealed at rest */
	struct wall created, decided;
	struct str decided_by, note;
};

void approval_add(struct store *s, struct db_tx *tx, const struct approval *ap,
	const struct person_key *key);
/* Moves it from pending; the transaction conflicts when it is not pending any more. */
void approval_decide(struct store *s, struct db_tx *tx, const struct approval *ap,
	const struct person_key *key);
enum err approval_load(struct store *s, struct arena *a, int64_t id,
	const struct person_key *key, struct approval *out, struct error *e);
/* Numbers (int64_t) of a tenant's pending approvals after one, oldest first. */
enum err approval_list_pending(struct store *s, struct arena *a, int64_t tenant,
	int64_t after, size_t limit, struct items *ids, struct error *e);

#endif
