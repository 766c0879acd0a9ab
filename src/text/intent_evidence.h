/*
 * What speaks for the intents of a message: the words and patterns of rules that occur in
 * it, and the model's view of its parts. The inside of text/intent.h: intent.c builds the
 * classifier, intent_evidence.c weighs a part, intent_read.c reads a message by its parts.
 */
#ifndef TEXT_INTENT_EVIDENCE_H
#define TEXT_INTENT_EVIDENCE_H

#include "text/intent.h"
#include "text/intent_parts.h"
#include "text/patterns.h"
#include "text/terms.h"

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

enum courtesy { COURTESY_NO, COURTESY_YES, COURTESY_UNKNOWN };

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
	struct memo *pieces; /* what pieces of messages were of late: enum courtesy */
};

/* A class of the model that is no intent. */
#define NAME_NONE UINT32_MAX

/* What the model says of a text. */
struct view {
	bool unknown;
	float p[]; /* of each class */
};

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

struct ranking {
	struct intent_score *ranked;
	size_t n, max;
	bool out_of_scope;
};

/* Finds what speaks for intents in the whole message; v->c, v->a and v->t are given. */
void evidence_collect(struct evidence *v);

/* Ranks what a part may mean, the likeliest first; what is kept is bounded by r->max. */
void evidence_rank(const struct evidence *v, struct part part, struct ranking *r);
/* The same as if the part had come alone, so that rules that look for the beginning or the
 * end of a message find those of the part. */
void evidence_rank_alone(struct intent_classifier *c, struct arena *a,
	const struct tokens *t, struct part part, struct ranking *r);

/* Puts a score where it belongs among at most `max`. */
void ranked_insert(
	struct intent_score *ranked, size_t *n, size_t max, struct intent_score s);
/* The fallback intent stands for what is not known. */
void ranking_fall_back(const struct intent_classifier *c, struct ranking *r);

/* Is it one of the intents of hello and goodbye? One of those or of thanks? */
bool intent_is_greeting(const struct intent_classifier *c, struct str intent);
bool intent_is_courtesy(const struct intent_classifier *c, struct str intent);

#endif
