#include "text/mood.h"

#include "text/drawn.h"
#include "text/mood_reading.h"

#include <math.h>

const char *const sentiment_names[] = {"negative", "neutral", "positive", NULL};
const char *const mood_topic_names[] = {
	"sentiment", "urgency", "complaint", "wants_person", NULL};
const char *const urgency_names[] = {"low", "medium", "high", "critical", NULL};

/* A term that covers another ends at most so many bytes behind it; hits are in the order of their ends, so only neighbours are looked at. */
#define COVER_REACH 200

/* Does the term do anything on this face? "kind of" weakens, so its "kind" is not kind. */
static bool
meaning_acts(const struct lexicon_meaning *m, enum reading_face face)
{
	if (face == FACE_LABEL)
		return m->weight != 0 || m->hides || m->intensifier || m->negation;
	return m->valence != 0 || m->neutral || m->boost != 0 || m->turns;
}

static bool
hit_covers(const struct reading *r, size_t i, size_t at, enum reading_face face)
{
	const struct term_hit *h = &r->hits[at], *o = &r->hits[i];
	const struct lexicon_meaning *m = &r->l->meaning[o->term];
	if (o->start > h->start || o->end < h->end || !meaning_acts(m, face))
		return false;
	return o->end - o->start > h->end - h->start || i < at;
}

bool
reading_covered(const struct reading *r, size_t at, enum reading_face face)
{
	uint32_t end = r->hits[at].end;
	for (size_t i = at; i-- > 0 && r->hits[i].end == end;)
		if (hit_covers(r, i, at, face))
			return true;
	for (size_t i = at + 1; i < r->hit_count && r->hits[i].end <= end + COVER_REACH;
		i++)
		if (hit_covers(r, i, at, face))
			return true;
	return false;
}

bool
reading_turned_inside(
	const struct reading *r, const struct term_hit *h, enum reading_face face)
{
	if (!r->t->p[h->first].unspaced)
		return false;
	for (size_t i = (size_t)(h - r->hits); i-- > 0 && r->hits[i].end >= h->start;) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		if (r->hits[i].end == h->start &&
			(face == FACE_VALENCE ? m->turns : m->negation))
			return true;
	}
	return false;
}

static void
reading_mark_roles(struct reading *r)
{
	for (size_t i = 0; i < r->t->n; i++) {
		const struct token *t = &r->t->p[i];
		char c = t->norm.p[0];
		/* A sentence or clause that ended does not negate the next. */
		if (t->kind == TOKEN_PUNCTUATION && strchr(".!?;,:", c))
			r->role[i] |= ROLE_STOP;
		r->exclaims += c == '!';
		r->asks += c == '?';
	}
	for (size_t i = 0; i < r->hit_count; i++) {
		const struct lexicon_meaning *m = &r->l->meaning[r->hits[i].term];
		if ((!m->intensifier && !m->negation) ||
			reading_covered(r, i, FACE_LABEL))
			continue;
		for (uint32_t j = r->hits[i].first; j <= r->hits[i].last; j++) {
			if (m->intensifier)
				r->role[j] |= ROLE_INTENSIFIER;
			if (m->negation)
				r->role[j] |= ROLE_NEGATION;
		}
	}
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
	return reading_turned_inside(r, hit, FACE_LABEL) ? -weight : weight;
}

