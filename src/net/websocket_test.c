/* Server and client of this room against each other, and raw handshakes, over real
 * sockets. */
#include "net/http_server.h"
#include "net/websocket.h"
#include "net/ws_client.h"

#include <arpa/inet.h>
#include <errno.h>
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
	struct ws_clients *clients;
	struct ws *here, *there; /* the server's end, the client's end */
	struct buf said_here, said_there;
	int opened, closed_here, closed_there, code_here, code_there, drained,
		drained_server;
	bool flood;
};

static void
here_message(struct ws *ws, struct str data, bool binary)
{
	struct world *w = ws_owner(ws);

	buf_printf(&w->said_here, "%c:%.*s ", binary ? 'B' : 'T', STR_ARG(data));
	if (str_eq(data, STR("close me")))
		ws_close(ws, WS_CLOSE_REPLACED, STR("as asked"));
	else if (binary)
		ws_send_binary(ws, data);
	else
		ws_send_text(ws, data);
}

static void
here_closed(struct ws *ws, int code, struct str reason)
{
	struct world *w = ws_owner(ws);

	w->closed_here++;
	w->code_here = code;
	w->here = NULL;
	buf_printf(&w->said_here, "C:%.*s ", STR_ARG(reason));
}

static void
here_drained(struct ws *ws)
{
	((struct world *)ws_owner(ws))->drained++;
}

static const struct ws_handlers here_handlers = {.message = here_message,
	.closed = here_closed,
	.drained = here_drained,
	.message_max = 1000};

static void
there_opened(struct ws *ws)
{
	((struct world *)ws_owner(ws))->opened++;
}

static void
there_message(struct ws *ws, struct str data, bool binary)
{
	struct world *w = ws_owner(ws);

	buf_printf(&w->said_there, "%c:%.*s ", binary ? 'B' : 'T', STR_ARG(data));
}

static void
there_closed(struct ws *ws, int code, struct str reason)
{
	struct world *w = ws_owner(ws);

	w->closed_there++;
	w->code_there = code;
	w->there = NULL;
	buf_printf(&w->said_there, "C:%.*s ", STR_ARG(reason));
}

static const struct ws_handlers there_handlers = {
	.opened = there_opened, .message = there_message, .closed = there_closed};

static void
handle_ws(struct http_request *r)
{
	struct world *w = r->owner;

	if (str_eq(http_request_header(r, "X-Refuse"), STR("yes"))) {
		http_reply_error(r, 403, "not you");
		return;
	}
	w->here = http_upgrade_websocket(r, STR("conv.webchat.v1"), &here_handlers, w);
}

static const struct http_route routes[] = {
	{METHOD_GET, "/ws", handle_ws, 0, HTTP_ROUTE_WEBSOCKET, NULL},
};

static void
world_start(struct world *w, struct http_server_config config)
{
	*w = (struct world){.env = env_uv_new()};
	config.routes = routes;
	config.route_count = 1;
	config.owner = w;
	assert_int_equal(http_server_start(w->env, &config, &w->server, NULL), OK);
	w->clients = ws_clients_new(w->env);
	buf_init(&w->said_here, 1u << 20);
	buf_init(&w->said_there, 4u << 20);
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

/* Runs the loop until the condition holds, five seconds at most. */
#define UNTIL(w, condition) \
	do { \
		for (int i_ = 0; i_ < 1000 && !(condition); i_++) \
			spin((w), 5); \
		assert_true(condition); \
	} while (0)

static void
world_end(struct world *w)
{
	http_server_free(&w->server);
	UNTIL(w, !w->there && !w->here);
	spin(w, 10);
	ws_clients_free(&w->clients);
	env_uv_free(&w->env);
	buf_fini(&w->said_here);
	buf_fini(&w->said_there);
}

static void
connect_to(struct world *w, const char *target, struct str headers)
{
	struct ws_connect_options o = {.address = STR("127.0.0.1"),
		.port = http_server_port(w->server),
		.target = str_of(target),
		.subprotocol = STR("conv.webchat.v1"),
		.headers = headers};

	assert_int_equal(
		ws_connect(w->clients, &o, &there_handlers, w, &w->there, NULL), OK);
}

static void
test_echo_and_close(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	connect_to(&w, "/ws", (struct str){0});
	assert_int_equal(ws_send_text(w.there, STR("too early")), ERR_CANCELED);
	UNTIL(&w, w.opened);
	ws_send_text(w.there, STR("hello"));
	ws_send_binary(w.there, STR("\x01\x02"));
	UNTIL(&w, w.said_there.n >= 8 + 5);
	assert_string_equal(w.said_there.p, "T:hello B:\x01\x02 ");
	ws_close(w.there, WS_CLOSE_NORMAL, STR("done"));
	assert_int_equal(ws_send_text(w.there, STR("too late")), ERR_CANCELED);
	UNTIL(&w, w.closed_here && w.closed_there);
	assert_int_equal(w.code_here, WS_CLOSE_NORMAL);
	assert_int_equal(w.code_there, WS_CLOSE_NORMAL);
	assert_true(str_ends(buf_str(&w.said_here), STR("C:done ")));
	struct http_server_stats stats;
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.websockets, 0);
	assert_int_equal(stats.connections, 0);
	world_end(&w);
}

