/*
 * Conversations: one open one for each (tenant, channel, contact), with a version that
 * every change raises. `status` moves open → waiting (handed over) → human (taken over) →
 * open (handed back); `closed` ends it.
 */
#ifndef TALK_CONVERSATION_H
#define TALK_CONVERSATION_H

#include "talk/contact.h"

#define CONVERSATION_OPEN "open"
#define CONVERSATION_WAITING "waiting" /* for a person; the bot is silent */
#define CONVERSATION_HUMAN "human"     /* a person has it; the bot is silent */
#define CONVERSATION_CLOSED "closed"

struct conversation {
	int64_t id, tenant, contact;
	struct str channel, status;
	int64_t version;             /* 0: not stored yet */
	int64_t seq;                 /* of the last event */
	struct str owner, reference; /* JSON {"id","name"} of the person; the hand-over's
					reference */
	int64_t waiting_ms;          /* since when it waits; 0: it does not */
	int64_t created_ms, updated_ms;
	struct str
		state; /* the dialogue (turn/document.h); sealed at rest; empty: none yet */
};

enum err conversation_load(struct store *s, struct arena *a, int64_t id,
	const struct person_key *key, struct conversation *out, struct error *e);
/* Who it belongs to, without a key: fills tenant and contact only. */
enum err conversation_owner(
	struct store *s, int64_t id, int64_t *tenant, int64_t *contact, struct error *e);
/* A walk over conversations by number that changed since a time, of one tenant or (0) of
 * all, in one query: fills id, tenant, contact and channel. Always ended by
 * conversation_walk_end(). */
struct conversation_walk {
	struct db_rows rows;
};
enum err conversation_walk_start(struct store *s, struct conversation_walk *w,
	int64_t tenant, int64_t first, int64_t last, struct wall since, struct error *e);
bool conversation_walk_next(
	struct conversation_walk *w, struct arena *a, struct conversation *out);
enum err conversation_walk_end(struct conversation_walk *w);
/* The open conversation of a contact on a channel: its number, or ERR_NOT_FOUND. */
enum err conversation_find(struct store *s, int64_t tenant, struct str channel,
	int64_t contact, int64_t *id, struct error *e);
/* Writes c as it is to be. With `from_version` 0 it is inserted, else it must still have
 * that version: ERR_CONFLICT. */
void conversation_write(struct store *s, struct db_tx *tx, const struct conversation *c,
	int64_t from_version, const struct person_key *key);
/* The same for a plain turn: only version, seq, time and state have changed. */
void conversation_write_plain(struct store *s, struct db_tx *tx,
	const struct conversation *c, int64_t from_version, const struct person_key *key);
/* A condition only: the transaction conflicts unless the conversation has this version.
 */
void conversation_require(struct db_tx *tx, int64_t id, int64_t version);
/* Number of conversations of the tenant that wait for a person. */
enum err conversation_waiting(
	struct store *s, int64_t tenant, int64_t *count, struct error *e);
/* Place in the line of those that wait: 1 is next. 0 when it does not wait. */
enum err conversation_place(
	struct store *s, const struct conversation *c, int64_t *place, struct error *e);
/* Numbers of a tenant's conversations of one status ("" any), oldest wait first, then by
 * number. `after` continues. */
enum err conversation_list(struct store *s, struct arena *a, int64_t tenant,
	struct str status, int64_t after, size_t limit, struct items *ids,
	struct error *e);

#endif
