/*
 * HTTP/1.1 server on the loop of env_uv (RFC 9110, RFC 9112), strict: what two parsers
 * could read differently is refused. Everything runs on the loop thread.
 *
 * A request comes whole: its handler runs once, when head and body have arrived, and
 * answers NOW OR LATER with exactly one of http_reply(), http_reply_problem(),
 * http_stream_start() or http_upgrade_websocket(). The request and all that hangs from it
 * (arena, slices) lives until that answer, also when the client has gone meanwhile: then
 * `gone` runs if the handler set it, and the answer, which still must come, only frees.
 * After the answer the request must not be touched.
 *
 * Pipelined requests run at once and their replies leave in order. Errors before a
 * handler runs are answered by the server as application/problem+json: 400 404 405 408
 * 411 413 414 415 417 431 501 503 505. HEAD is served by the GET handler and its body
 * left out; OPTIONS by config.options or 204 with Allow. Every error of a request goes through
 * config.problem first, so that paths whose clients know another form of errors keep it.
 *
 * Overload: when more than work_max requests for work (HTTP_ROUTE_WORK) were ready at once,
 * the rest of them is answered 503 with Retry-After, after turn_away_ms, so that clients
 * that come again at once do not take the time of those that are served.
 *
 * Many at once: one turn of the loop ends TCP_ENDS_MAX connections whose time is up, so
 * that those that are served wait for no crowd.
 *
 * Memory: an idle connection holds its own struct and the socket's, nothing else. Bytes
 * are read into one buffer that all connections share; a connection gets a buffer of its
 * own only while it has part of a request, and an arena only while it has a request.
 * Who leaves TCP_PAUSE bytes unread is not read from. Of what waits on all connections
 * together queued_max bytes are kept: past that the reader that lags longest is cut.
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "env/env.h"
#include "wire/http.h"
#include "wire/ip.h"

struct http_server;
struct http_request;
struct http_connection;
struct http_problem;
struct http_stream;
struct ws;
struct ws_handlers;

enum http_route_flags {
	HTTP_ROUTE_JSON = 1, /* a body must be application/json (or +json): else 415 */
	HTTP_ROUTE_FORM =
		2, /* … or application/x-www-form-urlencoded; both flags: either */
	HTTP_ROUTE_WEBSOCKET = 4, /* only a WebSocket handshake: anything else gets 426 */
	HTTP_ROUTE_WORK = 8,      /* costs much: turned away when the server is busy */
};

struct http_route {
	unsigned methods; /* METHOD_GET | METHOD_POST … */
	const char *path; /* "/v1/contacts/{id}", see http_path_match() */
	void (*handle)(struct http_request *r);
	size_t body_max;  /* 0: the server's body_max */
	unsigned flags;   /* enum http_route_flags */
	const void *data; /* the handler's own, for handlers that serve several routes */
};

/* Zero values take the defaults of base/limits.h. */
struct http_server_config {
	struct str address; /* "127.0.0.1", "::"; empty: 127.0.0.1 */
	int port;           /* 0: any free one, see http_server_port() */
	const struct http_route *routes;
	size_t route_count;
	void *owner; /* r->owner of every request */
	/* Answers OPTIONS of a known path that no route takes itself (CORS); `allowed`
	 * are the path's methods. */
	void (*options)(struct http_request *r, unsigned allowed);
	/* Header lines, each ended by CRLF, of what the server itself refuses of a request whose
	 * head was read (413, 415, 503 …). May be NULL. */
	struct str (*refusal_headers)(struct http_request *r);
	/* Called after each answer was handed to the connection, for metrics; `status`
	 * 101 for an upgrade. */
	void (*answered)(const struct http_request *r, int status, int64_t duration_us);
	/* Writes an error's body in a form that clients of this path know, as one JSON
	 * object; false: it is RFC 9457. May be NULL. `path` is empty when the head could not
	 * be read. */
	bool (*problem)(struct str path, const struct http_problem *p, struct buf *body);
	/* Called behind each piece of input, when none is being worked on: what the loop
	 * hears of later otherwise can be handed out here, and its replies leave at once. */
	void (*between)(void *owner);
	struct str headers; /* header lines for every reply, each ended by CRLF; kept by
			       the caller */

	/* Proxies whose X-Forwarded-For says who the peer is; they may hold any number of
	 * connections. Kept by the caller. */
	const struct cidr *proxies;
	size_t proxy_count;

	size_t connections_max, connections_per_address;
	size_t head_max, headers_max, url_max, body_max, pipeline_max;
	size_t stream_queue_max; /* bytes a stream or WebSocket may lag */
	size_t queued_max; /* bytes that wait to be written on all connections together */
	size_t work_max;   /* requests for work that are taken in one turn of the loop */
	int64_t head_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
	int64_t turn_away_ms, linger_ms, ws_ping_ms, ws_dead_ms;
};

enum err http_server_start(struct env *env, const struct http_server_config *config,
	struct http_server **out, struct error *e);
