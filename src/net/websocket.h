/*
 * A WebSocket connection (RFC 6455), server's or client's, on the loop thread. Servers
 * get one from http_upgrade_websocket(), clients from ws_connect() (net/ws_client.h).
 *
 * Pings are answered, and sent by a timer that all connections of a server share; a peer
 * that is silent for ws_dead_ms is closed. A peer that lags by more than the queue's
 * maximum is cut (code 1006 in `closed`). `closed` runs exactly once and never from
 * inside a call of ours; after it the struct ws is gone. Sending to one that closes is
 * harmless.
 */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include "base/err.h"
#include "base/str.h"
#include "wire/ip.h"
#include "wire/websocket.h"

struct ws;

struct ws_handlers {
	/* Client side only: the handshake is done. May be NULL. */
	void (*opened)(struct ws *ws);
	/* A whole message; text is valid UTF-8. The slice is valid during the call. */
	void (*message)(struct ws *ws, struct str data, bool binary);
	/* The queue is empty again after a send found it half full. May be NULL. */
	void (*drained)(struct ws *ws);
	/* The peer's close code and reason; ours when the peer broke the protocol;
	 * WS_CLOSE_ABNORMAL when the connection ended without a close frame. */
	void (*closed)(struct ws *ws, int code, struct str reason);
	size_t message_max; /* 0: WS_FRAME_MAX; a longer message closes with 1009 */
};

/* ERR_LIMIT when the peer lags too much (the connection is cut), ERR_CANCELED when it
 * closes already. */
enum err ws_send_text(struct ws *ws, struct str text);
enum err ws_send_binary(struct ws *ws, struct str data);
/* Sends a close frame, ends the connection when the peer answered it or after a few
 * seconds. No message callback runs afterwards. A second call does nothing. */
void ws_close(struct ws *ws, int code, struct str reason);
/* Bytes that wait for the peer. */
size_t ws_queued(const struct ws *ws);
void *ws_owner(const struct ws *ws);
void ws_set_owner(struct ws *ws, void *owner);
struct ip ws_peer(const struct ws *ws);

#endif
