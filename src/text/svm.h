/*
 * Two-class linear SVM with squared hinge loss and L2 regularisation, solved in the dual
 * by coordinate descent with shrinking (Hsieh et al., "A dual coordinate descent method
 * for large-scale linear SVM", ICML 2008).
 */
#ifndef TEXT_SVM_H
#define TEXT_SVM_H

#include "text/train_data.h"

#define SVM_PASSES 10
#define SVM_EPSILON .1

/* Memory that the solver uses again for each class. */
struct svm {
	const struct train_data *d;
	uint32_t *rows; /* those trained on */
	size_t count;
	double *alpha; /* of each row of d */
	uint32_t *active;
	double *square; /* of each row: x·x with the bias */
};

void svm_init(struct svm *s, const struct train_data *d);
void svm_fini(struct svm *s);
/* Rows to train on: those of d for which held[i] != fold (all when held is NULL). */
void svm_rows(struct svm *s, const uint8_t *held, uint8_t fold);
/* Leaves every `step`-th of each class, in whatever order the classes stand. */
void svm_thin(struct svm *s, size_t step);
/* w has d->features + 1 places; the last is the bias. */
void svm_solve(struct svm *s, uint32_t class, double cost, uint64_t seed, double *w);
/* w·x + bias */
double svm_margin(const struct train_data *d, size_t row, const double *w);

#endif
