/* Erasing a person: in the store, and of what the engine remembers. */
#include "turn/session.h"

#include "base/log.h"
#include "talk/effect.h"
#include "talk/erasure.h"
#include "talk/turn_row.h"

#define TURNS_END_MS 200 /* until it is looked again whether they have */

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

/* Forgets the sessions, addresses and cached answers. Returns how many conversations still have a turn under way: to be
 * called again until there is none. */
static int
forget_contact(struct engine *engine, int64_t contact)
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

/* Turns that were under way end first; then nothing in memory knows the person. */
static void
forget(struct env_timer *timer)
{
	struct engine_erasure *x = timer->owner;
	if (forget_contact(x->engine, x->contact) > 0 && !x->engine->draining)
		env_timer_start(x->engine->env, &x->again, TURNS_END_MS);
	else
		x->done(x);
}

/* What is in memory goes also when it failed: the key may be gone, and nothing is to be sealed with it any more. */
static void
key_destroyed(struct db_tx *tx, enum err result)
{
	struct engine_erasure *x = tx->owner;
	x->result = result;
	x->error = tx->error;
	db_tx_fini(tx);
	forget(&x->again);
}

enum err
engine_erase(struct engine *engine, struct engine_erasure *x, struct error *e)
{
	x->engine = engine;
	x->again = (struct env_timer){.fire = forget, .owner = x};
	db_tx_init(&x->tx);
	x->tx.owner = x;
	enum err r = erasure_add(
		engine->store, &x->tx, x->tenant, x->contact, env_wall(engine->env), e);
	if (r == OK)
		r = db_submit(engine->store->db, &x->tx, key_destroyed, e);
	if (r != OK)
		db_tx_fini(&x->tx);
	return r;
}

/* ---- a turn that a crash cut short and nobody can read any more ---- */

struct abandoned {
	struct list link;
	struct db_tx tx;
};

static void
abandoned_free(struct abandoned *a)
{
	list_remove(&a->link);
	db_tx_fini(&a->tx);
	free(a);
}

void
turn_abandoned_free(struct engine *engine)
{
	list_each_safe(l, &engine->abandoned)
		abandoned_free(list_entry(l, struct abandoned, link));
}

static void
was_abandoned(struct db_tx *tx, enum err result)
{
	if (result != OK)
		log_warn("a turn of an erased person stays unfinished", "why",
			tx->error.text, NULL);
	abandoned_free(tx->owner);
}

void
turn_abandon(struct engine *engine, int64_t turn)
{
	struct error e = {0};
	struct abandoned *a = mem_zalloc(sizeof *a);
	db_tx_init(&a->tx);
	a->tx.owner = a;
	list_append(&engine->abandoned, &a->link);
	effect_doubt(&a->tx, turn, env_wall(engine->env));
	turn_row_fail(&a->tx, row_conversation(turn), row_seq(turn));
	if (db_submit(engine->store->db, &a->tx, was_abandoned, &e) == OK)
		return;
	log_warn("a turn of an erased person stays unfinished", "why", e.text, NULL);
	abandoned_free(a);
}
