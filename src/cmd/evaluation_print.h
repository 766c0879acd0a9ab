/* The result of an evaluation as a table for people or as one JSON object. */
#ifndef CMD_EVALUATION_PRINT_H
#define CMD_EVALUATION_PRINT_H

#include "text/evaluate.h"

struct evaluation_facts {
	size_t model_bytes;
	double train_seconds; /* CPU; -1: not known */
	bool json, report;
};

void evaluation_print(struct evaluation *v, const struct evaluation_facts *facts);

#endif