int http_server_port(const struct http_server *s);
/* Stops accepting, closes idle connections, says 1001 to WebSockets, ends streams, lets
 * requests end; whatever is left after grace_ms is cut. `drained` (may be NULL) runs once
 * on the loop when no connection is left. */
void http_server_drain(struct http_server *s, int64_t grace_ms,
	void (*drained)(struct http_server *s, void *owner));
/* Cuts what is left. Memory goes when the loop has closed the sockets and the last
 * request was answered, so the loop must run on for a turn (env_uv_free() does). */
void http_server_free(struct http_server **s);

struct http_server_stats {
	int64_t connections, websockets, streams, requests_open; /* now */
	int64_t accepted, refused, turned_away, requests, errors, timeouts, bytes_in,
		bytes_out; /* since start */
};
void http_server_get_stats(const struct http_server *s, struct http_server_stats *out);

/* A request as its handler sees it. Open to read; the handler may write `context` and
 * `gone`. */
struct http_request {
	enum http_method method; /* METHOD_GET also for HEAD: see `head` */
	bool head;               /* the body of the answer will be left out */
	bool http10;
	struct str path;  /* as sent, percent-encoded, without the query */
	struct str query; /* without '?' */
	struct http_header *headers;
	size_t header_count;
	struct str body;
	struct ip peer; /* the client, also behind config.proxies */
	const struct http_route *route;
	struct arena *arena; /* lives as long as the request */
	void *owner;         /* config.owner */
	void *context;       /* the handler's */
	void (*gone)(
		struct http_request *r); /* the client went away; still answer once */
};

/* Path parameter of the route, decoded; empty when the route has none of that name or its
 * escapes are broken. */
struct str http_request_param(struct http_request *r, const char *name);
/* First query parameter of that name, decoded; p is NULL when it is not there. */
struct str http_request_query(struct http_request *r, const char *name);
/* First header of that name, any case; p is NULL when it is not there. */
struct str http_request_header(const struct http_request *r, const char *name);
/* Cookie by name; p is NULL when it is not there. */
struct str http_request_cookie(const struct http_request *r, const char *name);
/* The token of "Authorization: Bearer …"; p is NULL when it is not there. */
struct str http_request_bearer(const struct http_request *r);
bool http_request_is_gone(const struct http_request *r);

/* Answers. `headers` are further header lines, each ended by CRLF, or empty; Date,
 * Content-Length and Connection are the server's. content_type may be NULL when there is
 * no body. All is copied before the call returns. */
void http_reply(struct http_request *r, int status, const char *content_type,
	struct str headers, struct str body);
/* application/json. */
void http_reply_json(struct http_request *r, int status, struct str body);

/* RFC 9457. `type` NULL is about:blank; `title` NULL is the status's reason; `detail` may
 * be empty. */
struct http_problem {
	int status;
	const char *type;
	const char *title;
	struct str detail;
	struct str extra; /* further members as JSON without braces: "\"errors\":[…]"; or
			     empty */
	int64_t retry_after_s; /* > 0: a Retry-After header */
	struct str headers;    /* further header lines, each ended by CRLF; or empty */
};
void http_reply_problem(struct http_request *r, const struct http_problem *p);
/* Status and detail only. */
void http_reply_error(struct http_request *r, int status, const char *detail);
/* The problem of an error: status by its kind (base/err.h), detail its text; 5xx hide the
 * text and log it. */
void http_reply_err(struct http_request *r, const struct error *e);

/*
 * A reply in pieces (server-sent events, exports). The request ends with the start;
 * `closed` runs exactly once, after http_stream_end() or when the client or the server
 * ended it, never from inside a call on the stream; then the stream is gone.
 */
struct http_stream_handlers {
	void (*drained)(struct http_stream *s); /* the queue is empty again after a write
						   found it half full; may be NULL */
	void (*closed)(struct http_stream *s);
};
struct http_stream *http_stream_start(struct http_request *r, int status,
	const char *content_type, struct str headers,
	const struct http_stream_handlers *handlers, void *owner);
/* ERR_LIMIT when the reader lags by more than stream_queue_max: the stream is then
 * closed. ERR_CANCELED when it already ends. */
enum err http_stream_write(struct http_stream *s, struct str bytes);
/* Bytes that wait for the reader. */
size_t http_stream_queued(const struct http_stream *s);
void http_stream_end(struct http_stream *s);
void *http_stream_owner(const struct http_stream *s);

/* True when the request is a WebSocket handshake of version 13 with a valid key. */
bool http_request_is_websocket(const struct http_request *r);
/*
 * Turns the connection into a WebSocket; the caller has checked credentials and Origin
 * before. subprotocol is empty or one that the client offered. Returns NULL when the
 * request is no valid handshake: then it was answered with 426 (or 400), and when the
 * client has gone. The request ends with the call.
 */
struct ws *http_upgrade_websocket(struct http_request *r, struct str subprotocol,
	const struct ws_handlers *handlers, void *owner);

#endif
