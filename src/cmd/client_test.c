/* The blocking client against a real server: the demo shop in a process of its own. */
#include "cmd/client.h"

#include "cmd/mock_shop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	pid_t shop;
	int port;
	struct client *client;
	struct arena arena;
	struct error e;
};

/* Runs the shop until it is killed, and tells its port. */
static void
be_the_shop(int to)
{
	struct mock_shop_config config = {.seed = 1};
	struct mock_shop *shop;
	struct env *env = env_uv_new();
	int port = 0;
	if (!mock_shop_start(env, &config, &shop, NULL))
		port = mock_shop_port(shop, SHOP_ORDERS);
	if (write(to, &port, sizeof port) == sizeof port && port)
		env_uv_run(env);
	_exit(1);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	char server[64];
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	f->shop = fork();
	assert_true(f->shop >= 0);
	if (f->shop == 0)
		be_the_shop(ends[1]);
	assert_int_equal(read(ends[0], &f->port, sizeof f->port), sizeof f->port);
	assert_true(f->port > 0);
	close(ends[0]);
	close(ends[1]);
	snprintf(server, sizeof server, "http://127.0.0.1:%d/", f->port);
	assert_int_equal(client_new(server, "secret", &f->client, &f->e), OK);
	arena_init(&f->arena, 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	kill(f->shop, SIGKILL);
	waitpid(f->shop, NULL, 0);
	client_free(&f->client);
	assert_null(f->client);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static enum err
call(struct fixture *f, const char *method, const char *path, const char *body,
	const char *key, struct client_answer *out)
{
	return client_call(f->client, &f->arena, method, str_of(path), str_of(body), key,
		out, &f->e);
}

static void
test_answers_are_parsed(void **state)
{
	struct fixture *f = *state;
	struct client_answer a;
	assert_int_equal(call(f, "GET", "/orders/ORD-1A2B3C4D", NULL, NULL, &a), OK);
	assert_int_equal(a.status, 200);
	assert_true(str_eq(
		json_str(json_get(a.body, STR("status")), STR("")), STR("shipped")));
	assert_int_equal(call(f, "POST", "/orders/ORD-1A2B3C4D/notes",
				 "{\"text\":\"hi\"}", NULL, &a),
		OK);
	assert_int_equal(a.status, 201);
	assert_int_equal(call(f, "PUT", "/control", "{}", NULL, &a), OK);
}

static void
test_the_key_travels(void **state)
{
	struct fixture *f = *state;
	struct client_answer first, again;
	const char *path = "/orders/ORD-7F3E9A21/refund", *body = "{\"amount\":5}";
	assert_int_equal(call(f, "POST", path, body, "k1", &first), OK);
	assert_int_equal(call(f, "POST", path, body, "k1", &again), OK);
	assert_true(json_eq(first.body, again.body));
	assert_int_equal(
		call(f, "POST", path, "{\"amount\":6}", "k1", &again), ERR_INVALID);
	assert_non_null(strstr(f->e.text, "422"));
}

static void
test_refusals_keep_their_kind_and_words(void **state)
{
	struct fixture *f = *state;
	struct client_answer a;
	assert_int_equal(
		call(f, "GET", "/orders/ORD-0000000", NULL, NULL, &a), ERR_NOT_FOUND);
	assert_non_null(strstr(f->e.text, "there is no order ORD-0000000"));
	assert_int_equal(call(f, "POST", "/orders/ORD-1A2B3C4D/cancel", NULL, NULL, &a),
		ERR_CONFLICT);
	assert_non_null(strstr(f->e.text, "cannot be cancelled"));
	assert_int_equal(call(f, "POST", "/orders/ORD-1A2B3C4D/notes", "{}", NULL, &a),
		ERR_INVALID);
	assert_int_equal(call(f, "PUT", "/control", "{\"down\":true}", NULL, &a), OK);
	assert_int_equal(
		call(f, "GET", "/orders/ORD-1A2B3C4D", NULL, NULL, &a), ERR_UNAVAILABLE);
	assert_non_null(strstr(f->e.text, "down on purpose"));
}

static void
test_a_server_that_is_gone_is_unavailable(void **state)
{
	struct fixture *f = *state;
	struct client_answer a;
	assert_int_equal(call(f, "GET", "/health", NULL, NULL, &a), OK);
	kill(f->shop, SIGKILL);
	waitpid(f->shop, NULL, 0);
	assert_int_equal(call(f, "GET", "/health", NULL, NULL, &a), ERR_UNAVAILABLE);
	assert_non_null(strstr(f->e.text, "parley serve"));
	f->shop = fork();
	if (f->shop == 0)
		_exit(0);
}

static void
test_addresses_are_checked(void **state)
{
	struct client *c = NULL;
	struct error e;
	(void)state;
	assert_int_equal(client_new("127.0.0.1:8080", NULL, &c, &e), ERR_INVALID);
	assert_int_equal(client_new("file:///etc/passwd", NULL, &c, &e), ERR_INVALID);
	assert_null(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_answers_are_parsed),
		T(test_the_key_travels),
		T(test_refusals_keep_their_kind_and_words),
		T(test_a_server_that_is_gone_is_unavailable),
		cmocka_unit_test(test_addresses_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
