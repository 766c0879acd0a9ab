/*
 * Clients that make a server wait, each on a connection of its own, until the server ends
 * it:
 *
 *	head     sends a request's head, one byte in `step` milliseconds
 *	body     sends a head and then its body in the same way
 *	reader   asks for more than it will ever read, and reads a byte in that time
 *	silent   connects and says nothing
 *
 *	slow_clients --port 8080 --count 250 --over 2000 --patience 20
 *
 * --count is of each kind, --only KIND leaves the others out, --from says which of this
 * machine's addresses they come from. They come evenly over --over milliseconds, and their
 * steps are as evenly spread, as those of clients that know nothing of each other; "held" is
 * printed when all are there. The last line is one JSON object: for each kind how many
 * were ended by the server (`closed`), how many of them heard 408 (`told`) or 429
 * (`refused`) first, and the longest time that one was kept, in milliseconds. Who is
 * still kept after --patience seconds is left.
 */
#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum kind { KIND_HEAD, KIND_BODY, KIND_READER, KIND_SILENT, KINDS };

static const char *const names[KINDS] = {"head", "body", "reader", "silent"};

struct client {
	enum kind kind;
	int fd;
	bool there; /* connected */
	int64_t since_ns, next_ns;
	size_t sent; /* of the slow part */
};

struct result {
	int64_t closed, told, refused, longest_ms;
};

struct slow {
	int port, epoll;
	const char *from;
	int64_t count, step_ms, over_ms, patience_ms;
	const char *reader_path;
	bool without[KINDS];
	struct client *clients;
	int64_t all, come, there, open;
	int64_t next; /* whose step is due first: they take turns */
	struct result results[KINDS];
};

#define MS INT64_C(1000000)

static int64_t
now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 * MS + ts.tv_nsec;
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

static void
client_open(struct slow *s, struct client *c, enum kind kind, int64_t first_step_ns)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = c};
	int small = 4096;
	c->kind = kind;
	c->next_ns = first_step_ns;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	/* A small window, so that few bytes wait in the system. */
	if (kind == KIND_READER)
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (s->from &&
		(inet_pton(AF_INET, s->from, &from.sin_addr) != 1 ||
			bind(c->fd, (struct sockaddr *)&from, sizeof from) != 0))
		die("--from");
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 &&
		errno != EINPROGRESS)
		die("connect");
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
	s->open++;
}

/* It is connected: what it says at once, and what it waits for then. */
static void
client_greet(struct slow *s, struct client *c)
{
	/* A reader hears of the end without reading. */
	struct epoll_event ev = {
		.events = c->kind == KIND_READER ? EPOLLRDHUP : EPOLLIN, .data.ptr = c};
	struct buf text;
	c->there = true;
	c->since_ns = now_ns();
	if (++s->there == s->all) {
		puts("held");
		fflush(stdout);
	}
	buf_init(&text, 1 << 20);
	if (c->kind == KIND_BODY)
		buf_add(&text, head, sizeof head - 1);
	for (int i = 0; c->kind == KIND_READER && i < 16; i++)
		buf_printf(
			&text, "GET %s HTTP/1.1\r\nHost: slow\r\n\r\n", s->reader_path);
	/* Who was shut out already hears of it soon. */
	if (text.n && send(c->fd, text.p, text.n, MSG_NOSIGNAL) < 0 && errno == EAGAIN)
		die("send");
	buf_fini(&text);
	if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &ev) != 0)
		die("epoll_ctl");
}

