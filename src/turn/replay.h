/*
 * Replay: a recorded turn runs again from its journal, under the pack it ran on (is it
 * the same, byte for byte?) or under another (what would have been said, routed, done?).
 * Nothing is asked of the world and nothing is written.
 *
 * Under another pack a question may be one that the turn did not ask. It is answered from
 * the last recorded answer to the same URL, in this turn or an earlier one of the same
 * conversation (as the recording pack's `keep` left it), else as if the world had been
 * down. Conversations are run again in any order, by several processes: what one of them
 * heard is not known to another.
 *
 * A replayed turn is compared in what it decided and said: the reply with its quick
 * replies, the proposals, the hand-over, the causes with their scores, and the parts of
 * the document. What it cost is not compared.
 */
#ifndef TURN_REPLAY_H
#define TURN_REPLAY_H

#include "talk/store.h"
#include "turn/replay_record.h"
#include "turn/run.h"

struct pack;
struct pack_host;
struct replayed_pack;
struct heard;

/* Pack versions of a store, loaded once: thousands of turns name the same few. */
struct replay_packs {
	const struct pack_host *host;
	struct replayed_pack *first;
};
void replay_packs_init(struct replay_packs *p, const struct pack_host *host);
void replay_packs_fini(struct replay_packs *p);
/* Loads the newest versions, at most `max`, so that processes forked from this one share
 * them. One that does not load is left to the turns that name it. */
enum err replay_packs_load(
	struct replay_packs *p, struct store *store, size_t max, struct error *e);

struct replay {
	struct record_reader reader;
	struct replay_packs *packs;
	const struct actor *(*find_actor)(struct str name);
	const struct pack
		*other; /* what-if: the pack to run under; NULL: each turn's own */
	struct turn_run run;
	struct run_mode mode;
	/* the turn at hand */
	struct record record;
	int64_t row_key;
	struct arena arena;
	/* what-if: look-ups of the conversation's turns until now */
	struct arena heard_arena;
	struct heard *heard;
	int64_t heard_conversation;
	size_t heard_bytes_max; /* REPLAY_HEARD_MAX: past it all are forgotten */
	struct str divergence;  /* first question that the journal does not answer, with
				  both sides */
	int64_t unanswered;     /* questions without a recorded answer */
	int64_t borrowed; /* questions answered from a recorded answer to the same URL */
};

enum replay_verdict {
	REPLAY_EQUAL,
	REPLAY_DIVERGED,
	REPLAY_SKIPPED, /* it never ran to an end, or the person was erased: see `why` */
	REPLAY_UNREADABLE, /* its record or its pack version cannot be read: see `why` */
};

/* Both sides as text; slices live until the next turn. */
struct replay_outcome {
	int64_t turn; /* row key */
	enum replay_verdict verdict;
	bool other_program; /* another version of the program ran it */
	struct str why;     /* where they differ first, in words; else the reason */
	struct str was, is; /* that place on both sides */
	struct str reply_was, reply_is;
	struct str intent_was, intent_is, route_was, route_is;
	bool handoff_was, handoff_is;
	int64_t actions_was, actions_is;     /* done */
	int64_t approvals_was, approvals_is; /* proposed */
	bool blocked_was, blocked_is;        /* the guardrails did not pass */
	int64_t unanswered, borrowed;        /* questions of this turn */
};

void replay_init(struct replay *r, struct store *store, struct replay_packs *packs,
	const struct actor *(*find_actor)(struct str name), const struct pack *other);
void replay_fini(struct replay *r);

/* Turns of a range in order: each replay_next() runs one. ERR_NOT_FOUND at the end, which
 * ends the walk as well; another error says that the store cannot be read on. */
enum err replay_start(
	struct replay *r, const struct record_range *range, struct error *e);
enum err replay_next(struct replay *r, struct replay_outcome *out, struct error *e);
/* One turn alone; ERR_NOT_FOUND: there is no such turn. */
enum err replay_turn(struct replay *r, int64_t conversation, int64_t number,
	struct replay_outcome *out, struct error *e);

#endif
