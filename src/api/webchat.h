/*
 * Web chat (docs/webchat.md): what its files share.
 *
 *	webchat.c         rooms, connections, frames to clients
 *	webchat_frames.c  frames from clients
 *	webchat_presence.c  who types and who has read what, for both sides
 *	webchat_http.c    sessions, tickets, both entrances, messages by POST, CORS
 *
 * A room is one person on the web chat (a visitor or a proved user) who is connected or
 * wrote a moment ago. Its connections are WebSockets and event streams, up to
 * WEBCHAT_CONNECTIONS_MAX, the oldest gives way. A connection has a cursor: the number of
 * the last event it was sent. Whatever is committed after it is sent in order, from the
 * event itself when it is the next one, else from the store.
 *
 * The people of the team who look at a conversation are a room of the same conversation
 * (`people`): they are sent the same frames, and notes beside them.
 */
#ifndef API_WEBCHAT_H
#define API_WEBCHAT_H

#include "api/bucket.h"
#include "api/internal.h"
#include "net/websocket.h"

/* Who a token speaks for. Slices live where token_read() was told. */
struct webchat_person {
	int64_t tenant;
	struct caller caller;
	struct str widget; /* key of the page it came from; empty: the demo's own */
};

struct room {
	struct list link; /* in webchat->rooms */
	struct webchat *webchat;
	struct list chats; /* struct chat, oldest first */
	int chat_count;
	int64_t conversation; /* 0: none yet */
	bool people;          /* the team's: see above */
	bool marks_known;     /* `read_seq` was looked up */
	int64_t read_seq;     /* how far the person has read */
	int64_t typed_ms;  /* when they last typed, on the monotonic clock; 0: not now */
	struct room *same; /* next room of the same conversation */
	struct person_key key;
	struct bucket messages; /* that may be sent now */
	struct webchat_person person;
	struct str name; /* key in webchat->by_person */
	struct arena arena;
};

struct chat {
	struct list link; /* in room->chats, or in webchat->strangers before it is
			     authenticated */
	struct webchat *webchat;
	struct room *room; /* NULL until it is authenticated */
	struct ws *ws;     /* one of the two */
	struct http_stream *stream;
	int64_t cursor;
	int64_t number; /* unlike any other connection's */
	char *origin; /* of the page, until the token tells whose widget it is; or NULL */
	char *page;   /* facts of the page, JSON; or NULL: none */
	uint64_t
		key; /* tells the key that let it in from others; 0: none, as in the demo */
	int floods;           /* messages in a row that came too fast */
	struct bucket frames; /* that may be sent now */
	bool closing, behind; /* behind: the peer lags, go on when it has drained */
	bool holding; /* a WebSocket just opened: it is about to say where to resume */
	struct env_timer
		patience; /* ends a connection that does not authenticate, or the holding */
};

struct ticket;
#define ADDRESS_BUCKETS 1024

struct webchat {
	struct api *api;
	struct list rooms, strangers, tickets;
	struct map by_person, by_conversation, by_ticket;
	size_t ticket_count;
	int64_t last_number;   /* of a connection */
	struct env_timer beat; /* comment lines on streams */
	bool draining;
	struct webchat_stats stats;
	struct bucket sessions_of[ADDRESS_BUCKETS]; /* requests of an address, by hash */
};

/* ---- rooms and connections (webchat.c) ---- */

/* The room of a person; made when there is none. */
struct room *room_of(struct webchat *w, const struct webchat_person *person);
/* The room of the people who look at a conversation. */
struct room *room_of_people(struct webchat *w, int64_t tenant, int64_t conversation);
/* All rooms of a conversation, linked by `same`; NULL: none. */
struct room *rooms_of(struct webchat *w, int64_t conversation);
/* A room without connections goes: for who only looked into it. */
void room_release(struct room *room);
/* Finds the person's conversation when it is not known yet. ERR_NOT_FOUND: there is none. */
enum err room_bind(struct room *room);
void room_bind_to(struct room *room, int64_t conversation);
/* False when the person writes faster than allowed. */
bool room_may_write(struct room *room);
struct chat *chat_new(struct webchat *w);
/* False when the connection sends more frames than any client needs; it is then closed.
 */
bool chat_may_send(struct chat *c);
/* Copies, for what outlives the request: the origin until it joins; the page and the
 * widget that the person came by. */
void chat_keep_origin(struct chat *c, struct str origin);
void chat_keep_entrance(struct chat *c, const struct webchat_person *person);
/* The API key that a person of the team came with; p NULL: none. */
void chat_keep_key(struct chat *c, struct str key);
/* Makes a stranger one of the room's connections and says ready. `after` >= 0: continues
 * after that number. */
void chat_join(struct chat *c, struct room *room, int64_t after);
/* The connection is gone. */
void chat_free(struct chat *c);
/* Ends a WebSocket with a code, a stream without. */
void chat_close(struct chat *c, int code, const char *reason);
void chat_resume(struct chat *c, int64_t after);
/* Sends what lies behind the cursor. */
void chat_pump(struct chat *c);
/* One frame without a number. `data` is a JSON object or empty. */
void chat_send(struct chat *c, const char *type, struct str data);
void chat_send_error(
	struct chat *c, int status, const char *detail, struct str client_id);
/* The `data` of a status frame for a conversation. */
struct str status_data(struct api *api, struct arena *a, const struct conversation *row);
/* The `data` of a message frame; members of the frame are added when `whole`. */
void print_chat_message(struct api *api, struct arena *a, struct jsonw *w,
	const struct event *ev, bool whole);

/* ---- pages and their origins (webchat_http.c) ---- */

/* May a page of this origin (p NULL: no page) use what the token's widget key opened?
 * False also for a revoked key. */
bool webchat_origin_ok(struct api *api, struct arena *a,
	const struct webchat_person *person, struct str origin);

/* ---- frames from clients (webchat_frames.c) ---- */

void chat_receive(struct chat *c, struct str text);

struct chat_message {
	struct str client_id, text, payload;
	bool quick_reply;
};
extern const struct schema chat_message_schema;
/* A dedupe key that no other person's client_id can be. */
struct str chat_dedupe(
	struct arena *a, const struct webchat_person *person, struct str client_id);
void chat_fingerprint(
	struct arena *a, const struct chat_message *m, unsigned char out[32]);
/* Why the message cannot be taken, or NULL. */
const char *chat_message_wrong(const struct chat_message *m);

/* ---- presence (webchat_presence.c) ---- */

/* Frames of the visitor. */
void chat_types(struct chat *c, bool on);
void chat_reads(struct chat *c, int64_t up_to_seq);

/* ---- tokens (webchat_token.c) ---- */

struct str token_make(struct webchat *w, struct arena *a,
	const struct webchat_person *person, int64_t *expires_ms);
/* False for a wrong or ended token. */
bool token_read(
	struct webchat *w, struct arena *a, struct str token, struct webchat_person *out);
struct str visitor_secret_make(
	struct webchat *w, struct arena *a, int64_t tenant, struct str visitor);
bool visitor_secret_ok(struct webchat *w, struct arena *a, int64_t tenant,
	struct str visitor, struct str secret);
/* A ticket opens one stream, once, within 30 s. */
struct str ticket_make(struct webchat *w, struct arena *a,
	const struct webchat_person *person, int64_t *expires_ms);
bool ticket_use(struct webchat *w, struct arena *a, struct str ticket,
	struct webchat_person *out);
void tickets_free(struct webchat *w);

#endif
