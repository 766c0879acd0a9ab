/* What transcripts cannot show: limits, failures on the way, what exactly was asked of
 * the shop, and the same seed giving the same words. The pack is the one that ships, with
 * a line changed where a test needs it. */
#include "actor/rehearsal.h"

#include "wire/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const char world_text[] =
	"- {get: /customers/john.doe%40example.com, json: {customer_id: C-1, email: john.doe@example.com, first_name: John,"
	" tier: premium, account_status: active}}\n"
	"- {get: /customers/john.doe%40example.com/orders, json: {orders: [{order_id: ORD-7F3E9A21, customer_id: C-1,"
	" customer_email: john.doe@example.com, status: delivered, total_amount: 145.73, currency: USD, items: [{name: Mixer}],"
	" order_date: \"2026-02-19T10:00:00Z\", payment_status: paid}]}}\n"
	"- {get: /orders/ORD-7F3E9A21, json: {order_id: ORD-7F3E9A21, customer_id: C-1, customer_email: john.doe@example.com,"
	" status: delivered, total_amount: 145.73, currency: USD, items: [{name: Mixer}], order_date: \"2026-02-19T10:00:00Z\","
	" payment_status: paid}}\n"
	"- {get: /customers/john.doe%40example.com/support-history, json: {interactions: ["
	" {type: complaint, status: resolved, created_date: \"2026-03-01T00:00:00Z\"},"
	" {type: complaint, status: resolved, created_date: \"2026-03-02T00:00:00Z\"},"
	" {type: complaint, status: open, created_date: \"2026-03-03T00:00:00Z\"},"
	" {type: inquiry, status: open, created_date: \"2025-03-03T00:00:00Z\"}]}}\n"
	"- {post: /orders/ORD-7F3E9A21/refund, status: 201, json: {refund_id: REF-1}}\n"
	"- {post: /orders/ORD-7F3E9A21/notes, status: 201, json: {notes: 1}}\n"
	"- {post: /customers/john.doe%40example.com/notes, status: 201, json: {notes: 1}}\n"
	"- {post: /customers/john.doe%40example.com/support-history, status: 201, json: {interaction_id: INT-1}}\n";

struct stage {
	struct arena arena;
	const struct pack *pack;
	struct rehearsal r;
};

static struct json *
yaml(struct arena *a, const char *text)
{
	struct json *root;
	struct error e = {0};
	if (yaml_parse(a, str_of(text), &root, &e))
		fail_msg("%d: %s", e.line, e.text);
	return root;
}

/* The pack that ships; with `from` given, with that text of one of its files replaced. */
static const struct pack *
load(struct arena *a, const char *from, const char *to)
{
	struct pack *p = NULL;
	struct error e = {0};
	struct pack_host host = actor_pack_host;
	host.models = "build/test/models"; /* the same examples are learnt from once */
	if (pack_load("packs/ecommerce", &(struct pack_options){.host = &host}, &p, NULL,
		    &e))
		fail_msg("%s", e.text);
	if (!from)
		return p;
	struct str bundle = pack_bundle(p);
	struct str escaped_from = json_print(a, json_new_str(a, str_of(from)));
	struct str escaped_to = json_print(a, json_new_str(a, str_of(to)));
	escaped_from = str_sub(escaped_from, 1, escaped_from.n - 1);
	escaped_to = str_sub(escaped_to, 1, escaped_to.n - 1);
	ptrdiff_t at = str_find(bundle, escaped_from);
	if (at < 0)
		fail_msg("the pack does not hold: %s", from);
	struct str changed = arena_printf(a, "%.*s%.*s%.*s",
		STR_ARG(str_sub(bundle, 0, (size_t)at)), STR_ARG(escaped_to),
		STR_ARG(str_sub(bundle, (size_t)at + escaped_from.n, bundle.n)));
	const struct pack *old = p;
	pack_unref(&old);
	if (pack_load_bundle(changed, &host, &p, &e))
		fail_msg("%s", e.text);
	return p;
}

