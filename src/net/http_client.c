#include "net/http_client.h"

#include "base/limits.h"
#include "net/curl_loop.h"
#include "wire/url.h"

#include <netdb.h>
#include <stdio.h>
#include <uv.h>

#define TIMEOUT_MS 10000
#define CONNECT_TIMEOUT_MS 3000
#define PER_HOST 16
#define ANSWER_HEADERS_MAX 100
#define ANSWER_HEAD_MAX (64u << 10)

struct http_client {
	struct env *env;
	struct http_client_config config;
	struct curl_loop *curl;
	struct list transfers;
	size_t count;
	char *ca_file;
};

enum transfer_state { TRANSFER_NEW, TRANSFER_RESOLVING, TRANSFER_RUNNING, TRANSFER_OVER };

struct lookup;

/* What a call needs while it is under way, and its answer until http_call_fini(). */
struct http_transfer {
	struct http_client *client;
	struct http_call *call;
	struct list link;
	struct arena arena;
	struct env_timer timer; /* first starts it, then ends it */
	enum transfer_state state;
	struct curl_job job;
	struct curl_slist *headers, *connect_to;
	struct lookup *lookup;
	const char *url; /* NUL-terminated */
	struct url parts;
	struct str body;
	struct buf answer;
	size_t head_bytes;
	int64_t start_ns;
	bool canceled, too_large;
};

/* A host's resolution: outlives its transfer when that ends first, since a thread is at
 * work on it. */
struct lookup {
	uv_getaddrinfo_t request;
	struct http_transfer *transfer;
};

enum err
http_client_new(struct env *env, const struct http_client_config *config,
	struct http_client **out, struct error *e)
{
	struct http_client *c = mem_zalloc(sizeof(*c));

	(void)e;
	c->env = env;
	c->config = *config;
	if (!c->config.connections_max)
		c->config.connections_max = HTTP_CLIENT_CONNECTIONS_MAX;
	if (!c->config.connections_per_host)
		c->config.connections_per_host = PER_HOST;
	if (!c->config.queue_max)
		c->config.queue_max = HTTP_CLIENT_QUEUE_MAX;
	if (config->ca_file.n) {
		c->ca_file = mem_zalloc(config->ca_file.n + 1);
		memcpy(c->ca_file, config->ca_file.p, config->ca_file.n);
	}
	list_init(&c->transfers);
	c->curl = curl_loop_new(env);
	CURLM *multi = curl_loop_multi(c->curl);
	curl_multi_setopt(
		multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)c->config.connections_max);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
		(long)c->config.connections_per_host);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)c->config.connections_max);
	*out = c;
	return OK;
}

/* ---- the end of a call ---- */

static bool
method_changes(enum http_method m)
{
	return !(m & (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS));
}

static void
transfer_end(struct http_transfer *x, enum err result)
{
	struct http_client *c = x->client;
	struct http_call *call = x->call;

	require(x->state != TRANSFER_OVER);
	x->state = TRANSFER_OVER;
	env_timer_stop(c->env, &x->timer);
	list_remove(&x->link);
	c->count--;
	if (x->lookup) {
		x->lookup->transfer = NULL;
		uv_cancel((uv_req_t *)&x->lookup->request);
		x->lookup = NULL;
	}
	if (x->job.easy) {
		long sent = 0;
		curl_easy_getinfo(x->job.easy, CURLINFO_REQUEST_SIZE, &sent);
		call->sent = sent > 0;
		curl_loop_remove(c->curl, &x->job);
		curl_easy_cleanup(x->job.easy);
		x->job.easy = NULL;
	}
	curl_slist_free_all(x->headers);
	curl_slist_free_all(x->connect_to);
	x->headers = x->connect_to = NULL;
	if (result == ERR_UNAVAILABLE && call->sent && method_changes(call->method) &&
		!call->repeatable)
		call->error.kind = result = ERR_UNCERTAIN;
	call->result = result;
	call->answer = buf_str(&x->answer);
	call->duration_us = (env_mono(c->env).ns - x->start_ns) / 1000;
	struct str retry = http_call_header(call, "Retry-After");
	call->retry_after_ms =
		retry.p ? http_retry_after_ms(retry, env_wall(c->env).ms / 1000) : -1;
	call->done(call);
}

