#include "text/intent_evidence.h"

#include "base/limits.h"
#include "base/memo.h"
#include "text/model.h"

static const struct field rule_fields[] = {
	FIELD(struct intent_rule, intent, SCHEMA_STR, .required = true, .min = 1,
		.max = 100, .doc = "intent that it speaks for"),
	FIELD(struct intent_rule, name, SCHEMA_STR, .max = 100,
		.doc = "said in causes; the words that matched when absent"),
	FIELD(struct intent_rule, any, SCHEMA_STRS,
		.doc = "one of these words or phrases occurs"),
	FIELD(struct intent_rule, all, SCHEMA_STRS, .doc = "all of these occur"),
	FIELD(struct intent_rule, without, SCHEMA_STRS, .doc = "none of these occurs"),
	FIELD(struct intent_rule, patterns, SCHEMA_STRS,
		.doc = "one of these regular expressions matches the normal form"),
	FIELD(struct intent_rule, weight, SCHEMA_DOUBLE, .required = true, .min = 0,
		.max = 1, .doc = "confidence that the rule gives alone"),
	FIELD(struct intent_rule, decides, SCHEMA_BOOL,
		.doc = "wins over the trained model"),
};
static const struct schema rule_schema = SCHEMA(
	"intent_rule", struct intent_rule, rule_fields, "words that speak for an intent");

static const struct field source_fields[] = {
	FIELD(struct intent_source, rules, SCHEMA_LIST, .of = &rule_schema,
		.max = INTENT_RULES_MAX, .doc = "keyword rules"),
	FIELD(struct intent_source, fallback, SCHEMA_STR,
		.fallback = "\"general_inquiry\"",
		.doc = "the intent when nothing is known"),
	FIELD(struct intent_source, fallback_confidence, SCHEMA_DOUBLE, .min = 0,
		.max = 1, .fallback = "0.3", .doc = "its confidence then"),
	FIELD(struct intent_source, rules_lead, SCHEMA_BOOL,
		.doc = "a rule that is sure wins over the trained model"),
	FIELD(struct intent_source, greetings, SCHEMA_STRS,
		.doc = "intents of hello and goodbye: they never outrank what else is said"),
	FIELD(struct intent_source, thanks, SCHEMA_STRS,
		.doc = "intents of thanks and praise: they never outrank what is wanted"),
};
const struct schema intent_source_schema = SCHEMA(
	"intents", struct intent_source, source_fields, "keyword rules for intents");

static uint32_t
classifier_name(struct intent_classifier *c, struct str name)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (str_eq(c->names[i], name))
			return (uint32_t)i;
	c->names[c->name_count] = arena_str(&c->arena, name);
	return (uint32_t)c->name_count++;
}

static uint32_t
classifier_terms(struct intent_classifier *c, const struct items *words, uint32_t **out)
{
	uint32_t n = 0;
	*out = ARENA_ARRAY(&c->arena, uint32_t, words->n + 1);
	items_each(const struct str, word, *words) {
		uint32_t id = terms_add(&c->terms, *word);
		if (id != TERM_NONE)
			(*out)[n++] = id;
	}
	return n;
}

static void
classifier_rule(
	struct intent_classifier *c, const struct intent_rule *in, uint32_t *patterns)
{
	struct rule *r = &c->rules[c->rule_count++];
	*r = (struct rule){
		.intent = classifier_name(c, in->intent),
		.name = arena_str(&c->arena, in->name),
		.weight = in->weight,
		.decides = in->decides,
		.pattern_from = *patterns,
	};
	*patterns += (uint32_t)in->patterns.n;
	r->pattern_to = *patterns;
	r->any_count = classifier_terms(c, &in->any, &r->any);
	r->all_count = classifier_terms(c, &in->all, &r->all);
	r->without_count = classifier_terms(c, &in->without, &r->without);
}

static void
classifier_speakers(struct intent_classifier *c)
{
	c->speaks_for = arena_alloc(&c->arena, (c->terms.n + 1) * sizeof(*c->speaks_for));
	memset(c->speaks_for, 0xff, (c->terms.n + 1) * sizeof(*c->speaks_for));
	for (size_t i = 0; i < c->rule_count; i++) {
		const struct rule *r = &c->rules[i];
		for (uint32_t j = 0; j < r->any_count; j++) {
			uint32_t *of = &c->speaks_for[r->any[j]];
			*of = *of == SPEAKS_FOR_NONE || *of == r->intent
				? r->intent
				: SPEAKS_FOR_MANY;
		}
	}
}

/* The terms without one of which the rule cannot fire. None: its patterns wake it. */
static const uint32_t *
rule_wakers(const struct rule *r, uint32_t *n)
{
	*n = r->any_count ? r->any_count : r->all_count ? 1 : 0;
	return r->any_count ? r->any : r->all;
}

