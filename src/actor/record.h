/*
 * The record (an order, a booking) that a message is about, and whether its sender may
 * know of it.
 *
 * A verified person sees their own. Anyone else sees one by naming it together with its
 * owner's e-mail address; that proof is for this record alone. What is not theirs and
 * what is not there look the same from outside.
 */
#ifndef ACTOR_RECORD_H
#define ACTOR_RECORD_H

#include "actor/scope.h"

/* Fills record_id, record_state, record, choices and missing of the context; may raise
 * `verified`. False: a question is open. */
bool record_find(struct turn *t, struct scope *scope);
/* The record as it is now, asked of its source and not of a cache. False: a question is
 * open. *out stays NULL when it is gone, when it is not theirs, or when its source does
 * not answer. */
bool record_refresh(struct turn *t, struct str id, const struct json **out);

/* Why an action was not begun: its record could not be read again. The reply says so by
 * the record's state, not by words about the action. */
#define ACTION_UNREACHED "source_unavailable"

#endif
