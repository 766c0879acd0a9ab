/*
 * All that strangers send to the HTTP server over one connection, from the socket to the
 * handler: whole, and in two to eight pieces, as the input decides. However the bytes come,
 * the same requests reach the handlers with the same paths, headers and bodies, and as many
 * are refused; what two readers could take differently would be a way to smuggle.
 */
#include "net/http_server.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the loop, until what was sent has been read. One or two do. */
#define TURNS_MAX 200
#define NEVER_MS 3600000

struct seen {
	uint64_t requests; /* a hash of all that handlers saw */
	int taken, refused;
};

struct world {
	struct env *env;
	struct http_server *server;
	struct seen seen;
};

static void
note(struct http_request *r, struct str text)
{
	struct world *w = r->owner;
	uint64_t hash = fnv64(w->seen.requests, &text.n, sizeof text.n);

	w->seen.requests = fnv64(hash, text.p ? text.p : "", text.n);
}

static void
handle(struct http_request *r)
{
	char peer[IP_TEXT_MAX];

	note(r, str_of(http_method_name(r->method)));
	note(r, r->path);
	note(r, r->query);
	for (size_t i = 0; i < r->header_count; i++) {
		require(r->headers[i].name.n > 0 &&
			http_value_valid(r->headers[i].value));
		note(r, r->headers[i].name);
		note(r, r->headers[i].value);
	}
	note(r, r->body);
	note(r, ip_print(&r->peer, peer));
	note(r, http_request_query(r, "a"));
	note(r, http_request_cookie(r, "a"));
	note(r, http_request_bearer(r));
	note(r, http_request_param(r, "id"));
	http_request_is_websocket(r);
	http_reply(r, 200, NULL, STR(""), STR(""));
}

static const struct http_route routes[] = {
	{METHOD_GET, "/", handle, 0, 0, NULL},
	{METHOD_GET | METHOD_POST, "/items/{id}", handle, 1000, 0, NULL},
	{METHOD_POST, "/json", handle, 1000, HTTP_ROUTE_JSON, NULL},
	{METHOD_PUT, "/form", handle, 1000, HTTP_ROUTE_FORM, NULL},
	{METHOD_GET | METHOD_DELETE, "/files/{path...}", handle, 0, 0, NULL},
};

static struct world *
world(void)
{
	static struct world w; /* one server for all inputs, as in life */
	static struct cidr loopback;

	if (w.server)
		return &w;
	require(cidr_parse(STR("127.0.0.0/8"), &loopback, NULL) == OK);
	const struct http_server_config config = {
		.routes = routes,
		.route_count = sizeof routes / sizeof *routes,
		.owner = &w,
		.proxies = &loopback,
		.proxy_count = 1,
		.head_timeout_ms = NEVER_MS,
		.body_timeout_ms = NEVER_MS,
		.idle_timeout_ms = NEVER_MS,
		.write_timeout_ms = NEVER_MS,
	};
	w.env = env_uv_new();
	require(http_server_start(w.env, &config, &w.server, NULL) == OK);
	return &w;
}

static void
turn(struct world *w)
{
	uv_run(env_uv_loop(w->env), UV_RUN_NOWAIT);
}

static struct http_server_stats
stats(const struct world *w)
{
	struct http_server_stats now;

	http_server_get_stats(w->server, &now);
	return now;
}

static int
dial(struct world *w)
{
	/* The end is a reset, which leaves no address behind that waits for a minute. */
	static const struct linger reset = {.l_onoff = 1};
	static const int at_once = 1;
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_server_port(w->server))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	require(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	require(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
	/* Else a piece waits until the one before it has been acknowledged. */
	require(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) == 0);
	require(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

/* Takes what has been answered; false when the server has said its last. */
static bool
hear(int fd, struct buf *replies)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
		buf_add(replies, bytes, (size_t)n);
	return n < 0 && errno == EAGAIN;
}

/* Sends and waits until it has been read; false when the server has said its last. */
static bool
say(struct world *w, int fd, struct str text, struct buf *replies)
{
	int64_t until = stats(w).bytes_in + (int64_t)text.n;

	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		text = str_sub(text, n < 0 ? 0 : (size_t)n, text.n);
		turn(w);
		if (!hear(fd, replies))
			return false;
	}
	for (int i = 0; i < TURNS_MAX && stats(w).bytes_in < until; i++) {
		turn(w);
		if (!hear(fd, replies))
			return false;
	}
	turn(w); /* in which the answers leave */
	return hear(fd, replies);
}

static void
count_replies(struct seen *seen, struct str replies)
{
	static const struct str begin = STR_INIT("HTTP/1.1 ");
	ptrdiff_t at;

	while ((at = str_find(replies, begin)) >= 0) {
		replies = str_sub(replies, (size_t)at + begin.n, replies.n);
		/* Whether 100 is said depends on what has come already. */
		if (replies.n && replies.p[0] == '1')
			continue;
		*(replies.n && replies.p[0] == '2' ? &seen->taken : &seen->refused) += 1;
	}
}

/* One connection from its beginning to its end, with pieces of `step` bytes. */
static struct seen
play(struct str in, size_t step)
{
	struct world *w = world();
	struct buf replies;
	bool open = true;
	int fd;

	w->seen = (struct seen){.requests = FNV64_START};
	buf_init(&replies, 16 << 20);
	fd = dial(w);
	for (size_t at = 0; at < in.n && open; at += step)
		open = say(w, fd, str_sub(in, at, at + step), &replies);
	close(fd);
	for (int i = 0; i < TURNS_MAX && stats(w).connections; i++)
		turn(w);
	require(stats(w).connections == 0 && stats(w).requests_open == 0);
	count_replies(&w->seen, buf_str(&replies));
	buf_fini(&replies);
	return w->seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};

	if (size == 0)
		return 0;
	uint64_t chance = fnv64(FNV64_START, data, size);
	struct seen whole = play(in, size);
	struct seen parts = play(in, 1 + size / 8 + (size_t)(chance % (1 + size / 2)));
	require(whole.requests == parts.requests);
	require(whole.taken == parts.taken && whole.refused == parts.refused);
	return 0;
}
