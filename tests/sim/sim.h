/*
 * The simulation: the engine on a store (db_sim.h), among services (world.c), customers
 * and staff (people.c) that all come from one seed, and what must hold whatever they do
 * (check.c).
 *
 * A run has a stormy part, with failing commits, lost answers, jumping clocks and crashes,
 * and a calm one, in which everybody who was not answered asks again. After the calm
 * nothing is left to happen, and everything must have come right.
 *
 * Each message carries a mark of its own ("#12"), by which it, its reply and what is done
 * for it are known again.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "db_sim.h"
#include "turn/session.h"

#define PEOPLE_MAX 5
#define MESSAGES_MAX 60
#define EFFECTS_MAX 256
#define CONVERSATIONS_MAX 128
#define APPROVALS_MAX 64
#define ERASURES_MAX 64
#define STORY_LINES 30
#define STORY_WIDTH 200

/* What a customer wants to say, and what has become of it. */
struct sim_message {
	int number, person;
	char text[48], key[16]; /* key[0] 0: sent without */
	int sends, open;        /* attempts in all, attempts that wait for an end */
	int accepts;            /* attempts that were accepted as something new */
	int maybe;              /* attempts of which nobody knows */
	bool acked, ended;
	bool gone; /* who wrote it was erased: nobody can tell any more what was answered */
	int64_t sent_step, acked_step;
	int64_t conversation, seq, turn;
	int replies;
	char reply[300];
};

struct person {
	struct sim *sim;
	struct env_timer timer;
	int number;
	const char *channel;
	int64_t tenant;
	char id[16];
	const char *email;      /* NULL: none is proved */
	int first, count, next; /* messages: of the run's list, and the next to be sent */
};

/* A call at the services. It outlives the program that made it. */
struct flight {
	struct list link;
	struct sim *sim;
	struct world_call *call; /* NULL: nobody waits for the answer */
	struct env_timer arrive, answer;
	bool effect, dedupes, refuses, arrived;
	char key[128], url[64];
	enum answer_status status;
	int http;
	char body[64];
};

/* What a service did, by idempotency key. */
struct performed {
	char key[128], url[64];
	bool dedupes;
	int arrivals, done;
};

struct told {
	int64_t conversation, seq, closed_step;
	bool human;
};

/* Somebody asked for this person to be erased. */
struct erased {
	int64_t contact;
	unsigned char key[32]; /* as it was before */
	bool over;             /* it was answered that it is done */
};

struct decided {
	int64_t approval;
	int ok;
};

struct sim {
	uint64_t seed;
	struct env_sim *env;
	struct disk disk;
	struct store store;
	struct world world; /* its ops get the sim by sim_of_world() */
	const struct pack
		*packs[2]; /* two versions; the program is given one and the other */
	int pack;
	struct engine_pack_change change;
	struct engine *engine;
	bool stored, calm, changing;
	bool draining; /* it was told to end: it takes nothing new */
	bool drained;  /* and nothing runs any more */
	int crashes, ends;
	struct env_timer storm; /* what befalls the program from outside */
	struct env_timer staff;

	struct person people[PEOPLE_MAX];
	int people_count;
	struct sim_message messages[MESSAGES_MAX];
	int message_count;
	struct list attempts, ops, flights;

	struct performed performed[EFFECTS_MAX];
	int performed_count;
	struct told told[CONVERSATIONS_MAX];
	int told_count;
	struct decided decided[APPROVALS_MAX];
	int decided_count;
	struct erased erased[ERASURES_MAX];
	int erased_count;
	struct list erasures; /* on their way */

	int64_t steps;
	bool talk; /* tell the story as it goes */
	char story[STORY_LINES][STORY_WIDTH];
	int64_t story_count;
	char failure[400]; /* empty: all holds */
};

/* ---- sim.c ---- */

void sim_note(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What must hold does not. The first one counts. */
void sim_fail(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
uint64_t sim_below(struct sim *sim, uint64_t n);
/* True so many times of a hundred; never in the calm. */
bool sim_trouble(struct sim *sim, int percent);
/* Runs the seed from beginning to end; false when something did not hold. */
bool sim_run(
	struct sim *sim, const struct pack *const packs[2], uint64_t seed, bool talk);

/* ---- world.c ---- */

extern const struct world_ops sim_world_ops;
extern const struct pack_host sim_host;
const struct actor *sim_find_actor(struct str name);
/* Nobody waits for answers any more; some calls never left. */
void world_crash(struct sim *sim);
void world_end(struct sim *sim);

/* ---- people.c ---- */

void people_begin(struct sim *sim);
/* All who waited hear nothing. Before the engine is freed. */
void people_crash(struct sim *sim);
void people_end(struct sim *sim);
/* In the calm: everybody looks once more. */
void people_calm(struct sim *sim);

/* ---- check.c ---- */

/* After each commit: what stands is whole. */
void check_committed(struct disk *disk);
/* After each step: at most one turn runs in a conversation. */
void check_step(struct sim *sim);
/* Each event as the program tells it. */
void check_event(void *owner, int64_t conversation, const struct event *event);
/* A message of that step is accepted for the first time: not where it is over. */
void check_accepted(struct sim *sim, int64_t conversation, int64_t sent_step);
/* Whether the key of the person with whom the conversation is was destroyed. */
bool check_is_erased(struct sim *sim, int64_t conversation);
/* The person was erased: nothing in memory knows them. */
void check_erased(struct sim *sim, const struct erased *x);
/* Whether a turn of an erased person is not over. */
bool check_erased_wait(struct sim *sim);
/* Events that were committed and not told are known after a restart. */
void check_restarted(struct sim *sim);
/* At rest: everything. */
void check_end(struct sim *sim);

#endif
