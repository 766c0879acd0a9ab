#include "wire/websocket.h"

#include "base/utf8.h"
#include "wire/base64.h"
#include "wire/crypto.h"

#define CONTROL_MAX 125

/* ---- the handshake ---- */

void
ws_accept_key(struct str key, char out[WS_ACCEPT_LEN + 1])
{
	struct buf text;
	uint8_t digest[SHA1_LEN];

	buf_init(&text, 256);
	buf_add_str(&text, key);
	buf_add_str(&text, STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
	sha1(buf_str(&text), digest);
	buf_clear(&text);
	base64_encode(&text, (struct str){(const char *)digest, sizeof(digest)});
	require(text.n == WS_ACCEPT_LEN);
	memcpy(out, text.p, WS_ACCEPT_LEN + 1);
	buf_fini(&text);
}

bool
ws_key_valid(struct str key)
{
	struct buf bytes;

	buf_init(&bytes, 64);
	bool good = key.n == 24 && base64_decode(&bytes, key) && bytes.n == 16;
	buf_fini(&bytes);
	return good;
}

bool
ws_close_code_valid(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
		(code >= 3000 && code <= 4999);
}

/* ---- text ---- */

/*
 * UTF-8 over pieces. The state packs what the next continuation bytes must be: how many
 * are left, and the range of the first of them, which is narrower behind E0, ED, F0 and
 * F4 (overlong forms, surrogates, past U+10FFFF).
 */
static inline uint32_t
utf8_state(unsigned left, unsigned low, unsigned high)
{
	return left << 16 | low << 8 | high;
}

static bool
utf8_feed(uint32_t *state, const unsigned char *p, size_t n)
{
	uint32_t s = *state;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = p[i];
		if (s) {
			if (c < (s >> 8 & 0xff) || c > (s & 0xff))
				return false;
			s = s >> 16 > 1 ? utf8_state((s >> 16) - 1, 0x80, 0xbf) : 0;
			continue;
		}
		if (c < 0x80)
			continue;
		if (c < 0xc2 || c > 0xf4)
			return false;
		if (c < 0xe0)
			s = utf8_state(1, 0x80, 0xbf);
		else if (c < 0xf0)
			s = utf8_state(
				2, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf);
		else
			s = utf8_state(
				3, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf);
	}
	*state = s;
	return true;
}

/* ---- the reader ---- */

void
ws_reader_init(struct ws_reader *r, const struct ws_reader_ops *ops, bool expect_mask,
	size_t message_max)
{
	require(message_max <= UINT32_MAX);
	*r = (struct ws_reader){.ops = ops,
		.expect_mask = expect_mask,
		.message_max = (uint32_t)message_max};
	buf_init(&r->joined, message_max);
}

void
ws_reader_fini(struct ws_reader *r)
{
	buf_fini(&r->joined);
	r->stopped = true;
}

void
ws_reader_stop(struct ws_reader *r)
{
	r->stopped = true;
}

static enum err
violation(struct ws_reader *r, int *code, int with, struct error *e, const char *what)
{
	r->stopped = true;
	*code = with;
	return err_set(e, ERR_INVALID, "WebSocket: %s", what);
}

static bool
is_control(uint8_t opcode)
{
	return opcode & 8;
}

/* Length of the whole frame head, known once two bytes of it are there. */
static size_t
head_length(const uint8_t head[14])
{
	uint8_t n = head[1] & 0x7f;

	return 2u + (n == 126 ? 2u : n == 127 ? 8u : 0u) + (head[1] & 0x80 ? 4u : 0u);
}

