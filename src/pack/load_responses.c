/* Compiling responses.yaml. */
#include "pack/load.h"

static unsigned
compile_sentiments(struct loader *l, const struct response_source *s)
{
	unsigned bits = 0;
	items_each(const struct str, name, s->sentiment) {
		unsigned i = 0;
		while (sentiment_names[i] && !str_eq(str_of(sentiment_names[i]), *name))
			i++;
		if (sentiment_names[i])
			bits |= 1u << i;
		else
			load_error(l, s->line,
				"%.*s.sentiment: must be negative, neutral or positive",
				STR_ARG(s->name));
	}
	return bits;
}

static void
compile_response(struct loader *l, const struct json *root, const char *list,
	const struct response_source *s, struct pack_response *out)
{
	*out = (struct pack_response){.rule.name = s->name,
		.tiers = s->tiers,
		.choices = s->choices,
		.tone = s->tone,
		.awaits = s->awaits,
		.confidence = s->confidence};
	out->sentiments = compile_sentiments(l, s);
	load_rule(l, &out->rule, s->when, load_line(root, list, s->line, "when"),
		"%s \"%.*s\".when", list, STR_ARG(s->name));
	load_text(l, s->text, &out->text,
		arena_printf(l->a, "%.*s.text", STR_ARG(s->name)).p);
	struct pack_quick_reply *replies =
		ARENA_ARRAY(l->a, struct pack_quick_reply, s->quick_replies.n + 1);
	out->quick_replies = (struct items){.p = replies};
	items_each(const struct quick_reply_source, q, s->quick_replies) {
		struct pack_quick_reply *reply = &replies[out->quick_replies.n++];
		load_text(l, q->title, &reply->title,
			arena_printf(l->a, "%.*s.quick_replies.title", STR_ARG(s->name))
				.p);
		load_text(l, q->payload, &reply->payload,
			arena_printf(l->a, "%.*s.quick_replies.payload", STR_ARG(s->name))
				.p);
	}
}

static struct items
compile_list(struct loader *l, const struct json *root, const char *list,
	const struct items *from)
{
	struct pack_response *all = ARENA_ARRAY(l->a, struct pack_response, from->n + 1);
	size_t n = 0;
	items_each(const struct response_source, s, *from) {
		for (size_t k = 0; k < n; k++) {
			if (str_eq(all[k].rule.name, s->name))
				load_error(l, s->line, "%s: \"%.*s\" is there twice",
					list, STR_ARG(s->name));
		}
		compile_response(l, root, list, s, &all[n++]);
	}
	return (struct items){all, n};
}

/* A closing says which second wishes it is for; one that names none would answer all alike. */
static void
index_closings(struct loader *l, const struct items *from)
{
	struct pack_response *all = l->pack->closings.p;
	items_each(const struct response_source, s, *from) {
		if (!s->intents.n)
			load_error(l, s->line, "closings: \"%.*s\" names no intents",
				STR_ARG(s->name));
		all++->wishes = load_intents(l, &s->intents, s->line,
			arena_printf(l->a, "%.*s.intents", STR_ARG(s->name)).p);
	}
}

/* The list of each intent, and first of all the one for when no intent is known. */
static void
index_responses(struct loader *l, const struct items *from)
{
	struct pack *p = l->pack;
	struct pack_response *all = p->responses.p;
	p->responses_for = ARENA_ARRAY(l->a, struct items, p->intent_count + 1);
	for (size_t k = 0; k <= p->intent_count; k++)
		p->responses_for[k].p =
			ARENA_ARRAY(l->a, struct pack_response *, p->responses.n + 1);
	size_t i = 0;
	items_each(const struct response_source, s, *from) {
		const bool *is = load_intents(l, &s->intents, s->line,
			arena_printf(l->a, "%.*s.intents", STR_ARG(s->name)).p);
		for (size_t k = 0; k <= p->intent_count; k++) {
			if (!s->intents.n || (k && is[k - 1]))
				((struct pack_response **)p->responses_for[k]
						.p)[p->responses_for[k].n++] = &all[i];
		}
		i++;
	}
	for (size_t k = 1; k <= p->intent_count; k++) {
		if (!p->responses_for[k].n)
			load_warning(l, 0, "nothing is said for the intent \"%.*s\"",
				STR_ARG(p->intents[k - 1]));
	}
}

static void
compile_forms(struct loader *l, const struct json *root, const struct items *from)
{
	struct pack *p = l->pack;
	items_each(const struct forms_source, s, *from) {
		size_t i = 0;
		while (i < p->language_count && !str_eq(p->languages[i], s->language))
			i++;
		const struct json *node = json_path(
			root, arena_printf(l->a, "forms.%.*s", STR_ARG(s->language)));
		int line = node ? node->line : 0;
		if (i == p->language_count) {
			load_error(l, line, "forms: \"%.*s\" is no language of pack.yaml",
				STR_ARG(s->language));
			continue;
		}
		if (s->months.n && s->months.n != 12)
			load_error(l, line, "forms.%.*s.months: must be twelve",
				STR_ARG(s->language));
		p->forms[i] = (struct pack_forms){.months = s->months, .words = s->words};
		if (s->date.n)
			p->forms[i].date = load_template(l, s->date, line, "forms.date");
		if (s->more.n)
			p->forms[i].more = load_template(l, s->more, line, "forms.more");
	}
}

void
load_responses(struct loader *l)
{
	struct responses_source from = {0};
	struct pack *p = l->pack;
	const struct json *root = load_file(
		l, STR("responses.yaml"), true, &responses_source_schema, &from);
	p->responses_for = ARENA_ARRAY(l->a, struct items, p->intent_count + 1);
	if (!root)
		return;
	p->openings = compile_list(l, root, "openings", &from.openings);
	p->closings = compile_list(l, root, "closings", &from.closings);
	index_closings(l, &from.closings);
	p->responses = compile_list(l, root, "responses", &from.responses);
	p->about.responses = p->responses.n;
	index_responses(l, &from.responses);
	const struct response_source *const occasions[PACK_OCCASIONS] = {
		[SAY_HANDOFF] = &from.occasions.handoff,
		[SAY_FALLBACK] = &from.occasions.fallback,
		[SAY_OFFER] = &from.occasions.offer,
		[SAY_VERDICT] = &from.occasions.verdict,
	};
	for (size_t i = 0; i < PACK_OCCASIONS; i++)
		compile_response(l, root, "occasions", occasions[i], &p->occasions[i]);
	compile_forms(l, root, &from.forms);
}
