/*
 * Clients that make a server wait, each on a connection of its own, until the server ends
 * it:
 *
 *	head     sends a request's head, one byte in `step` milliseconds
 *	body     sends a head and then its body in the same way
 *	reader   asks for more than it will ever read, and reads nothing
 *	silent   connects and says nothing
 *
 *	slow_clients --port 8080 --count 250 --reader-path /openapi.json --patience 20
 *
 * --count is of each kind. The result is one JSON object: for each kind how many were
 * ended by the server (`closed`), how many of them heard 408 first, and the longest time
 * that one was kept, in milliseconds. Who is still kept after --patience seconds is left.
 */
#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum kind { KIND_HEAD, KIND_BODY, KIND_READER, KIND_SILENT, KINDS };

static const char *const names[KINDS] = {"head", "body", "reader", "silent"};

struct client {
	enum kind kind;
	int fd;
	int64_t since_ms, next_ms;
	size_t sent; /* of the slow part */
};

struct result {
	int64_t closed, told, longest_ms;
};

struct slow {
	int port;
	int64_t count, step_ms, patience_ms;
	const char *reader_path;
	struct client *clients;
	struct pollfd *polled;
	int64_t all, open;
	struct result results[KINDS];
};

static int64_t
now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

_Noreturn static void
die(const char *what)
{
	fprintf(stderr, "slow_clients: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char head[] =
	"POST /v1/messages HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\n"
	"Content-Length: 100000\r\n\r\n";

/* What is sent at once. */
static void
greet(const struct slow *s, const struct client *c)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	if (c->kind == KIND_BODY)
		buf_add(&text, head, sizeof head - 1);
	for (int i = 0; c->kind == KIND_READER && i < 60; i++)
		buf_printf(
			&text, "GET %s HTTP/1.1\r\nHost: slow\r\n\r\n", s->reader_path);
	if (text.n && send(c->fd, text.p, text.n, MSG_NOSIGNAL) != (ssize_t)text.n)
		die("send");
	buf_fini(&text);
}

static void
client_open(struct slow *s, struct client *c, enum kind kind)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int small = 4096;
	c->kind = kind;
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0)
		die("socket");
	/* A small window, so that few bytes wait in the system. */
	if (kind == KIND_READER)
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof sa) != 0)
		die("connect");
	c->since_ms = now_ms();
	c->next_ms = c->since_ms + s->step_ms;
	greet(s, c);
}

static void
client_over(struct slow *s, struct client *c)
{
	struct result *r = &s->results[c->kind];
	int64_t ms = now_ms() - c->since_ms;
	close(c->fd);
	c->fd = -1;
	s->open--;
	r->closed++;
	if (ms > r->longest_ms)
		r->longest_ms = ms;
}

static void
client_step(struct slow *s, struct client *c)
{
	char byte = 'a';
	if (c->kind == KIND_READER || c->kind == KIND_SILENT)
		return;
	if (c->kind == KIND_HEAD)
		byte = head[c->sent % (sizeof head - 8)]; /* which never ends it */
	c->sent++;
	c->next_ms += s->step_ms;
	if (send(c->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		client_over(s, c);
}

/* A reader hears of the end without reading; all others read what they are told. */
static void
client_event(struct slow *s, struct client *c, short events)
{
	char text[2048];
	if (c->kind == KIND_READER) {
		client_over(s, c);
		return;
	}
	if (!(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	ssize_t n = recv(c->fd, text, sizeof text - 1, 0);
	if (n <= 0) {
		client_over(s, c);
		return;
	}
	text[n] = '\0';
	s->results[c->kind].told += strstr(text, "408") != NULL;
}

static void
run(struct slow *s)
{
	int64_t end = now_ms() + s->patience_ms;
	while (s->open > 0 && now_ms() < end) {
		for (int64_t i = 0; i < s->all; i++) {
			const struct client *c = &s->clients[i];
			s->polled[i] = (struct pollfd){.fd = c->fd,
				.events = c->kind == KIND_READER ? POLLRDHUP : POLLIN};
		}
		if (poll(s->polled, (nfds_t)s->all, 50) < 0)
			die("poll");
		int64_t now = now_ms();
		for (int64_t i = 0; i < s->all; i++) {
			struct client *c = &s->clients[i];
			if (c->fd >= 0 && s->polled[i].revents)
				client_event(s, c, s->polled[i].revents);
			if (c->fd >= 0 && now >= c->next_ms)
				client_step(s, c);
		}
	}
}

static void
read_options(struct slow *s, int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
		{"count", required_argument, NULL, 'n'},
		{"step", required_argument, NULL, 's'},
		{"patience", required_argument, NULL, 'w'},
		{"reader-path", required_argument, NULL, 'r'}, {0}};
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		int64_t n = optarg ? strtoll(optarg, NULL, 10) : 0;
		switch (o) {
		case 'p':
			s->port = (int)n;
			break;
		case 'n':
			s->count = n;
			break;
		case 's':
			s->step_ms = n;
			break;
		case 'w':
			s->patience_ms = 1000 * n;
			break;
		case 'r':
			s->reader_path = optarg;
			break;
		default:
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	struct slow s = {.count = 10,
		.step_ms = 300,
		.patience_ms = 30000,
		.reader_path = "/openapi.json"};
	read_options(&s, argc, argv);
	s.all = s.open = s.count * KINDS;
	s.clients = calloc((size_t)s.all, sizeof *s.clients);
	s.polled = calloc((size_t)s.all, sizeof *s.polled);
	if (!s.clients || !s.polled)
		die("memory");
	for (int64_t i = 0; i < s.all; i++)
		client_open(&s, &s.clients[i], (enum kind)(i % KINDS));
	run(&s);
	printf("{");
	for (int k = 0; k < KINDS; k++)
		printf("%s\"%s\": {\"closed\": %lld, \"told\": %lld, \"longest_ms\": %lld}",
			k ? ", " : "", names[k], (long long)s.results[k].closed,
			(long long)s.results[k].told, (long long)s.results[k].longest_ms);
	printf("}\n");
	return 0;
}
