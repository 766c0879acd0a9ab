/*
 * HTTP client: libcurl's multi-socket interface on the loop of env_uv. Connections are kept and reused, redirects are
 * never followed, certificates are checked.
 *
 * The caller embeds a struct http_call, fills its upper half (all slices are copied by http_call_start()), and gets
 * `done` exactly once, on the loop, never from inside the start; the lower half is then the answer, valid until
 * http_call_fini().
 *
 * `result` says whether an answer came, whatever its status:
 *	OK               status, headers and body are there
 *	ERR_INVALID      the URL is none, or its address is not allowed
 *	ERR_UNAVAILABLE  nothing was sent (refused, no such host, connect time-out), or a reading method failed: may be repeated
 *	ERR_UNCERTAIN    a changing method (not GET, HEAD, OPTIONS; not `repeatable`) failed after bytes had been sent
 *	ERR_LIMIT        the answer is larger than answer_max
 *	ERR_CANCELED     http_call_cancel()
 * `timed_out` tells a time-out from another failure.
 *
 * URLs that users configure are called with `vet`: http and https only, the host is resolved once, every address must be
 * public or in the client's allowed ranges, and the connection is made to the address that was checked.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"
#include "base/str.h"
#include "env/env.h"
#include "wire/http.h"
#include "wire/ip.h"

struct http_client;
struct http_call;

struct http_client_config {
	size_t connections_max, connections_per_host,
		queue_max;          /* 0: the defaults of base/limits.h; per host: 16 */
	const struct cidr *allowed; /* ranges that vetted calls may reach besides public
				       addresses; kept by the caller */
	size_t allowed_count;
	struct str ca_file; /* empty: the system's */
};

enum err http_client_new(struct env *env, const struct http_client_config *config,
	struct http_client **out, struct error *e);
/* Calls under way end with ERR_CANCELED, from inside this call. */
void http_client_free(struct http_client **c);

struct http_call {
	/* filled by the caller */
	enum http_method method;
	struct str url;
	const struct http_header *headers;
	size_t header_count;
	struct str body;
	int64_t timeout_ms;         /* whole call; 0: 10 s */
	int64_t connect_timeout_ms; /* 0: 3 s or timeout_ms if that is less */
	size_t answer_max;          /* 0: HTTP_CLIENT_ANSWER_MAX */
	bool vet;                   /* the URL is a user's: check its addresses */
	bool https_only;
	/* A changing method whose repetition does no harm (it carries an idempotency key,
	 * or only asks, as model calls do). It may use a kept connection, and a failure
	 * is ERR_UNAVAILABLE. Without it a changing method gets a connection of its own:
	 * libcurl repeats a request by itself when a kept connection turns out to be
	 * closed. */
	bool repeatable;
	/* Optional: takes the body in pieces as it comes (server-sent events); `body` of
	 * the answer is then empty. */
	void (*piece)(struct http_call *c, struct str bytes);
	void (*done)(struct http_call *c);
	void *owner;

	/* the answer */
	enum err result;
	struct error error;
	bool timed_out;
	bool sent; /* bytes of the request left this host */
	int status;
	struct str answer; /* the body */
	struct http_header *answer_headers;
	size_t answer_header_count;
	int64_t retry_after_ms; /* -1: none said */
	int64_t duration_us;

	/* the client's own */
	struct http_transfer *impl;
};

/* ERR_LIMIT when queue_max calls wait, ERR_INVALID for a URL that is none: then `done`
 * does not run. */
enum err http_call_start(
	struct http_client *client, struct http_call *c, struct error *e);
/* `done` runs with ERR_CANCELED on the loop's next turn; nothing when the call is over.
 */
void http_call_cancel(struct http_call *c);
/* Frees the answer. Not while the call is under way. A zeroed struct is fine. */
void http_call_fini(struct http_call *c);
/* First header of the answer of that name; p is NULL when it is not there. */
struct str http_call_header(const struct http_call *c, const char *name);

#endif
