/*
 * The engine: takes messages in, gives each conversation one turn at a time, commits, and tells who waits.
 * (Architecture, section 5.) All on the loop thread.
 *
 * A caller embeds a struct inbound, fills its upper half and calls engine_receive(). When that returns OK, `accepted`
 * runs once the message is on disk and `done` exactly once after it, with the replies; both never from inside the call.
 * When the outcome is known with the acceptance (the turn never waited) both run in a row.
 *	result OK               replies, or none when a person has the conversation
 *	result ERR_UNAVAILABLE  nothing was kept; try again later (the disk is full)
 *	result ERR_UNCERTAIN    it may have been kept: ask again with the same dedupe key
 * A caller that cannot wait any longer calls engine_forget() and answers 202: the turn goes on.
 */
#ifndef TURN_ENGINE_H
#define TURN_ENGINE_H

#include "talk/event.h"
#include "talk/store.h"
#include "turn/run.h"
#include "turn/world.h"

struct engine;
struct pack;
struct pack_host;
struct session;
struct live_run;
struct live_message;

struct engine_config {
	struct env *env;
	struct store *store;
	struct world *world;
	const struct actor *(*find_actor)(struct str name);
	const struct pack_host
		*pack_host; /* for the packs of turns that an earlier version began */
	/* Told of every committed event, in order within a conversation, and of typing. May be NULL. */
	void (*on_event)(void *owner, int64_t conversation, const struct event *event);
	void (*on_typing)(void *owner, int64_t conversation, bool on);
	void *owner;
	size_t turns_max, sessions_max; /* 0: TURNS_WAITING_MAX, SESSIONS_MAX */
};

enum err engine_new(
	const struct engine_config *config, struct engine **out, struct error *e);
/* After engine_drain(), and after db_finish() where commits may be on their way. Turns that run all the same end here;
 * the next start of the program goes on with them, and who waits for one is told ERR_UNCERTAIN. */
void engine_free(struct engine **e);

/* Stores the version when it is new, then uses it for all turns that start from then on. The engine takes its own
 * reference. `done` runs on the loop. */
struct engine_pack_change {
	void (*done)(struct engine_pack_change *change, enum err result);
	void *owner;
	struct error error;
	struct db_tx tx;
	struct engine *engine;
	const struct pack *pack;
	int64_t id;
};
void engine_set_pack(struct engine *engine, const struct pack *pack,
	struct engine_pack_change *change);
const struct pack *engine_pack(const struct engine *engine);

/* Finds the turns that the last run of the program left unfinished and goes on with them. Needs a pack. */
enum err engine_recover(struct engine *engine, int *count, struct error *e);

struct inbound {
	/* the caller's; all slices are copied */
	int64_t tenant;
	struct str channel; /* "api", "webchat" … */
	struct caller caller;
	struct str text, payload, client_id;
	struct str dedupe; /* provider's message id or Idempotency-Key; empty: none */
	unsigned char fingerprint
		[32];  /* hash of the request, compared when the dedupe key comes again */
	bool pause;    /* may be coalesced with what follows */
	bool document; /* the caller reads last->doc: its texts are kept until `done` */
	void (*accepted)(struct inbound *in);
	void (*done)(struct inbound *in);
	void *owner;

	/* what became of it */
	enum err result;
	struct error error;
	bool repeated; /* the dedupe key was known: ids and replies are those of the first time */
	bool mismatch; /* … but the fingerprint is another one: result ERR_INVALID, nothing was kept */
	int64_t conversation, seq,
		turn; /* numbers; row_key(conversation, seq) is the message. `turn` is 0
		       * when the message is a repetition and retention has forgotten it */
	struct items
		replies; /* struct event of kind OUTBOUND; valid until done returns */
	bool escalated;
	const struct turn
		*last; /* the finished turn, valid until done returns; NULL when repeated.
		       * Its ids and messages; its document only where `document` asks for it */

	/* the engine's own */
	struct list link;
	struct live_run *run;
	struct live_message *message;
	struct engine *engine;
	struct arena arena;
	struct env_timer later;
	bool told;
};

/* ERR_LIMIT: too many turns wait; ERR_UNAVAILABLE: the store takes nothing now; ERR_INVALID: longer than
 * MESSAGE_TEXT_MAX, no valid UTF-8, nothing in it. Then neither callback runs. */
enum err engine_receive(struct engine *engine, struct inbound *in, struct error *e);
/* The callbacks will not run any more. */
void engine_forget(struct inbound *in);

/* What people do to a conversation. One at a time, between the commits of turns. */
enum op_kind {
	OP_TAKEOVER, /* a person has it now; the bot is silent at once */
	OP_HANDBACK, /* the bot has it again */
	OP_MESSAGE,  /* a person writes to the customer; takes over when nobody has */
	OP_CLOSE,
	OP_DECIDE, /* an approval: starts the turn that carries it out */
	OP_GIVE_UP, /* the engine's own: `turn` cannot go on, `text` says why; people get the conversation */
};

struct engine_op {
	enum op_kind kind;
	int64_t tenant;
	int64_t conversation;
	struct str person_id, person_name; /* copied */
	struct str text;  /* MESSAGE: what is written; DECIDE: the note */
	int64_t approval; /* DECIDE */
	bool approved;
	void (*done)(struct engine_op *op);
	void *owner;

	enum err
		result; /* NOT_FOUND: of no such tenant; CONFLICT: decided already, not owned, closed */
	struct error error;
	int64_t seq;  /* of the event it became */
	int64_t turn; /* DECIDE: the turn it started; GIVE_UP: given */

	struct list link;
	struct engine *engine;
	struct env_timer later;
};
/* `done` runs exactly once and never from inside. */
void engine_do(struct engine *engine, struct engine_op *op);

/* Ends when no turn runs; `drained` runs on the loop. New messages are refused with ERR_UNAVAILABLE. */
void engine_drain(struct engine *engine, void (*drained)(void *owner), void *owner);

/*
 * Erases a person (talk/erasure.h): destroys the key in the store, then forgets sessions, addresses and cached answers
 * once the turns that were under way have ended. `done` runs exactly once and never from inside, unless an error comes
 * back at once: ERR_NOT_FOUND, ERR_CONFLICT (erased already), ERR_LIMIT, ERR_UNAVAILABLE. The caller embeds the
 * struct, which is free again when `done` runs.
 */
struct engine_erasure {
	int64_t tenant, contact; /* tenant 0: any */
	void (*done)(struct engine_erasure *x);
	void *owner;
	/* set before done; when it is not OK the key may be gone all the same: to be asked for again */
	enum err result;
	struct error error;
	/* the engine's own */
	struct engine *engine;
	struct db_tx tx;
	struct env_timer again;
};
enum err engine_erase(struct engine *engine, struct engine_erasure *x, struct error *e);

struct engine_stats {
	int64_t messages, turns, failed_turns, repeated, conflicts, handoffs, effects,
		uncertain, questions;       /* since start */
	int64_t running, waiting, sessions; /* now */
	int64_t cache_hits, cache_misses;
};
void engine_get_stats(const struct engine *engine, struct engine_stats *out);

#endif
