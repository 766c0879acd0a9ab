/*
 * The forms that POST /model/parse answers in: Rasa's own, and those of three other
 * services that Rasa's server answers in for clients which were written for them
 * (?emulation_mode=):
 *
 *	RASA        Rasa 3.x, ParseResult of its HTTP API
 *	WIT         Wit.ai, GET /message as of 20200513
 *	LUIS        LUIS prediction API v3.0
 *	DIALOGFLOW  Dialogflow ES v2, DetectIntentResponse
 *
 * Places count Unicode code points, as Python's strings do, and ends are exclusive. An
 * intent "faq/opening_hours" is Rasa's retrieval intent "faq" with the response key
 * "faq/opening_hours": the first is the intent, the second is in `response_selector`.
 */
#ifndef API_RASA_FORMS_H
#define API_RASA_FORMS_H

#include "text/perception.h"

struct rasa_entity {
	const struct entity *found;
	int64_t start, end;
};

struct rasa_answer {
	struct arena *arena;       /* for names that are put together */
	struct str id, message_id; /* of this answer; of the message, may be empty */
	struct str text;
	struct items intents; /* struct intent_score, falling; at least one */
	struct items replies; /* struct intent_score of retrieval intents, with the key */
	struct items entities; /* struct rasa_entity, in the order of the text */
	struct items words;    /* struct rasa_entity without `found` */
};

/* Fills all but the ids: slices of what was seen, lists in the arena. */
void rasa_answer_make(
	struct rasa_answer *out, struct arena *a, const struct perception *seen);

struct rasa_form {
	const char *name;
	void (*print)(struct jsonw *w, const struct rasa_answer *answer);
};

/* The names are read in any case. An empty one is Rasa's own form; NULL: there is none
 * of that name. */
const struct rasa_form *rasa_form_find(struct str name);

#endif
