/*
 * Training a model (text/model.h) from examples.
 *
 * One-vs-rest linear SVM with squared hinge loss by dual coordinate descent, a
 * temperature and a rejection threshold from held-out rows. Deterministic: the same rows
 * in the same order with the same options give the same bytes. Runs on the caller's
 * thread and takes its memory from malloc; nothing of it remains but the result.
 */
#ifndef TEXT_TRAIN_H
#define TEXT_TRAIN_H

#include "base/buf.h"
#include "base/err.h"

/* Raised when learning gives other bytes: a kept model is known by a hash of what it was
 * learnt from, and of this. */
#define TRAIN_LEARNING 2

/* An entity of an example. */
struct train_mention {
	uint32_t start, end;   /* bytes of the text */
	struct str kind, role; /* the role may be empty */
};

struct train_row {
	struct str label; /* "oos": out of scope */
	struct str text;
	const struct train_mention *mentions; /* from left to right, apart */
	size_t mention_count;
};

struct train_options {
	double cost; /* C of the SVM; 0: the best of four by held-out rows */
	int df_min;  /* a feature occurs in this many rows; 0: 2, or 1 with few examples a
			class */
	double pairs; /* block weight of word pairs; 0: none */
	double keep;  /* share of correct held-out rows that are not rejected; 0: .985 */
	uint64_t seed;
	bool second_model; /* train the second model too */
	/* Called now and then with a share from 0 to 1; may be NULL. False stops the
	 * training: ERR_CANCELED. */
	bool (*progress)(void *with, const char *stage, double share);
	void *with;
};

/* Appends the model file's bytes to `out`, which must be empty. Rows with mentions teach
 * a tagger (text/tagger.h) too. ERR_INVALID: fewer than two classes; ERR_LIMIT: over TRAIN_ROWS_MAX rows, MODEL_CLASSES_MAX classes or the
 * buffer's maximum. */
enum err train_model(const struct train_row *rows, size_t count,
	const struct train_options *o, struct buf *out, struct error *e);
/* Names what a model was trained from, so that a stale one is noticed. */
uint64_t train_source_hash(
	const struct train_row *rows, size_t count, const struct train_options *o);

#endif
