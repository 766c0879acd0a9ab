#include "text/entities.h"
#include "text/intent.h"
#include "text/model.h"
#include "text/train.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WORDS(...) \
	{ \
		(struct str[]){__VA_ARGS__}, \
			sizeof((struct str[]){__VA_ARGS__}) / sizeof(struct str) \
	}

static int
setup(void **state)
{
	struct intent_rule rules[] = {
		{.intent = STR("order_inquiry"),
			.any = WORDS(
				STR("order"), STR("tracking"), STR("where is my order")),
			.weight = .6},
		{.intent = STR("cancellation_request"),
			.any = WORDS(STR("cancel"), STR("cancel my order")),
			.weight = .7},
		{.intent = STR("delivery_issue"),
			.any = WORDS(STR("late"), STR("delivery")),
			.weight = .6},
		{.intent = STR("delivery_issue"),
			.all = WORDS(STR("not"), STR("arrived")),
			.weight = .5},
		{.intent = STR("compliment"),
			.any = WORDS(STR("great")),
			.without = WORDS(STR("not")),
			.weight = .6},
		{.intent = STR("legal_threat"),
			.patterns = WORDS(STR("i (will|am going to) sue")),
			.name = STR("threat"),
			.weight = .9,
			.decides = true},
	};
	struct intent_source s = {.rules = {rules, sizeof(rules) / sizeof(rules[0])},
		.fallback = STR("general_inquiry"),
		.fallback_confidence = .3};
	struct intent_classifier *c = NULL;
	struct error e;
	if (intent_classifier_new(&s, NULL, &c, &e))
		fail_msg("%s", e.text);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct intent_classifier *c = *state;
	intent_classifier_free(&c);
	return 0;
}

static struct intent
read_text(struct intent_classifier *c, struct arena *a, const char *text)
{
	struct tokens t;
	struct intent i;
	arena_init(a, 0);
	tokens_read(a, str_of(text), &t);
	intent_read(c, a, &t, &i);
	return i;
}

static void
test_rules(void **state)
{
	static const struct {
		const char *text, *intent;
		double confidence;
	} rows[] = {
		{"Where is my order?", "order_inquiry", .6},
		{"please cancel my order", "cancellation_request", .7},
		{"I want to cancel the order", "cancellation_request", .7},
		{"It is late, it has not arrived", "delivery_issue", .8},
		{"great", "compliment", .6},
		{"not great", "general_inquiry", .3},
		{"I am going to sue you", "legal_threat", .9},
		{"hello", "general_inquiry", .3},
		{"", "general_inquiry", .3},
		{"the border is disordered", "general_inquiry", .3},
		/* Equal weights: what covers more of the message. */
		{"a late order: where is my order", "order_inquiry", .6},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct intent got = read_text(*state, &a, rows[i].text);
		double off = got.ranked[0].confidence - rows[i].confidence;
		if (!str_eq(got.ranked[0].name, str_of(rows[i].intent)) || off > .001 ||
			off < -.001)
			fail_msg("%s: %.*s %g", rows[i].text, STR_ARG(got.ranked[0].name),
				got.ranked[0].confidence);
		assert_int_equal(
			got.out_of_scope, strcmp(rows[i].intent, "general_inquiry") == 0);
		arena_fini(&a);
	}
}

static void
test_phrase_hides_its_words(void **state)
{
	struct arena a;
	struct intent got = read_text(*state, &a, "please cancel my order");
	assert_int_equal(got.n, 1);
	assert_true(str_eq(got.ranked[0].why, STR("cancel my order")));
	arena_fini(&a);
	got = read_text(*state, &a, "cancel my order, the tracking says nothing");
	assert_int_equal(got.n, 2);
	arena_fini(&a);
}

static void
test_several_sentences(void **state)
{
	struct arena a;
	struct intent got =
		read_text(*state, &a, "Your app is great. Cancel my order! It is late.");
	assert_true(str_eq(got.ranked[0].name, STR("cancellation_request")));
	assert_int_equal(got.also_count, 2);
	assert_true(str_eq(got.also[0].name, STR("compliment")));
	assert_true(str_eq(got.also[1].name, STR("delivery_issue")));
	arena_fini(&a);
	got = read_text(*state, &a, "Cancel my order.");
	assert_int_equal(got.also_count, 0);
	arena_fini(&a);
}

