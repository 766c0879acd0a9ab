/* `parley check`: what it prints and how it ends. */
#include "cmd/cmd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first three above */
#include <cmocka.h>

/* Runs the command with these words; what it printed is in `out`. */
static int
run(char *out, size_t size, int argc, char **words)
{
	char *argv[8] = {(char[]){"parley"}, (char[]){"check"}};
	for (int i = 0; i < argc; i++)
		argv[i + 2] = words[i];
	FILE *printed = tmpfile();
	assert_non_null(printed);
	fflush(stdout);
	int before = dup(1);
	dup2(fileno(printed), 1);
	int code = cmd_run(&cmd_check, argc + 2, argv);
	fflush(stdout);
	dup2(before, 1);
	close(before);
	rewind(printed);
	size_t n = fread(out, 1, size - 1, printed);
	out[n] = '\0';
	fclose(printed);
	return code;
}

static void
a_pack_that_is_fine(void **state)
{
	char out[8192], *words[] = {(char[]){"packs/ecommerce"}};
	(void)state;
	assert_int_equal(run(out, sizeof out, 1, words), 0);
	assert_non_null(strstr(out, "packs/ecommerce: "));
	assert_non_null(strstr(out, " 15 actions, "));
	assert_string_equal(out + strlen(out) - 7, ": fine\n");
}

static void
a_pack_with_faults(void **state)
{
	char folder[] = "build/check-test-XXXXXX", file[100], out[8192];
	char *words[] = {folder};
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/pack.yaml", folder);
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs("name: x\nversion: \"1\"\ncompani: X\n", f);
	fclose(f);
	assert_int_equal(run(out, sizeof out, 1, words), 1);
	assert_non_null(strstr(out,
		"/pack.yaml:3: compani: unknown member; did you mean \"company\"?\n"));
	assert_non_null(strstr(out, "/policy.yaml: is missing\n"));
	assert_non_null(strstr(out, " errors, "));
	unlink(file);
	rmdir(folder);
}

static void
what_cannot_be_checked(void **state)
{
	char out[8192];
	char *nowhere[] = {(char[]){"no/such/folder"}};
	char *unknown[] = {
		(char[]){"packs/ecommerce"}, (char[]){"--set"}, (char[]){"nothing=1"}};
	char *malformed[] = {
		(char[]){"packs/ecommerce"}, (char[]){"--set"}, (char[]){"nothing"}};
	(void)state;
	assert_int_equal(run(out, sizeof out, 1, nowhere), 1);
	assert_int_equal(run(out, sizeof out, 3, unknown), 1);
	assert_non_null(strstr(out, "variables: there is no \"nothing\" to set"));
	assert_int_equal(run(out, sizeof out, 3, malformed), 2);
	assert_int_equal(run(out, sizeof out, 0, nowhere), 2);
}

static void
every_key_is_printed(void **state)
{
	static char out[65536];
	char *words[] = {(char[]){"--keys"}};
	(void)state;
	assert_int_equal(run(out, sizeof out, 1, words), 0);
	assert_non_null(strstr(out, "policy.yaml: the rules"));
	assert_non_null(
		strstr(out, "one of none, low, medium, high, critical, required."));
	assert_non_null(strstr(out, "duration, default 1500."));
	assert_non_null(strstr(out, "What rules see"));
	assert_non_null(strstr(out, "one of negative, neutral, positive"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pack_that_is_fine),
		cmocka_unit_test(a_pack_with_faults),
		cmocka_unit_test(what_cannot_be_checked),
		cmocka_unit_test(every_key_is_printed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
