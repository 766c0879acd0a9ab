/* A transcript file as it is read (rehearsal.h says what it is), and what came out
 * otherwise: shared by who plays it (transcript.c) and who blesses it (bless.c). */
#ifndef ACTOR_TRANSCRIPT_H
#define ACTOR_TRANSCRIPT_H

#include "actor/rehearsal.h"

struct person {
	struct str id, email, name, locale;
	int proof;
};

struct expectation {
	struct items sentiment, intent, urgency, route_has, decision_has, reply_has,
		reply_has_any, reply_lacks, quick_replies, effects; /* struct str */
	struct json *complaint, *wants_human, *handoff, *silent, *verified, *guarded,
		*actions;
	struct json *score_above, *score_below, *retries, *queue_position, *proposals;
	struct str lane, decision, reply, outcome, awaiting, record_state, language, tier;
	int line;
};

struct story_turn {
	struct str say, payload, start, why;
	struct json *given, *verdict;
	bool human_owns;
	int64_t seed, now; /* 0: the story's own */
	struct expectation expect;
	int line;
};

struct story {
	struct str name, label, why;
	struct person from;
	struct items turns; /* struct story_turn */
	struct items world; /* struct rehearsal_answer: before the file's own */
	int64_t queue;
	int line;
};

struct story_file {
	struct str about;
	struct items world;       /* struct rehearsal_answer */
	struct items transcripts; /* struct story */
};

#define EXPECTATIONS_MAX 32

/* What came out otherwise in one turn: the members of `expect`, each once. */
struct otherwise {
	const char *keys[EXPECTATIONS_MAX];
	size_t n;
};

bool contains_nocase(struct str text, struct str part);

/* The changes of a file that make its expectations what came out. */
struct blessing;
struct blessing *blessing_new(struct str text);
void blessing_free(struct blessing **b);
/* Turn `turn` of story `story` (counted from 0) was played; effects before it are not its
 * own. ERR_INVALID: a value cannot be written over. */
enum err blessing_take(struct blessing *b, size_t story, size_t turn,
	const struct otherwise *o, const struct expectation *expect,
	const struct rehearsal *r, size_t effects_before, struct error *e);
/* The text with the changes; false when there are none. It lives as long as the blessing. */
bool blessing_text(struct blessing *b, struct str *out);

#endif