static void
client_over(struct slow *s, struct client *c)
{
	struct result *r = &s->results[c->kind];
	int64_t ms = (now_ns() - c->since_ns) / MS;
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
	c->next_ns += s->step_ms * MS;
	if (c->fd < 0 || !c->there || c->kind == KIND_SILENT)
		return;
	if (c->kind == KIND_READER) {
		recv(c->fd, &byte, 1, MSG_DONTWAIT);
		return;
	}
	if (c->kind == KIND_HEAD)
		byte = head[c->sent % (sizeof head - 8)]; /* which never ends it */
	c->sent++;
	if (send(c->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		client_over(s, c);
}

static void
client_event(struct slow *s, struct client *c)
{
	char text[2048];
	ssize_t n = 0;
	if (c->fd < 0)
		return;
	if (!c->there) {
		client_greet(s, c);
		return;
	}
	if (c->kind != KIND_READER)
		n = recv(c->fd, text, sizeof text - 1, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		client_over(s, c);
		return;
	}
	text[n] = '\0';
	s->results[c->kind].told += strstr(text, " 408 ") != NULL;
	s->results[c->kind].refused += strstr(text, " 429 ") != NULL;
}

/* Until when the next one waits to come, or to take its step. */
static int64_t
next_due_ns(const struct slow *s, int64_t began)
{
	int64_t come = began + s->over_ms * MS * s->come / s->all;
	int64_t step = s->come ? s->clients[s->next].next_ns : INT64_MAX;
	if (s->come == s->all)
		return step;
	return come < step ? come : step;
}

/* The steps begin when all are there. They are equally long, so all take turns. */
static void
do_due(struct slow *s, int64_t began)
{
	int64_t now = now_ns(), all_there = began + s->over_ms * MS;
	while (s->come < s->all && began + s->over_ms * MS * s->come / s->all <= now) {
		enum kind kind = (enum kind)(s->come % KINDS);
		while (s->without[kind])
			kind = (enum kind)((kind + 1) % KINDS);
		client_open(s, &s->clients[s->come], kind,
			all_there + s->step_ms * MS * s->come / s->all);
		s->come++;
	}
	while (s->come && s->clients[s->next].next_ns <= now) {
		client_step(s, &s->clients[s->next]);
		s->next = (s->next + 1) % s->come;
	}
}

static void
run(struct slow *s)
{
	struct epoll_event events[256];
	int64_t began = now_ns(), end = began + s->patience_ms * MS;
	while ((s->open > 0 || s->come < s->all) && now_ns() < end) {
		int64_t wait = next_due_ns(s, began) - now_ns();
		wait = wait < 0 ? 0 : wait > 50 * MS ? 50 * MS : wait;
		struct timespec ts = {.tv_nsec = wait};
		int n = epoll_pwait2(s->epoll, events, 256, &ts, NULL);
		for (int i = 0; i < n; i++)
			client_event(s, events[i].data.ptr);
		do_due(s, began);
	}
}

static void
leave_out_others(struct slow *s, const char *name)
{
	for (int k = 0; k < KINDS; k++)
		s->without[k] = strcmp(names[k], name) != 0;
}

static void
read_options(struct slow *s, int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
		{"count", required_argument, NULL, 'n'},
		{"step", required_argument, NULL, 's'},
		{"over", required_argument, NULL, 'o'},
		{"only", required_argument, NULL, 'k'},
		{"from", required_argument, NULL, 'f'},
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
		case 'o':
			s->over_ms = n;
			break;
		case 'k':
			leave_out_others(s, optarg);
			break;
		case 'f':
			s->from = optarg;
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

static void
report(const struct slow *s)
{
	const char *between = "";
	printf("{");
	for (int k = 0; k < KINDS; k++) {
		const struct result *r = &s->results[k];
		if (s->without[k])
			continue;
		printf("%s\"%s\": {\"closed\": %lld, \"told\": %lld, \"refused\": %lld, \"longest_ms\": %lld}",
			between, names[k], (long long)r->closed, (long long)r->told,
			(long long)r->refused, (long long)r->longest_ms);
		between = ", ";
	}
	printf("}\n");
}

int
main(int argc, char **argv)
{
	struct slow s = {.count = 10,
		.step_ms = 300,
		.over_ms = 1000,
		.patience_ms = 30000,
		.reader_path = "/openapi.json"};
	int kinds = 0;
	read_options(&s, argc, argv);
	for (int k = 0; k < KINDS; k++)
		kinds += !s.without[k];
	s.all = s.count * kinds;
	s.clients = calloc((size_t)s.all + 1, sizeof *s.clients);
	s.epoll = epoll_create1(0);
	if (!s.clients || s.epoll < 0 || kinds == 0 || s.all == 0)
		die("options");
	run(&s);
	report(&s);
	return 0;
}
