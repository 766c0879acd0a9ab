/* What the files of this room share. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"
#include "base/map.h"
#include "talk/conversation.h"
#include "talk/read_mark.h"
#include "text/perception.h"

struct webchat;
struct replays;

struct api {
	struct api_config config;
	struct env *env;
	struct store *store;
	struct engine *engine;
	struct http_server *server;
	struct webchat *webchat;
	struct replays *replays;
	struct language_reader *languages;
	struct risk_reader *risk;
	bool ready;
	bool learning;       /* another pack is being read */
	int64_t revocations; /* keys revoked since the start */
	struct wall started;
	struct http_route *routes;
	size_t route_count;
	int64_t answered[6]; /* by hundreds of the status */
	int64_t duration_us_total;
	void (*drained)(void *owner);
	void *drained_owner;
};

static inline struct api *
api_of(const struct http_request *r)
{
	return r->owner;
}

/* Each topic's routes, ended by a row whose path is NULL. */
extern const struct http_route message_routes[], conversation_routes[], approval_routes[],
	turn_routes[], replay_routes[], health_routes[], webchat_routes[],
	ecommerce_routes[], openapi_routes[], page_routes[], understand_routes[],
	rasa_routes[];

/* The body read by a schema; on failure the request is answered (400, or 422 when it is
 * JSON but not what is wanted). */
bool api_read_body(struct http_request *r, const struct schema *schema, void *out);
/* The same with header lines for that answer. */
bool api_read_body_with(struct http_request *r, const struct schema *schema,
	struct str headers, void *out);
/* A conversation of the caller's tenant by the id in the path; on failure the request is
 * answered with 404. */
bool api_conversation(struct http_request *r, int64_t tenant, struct contact *contact,
	struct conversation *out);
/* limit= and after= of a page; on failure the request is answered with 400. `fallback` is
 * the limit without one. */
bool api_page(
	struct http_request *r, int64_t fallback, int64_t *limit, struct str *after);
/* A buffer in the request's arena would grow by copies: replies are written here and
 * answered from here. */
void api_reply(struct http_request *r, int status, struct buf *body);
/* The running pack's parts and the readers that ship with the program, which must be
 * there: api_understands() is false, and the request answered, when they cannot be. */
void api_perceiver(const struct api *api, struct perceiver *out);
bool api_understands(struct http_request *r);
/* Errors of Rasa's paths in Rasa's form (rasa.c). */
bool rasa_problem(struct str path, const struct http_problem *p, struct buf *body);
/* One event of kind INBOUND, OUTBOUND or NOTE as the API shows a message; `marks` say
 * whether it was read. */
void api_print_message(const struct api *api, struct arena *a, struct jsonw *w,
	const struct event *event, const struct read_marks *marks);
struct str api_id(
	const struct api *api, struct arena *a, enum id_kind kind, int64_t number);
/* For requests whose answer comes later: ERR_UNAVAILABLE and ERR_LIMIT get Retry-After.
 */
void api_reply_err(struct http_request *r, const struct error *e, enum err kind);
/* Seconds for Retry-After: of a 429 or 503, else 0 (none). */
int64_t api_retry_after(int status);
/* OPTIONS: CORS for the web chat, Allow for the rest (webchat_http.c). */
void api_options(struct http_request *r, unsigned allowed);
struct str api_refusal_headers(struct http_request *r);
#define API_BODY_MAX (4u << 20) /* of a reply that this room writes */

/* The replays' share of the server's life (replays.c): they end with it. */
struct replays *replays_new(struct api *api);
void replays_free(struct replays **r);
void replays_drain(struct replays *r);

/* The web chat's share of the server's life (webchat.c). */
struct webchat *webchat_new(struct api *api);
void webchat_free(struct webchat **w);
void webchat_drain(struct webchat *w);
void webchat_event(struct webchat *w, int64_t conversation, const struct event *event);
/* Somebody who answers types, or has read: the bot, or a person by name (p NULL: the bot). */
void webchat_typing(struct webchat *w, int64_t conversation, struct str name, bool on);
void webchat_read(struct webchat *w, int64_t conversation, int64_t seq, struct str name);
/* A visitor of this conversation types at the moment. */
bool webchat_visitor_types(struct webchat *w, int64_t conversation);
/* Answers with the conversation's frames as server-sent events, for people. `key` is the
 * caller's, p NULL without one. */
void webchat_watch(
	struct http_request *r, int64_t tenant, int64_t conversation, struct str key);
/* Connections that this key let in end. */
void webchat_key_revoked(struct webchat *w, const struct access_print *key);
struct webchat_stats {
	int64_t connections;                              /* now */
	int64_t sessions, frames_in, frames_out, refused; /* since start */
};
void webchat_get_stats(const struct webchat *w, struct webchat_stats *out);

#endif
