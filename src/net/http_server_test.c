/* Requests and replies of the server over real sockets: what is taken, what is refused, and
 * how. */
#include "base/limits.h"
#include "net/http_server_fixture.h"

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
		if (status_of(buf_str(&out)) != cases[i].status ||
			w.handled != cases[i].handled)
			fail_msg("case %zu: handled %d, got %.*s\nfor\n%s", i, w.handled,
				STR_ARG(buf_str(&out)), cases[i].request);
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
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200,
			1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
			200, 1},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
			200, 1},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
			200, 1},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/x+json\r\nContent-Length: 2\r\n\r\n{}",
			200, 1},
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
		{"GET /hello#part HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0},
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
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
			415, 0},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 415, 0},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413,
			0},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n{}",
			417, 0},
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
		{POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding: identity\r\n\r\nabc", 400, 0},
		{POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 0},
		{POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: \x0b"
		      "chunked\r\n\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Content-Length: 3\r\n 0\r\n\r\nabc", 400, 0},
		{POST "Content-Length: 3\r\nTransfer-Encoding: \r\n\r\nabc", 400, 0},
		{POST "X: y\r\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\r\nabc\r\n0\r\n\r\n", 400,
			0},
		{POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400, 0},
		{"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400,
			0},
		{POST "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
			400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\n", 400, 0},
		{POST "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n", 400,
			0},
	};

	(void)state;
	check_statuses(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
test_hello(void **state)
{
	struct world w;

	(void)state;
	world_start(&w,
		(struct http_server_config){.headers = STR("X-Frame-Options: DENY\r\n")});
	struct buf out =
		talk(&w, STR("GET /hello?name=J%C3%B6rg+B HTTP/1.1\r\nHost: a\r\n\r\n"));
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

/* Replies leave in the order of their requests, also when later ones are answered first.
 */
static void
test_pipelining(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd,
		STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hello?name=two HTTP/1.1\r\nHost: a\r\n\r\n"
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
	ptrdiff_t one = str_find(buf_str(&out), STR("one")),
		  two = str_find(buf_str(&out), STR("hello two"));
	ptrdiff_t three = str_find(buf_str(&out), STR("three"));
	assert_true(one > 0 && one < two && two < three);
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 "), 4);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

struct answering {
	struct world w; /* first: it owns the requests */
	int fd[2];
	int calls, arrived; /* replies that had arrived when the second call began */
};

static void
answer_held(void *owner)
{
	struct answering *a = owner;
	char byte;

	if (++a->calls == 2)
		for (int i = 0; i < 2; i++)
			a->arrived +=
				recv(a->fd[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
	while (a->w.held_count > 0)
		http_reply(a->w.held[--a->w.held_count], 200, NULL, (struct str){0},
			STR("held"));
}

/* Two requests are ready at once: what is answered between them leaves before the second
 * is looked at. */
static void
test_replies_leave_between_requests(void **state)
{
	struct answering a = {.calls = 0};
	struct buf out[2];

	(void)state;
	world_start(&a.w, (struct http_server_config){.between = answer_held});
	for (int i = 0; i < 2; i++)
		a.fd[i] = dial(&a.w);
	spin(&a.w, 10);
	for (int i = 0; i < 2; i++)
		say(a.fd[i], STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	for (int i = 0; i < 2; i++) {
		buf_init(&out[i], 1u << 20);
		hear(&a.w, a.fd[i], &out[i], "held");
		close(a.fd[i]);
		buf_fini(&out[i]);
	}
	assert_int_equal(a.calls, 2);
	assert_int_equal(a.arrived, 1);
	world_end(&a.w);
}

/* More requests in one go than may be open at once: all are answered, in order. */
static void
test_deep_pipeline(void **state)
{
	struct world w;
	struct buf in, out;

	(void)state;
	buf_init(&in, 1u << 20);
	world_start(&w, (struct http_server_config){.pipeline_max = 4});
	for (int i = 0; i < 500; i++)
		buf_printf(&in, "GET /items/%d HTTP/1.1\r\nHost: a\r\n%s\r\n", i,
			i == 499 ? "Connection: close\r\n" : "");
	out = talk(&w, buf_str(&in));
	struct str rest = buf_str(&out);
	for (int i = 0; i < 500; i++) {
		char body[32];
		snprintf(body, sizeof(body), "{\"id\":\"%d\"}", i);
		ptrdiff_t at = str_find(rest, str_of(body));
		assert_true(at > 0);
		rest = str_sub(rest, (size_t)at + 1, rest.n);
		assert_true(str_find(rest, STR("HTTP/1.1 ")) > 0 || i == 499);
	}
	HAS(out, "Connection: close\r\n");
	buf_fini(&out);

	/* Unanswered ones stop the reading: only four handlers have begun. */
	buf_clear(&in);
	for (int i = 0; i < 8; i++)
		buf_add_str(&in, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	int fd = dial(&w);
	say(fd, buf_str(&in));
	spin(&w, 30);
	assert_int_equal(w.held_count, 4);
	for (int i = 0; i < 4; i++)
		http_reply(w.held[i], 200, NULL, (struct str){0}, STR("held"));
	buf_init(&out, 1u << 20);
	for (int i = 0; i < 400 && w.held_count < 8; i++)
		spin(&w, 5);
	assert_int_equal(w.held_count, 8);
	for (int i = 4; i < 8; i++)
		http_reply(w.held[i], 200, NULL, (struct str){0},
			i == 7 ? STR("last") : STR("held"));
	hear(&w, fd, &out, "last");
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 200"), 8);
	close(fd);
	buf_fini(&in);
	buf_fini(&out);
	world_end(&w);
}

static void
test_head_and_keep_alive(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_start(&w, (struct http_server_config){0});
	out = talk(&w, STR("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "Content-Length: 11\r\n");
	HAS_NOT(out, "hello world");
	buf_fini(&out);
	out = talk(&w, STR("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(status_of(buf_str(&out)), 404);
	HAS_NOT(out, "about:blank");
	buf_fini(&out);
	/* An error without a body behind it keeps the connection, one with a body does
	 * not. */
	out = talk(&w,
		STR("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "hello world");
	buf_fini(&out);
	out = talk(&w,
		STR("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 46\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello"));
	HAS_NOT(out, "hello world");
	HAS(out, "Connection: close\r\n");
	buf_fini(&out);
	/* After "close" nothing is read. */
	out = talk(&w,
		STR("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 "), 1);
	buf_fini(&out);
	out = talk(&w,
		STR("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\nGET /hello HTTP/1.0\r\n\r\n"));
	assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 200"), 2);
	HAS(out, "Connection: keep-alive\r\n");
	buf_fini(&out);
	out = talk(&w, STR("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "Allow: GET, HEAD, OPTIONS\r\n");
	buf_fini(&out);
	out = talk(&w, STR("OPTIONS /items/1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	HAS(out, "Allow: GET, HEAD, DELETE, OPTIONS\r\n");
	buf_fini(&out);
	world_end(&w);
}

static void
test_expect(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
	hear(&w, fd, &out, "100 Continue\r\n\r\n");
	assert_int_equal(w.handled, 0);
	say(fd, STR("body"));
	hear(&w, fd, &out, "\r\n\r\nbody");
	/* No invitation for a body that is too large, or that is already here. */
	buf_clear(&out);
	say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"));
	hear(&w, fd, &out, "\r\n\r\nbody");
	HAS_NOT(out, "100 Continue");
	buf_clear(&out);
	say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4000\r\n\r\n"));
	hear(&w, fd, &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 413);
	HAS_NOT(out, "100 Continue");
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

/* Every cut of a request into two packets gives the same reply. */
static void
test_pieces(void **state)
{
	static const char request[] =
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nBODY";
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	for (size_t cut = 1; cut < sizeof(request) - 1; cut++) {
		buf_clear(&out);
		say(fd, (struct str){request, cut});
		spin(&w, 1);
		say(fd, (struct str){request + cut, sizeof(request) - 1 - cut});
		hear(&w, fd, &out, "BODY");
		HAS(out, "\r\n\r\nbody");
		assert_int_equal(count_of(buf_str(&out), "HTTP/1.1 200"), 2);
	}
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

static void
test_too_much(void **state)
{
	struct world w;
	struct buf in, out;

	(void)state;
	buf_init(&in, 4u << 20);
	world_start(&w, (struct http_server_config){0});
	/* ten thousand headers */
	buf_add_str(&in, STR("GET /hello HTTP/1.1\r\nHost: a\r\n"));
	for (int i = 0; i < 10000; i++)
		buf_printf(&in, "X-%d: y\r\n", i);
	buf_add_str(&in, STR("\r\n"));
	out = talk(&w, buf_str(&in));
	assert_int_equal(status_of(buf_str(&out)), 431);
	buf_fini(&out);
	/* one endless header */
	buf_clear(&in);
	buf_add_str(&in, STR("GET /hello HTTP/1.1\r\nHost: a\r\nX: "));
	for (int i = 0; i < 40000; i++)
		buf_add_char(&in, 'x');
	out = talk(&w, buf_str(&in));
	assert_int_equal(status_of(buf_str(&out)), 431);
	buf_fini(&out);
	/* an endless target, and one that is only too long */
	buf_clear(&in);
	buf_add_str(&in, STR("GET /"));
	for (int i = 0; i < 9000; i++)
		buf_add_char(&in, 'x');
	out = talk(&w, buf_str(&in));
	assert_int_equal(status_of(buf_str(&out)), 414);
	buf_fini(&out);
	buf_add_str(&in, STR(" HTTP/1.1\r\nHost: a\r\n\r\n"));
	out = talk(&w, buf_str(&in));
	assert_int_equal(status_of(buf_str(&out)), 414);
	buf_fini(&out);
	buf_fini(&in);
	world_end(&w);
}

static void
test_bodies_have_a_limit(void **state)
{
	struct world w;
	struct buf in, out;

	(void)state;
	buf_init(&in, 4u << 20);
	world_start(&w, (struct http_server_config){0});
	/* a chunked body that grows past the maximum, and one that is exactly it */
	for (int n = 10; n <= 11; n++) {
		buf_clear(&in);
		buf_add_str(&in,
			STR("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
		for (int i = 0; i < n; i++)
			buf_printf(&in, "64\r\n%0100d\r\n", i);
		buf_add_str(&in, STR("0\r\n\r\n"));
		out = talk(&w, buf_str(&in));
		assert_int_equal(status_of(buf_str(&out)), n == 10 ? 200 : 413);
		buf_fini(&out);
	}
	/* a body as large as allowed */
	buf_clear(&in);
	buf_printf(&in, "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: %u\r\n\r\n",
		1u << 20);
	for (int i = 0; i < 1 << 20; i++)
		buf_add_char(&in, 'x');
	int fd = dial(&w);
	buf_init(&out, 4u << 20);
	struct str rest = buf_str(&in);
	while (rest.n) {
		ssize_t n = send(fd, rest.p, rest.n, MSG_NOSIGNAL);
		if (n > 0)
			rest = str_sub(rest, (size_t)n, rest.n);
		spin(&w, 1);
	}
	shutdown(fd, SHUT_WR);
	hear(&w, fd, &out, NULL);
	assert_int_equal(status_of(buf_str(&out)), 200);
	assert_true(out.n > 1u << 20);
	close(fd);
	buf_fini(&in);
	buf_fini(&out);
	world_end(&w);
}

static void
test_streams(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	/* The reply of the second request waits for the end of the stream before it. */
	say(fd, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear(&w, fd, &out, "\r\n\r\n");
	HAS(out, "Transfer-Encoding: chunked\r\n");
	assert_int_equal(http_stream_write(w.stream, STR("one\n")), OK);
	assert_int_equal(http_stream_write(w.stream, (struct str){0}), OK);
	hear(&w, fd, &out, "4\r\none\n\r\n");
	spin(&w, 20);
	HAS_NOT(out, "hello world");
	struct http_stream *s = w.stream;
	http_stream_end(s);
	assert_int_equal(http_stream_write(s, STR("x")), ERR_CANCELED);
	assert_int_equal(w.closed, 0);
	hear(&w, fd, &out, "hello world");
	HAS(out, "0\r\n\r\nHTTP/1.1 200 OK");
	assert_int_equal(w.closed, 1);
	/* Behind another request it waits for its turn. */
	buf_clear(&out);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /events HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	assert_int_equal(http_stream_write(w.stream, STR("early")), OK);
	assert_true(http_stream_queued(w.stream) > 5);
	http_reply(w.held[0], 200, NULL, (struct str){0}, STR("first"));
	hear(&w, fd, &out, "early");
	assert_true(str_find(buf_str(&out), STR("first")) <
		str_find(buf_str(&out), STR("early")));
	/* The client leaves: the owner hears of it. */
	close(fd);
	for (int i = 0; i < 400 && w.closed < 2; i++)
		spin(&w, 5);
	assert_int_equal(w.closed, 2);
	/* HTTP/1.0 knows no chunks: the end of the connection is the end. */
	fd = dial(&w);
	buf_clear(&out);
	say(fd, STR("GET /events HTTP/1.0\r\n\r\n"));
	hear(&w, fd, &out, "\r\n\r\n");
	http_stream_write(w.stream, STR("plain"));
	http_stream_end(w.stream);
	hear(&w, fd, &out, NULL);
	assert_true(str_ends(buf_str(&out), STR("\r\n\r\nplain")));
	HAS_NOT(out, "chunked");
	close(fd);
	/* HEAD gets the head only. */
	buf_fini(&out);
	out = talk(&w, STR("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_true(str_ends(buf_str(&out), STR("\r\n\r\n")));
	buf_fini(&out);
	world_end(&w);
}

static void
test_stream_back_pressure(void **state)
{
	struct world w;
	char text[4096];
	enum err err = OK;

	(void)state;
	memset(text, 'x', sizeof(text));
	world_start(&w, (struct http_server_config){.stream_queue_max = 256u << 10});
	int fd = dial(&w);
	say(fd, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	/* More than half of the queue at once, but the kernel takes it all: there is room
	 * again. */
	struct str much = {text, sizeof(text)};
	for (int i = 0; i < 40; i++)
		assert_int_equal(http_stream_write(w.stream, much), OK);
	spin(&w, 20);
	assert_int_equal(w.refills, 1);
	w.refills = 0;
	/* Until the queue is half full … */
	for (int i = 0; i < 10000 && http_stream_queued(w.stream) < 200u << 10; i++) {
		assert_int_equal(
			http_stream_write(w.stream, (struct str){text, sizeof(text)}),
			OK);
		if (i % 8 == 0)
			spin(&w, 1);
	}
	assert_int_equal(w.refills, 0);
	/* … then the reader reads on, and the owner hears that there is room. */
	for (int i = 0; i < 1000 && !w.refills; i++) {
		char sink[65536];
		while (read(fd, sink, sizeof(sink)) > 0)
			;
		spin(&w, 2);
	}
	assert_int_equal(w.refills, 1);
	assert_int_equal(http_stream_queued(w.stream), 0);
	/* A reader that lags by more than the maximum is cut. */
	for (int i = 0; i < 10000 && !err; i++) {
		err = http_stream_write(w.stream, (struct str){text, sizeof(text)});
		if (i % 8 == 0)
			spin(&w, 1);
	}
	assert_int_equal(err, ERR_LIMIT);
	for (int i = 0; i < 400 && !w.closed; i++)
		spin(&w, 5);
	assert_int_equal(w.closed, 1);
	close(fd);
	world_end(&w);
}

static void
test_problem(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 20);
	http_reply_problem(w.held[0],
		&(struct http_problem){.status = 429,
			.type = "https://a.example/quota",
			.title = "Quota",
			.detail = STR("say \"no\""),
			.extra = STR("\"left\":0"),
			.retry_after_s = 9,
			.headers = STR("X-More: 1\r\n")});
	struct error e = {.kind = ERR_INVALID, .text = "the reason"};
	http_reply_err(w.held[1], &e);
	e = (struct error){.kind = ERR_UNAVAILABLE, .text = "a secret of the inside"};
	http_reply_err(w.held[2], &e);
	hear(&w, fd, &out, " 503 ");
	HAS(out,
		"{\"type\":\"https://a.example/quota\",\"title\":\"Quota\",\"status\":429,\"detail\":\"say \\\"no\\\"\",\"left\":0}");
	HAS(out, "Retry-After: 9\r\n");
	HAS(out, "X-More: 1\r\n");
	HAS(out,
		"{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"the reason\"}");
	HAS_NOT(out, "a secret");
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

static bool
own_problem(struct str path, const struct http_problem *p, struct buf *body)
{
	if (!str_eq(path, STR("/json")) && !str_eq(path, STR("/work")))
		return false;
	buf_printf(
		body, "{\"code\":%d,\"said\":\"%.*s\"}", p->status, STR_ARG(p->detail));
	return true;
}

#define OWN(status) \
	"Content-Type: application/json\r\n", "{\"code\":" #status ",\"said\":\""

/* A path's own form of errors holds whatever found the error; its headers stay. */
static void
test_own_problems(void **state)
{
	static const struct {
		const char *request;
		int status;
		const char *has[3];
	} cases[] = {
		{"GET /json HTTP/1.1\r\nHost: a\r\n\r\n", 405, {OWN(405), "Allow: POST"}},
		{"POST /json HTTP/1.1\r\nHost: a\r\n\r\n", 411, {OWN(411)}},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		 "Content-Length: 1001\r\n\r\n",
			413, {OWN(413)}},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 415,
			{OWN(415)}},
		{"POST /json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		 "Content-Type: application/json\r\n\r\nx",
			400, {OWN(400)}},
		{"GET /work HTTP/1.1\r\nHost: a\r\n\r\n"
		 "GET /work HTTP/1.1\r\nHost: a\r\n\r\n",
			200, {OWN(503), "Retry-After: 1\r\n"}},
		{"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		 "Content-Length: 9\r\n\r\n{",
			408, {OWN(408)}},
		{"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404,
			{"Content-Type: application/problem+json\r\n"}},
	};
	struct world w;

	(void)state;
	world_start(&w,
		(struct http_server_config){.problem = own_problem,
			.work_max = 1,
			.turn_away_ms = 1,
			.idle_timeout_ms = 100,
			.body_timeout_ms = 100});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		int fd = dial(&w);
		buf_init(&out, 1u << 20);
		say(fd, str_of(cases[i].request));
		hear(&w, fd, &out, NULL);
		close(fd);
		assert_int_equal(status_of(buf_str(&out)), cases[i].status);
		for (size_t k = 0; k < 3 && cases[i].has[k]; k++)
			assert_true(
				str_find(buf_str(&out), str_of(cases[i].has[k])) >= 0);
		buf_fini(&out);
	}
	world_end(&w);
}

/* A problem that quotes too much loses its detail; a reply that is too large is none, and the connection ends. */
static void
test_replies_have_a_limit(void **state)
{
	struct world w;
	struct buf out;
	struct http_server_stats stats;

	(void)state;
	buf_init(&out, 1u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	for (int i = 0; i < 400 && w.held_count < 3; i++)
		spin(&w, 5);
	char *large = mem_alloc(TCP_OUT_MAX + 1);
	memset(large, 'x', TCP_OUT_MAX + 1);
	http_reply_problem(w.held[0],
		&(struct http_problem){.status = 409,
			.title = "Quota",
			.detail = {large, HTTP_PROBLEM_MAX / 2},
			.extra = STR("\"left\":0")});
	http_reply_problem(w.held[1],
		&(struct http_problem){.status = 422,
			.title = "Quota",
			.detail = {large, HTTP_PROBLEM_MAX},
			.extra = STR("\"left\":0")});
	hear(&w, fd, &out, "\"status\":422}");
	HAS(out, "xxx\",\"left\":0}");
	HAS(out, "{\"type\":\"about:blank\",\"title\":\"Quota\",\"status\":422}");
	http_reply(w.held[2], 200, NULL, (struct str){0},
		(struct str){large, TCP_OUT_MAX + 1});
	buf_clear(&out);
	hear(&w, fd, &out, NULL);
	assert_int_equal(out.n, 0);
	for (int i = 0; i < 400; i++) {
		http_server_get_stats(w.server, &stats);
		if (stats.connections == 0)
			break;
		spin(&w, 5);
	}
	assert_int_equal(stats.connections, 0);
	close(fd);
	free(large);
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
		cmocka_unit_test(test_replies_leave_between_requests),
		cmocka_unit_test(test_deep_pipeline),
		cmocka_unit_test(test_head_and_keep_alive),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_bodies_have_a_limit),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_stream_back_pressure),
		cmocka_unit_test(test_problem),
		cmocka_unit_test(test_own_problems),
		cmocka_unit_test(test_replies_have_a_limit),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
