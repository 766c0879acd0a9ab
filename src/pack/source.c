#include "pack/source.h"

#include "base/limits.h"
#include "pack/pack.h"
#include "text/entities.h"
#include "text/intent.h"
#include "text/lexicon.h"

#define TEXT_DOC \
	"text, or a list of variants, or either by language: {en: …, es: …}; Mustache"

static const char *const show_as_names[] = {"words", "date", "money", "list", NULL};
static const char *const escalation_act_names[] = {
	"continue", "handoff", "fallback", "offer", NULL};
const char *const guard_severity_names[] = {
	"none", "low", "medium", "high", "critical", NULL};

static const struct field language_fields[] = {
	FIELD(struct language_source, code, SCHEMA_STR, .required = true, .min = 2,
		.max = 16, .doc = "en, es, pt …"),
	FIELD(struct language_source, marks, SCHEMA_STRS,
		.doc = "frequent words of the language that the pack's other languages lack"),
};
static const struct schema language_source_schema = SCHEMA("language",
	struct language_source, language_fields, "a language the pack speaks");

static const struct field about_fields[] = {
	FIELD(struct about_source, name, SCHEMA_STR, .required = true, .min = 1,
		.max = 64, .doc = "name of the pack"),
	FIELD(struct about_source, version, SCHEMA_STR, .required = true, .min = 1,
		.max = 32,
		.doc = "for people; the version that counts is the hash of the files"),
	FIELD(struct about_source, company, SCHEMA_STR, .required = true, .min = 1,
		.max = 200, .doc = "who speaks; {{company}} in templates"),
	FIELD(struct about_source, languages, SCHEMA_LIST, .of = &language_source_schema,
		.max = PACK_LANGUAGES_MAX, .doc = "the first is the default"),
	FIELD(struct about_source, variables, SCHEMA_JSON,
		.doc = "names and texts; ${name} in URLs, {{variables.name}} in templates; --set NAME=VALUE replaces one"),
	FIELD(struct about_source, coalesce_min, SCHEMA_DURATION, .fallback = "300",
		.max = 10000,
		.doc = "shortest wait for more messages after one that ends no question or request"),
	FIELD(struct about_source, coalesce_max, SCHEMA_DURATION, .fallback = "1500",
		.max = 10000, .doc = "longest wait for more messages"),
	FIELD(struct about_source, turn_time, SCHEMA_DURATION, .fallback = "20000",
		.min = 100, .max = TURN_TIME_MAX_MS,
		.doc = "a turn that takes longer goes to its error route"),
};
const struct schema about_source_schema =
	SCHEMA("pack.yaml", struct about_source, about_fields, "the pack itself");

static const struct field lookup_fields[] = {
	FIELD(struct lookup_source, name, SCHEMA_STR, .required = true, .min = 1,
		.max = 64,
		.doc = "its answer is data.NAME in rules and {{NAME}} in templates"),
	FIELD(struct lookup_source, url, SCHEMA_STR, .required = true, .min = 1,
		.doc = "${variable} and {{path}}; not asked while a path has no value"),
	FIELD(struct lookup_source, when, SCHEMA_STR, .doc = "rule: asked when it holds"),
	FIELD(struct lookup_source, cache, SCHEMA_DURATION, .max = ANSWER_CACHE_MS_MAX,
		.doc = "an answer at most this old may serve"),
	FIELD(struct lookup_source, timeout, SCHEMA_DURATION, .fallback = "1500",
		.min = 10, .max = 30000, .doc = "how long an answer is waited for"),
	FIELD(struct lookup_source, retries, SCHEMA_INT, .max = 5,
		.doc = "more attempts after a failure that may pass"),
	FIELD(struct lookup_source, keep, SCHEMA_STRS,
		.doc = "paths kept of the answer; none: all of it"),
	FIELD(struct lookup_source, personal, SCHEMA_BOOL,
		.doc = "asked for verified people only"),
};
static const struct schema lookup_source_schema = SCHEMA("source", struct lookup_source,
	lookup_fields, "something to look up over HTTP",
	.line_offset = offsetof(struct lookup_source, line));

