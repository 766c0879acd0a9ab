/*
 * A rehearsal: the turns of one conversation run against a table of answers instead of
 * the world. It is how a pack's transcripts and the tests of the actors are played: the
 * real runner, the real actors, nothing sent.
 *
 * A transcript (tests/NAME.yaml of a pack) reads as a story:
 *
 *	world: [{get: /orders/ORD-1A2B3C4D, json: {…}}]
 *	transcripts:
 *	  - name: a stranger asks for an order
 *	    from: {id: v1, proof: none}
 *	    turns:
 *	      - say: Where is ORD-1A2B3C4D?
 *	        expect: {intent: [order_inquiry], reply_has: [e-mail address]}
 *
 * The world is asked from top to bottom: a question takes the first answer whose method
 * and end of the URL fit and which is not used up; with none it is answered 404.
 */
#ifndef ACTOR_REHEARSAL_H
#define ACTOR_REHEARSAL_H

#include "actor/actors.h"
#include "turn/run.h"

struct rehearsal_answer {
	struct str get, post, put; /* the end of the URL, one of them */
	int64_t status;            /* of HTTP; 200 */
	struct json *json;
	bool times_out, fails, uncertain;
	int64_t times; /* used so often, then the next that fits; 0: for ever */
};

struct rehearsal_effect {
	struct str method, url, body, action;
};

#define REHEARSAL_EFFECTS_MAX 64

struct rehearsal {
	struct turn_run run;
	struct arena arena; /* what outlives a turn */
	const struct pack *pack;
	struct rehearsal_answer *world;
	size_t world_count;
	int64_t *used; /* by answer */
	struct caller caller;
	struct wall now;
	bool human_owns;
	int64_t queue; /* conversations that wait for a person */
	uint64_t seed;
	int turn;
	struct rehearsal_effect effects[REHEARSAL_EFFECTS_MAX];
	size_t effect_count;
	struct str state; /* of the dialogue, as it is stored */
};

void rehearsal_init(
	struct rehearsal *r, const struct pack *pack, const struct items *world);
void rehearsal_fini(struct rehearsal *r);
/* What a turn is played with besides its text. All may be absent. */
struct rehearsal_cue {
	struct str text, payload;
	struct json
		*given; /* parts of the document as earlier actors would have left them */
	struct str start; /* the actor to start with; the route's first when empty */
	const struct turn_verdict *verdict;
	int64_t seed; /* 0: made from the rehearsal's and the turn's number */
};
/* Plays a turn to its end; afterwards r->run.turn holds document and dialogue.
 * ERR_INVALID: the run broke. */
enum err rehearsal_play(
	struct rehearsal *r, const struct rehearsal_cue *cue, struct error *e);

/* Plays every transcript of a file. Differences are printed on `out` as "FILE:LINE: …";
 * *played and *failed are added to. ERR_INVALID: the file is no transcript. */
enum err rehearsal_file(const struct pack *pack, const char *path, int out,
	size_t *played, size_t *failed, struct error *e);

/* Plays a file and writes what came out in place of what it expected otherwise; the rest of
 * its text stays. The difference of the file is printed on `out`; *changed is added the
 * number of transcripts that did not pass before. ERR_INVALID: a value cannot be written
 * over (an alias, an anchor); then the file stays as it is. */
enum err rehearsal_bless(const struct pack *pack, const char *path, int out,
	size_t *changed, struct error *e);

extern const struct schema transcript_file_schema;

#endif
