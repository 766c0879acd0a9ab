/*
 * The API: HTTP and WebSocket endpoints over the engine and the store. One file a topic, each with its routes:
 *
 *	messages       POST /v1/messages
 *	conversations  GET /v1/conversations …, takeover, messages, handback
 *	approvals      GET /v1/approvals, POST /v1/approvals/{id}
 *	turns          GET /v1/turns/{id}
 *	replays        POST /v1/replays, GET and DELETE /v1/replays/{id}
 *	webchat        sessions, WebSocket, events, tickets, messages (docs/webchat.md)
 *	ecommerce      the interface of the e-commerce system as its clients know it
 *	health         /health, /health/ready, /metrics
 *	openapi        /openapi.json, made from the tables that read the requests
 *	understand     POST /v1/understand
 *	rasa           /version, /status, POST /model/parse, as clients of Rasa expect them
 *	pages          the demo shop's page, /widget, /docs and the files of the web part
 *
 * All on the loop thread. The tenant comes from the credential only (auth.h).
 */
#ifndef API_API_H
#define API_API_H

#include "net/http_server.h"
#include "talk/tenant.h"
#include "turn/engine.h"

/* A preset, verified visitor of the demo. */
struct demo_customer {
	struct str id, email, name, tier;
};

struct api_config {
	struct str address;
	int port;              /* 0: any free one */
	int64_t reply_wait_ms; /* how long POST /v1/messages waits for the reply before
				  202 */
	int64_t tenant;        /* of the demo: callers without a key */
	bool demo;             /* callers need no key */
	const struct demo_customer *customers;
	size_t customer_count;
	/* Writes a customer's orders for the demo's page:
	 * [{"order_id","status","summary"}]. May be NULL. */
	void (*print_orders)(void *demo, struct str email, struct jsonw *w);
	void *demo_owner;
	struct str widget_key, widget_secret; /* the demo's */
	/* What begins the command line of a replay: the program's path, "replay" and how to
	 * find the store. Ends with NULL; NULL: there are none. Kept by the caller. */
	const char *const *replay_command;
	struct str packs; /* folder whose packs a replay may name; empty: none */
	struct http_server_config
		limits; /* the server's limits; zero values take the defaults */
};

struct api;

/* The engine tells the api of events: its callbacks, with a struct api ** that is set by
 * then as owner. */
void api_on_event(void *owner, int64_t conversation, const struct event *event);
void api_on_typing(void *owner, int64_t conversation, bool on);

/* Listens. The engine may be given later (api_set_engine()), because it needs the api's
 * callbacks first. */
enum err api_start(struct env *env, struct store *store, const struct api_config *config,
	struct api **out, struct error *e);
void api_set_engine(struct api *api, struct engine *engine);
int api_port(const struct api *api);
/* The key is revoked, on disk: nobody remembers it, and what it opened and is still open
 * ends. */
void api_key_revoked(struct api *api, const struct access_print *key);
/* From then on /health/ready says 200. */
void api_ready(struct api *api);
/* Another pack is being read meanwhile: GET /status says so. */
void api_learns(struct api *api, bool yes);
/* Stops accepting and ends what is open; `drained` runs once on the loop. */
void api_drain(
	struct api *api, int64_t grace_ms, void (*drained)(void *owner), void *owner);
void api_free(struct api **api);

#endif
