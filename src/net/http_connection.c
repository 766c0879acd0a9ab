#include "net/http_connection.h"

#include "base/limits.h"
#include "net/websocket.h"

/* Exchanges kept for reuse, each with one chunk of arena. */
#define SPARE_EXCHANGES 64
/* Bodies up to this size get their room at once; larger ones grow with what really
 * arrives. */
#define BODY_AT_ONCE (16u << 10)

/* ---- exchanges ---- */

static struct http_exchange *
exchange_new(struct http_connection *c)
{
	struct http_server *s = c->server;
	struct list *l = list_pop(&s->spare);
	struct http_exchange *x;
	struct arena arena;

	if (l) {
		x = list_entry(l, struct http_exchange, link);
		s->spare_count--;
		arena = x->arena;
	} else {
		x = mem_alloc(sizeof(*x));
		arena_init(&arena, 0);
	}
	*x = (struct http_exchange){
		.server = s, .connection = c, .arena = arena, .keep_alive = true};
	x->r.arena = &x->arena;
	x->r.owner = s->config.owner;
	x->r.peer = c->peer;
	buf_init(&x->body, s->config.body_max);
	buf_init(&x->reply, TCP_OUT_MAX);
	list_append(&c->exchanges, &x->link);
	c->exchange_count++;
	s->stats.requests++;
	s->stats.requests_open++;
	if (s->config.answered)
		x->start_ns = (int64_t)uv_hrtime();
	return x;
}

void
http_exchange_free(struct http_exchange *x)
{
	struct http_server *s = x->server;

	list_remove(&x->link);
	if (x->connection)
		x->connection->exchange_count--;
	buf_fini(&x->body);
	buf_fini(&x->reply);
	arena_clear(&x->arena);
	s->stats.requests_open--;
	if (s->spare_count < SPARE_EXCHANGES && !s->freed) {
		list_append(&s->spare, &x->link);
		s->spare_count++;
		return;
	}
	arena_fini(&x->arena);
	free(x);
	http_server_check_done(s);
}

/* ---- the parser's callbacks: one run over a whole head, so every slice is in one piece
 * ---- */

static int
on_url(llhttp_t *p, const char *at, size_t n)
{
	struct http_exchange *x = p->data;

	if (!x->target.p)
		x->target.p = at;
	x->target.n += n;
	return 0;
}

static int
on_field(llhttp_t *p, const char *at, size_t n)
{
	struct http_exchange *x = p->data;

	if (x->r.header_count == x->header_max)
		return HPE_USER;
	x->r.headers[x->r.header_count++] = (struct http_header){.name = {at, n}};
	return 0;
}

static int
on_value(llhttp_t *p, const char *at, size_t n)
{
	struct http_exchange *x = p->data;

	if (x->r.header_count == 0)
		return 0;
	struct str *value = &x->r.headers[x->r.header_count - 1].value;
	if (!value->p)
		value->p = at;
	value->n += n;
	return 0;
}

static const llhttp_settings_t parser_settings = {
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_value = on_value,
};

/* ---- checks of a head ---- */

struct refusal {
	int status;
	const char *detail;
	bool keep; /* the connection may go on when no body follows */
};

static struct str
header(const struct http_exchange *x, struct str name)
{
	return http_header_get(x->r.headers, x->r.header_count, name);
}

static size_t
header_times(const struct http_exchange *x, struct str name)
{
	return http_header_count(x->r.headers, x->r.header_count, name);
}

static enum http_method
method_bit(uint8_t method)
{
	switch (method) {
	case HTTP_GET:
		return METHOD_GET;
	case HTTP_HEAD:
		return METHOD_HEAD;
	case HTTP_POST:
		return METHOD_POST;
	case HTTP_PUT:
		return METHOD_PUT;
	case HTTP_PATCH:
		return METHOD_PATCH;
	case HTTP_DELETE:
		return METHOD_DELETE;
	case HTTP_OPTIONS:
		return METHOD_OPTIONS;
	default:
		return 0;
	}
}

