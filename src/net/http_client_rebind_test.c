/*
 * A name that is one address when it is looked at and another when it is called: the real client and the real libcurl,
 * with the system's resolver and its connect() in this test's hands. Nothing leaves: a connection to any address but
 * loopback is noted and refused.
 */
#include "net/http_client.h"

#include "base/log.h"
#include "net/http_server.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "rebind.example"
#define CALLED_MAX 16

/* What the name is, one answer a question, the last for ever. Answers of several addresses are separated by blanks. */
static const char *const *answers;
static atomic_int asked, called;
static char called_at[CALLED_MAX][64];

/* ---- the system's part ---- */

/* A list of the kind that getaddrinfo() gives; each element is freed alone. */
static struct addrinfo *
make_address(const char *text, size_t n, const char *port, struct addrinfo *next)
{
	char address[64];
	struct {
		struct addrinfo info;
		struct sockaddr_storage at;
	} *x = calloc(1, sizeof *x);
	struct sockaddr_in *v4 = (struct sockaddr_in *)&x->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&x->at;
	snprintf(address, sizeof address, "%.*s", (int)n, text);
	bool is_v6 = inet_pton(AF_INET6, address, &v6->sin6_addr) == 1;
	uint16_t number = htons((uint16_t)strtol(port ? port : "0", NULL, 10));
	if (is_v6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = number;
	} else {
		assert_int_equal(inet_pton(AF_INET, address, &v4->sin_addr), 1);
		v4->sin_family = AF_INET;
		v4->sin_port = number;
	}
	x->info = (struct addrinfo){.ai_family = is_v6 ? AF_INET6 : AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_addrlen = is_v6 ? sizeof *v6 : sizeof *v4,
		.ai_addr = (struct sockaddr *)&x->at,
		.ai_next = next};
	return &x->info;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **out)
{
	struct addrinfo *list = NULL;
	const char *text = node;
	(void)hints;
	if (strcmp(node, HOST) == 0) {
		int n = atomic_fetch_add(&asked, 1), last = 0;
		while (answers[last + 1])
			last++;
		text = answers[n < last ? n : last];
	}
	for (const char *end = text + strlen(text); end > text;) {
		const char *from = end;
		while (from > text && from[-1] != ' ')
			from--;
		list = make_address(from, (size_t)(end - from), service, list);
		end = from > text ? from - 1 : text;
	}
	*out = list;
	return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
	for (struct addrinfo *next; list; list = next) {
		next = list->ai_next;
		free(list);
	}
}

int
connect(int fd, const struct sockaddr *at, socklen_t n)
{
	char text[64] = "";
	if (at->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)at)->sin_addr, text,
			sizeof text);
	else if (at->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)at)->sin6_addr, text,
			sizeof text);
	else
		return (int)syscall(SYS_connect, fd, at, n);
	int i = atomic_fetch_add(&called, 1);
	if (i < CALLED_MAX)
		memcpy(called_at[i], text, sizeof text);
	if (strncmp(text, "127.", 4) == 0)
		return (int)syscall(SYS_connect, fd, at, n);
	errno = ECONNREFUSED;
	return -1;
}

/* ---- the client's ---- */

static void
handle(struct http_request *r)
{
	++*(int *)r->owner;
	http_reply(r, 200, NULL, (struct str){0}, STR("inside"));
}

static const struct http_route routes[] = {
	{METHOD_GET | METHOD_POST, "/inside", handle, 0, 0, NULL},
};

struct rebind {
	struct env *env;
	struct http_server *inside; /* what must not be reached */
	struct http_client *client;
	int reached;
	bool done;
	char url[128];
};

static void
call_done(struct http_call *c)
{
	struct rebind *x = c->owner;
	x->done = true;
	env_uv_stop(x->env);
}

