/*
 * A load generator for HTTP/1.1 with kept connections: one thread, epoll, cheap enough to
 * share two cores with the server that it measures.
 *
 *	http_load --port 8080 --path /v1/messages --body
 *'{"conversation":"{c}","id":"{r}-{n}","text":"hi"}' \
 *		--header 'Authorization: Bearer …' --connections 32 --conversations 1000
 *--seconds 10 --pid 1234
 *
 * Without --rate the loop is closed: each connection sends its next request when the
 * reply to the last one is there. With --rate N requests are due at fixed times, whether
 * replies come or not, and a request's latency counts from the time it was due, so a
 * server that stalls cannot hide it (no coordinated omission).
 *
 * In --path and --body, {n} is the request's number, {c} its conversation (n modulo
 *--conversations), {r} a number of this run. --bodies FILE sends its lines in turn
 * instead of --body. Without either the method is GET. --requests N ends the run when N are
 * answered, if that is before --seconds: the same work for programs whose instructions are
 * compared. --pid also reports the CPU time of the server. The result is one JSON object on
 * standard output; latencies in microseconds.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000
#define REPLY_MAX (256u << 10)
#define HEADERS_MAX 16
/* Latencies in 64 steps per power of two: within 1.6 % of the truth from a nanosecond to
 * an hour. */
#define STEPS 64
#define POWERS 42

struct histogram {
	uint64_t count[POWERS * STEPS];
	uint64_t total;
	int64_t max_ns;
};

struct options {
	const char *address, *path, *body, *bodies;
	const char *headers[HEADERS_MAX];
	int header_count;
	int port, pid;
	int64_t connections, conversations;
	double rate, seconds, warmup;
	int64_t requests; /* the run ends behind so many, when it is not 0 */
};

struct connection {
	int fd;
	bool busy, connecting;
	int64_t due_ns; /* when the request under way should have been sent */
	struct buf out, in;
	size_t sent;
	struct connection *next_idle;
};

struct load {
	struct options o;
	int epoll;
	struct connection *connections, *idle;
	struct buf body_lines;
	struct str *bodies;
	size_t body_count;
	struct buf scratch;
	int64_t start_ns, counted_from_ns, end_ns;
	uint64_t number; /* of the next request */
	uint64_t run;
	int64_t next_due_ns; /* fixed rate */
	uint64_t replies, statuses[6], errors, reconnects;
	uint64_t refused, mute; /* 429 and 503; of them without Retry-After */
	int64_t late_max_ns; /* how far sending fell behind for want of an idle connection
			      */
	struct histogram latency;
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

_Noreturn static void
die(const char *what)
{
	fprintf(stderr, "http_load: %s%s%s\n", what, errno ? ": " : "",
		errno ? strerror(errno) : "");
	exit(1);
}

/* ---- latencies ---- */

static void
histogram_add(struct histogram *h, int64_t ns)
{
	uint64_t v = ns < 1 ? 1 : (uint64_t)ns;
	unsigned power = 63u - (unsigned)__builtin_clzll(v);
	uint64_t step = power >= 6 ? (v >> (power - 6)) & (STEPS - 1)
				   : (v << (6 - power)) & (STEPS - 1);

	if (power >= POWERS)
		power = POWERS - 1;
	h->count[power * STEPS + step]++;
	h->total++;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

static double
histogram_us(const struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)((double)h->total * share), seen = 0;

	for (unsigned i = 0; i < POWERS * STEPS; i++) {
		seen += h->count[i];
		if (seen > wanted)
			return (double)(1ull << (i / STEPS)) *
				(1.0 + (i % STEPS + 0.5) / STEPS) / 1000;
	}
	return (double)h->max_ns / 1000;
}

/* ---- requests ---- */

/* Appends the template with its counters filled in. */
static void
fill(const struct load *l, struct buf *out, struct str template)
{
	for (size_t i = 0; i < template.n; i++) {
		struct str rest = str_sub(template, i, i + 3);
		if (str_eq(rest, STR("{n}")))
			buf_add_i64(out, (int64_t)l->number);
		else if (str_eq(rest, STR("{c}")))
			buf_add_i64(
				out, (int64_t)(l->number % (uint64_t)l->o.conversations));
		else if (str_eq(rest, STR("{r}")))
			buf_add_i64(out, (int64_t)l->run);
		else {
			buf_add_char(out, template.p[i]);
			continue;
		}
		i += 2;
	}
}

static void
request_write(struct load *l, struct buf *out)
{
	struct str body = {0};

	buf_clear(&l->scratch);
	if (l->body_count) {
		fill(l, &l->scratch, l->bodies[l->number % l->body_count]);
		body = buf_str(&l->scratch);
	}
	buf_clear(out);
	buf_add_str(out, l->body_count ? STR("POST ") : STR("GET "));
	fill(l, out, str_of(l->o.path));
	buf_printf(out, " HTTP/1.1\r\nHost: %s:%d\r\n", l->o.address, l->o.port);
	for (int i = 0; i < l->o.header_count; i++) {
		fill(l, out, str_of(l->o.headers[i]));
		buf_add_str(out, STR("\r\n"));
	}
	if (l->body_count)
		buf_printf(out,
			"Content-Type: application/json\r\nContent-Length: %zu\r\n",
			body.n);
	buf_add_str(out, STR("\r\n"));
	buf_add_str(out, body);
	l->number++;
}

/* ---- connections ---- */

static void
connection_open(struct load *l, struct connection *c)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)l->o.port)};
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
	int on = 1;

	if (inet_pton(AF_INET, l->o.address, &sa.sin_addr) != 1)
		die("--address must be an IPv4 address");
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 &&
		errno != EINPROGRESS)
		die("connect");
	c->connecting = true;
	buf_clear(&c->in);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
}

