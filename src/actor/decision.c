/* Where the message goes: the pack's decision rules in order. All that hold add up until
 * one is the last. */
#include "actor/actors.h"
#include "actor/scope.h"

static struct str
join(struct turn *t, struct str a, struct str b)
{
	return a.n && b.n ? ARENA_JOIN(t->arena, a, STR("+"), b) : a.n ? a : b;
}

/* The next that holds would have decided if this one did not hold: it is asked with what was decided before. */
static void
note_second(struct turn *t, struct scope *scope, const struct pack_decision *last,
	const struct decision_part *before)
{
	const struct decision_part decided = t->doc.decision;
	const struct items *rules = &pack_policy(t->pack)->decisions;
	const struct pack_decision *end =
		(const struct pack_decision *)rules->p + rules->n;
	const struct pack_decision *d = last + 1;
	t->doc.decision = *before;
	scope->quiet = true;
	while (d < end && !scope_test(scope, &d->rule))
		d++;
	t->doc.decision = decided;
	if (d < end)
		turn_second(t, d->rule.label, t->doc.intent.confidence, LOST_BY_ORDER);
}

static enum turn_step
decision_run(struct turn *t)
{
	struct decision_part *out = &t->doc.decision;
	const struct str silent = STR("aggregation");
	if (t->human_owns) {
		out->route = STR("silent");
		turn_route(t, &silent, 1);
		turn_cause(t, STR("a person owns the conversation"), 0, (struct str){0});
		return TURN_NEXT;
	}
	struct scope scope;
	scope_init(&scope, t);
	items_each(const struct pack_decision, d, pack_policy(t->pack)->decisions) {
		if (!scope_test(&scope, &d->rule))
			continue;
		const struct decision_part before = *out;
		out->rule = join(t, out->rule, d->rule.name);
		out->route = join(t, out->route, d->route);
		out->clarify = out->clarify || d->clarify;
		if (!out->reason.n)
			out->reason = d->reason;
		if (d->go.n)
			turn_route(t, d->go.p, d->go.n);
		turn_cause(t, d->rule.label, t->doc.intent.confidence, d->reason);
		if (d->last) {
			note_second(t, &scope, d, &before);
			break;
		}
	}
	return TURN_NEXT;
}

const struct actor actor_decision = {
	.name = "decision", .version = 1, .run = decision_run};