static void
transfer_fail(struct http_transfer *x, enum err kind, const char *what)
{
	err_set(&x->call->error, kind, "%.*s: %s", STR_ARG(x->parts.host), what);
	transfer_end(x, kind);
}

static void
job_done(struct curl_job *job, CURLcode code)
{
	struct http_transfer *x = job->owner;
	long status = 0;

	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
	if (x->canceled) {
		transfer_fail(x, ERR_CANCELED, "canceled");
	} else if (x->too_large) {
		transfer_fail(x, ERR_LIMIT, "the answer is larger than allowed");
	} else if (code == CURLE_OK) {
		x->call->status = (int)status;
		transfer_end(x, OK);
	} else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
		transfer_fail(x, ERR_INVALID, curl_easy_strerror(code));
	} else {
		x->call->timed_out = code == CURLE_OPERATION_TIMEDOUT;
		transfer_fail(x, ERR_UNAVAILABLE, curl_easy_strerror(code));
	}
}

/* ---- libcurl's callbacks ---- */

static size_t
take_body(char *p, size_t one, size_t n, void *owner)
{
	struct http_transfer *x = owner;

	(void)one;
	if (x->canceled)
		return 0;
	if (x->call->piece) {
		x->call->piece(x->call, (struct str){p, n});
		return n;
	}
	buf_add(&x->answer, p, n);
	x->too_large = buf_over(&x->answer);
	return x->too_large ? 0 : n;
}

static size_t
take_header(char *p, size_t one, size_t n, void *owner)
{
	struct http_transfer *x = owner;
	struct http_call *call = x->call;
	struct str value = {p, n}, name;

	(void)one;
	/* A new status line: what came before belonged to an interim answer. */
	if (str_starts(value, STR("HTTP/"))) {
		long status = 0;
		curl_easy_getinfo(x->job.easy, CURLINFO_RESPONSE_CODE, &status);
		call->status = (int)status;
		call->answer_header_count = 0;
		return n;
	}
	x->head_bytes += n;
	if (x->head_bytes > ANSWER_HEAD_MAX ||
		call->answer_header_count == ANSWER_HEADERS_MAX) {
		x->too_large = true;
		return 0;
	}
	if (!str_split(&value, ':', &name) || !value.p)
		return n;
	struct http_header *h = &call->answer_headers[call->answer_header_count++];
	h->name = arena_str(&x->arena, name);
	h->value = arena_str(&x->arena, str_trim(value));
	return n;
}

/* ---- the beginning of a call ---- */

static void
set_method(struct http_transfer *x, CURL *easy)
{
	enum http_method m = x->call->method;

	if (m == METHOD_HEAD) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (m == METHOD_GET && x->body.n == 0)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.n);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, x->body.p ? x->body.p : "");
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http_method_name(m));
}

static void
transfer_run(struct http_transfer *x)
{
	const struct http_call *call = x->call;
	CURL *easy = curl_easy_init();
	int64_t timeout = call->timeout_ms > 0 ? call->timeout_ms : TIMEOUT_MS;
	int64_t connect = call->connect_timeout_ms > 0 ? call->connect_timeout_ms
						       : CONNECT_TIMEOUT_MS;

	require(easy);
	x->state = TRANSFER_RUNNING;
	x->job = (struct curl_job){.easy = easy, .done = job_done, .owner = x};
	curl_easy_setopt(easy, CURLOPT_URL, x->url);
	curl_easy_setopt(
		easy, CURLOPT_PROTOCOLS_STR, call->https_only ? "https" : "http,https");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	/* A proxy from the environment would resolve the host itself, past our check. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(connect < timeout ? connect : timeout));
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (x->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, x->connect_to);
	/* libcurl repeats a request by itself when a kept connection turns out to be
	 * closed; a request that must leave at most once therefore gets a new one. */
	if (method_changes(call->method) && !call->repeatable)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	if (x->client->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, x->client->ca_file);
	set_method(x, easy);
	curl_loop_add(x->client->curl, &x->job);
}