static const struct field record_fields[] = {
	FIELD(struct record_source, source, SCHEMA_STR,
		.doc = "the source that answers one record"),
	FIELD(struct record_source, id, SCHEMA_STR,
		.doc = "the entity kind, and the record's member, that names it"),
	FIELD(struct record_source, also, SCHEMA_STR,
		.doc = "another entity kind and member that names one of a person's own: tracking_number"),
	FIELD(struct record_source, list_source, SCHEMA_STR,
		.doc = "the source that answers a person's records"),
	FIELD(struct record_source, list_path, SCHEMA_STR,
		.doc = "where the array is in that answer; empty: all of it"),
	FIELD(struct record_source, owner_email, SCHEMA_STR,
		.doc = "the record's member with its owner's e-mail"),
	FIELD(struct record_source, owner_id, SCHEMA_STR,
		.doc = "the record's member with its owner's id"),
	FIELD(struct record_source, words, SCHEMA_STR,
		.doc = "path of texts whose words name one of several records: items.name"),
	FIELD(struct record_source, title, SCHEMA_JSON,
		.doc = "title of the quick reply that chooses one: " TEXT_DOC),
};
static const struct schema record_source_schema = SCHEMA("record", struct record_source,
	record_fields, "what conversations turn around: an order, a booking");

static const struct field pick_fields[] = {
	FIELD(struct pick_source, intents, SCHEMA_STRS, .required = true,
		.doc = "intents that are about a record"),
	FIELD(struct pick_source, when, SCHEMA_STR,
		.doc = "rule over `record`: which of several it may be"),
	FIELD(struct pick_source, required, SCHEMA_BOOL,
		.doc = "without a record the customer is asked for one"),
};
static const struct schema pick_source_schema = SCHEMA("pick", struct pick_source,
	pick_fields, "which record is meant when none is named",
	.line_offset = offsetof(struct pick_source, line));

static const struct field risk_fields[] = {
	FIELD(struct risk_source, name, SCHEMA_STR, .required = true,
		.doc = "what context.risks will hold"),
	FIELD(struct risk_source, when, SCHEMA_STR, .required = true, .doc = "rule"),
};
static const struct schema risk_source_schema =
	SCHEMA("risk", struct risk_source, risk_fields, "something to be careful about",
		.line_offset = offsetof(struct risk_source, line));

static const struct field summary_fields[] = {
	FIELD(struct summary_source, customer_id, SCHEMA_STR,
		.doc = "path: SOURCE.member"),
	FIELD(struct summary_source, name, SCHEMA_STR,
		.doc = "path of the name to address"),
	FIELD(struct summary_source, email, SCHEMA_STR, .doc = "path"),
	FIELD(struct summary_source, tier, SCHEMA_STR, .doc = "path"),
	FIELD(struct summary_source, account_status, SCHEMA_STR, .doc = "path"),
	FIELD(struct summary_source, orders, SCHEMA_STR, .doc = "path of an array"),
	FIELD(struct summary_source, order_date, SCHEMA_STR,
		.doc = "member of its elements"),
	FIELD(struct summary_source, order_amount, SCHEMA_STR,
		.doc = "member of its elements"),
	FIELD(struct summary_source, history, SCHEMA_STR, .doc = "path of an array"),
	FIELD(struct summary_source, history_type, SCHEMA_STR,
		.doc = "member of its elements"),
	FIELD(struct summary_source, complaint, SCHEMA_STR,
		.doc = "the type that is a complaint"),
	FIELD(struct summary_source, history_date, SCHEMA_STR,
		.doc = "member of its elements"),
};
static const struct schema summary_source_schema = SCHEMA("summary",
	struct summary_source, summary_fields, "where the fields of `context` come from");

static const struct field show_fields[] = {
	FIELD(struct show_source, object, SCHEMA_STR, .required = true,
		.doc = "a member of the view: record, tracking …"),
	FIELD(struct show_source, from, SCHEMA_STR, .required = true,
		.doc = "its member that is shown"),
	FIELD(struct show_source, member, SCHEMA_STR, .required = true,
		.doc = "what the shown value is called"),
	FIELD(struct show_source, as, SCHEMA_ENUM, .required = true,
		.names = show_as_names, .doc = "words (of forms), date, money or list"),
	FIELD(struct show_source, with, SCHEMA_STR,
		.doc = "money: the member that names the currency; list: the member of each element"),
};
static const struct schema show_source_schema =
	SCHEMA("show", struct show_source, show_fields, "a value in words",
		.line_offset = offsetof(struct show_source, line));

