#include "base/err.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_set_fills_and_returns(void **state)
{
	(void)state;
	struct error e = {.line = 7};
	assert_int_equal(err_set(&e, ERR_NOT_FOUND, "no order %d", 12), ERR_NOT_FOUND);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.text, "no order 12");
	assert_int_equal(e.line, 0);
	assert_int_equal(err_set_line(&e, ERR_INVALID, 3, "bad"), ERR_INVALID);
	assert_int_equal(e.line, 3);
}

static void
test_null_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_LIMIT, "x"), ERR_LIMIT);
	assert_int_equal(err_set_line(NULL, ERR_LIMIT, 1, "x"), ERR_LIMIT);
	assert_int_equal(err_context(NULL, ERR_CONFLICT, "x"), ERR_CONFLICT);
}

static void
test_context_keeps_line_and_kind(void **state)
{
	(void)state;
	struct error e;
	err_set_line(&e, ERR_INVALID, 12, "must be a string");
	assert_int_equal(err_context(&e, e.kind, "%s.yaml", "policy"), ERR_INVALID);
	assert_string_equal(e.text, "policy.yaml: must be a string");
	assert_int_equal(e.line, 12);
}

static void
test_arguments_may_be_the_error_itself(void **state)
{
	(void)state;
	struct error e;
	err_set(&e, ERR_INVALID, "inner");
	err_set(&e, ERR_INVALID, "outer: %s", e.text);
	assert_string_equal(e.text, "outer: inner");
}

/* Every length around the limit, so that the cut falls before, into and behind a code
 * point. */
static void
test_long_text_is_cut_between_code_points(void **state)
{
	(void)state;
	for (int pad = 240; pad < 260; pad++) {
		struct error e;
		err_set(&e, ERR_INVALID, "%*s\xF0\x9F\x98\x80\xE2\x82\xAC", pad, "");
		assert_true(utf8_valid(str_of(e.text)));
		assert_true(strlen(e.text) < sizeof(e.text));
		if (pad >= 255)
			assert_int_equal(strlen(e.text), 255);
	}
}

static void
test_tables(void **state)
{
	(void)state;
	static const struct {
		enum err kind;
		const char *name;
		int status;
		bool retryable;
	} expected[] = {
		{OK, "ok", 200, false},
		{ERR_INVALID, "invalid", 400, false},
		{ERR_NOT_FOUND, "not-found", 404, false},
		{ERR_CONFLICT, "conflict", 409, true},
		{ERR_LIMIT, "limit", 429, true},
		{ERR_UNAVAILABLE, "unavailable", 503, true},
		{ERR_UNCERTAIN, "uncertain", 503, false},
		{ERR_CANCELED, "canceled", 499, false},
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_string_equal(err_name(expected[i].kind), expected[i].name);
		assert_int_equal(err_http_status(expected[i].kind), expected[i].status);
		assert_int_equal(err_retryable(expected[i].kind), expected[i].retryable);
	}
}

static void
test_require_stops_the_process(void **state)
{
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		require(pid != 0);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	require(pid > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_fills_and_returns),
		cmocka_unit_test(test_null_is_allowed),
		cmocka_unit_test(test_context_keeps_line_and_kind),
		cmocka_unit_test(test_arguments_may_be_the_error_itself),
		cmocka_unit_test(test_long_text_is_cut_between_code_points),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_require_stops_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
