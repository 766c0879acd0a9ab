#include "text/lexicon_terms.h"

#include "base/limits.h"

static const struct field words_fields[] = {
	FIELD(struct lexicon_words, weight, SCHEMA_DOUBLE, .required = true, .min = -4,
		.max = 4, .doc = "1 is a plain positive word, -1 a plain negative one"),
	FIELD(struct lexicon_words, words, SCHEMA_STRS, .required = true,
		.doc = "words and phrases of this weight"),
};
static const struct schema words_schema = SCHEMA(
	"lexicon_words", struct lexicon_words, words_fields, "words that share a weight");

static const struct field pattern_fields[] = {
	FIELD(struct lexicon_pattern, match, SCHEMA_STR, .required = true, .min = 1,
		.max = PATTERN_SOURCE_MAX,
		.doc = "regular expression over the message in normal form"),
	FIELD(struct lexicon_pattern, points, SCHEMA_INT, .required = true, .min = 1,
		.max = 100, .doc = "points for a match"),
	FIELD(struct lexicon_pattern, reason, SCHEMA_STR,
		.doc = "said in causes; the pattern itself when absent"),
};
static const struct schema pattern_schema = SCHEMA("lexicon_pattern",
	struct lexicon_pattern, pattern_fields, "a pattern worth points");

static const struct field sentiment_fields[] = {
	FIELD(struct lexicon_sentiment, base, SCHEMA_BOOL,
		.doc = "words that ship with Parley count where the lists say nothing of them"),
	FIELD(struct lexicon_sentiment, positive, SCHEMA_STRS,
		.doc = "words of weight 1"),
	FIELD(struct lexicon_sentiment, negative, SCHEMA_STRS,
		.doc = "words of weight -1"),
	FIELD(struct lexicon_sentiment, graded, SCHEMA_LIST, .of = &words_schema,
		.doc = "words with a weight of their own"),
	FIELD(struct lexicon_sentiment, intensifiers, SCHEMA_STRS,
		.doc = "words that strengthen what follows"),
	FIELD(struct lexicon_sentiment, negations, SCHEMA_STRS,
		.doc = "words that flip what follows"),
	FIELD(struct lexicon_sentiment, factor, SCHEMA_DOUBLE, .min = 0, .max = 10,
		.doc = "of an intensifier; 1.5 when absent"),
	FIELD(struct lexicon_sentiment, threshold, SCHEMA_DOUBLE, .min = 0, .max = 100,
		.doc = "a total beyond it is positive or negative; .5 when absent"),
	FIELD(struct lexicon_sentiment, window, SCHEMA_INT, .min = 0, .max = 10,
		.doc = "preceding tokens that are examined; 2 when absent"),
	FIELD(struct lexicon_sentiment, intensity_hits, SCHEMA_INT, .min = 0, .max = 100,
		.doc = "hits that intensity needs; 2 when absent"),
};
static const struct schema sentiment_schema = SCHEMA("lexicon_sentiment",
	struct lexicon_sentiment, sentiment_fields, "pleasure and displeasure");

static const struct field urgency_fields[] = {
	FIELD(struct lexicon_urgency, words, SCHEMA_STRS,
		.doc = "a point for each that occurs"),
	FIELD(struct lexicon_urgency, patterns, SCHEMA_LIST, .of = &pattern_schema,
		.doc = "patterns with their points"),
	FIELD(struct lexicon_urgency, safety, SCHEMA_STRS,
		.doc = "any of them makes the urgency critical"),
	FIELD(struct lexicon_urgency, calm, SCHEMA_STRS,
		.doc = "phrases whose words give no points: no rush, not urgent"),
	FIELD(struct lexicon_urgency, medium, SCHEMA_INT, .min = 0, .max = 1000,
		.doc = "points of medium; 1 when absent"),
	FIELD(struct lexicon_urgency, high, SCHEMA_INT, .min = 0, .max = 1000,
		.doc = "points of high; 3 when absent"),
	FIELD(struct lexicon_urgency, critical, SCHEMA_INT, .min = 0, .max = 1000,
		.doc = "points of critical; 6 when absent"),
};
static const struct schema urgency_schema = SCHEMA(
	"lexicon_urgency", struct lexicon_urgency, urgency_fields, "how soon it matters");

