/*
 * Rasa's training data (its documentation of 3.x, "Training Data Format"): the list `nlu` of
 * a file, read as Rasa reads it.
 *
 *	- intent: greet            what people say; "faq/hours" is a retrieval intent
 *	- synonym: New York        other words for a value
 *	- regex: zipcode           patterns of an entity, one a line
 *	- lookup: country          values of an entity
 *
 * and, of this program alone, labels of a mood (text/mood_learnt.h):
 *
 *	- sentiment: negative, - urgency: high, - complaint: yes, - wants_person: no
 *
 * each with `examples`: a text of lines that begin with "-", or a list whose elements are
 * texts or have a `text`. `metadata`, of an entry or of an example, means nothing here. Parts of
 * an intent's examples may be annotated (pack/annotation.h).
 */
#ifndef PACK_RASA_H
#define PACK_RASA_H

#include "pack/learn.h"

struct rasa_data {
	struct items patterns; /* struct entity_pattern */
	struct items lookups;  /* struct entity_lookup */
	struct items synonyms; /* struct entity_synonym */
	struct lessons lessons;
	struct lessons moods[MOOD_TOPICS];
};

/* Adds what the list holds to *data and its intents to the pack; faults are reported with
 * their lines. All lives in the loader's arena. */
void rasa_read(struct loader *l, const struct json *nlu, struct rasa_data *data);
/* Members of a file's root that Rasa knows and nothing here reads (stories, rules, what
 * belongs to a domain) are named in a warning; what is left is returned. */
const struct json *rasa_leave_out(struct loader *l, const struct json *root);

#endif
