/*
 * What is said: an opening for the mood and tier, then what was done, or else the first
 * response of the pack that fits the intent, sentiment, tier and its own rule; behind it a
 * closing, when the message wants something else as well.
 */
#include "actor/actors.h"
#include "actor/record.h"
#include "actor/scope.h"
#include "actor/view.h"

static bool
tier_fits(const struct items *tiers, struct str tier)
{
	items_each(const struct str, name, *tiers) {
		if (str_eq(*name, tier))
			return true;
	}
	return tiers->n == 0;
}

static bool
response_fits(struct turn *t, struct scope *scope, const struct pack_response *r)
{
	if (r->sentiments && !(r->sentiments & (1u << t->doc.sentiment.label)))
		return false;
	return tier_fits(&r->tiers, t->doc.context.tier) && scope_test(scope, &r->rule);
}

/* The first that fits, behind another one when that is not NULL. */
static const struct pack_response *
choose_behind(struct turn *t, struct scope *scope, const struct pack_response *other)
{
	const struct items *list =
		pack_responses_for(t->pack, pack_intent(t->pack, t->doc.intent.name));
	bool behind = !other;
	for (size_t i = 0; i < list->n; i++) {
		const struct pack_response *r =
			((const struct pack_response *const *)list->p)[i];
		if (behind && response_fits(t, scope, r))
			return r;
		behind = behind || r == other;
	}
	return NULL;
}

static const struct pack_response *
choose_response(struct turn *t, struct scope *scope)
{
	return choose_behind(t, scope, NULL);
}

/* What would be said if this response did not fit; NULL: nothing would. */
static const struct pack_response *
choose_second(struct turn *t, struct scope *scope, const struct pack_response *first)
{
	scope->quiet = true;
	const struct pack_response *r = choose_behind(t, scope, first);
	scope->quiet = false;
	return r;
}

static const struct pack_response *
choose_opening(struct turn *t, struct scope *scope)
{
	items_each(const struct pack_response, r, *pack_openings(t->pack)) {
		if (response_fits(t, scope, r))
			return r;
	}
	return NULL;
}

static struct str
join_sentences(struct turn *t, struct str a, struct str b)
{
	return a.n && b.n ? ARENA_JOIN(t->arena, a, STR(" "), b) : a.n ? a : b;
}

static const struct pack_text *
words_about(const struct pack_action *a, struct str status)
{
	if (str_eq(status, STR("done")))
		return &a->done;
	if (str_eq(status, STR("pending")))
		return &a->pending;
	if (str_eq(status, STR("refused")))
		return &a->refused;
	return str_eq(status, STR("rejected")) ? &a->rejected : &a->failed;
}

/* A quiet action is only mentioned when somebody has to know that it did not go well. */
static struct str
say_actions(struct turn *t, struct json *view)
{
	struct str said = {0};
	items_each(const struct action_part, part, t->doc.execution.actions) {
		const struct pack_action *a = pack_action(t->pack, part->name);
		if (!a || a->quiet || str_eq(part->reason, STR(ACTION_UNREACHED)))
			continue;
		view_set_action(t, view, part, true);
		const char *key = ARENA_JOIN(t->arena, STR("say."), part->name).p;
		said = join_sentences(
			t, said, view_render(t, words_about(a, part->status), key, view));
	}
	return said;
}

static bool
needs_attention(const struct turn *t)
{
	const struct sentiment_part *s = &t->doc.sentiment;
	return s->urgency >= URGENCY_HIGH || t->doc.context.recent_complaints > 2 ||
		s->wants_human || (s->complaint && s->label == SENTIMENT_NEGATIVE) ||
		t->doc.execution.failed > 0;
}

static void
take_response(struct turn *t, const struct pack_response *r, const struct json *view)
{
	struct response_part *out = &t->doc.response;
	out->template_name = r->rule.name;
	out->tone = r->tone;
	out->confidence = r->confidence;
	view_quick_replies(t, r, view, &out->quick_replies);
	view_await(t, r, &out->quick_replies);
	if (t->doc.context.articles.n) {
		const struct article_part *best = t->doc.context.articles.p;
		struct str *id = ARENA_NEW(t->arena, struct str);
		*id = best->id;
		out->articles = (struct items){id, 1};
	}
	turn_cause(t, r->rule.label, r->confidence, out->tone);
}

