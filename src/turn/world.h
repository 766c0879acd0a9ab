/*
 * The world as a live turn sees it: something that answers questions. world_http.c calls real services; a simulation
 * brings its own.
 *
 * The caller embeds a struct world_call, fills the upper half (which must live until the answer), and gets `done`
 * exactly once, on the loop, never from inside world_ask(). The body is valid until done returns.
 */
#ifndef TURN_WORLD_H
#define TURN_WORLD_H

#include "turn/turn.h"

struct world_call {
	const struct question *question;
	struct str idempotency_key; /* effects: sent as Idempotency-Key */
	int64_t timeout_ms;
	void (*done)(struct world_call *call);
	void *owner;

	enum answer_status status;
	int http;
	struct str
		body; /* JSON text of the answer, reduced to question->keep; empty when it was no JSON */
};

struct world;

struct world_ops {
	void (*ask)(struct world *w, struct world_call *call);
};

struct world {
	const struct world_ops *ops;
};

static inline void
world_ask(struct world *w, struct world_call *call)
{
	w->ops->ask(w, call);
}

/* The real one. User-configured URLs are vetted by the client's rules (net/http_client.h). */
struct http_client;
struct world *world_http_new(struct env *env, struct http_client *client);
/* From then on nobody is told of what is under way: a turn that the end of the program cuts off must not take that for
 * an answer. Before the client is freed. */
void world_http_stop(struct world *w);
void world_http_free(struct world **w);

/* A JSON value reduced to paths ("tier", "address.city", "items.name"; arrays are walked through). NULL keeps all. */
struct json *answer_keep(
	struct arena *a, const struct json *v, const struct items *paths);

#endif
