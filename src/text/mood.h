/*
 * The mood of a message: sentiment, urgency, complaint, wish for a person, by the rules
 * of a lexicon.
 *
 * Sentiment: each term's weight, times the factor for an intensifier and with its side
 * flipped by a negation in the preceding tokens of the window; the sum is `score`.
 * Intensity is min(|score| / hits, 1) and needs two words of the pack (an angry word alone
 * is not a furious customer). Urgency, complaint and escalation count points: one for each
 * different word, and the pattern's own for each pattern that matches.
 */
#ifndef TEXT_MOOD_H
#define TEXT_MOOD_H

#include "text/lexicon.h"
#include "text/tokens.h"

enum sentiment_label { SENTIMENT_NEGATIVE, SENTIMENT_NEUTRAL, SENTIMENT_POSITIVE };
enum urgency_level { URGENCY_LOW, URGENCY_MEDIUM, URGENCY_HIGH, URGENCY_CRITICAL };

/* NULL-terminated, index is the value: "negative" "neutral" "positive"; "low" "medium"
 * "high" "critical". */
extern const char *const sentiment_names[];
extern const char *const urgency_names[];

struct sentiment {
	enum sentiment_label label;
	double score;      /* sum of weights */
	double valence;    /* score brought into -1 … 1; shouting, emoji and exclamation
			      marks count too */
	double intensity;  /* 0 … 1 */
	double confidence; /* 0 … 1; 0 when nothing was hit */
	int hits; /* words of the pack; of a pack that has none, words that ship */
};

/* One reason for points: where they came from and how many. */
struct mood_reason {
	struct str text; /* the words of the message, or the pattern's reason */
	int points;
};

struct mood_points {
	bool yes; /* the threshold is reached */
	int points;
	struct mood_reason *reasons;
	size_t reason_count;
};

/* What moods are of; their names are "sentiment" "urgency" "complaint" "wants_person". */
enum mood_topic {
	MOOD_SENTIMENT,
	MOOD_URGENCY,
	MOOD_COMPLAINT,
	MOOD_WANTS_PERSON,
	MOOD_TOPICS
};
extern const char *const mood_topic_names[];

/* What a pack's examples say of a topic (text/mood_learnt.h). */
struct mood_judgement {
	struct str label;  /* empty: nothing */
	double confidence; /* 0 … 1 */
};

struct mood {
	struct sentiment sentiment;
	enum urgency_level level;
	struct mood_points urgency; /* yes: anything above low */
	struct mood_points complaint;
	struct mood_points escalation; /* the customer asks for a person or threatens to
					  go further */
	bool safety;                   /* a safety word was hit */
	struct mood_judgement learnt[MOOD_TOPICS]; /* filled by mood_learnt() */
};

/* Results live in the arena. */
void mood_read(const struct lexicon *l, struct arena *a, const struct tokens *t,
	struct mood *out);

#endif
