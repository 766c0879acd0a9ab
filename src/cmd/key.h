/* Making and revoking keys, for the command and for the running server that it asks. */
#ifndef CMD_KEY_H
#define CMD_KEY_H

#include "base/json.h"
#include "talk/tenant.h"

struct key_request {
	struct str what;                        /* "key.add" or "key.revoke" */
	struct str tenant, kind, name, origins; /* add */
	struct str id;                          /* revoke */
};
extern const struct schema key_request_schema;

/* What a request comes to once its transaction is committed. */
struct key_change {
	struct str answer; /* add: {"key",…,"secret"?}: shown once, kept nowhere */
	bool revokes;
	struct access_print print; /* of the key that was revoked */
};
/* Adds what is needed to the transaction. */
enum err key_plan(struct store *s, struct arena *a, struct db_tx *tx,
	const struct key_request *q, struct key_change *out, struct error *e);

#endif
