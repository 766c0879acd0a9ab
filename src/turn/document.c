#include "turn/document.h"

#include "base/limits.h"
#include "base/schema_bytes.h"

static const struct field sentiment_fields[] = {
	/* What is zero is left out unless it is required; the names must always be seen.
	 */
	FIELD(struct sentiment_part, label, SCHEMA_ENUM, .required = true,
		.fallback = "\"neutral\"", .names = sentiment_names,
		.doc = "negative, neutral or positive"),
	FIELD(struct sentiment_part, score, SCHEMA_DOUBLE,
		.doc = "sum of the words' weights"),
	FIELD(struct sentiment_part, intensity, SCHEMA_DOUBLE,
		.doc = "0 to 1; 0 with fewer than two words that count"),
	FIELD(struct sentiment_part, confidence, SCHEMA_DOUBLE, .doc = "0 to 1"),
	FIELD(struct sentiment_part, hits, SCHEMA_INT, .doc = "words that counted"),
	FIELD(struct sentiment_part, urgency, SCHEMA_ENUM, .required = true,
		.fallback = "\"low\"", .names = urgency_names,
		.doc = "low, medium, high or critical"),
	FIELD(struct sentiment_part, urgency_points, SCHEMA_INT,
		.doc = "points behind the urgency"),
	FIELD(struct sentiment_part, complaint, SCHEMA_BOOL,
		.doc = "the message complains"),
	FIELD(struct sentiment_part, complaint_points, SCHEMA_INT,
		.doc = "points behind the complaint"),
	FIELD(struct sentiment_part, wants_human, SCHEMA_BOOL,
		.doc = "asks for a person or threatens to go further"),
	FIELD(struct sentiment_part, escalation_points, SCHEMA_INT,
		.doc = "points behind wants_human"),
	FIELD(struct sentiment_part, safety, SCHEMA_BOOL,
		.doc = "speaks of danger to someone"),
	FIELD(struct sentiment_part, reasons, SCHEMA_STRS,
		.doc = "words and patterns that counted"),
};
const struct schema sentiment_schema = SCHEMA(
	"sentiment", struct sentiment_part, sentiment_fields, "the mood of the message");

static const struct field entity_fields[] = {
	FIELD(struct entity_part, kind, SCHEMA_STR,
		.doc = "what it is: order_id, email, money …"),
	FIELD(struct entity_part, value, SCHEMA_STR, .doc = "in normal form"),
	FIELD(struct entity_part, text, SCHEMA_STR, .doc = "as written"),
	FIELD(struct entity_part, confidence, SCHEMA_DOUBLE, .doc = "0 to 1"),
};
const struct schema entity_schema = SCHEMA(
	"entity", struct entity_part, entity_fields, "a thing named in the message");

static const struct field intent_fields[] = {
	FIELD(struct intent_part, name, SCHEMA_STR, .doc = "what the customer wants"),
	FIELD(struct intent_part, confidence, SCHEMA_DOUBLE, .doc = "0 to 1"),
	FIELD(struct intent_part, second, SCHEMA_STR, .doc = "the runner-up"),
	FIELD(struct intent_part, second_confidence, SCHEMA_DOUBLE, .doc = "0 to 1"),
	FIELD(struct intent_part, said, SCHEMA_STR,
		.doc = "a quick reply's payload, what a yes stands for, or the wish that an answer belongs to"),
	FIELD(struct intent_part, also, SCHEMA_STRS,
		.doc = "other wishes of the same message, surest first"),
	FIELD(struct intent_part, other, SCHEMA_BOOL,
		.doc = "of another record than the one spoken of last"),
	FIELD(struct intent_part, continues, SCHEMA_BOOL,
		.doc = "the message answers what the last reply asked"),
	FIELD(struct intent_part, entities, SCHEMA_LIST, .of = &entity_schema,
		.doc = "things named in the message"),
};
const struct schema intent_schema =
	SCHEMA("intent", struct intent_part, intent_fields, "what the customer wants");