/* What a head that the parser refused is answered with. */
static struct refusal
parse_refusal(const struct http_exchange *x, struct str head)
{
	static const struct refusal bad = {400, "the request's head is malformed", false};
	enum llhttp_errno why = llhttp_get_errno(&x->parser);

	if (why == HPE_INVALID_VERSION)
		return (struct refusal){
			505, "HTTP/1.1 and HTTP/1.0 are spoken here", false};
	if (why == HPE_INVALID_METHOD) {
		size_t n = 0;
		while (n < head.n && head.p[n] >= 'A' && head.p[n] <= 'Z')
			n++;
		if (n > 0 && n < head.n && head.p[n] == ' ')
			return (struct refusal){501, "the method is not known", false};
	}
	if (why == HPE_USER)
		return (struct refusal){431, "too many headers", false};
	return bad;
}

static struct refusal
check_framing(struct http_exchange *x)
{
	size_t lengths = header_times(x, STR("Content-Length"));
	size_t codings = header_times(x, STR("Transfer-Encoding"));

	if (lengths > 1)
		return (struct refusal){400, "Content-Length is there twice", false};
	if (codings == 0) {
		x->body_length = lengths ? x->parser.content_length : 0;
		return (struct refusal){0};
	}
	if (lengths || x->r.http10 || codings > 1)
		return (struct refusal){
			400, "Transfer-Encoding is not allowed here", false};
	struct str coding = header(x, STR("Transfer-Encoding"));
	if (!str_eq_nocase(coding, STR("chunked"))) {
		bool last_chunked = str_ends(coding, STR("chunked"));
		return (struct refusal){last_chunked ? 501 : 400,
			"the only transfer coding is chunked", false};
	}
	x->chunked = true;
	return (struct refusal){0};
}

static struct refusal
check_host(const struct http_exchange *x)
{
	size_t hosts = header_times(x, STR("Host"));

	if (hosts > 1 || (hosts == 0 && !x->r.http10))
		return (struct refusal){400, "exactly one Host header is needed", false};
	struct str host = header(x, STR("Host"));
	for (size_t i = 0; i < host.n; i++)
		if (strchr(" \t/\\@,?#<>\"", host.p[i]))
			return (struct refusal){
				400, "the Host header is malformed", false};
	return (struct refusal){0};
}

/* Origin form, absolute form (its authority replaces Host, which nothing here depends
 * on), or "*" for OPTIONS. */
static struct refusal
check_target(struct http_exchange *x)
{
	struct str t = x->target;

	if (t.n > x->server->config.url_max)
		return (struct refusal){414, "the request target is too long", false};
	if (str_find_char(t, '#') >= 0)
		return (struct refusal){
			400, "a fragment does not belong into a request", false};
	if (t.n && t.p[0] != '/' &&
		!(str_eq(t, STR("*")) && x->r.method == METHOD_OPTIONS)) {
		size_t skip = 0;
		if (t.n > 7 && str_eq_nocase(str_sub(t, 0, 7), STR("http://")))
			skip = 7;
		else if (t.n > 8 && str_eq_nocase(str_sub(t, 0, 8), STR("https://")))
			skip = 8;
		struct str rest = str_sub(t, skip, t.n);
		size_t end = 0;
		while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
			end++;
		if (skip == 0 || end == 0 || memchr(rest.p, '@', end))
			return (struct refusal){
				400, "the request target is malformed", false};
		t = str_sub(rest, end, rest.n);
	}
	ptrdiff_t question = str_find_char(t, '?');
	x->r.path = question < 0 ? t : str_sub(t, 0, (size_t)question);
	if (question >= 0)
		x->r.query = str_sub(t, (size_t)question + 1, t.n);
	if (x->r.path.n == 0)
		x->r.path = STR("/");
	return (struct refusal){0};
}

static struct refusal
check_expect(struct http_exchange *x)
{
	struct str expect = header(x, STR("Expect"));

	if (!expect.p || x->r.http10)
		return (struct refusal){0};
	if (!str_eq_nocase(expect, STR("100-continue")))
		return (struct refusal){
			417, "the only expectation is 100-continue", false};
	x->expect_continue = true;
	return (struct refusal){0};
}

