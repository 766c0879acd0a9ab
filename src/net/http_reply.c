#include "net/http_connection.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/form.h"
#include "wire/url.h"

/* ---- what a handler asks of a request ---- */

struct str
http_request_param(struct http_request *r, const char *name)
{
	struct http_exchange *x = http_exchange_of(r);
	struct str out;
	int i = r->route ? http_path_param(str_of(r->route->path), str_of(name)) : -1;

	if (i < 0 || !url_decode(&x->arena, x->params[i], false, &out))
		return (struct str){0};
	return out;
}

struct str
http_request_query(struct http_request *r, const char *name)
{
	return form_get(r->arena, r->query, str_of(name));
}

struct str
http_request_header(const struct http_request *r, const char *name)
{
	struct str value = http_header_get(r->headers, r->header_count, str_of(name));
	bool there = http_header_count(r->headers, r->header_count, str_of(name)) > 0;

	return there && !value.p ? (struct str){"", 0} : value;
}

struct str
http_request_cookie(const struct http_request *r, const char *name)
{
	struct str rest = http_request_header(r, "Cookie"), pair, key;

	while (str_split(&rest, ';', &pair))
		if (str_split(&pair, '=', &key) && str_eq(str_trim(key), str_of(name)))
			return pair.p ? str_trim(pair) : (struct str){"", 0};
	return (struct str){0};
}

struct str
http_request_bearer(const struct http_request *r)
{
	struct str value = http_request_header(r, "Authorization");

	if (value.n <= 7 || !str_eq_nocase(str_sub(value, 0, 7), STR("Bearer ")))
		return (struct str){0};
	return str_trim(str_sub(value, 7, value.n));
}

bool
http_request_is_gone(const struct http_request *r)
{
	return http_exchange_of(r)->gone;
}

/* ---- where bytes go ---- */

static bool
has_turn(const struct http_exchange *x)
{
	return x->connection->exchanges.next == &x->link && x->reply.n == 0;
}

struct buf *
http_exchange_out(struct http_exchange *x)
{
	return has_turn(x) ? tcp_out(&x->connection->tcp) : &x->reply;
}

void
http_exchange_wrote(struct http_exchange *x)
{
	if (has_turn(x))
		tcp_wrote(&x->connection->tcp);
}

void
http_exchange_gone(struct http_exchange *x)
{
	if (x->gone)
		return;
	x->gone = true;
	if (x->stream.handlers)
		http_stream_end(&x->stream);
	else if (x->r.gone && !x->answered && x->r.route)
		x->r.gone(&x->r);
}

/* ---- heads ---- */

static void
put_status(struct buf *out, int status)
{
	char line[24] = "HTTP/1.1 000 ";

	line[9] = (char)('0' + status / 100 % 10);
	line[10] = (char)('0' + status / 10 % 10);
	line[11] = (char)('0' + status % 10);
	buf_add(out, line, 13);
	buf_add_str(out, str_of(http_status_reason(status)));
	buf_add_str(out, STR("\r\nDate: "));
}

/* All of a head but what says where the body ends. */
static void
put_head(struct buf *out, struct http_exchange *x, int status, const char *content_type,
	struct str headers)
{
	struct http_server *s = x->server;

	require(status >= 100 && status <= 999);
	put_status(out, status);
	buf_add(out, http_server_date(s), HTTP_DATE_LEN);
	buf_add_str(out, STR("\r\n"));
	if (content_type) {
		buf_add_str(out, STR("Content-Type: "));
		buf_add_str(out, str_of(content_type));
		buf_add_str(out, STR("\r\n"));
	}
	buf_add_str(out, s->config.headers);
	buf_add_str(out, headers);
	if (!x->keep_alive)
		buf_add_str(out, STR("Connection: close\r\n"));
	else if (x->r.http10)
		buf_add_str(out, STR("Connection: keep-alive\r\n"));
}

static void
report(struct http_exchange *x, int status)
{
	struct http_server *s = x->server;

	if (status >= 400)
		s->stats.errors++;
	if (s->config.answered)
		s->config.answered(
			&x->r, status, ((int64_t)uv_hrtime() - x->start_ns) / 1000);
}

static void
keep_alive_decide(struct http_exchange *x)
{
	if (x->connection->last && x->connection->exchanges.prev == &x->link)
		x->keep_alive = false;
}

/* ---- whole replies ---- */

void
http_reply(struct http_request *r, int status, const char *content_type,
	struct str headers, struct str body)
{
	struct http_exchange *x = http_exchange_of(r);
	struct http_connection *c = x->connection;
	bool no_body = status == 204 || status == 304 || status < 200;

