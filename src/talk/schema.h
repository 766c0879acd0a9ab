/*
 * The tables of the domain, as numbered migrations. A published migration never changes;
 * a new one is added behind it. Until the first is published it changes in its place, and
 * TALK_LAYOUT with it: a store says its layout, and one of another layout is refused.
 *
 * Keys. A conversation has a number; what belongs to it is keyed by conversation <<
 * SEQ_BITS | sequence, so that a conversation's rows lie beside each other and need no
 * index. Everything a person wrote or was told is sealed with the person's key from the
 * key store; look-ups by address use keyed hashes (architecture, section 5, rule 14).
 */
#ifndef TALK_SCHEMA_H
#define TALK_SCHEMA_H

#include "db/db.h"

/* Raised whenever the first migration, or what sealed values hold, changes. */
#define TALK_LAYOUT "4"

#define SEQ_BITS 22 /* at most 4,194,303 events in one conversation */
#define SEQ_MAX (((int64_t)1 << SEQ_BITS) - 1)

static inline int64_t
row_key(int64_t conversation, int64_t seq)
{
	return conversation << SEQ_BITS | seq;
}

static inline int64_t
row_conversation(int64_t key)
{
	return key >> SEQ_BITS;
}

static inline int64_t
row_seq(int64_t key)
{
	return key & SEQ_MAX;
}

extern const struct db_migration talk_migrations[];
extern const size_t talk_migration_count;
extern const struct db_migration talk_key_migrations[];
extern const size_t talk_key_migration_count;

#endif
