/* What a compiled pack answers. */
#include "pack/load.h"

struct str
pack_bundle(const struct pack *p)
{
	return p->bundle;
}

struct str
pack_hash(const struct pack *p)
{
	return p->hash;
}

const struct pack_about *
pack_about(const struct pack *p)
{
	return &p->about;
}

size_t
pack_language(const struct pack *p, struct str code)
{
	for (size_t i = 0; i < p->language_count; i++) {
		struct str own = p->languages[i];
		if (str_starts(code, own) &&
			(code.n == own.n || code.p[own.n] == '-' || code.p[own.n] == '_'))
			return i;
	}
	return 0;
}

int
pack_guess_language(const struct pack *p, const struct tokens *t)
{
	size_t votes[PACK_LANGUAGES_MAX] = {0};
	for (size_t i = 0; i < t->n; i++) {
		uintptr_t index = (uintptr_t)map_get(&p->marks, t->p[i].norm);
		if (index)
			votes[index - 1]++;
	}
	size_t best = 0;
	bool tie = true;
	for (size_t i = 0; i < p->language_count; i++) {
		if (votes[i] > votes[best] || (i == 0 && votes[0])) {
			best = i;
			tie = false;
		} else if (i != best && votes[i] == votes[best]) {
			tie = true;
		}
	}
	return tie || !votes[best] ? -1 : (int)best;
}

const struct pack_variants *
pack_text_in(const struct pack_text *text, size_t language)
{
	return language < PACK_LANGUAGES_MAX && text->in[language].n ? &text->in[language]
								     : &text->in[0];
}

const struct train_row *
pack_examples(const struct pack *p, size_t *count)
{
	*count = p->example_count;
	return p->examples;
}

const struct pack_nlu *
pack_nlu(const struct pack *p)
{
	return &p->nlu;
}

int
pack_intent(const struct pack *p, struct str name)
{
	return (int)(uintptr_t)map_get(&p->intent_index, name) - 1;
}

const struct pack_route *
pack_route(const struct pack *p, struct str name)
{
	items_each(const struct pack_route, r, p->routes) {
		if (str_eq(r->name, name))
			return r;
	}
	return NULL;
}

const struct pack_policy *
pack_policy(const struct pack *p)
{
	return &p->policy;
}

double
pack_limit(const struct pack_limits *l, struct str tier)
{
	items_each(const struct pack_limit, t, l->tiers) {
		if (str_eq(t->tier, tier))
			return t->amount;
	}
	return ((const struct pack_limit *)l->tiers.p)->amount;
}

const struct pack_context *
pack_context(const struct pack *p)
{
	return &p->context;
}

const struct items *
pack_shows(const struct pack *p)
{
	return &p->shows;
}

const struct pack_forms *
pack_forms(const struct pack *p, size_t language)
{
	return &p->forms[language < p->language_count ? language : 0];
}

const struct json *
pack_variables(const struct pack *p)
{
	return p->variables;
}

const struct pack_action *
pack_action(const struct pack *p, struct str name)
{
	items_each(const struct pack_action, a, p->actions) {
		if (str_eq(a->rule.name, name))
			return a;
	}
	return NULL;
}

const struct items *
pack_actions_for(const struct pack *p, int intent)
{
	static const struct items none = {0};
	return intent >= 0 ? &p->actions_for[intent] : &none;
}

const struct items *
pack_responses_for(const struct pack *p, int intent)
{
	return &p->responses_for[intent + 1];
}

const struct items *
pack_openings(const struct pack *p)
{
	return &p->openings;
}

const struct items *
pack_closings(const struct pack *p)
{
	return &p->closings;
}

const struct pack_response *
pack_say(const struct pack *p, enum pack_occasion occasion)
{
	return &p->occasions[occasion];
}
