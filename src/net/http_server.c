#include "net/http_connection.h"

#include "base/limits.h"
#include "base/log.h"

#include <stdio.h>

/* Connections over the limit that still hear why; the others are dropped unheard. */
#define REFUSED_AT_ONCE 64
#define BACKLOG 4096

static int64_t
or_default(int64_t value, int64_t fallback)
{
	return value > 0 ? value : fallback;
}

static size_t
or_default_size(size_t value, size_t fallback)
{
	return value > 0 ? value : fallback;
}

static void
config_complete(struct http_server_config *c)
{
	if (c->address.n == 0)
		c->address = STR("127.0.0.1");
	c->connections_max = or_default_size(c->connections_max, HTTP_CONNECTIONS_MAX);
	c->connections_per_address =
		or_default_size(c->connections_per_address, HTTP_CONNECTIONS_PER_ADDRESS);
	c->head_max = or_default_size(c->head_max, HTTP_HEAD_MAX);
	c->headers_max = or_default_size(c->headers_max, HTTP_HEADERS_MAX);
	c->url_max = or_default_size(c->url_max, HTTP_URL_MAX);
	c->body_max = or_default_size(c->body_max, HTTP_BODY_MAX);
	c->pipeline_max = or_default_size(c->pipeline_max, HTTP_PIPELINE_MAX);
	c->stream_queue_max = or_default_size(c->stream_queue_max, WS_SEND_QUEUE_MAX);
	c->head_timeout_ms = or_default(c->head_timeout_ms, HTTP_HEAD_TIMEOUT_MS);
	c->body_timeout_ms = or_default(c->body_timeout_ms, HTTP_BODY_TIMEOUT_MS);
	c->idle_timeout_ms = or_default(c->idle_timeout_ms, HTTP_IDLE_TIMEOUT_MS);
	c->write_timeout_ms = or_default(c->write_timeout_ms, HTTP_WRITE_TIMEOUT_MS);
	c->queued_max = or_default_size(c->queued_max, TCP_QUEUED_MAX);
	c->work_max = or_default_size(c->work_max, HTTP_WORK_MAX);
	c->turn_away_ms = or_default(c->turn_away_ms, HTTP_TURN_AWAY_MS);
	c->linger_ms = or_default(c->linger_ms, HTTP_LINGER_MS);
	c->ws_ping_ms = or_default(c->ws_ping_ms, WS_PING_MS);
	c->ws_dead_ms = or_default(c->ws_dead_ms, WS_DEAD_MS);
}

const char *
http_server_date(struct http_server *s)
{
	int64_t now = (int64_t)uv_now(s->set.loop);

	if (s->date_at_ms && now - s->date_at_ms < 200)
		return s->date;
	s->date_at_ms = now ? now : 1;
	http_date_print(env_wall(s->env).ms / 1000, s->date);
	return s->date;
}

void
http_server_get_stats(const struct http_server *s, struct http_server_stats *out)
{
	*out = s->stats;
	out->bytes_in = s->set.bytes_in;
	out->bytes_out = s->set.bytes_out;
}

int
http_server_port(const struct http_server *s)
{
	return s->port;
}

/* ---- connections ---- */

static struct str
address_key(const struct ip *ip)
{
	return (struct str){(const char *)ip->b, sizeof(ip->b)};
}

/* One more or one less connection of an address; the count is kept in the pointer itself.
 */
static uintptr_t
address_count(struct http_server *s, const struct ip *ip, int change)
{
	uintptr_t n = (uintptr_t)map_get(&s->addresses, address_key(ip));

	n += (uintptr_t)(intptr_t)change;
	if (n == 0)
		map_remove(&s->addresses, address_key(ip));
	else
		map_put(&s->addresses, address_key(ip), (void *)n);
	return n;
}

void
http_server_forget(struct http_connection *c)
{
	struct http_server *s = c->server;

	list_remove(&c->link);
	if (c->counted)
		address_count(s, &c->peer, -1);
	s->stats.connections--;
}

static void
refuse_connection(struct http_connection *c, int status, const char *line)
{
	struct http_server *s = c->server;
	static const char body[] =
		"{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}";
	char text[160];

	s->stats.refused++;
	if ((size_t)s->stats.connections > s->config.connections_max + REFUSED_AT_ONCE) {
		tcp_close(&c->tcp);
		return;
	}
	int n = snprintf(text, sizeof(text), body, line, status);
	buf_printf(tcp_out(&c->tcp),
		"HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s",
		status, line, http_server_date(s), n, text);
	tcp_wrote(&c->tcp);
	tcp_finish(&c->tcp);
}

static void
connection_accept(uv_stream_t *listener, int status)
{
	struct http_server *s = listener->data;

	if (status < 0 || s->draining) {
		s->stats.refused++;
		return;
	}
	struct http_connection *c = mem_zalloc(sizeof(*c));
	c->server = s;
	list_init(&c->link);
	list_init(&c->exchanges);
	tcp_init(&s->set, &c->tcp, &http_connection_ops, c);
	list_append(&s->connections, &c->link);
	s->stats.connections++;
	s->stats.accepted++;
	if (uv_accept(listener, (uv_stream_t *)&c->tcp.handle) != 0 ||
		!tcp_peer(&c->tcp, &c->peer)) {
		tcp_close(&c->tcp);
		return;
	}
	c->counted = true;
	uintptr_t from_here = address_count(s, &c->peer, 1);
	uv_tcp_nodelay(&c->tcp.handle, 1);
	if ((size_t)s->stats.connections > s->config.connections_max)
		refuse_connection(c, 503, "Service Unavailable");
	else if (from_here > s->config.connections_per_address &&
		!http_peer_is_proxy(s, &c->peer))
		refuse_connection(c, 429, "Too Many Requests");
	else
		http_connection_open(s, c);
}

