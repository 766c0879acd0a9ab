/*
 * Why a turn said what it said, as one JSON object: when it ran and on what, the answers
 * it used, each actor's cost, rules with their scores and runners-up, the parts of the
 * document, what was written and what was said. GET /v1/turns/{id} and `parley why` show the same.
 */
#ifndef TURN_REPORT_H
#define TURN_REPORT_H

#include "talk/store.h"

/* Appends the object. ERR_NOT_FOUND: there is no such turn, or the conversation is of
 * another tenant (`tenant` 0: any); ERR_CANCELED: the person was erased;
 * ERR_LIMIT: it is longer than `out` may be. Scratch memory
 * comes from the arena. */
enum err turn_report(struct store *s, struct arena *a, int64_t tenant,
	int64_t conversation, int64_t number, struct buf *out, struct error *e);

#endif
