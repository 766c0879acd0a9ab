#include "text/mood.h"

#include "base/limits.h"
#include "text/lexicon_terms.h"

#include <math.h>

const char *const sentiment_names[] = {"negative", "neutral", "positive", NULL};
const char *const urgency_names[] = {"low", "medium", "high", "critical", NULL};

/* A message while it is read: what was found in it, and what each token is. */
struct reading {
	const struct lexicon *l;
	struct arena *a;
	const struct tokens *t;
	struct term_hit *hits;
	size_t hit_count;
	uint8_t *role;  /* of each token: what it does to those after it */
	uint64_t *seen; /* bit set of terms */
	bool shouts;    /* some words are all capitals, others are not */
};

enum { ROLE_INTENSIFIER = 1, ROLE_NEGATION = 2, ROLE_STOP = 4 };

static void
reading_mark_roles(struct reading *r)
{
	for (size_t i = 0; i < r->t->n; i++) {
		const struct token *t = &r->t->p[i];
		/* A sentence or clause that ended does not negate the next. */
		if (t->kind == TOKEN_PUNCTUATION && strchr(".!?;,:", t->norm.p[0]))
			r->role[i] |= ROLE_STOP;
	}
	for (size_t i = 0; i < r->hit_count; i++) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		for (uint32_t j = r->hits[i].first; j <= r->hits[i].last; j++) {
			if (m->intensifier)
				r->role[j] |= ROLE_INTENSIFIER;
			if (m->negation)
				r->role[j] |= ROLE_NEGATION;
		}
	}
}

/* In scripts without blanks a negation stands right before what it turns, in the same token. */
static bool
reading_turned_inside(const struct reading *r, const struct term_hit *h, bool valence)
{
	if (!r->t->p[h->first].unspaced)
		return false;
	for (size_t i = (size_t)(h - r->hits); i-- > 0 && r->hits[i].end >= h->start;) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		if (r->hits[i].end == h->start && (valence ? m->turns : m->negation))
			return true;
	}
	return false;
}

/* The weight of a hit under the tokens before it. */
static double
reading_weight(const struct reading *r, const struct term_hit *hit)
{
	const struct lexicon_sentiment *set = &r->l->set.sentiment;
	double weight = r->l->meaning[hit->term].weight;
	for (int64_t back = 1; back <= set->window && back <= hit->first; back++) {
		uint8_t role = r->role[hit->first - back];
		if (role & ROLE_STOP)
			break;
		if (role & ROLE_INTENSIFIER)
			weight *= set->factor;
		if (role & ROLE_NEGATION)
			weight = -weight;
	}
	return reading_turned_inside(r, hit, false) ? -weight : weight;
}

/* A term that covers another ends at most so many bytes behind it; hits are in the order of their ends, so only neighbours are looked at. */
#define COVER_REACH 200

static bool
hit_covers(const struct reading *r, size_t i, size_t at, bool valence)
{
	const struct term_hit *h = &r->hits[at], *o = &r->hits[i];
	const struct lexicon_meaning *m = &r->l->meaning[o->term];
	if (o->start > h->start || o->end < h->end ||
		(valence ? m->valence : m->weight) == 0)
		return false;
	return o->end - o->start > h->end - h->start || i < at;
}

/* Does another hit that counts cover this one? A longer one does ("not bad" is one thing, not "bad"); of two terms for the
 * same words ("terrible" and "terrible*") the first does. */
static bool
reading_covered(const struct reading *r, size_t at, bool valence)
{
	uint32_t end = r->hits[at].end;
	for (size_t i = at; i-- > 0 && r->hits[i].end == end;)
		if (hit_covers(r, i, at, valence))
			return true;
	for (size_t i = at + 1; i < r->hit_count && r->hits[i].end <= end + COVER_REACH;
		i++)
		if (hit_covers(r, i, at, valence))
			return true;
	return false;
}

