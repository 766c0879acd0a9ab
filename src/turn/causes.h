/*
 * The cause record of a turn: why it said what it said, and what that cost. Stored as bytes (base/schema_bytes.h) beside
 * the journal; causes_parse() is the one reader and gives an object:
 *	{"actors":[{"actor","us","runs"}],
 *	 "causes":[{"actor","v","rule","score","instead","instead_score","lost","detail"}],
 *	 "sentiment":{…},"intent":{…},"decision":{…},"execution":{…},"guardrail":{…},"escalation":{…},"failure","cut"}
 *
 * `us` are microseconds of the loop thread. They differ each time, so they stand apart in the record, and
 * causes_same() leaves them out.
 *
 * A record has at most CAUSES_BYTES_MAX bytes. One that would have more is cut: its first CAUSES_CUT_COUNT causes and the
 * parts of the document without their lists, each text with its first CAUSES_CUT_TEXT bytes, and `cut` says so.
 */
#ifndef TURN_CAUSES_H
#define TURN_CAUSES_H

#include "turn/run.h"

#define CAUSES_CUT_COUNT 200
#define CAUSES_CUT_TEXT 200

struct str causes_print(struct arena *a, const struct turn_run *run);
/* The record as the object above. ERR_INVALID: it is damaged; ERR_LIMIT: CAUSES_TEXT_MAX. */
enum err causes_parse(
	struct arena *a, struct str record, struct json **out, struct error *e);
/* Whether two records say the same, but for what it cost. */
bool causes_same(struct str a, struct str b);

#endif