static void
connection_idle(struct load *l, struct connection *c)
{
	c->busy = false;
	c->next_idle = l->idle;
	l->idle = c;
}

/* The server closed or the connection broke: an error when a reply was due. */
static void
connection_lost(struct load *l, struct connection *c)
{
	if (c->connecting)
		die("the server takes no connection");
	close(c->fd);
	l->reconnects++;
	if (c->busy) {
		l->errors++;
		connection_idle(l, c);
	}
	connection_open(l, c);
}

static void
connection_flush(struct load *l, struct connection *c)
{
	while (c->sent < c->out.n) {
		ssize_t n =
			send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			connection_lost(l, c);
			return;
		}
		c->sent += (size_t)n;
	}
}

static void
connection_send(struct load *l, struct connection *c, int64_t due_ns)
{
	c->busy = true;
	c->due_ns = due_ns;
	request_write(l, &c->out);
	c->sent = 0;
	if (!c->connecting)
		connection_flush(l, c);
}

struct reply {
	int status;
	bool says_when; /* has Retry-After */
};

/* Length of the whole reply at the front of the buffer; 0 when it is not all there. */
static size_t
reply_read(struct str in, struct reply *out)
{
	ptrdiff_t end = str_find(in, STR("\r\n\r\n"));
	int64_t value, length = 0;

	if (end < 0 || in.n < 12)
		return 0;
	if (!str_to_i64(str_sub(in, 9, 12), &value))
		die("the server does not speak HTTP");
	*out = (struct reply){.status = (int)value};
	struct str head = str_sub(in, 0, (size_t)end), line, name;
	while (str_split(&head, '\n', &line)) {
		if (!str_split(&line, ':', &name))
			continue;
		if (str_eq_nocase(name, STR("Content-Length")))
			str_to_i64(str_trim(line), &length);
		else if (str_eq_nocase(name, STR("Retry-After")))
			out->says_when = true;
	}
	size_t whole = (size_t)end + 4 + (size_t)length;
	return whole <= in.n ? whole : 0;
}

static void
reply_count(struct load *l, struct connection *c, const struct reply *r)
{
	int64_t now = now_ns();

	if (now >= l->counted_from_ns && now < l->end_ns) {
		l->replies++;
		l->statuses[r->status / 100 % 6]++;
		if (r->status == 429 || r->status == 503) {
			l->refused++;
			l->mute += !r->says_when;
		}
		histogram_add(&l->latency, now - c->due_ns);
	}
	connection_idle(l, c);
}

static void
connection_read(struct load *l, struct connection *c)
{
	for (;;) {
		char *room = buf_reserve(&c->in, 4096);
		if (!room)
			die("a reply is too large");
		ssize_t n = read(c->fd, room, 4096);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			connection_lost(l, c);
			return;
		}
		c->in.n += (size_t)n;
		struct reply reply;
		size_t whole = reply_read(buf_str(&c->in), &reply);
		if (whole) {
			buf_consume(&c->in, whole);
			reply_count(l, c, &reply);
		}
		/* A read that did not fill its room has emptied the socket. */
		if (n < 4096)
			return;
	}
}