static void
open_stage(struct stage *s, const char *from, const char *to)
{
	static const struct field world_fields[] = {
		FIELD(struct rehearsal_answer, get, SCHEMA_STR),
		FIELD(struct rehearsal_answer, post, SCHEMA_STR),
		FIELD(struct rehearsal_answer, status, SCHEMA_INT),
		FIELD(struct rehearsal_answer, json, SCHEMA_JSON),
	};
	static const struct schema world_schema =
		SCHEMA("answer", struct rehearsal_answer, world_fields, "an answer");
	arena_init(&s->arena, 0);
	s->pack = load(&s->arena, from, to);
	struct json *world = yaml(&s->arena, world_text);
	struct rehearsal_answer *answers =
		ARENA_ARRAY(&s->arena, struct rehearsal_answer, world->count);
	size_t n = 0;
	json_each(v, world) {
		struct error e = {0};
		assert_int_equal(
			schema_read(&world_schema, &s->arena, v, &answers[n++], &e), OK);
	}
	rehearsal_init(&s->r, s->pack, &(struct items){answers, n});
	s->r.caller = (struct caller){.proof = PROOF_DEMO,
		.id = STR("C-1"),
		.email = STR("john.doe@example.com")};
	s->r.now = (struct wall){INT64_C(1773144000000)};
}

static void
close_stage(struct stage *s)
{
	rehearsal_fini(&s->r);
	pack_unref(&s->pack);
	arena_fini(&s->arena);
}

static const struct document *
say(struct stage *s, const char *text)
{
	struct error e = {0};
	if (rehearsal_play(&s->r, &(struct rehearsal_cue){.text = str_of(text)}, &e))
		fail_msg("%s", e.text);
	return &s->r.run.turn.doc;
}

static const struct document *
play(struct stage *s, const char *start, const char *given)
{
	struct error e = {0};
	struct rehearsal_cue cue = {.text = STR("I want it, please"),
		.start = str_of(start),
		.given = yaml(&s->arena, given)};
	if (rehearsal_play(&s->r, &cue, &e))
		fail_msg("%s", e.text);
	return &s->r.run.turn.doc;
}

static bool
has(struct str text, const char *part)
{
	return str_find(text, str_of(part)) >= 0;
}

static bool
caused(const struct stage *s, const char *actor, const char *rule)
{
	for (const struct cause *c = s->r.run.causes; c; c = c->next) {
		if (!strcmp(c->actor, actor) && has(c->rule, rule))
			return true;
	}
	return false;
}

static const struct held *
question(const struct stage *s, const char *key)
{
	for (const struct held *h = s->r.run.questions; h; h = h->next) {
		if (str_eq(h->key, str_of(key)))
			return h;
	}
	return NULL;
}

/* ---- limits ---- */

static void
no_more_actions_than_a_message_may(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	const struct document *d =
		say(&s, "The mixer is broken, this is a terrible product");
	assert_int_equal(d->execution.actions.n,
		3); /* two notes and, after three complaints this month, a supervisor */
	assert_int_equal(d->execution.done, 3);
	assert_int_equal(d->context.recent_complaints, 3);
	close_stage(&s);
	open_stage(&s, "per_message: 5", "per_message: 2");
	d = say(&s, "The mixer is broken, this is a terrible product");
	assert_int_equal(d->execution.actions.n, 2);
	assert_int_equal(s.r.effect_count, 2);
	assert_true(caused(&s, "execution", "escalate_to_supervisor"));
	close_stage(&s);
}

static void
the_amount_is_the_orders_and_the_limit_the_tiers(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	say(&s, "I want a refund for ORD-7F3E9A21");
	assert_int_equal(s.r.effect_count, 1);
	assert_true(str_eq(s.r.effects[0].body,
		STR("{\"amount\":145.73,\"reason\":\"I want a refund for ORD-7F3E9A21\"}")));
	assert_true(str_eq(s.r.effects[0].url,
		STR("http://127.0.0.1:8002/orders/ORD-7F3E9A21/refund")));
	close_stage(&s);
	open_stage(&s, "premium: 250", "premium: 145.72");
	const struct document *d = say(&s, "I want a refund for ORD-7F3E9A21");
	assert_int_equal(d->execution.pending, 1);
	assert_int_equal(s.r.effect_count, 0);
	assert_true(str_eq(((const struct action_part *)d->execution.actions.p)->reason,
		STR("over_limit")));
	assert_non_null(s.r.run.proposals);
	assert_null(s.r.run.proposals->next);
	close_stage(&s);
	open_stage(&s, "premium: 250", "premium: 145.73");
	d = say(&s, "I want a refund for ORD-7F3E9A21");
	assert_int_equal(d->execution.done, 1);
	close_stage(&s);
}