/* Finds the route; x->allowed gathers the methods of the path. */
static struct refusal
find_route(struct http_exchange *x)
{
	const struct http_server_config *config = &x->server->config;

	for (size_t i = 0; i < config->route_count; i++) {
		const struct http_route *route = &config->routes[i];
		if (!http_path_match(
			    str_of(route->path), x->r.path, x->params, &x->param_count))
			continue;
		x->allowed |= route->methods;
		if (!(route->methods & x->r.method))
			continue;
		x->r.route = route;
		return (struct refusal){0};
	}
	if (x->allowed & METHOD_GET)
		x->allowed |= METHOD_HEAD;
	if (x->r.method == METHOD_OPTIONS &&
		(x->allowed || str_eq(x->r.path, STR("*")))) {
		x->allowed |= METHOD_OPTIONS;
		return (struct refusal){0};
	}
	if (!x->allowed)
		return (struct refusal){404, "nothing is found at this path", true};
	x->allowed |= METHOD_OPTIONS;
	return (struct refusal){405, "the path does not take this method", true};
}

static struct refusal
check_body_headers(struct http_exchange *x)
{
	const struct http_route *route = x->r.route;
	bool has_body = x->chunked || x->body_length > 0;
	unsigned wanted = route ? route->flags & (HTTP_ROUTE_JSON | HTTP_ROUTE_FORM) : 0;

	x->body_max =
		route && route->body_max ? route->body_max : x->server->config.body_max;
	x->body.max = x->body_max;
	if (x->body_length > x->body_max)
		return (struct refusal){
			413, "the body is larger than this path takes", false};
	if (!wanted || !(x->r.method & (METHOD_POST | METHOD_PUT | METHOD_PATCH)))
		return (struct refusal){0};
	if (!x->chunked && !header(x, STR("Content-Length")).p)
		return (struct refusal){
			411, "a body with its Content-Length is needed", true};
	if (!has_body)
		return (struct refusal){0};
	struct str type = header(x, STR("Content-Type")), media;
	bool json = http_media_is(type, STR("application/json")) ||
		(str_split(&type, ';', &media) &&
			str_ends(str_trim(media), STR("+json")));
	type = header(x, STR("Content-Type"));
	bool form = http_media_is(type, STR("application/x-www-form-urlencoded"));
	if ((json && (wanted & HTTP_ROUTE_JSON)) || (form && (wanted & HTTP_ROUTE_FORM)))
		return (struct refusal){0};
	return (struct refusal){415,
		wanted & HTTP_ROUTE_JSON
			? "the body must be application/json"
			: "the body must be application/x-www-form-urlencoded",
		true};
}

static bool
handshake_valid(const struct http_exchange *x)
{
	struct str upgrade = header(x, STR("Upgrade")),
		   connection = header(x, STR("Connection"));

	return x->r.method == METHOD_GET && !x->r.head && !x->r.http10 &&
		http_list_has(upgrade, STR("websocket")) &&
		http_list_has(connection, STR("upgrade")) && !x->chunked &&
		x->body_length == 0;
}

static struct refusal
check_head(struct http_exchange *x, uint8_t method)
{
	static struct refusal (*const checks[])(struct http_exchange *) = {
		check_framing,
		check_target,
		check_expect,
		find_route,
		check_body_headers,
	};
	struct refusal no;

	if (x->parser.http_major != 1 || x->parser.http_minor > 1)
		return (struct refusal){
			505, "HTTP/1.1 and HTTP/1.0 are spoken here", false};
	x->r.http10 = x->parser.http_minor == 0;
	x->r.method = method_bit(method);
	if (!x->r.method)
		return (struct refusal){501, "the method is not known", false};
	if (x->r.method == METHOD_HEAD) {
		x->r.head = true;
		x->r.method = METHOD_GET;
	}
	no = check_host(x);
	for (size_t i = 0; !no.status && i < sizeof(checks) / sizeof(checks[0]); i++)
		no = checks[i](x);
	x->websocket = handshake_valid(x);
	if (!no.status && x->r.route && (x->r.route->flags & HTTP_ROUTE_WEBSOCKET) &&
		!x->websocket)
		no = (struct refusal){426, "this path speaks WebSocket only", true};
	return no;
}

/* ---- running a request ---- */

