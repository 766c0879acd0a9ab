#include "base/limits.h"
#include "base/memo.h"
#include "text/intent_evidence.h"

#include <math.h>

/* A longer piece says more than a greeting or thanks. */
#define COURTESY_TOKENS_MAX 16
/* What is told before thanks is a wish from here on: most complaints are surer than this,
 * good news seldom. */
#define TOLD_CONFIDENCE .57
/* Fewer words that nothing speaks for are small talk: "Hello, how are you?" */
#define WISH_WORDS_MIN 4
/* A name below a letter, "Thanks, Ann", is no longer than this. */
#define SIGNATURE_TOKENS_MAX 3

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
	struct memo_key key = memo_key(c->pieces, part_text(t, part));
	const enum courtesy *known = memo_find(c->pieces, key);
	if (known)
		return *known;
	evidence_rank_alone(c, a, t, part, &one);
	bool is = one.n && best.confidence >= INTENT_ALSO_CONFIDENCE &&
		intent_is_courtesy(c, best.name);
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
	struct part last = part_last_piece(t, part);
	if (last.from <= part.from)
		return part.to;
	enum courtesy is = part_courtesy(c, a, t, last);
	if (is == COURTESY_UNKNOWN && last.to - last.from <= SIGNATURE_TOKENS_MAX &&
		!part_asks(t, last)) {
		last.from = part_last_piece(t, (struct part){part.from, last.from}).from;
		if (last.from > part.from)
			is = part_courtesy(c, a, t, last);
	}
	return is == COURTESY_YES ? last.from : part.to;
}

static size_t
courtesy_at_start(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct part part)
{
	struct part first = part_first_piece(t, part);
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
	if (!r->n || words < CLAUSE_TOKENS_MIN ||
		intent_is_courtesy(v->c, r->ranked[0].name))
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
		evidence_rank_alone(v->c, v->a, v->t, part, &rest);
	if (less && wants(v, part, &rest, INTENT_CLAUSE_CONFIDENCE)) {
		*r = rest;
		return;
	}
	evidence_rank(v, (struct part){0, v->t->n}, r);
	ranking_fall_back(v->c, r);
	if (!rest.n || !r->n)
		return;
	bool greets = intent_is_greeting(v->c, r->ranked[0].name);
	if (greets ? part_words(v->t, part) >= WISH_WORDS_MIN
		   : wants(v, part, &rest, TOLD_CONFIDENCE))
		*r = rest;
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
		sentences < INTENT_SENTENCES_MAX && part_next(v->t, &at, &part, &clause);
		sentences++) {
		struct intent_score best;
		struct ranking one = {.ranked = &best, .max = 1};
		if (part.from == 0 && part.to == v->t->n)
			return;
		evidence_rank(v, part, &one);
		double least = clause ? INTENT_CLAUSE_CONFIDENCE : INTENT_ALSO_CONFIDENCE;
		if (!one.n || one.out_of_scope || best.confidence < least)
			continue;
		if (ranked_has(out->ranked, 1, best.name) ||
			ranked_has(out->also, out->also_count, best.name))
			continue;
		ranked_insert(out->also, &out->also_count, INTENT_ALSO_MAX, best);
	}
}

/* Drops the steps that settled ties. */
static void
ranked_round(struct intent_score *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i].confidence = floor(s[i].confidence * 1e6 + .5) / 1e6;
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