/* One call to the name, which answers so. */
static enum err
call(struct rebind *x, const char *const *list)
{
	struct http_call c = {.method = METHOD_GET,
		.url = str_of(x->url),
		.vet = true,
		.timeout_ms = 5000,
		.done = call_done,
		.owner = x};
	answers = list;
	asked = called = 0;
	x->done = false;
	assert_int_equal(http_call_start(x->client, &c, NULL), OK);
	env_uv_run(x->env);
	assert_true(x->done);
	enum err result = c.result;
	http_call_fini(&c);
	return result;
}

static void
start(struct rebind *x)
{
	struct http_server_config server = {
		.routes = routes, .route_count = 1, .owner = &x->reached};
	const struct http_client_config client = {0};
	*x = (struct rebind){.env = env_uv_new()};
	assert_int_equal(http_server_start(x->env, &server, &x->inside, NULL), OK);
	assert_int_equal(http_client_new(x->env, &client, &x->client, NULL), OK);
	snprintf(x->url, sizeof x->url, "http://" HOST ":%d/inside",
		http_server_port(x->inside));
}

static void
end(struct rebind *x)
{
	http_client_free(&x->client);
	http_server_free(&x->inside);
	env_uv_free(&x->env);
}

/* Public when it is looked at, then ours: the connection goes to what was looked at, and the name is not asked again. */
static void
a_second_answer_is_not_asked_for(void **state)
{
	static const char *const targets[] = {
		"127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"};
	struct rebind x;
	(void)state;
	start(&x);
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		const char *const list[] = {"8.8.4.4", targets[i], NULL};
		assert_int_equal(call(&x, list), ERR_UNAVAILABLE);
		assert_int_equal(asked, 1);
		assert_int_equal(called, 1);
		assert_string_equal(called_at[0], "8.8.4.4");
	}
	assert_int_equal(x.reached, 0);
	end(&x);
}

/* One address among several that is not public is enough. */
static void
an_inner_address_is_not_called(void **state)
{
	static const char *const firsts[] = {"127.0.0.1", "169.254.169.254",
		"8.8.4.4 127.0.0.1", "127.0.0.1 8.8.4.4", "8.8.4.4 169.254.169.254",
		"::ffff:127.0.0.1", "2001:4860:4860::8888 fd00:ec2::254"};
	struct rebind x;
	(void)state;
	start(&x);
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		const char *const list[] = {firsts[i], NULL};
		assert_int_equal(call(&x, list), ERR_INVALID);
		assert_int_equal(called, 0);
	}
	assert_int_equal(x.reached, 0);
	end(&x);
}

/* Each call looks again: an address that was good an hour ago is not good for ever. */
static void
every_call_is_vetted_anew(void **state)
{
	static const char *const list[] = {"8.8.4.4", NULL},
				 *const later[] = {"127.0.0.1", NULL};
	struct rebind x;
	(void)state;
	start(&x);
	assert_int_equal(call(&x, list), ERR_UNAVAILABLE);
	assert_int_equal(call(&x, later), ERR_INVALID);
	assert_int_equal(asked, 1);
	assert_int_equal(called, 0);
	assert_int_equal(x.reached, 0);
	end(&x);
}

/* Without our check the name would have been called: the test's resolver works. */
static void
what_is_not_vetted_is_reached(void **state)
{
	static const char *const list[] = {"127.0.0.1", NULL};
	struct rebind x;
	(void)state;
	start(&x);
	struct http_call c = {.method = METHOD_GET,
		.url = str_of(x.url),
		.timeout_ms = 5000,
		.done = call_done,
		.owner = &x};
	answers = list;
	asked = called = 0;
	assert_int_equal(http_call_start(x.client, &c, NULL), OK);
	env_uv_run(x.env);
	assert_int_equal(c.result, OK);
	assert_int_equal(x.reached, 1);
	http_call_fini(&c);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_answer_is_not_asked_for),
		cmocka_unit_test(an_inner_address_is_not_called),
		cmocka_unit_test(every_call_is_vetted_anew),
		cmocka_unit_test(what_is_not_vetted_is_reached),
	};
	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
