/*
 * How a TCP connection becomes a WebSocket: used by http_upgrade.c on the server's side
 * and ws_client.c on the other. From ws_open() on the struct ws takes the connection's
 * events; when the socket has closed it tells its owner, frees itself and calls
 * `released`, which frees what holds the struct tcp.
 */
#ifndef NET_WEBSOCKET_LINK_H
#define NET_WEBSOCKET_LINK_H

#include "net/tcp.h"
#include "net/websocket.h"

struct ws_link {
	struct tcp *tcp;
	struct ip peer;
	size_t queue_max;
	bool client; /* masks what it sends */
	void (*released)(struct tcp *t);
};

/* A WebSocket that is not open yet: sends are refused, nothing is read. */
struct ws *ws_new(
	const struct ws_link *link, const struct ws_handlers *handlers, void *owner);
/* The handshake is done. */
void ws_open(struct ws *ws);
/* Bytes that came together with the handshake. */
void ws_read(struct ws *ws, struct str bytes);
/* It never opened: `closed` gets WS_CLOSE_ABNORMAL and this reason when the socket has
 * closed. */
void ws_fail(struct ws *ws, const char *reason);
/* The end of one whose connection's events did not come to it: tells the owner, frees,
 * calls `released`. */
void ws_end(struct ws *ws);

#endif
