/* Tenants, and the keys that callers prove them with. Keys are 256 random bits and kept
 * as SHA-256 only. */
#ifndef TALK_TENANT_H
#define TALK_TENANT_H

#include "talk/store.h"

/* The row of a tenant by name; ERR_NOT_FOUND. */
enum err tenant_find(struct store *s, struct str name, int64_t *id, struct error *e);
/* Its name; ERR_NOT_FOUND. */
enum err tenant_name(
	struct store *s, struct arena *a, int64_t id, struct str *name, struct error *e);
/* Adds the tenant when there is none of that name; the number is the next free one. */
enum err tenant_ensure(struct store *s, struct db_tx *tx, struct str name,
	struct wall now, int64_t *id, struct error *e);

enum access_kind {
	ACCESS_API,    /* a server of the shop: may vouch for customers, read, decide */
	ACCESS_WIDGET, /* public in a page: may open web chat sessions from allowed
			  origins */
};

/* SHA-256 of a key. */
struct access_print {
	unsigned char bytes[32];
};

struct access {
	int64_t tenant;
	enum access_kind kind;
	struct str name;
	struct str origins; /* widget: allowed origins separated by blanks; empty: none */
	struct str secret;  /* widget: signs customer identities (HMAC-SHA256); empty: no
			       signed identity */
};

/* A new key as its holder keeps it: "pk_" or "wk_" and 43 characters of base64url, in the
 * arena. */
struct str access_new_key(struct store *s, struct arena *a, enum access_kind kind);
void access_add(
	struct db_tx *tx, struct str key, const struct access *access, struct wall now);
/* Who holds this key; ERR_NOT_FOUND for an unknown or revoked one. Slices live in the
 * arena. Callers of late are remembered: see access_forget(). */
enum err access_find(struct store *s, struct arena *a, struct str key, struct access *out,
	struct error *e);
/* To be called when a change of a key or its end is on disk: the next request reads the
 * store again. */
void access_forget(struct store *s);

/* A key as lists show it: by an id made from its hash, since nobody has the key. */
struct access_row {
	struct str id;     /* "k_" and 16 hex digits */
	struct str tenant; /* its name */
	struct access access;
	int64_t created_ms, revoked_ms; /* revoked_ms 0: valid */
	struct access_print print;
};
/* All keys, oldest first: struct access_row in *out. */
enum err access_list(
	struct store *s, struct arena *a, struct items *out, struct error *e);
/* One of them; ERR_NOT_FOUND. */
enum err access_by_id(struct store *s, struct arena *a, struct str id,
	struct access_row *out, struct error *e);
/* From the commit on nobody finds it. A condition: the transaction conflicts when it is
 * revoked already. */
void access_revoke(struct db_tx *tx, const struct access_print *print, struct wall now);
/* What tells a key's connections from others without keeping the key. */
struct access_print access_print_of(struct str key);

#endif
