#include "text/perception.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct language_reader *languages;
	struct risk_reader *risk;
	struct lexicon *lexicon;
	struct entity_finder *entities;
	struct intent_classifier *intents;
	struct perceiver perceiver;
};

static int
setup(void **state)
{
	static const struct lexicon_source words;
	static struct str order[] = {STR_INIT("order")};
	static struct intent_rule rules[] = {
		{.intent = STR_INIT("order_inquiry"), .any = {order, 1}, .weight = .7}};
	static const struct intent_source intents = {.rules = {rules, 1}};
	const struct lexicon_source *sources[] = {&words};
	struct fixture *f = calloc(1, sizeof(*f));
	assert_int_equal(language_reader_new(&f->languages, NULL), OK);
	assert_int_equal(risk_reader_new(&f->risk, NULL), OK);
	assert_int_equal(lexicon_new(sources, 1, &f->lexicon, NULL), OK);
	assert_int_equal(entity_finder_new(NULL, &f->entities, NULL), OK);
	assert_int_equal(intent_classifier_new(&intents, NULL, &f->intents, NULL), OK);
	f->perceiver = (struct perceiver){.languages = f->languages,
		.intents = f->intents,
		.lexicon = f->lexicon,
		.entities = f->entities,
		.risk = f->risk};
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	language_reader_free(&f->languages);
	risk_reader_free(&f->risk);
	lexicon_free(&f->lexicon);
	entity_finder_free(&f->entities);
	intent_classifier_free(&f->intents);
	free(f);
	return 0;
}

static struct json *
see(const struct fixture *f, struct arena *a, struct str text)
{
	struct perception seen;
	struct buf b;
	struct jsonw w;
	struct json *j = NULL;
	struct entity_context c = {.now_ms = INT64_C(1772618400000)};
	buf_init(&b, 16 << 20);
	jsonw_init(&w, &b);
	perceive(&f->perceiver, a, text, &c, &seen);
	perception_write(&f->perceiver, a, &seen, &w);
	assert_false(buf_over(&b));
	assert_int_equal(json_parse(a, arena_str(a, buf_str(&b)), &j, NULL), OK);
	buf_fini(&b);
	return j;
}

static void
test_one_message(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct json *j = see(*state, &a,
		STR("Dónde está mi order? Escribe a ana@example.com, ¡es terrible!"));
	assert_true(
		str_eq(json_str(json_path(j, STR("language.code")), STR("")), STR("es")));
	assert_true(str_eq(json_str(json_path(j, STR("intent.name")), STR("")),
		STR("order_inquiry")));
	assert_true(str_eq(json_str(json_path(j, STR("sentiment.label")), STR("")),
		STR("negative")));
	const struct json *e = json_get(j, STR("entities"))->first;
	assert_true(str_eq(json_str(json_get(e, STR("entity")), STR("")), STR("email")));
	/* Offsets count code points: ó and á are one each. */
	assert_int_equal(json_int(json_get(e, STR("start")), -1), 31);
	assert_int_equal(json_int(json_get(e, STR("end")), -1), 46);
	assert_true(str_eq(json_str(json_get(j, STR("redacted")), STR("")),
		STR("Dónde está mi order? Escribe a [email], ¡es terrible!")));
	arena_fini(&a);
}

static void
test_parts_are_optional(void **state)
{
	(void)state;
	struct perceiver nothing = {0};
	struct perception seen;
	struct arena a;
	struct buf b;
	struct jsonw w;
	struct entity_context c = {0};
	arena_init(&a, 0);
	buf_init(&b, 4096);
	jsonw_init(&w, &b);
	perceive(&nothing, &a, STR("hi"), &c, &seen);
	perception_write(&nothing, &a, &seen, &w);
	assert_true(str_eq(buf_str(&b), STR("{\"text\":\"hi\"}")));
	buf_fini(&b);
	arena_fini(&a);
}

/* Bytes of every kind, from a seed that a failure prints. */
static void
test_any_bytes(void **state)
{
	uint64_t random = 20260304;
	print_message("seed %llu\n", (unsigned long long)random);
	for (int round = 0; round < 300; round++) {
		char text[400];
		size_t n = (size_t)(random >> 20) % sizeof(text);
		static const char likely[] =
			"$1234567890 -/.:,()@'\"aehmnopst from to at 3pm May \xc3\xa9\xe0\xb8\x81\xff\xf0";
		for (size_t i = 0; i < n; i++) {
			random = random * UINT64_C(6364136223846793005) +
				1442695040888963407u;
			text[i] = round % 3
				? likely[(random >> 33) % (sizeof(likely) - 1)]
				: (char)(random >> 33);
		}
		struct arena a;
		arena_init(&a, 0);
		see(*state, &a, (struct str){text, n});
		arena_fini(&a);
	}
}

static void
test_longest_message(void **state)
{
	static const char *const parts[] = {"a ", "1/2/", "from 5 to ", "aaaa", "$5 ",
		"http://a.co/", "\xf0\x9f\x98\xa1", "3 days and ", "not ", "@", "1-",
		"((((", "next ", "good very ", "two hundred "};
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		size_t each = strlen(parts[k]), n = 40000 / each * each;
		char *text = malloc(n);
		for (size_t i = 0; i < n; i++)
			text[i] = parts[k][i % each];
		struct arena a;
		arena_init(&a, 0);
		see(*state, &a, (struct str){text, n});
		arena_fini(&a);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_message, setup, teardown),
		cmocka_unit_test(test_parts_are_optional),
		cmocka_unit_test_setup_teardown(test_any_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest_message, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
