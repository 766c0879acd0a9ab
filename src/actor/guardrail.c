/* May the reply be said? Every guardrail looks; a critical one holds the reply back, the
 * others are noted. */
#include "actor/actors.h"
#include "actor/scope.h"

static bool
speaks_up(struct scope *scope, const struct pack_guard *g, const struct guard_sight *seen)
{
	if (g->looks && !seen->word.n)
		return false;
	if (g->has_with && !seen->with)
		return false;
	if (g->has_lacks && seen->lacks)
		return false;
	return scope_test(scope, &g->rule);
}

static enum turn_step
guardrail_run(struct turn *t)
{
	const struct items *guards = &pack_policy(t->pack)->guards;
	struct guardrail_part *out = &t->doc.guardrail;
	struct guard_issue *issues =
		ARENA_ARRAY(t->arena, struct guard_issue, guards->n + 1);
	const struct guard_sight *seen =
		pack_guard_look(t->pack, t->arena, t->doc.response.text);
	struct scope scope;
	size_t n = 0;
	int worst = GUARD_NONE;
	scope_init(&scope, t);
	for (size_t i = 0; i < guards->n; i++) {
		const struct pack_guard *g = &((const struct pack_guard *)guards->p)[i];
		if (!speaks_up(&scope, g, &seen[i]))
			continue;
		issues[n++] =
			(struct guard_issue){str_of(guard_severity_names[g->severity]),
				g->rule.name, seen[i].word.n ? seen[i].word : g->reason};
		if (g->severity > worst)
			worst = g->severity;
		turn_cause(t, g->rule.label, g->severity, issues[n - 1].text);
	}
	*out = (struct guardrail_part){.checked = true,
		.passed = worst < GUARD_CRITICAL,
		.severity = str_of(guard_severity_names[worst]),
		.issues = {issues, n}};
	if (!out->passed)
		turn_route_next(t, STR("escalation"));
	return TURN_NEXT;
}

const struct actor actor_guardrail = {
	.name = "guardrail", .version = 1, .run = guardrail_run};
