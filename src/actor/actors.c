#include "actor/actors.h"

static const struct actor *const actors[] = {
	&actor_sentiment,
	&actor_intent,
	&actor_context,
	&actor_decision,
	&actor_execution,
	&actor_response,
	&actor_guardrail,
	&actor_escalation,
	&actor_aggregation,
};

static const char *const actor_names[] = {
	"sentiment",
	"intent",
	"context",
	"decision",
	"execution",
	"response",
	"guardrail",
	"escalation",
	"aggregation",
	NULL,
};

const struct pack_host actor_pack_host = {
	.vars = document_vars,
	.var_count = DOCUMENT_VARS,
	.actors = actor_names,
};

const struct actor *
actor_find(struct str name)
{
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
		if (str_eq(str_of(actors[i]->name), name))
			return actors[i];
	}
	return NULL;
}
