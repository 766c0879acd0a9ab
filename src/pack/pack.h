/*
 * Packs: a domain's knowledge as files, compiled once into an immutable value.
 *
 *	pack.yaml        name, company, languages, variables, pace of conversations
 *	nlu/NAME.yaml    words of moods, keyword rules, entities, Rasa's training data
 *	context.yaml     sources to look things up in, and whose record it is
 *	actions.yaml     calls that change something, with their limits
 *	policy.yaml      routes, decision rules, escalation rules, guardrails
 *	responses.yaml   what is said
 *	kb/NAME.md       knowledge articles
 *	tests/NAME.yaml  transcripts; not compiled
 *
 * A pack is counted on the loop thread: pack_load() gives one reference, a turn takes
 * its own and drops it at its end, so that a reload never changes a turn that is under
 * way. Everything a pack points at lives as long as the pack. What an actor may need is
 * in the structs below, ready to use: rules and templates are compiled and checked, lists
 * by intent are made, languages are indexes. Nothing here changes after loading but the
 * scratch memory of searches.
 *
 * A version is the SHA-256 of the pack's files and of the variables it was loaded with,
 * for both decide what a turn does. pack_bundle() is all of that as one blob; loading the
 * blob gives the same pack with the same hash.
 *
 * Loading reports every fault it finds, not only the first:
 *	shop/policy.yaml:12: decision[2].when: column 1: there is no variable "sentimant"
 */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/schema.h"
#include "text/entities.h"
#include "text/intent.h"
#include "text/language.h"
#include "text/mood_learnt.h"
#include "text/patterns.h"
#include "wire/cel.h"
#include "wire/mustache.h"

struct pack;

/* ---- loading ---- */

/* What the program offers to packs: the variables that rules may name and the actors that
 * routes may name. */
struct pack_host {
	const struct cel_var *vars;
	size_t var_count;
	const char *const *actors; /* ends with NULL */
	const char *models;  /* folder where learnt models are kept; NULL: nowhere */
	const char *shipped; /* folder of models that are only read; NULL: none */
	/* Told when intents had to be learnt: from how many examples, and the folder that
	 * keeps the model, or NULL. May be NULL. */
	void (*learnt)(size_t examples, const char *kept);
};

/* A variable set from outside: it replaces the one of pack.yaml, which must have it. */
struct pack_setting {
	struct str name, value;
	bool optional; /* a pack without it is as well */
};

struct pack_options {
	const struct pack_host *host;
	const struct pack_setting *settings;
	size_t setting_count;
};

struct pack_problem {
	bool warning;
	struct str file; /* "packs/ecommerce/policy.yaml" */
	int line;        /* 0: the file as a whole */
	struct str text;
};

/* What was found while loading; the caller's. Problems past PACK_PROBLEMS_MAX are counted
 * only. */
struct pack_report {
	struct arena arena;
	struct pack_problem *problems;
	size_t count, capacity;
	size_t errors, warnings;
};

void pack_report_init(struct pack_report *r);
void pack_report_fini(struct pack_report *r);

/* Reads and compiles a folder. With any error there is no pack: ERR_INVALID with the
 * first one, "file:line: text", in *e and all of them in *report (may be NULL).
 * ERR_NOT_FOUND: no such folder or no pack.yaml in it. */
enum err pack_load(const char *dir, const struct pack_options *options, struct pack **out,
	struct pack_report *report, struct error *e);
/* The same from what pack_bundle() gave. Settings come from the bundle. */
enum err pack_load_bundle(struct str bundle, const struct pack_host *host,
	struct pack **out, struct error *e);

const struct pack *pack_ref(const struct pack *p);
/* Accepts NULL in *p and sets NULL; the last one frees. */
void pack_unref(const struct pack **p);

struct str pack_bundle(const struct pack *p);
/* 64 lower-case hexadecimal digits. */
struct str pack_hash(const struct pack *p);

/* ---- what it says about itself ---- */

