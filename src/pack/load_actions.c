/* Compiling actions.yaml. */
#include "pack/load.h"

static void
compile_limit(struct loader *l, const struct limit_source *s, struct pack_limits *out)
{
	out->name = s->name;
	size_t n = s->tiers && s->tiers->type == JSON_OBJECT ? s->tiers->count : 0;
	struct pack_limit *tiers = ARENA_ARRAY(l->a, struct pack_limit, n + 1);
	out->tiers = (struct items){.p = tiers};
	if (!n)
		load_error(l, s->line,
			"limits: \"%.*s\" needs an amount for at least one tier",
			STR_ARG(s->name));
	else
		json_each(v, s->tiers) {
			double amount = json_double(v, -1);
			if (amount < 0)
				load_error(l, v->line,
					"limits: %.*s.%.*s: must be a number, 0 or more",
					STR_ARG(s->name), STR_ARG(v->key));
			tiers[out->tiers.n++] = (struct pack_limit){v->key, amount};
		}
}

static const struct pack_limits *
find_limit(struct loader *l, struct str name, int line, size_t i)
{
	if (!name.n)
		return NULL;
	items_each(const struct pack_limits, limit, l->pack->limits) {
		if (str_eq(limit->name, name))
			return limit;
	}
	load_error(l, line, "actions[%zu].limit: there is no limit \"%.*s\"", i,
		STR_ARG(name));
	return NULL;
}

static void
check_action(struct loader *l, const struct action_source *s, size_t i)
{
	static const char *const methods[] = {
		"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
	size_t m = 0;
	while (methods[m] && !str_eq(str_of(methods[m]), s->method))
		m++;
	if (!methods[m])
		load_error(l, s->line,
			"actions[%zu].method: must be GET, POST, PUT, PATCH or DELETE",
			i);
	if (s->limit.n && !s->amount.n)
		load_error(l, s->line, "actions[%zu].limit: needs an `amount` to compare",
			i);
	if (!s->quiet && s->intents.n && !s->say.done)
		load_error(l, s->line,
			"actions[%zu].say.done: is missing; a quiet action says so with quiet: true",
			i);
	if (m > 0 && !s->idempotent)
		load_warning(l, s->line,
			"actions[%zu].idempotent: is not set; after a crash or a time-out nobody knows "
			"whether \"%.*s\" happened, and a person has to look",
			i, STR_ARG(s->name));
	for (size_t k = 0; k < l->pack->actions.n; k++) {
		if (str_eq(((struct pack_action *)l->pack->actions.p)[k].rule.name,
			    s->name))
			load_error(l, s->line,
				"actions[%zu].name: \"%.*s\" is there twice", i,
				STR_ARG(s->name));
	}
}

static void
compile_says(struct loader *l, const struct say_source *say, struct pack_action *out)
{
	load_text(l, say->done, &out->done, "say.done");
	load_text(l, say->pending, &out->pending, "say.pending");
	load_text(l, say->failed, &out->failed, "say.failed");
	load_text(l, say->refused, &out->refused, "say.refused");
	load_text(l, say->rejected, &out->rejected, "say.rejected");
}

static void
compile_action(struct loader *l, const struct json *root, const struct action_source *s,
	size_t i)
{
	struct pack_action *out = &((struct pack_action *)l->pack->actions.p)[i];
	check_action(l, s, i);
	*out = (struct pack_action){.method = s->method,
		.timeout_ms = s->timeout,
		.idempotent = s->idempotent,
		.restricted = s->restricted,
		.needs_verified = s->needs_verified,
		.needs_record = s->needs_record,
		.quiet = s->quiet,
		.amount = s->amount};
	out->rule.name = out->fits.name = out->approval.name = s->name;
	load_rule(l, &out->rule, s->when, load_line(root, "actions", s->line, "when"),
		"actions[%zu].when", i);
	load_rule(l, &out->fits, s->fits, load_line(root, "actions", s->line, "fits"),
		"actions[%zu].fits", i);
	load_rule(l, &out->approval, s->approval,
		load_line(root, "actions", s->line, "approval"), "actions[%zu].approval",
		i);
	out->url = load_url(l, s->url, load_line(root, "actions", s->line, "url"), "url");
	out->body = load_body(l, s->body, s->line, "body");
	out->limits = find_limit(l, s->limit, s->line, i);
	compile_says(l, &s->say, out);
	const bool *is = load_intents(l, &s->intents,
		load_line(root, "actions", s->line, "intents"), "actions.intents");
	for (size_t k = 0; k < l->pack->intent_count; k++) {
		if (is[k])
			((struct pack_action **)l->pack->actions_for[k]
					.p)[l->pack->actions_for[k].n++] = out;
	}
	l->pack->actions.n++;
}

void
load_actions(struct loader *l)
{
	struct pack *p = l->pack;
	struct actions_source from = {.per_message = 5};
	const struct json *root =
		load_file(l, STR("actions.yaml"), false, &actions_source_schema, &from);
	const struct json *restricted = json_get(root, STR("restricted"));
	p->policy.actions_per_message = from.per_message;
	p->policy.restricted.name = STR("restricted");
	load_rule(l, &p->policy.restricted, from.restricted,
		restricted ? restricted->line : 0, "restricted");
	struct pack_limits *limits =
		ARENA_ARRAY(l->a, struct pack_limits, from.limits.n + 1);
	p->limits = (struct items){.p = limits};
	items_each(const struct limit_source, s, from.limits)
		compile_limit(l, s, &limits[p->limits.n++]);
	p->actions = (struct items){
		.p = ARENA_ARRAY(l->a, struct pack_action, from.actions.n + 1)};
	p->actions_for = ARENA_ARRAY(l->a, struct items, p->intent_count + 1);
	for (size_t k = 0; k < p->intent_count; k++)
		p->actions_for[k].p =
			ARENA_ARRAY(l->a, struct pack_action *, from.actions.n + 1);
	size_t i = 0;
	items_each(const struct action_source, s, from.actions)
		compile_action(l, root, s, i++);
	p->about.actions = p->actions.n;
}
