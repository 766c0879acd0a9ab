/*
 * A child process on the loop: its standard output comes line by line, what it says on
 * standard error is kept for whoever asks why it failed. It runs in a process group of its
 * own at a lower priority, so that the loop goes before it.
 */
#ifndef ENV_PROCESS_H
#define ENV_PROCESS_H

#include "base/err.h"
#include "base/str.h"
#include "env/env.h"

struct process_run;

/* Embedded by its owner, who keeps it until `ended` has run. */
struct process {
	const char *const *argv; /* ends with NULL; [0] is the program's path */
	void (*line)(struct process *p, struct str line);
	/* Once, never from inside a call. `code` is its exit code, 128 + n when signal n
	 * ended it; `said` the beginning of what it wrote on standard error. */
	void (*ended)(struct process *p, int code, struct str said);
	void *owner;
	struct process_run *run; /* the module's own */
};

/* ERR_UNAVAILABLE: it cannot be started; then `ended` does not run. */
enum err process_start(struct env *env, struct process *p, struct error *e);
/* Asks it to end; `ended` still runs. */
void process_stop(struct process *p);
/* Ends it at once; neither callback runs any more. Does nothing when it has ended. */
void process_abandon(struct process *p);

#endif