#define PACK_LANGUAGES_MAX 8

struct pack_pace {
	int64_t coalesce_min_ms, coalesce_max_ms; /* pause after a message that does not
						     end a question or request */
	int64_t turn_time_ms; /* a turn that takes longer goes to the error route */
};

struct pack_about {
	struct str name, version, company;
	struct items languages; /* struct str, the first is the default */
	struct pack_pace pace;
	struct items variables; /* struct pack_setting, as set */
	struct str
		folder; /* where it was loaded from, for messages; empty for a bundle */
	size_t rules, actions, responses, sources, intents, articles;
};

const struct pack_about *pack_about(const struct pack *p);
/* Index of a language ("es", "es-MX"), or of the default when the pack does not speak it.
 */
size_t pack_language(const struct pack *p, struct str code);
/* What language the words of a message speak for: an index, or -1 when they speak for
 * none. */
int pack_guess_language(const struct pack *p, const struct tokens *t);

/* ---- rules and texts ---- */

/* A place in the pack and, for a rule, its condition. */
struct pack_rule {
	struct str name;
	struct str place;               /* "policy.yaml:12" */
	struct str label;               /* "name (policy.yaml:12)": what causes show */
	const struct cel_program *when; /* NULL: always */
};

/* What can be said, by language: variants of which the turn's chance takes one. */
struct pack_variants {
	struct mustache **p;
	size_t n;
};

struct pack_text {
	struct pack_variants in[PACK_LANGUAGES_MAX];
};

/* The variants in that language, else in the default one. n is 0 when there is no text at
 * all. */
const struct pack_variants *pack_text_in(const struct pack_text *text, size_t language);
/* What templates may name besides the sources of context.yaml; ends with NULL. */
extern const char *const pack_view_names[];
/* {{variables.…}}: an object. */
const struct json *pack_variables(const struct pack *p);

/* A template for part of a URL or a JSON body, made of literal text and of paths into the
 * view. */
struct pack_blank;
/* The URL with its values percent-encoded; empty when a value is missing, or "." or "..".
 */
struct str pack_fill_url(
	const struct pack_blank *b, struct arena *a, const struct json *view);
/* The body as JSON text; members whose value is missing are left out. Empty when there is
 * no body. */
struct str pack_fill_body(
	const struct pack_blank *b, struct arena *a, const struct json *view);

/* ---- understanding ---- */

struct pack_nlu {
	struct lexicon *lexicon;
	struct mood_models moods; /* of its labelled examples */
	struct intent_classifier *classifier;
	struct entity_finder *entities;
	struct language_reader *languages;
};

const struct pack_nlu *pack_nlu(const struct pack *p);
/* The examples that the pack's model is learnt from, in the pack's order. */
struct train_row;
const struct train_row *pack_examples(const struct pack *p, size_t *count);
/* The name of its model's file (pack/learnt.h); empty when it has nothing to learn from. */
struct str pack_model_name(const struct pack *p, struct arena *a);
/* Index of an intent's name, or -1: an index for the by-intent lists below. */
int pack_intent(const struct pack *p, struct str name);

/* ---- routes and decisions (policy.yaml) ---- */

struct pack_route {
	struct str name, place;
	struct items steps; /* struct str: actors */
	struct str on_error;
};

/* "message" and "verdict" are always there; NULL for an unknown name. */
const struct pack_route *pack_route(const struct pack *p, struct str name);

struct pack_decision {
	struct pack_rule rule;
	struct str route; /* what the decision is called in causes: "priority" */
	struct items
		go; /* struct str: steps from here on; empty: the route stays as it is */
	struct str reason;
	bool clarify;
	bool last; /* rules after this one are not tried */
};

enum escalation_act {
	ESCALATION_CONTINUE, /* the route goes on; after a failure: without the part that
				failed */
	ESCALATION_HANDOFF,  /* to a person */
	ESCALATION_FALLBACK, /* a safe text instead */
	ESCALATION_OFFER,    /* asks whether a person is wanted */
};

