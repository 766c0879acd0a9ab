/*
 * Is a message an attack? Scores for guardrails, from 0 to 1.
 *
 * Injection: does it try to give the assistant new orders? A small linear model that
 * ships (models/injection.model), calibrated: the score is a probability. Abuse: does it
 * insult or threaten? Word lists that ship (models/abuse.tsv), joined as 1 - (1 - w1)(1 -
 * w2) … Both read a message in disguise as it is meant (text/disguise.h); of a long message
 * the sentences are judged on their own too, for an attack may hide in a quoted mail. Neither decides anything; the pack's policy says what a score leads to.
 */
#ifndef TEXT_RISK_H
#define TEXT_RISK_H

#include "text/tokens.h"

#include "base/err.h"

struct risk {
	double injection;
	double abuse;
};

struct risk_reader;

enum err risk_reader_new(struct risk_reader **out, struct error *e);
/* With another model than the one that ships; its bytes are borrowed (text/model.h). */
enum err risk_reader_of(
	struct str injection_model, struct risk_reader **out, struct error *e);
void risk_reader_free(struct risk_reader **r);
void risk_read(const struct risk_reader *r, struct arena *a, const struct tokens *t,
	struct risk *out);

#endif
