/*
 * Replay: a recorded turn runs again from its journal, under the pack it ran on (is it
 * the same, byte for byte?) or under another (what would have been said, routed, done?).
 * Nothing is asked of the world and nothing is written.
 *
 * A replayed turn is compared in what it decided and said: the reply with its quick
 * replies, the proposals, the hand-over, the causes with their scores, and the parts of
 * the document. What it cost is not compared.
 */
#ifndef TURN_REPLAY_H
#define TURN_REPLAY_H

#include "talk/store.h"
#include "talk/turn_row.h"
#include "turn/run.h"

struct pack;
struct pack_host;
struct replayed_pack;

struct replay {
	struct store *store; /* may be open for reading only */
	const struct pack_host *host;
	const struct actor *(*find_actor)(struct str name);
	const struct pack
		*other; /* what-if: the pack to run under; NULL: each turn's own */
	struct replayed_pack *packs;
	struct turn_run run;
	struct run_mode mode;
	/* the conversation at hand: turns come in its order */
	int64_t conversation;
	struct contact contact;
	struct str channel;
	struct arena conversation_arena;
	/* the turn at hand */
	int64_t row_key;
	struct arena arena;
	struct str divergence; /* first question that the journal does not answer, with
				  both sides */
	int64_t unanswered;    /* questions without a recorded answer */
	int64_t borrowed;      /* … answered from a recorded answer to the same URL */
};

enum replay_verdict {
	REPLAY_EQUAL,
	REPLAY_DIVERGED,
	REPLAY_SKIPPED, /* it never ran to an end, or the person was erased: see `why` */
};

/* Both sides as text; slices live until the next replay_turn(). */
struct replay_outcome {
	enum replay_verdict verdict;
	struct str why; /* where they differ first, in words; for SKIPPED the reason */
	struct str was, is; /* that place on both sides */
	struct str reply_was, reply_is;
	struct str intent_was, intent_is, route_was, route_is;
	bool handoff_was, handoff_is;
	int64_t actions_was, actions_is;     /* done */
	int64_t approvals_was, approvals_is; /* proposed */
	bool blocked_was, blocked_is;        /* the guardrails did not pass */
};

void replay_init(struct replay *r, struct store *store, const struct pack_host *host,
	const struct actor *(*find_actor)(struct str name), const struct pack *other);
void replay_fini(struct replay *r);
/* ERR_NOT_FOUND: there is no such turn. ERR_INVALID: its record cannot be read. */
enum err replay_turn(struct replay *r, int64_t conversation, int64_t number,
	struct replay_outcome *out, struct error *e);

#endif
