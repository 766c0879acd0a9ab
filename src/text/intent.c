#include "text/intent.h"

#include "base/limits.h"
#include "base/memo.h"
#include "text/model.h"
#include "text/patterns.h"
#include "text/terms.h"

#include <math.h>

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

struct rule {
	uint32_t intent;
	struct str name;
	uint32_t *any, *all, *without; /* terms */
	uint32_t any_count, all_count, without_count;
	uint32_t pattern_from, pattern_to; /* its patterns */
	double weight;
	bool decides;
};

/* Which intent a phrase speaks for, so that it hides the shorter words inside it from the
 * others. */
#define SPEAKS_FOR_NONE (UINT32_MAX)
#define SPEAKS_FOR_MANY (UINT32_MAX - 1)

struct intent_classifier {
	struct arena arena;
	struct str *names;
	size_t name_count;
	struct rule *rules;
	size_t rule_count;
	struct terms terms;
	uint32_t *speaks_for; /* of each term */
	/* The rules that may fire when a term or pattern occurs: each rule is woken by
	 * what it cannot do without. rule_woken[woken_from[term]] … */
	uint32_t *woken_from;
	uint32_t *rule_woken;
	uint32_t *pattern_rule; /* of each pattern */
	struct patterns *patterns;
	uint32_t fallback;
	double fallback_confidence;
	bool rules_lead;
	struct str *courtesies; /* greetings, then thanks */
	size_t greeting_count, courtesy_count;
	const struct model *model;
	uint32_t *name_of;   /* of each class of the model; NAME_NONE: out of scope */
	struct memo *views;  /* what the model said of texts of late: struct view */
	struct memo *pieces; /* of late: is it a courtesy? enum courtesy */
};

enum courtesy { COURTESY_NO, COURTESY_YES, COURTESY_UNKNOWN };

struct view {
	bool unknown;
	float p[]; /* of each class */
};

#define NAME_NONE UINT32_MAX
/* What the model alone holds for less likely than this is not worth showing. */
#define RANKED_MIN .01
/* A clause has at least a verb and what it wants. */
#define CLAUSE_TOKENS_MIN 2
/* A longer piece says more than a greeting or thanks. */
#define COURTESY_TOKENS_MAX 16
/* A rule of thanks this sure holds where something is asked, too. */
#define COURTESY_SURE .8
/* What is told before thanks is a wish from here on: most complaints are surer than this,
 * good news seldom. */
#define TOLD_CONFIDENCE .57
/* Fewer words that nothing speaks for are small talk: "Hello, how are you?" */
#define WISH_WORDS_MIN 4
/* A name below a letter, "Thanks, Ann", is no longer than this. */
#define SIGNATURE_TOKENS_MAX 3
/* A rule this sure of itself stands against a model that does not know. */
#define RULE_SURE .5
/* Where rules lead, a model this sure still wins over rules that are not certain: a
 * keyword means many things. */
#define MODEL_SURE .9
#define RULE_CERTAIN .95

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

/* What was found in the message, once for the whole and its sentences. */
struct evidence {
	struct intent_classifier *c;
	struct arena *a;
	const struct tokens *t;
	struct term_hit *hits;
	uint32_t *covered_by; /* of each hit: the intent of a longer phrase around it, or
				 SPEAKS_FOR_NONE */
	uint64_t *has;        /* bit set of the terms that occur */
	uint32_t *first;      /* of each term that occurs: its first hit + 1 */
	uint32_t *next;       /* of each hit: the next of the same term + 1 */
	size_t hit_count;
	struct pattern_hits patterns;
	uint64_t *awake; /* bit set of the rules that may fire */
	size_t awake_words;
};

/* A part of the message, as tokens [from, to). */
struct part {
	size_t from, to;
};

static void
evidence_cover(struct evidence *v, size_t at)
{
	const struct term_hit *h = &v->hits[at];
	v->covered_by[at] = SPEAKS_FOR_NONE;
	uint32_t width = h->last - h->first;
	for (size_t i = 0; i < v->hit_count; i++) {
		const struct term_hit *o = &v->hits[i];
		uint32_t speaks = v->c->speaks_for[o->term];
		if (speaks == SPEAKS_FOR_NONE || o->first > h->first ||
			o->last < h->last || o->last - o->first <= width)
			continue;
		width = o->last - o->first;
		v->covered_by[at] = speaks;
	}
}