static void
connection_event(struct load *l, struct connection *c, uint32_t events)
{
	if (c->connecting) {
		int error = 0;
		socklen_t n = sizeof(error);
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
		if (error)
			connection_lost(l, c);
		if (!(events & EPOLLOUT))
			return;
		c->connecting = false;
	}
	if (events & EPOLLOUT && c->busy && c->sent < c->out.n)
		connection_flush(l, c);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		connection_read(l, c);
}

/* ---- the run ---- */

static bool
all_sent(const struct load *l)
{
	return l->o.requests && l->number >= (uint64_t)l->o.requests;
}

static bool
all_answered(const struct load *l)
{
	return l->o.requests && l->replies + l->errors >= (uint64_t)l->o.requests;
}

/* Sends what is due now. */
static void
send_due(struct load *l)
{
	int64_t now = now_ns();

	while (l->idle && now < l->end_ns && !all_sent(l)) {
		int64_t due = now;
		if (l->o.rate > 0) {
			if (l->next_due_ns > now)
				return;
			due = l->next_due_ns;
			l->next_due_ns = l->start_ns +
				(int64_t)((double)(l->number + 1) / l->o.rate * NS);
			if (now - due > l->late_max_ns)
				l->late_max_ns = now - due;
		}
		struct connection *c = l->idle;
		l->idle = c->next_idle;
		connection_send(l, c, due);
	}
}

static void
run(struct load *l)
{
	struct epoll_event events[256];

	for (;;) {
		send_due(l);
		int64_t now = now_ns(), until = l->end_ns;
		if (all_answered(l))
			l->end_ns = until = now;
		if (now >= until)
			return;
		if (l->o.rate > 0 && l->idle && !all_sent(l) && l->next_due_ns < until)
			until = l->next_due_ns;
		int64_t wait = until > now ? until - now : 0;
		struct timespec ts = {.tv_sec = wait / NS, .tv_nsec = wait % NS};
		int n = epoll_pwait2(l->epoll, events, 256, &ts, NULL);
		for (int i = 0; i < n; i++)
			connection_event(l, events[i].data.ptr, events[i].events);
	}
}