struct pack_escalation {
	struct pack_rule rule;
	int act; /* enum escalation_act */
	struct str reason;
};

/* How long one waits at a place of the queue. */
struct pack_wait {
	int64_t up_to; /* queue position; 0: any */
	struct pack_text text;
};

extern const char *const guard_severity_names[]; /* none low medium high critical */
enum guard_severity { GUARD_NONE, GUARD_LOW, GUARD_MEDIUM, GUARD_HIGH, GUARD_CRITICAL };

/* A guardrail speaks up when its condition holds and: one of `words` or `patterns` occurs
 * (if it has any), one of `with` occurs (if it has any), and none of `lacks` does. */
struct pack_guard {
	struct pack_rule rule;
	int severity; /* enum guard_severity */
	struct str reason;
	bool looks; /* has words or patterns */
	bool has_with, has_lacks;
};

struct pack_limit {
	struct str tier;
	double amount;
};

struct pack_limits {
	struct str name; /* "refund" */
	struct items
		tiers; /* struct pack_limit; the first is the one of an unknown tier */
};

struct pack_policy {
	struct items decisions;      /* struct pack_decision */
	struct items escalations;    /* struct pack_escalation */
	struct items waits;          /* struct pack_wait */
	struct items guards;         /* struct pack_guard */
	struct pack_rule restricted; /* when a restricted action needs no approval */
	int64_t actions_per_message;
};

const struct pack_policy *pack_policy(const struct pack *p);
double pack_limit(const struct pack_limits *l, struct str tier);
/* Runs the word and pattern lists of all guardrails over a text: *found[i] tells what
 * guardrail i saw. The result lives in the arena. */
struct guard_sight {
	struct str word; /* what was seen; empty: nothing */
	bool with, lacks;
};
const struct guard_sight *pack_guard_look(
	const struct pack *p, struct arena *a, struct str text);

/* ---- looking things up (context.yaml) ---- */

struct pack_source {
	struct pack_rule rule; /* asked when it holds */
	struct str name;       /* member of context.data that the answer becomes */
	const struct pack_blank *url;
	int64_t cache_ms, timeout_ms;
	int64_t retries;   /* more attempts after a failure that may pass */
	struct items keep; /* struct str */
	bool personal;     /* asked for verified people only */
	bool of_record;    /* its URL names the record: asked when that is known */
};

/* The record that conversations turn around: an order, a booking. */
struct pack_record {
	struct str source; /* the source that gives one */
	struct str id; /* entity kind, and the record's own member: "order_id"; empty: the
			  pack has no records */
	struct str also; /* another that names one of a person's own; may be empty */
	struct str list_source; /* the source that gives a person's own */
	struct str words;       /* path of texts whose words name one of several */
	struct str list_path;   /* where the array is in its answer */
	struct str owner_email, owner_id; /* members that say whose it is */
	struct pack_text title;           /* of the quick reply that chooses one */
};

/* Which of a person's records an intent is about when none is named: those the rule holds
 * for. */
struct pack_pick {
	struct pack_rule rule;
	bool required; /* without a record the customer is asked for one */
};

/* What is kept of the answers as fields of the context. */
struct pack_summary {
	struct str customer_id, name, email, tier,
		account_status; /* paths in context.data */
	struct str orders, order_date,
		order_amount; /* an array and members of its elements */
	struct str history, history_type, complaint, history_date;
};

struct pack_context {
	struct items sources; /* struct pack_source, in the order they are asked */
	struct pack_record record;
	struct str yes, other, same; /* intents that point back: at the offer, at another
					record, at the last wish */
	struct pack_summary summary;
	const struct pack_pick *const
		*picks;         /* by intent index; NULL: the intent needs no record */
	struct items risks;     /* struct pack_rule: named when they hold */
	const bool *knowledge;  /* by intent index: articles are searched */
	double knowledge_score; /* articles that fit less are left out */
};

