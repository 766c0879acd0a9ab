/*
 * The actors of a turn. Each is a plain function of the turn (turn/turn.h) in the file of
 * its name:
 *
 *	sentiment    mood, urgency, complaint, language
 *	intent       what is wanted, what is named
 *	context      who it is, their orders, knowledge
 *	decision     where the message goes
 *	execution    actions, within their limits
 *	response     what is said
 *	guardrail    may it be said
 *	escalation   a person, a safe text, or on with it
 *	aggregation  the reply as it leaves
 *
 * They are driven by the pack: a rule, a text or an action is data. To add an actor,
 * write its file and its lines in the tables of actors.c.
 */
#ifndef ACTOR_ACTORS_H
#define ACTOR_ACTORS_H

#include "pack/pack.h"
#include "turn/turn.h"

extern const struct actor actor_sentiment, actor_intent, actor_context, actor_decision,
	actor_execution, actor_response, actor_guardrail, actor_escalation,
	actor_aggregation;

/* NULL when there is none of that name. */
const struct actor *actor_find(struct str name);

/* What packs are checked against: the variables of rules and the actors of routes. */
extern const struct pack_host actor_pack_host;

#endif