	require(!x->answered && !x->stream.handlers);
	report(x, status);
	if (!c) {
		http_exchange_free(x);
		return;
	}
	keep_alive_decide(x);
	struct buf *out = http_exchange_out(x);
	/* One reservation for head and body: the head's own lines stay under 400 bytes.
	 */
	buf_reserve(out, 400 + x->server->config.headers.n + headers.n + body.n);
	put_head(out, x, status, content_type, headers);
	if (!no_body) {
		buf_add_str(out, STR("Content-Length: "));
		buf_add_i64(out, (int64_t)body.n);
		buf_add_str(out, STR("\r\n"));
	}
	buf_add_str(out, STR("\r\n"));
	if (!x->r.head && !no_body)
		buf_add_str(out, body);
	http_exchange_wrote(x);
	x->answered = true;
	http_connection_advance(c);
}

void
http_reply_json(struct http_request *r, int status, struct str body)
{
	http_reply(r, status, "application/json", (struct str){0}, body);
}

static void
write_problem(struct buf *body, const struct http_problem *p)
{
	struct jsonw w;

	jsonw_init(&w, body);
	jsonw_object(&w);
	jsonw_kstr(&w, "type", str_of(p->type ? p->type : "about:blank"));
	jsonw_kstr(
		&w, "title", str_of(p->title ? p->title : http_status_reason(p->status)));
	jsonw_kint(&w, "status", p->status);
	if (p->detail.n)
		jsonw_kstr(&w, "detail", p->detail);
	jsonw_end_object(&w);
	if (p->extra.n && !buf_over(body)) {
		body->n--;
		buf_add_char(body, ',');
		buf_add_str(body, p->extra);
		buf_add_char(body, '}');
	}
}

/* Returns the body's content type. */
static const char *
write_error(const struct http_request *r, const struct http_problem *p, struct buf *body)
{
	const struct http_server_config *config = &http_exchange_of(r)->server->config;

	if (config->problem && config->problem(r->path, p, body))
		return "application/json";
	write_problem(body, p);
	return "application/problem+json";
}

void
http_reply_problem(struct http_request *r, const struct http_problem *p)
{
	struct buf body, headers;

	buf_init(&body, HTTP_PROBLEM_MAX);
	buf_init(&headers, HTTP_PROBLEM_MAX);
	const char *type = write_error(r, p, &body);
	if (buf_over(&body)) {
		/* A detail may quote what came in: better none than no answer. */
		struct http_problem brief = *p;
		brief.detail = brief.extra = (struct str){0};
		buf_clear(&body);
		type = write_error(r, &brief, &body);
	}
	require(!buf_over(&body));
	if (p->retry_after_s > 0)
		buf_printf(
			&headers, "Retry-After: %lld\r\n", (long long)p->retry_after_s);
	buf_add_str(&headers, p->headers);
	http_reply(r, p->status, type, buf_str(&headers), buf_str(&body));
	buf_fini(&body);
	buf_fini(&headers);
}

void
http_reply_error(struct http_request *r, int status, const char *detail)
{
	http_reply_problem(
		r, &(struct http_problem){.status = status, .detail = str_of(detail)});
}

void
http_reply_err(struct http_request *r, const struct error *e)
{
	struct http_problem p = {
		.status = err_http_status(e->kind), .detail = str_of(e->text)};

	if (p.status >= 500) {
		log_error("request failed", "path:s", r->path, "status:i",
			(int64_t)p.status, "error", e->text, NULL);
		p.detail = STR("this cannot be done at the moment");
		p.retry_after_s = 1;
	} else if (p.status == 429) {
		p.retry_after_s = 1;
	}
	http_reply_problem(r, &p);
}

struct str
http_refusal_headers(struct http_request *r)
{
	const struct http_server_config *config = &http_exchange_of(r)->server->config;
	return config->refusal_headers && r->path.n ? config->refusal_headers(r)
						    : STR("");
}

