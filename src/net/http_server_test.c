/*
 * The server over real sockets. Each case starts a server on a free port, plays raw bytes against it from plain
 * blocking-free client sockets on the same loop's thread, and compares what comes back.
 */
#include "net/http_server.h"

#include <errno.h>
#include <arpa/inet.h>
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

static struct world *
world_of(struct http_request *r)
{
	return r->owner;
}

static void
handle_echo(struct http_request *r)
{
	world_of(r)->handled++;
	http_reply(r, 200, "text/plain", (struct str){0}, r->body);
}

static void
handle_hello(struct http_request *r)
{
	struct str name = http_request_query(r, "name");

	world_of(r)->handled++;
	http_reply(r, 200, "text/plain", STR("X-Seen: yes\r\n"),
		arena_printf(r->arena, "hello %.*s", STR_ARG(name.p ? name : STR("world"))));
}

static void
handle_item(struct http_request *r)
{
	struct str id = http_request_param(r, "id");

	http_reply_json(r, 200, arena_printf(r->arena, "{\"id\":\"%.*s\"}", STR_ARG(id)));
}

static void
count_gone(struct http_request *r)
{
	world_of(r)->gone++;
}

static void
handle_hold(struct http_request *r)
{
	struct world *w = world_of(r);

	r->gone = count_gone;
	w->held[w->held_count++] = r;
}

static void
handle_big(struct http_request *r)
{
	size_t n = 8u << 20;
	char *p = arena_alloc(r->arena, n);

	memset(p, 'b', n);
	http_reply(r, 200, "text/plain", (struct str){0}, (struct str){p, n});
}

static void
stream_closed(struct http_stream *s)
{
	struct world *w = http_stream_owner(s);

	w->closed++;
	w->stream = NULL;
}

static void
stream_drained(struct http_stream *s)
{
	((struct world *)http_stream_owner(s))->refills++;
}

static const struct http_stream_handlers stream_handlers = {.drained = stream_drained, .closed = stream_closed};

static void
handle_events(struct http_request *r)
{
	struct world *w = world_of(r);

	w->stream = http_stream_start(r, 200, "text/event-stream", (struct str){0}, &stream_handlers, w);
}

static const struct http_route routes[] = {
	{METHOD_GET, "/hello", handle_hello, 0, 0, NULL},
	{METHOD_POST, "/echo", handle_echo, 1000, 0, NULL},
	{METHOD_POST, "/json", handle_echo, 1000, HTTP_ROUTE_JSON, NULL},
	{METHOD_POST, "/large", handle_echo, 0, 0, NULL},
	{METHOD_GET | METHOD_DELETE, "/items/{id}", handle_item, 0, 0, NULL},
	{METHOD_GET, "/files/{path...}", handle_hello, 0, 0, NULL},
	{METHOD_GET | METHOD_POST, "/hold", handle_hold, 0, 0, NULL},
	{METHOD_GET, "/big", handle_big, 0, 0, NULL},
	{METHOD_GET, "/events", handle_events, 0, 0, NULL},
	{METHOD_GET, "/ws", handle_hello, 0, HTTP_ROUTE_WEBSOCKET, NULL},
};

static void
world_start(struct world *w, struct http_server_config config)
{
	struct error e;

	*w = (struct world){.env = env_uv_new()};
	config.routes = routes;
	config.route_count = sizeof(routes) / sizeof(routes[0]);
	config.owner = w;
	assert_int_equal(http_server_start(w->env, &config, &w->server, &e), OK);
}

static void
world_end(struct world *w)
{
	http_server_free(&w->server);
	env_uv_free(&w->env);
}

/* One turn of the loop that does not wait long. */
static void
nap_over(struct env_timer *t)
{
	env_uv_stop(t->owner);
}

static void
spin(struct world *w, int64_t ms)
{
	struct env_timer t = {.fire = nap_over, .owner = w->env};

	env_timer_start(w->env, &t, ms);
	env_uv_run(w->env);
}

static int
dial(struct world *w)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_server_port(w->server))};

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
say(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
		if (n < 0)
			return;
		text = str_sub(text, (size_t)n, text.n);
	}
}

/* Reads until the server closes (true) or `enough` bytes of text are there; gives up after five seconds. */
static bool
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
static struct buf
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

static int
status_of(struct str reply)
{
	int64_t status = 0;

	str_to_i64(str_sub(reply, 9, 12), &status);
	return (int)status;
}

static size_t
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

/* ---- statuses ---- */

struct status_case {
	const char *request;
	int status;
	int handled;
};