/*
 * Valence, on the scale of the words that ship. What the next words get from those before
 * them shrinks with distance; a turned word keeps three quarters of its strength;
 * capitals in a message that is not all capitals and exclamation marks add to it; of two
 * clauses joined by "but" the second counts more.
 */
#define VALENCE_REACH 3
#define VALENCE_TURN -.74
#define VALENCE_SHOUT .73
#define VALENCE_MARK .29
#define VALENCE_MARKS_MAX 4
#define VALENCE_HALF 15 /* the squared sum that is half way to its limit */

static double
valence_of_hit(const struct reading *r, const struct term_hit *hit, const double *boost,
	const bool *turns)
{
	static const double fade[] = {1, .95, .9};
	double v = r->l->meaning[hit->term].valence, side = v > 0 ? 1 : -1;
	bool turned = false;
	if (r->shouts && r->t->p[hit->first].upper)
		v += side * VALENCE_SHOUT;
	for (uint32_t back = 1; back <= VALENCE_REACH && back <= hit->first; back++) {
		uint32_t at = hit->first - back;
		if (r->role[at] & ROLE_STOP)
			break;
		double add = boost[at];
		if (r->shouts && add != 0 && r->t->p[at].upper)
			add += VALENCE_SHOUT * (add > 0 ? 1 : -1);
		v += side * add * fade[back - 1];
		turned = turned || turns[at];
	}
	turned = turned != reading_turned_inside(r, hit, true);
	return turned ? v * VALENCE_TURN : v;
}

/* The word before which everything counts less; UINT32_MAX when there is none. */
static uint32_t
valence_but(const struct reading *r)
{
	uint32_t at = UINT32_MAX;
	for (size_t i = 0; i < r->hit_count; i++)
		if (r->l->meaning[r->hits[i].term].but)
			at = r->hits[i].first;
	return at;
}

static double
read_valence(const struct reading *r)
{
	size_t n = r->t->n;
	double *boost = ARENA_ARRAY(r->a, double, n + 1), total = 0;
	bool *turns = ARENA_ARRAY(r->a, bool, n + 1);
	uint32_t but = valence_but(r);
	for (size_t i = 0; i < r->hit_count; i++) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		for (uint32_t j = r->hits[i].first; j <= r->hits[i].last; j++) {
			boost[j] = m->boost != 0 ? m->boost : boost[j];
			turns[j] = turns[j] || m->turns;
		}
	}
	for (size_t i = 0; i < r->hit_count && i < VALENCE_HITS_MAX; i++) {
		if (r->l->meaning[r->hits[i].term].valence == 0 ||
			reading_covered(r, i, true))
			continue;
		double v = valence_of_hit(r, &r->hits[i], boost, turns);
		double weight = but == UINT32_MAX || r->hits[i].first == but ? 1
			: r->hits[i].first < but                             ? .5
									     : 1.5;
		total += v * weight;
	}
	size_t marks = 0;
	for (size_t i = 0; i < n; i++)
		marks += r->t->p[i].norm.p[0] == '!';
	if (total != 0)
		total += (total > 0 ? 1 : -1) * VALENCE_MARK *
			(double)(marks < VALENCE_MARKS_MAX ? marks : VALENCE_MARKS_MAX);
	return total / sqrt(total * total + VALENCE_HALF);
}

static void
read_sentiment(const struct reading *r, struct sentiment *out)
{
	const struct lexicon_sentiment *set = &r->l->set.sentiment;
	double total = 0;
	int hits = 0;
	for (size_t i = 0; i < r->hit_count; i++) {
		if (r->l->meaning[r->hits[i].term].weight == 0 ||
			reading_covered(r, i, false))
			continue;
		total += reading_weight(r, &r->hits[i]);
		hits++;
	}
	double share = hits ? fmin(fabs(total) / hits, 1) : 0;
	*out = (struct sentiment){
		.label = total > set->threshold   ? SENTIMENT_POSITIVE
			: total < -set->threshold ? SENTIMENT_NEGATIVE
						  : SENTIMENT_NEUTRAL,
		.score = total,
		.valence = read_valence(r),
		.intensity = hits >= set->intensity_hits ? share : 0,
		.confidence = share,
		.hits = hits,
	};
}

