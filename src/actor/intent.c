/* What the customer wants and what the message names. */
#include "actor/actors.h"

#define CONTINUES_BELOW \
	0.6 /* an answer to our question is not taken for a new wish that is weaker than \
	       this */

#define CONTINUES_WORDS \
	8 /* a longer message that names nothing we asked for is no answer */

/* What a quick reply says; empty: none was chosen. */
static struct str
payload_of(const struct turn *t)
{
	for (size_t i = t->message_count; i-- > 0;) {
		if (t->messages[i].payload.n)
			return t->messages[i].payload;
	}
	return (struct str){0};
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

/* A few words that ask nothing: "the blue one", "I do not have it". */
static bool
is_brief(const struct turn *t, const struct tokens *words)
{
	return words->n <= CONTINUES_WORDS && !str_ends(str_trim(t->text), STR("?"));
}

/* "ORD-7F3E9A21" after "Which order?" carries on with what was wanted then. Who was asked
 * for a number may give the address first, or describe what is meant. */
static bool
continues(const struct turn *t, const struct intent_part *intent,
	const struct tokens *words)
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
				first_of_kind(intent, STR("email")).n ||
				is_brief(t, words)));
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

/* "/order_inquiry", and "/return_request ORD-7F3E9A21" of a quick reply that names its
 * record too. */
static bool
take_payload(struct turn *t, struct str payload, const char *why)
{
	struct intent_part *out = &t->doc.intent;
	struct str rest = payload, head;
	if (!str_starts(payload, STR("/")) || !str_split(&rest, ' ', &head))
		return false;
	struct str name = str_sub(head, 1, head.n);
	if (pack_intent(t->pack, name) < 0)
		return false;
	out->said = payload;
	out->name = name;
	out->confidence = 1;
	turn_cause(t, name, 1, str_of(why));
	return true;
}

/* A second wish in the same sentence must be this plain: "my order, and my address". */
#define SECOND_WISH_CONFIDENCE 0.8

/* What else the message wants: in sentences of its own, or plainly in the same one. */
static void
read_wishes(struct turn *t, const struct intent *found)
{
	struct items *also = &t->doc.intent.also;
	bool second =
		found->n > 1 && found->ranked[1].confidence >= SECOND_WISH_CONFIDENCE;
	if (!second && !found->also_count)
		return;
	struct str *list = ARENA_ARRAY(t->arena, struct str, found->also_count + 1);
	*also = (struct items){list, 0};
	for (size_t i = 0; i < found->also_count; i++) {
		list[also->n++] = found->also[i].name;
		if (second && str_eq(found->also[i].name, found->ranked[1].name))
			second = false;
	}
	if (second)
		list[also->n++] = found->ranked[1].name;
}

/* What the words speak for. */
static void
classify(struct turn *t, const struct tokens *words, struct intent *found)
{
	struct intent_part *out = &t->doc.intent;
	intent_read(pack_nlu(t->pack)->classifier, t->arena, words, found);
	out->name = found->ranked[0].name;
	out->confidence = found->ranked[0].confidence;
	if (found->n > 1) {
		out->second = found->ranked[1].name;
		out->second_confidence = found->ranked[1].confidence;
	}
}

/* A message that points back: at what was offered, at another record, or at what we asked
 * for. False: it speaks for itself. */
static bool
follow_up(struct turn *t, const struct tokens *words)
{
	const struct pack_context *pack = pack_context(t->pack);
	struct intent_part *out = &t->doc.intent;
	struct tokens offered;
	if (str_eq(out->name, pack->yes) && t->dialogue.offer.n &&
		take_payload(t, t->dialogue.offer, "a yes to what was offered")) {
		tokens_read(t->arena, t->dialogue.offer, &offered);
		read_entities(t, &offered, out);
		remember_named(t, out);
		return true;
	}
	out->other = str_eq(out->name, pack->other) && t->dialogue.last_intent.n;
	bool same = str_eq(out->name, pack->same) && t->dialogue.last_intent.n;
	out->continues = out->other || same || continues(t, out, words);
	if (!out->continues)
		return false;
	out->said = t->dialogue.asked;
	out->second = out->name;
	out->second_confidence = out->confidence;
	out->name = t->dialogue.last_intent;
	out->confidence = 1;
	turn_cause(t, out->name, 1,
		out->other     ? STR("the same of another one")
			: same ? STR("the same once more")
			       : arena_printf(t->arena, "answers the question for %.*s",
					 STR_ARG(t->dialogue.awaiting)));
	turn_second(t, out->second, out->second_confidence, LOST_BY_DIALOGUE);
	return true;
}

static enum turn_step
intent_run(struct turn *t)
{
	struct intent_part *out = &t->doc.intent;
	struct str payload = payload_of(t);
	struct tokens chosen;
	const struct tokens *words = &chosen;
	if (payload.n)
		tokens_read(t->arena, payload, &chosen);
	else
		words = turn_words(t);
	read_entities(t, words, out);
	remember_named(t, out);
	if (take_payload(t, payload, "chosen by quick reply"))
		return TURN_NEXT;
	struct intent found;
	classify(t, words, &found);
	if (follow_up(t, words))
		return TURN_NEXT;
	read_wishes(t, &found);
	turn_cause(t, out->name, out->confidence, found.ranked[0].why);
	turn_second(t, out->second, out->second_confidence, LOST_BY_SCORE);
	return TURN_NEXT;
}

const struct actor actor_intent = {.name = "intent", .version = 1, .run = intent_run};