static const struct field refers_fields[] = {
	FIELD(struct refers_source, yes, SCHEMA_STR,
		.doc = "the intent of a yes: it stands for the first quick reply of a reply that awaits confirm"),
	FIELD(struct refers_source, same, SCHEMA_STR,
		.doc = "the intent of \"is it done?\": what was wanted before, once more"),
	FIELD(struct refers_source, other, SCHEMA_STR,
		.doc = "the intent of \"and the other one?\": what was wanted before, of another record"),
};
static const struct schema refers_source_schema = SCHEMA("refers", struct refers_source,
	refers_fields, "how customers point at what was said before");

static const struct field context_fields[] = {
	FIELD(struct context_source, sources, SCHEMA_LIST, .of = &lookup_source_schema,
		.max = 32, .doc = "asked in this order"),
	FIELD(struct context_source, record, SCHEMA_OBJECT, .of = &record_source_schema,
		.doc = "the record"),
	FIELD(struct context_source, refers, SCHEMA_OBJECT, .of = &refers_source_schema,
		.doc = "what points back"),
	FIELD(struct context_source, picks, SCHEMA_LIST, .of = &pick_source_schema,
		.max = 64, .doc = "by intent"),
	FIELD(struct context_source, risks, SCHEMA_LIST, .of = &risk_source_schema,
		.max = 32, .doc = "names of risks"),
	FIELD(struct context_source, knowledge, SCHEMA_STRS,
		.doc = "intents for which articles are searched"),
	FIELD(struct context_source, knowledge_score, SCHEMA_DOUBLE, .fallback = "0.4",
		.max = 1, .doc = "articles that fit less are left out"),
	FIELD(struct context_source, summary, SCHEMA_OBJECT, .of = &summary_source_schema,
		.doc = "the person"),
	FIELD(struct context_source, shows, SCHEMA_LIST, .of = &show_source_schema,
		.max = 64, .doc = "values in words"),
};
const struct schema context_source_schema = SCHEMA(
	"context.yaml", struct context_source, context_fields, "where to look things up");

static const struct field say_fields[] = {
	FIELD(struct say_source, done, SCHEMA_JSON, .doc = TEXT_DOC),
	FIELD(struct say_source, pending, SCHEMA_JSON, .doc = "it waits for an approval"),
	FIELD(struct say_source, failed, SCHEMA_JSON,
		.doc = "it failed, or nobody knows whether it happened"),
	FIELD(struct say_source, refused, SCHEMA_JSON,
		.doc = "the record does not allow it, or the shop said no"),
	FIELD(struct say_source, rejected, SCHEMA_JSON,
		.doc = "a person decided against it"),
};
static const struct schema say_source_schema =
	SCHEMA("say", struct say_source, say_fields, "what is said about an action");

static const struct field action_fields[] = {
	FIELD(struct action_source, name, SCHEMA_STR, .required = true, .min = 1,
		.max = 64, .doc = "its name"),
	FIELD(struct action_source, doc, SCHEMA_STR, .doc = "what it does, for people"),
	FIELD(struct action_source, intents, SCHEMA_STRS, .doc = "intents that start it"),
	FIELD(struct action_source, when, SCHEMA_STR,
		.doc = "rule: started only when it holds"),
	FIELD(struct action_source, method, SCHEMA_STR, .required = true,
		.doc = "GET looks up; POST, PUT, PATCH, DELETE change"),
	FIELD(struct action_source, url, SCHEMA_STR, .required = true,
		.doc = "${variable} and {{path}}"),
	FIELD(struct action_source, body, SCHEMA_JSON,
		.doc = "texts in it may hold {{path}}; a lone {{path}} keeps its type"),
	FIELD(struct action_source, timeout, SCHEMA_DURATION, .fallback = "5000",
		.min = 10, .max = 30000, .doc = "how long an answer is waited for"),
	FIELD(struct action_source, idempotent, SCHEMA_BOOL,
		.doc = "the other side honours Idempotency-Key"),
	FIELD(struct action_source, restricted, SCHEMA_BOOL,
		.doc = "needs the rule `restricted`, else an approval"),
	FIELD(struct action_source, needs_verified, SCHEMA_BOOL,
		.doc = "only for verified people"),
	FIELD(struct action_source, needs_record, SCHEMA_BOOL,
		.doc = "only when the record is known"),
	FIELD(struct action_source, quiet, SCHEMA_BOOL,
		.doc = "nothing is said about it"),
	FIELD(struct action_source, fits, SCHEMA_STR,
		.doc = "rule over `record`: refused when it does not hold"),
	FIELD(struct action_source, approval, SCHEMA_STR,
		.doc = "rule: a person decides when it holds"),
	FIELD(struct action_source, amount, SCHEMA_STR,
		.doc = "path of the money it moves: record.total_amount"),
	FIELD(struct action_source, limit, SCHEMA_STR,
		.doc = "a limit; above it a person decides"),
	FIELD(struct action_source, say, SCHEMA_OBJECT, .of = &say_source_schema,
		.doc = "what is said"),
};
static const struct schema action_source_schema = SCHEMA("action", struct action_source,
	action_fields, "a call that changes something",
	.line_offset = offsetof(struct action_source, line));