static void
points_add(const struct reading *r, struct mood_points *m, struct str reason, int points)
{
	/* Reasons grow by doubling: at 0, 1, 2, 4, 8 … there is no room for one more. */
	if ((m->reason_count & (m->reason_count - 1)) == 0) {
		size_t room = m->reason_count ? m->reason_count * 2 : 1;
		struct mood_reason *more = ARENA_ARRAY(r->a, struct mood_reason, room);
		if (m->reason_count)
			memcpy(more, m->reasons, m->reason_count * sizeof(*more));
		m->reasons = more;
	}
	m->reasons[m->reason_count++] = (struct mood_reason){reason, points};
	m->points += points;
}

/* Points for words: each different word once, however often it is said. */
static bool
read_words(struct reading *r, struct mood *out)
{
	bool thanked = false;
	for (size_t i = 0; i < r->hit_count; i++) {
		uint32_t id = r->hits[i].term;
		uint64_t bit = UINT64_C(1) << (id % 64);
		if (r->seen[id / 64] & bit)
			continue;
		r->seen[id / 64] |= bit;
		const struct lexicon_meaning *m = &r->l->meaning[id];
		struct str text = r->l->terms.p[id].text;
		if (m->urgent)
			points_add(r, &out->urgency, text, 1);
		if (m->complaint)
			points_add(r, &out->complaint, text, 1);
		if (m->escalation)
			points_add(r, &out->escalation, text, 1);
		if (m->safety)
			points_add(
				r, &out->urgency, text, (int)r->l->set.urgency.critical);
		out->safety = out->safety || m->safety;
		thanked = thanked || m->thanks;
	}
	return thanked;
}

static void
read_patterns(const struct reading *r, struct mood *out)
{
	struct pattern_hits hits;
	patterns_scan(r->l->patterns, r->a, r->t->norm, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		const struct lexicon_rule *rule = &r->l->rules[hits.p[i].id];
		struct mood_points *m = NULL;
		switch (rule->topic) {
		case TOPIC_URGENCY:
			m = &out->urgency;
			break;
		case TOPIC_COMPLAINT:
			m = &out->complaint;
			break;
		case TOPIC_ESCALATION:
			m = &out->escalation;
			break;
		}
		points_add(r, m, rule->reason, rule->points);
	}
}

static enum urgency_level
urgency_of(const struct lexicon_urgency *set, int points)
{
	if (points >= set->critical)
		return URGENCY_CRITICAL;
	if (points >= set->high)
		return URGENCY_HIGH;
	return points >= set->medium ? URGENCY_MEDIUM : URGENCY_LOW;
}

void
mood_read(const struct lexicon *l, struct arena *a, const struct tokens *t,
	struct mood *out)
{
	*out = (struct mood){0};
	struct reading r = {.l = l, .a = a, .t = t};
	r.hit_count = terms_find(&l->terms, a, t, &r.hits);
	r.role = ARENA_ARRAY(a, uint8_t, t->n + 1);
	r.seen = ARENA_ARRAY(a, uint64_t, l->terms.n / 64 + 1);
	size_t upper = 0, words = 0;
	for (size_t i = 0; i < t->n; i++) {
		words += t->p[i].kind == TOKEN_WORD;
		upper += t->p[i].upper;
	}
	r.shouts = upper > 0 && upper < words;
	reading_mark_roles(&r);
	read_sentiment(&r, &out->sentiment);
	bool thanked = read_words(&r, out);
	read_patterns(&r, out);
	out->level = urgency_of(&l->set.urgency, out->urgency.points);
	out->urgency.yes = out->level > URGENCY_LOW;
	out->complaint.yes =
		out->complaint.points >= (thanked ? l->set.complaint.threshold_thanked
						  : l->set.complaint.threshold);
	out->escalation.yes = out->escalation.points >= l->set.escalation.threshold;
}
