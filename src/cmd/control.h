/*
 * How commands that write reach the running server: parley.sock in the data folder, for
 * the owner of the folder only. One JSON object a line in, one out: {"do":"key.add",…} →
 * {"key":…} or {"error":…}.
 */
#ifndef CMD_CONTROL_H
#define CMD_CONTROL_H

#include "base/json.h"
#include "env/env.h"

struct control;
struct control_request;

/* Runs for each request; must call control_reply() once, now or later. */
typedef void control_handler(
	void *owner, struct control_request *request, const struct json *in);

/* A socket left by a server that is gone is replaced: the caller holds the folder's lock.
 */
enum err control_start(struct env *env, struct str dir, control_handler *handle,
	void *owner, struct control **out, struct error *e);
/* Requests still open are dropped. */
void control_stop(struct control **c);
struct arena *control_arena(struct control_request *request);
/* `json` is one object. */
void control_reply(struct control_request *request, struct str json);
void control_reply_error(struct control_request *request, const char *text);

/* The client's side, blocking: ERR_NOT_FOUND when no server runs on this folder, else
 * what it said. */
enum err control_call(struct str dir, struct arena *a, struct str json, struct json **out,
	struct error *e);

#endif