static const struct field quick_reply_fields[] = {
	FIELD(struct quick_reply, title, SCHEMA_STR, .required = true,
		.doc = "what the button says"),
	FIELD(struct quick_reply, payload, SCHEMA_STR,
		.doc = "what it sends; the title when empty"),
};
const struct schema quick_reply_schema = SCHEMA(
	"quick_reply", struct quick_reply, quick_reply_fields, "a button under a reply");

static const struct field article_fields[] = {
	FIELD(struct article_part, id, SCHEMA_STR, .doc = "file name without its ending"),
	FIELD(struct article_part, title, SCHEMA_STR, .doc = "its heading"),
	FIELD(struct article_part, text, SCHEMA_STR, .doc = "what it answers"),
	FIELD(struct article_part, score, SCHEMA_DOUBLE, .doc = "0 to 1"),
};
static const struct schema article_schema = SCHEMA("article", struct article_part,
	article_fields, "a knowledge article that fits the question");

static const struct field context_fields[] = {
	FIELD(struct context_part, verified, SCHEMA_BOOL,
		.doc = "the person is who they say"),
	FIELD(struct context_part, verified_by, SCHEMA_STR,
		.doc = "api_key, signed, demo or record_and_email"),
	FIELD(struct context_part, customer_id, SCHEMA_STR,
		.doc = "the company's id of the person"),
	FIELD(struct context_part, name, SCHEMA_STR, .doc = "how to address them"),
	FIELD(struct context_part, email, SCHEMA_STR, .doc = "proved when verified"),
	FIELD(struct context_part, tier, SCHEMA_STR,
		.doc = "standard when it is not known"),
	FIELD(struct context_part, account_status, SCHEMA_STR,
		.doc = "as the customer source has it"),
	FIELD(struct context_part, total_orders, SCHEMA_INT, .doc = "orders known"),
	FIELD(struct context_part, recent_orders, SCHEMA_INT,
		.doc = "of the last 90 days"),
	FIELD(struct context_part, recent_complaints, SCHEMA_INT,
		.doc = "of the last 30 days"),
	FIELD(struct context_part, total_spent, SCHEMA_DOUBLE,
		.doc = "sum over the orders"),
	FIELD(struct context_part, average_order, SCHEMA_DOUBLE,
		.doc = "total_spent over total_orders"),
	FIELD(struct context_part, satisfaction, SCHEMA_STR,
		.doc = "low, medium or high"),
	FIELD(struct context_part, risks, SCHEMA_STRS,
		.doc = "multiple_recent_complaints, low_satisfaction, suspended_account, delivery_issues"),
	FIELD(struct context_part, data, SCHEMA_JSON,
		.doc = "what the sources answered, by name"),
	FIELD(struct context_part, record_id, SCHEMA_STR,
		.doc = "the record (order) the message is about"),
	FIELD(struct context_part, record_by, SCHEMA_STR,
		.doc = "named, words, last, other, only or instead (of the last, which does not fit)"),
	FIELD(struct context_part, record_state, SCHEMA_STR,
		.doc = "none, found, refused or unavailable"),
	FIELD(struct context_part, record, SCHEMA_JSON,
		.doc = "the record when it is found"),
	FIELD(struct context_part, choices, SCHEMA_JSON,
		.doc = "records the message may be about"),
	FIELD(struct context_part, unavailable, SCHEMA_STRS,
		.doc = "sources that failed or were too slow"),
	FIELD(struct context_part, missing, SCHEMA_STRS,
		.doc = "what the reply must ask for"),
	FIELD(struct context_part, articles, SCHEMA_LIST, .of = &article_schema,
		.doc = "knowledge that fits, best first"),
	FIELD(struct context_part, retries, SCHEMA_INT,
		.doc = "sources that were asked again"),
};
const struct schema context_schema = SCHEMA(
	"context", struct context_part, context_fields, "what is known of the person");

static const struct field decision_fields[] = {
	FIELD(struct decision_part, rule, SCHEMA_STR, .doc = "the rules that held"),
	FIELD(struct decision_part, route, SCHEMA_STR, .doc = "what they decided"),
	FIELD(struct decision_part, reason, SCHEMA_STR, .doc = "in words"),
	FIELD(struct decision_part, clarify, SCHEMA_BOOL, .doc = "ask what is meant"),
};
const struct schema decision_schema = SCHEMA(
	"decision", struct decision_part, decision_fields, "where the message goes");

