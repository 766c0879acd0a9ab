/* What perception reads of one message, and learns from one set of examples, at its limits and past them. */
#include "base/limits.h"
#include "text/entities.h"
#include "text/features.h"
#include "text/intent.h"
#include "text/model.h"
#include "text/mood.h"
#include "text/patterns.h"
#include "text/tagger_train.h"
#include "text/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

/* `n` times `what`, with `end` behind it. */
static struct str
repeated(struct arena *a, const char *what, size_t n, const char *end)
{
	struct buf b;
	buf_init(&b, 8u << 20);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&b, str_of(what));
	buf_add_str(&b, str_of(end));
	struct str text = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return text;
}

static double
valence_of(const struct lexicon *l, struct arena *a, struct str text)
{
	struct tokens t;
	struct mood m;
	tokens_read(a, text, &t);
	mood_read(l, a, &t, &m);
	return m.sentiment.valence;
}

static void
so_many_words_have_valence(void **state)
{
	const struct lexicon_source none = {.sentiment.threshold = .5};
	const struct lexicon_source *sources[] = {&none};
	struct lexicon *l = NULL;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	assert_int_equal(lexicon_new(sources, 1, &l, NULL), OK);
	struct str most = repeated(&a, "good ", VALENCE_HITS_MAX - 1, "");
	struct str all = arena_printf(&a, "%.*s good awful", STR_ARG(most));
	struct str one_less = arena_printf(&a, "%.*s awful", STR_ARG(most));
	struct str alone = arena_printf(&a, "%.*s table", STR_ARG(most));
	struct str silent = arena_printf(&a, "%.*s good table", STR_ARG(most));
	assert_true(valence_of(l, &a, one_less) < valence_of(l, &a, alone));
	/* One word later nobody hears it. */
	assert_true(valence_of(l, &a, all) == valence_of(l, &a, silent));
	lexicon_free(&l);
	arena_fini(&a);
}

static void
so_many_bytes_are_features(void **state)
{
	struct arena a;
	struct features most, more, less;
	(void)state;
	arena_init(&a, 0);
	struct str text = repeated(&a, "abcdefg ", FEATURE_TEXT_MAX / 8, "and more");
	features_read(&a, str_sub(text, 0, FEATURE_TEXT_MAX - 8), true, &less);
	features_read(&a, str_sub(text, 0, FEATURE_TEXT_MAX), true, &most);
	features_read(&a, text, true, &more);
	assert_true(less.n < most.n);
	assert_int_equal(most.n, more.n);
	arena_fini(&a);
}

static void
so_many_tokens_may_be_misspelt(void **state)
{
	struct str values[] = {STR("constantinople")};
	struct entity_lookup lookup = {
		.kind = STR("city"), .values = {values, 1}, .confidence = .9};
	struct entity_source s = {.lookups = {&lookup, 1}};
	struct entity_finder *f = NULL;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	assert_int_equal(entity_finder_new(&s, &f, NULL), OK);
	for (size_t before = LOOKUP_TOKENS_MAX - 1; before <= LOOKUP_TOKENS_MAX;
		before++) {
		struct tokens t;
		struct entities found;
		tokens_read(&a, repeated(&a, "a ", before, "constantinpole"), &t);
		assert_int_equal(t.n, before + 1);
		const struct entity_context c = {.language = STR("en")};
		entities_read(f, &a, &t, &c, &found);
		assert_int_equal(found.n, before < LOOKUP_TOKENS_MAX);
	}
	entity_finder_free(&f);
	arena_fini(&a);
}

/* ---- intents ---- */

static struct intent_classifier *
classifier_of(struct intent_rule *rules, size_t n)
{
	const struct intent_source s = {
		.rules = {rules, n}, .fallback = STR("none"), .fallback_confidence = .3};
	struct intent_classifier *c = NULL;
	struct error e;
	if (intent_classifier_new(&s, NULL, &c, &e))
		fail_msg("%s", e.text);
	return c;
}

static struct intent
intent_of(struct intent_classifier *c, struct arena *a, struct str text)
{
	struct tokens t;
	struct intent got;
	tokens_read(a, text, &t);
	intent_read(c, a, &t, &got);
	return got;
}

/* Rules 0, 1, 2 …: the word "wordN" speaks for the intent "intentN". */
static struct intent_rule *
numbered_rules(struct arena *a, size_t n)
{
	struct intent_rule *rules = ARENA_ARRAY(a, struct intent_rule, n);
	for (size_t i = 0; i < n; i++) {
		struct str *word = ARENA_NEW(a, struct str);
		char letters[3] = {(char)('a' + i / 26 % 26), (char)('a' + i % 26), 0};
		*word = arena_printf(a, "word%s", letters);
		rules[i] = (struct intent_rule){.intent = arena_printf(a, "intent%zu", i),
			.any = {word, 1},
			.weight = .9 - .001 * (double)i};
	}
	return rules;
}