static void
answer_options(struct http_exchange *x)
{
	struct buf allow;

	if (x->server->config.options) {
		x->server->config.options(&x->r, x->allowed);
		return;
	}
	buf_init(&allow, 256);
	buf_add_str(&allow, STR("Allow: "));
	http_methods_print(&allow, x->allowed | METHOD_OPTIONS);
	buf_add_str(&allow, STR("\r\n"));
	http_reply(&x->r, 204, NULL, buf_str(&allow), (struct str){0});
	buf_fini(&allow);
}

/* One more request for work: is it one too many of those that were ready at once? */
static bool
server_is_busy(struct http_server *s)
{
	if (s->work_turn != s->set.turns) {
		s->work_turn = s->set.turns;
		s->work = 0;
	}
	return ++s->work > s->config.work_max;
}

/* A request that waits for its refusal. Lives in the request's arena. */
struct turned_away {
	struct http_request *r;
	struct env_timer timer;
	struct list link;
};

static void
refuse_turned_away(struct turned_away *t)
{
	const struct http_problem p = {.status = 503,
		.detail = STR("the server is busy"),
		.headers = http_refusal_headers(t->r),
		.retry_after_s = 1};
	list_remove(&t->link);
	env_timer_stop(http_exchange_of(t->r)->server->env, &t->timer);
	http_reply_problem(t->r, &p);
}

static void
turned_away_long_enough(struct env_timer *timer)
{
	refuse_turned_away(timer->owner);
}

static void
turned_away_gone(struct http_request *r)
{
	refuse_turned_away(r->context);
}

static void
turn_away(struct http_request *r)
{
	struct http_server *s = http_exchange_of(r)->server;
	struct turned_away *t = ARENA_NEW(r->arena, struct turned_away);
	t->r = r;
	t->timer = (struct env_timer){.fire = turned_away_long_enough, .owner = t};
	r->context = t;
	r->gone = turned_away_gone;
	s->stats.turned_away++;
	list_append(&s->turned_away, &t->link);
	env_timer_start(s->env, &t->timer, s->config.turn_away_ms);
}

void
http_refuse_turned_away(struct http_server *s)
{
	while (!list_empty(&s->turned_away))
		refuse_turned_away(
			list_entry(s->turned_away.next, struct turned_away, link));
}

static void
exchange_run(struct http_exchange *x)
{
	if (!x->r.route)
		answer_options(x);
	else if ((x->r.route->flags & HTTP_ROUTE_WORK) && server_is_busy(x->server))
		turn_away(&x->r);
	else
		x->r.route->handle(&x->r);
}

/* The body is whole. */
static void
body_complete(struct http_connection *c)
{
	struct http_exchange *x = c->receiving;

	c->receiving = NULL;
	tcp_wait(&c->tcp, TCP_WAIT_NONE);
	x->r.body = buf_str(&x->body);
	exchange_run(x);
}