const struct pack_context *pack_context(const struct pack *p);

/* A value shown in another form: record.status "out_for_delivery" as record.status_text
 * "out for delivery". */
enum show_as { SHOW_WORDS, SHOW_DATE, SHOW_MONEY, SHOW_LIST };
struct pack_show {
	struct str object, member; /* of the view: "record", "status_text" */
	struct str from;           /* member of the same object */
	int as;                    /* enum show_as */
	struct str with; /* MONEY: member that names the currency; LIST: member of each
			    element */
};

/* How a language shows values. */
struct pack_forms {
	struct items months;         /* struct str: twelve */
	const struct mustache *date; /* of {day, month, year} */
	const struct mustache
		*more; /* of {first, count}: a list with more than one element */
	const struct json *words; /* value: words */
};

const struct items *pack_shows(const struct pack *p); /* struct pack_show */
const struct pack_forms *pack_forms(const struct pack *p, size_t language);

/* ---- acting (actions.yaml) ---- */

struct pack_action {
	struct pack_rule rule; /* inferred for its intents when it holds */
	struct str method;     /* GET asks; all others change something */
	const struct pack_blank *url, *body;
	int64_t timeout_ms;
	bool idempotent, restricted, needs_verified, needs_record,
		quiet; /* quiet: nothing is said about it when it went well */
	struct pack_rule
		fits; /* the record must allow it: else it is refused with say_refused */
	struct pack_rule approval; /* a person decides when it holds; `when` NULL: never
				      by this rule */
	struct str amount;         /* path in the view, for limits; empty: none */
	const struct pack_limits *limits;
	struct pack_text done, pending, failed, refused, rejected;
};

const struct pack_action *pack_action(const struct pack *p, struct str name);
/* Actions that an intent may start, in the pack's order. */
const struct items *pack_actions_for(
	const struct pack *p, int intent); /* struct pack_action * */

/* ---- saying (responses.yaml) ---- */

struct pack_quick_reply {
	struct pack_text title, payload; /* of each the first variant */
};

struct pack_response {
	struct pack_rule rule;
	unsigned sentiments; /* bit per sentiment label; 0: any */
	struct items tiers;  /* struct str; none: any */
	struct pack_text text;
	struct items quick_replies; /* struct pack_quick_reply */
	bool choices;               /* quick replies are the records to choose from */
	struct str tone;
	struct str awaits; /* what the next message is expected to hold: "order_id" */
	double confidence;
	const bool *wishes; /* closings: by intent, the second wishes it is for */
};

/* Responses that may fit an intent (-1: none is known), in the pack's order, those for
 * any intent among them. */
const struct items *pack_responses_for(
	const struct pack *p, int intent); /* struct pack_response * */
/* Openings ("I am sorry about this."), tried in order. */
const struct items *pack_openings(const struct pack *p); /* struct pack_response */
/* Closings, for what else a message wants ("You also asked about …"), tried in order. */
const struct items *pack_closings(const struct pack *p); /* struct pack_response */
/* What is said on occasions that are no intent; every pack has all of them. */
enum pack_occasion {
	SAY_HANDOFF,  /* a person takes over: {reference}, {queue_position},
			 {estimated_wait} */
	SAY_FALLBACK, /* the reply was held back or could not be made: {reference} */
	SAY_OFFER,    /* would you like a person? */
	SAY_VERDICT,  /* a decided action of which the action itself says nothing */
	PACK_OCCASIONS
};
const struct pack_response *pack_say(const struct pack *p, enum pack_occasion occasion);

/* ---- knowing (kb/) ---- */

struct pack_article {
	struct str id, title, text; /* text: the answer, plain, short enough to send */
	double score;               /* 0 … 1, how well it fits */
};

/* The best articles for a question, the best first, at most `max`; what they say lives as
 * long as the pack. */
size_t pack_search(const struct pack *p, struct arena *a, const struct tokens *question,
	struct str language, struct pack_article *out, size_t max);

#endif
