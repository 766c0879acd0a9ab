#include "text/perception.h"

#include "base/utf8.h"
#include "text/personal.h"

void
perceive(const struct perceiver *p, struct arena *a, struct str text,
	const struct entity_context *context, struct perception *out)
{
	*out = (struct perception){0};
	struct entity_context own = *context;
	tokens_read(a, text, &out->tokens);
	if (p->languages)
		language_read(p->languages, a, &out->tokens, &out->language);
	if (!own.language.n)
		own.language = out->language.code;
	if (p->intents)
		intent_read(p->intents, a, &out->tokens, &out->intent);
	if (p->lexicon)
		mood_read(p->lexicon, a, &out->tokens, &out->mood);
	if (p->lexicon && p->moods)
		mood_learnt(p->moods, a, &out->tokens, &out->mood);
	if (p->entities)
		entities_read(p->entities, a, &out->tokens, &own, &out->entities);
	if (p->risk)
		risk_read(p->risk, a, &out->tokens, &out->risk);
}

/* Four places are all that a probability deserves. */
static void
write_share(struct jsonw *w, const char *key, double v)
{
	int64_t scaled = (int64_t)(v * 10000 + (v < 0 ? -.5 : .5));
	jsonw_kdouble(w, key, (double)scaled / 10000);
}

static void
write_score(struct jsonw *w, const struct intent_score *s)
{
	jsonw_object(w);
	jsonw_kstr(w, "name", s->name);
	write_share(w, "confidence", s->confidence);
	if (s->why.n)
		jsonw_kstr(w, "why", s->why);
	jsonw_end_object(w);
}

static void
write_intent(struct jsonw *w, const struct intent *i)
{
	jsonw_key(w, STR("intent"));
	write_score(w, &i->ranked[0]);
	jsonw_kbool(w, "out_of_scope", i->out_of_scope);
	jsonw_karray(w, "intent_ranking");
	for (size_t k = 0; k < i->n; k++)
		write_score(w, &i->ranked[k]);
	jsonw_end_array(w);
	jsonw_karray(w, "other_intents");
	for (size_t k = 0; k < i->also_count; k++)
		write_score(w, &i->also[k]);
	jsonw_end_array(w);
}

static void
write_learnt(struct jsonw *w, const struct mood_judgement *learnt)
{
	if (!learnt->label.n)
		return;
	jsonw_kobject(w, "learnt");
	jsonw_kstr(w, "label", learnt->label);
	write_share(w, "confidence", learnt->confidence);
	jsonw_end_object(w);
}

static void
write_points(struct jsonw *w, const struct mood_points *m)
{
	jsonw_kint(w, "points", m->points);
	jsonw_karray(w, "reasons");
	for (size_t i = 0; i < m->reason_count; i++)
		jsonw_str(w, m->reasons[i].text);
	jsonw_end_array(w);
}

static void
write_yes(struct jsonw *w, enum mood_topic topic, const struct mood_points *m,
	const struct mood *mood)
{
	jsonw_kobject(w, mood_topic_names[topic]);
	jsonw_kbool(w, "yes", m->yes);
	write_points(w, m);
	write_learnt(w, &mood->learnt[topic]);
	jsonw_end_object(w);
}

static void
write_mood(struct jsonw *w, const struct mood *m)
{
	jsonw_kobject(w, "sentiment");
	jsonw_kstr(w, "label", str_of(sentiment_names[m->sentiment.label]));
	write_share(w, "score", m->sentiment.score);
	write_share(w, "valence", m->sentiment.valence);
	write_share(w, "intensity", m->sentiment.intensity);
	write_share(w, "confidence", m->sentiment.confidence);
	write_learnt(w, &m->learnt[MOOD_SENTIMENT]);
	jsonw_end_object(w);
	jsonw_kobject(w, "urgency");
	jsonw_kstr(w, "level", str_of(urgency_names[m->level]));
	write_points(w, &m->urgency);
	write_learnt(w, &m->learnt[MOOD_URGENCY]);
	jsonw_end_object(w);
	write_yes(w, MOOD_COMPLAINT, &m->complaint, m);
	write_yes(w, MOOD_WANTS_PERSON, &m->escalation, m);
}

static void
write_entities(struct jsonw *w, const struct perception *seen)
{
	size_t at = 0, points = 0;
	jsonw_karray(w, "entities");
	for (size_t i = 0; i < seen->entities.n; i++) {
		const struct entity *e = &seen->entities.p[i];
		points += utf8_count(str_sub(seen->tokens.text, at, e->start));
		at = e->start;
		jsonw_object(w);
		jsonw_kstr(w, "entity", e->kind);
		jsonw_kint(w, "start", (int64_t)points);
		jsonw_kint(w, "end", (int64_t)(points + utf8_count(e->text)));
		jsonw_kstr(w, "text", e->text);
		jsonw_kstr(w, "value", e->value);
		if (e->role.n)
			jsonw_kstr(w, "role", e->role);
		write_share(w, "confidence", e->confidence);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

void
perception_write(const struct perceiver *p, struct arena *a,
	const struct perception *seen, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kstr(w, "text", seen->tokens.text);
	if (p->languages) {
		jsonw_kobject(w, "language");
		jsonw_kstr(w, "code", seen->language.code);
		write_share(w, "confidence", seen->language.confidence);
		jsonw_end_object(w);
	}
	if (p->intents)
		write_intent(w, &seen->intent);
	if (p->lexicon)
		write_mood(w, &seen->mood);
	if (p->entities) {
		write_entities(w, seen);
		jsonw_kstr(w, "redacted",
			personal_redact(a, seen->tokens.text, &seen->entities, NULL));
	}
	if (p->risk) {
		jsonw_kobject(w, "risk");
		write_share(w, "injection", seen->risk.injection);
		write_share(w, "abuse", seen->risk.abuse);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
}
