/* Many peers at once: who is served meanwhile, and what all of them together may hold. */
#include "net/http_server_fixture.h"

#include "base/limits.h"

#define CROWD 400

static struct http_server_stats
stats_of(const struct world *w)
{
	struct http_server_stats stats;

	http_server_get_stats(w->server, &stats);
	return stats;
}

static void
turn_once(struct world *w)
{
	uv_run(env_uv_loop(w->env), UV_RUN_NOWAIT);
}

static void
dial_crowd(struct world *w, int fds[CROWD])
{
	for (int i = 0; i < CROWD; i++)
		fds[i] = dial(w);
}

static void
close_crowd(const int fds[CROWD])
{
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
}

/* The time of all is up in the same moment. */
static void
test_a_crowd_is_ended(void **state)
{
	struct world w;
	int fds[CROWD];
	int64_t before = 0, most = 0;

	(void)state;
	world_start(&w, (struct http_server_config){.head_timeout_ms = 60});
	dial_crowd(&w, fds);
	while (stats_of(&w).accepted < CROWD)
		turn_once(&w);
	/* Nobody looks at them until it is over for all. */
	struct timespec long_enough = {.tv_nsec = 200000000};
	nanosleep(&long_enough, NULL);
	for (int turns = 0; turns < 100000 && stats_of(&w).timeouts < CROWD; turns++) {
		turn_once(&w);
		int64_t ended = stats_of(&w).timeouts - before;
		before += ended;
		most = ended > most ? ended : most;
	}
	assert_int_equal(stats_of(&w).timeouts, CROWD);
	assert_in_range(most, 2, TCP_ENDS_MAX);
	for (int i = 0; i < CROWD; i++) {
		struct buf out;
		buf_init(&out, 1 << 20);
		assert_true(hear(&w, fds[i], &out, NULL));
		buf_fini(&out);
	}
	close_crowd(fds);
	world_end(&w);
}

/* Each of three asks for 8 MB and reads nothing; two have room. */
static void
test_readers_share_their_memory(void **state)
{
	struct world w;
	struct buf out;
	int fds[3];

	(void)state;
	buf_init(&out, 64u << 20);
	world_start(&w, (struct http_server_config){.queued_max = 18u << 20});
	for (int i = 0; i < 3; i++) {
		fds[i] = dial(&w);
		say(fds[i],
			STR("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
		spin(&w, 30);
		assert_int_equal(stats_of(&w).connections, i < 2 ? i + 1 : 2);
	}
	/* The first has lagged longest and hears that it is over, the others get all. */
	for (int i = 0; i < 3; i++) {
		buf_clear(&out);
		assert_true(hear(&w, fds[i], &out, NULL));
		if (i == 0)
			assert_true(out.n < 8u << 20);
		else
			assert_true(out.n > 8u << 20);
		close(fds[i]);
	}
	/* What was cut and what was read does not count any more. */
	struct buf again = talk(&w, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_true(again.n > 8u << 20);
	buf_fini(&again);
	buf_fini(&out);
	world_end(&w);
}

/* Replies that wait for a slow one before them are bounded too. */
static void
test_replies_that_wait(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	buf_init(&out, 64u << 20);
	world_start(&w, (struct http_server_config){0});
	int fd = dial(&w);
	say(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	for (int i = 0; i < 4; i++)
		say(fd, STR("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	say(fd, STR("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
	spin(&w, 50);
	assert_int_equal(w.handled, 1);
	http_reply(w.held[0], 200, NULL, (struct str){0}, STR("at last"));
	hear(&w, fd, &out, "hello world");
	assert_int_equal(w.handled, 5);
	assert_true(out.n > 32u << 20);
	close(fd);
	buf_fini(&out);
	world_end(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_crowd_is_ended),
		cmocka_unit_test(test_readers_share_their_memory),
		cmocka_unit_test(test_replies_that_wait),
	};

	log_set_level(LOG_OFF);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
