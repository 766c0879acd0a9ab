#include "text/patterns.h"

#include "base/limits.h"
#include "text/aho.h"
#include "text/pattern_literals.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- Aho-Corasick ---- */

static void
test_aho_finds_all(void **state)
{
	(void)state;
	static const struct str words[] = {STR_INIT("he"), STR_INIT("she"),
		STR_INIT("his"), STR_INIT("hers"), STR_INIT(""), STR_INIT("he")};
	struct aho *a = NULL;
	assert_int_equal(aho_new(words, 6, true, &a, NULL), OK);
	static const struct aho_hit wanted[] = {{1, 4}, {0, 4}, {3, 6}, {2, 9}};
	struct aho_scan s;
	struct aho_hit hit;
	size_t n = 0;
	aho_start(&s, a, STR("uSHers his"));
	while (aho_next(&s, &hit)) {
		assert_true(n < 4);
		assert_int_equal(hit.id, wanted[n].id);
		if (n < 3)
			assert_int_equal(hit.end, wanted[n].end);
		n++;
	}
	assert_int_equal(n, 4);
	aho_free(&a);
	assert_null(a);
}

/* Against the plain way of searching, on random texts of a small alphabet. */
static void
test_aho_against_search(void **state)
{
	(void)state;
	uint64_t random = 4242;
	print_message("seed %llu\n", (unsigned long long)random);
	for (int round = 0; round < 300; round++) {
		char bytes[20][6], text[64];
		struct str words[20];
		for (size_t i = 0; i < 20; i++) {
			words[i] = (struct str){bytes[i], 1 + i % 5};
			for (size_t j = 0; j < 6; j++) {
				random = random * UINT64_C(6364136223846793005) +
					1442695040888963407u;
				bytes[i][j] = (char)('a' + (random >> 40) % 3);
			}
		}
		for (size_t i = 0; i < sizeof(text); i++) {
			random = random * UINT64_C(6364136223846793005) +
				1442695040888963407u;
			text[i] = (char)('a' + (random >> 40) % 3);
		}
		struct aho *a = NULL;
		assert_int_equal(aho_new(words, 20, false, &a, NULL), OK);
		size_t wanted = 0, got = 0;
		for (size_t i = 0; i < 20; i++) {
			bool first = true;
			for (size_t k = 0; k < i; k++)
				first = first && !str_eq(words[k], words[i]);
			for (size_t at = 0; first && at + words[i].n <= sizeof(text);
				at++)
				wanted += memcmp(text + at, words[i].p, words[i].n) == 0;
		}
		struct aho_scan s;
		struct aho_hit hit;
		aho_start(&s, a, (struct str){text, sizeof(text)});
		while (aho_next(&s, &hit)) {
			assert_memory_equal(text + hit.end - words[hit.id].n,
				words[hit.id].p, words[hit.id].n);
			got++;
		}
		assert_int_equal(got, wanted);
		aho_free(&a);
	}
}

static void
test_aho_limit(void **state)
{
	(void)state;
	char *bytes = malloc(AHO_STATES_MAX + 1);
	memset(bytes, 'a', AHO_STATES_MAX + 1);
	struct str word = {bytes, AHO_STATES_MAX + 1};
	struct aho *a = NULL;
	assert_int_equal(aho_new(&word, 1, false, &a, NULL), ERR_LIMIT);
	assert_null(a);
	free(bytes);
}

/* ---- required literals ---- */

