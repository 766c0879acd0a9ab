/* Nicolas Seriot's JSONTestSuite when it is at hand, and our own vectors of the same kind
 * always. */
#include "base/json.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Like test_parsing's names: y must be accepted, n refused, i may be either. */
static const struct {
	char verdict;
	struct str text;
} vectors[] = {
	{'y', STR_INIT("null")},
	{'y', STR_INIT(" \t\r\n[ ]\n")},
	{'y', STR_INIT("\"\"")},
	{'y', STR_INIT("{\"\":0}")},
	{'y', STR_INIT("[-0,0e0,1E-2,10.5e+3]")},
	{'y', STR_INIT("\"\\ud834\\udd1e\\u0000\xF4\x8F\xBF\xBF\"")},
	{'y', STR_INIT("{\"a\":1,\"a\":2}")},
	{'y', STR_INIT("\"\x7F\xE2\x80\xA8\"")},
	{'n', STR_INIT("")},
	{'n', STR_INIT(" ")},
	{'n', STR_INIT("[1,,2]")},
	{'n', STR_INIT("[,1]")},
	{'n', STR_INIT("{,}")},
	{'n', STR_INIT("{\"a\":}")},
	{'n', STR_INIT("{\"a\"}")},
	{'n', STR_INIT("{a:1}")},
	{'n', STR_INIT("{'a':1}")},
	{'n', STR_INIT("[1}")},
	{'n', STR_INIT("{]")},
	{'n', STR_INIT("]")},
	{'n', STR_INIT("+1")},
	{'n', STR_INIT(".5")},
	{'n', STR_INIT("-.5")},
	{'n', STR_INIT("1.")},
	{'n', STR_INIT("1e")},
	{'n', STR_INIT("00")},
	{'n', STR_INIT("-01")},
	{'n', STR_INIT("0x1")},
	{'n', STR_INIT("NaN")},
	{'n', STR_INIT("-Infinity")},
	{'n', STR_INIT("True")},
	{'n', STR_INIT("nul")},
	{'n', STR_INIT("nulll")},
	{'n', STR_INIT("\"\t\"")},
	{'n', STR_INIT("\"\\a\"")},
	{'n', STR_INIT("\"\\U0041\"")},
	{'n', STR_INIT("\"\\u00A\"")},
	{'n', STR_INIT("[1]//")},
	{'n', STR_INIT("/**/1")},
	{'n', STR_INIT("[1\f]")},
	{'n', STR_INIT("\xC2\xA0")},
	{'n', STR_INIT("1\0")},
	{'i', STR_INIT("\xEF\xBB\xBF{}")},
	{'i', STR_INIT("1e9999")},
	{'i', STR_INIT("\"\\uD800\"")},
	{'i', STR_INIT("\"\xED\xA0\x80\"")},
	{'i', STR_INIT("\"\xC0\xAF\"")},
	{'i', STR_INIT("\xFF\xFE[\0]\0")},
};

static bool
accepts(struct str text)
{
	struct arena a;
	struct json *v;
	/* Of its own size, so that reading over the end is found. */
	char *exact = mem_alloc(text.n ? text.n : 1);

	if (text.n)
		memcpy(exact, text.p, text.n);
	arena_init(&a, 0);
	bool accepted = json_parse(&a, (struct str){exact, text.n}, &v, NULL) == OK;
	if (accepted) {
		struct str printed = json_print(&a, v);
		struct json *back;
		assert_int_equal(json_parse(&a, printed, &back, NULL), OK);
		assert_true(json_eq(v, back));
	}
	arena_fini(&a);
	free(exact);
	return accepted;
}

static void
check_verdict(char verdict, struct str text, const char *name)
{
	bool accepted = accepts(text);

	if (verdict != 'i' && accepted != (verdict == 'y'))
		fail_msg("%s: %s", name, accepted ? "accepted" : "refused");
}

static void
test_own_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_verdict(vectors[i].verdict, vectors[i].text, vectors[i].text.p);
}

static void
test_a_hundred_thousand_levels(void **state)
{
	(void)state;
	const size_t levels = 100000;
	char *text = mem_alloc(levels * 6);

	memset(text, '[', levels);
	assert_false(accepts((struct str){text, levels}));
	for (size_t i = 0; i < levels; i++)
		memcpy(text + 6 * i, "[{\"\":[", 6);
	assert_false(accepts((struct str){text, 6 * levels}));
	free(text);
}

static struct str
read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t max = 1 << 20;
	char *p = arena_alloc(a, max);
	size_t n = fread(p, 1, max, f);
	fclose(f);
	return (struct str){p, n};
}

static void
test_official_files(void **state)
{
	(void)state;
	const char *shared = getenv("PARLEY_SHARED");
	char path[1024];
	struct {
		char verdict;
		int expected, seen;
	} counts[] = {{'y', 95, 0}, {'n', 188, 0}, {'i', 35, 0}};

	snprintf(path, sizeof(path), "%s/spec/official/json/test_parsing",
		shared ? shared : "../shared");
	DIR *d = opendir(path);
	if (!d) {
		print_message("skipped: JSONTestSuite is not at %s\n", path);
		skip();
		return;
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		struct arena a;
		if (entry->d_name[0] == '.')
			continue;
		arena_init(&a, 0);
		snprintf(path, sizeof(path), "%s/spec/official/json/test_parsing/%s",
			shared ? shared : "../shared", entry->d_name);
		check_verdict(entry->d_name[0], read_file(&a, path), entry->d_name);
		for (size_t i = 0; i < 3; i++)
			counts[i].seen += counts[i].verdict == entry->d_name[0];
		arena_fini(&a);
	}
	closedir(d);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(counts[i].seen, counts[i].expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_vectors),
		cmocka_unit_test(test_a_hundred_thousand_levels),
		cmocka_unit_test(test_official_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
