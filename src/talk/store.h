/*
 * The open store as the domain sees it: the database, the store's own secrets, the next
 * free numbers, and ids as the world sees them.
 *
 * Numbers are given out on the loop, which is the only writer; an unused number is simply
 * skipped.
 */
#ifndef TALK_STORE_H
#define TALK_STORE_H

#include "base/arena.h"
#include "db/db.h"
#include "wire/seal.h"

struct access_cache;

struct store {
	struct env *env;
	struct db *db;
	struct access_cache *callers; /* of late; talk/tenant.h */
	unsigned char lookup_key[32]; /* hashes of addresses and dedupe keys */
	unsigned char token_key[32];  /* web chat tokens and visitor secrets */
	uint64_t id_key[2];
	int64_t next_contact, next_conversation;
	bool paused; /* a restored copy: answers reads, sends and accepts nothing */
};

/* Opens the folder, migrates, makes the store's secrets when it is new. Runs the loop
 * until they are durable. ERR_INVALID for a store of another layout (talk/schema.h): the
 * text says what to do. */
enum err store_open(struct env *env, struct str dir, struct store *out, struct error *e);
/* The same for reading only: no lock, nothing is written; also beside a running server.
 * ERR_NOT_FOUND: no store there. */
enum err store_open_reading(
	struct env *env, struct str dir, struct store *out, struct error *e);
void store_close(struct store *s);
/* Ends the pause of a restored copy, for whoever opens it next; conflicts when it is not
 * paused. */
void store_resume(struct db_tx *tx);

/*
 * External ids: a letter for what it is and 13 characters (Crockford base32) of the
 * number under a permutation with the store's key, so that ids tell nothing of how many
 * there are.
 */
enum id_kind {
	ID_CONVERSATION = 'c', /* conversation number */
	ID_MESSAGE = 'm',      /* row key of an event */
	ID_TURN = 't',         /* row key of a turn */
	ID_APPROVAL = 'a',     /* row key of the approval's event */
	ID_CONTACT = 'p',      /* contact number */
	ID_REPLAY = 'r',       /* of a replay over the API (api/replays.c) */
};
struct str id_print(
	const struct store *s, struct arena *a, enum id_kind kind, int64_t number);
/* False when the text is no id of that kind. */
bool id_parse(const struct store *s, enum id_kind kind, struct str text, int64_t *number);

/* Keyed 16-byte hash of a look-up value within a tenant; `kind` separates address kinds
 * and dedupe scopes. */
struct lookup {
	unsigned char bytes[16];
};
struct lookup store_lookup(
	const struct store *s, int64_t tenant, struct str kind, struct str value);
#define LOOKUP_STR(l) ((struct str){(const char *)(l).bytes, sizeof(l).bytes})

/*
 * Sealing of what a person wrote or was told. The table and the row take part, so that a
 * sealed value moved elsewhere does not open.
 */
struct person_key {
	unsigned char bytes[32];
	struct seal_series *series; /* whoever seals much; NULL: each value on its own */
};
/* Begins a series in memory that lives as long as the key. */
void person_key_series(
	const struct store *s, struct person_key *key, struct seal_series *series);
enum sealed_in {
	SEALED_PROFILE = 1,
	SEALED_ADDRESS,
	SEALED_STATE,
	SEALED_EVENT,
	SEALED_RECORD,
	SEALED_REQUEST,
	SEALED_ANSWER,
	SEALED_FROZEN,
	SEALED_NOTE
};
struct str store_seal(const struct store *s, struct arena *a,
	const struct person_key *key, enum sealed_in table, int64_t row,
	struct str plain);
enum err store_unseal(struct arena *a, const struct person_key *key, enum sealed_in table,
	int64_t row, struct str sealed, struct str *plain, struct error *e);

#endif
