#include "net/websocket_link.h"

#include "base/arena.h"
#include "base/limits.h"

struct ws {
	struct ws_link link;
	const struct ws_handlers *handlers;
	void *owner;
	struct ws_reader reader;
	struct buf reason; /* why it closed; no memory before */
	uint16_t code;     /* with what it closed */
	bool opened, close_sent, code_known;
};

static struct ws *
ws_of_reader(struct ws_reader *r)
{
	return list_entry(r, struct ws, reader);
}

void *
ws_owner(const struct ws *ws)
{
	return ws->owner;
}

void
ws_set_owner(struct ws *ws, void *owner)
{
	ws->owner = owner;
}

struct ip
ws_peer(const struct ws *ws)
{
	return ws->link.peer;
}

size_t
ws_queued(const struct ws *ws)
{
	return tcp_queued(ws->link.tcp);
}

/* ---- sending ---- */

static bool
ws_is_over(const struct ws *ws)
{
	const struct tcp *t = ws->link.tcp;

	return !ws->opened || t->closing || t->finishing;
}

/* The mask of a client's frame in `room`, NULL for a server. */
static const uint8_t *
ws_mask(struct ws *ws, uint8_t room[4])
{
	if (!ws->link.client)
		return NULL;
	env_random(ws->link.tcp->set->env, room, 4);
	return room;
}

static enum err
ws_send(struct ws *ws, enum ws_opcode opcode, struct str payload)
{
	struct tcp *t = ws->link.tcp;
	uint8_t room[4];

	if (ws->close_sent || ws_is_over(ws))
		return ERR_CANCELED;
	size_t queued = tcp_queued(t) + payload.n;
	if (queued > ws->link.queue_max) {
		tcp_close(t);
		return ERR_LIMIT;
	}
	if (queued > ws->link.queue_max / 2)
		tcp_want_drained(t);
	ws_write_frame(tcp_out(t), opcode, payload, ws_mask(ws, room));
	tcp_wrote(t);
	return OK;
}

enum err
ws_send_text(struct ws *ws, struct str text)
{
	return ws_send(ws, WS_TEXT, text);
}

enum err
ws_send_binary(struct ws *ws, struct str data)
{
	return ws_send(ws, WS_BINARY, data);
}

static void
ws_remember(struct ws *ws, int code, struct str reason)
{
	if (ws->code_known)
		return;
	ws->code_known = true;
	ws->code = (uint16_t)code;
	if (reason.n)
		buf_add_str(&ws->reason, reason);
}

static void
ws_send_close(struct ws *ws, int code, struct str reason)
{
	struct tcp *t = ws->link.tcp;
	uint8_t room[4];

	ws->close_sent = true;
	ws_write_close(tcp_out(t), code, reason, ws_mask(ws, room));
	tcp_wrote(t);
}

void
ws_close(struct ws *ws, int code, struct str reason)
{
	if (ws->close_sent || ws_is_over(ws))
		return;
	ws_send_close(ws, code, reason);
	/* The peer's answer ends it, or the end of the wait. */
	tcp_wait(ws->link.tcp, TCP_WAIT_LINGER);
}

/* ---- receiving ---- */

static void
reader_message(struct ws_reader *r, struct str data, bool binary)
{
	struct ws *ws = ws_of_reader(r);

	if (!ws->close_sent && !ws_is_over(ws))
		ws->handlers->message(ws, data, binary);
}

static void
reader_ping(struct ws_reader *r, struct str data)
{
	ws_send(ws_of_reader(r), WS_PONG, data);
}

static void
reader_pong(struct ws_reader *r, struct str data)
{
	/* Any byte from the peer shows that it lives; see link_read(). */
	(void)r;
	(void)data;
}

static void
reader_close(struct ws_reader *r, int code, struct str reason)
{
	struct ws *ws = ws_of_reader(r);

	ws_remember(ws, code, reason);
	if (!ws->close_sent)
		ws_send_close(ws, code, (struct str){0});
	tcp_finish(ws->link.tcp);
}

static const struct ws_reader_ops reader_ops = {
	.message = reader_message,
	.ping = reader_ping,
	.pong = reader_pong,
	.close = reader_close,
};

static void
link_read(struct tcp *t, char *p, size_t n)
{
	struct ws *ws = t->owner;
	struct error e;
	int code;

	if (!ws->close_sent)
		tcp_wait(t, TCP_WAIT_PING);
	if (ws_reader_feed(&ws->reader, p, n, &code, &e) == OK)
		return;
	ws_remember(ws, code, str_of(e.text));
	if (!ws->close_sent && !ws_is_over(ws))
		ws_send_close(ws, code, (struct str){0});
	tcp_finish(t);
}

void
ws_read(struct ws *ws, struct str bytes)
{
	char *copy = mem_alloc(bytes.n + 1);

	/* The reader unmasks in place, so it gets bytes of its own. */
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	link_read(ws->link.tcp, copy, bytes.n);
	free(copy);
}

/* ---- the connection's events ---- */

static void
link_ended(struct tcp *t, bool error)
{
	(void)error;
	tcp_close(t);
}

static void
link_timeout(struct tcp *t, enum tcp_wait wait)
{
	struct ws *ws = t->owner;

	if (wait != TCP_WAIT_PING) {
		ws_remember(ws, WS_CLOSE_ABNORMAL, STR("no answer to a ping"));
		tcp_close(t);
		return;
	}
	tcp_wait(t, TCP_WAIT_PONG);
	ws_send(ws, WS_PING, (struct str){0});
}

static void
link_drained(struct tcp *t)
{
	struct ws *ws = t->owner;

	if (ws->handlers->drained && !ws->close_sent && !ws_is_over(ws))
		ws->handlers->drained(ws);
}

static void
link_ready(struct tcp *t)
{
	(void)t;
}

static void
link_closed(struct tcp *t)
{
	ws_end(t->owner);
}

static const struct tcp_ops link_ops = {
	.read = link_read,
	.ended = link_ended,
	.timeout = link_timeout,
	.drained = link_drained,
	.ready = link_ready,
	.closed = link_closed,
};

/* ---- life ---- */

struct ws *
ws_new(const struct ws_link *link, const struct ws_handlers *handlers, void *owner)
{
	struct ws *ws = mem_zalloc(sizeof(*ws));

	require(handlers->message && handlers->closed);
	ws->link = *link;
	ws->handlers = handlers;
	ws->owner = owner;
	ws->code = WS_CLOSE_ABNORMAL;
	buf_init(&ws->reason, 512);
	ws_reader_init(&ws->reader, &reader_ops, !link->client,
		handlers->message_max ? handlers->message_max : WS_FRAME_MAX);
	return ws;
}

void
ws_open(struct ws *ws)
{
	struct tcp *t = ws->link.tcp;

	ws->opened = true;
	t->ops = &link_ops;
	t->owner = ws;
	tcp_wait(t, TCP_WAIT_PING);
	tcp_read_start(t);
}

void
ws_fail(struct ws *ws, const char *reason)
{
	ws_remember(ws, WS_CLOSE_ABNORMAL, str_of(reason));
	tcp_close(ws->link.tcp);
}

void
ws_end(struct ws *ws)
{
	struct ws_link link = ws->link;

	ws->handlers->closed(ws, ws->code, buf_str(&ws->reason));
	ws_reader_fini(&ws->reader);
	buf_fini(&ws->reason);
	free(ws);
	link.released(link.tcp);
}
