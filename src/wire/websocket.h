/*
 * WebSocket frames (RFC 6455) without I/O, for both roles: the opening handshake's
 * values, a reader that takes bytes in pieces of any size, and a writer. No extensions
 * are offered.
 *
 * The reader gives whole messages: fragments are joined, text is checked as UTF-8 while
 * it arrives, and control frames are given as they come, also between fragments. It works
 * in the caller's bytes: a message that arrives in one piece is unmasked in place and
 * given as a slice of the input, so an idle reader owns no memory.
 */
#ifndef WIRE_WEBSOCKET_H
#define WIRE_WEBSOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10
};

/* Close codes (RFC 6455 section 7.4.1, and ours from 4000). */
enum ws_close_code {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_UNSUPPORTED = 1003,
	WS_CLOSE_NO_STATUS =
		1005, /* never on the wire: the peer's close frame was empty */
	WS_CLOSE_ABNORMAL =
		1006, /* never on the wire: the connection ended without a close frame */
	WS_CLOSE_INVALID_DATA = 1007,
	WS_CLOSE_POLICY = 1008,
	WS_CLOSE_TOO_BIG = 1009,
	WS_CLOSE_INTERNAL = 1011,
	WS_CLOSE_TRY_LATER = 1013,
	WS_CLOSE_AUTH = 4401,
	WS_CLOSE_REPLACED = 4409,
	WS_CLOSE_RATE = 4429,
};

#define WS_ACCEPT_LEN 28
/* Sec-WebSocket-Accept of a Sec-WebSocket-Key; exactly WS_ACCEPT_LEN bytes and a NUL. */
void ws_accept_key(struct str key, char out[WS_ACCEPT_LEN + 1]);
/* True when the key is base64 of 16 bytes. */
bool ws_key_valid(struct str key);
/* True when a peer may send this close code. */
bool ws_close_code_valid(int code);

struct ws_reader;

struct ws_reader_ops {
	/* A whole text (binary false; valid UTF-8) or binary message. The slice is valid
	 * during the call. */
	void (*message)(struct ws_reader *r, struct str data, bool binary);
	/* A ping, pong or close frame; a close frame's code is WS_CLOSE_NO_STATUS when it
	 * had none. */
	void (*ping)(struct ws_reader *r, struct str data);
	void (*pong)(struct ws_reader *r, struct str data);
	void (*close)(struct ws_reader *r, int code, struct str reason);
};

struct ws_reader {
	const struct ws_reader_ops *ops;
	struct buf joined; /* what has arrived of a message that is not whole yet */
	uint64_t left;     /* payload bytes of the frame still to come */
	uint32_t message_max;
	uint32_t utf8;    /* state of the check across frames */
	uint8_t head[14]; /* of a frame whose head is not whole yet */
	uint8_t head_n;
	uint8_t control[125]; /* payload of a control frame that is not whole yet */
	uint8_t control_n;
	uint8_t mask[4];
	uint8_t mask_at;
	uint8_t opcode;         /* of the frame under way */
	uint8_t message_opcode; /* of the message under way, 0 for none */
	bool fin, in_payload;
	bool expect_mask; /* we are the server */
	bool stopped;     /* after a close frame, an error, or ws_reader_stop() */
};

void ws_reader_init(struct ws_reader *r, const struct ws_reader_ops *ops,
	bool expect_mask, size_t message_max);
void ws_reader_fini(struct ws_reader *r);
/* Unmasks in place. On a violation: ERR_INVALID, *code is the close code to send, the
 * text says what was wrong; nothing is read afterwards. */
enum err ws_reader_feed(
	struct ws_reader *r, char *bytes, size_t n, int *code, struct error *e);
/* No more callbacks; may be called from within one. */
void ws_reader_stop(struct ws_reader *r);

/* Appends one frame. `mask` is NULL for a server, four random bytes for a client. */
void ws_write_frame(struct buf *out, enum ws_opcode opcode, struct str payload,
	const uint8_t mask[4]);
/* The same with the final bit chosen: fragments for tests and for those who stream. */
void ws_write_fragment(struct buf *out, enum ws_opcode opcode, bool fin,
	struct str payload, const uint8_t mask[4]);
/* Close frame; the reason is cut to 123 bytes at a code point. WS_CLOSE_NO_STATUS gives
 * an empty payload. */
void ws_write_close(struct buf *out, int code, struct str reason, const uint8_t mask[4]);

#endif