static void
restricted_actions_need_tier_confidence_or_urgency(void **state)
{
	static const struct {
		const char *given;
		bool free;
	} cases[] = {
		{"{tier: standard, confidence: 0.7, urgency: low}", false},
		{"{tier: standard, confidence: 0.8, urgency: medium}", false},
		{"{tier: standard, confidence: 0.81, urgency: low}", true},
		{"{tier: standard, confidence: 0.7, urgency: high}", true},
		{"{tier: vip, confidence: 0.7, urgency: low}", true},
		{"{tier: premium, confidence: 0.7, urgency: low}", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage s;
		open_stage(&s, "standard: 100", "standard: 1000");
		struct json *g = yaml(&s.arena, cases[i].given);
		struct str given = arena_printf(&s.arena,
			"{intent: {name: refund_request, confidence: %g}, sentiment: {urgency: %.*s}, context: {verified: true,"
			" tier: %.*s, email: john.doe@example.com, record_id: ORD-7F3E9A21, record_state: found, record:"
			" {order_id: ORD-7F3E9A21, total_amount: 145.73}}}",
			json_double(json_get(g, STR("confidence")), 0),
			STR_ARG(json_str(json_get(g, STR("urgency")), STR(""))),
			STR_ARG(json_str(json_get(g, STR("tier")), STR(""))));
		const struct document *d = play(&s, "decision", given.p);
		assert_int_equal(d->execution.actions.n, 1);
		assert_int_equal(d->execution.done, cases[i].free);
		assert_int_equal(d->execution.pending, !cases[i].free);
		close_stage(&s);
	}
}

/* ---- an approval ---- */

static void
an_approval_covers_what_was_approved(void **state)
{
	struct stage s;
	struct error e = {0};
	(void)state;
	open_stage(&s, "premium: 250", "premium: 10");
	say(&s, "I want a refund for ORD-7F3E9A21");
	struct json *frozen = json_copy(&s.arena, s.r.run.proposals->frozen);
	struct turn_verdict v = {.approval = STR("a-1"),
		.approved = true,
		.by = STR("Kim"),
		.action = frozen};
	const struct rehearsal_cue cue = {.verdict = &v};
	json_set(frozen, STR("amount"), json_new_double(&s.arena, 100));
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	const struct document *d = &s.r.run.turn.doc;
	assert_int_equal(d->execution.refused, 1);
	assert_int_equal(s.r.effect_count, 0);
	json_set(frozen, STR("amount"), json_new_double(&s.arena, 145.73));
	json_set(frozen, STR("action"), json_new_str(&s.arena, STR("no_longer_there")));
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	assert_int_equal(d->execution.refused, 1);
	assert_int_equal(s.r.effect_count, 0);
	json_set(frozen, STR("action"), json_new_str(&s.arena, STR("process_refund")));
	json_set(frozen, STR("email"),
		json_new_str(&s.arena, STR("someone.else@example.com")));
	json_set(frozen, STR("customer_id"), json_new_str(&s.arena, STR("C-2")));
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	assert_int_equal(s.r.effect_count, 0);
	json_set(frozen, STR("customer_id"), json_new_str(&s.arena, STR("C-1")));
	s.r.human_owns = true; /* whoever has the conversation is told */
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	assert_int_equal(d->execution.done, 1);
	assert_int_equal(s.r.effect_count, 1);
	assert_true(has(d->aggregation.text, "$145.73"));
	close_stage(&s);
}

/* ---- what is asked ---- */

static void
after_an_action_older_answers_do_not_serve(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	say(&s, "I want a refund for ORD-7F3E9A21");
	assert_int_equal(question(&s, "orders")->question.cache_ms, 60000);
	assert_int_equal(question(&s, "record.fresh")->question.cache_ms, 0);
	s.r.now.ms += 5000;
	say(&s, "Where is my order?");
	assert_int_equal(question(&s, "orders")->question.cache_ms, 5000);
	close_stage(&s);
}

static void
a_stranger_is_asked_for_nothing_personal(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	s.r.caller = (struct caller){.proof = PROOF_NONE,
		.id = STR("v-1"),
		.email = STR("john.doe@example.com")};
	const struct document *d = say(&s, "I am angry, where is my order?");
	assert_null(s.r.run.questions);
	assert_false(d->context.verified);
	assert_int_equal(d->context.name.n, 0);
	close_stage(&s);
}

/* ---- failures ---- */

static void
a_failing_actor_is_not_answered_with_silence(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, "  - name: greeting\n    intents: [greeting]",
		"  - name: greeting\n    when: conversation.turns < 0\n    intents: [greeting]");
	struct error e = {0};
	const struct pack *without = load(&s.arena, "  - name: general\n    text:",
		"  - name: general\n    when: conversation.turns < 0\n    text:");
	pack_unref(&s.r.pack);
	s.r.pack = pack_ref(without);
	struct rehearsal_cue cue = {.text = STR("text"),
		.start = STR("response"),
		.given = yaml(
			&s.arena, "{intent: {name: formal_complaint, confidence: 0.9}}")};
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	const struct document *d = &s.r.run.turn.doc;
	assert_true(str_eq(d->escalation.outcome, STR("fallback")));
	assert_true(has(d->aggregation.text, "Reference ID: "));
	assert_true(caused(&s, "escalation", "part_failed (policy.yaml:"));
	/* The second time in a row it is a person's. */
	assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
	assert_true(d->escalation.handoff);
	assert_true(caused(&s, "escalation", "failing_again (policy.yaml:"));
	pack_unref(&without);
	close_stage(&s);
}

