#include "base/json.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* What the lines since the last call were; log lines go into a pipe here. */
static int pipe_ends[2];

static int
open_pipe(void **state)
{
	(void)state;
	if (pipe(pipe_ends) != 0)
		return -1;
	log_set_fd(pipe_ends[1]);
	return 0;
}

static int
close_pipe(void **state)
{
	(void)state;
	log_set_fd(STDERR_FILENO);
	log_set_level(LOG_INFO);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return 0;
}

static struct str
take_line(char *p, size_t size)
{
	/* A mark, so that reading ends when nothing was logged. */
	assert_int_equal(write(pipe_ends[1], "#", 1), 1);
	ssize_t n = read(pipe_ends[0], p, size);
	assert_true(n > 0);
	assert_int_equal(p[n - 1], '#');
	return (struct str){p, (size_t)n - 1};
}

static void
test_fields_of_each_type(void **state)
{
	(void)state;
	char text[4096];
	struct arena a;
	struct json *v;
	arena_init(&a, 0);
	const char *nothing = NULL;
	log_info("listening", "address", "127.0.0.1:1\n", "port:i", (int64_t)1, "ok:b", 1,
		"load:d", 0.25, "name:s", STR("x"), "none", nothing, NULL);
	struct str line = take_line(text, sizeof(text));
	assert_true(str_ends(line, STR("}\n")));
	assert_int_equal(str_find_char(line, '\n'), line.n - 1);
	assert_int_equal(json_parse(&a, line, &v, NULL), OK);
	struct str ts = json_str(json_get(v, STR("ts")), STR(""));
	assert_int_equal(ts.n, strlen("2026-01-02T03:04:05.678Z"));
	assert_int_equal(ts.p[10], 'T');
	assert_int_equal(ts.p[19], '.');
	assert_int_equal(ts.p[23], 'Z');
	json_set(v, STR("ts"), json_new_str(&a, STR("")));
	struct str printed = json_print(&a, v);
	assert_string_equal(printed.p,
		"{\"ts\":\"\",\"level\":\"info\",\"msg\":\"listening\",\"address\":\"127.0.0.1:1\\n\",\"port\":1,\"ok\":true,\"load\":0.25,"
		"\"name\":\"x\",\"none\":null}");
	arena_fini(&a);
}

static void
test_levels(void **state)
{
	(void)state;
	char text[4096];
	assert_int_equal(log_get_level(), LOG_INFO);
	log_debug("dropped", NULL);
	assert_int_equal(take_line(text, sizeof(text)).n, 0);
	log_set_level(LOG_DEBUG);
	log_debug("written", NULL);
	assert_true(str_find(take_line(text, sizeof(text)),
			    STR("\"level\":\"debug\",\"msg\":\"written\"")) > 0);
	log_set_level(LOG_ERROR);
	log_warn("dropped", NULL);
	assert_int_equal(take_line(text, sizeof(text)).n, 0);
	log_error("written", NULL);
	assert_true(
		str_find(take_line(text, sizeof(text)), STR("\"level\":\"error\"")) > 0);
	log_set_level(LOG_OFF);
	log_error("dropped", NULL);
	assert_int_equal(take_line(text, sizeof(text)).n, 0);
	log_set_level(LOG_INFO);
}

static void
test_a_long_line_keeps_its_message(void **state)
{
	(void)state;
	char text[4096];
	char *field = mem_alloc(100001);
	memset(field, 'x', 100000);
	field[100000] = '\0';
	log_info("much", "field", field, NULL);
	free(field);
	struct str line = take_line(text, sizeof(text));
	assert_true(str_ends(line, STR("\"msg\":\"much\",\"cut\":true}\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_each_type),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_a_long_line_keeps_its_message),
	};
	return cmocka_run_group_tests(tests, open_pipe, close_pipe);
}
