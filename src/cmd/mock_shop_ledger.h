/*
 * What changing calls to the demo shop did, in order, and the answers kept for their
 * idempotency keys.
 *
 * Each effect is one line of JSON,
 * {"seq","at","service","action","target","key"?,"request"}; it is kept for GET /effects,
 * appended to the record file and synced before ledger_append() returns, so that a test
 * that kills its peers can trust the file.
 */
#ifndef CMD_MOCK_SHOP_LEDGER_H
#define CMD_MOCK_SHOP_LEDGER_H

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"
#include "base/schema.h"

struct effect {
	struct str at;
	const char *service, *action;
	struct str target, key;
	const struct json *request;
};

/* The answer to the first call with a key. */
struct kept_answer {
	uint64_t request; /* hash of method, path and body */
	int status;
	struct str body;
};

struct shop_ledger {
	struct arena arena;
	struct items lines; /* struct str, the effects as JSON */
	size_t lines_max;   /* SHOP_EFFECTS_MAX */
	size_t room;
	struct map kept; /* struct kept_answer by service and key */
	int fd;          /* the record file; -1: none */
};

/* record may be NULL. ERR_UNAVAILABLE when it cannot be opened. */
enum err ledger_open(struct shop_ledger *l, const char *record, struct error *e);
void ledger_close(struct shop_ledger *l);
/* True when one more effect has room (SHOP_EFFECTS_MAX). */
bool ledger_has_room(const struct shop_ledger *l);
/* ERR_UNAVAILABLE when the line could not be written; it is listed all the same, for the
 * change was made. */
enum err ledger_append(
	struct shop_ledger *l, const struct effect *effect, struct error *e);
/* The effects after the after-th, at most `max`, as {"effects":[…],"total"}. */
void ledger_write(
	const struct shop_ledger *l, int64_t after, size_t max, struct jsonw *w);

/* NULL when the key is new to the service. */
const struct kept_answer *ledger_find(
	const struct shop_ledger *l, const char *service, struct str key);
/* Copies the body. A problem's body is kept as well as a good answer's. */
void ledger_keep(struct shop_ledger *l, const char *service, struct str key,
	const struct kept_answer *answer);

#endif
