/* Each promise of regular.h; and expressions by chance, beside PCRE2. */
#include "wire/regular.h"

#include "base/limits.h"
#include "wire/cel_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static enum regular_answer
find(const char *source, const char *text)
{
	struct arena a;
	arena_init(&a, 0);
	struct regular *r = regular_new(&a, str_of(source));
	if (!r)
		fail_msg("%s is not known", source);
	enum regular_answer answer = regular_find(r, str_of(text));
	/* The states that the first time left behind change nothing. */
	assert_int_equal(regular_find(r, str_of(text)), answer);
	arena_fini(&a);
	return answer;
}

static void
test_answers(void **state)
{
	(void)state;
	static const struct {
		const char *source, *text;
		bool occurs;
	} rows[] = {
		{"", "", true},
		{"^$", "", true},
		{"^$", "a", false},
		{"b", "abc", true},
		{"^b", "abc", false},
		{"c$", "abc", true},
		{"c$", "abc\n", false},
		{"a.c", "a\nc", false},
		{"a.c",
			"a\xc3\xa9"
			"c",
			true},
		{"a.c",
			"a\xe2\x82\xac"
			"c",
			true},
		{"^.$", "\xf0\x9f\x91\x8d", true},
		{"\\bcat\\b", "a cat.", true},
		{"\\bcat\\b", "concat", false},
		{"\\bcat\\b", "cat", true},
		{"cat\\b", "cats", false},
		{"\\b\xc3\xa9", "a\xc3\xa9", true}, /* \b is of ASCII */
		{"(?i)CAF\xc3\x89", "caf\xc3\xa9", true},
		{"CAF\xc3\x89", "caf\xc3\xa9", false},
		{"(?i)[a-c]x", "BX", true},
		{"(?i)[^a-c]x", "BX", false},
		{"[^a]", "\xe2\x82\xac", true},
		{"[]a]{2}", "a]", true},
		{"[a-]b", "-b", true},
		{"[\\d.]+x", "1.2x", true},
		{"\\W", "abc_9", false},
		{"\\W", "\xc3\xa9", true},
		{"^a{2,3}$", "a", false},
		{"^a{2,3}$", "aaa", true},
		{"^a{2,3}$", "aaaa", false},
		{"^a{2}$", "aa", true},
		{"^a{2,}$", "aaaaaa", true},
		{"^(ab){0,2}c", "ababc", true},
		{"^(ab){0,2}c", "abababc", false},
		{"xa{0}y", "xy", true},
		{"a(|b)c", "ac", true},
		{"(?:a|b)+?c", "abc", true},
		{"(?P<n>a)(?<m>b)", "ab", true},
		{"(a*)*b", "aaac", false},
		{"^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
		{"\\$\\d", "$5", true},
		{"\\A\\s\\z", "\v", true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (find(rows[i].source, rows[i].text) !=
			(rows[i].occurs ? REGULAR_OCCURS : REGULAR_ABSENT))
			fail_msg("%s in %s", rows[i].source, rows[i].text);
}

static void
test_not_known(void **state)
{
	(void)state;
	static const char *const sources[] = {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)",
		"a(?i)b", "(?i:a)", "(?s).", "(?>a)", "(*UTF)a", "a++", "a**", "*a", "a{",
		"a{,2}", "a{65}", "a{1,65}", "\\B", "\\p{L}", "\\Qa\\E", "\\x41", "\\1",
		"\\Z", "^*", "\\b+", "[[:alpha:]]", "[[.a.]]", "[a-\\d]", "[\\d-a]",
		"\xe2\x82\xac", "[\xe2\x82\xac]", "(a", "a)", "[a", "\\",
		"((a{60}){60}){60}"};
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct arena a;
		arena_init(&a, 0);
		if (regular_new(&a, str_of(sources[i])))
			fail_msg("%s", sources[i]);
		arena_fini(&a);
	}
}

/* Texts that it does not answer for. */
static void
test_unknown(void **state)
{
	(void)state;
	assert_int_equal(find("(?i)k", "\xe2\x84\xaa"), REGULAR_UNKNOWN); /* Kelvin */
	assert_int_equal(find("(?i)s", "\xc5\xbf"), REGULAR_UNKNOWN);     /* long s */
	assert_int_equal(find("a", "\xff"), REGULAR_UNKNOWN);
	assert_int_equal(find("a", "ab\xff"), REGULAR_OCCURS);

	struct arena a;
	arena_init(&a, 0);
	struct regular *r = regular_new(&a, STR("(x{60}y){10}"));
	size_t n = REGULAR_WORK_MAX / 1000;
	char *text = mem_alloc(n);
	memset(text, 'x', n);
	assert_non_null(r);
	assert_int_equal(regular_find(r, (struct str){text, 100}), REGULAR_ABSENT);
	assert_int_equal(regular_find(r, (struct str){text, n}), REGULAR_UNKNOWN);
	free(text);
	arena_fini(&a);
}

/* ---- the same as PCRE2 ---- */

static uint64_t
draw(uint64_t *seed, uint64_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % n;
}

static void
add(char *out, size_t *n, const char *z)
{
	size_t length = strlen(z);
	memcpy(out + *n, z, length + 1);
	*n += length;
}

static void
draw_expression(uint64_t *seed, char *out, size_t *n, int depth)
{
	static const char *const atoms[] = {"a", "b", "k", "S", "\xc3\xa9", "\xc3\x89",
		" ", "_", "1", ".", "\\w", "\\W", "\\d", "\\s", "\\b", "^", "$", "[ab]",
		"[^ab]", "[^\xc3\xa9_]", "[\\d-]", "[j-s]", "\\.", "\xc3\x97",
		"\xc3\xbf"};
	static const char *const repeats[] = {
		"*", "+", "?", "*?", "{2}", "{0,2}", "{1,3}", "{2,}", "+?"};
	int pieces = 1 + (int)draw(seed, 4);
	for (int i = 0; i < pieces; i++) {
		bool place = false;
		if (depth < 3 && draw(seed, 4) == 0) {
			add(out, n, draw(seed, 2) ? "(" : "(?:");
			draw_expression(seed, out, n, depth + 1);
			add(out, n, ")");
		} else {
			const char *atom =
				atoms[draw(seed, sizeof(atoms) / sizeof(atoms[0]))];
			place = !strcmp(atom, "\\b") || *atom == '^' || *atom == '$';
			add(out, n, atom);
		}
		if (!place && draw(seed, 3) == 0)
			add(out, n, repeats[draw(seed, 9)]);
	}
	if (draw(seed, 4) == 0) {
		add(out, n, "|");
		draw_expression(seed, out, n, depth + 1);
	}
}

static struct str
draw_text(uint64_t *seed, char *out)
{
	static const char *const bits[] = {"a", "b", "B", "k", "K", "s", "S", "\xc3\xa9",
		"\xc3\x89", " ", "_", "1", "2", "-", "\n", ".", "\xc3\x97", "\xc3\xb7",
		"\xc3\xbf", "\xe2\x82\xac", "\xf0\x9f\x91\x8d", "\xc3\x9f",
		"\xe2\x84\xaa"};
	size_t n = 0, bytes = draw(seed, 16);
	out[0] = '\0';
	while (n < bytes)
		add(out, &n, bits[draw(seed, draw(seed, 3) ? 14 : 23)]);
	return (struct str){out, n};
}

static void
compare(struct arena *a, const char *source, struct regular *r, struct str text,
	size_t *answers)
{
	struct pattern *p;
	struct error e;
	assert_int_equal(pattern_compile(a, str_of(source), &p, &e), OK);
	enum regular_answer got = regular_find(r, text);
	int wanted = pattern_match(p, a, text);
	if (wanted >= 0 && got != REGULAR_UNKNOWN && wanted != (got == REGULAR_OCCURS))
		fail_msg("/%s/ in \"%.*s\": %d", source, STR_ARG(text), wanted);
	answers[got]++;
}

static void
test_as_pcre2(void **state)
{
	(void)state;
	size_t answers[3] = {0}, known = 0;
	uint64_t seed = 20261121;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 3000; i++) {
		struct arena a;
		char source[4000] = "", text[64];
		size_t n = 0;
		if (draw(&seed, 2))
			add(source, &n, "(?i)");
		draw_expression(&seed, source, &n, 0);
		arena_init(&a, 0);
		struct regular *r =
			n <= CEL_PATTERN_MAX ? regular_new(&a, str_of(source)) : NULL;
		known += r != NULL;
		for (int k = 0; r && k < 12; k++)
			compare(&a, source, r, draw_text(&seed, text), answers);
		arena_fini(&a);
	}
	/* Else it would compare nothing. */
	assert_true(known > 2500);
	assert_true(answers[REGULAR_ABSENT] > 5000 && answers[REGULAR_OCCURS] > 5000);
}

/* More states than are kept: they are forgotten again and again. */
static void
test_forgotten(void **state)
{
	(void)state;
	static const char source[] = "a[ab]{11}c";
	uint64_t seed = 7;
	struct arena a;
	arena_init(&a, 0);
	struct regular *r = regular_new(&a, str_of(source));
	assert_non_null(r);
	size_t answers[3] = {0};
	for (int i = 0; i < 60; i++) {
		char text[101] = "";
		size_t n = 0;
		while (n < 100)
			add(text, &n,
				draw(&seed, 20) == 0     ? "c"
					: draw(&seed, 2) ? "a"
							 : "b");
		compare(&a, source, r, (struct str){text, n}, answers);
	}
	assert_true(answers[REGULAR_ABSENT] && answers[REGULAR_OCCURS]);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_as_pcre2),
		cmocka_unit_test(test_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
