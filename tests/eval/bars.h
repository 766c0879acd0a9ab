/*
 * `make eval DATA=DIR`: Parley's perception against its bars, beside published figures.
 *
 * One file a family: each adds rows to the table. Where a data set has no test file, what
 * there is to learn from is cross-validated, or a part of it held out, and the row says
 * so; a set that is not there at all is named in the last line. Nothing here is tuned on
 * what it measures: settings are chosen by cross-validation on training files.
 */
#ifndef EVAL_BARS_H
#define EVAL_BARS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "text/train.h"

struct bars {
	const char *dir;
	int missed; /* rows below their bar */
	struct buf missing;
};

/* One row. `least`: the bar is a minimum (0: there is none), else a maximum. */
void bars_row(struct bars *b, const char *what, const char *measure, double value,
	double bar, bool least, const char *others);
/* A row without a bar. */
void bars_plain(const char *what, const char *measure, double value);
/* Is the file, or folder, there below the data directory? */
bool bars_has(const struct bars *b, const char *name);
/* Notes what `what` would have been measured on. */
void bars_missing(struct bars *b, const char *what, const char *name);
/* A file below the data directory; false (and noted as missing) when it is not there. */
bool bars_file(struct bars *b, struct arena *a, const char *what, const char *name,
	struct str *out);
/* The rows of such a file; prints what is wrong with them. */
bool bars_rows(struct bars *b, struct arena *a, const char *what, const char *name,
	struct train_row **rows, size_t *count);
/* Rows that tests/eval/rows made of files, by their name in build/eval. */
bool bars_made(struct arena *a, const char *what, const char *name,
	struct train_row **rows, size_t *count);
double bars_cpu_seconds(void);

void bars_entities(struct bars *b);
void bars_intent(struct bars *b);
void bars_language(struct bars *b);
void bars_learnt(struct bars *b);
void bars_sentiment(struct bars *b);
void bars_whole(struct bars *b);
void bars_risk(struct bars *b);

#endif