static enum err
head_check(struct ws_reader *r, int *code, struct error *e)
{
	const uint8_t *h = r->head;
	uint8_t opcode = h[0] & 15, n = h[1] & 0x7f;

	if (h[0] & 0x70)
		return violation(r, code, WS_CLOSE_PROTOCOL, e, "a reserved bit is set");
	if (((h[1] & 0x80) != 0) != r->expect_mask)
		return violation(r, code, WS_CLOSE_PROTOCOL, e,
			r->expect_mask ? "a frame without mask" : "a masked frame");
	if ((opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG)
		return violation(r, code, WS_CLOSE_PROTOCOL, e, "a reserved opcode");
	if (is_control(opcode) && (!(h[0] & 0x80) || n > CONTROL_MAX))
		return violation(r, code, WS_CLOSE_PROTOCOL, e,
			"a control frame that is long or in fragments");
	if (opcode == WS_CONTINUATION && !r->message_opcode)
		return violation(
			r, code, WS_CLOSE_PROTOCOL, e, "a continuation of nothing");
	if ((opcode == WS_TEXT || opcode == WS_BINARY) && r->message_opcode)
		return violation(r, code, WS_CLOSE_PROTOCOL, e,
			"a message within a fragmented message");
	return OK;
}

/* The head is whole: what follows is payload. */
static enum err
head_complete(struct ws_reader *r, int *code, struct error *e)
{
	const uint8_t *h = r->head;
	uint8_t n = h[1] & 0x7f;
	size_t at = 2, wide = n == 126 ? 2 : n == 127 ? 8 : 0;
	uint64_t left = wide ? 0 : n;

	for (; at < 2 + wide; at++)
		left = left << 8 | h[at];
	if ((wide == 2 && left < 126) || (wide == 8 && left < 65536) || left >> 63)
		return violation(r, code, WS_CLOSE_PROTOCOL, e,
			"a length that is not in its shortest form");
	if (r->expect_mask)
		memcpy(r->mask, h + at, 4);
	r->opcode = h[0] & 15;
	r->fin = h[0] & 0x80;
	r->left = left;
	r->mask_at = 0;
	r->head_n = 0;
	r->in_payload = true;
	if (is_control(r->opcode)) {
		r->control_n = 0;
		return OK;
	}
	if (left > r->message_max || r->joined.n + left > r->message_max)
		return violation(r, code, WS_CLOSE_TOO_BIG, e, "the message is too long");
	if (r->opcode != WS_CONTINUATION) {
		r->message_opcode = r->opcode;
		r->utf8 = 0;
	}
	return OK;
}

/* Takes bytes of a head; *used says how many. */
static enum err
head_feed(struct ws_reader *r, const char *p, size_t n, size_t *used, int *code,
	struct error *e)
{
	size_t i = 0;

	while (i < n) {
		r->head[r->head_n++] = (uint8_t)p[i++];
		if (r->head_n == 2) {
			enum err err = head_check(r, code, e);
			if (err)
				return err;
		}
		if (r->head_n >= 2 && r->head_n == head_length(r->head)) {
			*used = i;
			return head_complete(r, code, e);
		}
	}
	*used = i;
	return OK;
}

static void
unmask(struct ws_reader *r, char *p, size_t n)
{
	uint8_t key[8];
	uint64_t wide;
	size_t i = 0;

	for (size_t k = 0; k < 8; k++)
		key[k] = r->mask[(r->mask_at + k) & 3];
	memcpy(&wide, key, 8);
	for (; i + 8 <= n; i += 8) {
		uint64_t v;
		memcpy(&v, p + i, 8);
		v ^= wide;
		memcpy(p + i, &v, 8);
	}
	for (; i < n; i++)
		p[i] = (char)((unsigned char)p[i] ^ key[i & 7]);
	r->mask_at = (uint8_t)((r->mask_at + n) & 3);
}

static enum err
close_complete(struct ws_reader *r, int *code, struct error *e)
{
	int said = WS_CLOSE_NO_STATUS;
	struct str reason = {0};

	if (r->control_n == 1)
		return violation(
			r, code, WS_CLOSE_PROTOCOL, e, "a close frame of one byte");
	if (r->control_n >= 2) {
		said = r->control[0] << 8 | r->control[1];
		reason = (struct str){(const char *)r->control + 2, r->control_n - 2u};
		if (!ws_close_code_valid(said))
			return violation(r, code, WS_CLOSE_PROTOCOL, e,
				"a close code that must not be sent");
		if (!utf8_valid(reason))
			return violation(r, code, WS_CLOSE_INVALID_DATA, e,
				"a close reason that is not UTF-8");
	}
	r->stopped = true;
	r->ops->close(r, said, reason);
	return OK;
}

static enum err
control_feed(struct ws_reader *r, const char *p, size_t n, int *code, struct error *e)
{
	if (n)
		memcpy(r->control + r->control_n, p, n);
	r->control_n = (uint8_t)(r->control_n + n);
	if (r->left)
		return OK;
	r->in_payload = false;
	struct str data = {(const char *)r->control, r->control_n};
	if (r->opcode == WS_CLOSE)
		return close_complete(r, code, e);
	if (r->opcode == WS_PING)
		r->ops->ping(r, data);
	else
		r->ops->pong(r, data);
	return OK;
}

static enum err
message_feed(struct ws_reader *r, char *p, size_t n, int *code, struct error *e)
{
	bool text = r->message_opcode == WS_TEXT;

	if (text && !utf8_feed(&r->utf8, (const unsigned char *)p, n))
		return violation(
			r, code, WS_CLOSE_INVALID_DATA, e, "text that is not UTF-8");
	if (r->left || !r->fin) {
		buf_add(&r->joined, p, n);
		r->in_payload = r->left > 0;
		return OK;
	}
	r->in_payload = false;
	if (text && r->utf8)
		return violation(r, code, WS_CLOSE_INVALID_DATA, e,
			"text that ends within a character");
	r->message_opcode = 0;
	if (r->joined.n == 0) {
		r->ops->message(r, (struct str){p, n}, !text);
		return OK;
	}
	buf_add(&r->joined, p, n);
	/* The callback may close and free what the reader holds, so the message is taken
	 * out first. */
	struct buf whole = r->joined;
	buf_init(&r->joined, whole.max);
	r->ops->message(r, buf_str(&whole), !text);
	buf_fini(&whole);
	return OK;
}

static enum err
payload_feed(struct ws_reader *r, char *p, size_t n, int *code, struct error *e)
{
	r->left -= n;
	if (r->expect_mask)
		unmask(r, p, n);
	if (is_control(r->opcode))
		return control_feed(r, p, n, code, e);
	return message_feed(r, p, n, code, e);
}

enum err
ws_reader_feed(struct ws_reader *r, char *bytes, size_t n, int *code, struct error *e)
{
	enum err err = OK;

	while (!err && !r->stopped && (n || (r->in_payload && r->left == 0))) {
		size_t used = 0;
		if (r->in_payload) {
			used = n < r->left ? n : (size_t)r->left;
			err = payload_feed(r, bytes, used, code, e);
		} else {
			err = head_feed(r, bytes, n, &used, code, e);
		}
		bytes += used;
		n -= used;
	}
	return err;
}

/* ---- the writer ---- */

void
ws_write_fragment(struct buf *out, enum ws_opcode opcode, bool fin, struct str payload,
	const uint8_t mask[4])
{
	uint8_t head[14];
	size_t n = 0;

	head[n++] = (uint8_t)((fin ? 0x80 : 0) | opcode);
	if (payload.n < 126) {
		head[n++] = (uint8_t)payload.n;
	} else if (payload.n < 65536) {
		head[n++] = 126;
		head[n++] = (uint8_t)(payload.n >> 8);
		head[n++] = (uint8_t)payload.n;
	} else {
		head[n++] = 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			head[n++] = (uint8_t)((uint64_t)payload.n >> shift);
	}
	if (mask) {
		head[1] |= 0x80;
		memcpy(head + n, mask, 4);
		n += 4;
	}
	char *to = buf_reserve(out, n + payload.n);
	if (!to)
		return;
	memcpy(to, head, n);
	if (payload.n)
		memcpy(to + n, payload.p, payload.n);
	for (size_t i = 0; mask && i < payload.n; i++)
		to[n + i] = (char)((unsigned char)to[n + i] ^ mask[i & 3]);
	to[n + payload.n] = '\0';
	out->n += n + payload.n;
}

void
ws_write_frame(
	struct buf *out, enum ws_opcode opcode, struct str payload, const uint8_t mask[4])
{
	ws_write_fragment(out, opcode, true, payload, mask);
}

void
ws_write_close(struct buf *out, int code, struct str reason, const uint8_t mask[4])
{
	char payload[CONTROL_MAX];

	if (code == WS_CLOSE_NO_STATUS) {
		ws_write_frame(out, WS_CLOSE, (struct str){0}, mask);
		return;
	}
	reason = utf8_clip(reason, CONTROL_MAX - 2);
	payload[0] = (char)(code >> 8);
	payload[1] = (char)(code & 0xff);
	if (reason.n)
		memcpy(payload + 2, reason.p, reason.n);
	ws_write_frame(out, WS_CLOSE, (struct str){payload, reason.n + 2}, mask);
}
