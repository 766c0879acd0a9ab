/*
 * Personal data in a message: which entities are personal, and the message without them.
 *
 * Personal are card, iban, ssn, email, phone, ip and passport-like numbers; a policy may
 * name others of the finder's kinds. Redaction is for logs and prompts; the journal keeps
 * the message, sealed.
 */
#ifndef TEXT_PERSONAL_H
#define TEXT_PERSONAL_H

#include "text/entities.h"

/* Is an entity of this kind personal data, whatever the policy? */
bool personal_kind(struct str kind);
/* The text with every span of a personal kind, or of one of `more` (struct str), as its
 * kind in brackets: "pay with [card]". */
struct str personal_redact(struct arena *a, struct str text, const struct entities *e,
	const struct items *more);

#endif
