#include "net/ws_client.h"

#include "base/arena.h"
#include "base/limits.h"
#include "net/websocket_link.h"
#include "wire/base64.h"
#include "wire/http.h"

#include <stdio.h>

#define HANDSHAKE_TIMEOUT_MS 10000
#define REPLY_HEAD_MAX (16u << 10)

struct ws_clients {
	struct tcp_set set;
};

/* One client until its handshake is done; afterwards it only holds the socket. */
struct client {
	struct tcp tcp;
	struct ws *ws;
	struct env_timer timeout;
	uv_connect_t connecting;
	struct buf in;
	char accept[WS_ACCEPT_LEN + 1];
	void (*opened)(struct ws *ws);
};

static void
clients_closed(struct tcp_set *set)
{
	free(set->owner);
}

struct ws_clients *
ws_clients_new(struct env *env)
{
	struct ws_clients *c = mem_zalloc(sizeof(*c));

	tcp_set_init(&c->set, env);
	c->set.owner = c;
	c->set.wait_ms[TCP_WAIT_PING] = WS_PING_MS;
	c->set.wait_ms[TCP_WAIT_PONG] = WS_DEAD_MS - WS_PING_MS;
	c->set.wait_ms[TCP_WAIT_LINGER] = HTTP_LINGER_MS;
	tcp_set_times_changed(&c->set);
	return c;
}

void
ws_clients_free(struct ws_clients **c)
{
	if (!*c)
		return;
	tcp_set_fini(&(*c)->set, clients_closed);
	*c = NULL;
}

static struct client *
client_of(struct tcp *t)
{
	return list_entry(t, struct client, tcp);
}

static void
client_released(struct tcp *t)
{
	struct client *c = client_of(t);

	env_timer_stop(t->set->env, &c->timeout);
	buf_fini(&c->in);
	free(c);
}

/* ---- the handshake's answer ---- */

static bool
line_take(struct str *rest, struct str *line)
{
	ptrdiff_t end = str_find(*rest, STR("\r\n"));

	if (end < 0)
		return false;
	*line = str_sub(*rest, 0, (size_t)end);
	*rest = str_sub(*rest, (size_t)end + 2, rest->n);
	return true;
}

static bool
accept_matches(const struct client *c, struct str head)
{
	struct str line, name;

	while (line_take(&head, &line))
		if (str_split(&line, ':', &name) &&
			str_eq_nocase(name, STR("Sec-WebSocket-Accept")))
			return str_eq(str_trim(line), str_of(c->accept));
	return false;
}

static void
client_read(struct tcp *t, char *p, size_t n)
{
	struct client *c = client_of(t);
	char why[64];

	buf_add(&c->in, p, n);
	ptrdiff_t end = str_find(buf_str(&c->in), STR("\r\n\r\n"));
	if (end < 0) {
		if (buf_over(&c->in))
			ws_fail(c->ws, "the handshake's answer is too large");
		return;
	}
	struct str head = str_sub(buf_str(&c->in), 0, (size_t)end + 2);
	if (!str_starts(head, STR("HTTP/1.1 101 "))) {
		snprintf(why, sizeof(why), "the server answered %.*s",
			STR_ARG(str_sub(head, 9, 12)));
		ws_fail(c->ws, why);
		return;
	}
	if (!accept_matches(c, head)) {
		ws_fail(c->ws, "the server's Sec-WebSocket-Accept is wrong");
		return;
	}
	env_timer_stop(t->set->env, &c->timeout);
	struct buf in = c->in;
	buf_init(&c->in, REPLY_HEAD_MAX);
	struct ws *ws = c->ws;
	ws_open(ws);
	if (c->opened)
		c->opened(ws);
	struct str rest = str_sub(buf_str(&in), (size_t)end + 4, in.n);
	if (rest.n && !t->closing)
		ws_read(ws, rest);
	buf_fini(&in);
}

