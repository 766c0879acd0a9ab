/*
 * A turn: one trip of one or more messages through the actors of its route. (Architecture, section 5.)
 *
 * A turn is a function of (state, messages, pack version, answers). Its only contact with the outside is asking:
 *
 *	const struct answer *customer = turn_ask(t, "customer", &customer_question);
 *	const struct answer *orders = turn_ask(t, "orders", &orders_question);
 *	if (!customer || !orders)
 *		return TURN_WAIT;   // both are on their way, at the same time
 *
 * A question whose answer is known returns it; else it is put to the world and NULL comes back. When answers arrive
 * the actor is run again from its start; what a run that ended in WAIT or FAIL wrote into the document, the state,
 * the causes and the proposals is dropped. Answers, the document and all that actors allocate live in t->arena, which
 * ends with the turn. An actor keeps nothing elsewhere, reads no clock, no chance, no file and no network.
 *
 * The runner (run.c) walks the route, the journal (journal.c) keeps what replay needs, commit.c writes the outcome
 * in one transaction, engine.c queues messages and gives each conversation one turn at a time.
 */
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/schema.h"
#include "env/env.h"
#include "text/tokens.h"
#include "turn/document.h"

struct pack;
struct turn;

enum turn_step {
	TURN_NEXT, /* done: what was written counts; the route goes on */
	TURN_WAIT, /* a question is open: run again when its answer is there */
	TURN_FAIL, /* could not be done: the route's error handler takes over; turn_fail() says why */
};

/* One actor: a plain function and its name. The table of all is actor/actors.h. */
struct actor {
	const char *name;
	int version; /* raised when its behaviour changes; part of the causes */
	enum turn_step (*run)(struct turn *t);
};

/* What a turn may ask. */
enum question_kind {
	QUESTION_READ, /* HTTP GET of a context source; asked at once, may be answered from the cache */
	QUESTION_EFFECT, /* HTTP call that changes something: ledger first, then the call, at most once */
	QUESTION_CLOCK, /* a fresh clock (answer->at), journalled */
	QUESTION_QUEUE, /* how many conversations of this tenant wait for a person now (answer->count) */
};

struct question {
	enum question_kind kind;
	struct str method;  /* EFFECT: "POST", "PUT" … */
	struct str url;     /* absolute http or https */
	struct str body;    /* JSON text, or empty */
	struct str headers; /* extra header lines "Name: value\n", or empty */
	int64_t timeout_ms;
	int64_t cache_ms; /* READ: an answer at most this old may serve; 0 asks each time */
	const struct items *
		keep; /* READ: struct str paths kept of a JSON answer (each element of an array); NULL keeps all */
	bool idempotent; /* EFFECT: the provider honours Idempotency-Key, so it may be repeated after doubt */
	struct str action; /* EFFECT: the pack's action, for the ledger */
};

enum answer_status {
	ANSWER_OK,      /* 2xx */
	ANSWER_REFUSED, /* another HTTP status: see status and json (problem text) */
	ANSWER_FAILED, /* no usable answer; nothing happened (connection refused, too large) */
	ANSWER_TIMED_OUT, /* READ: no answer in time */
	ANSWER_UNCERTAIN, /* EFFECT: it may have happened; a person sees it */
	ANSWER_WITHHELD, /* EFFECT: not sent: a person owns the conversation, or the key was used for another question */
};

struct answer {
	enum answer_status status;
	int http; /* HTTP status, 0 when there was none */
	struct json *
		json; /* the body when it is JSON (after `keep`), else NULL; other turns may share it: not to be changed */
	struct wall at; /* when it was answered; for a cached one when it was fetched */
	int64_t count;  /* QUEUE */
	bool cached;
};

/* Who speaks, as the entrance established it. A stated address proves nothing. */
enum caller_proof {
	PROOF_NONE,   /* a visitor: orders, personal data and actions need more */
	PROOF_KEY,    /* a caller with an API key vouches for `from` */
	PROOF_SIGNED, /* signed widget identity */
	PROOF_DEMO,   /* preset demo customer */
};