static void
say_continue(struct http_connection *c, struct http_exchange *x)
{
	/* When replies are still due before this one the client waits for them anyway,
	 * and then sends its body. */
	if (x->expect_continue && c->exchanges.next == &x->link)
		tcp_write(&c->tcp, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Begins with the body of a request whose head was found good; `data` moves behind what
 * was used. */
static void
body_start(struct http_connection *c, struct http_exchange *x, struct str *data)
{
	if (!x->chunked && x->body_length <= data->n) {
		if (x->body_length)
			x->r.body = arena_str(
				&x->arena, str_sub(*data, 0, (size_t)x->body_length));
		*data = str_sub(*data, (size_t)x->body_length, data->n);
		exchange_run(x);
		return;
	}
	c->receiving = x;
	if (!x->chunked && x->body_length <= BODY_AT_ONCE)
		buf_reserve(&x->body, (size_t)x->body_length);
	if (data->n == 0)
		say_continue(c, x);
	tcp_wait(&c->tcp, TCP_WAIT_BODY);
}

/* Takes bytes for the body under way; `data` moves behind them. */
static void
body_feed(struct http_connection *c, struct str *data)
{
	struct http_exchange *x = c->receiving;

	if (!x->chunked) {
		size_t left = (size_t)x->body_length - x->body.n;
		size_t take = data->n < left ? data->n : left;
		buf_add(&x->body, data->p, take);
		*data = str_sub(*data, take, data->n);
		if (take == left)
			body_complete(c);
		return;
	}
	struct str piece;
	for (;;) {
		switch (http_chunked_feed(&x->chunks, data, &piece)) {
		case HTTP_CHUNK_MORE:
			return;
		case HTTP_CHUNK_END:
			body_complete(c);
			return;
		case HTTP_CHUNK_BAD:
			c->receiving = NULL;
			http_exchange_refuse(
				x, 400, "the chunked body is malformed", false);
			return;
		case HTTP_CHUNK_DATA:
			buf_add_str(&x->body, piece);
			if (!buf_over(&x->body))
				break;
			c->receiving = NULL;
			http_exchange_refuse(
				x, 413, "the body is larger than this path takes", false);
			return;
		}
	}
}

/* A request that cannot even be parsed still gets its answer in its turn. */
static void
refuse_unparsed(struct http_connection *c, int status, const char *detail)
{
	http_exchange_refuse(exchange_new(c), status, detail, false);
}

/* One blank on either side of the target, and nothing behind the version. */
static bool
request_line_exact(const struct http_exchange *x, struct str head)
{
	ptrdiff_t blank = str_find_char(head, ' ');
	const char *end = x->target.p + x->target.n;

	return x->target.p == head.p + blank + 1 && end[0] == ' ' && end[9] == '\r';
}

/* Each line must have become one header with a name: a line that our parser reads over is
 * one that others may not. */
static bool
headers_complete(struct http_exchange *x)
{
	for (size_t i = 0; i < x->r.header_count; i++) {
		if (x->r.headers[i].name.n == 0)
			return false;
		x->r.headers[i].value = str_trim(x->r.headers[i].value);
	}
	return x->r.header_count == x->header_max;
}

/* A whole head of `len` bytes stands at the start of *data. */
static void
request_start(struct http_connection *c, struct str *data, size_t len)
{
	struct http_exchange *x = exchange_new(c);
	/* The read buffer is shared and the handler may answer later, so the head moves
	 * into the request's arena. */
	struct str head = arena_str(&x->arena, str_sub(*data, 0, len));

	*data = str_sub(*data, len, data->n);
	x->header_max = c->scan.lines ? c->scan.lines - 1 : 0;
	x->r.headers = arena_alloc(&x->arena, x->header_max * sizeof(struct http_header));
	c->scan = (struct http_head_scan){0};
	tcp_wait(&c->tcp, TCP_WAIT_NONE);
	llhttp_init(&x->parser, HTTP_REQUEST, &parser_settings);
	x->parser.data = x;
	enum llhttp_errno why = llhttp_execute(&x->parser, head.p, head.n);
	if ((why != HPE_OK && why != HPE_PAUSED_UPGRADE) ||
		!request_line_exact(x, head) || !headers_complete(x)) {
		struct refusal no = parse_refusal(x, head);
		http_exchange_refuse(x, no.status, no.detail, false);
		return;
	}
	/* Connection options are read here: the parser forgets its flags once a message
	 * without a body is complete. */
	struct str options = header(x, STR("Connection"));
	struct refusal no = check_head(x, x->parser.method);
	x->keep_alive = x->r.http10 ? http_list_has(options, STR("keep-alive"))
				    : !http_list_has(options, STR("close"));
	if (no.status) {
		bool no_body = !x->chunked && x->body_length == 0;
		http_exchange_refuse(x, no.status, no.detail, no.keep && no_body);
		return;
	}
	if (!x->keep_alive)
		c->last = true;
	http_peer_find(x);
	body_start(c, x, data);
}

/* ---- bytes ---- */

/* Bytes of replies that wait for those before them. */
static size_t
replies_held(const struct http_connection *c)
{
	size_t n = 0;

	for (const struct list *l = c->exchanges.next; l != &c->exchanges; l = l->next)
		n += list_entry(l, struct http_exchange, link)->reply.n;
	return n;
}

/* Nothing is read while the client has too much unanswered or unread, or while a
 * handshake is decided. */
static bool
must_pause(struct http_connection *c)
{
	if (tcp_queued(&c->tcp) > TCP_PAUSE) {
		tcp_want_drained(&c->tcp);
		return true;
	}
	if (c->exchange_count == 0)
		return false;
	if (c->exchange_count >= c->server->config.pipeline_max ||
		replies_held(c) > TCP_PAUSE)
		return true;
	return list_entry(c->exchanges.prev, struct http_exchange, link)->websocket;
}

/* Looks for a head at the start of *data; false when more bytes are needed or no more are
 * wanted. */
static bool
head_feed(struct http_connection *c, struct str *data)
{
	const struct http_server_config *config = &c->server->config;
	size_t len = 0;

	/* Empty lines before a request are skipped (RFC 9112 section 2.2). */
	while (c->scan.line_at == 0 && data->n >= 2 && data->p[0] == '\r' &&
		data->p[1] == '\n')
		*data = str_sub(*data, 2, data->n);
	if (data->n == 0)
		return false;
	switch (http_head_find(*data, &c->scan, config->headers_max, &len)) {
	case HTTP_HEAD_PARTIAL:
		if (c->scan.lines == 0 && data->n > config->url_max + 64)
			refuse_unparsed(c, 414, "the request target is too long");
		else if (data->n > config->head_max)
			refuse_unparsed(c, 431, "the request's head is too large");
		else if (c->tcp.wait != TCP_WAIT_HEAD)
			tcp_wait(&c->tcp, TCP_WAIT_HEAD);
		return false;
	case HTTP_HEAD_BAD_LINE:
		refuse_unparsed(
			c, 400, "a header line is folded, or does not end in CRLF");
		return false;
	case HTTP_HEAD_TOO_MANY:
		refuse_unparsed(c, 431, "too many headers");
		return false;
	case HTTP_HEAD_WHOLE:
		break;
	}
	if (len > config->head_max) {
		refuse_unparsed(c, 431, "the request's head is too large");
		return false;
	}
	request_start(c, data, len);
	return true;
}

/* Works on bytes; returns what is left for later. */
static struct str
process(struct http_connection *c, struct str data)
{
	c->processing = true;
	while (data.n && !c->tcp.closing && !c->tcp.finishing && !c->upgraded) {
		if (c->receiving) {
			body_feed(c, &data);
			continue;
		}
		if (c->last) {
			data.n = 0;
			break;
		}
		if (must_pause(c)) {
			tcp_read_stop(&c->tcp);
			break;
		}
		if (!head_feed(c, &data))
			break;
	}
	c->processing = false;
	if (c->last && !c->receiving)
		data.n = 0;
	return data;
}

/* Works on what is kept in the connection. */
static void
process_kept(struct http_connection *c)
{
	struct str rest = process(c, buf_str(&c->in));

	buf_consume(&c->in, c->in.n - rest.n);
	if (c->in.n == 0)
		buf_fini(&c->in);
}

static void
connection_read(struct tcp *t, char *p, size_t n)
{
	struct http_connection *c = t->owner;

	if (c->in.n) {
		buf_add(&c->in, p, n);
		process_kept(c);
	} else {
		struct str rest = process(c, (struct str){p, n});
		if (rest.n)
			buf_add_str(&c->in, rest);
	}
	/* A client must not speak WebSocket before it has seen the handshake's answer. */
	if (buf_over(&c->in) || (c->upgraded && c->in.n))
		tcp_close(t);
	else
		http_connection_advance(c);
}

static void
connection_ready(struct tcp *t)
{
	struct http_connection *c = t->owner;

	if (c->tcp.finishing)
		return;
	if (c->in.n)
		process_kept(c);
	http_connection_advance(c);
}

/* Sends and frees the exchanges at the front that are answered. */
static void
send_in_order(struct http_connection *c)
{
	while (!list_empty(&c->exchanges) && !c->tcp.finishing && !c->tcp.closing) {
		struct http_exchange *x =
			list_entry(c->exchanges.next, struct http_exchange, link);
		if (buf_over(&x->reply)) {
			tcp_close(&c->tcp);
			return;
		}
		if (x->reply.n) {
			tcp_write(&c->tcp, buf_str(&x->reply));
			buf_fini(&x->reply);
		}
		if (!x->answered)
			return;
		if (!x->keep_alive)
			tcp_finish(&c->tcp);
		if (x->stream.handlers)
			http_stream_over(x);
		else
			http_exchange_free(x);
	}
}

void
http_connection_advance(struct http_connection *c)
{
	if (c->upgraded)
		return;
	send_in_order(c);
	if (c->processing || c->tcp.closing || c->tcp.finishing)
		return;
	if (c->exchange_count == 0 && (c->last || c->tcp.ended)) {
		tcp_finish(&c->tcp);
		return;
	}
	if (c->exchange_count == 0 && c->tcp.wait == TCP_WAIT_NONE)
		tcp_wait(&c->tcp, TCP_WAIT_IDLE);
	if (!c->tcp.reading && !must_pause(c)) {
		tcp_read_start(&c->tcp);
		if (c->in.n)
			tcp_want_ready(&c->tcp);
	}
}

/* ---- endings ---- */

static void
connection_ended(struct tcp *t, bool error)
{
	struct http_connection *c = t->owner;

	c->last = true;
	if (error) {
		tcp_close(t);
		return;
	}
	/* Half a request can never be whole; but replies that are due are still sent to a
	 * client that only closed its sending side. */
	if (c->receiving) {
		tcp_close(t);
		return;
	}
	/* Each call may end others too, so the search begins anew after it; there are at
	 * most pipeline_max. */
	for (struct list *l = c->exchanges.next; l != &c->exchanges;) {
		struct http_exchange *x = list_entry(l, struct http_exchange, link);
		bool told = x->gone;
		if (!told)
			http_exchange_gone(x);
		l = told ? l->next : c->exchanges.next;
	}
	if (!c->processing)
		http_connection_advance(c);
}

static void
connection_timeout(struct tcp *t, enum tcp_wait wait)
{
	struct http_connection *c = t->owner;

	c->server->stats.timeouts++;
	if (wait == TCP_WAIT_BODY && c->receiving) {
		struct http_exchange *x = c->receiving;
		c->receiving = NULL;
		http_exchange_refuse(x, 408, "the body did not arrive in time", false);
	} else if (wait == TCP_WAIT_HEAD && c->in.n) {
		refuse_unparsed(c, 408, "the request's head did not arrive in time");
	} else {
		tcp_finish(t);
		return;
	}
	http_connection_advance(c);
}

static void
connection_drained(struct tcp *t)
{
	struct http_connection *c = t->owner;

	if (!list_empty(&c->exchanges)) {
		struct http_exchange *x =
			list_entry(c->exchanges.next, struct http_exchange, link);
		if (x->stream.handlers && x->stream.lagged && !x->stream.ended &&
			x->stream.handlers->drained) {
			x->stream.lagged = false;
			x->stream.handlers->drained(&x->stream);
		}
	}
	http_connection_advance(c);
}

static void
connection_closed(struct tcp *t)
{
	struct http_connection *c = t->owner;
	struct http_server *s = c->server;

	while (!list_empty(&c->exchanges)) {
		struct http_exchange *x =
			list_entry(c->exchanges.next, struct http_exchange, link);
		list_remove(&x->link);
		x->connection = NULL;
		if (x->stream.handlers)
			http_stream_over(x);
		else if (x->answered || x == c->receiving)
			http_exchange_free(x);
		else
			http_exchange_gone(x);
	}
	buf_fini(&c->in);
	http_server_forget(c);
	free(c);
	http_server_check_done(s);
}

const struct tcp_ops http_connection_ops = {
	.read = connection_read,
	.ended = connection_ended,
	.timeout = connection_timeout,
	.drained = connection_drained,
	.ready = connection_ready,
	.closed = connection_closed,
};

void
http_connection_open(struct http_server *s, struct http_connection *c)
{
	c->server = s;
	list_init(&c->exchanges);
	buf_init(&c->in, TCP_READ_BUFFER + s->config.head_max);
	tcp_wait(&c->tcp, TCP_WAIT_HEAD);
	tcp_read_start(&c->tcp);
}

void
http_connection_drain(struct http_connection *c)
{
	c->last = true;
	if (c->upgraded) {
		ws_close(c->tcp.owner, WS_CLOSE_GOING_AWAY,
			STR("the server is about to stop"));
		return;
	}
	for (struct list *l = c->exchanges.next; l != &c->exchanges;) {
		struct http_exchange *x = list_entry(l, struct http_exchange, link);
		bool running = x->stream.handlers && !x->stream.ended;
		if (running)
			http_stream_end(&x->stream);
		l = running ? c->exchanges.next : l->next;
	}
	http_connection_advance(c);
}