void
http_exchange_refuse(struct http_exchange *x, int status, const char *detail, bool keep)
{
	struct http_connection *c = x->connection;
	struct buf headers;

	tcp_wait(&c->tcp, TCP_WAIT_NONE);
	if (!keep)
		c->last = true;
	x->keep_alive = x->keep_alive && keep;
	x->websocket = false;
	buf_init(&headers, HTTP_PROBLEM_MAX);
	if (status == 405) {
		buf_add_str(&headers, STR("Allow: "));
		http_methods_print(&headers, x->allowed);
		buf_add_str(&headers, STR("\r\n"));
	} else if (status == 426) {
		buf_add_str(&headers,
			STR("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
	}
	buf_add_str(&headers, http_refusal_headers(&x->r));
	http_reply_problem(&x->r,
		&(struct http_problem){.status = status,
			.detail = str_of(detail),
			.headers = buf_str(&headers)});
	buf_fini(&headers);
}

/* ---- streams ---- */

static struct http_exchange *
stream_exchange(const struct http_stream *s)
{
	return (struct http_exchange *)((uintptr_t)s -
		offsetof(struct http_exchange, stream));
}

static void
ended_fire(struct env_timer *t)
{
	http_streams_run_closed(t->owner);
}

/* The stream's owner hears of the end later, from the loop. */
void
http_stream_over(struct http_exchange *x)
{
	struct http_server *s = x->server;

	list_remove(&x->link);
	if (x->connection)
		x->connection->exchange_count--;
	x->connection = NULL;
	x->stream.ended = true;
	list_append(&s->ended, &x->link);
	s->ended_timer.fire = ended_fire;
	s->ended_timer.owner = s;
	env_timer_start(s->env, &s->ended_timer, 0);
}

void
http_streams_run_closed(struct http_server *s)
{
	struct list *l;

	/* Freeing the last exchange may free the server, so it is held by one more open
	 * request meanwhile. */
	s->stats.requests_open++;
	while ((l = list_pop(&s->ended))) {
		struct http_exchange *x = list_entry(l, struct http_exchange, link);
		s->stats.streams--;
		x->stream.handlers->closed(&x->stream);
		http_exchange_free(x);
	}
	s->stats.requests_open--;
	http_server_check_done(s);
}

struct http_stream *
http_stream_start(struct http_request *r, int status, const char *content_type,
	struct str headers, const struct http_stream_handlers *handlers, void *owner)
{
	struct http_exchange *x = http_exchange_of(r);

	require(!x->answered && !x->stream.handlers && handlers->closed);
	report(x, status);
	x->stream = (struct http_stream){
		.handlers = handlers, .owner = owner, .chunked = !x->r.http10};
	x->server->stats.streams++;
	if (!x->connection) {
		http_stream_over(x);
		return &x->stream;
	}
	if (x->r.http10) {
		x->keep_alive = false;
		x->connection->last = true;
	}
	keep_alive_decide(x);
	struct buf *out = http_exchange_out(x);
	put_head(out, x, status, content_type, headers);
	buf_add_str(out,
		x->stream.chunked ? STR("Transfer-Encoding: chunked\r\n\r\n")
				  : STR("\r\n"));
	http_exchange_wrote(x);
	if (x->r.head || x->gone)
		http_stream_end(&x->stream);
	return &x->stream;
}

size_t
http_stream_queued(const struct http_stream *s)
{
	const struct http_exchange *x = stream_exchange(s);

	if (!x->connection)
		return 0;
	return x->reply.n +
		(x->connection->exchanges.next == &x->link
				? tcp_queued(&x->connection->tcp)
				: 0);
}

enum err
http_stream_write(struct http_stream *s, struct str bytes)
{
	struct http_exchange *x = stream_exchange(s);

	if (s->ended || !x->connection || x->connection->tcp.closing)
		return ERR_CANCELED;
	if (bytes.n == 0)
		return OK;
	size_t queued = http_stream_queued(s) + bytes.n,
	       most = x->server->config.stream_queue_max;
	if (queued > most) {
		s->ended = true;
		tcp_close(&x->connection->tcp);
		return ERR_LIMIT;
	}
	if (queued > most / 2) {
		s->lagged = true;
		tcp_want_drained(&x->connection->tcp);
	}
	struct buf *out = http_exchange_out(x);
	if (s->chunked)
		buf_printf(out, "%zx\r\n", bytes.n);
	buf_add_str(out, bytes);
	if (s->chunked)
		buf_add_str(out, STR("\r\n"));
	http_exchange_wrote(x);
	return OK;
}

void
http_stream_end(struct http_stream *s)
{
	struct http_exchange *x = stream_exchange(s);
	struct http_connection *c = x->connection;

	if (s->ended || !c)
		return;
	s->ended = true;
	if (s->chunked && !x->r.head) {
		buf_add_str(http_exchange_out(x), STR("0\r\n\r\n"));
		http_exchange_wrote(x);
	}
	x->answered = true;
	http_connection_advance(c);
}

void *
http_stream_owner(const struct http_stream *s)
{
	return s->owner;
}
