/* Compiling context.yaml. */
#include "pack/load.h"

static bool
source_known(const struct loader *l, struct str name)
{
	items_each(const struct pack_source, s, l->pack->context.sources) {
		if (str_eq(s->name, name))
			return true;
	}
	return false;
}

static void
compile_sources(
	struct loader *l, const struct json *root, const struct context_source *from)
{
	struct pack_context *to = &l->pack->context;
	struct pack_source *list =
		ARENA_ARRAY(l->a, struct pack_source, from->sources.n + 1);
	to->sources = (struct items){.p = list};
	items_each(const struct lookup_source, s, from->sources) {
		size_t i = to->sources.n;
		if (source_known(l, s->name))
			load_error(l, s->line,
				"sources[%zu].name: \"%.*s\" is there twice", i,
				STR_ARG(s->name));
		struct pack_source *out = &list[i];
		*out = (struct pack_source){.rule.name = s->name,
			.name = s->name,
			.cache_ms = s->cache,
			.timeout_ms = s->timeout,
			.retries = s->retries,
			.keep = s->keep,
			.personal = s->personal};
		load_rule(l, &out->rule, s->when,
			load_line(root, "sources", s->line, "when"), "sources[%zu].when",
			i);
		out->url = load_url(
			l, s->url, load_line(root, "sources", s->line, "url"), "url");
		out->of_record = blank_names(out->url, STR("record"));
		to->sources.n++;
	}
	l->pack->about.sources = to->sources.n;
}

/* An intent that points back; empty: the pack has none. */
static struct str
refer(struct loader *l, const struct json *root, struct str name, const char *what)
{
	const struct json *node = json_get(root, STR("refers"));
	if (name.n && pack_intent(l->pack, name) < 0)
		load_error(l, node ? node->line : 0, "refers.%s: unknown intent \"%.*s\"",
			what, STR_ARG(name));
	return name;
}

static void
compile_record(
	struct loader *l, const struct json *root, const struct record_source *from)
{
	const struct json *node = json_get(root, STR("record"));
	int line = node ? node->line : 0;
	l->pack->context.record = (struct pack_record){.source = from->source,
		.id = from->id,
		.list_source = from->list_source,
		.also = from->also,
		.list_path = from->list_path,
		.words = from->words,
		.owner_email = from->owner_email,
		.owner_id = from->owner_id};
	if (!node)
		return;
	if (!from->id.n)
		load_error(l, line, "record.id: is missing");
	if (from->source.n && !source_known(l, from->source))
		load_error(l, line, "record.source: there is no source \"%.*s\"",
			STR_ARG(from->source));
	if (from->list_source.n && !source_known(l, from->list_source))
		load_error(l, line, "record.list_source: there is no source \"%.*s\"",
			STR_ARG(from->list_source));
	if (!from->owner_email.n && !from->owner_id.n)
		load_error(l, line,
			"record: neither owner_email nor owner_id says whose it is");
	load_text(l, from->title, &l->pack->context.record.title, "record.title");
}

static void
compile_picks(
	struct loader *l, const struct json *root, const struct context_source *from)
{
	size_t intents = l->pack->intent_count;
	const struct pack_pick **by_intent =
		ARENA_ARRAY(l->a, const struct pack_pick *, intents + 1);
	size_t i = 0;
	items_each(const struct pick_source, s, from->picks) {
		struct pack_pick *pick = ARENA_NEW(l->a, struct pack_pick);
		pick->rule.name = STR("pick");
		pick->required = s->required;
		load_rule(l, &pick->rule, s->when,
			load_line(root, "picks", s->line, "when"), "picks[%zu].when",
			i++);
		const bool *is = load_intents(l, &s->intents,
			load_line(root, "picks", s->line, "intents"), "picks.intents");
		for (size_t k = 0; k < intents; k++) {
			if (is[k])
				by_intent[k] = pick;
		}
	}
	l->pack->context.picks = by_intent;
}

static void
compile_risks(
	struct loader *l, const struct json *root, const struct context_source *from)
{
	struct pack_rule *risks = ARENA_ARRAY(l->a, struct pack_rule, from->risks.n + 1);
	size_t i = 0;
	items_each(const struct risk_source, s, from->risks) {
		risks[i].name = s->name;
		load_rule(l, &risks[i], s->when,
			load_line(root, "risks", s->line, "when"), "risks[%zu].when", i);
		i++;
	}
	l->pack->context.risks = (struct items){risks, i};
}

void
load_context(struct loader *l)
{
	struct context_source from = {0};
	const struct json *root =
		load_file(l, STR("context.yaml"), false, &context_source_schema, &from);
	struct pack_context *to = &l->pack->context;
	compile_sources(l, root, &from);
	compile_record(l, root, &from.record);
	to->yes = refer(l, root, from.refers.yes, "yes");
	to->other = refer(l, root, from.refers.other, "other");
	to->same = refer(l, root, from.refers.same, "same");
	compile_picks(l, root, &from);
	compile_risks(l, root, &from);
	const struct json *knowledge = json_get(root, STR("knowledge"));
	to->knowledge = load_intents(
		l, &from.knowledge, knowledge ? knowledge->line : 0, "knowledge");
	to->knowledge_score = from.knowledge_score;
	to->summary = (struct pack_summary){from.summary.customer_id, from.summary.name,
		from.summary.email, from.summary.tier, from.summary.account_status,
		from.summary.orders, from.summary.order_date, from.summary.order_amount,
		from.summary.history, from.summary.history_type, from.summary.complaint,
		from.summary.history_date};
	struct pack_show *shows = ARENA_ARRAY(l->a, struct pack_show, from.shows.n + 1);
	l->pack->shows = (struct items){.p = shows};
	items_each(const struct show_source, s, from.shows)
		shows[l->pack->shows.n++] =
			(struct pack_show){s->object, s->member, s->from, s->as, s->with};
}