static void
a_reply_with_bad_words_does_not_leave(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, "Is anything wrong with it that I can help with?",
		"What the hell do you want?");
	const struct document *d =
		say(&s, "What is the status of my order ORD-7F3E9A21?");
	assert_true(d->guardrail.checked);
	assert_false(d->guardrail.passed);
	assert_true(str_eq(d->guardrail.severity, STR("critical")));
	assert_false(has(d->aggregation.text, "hell"));
	assert_true(has(d->aggregation.text, "Reference ID: "));
	assert_true(caused(&s, "guardrail", "profanity (policy.yaml:"));
	close_stage(&s);
}

static void
a_rule_that_cannot_be_evaluated_does_not_hold(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, "when: context.recent_complaints > 2\n    method",
		"when: data.nothing.at.all > 2\n    method");
	const struct document *d =
		say(&s, "The mixer is broken, this is a terrible product");
	assert_int_equal(d->execution.actions.n, 2);
	assert_true(caused(&s, "execution", "escalate_to_supervisor"));
	close_stage(&s);
}

/* ---- guardrails of the pack ---- */

static const struct guard_issue *
issue(const struct document *d, const char *rule)
{
	items_each(const struct guard_issue, i, d->guardrail.issues) {
		if (str_eq(i->rule, str_of(rule)))
			return i;
	}
	return NULL;
}