static bool
bit_get(const uint64_t *set, uint32_t i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static void
bit_put(uint64_t *set, uint32_t i)
{
	set[i / 64] |= UINT64_C(1) << (i % 64);
}

static void
evidence_wake(struct evidence *v)
{
	const struct intent_classifier *c = v->c;
	v->awake_words = c->rule_count / 64 + 1;
	v->awake = ARENA_ARRAY(v->a, uint64_t, v->awake_words);
	for (size_t i = 0; i < v->hit_count; i++) {
		uint32_t term = v->hits[i].term;
		for (uint32_t j = c->woken_from[term]; j < c->woken_from[term + 1]; j++)
			bit_put(v->awake, c->rule_woken[j]);
	}
	for (size_t i = 0; i < v->patterns.n; i++)
		bit_put(v->awake, c->pattern_rule[v->patterns.p[i].id]);
}

static void
evidence_collect(struct evidence *v)
{
	size_t terms = v->c->terms.n;
	v->hit_count = terms_find(&v->c->terms, v->a, v->t, &v->hits);
	if (v->hit_count > INTENT_HITS_MAX)
		v->hit_count = INTENT_HITS_MAX;
	v->covered_by = ARENA_ARRAY(v->a, uint32_t, v->hit_count + 1);
	v->has = ARENA_ARRAY(v->a, uint64_t, terms / 64 + 1);
	v->first = arena_alloc(v->a, (terms + 1) * sizeof(*v->first));
	v->next = ARENA_ARRAY(v->a, uint32_t, v->hit_count + 1);
	for (size_t i = v->hit_count; i-- > 0;) {
		uint32_t term = v->hits[i].term;
		evidence_cover(v, i);
		v->next[i] = bit_get(v->has, term) ? v->first[term] : 0;
		v->first[term] = (uint32_t)i + 1;
		bit_put(v->has, term);
	}
	patterns_scan(v->c->patterns, v->a, v->t->norm, &v->patterns);
	evidence_wake(v);
}

/* Most terms of most rules are not in the text at all. */
static inline bool
evidence_has(const struct evidence *v, uint32_t term)
{
	return bit_get(v->has, term);
}

/* A hit of the term in the part that `intent` may use; NULL when there is none.
 * SPEAKS_FOR_NONE: covered or not. */
static const struct term_hit *
evidence_term(const struct evidence *v, uint32_t term, struct part part, uint32_t intent)
{
	for (uint32_t i = evidence_has(v, term) ? v->first[term] : 0; i;
		i = v->next[i - 1]) {
		const struct term_hit *h = &v->hits[i - 1];
		uint32_t by = v->covered_by[i - 1];
		if (h->first < part.from || h->last >= part.to)
			continue;
		if (intent == SPEAKS_FOR_NONE || by == SPEAKS_FOR_NONE ||
			by == SPEAKS_FOR_MANY || by == intent)
			return h;
	}
	return NULL;
}

static bool
evidence_pattern(const struct evidence *v, const struct rule *r, struct part part)
{
	for (size_t i = 0; i < v->patterns.n; i++) {
		const struct pattern_hit *h = &v->patterns.p[i];
		if (h->id < r->pattern_from || h->id >= r->pattern_to)
			continue;
		if (tokens_index(v->t, h->start + 1) >= part.from &&
			tokens_index(v->t, h->end - 1) < part.to)
			return true;
	}
	return false;
}

/* Does the rule fire? `width` is the number of tokens its words cover, `why` the longest
 * of its words. */
static bool
rule_fires(const struct evidence *v, const struct rule *r, struct part part,
	uint32_t *width, struct str *why)
{
	const struct terms *terms = &v->c->terms;
	*width = 0;
	*why = r->name;
	for (uint32_t i = 0; i < r->without_count; i++)
		if (evidence_has(v, r->without[i]) &&
			evidence_term(v, r->without[i], part, SPEAKS_FOR_NONE))
			return false;
	for (uint32_t i = 0; i < r->all_count; i++) {
		if (!evidence_has(v, r->all[i]) ||
			!evidence_term(v, r->all[i], part, SPEAKS_FOR_NONE))
			return false;
		*width += terms->p[r->all[i]].tokens;
		*why = why->n ? *why : terms->p[r->all[i]].text;
	}
	uint32_t longest = 0;
	for (uint32_t i = 0; i < r->any_count; i++) {
		if (!evidence_has(v, r->any[i]) ||
			terms->p[r->any[i]].tokens <= longest ||
			!evidence_term(v, r->any[i], part, r->intent))
			continue;
		longest = terms->p[r->any[i]].tokens;
		*why = r->name.n ? r->name : terms->p[r->any[i]].text;
	}
	*width += longest;
	if (r->any_count && !longest)
		return false;
	bool needs_pattern = r->pattern_to > r->pattern_from;
	if (needs_pattern && !evidence_pattern(v, r, part))
		return false;
	*width += needs_pattern;
	return needs_pattern || r->any_count || r->all_count;
}

/* One intent's standing while rules are joined. */
struct standing {
	double doubt; /* product of 1 - weight */
	uint32_t width;
	struct str why;
	bool decides;
	double best; /* weight of the strongest rule */
};

static void
rank_insert(struct intent_score *ranked, size_t *n, size_t max, struct intent_score s)
{
	size_t at = *n;
	while (at > 0 && ranked[at - 1].confidence < s.confidence)
		at--;
	if (at == max)
		return;
	size_t keep = *n < max ? *n : max - 1;
	memmove(&ranked[at + 1], &ranked[at], (keep - at) * sizeof(*ranked));
	ranked[at] = s;
	*n = keep + 1;
}

static void
evidence_rule(const struct evidence *v, const struct rule *r, struct part part,
	struct standing *of)
{
	uint32_t width;
	struct str why;
	if (!rule_fires(v, r, part, &width, &why))
		return;
	struct standing *s = &of[r->intent];
	s->doubt *= 1 - r->weight;
	s->decides = s->decides || r->decides;
	if (width > s->width)
		s->width = width;
	if (r->weight > s->best) {
		s->best = r->weight;
		s->why = why;
	}
}

static void
evidence_rules(const struct evidence *v, struct part part, struct standing *of)
{
	for (size_t i = 0; i < v->c->name_count; i++)
		of[i] = (struct standing){.doubt = 1};
	for (size_t w = 0; w < v->awake_words; w++) {
		for (uint64_t bits = v->awake[w]; bits; bits &= bits - 1)
			evidence_rule(v,
				&v->c->rules[w * 64 + (size_t)__builtin_ctzll(bits)],
				part, of);
	}
}

static const struct view *
classifier_view(const struct intent_classifier *c, struct arena *a, struct str text)
{
	struct memo_key key = memo_key(c->views, text);
	const struct view *known = memo_find(c->views, key);
	if (known)
		return known;
	struct prediction found;
	model_predict(c->model, a, text, &found);
	size_t size = model_classes(c->model) * sizeof(*found.p);
	struct view *view = arena_alloc(a, sizeof(*view) + size);
	view->unknown = found.out_of_scope;
	memcpy(view->p, found.p, size);
	memo_keep(c->views, key, view);
	return view;
}

/* The model's view of a part: probabilities by name; true when it does not know. */
static bool
evidence_model(const struct evidence *v, struct part part, double *p)
{
	const struct intent_classifier *c = v->c;
	if (!c->model || part.from >= part.to)
		return true;
	struct str text =
		str_sub(v->t->text, v->t->p[part.from].start, v->t->p[part.to - 1].end);
	const struct view *view = classifier_view(c, v->a, text);
	for (size_t i = 0; i < model_classes(c->model); i++)
		if (c->name_of[i] != NAME_NONE)
			p[c->name_of[i]] += (double)view->p[i];
	return view->unknown;
}

/* Joins what rules and model say of one intent. `doubt` is what the model leaves open. */
static double
join_confidence(const struct standing *rule, double model, double doubt)
{
	double said = fmin(1 - rule->doubt, .99);
	if (rule->best <= 0)
		return model;
	double joined = said > model ? model + (said - model) * doubt : model;
	if (rule->decides && said > joined)
		joined = said;
	/* Words that cover more of the message win a tie; the step is too small to show.
	 */
	return joined + 1e-9 * rule->width;
}

struct ranking {
	struct intent_score *ranked;
	size_t n, max;
	bool out_of_scope;
};

static bool
token_among(const struct tokens *t, size_t i, const char *const *words)
{
	if (i >= t->n || t->p[i].norm.n == 0)
		return false;
	struct str norm = t->p[i].norm;
	for (; *words; words++)
		if (**words == norm.p[0] && str_eq(norm, str_of(*words)))
			return true;
	return false;
}

/* Is there a question mark or a word of asking? */
static bool
part_asks(const struct tokens *t, struct part part)
{
	static const char *const asks[] = {"?", "how", "where", "when", "what", "which",
		"why", "who", "can", "could", "please", "pls", "plz", "need", "want",
		"would", "i'd", "quiero", "quisiera", "queria", "gustaria", "necesito",
		"puedo", "puede", "puedes", "pueden", "podria", "podrian", "donde",
		"cuando", "cual", "cuanto", "favor", NULL};
	for (size_t i = part.from; i < part.to; i++)
		if (token_among(t, i, asks))
			return true;
	return false;
}

/* Among the first n courtesies? */
static bool
courtesy_among(const struct intent_classifier *c, size_t n, struct str intent)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(c->courtesies[i], intent))
			return true;
	return false;
}

