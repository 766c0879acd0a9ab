/*
 * The journal of a turn: all that replay needs besides the pack and the messages, stored as bytes by its schema table
 * (base/schema_bytes.h):
 *	{"v":1,"program":"0.1.0","now":…,"seed":…,"version":…,"human":false,"state":{…},"caller":{…},"messages":[seq…],
 *	 "verdict":{…}?,"answers":[{"actor","key","kind","ask","print","status","http","at","cached","from","count","text","us"}…]}
 * `version` is the conversation's before the turn and `state` its dialogue; an answer names its question by what was
 * asked and by its fingerprint, so that a divergence can show both.
 *
 * An answer that came from the cache is written by reference: `from` is the turn (row key) of the same person that
 * fetched it and whose committed journal holds it under the same fingerprint; `ask` and `text` stand there alone. So a
 * journal needs, beside itself, only journals that are older by at most a cache time (ANSWER_CACHE_MS_MAX): retention
 * keeps each for that much longer than it would be kept for its own sake.
 */
#ifndef TURN_JOURNAL_H
#define TURN_JOURNAL_H

#include "talk/turn_row.h"
#include "turn/run.h"

struct journal_answer {
	struct str actor, key, kind, ask, print;
	struct str status;
	int64_t http, at, from, count;
	int64_t us; /* that the world took for it; 0: it was not asked */
	bool cached;
	struct str text;   /* JSON, or empty */
	struct json *body; /* the same as a tree, once it is read */
};

struct journal_caller {
	struct str proof, id, email, name, locale;
	struct str page; /* a JSON object, or empty */
};

struct journal_verdict {
	struct str approval, by, note;
	bool approved;
	struct json *action;
};

struct journal {
	int64_t v, now, seed, version;
	struct str program;
	bool human;
	struct str state; /* dialogue_write() */
	struct journal_caller caller;
	struct items messages; /* double: sequence numbers */
	struct journal_verdict *verdict;
	struct items answers; /* struct journal_answer */
};

/* Version of the program as journals name it; replay is byte-exact under the same. */
#define JOURNAL_PROGRAM "0.1.0"

/* The run as it stands: what is known is in it. */
struct str journal_print(struct arena *a, const struct turn_run *run, int64_t version);
/* What stands in the text alone: answers by reference lack `ask`, `text` and `body`. */
enum err journal_parse(
	struct arena *a, struct str text, struct journal *out, struct error *e);
/* The same, with the answers that stand in other turns of the person whose key it is. */
enum err journal_load(struct store *s, struct arena *a, struct str text,
	const struct person_key *key, struct journal *out, struct error *e);

/*
 * What the turns of one person fetched, remembered while journals of that person are read
 * one after the other: those that name the same answer then cost its source once.
 */
struct journal_sources {
	struct store *store;
	int64_t contact; /* 0: nobody yet */
	struct person_key key;
	struct arena arena;
	size_t bytes_max; /* JOURNAL_SOURCES_MAX: past it all are forgotten */
	struct journal_source *first;
};
void journal_sources_init(struct journal_sources *s, struct store *store);
void journal_sources_fini(struct journal_sources *s);
/* Journals of this person follow; what is known of another is forgotten. */
void journal_sources_begin(
	struct journal_sources *s, int64_t contact, const struct person_key *key);
/* As journal_load(); answers by reference live until the next call. */
enum err journal_load_from(struct journal_sources *s, struct arena *a, struct str text,
	struct journal *out, struct error *e);

/* Gives a fresh run what the journal holds: now, seed, caller, state, verdict and answers (all known; an effect whose
 * answer is missing is not among them). The messages, pack and ids are the caller's. Texts are copied into `kept`. */
void journal_restore(struct turn_run *run, const struct journal *j);
/* The same for a run that is not written again and ends before the journal: nothing is
 * copied, and answers have no text. */
void journal_lend(struct turn_run *run, const struct journal *j);
/* The answer recorded under an actor's key, or NULL. */
const struct journal_answer *journal_find(
	const struct journal *j, const char *actor, struct str key);

#endif