static const struct field action_fields[] = {
	FIELD(struct action_part, name, SCHEMA_STR, .doc = "of actions.yaml"),
	FIELD(struct action_part, status, SCHEMA_STR,
		.doc = "done, pending, refused, failed, uncertain, withheld or rejected"),
	FIELD(struct action_part, reason, SCHEMA_STR, .doc = "why it is not done"),
	FIELD(struct action_part, approval, SCHEMA_STR,
		.doc = "id of the approval it waits for"),
	FIELD(struct action_part, tier, SCHEMA_STR,
		.doc = "the customer's, whose limit holds"),
	FIELD(struct action_part, amount, SCHEMA_DOUBLE, .doc = "money it moves"),
	FIELD(struct action_part, result, SCHEMA_JSON, .doc = "what was answered"),
};
const struct schema action_schema = SCHEMA(
	"action", struct action_part, action_fields, "something done for the customer");

static const struct field execution_fields[] = {
	FIELD(struct execution_part, actions, SCHEMA_LIST, .of = &action_schema,
		.doc = "in the order they were tried"),
	FIELD(struct execution_part, done, SCHEMA_INT, .doc = "how many were done"),
	FIELD(struct execution_part, pending, SCHEMA_INT,
		.doc = "how many wait for an approval"),
	FIELD(struct execution_part, failed, SCHEMA_INT,
		.doc = "how many failed or are uncertain"),
	FIELD(struct execution_part, refused, SCHEMA_INT,
		.doc = "how many the rules refused"),
};
const struct schema execution_schema = SCHEMA("execution", struct execution_part,
	execution_fields, "what was done for the customer");

static const struct field response_fields[] = {
	FIELD(struct response_part, text, SCHEMA_STR, .doc = "the reply"),
	FIELD(struct response_part, template_name, SCHEMA_STR,
		.doc = "the response it was made from"),
	FIELD(struct response_part, tone, SCHEMA_STR,
		.doc = "empathetic, apologetic, friendly or professional"),
	FIELD(struct response_part, quick_replies, SCHEMA_LIST, .of = &quick_reply_schema,
		.doc = "buttons"),
	FIELD(struct response_part, confidence, SCHEMA_DOUBLE, .doc = "0 to 1"),
	FIELD(struct response_part, escalation_needed, SCHEMA_BOOL,
		.doc = "a person should look at it"),
	FIELD(struct response_part, articles, SCHEMA_STRS,
		.doc = "knowledge articles used"),
};
const struct schema response_schema =
	SCHEMA("response", struct response_part, response_fields, "the reply");

static const struct field guard_issue_fields[] = {
	FIELD(struct guard_issue, severity, SCHEMA_STR,
		.doc = "low, medium, high or critical"),
	FIELD(struct guard_issue, rule, SCHEMA_STR, .doc = "of policy.yaml"),
	FIELD(struct guard_issue, text, SCHEMA_STR, .doc = "what was seen"),
};
static const struct schema guard_issue_schema = SCHEMA("guard_issue", struct guard_issue,
	guard_issue_fields, "a guardrail that spoke up");

static const struct field guardrail_fields[] = {
	FIELD(struct guardrail_part, checked, SCHEMA_BOOL,
		.doc = "the guardrails have looked"),
	FIELD(struct guardrail_part, passed, SCHEMA_BOOL, .required = true,
		.fallback = "false", .doc = "nothing critical was seen"),
	FIELD(struct guardrail_part, severity, SCHEMA_STR,
		.doc = "the worst: none, low, medium, high or critical"),
	FIELD(struct guardrail_part, issues, SCHEMA_LIST, .of = &guard_issue_schema,
		.doc = "all that spoke up"),
};
const struct schema guardrail_schema = SCHEMA("guardrail", struct guardrail_part,
	guardrail_fields, "whether the reply may be sent");

