/*
 * Recorded turns in order, each with all that running it again needs: its row, its
 * journal, its own events. One query walks the conversations and one each conversation's
 * events; keys, and answers that several journals name, are read once.
 *
 * While a walk is open the store is seen as it was when it began, and the store's log
 * cannot be emptied: a reader of many turns walks them in pieces.
 */
#ifndef TURN_REPLAY_RECORD_H
#define TURN_REPLAY_RECORD_H

#include "base/list.h"
#include "talk/conversation.h"
#include "talk/turn_row.h"
#include "turn/journal.h"

struct record_range {
	int64_t tenant;       /* 0: every tenant's */
	int64_t after, up_to; /* row keys of turns: after this one, up to that one */
	struct wall since;    /* that began then or later */
};

struct record {
	struct turn_row row;
	int64_t tenant, contact;
	struct str channel;
	const char *left_out; /* why it cannot run again, or NULL: then all is there */
	struct journal journal;
	struct items events; /* struct event: its messages, and what it made */
};

struct record_reader {
	struct store *store;
	struct record_range range;
	struct conversation_walk conversations;
	bool walking;
	/* the conversation at hand; its id is 0 before the first and after the last */
	struct arena conversation_arena;
	struct conversation conversation;
	bool erased, keyless; /* keyless: the key is gone and nobody erased the person */
	struct journal_sources sources;
	struct turn_walk events;
	bool walking_events;
	struct list ahead; /* events that were read and are still needed */
	int begun_ahead;   /* how many of them begin a turn */
};

void record_reader_init(struct record_reader *r, struct store *store);
void record_reader_fini(struct record_reader *r);
enum err record_reader_start(
	struct record_reader *r, const struct record_range *range, struct error *e);
/* ERR_NOT_FOUND at the end, which closes the walk. ERR_INVALID: the record of this turn
 * cannot be read (its number is in *out), the next may be. What *out holds lives in the
 * arena, or until the next call. */
enum err record_reader_next(
	struct record_reader *r, struct arena *a, struct record *out, struct error *e);
/* Closes a walk before its end. */
void record_reader_stop(struct record_reader *r);

#endif
