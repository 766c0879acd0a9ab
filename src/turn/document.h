/*
 * The message document: what actors know of a turn. Typed structs in the turn's arena, each with a schema table, so
 * that rules (CEL) read fields by offset, the journal and the API write them, and the manual lists them.
 * Actors only add.
 */
#ifndef TURN_DOCUMENT_H
#define TURN_DOCUMENT_H

#include "base/schema.h"

struct sentiment_part {
	int label; /* index of sentiment_names */
	double score, intensity, confidence;
	int64_t hits;
	int urgency; /* index of urgency_names */
	double urgency_points;
	bool complaint;
	double complaint_points;
	bool wants_human;
	double escalation_points;
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
	struct items entities; /* struct entity_part */
};

/* A quick reply: what the button says and what it sends. */
struct quick_reply {
	struct str title, payload;
};

struct context_part {
	bool verified;            /* the person is who the addresses say */
	struct str verified_by;   /* "api_key", "signed", "demo", "order_and_email" or empty */
	struct str customer_id, name, email;
	struct str tier;          /* "standard" when unknown */
	struct str account_status;
	int64_t total_orders, recent_orders, recent_complaints;
	double total_spent, average_order;
	struct str satisfaction;  /* low, medium, high */
	struct items risks;       /* struct str */
	struct json *customer, *orders, *order, *tracking, *history;
	struct items unavailable; /* struct str: sources that failed or were too slow */
	struct items missing;     /* struct str: what the reply must ask for ("order_id", "email") */
};

struct decision_part {
	struct str rule, route, reason;
	bool clarify; /* ask what is meant instead of guessing */
};

struct action_part {
	struct str name;
	struct str status; /* done, pending (approval), refused, failed, uncertain, withheld */
	struct str reason;
	struct str approval;
	double amount;
	struct json *result;
};

struct execution_part {
	struct items actions; /* struct action_part */
	int64_t done, pending, failed;
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
	bool replaced;       /* the text was replaced by the pack's fallback */
};

struct escalation_part {
	bool handoff;
	struct str reason, reference, estimated_wait;
	int64_t queue_position;
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
};

/* The conversation's state between turns: small, sealed with the conversation. */
struct dialogue {
	int64_t turns;
	struct str last_intent;
	struct str awaiting;      /* what the last reply asked for: "order_id", "email", "clarify" … */
	struct str order_id, email; /* stated by the customer, not proved */
	struct str language;
	int64_t clarifications;   /* in a row */
	int64_t failures;         /* in a row */
	struct str proved_order;  /* order whose e-mail the customer gave */
};

extern const char *const sentiment_names[]; /* negative neutral positive */
extern const char *const urgency_names[];   /* low medium high critical */
enum { SENTIMENT_NEGATIVE, SENTIMENT_NEUTRAL, SENTIMENT_POSITIVE };
enum { URGENCY_LOW, URGENCY_MEDIUM, URGENCY_HIGH, URGENCY_CRITICAL };

extern const struct schema sentiment_schema, intent_schema, context_schema, decision_schema, execution_schema,
	response_schema, guardrail_schema, escalation_schema, aggregation_schema, document_schema, dialogue_schema,
	quick_reply_schema;

#endif
