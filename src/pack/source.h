/*
 * What the files of a pack say, as they say it: one struct and one schema table per thing
 * that can be written. load.c compiles them. The tables also print the manual (`parley
 * check --keys`).
 *
 * Places come with the structs: `line` is the line of the object, load_line() finds that
 * of a member.
 */
#ifndef PACK_SOURCE_H
#define PACK_SOURCE_H

#include "base/schema.h"

struct language_source {
	struct str code;
	struct items marks; /* struct str */
};

struct about_source {
	struct str name, version, company;
	struct items languages; /* struct language_source */
	struct json *variables; /* object of strings */
	int64_t coalesce_min, coalesce_max, turn_time;
};

struct lookup_source {
	struct str name, url, when;
	int64_t cache, timeout, retries;
	struct items keep; /* struct str */
	bool personal;
	int line;
};

struct record_source {
	struct str source, id, also, list_source, list_path, owner_email, owner_id, words;
	struct json *title;
};

struct refers_source {
	struct str yes, other, same;
};

struct pick_source {
	struct items intents; /* struct str */
	struct str when;
	bool required;
	int line;
};

struct summary_source {
	struct str customer_id, name, email, tier, account_status;
	struct str orders, order_date, order_amount, history, history_type, complaint,
		history_date;
};

struct show_source {
	struct str object, member, from, with;
	int as;
	int line;
};

struct risk_source {
	struct str name, when;
	int line;
};

struct context_source {
	struct items sources; /* struct lookup_source */
	struct refers_source refers;
	struct record_source record;
	struct items picks;     /* struct pick_source */
	struct items risks;     /* struct risk_source */
	struct items knowledge; /* struct str: intents */
	double knowledge_score;
	struct summary_source summary;
	struct items shows; /* struct show_source */
};

struct say_source {
	struct json *done, *pending, *failed, *refused, *rejected;
};

struct action_source {
	struct str name, when, method, url, fits, approval, amount, limit, doc;
	struct items intents; /* struct str */
	struct json *body;
	int64_t timeout;
	bool idempotent, restricted, needs_verified, needs_record, quiet;
	struct say_source say;
	int line;
};

struct limit_source {
	struct str name;
	struct json *tiers; /* object of numbers */
	int line;
};

struct actions_source {
	int64_t per_message;
	struct str restricted;
	struct items limits;  /* struct limit_source */
	struct items actions; /* struct action_source */
};

struct route_source {
	struct str name, on_error;
	struct items steps; /* struct str */
	int line;
};

struct decision_source {
	struct str name, when, route, reason;
	struct items go; /* struct str */
	bool clarify, last;
	int line;
};

struct escalation_source {
	struct str name, when, reason;
	int act;
	int line;
};

struct wait_source {
	int64_t up_to;
	struct json *text;
	int line;
};

struct guard_source {
	struct str name, when, reason;
	int severity;
	struct items words, patterns, with, lacks; /* struct str */
	int line;
};

struct policy_source {
	struct items routes;     /* struct route_source */
	struct items decision;   /* struct decision_source */
	struct items escalation; /* struct escalation_source */
	struct items waits;      /* struct wait_source */
	struct items guardrails; /* struct guard_source */
};

struct quick_reply_source {
	struct json *title, *payload;
};

struct response_source {
	struct str name, when, tone, awaits;
	struct items intents, sentiment, tiers; /* struct str */
	struct json *text;
	struct items quick_replies; /* struct quick_reply_source */
	bool choices;
	double confidence;
	int line;
};

struct occasions_source {
	struct response_source handoff, fallback, offer, verdict;
};

struct forms_source {
	struct str language; /* the member's name */
	struct items months; /* struct str */
	struct str date, more;
	struct json *words;
};

struct responses_source {
	struct items openings;  /* struct response_source */
	struct items closings;  /* struct response_source */
	struct items responses; /* struct response_source */
	struct occasions_source occasions;
	struct items forms; /* struct forms_source */
};

struct nlu_source {
	struct json *version;  /* a text or a number */
	struct json *nlu;      /* Rasa's training data */
	struct json *lexicon;  /* text/lexicon.h */
	struct json *intents;  /* text/intent.h */
	struct json *entities; /* text/entities.h */
};

extern const struct schema about_source_schema, context_source_schema,
	actions_source_schema, policy_source_schema, responses_source_schema,
	nlu_source_schema;

/* Every file of a pack with its table, for the manual; ends with a NULL name. */
struct source_file {
	const char *name;
	const struct schema *schema;
};
extern const struct source_file source_files[];

#endif
