/*
 * A person, a safe text, the offer of a person, or on with it: the first of the pack's
 * escalation rules that holds decides. It is also the error handler: what failed is in
 * `failure`, what was ahead of it is still ahead.
 */
#include "actor/actors.h"
#include "actor/scope.h"
#include "actor/view.h"

/* And the second, which would decide if the first did not hold. */
static const struct pack_escalation *
first_that_holds(struct turn *t, const struct pack_escalation **second)
{
	const struct pack_escalation *first = NULL;
	struct scope scope;
	scope_init(&scope, t);
	*second = NULL;
	items_each(const struct pack_escalation, x, pack_policy(t->pack)->escalations) {
		if (!scope_test(&scope, &x->rule))
			continue;
		if (first) {
			*second = x;
			break;
		}
		first = x;
		scope.quiet = true;
	}
	return first;
}

static struct str
estimated_wait(struct turn *t, int64_t position)
{
	items_each(const struct pack_wait, w, pack_policy(t->pack)->waits) {
		if (!w->up_to || position <= w->up_to)
			return view_render(t, &w->text, "wait", view_new(t));
	}
	return (struct str){0};
}

static void
say(struct turn *t, enum pack_occasion occasion)
{
	struct escalation_part *out = &t->doc.escalation;
	const struct pack_response *r = pack_say(t->pack, occasion);
	struct json *view = view_for_text(t);
	json_set(view, STR("reference"), json_new_str(t->arena, out->reference));
	json_set(
		view, STR("queue_position"), json_new_int(t->arena, out->queue_position));
	json_set(
		view, STR("estimated_wait"), json_new_str(t->arena, out->estimated_wait));
	out->text = view_render(t, &r->text, "escalation", view);
	view_quick_replies(t, r, view, &out->quick_replies);
	view_await(t, r, &out->quick_replies);
}

static enum turn_step
hand_over(struct turn *t)
{
	struct escalation_part *out = &t->doc.escalation;
	const struct question q = {.kind = QUESTION_QUEUE};
	const struct answer *waiting = turn_ask(t, "queue", &q);
	if (!waiting)
		return TURN_WAIT;
	out->handoff = true;
	out->queue_position = waiting->count + 1;
	out->estimated_wait = estimated_wait(t, out->queue_position);
	t->dialogue.failures = 0;
	t->dialogue.clarifications = 0;
	say(t, SAY_HANDOFF);
	return TURN_NEXT;
}

static enum turn_step
fall_back(struct turn *t)
{
	const struct str rest = STR("aggregation");
	t->dialogue.failures++;
	say(t, SAY_FALLBACK);
	turn_route(t, &rest, 1);
	return TURN_NEXT;
}

static enum turn_step
escalation_run(struct turn *t)
{
	static const char *const outcomes[] = {[ESCALATION_CONTINUE] = "continue",
		[ESCALATION_HANDOFF] = "handoff",
		[ESCALATION_FALLBACK] = "fallback",
		[ESCALATION_OFFER] = "offer"};
	struct escalation_part *out = &t->doc.escalation;
	const char *failed = NULL;
	struct str failure = turn_failure(t, &failed);
	const struct pack_escalation *second, *x = first_that_holds(t, &second);
	/* A failure that no rule knows is still not answered with silence. */
	int act = x ? x->act : failure.n ? ESCALATION_FALLBACK : ESCALATION_CONTINUE;
	*out = (struct escalation_part){.outcome = str_of(outcomes[act]),
		.rule = x ? x->rule.name : (struct str){0},
		.reason = x ? x->reason : failure,
		.reference = view_reference(t)};
	turn_cause(t, x ? x->rule.label : STR("no rule"), 0,
		failure.n ? arena_printf(t->arena, "%s: %s failed: %.*s", outcomes[act],
				    failed, STR_ARG(failure))
			  : out->outcome);
	if (second)
		turn_second(t, second->rule.label, 0, LOST_BY_ORDER);
	switch ((enum escalation_act)act) {
	case ESCALATION_CONTINUE:
		return TURN_NEXT;
	case ESCALATION_HANDOFF:
		return hand_over(t);
	case ESCALATION_FALLBACK:
		return fall_back(t);
	case ESCALATION_OFFER:
		say(t, SAY_OFFER);
		return TURN_NEXT;
	}
	return TURN_NEXT;
}

const struct actor actor_escalation = {
	.name = "escalation", .version = 1, .run = escalation_run};
