/*
 * What the customer wants.
 *
 * One classifier, two sources of evidence behind one interface: keyword rules of the pack
 * and, when the pack has been trained, the linear model (text/model.h). A pack states
 * rules as data (struct intent_source, read through intent_source_schema).
 *
 * A rule fires when one of `any`, all of `all` and one of `patterns` (those that are
 * given) occur and none of `without` does. Words are whole words; a word that stands
 * inside a longer phrase that another rule matched does not count, so that "cancel my
 * order" is a cancellation and not a question about an order. The rules of an intent that
 * fire are joined as 1 - (1 - w1)(1 - w2) …; at equal confidence the intent whose matches
 * cover more of the message wins, then the one that stands first.
 *
 * With a model, its calibrated probabilities are the confidence and a rule's evidence
 * moves them only where the model is unsure; a rule marked `decides` wins over the model,
 * and with `rules_lead` (a pack whose rules are many and tried) every sure rule does, but for
 * a model that is sure of another intent where the rules leave a doubt.
 * Courtesies (the intents in `greetings` and `thanks`) at the beginning and end of a message never
 * outrank what it wants: "Is it on its way? Thank you in advance." is read as the question
 * alone. They count where nothing else is wanted.
 * No rule and no model that knows: the fallback intent with a low confidence.
 */
#ifndef TEXT_INTENT_H
#define TEXT_INTENT_H

#include "text/tokens.h"

#include "base/schema.h"

struct intent_rule {
	struct str intent;
	struct str name; /* shown in causes; the words that matched when it is empty */
	struct items any, all, without; /* struct str: words and phrases */
	struct items patterns;          /* struct str: PCRE2 over the normal form */
	double weight; /* confidence that the rule gives alone: 0 … 1 */
	bool decides;
};

struct intent_source {
	struct items rules;         /* struct intent_rule */
	struct str fallback;        /* intent when nothing is known: "general_inquiry" */
	double fallback_confidence; /* .3 */
	bool rules_lead;            /* where rules are sure, the model is not asked */
	struct items greetings;     /* struct str: intents of hello and goodbye */
	struct items thanks;        /* struct str: intents of thanks and praise */
};

extern const struct schema intent_source_schema;

/* A sentence needs this much confidence to name an intent of its own. */
#define INTENT_ALSO_CONFIDENCE .5
/* And a clause of a sentence, "… and can you …", this much: half a sentence says less. */
#define INTENT_CLAUSE_CONFIDENCE .8

struct model;
struct intent_classifier;

/* The source is copied; the model (may be NULL) is borrowed and must live longer. */
enum err intent_classifier_new(const struct intent_source *source,
	const struct model *model, struct intent_classifier **out, struct error *e);
void intent_classifier_free(struct intent_classifier **c);

struct intent_score {
	struct str name;
	double confidence; /* 0 … 1 */
	struct str
		why; /* the rule or the words that spoke for it; empty: the model alone */
};

struct intent {
	struct intent_score
		*ranked; /* at most INTENT_RANKED_MAX, falling; at least one */
	size_t n;
	bool out_of_scope; /* the classifier does not know this; the first confidence is
			      low */
	/* Intents of single sentences and clauses of a longer message that differ from the
	 * first of all; falling, at most INTENT_ALSO_MAX. */
	struct intent_score *also;
	size_t also_count;
};

/* Names live as long as the classifier, the rest in the arena. */
void intent_read(struct intent_classifier *c, struct arena *a, const struct tokens *t,
	struct intent *out);

#endif