static void
test_server_closes(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	connect_to(&w, "/ws", (struct str){0});
	UNTIL(&w, w.opened);
	ws_send_text(w.there, STR("close me"));
	UNTIL(&w, w.closed_here && w.closed_there);
	assert_int_equal(w.code_there, WS_CLOSE_REPLACED);
	assert_int_equal(w.code_here, WS_CLOSE_REPLACED);
	world_end(&w);
}

static void
test_too_long(void **state)
{
	struct world w;
	char text[1001];

	(void)state;
	memset(text, 'x', sizeof(text));
	world_start(&w, (struct http_server_config){0});
	connect_to(&w, "/ws", (struct str){0});
	UNTIL(&w, w.opened);
	ws_send_text(w.there, (struct str){text, 1000});
	ws_send_text(w.there, (struct str){text, 1001});
	UNTIL(&w, w.closed_here && w.closed_there);
	assert_int_equal(w.code_there, WS_CLOSE_TOO_BIG);
	assert_int_equal(w.code_here, WS_CLOSE_TOO_BIG);
	assert_true(str_starts(buf_str(&w.said_here), STR("T:xxx")));
	world_end(&w);
}

static void
test_drain(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	connect_to(&w, "/ws", (struct str){0});
	UNTIL(&w, w.opened);
	http_server_drain(w.server, 2000, NULL);
	UNTIL(&w, w.closed_here && w.closed_there);
	assert_int_equal(w.code_there, WS_CLOSE_GOING_AWAY);
	world_end(&w);
}

static void
test_refused(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	connect_to(&w, "/ws", STR("X-Refuse: yes\r\n"));
	UNTIL(&w, w.closed_there);
	assert_int_equal(w.code_there, WS_CLOSE_ABNORMAL);
	assert_string_equal(w.said_there.p, "C:the server answered 403 ");
	connect_to(&w, "/nothing", (struct str){0});
	UNTIL(&w, w.closed_there == 2);
	assert_int_equal(w.opened, 0);
	world_end(&w);
}

/* ---- raw ends ---- */

static int
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

/* Reads until the text is there or the server closed. */
static void
hear(struct world *w, int fd, struct buf *out, struct str until)
{
	char bytes[4096];

	for (int i = 0; i < 1000; i++) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return;
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
		if (until.n && str_find(buf_str(out), until) >= 0)
			return;
		if (n < 0)
			spin(w, 5);
	}
	fail_msg("waited too long for \"%.*s\"; have \"%.*s\"", STR_ARG(until),
		STR_ARG(buf_str(out)));
}

#define SHAKE_HEAD \
	"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void
