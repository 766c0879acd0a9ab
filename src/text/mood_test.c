#include "text/mood.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WORDS(...) \
	{ \
		(struct str[]){__VA_ARGS__}, \
			sizeof((struct str[]){__VA_ARGS__}) / sizeof(struct str) \
	}

static struct lexicon_pattern urgency_patterns[] = {
	{.match = STR_INIT("was supposed to (arrive|come)"),
		.points = 2,
		.reason = STR_INIT("promised")},
};

static struct lexicon_pattern complaint_patterns[] = {
	{.match = STR_INIT("file a complaint"), .points = 3},
};

static struct lexicon_pattern escalation_patterns[] = {
	{.match = STR_INIT("(speak|talk) to (a|your|the) (manager|person)"),
		.points = 3,
		.reason = STR_INIT("asks for a person")},
};

static int
setup(void **state)
{
	struct lexicon_source s = {
		.sentiment =
			{
				.positive = WORDS(STR("great"), STR("happy"),
					STR("excellent"), STR("ดีเยี่ยม")),
				.negative = WORDS(STR("bad"), STR("terrible"),
					STR("late"), STR("pésimo"), STR("disappoint*"),
					STR("issue")),
				.graded = {(struct lexicon_words[]){{.weight = 1.5,
						   .words =
							   WORDS(STR("not bad at all"))}},
					1},
				.intensifiers = WORDS(STR("very"), STR("absolutely")),
				.negations =
					WORDS(STR("not"), STR("can't"), STR("don't")),
			},
		.urgency =
			{
				.words = WORDS(STR("urgent"), STR("now"), STR("today"),
					STR("time-sensitive"), STR("late")),
				.patterns = {urgency_patterns, 1},
				.safety = WORDS(STR("smoke")),
				.calm = WORDS(
					STR("not urgent"), STR("can wait until today")),
			},
		.complaint =
			{
				.words = WORDS(STR("late"), STR("order"), STR("manager")),
				.patterns = {complaint_patterns, 1},
				.thanks = WORDS(STR("thank you")),
			},
		.escalation = {.words = WORDS(STR("manager"), STR("lawyer"), STR("sue")),
			.patterns = {escalation_patterns, 1}},
	};
	const struct lexicon_source *sources[] = {&s};
	struct lexicon *l = NULL;
	struct error e;
	if (lexicon_new(sources, 1, &l, &e))
		fail_msg("%s", e.text);
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct lexicon *l = *state;
	lexicon_free(&l);
	assert_null(l);
	return 0;
}

static struct mood
read_text(const struct lexicon *l, struct arena *a, const char *text)
{
	struct tokens t;
	struct mood m;
	arena_init(a, 0);
	tokens_read(a, str_of(text), &t);
	mood_read(l, a, &t, &m);
	return m;
}