static void
read_sentiment(const struct reading *r, struct sentiment *out)
{
	const struct lexicon_sentiment *set = &r->l->set.sentiment;
	double total = 0;
	int hits = 0, own = 0;
	for (size_t i = 0; i < r->hit_count; i++) {
		if (r->l->meaning[r->hits[i].term].weight == 0 ||
			reading_covered(r, i, FACE_LABEL))
			continue;
		total += reading_weight(r, &r->hits[i]);
		hits++;
		own += !r->l->meaning[r->hits[i].term].shipped;
	}
	double share = hits ? fmin(fabs(total) / hits, 1) : 0;
	*out = (struct sentiment){
		.label = total > set->threshold   ? SENTIMENT_POSITIVE
			: total < -set->threshold ? SENTIMENT_NEGATIVE
						  : SENTIMENT_NEUTRAL,
		.score = total,
		.valence = valence_read(r),
		.intensity = own >= set->intensity_hits ? share : 0,
		.confidence = share,
		.hits = own,
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

/* "no rush" is a phrase of its own: its "rush" hurries nobody. */
static bool
hit_is_calm(const struct reading *r, size_t at)
{
	const struct term_hit *h = &r->hits[at], *o;
	for (size_t i = at; i-- > 0 && r->hits[i].end == h->end;)
		if (r->l->meaning[r->hits[i].term].calm && r->hits[i].start <= h->start)
			return true;
	for (o = h + 1; o < r->hits + r->hit_count && o->end <= h->end + COVER_REACH; o++)
		if (r->l->meaning[o->term].calm && o->start <= h->start)
			return true;
	return false;
}

/* Points for words: each different word once, however often it is said. */
static bool
read_words(struct reading *r, struct mood *out)
{
	bool thanked = false;
	for (size_t i = 0; i < r->hit_count; i++) {
		uint32_t id = r->hits[i].term;
		uint64_t bit = UINT64_C(1) << (id % 64);
		const struct lexicon_meaning *m = &r->l->meaning[id];
		if (r->seen[id / 64] & bit || (m->urgent && hit_is_calm(r, i)))
			continue;
		r->seen[id / 64] |= bit;
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
read_patterns(const struct reading *r, struct str norm, struct mood *out)
{
	struct pattern_hits hits;
	patterns_scan(r->l->patterns, r->a, norm, &hits);
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

static char
byte_at(struct str s, size_t at)
{
	return at < s.n ? s.p[at] : ' ';
}

static bool
is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Is what was found a smiley as people draw it? Its signs stand together; ":/" of a link,
 * "):" behind a word and the ":s" of "size:s" are none. */
static bool
sign_stands_free(const struct tokens *t, const struct term_hit *h)
{
	const struct token *first = &t->p[h->first], *last = &t->p[h->last];
	for (uint32_t i = h->first; i < h->last; i++)
		if (t->p[i].end != t->p[i + 1].start)
			return false;
	char opens = t->text.p[first->start], closes = t->text.p[last->end - 1],
	     before = first->start ? t->text.p[first->start - 1] : ' ',
	     after = byte_at(t->text, last->end);
	if (is_word_byte(before) &&
		(is_word_byte(closes) || opens == ')' || opens == ']'))
		return false;
	return after != closes || is_word_byte(closes) || closes == ')' || closes == '(';
}

static void
reading_drop_false_signs(struct reading *r)
{
	size_t kept = 0;
	for (size_t i = 0; i < r->hit_count; i++)
		if (!r->l->meaning[r->hits[i].term].sign ||
			sign_stands_free(r->t, &r->hits[i]))
			r->hits[kept++] = r->hits[i];
	r->hit_count = kept;
}

void
mood_read(const struct lexicon *l, struct arena *a, const struct tokens *t,
	struct mood *out)
{
	*out = (struct mood){0};
	struct reading r = {.l = l, .a = a};
	bool *drawn;
	r.t = drawn_shorten(&l->terms, a, t, &drawn);
	r.drawn = drawn;
	r.hit_count = terms_find(&l->terms, a, r.t, &r.hits);
	reading_drop_false_signs(&r);
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
	read_patterns(&r, t->norm, out);
	out->level = urgency_of(&l->set.urgency, out->urgency.points);
	out->urgency.yes = out->level > URGENCY_LOW;
	out->complaint.yes =
		out->complaint.points >= (thanked ? l->set.complaint.threshold_thanked
						  : l->set.complaint.threshold);
	out->escalation.yes = out->escalation.points >= l->set.escalation.threshold;
}
