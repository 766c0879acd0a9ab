/*
 * The client's end of a WebSocket: for the chat command, tests and load. Plain ws:// to
 * an address; TLS ends in a proxy.
 */
#ifndef NET_WS_CLIENT_H
#define NET_WS_CLIENT_H

#include "env/env.h"
#include "net/websocket.h"

/* What the clients of a loop share: one read buffer, one timer. */
struct ws_clients;
struct ws_clients *ws_clients_new(struct env *env);
/* All its connections must be closed. */
void ws_clients_free(struct ws_clients **c);

struct ws_connect_options {
	struct str address; /* "127.0.0.1" */
	int port;
	struct str target;      /* "/v1/webchat/ws" */
	struct str subprotocol; /* what is offered; empty for none */
	struct str headers;     /* further header lines, each ended by CRLF */
	int64_t timeout_ms;     /* until the handshake is done; 0: 10 s */
};

/* `opened` follows when the handshake is done, else `closed` with WS_CLOSE_ABNORMAL and
 * the reason. */
enum err ws_connect(struct ws_clients *c, const struct ws_connect_options *o,
	const struct ws_handlers *handlers, void *owner, struct ws **out,
	struct error *e);

#endif
