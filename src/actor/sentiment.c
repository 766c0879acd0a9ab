/* The mood of the message, and the language the conversation is held in. */
#include "actor/actors.h"

static struct items
copy_reasons(struct turn *t, const struct mood *mood)
{
	const struct mood_points *all[] = {
		&mood->urgency, &mood->complaint, &mood->escalation};
	size_t n = 0;
	for (size_t i = 0; i < 3; i++)
		n += all[i]->reason_count;
	struct str *reasons = ARENA_ARRAY(t->arena, struct str, n + 1);
	n = 0;
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < all[i]->reason_count; k++)
			reasons[n++] = all[i]->reasons[k].text;
	}
	return (struct items){reasons, n};
}

static struct str
join_reasons(struct turn *t, const struct mood_points *points)
{
	struct str all = {0};
	for (size_t i = 0; i < points->reason_count; i++)
		all = ARENA_JOIN(
			t->arena, all, i ? STR(", ") : STR(""), points->reasons[i].text);
	return all;
}

#define LANGUAGE_SURE \
	.8 /* below, the model guesses: gibberish, markup, a product's name */

/* The pack's own marks decide; where they say nothing the language model may if it is
 * sure, and without either the conversation stays with what it had, or with what the
 * person's program says. */
static void
choose_language(struct turn *t, const struct tokens *words)
{
	const struct str *codes = pack_about(t->pack)->languages.p;
	int guess = pack_guess_language(t->pack, words);
	struct language read;
	if (guess >= 0) {
		t->dialogue.language = codes[guess];
		return;
	}
	language_read(pack_nlu(t->pack)->languages, t->arena, words, &read);
	struct str language = language_follow(t->dialogue.language, &read);
	bool sure = t->dialogue.language.n || read.confidence >= LANGUAGE_SURE;
	if (sure && !str_eq(language, STR(LANGUAGE_UNKNOWN)))
		t->dialogue.language = language;
	else
		t->dialogue.language = codes[pack_language(t->pack, t->caller.locale)];
}

static enum turn_step
sentiment_run(struct turn *t)
{
	const struct tokens *words = turn_words(t);
	struct mood mood;
	mood_read(pack_nlu(t->pack)->lexicon, t->arena, words, &mood);
	mood_learnt(&pack_nlu(t->pack)->moods, t->arena, words, &mood);
	choose_language(t, words);
	t->doc.sentiment = (struct sentiment_part){
		.label = (int)mood.sentiment.label,
		.score = mood.sentiment.score,
		.intensity = mood.sentiment.intensity,
		.confidence = mood.sentiment.confidence,
		.hits = mood.sentiment.hits,
		.urgency = (int)mood.level,
		.urgency_points = mood.urgency.points,
		.complaint = mood.complaint.yes,
		.complaint_points = mood.complaint.points,
		.wants_human = mood.escalation.yes,
		.escalation_points = mood.escalation.points,
		.safety = mood.safety,
		.reasons = copy_reasons(t, &mood),
	};
	turn_cause(t, str_of(sentiment_names[mood.sentiment.label]), mood.sentiment.score,
		(struct str){0});
	if (mood.level > URGENCY_LOW)
		turn_cause(t,
			arena_printf(t->arena, "urgency %s", urgency_names[mood.level]),
			mood.urgency.points,
			mood.safety ? STR("a word of danger")
				    : join_reasons(t, &mood.urgency));
	if (mood.complaint.yes)
		turn_cause(t, STR("complaint"), mood.complaint.points,
			join_reasons(t, &mood.complaint));
	if (mood.escalation.yes)
		turn_cause(t, STR("wants a person"), mood.escalation.points,
			join_reasons(t, &mood.escalation));
	return TURN_NEXT;
}

const struct actor actor_sentiment = {
	.name = "sentiment", .version = 1, .run = sentiment_run};