static void
classifier_wakers(struct intent_classifier *c, uint32_t patterns)
{
	uint32_t *from = ARENA_ARRAY(&c->arena, uint32_t, c->terms.n + 2), n;
	c->pattern_rule = ARENA_ARRAY(&c->arena, uint32_t, patterns + 1);
	for (uint32_t i = 0; i < c->rule_count; i++) {
		const struct rule *r = &c->rules[i];
		const uint32_t *term = rule_wakers(r, &n);
		for (uint32_t j = 0; j < n; j++)
			from[term[j] + 2]++;
		for (uint32_t j = r->pattern_from; j < r->pattern_to; j++)
			c->pattern_rule[j] = i;
	}
	for (size_t i = 2; i <= c->terms.n + 1; i++)
		from[i] += from[i - 1];
	c->rule_woken = ARENA_ARRAY(&c->arena, uint32_t, from[c->terms.n + 1] + 1);
	/* Filling moves each start, which stands one place too far, to where it belongs.
	 */
	for (uint32_t i = 0; i < c->rule_count; i++) {
		const uint32_t *term = rule_wakers(&c->rules[i], &n);
		for (uint32_t j = 0; j < n; j++)
			c->rule_woken[from[term[j] + 1]++] = i;
	}
	c->woken_from = from;
}

static void
classifier_classes(struct intent_classifier *c)
{
	size_t classes = c->model ? model_classes(c->model) : 0;
	if (c->model)
		c->views = memo_new(
			TEXTS_REMEMBERED, sizeof(struct view) + classes * sizeof(float));
	c->pieces = memo_new(TEXTS_REMEMBERED, sizeof(enum courtesy));
	c->name_of = ARENA_ARRAY(&c->arena, uint32_t, classes + 1);
	for (size_t i = 0; i < classes; i++) {
		bool oos = (int)i == model_oos(c->model);
		c->name_of[i] =
			oos ? NAME_NONE : classifier_name(c, model_class(c->model, i));
	}
}

static void
classifier_courtesies(struct intent_classifier *c, const struct intent_source *s)
{
	c->courtesies =
		ARENA_ARRAY(&c->arena, struct str, s->greetings.n + s->thanks.n + 1);
	items_each(const struct str, name, s->greetings)
		c->courtesies[c->courtesy_count++] = arena_str(&c->arena, *name);
	c->greeting_count = c->courtesy_count;
	items_each(const struct str, name, s->thanks)
		c->courtesies[c->courtesy_count++] = arena_str(&c->arena, *name);
}

static enum err
classifier_patterns(struct intent_classifier *c, const struct intent_source *s,
	size_t count, struct error *e)
{
	struct pattern *list = mem_zalloc((count + 1) * sizeof(*list));
	size_t n = 0;
	items_each(const struct intent_rule, in, s->rules)
		items_each(const struct str, source, in->patterns)
			list[n++].source = *source;
	enum err err = patterns_new(list, n, &c->patterns, e);
	free(list);
	return err;
}

enum err
intent_classifier_new(const struct intent_source *source, const struct model *model,
	struct intent_classifier **out, struct error *e)
{
	if (source->rules.n > INTENT_RULES_MAX)
		return err_set(e, ERR_LIMIT, "%zu keyword rules, at most %d",
			source->rules.n, INTENT_RULES_MAX);
	struct intent_classifier *c = mem_zalloc(sizeof(*c));
	arena_init(&c->arena, 16384);
	terms_init(&c->terms);
	c->model = model;
	c->names = ARENA_ARRAY(&c->arena, struct str,
		source->rules.n + (model ? model_classes(model) : 0) + 1);
	c->rules = ARENA_ARRAY(&c->arena, struct rule, source->rules.n + 1);
	uint32_t patterns = 0;
	items_each(const struct intent_rule, in, source->rules)
		classifier_rule(c, in, &patterns);
	c->fallback = classifier_name(
		c, source->fallback.n ? source->fallback : STR("general_inquiry"));
	c->fallback_confidence =
		source->fallback_confidence > 0 ? source->fallback_confidence : .3;
	c->rules_lead = source->rules_lead;
	classifier_courtesies(c, source);
	classifier_classes(c);
	enum err err = terms_compile(&c->terms, e);
	if (!err)
		err = classifier_patterns(c, source, patterns, e);
	if (err) {
		intent_classifier_free(&c);
		return err;
	}
	classifier_speakers(c);
	classifier_wakers(c, patterns);
	*out = c;
	return OK;
}

void
intent_classifier_free(struct intent_classifier **classifier)
{
	struct intent_classifier *c = *classifier;
	if (!c)
		return;
	terms_fini(&c->terms);
	patterns_free(&c->patterns);
	memo_free(&c->views);
	memo_free(&c->pieces);
	arena_fini(&c->arena);
	free(c);
	*classifier = NULL;
}
