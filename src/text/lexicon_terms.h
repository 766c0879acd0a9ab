/*
 * The inside of a compiled lexicon, for text/lexicon.c that builds it and text/mood.c
 * that reads messages by it.
 */
#ifndef TEXT_LEXICON_TERMS_H
#define TEXT_LEXICON_TERMS_H

#include "text/lexicon.h"
#include "text/patterns.h"
#include "text/terms.h"

struct lexicon;

/* What a term says. One term may say several things ("delayed" is unpleasant, urgent and
 * a complaint). */
struct lexicon_meaning {
	double weight;  /* of sentiment; 0: none */
	double valence; /* of the words that ship, -4 … 4; 0: none */
	double boost;   /* what it adds to the valence of the next words */
	bool turns;     /* turns the valence of the next words */
	bool but;       /* what follows counts more than what precedes */
	bool shipped; /* the weight is of a word that ships, beside a pack's own words */
	bool neutral; /* says nothing, and hides the words inside it from the valence */
	bool hides;   /* the same for the label, where the words that ship decide it */
	bool sign;    /* a smiley: its signs stand together */
	bool intensifier, negation, urgent, safety, calm, complaint, thanks, escalation;
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

/* The words that ship (models/sentiment.tsv) go into every lexicon, for the valence of a
 * message. */
void lexicon_add_shipped(struct lexicon *l);
/* The meaning of a term, made when it is new. What is said of a word that is none (or one
 * too many) goes to *dropped. */
struct lexicon_meaning *lexicon_meaning(
	struct lexicon *l, struct str written, struct lexicon_meaning *dropped);

#endif
