/*
 * Sessions: conversations in memory, and the turns that are live in them. Internal to this room.
 *
 * A session is the lock of its conversation: `busy` while a commit of it is on its way, and then nothing else changes
 * it. `row` is what the store holds; a change works on `draft` and becomes `row` when it is durable.
 */
#ifndef TURN_SESSION_H
#define TURN_SESSION_H

#include "base/limits.h"
#include "base/map.h"
#include "talk/conversation.h"
#include "talk/dedupe.h"
#include "talk/effect.h"
#include "talk/turn_row.h"
#include "turn/answer_cache.h"
#include "turn/engine.h"

enum phase {
	PHASE_COLLECTING, /* not begun: messages gather */
	PHASE_TO_ASK,     /* questions to put, after what must be committed before */
	PHASE_ASKING,     /* the world is asked */
	PHASE_TO_RECORD, /* answers of effects to be committed before the actor sees them */
	PHASE_TO_FINISH,  /* the outcome is to be committed */
	PHASE_COMMITTING, /* one of these commits is on its way */
	PHASE_RETRY,      /* the store could not take it: tried again by timer */
};

struct live_message {
	struct live_message *next;
	struct turn_message m;
	struct str client_id;
	bool accepted;  /* durable */
	bool submitted; /* part of the commit on its way */
	bool has_dedupe;
	struct dedupe dedupe;
};

struct live_run {
	struct turn_run run; /* first: the runner's part */
	struct engine *engine;
	struct session *session;
	struct list link; /* in engine->runs */
	struct list line; /* in session->later */
	int64_t number;   /* its first event's; fixed once that is durable */
	const struct pack *pack;
	int64_t pack_id;
	enum phase phase, retry;
	bool begun;
	bool at_once; /* no pause: somebody waits, or the text is complete */
	bool stored;  /* its turn row is there */
	bool broken;
	bool human; /* starts from a person's decision */
	struct live_message *messages, *messages_last;
	int message_count;
	struct list waiters; /* struct inbound */
	int64_t from_version;
	int conflicts, attempts;
	struct wall began;
	struct mono began_at;
	struct items ledger; /* recovery: struct effect, rows that stand already */
	struct env_timer timer;
	int calls; /* at the world now */
	bool over; /* finished while calls were out: freed with the last of them */
	bool typing;
	bool rested; /* what its actors made was given back: to be written once more it runs again */
	struct items
		outcome; /* struct event: what the outcome told, while live_finish() runs */
};

struct session_key {
	struct list link;
	struct str text;
};

struct session {
	struct engine *engine;
	struct list used;
	struct list keys; /* struct session_key: the addresses it is found by */
	struct arena arena;
	struct conversation row;
	struct str id, contact_id,
		tenant; /* as the turns of the conversation name them */
	struct buf state;
	struct contact contact;
	struct seal_series series; /* the contact's key seals with */
	bool contact_stored;
	int64_t erased; /* a contact without a key, whose addresses the first commit takes over; 0: none */
	struct str new_kinds[2],
		new_values[2]; /* addresses to be stored with the next commit */
	int new_count;
	int putting; /* how many of them the change on its way stores */

	/* Messages join a turn that has not begun when the same caller wrote them: neither may speak with the other's
	 * rights. What another caller writes waits in `later` and is accepted when it comes to be next. */
	struct live_run *running, *next;
	struct list later;
	struct live_run *
		verdict; /* a decision's turn that has not begun; it goes before `next` */
	struct list ops;
	bool busy;
	struct env_timer pause;
	bool pausing;

	/* the change on its way */
	struct db_tx tx;
	struct conversation draft;
	struct live_run *changing;
	struct live_run *also; /* a turn that the change began beside (DECIDE) */
	struct engine_op *op;
	struct event *events; /* what it tells, in tx.arena */
	size_t event_count;
	/* a change that could not even be queued ends on the loop's next turn */
	enum err refused;
	void (*on_done)(struct db_tx *tx, enum err result);
	struct env_timer refusal;
};

struct loaded_pack {
	struct loaded_pack *next;
	const struct pack *pack;
	int64_t id;
};

struct engine {
	struct engine_config config;
	struct env *env;
	struct store *store;
	struct map by_address, by_number;
	struct list used; /* sessions, least used first */
	struct list runs; /* live runs: those that gather messages too */
	size_t run_count;
	struct list abandoned; /* their ends on the way to the store (erase.c) */
	size_t session_count;
	struct live_run *spare; /* runs to be used again, linked by run.owner */
	int spare_count;
	struct map in_flight; /* dedupe keys of messages not yet done → struct live_run */
	uint64_t recent
		[DEDUPE_RECENT]; /* parts of keys of those done of late, by their first bits */
	struct answer_cache cache;
	struct run_mode mode;
	const struct pack *pack;
	int64_t pack_id;
	struct loaded_pack *packs;
	struct engine_stats stats;
	bool draining;
	void (*drained)(void *owner);
	void *drained_owner;
};