static bool
is_greeting(const struct intent_classifier *c, struct str intent)
{
	return courtesy_among(c, c->greeting_count, intent);
}

static bool
is_courtesy(const struct intent_classifier *c, struct str intent)
{
	return courtesy_among(c, c->courtesy_count, intent);
}

/* Where something is asked for, a word like "thanks" or "great" is no evidence beside
 * what says more: another rule, or a model that knows. */
static void
courtesies_yield(const struct intent_classifier *c, struct standing *of, bool known)
{
	for (size_t i = 0; i < c->name_count && !known; i++)
		known = of[i].best >= RULE_SURE && !is_courtesy(c, c->names[i]);
	for (size_t i = 0; i < c->name_count && known; i++)
		if (of[i].best < COURTESY_SURE && is_courtesy(c, c->names[i]))
			of[i] = (struct standing){.doubt = 1};
}

static void
rank_part(const struct evidence *v, struct part part, struct ranking *r)
{
	const struct intent_classifier *c = v->c;
	struct standing *of = ARENA_ARRAY(v->a, struct standing, c->name_count);
	double *p = ARENA_ARRAY(v->a, double, c->name_count);
	evidence_rules(v, part, of);
	bool unknown = evidence_model(v, part, p);
	if (c->courtesy_count && part_asks(v->t, part))
		courtesies_yield(c, of, !unknown);
	double top = 0, sure = 0;
	bool decided = false;
	for (size_t i = 0; i < c->name_count; i++) {
		top = fmax(top, p[i]);
		sure = fmax(sure, 1 - of[i].doubt);
		decided = decided || of[i].decides;
	}
	/* What the model does not know, rules may; it then has no say against them. */
	bool overruled = top >= MODEL_SURE && sure < RULE_CERTAIN;
	unknown = unknown || (c->rules_lead && sure >= RULE_SURE && !overruled);
	double doubt = unknown ? 1 : 1 - top;
	for (size_t i = 0; i < c->name_count; i++) {
		bool holds_back = decided && !of[i].decides;
		double model = unknown && c->model ? p[i] * c->fallback_confidence : p[i];
		double confidence = join_confidence(&of[i], model, doubt);
		if (confidence < RANKED_MIN && of[i].best <= 0)
			continue;
		confidence = holds_back ? confidence * .5 : confidence;
		rank_insert(r->ranked, &r->n, r->max,
			(struct intent_score){c->names[i], confidence, of[i].why});
	}
	r->out_of_scope = unknown && (c->model ? sure < RULE_SURE : sure <= 0);
}