/* A clause that opens a wish of its own is one; what "and" only joins is not. */
static void
test_clauses(void **state)
{
	struct arena a;
	struct intent got = read_text(*state, &a,
		"i will sue you and can you see why it has not arrived, so late");
	assert_int_equal(got.also_count, 1);
	assert_true(str_eq(got.also[0].name, STR("delivery_issue")));
	arena_fini(&a);
	got = read_text(*state, &a, "i will sue you and my parcel not arrived, so late");
	assert_int_equal(got.also_count, 0);
	arena_fini(&a);
}

/* A pack with courtesies whose rules are surer than those of what is wanted. */
static struct intent_classifier *
courteous(bool told)
{
	struct intent_rule rules[] = {
		{.intent = STR("account"), .any = WORDS(STR("password")), .weight = .55},
		{.intent = STR("order"), .any = WORDS(STR("order")), .weight = .55},
		{.intent = STR("delivery"), .any = WORDS(STR("soaked")), .weight = .65},
		{.intent = STR("refund"), .any = WORDS(STR("refund me")), .weight = .9},
		{.intent = STR("again"),
			.patterns = WORDS(STR("^ ?when will it come( [?])* ?$")),
			.weight = .9},
		{.intent = STR("compliment"),
			.any = WORDS(STR("thanks"), STR("thank you"), STR("great")),
			.weight = .6},
		{.intent = STR("greeting"),
			.any = WORDS(STR("hello"), STR("have a nice day")),
			.weight = .7},
	};
	struct intent_source s = {.rules = {rules, sizeof(rules) / sizeof(rules[0])}};
	struct str greetings[] = {STR("greeting")}, thanks[] = {STR("compliment")};
	struct intent_classifier *c = NULL;
	struct error e;
	if (told) {
		s.greetings = (struct items){greetings, 1};
		s.thanks = (struct items){thanks, 1};
	}
	if (intent_classifier_new(&s, NULL, &c, &e))
		fail_msg("%s", e.text);
	return c;
}

static void
assert_first(struct intent_classifier *c, const char *text, const char *want)
{
	struct arena a;
	struct intent got = read_text(c, &a, text);
	if (!str_eq(got.ranked[0].name, str_of(want)))
		fail_msg("\"%s\" is %.*s, not %s", text, STR_ARG(got.ranked[0].name),
			want);
	arena_fini(&a);
}

