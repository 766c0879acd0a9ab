/*
 * The message document: what actors know of a turn. Typed structs in the turn's arena,
 * each with a schema table, so that rules (CEL) read fields by offset, the journal and
 * the API write them, and the manual lists them. Each part is written by the actor of its
 * name; actors only add.
 */
#ifndef TURN_DOCUMENT_H
#define TURN_DOCUMENT_H

#include "base/schema.h"
#include "text/mood.h" /* sentiment and urgency: their names and values */
#include "wire/cel.h"

struct sentiment_part {
	int label; /* enum sentiment_label */
	double score, intensity, confidence;
	int64_t hits;
	int urgency; /* enum urgency_level */
	int64_t urgency_points;
	bool complaint;
	int64_t complaint_points;
	bool wants_human;
	int64_t escalation_points;
	bool safety;          /* a word of the pack that speaks of danger */
	struct items reasons; /* struct str */
};

struct entity_part {
	struct str kind, value, text;
	double confidence;
};

struct intent_part {
	struct str name;
	double confidence;
	struct str second;
	double second_confidence;
	struct str
		said; /* the payload of a quick reply, what a yes stands for, or the wish that an
			    answer to our question belongs to */
	struct items also; /* struct str: other wishes of the same message */
	bool other;        /* of another record than the last one */
	bool continues;    /* the message answers what the last reply asked; the intent is
			    the earlier one */
	struct items entities; /* struct entity_part */
};

/* A quick reply: what the button says and what it sends. */
struct quick_reply {
	struct str title, payload;
};

struct article_part {
	struct str id, title, text;
	double score;
};

struct context_part {
	bool verified;          /* the person is who the addresses say */
	struct str verified_by; /* "api_key", "signed", "demo", "record_and_email" or
				   empty */
	struct str customer_id, name, email;
	struct str tier; /* "standard" when unknown */
	struct str account_status;
	int64_t total_orders, recent_orders, recent_complaints;
	double total_spent, average_order;
	struct str satisfaction; /* low, medium, high */
	struct items risks;      /* struct str */
	struct json *data; /* what the sources answered, a member for each; the record is
			      not among it */
	struct str record_id; /* the record (order) the message is about, when one is
				 named or plain */
	struct str record_by; /* how it was found: "named" in the message, by its "words",
			      the "last" one spoken of, the "other" one, the "only" one
			      that fits, or "instead" of the last one, which does not */
	struct str record_state; /* none, found, refused (not theirs or not there, which
				    nobody is told), unavailable */
	struct json *record;     /* when found */
	struct json *choices; /* array: records the message may be about, when it is not
				 plain which */
	struct items unavailable; /* struct str: sources that failed or were too slow */
	struct items missing;     /* struct str: what the reply must ask for ("order_id",
				     "email") */
	struct items articles; /* struct article_part: knowledge that fits the question,
				  best first */
	int64_t retries;       /* sources that were asked again */
};

struct decision_part {
	struct str rule, route, reason;
	bool clarify; /* ask what is meant instead of guessing */
};

struct action_part {
	struct str name;
	struct str status; /* done, pending (approval), refused, failed, uncertain,
			      withheld, rejected */
	struct str reason;
	struct str approval;
	struct str tier;
	double amount;
	struct json *result;
};

struct execution_part {
	struct items actions; /* struct action_part */
	int64_t done, pending, failed, refused;
};

struct response_part {
	struct str text, template_name, tone;
	struct items quick_replies; /* struct quick_reply */
	double confidence;
	bool escalation_needed;
	struct items articles; /* struct str: knowledge articles used */
};

struct guard_issue {
	struct str severity, rule, text;
};

struct guardrail_part {
	bool checked, passed;
	struct str severity; /* worst: none, low, medium, high, critical */
	struct items issues; /* struct guard_issue */
};

struct escalation_part {
	bool handoff;
	struct str outcome; /* continue, handoff, fallback, offer */
	struct str rule, reason, reference, estimated_wait;
	int64_t queue_position;
	struct str text; /* what is said instead of the response; empty: the response
			    stands */
	struct items quick_replies; /* struct quick_reply */
};

/* The reply as it leaves. Empty text: silence (a person owns the conversation). */
struct aggregation_part {
	struct str text;
	struct items quick_replies; /* struct quick_reply */
};

struct document {
	struct sentiment_part sentiment;
	struct intent_part intent;
	struct context_part context;
	struct decision_part decision;
	struct execution_part execution;
	struct response_part response;
	struct guardrail_part guardrail;
	struct escalation_part escalation;
	struct aggregation_part aggregation;
	const struct tokens
		*words;      /* of the text; NULL until an actor asks turn_words() */
	int64_t blank_words; /* what blanks part in the text; 0 until a rule is tested */
};

/* The conversation's state between turns: small, sealed with the conversation. */
struct dialogue {
	int64_t turns;
	struct str last_intent;
	struct str awaiting; /* what the last reply asked for: "order_id", "email",
				"clarify", "person" … */
	struct str
		offer; /* the payload that a yes stands for; empty: nothing was offered */
	struct str route;         /* what was decided in the turn before */
	struct str record_id;     /* spoken of last: stated by the customer or found, not
				     proved */
	struct str email;         /* stated by the customer, not proved */
	struct str proved_record; /* the record whose e-mail the customer gave */
	struct str language;      /* of the last message that spoke for one */
	struct str article;       /* that the last reply quoted; empty: none */
	struct str
		asked; /* the wish that our question is about; empty: nothing was asked */
	int64_t clarifications; /* in a row */
	int64_t failures;       /* in a row */
	struct str pending;     /* "action record" that waits for an approval: it is not
				     proposed twice */
	int64_t acted_at;  /* UTC ms of the last action: older answers no longer tell how
			     things are */
	struct json *page; /* facts of the page that was last written from, an object of
			      strings; NULL: none are known */
};

/* What rules see of the messages and of a part that failed. They live for one evaluation
 * and are in no journal. */
struct message_view {
	struct str text, channel, language, payload;
	int64_t messages, words;
};

struct failure_view {
	struct str actor, text; /* empty: nothing failed */
};

extern const struct schema sentiment_schema, entity_schema, intent_schema, context_schema,
	decision_schema, action_schema, execution_schema, response_schema,
	guardrail_schema, escalation_schema, aggregation_schema, document_schema,
	dialogue_schema, quick_reply_schema, message_view_schema, failure_view_schema;

/* The variables of a pack's rules, in this order. `contact` is another name of `context`.
 */
enum document_var {
	VAR_SENTIMENT,
	VAR_INTENT,
	VAR_CONTEXT,
	VAR_CONTACT,
	VAR_DECISION,
	VAR_EXECUTION,
	VAR_RESPONSE,
	VAR_GUARDRAIL,
	VAR_ESCALATION,
	VAR_CONVERSATION,
	VAR_MESSAGE,
	VAR_FAILURE,
	VAR_ACTION,
	VAR_RECORD,
	VAR_DATA,
	VAR_VARIABLES,
	VAR_PAGE,
	VAR_NOW,
	DOCUMENT_VARS
};

extern const struct cel_var document_vars[DOCUMENT_VARS];

/* What a conversation remembers, as it is stored (base/schema_bytes.h); texts longer than
 * DIALOGUE_TEXT_MAX are left out. */
struct str dialogue_write(struct arena *a, const struct dialogue *d);
/* Nothing at all is a conversation that remembers nothing. Texts point into `bytes`. */
enum err dialogue_read(
	struct arena *a, struct str bytes, struct dialogue *out, struct error *e);

#endif