/* CPU time of a process in seconds, from /proc; 0 when it cannot be read. */
static double
process_cpu(int pid)
{
	char path[64], text[1024];
	long user, system;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	/* The name in brackets may hold anything; the fields are counted from behind it.
	 */
	const char *p = strrchr(text, ')');
	if (!p ||
		sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld",
			&user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double
own_cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
report(const struct load *l, double server_cpu, double cpu)
{
	static const char *const names[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
	static const struct {
		const char *name;
		double share;
	} shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	double seconds = (double)(l->end_ns - l->counted_from_ns) / NS;
	struct buf out;
	struct jsonw w;

	buf_init(&out, 64u << 10);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kstr(&w, "mode", l->o.rate > 0 ? STR("rate") : STR("closed"));
	jsonw_kint(&w, "connections", l->o.connections);
	jsonw_kdouble(&w, "seconds", seconds);
	jsonw_kint(&w, "replies", (int64_t)l->replies);
	jsonw_kdouble(&w, "per_second", (double)l->replies / seconds);
	jsonw_kint(&w, "errors", (int64_t)l->errors);
	jsonw_kint(&w, "reconnects", (int64_t)l->reconnects);
	jsonw_kobject(&w, "statuses");
	for (int i = 0; i < 6; i++)
		if (l->statuses[i])
			jsonw_kint(&w, names[i], (int64_t)l->statuses[i]);
	jsonw_end_object(&w);
	jsonw_kint(&w, "refused", (int64_t)l->refused);
	jsonw_kint(&w, "refused_without_retry_after", (int64_t)l->mute);
	jsonw_kobject(&w, "latency_us");
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		jsonw_kdouble(
			&w, shares[i].name, histogram_us(&l->latency, shares[i].share));
	jsonw_kdouble(&w, "max", (double)l->latency.max_ns / 1000);
	jsonw_end_object(&w);
	if (l->o.rate > 0) {
		jsonw_kdouble(&w, "rate", l->o.rate);
		jsonw_kdouble(&w, "late_max_us", (double)l->late_max_ns / 1000);
	}
	double requests = l->replies ? (double)l->replies : 1;
	if (l->o.pid)
		jsonw_kdouble(
			&w, "server_cpu_us_per_request", server_cpu * 1e6 / requests);
	jsonw_kdouble(&w, "load_cpu_us_per_request", cpu * 1e6 / requests);
	jsonw_end_object(&w);
	printf("%s\n", out.p);
	buf_fini(&out);
}

/* ---- beginning ---- */

static void
bodies_read(struct load *l)
{
	struct str rest, line;

	buf_init(&l->body_lines, 256u << 20);
	if (l->o.bodies) {
		int fd = open(l->o.bodies, O_RDONLY | O_CLOEXEC);
		ssize_t n = 0;
		if (fd < 0)
			die(l->o.bodies);
		do {
			l->body_lines.n += (size_t)n;
			char *room = buf_reserve(&l->body_lines, 64u << 10);
			n = room ? read(fd, room, 64u << 10) : 0;
		} while (n > 0);
		close(fd);
	} else if (l->o.body) {
		buf_add_str(&l->body_lines, str_of(l->o.body));
	}
	rest = buf_str(&l->body_lines);
	l->bodies = mem_zalloc(sizeof(struct str) * (rest.n + 1));
	while (str_split(&rest, '\n', &line))
		if (line.n)
			l->bodies[l->body_count++] = line;
}

static double
number_arg(const char *text, double least)
{
	double v;

	if (!str_to_double(str_of(text), &v) || v < least) {
		errno = 0;
		die("an option's number is none, or too small");
	}
	return v;
}

static void
options_read(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {{"address", 1, 0, 'a'}, {"port", 1, 0, 'p'},
		{"path", 1, 0, 'u'}, {"body", 1, 0, 'b'}, {"bodies", 1, 0, 'f'},
		{"header", 1, 0, 'h'}, {"connections", 1, 0, 'n'},
		{"conversations", 1, 0, 'm'}, {"rate", 1, 0, 'r'}, {"seconds", 1, 0, 's'},
		{"requests", 1, 0, 'q'}, {"warmup", 1, 0, 'w'}, {"pid", 1, 0, 'i'}, {0}};
	int c;

	*o = (struct options){.address = "127.0.0.1",
		.path = "/",
		.connections = 16,
		.conversations = 1000,
		.seconds = 5,
		.warmup = 1};
	while ((c = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		switch (c) {
		case 'a':
			o->address = optarg;
			break;
		case 'p':
			o->port = (int)number_arg(optarg, 1);
			break;
		case 'u':
			o->path = optarg;
			break;
		case 'b':
			o->body = optarg;
			break;
		case 'f':
			o->bodies = optarg;
			break;
		case 'h':
			if (o->header_count == HEADERS_MAX)
				die("too many headers");
			o->headers[o->header_count++] = optarg;
			break;
		case 'n':
			o->connections = (int64_t)number_arg(optarg, 1);
			break;
		case 'm':
			o->conversations = (int64_t)number_arg(optarg, 1);
			break;
		case 'r':
			o->rate = number_arg(optarg, 0);
			break;
		case 'q':
			o->requests = (int64_t)number_arg(optarg, 1);
			break;
		case 's':
			o->seconds = number_arg(optarg, 0.01);
			break;
		case 'w':
			o->warmup = number_arg(optarg, 0);
			break;
		case 'i':
			o->pid = (int)number_arg(optarg, 1);
			break;
		default:
			exit(2);
		}
	}
	errno = 0;
	if (!o->port)
		die("--port is needed");
}

int
main(int argc, char **argv)
{
	struct load *l = mem_zalloc(sizeof(*l));

	options_read(&l->o, argc, argv);
	bodies_read(l);
	buf_init(&l->scratch, 16u << 20);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->connections = mem_zalloc(sizeof(struct connection) * (size_t)l->o.connections);
	for (int64_t i = 0; i < l->o.connections; i++) {
		struct connection *c = &l->connections[i];
		buf_init(&c->in, REPLY_MAX);
		buf_init(&c->out, 16u << 20);
		connection_open(l, c);
		connection_idle(l, c);
	}
	l->run = (uint64_t)time(NULL) % 1000000;
	l->start_ns = l->next_due_ns = now_ns();
	l->counted_from_ns = l->end_ns = l->start_ns + (int64_t)(l->o.warmup * NS);
	run(l);
	double server_before = process_cpu(l->o.pid), own_before = own_cpu();
	l->end_ns += (int64_t)(l->o.seconds * NS);
	run(l);
	report(l, process_cpu(l->o.pid) - server_before, own_cpu() - own_before);
	return l->errors ? 1 : 0;
}
