/*
 * A turn at rest: which messages it answers, the journal that replays it, and why it said
 * what it said.
 *
 * A turn's number is the sequence number of the event that began it: its first message,
 * or the decision it carries out. That event's row has the turn's status and names its
 * record, where journal and causes stand sealed together; turn/journal.h says what they
 * hold. It is written with the acceptance of its first message when the turn waits for
 * anything (status UNFINISHED; a start finds it again), or at once with its outcome.
 */
#ifndef TALK_TURN_ROW_H
#define TALK_TURN_ROW_H

#include "talk/event.h"

/* The numbers are stored. */
enum turn_status {
	TURN_UNFINISHED = 0,
	TURN_DONE = 1,
	TURN_FAILED = 2, /* its error route answered */
};

struct turn_row {
	int64_t conversation, number;
	enum turn_status status;
	int64_t first_seq, last_seq; /* its inbound messages lie between; those of other
					turns may, too; 0: it has none */
	struct wall started, ended;  /* started: when its first event came */
	int64_t pack;                /* row of pack_version */
	struct str journal, causes;
	int64_t bytes; /* of its record as it is stored; what is read has it */
};

/* Inserts the turn with the event that begins it, whose number it has; for a turn that
 * stands already turn_row_update() is the one. */
void turn_row_add(struct store *s, struct db_tx *tx, const struct turn_row *t,
	const struct event *first, const struct person_key *key);
/* Only an unfinished row can change: ERR_CONFLICT of the transaction when it is done. */
void turn_row_update(struct store *s, struct db_tx *tx, const struct turn_row *t,
	const struct person_key *key);
/* An unfinished turn that cannot go on: FAILED from then on, its record as it is. */
void turn_row_fail(struct db_tx *tx, int64_t conversation, int64_t number);
enum err turn_row_load(struct store *s, struct arena *a, int64_t conversation,
	int64_t number, const struct person_key *key, struct turn_row *out,
	struct error *e);

/*
 * A walk over a conversation's events in order, in one query, with the turns that they
 * begin. Bodies stay sealed, so that only those that are wanted are opened. While a walk is
 * open, other reads see the store as the walk does. Always ended by turn_walk_end().
 */
struct turn_walk {
	struct db_rows rows;
};
struct turn_event {
	struct event event; /* its body is sealed; p is NULL when it was forgotten */
	bool begins;        /* a turn, of this status and record */
	enum turn_status status;
	int64_t record;
};
enum err turn_walk_start(struct store *s, struct turn_walk *w, int64_t conversation,
	int64_t after, struct error *e);
/* False at the end. The body lives until the next call. */
bool turn_walk_next(struct turn_walk *w, struct turn_event *out);
/* ERR_UNAVAILABLE when a read error cut the walk short. */
enum err turn_walk_end(struct turn_walk *w);
/* The turn that an event of a walk begins. */
enum err turn_row_open(struct store *s, struct arena *a, const struct turn_event *begun,
	const struct person_key *key, struct turn_row *out, struct error *e);

/* Row keys (int64_t) of all unfinished turns in order. */
enum err turn_row_unfinished(
	struct store *s, struct arena *a, struct items *keys, struct error *e);

/* Row keys (int64_t) of turns after a row key and up to another that began at or after a
 * time, in order. */
enum err turn_row_list(struct store *s, struct arena *a, int64_t after, int64_t up_to,
	struct wall since, size_t limit, struct items *keys, struct error *e);

/* Pack versions by content hash. */
enum err pack_version_find(
	struct store *s, struct str hash, int64_t *id, struct error *e);
/* The number for a new one. */
enum err pack_version_next(struct store *s, int64_t *id, struct error *e);
void pack_version_add(struct db_tx *tx, int64_t id, struct str hash, struct str name,
	struct str version, struct str bundle, struct wall now);
/* What a version is called. */
enum err pack_version_about(struct store *s, struct arena *a, int64_t id,
	struct str *name, struct str *version, struct str *hash, struct error *e);
/* The bundle of a version; ERR_NOT_FOUND. */
enum err pack_version_load(struct store *s, struct arena *a, int64_t id,
	struct str *bundle, struct error *e);

#endif
