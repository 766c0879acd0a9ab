/* Peers of the server that are slow, greedy, gone, too many, behind proxies, or there when
 * it ends. */
#include "net/http_server_fixture.h"

static const struct http_server_config hasty = {
	.head_timeout_ms = 80, .body_timeout_ms = 80, .idle_timeout_ms = 80};

static int64_t
timeouts_of(const struct world *w)
{
	struct http_server_stats stats;
	http_server_get_stats(w->server, &stats);
	return stats.timeouts;
}

static void
test_timeouts(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, hasty);
	int fd = dial(&w);
	say(fd, STR("GET /hello HTTP/1.1\r\nHos"));
	hear(&w, fd, &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 408);
	close(fd);
	/* Bytes that trickle in do not prolong the time for a head. */
	buf_clear(&out);
	fd = dial(&w);
	say(fd, STR("GET /hello HTTP/1.1\r\nHost: a\r\nX: "));
	for (int i = 0; i < 1000 && !out.n; i++) {
		char bytes[1000];
		say(fd, STR("x"));
		spin(&w, 5);
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			buf_add(&out, bytes, (size_t)n);
		if (n == 0)
			break;
	}
	assert_int_equal(status_of(buf_str(&out)), 408);
	close(fd);
	buf_clear(&out);
	fd = dial(&w);
	say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"));
	hear(&w, fd, &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 408);
	assert_int_equal(w.handled, 0);
	close(fd);
	/* Silence is closed without a word, at first and between requests. */
	buf_clear(&out);
	fd = dial(&w);
	hear(&w, fd, &out, NULL);
	assert_int_equal(out.n, 0);
	close(fd);
	fd = dial(&w);
	say(fd, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear(&w, fd, &out, NULL);
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 "), 1);
	close(fd);
	assert_int_equal(timeouts_of(&w), 5);
	buf_fini(&out);
	world_end(&w);
}

/* A handler may take longer than any of the times that clients have. */
static void
test_a_handler_has_its_time(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, hasty);
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 250);
	http_reply(w.held[0], 200, NULL, (struct str){0}, STR("late"));
	hear(&w, fd, &out, "late");
	assert_int_equal(status_of(buf_str(&out)), 200);
	assert_int_equal(timeouts_of(&w), 0);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

/* Reads what has arrived; true when a reset stands behind it. */
static bool
was_reset(int fd)
{
	char text[65536];
	ssize_t n;

	do {
		n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	} while (n > 0);
	return n < 0 && errno == ECONNRESET;
}