static void
a_pack_has_so_many_rules_for_intents(void **state)
{
	struct arena a;
	struct intent_classifier *c = NULL;
	struct error e;
	(void)state;
	arena_init(&a, 0);
	struct intent_rule *rules = numbered_rules(&a, INTENT_RULES_MAX + 1);
	c = classifier_of(rules, INTENT_RULES_MAX);
	intent_classifier_free(&c);
	const struct intent_source s = {.rules = {rules, INTENT_RULES_MAX + 1}};
	assert_int_equal(intent_classifier_new(&s, NULL, &c, &e), ERR_LIMIT);
	assert_string_equal(e.text, "4097 keyword rules, at most 4096");
	arena_fini(&a);
}

static void
so_many_words_speak_for_intents(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	struct intent_classifier *c = classifier_of(numbered_rules(&a, 2), 2);
	/* The first word is the weightier one. */
	struct str last = repeated(&a, "wordab ", INTENT_HITS_MAX - 1, "wordaa");
	struct str late = repeated(&a, "wordab ", INTENT_HITS_MAX, "wordaa");
	assert_true(str_eq(intent_of(c, &a, last).ranked[0].name, STR("intent0")));
	assert_true(str_eq(intent_of(c, &a, late).ranked[0].name, STR("intent1")));
	intent_classifier_free(&c);
	arena_fini(&a);
}

static void
so_many_intents_are_told(void **state)
{
	struct arena a;
	struct buf text;
	(void)state;
	arena_init(&a, 0);
	struct intent_rule *rules = numbered_rules(&a, INTENT_RANKED_MAX + 2);
	struct intent_classifier *c = classifier_of(rules, INTENT_RANKED_MAX + 2);
	buf_init(&text, 4096);
	for (size_t i = INTENT_RANKED_MAX + 2; i-- > 0;)
		buf_printf(
			&text, "%.*s ", STR_ARG(((const struct str *)rules[i].any.p)[0]));
	struct intent got = intent_of(c, &a, buf_str(&text));
	assert_int_equal(got.n, INTENT_RANKED_MAX);
	for (size_t i = 0; i < got.n; i++)
		assert_true(str_eq(got.ranked[i].name, rules[i].intent));
	/* In sentences of their own: the first of all, and so many others. */
	for (size_t i = 0; i < text.n; i++)
		text.p[i] = text.p[i] == ' ' ? '.' : text.p[i];
	struct str dotted = arena_str(&a, buf_str(&text));
	buf_clear(&text);
	for (size_t i = 0; i < dotted.n; i++)
		buf_add_str(&text,
			dotted.p[i] == '.' ? STR(". ") : str_sub(dotted, i, i + 1));
	got = intent_of(c, &a, buf_str(&text));
	assert_int_equal(got.also_count, INTENT_ALSO_MAX);
	for (size_t i = 0; i < got.also_count; i++)
		assert_true(str_eq(got.also[i].name, rules[i + 1].intent));
	buf_fini(&text);
	intent_classifier_free(&c);
	arena_fini(&a);
}

static void
so_many_sentences_are_judged_alone(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	struct intent_classifier *c = classifier_of(numbered_rules(&a, 2), 2);
	for (size_t before = INTENT_SENTENCES_MAX - 1; before <= INTENT_SENTENCES_MAX;
		before++) {
		struct str text = repeated(&a, "Some wordaa. ", before, "Now wordab.");
		assert_int_equal(
			intent_of(c, &a, text).also_count, before < INTENT_SENTENCES_MAX);
	}
	intent_classifier_free(&c);
	arena_fini(&a);
}

/* ---- patterns ---- */

/* Patterns without a word that could be looked for first, so each of them reads the whole text. */
static size_t
limited_runs(struct arena *a, size_t count, struct str text)
{
	struct pattern *list = ARENA_ARRAY(a, struct pattern, count);
	struct patterns *p = NULL;
	struct pattern_hits hits;
	for (size_t i = 0; i < count; i++)
		list[i].source = arena_printf(a, "[b-y][b-y][b-y]{%zu}", i + 1);
	assert_int_equal(patterns_new(list, count, &p, NULL), OK);
	assert_int_equal(patterns_unfiltered(p), count);
	patterns_scan(p, a, text, &hits);
	assert_int_equal(hits.n, 0);
	patterns_free(&p);
	return hits.limited;
}

