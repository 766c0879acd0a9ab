/* Patterns: what a text of ASCII finds is what the same text finds among other letters.
 */
#include "text/patterns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const sources[] = {
	"\\b\\d{3}-\\d{2}-\\d{4}\\b",
	"\\b(3[1-9]|[4-9]\\d)[ -]?days?\\b",
	"[$] ?\\d{4,}",
	"\\bord-(\\w{4})\\b",
	"[[:punct:]]{2}",
	"^\\S+\\s",
	"(?<!\\w)kg(?!\\w)",
	"d\u00edas?",
	"\\x{e9}+",
};
#define SOURCES (sizeof(sources) / sizeof(*sources))

static const char *const texts[] = {
	"",
	"My number is 123-45-6789, not 1123-45-6789.",
	"Return it within 45 Days or 31-day periods; 300 days is too long",
	"It cost $2500 or $ 12345?!",
	"ORD-7F3E and ord-ab_1, but not word-1234x",
	"5 kg, 5kg, KG!",
	"tab\there\nand a line",
};

static struct patterns *
compile(void)
{
	struct pattern list[SOURCES] = {0};
	struct patterns *p = NULL;
	struct error e = {0};
	for (size_t i = 0; i < SOURCES; i++)
		list[i].source = str_of(sources[i]);
	if (patterns_new(list, SOURCES, &p, &e) != OK)
		fail_msg("%s", e.text);
	return p;
}

/* Behind the text stands a blank and a letter that is not ASCII; hits that
 * reach into those are left out. */
static void
ascii_finds_what_unicode_finds(void **state)
{
	struct patterns *p = compile();
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct arena a;
		struct pattern_hits plain, wide;
		arena_init(&a, 0);
		struct str text = str_of(texts[i]);
		patterns_scan(p, &a, arena_printf(&a, "%s ~", texts[i]), &plain);
		patterns_scan(p, &a, arena_printf(&a, "%s ñ", texts[i]), &wide);
		size_t n = 0, m = 0;
		for (;; n++, m++) {
			while (n < plain.n && plain.p[n].end > text.n)
				n++;
			while (m < wide.n && wide.p[m].end > text.n)
				m++;
			if (n >= plain.n || m >= wide.n)
				break;
			assert_memory_equal(&plain.p[n], &wide.p[m], sizeof(*plain.p));
		}
		assert_true(n >= plain.n && m >= wide.n);
		arena_fini(&a);
	}
	patterns_free(&p);
}

static size_t
count(struct patterns *p, const char *text, uint32_t id)
{
	struct arena a;
	struct pattern_hits hits;
	size_t n = 0;
	arena_init(&a, 0);
	patterns_scan(p, &a, str_of(text), &hits);
	for (size_t i = 0; i < hits.n; i++)
		n += hits.p[i].id == id;
	arena_fini(&a);
	return n;
}

static void
finds_what_it_should(void **state)
{
	struct patterns *p = compile();
	(void)state;
	assert_int_equal(count(p, texts[1], 0), 1);
	assert_int_equal(count(p, texts[2], 1), 2);
	assert_int_equal(count(p, texts[3], 2), 2);
	assert_int_equal(count(p, texts[4], 3), 2);
	assert_int_equal(count(p, texts[5], 6), 2);
	/* Digits and word borders of other scripts count where there are any. */
	assert_int_equal(count(p, "١٢٣-45-6789", 0), 1);
	assert_int_equal(count(p,
				 "ñ"
				 "123-45-6789",
				 0),
		0);
	assert_int_equal(count(p, "tres días", 7), 1);
	assert_int_equal(count(p, "tres dias", 7), 0);
	assert_int_equal(count(p, "café", 8), 1);
	patterns_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_finds_what_unicode_finds),
		cmocka_unit_test(finds_what_it_should),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
