/* What waits in a store: said before a restored copy goes on with it. */
#ifndef TALK_BACKLOG_H
#define TALK_BACKLOG_H

#include "talk/store.h"

struct backlog {
	int64_t turns, effects, approvals; /* unfinished, in doubt, pending */
	int64_t waiting;                   /* conversations that wait for a person */
	int64_t oldest_ms; /* when the oldest of them began; 0: nothing waits */
};

enum err backlog_read(struct store *s, struct backlog *out, struct error *e);

#endif