static void
patterns_read_so_many_bytes(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	struct str text = repeated(&a, "a", 40000, "");
	assert_int_equal(limited_runs(&a, PATTERN_WORK_MAX / 80000, text), 0);
	assert_true(limited_runs(&a, PATTERN_WORK_MAX / 40000, text) > 0);
	arena_fini(&a);
}

/* ---- learning ---- */

static void
so_many_examples_are_learnt(void **state)
{
	const struct train_row one = {.label = STR("a"), .text = STR("b")};
	const struct train_options o = {.seed = 1};
	struct buf out;
	struct error e;
	(void)state;
	buf_init(&out, 1 << 20);
	/* Counted before they are looked at. */
	assert_int_equal(train_model(&one, TRAIN_ROWS_MAX + 1, &o, &out, &e), ERR_LIMIT);
	assert_string_equal(e.text, "1000001 examples, at most 1000000");
	buf_fini(&out);
}

static void
so_many_intents_are_learnt(void **state)
{
	const struct train_options o = {.seed = 1};
	struct arena a;
	struct buf out;
	struct error e;
	(void)state;
	arena_init(&a, 0);
	buf_init(&out, MODEL_BYTES_MAX);
	struct train_row *rows = ARENA_ARRAY(&a, struct train_row, MODEL_CLASSES_MAX + 1);
	for (size_t i = 0; i <= MODEL_CLASSES_MAX; i++)
		rows[i] = (struct train_row){
			.label = arena_printf(&a, "intent%zu", i), .text = STR("hello")};
	assert_int_equal(
		train_model(rows, MODEL_CLASSES_MAX + 1, &o, &out, &e), ERR_LIMIT);
	assert_string_equal(e.text, "1025 intents, at most 1024");
	buf_fini(&out);
	arena_fini(&a);
}

static void
a_model_has_so_many_bytes(void **state)
{
	char path[] = P_tmpdir "/limits_test.XXXXXX";
	struct model *m = NULL;
	struct error e;
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, MODEL_BYTES_MAX), 0);
	assert_int_equal(model_open(path, &m, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "not a model file"));
	assert_int_equal(ftruncate(fd, (off_t)MODEL_BYTES_MAX + 1), 0);
	assert_int_equal(model_open(path, &m, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "larger than 67108864 bytes"));
	close(fd);
	unlink(path);
}

#define TAG_ROWS 1400
#define TAG_ROW_WORDS 100

/* Every word is inside a value, and none is there twice. */
static void
so_many_features_of_values_are_learnt(void **state)
{
	struct arena a;
	struct buf out, text;
	struct error e;
	uint64_t seed = 20261121;
	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&out, MODEL_BYTES_MAX);
	buf_init(&text, 1 << 20);
	struct train_row *rows = ARENA_ARRAY(&a, struct train_row, TAG_ROWS);
	for (size_t i = 0; i < TAG_ROWS; i++) {
		buf_clear(&text);
		for (size_t k = 0; k < TAG_ROW_WORDS; k++) {
			for (int letter = 0; letter < 8; letter++) {
				seed = seed * UINT64_C(6364136223846793005) + 1;
				buf_add_char(&text, (char)('a' + (seed >> 33) % 26));
			}
			buf_add_char(&text, ' ');
		}
		struct train_mention *m = ARENA_NEW(&a, struct train_mention);
		m->kind = STR("thing");
		m->start = 0;
		m->end = (uint32_t)text.n - 1;
		rows[i] = (struct train_row){.label = STR("some"),
			.text = arena_str(&a, buf_str(&text)),
			.mentions = m,
			.mention_count = 1};
	}
	assert_int_equal(tagger_train(rows, TAG_ROWS, 1, &out, &e), ERR_LIMIT);
	assert_non_null(
		strstr(e.text, "features of annotated examples, at most 1048576"));
	buf_fini(&text);
	buf_fini(&out);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_words_have_valence),
		cmocka_unit_test(so_many_bytes_are_features),
		cmocka_unit_test(so_many_tokens_may_be_misspelt),
		cmocka_unit_test(a_pack_has_so_many_rules_for_intents),
		cmocka_unit_test(so_many_words_speak_for_intents),
		cmocka_unit_test(so_many_intents_are_told),
		cmocka_unit_test(so_many_sentences_are_judged_alone),
		cmocka_unit_test(patterns_read_so_many_bytes),
		cmocka_unit_test(so_many_examples_are_learnt),
		cmocka_unit_test(so_many_intents_are_learnt),
		cmocka_unit_test(a_model_has_so_many_bytes),
		cmocka_unit_test(so_many_features_of_values_are_learnt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
