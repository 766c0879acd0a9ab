/* What the customer wants and what the message names. */
#include "actor/actors.h"

#define CONTINUES_BELOW \
	0.6 /* an answer to our question is not taken for a new wish that is weaker than \
	       this */

/* What was said: a quick reply says its payload. */
static struct str
said(struct turn *t)
{
	for (size_t i = t->message_count; i-- > 0;) {
		if (t->messages[i].payload.n)
			return t->messages[i].payload;
	}
	return t->text;
}

static void
read_entities(struct turn *t, const struct tokens *words, struct intent_part *out)
{
	struct entity_context context = {
		.now_ms = t->now.ms, .language = t->dialogue.language};
	struct entities found;
	entities_read(pack_nlu(t->pack)->entities, t->arena, words, &context, &found);
	struct entity_part *list = ARENA_ARRAY(t->arena, struct entity_part, found.n + 1);
	for (size_t i = 0; i < found.n; i++)
		list[i] = (struct entity_part){found.p[i].kind, found.p[i].value,
			found.p[i].text, found.p[i].confidence};
	out->entities = (struct items){list, found.n};
}

static struct str
first_of_kind(const struct intent_part *intent, struct str kind)
{
	items_each(const struct entity_part, e, intent->entities) {
		if (str_eq(e->kind, kind))
			return e->value;
	}
	return (struct str){0};
}

/* "ORD-7F3E9A21" after "Which order?" carries on with what was wanted then. Who was asked
 * for a number may give the address first. */
static bool
continues(const struct turn *t, const struct intent_part *intent)
{
	struct str awaited = t->dialogue.awaiting,
		   record = pack_context(t->pack)->record.id;
	if (!awaited.n || !t->dialogue.last_intent.n ||
		intent->confidence >= CONTINUES_BELOW)
		return false;
	bool of_record = str_eq(awaited, record) || str_eq(awaited, STR("email"));
	return first_of_kind(intent, awaited).n ||
		(of_record &&
			(first_of_kind(intent, record).n ||
				first_of_kind(intent, STR("email")).n));
}

static void
remember_named(struct turn *t, const struct intent_part *intent)
{
	struct str kind = pack_context(t->pack)->record.id;
	struct str record = kind.n ? first_of_kind(intent, kind) : (struct str){0};
	struct str email = first_of_kind(intent, STR("email"));
	if (record.n)
		t->dialogue.record_id = record;
	if (email.n)
		t->dialogue.email = email;
}

static enum turn_step
intent_run(struct turn *t)
{
	struct intent_part *out = &t->doc.intent;
	struct str text = said(t);
	struct tokens words;
	tokens_read(t->arena, text, &words);
	read_entities(t, &words, out);
	remember_named(t, out);
	/* A quick reply may name its intent: "/order_inquiry". */
	if (text.n && text.p[0] == '/' &&
		pack_intent(t->pack, str_sub(text, 1, text.n)) >= 0) {
		out->name = str_sub(text, 1, text.n);
		out->confidence = 1;
		turn_cause(
			t, out->name, 1, (struct str){0}, STR("chosen by quick reply"));
		return TURN_NEXT;
	}
	struct intent found;
	intent_read(pack_nlu(t->pack)->classifier, t->arena, &words, &found);
	out->name = found.ranked[0].name;
	out->confidence = found.ranked[0].confidence;
	if (found.n > 1) {
		out->second = found.ranked[1].name;
		out->second_confidence = found.ranked[1].confidence;
	}
	out->continues = continues(t, out);
	if (!out->continues) {
		turn_cause(
			t, out->name, out->confidence, out->second, found.ranked[0].why);
		return TURN_NEXT;
	}
	out->second = out->name;
	out->second_confidence = out->confidence;
	out->name = t->dialogue.last_intent;
	out->confidence = 1;
	turn_cause(t, out->name, 1, out->second,
		arena_printf(t->arena, "answers the question for %.*s",
			STR_ARG(t->dialogue.awaiting)));
	return TURN_NEXT;
}

const struct actor actor_intent = {.name = "intent", .version = 1, .run = intent_run};
