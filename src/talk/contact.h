/*
 * Contacts: persons with any number of addresses. An address (kind and value) belongs to
 * one contact of its tenant; it is found by a keyed hash and kept sealed. The person's
 * key is made with the contact and durable before anything that it seals.
 */
#ifndef TALK_CONTACT_H
#define TALK_CONTACT_H

#include "talk/store.h"

struct contact {
	int64_t id, tenant;
	struct person_key key;
	struct str name, locale; /* may be empty */
};

/* The person's key alone; ERR_CANCELED for an erased one. */
enum err contact_key(
	struct store *s, int64_t id, struct person_key *out, struct error *e);
/* Whether somebody erased the person: a key may be missing without that. ERR_NOT_FOUND for an unknown one. */
enum err contact_was_erased(struct store *s, int64_t id, bool *out, struct error *e);
/* Contact that an address belongs to; ERR_NOT_FOUND. */
enum err contact_find(struct store *s, int64_t tenant, struct str kind, struct str value,
	int64_t *id, struct error *e);
/* ERR_NOT_FOUND for an unknown contact; ERR_CANCELED for an erased one, whose key is
 * gone. */
enum err contact_load(struct store *s, struct arena *a, int64_t id, struct contact *out,
	struct error *e);
/* Gives the contact its number and key. Nothing is written yet. */
void contact_make(struct store *s, int64_t tenant, struct contact *out);
void contact_add(
	struct store *s, struct db_tx *tx, const struct contact *c, struct wall now);
/* A unique key: ERR_CONFLICT of the transaction when the address belongs to somebody by
 * now. An erased contact gets none: a change that was on its way when it was erased brings nothing back. */
void contact_add_address(struct store *s, struct db_tx *tx, const struct contact *c,
	struct str kind, struct str value, struct wall now);

struct contact_address {
	struct str kind, value; /* "email", or a channel and the id there */
};
/* Where the contact is known, in the order it became known: struct contact_address. */
enum err contact_addresses(struct store *s, struct arena *a, const struct contact *c,
	struct items *out, struct error *e);

#endif
