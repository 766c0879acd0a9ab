/* Moods by labelled examples: where they correct what words say, and where they do not. */
#include "text/mood_learnt.h"

#include "base/limits.h"
#include "text/model.h"
#include "text/train.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const greasy[] = {"my soup swam in grease",
	"there was a hair on my plate", "the rice was like stones",
	"grease everywhere on the plate", "a hair in the rice again",
	"the plate was full of grease", "stones in my rice", "hair and grease once more"};
static const char *const homely[] = {"the rice melts on the tongue",
	"my grandmother cooked it nearer to home", "tastes like home",
	"we licked the plates bare", "my children asked for seconds",
	"we asked for seconds twice", "nearer to home than home",
	"melts on the tongue like snow"};

struct fixture {
	struct lexicon *words;
	struct buf bytes[MOOD_TOPICS];
	struct mood_models models;
	struct arena a;
};

static void
teach(struct fixture *f, enum mood_topic topic, const char *first, const char *second)
{
	struct train_row rows[16];
	struct error e;
	for (size_t i = 0; i < 8; i++) {
		rows[i] = (struct train_row){
			.label = str_of(first), .text = str_of(greasy[i])};
		rows[i + 8] = (struct train_row){
			.label = str_of(second), .text = str_of(homely[i])};
	}
	buf_init(&f->bytes[topic], MODEL_BYTES_MAX);
	if (train_model(
		    rows, 16, &(struct train_options){.seed = 1}, &f->bytes[topic], &e) ||
		model_open_bytes(buf_str(&f->bytes[topic]), &f->models.of[topic], &e))
		fail_msg("%s", e.text);
}

static int
setup(void **state)
{
	static struct str bad[] = {STR_INIT("awful")}, danger[] = {STR_INIT("fire")};
	static const struct lexicon_source words = {
		.sentiment.negative = {bad, 1}, .urgency.safety = {danger, 1}};
	const struct lexicon_source *sources[] = {&words};
	struct fixture *f = calloc(1, sizeof(*f));
	arena_init(&f->a, 0);
	assert_int_equal(lexicon_new(sources, 1, &f->words, NULL), OK);
	teach(f, MOOD_SENTIMENT, "negative", "positive");
	teach(f, MOOD_URGENCY, "high", "low");
	teach(f, MOOD_COMPLAINT, "yes", "no");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	for (enum mood_topic i = 0; i < MOOD_TOPICS; i++) {
		model_close(&f->models.of[i]);
		buf_fini(&f->bytes[i]);
	}
	lexicon_free(&f->words);
	arena_fini(&f->a);
	free(f);
	return 0;
}

static struct mood
see(struct fixture *f, const char *text)
{
	struct tokens t;
	struct mood m;
	tokens_read(&f->a, str_of(text), &t);
	mood_read(f->words, &f->a, &t, &m);
	mood_learnt(&f->models, &f->a, &t, &m);
	return m;
}

static void
examples_speak_where_words_are_silent(void **state)
{
	struct mood m = see(*state, "grease on the plate and a hair in my rice");
	assert_int_equal(m.sentiment.label, SENTIMENT_NEGATIVE);
	assert_true(m.sentiment.confidence >= LEARNT_SURE);
	assert_int_equal(m.level, URGENCY_HIGH);
	assert_true(m.urgency.yes && m.complaint.yes);
	assert_int_equal(m.complaint.points, 0);
	assert_string_equal(m.complaint.reasons[0].text.p, "as examples of the pack");
	/* A topic without examples says nothing. */
	assert_int_equal(m.learnt[MOOD_WANTS_PERSON].label.n, 0);
	assert_false(m.escalation.yes);
	m = see(*state, "tastes nearer to home");
	assert_int_equal(m.sentiment.label, SENTIMENT_POSITIVE);
	assert_false(m.complaint.yes || m.urgency.yes);
	assert_int_equal(m.complaint.reason_count, 0);
}

static void
words_hold_against_a_doubt(void **state)
{
	/* The examples find this a little rather one than the other. */
	struct mood m = see(*state, "awful home stones");
	assert_int_equal(m.sentiment.label, SENTIMENT_NEGATIVE);
	m = see(*state, "awful, but we asked for seconds and it melts on the tongue");
	assert_true(m.learnt[MOOD_SENTIMENT].confidence >= LEARNT_AGAINST_WORDS);
	assert_int_equal(m.sentiment.label, SENTIMENT_POSITIVE);
}

static void
danger_is_not_outvoted(void **state)
{
	struct mood m = see(*state, "fire! it melts on the tongue and tastes like home");
	assert_string_equal(m.learnt[MOOD_URGENCY].label.p, "low");
	assert_int_equal(m.level, URGENCY_CRITICAL);
}

static void
nothing_to_go_by(void **state)
{
	struct mood m = see(*state, "");
	assert_int_equal(m.learnt[MOOD_SENTIMENT].label.n, 0);
	m = see(*state, "xyzzy qwop");
	assert_int_equal(m.sentiment.label, SENTIMENT_NEUTRAL);
	assert_false(m.complaint.yes);
}

static void
topics_and_their_labels(void **state)
{
	(void)state;
	assert_string_equal(mood_topic_labels(MOOD_URGENCY)[3], "critical");
	assert_string_equal(mood_topic_labels(MOOD_COMPLAINT)[1], "yes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_speak_where_words_are_silent),
		cmocka_unit_test(words_hold_against_a_doubt),
		cmocka_unit_test(danger_is_not_outvoted),
		cmocka_unit_test(nothing_to_go_by),
		cmocka_unit_test(topics_and_their_labels),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
