#include "env/process.h"

#include "base/arena.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>
#include <uv.h>

struct seen {
	struct process p;
	struct env *env;
	char lines[4][64];
	int count, code, ended;
	char said[2 * PROCESS_SAID_MAX];
};

static void
take_line(struct process *p, struct str line)
{
	struct seen *s = p->owner;
	if (s->count < 4)
		snprintf(s->lines[s->count], 64, "%.*s", STR_ARG(line));
	s->count++;
}

static void
take_end(struct process *p, int code, struct str said)
{
	struct seen *s = p->owner;
	s->ended++;
	s->code = code;
	snprintf(s->said, sizeof s->said, "%.*s", STR_ARG(said));
}

static void
start(struct seen *s, const char *const *argv)
{
	struct error e = {0};
	*s = (struct seen){.env = env_uv_new()};
	s->p = (struct process){
		.argv = argv, .line = take_line, .ended = take_end, .owner = s};
	if (process_start(s->env, &s->p, &e) != OK)
		fail_msg("%s", e.text);
}

/* Until nothing is left. */
static void
finish(struct seen *s)
{
	env_uv_run(s->env);
	env_uv_free(&s->env);
}

static void
lines_come_whole(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c",
		"printf 'one\\ntw'; sleep 0.05; printf 'o\\nrest'", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	finish(&s);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.lines[0], "one");
	assert_string_equal(s.lines[1], "two");
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.code, 0);
}

static void
a_failure_says_why(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "echo no such thing >&2; exit 3", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	finish(&s);
	assert_int_equal(s.code, 3);
	assert_string_equal(s.said, "no such thing\n");
}

static void
what_is_said_is_bounded(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "yes error | head -c 200000 >&2", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	finish(&s);
	assert_int_equal(strlen(s.said), PROCESS_SAID_MAX);
}

static void
a_line_without_an_end_is_cut(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c", "exec cat /dev/zero", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	finish(&s);
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.count, 0);
	assert_int_not_equal(s.code, 0);
}

static void
stopping_ends_its_children_too(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "sleep 60 & echo ready; wait", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	while (s.count == 0)
		uv_run(env_uv_loop(s.env), UV_RUN_ONCE);
	process_stop(&s.p);
	finish(&s);
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.code, 128 + 15);
}

static void
an_abandoned_one_says_nothing(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c", "echo hello; sleep 60", NULL};
	struct seen s;
	(void)state;
	start(&s, argv);
	process_abandon(&s.p);
	process_abandon(&s.p);
	finish(&s);
	assert_int_equal(s.ended, 0);
	assert_int_equal(s.count, 0);
}

static void
what_is_not_there_cannot_be_started(void **state)
{
	static const char *const argv[] = {"/no/such/program", NULL};
	struct error e = {0};
	struct seen s = {.env = env_uv_new()};
	(void)state;
	s.p = (struct process){
		.argv = argv, .line = take_line, .ended = take_end, .owner = &s};
	assert_int_equal(process_start(s.env, &s.p, &e), ERR_UNAVAILABLE);
	assert_true(strstr(e.text, "/no/such/program") != NULL);
	finish(&s);
	assert_int_equal(s.ended, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines_come_whole),
		cmocka_unit_test(a_failure_says_why),
		cmocka_unit_test(what_is_said_is_bounded),
		cmocka_unit_test(a_line_without_an_end_is_cut),
		cmocka_unit_test(stopping_ends_its_children_too),
		cmocka_unit_test(an_abandoned_one_says_nothing),
		cmocka_unit_test(what_is_not_there_cannot_be_started)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
