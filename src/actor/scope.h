/* What a pack's rules see of a turn: the values of document_vars, in the caller's frame.
 */
#ifndef ACTOR_SCOPE_H
#define ACTOR_SCOPE_H

#include "pack/pack.h"
#include "turn/turn.h"

struct scope {
	struct turn *turn;
	const void *values[DOCUMENT_VARS];
	struct message_view message;
	struct failure_view failure;
	bool quiet; /* what would have been is asked: causes say nothing of it */
};

void scope_init(struct scope *s, struct turn *t);
/* For one test: the action or record that a rule is about; NULL takes it away. */
void scope_set(struct scope *s, enum document_var var, const void *value);
/* Whether the rule holds; a rule without a condition does. A rule that cannot be
 * evaluated (a missing key, 1/0) does not hold, and the causes say so. */
bool scope_test(struct scope *s, const struct pack_rule *rule);

#endif
