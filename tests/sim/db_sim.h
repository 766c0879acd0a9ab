/*
 * The store of the simulation: db.h on two databases in memory, with time and misfortune
 * in the simulation's hands. Linked in the place of db_sqlite.c and its committer.
 *
 * The disk is what outlives a crash. A `struct db` is a program's connection to it:
 * transactions wait in its queue, are committed alone or in groups at some later time, and
 * hear of it at a later time still. What is committed and not yet told can be read, as
 * with the real one.
 *
 * The folder that db_open() is given names the disk: the bytes of a struct disk *.
 */
#ifndef SIM_DB_SIM_H
#define SIM_DB_SIM_H

#include "db/db_conn.h"
#include "env/env_sim.h"

struct disk {
	struct conn data, keys;
	struct env_sim *sim;
	struct db *db; /* of the program that runs; NULL: none does */

	/* in the simulation's hands: */
	int faults;       /* of a thousand groups, how many fail */
	int queue_max;    /* transactions that may wait; 0: any number */
	int64_t crash_in; /* the program dies at this many commit points from now; 0: not */
	bool crashed;     /* it just did: nothing happens any more until disk_crash() */
	const char *at;   /* … at this point */
	void (*committed)(
		struct disk *disk); /* after every commit: look at what stands */
	void *owner;
	void (*note)(void *owner, const char *what, int n); /* for the story */
};

/* Makes both databases with the domain's tables and the secrets of a store. */
void disk_init(struct disk *disk, struct env_sim *sim);
void disk_fini(struct disk *disk);
/* What waits in the program's queue is gone, and nobody is told anything. */
void disk_crash(struct disk *disk);

#endif
