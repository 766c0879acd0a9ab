/*
 * Calibration on held-out rows: a temperature that makes probabilities honest, and a
 * threshold for what is out of scope.
 */
#ifndef TEXT_CALIBRATE_H
#define TEXT_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>

struct held_out {
	size_t rows, classes;
	int oos;         /* class, or -1 */
	float *margin;   /* [rows][classes] */
	uint32_t *label; /* of each row */
};

/* Softmax of the margins of one row over the temperature. */
void calibrate_softmax(const float *margin, size_t classes, double temperature, float *p);
/* The temperature with the least mean negative log likelihood. */
double calibrate_temperature(const struct held_out *h);
/* The mean negative log likelihood of the labels under a temperature. */
double calibrate_loss(const struct held_out *h, double temperature);
/* Entropy + 3 p(oos) of one row. */
double calibrate_score(const float *p, size_t classes, int oos);
/* The score that keeps this share of the rows that are in scope and classified right; p
 * is [rows][classes]. */
double calibrate_threshold(const struct held_out *h, const float *p, double keep);

/* How many times likelier than any intent out of scope must be, so that `keep` of the
 * held-out rows that are right stay; at least 1. */
double calibrate_oos_lead(const struct held_out *h, const float *p, double keep);

#endif