/* ---- vetting ---- */

/* Makes the connection go to this address, whatever libcurl reads as host and port. */
static void
pin_address(struct http_transfer *x, const struct ip *ip)
{
	char address[IP_TEXT_MAX], text[IP_TEXT_MAX + 24];

	ip_print(ip, address);
	snprintf(text, sizeof(text), ip_is_v4(ip) ? "::%s:%d" : "::[%s]:%d", address,
		x->parts.port);
	x->connect_to = curl_slist_append(NULL, text);
	require(x->connect_to);
}

static bool
address_allowed(const struct http_transfer *x, const struct ip *ip)
{
	return url_address_allowed(
		ip, x->client->config.allowed, x->client->config.allowed_count);
}

static void
resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct lookup *l = list_entry(request, struct lookup, request);
	struct http_transfer *x = l->transfer;
	struct ip first;
	bool some = false, all_allowed = true;

	for (struct addrinfo *a = list; a; a = a->ai_next) {
		struct ip ip;
		if (!ip_from_sockaddr(a->ai_addr, &ip))
			continue;
		if (!some)
			first = ip;
		some = true;
		if (x && !address_allowed(x, &ip))
			all_allowed = false;
	}
	uv_freeaddrinfo(list);
	free(l);
	if (!x)
		return;
	x->lookup = NULL;
	if (status != 0 || !some) {
		transfer_fail(x, ERR_UNAVAILABLE, "the host is not found");
		return;
	}
	if (!all_allowed) {
		transfer_fail(x, ERR_INVALID, "the host's address is not allowed");
		return;
	}
	pin_address(x, &first);
	transfer_run(x);
}

static void
transfer_resolve(struct http_transfer *x)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	struct str host = arena_str(&x->arena, x->parts.host);

	x->state = TRANSFER_RESOLVING;
	x->lookup = mem_zalloc(sizeof(*x->lookup));
	x->lookup->transfer = x;
	int rc = uv_getaddrinfo(env_uv_loop(x->client->env), &x->lookup->request,
		resolved, host.p, NULL, &hints);
	if (rc == 0)
		return;
	free(x->lookup);
	x->lookup = NULL;
	transfer_fail(x, ERR_UNAVAILABLE, uv_strerror(rc));
}

static void
timer_fire(struct env_timer *t)
{
	struct http_transfer *x = t->owner;
	int64_t timeout = x->call->timeout_ms > 0 ? x->call->timeout_ms : TIMEOUT_MS;

	if (x->canceled) {
		transfer_fail(x, ERR_CANCELED, "canceled");
		return;
	}
	if (x->state != TRANSFER_NEW) {
		x->call->timed_out = true;
		transfer_fail(x, ERR_UNAVAILABLE, "no answer in time");
		return;
	}
	env_timer_start(x->client->env, &x->timer, timeout);
	if (x->call->vet && !x->parts.is_ip)
		transfer_resolve(x);
	else
		transfer_run(x);
}

/* Header lines as libcurl wants them; false when one cannot be sent. */
static bool
headers_take(struct http_transfer *x, const struct http_header *h, size_t count)
{
	x->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; i < count; i++) {
		if (!http_value_valid(h[i].name) || !http_value_valid(h[i].value) ||
			h[i].name.n == 0 || str_find_char(h[i].name, ':') >= 0)
			return false;
		/* "Name;" is how libcurl is told to send a header without a value. */
		struct str line = h[i].value.n
			? arena_printf(&x->arena, "%.*s: %.*s", STR_ARG(h[i].name),
				  STR_ARG(h[i].value))
			: arena_printf(&x->arena, "%.*s;", STR_ARG(h[i].name));
		x->headers = curl_slist_append(x->headers, line.p);
		require(x->headers);
	}
	return true;
}