static void
rank_forget(struct ranking *r, struct str name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!str_eq(r->ranked[i].name, name))
			continue;
		memmove(&r->ranked[i], &r->ranked[i + 1],
			(r->n - i - 1) * sizeof(*r->ranked));
		r->n--;
		return;
	}
}

/* "… and can you …", "… y dónde está …": a joining word and one that opens a wish of its
 * own. Nouns that are joined have no such word behind. */
static bool
clause_opens(const struct tokens *t, size_t at)
{
	static const char *const joins[] = {
		"and", "also", "but", "plus", "y", "ademas", "tambien", "pero", NULL};
	static const char *const opens[] = {"also", "can", "could", "would", "will", "i",
		"i'd", "i'm", "i'll", "please", "where", "what", "when", "how", "why",
		"do", "does", "is", "are", "tell", "send", "give", "show", "need", "want",
		"tambien", "quiero", "quisiera", "necesito", "puedo", "puede", "pueden",
		"podrian", "podria", "me", "donde", "cuando", "como", "que", "cual",
		"cuanto", "por", NULL};
	return token_among(t, at, joins) && token_among(t, at + 1, opens);
}

/* The next sentence, or clause that opens a wish of its own, from *at on; false at the
 * end. *clause: it does not end a sentence, or does not begin one. */
