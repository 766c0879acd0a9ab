/*
 * All that is understood of one message, in one call: language, intent, mood, entities,
 * risk.
 *
 * The parts are borrowed; a part that is NULL is left out. Results live in the arena, and
 * nothing else is allocated. The message's language decides how numbers and dates are
 * read, unless the context names one.
 */
#ifndef TEXT_PERCEPTION_H
#define TEXT_PERCEPTION_H

#include "text/entities.h"
#include "text/intent.h"
#include "text/language.h"
#include "text/mood_learnt.h"
#include "text/risk.h"

struct perceiver {
	const struct language_reader *languages;
	struct intent_classifier *intents;
	const struct lexicon *lexicon;
	struct entity_finder *entities;
	const struct risk_reader *risk;
	const struct mood_models *moods; /* only beside a lexicon */
};

struct perception {
	struct tokens tokens;
	struct language language;
	struct intent intent;
	struct mood mood;
	struct entities entities;
	struct risk risk;
};

void perceive(const struct perceiver *p, struct arena *a, struct str text,
	const struct entity_context *context, struct perception *out);
/* One JSON object with what the perceiver has parts for. Entity offsets count code
 * points. */
void perception_write(const struct perceiver *p, struct arena *a,
	const struct perception *seen, struct jsonw *w);

#endif
