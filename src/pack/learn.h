/*
 * Learning intents from a pack's examples (Rasa's format, nlu/NAME.yaml).
 *
 * Examples are collected while files are read, each with its place. A model is trained
 * from those of intents that have enough of them; the label "oos" holds what the pack
 * cannot help with and is no intent. What the examples annotate is learnt too, and lives in
 * the same model (text/tagger.h). Training is deterministic, so a model is told by the
 * hash of its examples and looked for among the host's folders first (pack/learnt.h). A
 * damaged or foreign file is made anew, and a folder that cannot be written costs the time
 * of training and nothing else.
 */
#ifndef PACK_LEARN_H
#define PACK_LEARN_H

#include "pack/annotation.h"
#include "text/model.h"
#include "text/mood_learnt.h"
#include "text/train.h"

/* An intent with fewer examples is left to the rules. */
#define LEARN_EXAMPLES_MIN 8
/* The label of what is out of scope. */
#define LEARN_OOS STR("oos")

struct example {
	struct str label, text; /* without annotations */
	struct str file;
	int line;
	const struct annotation *said;
	size_t said_count;
};

struct lessons {
	struct example *p;
	size_t n, capacity;
};

/* One "- " line of an intent, annotations and all (pack/annotation.h). Faults are
 * reported. */
void learn_example(struct loader *l, struct lessons *lessons, struct str label,
	struct str line, int at);
/* What annotations say their texts stand for: struct entity_synonym, in the loader's
 * arena. */
struct items learn_synonyms(struct loader *l, const struct lessons *lessons);
/* The same for the labels of a mood (text/mood_learnt.h): each that occurs needs
 * LEARN_EXAMPLES_MIN examples, and two must occur. */
void learn_mood(struct loader *l, const struct lessons *lessons, enum mood_topic topic,
	struct model **model);
/* *model stays NULL when there is nothing to learn from; what it needs to live is the
 * pack's. Warnings about examples are given to whoever asked for a report. */
void learn(struct loader *l, const struct lessons *lessons, struct model **model);

#endif