static enum err
call_check(const struct http_client *client, const struct http_call *c, struct url *url,
	struct error *e)
{
	if (client->count >= client->config.connections_max + client->config.queue_max)
		return err_set(e, ERR_LIMIT,
			"too many outgoing calls wait (HTTP_CLIENT_QUEUE_MAX)");
	enum err err = url_parse(c->url, url, e);
	if (err)
		return err;
	if (c->https_only && !url->https)
		return err_set(e, ERR_INVALID, "URL: only https is allowed here");
	if (c->vet && url->is_ip &&
		!url_address_allowed(
			&url->ip, client->config.allowed, client->config.allowed_count))
		return err_set(e, ERR_INVALID, "URL: the address %.*s is not allowed",
			STR_ARG(url->host));
	return OK;
}

enum err
http_call_start(struct http_client *client, struct http_call *c, struct error *e)
{
	struct url url;

	require(c->done && c->method && !c->impl);
	enum err err = call_check(client, c, &url, e);
	if (err)
		return err;
	struct http_transfer *x = mem_zalloc(sizeof(*x));
	arena_init(&x->arena, 1024);
	if (!headers_take(x, c->headers, c->header_count)) {
		curl_slist_free_all(x->headers);
		arena_fini(&x->arena);
		free(x);
		return err_set(e, ERR_INVALID,
			"a header of the call has a control character in it");
	}
	x->url = arena_str(&x->arena, c->url).p;
	url_parse((struct str){x->url, c->url.n}, &x->parts, NULL);
	if (c->vet && url.is_ip)
		pin_address(x, &url.ip);
	x->body = c->body.n ? arena_str(&x->arena, c->body) : (struct str){0};
	buf_init(&x->answer, c->answer_max ? c->answer_max : HTTP_CLIENT_ANSWER_MAX);
	x->client = client;
	x->call = c;
	x->start_ns = env_mono(client->env).ns;
	x->timer.fire = timer_fire;
	x->timer.owner = x;
	list_append(&client->transfers, &x->link);
	client->count++;
	c->impl = x;
	c->result = OK;
	c->error = (struct error){0};
	c->timed_out = c->sent = false;
	c->status = 0;
	c->answer = (struct str){0};
	c->answer_headers =
		ARENA_ARRAY(&x->arena, struct http_header, ANSWER_HEADERS_MAX);
	c->answer_header_count = 0;
	c->retry_after_ms = -1;
	/* libcurl must not be entered from inside its own callbacks, where a caller may
	 * well start the next call. */
	env_timer_start(client->env, &x->timer, 0);
	return OK;
}

void
http_call_cancel(struct http_call *c)
{
	struct http_transfer *x = c->impl;

	if (!x || x->state == TRANSFER_OVER || x->canceled)
		return;
	x->canceled = true;
	env_timer_start(x->client->env, &x->timer, 0);
}

void
http_call_fini(struct http_call *c)
{
	struct http_transfer *x = c->impl;

	if (!x)
		return;
	require(x->state == TRANSFER_OVER);
	buf_fini(&x->answer);
	arena_fini(&x->arena);
	free(x);
	c->impl = NULL;
	c->answer = (struct str){0};
	c->answer_headers = NULL;
	c->answer_header_count = 0;
}

struct str
http_call_header(const struct http_call *c, const char *name)
{
	return http_header_get(c->answer_headers, c->answer_header_count, str_of(name));
}

void
http_client_free(struct http_client **client)
{
	struct http_client *c = *client;

	if (!c)
		return;
	*client = NULL;
	/* Nothing new may be started by the `done` of those that end here. */
	c->config.connections_max = c->config.queue_max = 0;
	while (!list_empty(&c->transfers))
		transfer_fail(list_entry(c->transfers.next, struct http_transfer, link),
			ERR_CANCELED, "the client is closed");
	curl_loop_free(&c->curl);
	free(c->ca_file);
	free(c);
}