static void
client_ended(struct tcp *t, bool error)
{
	ws_fail(client_of(t)->ws,
		error ? "the connection broke" : "the server closed before its answer");
}

static void
client_nothing(struct tcp *t)
{
	(void)t;
}

static void
client_no_timeout(struct tcp *t, enum tcp_wait wait)
{
	(void)t;
	(void)wait;
}

static void
client_closed(struct tcp *t)
{
	ws_end(client_of(t)->ws);
}

static const struct tcp_ops client_ops = {
	.read = client_read,
	.ended = client_ended,
	.timeout = client_no_timeout,
	.drained = client_nothing,
	.ready = client_nothing,
	.closed = client_closed,
};

static void
client_late(struct env_timer *timer)
{
	struct client *c = timer->owner;

	ws_fail(c->ws, "the handshake took too long");
}

static void
client_connected(uv_connect_t *request, int status)
{
	struct client *c = request->data;

	if (c->tcp.closing)
		return;
	if (status < 0) {
		ws_fail(c->ws, uv_strerror(status));
		return;
	}
	uv_tcp_nodelay(&c->tcp.handle, 1);
	/* The request waits in `in` until the socket can take it. */
	tcp_write(&c->tcp, buf_str(&c->in));
	buf_fini(&c->in);
	tcp_read_start(&c->tcp);
}

static void
request_write(struct client *c, struct env *env, const struct ws_connect_options *o)
{
	uint8_t nonce[16];
	struct buf key;

	buf_init(&key, 64);
	env_random(env, nonce, sizeof(nonce));
	base64_encode(&key, (struct str){(const char *)nonce, sizeof(nonce)});
	ws_accept_key(buf_str(&key), c->accept);
	buf_printf(&c->in,
		"GET %.*s HTTP/1.1\r\nHost: %.*s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n",
		STR_ARG(o->target), STR_ARG(o->address), o->port, key.p);
	if (o->subprotocol.n)
		buf_printf(&c->in, "Sec-WebSocket-Protocol: %.*s\r\n",
			STR_ARG(o->subprotocol));
	buf_add_str(&c->in, o->headers);
	buf_add_str(&c->in, STR("\r\n"));
	buf_fini(&key);
}

enum err
ws_connect(struct ws_clients *clients, const struct ws_connect_options *o,
	const struct ws_handlers *handlers, void *owner, struct ws **out, struct error *e)
{
	struct sockaddr_storage sa = {0};
	struct ip ip;
	char text[IP_TEXT_MAX];

	if (!ip_parse(o->address, &ip))
		return err_set(
			e, ERR_INVALID, "\"%.*s\" is no address", STR_ARG(o->address));
	ip_print(&ip, text);
	if (ip_is_v4(&ip))
		uv_ip4_addr(text, o->port, (struct sockaddr_in *)(void *)&sa);
	else
		uv_ip6_addr(text, o->port, (struct sockaddr_in6 *)(void *)&sa);
	struct client *c = mem_zalloc(sizeof(*c));
	buf_init(&c->in, REPLY_HEAD_MAX);
	c->opened = handlers->opened;
	tcp_init(&clients->set, &c->tcp, &client_ops, c);
	c->ws = ws_new(&(struct ws_link){.tcp = &c->tcp,
			       .peer = ip,
			       .queue_max = WS_SEND_QUEUE_MAX,
			       .client = true,
			       .released = client_released},
		handlers, owner);
	request_write(c, clients->set.env, o);
	c->connecting.data = c;
	c->timeout.fire = client_late;
	c->timeout.owner = c;
	env_timer_start(clients->set.env, &c->timeout,
		o->timeout_ms > 0 ? o->timeout_ms : HANDSHAKE_TIMEOUT_MS);
	*out = c->ws;
	int rc = uv_tcp_connect(
		&c->connecting, &c->tcp.handle, (struct sockaddr *)&sa, client_connected);
	if (rc != 0)
		ws_fail(c->ws, uv_strerror(rc));
	return OK;
}