static enum turn_step
say_verdict(struct turn *t)
{
	struct json *view = view_for_text(t);
	struct str said = say_actions(t, view);
	const struct pack_response *r = pack_say(t->pack, SAY_VERDICT);
	t->doc.response = (struct response_part){
		.text = said, .template_name = STR("verdict"), .confidence = 1};
	if (!said.n)
		t->doc.response.text = view_render(t, &r->text, "verdict", view);
	return TURN_NEXT;
}

/* What the pack would have said to a wish alone, when that asks nothing back. */
static struct str
answer_wish(struct turn *t, struct scope *scope, struct str wish, const struct json *view)
{
	struct str first = t->doc.intent.name;
	t->doc.intent.name = wish;
	const struct pack_response *r = choose_response(t, scope);
	t->doc.intent.name = first;
	if (!r || r->awaits.n)
		return (struct str){0};
	return view_render(t, &r->text, "wish", view);
}

static struct str
say_closing(struct turn *t, struct scope *scope, const struct pack_response *r,
	struct str wish, struct json *view)
{
	struct json *also = json_new_object(t->arena);
	struct str answer = answer_wish(t, scope, wish, view);
	json_set(also, STR("name"), json_new_str(t->arena, wish));
	if (answer.n)
		json_set(also, STR("answer"), json_new_str(t->arena, answer));
	json_set(view, STR("also"), also);
	return view_render(t, &r->text, "closing", view);
}

/* The buttons and the question of a closing hold when the reply itself asks nothing. */
static void
take_closing(struct turn *t, const struct pack_response *r, const struct json *view)
{
	struct items *buttons = &t->doc.response.quick_replies;
	turn_cause(t, r->rule.label, 0, STR("a second wish"));
	if (t->dialogue.awaiting.n || !r->quick_replies.n)
		return;
	view_quick_replies(t, r, view, buttons);
	view_await(t, r, buttons);
}

/* The first wish for which a closing has words. One is enough for a reply. */
static struct str
close_with(struct turn *t, struct scope *scope, struct json *view)
{
	items_each(const struct str, wish, t->doc.intent.also) {
		int intent = pack_intent(t->pack, *wish);
		items_each(const struct pack_response, r, *pack_closings(t->pack)) {
			if (intent < 0 || !r->wishes[intent] ||
				!response_fits(t, scope, r))
				continue;
			struct str said = say_closing(t, scope, r, *wish, view);
			if (!said.n)
				continue;
			take_closing(t, r, view);
			return said;
		}
	}
	return (struct str){0};
}

static enum turn_step
response_run(struct turn *t)
{
	struct response_part *out = &t->doc.response;
	if (t->verdict)
		return say_verdict(t);
	struct scope scope;
	scope_init(&scope, t);
	struct json *view = view_for_text(t);
	t->dialogue.awaiting = t->dialogue.offer = (struct str){0};
	t->dialogue.clarifications =
		t->doc.decision.clarify ? t->dialogue.clarifications + 1 : 0;
	struct str body = say_actions(t, view);
	out->confidence = 1;
	if (body.n) {
		turn_cause(t, STR("what was done"), 1, (struct str){0});
	} else {
		const struct pack_response *r = choose_response(t, &scope);
		if (!r)
			return turn_fail(t,
				"the pack has no response for the intent \"%.*s\"",
				STR_ARG(t->doc.intent.name));
		const struct pack_response *second = choose_second(t, &scope, r);
		body = view_render(t, &r->text, "response", view);
		take_response(t, r, view);
		if (second)
			turn_second(
				t, second->rule.label, second->confidence, LOST_BY_ORDER);
	}
	if (t->doc.intent.also.n)
		body = join_sentences(t, body, close_with(t, &scope, view));
	const struct pack_response *opening = choose_opening(t, &scope);
	if (opening)
		body = join_sentences(
			t, view_render(t, &opening->text, "opening", view), body);
	if (opening)
		turn_cause(t, opening->rule.label, 0, STR("the opening"));
	if (opening && opening->tone.n)
		out->tone = opening->tone;
	out->text = body;
	out->escalation_needed = needs_attention(t);
	return TURN_NEXT;
}

const struct actor actor_response = {
	.name = "response", .version = 1, .run = response_run};
