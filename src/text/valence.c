#include "text/mood_reading.h"

#include "base/limits.h"

#include <math.h>

/*
 * What the next words get from those before them shrinks with distance; a turned word
 * keeps half of its strength; capitals in a message that is not all capitals, drawn out
 * letters and exclamation marks add to it; of two clauses joined by "but" the second
 * counts more. A name's words ("Great Lakes") count less, and pleasant words of a question.
 * What is said again, and each weaker word of the same side, adds ever less: a message is
 * as strong as its strongest words, not as its number of words.
 */
#define REACH 3
#define TURN -.55
#define SHOUT .73
#define DRAWN .3
#define NAME .7
#define MARK .4
#define MARKS_MAX 4
#define AGAIN .4
#define NEXT .6 /* a word's share beside the next stronger one */
#define ASKED .8
#define HALF 30 /* the squared sum that is half way to its limit */

/* The strongest words of one side, by falling strength; weaker ones would add nothing that
 * is felt. */
#define KEPT_MAX 8
struct strongest {
	double value[KEPT_MAX];
	uint32_t term[KEPT_MAX];
	size_t n;
};

/* What each token does to others. */
struct mark {
	double boost;
	bool turns;
	bool says; /* a word that is pleasant or not begins here */
};

static struct mark *
marks_read(const struct reading *r)
{
	struct mark *k = ARENA_ARRAY(r->a, struct mark, r->t->n + 1);
	for (size_t i = 0; i < r->hit_count; i++) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		const struct term_hit *h = &r->hits[i];
		k[h->first].says = k[h->first].says || m->valence != 0;
		/* "never so" is a term that strengthens: its "never" turns nothing. */
		if ((m->boost == 0 && !m->turns) || reading_covered(r, i, FACE_VALENCE))
			continue;
		for (uint32_t j = h->first; j <= h->last; j++) {
			k[j].boost = m->boost != 0 ? m->boost : k[j].boost;
			k[j].turns = k[j].turns || m->turns;
		}
	}
	return k;
}

/* A capital inside a sentence, where not all letters are. */
static bool
hit_is_name(const struct reading *r, const struct term_hit *hit)
{
	const struct token *t = &r->t->p[hit->first];
	char c = r->t->text.p[t->start];
	return c >= 'A' && c <= 'Z' && !t->upper && hit->first > 0 &&
		!(r->role[hit->first - 1] & ROLE_STOP);
}

static double
valence_of_hit(const struct reading *r, const struct term_hit *hit, const struct mark *k)
{
	static const double fade[] = {1, .95, .9};
	double v = r->l->meaning[hit->term].valence, side = v > 0 ? 1 : -1;
	bool turned = false;
	if (r->shouts && r->t->p[hit->first].upper)
		v += side * SHOUT;
	if (r->drawn && r->drawn[hit->last])
		v += side * DRAWN;
	if (hit_is_name(r, hit))
		v *= NAME;
	for (uint32_t back = 1; back <= REACH && back <= hit->first; back++) {
		uint32_t at = hit->first - back;
		if (r->role[at] & ROLE_STOP)
			break;
		double add = k[at].boost;
		if (r->shouts && add != 0 && r->t->p[at].upper)
			add += SHOUT * (add > 0 ? 1 : -1);
		v += side * add * fade[back - 1];
		turned = turned || k[at].turns;
	}
	turned = turned != reading_turned_inside(r, hit, FACE_VALENCE);
	return turned ? v * TURN : v;
}

/* The word before which everything counts less; UINT32_MAX when there is none. */
static uint32_t
valence_but(const struct reading *r)
{
	uint32_t at = UINT32_MAX;
	for (size_t i = 0; i < r->hit_count; i++)
		if (r->l->meaning[r->hits[i].term].but &&
			!reading_covered(r, i, FACE_VALENCE))
			at = r->hits[i].first;
	return at;
}

/* "damn good": a word that strengthens the one right behind it says nothing itself. */
static bool
hit_only_strengthens(const struct reading *r, const struct mark *k, size_t i)
{
	const struct term_hit *h = &r->hits[i];
	return r->l->meaning[h->term].boost != 0 && k[h->last + 1].says;
}

static void
strongest_add(struct strongest *s, uint32_t term, double v)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->term[i] == term) {
			v *= AGAIN;
			break;
		}
	size_t at = s->n < KEPT_MAX ? s->n++ : KEPT_MAX;
	for (; at > 0 && fabs(s->value[at - 1]) < fabs(v); at--)
		if (at < KEPT_MAX) {
			s->value[at] = s->value[at - 1];
			s->term[at] = s->term[at - 1];
		}
	if (at < KEPT_MAX) {
		s->value[at] = v;
		s->term[at] = term;
	}
}

static double
strongest_sum(const struct strongest *s)
{
	double sum = 0;
	for (size_t i = s->n; i-- > 0;)
		sum = sum * NEXT + s->value[i];
	return sum;
}

/* What marks and length make of the sum: a long message with one glad word is calmer than
 * that word alone. */
static double
valence_of_sum(const struct reading *r, double sum)
{
	if (sum == 0)
		return 0;
	double add = MARK * (double)(r->exclaims < MARKS_MAX ? r->exclaims : MARKS_MAX);
	sum = sum > 0 ? sum + add : sum - add;
	if (r->asks && sum > 0)
		sum *= ASKED;
	/* The fourth root of the number of tokens; a message of fifteen is as it is. */
	sum /= sqrt(sqrt((double)(r->t->n + 5) / 20));
	return sum / sqrt(sum * sum + HALF);
}

double
valence_read(const struct reading *r)
{
	struct mark *k = marks_read(r);
	struct strongest glad = {.n = 0}, sad = {.n = 0};
	uint32_t but = valence_but(r);
	for (size_t i = 0; i < r->hit_count && i < VALENCE_HITS_MAX; i++) {
		if (r->l->meaning[r->hits[i].term].valence == 0 ||
			reading_covered(r, i, FACE_VALENCE) ||
			hit_only_strengthens(r, k, i))
			continue;
		double v = valence_of_hit(r, &r->hits[i], k);
		if (but != UINT32_MAX && r->hits[i].first != but)
			v *= r->hits[i].first < but ? .5 : 1.5;
		strongest_add(v > 0 ? &glad : &sad, r->hits[i].term, v);
	}
	return valence_of_sum(r, strongest_sum(&glad) + strongest_sum(&sad));
}
