/* The client against our server and against raw sockets that misbehave. */
#include "net/http_client.h"

#include "net/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

struct world {
	struct env *env;
	struct http_server *server;
	struct http_client *client;
	struct http_request *held;
	int done, handled;
	struct buf pieces;
	char url[128];
};

static void
handle_echo(struct http_request *r)
{
	struct world *w = r->owner;

	w->handled++;
	http_reply(r, 201, "text/plain", STR("Retry-After: 7\r\nX-Empty:\r\n"),
		arena_printf(r->arena, "%s %.*s %.*s %.*s", http_method_name(r->method),
			STR_ARG(r->query), STR_ARG(http_request_header(r, "X-Mine")),
			STR_ARG(r->body)));
}

static void
handle_hold(struct http_request *r)
{
	struct world *w = r->owner;

	w->handled++;
	w->held = r;
}

static void
handle_big(struct http_request *r)
{
	char *p = arena_zalloc(r->arena, 100000);

	http_reply(r, 200, "text/plain", (struct str){0}, (struct str){p, 100000});
}

static void
handle_away(struct http_request *r)
{
	http_reply(r, 302, NULL, STR("Location: /echo\r\n"), (struct str){0});
}

#define ANY (METHOD_GET | METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE)

static const struct http_route routes[] = {
	{ANY, "/echo", handle_echo, 0, 0, NULL},
	{ANY, "/hold", handle_hold, 0, 0, NULL},
	{METHOD_GET, "/big", handle_big, 0, 0, NULL},
	{METHOD_GET, "/away", handle_away, 0, 0, NULL},
};

static void
world_start(struct world *w, struct http_client_config config)
{
	struct http_server_config server = {.routes = routes,
		.route_count = sizeof(routes) / sizeof(routes[0]),
		.owner = w};

	*w = (struct world){.env = env_uv_new()};
	buf_init(&w->pieces, 1u << 20);
	assert_int_equal(http_server_start(w->env, &server, &w->server, NULL), OK);
	assert_int_equal(http_client_new(w->env, &config, &w->client, NULL), OK);
}

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

static void
world_end(struct world *w)
{
	http_client_free(&w->client);
	if (w->held)
		http_reply(w->held, 200, NULL, (struct str){0}, (struct str){0});
	http_server_free(&w->server);
	env_uv_free(&w->env);
	buf_fini(&w->pieces);
}

static void
count_done(struct http_call *c)
{
	((struct world *)c->owner)->done++;
}

static struct str
url_for(struct world *w, const char *host, int port, const char *target)
{
	snprintf(w->url, sizeof(w->url), "http://%s:%d%s", host, port, target);
	return str_of(w->url);
}

static struct http_call
call_for(struct world *w, enum http_method method, const char *target)
{
	return (struct http_call){.method = method,
		.url = url_for(w, "127.0.0.1", http_server_port(w->server), target),
		.done = count_done,
		.owner = w};
}

/* Starts and waits for the end, five seconds at most. */
static void
run(struct world *w, struct http_call *c)
{
	struct error e = {0};
	int before = w->done;

	if (http_call_start(w->client, c, &e) != OK)
		fail_msg("%s", e.text);
	assert_int_equal(w->done, before);
	for (int i = 0; i < 1000 && w->done == before; i++)
		spin(w, 5);
	assert_int_equal(w->done, before + 1);
}

static void
test_methods(void **state)
{
	static const enum http_method methods[] = {
		METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE};
	const struct http_header headers[] = {{STR("X-Mine"), STR("a b")}};
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct http_call c = call_for(&w, methods[i], "/echo?q=1#fragment");
		char expected[64];
		c.headers = headers;
		c.header_count = 1;
		if (methods[i] != METHOD_GET)
			c.body = STR("body");
		run(&w, &c);
		assert_int_equal(c.result, OK);
		assert_int_equal(c.status, 201);
		snprintf(expected, sizeof(expected), "%s q=1 a b %s",
			http_method_name(methods[i]), c.body.n ? "body" : "");
		assert_true(str_eq(c.answer, str_of(expected)));
		assert_int_equal(c.retry_after_ms, 7000);
		assert_true(
			str_eq(http_call_header(&c, "content-type"), STR("text/plain")));
		assert_true(c.sent);
		http_call_fini(&c);
	}
	struct http_call c = call_for(&w, METHOD_HEAD, "/echo");
	run(&w, &c);
	assert_int_equal(c.status, 201);
	assert_int_equal(c.answer.n, 0);
	http_call_fini(&c);
	/* Redirects are answers like any other. */
	c = call_for(&w, METHOD_GET, "/away");
	run(&w, &c);
	assert_int_equal(c.status, 302);
	assert_true(str_eq(http_call_header(&c, "Location"), STR("/echo")));
	http_call_fini(&c);
	world_end(&w);
}