test_handshakes(void **state)
{
	static const struct {
		const char *request, *reply;
	} cases[] = {
		{SHAKE_HEAD KEY "Sec-WebSocket-Version: 13\r\n\r\n",
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"},
		{SHAKE_HEAD KEY "Sec-WebSocket-Version: 13\r\n\r\n",
			"Sec-WebSocket-Protocol: conv.webchat.v1\r\n"},
		{SHAKE_HEAD KEY "Sec-WebSocket-Version: 8\r\n\r\n", "HTTP/1.1 426 "},
		{SHAKE_HEAD KEY "Sec-WebSocket-Version: 8\r\n\r\n",
			"Sec-WebSocket-Version: 13\r\n"},
		{SHAKE_HEAD KEY "\r\n", "HTTP/1.1 426 "},
		{SHAKE_HEAD "Sec-WebSocket-Version: 13\r\n\r\n", "HTTP/1.1 400 "},
		{SHAKE_HEAD KEY KEY "Sec-WebSocket-Version: 13\r\n\r\n", "HTTP/1.1 400 "},
		{SHAKE_HEAD
			"Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n\r\n",
			"HTTP/1.1 400 "},
		{"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" KEY
		 "Sec-WebSocket-Version: 13\r\n\r\n",
			"HTTP/1.1 426 "},
		{"GET /ws HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n" KEY
		 "Sec-WebSocket-Version: 13\r\n\r\n",
			"HTTP/1.1 426 "},
	};
	struct world w;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		int fd = dial(&w);
		buf_init(&out, 1u << 20);
		assert_true(write(fd, cases[i].request, strlen(cases[i].request)) > 0);
		hear(&w, fd, &out, STR("\r\n\r\n"));
		if (str_find(buf_str(&out), str_of(cases[i].reply)) < 0)
			fail_msg("case %zu: %.*s", i, STR_ARG(buf_str(&out)));
		close(fd);
		buf_fini(&out);
		UNTIL(&w, !w.here);
	}
	world_end(&w);
}

/* What comes behind a handshake in the same packet is no WebSocket client's. */
static void
test_bytes_behind_handshake(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	static const char request[] =
		SHAKE_HEAD KEY "Sec-WebSocket-Version: 13\r\n\r\n\x81\x80mask";
	assert_true(write(fd, request, sizeof(request) - 1) > 0);
	hear(&w, fd, &out, (struct str){0});
	UNTIL(&w, w.closed_here);
	assert_int_equal(w.code_here, WS_CLOSE_ABNORMAL);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

static int
raw_open(struct world *w)
{
	struct buf out;
	int fd = dial(w);
	static const char request[] = SHAKE_HEAD KEY "Sec-WebSocket-Version: 13\r\n\r\n";

	buf_init(&out, 1000);
	assert_true(write(fd, request, sizeof(request) - 1) > 0);
	hear(w, fd, &out, STR("\r\n\r\n"));
	assert_non_null(w->here);
	buf_fini(&out);
	return fd;
}

static void
test_violation(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	world_start(&w, (struct http_server_config){0});
	int fd = raw_open(&w);
	assert_int_equal(write(fd, "\x81\x05Hello", 7), 7);
	hear(&w, fd, &out, (struct str){0});
	assert_int_equal(out.n, 4);
	assert_memory_equal(out.p, "\x88\x02\x03\xea", 4);
	close(fd);
	UNTIL(&w, w.closed_here);
	assert_int_equal(w.code_here, WS_CLOSE_PROTOCOL);
	buf_fini(&out);
	world_end(&w);
}

/* A silent peer is pinged, then cut; one that answers lives on. */
static void
test_dead_peer(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	world_start(&w, (struct http_server_config){.ws_ping_ms = 50, .ws_dead_ms = 150});
	int fd = raw_open(&w);
	for (int i = 0; i < 4; i++) {
		buf_clear(&out);
		hear(&w, fd, &out, STR("\x89"));
		assert_int_equal(write(fd, "\x8a\x80mask", 6), 6);
		assert_int_equal(w.closed_here, 0);
	}
	UNTIL(&w, w.closed_here);
	assert_int_equal(w.code_here, WS_CLOSE_ABNORMAL);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

/* A peer that does not read is told apart by its queue: first the owner may pause, then
 * it is cut. */
static void
test_lagging_peer(void **state)
{
	struct world w;
	char text[8192];
	enum err err = OK;
	int small = 4096;

	(void)state;
	memset(text, 'x', sizeof(text));
	world_start(&w, (struct http_server_config){.stream_queue_max = 64u << 10});
	int fd = raw_open(&w);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 4000 && !err; i++) {
		err = ws_send_text(w.here, (struct str){text, sizeof(text)});
		if (i % 4 == 0)
			spin(&w, 1);
	}
	assert_int_equal(err, ERR_LIMIT);
	UNTIL(&w, w.closed_here);
	assert_int_equal(w.code_here, WS_CLOSE_ABNORMAL);
	close(fd);
	world_end(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo_and_close),
		cmocka_unit_test(test_server_closes),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_bytes_behind_handshake),
		cmocka_unit_test(test_violation),
		cmocka_unit_test(test_dead_peer),
		cmocka_unit_test(test_lagging_peer),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
