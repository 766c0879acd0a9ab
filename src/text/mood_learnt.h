/*
 * The mood that labelled examples teach, beside the words of a lexicon.
 *
 * A pack may give examples of a topic's labels: of sentiment "negative" "neutral"
 * "positive", of urgency "low" "medium" "high" "critical", of complaint and wants_person
 * "yes" "no". Each topic with examples has a model (text/model.h) whose calibrated
 * probability decides: where the words said nothing it is believed from
 * LEARNT_SURE on, against words from LEARNT_AGAINST_WORDS on. A message unlike all
 * examples is left to the words, and a word of danger is never outvoted.
 */
#ifndef TEXT_MOOD_LEARNT_H
#define TEXT_MOOD_LEARNT_H

#include "text/mood.h"

#define LEARNT_SURE .6
#define LEARNT_AGAINST_WORDS .8

struct model;

/* Models are borrowed; NULL: a topic without examples. */
struct mood_models {
	struct model *of[MOOD_TOPICS];
};

/* NULL-terminated: the labels that examples of the topic may have. */
const char *const *mood_topic_labels(enum mood_topic topic);

/* Corrects what the words of the message said (mood_read()). What was changed has a reason
 * that says so; reasons live in the arena. */
void mood_learnt(const struct mood_models *m, struct arena *a, const struct tokens *t,
	struct mood *out);

#endif
