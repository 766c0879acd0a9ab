/*
 * How far each side has read a conversation. No event: it has no number of its own, nothing
 * follows from it for a turn, and the newest one is all that counts. A mark only rises.
 */
#ifndef TALK_READ_MARK_H
#define TALK_READ_MARK_H

#include "talk/store.h"

enum reader {
	READER_CUSTOMER, /* of what was written to them */
	READER_PERSON,   /* of your team, of what the customer wrote */
};

struct read_marks {
	int64_t customer_seq, person_seq; /* up to here; 0: nothing yet */
};

void read_mark_add(
	struct db_tx *tx, int64_t conversation, enum reader reader, int64_t seq);
/* Zeros for a conversation without marks. */
enum err read_marks_load(
	struct store *s, int64_t conversation, struct read_marks *out, struct error *e);

#endif
