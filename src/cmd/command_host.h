/*
 * What packs meet in a command: the actors, and where learnt models are found. They are
 * looked for beside the store, then among those that came with the program: `models` in
 * the program's own folder (a build), else share/parley/models beside it (an
 * installation).
 */
#ifndef CMD_COMMAND_HOST_H
#define CMD_COMMAND_HOST_H

#include "pack/pack.h"

#include <limits.h>

/* Holds what `host` points at, so it stays where it is. */
struct command_host {
	struct pack_host host;
	char kept[PATH_MAX], shipped[PATH_MAX];
};

/* `data`: a store's folder, NULL for the configured one. Models are kept there when it
 * is there and the caller's own; what is learnt is said on standard error. */
void command_host_init(struct command_host *h, const char *data);
/* For the server, whose folder it is: it may not be there yet. What is learnt is logged. */
void command_host_init_server(struct command_host *h, struct str data);

#endif