static void
what_the_guardrails_say(void **state)
{
	static const struct {
		const char *text,
			*rule; /* the rule that speaks up; NULL: none of weight */
	} cases[] = {
		{"Hello, we will help you with this issue.", NULL},
		{"You are an idiot, we will help.", "profanity"},
		{"My lawyer can help you.", "legal_words"},
		{"I can help, your number is 123-45-6789.", "social_security_number"},
		{"We can help with card 4111 1111 1111 1111.", "card_number"},
		{"We help: passport AB1234567.", "passport_number"},
		{"We help: tracking number TRK987654321.", NULL},
		{"We promise to help.", "promise"},
		{"Our help: you have 45 days to return it.", "long_return_window"},
		{"Our help: you have 30 days to return it.", NULL},
		{"We help and refund $1,200.00.", "large_amount"},
		{"We help and refund $999.99.", NULL},
		{"We help: next day delivery.", "fast_shipping"},
		{"We help you the next day.", NULL},
		{"We gonna help you.", "slang"},
		{"You assist us with your used unit.", NULL},
		{"Help.", "too_short"},
		{"Help! Help! Help! Help!", "shouting"},
	};
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *given = yaml(&s.arena, "{sentiment: {label: neutral}}"),
			    *response = json_new_object(&s.arena);
		json_set(response, STR("text"),
			json_new_str(&s.arena, str_of(cases[i].text)));
		json_set(given, STR("response"), response);
		struct rehearsal_cue cue = {
			.text = STR("text"), .start = STR("guardrail"), .given = given};
		struct error e = {0};
		assert_int_equal(rehearsal_play(&s.r, &cue, &e), OK);
		const struct document *d = &s.r.run.turn.doc;
		if (cases[i].rule ? !issue(d, cases[i].rule) : d->guardrail.issues.n > 0)
			fail_msg("%s: %zu issues, not %s", cases[i].text,
				d->guardrail.issues.n, cases[i].rule);
	}
	close_stage(&s);
}

static void
an_unhappy_customer_reads_a_word_of_regret(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	const struct document *d = play(&s, "guardrail",
		"{sentiment: {label: negative}, response: {text: Your order is late. We help.}}");
	assert_non_null(issue(d, "no_empathy"));
	assert_true(d->guardrail.passed);
	d = play(&s, "guardrail",
		"{sentiment: {label: negative}, response: {text: I am sorry your order is late.}}");
	assert_null(issue(d, "no_empathy"));
	d = say(&s, "This is horrible, the mixer arrived broken");
	assert_null(issue(d, "no_empathy"));
	assert_true(d->response.escalation_needed);
	close_stage(&s);
}

/* ---- words ---- */

static void
contractions_are_negations(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	assert_int_equal(say(&s, "this isn't good")->sentiment.label, SENTIMENT_NEGATIVE);
	assert_int_equal(say(&s, "this is good")->sentiment.label, SENTIMENT_POSITIVE);
	double good = say(&s, "good")->sentiment.confidence;
	assert_true(say(&s, "excellent amazing wonderful fantastic great")
			    ->sentiment.confidence >= good);
	close_stage(&s);
}

static void
the_same_seed_says_the_same(void **state)
{
	(void)state;
	bool differ = false;
	char first[400] = "";
	for (uint64_t seed = 1; seed < 12; seed++) {
		struct stage s;
		char said[2][400];
		for (int again = 0; again < 2; again++) {
			open_stage(&s, NULL, NULL);
			s.r.seed = seed;
			const struct document *d = say(&s, "Thank you so much!");
			snprintf(said[again], sizeof said[again], "%.*s",
				STR_ARG(d->aggregation.text));
			close_stage(&s);
		}
		assert_string_equal(said[0], said[1]);
		if (seed == 1)
			snprintf(first, sizeof first, "%s", said[0]);
		differ = differ || strcmp(first, said[0]) != 0;
	}
	assert_true(differ);
}

static void
a_reference_is_eight_characters_of_its_message(void **state)
{
	struct stage s;
	char one[9], other[9];
	(void)state;
	open_stage(&s, NULL, NULL);
	const struct document *d = say(&s, "I want to speak to a manager");
	assert_int_equal(d->escalation.reference.n, 8);
	snprintf(one, sizeof one, "%.*s", STR_ARG(d->escalation.reference));
	assert_true(has(d->aggregation.text, one));
	d = say(&s, "I want to speak to a manager");
	snprintf(other, sizeof other, "%.*s", STR_ARG(d->escalation.reference));
	assert_string_not_equal(one, other);
	close_stage(&s);
}