/* Reading methods and repeatable ones share a connection; others get one of their own. */
static void
test_reuse(void **state)
{
	struct world w;
	struct http_server_stats stats;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	for (int i = 0; i < 6; i++) {
		struct http_call c =
			call_for(&w, i % 2 ? METHOD_POST : METHOD_GET, "/echo");
		c.repeatable = true;
		run(&w, &c);
		http_call_fini(&c);
	}
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.accepted, 1);
	struct http_call c = call_for(&w, METHOD_POST, "/echo");
	run(&w, &c);
	http_call_fini(&c);
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.accepted, 2);
	world_end(&w);
}

static void
test_timeouts(void **state)
{
	static const struct {
		enum http_method method;
		bool repeatable;
		enum err result;
	} cases[] = {
		{METHOD_GET, false, ERR_UNAVAILABLE},
		{METHOD_POST, false, ERR_UNCERTAIN},
		{METHOD_POST, true, ERR_UNAVAILABLE},
		{METHOD_DELETE, false, ERR_UNCERTAIN},
	};
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_call c = call_for(&w, cases[i].method, "/hold");
		c.timeout_ms = 60;
		c.repeatable = cases[i].repeatable;
		run(&w, &c);
		assert_int_equal(c.result, cases[i].result);
		assert_int_equal(c.error.kind, cases[i].result);
		assert_true(c.timed_out);
		assert_true(c.sent);
		http_call_fini(&c);
		http_reply(w.held, 200, NULL, (struct str){0}, (struct str){0});
		w.held = NULL;
	}
	assert_int_equal(w.handled, 4);
	world_end(&w);
}