static const struct field complaint_fields[] = {
	FIELD(struct lexicon_complaint, words, SCHEMA_STRS,
		.doc = "a point for each that occurs"),
	FIELD(struct lexicon_complaint, patterns, SCHEMA_LIST, .of = &pattern_schema,
		.doc = "patterns with their points"),
	FIELD(struct lexicon_complaint, thanks, SCHEMA_STRS,
		.doc = "words of a content customer"),
	FIELD(struct lexicon_complaint, threshold, SCHEMA_INT, .min = 0, .max = 1000,
		.doc = "points of a complaint; 2 when absent"),
	FIELD(struct lexicon_complaint, threshold_thanked, SCHEMA_INT, .min = 0,
		.max = 1000,
		.doc = "the same when a word of thanks occurs; 4 when absent"),
};
static const struct schema complaint_schema = SCHEMA("lexicon_complaint",
	struct lexicon_complaint, complaint_fields, "is it a complaint?");

static const struct field escalation_fields[] = {
	FIELD(struct lexicon_escalation, words, SCHEMA_STRS,
		.doc = "a point for each that occurs"),
	FIELD(struct lexicon_escalation, patterns, SCHEMA_LIST, .of = &pattern_schema,
		.doc = "patterns with their points"),
	FIELD(struct lexicon_escalation, threshold, SCHEMA_INT, .min = 0, .max = 1000,
		.doc = "points of a wish for a person; 3 when absent"),
};
static const struct schema escalation_schema = SCHEMA("lexicon_escalation",
	struct lexicon_escalation, escalation_fields, "does the customer want a person?");

static const struct field source_fields[] = {
	FIELD(struct lexicon_source, sentiment, SCHEMA_OBJECT, .of = &sentiment_schema,
		.doc = "pleasure and displeasure"),
	FIELD(struct lexicon_source, urgency, SCHEMA_OBJECT, .of = &urgency_schema,
		.doc = "how soon it matters"),
	FIELD(struct lexicon_source, complaint, SCHEMA_OBJECT, .of = &complaint_schema,
		.doc = "is it a complaint?"),
	FIELD(struct lexicon_source, escalation, SCHEMA_OBJECT, .of = &escalation_schema,
		.doc = "is a person wanted?"),
};
const struct schema lexicon_source_schema = SCHEMA("lexicon", struct lexicon_source,
	source_fields, "what words mean for mood and urgency");

/* The meaning of a term, made when it is new. What is said of a word that is none (or one
 * too many) is dropped. */
struct lexicon_meaning *
lexicon_meaning(struct lexicon *l, struct str written, struct lexicon_meaning *dropped)
{
	size_t before = l->terms.cap;
	uint32_t id = terms_add(&l->terms, written);
	if (id == TERM_NONE)
		return dropped;
	if (l->terms.cap != before) {
		l->meaning = mem_realloc(l->meaning, l->terms.cap * sizeof(*l->meaning));
		memset(l->meaning + before, 0,
			(l->terms.cap - before) * sizeof(*l->meaning));
	}
	return &l->meaning[id];
}

#define COLLECT(l, list, member, value) \
	do { \
		struct lexicon_meaning dropped_; \
		items_each(const struct str, word_, list) \
			lexicon_meaning(l, *word_, &dropped_)->member = value; \
	} while (0)

static void
lexicon_collect(struct lexicon *l, const struct lexicon_source *s)
{
	items_each(const struct lexicon_words, group, s->sentiment.graded)
		COLLECT(l, group->words, weight, group->weight);
	COLLECT(l, s->sentiment.positive, weight, 1);
	COLLECT(l, s->sentiment.negative, weight, -1);
	COLLECT(l, s->sentiment.intensifiers, intensifier, true);
	COLLECT(l, s->sentiment.negations, negation, true);
	COLLECT(l, s->urgency.words, urgent, true);
	COLLECT(l, s->urgency.safety, safety, true);
	COLLECT(l, s->urgency.calm, calm, true);
	COLLECT(l, s->complaint.words, complaint, true);
	COLLECT(l, s->complaint.thanks, thanks, true);
	COLLECT(l, s->escalation.words, escalation, true);
}

/* The words that ship count when a source asks for them, or when no source has words of
 * its own. */
static bool
lexicon_wants_base(const struct lexicon_source *const *sources, size_t count, bool *alone)
{
	bool asked = false;
	*alone = true;
	for (size_t i = 0; i < count; i++) {
		const struct lexicon_sentiment *s = &sources[i]->sentiment;
		if (s->positive.n + s->negative.n + s->graded.n)
			*alone = false;
		asked = asked || s->base;
	}
	return asked || *alone;
}

/* Beside words of a pack only those count that are plainly pleasant or strongly not, for
 * customers name what is wrong in plain words without being cross. A plain word of the
 * shipped list weighs 2, of a pack 1. */
