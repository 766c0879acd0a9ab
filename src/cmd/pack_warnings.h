/*
 * Warnings about a pack that a server reads again and again: each reading says what the
 * reading before it had not said. A warning is the same when its file and words are; lines move.
 */
#ifndef CMD_PACK_WARNINGS_H
#define CMD_PACK_WARNINGS_H

#include "base/map.h"
#include "pack/pack.h"

struct pack_warnings {
	struct map said; /* by the last reading */
};

void pack_warnings_init(struct pack_warnings *w);
void pack_warnings_fini(struct pack_warnings *w);
/* Gives the new ones of a report to `say`, and remembers all of it; returns how many they are. */
size_t pack_warnings_each(struct pack_warnings *w, const struct pack_report *report,
	void (*say)(void *owner, const struct pack_problem *p), void *owner);

#endif
