#include "net/http_connection.h"
#include "net/websocket_link.h"

bool
http_request_is_websocket(const struct http_request *r)
{
	return http_exchange_of(r)->websocket &&
		str_eq(http_request_header(r, "Sec-WebSocket-Version"), STR("13")) &&
		ws_key_valid(http_request_header(r, "Sec-WebSocket-Key")) &&
		http_header_count(
			r->headers, r->header_count, STR("Sec-WebSocket-Key")) == 1;
}

static void
websocket_released(struct tcp *t)
{
	struct http_connection *c = list_entry(t, struct http_connection, tcp);
	struct http_server *s = c->server;

	s->stats.websockets--;
	buf_fini(&c->in);
	http_server_forget(c);
	free(c);
	http_server_check_done(s);
}

/* Why this request cannot become a WebSocket: a status, or 0. */
static int
upgrade_refusal(const struct http_exchange *x, const char **detail)
{
	const struct http_request *r = &x->r;
	const struct http_connection *c = x->connection;

	if (!x->websocket ||
		!str_eq(http_request_header(r, "Sec-WebSocket-Version"), STR("13"))) {
		*detail = "this path speaks WebSocket version 13";
		return 426;
	}
	if (!http_request_is_websocket(r)) {
		*detail = "Sec-WebSocket-Key is not 16 bytes in base64";
		return 400;
	}
	if (c->exchanges.next != &x->link || c->exchanges.prev != &x->link || c->in.n) {
		*detail = "a handshake must be the only request under way";
		return 400;
	}
	if (x->server->draining) {
		*detail = "the server is about to stop";
		return 503;
	}
	return 0;
}

struct ws *
http_upgrade_websocket(struct http_request *r, struct str subprotocol,
	const struct ws_handlers *handlers, void *owner)
{
	struct http_exchange *x = http_exchange_of(r);
	struct http_connection *c = x->connection;
	struct http_server *s = x->server;
	char accept[WS_ACCEPT_LEN + 1];
	const char *detail = NULL;

	if (!c || c->tcp.closing || x->gone) {
		http_reply_error(r, 400, "the client has gone");
		return NULL;
	}
	int refused = upgrade_refusal(x, &detail);
	if (refused) {
		http_exchange_refuse(x, refused, detail, refused == 426);
		return NULL;
	}
	ws_accept_key(http_request_header(r, "Sec-WebSocket-Key"), accept);
	struct buf *out = tcp_out(&c->tcp);
	buf_printf(out,
		"HTTP/1.1 101 Switching Protocols\r\nDate: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n",
		http_server_date(s), accept);
	if (subprotocol.n)
		buf_printf(out, "Sec-WebSocket-Protocol: %.*s\r\n", STR_ARG(subprotocol));
	buf_add_str(out, STR("\r\n"));
	tcp_wrote(&c->tcp);
	if (s->config.answered)
		s->config.answered(r, 101, ((int64_t)uv_hrtime() - x->start_ns) / 1000);
	http_exchange_free(x);
	c->upgraded = true;
	s->stats.websockets++;
	struct ws *ws = ws_new(&(struct ws_link){.tcp = &c->tcp,
				       .peer = c->peer,
				       .queue_max = s->config.stream_queue_max,
				       .released = websocket_released},
		handlers, owner);
	ws_open(ws);
	return ws;
}