static const struct field limit_fields[] = {
	FIELD(struct limit_source, name, SCHEMA_STR, .required = true, .doc = "its name"),
	FIELD(struct limit_source, tiers, SCHEMA_JSON, .required = true,
		.doc = "amount by tier; the first is for unknown tiers"),
};
static const struct schema limit_source_schema = SCHEMA("limit", struct limit_source,
	limit_fields, "the most an action may move by itself",
	.line_offset = offsetof(struct limit_source, line));

static const struct field actions_fields[] = {
	FIELD(struct actions_source, per_message, SCHEMA_INT, .fallback = "5", .min = 1,
		.max = ACTIONS_PER_MESSAGE_MAX, .doc = "most actions for one message"),
	FIELD(struct actions_source, restricted, SCHEMA_STR,
		.doc = "rule: restricted actions need no approval when it holds"),
	FIELD(struct actions_source, limits, SCHEMA_LIST, .of = &limit_source_schema,
		.max = 32, .doc = "limits by tier"),
	FIELD(struct actions_source, actions, SCHEMA_LIST, .of = &action_source_schema,
		.max = 128, .doc = "tried in this order"),
};
const struct schema actions_source_schema = SCHEMA("actions.yaml", struct actions_source,
	actions_fields, "what can be done for a customer");

static const struct field route_fields[] = {
	FIELD(struct route_source, name, SCHEMA_STR, .required = true,
		.doc = "message and verdict must be there"),
	FIELD(struct route_source, steps, SCHEMA_STRS, .required = true,
		.doc = "actors, in order"),
	FIELD(struct route_source, on_error, SCHEMA_STR, .required = true,
		.doc = "the actor that takes over when one fails"),
};
static const struct schema route_source_schema =
	SCHEMA("route", struct route_source, route_fields, "a way through the actors",
		.line_offset = offsetof(struct route_source, line));

static const struct field decision_fields[] = {
	FIELD(struct decision_source, name, SCHEMA_STR, .required = true,
		.doc = "shown in causes"),
	FIELD(struct decision_source, when, SCHEMA_STR, .doc = "rule; none: always"),
	FIELD(struct decision_source, route, SCHEMA_STR,
		.doc = "what the decision is called; the name when empty"),
	FIELD(struct decision_source, go, SCHEMA_STRS,
		.doc = "actors from here on; none: the route stays"),
	FIELD(struct decision_source, reason, SCHEMA_STR, .doc = "in words"),
	FIELD(struct decision_source, clarify, SCHEMA_BOOL, .doc = "ask what is meant"),
	FIELD(struct decision_source, last, SCHEMA_BOOL,
		.doc = "later rules are not tried"),
};
static const struct schema decision_source_schema = SCHEMA("decision",
	struct decision_source, decision_fields, "where a message goes",
	.line_offset = offsetof(struct decision_source, line));

static const struct field escalation_fields[] = {
	FIELD(struct escalation_source, name, SCHEMA_STR, .required = true,
		.doc = "shown in causes"),
	FIELD(struct escalation_source, when, SCHEMA_STR, .doc = "rule; none: always"),
	FIELD_AS("do", struct escalation_source, act, SCHEMA_ENUM, .required = true,
		.names = escalation_act_names,
		.doc = "continue, handoff (to a person), fallback (a safe text) or offer (a person)"),
	FIELD(struct escalation_source, reason, SCHEMA_STR,
		.doc = "in words, for the person who takes over"),
};
static const struct schema escalation_source_schema =
	SCHEMA("escalation", struct escalation_source, escalation_fields,
		"when a person takes over; the first that holds decides",
		.line_offset = offsetof(struct escalation_source, line));