static void
causes_name_the_place_in_the_pack(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	say(&s, "I want a refund for ORD-7F3E9A21");
	assert_true(caused(&s, "intent", "refund_request"));
	assert_true(caused(&s, "decision", "priority (policy.yaml:"));
	assert_true(caused(&s, "decision", "actions (policy.yaml:"));
	assert_true(caused(&s, "execution", "process_refund (actions.yaml:"));
	assert_true(caused(&s, "context", "demo"));
	close_stage(&s);
}

static const struct cause *
cause_of(const struct stage *s, const char *actor, const char *rule)
{
	for (const struct cause *c = s->r.run.causes; c; c = c->next) {
		if (!strcmp(c->actor, actor) && has(c->rule, rule))
			return c;
	}
	fail_msg("%s did not say %s", actor, rule);
	return NULL;
}

static void
causes_name_what_came_second(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s, NULL, NULL);
	const struct document *d = say(&s, "I want to speak to a manager");
	const struct cause *c = cause_of(&s, "decision", "asked_for_person");
	/* Rules see what was decided before the first, not by it. */
	assert_true(has(c->instead, "answer (policy.yaml:"));
	assert_int_equal(c->lost, LOST_BY_ORDER);
	assert_true(str_eq(d->decision.route, STR("escalate")));
	c = cause_of(&s, "escalation", "asked_for_person");
	assert_true(has(c->instead, "on (policy.yaml:"));
	c = cause_of(&s, "intent", "escalation_request");
	assert_true(str_eq(c->instead, d->intent.second));
	assert_int_equal(c->lost, c->instead.n ? LOST_BY_SCORE : LOST_NOTHING);
	assert_true(c->instead_score == d->intent.second_confidence);
	say(&s, "Where is my order ORD-7F3E9A21?");
	c = s.r.run.causes;
	while (c && strcmp(c->actor, "response") != 0)
		c = c->next;
	assert_non_null(c);
	if (!c)
		return;
	assert_true(has(c->instead, "(responses.yaml:"));
	assert_false(str_eq(c->instead, c->rule));
	close_stage(&s);
}

/* A rule behind the first that cannot be evaluated says nothing: it was not tried. */
static void
what_would_have_been_leaves_no_causes(void **state)
{
	struct stage s;
	(void)state;
	open_stage(&s,
		"when: intent.name in [\"legal_threat\", \"formal_complaint\", \"regulatory_complaint\"]\n    do: handoff",
		"when: 1 / message.messages == 1 / (message.messages - 1)\n    do: handoff");
	say(&s, "I want to speak to a manager");
	assert_true(caused(&s, "escalation", "asked_for_person"));
	assert_false(caused(&s, "escalation", "legal"));
	close_stage(&s);
}

static void
actors_are_found_by_name(void **state)
{
	(void)state;
	for (const char *const *name = actor_pack_host.actors; *name; name++) {
		assert_non_null(actor_find(str_of(*name)));
		assert_string_equal(actor_find(str_of(*name))->name, *name);
	}
	assert_null(actor_find(STR("nobody")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_actions_than_a_message_may),
		cmocka_unit_test(the_amount_is_the_orders_and_the_limit_the_tiers),
		cmocka_unit_test(restricted_actions_need_tier_confidence_or_urgency),
		cmocka_unit_test(an_approval_covers_what_was_approved),
		cmocka_unit_test(after_an_action_older_answers_do_not_serve),
		cmocka_unit_test(a_stranger_is_asked_for_nothing_personal),
		cmocka_unit_test(a_failing_actor_is_not_answered_with_silence),
		cmocka_unit_test(a_reply_with_bad_words_does_not_leave),
		cmocka_unit_test(a_rule_that_cannot_be_evaluated_does_not_hold),
		cmocka_unit_test(what_the_guardrails_say),
		cmocka_unit_test(an_unhappy_customer_reads_a_word_of_regret),
		cmocka_unit_test(contractions_are_negations),
		cmocka_unit_test(the_same_seed_says_the_same),
		cmocka_unit_test(a_reference_is_eight_characters_of_its_message),
		cmocka_unit_test(causes_name_the_place_in_the_pack),
		cmocka_unit_test(causes_name_what_came_second),
		cmocka_unit_test(what_would_have_been_leaves_no_causes),
		cmocka_unit_test(actors_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