static void
test_courtesies_give_way(void **state)
{
	(void)state;
	static const struct {
		const char *text, *intent;
	} cases[] = {
		{"how do I change my password? Thanks!", "account"},
		{"my password? Thank you in advance.", "account"},
		{"any news about my order? Have a nice day!", "order"},
		{"Hello! Where is my order? Thank you. Have a nice day!", "order"},
		{"where is my order, thanks", "order"},
		{"where is my order\nthanks", "order"},
		{"how do i change my password thanks", "account"},
		{"Where is my order? Thanks,\nMaria Lopez", "order"},
		{"Thanks, refund me now.", "refund"},
		{"You will refund me. Thanks!", "refund"},
		{"My parcel is soaked. Thanks!", "delivery"},
		{"I'd rather have another order. Thanks!", "order"},
		/* A rule for whole messages sees the rest as one. */
		{"Hello, thanks. When will it come? Thank you.", "again"},
		/* Nothing speaks for the question, which still is one. */
		{"Do you like rain or can you swim? Thanks!", "general_inquiry"},
		{"Hello. My old blender leaks.", "general_inquiry"},
		/* What is told may be why there are thanks. */
		{"The order came today. Thank you!", "compliment"},
		{"It works. Thanks!", "compliment"},
		{"Thanks! Have a nice day!", "greeting"},
		{"Hello, how are you? Thanks", "greeting"},
		{"ok, thanks", "compliment"},
		{"Thanks!!!", "compliment"},
		{"hello", "greeting"},
		{"", "general_inquiry"},
		{"?!", "general_inquiry"},
	};
	struct intent_classifier *c = courteous(true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_first(c, cases[i].text, cases[i].intent);
	intent_classifier_free(&c);
	c = courteous(false);
	assert_first(c, cases[0].text, "compliment");
	intent_classifier_free(&c);
}

/* However many pieces there are, few are tried, and what is wanted is still found among
 * the sentences. */
static void
test_courtesies_without_end(void **state)
{
	(void)state;
	struct intent_classifier *c = courteous(true);
	char text[4096];
	size_t n = 0;
	for (int i = 0; i < 2 * INTENT_COURTESIES_MAX; i++, n += 8)
		memcpy(text + n, "Thanks! ", 8);
	snprintf(text + n, sizeof(text) - n, "refund me");
	assert_first(c, text + n / 2, "refund");
	struct arena a;
	struct intent got = read_text(c, &a, text);
	assert_true(str_eq(got.ranked[0].name, STR("refund")));
	arena_fini(&a);
	intent_classifier_free(&c);
}

static const struct train_row lessons[] = {
	{.label = STR_INIT("opening_hours"), .text = STR_INIT("when do you open")},
	{.label = STR_INIT("opening_hours"), .text = STR_INIT("are you open on sunday")},
	{.label = STR_INIT("opening_hours"),
		.text = STR_INIT("what are your opening hours")},
	{.label = STR_INIT("opening_hours"),
		.text = STR_INIT("until when are you open today")},
	{.label = STR_INIT("order_inquiry"), .text = STR_INIT("where is my parcel")},
	{.label = STR_INIT("order_inquiry"),
		.text = STR_INIT("my parcel did not come yet, where is it")},
	{.label = STR_INIT("order_inquiry"),
		.text = STR_INIT("tell me where my package is")},
	{.label = STR_INIT("order_inquiry"),
		.text = STR_INIT("has my package been sent")},
	{.label = STR_INIT("oos"), .text = STR_INIT("tell me a joke")},
	{.label = STR_INIT("oos"), .text = STR_INIT("who won the match")},
};

/* Rules lead: one that is certain wins, one that is only sure gives way to a model that is
 * surer of another intent. */
static void
expect_leading_rule(const struct model *m, double weight, const char *intent)
{
	struct intent_rule rule = {
		.intent = STR("compliment"), .any = WORDS(STR("open")), .weight = weight};
	struct intent_source s = {.rules = {&rule, 1}, .rules_lead = true};
	struct intent_classifier *c = NULL;
	struct arena a;
	assert_int_equal(intent_classifier_new(&s, m, &c, NULL), OK);
	struct intent got = read_text(c, &a, "when do you open");
	if (!str_eq(got.ranked[0].name, str_of(intent)))
		fail_msg("%g: %.*s %g", weight, STR_ARG(got.ranked[0].name),
			got.ranked[0].confidence);
	arena_fini(&a);
	intent_classifier_free(&c);
}

static void
test_model_and_rules(void **state)
{
	(void)state;
	struct buf bytes;
	struct model *m = NULL;
	struct intent_classifier *c = NULL;
	struct intent_rule rules[] = {
		{.intent = STR("opening_hours"),
			.any = WORDS(STR("parcel shop")),
			.weight = .9,
			.decides = true},
		{.intent = STR("compliment"), .any = WORDS(STR("joke")), .weight = .6},
		{.intent = STR("opening_hours"),
			.any = WORDS(STR("package")),
			.weight = .2},
	};
	struct intent_source s = {.rules = {rules, 3}};
	buf_init(&bytes, 1 << 20);
	assert_int_equal(train_model(lessons, sizeof(lessons) / sizeof(lessons[0]),
				 &(struct train_options){.seed = 1}, &bytes, NULL),
		OK);
	assert_int_equal(model_open_bytes(buf_str(&bytes), &m, NULL), OK);
	assert_int_equal(intent_classifier_new(&s, m, &c, NULL), OK);
	static const struct {
		const char *text, *intent;
		bool out_of_scope;
	} rows[] = {
		{"where is my package", "order_inquiry", false},
		{"when do you open on monday", "opening_hours", false},
		{"where is my parcel shop", "opening_hours", false},
		{"tell me a joke", "compliment", false},
		{"xyzzy plugh", "general_inquiry", true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct intent got = read_text(c, &a, rows[i].text);
		if (!str_eq(got.ranked[0].name, str_of(rows[i].intent)) ||
			got.out_of_scope != rows[i].out_of_scope)
			fail_msg("%s: %.*s %g", rows[i].text, STR_ARG(got.ranked[0].name),
				got.ranked[0].confidence);
		arena_fini(&a);
	}
	intent_classifier_free(&c);
	expect_leading_rule(m, .6, "opening_hours");
	expect_leading_rule(m, .97, "compliment");
	model_close(&m);
	buf_fini(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_phrase_hides_its_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_several_sentences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clauses, setup, teardown),
		cmocka_unit_test(test_courtesies_give_way),
		cmocka_unit_test(test_courtesies_without_end),
		cmocka_unit_test(test_model_and_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
