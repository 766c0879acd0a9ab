/* Asking the pack's sources: attempts, time limits, how old an answer may be. */
#ifndef ACTOR_SOURCES_H
#define ACTOR_SOURCES_H

#include "pack/pack.h"
#include "turn/turn.h"

enum source_state {
	SOURCE_WAITING,     /* the question is open */
	SOURCE_ANSWERED,    /* *out is the answer */
	SOURCE_NOTHING,     /* there is no such thing, or nothing to ask with */
	SOURCE_UNAVAILABLE, /* failed or too slow, in every attempt */
};

/* `view` fills the URL. `key` names the question; fresh ones are not taken from a cache.
 */
enum source_state source_ask(struct turn *t, const struct pack_source *s, const char *key,
	const struct json *view, bool fresh, struct json **out);
const struct pack_source *source_find(const struct pack *p, struct str name);
bool source_is_unavailable(const struct turn *t, struct str name);
/* Notes a source that could not be had; once. */
void source_note_unavailable(struct turn *t, struct str name);
/* Appends to an items of struct str. */
void strs_add(struct turn *t, struct items *list, struct str s);

#endif
