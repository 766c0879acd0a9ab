/*
 * `make eval DATA=DIR`: Parley's perception against its bars, beside published figures.
 *
 * One file a family: each adds rows to the table. What a data set misses is said and
 * skipped. Nothing here is tuned on what it measures: settings are chosen by
 * cross-validation on training files.
 */
#ifndef EVAL_BARS_H
#define EVAL_BARS_H

#include "base/arena.h"
#include "base/json.h"

struct bars {
	const char *dir;
	int missed; /* rows below their bar */
};

/* One row. `least`: the bar is a minimum, else a maximum. */
void bars_row(struct bars *b, const char *what, const char *measure, double value,
	double bar, bool least, const char *others);
/* A row without a bar. */
void bars_plain(const char *what, const char *measure, double value);
void bars_skip(const char *what, const char *file);
/* A file below the data directory; false (and a line about it) when it is not there. */
bool bars_file(struct bars *b, struct arena *a, const char *what, const char *name,
	struct str *out);

void bars_entities(struct bars *b);
void bars_intent(struct bars *b);
void bars_learnt(struct bars *b);
void bars_sentiment(struct bars *b);
void bars_whole(struct bars *b);
void bars_risk(struct bars *b);

#endif
