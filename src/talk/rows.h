/*
 * Readers of what several tables give alike. Each takes the rows with the result of asking
 * for them, so that a question and its answer are one expression, and ends them.
 */
#ifndef TALK_ROWS_H
#define TALK_ROWS_H

#include "db/db.h"

/* The number in the first row; ERR_NOT_FOUND without a row, the error's text is the
 * caller's. */
enum err rows_number(struct db_rows *rows, enum err asked, int64_t *out);
/* The first column of at most `limit` rows: int64_t in *out. */
enum err rows_numbers(struct db_rows *rows, enum err asked, struct arena *a, size_t limit,
	struct items *out);

#endif