static const struct field escalation_fields[] = {
	FIELD(struct escalation_part, handoff, SCHEMA_BOOL, .doc = "a person takes over"),
	FIELD(struct escalation_part, outcome, SCHEMA_STR,
		.doc = "continue, handoff, fallback or offer"),
	FIELD(struct escalation_part, rule, SCHEMA_STR, .doc = "of policy.yaml"),
	FIELD(struct escalation_part, reason, SCHEMA_STR, .doc = "in words"),
	FIELD(struct escalation_part, reference, SCHEMA_STR,
		.doc = "eight characters the customer can name"),
	FIELD(struct escalation_part, estimated_wait, SCHEMA_STR, .doc = "in words"),
	FIELD(struct escalation_part, queue_position, SCHEMA_INT, .doc = "1 is next"),
	FIELD(struct escalation_part, text, SCHEMA_STR,
		.doc = "said instead of the response"),
	FIELD(struct escalation_part, quick_replies, SCHEMA_LIST,
		.of = &quick_reply_schema, .doc = "buttons"),
};
const struct schema escalation_schema = SCHEMA("escalation", struct escalation_part,
	escalation_fields, "whether a person takes over");

static const struct field aggregation_fields[] = {
	FIELD(struct aggregation_part, text, SCHEMA_STR,
		.doc = "what is sent; empty: nothing"),
	FIELD(struct aggregation_part, quick_replies, SCHEMA_LIST,
		.of = &quick_reply_schema, .doc = "buttons"),
};
const struct schema aggregation_schema = SCHEMA("aggregation", struct aggregation_part,
	aggregation_fields, "the reply as it leaves");

static const struct field document_fields[] = {
	FIELD(struct document, sentiment, SCHEMA_OBJECT, .of = &sentiment_schema),
	FIELD(struct document, intent, SCHEMA_OBJECT, .of = &intent_schema),
	FIELD(struct document, context, SCHEMA_OBJECT, .of = &context_schema),
	FIELD(struct document, decision, SCHEMA_OBJECT, .of = &decision_schema),
	FIELD(struct document, execution, SCHEMA_OBJECT, .of = &execution_schema),
	FIELD(struct document, response, SCHEMA_OBJECT, .of = &response_schema),
	FIELD(struct document, guardrail, SCHEMA_OBJECT, .of = &guardrail_schema),
	FIELD(struct document, escalation, SCHEMA_OBJECT, .of = &escalation_schema),
	FIELD(struct document, aggregation, SCHEMA_OBJECT, .of = &aggregation_schema),
};
const struct schema document_schema = SCHEMA("document", struct document, document_fields,
	"what the actors of a turn found and decided");

static const struct field dialogue_fields[] = {
	FIELD(struct dialogue, turns, SCHEMA_INT, .doc = "turns so far"),
	FIELD(struct dialogue, last_intent, SCHEMA_STR, .doc = "of the turn before"),
	FIELD(struct dialogue, awaiting, SCHEMA_STR,
		.doc = "what the last reply asked for"),
	FIELD(struct dialogue, offer, SCHEMA_STR,
		.doc = "the payload that a yes stands for"),
	FIELD(struct dialogue, route, SCHEMA_STR, .doc = "what the turn before decided"),
	FIELD(struct dialogue, record_id, SCHEMA_STR,
		.doc = "the record spoken of last, not proved"),
	FIELD(struct dialogue, email, SCHEMA_STR,
		.doc = "stated by the customer, not proved"),
	FIELD(struct dialogue, proved_record, SCHEMA_STR,
		.doc = "the record whose e-mail the customer gave"),
	FIELD(struct dialogue, language, SCHEMA_STR, .doc = "of the conversation"),
	FIELD(struct dialogue, article, SCHEMA_STR,
		.doc = "the article that the last reply quoted"),
	FIELD(struct dialogue, asked, SCHEMA_STR,
		.doc = "the wish that the last reply asked about"),
	FIELD(struct dialogue, clarifications, SCHEMA_INT,
		.doc = "questions what is meant, in a row"),
	FIELD(struct dialogue, failures, SCHEMA_INT,
		.doc = "turns that failed, in a row"),
	FIELD(struct dialogue, pending, SCHEMA_STR,
		.doc = "action and record that wait for an approval"),
	FIELD(struct dialogue, acted_at, SCHEMA_INT,
		.doc = "when something was last done, UTC milliseconds"),
	FIELD(struct dialogue, page, SCHEMA_JSON,
		.doc = "what the page said of itself; the variable page"),
};
const struct schema dialogue_schema = SCHEMA("conversation", struct dialogue,
	dialogue_fields, "what a conversation remembers between turns");

