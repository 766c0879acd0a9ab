/*
 * What words mean for mood, urgency, complaints and the wish for a person.
 *
 * A pack states it as data: struct lexicon_source is read from the pack's lexicon file
 * through lexicon_source_schema (one source a file or language; several are merged, and
 * thresholds come from the first). lexicon_new() compiles the sources into one immutable
 * automaton. Terms are whole words or phrases, written as people write them: they go
 * through the same normal form as the message (text/tokens.h). "complain*" stands for
 * every word that begins so; "manager" is also found in "the manager's". Terms of scripts
 * without blanks match inside a run of letters.
 *
 * Parley ships words of its own (models/sentiment.tsv). They always decide a message's
 * valence; they decide its label only when a source asks for them (`base`) or no source
 * has words of its own.
 *
 * Patterns are PCRE2 over the message's normal form (lower case, one blank between
 * tokens, punctuation as tokens of its own), without regard to case.
 */
#ifndef TEXT_LEXICON_H
#define TEXT_LEXICON_H

#include "base/schema.h"

/* Words that share a weight. 1 is a plain positive word ("good"), -1 a plain negative
 * one; strong ones reach 2. */
struct lexicon_words {
	double weight;
	struct items words; /* struct str */
};

struct lexicon_pattern {
	struct str match;
	int64_t points;
	struct str reason; /* shown in causes; the matched words when it is empty */
};

struct lexicon_sentiment {
	bool base; /* the words that ship count where these lists say nothing of them */
	struct items positive, negative;      /* struct str: weight 1 and -1 */
	struct items graded;                  /* struct lexicon_words */
	struct items intensifiers, negations; /* struct str */
	double factor;                        /* of an intensifier: 1.5 */
	double threshold;       /* a total beyond it is positive or negative: .5 */
	int64_t window;         /* preceding tokens that are examined: 2 */
	int64_t intensity_hits; /* hits that intensity needs: 2 */
};

struct lexicon_urgency {
	struct items words;    /* struct str: a point for each that occurs */
	struct items patterns; /* struct lexicon_pattern */
	struct items safety;   /* struct str: any of them makes the urgency critical */
	struct items calm; /* struct str: phrases whose words give no points: "no rush" */
	int64_t medium, high, critical; /* points: 1, 3, 6 */
};

struct lexicon_complaint {
	struct items words;    /* struct str: a point for each that occurs */
	struct items patterns; /* struct lexicon_pattern */
	struct items thanks;   /* struct str: words that speak of a content customer */
	int64_t threshold;     /* 2 */
	int64_t threshold_thanked; /* when a word of thanks occurs: 4 */
};

struct lexicon_escalation {
	struct items words;    /* struct str: a point for each that occurs */
	struct items patterns; /* struct lexicon_pattern */
	int64_t threshold;     /* 3 */
};

struct lexicon_source {
	struct lexicon_sentiment sentiment;
	struct lexicon_urgency urgency;
	struct lexicon_complaint complaint;
	struct lexicon_escalation escalation;
};

extern const struct schema lexicon_source_schema;

struct lexicon;

/* The sources are copied. ERR_INVALID: a bad pattern; ERR_LIMIT: over TERMS_MAX terms or
 * PATTERNS_MAX patterns. */
enum err lexicon_new(const struct lexicon_source *const *sources, size_t count,
	struct lexicon **out, struct error *e);
void lexicon_free(struct lexicon **l);

#endif