static const struct field wait_fields[] = {
	FIELD(struct wait_source, up_to, SCHEMA_INT, .min = 0, .max = 1000000,
		.doc = "queue position; 0: any"),
	FIELD(struct wait_source, text, SCHEMA_JSON, .required = true, .doc = TEXT_DOC),
};
static const struct schema wait_source_schema =
	SCHEMA("wait", struct wait_source, wait_fields, "how long one waits for a person",
		.line_offset = offsetof(struct wait_source, line));

static const struct field guard_fields[] = {
	FIELD(struct guard_source, name, SCHEMA_STR, .required = true,
		.doc = "shown in causes"),
	FIELD(struct guard_source, severity, SCHEMA_ENUM, .required = true,
		.names = guard_severity_names,
		.doc = "critical holds the reply back; the others are noted"),
	FIELD(struct guard_source, words, SCHEMA_STRS,
		.doc = "whole words and phrases that make it speak up"),
	FIELD(struct guard_source, patterns, SCHEMA_STRS,
		.doc = "PCRE2 that make it speak up"),
	FIELD(struct guard_source, with, SCHEMA_STRS,
		.doc = "only when one of these words occurs as well"),
	FIELD(struct guard_source, lacks, SCHEMA_STRS,
		.doc = "only when none of these words occurs"),
	FIELD(struct guard_source, when, SCHEMA_STR, .doc = "only when this rule holds"),
	FIELD(struct guard_source, reason, SCHEMA_STR, .doc = "in words"),
};
static const struct schema guard_source_schema = SCHEMA("guardrail", struct guard_source,
	guard_fields, "a look at the reply before it leaves",
	.line_offset = offsetof(struct guard_source, line));

static const struct field policy_fields[] = {
	FIELD(struct policy_source, routes, SCHEMA_LIST, .of = &route_source_schema,
		.max = 32, .doc = "ways through the actors"),
	FIELD(struct policy_source, decision, SCHEMA_LIST, .of = &decision_source_schema,
		.max = 128, .doc = "tried in order"),
	FIELD(struct policy_source, escalation, SCHEMA_LIST,
		.of = &escalation_source_schema, .max = 128, .doc = "tried in order"),
	FIELD(struct policy_source, waits, SCHEMA_LIST, .of = &wait_source_schema,
		.max = 16, .doc = "tried in order"),
	FIELD(struct policy_source, guardrails, SCHEMA_LIST, .of = &guard_source_schema,
		.max = 128, .doc = "all are tried"),
};
const struct schema policy_source_schema =
	SCHEMA("policy.yaml", struct policy_source, policy_fields, "the rules");

static const struct field quick_reply_fields[] = {
	FIELD(struct quick_reply_source, title, SCHEMA_JSON, .required = true,
		.doc = TEXT_DOC),
	FIELD(struct quick_reply_source, payload, SCHEMA_JSON,
		.doc = "what is sent; the title when there is none: " TEXT_DOC),
};
static const struct schema quick_reply_source_schema =
	SCHEMA("quick_reply", struct quick_reply_source, quick_reply_fields, "a button");

static const struct field response_fields[] = {
	FIELD(struct response_source, name, SCHEMA_STR, .required = true,
		.doc = "shown in causes"),
	FIELD(struct response_source, intents, SCHEMA_STRS, .doc = "none: any"),
	FIELD(struct response_source, sentiment, SCHEMA_STRS,
		.doc = "negative, neutral, positive; none: any"),
	FIELD(struct response_source, tiers, SCHEMA_STRS, .doc = "none: any"),
	FIELD(struct response_source, when, SCHEMA_STR, .doc = "rule"),
	FIELD(struct response_source, text, SCHEMA_JSON, .required = true,
		.doc = TEXT_DOC),
	FIELD(struct response_source, quick_replies, SCHEMA_LIST,
		.of = &quick_reply_source_schema, .max = QUICK_REPLIES_MAX,
		.doc = "buttons"),
	FIELD(struct response_source, choices, SCHEMA_BOOL,
		.doc = "the buttons are the records to choose from"),
	FIELD(struct response_source, tone, SCHEMA_STR,
		.doc = "empathetic, apologetic, friendly, professional"),
	FIELD(struct response_source, awaits, SCHEMA_STR,
		.doc = "what the next message is expected to hold"),
	FIELD(struct response_source, confidence, SCHEMA_DOUBLE, .fallback = "0.6",
		.max = 1, .doc = "0 to 1"),
};
static const struct schema response_source_schema =
	SCHEMA("response", struct response_source, response_fields,
		"something to say; the first that fits is said",
		.line_offset = offsetof(struct response_source, line));