#define BASE_GLAD_LEAST 2
#define BASE_CROSS_LEAST 2.5

static void
lexicon_use_base(struct lexicon *l, bool alone)
{
	for (size_t i = 0; i < l->terms.n; i++) {
		struct lexicon_meaning *m = &l->meaning[i];
		double v = m->valence;
		if (m->weight == 0 &&
			(alone || v >= BASE_GLAD_LEAST || v <= -BASE_CROSS_LEAST)) {
			m->weight = v / 2;
			m->shipped = !alone;
		}
		m->hides = m->neutral;
		m->negation = m->negation || m->turns;
		m->intensifier = m->intensifier || m->boost > 0;
	}
}

struct rule_list {
	enum lexicon_topic topic;
	const struct items *patterns;
};

static enum err
lexicon_build_patterns(struct lexicon *l, const struct lexicon_source *const *sources,
	size_t count, struct error *e)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += sources[i]->urgency.patterns.n +
			sources[i]->complaint.patterns.n +
			sources[i]->escalation.patterns.n;
	struct pattern *list = mem_zalloc((total + 1) * sizeof(*list));
	l->rules = ARENA_ARRAY(&l->arena, struct lexicon_rule, total + 1);
	for (size_t i = 0; i < count; i++) {
		const struct rule_list lists[] = {
			{TOPIC_URGENCY, &sources[i]->urgency.patterns},
			{TOPIC_COMPLAINT, &sources[i]->complaint.patterns},
			{TOPIC_ESCALATION, &sources[i]->escalation.patterns},
		};
		for (size_t j = 0; j < sizeof(lists) / sizeof(lists[0]); j++) {
			items_each(const struct lexicon_pattern, p, *lists[j].patterns) {
				list[l->rule_count] = (struct pattern){
					.source = p->match, .first_only = true};
				l->rules[l->rule_count++] = (struct lexicon_rule){
					lists[j].topic, (int)p->points,
					arena_str(&l->arena,
						p->reason.n ? p->reason : p->match)};
			}
		}
	}
	enum err err = patterns_new(list, l->rule_count, &l->patterns, e);
	free(list);
	return err;
}

#define OR(value, fallback) ((value) ? (value) : (fallback))

/* Zero stands for "not said": the meanings that the pack format documents. */
static struct lexicon_source
lexicon_settings(const struct lexicon_source *s)
{
	return (struct lexicon_source){
		.sentiment =
			{
				.factor = s->sentiment.factor > 0 ? s->sentiment.factor
								  : 1.5,
				.threshold = s->sentiment.threshold > 0
					? s->sentiment.threshold
					: .5,
				.window = OR(s->sentiment.window, 2),
				.intensity_hits = OR(s->sentiment.intensity_hits, 2),
			},
		.urgency =
			{
				.medium = OR(s->urgency.medium, 1),
				.high = OR(s->urgency.high, 3),
				.critical = OR(s->urgency.critical, 6),
			},
		.complaint =
			{
				.threshold = OR(s->complaint.threshold, 2),
				.threshold_thanked =
					OR(s->complaint.threshold_thanked, 4),
			},
		.escalation = {.threshold = OR(s->escalation.threshold, 3)},
	};
}

enum err
lexicon_new(const struct lexicon_source *const *sources, size_t count,
	struct lexicon **out, struct error *e)
{
	/* A pack may know no words at all: then every message is neutral and calm. */
	static const struct lexicon_source none;
	struct lexicon *l = mem_zalloc(sizeof(*l));
	bool alone;
	arena_init(&l->arena, 16384);
	l->set = lexicon_settings(count ? sources[0] : &none);
	terms_init(&l->terms);
	lexicon_add_shipped(l);
	for (size_t i = 0; i < count; i++)
		lexicon_collect(l, sources[i]);
	if (lexicon_wants_base(sources, count, &alone))
		lexicon_use_base(l, alone);
	enum err err = terms_compile(&l->terms, e);
	if (l->terms.n)
		l->meaning = mem_realloc(l->meaning, l->terms.n * sizeof(*l->meaning));
	if (!err)
		err = lexicon_build_patterns(l, sources, count, e);
	if (err)
		lexicon_free(&l);
	else
		*out = l;
	return err;
}

void
lexicon_free(struct lexicon **lexicon)
{
	struct lexicon *l = *lexicon;
	if (!l)
		return;
	free(l->meaning);
	terms_fini(&l->terms);
	patterns_free(&l->patterns);
	arena_fini(&l->arena);
	free(l);
	*lexicon = NULL;
}