static int
raw_listen(int *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t n = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	assert_int_equal(listen(fd, 8), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void
test_refused_and_broken(void **state)
{
	struct world w;
	int port;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	/* Nobody listens: nothing was sent, so even a POST may be repeated. */
	int fd = raw_listen(&port);
	close(fd);
	struct http_call c = {.method = METHOD_POST,
		.url = url_for(&w, "127.0.0.1", port, "/"),
		.done = count_done,
		.owner = &w};
	run(&w, &c);
	assert_int_equal(c.result, ERR_UNAVAILABLE);
	assert_false(c.timed_out);
	assert_false(c.sent);
	http_call_fini(&c);

	/* The server takes the request and hangs up. */
	fd = raw_listen(&port);
	c = (struct http_call){.method = METHOD_POST,
		.url = url_for(&w, "127.0.0.1", port, "/"),
		.body = STR("x"),
		.done = count_done,
		.owner = &w};
	assert_int_equal(http_call_start(w.client, &c, NULL), OK);
	int got = -1;
	for (int i = 0; i < 400 && got < 0; i++) {
		spin(&w, 5);
		got = accept(fd, NULL, NULL);
	}
	assert_true(got >= 0);
	spin(&w, 50);
	char bytes[1000];
	assert_true(read(got, bytes, sizeof(bytes)) > 0);
	close(got);
	for (int i = 0; i < 400 && w.done < 2; i++)
		spin(&w, 5);
	assert_int_equal(w.done, 2);
	assert_int_equal(c.result, ERR_UNCERTAIN);
	assert_false(c.timed_out);
	http_call_fini(&c);
	close(fd);
	world_end(&w);
}

static void
test_too_large(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	struct http_call c = call_for(&w, METHOD_GET, "/big");
	c.answer_max = 99999;
	run(&w, &c);
	assert_int_equal(c.result, ERR_LIMIT);
	http_call_fini(&c);
	c = call_for(&w, METHOD_GET, "/big");
	c.answer_max = 100000;
	run(&w, &c);
	assert_int_equal(c.result, OK);
	assert_int_equal(c.answer.n, 100000);
	http_call_fini(&c);
	world_end(&w);
}

static void
take_piece(struct http_call *c, struct str bytes)
{
	buf_add_str(&((struct world *)c->owner)->pieces, bytes);
}

static void
test_pieces(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	struct http_call c = call_for(&w, METHOD_GET, "/big");
	c.piece = take_piece;
	c.answer_max = 10;
	run(&w, &c);
	assert_int_equal(c.result, OK);
	assert_int_equal(c.answer.n, 0);
	assert_int_equal(w.pieces.n, 100000);
	http_call_fini(&c);
	world_end(&w);
}

static void
test_cancel(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	/* before it began, while it waits, and after it ended */
	struct http_call c = call_for(&w, METHOD_GET, "/hold");
	assert_int_equal(http_call_start(w.client, &c, NULL), OK);
	http_call_cancel(&c);
	assert_int_equal(w.done, 0);
	spin(&w, 20);
	assert_int_equal(w.done, 1);
	assert_int_equal(c.result, ERR_CANCELED);
	assert_int_equal(w.handled, 0);
	http_call_fini(&c);
	c = call_for(&w, METHOD_POST, "/hold");
	assert_int_equal(http_call_start(w.client, &c, NULL), OK);
	for (int i = 0; i < 400 && !w.held; i++)
		spin(&w, 5);
	http_call_cancel(&c);
	http_call_cancel(&c);
	spin(&w, 20);
	assert_int_equal(w.done, 2);
	assert_int_equal(c.result, ERR_CANCELED);
	http_call_cancel(&c);
	spin(&w, 20);
	assert_int_equal(w.done, 2);
	http_call_fini(&c);
	world_end(&w);
}

static void
test_bounds(void **state)
{
	struct world w;
	struct http_call calls[4];

	(void)state;
	world_start(
		&w, (struct http_client_config){.connections_max = 1, .queue_max = 2});
	for (int i = 0; i < 3; i++) {
		calls[i] = call_for(&w, METHOD_GET, "/hold");
		assert_int_equal(http_call_start(w.client, &calls[i], NULL), OK);
	}
	calls[3] = call_for(&w, METHOD_GET, "/hold");
	struct error e;
	assert_int_equal(http_call_start(w.client, &calls[3], &e), ERR_LIMIT);
	spin(&w, 50);
	/* One connection: the others wait for it. */
	assert_int_equal(w.handled, 1);
	/* The client's end ends them all. */
	http_client_free(&w.client);
	assert_int_equal(w.done, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(calls[i].result, ERR_CANCELED);
		http_call_fini(&calls[i]);
	}
	world_end(&w);
}

static void
test_refused_urls(void **state)
{
	static const char *const urls[] = {"", "ftp://a/", "file:///etc/passwd",
		"http://", "http://u:p@a.example/", "http://a b/", "http://127.1/",
		"http://0x7f000001/", "http://2130706433/", "http://a.example:0/",
		"http://a.example:99999/", "http://a\\b/", "gopher://a/"};
	const struct http_header bad[] = {{STR("X-A"), STR("b\r\nX-C: d")}};
	struct world w;

	(void)state;
	world_start(&w, (struct http_client_config){0});
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct http_call c = {.method = METHOD_GET,
			.url = str_of(urls[i]),
			.done = count_done,
			.owner = &w};
		if (http_call_start(w.client, &c, NULL) != ERR_INVALID)
			fail_msg("%s is taken", urls[i]);
	}
	struct http_call c = call_for(&w, METHOD_GET, "/echo");
	c.https_only = true;
	assert_int_equal(http_call_start(w.client, &c, NULL), ERR_INVALID);
	c = call_for(&w, METHOD_GET, "/echo");
	c.headers = bad;
	c.header_count = 1;
	assert_int_equal(http_call_start(w.client, &c, NULL), ERR_INVALID);
	world_end(&w);
}

/* A user's URL reaches this host only where the operator allowed it, by address and by
 * name. */
static void
test_vetting(void **state)
{
	struct world w;
	struct cidr loopback[2];

	(void)state;
	assert_int_equal(cidr_parse(STR("127.0.0.0/8"), &loopback[0], NULL), OK);
	assert_int_equal(cidr_parse(STR("::1"), &loopback[1], NULL), OK);
	world_start(&w, (struct http_client_config){0});
	struct http_call c = call_for(&w, METHOD_GET, "/echo");
	c.vet = true;
	assert_int_equal(http_call_start(w.client, &c, NULL), ERR_INVALID);
	c.url = STR("http://[::ffff:127.0.0.1]/");
	assert_int_equal(http_call_start(w.client, &c, NULL), ERR_INVALID);
	c.url = STR("http://169.254.169.254/latest/meta-data/");
	assert_int_equal(http_call_start(w.client, &c, NULL), ERR_INVALID);
	c.url = url_for(&w, "localhost", http_server_port(w.server), "/echo");
	run(&w, &c);
	assert_int_equal(c.result, ERR_INVALID);
	assert_int_equal(w.handled, 0);
	http_call_fini(&c);
	world_end(&w);

	world_start(
		&w, (struct http_client_config){.allowed = loopback, .allowed_count = 2});
	c = call_for(&w, METHOD_GET, "/echo");
	c.vet = true;
	run(&w, &c);
	assert_int_equal(c.status, 201);
	http_call_fini(&c);
	world_end(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_refused_and_broken),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refused_urls),
		cmocka_unit_test(test_vetting),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
