/*
 * How good a model is on labelled rows.
 *
 * `accuracy` and `macro_f1` and `ece` are over rows that are in scope, without rejection:
 * the likeliest intent counts. `in_scope_accuracy` is over the same rows with rejection:
 * a rejected row is wrong. `oos_recall` and `oos_precision` are of rejection; they are -1
 * when the rows hold nothing out of scope. Time is CPU time of model_predict() alone,
 * after one pass to warm up. Entities: `tags_right` of the `tags` found are among the
 * `mentions` of the rows.
 */
#ifndef TEXT_EVALUATE_H
#define TEXT_EVALUATE_H

#include "text/model.h"
#include "text/tagger.h"
#include "text/train.h"

#define EVALUATE_EXAMPLES 3

/* A pair of intents that are taken for one another. */
struct confusion {
	struct str wanted, got;
	size_t count;
	struct str example[EVALUATE_EXAMPLES];
};

/* Adds up over several calls, so that folds are evaluated together. */
struct evaluation {
	struct arena *a;
	size_t n, in_scope, right, right_kept;
	size_t oos, oos_rejected, rejected;
	size_t mentions, tags, tags_right, roles_right;
	double seconds; /* CPU */
	struct {
		double confidence;
		size_t rows, right;
	} bin[15];
	struct class_count *classes;
	size_t class_count;
	struct confusion *confusions;
	size_t confusion_count, confusion_cap;
};

/* The arena must live as long as the evaluation. */
void evaluation_init(struct evaluation *v, struct arena *a);
void evaluation_add(struct evaluation *v, const struct model *m,
	const struct train_row *rows, size_t count);

double evaluation_accuracy(const struct evaluation *v);
double evaluation_in_scope_accuracy(const struct evaluation *v);
double evaluation_macro_f1(const struct evaluation *v);
double evaluation_oos_recall(const struct evaluation *v);
double evaluation_oos_precision(const struct evaluation *v);
/* Expected calibration error over 15 bins of equal width. */
double evaluation_ece(const struct evaluation *v);
double evaluation_us(const struct evaluation *v);
/* Of annotated entities, exact spans and kinds, as the tagger alone finds them; -1 when
 * the rows have none. */
double evaluation_entity_f1(const struct evaluation *v);
/* Adds what the tagger (may be NULL) finds in a row; evaluation_add() does. */
void evaluation_entities(struct evaluation *v, const struct tagger *tagger,
	struct arena *scratch, const struct train_row *row);
/* Confusions by falling count. */
void evaluation_sort(struct evaluation *v);

#endif