static const struct field message_view_fields[] = {
	FIELD(struct message_view, text, SCHEMA_STR, .doc = "what was written"),
	FIELD(struct message_view, channel, SCHEMA_STR, .doc = "where"),
	FIELD(struct message_view, language, SCHEMA_STR, .doc = "of the conversation"),
	FIELD(struct message_view, payload, SCHEMA_STR,
		.doc = "of the quick reply that was chosen"),
	FIELD(struct message_view, messages, SCHEMA_INT,
		.doc = "messages joined into this turn"),
	FIELD(struct message_view, words, SCHEMA_INT, .doc = "how many words"),
};
const struct schema message_view_schema = SCHEMA(
	"message", struct message_view, message_view_fields, "what the customer wrote");

static const struct field failure_view_fields[] = {
	FIELD(struct failure_view, actor, SCHEMA_STR,
		.doc = "which part failed; empty: none"),
	FIELD(struct failure_view, text, SCHEMA_STR, .doc = "what it said"),
};
const struct schema failure_view_schema = SCHEMA("failure", struct failure_view,
	failure_view_fields, "the part of the turn that failed");

const struct cel_var document_vars[DOCUMENT_VARS] = {
	[VAR_SENTIMENT] = {"sentiment", CEL_STRUCT, &sentiment_schema},
	[VAR_INTENT] = {"intent", CEL_STRUCT, &intent_schema},
	[VAR_CONTEXT] = {"context", CEL_STRUCT, &context_schema},
	[VAR_CONTACT] = {"contact", CEL_STRUCT, &context_schema},
	[VAR_DECISION] = {"decision", CEL_STRUCT, &decision_schema},
	[VAR_EXECUTION] = {"execution", CEL_STRUCT, &execution_schema},
	[VAR_RESPONSE] = {"response", CEL_STRUCT, &response_schema},
	[VAR_GUARDRAIL] = {"guardrail", CEL_STRUCT, &guardrail_schema},
	[VAR_ESCALATION] = {"escalation", CEL_STRUCT, &escalation_schema},
	[VAR_CONVERSATION] = {"conversation", CEL_STRUCT, &dialogue_schema},
	[VAR_MESSAGE] = {"message", CEL_STRUCT, &message_view_schema},
	[VAR_FAILURE] = {"failure", CEL_STRUCT, &failure_view_schema},
	[VAR_ACTION] = {"action", CEL_STRUCT, &action_schema},
	[VAR_RECORD] = {"record", CEL_JSON, NULL},
	[VAR_DATA] = {"data", CEL_JSON, NULL},
	[VAR_VARIABLES] = {"variables", CEL_JSON, NULL},
	[VAR_PAGE] = {"page", CEL_JSON, NULL},
	[VAR_NOW] = {"now", CEL_TIMESTAMP, NULL},
};

/* No record, address or offer is as long as that: what somebody wrote in its place is
 * forgotten, so that all of it has room. */
static void
forget_long_texts(struct dialogue *d)
{
	for (size_t i = 0; i < dialogue_schema.count; i++) {
		const struct field *f = &dialogue_schema.fields[i];
		struct str *text = (struct str *)(void *)((char *)d + f->offset);
		if (f->type == SCHEMA_STR && text->n > DIALOGUE_TEXT_MAX)
			*text = (struct str){0};
	}
}

struct str
dialogue_write(struct arena *a, const struct dialogue *d)
{
	struct dialogue kept = *d;
	struct buf out;
	buf_init(&out, TURN_KEPT_MAX);
	buf_reserve(&out, 500);
	forget_long_texts(&kept);
	schema_bytes_write(&dialogue_schema, &kept, &out);
	require(!buf_over(&out));
	struct str bytes = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return bytes;
}

enum err
dialogue_read(struct arena *a, struct str bytes, struct dialogue *out, struct error *e)
{
	memset(out, 0, sizeof *out);
	return bytes.n ? schema_bytes_read(&dialogue_schema, a, bytes, out, e) : OK;
}
