/*
 * The inside of a compiled lexicon, for text/lexicon.c that builds it and text/mood.c
 * that reads messages by it.
 */
#ifndef TEXT_LEXICON_TERMS_H
#define TEXT_LEXICON_TERMS_H

#include "text/lexicon.h"
#include "text/patterns.h"
#include "text/terms.h"

/* What a term says. One term may say several things ("delayed" is unpleasant, urgent and
 * a complaint). */
struct lexicon_meaning {
	double weight; /* of sentiment; 0: none */
	bool intensifier, negation, urgent, safety, complaint, thanks, escalation;
};

enum lexicon_topic { TOPIC_URGENCY, TOPIC_COMPLAINT, TOPIC_ESCALATION };

struct lexicon_rule {
	enum lexicon_topic topic;
	int points;
	struct str reason;
};

struct lexicon {
	struct arena arena;
	struct terms terms;
	struct lexicon_meaning *meaning; /* of each term */
	struct patterns *patterns;       /* ids are indices of rules */
	struct lexicon_rule *rules;
	size_t rule_count;
	struct lexicon_source set; /* factors and thresholds only; its lists are empty */
};

#endif
