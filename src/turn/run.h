/*
 * A run: one turn under way. It walks the route, keeps what was asked and answered, and drops what an unfinished actor
 * wrote. It touches nothing outside: `struct run_mode` says where answers come from (the world, the journal, a test).
 *
 * Memory: `kept` lives as long as the run (messages, questions, answers); `scratch` is what actors allocate (turn.arena)
 * and is reset to a mark before an actor runs again.
 */
#ifndef TURN_RUN_H
#define TURN_RUN_H

#include "base/limits.h"
#include "base/list.h"
#include "turn/turn.h"

#define RUN_STEPS_MAX 64

enum held_state {
	HELD_NEW,   /* asked by an actor, not yet put to the world */
	HELD_ASKED, /* on its way */
	HELD_KNOWN, /* answered: actors see it */
};

/* One question of a run and, once known, its answer. */
struct held {
	struct held *next;
	struct turn_run *run;
	const char *actor;
	struct str key;
	struct question question;      /* copied into `kept` */
	unsigned char fingerprint[32]; /* hash of what is asked */
	enum held_state state;
	bool in_ledger; /* EFFECT: its row is committed */
	bool arrived;   /* EFFECT: answered, to be committed before the actor sees it */
	struct answer answer;
	struct str
		answer_text; /* the JSON of the answer as it is journalled; empty: none */
	int64_t us;          /* that the world took to answer; 0: it was not asked */
	int64_t from; /* READ: the turn (row key) whose journal holds answer_text; 0: this one's */
	struct str idempotency_key;
	struct str
		recorded; /* the fingerprint's first digits in the journal it came from; empty: asked in this run */
	void *context; /* the mode's own */
};

struct run_mode {
	/* May answer at once (fill held->answer, set HELD_KNOWN) or leave it HELD_NEW: the turn then waits. */
	void (*ask)(struct turn_run *run, struct held *held);
	struct mono (*clock)(struct turn_run
			*run); /* for the cost of each actor; never seen by actors */
	const struct actor *(*find_actor)(struct str name);
};

struct actor_cost {
	const char *actor;
	int64_t ns;
	int runs;
};

enum run_result {
	RUN_FINISHED, /* the route is walked */
	RUN_WAITING,  /* questions are open */
	RUN_BROKEN, /* the error route failed too, or a bound of rule 11 was passed: `failure` says which */
};

struct turn_run {
	struct arena kept, scratch;
	struct turn turn;
	const struct run_mode *mode;
	void *owner; /* the mode's */
	int64_t seed;
	struct str state; /* the dialogue that the run starts from: dialogue_write() */

	struct held *questions, *questions_last;
	int question_count;

	struct str steps[RUN_STEPS_MAX];
	size_t step_count, at;
	struct str on_error;
	int runs; /* of the actor at `at` */
	int failures;
	const char *failed_actor;
	struct str failure;

	struct cause *causes, *causes_last;
	struct proposal *proposals, *proposals_last;
	int proposal_count;
	/* The actor that runs now, and what it allocates its ids from. */
	const struct actor *actor;
	struct str (*proposal_id)(struct turn_run *run, int number);

	struct actor_cost costs[RUN_STEPS_MAX];
	size_t cost_count;
};

/* Empty arenas and lists; memory of an earlier use is kept. */
void run_init(struct turn_run *run);
void run_fini(struct turn_run *run);
/* Forgets everything of the turn but the memory. */
void run_clear(struct turn_run *run);
/* Starts from the beginning: route, document and dialogue anew, answers kept. ERR_INVALID when the state is damaged. */
enum err run_start(struct turn_run *run, struct error *e);
/* Gives back what the actors allocated. Of the document stays only whether people get the conversation; questions and
 * answers stay, so run_start() comes to the same end. */
void run_rest(struct turn_run *run);
/* Walks on until the end, a wait or a break. */
enum run_result run_walk(struct turn_run *run);
/* Number of questions that are not known yet. */
int run_open_questions(const struct turn_run *run);
/* Bytes of questions and answers kept (rule 11: TURN_KEPT_MAX). */
size_t run_kept_bytes(const struct turn_run *run);
/* Bytes that this answer may have beside the others, so that the journal has a bound whatever the world says. */
size_t run_answer_room(const struct held *h);
/* Copies an answer in: JSON text after `keep`. A reading question's answer that is no JSON, or with which the turn's
 * answers would pass TURN_KEPT_MAX, is FAILED; an effect's keeps its status and loses its text. */
void run_answer(struct held *h, enum answer_status status, int http, struct str json,
	struct wall at, bool cached);
const char *answer_status_name(enum answer_status status);

#endif
