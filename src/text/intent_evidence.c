#include "text/intent_evidence.h"

#include "base/limits.h"
#include "base/memo.h"
#include "text/model.h"

#include <math.h>

/* What the model alone holds for less likely than this is not worth showing. */
#define RANKED_MIN .01
/* A rule of thanks this sure holds where something is asked, too. */
#define COURTESY_SURE .8
/* A rule this sure of itself stands against a model that does not know. */
#define RULE_SURE .5
/* Where rules lead, a model this sure still wins over rules that are not certain: a
 * keyword means many things. */
#define MODEL_SURE .9
#define RULE_CERTAIN .95

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

void
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

void
ranked_insert(struct intent_score *ranked, size_t *n, size_t max, struct intent_score s)
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
	const struct view *view = classifier_view(c, v->a, part_text(v->t, part));
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

/* Among the first n courtesies? */
static bool
courtesy_among(const struct intent_classifier *c, size_t n, struct str intent)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(c->courtesies[i], intent))
			return true;
	return false;
}

bool
intent_is_greeting(const struct intent_classifier *c, struct str intent)
{
	return courtesy_among(c, c->greeting_count, intent);
}

bool
intent_is_courtesy(const struct intent_classifier *c, struct str intent)
{
	return courtesy_among(c, c->courtesy_count, intent);
}

/* Where something is asked for, a word like "thanks" or "great" is no evidence beside
 * what says more: another rule, or a model that knows. */
static void
courtesies_yield(const struct intent_classifier *c, struct standing *of, bool known)
{
	for (size_t i = 0; i < c->name_count && !known; i++)
		known = of[i].best >= RULE_SURE && !intent_is_courtesy(c, c->names[i]);
	for (size_t i = 0; i < c->name_count && known; i++)
		if (of[i].best < COURTESY_SURE && intent_is_courtesy(c, c->names[i]))
			of[i] = (struct standing){.doubt = 1};
}

void
evidence_rank(const struct evidence *v, struct part part, struct ranking *r)
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
		ranked_insert(r->ranked, &r->n, r->max,
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

void
ranking_fall_back(const struct intent_classifier *c, struct ranking *r)
{
	struct intent_score none = {c->names[c->fallback], c->fallback_confidence, {0}};
	if (!r->out_of_scope)
		return;
	rank_forget(r, none.name);
	ranked_insert(r->ranked, &r->n, r->max, none);
}

void
evidence_rank_alone(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part, struct ranking *r)
{
	struct tokens own;
	struct evidence v = {.c = c, .a = a, .t = &own};
	tokens_read(a, part_text(t, part), &own);
	evidence_collect(&v);
	evidence_rank(&v, (struct part){0, own.n}, r);
	ranking_fall_back(c, r);
}
