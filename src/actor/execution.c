/*
 * Actions. Which ones a message starts is in the pack; whether one is carried out is
 * decided here, each time, by its limits: it must fit the record as it is now, restricted
 * ones need the pack's rule and amounts the tier's limit, else a person decides. A
 * verdict's turn goes the same way with the action that was frozen, and its approval in
 * hand.
 *
 * Actions run one after the other: what an earlier one changed is known to the next. An
 * effect's key is the action's name, so that no action happens twice in a turn.
 */
#include "actor/actors.h"
#include "actor/record.h"
#include "actor/scope.h"
#include "actor/view.h"

enum { ACTION_WAITING, ACTION_SETTLED };

struct acting {
	struct turn *t;
	struct scope scope;
	const struct pack_action *action;
	struct action_part part;
};

static void
settle(struct acting *x, const char *status, const char *reason)
{
	x->part.status = str_of(status);
	if (reason)
		x->part.reason = str_of(reason);
}

/* ---- may it be done ---- */

/* Reads the record again: rules look at what is, not at what was. False: the question is
 * open. */
static bool
record_is_fresh(struct acting *x)
{
	struct turn *t = x->t;
	struct context_part *c = &t->doc.context;
	const struct json *record = NULL;
	if (!x->action->needs_record || str_eq(x->action->method, STR("GET")) ||
		t->verdict)
		return true;
	if (!record_refresh(t, c->record_id, &record))
		return false;
	c->record = record ? json_copy(t->arena, record) : NULL;
	scope_set(&x->scope, VAR_RECORD, c->record);
	return true;
}

static void
read_amount(struct acting *x, const struct json *view)
{
	if (x->action->amount.n)
		x->part.amount = json_double(json_path(view, x->action->amount), 0);
}

/* Why the action cannot be done at all; NULL when it can. */
static const char *
refusal(struct acting *x)
{
	const struct pack_action *a = x->action;
	const struct context_part *c = &x->t->doc.context;
	if (a->needs_verified && !c->verified)
		return "not_verified";
	if (a->needs_record && !c->record)
		return c->unavailable.n ? ACTION_UNREACHED : "no_record";
	if (!scope_test(&x->scope, &a->fits))
		return "does_not_fit";
	if (a->amount.n && x->part.amount <= 0)
		return "no_amount";
	return NULL;
}

/* Why a person has to decide; NULL when nobody has to. */
static const char *
needs_approval(struct acting *x)
{
	const struct pack_action *a = x->action;
	if (a->restricted && !scope_test(&x->scope, &pack_policy(x->t->pack)->restricted))
		return "restricted";
	if (a->limits && x->part.amount > pack_limit(a->limits, x->t->doc.context.tier))
		return "over_limit";
	if (a->approval.when && scope_test(&x->scope, &a->approval))
		return "approval_rule";
	return NULL;
}

/* ---- holding it for a person ---- */

static void
freeze_str(struct turn *t, struct json *o, struct str key, struct str value)
{
	json_set(o, key, json_new_str(t->arena, value));
}

static struct json *
freeze(struct acting *x)
{
	struct turn *t = x->t;
	const struct context_part *c = &t->doc.context;
	struct json *o = json_new_object(t->arena);
	freeze_str(t, o, STR("action"), x->part.name);
	json_set(o, STR("amount"), json_new_double(t->arena, x->part.amount));
	freeze_str(t, o, STR("record_id"), c->record_id);
	freeze_str(t, o, STR("customer_id"), c->customer_id);
	freeze_str(t, o, STR("email"), c->email);
	freeze_str(t, o, STR("name"), c->name);
	freeze_str(t, o, STR("tier"), c->tier);
	freeze_str(t, o, STR("verified_by"), c->verified_by);
	freeze_str(t, o, STR("intent"), t->doc.intent.name);
	freeze_str(t, o, STR("message"), t->text);
	return o;
}

static void
propose(struct acting *x, const char *reason)
{
	struct turn *t = x->t;
	struct str mark = arena_printf(t->arena, "%.*s %.*s", STR_ARG(x->part.name),
		STR_ARG(t->doc.context.record_id));
	settle(x, "pending", reason);
	if (str_eq(mark, t->dialogue.pending))
		return; /* the same wish again: it already waits */
	x->part.approval = turn_propose(t, x->part.name, freeze(x), x->part.reason);
	t->dialogue.pending = mark;
}

/* ---- doing it ---- */

static void
settle_by_answer(struct acting *x, const struct answer *a)
{
	switch (a->status) {
	case ANSWER_OK:
		settle(x, "done", NULL);
		break;
	case ANSWER_REFUSED:
		settle(x, a->http >= 500 || a->http == 429 ? "failed" : "refused",
			"provider");
		break;
	case ANSWER_FAILED:
	case ANSWER_TIMED_OUT:
		settle(x, "failed", "no_answer");
		break;
	case ANSWER_UNCERTAIN:
		settle(x, "uncertain", "no_answer");
		break;
	case ANSWER_WITHHELD:
		settle(x, "withheld", NULL);
		break;
	}
	x->part.result = a->json;
}