static void
check_statuses(const struct status_case *cases, size_t count)
{
	struct world w;

	world_start(&w, (struct http_server_config){0});
	for (size_t i = 0; i < count; i++) {
		w.handled = 0;
		struct buf out = talk(&w, str_of(cases[i].request));
		if (status_of(buf_str(&out)) != cases[i].status || w.handled != cases[i].handled)
			fail_msg("case %zu: handled %d, got %.*s\nfor\n%s", i, w.handled, STR_ARG(buf_str(&out)), cases[i].request);
		if (cases[i].status >= 400)
			HAS(out, "application/problem+json");
		buf_fini(&out);
	}
	world_end(&w);
}

static void
test_good_requests(void **state)
{
	static const struct status_case cases[] = {
		{"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"GET http://a.example/hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"GET /hello HTTP/1.0\r\n\r\n", 200, 1},
		{"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n", 204, 0},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, 0},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200, 1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, 1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", 200, 1},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", 200, 1},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/x+json\r\nContent-Length: 2\r\n\r\n{}", 200, 1},
		{"GET /files/a/b/c HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
	};

	(void)state;
	check_statuses(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
test_refused_requests(void **state)
{
	static const struct status_case cases[] = {
		{"GET /hello HTTP/1.1\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\nHost: a\n\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost: a\r\nX: y\r\n\tfolded\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400, 0},
		{"GET /hello HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n", 400, 0},
		{"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"GET http:///hello HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"GET http://u@a/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"get /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
		{"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, 0},
		{"GET /items/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, 0},
		{"DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405, 0},
		{"PROPFIND /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501, 0},
		{"BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501, 0},
		{"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501, 0},
		{"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505, 0},
		{"GET /hello HTTP/1.2\r\nHost: a\r\n\r\n", 505, 0},
		{"GET /hello HTTP/0.9\r\nHost: a\r\n\r\n", 505, 0},
		{"POST /json HTTP/1.1\r\nHost: a\r\n\r\n", 411, 0},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415, 0},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 415, 0},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413, 0},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n{}", 417, 0},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", 426, 0},
	};

	(void)state;
	check_statuses(cases, sizeof(cases) / sizeof(cases[0]));
}

/* Requests that two parsers could cut at different places. */
static void
test_smuggling(void **state)
{
#define POST "POST /echo HTTP/1.1\r\nHost: a\r\n"
	static const struct status_case cases[] = {
		{POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, 0},
		{POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, 0},
		{POST "Content-Length: 3, 3\r\n\r\nabc", 400, 0},
		{POST "Content-Length: +3\r\n\r\nabc", 400, 0},
		{POST "Content-Length: -3\r\n\r\nabc", 400, 0},
		{POST "Content-Length: 0x3\r\n\r\nabc", 400, 0},
		{POST "Content-Length: 3 4\r\n\r\nabc", 400, 0},
		{POST "Content-Length: \r\n\r\nabc", 400, 0},
		{POST "Content-Length: 18446744073709551619\r\n\r\nabc", 400, 0},
		{POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: identity\r\n\r\nabc", 400, 0},
		{POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 0},
		{POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400, 0},
		{"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n", 400, 0},
	};

	(void)state;
	check_statuses(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
test_hello(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){.headers = STR("X-Frame-Options: DENY\r\n")});
	struct buf out = talk(&w, STR("GET /hello?name=J%C3%B6rg+B HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "hello J\xc3\xb6rg B");
	HAS(out, "Content-Length: 13\r\n");
	HAS(out, "X-Frame-Options: DENY\r\n");
	HAS(out, "X-Seen: yes\r\n");
	HAS(out, "\r\nDate: ");
	HAS_NOT(out, "Server:");
	buf_fini(&out);
	out = talk(&w, STR("GET /items/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "{\"id\":\"a/b\"}");
	buf_fini(&out);
	world_end(&w);
}

/* Replies leave in the order of their requests, also when later ones are answered first. */
static void
test_pipelining(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hello?name=two HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	assert_int_equal(w.held_count, 2);
	assert_int_equal(w.handled, 1);
	http_reply(w.held[1], 200, "text/plain", (struct str){0}, STR("three"));
	spin(&w, 20);
	char byte;
	assert_true(read(fd, &byte, 1) < 0);
	http_reply(w.held[0], 200, "text/plain", (struct str){0}, STR("one"));
	hear(&w, fd, &out, " 404 ");
	ptrdiff_t one = str_find(buf_str(&out), STR("one")), two = str_find(buf_str(&out), STR("hello two"));
	ptrdiff_t three = str_find(buf_str(&out), STR("three"));
	assert_true(one > 0 && one < two && two < three);
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 "), 4);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_good_requests),
		cmocka_unit_test(test_refused_requests),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_pipelining),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
