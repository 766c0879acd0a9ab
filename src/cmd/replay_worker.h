/*
 * A reading process of `parley replay`: it runs its share of the recorded turns and says
 * what it found on a pipe, one JSON object a line: examples, and now and then the tally so
 * far. A share is whole conversations, so that what is counted by conversation is counted
 * in one place and no two processes read the same rows.
 */
#ifndef CMD_REPLAY_WORKER_H
#define CMD_REPLAY_WORKER_H

#include "cmd/cmd.h"
#include "turn/replay.h"

#define REPLAY_WORKERS_MAX 64
#define REPLAY_REASONS_MAX 16
#define REPLAY_EXAMPLES_MAX 5 /* of a kind */

/* What another pack may do otherwise. */
enum replay_kind {
	REPLAY_ANSWERED,
	REPLAY_UNDERSTOOD,
	REPLAY_ROUTED,
	REPLAY_ESCALATED,
	REPLAY_ACTED,
	REPLAY_APPROVAL,
	REPLAY_BLOCKED,
	REPLAY_KINDS
};
extern const char *const replay_kind_names[REPLAY_KINDS];

/* Why turns were left out or could not be read. */
struct replay_reason {
	char text[256];
	int64_t turns;
};

struct replay_tally {
	int64_t turns, equal, diverged, skipped, unreadable;
	int64_t other_program;        /* turns that another version of the program ran */
	int64_t unanswered, borrowed; /* questions */
	int64_t conversations, otherwise; /* … with a turn that came out otherwise */
	int64_t turns_by[REPLAY_KINDS];   /* turns otherwise in this */
	int64_t conversations_by[REPLAY_KINDS];
	struct replay_reason reasons[REPLAY_REASONS_MAX];
	size_t reason_count;
	int64_t pieces; /* of the share that are done */
};

struct replay_job {
	struct str dir; /* of the store */
	const struct pack *other;
	struct replay_packs *packs;
	struct record_range range;
	int64_t workers;
	int64_t piece;  /* conversations of one */
	int64_t pieces; /* of the whole range */
};

/* What is in the range, in pieces that workers take in turn. */
void replay_job_divide(struct replay_job *job);
/* The whole life of worker `number`; returns its exit code. */
int replay_work(const struct replay_job *job, int64_t number, int out);

/* The tally as a line's object, and back. */
struct json *replay_tally_print(struct arena *a, const struct replay_tally *t);
void replay_tally_read(const struct json *o, struct replay_tally *t);
/* Adds turns that were left out, or could not be read, for a reason. */
void replay_tally_reason(struct replay_tally *t, struct str text, int64_t turns);
/* Adds what one worker found. */
void replay_tally_add(struct replay_tally *all, const struct replay_tally *one);

#endif