static void
test_literals(void **state)
{
	(void)state;
	static const struct {
		const char *source,
			*literals; /* joined by | in the order found; "" for none */
	} rows[] = {
		{"refund", "refund"},
		{"ReFund", "refund"},
		{"\\border\\s*#?(\\d{6})", "order"},
		{"(speak|talk) to (a|the) person", " person"},
		{"cats?|dogs", "cat|dogs"},
		{"colou?r", "colo"},
		{"ab+c", "ab"},
		{"a{0,3}bc", "bc"},
		{"a{2,}", "a"},
		{"\\d+", ""},
		{"x|\\d", ""},
		{"(?:late|delayed)?", ""},
		{"(?i)late", "late"},
		{"l(?i)ate", ""},
		{"(?<=fine, )x", "fine, "},
		{"\xf0\x9f\x91\x8d", "\xf0\x9f\x91\x8d"},
		{"\xc3\xa9", ""},
		{"(?=late)x", "late"},
		{"(?!late)fee", "fee"},
		{"(?<name>late) fees", " fees"},
		{"[abc]def", "def"},
		{"\\$\\d+", "$"},
		{"caf\xc3\xa9s", "caf"},
		{"a.b", "a"},
		{"\\Qa.b\\E", ""},
		{"(a", ""},
		{"\\p{Lu}bc", "bc"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct literal_set set;
		char got[200] = "";
		size_t n = 0;
		arena_init(&a, 0);
		pattern_literals(&a, str_of(rows[i].source), false, &set);
		for (size_t k = 0; k < set.n; k++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s",
				k ? "|" : "", STR_ARG(set.p[k]));
		if (strcmp(got, rows[i].literals) != 0)
			fail_msg("%s: \"%s\"", rows[i].source, got);
		arena_fini(&a);
	}
}

static void
test_digits(void **state)
{
	(void)state;
	static const struct {
		const char *source;
		size_t digits;
	} rows[] = {
		{"\\b\\d{16}\\b", 16},
		{"\\d{3,}", 3},
		{"\\d{0,3}", 0},
		{"\\d*", 0},
		{"\\d+", 1},
		{"\\d?\\d", 1},
		{"7[1-9]", 2},
		{"[0-9-]{4}", 0},
		{"[0-9a]{4}", 0},
		{"[^0-9]{4}", 0},
		{"[09]{4}", 4},
		{"[]0]{4}", 0},
		{"\\D{4}", 0},
		{"x{4}", 0},
		{".{4}", 0},
		{"\\d{3}-\\d{2}-\\d{4}", 4},
		{"(3[1-9]|[4-9]\\d|\\d{3,}) days", 2},
		{"(\\d{5}|x)", 0},
		{"(\\d{5})?", 0},
		{"(?=x \\d{5})x", 5},
		{"(?!x \\d{5})x", 0},
		{"(?<=\\d{4})x", 4},
		{"(?<!\\d{4})x", 0},
		{"(\\d{2})\\d{2}", 2},
		{"\\d{9}(?R)", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct literal_set set;
		arena_init(&a, 0);
		pattern_literals(&a, str_of(rows[i].source), true, &set);
		if (set.digits != rows[i].digits)
			fail_msg("%s: %zu", rows[i].source, set.digits);
		arena_fini(&a);
	}
}

/* ---- sets of patterns ---- */

static struct patterns *
make(const char *const *sources, size_t n)
{
	struct pattern list[16] = {0};
	struct patterns *p = NULL;
	struct error e;
	for (size_t i = 0; i < n; i++)
		list[i].source = str_of(sources[i]);
	if (patterns_new(list, n, &p, &e))
		fail_msg("%s", e.text);
	return p;
}

/* A pattern is left out for want of digits only where it could not match: the run may
 * stand anywhere, across the words of eight bytes, and digits of other scripts count. */
static void
test_digits_needed(void **state)
{
	(void)state;
	static const char *const sources[] = {"\\d{4}", "\\d"};
	struct patterns *p = make(sources, 2);
	assert_int_equal(patterns_unfiltered(p), 0);
	for (size_t at = 0; at < 24; at++) {
		for (size_t n = 0; n <= 5; n++) {
			struct arena a;
			struct pattern_hits hits;
			char text[33];
			memset(text, at % 2 ? '/' : ':', sizeof(text));
			memcpy(text + at, at % 2 ? "90210" : "12999", n);
			arena_init(&a, 0);
			patterns_scan(p, &a, (struct str){text, 30}, &hits);
			assert_int_equal(hits.n, (n >= 4) + n);
			arena_fini(&a);
		}
	}
	struct arena a;
	struct pattern_hits hits;
	arena_init(&a, 0);
	patterns_scan(p, &a, STR("\u0967\u0968\u0969\u096a"), &hits);
	assert_int_equal(hits.n, 5);
	arena_fini(&a);
	patterns_free(&p);
}

static void
test_hits(void **state)
{
	(void)state;
	static const char *const sources[] = {
		"order #(\\d+)", "\\bnot\\b", "(late)|never", "^hello", "x*"};
	struct patterns *p = make(sources, 5);
	struct arena a;
	struct pattern_hits hits;
	arena_init(&a, 0);
	assert_int_equal(patterns_unfiltered(p), 1);
	patterns_scan(p, &a, STR("HELLO, order #12 and order #345 never came"), &hits);
	assert_int_equal(hits.n, 4);
	assert_int_equal(hits.p[0].id, 0);
	assert_int_equal(hits.p[0].start, 7);
	assert_int_equal(hits.p[0].group_start, 14);
	assert_int_equal(hits.p[0].group_end, 16);
	assert_int_equal(hits.p[1].group_end - hits.p[1].group_start, 3);
	/* A group that took no part: the whole. */
	assert_int_equal(hits.p[2].id, 2);
	assert_int_equal(hits.p[2].group_start, hits.p[2].start);
	assert_int_equal(hits.p[3].id, 3);
	patterns_scan(p, &a, STR(""), &hits);
	assert_int_equal(hits.n, 0);
	arena_fini(&a);
	patterns_free(&p);
	assert_null(p);
}

static void
test_long_text(void **state)
{
	(void)state;
	static const char *const sources[] = {"need\\w+ here", "end$"};
	struct patterns *p = make(sources, 2);
	struct arena a;
	struct pattern_hits hits;
	char *text = malloc(40000);
	arena_init(&a, 0);
	memset(text, '.', 40000);
	/* On the border of two pieces, and an "end" that is not the end of the text. */
	memcpy(text + PATTERN_PIECE - 6, "needle here", 11);
	memcpy(text + PATTERN_PIECE * 2 - 3, "end", 3);
	memcpy(text + 39997, "end", 3);
	patterns_scan(p, &a, (struct str){text, 40000}, &hits);
	assert_int_equal(hits.n, 2);
	assert_int_equal(hits.p[0].start, PATTERN_PIECE - 6);
	assert_int_equal(hits.p[1].start, 39997);
	assert_int_equal(hits.limited, 0);
	arena_fini(&a);
	free(text);
	patterns_free(&p);
}

/* Patterns that take exponential or quadratic time elsewhere: a scan ends and says that it met a limit. */
static void
test_hostile(void **state)
{
	(void)state;
	static const char *const sources[] = {"(a+)+b", "(a|aa)+$x", "(.*)*=(.*)*;",
		"((((a*)*)*)*)*c", "(a?){64}a{64}"};
	struct patterns *p = make(sources, 5);
	struct arena a;
	struct pattern_hits hits;
	char *text = malloc(40000);
	memset(text, 'a', 40000);
	memcpy(text + 39990, "b=;xc", 5);
	arena_init(&a, 0);
	patterns_scan(p, &a, (struct str){text, 40000}, &hits);
	assert_true(hits.limited > 0);
	arena_fini(&a);
	free(text);
	patterns_free(&p);
}

static void
test_too_many_hits(void **state)
{
	(void)state;
	static const char *const sources[] = {"a"};
	struct patterns *p = make(sources, 1);
	struct arena a;
	struct pattern_hits hits;
	char text[1000];
	memset(text, 'a', sizeof(text));
	arena_init(&a, 0);
	patterns_scan(p, &a, (struct str){text, sizeof(text)}, &hits);
	assert_int_equal(hits.n, PATTERN_HITS_MAX);
	arena_fini(&a);
	patterns_free(&p);
}

static void
test_refused(void **state)
{
	(void)state;
	struct patterns *p = NULL;
	struct error e;
	struct pattern broken = {.source = STR("a(b")};
	assert_int_equal(patterns_new(&broken, 1, &p, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "a(b"));
	char *bytes = malloc(PATTERN_SOURCE_MAX + 1);
	memset(bytes, 'a', PATTERN_SOURCE_MAX + 1);
	struct pattern large = {.source = {bytes, PATTERN_SOURCE_MAX + 1}};
	assert_int_equal(patterns_new(&large, 1, &p, &e), ERR_LIMIT);
	free(bytes);
	struct pattern *many = calloc(PATTERNS_MAX + 1, sizeof(*many));
	assert_int_equal(patterns_new(many, PATTERNS_MAX + 1, &p, &e), ERR_LIMIT);
	free(many);
	assert_null(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aho_finds_all),
		cmocka_unit_test(test_aho_against_search),
		cmocka_unit_test(test_aho_limit),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_digits_needed),
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_too_many_hits),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
