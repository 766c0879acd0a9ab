#include "text/mood_learnt.h"

#include "text/model.h"

static const char *const yes_no[] = {"no", "yes", NULL};

const char *const *
mood_topic_labels(enum mood_topic topic)
{
	switch (topic) {
	case MOOD_SENTIMENT:
		return sentiment_names;
	case MOOD_URGENCY:
		return urgency_names;
	case MOOD_COMPLAINT:
	case MOOD_WANTS_PERSON:
	case MOOD_TOPICS:
		break;
	}
	return yes_no;
}

/* The place of a label among its topic's; the models know no others. */
static int
label_index(enum mood_topic topic, struct str label)
{
	const char *const *names = mood_topic_labels(topic);
	int i = 0;
	while (names[i + 1] && !str_eq(label, str_of(names[i])))
		i++;
	return i;
}

static void
points_explain(struct arena *a, struct mood_points *m, bool yes)
{
	struct mood_reason *more =
		ARENA_ARRAY(a, struct mood_reason, m->reason_count + 1);
	if (m->reason_count)
		memcpy(more, m->reasons, m->reason_count * sizeof(*more));
	more[m->reason_count++] =
		(struct mood_reason){.text = STR("as examples of the pack")};
	m->reasons = more;
	m->yes = yes;
}

/* What the words say of the topic, as an index of its labels; *spoke: did any? */
static int
words_say(const struct mood *m, enum mood_topic topic, bool *spoke)
{
	const struct mood_points *p = topic == MOOD_URGENCY ? &m->urgency
		: topic == MOOD_COMPLAINT                   ? &m->complaint
							    : &m->escalation;
	if (topic == MOOD_SENTIMENT) {
		*spoke = m->sentiment.confidence > 0;
		return (int)m->sentiment.label;
	}
	*spoke = p->points > 0;
	return topic == MOOD_URGENCY ? (int)m->level : p->yes;
}

static void
mood_set(struct arena *a, enum mood_topic topic, int label, struct mood *m)
{
	switch (topic) {
	case MOOD_SENTIMENT:
		m->sentiment.label = (enum sentiment_label)label;
		m->sentiment.confidence = m->learnt[topic].confidence;
		break;
	case MOOD_URGENCY:
		m->level = (enum urgency_level)label;
		points_explain(a, &m->urgency, m->level > URGENCY_LOW);
		break;
	case MOOD_COMPLAINT:
		points_explain(a, &m->complaint, label);
		break;
	case MOOD_WANTS_PERSON:
		points_explain(a, &m->escalation, label);
		break;
	case MOOD_TOPICS:
		break;
	}
}

void
mood_learnt(const struct mood_models *m, struct arena *a, const struct tokens *t,
	struct mood *out)
{
	for (enum mood_topic topic = 0; topic < MOOD_TOPICS; topic++) {
		struct prediction p;
		bool spoke;
		if (!m->of[topic] || !t->n)
			continue;
		model_predict(m->of[topic], a, t->text, &p);
		if (p.out_of_scope)
			continue;
		struct str name = model_class(m->of[topic], p.best);
		out->learnt[topic] = (struct mood_judgement){name, (double)p.p[p.best]};
		int label = label_index(topic, name),
		    words = words_say(out, topic, &spoke);
		double sure = spoke ? LEARNT_AGAINST_WORDS : LEARNT_SURE;
		if (label != words && out->learnt[topic].confidence >= sure &&
			!(topic == MOOD_URGENCY && out->safety))
			mood_set(a, topic, label, out);
	}
}