static bool
next_part(const struct tokens *t, size_t *at, struct part *out, bool *clause)
{
	if (*at >= t->n)
		return false;
	out->from = *at;
	*clause = clause_opens(t, *at);
	while (*at < t->n) {
		const struct token *k = &t->p[(*at)++];
		if (k->kind == TOKEN_PUNCTUATION && strchr(".!?;", k->norm.p[0]))
			break;
		if (clause_opens(t, *at) && *at >= out->from + CLAUSE_TOKENS_MIN) {
			*clause = true;
			break;
		}
	}
	out->to = *at;
	return true;
}

static bool
ranked_has(const struct intent_score *s, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s[i].name, name))
			return true;
	return false;
}

static void
read_sentences(const struct evidence *v, struct intent *out)
{
	size_t at = 0;
	struct part part;
	bool clause;
	out->also = ARENA_ARRAY(v->a, struct intent_score, INTENT_ALSO_MAX);
	for (int sentences = 0;
		sentences < INTENT_SENTENCES_MAX && next_part(v->t, &at, &part, &clause);
		sentences++) {
		struct intent_score best;
		struct ranking one = {.ranked = &best, .max = 1};
		if (part.from == 0 && part.to == v->t->n)
			return;
		rank_part(v, part, &one);
		double least = clause ? INTENT_CLAUSE_CONFIDENCE : INTENT_ALSO_CONFIDENCE;
		if (!one.n || one.out_of_scope || best.confidence < least)
			continue;
		if (ranked_has(out->ranked, 1, best.name) ||
			ranked_has(out->also, out->also_count, best.name))
			continue;
		rank_insert(out->also, &out->also_count, INTENT_ALSO_MAX, best);
	}
}

/* Drops the steps that settled ties. */
static void
ranked_round(struct intent_score *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i].confidence = floor(s[i].confidence * 1e6 + .5) / 1e6;
}

/* The fallback intent stands for what is not known. */
static void
fallback_first(const struct intent_classifier *c, struct ranking *r)
{
	struct intent_score none = {c->names[c->fallback], c->fallback_confidence, {0}};
	if (!r->out_of_scope)
		return;
	rank_forget(r, none.name);
	rank_insert(r->ranked, &r->n, r->max, none);
}

/* Ranks a part as if it had come alone, so that rules that look for the beginning or the
 * end of a message find those of the part. */
static void
read_alone(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part, struct ranking *r)
{
	struct tokens own;
	struct evidence v = {.c = c, .a = a, .t = &own};
	tokens_read(
		a, str_sub(t->text, t->p[part.from].start, t->p[part.to - 1].end), &own);
	evidence_collect(&v);
	rank_part(&v, (struct part){0, own.n}, r);
	fallback_first(c, r);
}

static bool
token_is_mark(const struct token *k)
{
	return k->kind == TOKEN_PUNCTUATION && strchr(".!?;,", k->norm.p[0]);
}

/* Does a piece of the message end with this token? At a mark, and at the end of a line. */
static bool
piece_ends(const struct tokens *t, size_t i)
{
	if (i + 1 >= t->n || token_is_mark(&t->p[i]))
		return true;
	size_t end = t->p[i].end;
	return memchr(t->text.p + end, '\n', t->p[i + 1].start - end);
}

static struct part
first_piece(const struct tokens *t, struct part of)
{
	size_t i = of.from;
	while (i + 1 < of.to && !piece_ends(t, i))
		i++;
	for (i++; i < of.to && token_is_mark(&t->p[i]);)
		i++;
	return (struct part){of.from, i};
}

static struct part
last_piece(const struct tokens *t, struct part of)
{
	size_t i = of.to;
	while (i > of.from && token_is_mark(&t->p[i - 1]))
		i--;
	if (i > of.from)
		i--;
	while (i > of.from && !piece_ends(t, i - 1))
		i--;
	return (struct part){i, of.to};
}

static size_t
part_words(const struct tokens *t, struct part part)
{
	size_t words = 0;
	for (size_t i = part.from; i < part.to; i++)
		words += !token_is_mark(&t->p[i]);
	return words;
}

/* Is this nothing but thanks, a greeting or the like? Unknown: nothing speaks for any
 * intent. */
