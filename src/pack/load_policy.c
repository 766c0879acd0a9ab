/* Compiling policy.yaml: routes, decisions, escalations, guardrails. */
#include "pack/load.h"

static void
compile_routes(struct loader *l, const struct policy_source *from)
{
	struct pack_route *routes =
		ARENA_ARRAY(l->a, struct pack_route, from->routes.n + 1);
	l->pack->routes = (struct items){.p = routes};
	items_each(const struct route_source, s, from->routes) {
		load_steps(l, &s->steps, s->line, "routes.steps");
		load_steps(l, &(struct items){(void *)(uintptr_t)&s->on_error, 1},
			s->line, "routes.on_error");
		if (!s->steps.n)
			load_error(l, s->line, "routes: \"%.*s\" has no steps",
				STR_ARG(s->name));
		routes[l->pack->routes.n++] = (struct pack_route){
			s->name, load_place(l, s->line), s->steps, s->on_error};
	}
	if (!pack_route(l->pack, STR("message")))
		load_error(l, 0, "routes: there is no route \"message\"");
	if (!pack_route(l->pack, STR("verdict")))
		load_error(l, 0, "routes: there is no route \"verdict\"");
}

static void
compile_decisions(
	struct loader *l, const struct json *root, const struct policy_source *from)
{
	struct pack_decision *list =
		ARENA_ARRAY(l->a, struct pack_decision, from->decision.n + 1);
	size_t i = 0;
	items_each(const struct decision_source, s, from->decision) {
		struct pack_decision *d = &list[i];
		*d = (struct pack_decision){.rule.name = s->name,
			.route = s->route.n ? s->route : s->name,
			.go = s->go,
			.reason = s->reason,
			.clarify = s->clarify,
			.last = s->last};
		load_rule(l, &d->rule, s->when,
			load_line(root, "decision", s->line, "when"),
			"decision[%zu].when", i);
		load_steps(l, &s->go, load_line(root, "decision", s->line, "go"),
			"decision.go");
		if (!d->rule.when && i + 1 < from->decision.n && s->last)
			load_warning(l, s->line,
				"decision[%zu]: always holds, so no rule after it is ever tried",
				i);
		i++;
	}
	l->pack->policy.decisions = (struct items){list, i};
}

static void
compile_escalations(
	struct loader *l, const struct json *root, const struct policy_source *from)
{
	struct pack_escalation *list =
		ARENA_ARRAY(l->a, struct pack_escalation, from->escalation.n + 1);
	size_t i = 0;
	items_each(const struct escalation_source, s, from->escalation) {
		struct pack_escalation *x = &list[i];
		*x = (struct pack_escalation){
			.rule.name = s->name, .act = s->act, .reason = s->reason};
		load_rule(l, &x->rule, s->when,
			load_line(root, "escalation", s->line, "when"),
			"escalation[%zu].when", i);
		if (!x->rule.when && i + 1 < from->escalation.n)
			load_warning(l, s->line,
				"escalation[%zu]: always holds, so no rule after it is ever tried",
				i);
		i++;
	}
	l->pack->policy.escalations = (struct items){list, i};
}

static void
compile_waits(struct loader *l, const struct policy_source *from)
{
	struct pack_wait *list = ARENA_ARRAY(l->a, struct pack_wait, from->waits.n + 1);
	size_t n = 0;
	items_each(const struct wait_source, s, from->waits) {
		list[n].up_to = s->up_to;
		load_text(l, s->text, &list[n++].text, "waits.text");
	}
	l->pack->policy.waits = (struct items){list, n};
}

static void
compile_guards(
	struct loader *l, const struct json *root, const struct policy_source *from)
{
	struct pack_guard *list =
		ARENA_ARRAY(l->a, struct pack_guard, from->guardrails.n + 1);
	size_t i = 0;
	items_each(const struct guard_source, s, from->guardrails) {
		struct pack_guard *g = &list[i];
		*g = (struct pack_guard){.rule.name = s->name,
			.severity = s->severity,
			.reason = s->reason,
			.looks = s->words.n || s->patterns.n,
			.has_with = s->with.n > 0,
			.has_lacks = s->lacks.n > 0};
		load_rule(l, &g->rule, s->when,
			load_line(root, "guardrails", s->line, "when"),
			"guardrails[%zu].when", i);
		if (!g->rule.when && !g->looks && !g->has_lacks)
			load_error(l, s->line,
				"guardrails[%zu]: has neither words, patterns, lacks nor when",
				i);
		i++;
	}
	l->pack->policy.guards = (struct items){list, i};
	l->pack->guards = guard_words_new(l, from);
}

void
load_policy(struct loader *l)
{
	struct policy_source from = {0};
	const struct json *root =
		load_file(l, STR("policy.yaml"), true, &policy_source_schema, &from);
	if (!root)
		return;
	compile_routes(l, &from);
	compile_decisions(l, root, &from);
	compile_escalations(l, root, &from);
	compile_waits(l, &from);
	compile_guards(l, root, &from);
}
