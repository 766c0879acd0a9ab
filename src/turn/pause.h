/*
 * How long to wait whether more of a message follows. People write in bursts; an answer to each piece is wrong, and a
 * fixed pause feels broken. Nothing is waited when the text ends a question or a request.
 */
#ifndef TURN_PAUSE_H
#define TURN_PAUSE_H

#include "base/str.h"

#include <stdint.h>

struct pack;

/* Milliseconds from the last arrival: 0, or between the pack's coalesce_min_ms and coalesce_max_ms; the shorter and less
 * finished a text looks, the longer. */
int64_t pause_ms(const struct pack *pack, struct str text);

#endif
