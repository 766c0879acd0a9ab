/*
 * What tests of the server share: each case starts a server on a free port, plays raw bytes
 * against it from client sockets that do not block, on the same loop's thread, and compares
 * what comes back.
 */
#ifndef NET_HTTP_SERVER_FIXTURE_H
#define NET_HTTP_SERVER_FIXTURE_H

#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "base/log.h"

struct world {
	struct env *env;
	struct http_server *server;
	struct http_request *held[8]; /* requests that their handler left unanswered */
	size_t held_count;
	int handled, gone, closed, drained, refills;
	struct http_stream *stream;
};

static inline struct world *
world_of(struct http_request *r)
{
	return r->owner;
}

static inline void
handle_echo(struct http_request *r)
{
	world_of(r)->handled++;
	http_reply(r, 200, "text/plain", (struct str){0}, r->body);
}

static inline void
handle_hello(struct http_request *r)
{
	struct str name = http_request_query(r, "name");

	world_of(r)->handled++;
	http_reply(r, 200, "text/plain", STR("X-Seen: yes\r\n"),
		arena_printf(
			r->arena, "hello %.*s", STR_ARG(name.p ? name : STR("world"))));
}

static inline void
handle_item(struct http_request *r)
{
	struct str id = http_request_param(r, "id");

	http_reply_json(r, 200, arena_printf(r->arena, "{\"id\":\"%.*s\"}", STR_ARG(id)));
}

static inline void
handle_peer(struct http_request *r)
{
	char text[IP_TEXT_MAX];

	http_reply(r, 200, "text/plain", (struct str){0}, ip_print(&r->peer, text));
}

static inline void
count_gone(struct http_request *r)
{
	world_of(r)->gone++;
}

static inline void
handle_hold(struct http_request *r)
{
	struct world *w = world_of(r);

	r->gone = count_gone;
	w->held[w->held_count++] = r;
}

static inline void
handle_big(struct http_request *r)
{
	size_t n = 8u << 20;

	world_of(r)->handled++;
	char *p = arena_alloc(r->arena, n);

	memset(p, 'b', n);
	http_reply(r, 200, "text/plain", (struct str){0}, (struct str){p, n});
}

static inline void
stream_closed(struct http_stream *s)
{
	struct world *w = http_stream_owner(s);

	w->closed++;
	w->stream = NULL;
}

static inline void
stream_drained(struct http_stream *s)
{
	((struct world *)http_stream_owner(s))->refills++;
}

static const struct http_stream_handlers stream_handlers = {
	.drained = stream_drained, .closed = stream_closed};

static inline void
handle_events(struct http_request *r)
{
	struct world *w = world_of(r);

	w->stream = http_stream_start(
		r, 200, "text/event-stream", (struct str){0}, &stream_handlers, w);
}

static const struct http_route routes[] = {
	{METHOD_GET, "/hello", handle_hello, 0, 0, NULL},
	{METHOD_GET, "/work", handle_hello, 0, HTTP_ROUTE_WORK, NULL},
	{METHOD_POST, "/echo", handle_echo, 1000, 0, NULL},
	{METHOD_POST, "/json", handle_echo, 1000, HTTP_ROUTE_JSON, NULL},
	{METHOD_POST, "/large", handle_echo, 0, 0, NULL},
	{METHOD_GET | METHOD_DELETE, "/items/{id}", handle_item, 0, 0, NULL},
	{METHOD_GET, "/files/{path...}", handle_hello, 0, 0, NULL},
	{METHOD_GET | METHOD_POST, "/hold", handle_hold, 0, 0, NULL},
	{METHOD_GET, "/big", handle_big, 0, 0, NULL},
	{METHOD_GET, "/events", handle_events, 0, 0, NULL},
	{METHOD_GET, "/peer", handle_peer, 0, 0, NULL},
	{METHOD_GET, "/ws", handle_hello, 0, HTTP_ROUTE_WEBSOCKET, NULL},
};

static inline void
world_start(struct world *w, struct http_server_config config)
{
	struct error e;

	*w = (struct world){.env = env_uv_new()};
	config.routes = routes;
	config.route_count = sizeof(routes) / sizeof(routes[0]);
	config.owner = w;
	assert_int_equal(http_server_start(w->env, &config, &w->server, &e), OK);
}

static inline void
world_end(struct world *w)
{
	http_server_free(&w->server);
	env_uv_free(&w->env);
}

/* One turn of the loop that does not wait long. */
static inline void
nap_over(struct env_timer *t)
{
	env_uv_stop(t->owner);
}

static inline void
spin(struct world *w, int64_t ms)
{
	struct env_timer t = {.fire = nap_over, .owner = w->env};

	env_timer_start(w->env, &t, ms);
	env_uv_run(w->env);
}

static inline int
dial(struct world *w)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_server_port(w->server))};

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static inline void
say(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
		if (n < 0)
			return;
		text = str_sub(text, (size_t)n, text.n);
	}
}

/* Reads until the server closes (true) or `enough` bytes of text are there; gives up
 * after five seconds. */
static inline bool
hear(struct world *w, int fd, struct buf *out, const char *until)
{
	char bytes[65536];

	for (int i = 0; i < 1000; i++) {
		ssize_t n;
		while ((n = read(fd, bytes, sizeof(bytes))) > 0)
			buf_add(out, bytes, (size_t)n);
		if (n == 0)
			return true;
		if (n < 0 && errno != EAGAIN)
			return true;
		if (until && str_find(buf_str(out), str_of(until)) >= 0)
			return false;
		spin(w, 5);
	}
	fail_msg("waited too long; have: %.*s", STR_ARG(buf_str(out)));
	return false;
}

/* Sends text on a fresh connection and gathers everything until the server closes. */
static inline struct buf
talk(struct world *w, struct str text)
{
	struct buf out;
	int fd = dial(w);

	buf_init(&out, 64u << 20);
	say(fd, text);
	shutdown(fd, SHUT_WR);
	hear(w, fd, &out, NULL);
	close(fd);
	return out;
}

static inline int
status_of(struct str reply)
{
	int64_t status = 0;

	str_to_i64(str_sub(reply, 9, 12), &status);
	return (int)status;
}

static inline size_t
count_of(struct str text, const char *needle)
{
	size_t n = 0;
	ptrdiff_t at;

	while ((at = str_find(text, str_of(needle))) >= 0) {
		n++;
		text = str_sub(text, (size_t)at + 1, text.n);
	}
	return n;
}

#define HAS(out, text) assert_true(str_find(buf_str(&(out)), STR(text)) >= 0)
#define HAS_NOT(out, text) assert_true(str_find(buf_str(&(out)), STR(text)) < 0)

#endif
