/* The reply as it leaves, and what the conversation remembers of this turn. */
#include "actor/actors.h"

#include "base/limits.h"
#include "base/utf8.h"

#define ASKED_MAX 300 /* bytes of a wish that are kept while we ask about it */

static enum turn_step
aggregation_run(struct turn *t)
{
	struct aggregation_part *out = &t->doc.aggregation;
	const struct escalation_part *escalation = &t->doc.escalation;
	const struct response_part *response = &t->doc.response;
	t->dialogue.turns++;
	if (t->doc.intent.name.n && !t->doc.decision.clarify && !t->verdict)
		t->dialogue.last_intent = t->doc.intent.name;
	t->dialogue.route = t->doc.decision.route;
	const struct str *quoted = response->articles.p;
	t->dialogue.article = response->articles.n ? *quoted : (struct str){0};
	if (t->doc.context.record_by.n)
		t->dialogue.record_id = t->doc.context.record_id;
	struct str wish = t->doc.intent.said.n ? t->doc.intent.said : t->text;
	t->dialogue.asked =
		t->dialogue.awaiting.n ? utf8_clip(wish, ASKED_MAX) : (struct str){0};
	/* A person who owns the conversation is told what became of an approval; anything
	 * else stays unsaid. */
	if (t->human_owns && !t->verdict)
		return TURN_NEXT;
	struct str text = escalation->text.n ? escalation->text : response->text;
	if (!text.n)
		return turn_fail(t, "no reply was made for the intent \"%.*s\"",
			STR_ARG(t->doc.intent.name));
	out->text = utf8_clip(text, MESSAGE_TEXT_BYTES_MAX);
	out->quick_replies =
		escalation->text.n ? escalation->quick_replies : response->quick_replies;
	return TURN_NEXT;
}

const struct actor actor_aggregation = {
	.name = "aggregation", .version = 1, .run = aggregation_run};
