/* What the engine must forget of a person who was erased. */
#include "turn/session.h"

/* Nobody is known under the session's addresses any more. */
static void
forget_addresses(struct session *s)
{
	list_each(l, &s->keys) {
		struct session_key *k = list_entry(l, struct session_key, link);
		if (map_get(&s->engine->by_address, k->text) == s)
			map_remove(&s->engine->by_address, k->text);
	}
}

int
engine_forget_contact(struct engine *engine, int64_t contact)
{
	int busy = 0;
	list_each_safe(l, &engine->used) {
		struct session *s = list_entry(l, struct session, used);
		if (s->row.contact != contact)
			continue;
		forget_addresses(s);
		if (session_is_idle(s))
			session_drop(s);
		else
			busy++;
	}
	answer_cache_forget(&engine->cache, CACHE_PREFIX(contact));
	return busy;
}