/* ---- life ---- */

static enum err
listen_on(struct http_server *s, struct error *e)
{
	struct sockaddr_storage sa = {0};
	struct ip ip;
	char text[IP_TEXT_MAX];

	if (!ip_parse(s->config.address, &ip))
		return err_set(e, ERR_INVALID, "\"%.*s\" is no address to listen on",
			STR_ARG(s->config.address));
	ip_print(&ip, text);
	if (ip_is_v4(&ip))
		uv_ip4_addr(text, s->config.port, (struct sockaddr_in *)(void *)&sa);
	else
		uv_ip6_addr(text, s->config.port, (struct sockaddr_in6 *)(void *)&sa);
	int rc = uv_tcp_bind(&s->listener, (struct sockaddr *)&sa, 0);
	int send_buffer = TCP_SEND_BUFFER;
	/* Connections inherit it. Without it the system would keep megabytes for one that
	 * asks and does not read. */
	if (rc == 0)
		uv_send_buffer_size((uv_handle_t *)&s->listener, &send_buffer);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&s->listener, BACKLOG, connection_accept);
	int len = sizeof(sa);
	if (rc == 0)
		rc = uv_tcp_getsockname(&s->listener, (struct sockaddr *)&sa, &len);
	if (rc != 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot listen on %s port %d: %s",
			text, s->config.port, uv_strerror(rc));
	/* The port stands at the same place in both families. */
	s->port = ntohs(((struct sockaddr_in *)(void *)&sa)->sin_port);
	return OK;
}

static void
between_reads(struct tcp_set *set)
{
	struct http_server *s = set->owner;
	s->config.between(s->config.owner);
}

enum err
http_server_start(struct env *env, const struct http_server_config *config,
	struct http_server **out, struct error *e)
{
	struct http_server *s = mem_zalloc(sizeof(*s));

	s->config = *config;
	config_complete(&s->config);
	s->env = env;
	tcp_set_init(&s->set, env);
	s->set.owner = s;
	s->set.between = s->config.between ? between_reads : NULL;
	s->set.wait_ms[TCP_WAIT_HEAD] = s->config.head_timeout_ms;
	s->set.wait_ms[TCP_WAIT_BODY] = s->config.body_timeout_ms;
	s->set.wait_ms[TCP_WAIT_IDLE] = s->config.idle_timeout_ms;
	s->set.wait_ms[TCP_WAIT_PING] = s->config.ws_ping_ms;
	s->set.wait_ms[TCP_WAIT_PONG] = s->config.ws_dead_ms > s->config.ws_ping_ms
		? s->config.ws_dead_ms - s->config.ws_ping_ms
		: s->config.ws_dead_ms;
	s->set.wait_ms[TCP_WAIT_LINGER] = s->config.linger_ms;
	s->set.write_timeout_ms = s->config.write_timeout_ms;
	s->set.queued_max = s->config.queued_max;
	tcp_set_times_changed(&s->set);
	list_init(&s->connections);
	list_init(&s->ended);
	list_init(&s->spare);
	list_init(&s->turned_away);
	map_init(&s->addresses);
	uv_tcp_init(s->set.loop, &s->listener);
	s->listener.data = s;
	s->listening = true;
	enum err err = listen_on(s, e);
	if (err) {
		http_server_free(&s);
		return err;
	}
	*out = s;
	return OK;
}

static void
memory_free(struct tcp_set *set)
{
	struct http_server *s = set->owner;
	struct list *l;

	while ((l = list_pop(&s->spare))) {
		struct http_exchange *x = list_entry(l, struct http_exchange, link);
		arena_fini(&x->arena);
		free(x);
	}
	map_fini(&s->addresses);
	free(s);
}

static void
listener_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;

	s->listening = false;
	http_server_check_done(s);
}

static void
listener_close(struct http_server *s)
{
	if (s->listening && !uv_is_closing((uv_handle_t *)&s->listener))
		uv_close((uv_handle_t *)&s->listener, listener_closed);
}

void
http_server_check_done(struct http_server *s)
{
	if (s->listening || s->set.open > 0 || s->set.closing)
		return;
	if (s->drained && s->draining) {
		void (*drained)(struct http_server *, void *) = s->drained;
		s->drained = NULL;
		env_timer_stop(s->env, &s->drain_timer);
		drained(s, s->config.owner);
		return;
	}
	if (s->freed && s->stats.requests_open == 0) {
		env_timer_stop(s->env, &s->ended_timer);
		tcp_set_fini(&s->set, memory_free);
	}
}

static void
cut_all(struct http_server *s)
{
	list_each_safe(l, &s->connections)
		tcp_close(&list_entry(l, struct http_connection, link)->tcp);
}

static void
drain_over(struct env_timer *t)
{
	cut_all(t->owner);
}

void
http_server_drain(struct http_server *s, int64_t grace_ms,
	void (*drained)(struct http_server *s, void *owner))
{
	if (s->draining)
		return;
	s->draining = true;
	s->drained = drained;
	listener_close(s);
	http_refuse_turned_away(s);
	list_each_safe(l, &s->connections)
		http_connection_drain(list_entry(l, struct http_connection, link));
	s->drain_timer.fire = drain_over;
	s->drain_timer.owner = s;
	env_timer_start(s->env, &s->drain_timer, grace_ms);
}

void
http_server_free(struct http_server **server)
{
	struct http_server *s = *server;

	if (!s)
		return;
	*server = NULL;
	s->freed = s->draining = true;
	s->drained = NULL;
	if (s->drain_timer.fire)
		env_timer_stop(s->env, &s->drain_timer);
	listener_close(s);
	cut_all(s);
	http_server_check_done(s);
}