static const struct field occasions_fields[] = {
	FIELD(struct occasions_source, handoff, SCHEMA_OBJECT, .required = true,
		.of = &response_source_schema,
		.doc = "a person takes over: {{reference}} {{queue_position}} {{estimated_wait}}"),
	FIELD(struct occasions_source, fallback, SCHEMA_OBJECT, .required = true,
		.of = &response_source_schema,
		.doc = "the reply was held back or could not be made: {{reference}}"),
	FIELD(struct occasions_source, offer, SCHEMA_OBJECT, .required = true,
		.of = &response_source_schema, .doc = "would you like a person?"),
	FIELD(struct occasions_source, verdict, SCHEMA_OBJECT, .required = true,
		.of = &response_source_schema,
		.doc = "a decided action that itself says nothing"),
};
static const struct schema occasions_source_schema =
	SCHEMA("occasions", struct occasions_source, occasions_fields,
		"what is said on occasions that are no intent");

static const struct field forms_fields[] = {
	FIELD(struct forms_source, months, SCHEMA_STRS, .min = 12, .max = 12,
		.doc = "their names"),
	FIELD(struct forms_source, date, SCHEMA_STR,
		.doc = "Mustache of {{day}} {{month}} {{year}}"),
	FIELD(struct forms_source, more, SCHEMA_STR,
		.doc = "Mustache of {{first}} {{count}}, for lists"),
	FIELD(struct forms_source, words, SCHEMA_JSON,
		.doc = "words for values: out_for_delivery: out for delivery"),
};
static const struct schema forms_source_schema =
	SCHEMA("forms", struct forms_source, forms_fields, "how a language shows values");

static const struct field responses_fields[] = {
	FIELD(struct responses_source, openings, SCHEMA_LIST,
		.of = &response_source_schema, .max = 64,
		.doc = "put before a response; the first that fits"),
	FIELD(struct responses_source, closings, SCHEMA_LIST,
		.of = &response_source_schema, .max = 64,
		.doc = "put behind a response when the message wants one of their intents as well: {{also.name}} {{also.answer}}"),
	FIELD(struct responses_source, responses, SCHEMA_LIST,
		.of = &response_source_schema, .max = 1024, .doc = "tried in order"),
	FIELD(struct responses_source, occasions, SCHEMA_OBJECT, .required = true,
		.of = &occasions_source_schema, .doc = "hand-over and its like"),
	FIELD(struct responses_source, forms, SCHEMA_MAP, .of = &forms_source_schema,
		.doc = "by language"),
};
const struct schema responses_source_schema = SCHEMA(
	"responses.yaml", struct responses_source, responses_fields, "what is said");

static const struct field nlu_fields[] = {
	FIELD(struct nlu_source, version, SCHEMA_JSON, .doc = "Rasa's \"3.1\"; not used"),
	FIELD(struct nlu_source, nlu, SCHEMA_JSON,
		.doc = "Rasa's training data: intents, synonyms, regexes, lookups"),
	FIELD(struct nlu_source, lexicon, SCHEMA_JSON,
		.doc = "words of sentiment, urgency, complaint, escalation"),
	FIELD(struct nlu_source, intents, SCHEMA_JSON, .doc = "keyword rules"),
	FIELD(struct nlu_source, entities, SCHEMA_JSON,
		.doc = "patterns, lookups, synonyms"),
};
const struct schema nlu_source_schema = SCHEMA(
	"nlu/NAME.yaml", struct nlu_source, nlu_fields, "how messages are understood");

const struct source_file source_files[] = {
	{"pack.yaml", &about_source_schema},
	{"nlu/NAME.yaml", &nlu_source_schema},
	{"nlu/NAME.yaml: lexicon", &lexicon_source_schema},
	{"nlu/NAME.yaml: intents", &intent_source_schema},
	{"nlu/NAME.yaml: entities", &entity_source_schema},
	{"context.yaml", &context_source_schema},
	{"actions.yaml", &actions_source_schema},
	{"policy.yaml", &policy_source_schema},
	{"responses.yaml", &responses_source_schema},
	{NULL, NULL},
};