static void
test_slow_reader(void **state)
{
	struct world w;
	struct http_server_stats stats;

	(void)state;
	world_start(&w, (struct http_server_config){.write_timeout_ms = 100});
	int fd = dial(&w);
	say(fd, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	for (int i = 0; i < 400; i++) {
		spin(&w, 5);
		http_server_get_stats(w.server, &stats);
		if (i > 4 && stats.connections == 0)
			break;
	}
	assert_int_equal(stats.connections, 0);
	/* The client hears of it, and nothing of the rest waits for it in the system. */
	assert_true(was_reset(fd));
	close(fd);
	/* One that does read gets all. */
	struct buf out = talk(&w, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_true(out.n > 8u << 20);
	buf_fini(&out);
	world_end(&w);
}

/* A client that asks on and reads nothing makes no more replies pile up. */
/* A peer with a small window that asks for more than fits into it, for the last time. */
static int
dial_narrow(struct world *w, int window)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_server_port(w->server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_str(&text,
		STR("POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
		    "Content-Length: 60000\r\n\r\n"));
	memset(buf_reserve(&text, 60000), 'x', 60000);
	text.n += 60000;
	say(fd, buf_str(&text));
	buf_fini(&text);
	return fd;
}

/* What the system has taken and the peer does not read ends too; a peer that reads the
 * last of it slowly gets it. */
static void
test_slow_end(void **state)
{
	struct world w;
	struct http_server_stats stats = {.connections = 2};
	char text[65536];
	size_t got = 0;
	int64_t read_ns = 0;

	(void)state;
	world_start(&w, (struct http_server_config){.linger_ms = 400});
	int mute = dial_narrow(&w, 4096), slow = dial_narrow(&w, 8000);
	for (int i = 0; i < 1000 && stats.connections > 0; i++) {
		spin(&w, 5);
		http_server_get_stats(w.server, &stats);
		/* What the window holds, now and then: fewer reads than looks at them. */
		if (env_mono(w.env).ns - read_ns < 150000000)
			continue;
		read_ns = env_mono(w.env).ns;
		ssize_t n = recv(slow, text, sizeof(text), MSG_DONTWAIT);
		got += n > 0 ? (size_t)n : 0;
		if (n == 0)
			shutdown(slow,
				SHUT_RDWR); /* we have all: so the server ends too */
	}
	assert_int_equal(stats.connections, 0);
	assert_true(was_reset(mute));
	assert_true(got > 60000);
	close(mute);
	close(slow);
	world_end(&w);
}

static void
test_greedy_client(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 256u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	for (int i = 0; i < 10; i++)
		say(fd, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	say(fd, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 100);
	assert_int_equal(w.handled, 1);
	hear(&w, fd, &out, "hello world");
	assert_int_equal(w.handled, 11);
	assert_true(out.n > 80u << 20);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

/* A client leaves with several requests open; the first that hears of it answers the
 * others. */
static void
answer_all(struct http_request *r)
{
	struct world *w = world_of(r);

	w->gone++;
	for (size_t i = 0; i < w->held_count; i++)
		http_reply(w->held[i], 200, NULL, (struct str){0}, (struct str){0});
	w->held_count = 0;
}

static void
test_answers_from_gone(void **state)
{
	static const struct linger reset = {.l_onoff = 1};
	struct world w;
	struct http_server_stats stats;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	for (int hard = 0; hard < 2; hard++) {
		int fd = dial(&w);
		for (int i = 0; i < 4; i++)
			say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
		for (int i = 0; i < 400 && w.held_count < 4; i++)
			spin(&w, 5);
		for (int i = 0; i < 4; i++)
			w.held[i]->gone = answer_all;
		if (hard)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		for (int i = 0; i < 400 && w.gone <= hard; i++)
			spin(&w, 5);
		spin(&w, 10);
		assert_int_equal(w.gone, hard + 1);
		http_server_get_stats(w.server, &stats);
		assert_int_equal(stats.requests_open, 0);
	}
	world_end(&w);
}

static void
test_client_goes(void **state)
{
	struct world w;
	struct http_server_stats stats;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	assert_false(http_request_is_gone(w.held[0]));
	struct linger reset = {.l_onoff = 1};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	for (int i = 0; i < 400 && !w.gone; i++)
		spin(&w, 5);
	assert_int_equal(w.gone, 1);
	assert_true(http_request_is_gone(w.held[0]));
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.connections, 0);
	assert_int_equal(stats.requests_open, 1);
	http_reply(w.held[0], 200, NULL, (struct str){0}, STR("to nobody"));
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.requests_open, 0);

	/* One that only closed its sending side is told to be gone, and still gets its
	 * reply. */
	struct buf out;
	buf_init(&out, 1u << 20);
	fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 400 && w.gone < 2; i++)
		spin(&w, 5);
	assert_int_equal(w.gone, 2);
	http_reply(w.held[1], 200, NULL, (struct str){0}, STR("still here"));
	hear(&w, fd, &out, NULL);
	HAS(out, "still here");
	close(fd);
	buf_fini(&out);

	/* The server may end before the answer comes. */
	fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	assert_int_equal(w.held_count, 3);
	http_server_free(&w.server);
	spin(&w, 20);
	assert_int_equal(w.gone, 3);
	http_reply(w.held[2], 200, NULL, (struct str){0}, STR("after all"));
	close(fd);
	env_uv_free(&w.env);
}

static void
test_limits_of_connections(void **state)
{
	struct world w;
	struct buf out;
	int fds[3];

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){.connections_max = 2});
	for (int i = 0; i < 3; i++) {
		fds[i] = dial(&w);
		spin(&w, 10);
	}
	say(fds[2], STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear(&w, fds[2], &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 503);
	HAS(out, "Retry-After: 1\r\n");
	buf_clear(&out);
	say(fds[0], STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear(&w, fds[0], &out, "hello world");
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	spin(&w, 20);
	/* The places are free again. */
	struct buf again = talk(&w, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(status_of(buf_str(&again)), 200);
	buf_fini(&again);
	world_end(&w);

	world_start(&w, (struct http_server_config){.connections_per_address = 1});
	fds[0] = dial(&w);
	spin(&w, 10);
	fds[1] = dial(&w);
	buf_clear(&out);
	hear(&w, fds[1], &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 429);
	HAS(out, "Retry-After: 1\r\n");
	close(fds[0]);
	close(fds[1]);
	spin(&w, 20);
	again = talk(&w, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(status_of(buf_str(&again)), 200);
	buf_fini(&again);
	buf_fini(&out);
	world_end(&w);
}

/* Who sent it, by what the connection and X-Forwarded-For say. */
static void
test_peer_behind_proxies(void **state)
{
	static const struct {
		const char *headers, *peer;
	} cases[] = {
		{"", "127.0.0.1"},
		{"X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"},
		/* What the client wrote itself stands at the left and is not believed. */
		{"X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n", "203.0.113.9"},
		{"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.9\r\n",
			"203.0.113.9"},
		/* One of ours in between. */
		{"x-forwarded-for: 203.0.113.9 , 10.1.2.3\r\n", "203.0.113.9"},
		{"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"},
		{"X-Forwarded-For: [2001:db8::7]:4711\r\n", "2001:db8::7"},
		{"X-Forwarded-For: 203.0.113.9:4711\r\n", "203.0.113.9"},
		/* What is no address ends it. */
		{"X-Forwarded-For: 203.0.113.9, unknown\r\n", "127.0.0.1"},
		{"X-Forwarded-For: [\r\n", "127.0.0.1"},
		{"X-Forwarded-For: ,\r\n", "127.0.0.1"},
	};
	struct cidr ours[2];
	struct world w;
	char text[400];
	(void)state;

	assert_int_equal(cidr_parse(STR("127.0.0.0/8"), &ours[0], NULL), OK);
	assert_int_equal(cidr_parse(STR("10.0.0.0/8"), &ours[1], NULL), OK);
	for (size_t proxies = 0; proxies <= 2; proxies += 2) {
		world_start(&w,
			(struct http_server_config){.proxies = ours,
				.proxy_count = proxies,
				.connections_per_address = 1});
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			snprintf(text, sizeof(text),
				"GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n",
				cases[i].headers);
			struct buf out = talk(&w, str_of(text));
			const char *want = proxies ? cases[i].peer : "127.0.0.1";
			snprintf(text, sizeof(text), "\r\n\r\n%s", want);
			if (!str_ends(buf_str(&out), str_of(text)))
				fail_msg("%s: not from %s: %.*s", cases[i].headers, want,
					STR_ARG(buf_str(&out)));
			buf_fini(&out);
			spin(&w, 5);
		}
		world_end(&w);
	}

	/* The limit of one address is not the proxy's. */
	world_start(&w,
		(struct http_server_config){
			.proxies = ours, .proxy_count = 1, .connections_per_address = 1});
	int first = dial(&w);
	spin(&w, 10);
	struct buf out = talk(&w, STR("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(status_of(buf_str(&out)), 200);
	buf_fini(&out);
	close(first);
	world_end(&w);
}

static void
drained(struct http_server *s, void *owner)
{
	(void)s;
	((struct world *)owner)->drained++;
}

static void
test_drain(void **state)
{
	struct world w;
	struct buf out, idle_out;

	(void)state;
	buf_init(&out, 1u << 20);
	buf_init(&idle_out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int busy = dial(&w), idle = dial(&w), streaming = dial(&w);
	say(idle, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	say(streaming, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"));
	say(busy, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear(&w, idle, &idle_out, "hello world");
	spin(&w, 20);
	assert_int_equal(w.held_count, 1);
	http_server_drain(w.server, 5000, drained);
	hear(&w, idle, &idle_out, NULL);
	hear(&w, streaming, &out, NULL);
	assert_true(str_ends(buf_str(&out), STR("0\r\n\r\n")));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_server_port(w.server))};
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), -1);
	close(fd);
	assert_int_equal(w.drained, 0);
	http_reply(w.held[0], 200, NULL, (struct str){0}, STR("the last"));
	buf_clear(&out);
	hear(&w, busy, &out, NULL);
	HAS(out, "the last");
	HAS(out, "Connection: close\r\n");
	close(busy);
	close(idle);
	close(streaming);
	for (int i = 0; i < 400 && !w.drained; i++)
		spin(&w, 5);
	assert_int_equal(w.drained, 1);
	assert_int_equal(w.closed, 1);
	buf_fini(&out);
	buf_fini(&idle_out);
	world_end(&w);

	/* What does not end in time is cut. */
	world_start(&w, (struct http_server_config){0});
	busy = dial(&w);
	say(busy, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	http_server_drain(w.server, 30, drained);
	for (int i = 0; i < 400 && !w.drained; i++)
		spin(&w, 5);
	assert_int_equal(w.drained, 1);
	assert_int_equal(w.gone, 1);
	http_reply(w.held[0], 200, NULL, (struct str){0}, (struct str){0});
	close(busy);
	world_end(&w);
}

#define WORK "GET /work HTTP/1.1\r\nHost: a\r\n\r\n"

/* More work than is taken at once: the rest hears 503 in its place of the order, a while
 * later; what costs little is answered. Then there is room again. */
static void
test_turned_away(void **state)
{
	struct world w;
	struct http_server_stats stats;

	(void)state;
	world_start(&w, (struct http_server_config){.work_max = 2, .turn_away_ms = 30});
	struct buf out = talk(&w,
		STR(WORK WORK WORK WORK
			"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 200"), 3);
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 503"), 2);
	assert_int_equal(count_of(buf_str(&out), "Retry-After: 1\r\n"), 2);
	assert_true(str_find(buf_str(&out), STR("503")) >
		str_find(buf_str(&out), STR("hello")));
	buf_fini(&out);
	http_server_get_stats(w.server, &stats);
	assert_int_equal(stats.turned_away, 2);
	out = talk(&w, STR("GET /work HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	assert_int_equal(status_of(buf_str(&out)), 200);
	buf_fini(&out);
	world_end(&w);
}

/* Who waits for a refusal may leave, and does not hold up the end of the server. */
static void
test_turned_away_ends(void **state)
{
	struct world w;
	struct http_server_stats stats;
	struct buf out;

	(void)state;
	world_start(
		&w, (struct http_server_config){.work_max = 1, .turn_away_ms = 3600000});
	int gone = dial(&w), there = dial(&w);
	say(gone, STR(WORK WORK));
	say(there, STR(WORK WORK));
	do {
		spin(&w, 5);
		http_server_get_stats(w.server, &stats);
	} while (stats.turned_away < 2);
	setsockopt(gone, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
		sizeof(struct linger));
	close(gone);
	do {
		spin(&w, 5);
		http_server_get_stats(w.server, &stats);
	} while (stats.requests_open >= stats.turned_away);
	buf_init(&out, 1 << 20);
	http_server_drain(w.server, 3600000, NULL);
	assert_true(hear(&w, there, &out, NULL));
	assert_true(count_of(buf_str(&out), "HTTP/1.1 503") > 0);
	buf_fini(&out);
	close(there);
	world_end(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_a_handler_has_its_time),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_slow_end),
		cmocka_unit_test(test_greedy_client),
		cmocka_unit_test(test_answers_from_gone),
		cmocka_unit_test(test_client_goes),
		cmocka_unit_test(test_limits_of_connections),
		cmocka_unit_test(test_peer_behind_proxies),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_turned_away),
		cmocka_unit_test(test_turned_away_ends),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