/* ---- sessions (session.c) ---- */

/* The session of a caller on a channel; makes contact and conversation when they are new. */
enum err session_of(struct engine *engine, const struct inbound *in, struct session **out,
	struct error *e);
/* The session of a conversation by number; ERR_NOT_FOUND. */
enum err session_of_number(struct engine *engine, int64_t conversation,
	struct session **out, struct error *e);
/* Takes over what a durable change made of the row. */
void session_apply(struct session *s);
/* Forgets the session; the next use reads it from the store. Only while nothing is live in it. */
void session_drop(struct session *s);
/* The conversation is closed: its addresses do not lead to it any more, though a turn may still be live in it. */
void session_unaddress(struct session *s);
/* Drops the least used ones above the limit. */
void session_trim(struct engine *engine);
/* The turn that was next is not it any more: the one behind it is, if there is one. */
void session_next_is_gone(struct session *s);
/* Nothing is live in it and nothing waits for it. */
bool session_is_idle(const struct session *s);
bool session_human_owns(const struct session *s);

/* ---- live runs (live.c) ---- */

/* What a person's cached answers are kept under: a key begins with this. */
#define CACHE_PREFIX(contact) ((struct str){(const char *)&(contact), sizeof(contact)})

struct live_run *live_new(struct session *s);
/* Frees it, or leaves that to the last call that is still out. */
void live_release(struct live_run *lr);
struct live_message *live_add_message(struct live_run *lr, const struct inbound *in);
/* Whether what this caller writes may join the turn. */
bool live_is_same_caller(const struct live_run *lr, const struct caller *c);
/* Gives messages that are not durable the next numbers, and the turn that of its first. */
void live_number_messages(struct live_run *lr);
/* Gives the turn its number, and its id with it. */
void live_number(struct live_run *lr, int64_t number);
/* The first message that is not durable; NULL when all are. */
const struct live_message *live_unaccepted(const struct live_run *lr);
/* Begins: fixes now and seed, runs until something must be committed or asked. */
void live_begin(struct live_run *lr);
/* Runs again from the start on the conversation's present state; answers are kept. */
void live_restart(struct live_run *lr);
void live_walk(struct live_run *lr);
/* The outcome is on its way and stands in the change. Thousands of turns may wait for the disk at once, so what the
 * actors allocated, most of a turn's memory, is given back now, unless somebody reads the document later. */
void live_rest(struct live_run *lr);
/* Puts what is new to the world. */
void live_ask_world(struct live_run *lr);
/* The run's journal is durable: answers it fetched need not be written again by turns that take them from the cache. */
void live_answers_journaled(struct live_run *lr);
/* Fills engine->mode: answers come from the world. */
void live_mode(struct engine *engine);

/* ---- commits (commit.c) ---- */

/* Each fills the session's change and submits it; when it ends the session goes on by session_advance(). */
void commit_acceptance(struct session *s, struct live_run *lr);
void commit_questions(struct session *s, struct live_run *lr);
void commit_answers(struct session *s, struct live_run *lr);
void commit_outcome(struct session *s, struct live_run *lr);

/* The parts, for other changes of a session. */
void change_start(struct session *s);
struct event *change_event(struct session *s, enum event_kind kind, int64_t turn,
	struct str body, struct wall at);
/* A turn that begins with this event. */
void change_turn(
	struct session *s, const struct turn_row *row, const struct event *first);
/* People get the conversation. */
void change_handoff(
	struct session *s, int64_t turn, const struct escalation_part *e, struct wall at);
void change_conversation(struct session *s, bool whole);
void change_submit(struct session *s, void (*done)(struct db_tx *tx, enum err result));
/* COMMIT itself failed, so the store alone knows whether the change is there: an uncertain result becomes OK or
 * ERR_UNAVAILABLE. False: the store cannot be asked yet; `done` runs again when it may be. */
bool change_settle(struct session *s, enum err *result,
	void (*done)(struct db_tx *tx, enum err result));
/* Applies a durable change and tells its events; frees the transaction. */
void change_done(struct session *s);
/* Forgets a change that did not happen. */
void change_failed(struct session *s);

/* ---- what people do (ops.c), and what goes on (engine.c) ---- */

void op_start(struct session *s, struct engine_op *op);
/* Ends an unfinished turn of an erased person in the store (erase.c); what it sent is in doubt. */
void turn_abandon(struct engine *engine, int64_t turn);
/* Forgets those whose commit will not be heard of any more. */
void turn_abandoned_free(struct engine *engine);
/* Goes on with whatever the session may do next. */
void session_advance(struct session *s);
/* Tells who waits for the end when the last turn is gone, and with it the last call to the world. */
void engine_tell_drained(struct engine *engine);
/* Messages that the store has already leave a turn whose commit failed; who sent them gets what was told the first time.
 * Returns how many there were. */
int engine_drop_repeated(struct live_run *lr);
/* A turn is over: tells the waiters and frees it. */
void live_finish(struct live_run *lr, enum err result, const struct error *error);

#endif