static void
test_sentiment(void **state)
{
	static const struct {
		const char *text;
		enum sentiment_label label;
		double score;
	} rows[] = {
		{"", SENTIMENT_NEUTRAL, 0},
		{"What is the time?", SENTIMENT_NEUTRAL, 0},
		{"ExCeLlEnT sErViCe", SENTIMENT_POSITIVE, 1},
		{"I am very happy", SENTIMENT_POSITIVE, 1.5},
		{"this is not very great", SENTIMENT_NEGATIVE, -1.5},
		{"I can't be happy", SENTIMENT_NEGATIVE, -1},
		{"I can\xe2\x80\x99t be happy", SENTIMENT_NEGATIVE, -1},
		{"not now. great!", SENTIMENT_POSITIVE, 1},
		{"PESIMO servicio", SENTIMENT_NEGATIVE, -1},
		{"how disappointing", SENTIMENT_NEGATIVE, -1},
		{"not bad at all", SENTIMENT_POSITIVE, 1.5},
		{"a tissue issued by latecomers", SENTIMENT_NEUTRAL, 0},
		{"บริการดีเยี่ยมครับ ", SENTIMENT_POSITIVE, 1},
		{"great but terrible", SENTIMENT_NEUTRAL, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct mood m = read_text(*state, &a, rows[i].text);
		if (m.sentiment.label != rows[i].label ||
			m.sentiment.score != rows[i].score)
			fail_msg("%s: %s %g", rows[i].text,
				sentiment_names[m.sentiment.label], m.sentiment.score);
		arena_fini(&a);
	}
}

static void
test_intensity_needs_two_hits(void **state)
{
	struct arena a;
	assert_true(read_text(*state, &a, "terrible").sentiment.intensity == 0);
	arena_fini(&a);
	struct mood m = read_text(*state, &a, "terrible and late");
	assert_true(m.sentiment.intensity == 1);
	assert_int_equal(m.sentiment.hits, 2);
	arena_fini(&a);
	m = read_text(*state, &a, "terrible, late, great");
	assert_true(m.sentiment.intensity > .33 && m.sentiment.intensity < .34);
	arena_fini(&a);
}

static void
test_urgency(void **state)
{
	static const struct {
		const char *text;
		enum urgency_level level;
		int points;
	} rows[] = {
		{"no hurry", URGENCY_LOW, 0},
		{"urgent", URGENCY_MEDIUM, 1},
		{"urgent urgent URGENT", URGENCY_MEDIUM, 1},
		{"Time sensitive matter", URGENCY_MEDIUM, 1},
		{"urgent, it was supposed to arrive", URGENCY_HIGH, 3},
		{"urgent, late, now, today: it was  supposed to\ncome", URGENCY_CRITICAL,
			6},
		{"there is smoke", URGENCY_CRITICAL, 6},
		{"it is not urgent", URGENCY_LOW, 0},
		{"it can wait until today", URGENCY_LOW, 0},
		{"not urgent, not urgent at all: urgent", URGENCY_MEDIUM, 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct mood m = read_text(*state, &a, rows[i].text);
		if (m.level != rows[i].level || m.urgency.points != rows[i].points)
			fail_msg("%s: %s %d", rows[i].text, urgency_names[m.level],
				m.urgency.points);
		arena_fini(&a);
	}
}

static void
test_complaint_and_escalation(void **state)
{
	struct arena a;
	struct mood m = read_text(*state, &a, "My order is late");
	assert_true(m.complaint.yes);
	assert_false(m.escalation.yes);
	arena_fini(&a);
	m = read_text(*state, &a, "Thank you, my order was late but never mind");
	assert_false(m.complaint.yes);
	arena_fini(&a);
	m = read_text(*state, &a, "Thank you. I file a complaint: order late");
	assert_true(m.complaint.yes);
	arena_fini(&a);
	m = read_text(*state, &a, "let me speak to your manager");
	assert_true(m.escalation.yes);
	assert_int_equal(m.escalation.points, 4);
	assert_int_equal(m.escalation.reason_count, 2);
	assert_string_equal(m.escalation.reasons[1].text.p, "asks for a person");
	arena_fini(&a);
	m = read_text(*state, &a, "I pursue the managers of tissue");
	assert_int_equal(m.escalation.points, 0);
	arena_fini(&a);
	m = read_text(*state, &a, "the manager's lawyer will sue");
	assert_true(m.escalation.yes);
	arena_fini(&a);
}

static void
test_long_and_broken_text(void **state)
{
	size_t n = 40000;
	char *text = malloc(n + 1);
	for (size_t i = 0; i < n; i++)
		text[i] = "bad \xff late "[i % 11];
	text[n] = '\0';
	struct arena a;
	struct mood m = read_text(*state, &a, text);
	assert_int_equal(m.sentiment.hits, 7273);
	assert_int_equal(m.sentiment.label, SENTIMENT_NEGATIVE);
	arena_fini(&a);
	free(text);
}

static double
valence_of(const struct lexicon *l, const char *text)
{
	struct arena a;
	double v = read_text(l, &a, text).sentiment.valence;
	arena_fini(&a);
	return v;
}

/* Valence comes from the words that ship, whatever a pack's lists say. */
static void
test_valence(void **state)
{
	const struct lexicon *l = *state;
	assert_true(valence_of(l, "the parcel is on the table") == 0);
	assert_true(valence_of(l, "what a wonderful day") > .5);
	assert_true(valence_of(l, "this is horrible") < -.4);
	assert_true(valence_of(l, "this is not horrible") > 0);
	assert_true(valence_of(l, "very good") > valence_of(l, "good"));
	assert_true(valence_of(l, "slightly good") < valence_of(l, "good"));
	assert_true(valence_of(l, "it is GOOD") > valence_of(l, "it is good"));
	assert_true(valence_of(l, "good!!!") > valence_of(l, "good!"));
	assert_true(valence_of(l, "nice food but horrible service") <
		valence_of(l, "horrible service but nice food"));
	assert_true(valence_of(l, "thanks :)") > valence_of(l, "thanks"));
	assert_true(valence_of(l, "\xf0\x9f\x98\xa1") < -.3);
	assert_true(valence_of(l, "el servicio es excelente") > .5);
	assert_true(valence_of(l, "แย่มาก ไม่พอใจ") < -.3);
	double v = valence_of(
		l, "love love love love love love love love love love love love!!!!");
	assert_true(v > .7 && v <= 1);
}

/* How words act on each other, in pairs: the first is more pleasant. */
static void
test_valence_of_words_together(void **state)
{
	static const struct {
		const char *more, *less;
	} rows[] = {
		{"sooo goooood", "so good"},
		{"loooove this", "this"},
		{"that was not bad", "that was bad"},
		{"never been so happy", "never happy"},
		{"I can't complain", "I complain"},
		{"no problem", "problem"},
		{"at least it works", "it works least well, a mess"},
		{"fucking brilliant", "fucking useless"},
		{"pretty good", "pretty bad"},
		{"it is bland", "it is terribly bland"},
		{"it is kind of bland", "it is bland"},
		{"good, not a toy", "not a good toy"},
		{"it is good", "is it good?"},
		{"I see fine street", "I see Fine Street"},
		{"awful", "awful awful"},
		{"good", "good on a table of a house in a street of a town by a river"},
		{"thanks", "thanks for nothing"},
		{"great, it works", "great, another broken one"},
		{"muy bien", "muy mal"},
		{"graciaaas", "nada"},
		{"no está mal", "está mal"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double more = valence_of(*state, rows[i].more),
		       less = valence_of(*state, rows[i].less);
		if (more <= less)
			fail_msg(
				"%s: %g, %s: %g", rows[i].more, more, rows[i].less, less);
	}
	/* A strong word is not outdone by many weak ones. */
	assert_true(valence_of(*state, "horrible") <
		valence_of(*state, "slow, late, odd, cheap"));
}

static void
test_what_only_looks_like_a_word_of_mood(void **state)
{
	static const char *const rows[] = {
		"good morning, which kind of lamp, what is it like?",
		"https://example.com/a and http://b.example",
		"the box (the blue one): 12, note:d",
		"at least two of Clash of Clans",
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (valence_of(*state, rows[i]) != 0)
			fail_msg("%s: %g", rows[i], valence_of(*state, rows[i]));
	assert_true(valence_of(*state, "here :)") > 0);
	assert_true(valence_of(*state, "here:(") < 0);
	assert_true(valence_of(*state, "here :-/") < 0);
	assert_true(valence_of(*state, "here :d") > 0);
}

static void
test_shipped_words_decide_when_a_pack_has_none(void **state)
{
	(void)state;
	const struct lexicon_source none = {.sentiment.threshold = .5};
	const struct lexicon_source *sources[] = {&none};
	struct lexicon *l = NULL;
	struct arena a;
	assert_int_equal(lexicon_new(sources, 1, &l, NULL), OK);
	assert_int_equal(read_text(l, &a, "this is wonderful").sentiment.label,
		SENTIMENT_POSITIVE);
	arena_fini(&a);
	assert_int_equal(read_text(l, &a, "an awful, rude answer").sentiment.label,
		SENTIMENT_NEGATIVE);
	arena_fini(&a);
	assert_int_equal(
		read_text(l, &a, "แย่มาก ไม่พอใจ").sentiment.label, SENTIMENT_NEGATIVE);
	arena_fini(&a);
	assert_int_equal(
		read_text(l, &a, "อาหารไม่อร่อย").sentiment.label, SENTIMENT_NEGATIVE);
	arena_fini(&a);
	assert_int_equal(read_text(l, &a, "it was delivered on Monday").sentiment.label,
		SENTIMENT_NEUTRAL);
	arena_fini(&a);
	lexicon_free(&l);
}

/* Beside words of a pack, those that ship decide the label, but not how angry it is. */
static void
test_shipped_words_beside_a_packs_own(void **state)
{
	(void)state;
	static struct str own[] = {STR_INIT("laggy"), STR_INIT("rigged")};
	const struct lexicon_source s = {
		.sentiment = {.base = true, .negative = {own, 2}}};
	const struct lexicon_source *sources[] = {&s};
	struct lexicon *l = NULL;
	struct arena a;
	assert_int_equal(lexicon_new(sources, 1, &l, NULL), OK);
	struct mood m = read_text(l, &a, "an awful, disgusting shame");
	assert_int_equal(m.sentiment.label, SENTIMENT_NEGATIVE);
	assert_int_equal(m.sentiment.hits, 0);
	assert_true(m.sentiment.intensity == 0);
	arena_fini(&a);
	m = read_text(l, &a, "laggy and rigged");
	assert_int_equal(m.sentiment.hits, 2);
	assert_true(m.sentiment.intensity == 1);
	arena_fini(&a);
	/* What is wrong, said in plain words, is no mood. */
	m = read_text(l, &a, "I have a problem with a missing item");
	assert_int_equal(m.sentiment.label, SENTIMENT_NEUTRAL);
	assert_true(m.sentiment.valence < 0);
	arena_fini(&a);
	lexicon_free(&l);
}

static void
test_bad_pattern(void **state)
{
	(void)state;
	struct lexicon_pattern broken[] = {{.match = STR_INIT("(open"), .points = 1}};
	struct lexicon_source s = {.complaint.patterns = {broken, 1}};
	const struct lexicon_source *sources[] = {&s};
	struct lexicon *l = NULL;
	struct error e;
	assert_int_equal(lexicon_new(sources, 1, &l, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "(open"));
	assert_null(l);
}

static void
test_too_many_words(void **state)
{
	(void)state;
	size_t n = 50001;
	struct str *words = malloc(n * sizeof(*words));
	char *text = malloc(n * 8);
	for (size_t i = 0; i < n; i++)
		words[i] = (struct str){
			text + i * 8, (size_t)snprintf(text + i * 8, 8, "w%zu", i)};
	struct lexicon_source s = {.sentiment.positive = {words, n}};
	const struct lexicon_source *sources[] = {&s};
	struct lexicon *l = NULL;
	struct error e;
	assert_int_equal(lexicon_new(sources, 1, &l, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "50000"));
	free(words);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sentiment, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_intensity_needs_two_hits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urgency, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_complaint_and_escalation, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_long_and_broken_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_valence, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_valence_of_words_together, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_only_looks_like_a_word_of_mood, setup, teardown),
		cmocka_unit_test(test_shipped_words_decide_when_a_pack_has_none),
		cmocka_unit_test(test_shipped_words_beside_a_packs_own),
		cmocka_unit_test(test_bad_pattern),
		cmocka_unit_test(test_too_many_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
