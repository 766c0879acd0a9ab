/*
 * A small HTTP client for the commands that speak to a running server (chat, inbox): one
 * blocking call at a time, on one connection that is kept. It is no part of the server,
 * which never blocks.
 */
#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct client;

struct client_answer {
	int status;
	struct json *body; /* NULL when the answer had none */
};

/* server: "http://127.0.0.1:8080"; key: the API key, or NULL. Both are copied.
 * ERR_INVALID for an address that is none. */
enum err client_new(
	const char *server, const char *key, struct client **out, struct error *e);
void client_free(struct client **c);
const char *client_server(const struct client *c);

/*
 * One call. `body` is JSON or empty, `idempotency_key` may be NULL. What the answer points at lives in the arena. An answer
 * over 399 is an error with the problem's own words:
 *	ERR_NOT_FOUND 404 · ERR_CONFLICT 409 · ERR_LIMIT 429 · ERR_UNAVAILABLE 5xx, or no server there · ERR_INVALID any other
 */
enum err client_call(struct client *c, struct arena *a, const char *method,
	struct str path, struct str body, const char *idempotency_key,
	struct client_answer *out, struct error *e);

#endif