struct caller {
	enum caller_proof proof;
	struct str id; /* the shop's id of the person, or the visitor id */
	struct str
		email; /* proved when proof != PROOF_NONE, else only stated; may be empty */
	struct str name;   /* may be empty */
	struct str locale; /* BCP 47, may be empty */
	struct str page;   /* facts of the page it writes from: a JSON object, or empty */
};

/* A message as the turn sees it. */
struct turn_message {
	struct str id;
	int64_t seq;
	struct str text;    /* valid UTF-8, at most MESSAGE_TEXT_MAX code points */
	struct str payload; /* quick reply payload, may be empty */
	struct wall received_at;
};

/* A decision on an approval starts a turn of its own: the frozen action and the verdict. */
struct turn_verdict {
	struct str approval; /* id */
	bool approved;
	struct str by, note;
	struct json *action; /* as turn_propose() froze it */
};

struct cause {
	const char *actor;
	int version;
	struct str
		rule; /* which rule, template, source or action; with its place in the pack when it has one */
	double score;
	struct str instead; /* what came second, or empty */
	double instead_score;
	int lost;          /* enum cause_lost: why it did not come first */
	struct str detail; /* short words for a person, or empty */
	struct cause *next;
};

/* Why what came second did. The numbers are stored. */
enum cause_lost {
	LOST_NOTHING,  /* nothing came second */
	LOST_BY_SCORE, /* less speaks for it */
	LOST_BY_ORDER, /* it holds as well and stands later in the pack */
	LOST_BY_DIALOGUE, /* the words alone would mean it; what was said before means the other */
};

struct proposal {
	struct str action;
	struct json *frozen; /* all that carrying it out needs */
	struct str reason;
	struct str id; /* of the approval it becomes */
	struct proposal *next;
};

struct turn {
	/* given: an actor reads these */
	struct arena *arena;
	const struct pack *pack;
	struct str id, tenant, conversation, contact, channel;
	struct caller caller;
	const struct turn_message *messages;
	size_t message_count;
	struct str text; /* the messages' texts, joined by newlines */
	const struct turn_verdict *
		verdict; /* NULL unless this turn carries out a decision on an approval */
	struct wall now; /* fixed at the start (rule 8) */
	bool human_owns; /* a person owns the conversation: the bot stays silent */

	/* made: actors add to these */
	struct document doc;
	struct dialogue dialogue; /* the conversation's state, carried to the next turn */

	struct turn_run *run; /* the runner's own */
};

/* The answer to this actor's question `key`, or NULL: return TURN_WAIT. `q` and what it points at are copied. */
const struct answer *turn_ask(struct turn *t, const char *key, const struct question *q);
/* The words of t->text, read once a turn: several actors look at them. */
const struct tokens *turn_words(struct turn *t);
/* Chance from the turn's seed: the same in every run of the same actor and key. */
uint64_t turn_chance(struct turn *t, const char *key);
/* Adds to the cause record. Texts live in the arena or longer. */
void turn_cause(struct turn *t, struct str rule, double score, struct str detail);
/* What would have been instead of the cause that was added last; nothing when it is empty. */
void turn_second(struct turn *t, struct str instead, double score, enum cause_lost lost);
/* Says why the actor fails; returns TURN_FAIL. */
enum turn_step turn_fail(struct turn *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What the failed actor said, for the error handler; empty when none failed. */
struct str turn_failure(const struct turn *t, const char **actor);
/* Holds an action for a person's approval: committed with the outcome; returns the approval's id. */
struct str turn_propose(
	struct turn *t, struct str action, struct json *frozen, struct str reason);

/* Routers: replaces all steps after this one. Names are actors; unknown ones are refused when the pack loads. */
void turn_route(struct turn *t, const struct str *steps, size_t n);
/* Puts one step right after this one, unless it is already ahead on the route. */
void turn_route_next(struct turn *t, struct str step);
/* Steps already run are not on it. */
bool turn_route_ahead(const struct turn *t, struct str step);

#endif
