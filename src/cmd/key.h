/* Making keys, for the command and for the running server that it asks. */
#ifndef CMD_KEY_H
#define CMD_KEY_H

#include "base/json.h"
#include "talk/tenant.h"

struct key_request {
	struct str what; /* "key.add" */
	struct str tenant, kind, name, origins;
};
extern const struct schema key_request_schema;

/* Adds what is needed to the transaction and fills *answer with {"key",…,"secret"?}:
 * shown once, kept nowhere. */
enum err key_make(struct store *s, struct arena *a, struct db_tx *tx,
	const struct key_request *q, struct str *answer, struct error *e);

#endif