static enum courtesy
part_courtesy(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part)
{
	struct intent_score best;
	struct ranking one = {.ranked = &best, .max = 1};
	if (part.to - part.from > COURTESY_TOKENS_MAX)
		return COURTESY_NO;
	/* Courtesies are few, and come in nearly every message. */
	struct memo_key key = memo_key(c->pieces,
		str_sub(t->text, t->p[part.from].start, t->p[part.to - 1].end));
	const enum courtesy *known = memo_find(c->pieces, key);
	if (known)
		return *known;
	read_alone(c, a, t, part, &one);
	bool is = one.n && best.confidence >= INTENT_ALSO_CONFIDENCE &&
		is_courtesy(c, best.name);
	enum courtesy said = one.out_of_scope ? COURTESY_UNKNOWN
		: is                          ? COURTESY_YES
					      : COURTESY_NO;
	memo_keep(c->pieces, key, &said);
	return said;
}
/* Where the part ends without its last piece, when that is a courtesy, signed or not. */
static size_t
courtesy_at_end(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part)
{
	struct part last = last_piece(t, part);
	if (last.from <= part.from)
		return part.to;
	enum courtesy is = part_courtesy(c, a, t, last);
	if (is == COURTESY_UNKNOWN && last.to - last.from <= SIGNATURE_TOKENS_MAX &&
		!part_asks(t, last)) {
		last.from = last_piece(t, (struct part){part.from, last.from}).from;
		if (last.from > part.from)
			is = part_courtesy(c, a, t, last);
	}
	return is == COURTESY_YES ? last.from : part.to;
}

static size_t
courtesy_at_start(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part)
{
	struct part first = first_piece(t, part);
	bool is = first.to < part.to && part_courtesy(c, a, t, first) == COURTESY_YES;
	return is ? first.to : part.from;
}

/* The message without the courtesies around it. */
static struct part
without_courtesies(struct intent_classifier *c, struct arena *a, const struct tokens *t)
{
	struct part part = {0, t->n}, next = part;
	if (!c->courtesy_count || !t->n)
		return part;
	for (int i = 0; i < INTENT_COURTESIES_MAX; i++) {
		next.to = courtesy_at_end(c, a, t, part);
		if (next.to == part.to)
			break;
		part = next;
	}
	for (int i = 0; i < INTENT_COURTESIES_MAX; i++) {
		next.from = courtesy_at_start(c, a, t, part);
		if (next.from == part.from)
			break;
		part = next;
	}
	return part;
}

/* Does what is left beside courtesies want something? Who asks does; other words may be
 * why there are thanks ("It came today. Thank you!") and must be as sure as `told`. */
static bool
wants(const struct evidence *v, struct part part, const struct ranking *r, double told)
{
	bool asks = part_asks(v->t, part);
	size_t words = part_words(v->t, part);
	double least = asks ? INTENT_ALSO_CONFIDENCE : told;
	if (!r->n || words < CLAUSE_TOKENS_MIN || is_courtesy(v->c, r->ranked[0].name))
		return false;
	if (!r->out_of_scope && r->ranked[0].confidence >= least)
		return true;
	return asks && words >= WISH_WORDS_MIN;
}

/* What the message wants: the courtesies around it are put aside where that leaves a
 * wish. Where that is in doubt the whole decides: a greeting is none beside some words
 * more, thanks are none beside what is rather a wish. */
static void
read_first(const struct evidence *v, struct ranking *r)
{
	struct part part = without_courtesies(v->c, v->a, v->t);
	struct ranking rest = {.max = r->max,
		.ranked = ARENA_ARRAY(v->a, struct intent_score, INTENT_RANKED_MAX)};
	bool less = part.from > 0 || part.to < v->t->n;
	if (less)
		read_alone(v->c, v->a, v->t, part, &rest);
	if (less && wants(v, part, &rest, INTENT_CLAUSE_CONFIDENCE)) {
		*r = rest;
		return;
	}
	rank_part(v, (struct part){0, v->t->n}, r);
	fallback_first(v->c, r);
	if (!rest.n || !r->n)
		return;
	bool greets = is_greeting(v->c, r->ranked[0].name);
	if (greets ? part_words(v->t, part) >= WISH_WORDS_MIN
		   : wants(v, part, &rest, TOLD_CONFIDENCE))
		*r = rest;
}

void
intent_read(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct intent *out)
{
	struct evidence v = {.c = c, .a = a, .t = t};
	*out = (struct intent){
		.ranked = ARENA_ARRAY(a, struct intent_score, INTENT_RANKED_MAX)};
	evidence_collect(&v);
	struct ranking r = {.ranked = out->ranked, .max = INTENT_RANKED_MAX};
	read_first(&v, &r);
	out->ranked = r.ranked;
	out->n = r.n;
	out->out_of_scope = r.out_of_scope;
	read_sentences(&v, out);
	ranked_round(out->ranked, out->n);
	ranked_round(out->also, out->also_count);
}
