/*
 * The inside of the HTTP server, shared by its files: http_server.c accepts, limits and
 * drains, http_connection.c turns bytes into requests, http_reply.c turns answers into
 * bytes.
 *
 * A connection holds its exchanges (one request and its reply each) in the order of their
 * requests. An exchange that is answered before its turn keeps its reply until those
 * before it have left. An exchange outlives its connection when the client goes away
 * before the handler answered.
 */
#ifndef NET_HTTP_CONNECTION_H
#define NET_HTTP_CONNECTION_H

#include "base/map.h"
#include "net/http_server.h"
#include "net/tcp.h"

#include <llhttp.h>

struct http_stream {
	const struct http_stream_handlers
		*handlers; /* NULL when the exchange is no stream */
	void *owner;
	bool chunked;
	bool lagged; /* `drained` is due when the queue is empty */
	bool ended;  /* no more writes */
};

struct http_exchange {
	struct http_request r;
	struct http_server *server;
	struct http_connection *connection; /* NULL after the connection has gone */
	struct list
		link; /* in connection->exchanges, or server->ended, or server->spare */
	struct arena arena;
	llhttp_t parser; /* of the head */
	struct str params[HTTP_PARAMS_MAX];
	size_t param_count;
	size_t header_max;
	struct str target;
	struct buf body;      /* while it arrives, when it does not come with the head */
	uint64_t body_length; /* by Content-Length */
	struct http_chunked chunks;
	size_t body_max;
	int64_t start_ns;
	struct buf
		reply; /* a whole reply or a stream's beginning that waits for its turn */
	struct http_stream stream;
	unsigned allowed; /* methods of the path */
	bool chunked;     /* its body */
	bool expect_continue;
	bool keep_alive;
	bool websocket; /* a valid handshake */
	bool answered;  /* the reply is whole */
	bool gone;
};

struct http_connection {
	struct tcp tcp;
	struct http_server *server;
	struct list link; /* in server->connections */
	struct ip peer;
	struct buf in; /* what came and is not worked on yet; no memory while idle */
	struct http_head_scan scan;
	struct list exchanges;
	struct http_exchange *receiving; /* its body is still to come; NULL for none */
	uint32_t exchange_count;
	bool processing; /* bytes are being worked on: replies need not restart it */
	bool last;       /* no request is read after the ones we have */
	bool upgraded;
	bool counted; /* in the count of its address */
};

struct http_server {
	struct http_server_config config;
	struct env *env;
	struct tcp_set set;
	uv_tcp_t listener;
	bool listening, draining, freed, cutting;
	int port;
	struct list connections; /* HTTP ones and upgraded ones */
	struct list ended;       /* streams whose `closed` is due */
	struct list spare;       /* exchanges for the next request */
	struct list turned_away; /* requests that wait for their refusal */
	size_t spare_count;
	struct map addresses; /* ip -> number of connections */
	struct env_timer drain_timer;
	struct env_timer ended_timer;
	void (*drained)(struct http_server *s, void *owner);
	int64_t work_turn; /* of the loop, in which `work` requests were taken */
	size_t work;
	struct http_server_stats stats;
	char date[HTTP_DATE_LEN + 1];
	int64_t date_at_ms; /* loop time when it was printed */
};

#define http_exchange_of(request) \
	((struct http_exchange *)((uintptr_t)(request)-offsetof(struct http_exchange, r)))

/* http_connection.c */
extern const struct tcp_ops http_connection_ops;
void http_connection_open(struct http_server *s, struct http_connection *c);
/* Sends what is in order, frees what is done, goes on reading. */
void http_connection_advance(struct http_connection *c);
/* After a drain began: nothing more is read. */
void http_connection_drain(struct http_connection *c);
void http_exchange_free(struct http_exchange *x);
/* Those who wait for their refusal get it now: the server ends. */
void http_refuse_turned_away(struct http_server *s);

/* http_reply.c */
/* Where the exchange's bytes go now: the socket when it is its turn, else its own buffer.
 */
struct buf *http_exchange_out(struct http_exchange *x);
void http_exchange_wrote(struct http_exchange *x);
/* The request is over: its connection broke or closed. */
void http_exchange_gone(struct http_exchange *x);
/* An error found before a handler ran; the connection ends after it unless `keep`. */
void http_exchange_refuse(
	struct http_exchange *x, int status, const char *detail, bool keep);
/* What the owner adds to refusals of the server itself; empty when the head was not read. */
struct str http_refusal_headers(struct http_request *r);
void http_stream_over(struct http_exchange *x);
void http_streams_run_closed(struct http_server *s);

/* http_peer.c */
bool http_peer_is_proxy(const struct http_server *s, const struct ip *peer);
/* Sets r.peer to who sent the request to the first of our proxies. Each element of
 * X-Forwarded-For was written by the machine at the right of it, so it is read from the
 * right and believed as long as the writer is one of ours. */
void http_peer_find(struct http_exchange *x);

/* http_server.c */
void http_server_forget(struct http_connection *c);
/* Frees the server when nothing of it is left. */
void http_server_check_done(struct http_server *s);
const char *http_server_date(struct http_server *s);

#endif