static int
carry_out(struct acting *x, const struct json *view)
{
	struct turn *t = x->t;
	const struct pack_action *a = x->action;
	bool reads = str_eq(a->method, STR("GET"));
	struct question q = {.kind = reads ? QUESTION_READ : QUESTION_EFFECT,
		.method = a->method,
		.url = pack_fill_url(a->url, t->arena, view),
		.body = pack_fill_body(a->body, t->arena, view),
		.timeout_ms = a->timeout_ms,
		.idempotent = a->idempotent,
		.action = x->part.name};
	if (!q.url.n) {
		settle(x, "refused", "incomplete");
		return ACTION_SETTLED;
	}
	const struct answer *answer =
		turn_ask(t, arena_printf(t->arena, "%.*s", STR_ARG(x->part.name)).p, &q);
	if (!answer)
		return ACTION_WAITING;
	settle_by_answer(x, answer);
	if (!reads && answer->status != ANSWER_WITHHELD)
		t->dialogue.acted_at = t->now.ms;
	return ACTION_SETTLED;
}

/* The view of the action's own URL, body and amount. */
static struct json *
acting_view(struct acting *x)
{
	struct json *view = view_new(x->t);
	read_amount(x, view);
	view_set_action(x->t, view, &x->part, false);
	return view;
}

static int
act(struct acting *x)
{
	struct turn *t = x->t;
	if (!record_is_fresh(x))
		return ACTION_WAITING;
	struct json *view = acting_view(x);
	scope_set(&x->scope, VAR_ACTION, &x->part);
	const char *no = refusal(x), *hold = no || t->verdict ? NULL : needs_approval(x);
	if (no && str_eq(str_of(no), STR(ACTION_UNREACHED))) {
		settle(x, "failed", no);
		t->doc.context.record_state = STR("unavailable");
	} else if (no) {
		settle(x, "refused", no);
	} else if (hold) {
		propose(x, hold);
	} else if (carry_out(x, view) == ACTION_WAITING) {
		return ACTION_WAITING;
	}
	turn_cause(t, x->action->rule.label, x->part.amount,
		str_trim(ARENA_JOIN(t->arena, x->part.status, STR(" "), x->part.reason)));
	return ACTION_SETTLED;
}

static void
begin(struct acting *x, struct turn *t, const struct pack_action *a)
{
	x->action = a;
	x->part = (struct action_part){.name = a->rule.name, .tier = t->doc.context.tier};
}

static void
count(struct execution_part *out, const struct action_part *a)
{
	out->done += str_eq(a->status, STR("done"));
	out->pending += str_eq(a->status, STR("pending"));
	out->refused +=
		str_eq(a->status, STR("refused")) || str_eq(a->status, STR("rejected"));
	out->failed +=
		str_eq(a->status, STR("failed")) || str_eq(a->status, STR("uncertain"));
}

/* What the message lacks is asked for by the response, so that an action that cannot
 * begin yet is not refused. */
static bool
can_begin(const struct turn *t, const struct pack_action *a)
{
	const struct context_part *c = &t->doc.context;
	if (a->needs_verified && !c->verified)
		return false;
	return !a->needs_record || c->record;
}

static enum turn_step
run_inferred(struct turn *t, struct acting *x)
{
	const struct items *candidates =
		pack_actions_for(t->pack, pack_intent(t->pack, t->doc.intent.name));
	struct execution_part *out = &t->doc.execution;
	struct action_part *list =
		ARENA_ARRAY(t->arena, struct action_part, candidates->n + 1);
	out->actions = (struct items){.p = list};
	for (size_t i = 0; i < candidates->n; i++) {
		const struct pack_action *a =
			((const struct pack_action *const *)candidates->p)[i];
		if (!can_begin(t, a) || !scope_test(&x->scope, &a->rule))
			continue;
		if ((int64_t)out->actions.n ==
			pack_policy(t->pack)->actions_per_message) {
			turn_cause(t, a->rule.label, 0,
				STR("left out: the message has all the actions it may"));
			break;
		}
		begin(x, t, a);
		if (act(x) == ACTION_WAITING)
			return TURN_WAIT;
		list[out->actions.n++] = x->part;
		count(out, &x->part);
	}
	return TURN_NEXT;
}

/* ---- a verdict ---- */

/* More than what was approved, or an action the pack no longer has, is not covered by the
 * approval. */
static enum turn_step
run_verdict(struct turn *t, struct acting *x)
{
	struct execution_part *out = &t->doc.execution;
	const struct json *frozen = t->verdict->action;
	struct str name = json_str(json_get(frozen, STR("action")), (struct str){0});
	const struct pack_action *a = pack_action(t->pack, name);
	static const struct pack_action gone = {0};
	begin(x, t, a ? a : &gone);
	x->part.name = name;
	x->part.approval = t->verdict->approval;
	x->part.amount = json_double(json_get(frozen, STR("amount")), 0);
	t->dialogue.pending = (struct str){0};
	double approved = x->part.amount;
	if (a && t->verdict->approved)
		acting_view(x);
	if (!t->verdict->approved)
		settle(x, "rejected", "by_a_person");
	else if (!a)
		settle(x, "refused", "no_such_action");
	else if (x->part.amount > approved)
		settle(x, "refused", "more_than_approved");
	else if (act(x) == ACTION_WAITING)
		return TURN_WAIT;
	turn_cause(t, STR("verdict"), approved,
		arena_printf(t->arena, "%s by %.*s: %.*s",
			t->verdict->approved ? "approved" : "rejected",
			STR_ARG(t->verdict->by), STR_ARG(x->part.status)));
	struct action_part *one = ARENA_NEW(t->arena, struct action_part);
	*one = x->part;
	out->actions = (struct items){one, 1};
	count(out, one);
	return TURN_NEXT;
}

static enum turn_step
execution_run(struct turn *t)
{
	struct acting x = {.t = t};
	scope_init(&x.scope, t);
	return t->verdict ? run_verdict(t, &x) : run_inferred(t, &x);
}

const struct actor actor_execution = {
	.name = "execution", .version = 1, .run = execution_run};
