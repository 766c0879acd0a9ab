/* Turns that the last run of the program left unfinished go on where they were. */
#include "turn/session.h"

#include "base/log.h"
#include "pack/pack.h"
#include "talk/turn_row.h"
#include "turn/journal.h"

/* The version a turn started with, which need not be the present one. */
static enum err
find_pack(struct engine *engine, struct arena *a, int64_t id, const struct pack **out,
	struct error *e)
{
	struct str bundle;
	struct pack *pack;
	if (id == engine->pack_id) {
		*out = engine->pack;
		return OK;
	}
	for (struct loaded_pack *p = engine->packs; p; p = p->next)
		if (p->id == id) {
			*out = p->pack;
			return OK;
		}
	enum err r = pack_version_load(engine->store, a, id, &bundle, e);
	if (r == OK)
		r = pack_load_bundle(bundle, engine->config.pack_host, &pack, e);
	if (r != OK)
		return err_context(e, r, "pack version %lld", (long long)id);
	struct loaded_pack *p = mem_zalloc(sizeof *p);
	*p = (struct loaded_pack){engine->packs, pack, id};
	engine->packs = p;
	*out = pack;
	return OK;
}

static void
add_message(struct live_run *lr, const struct event *ev, const struct message *body)
{
	struct arena *a = &lr->run.kept;
	struct live_message *m = ARENA_NEW(a, struct live_message);
	m->m.seq = ev->seq;
	m->m.id = id_print(
		lr->engine->store, a, ID_MESSAGE, row_key(ev->conversation, ev->seq));
	m->m.text = arena_str(a, body->text);
	m->m.payload = arena_str(a, body->payload);
	m->m.received_at = ev->at;
	m->client_id = arena_str(a, body->client_id);
	m->accepted = true;
	if (lr->messages_last)
		lr->messages_last->next = m;
	else
		lr->messages = m;
	lr->messages_last = m;
	lr->message_count++;
}

static enum err
load_messages(
	struct live_run *lr, struct arena *a, const struct turn_row *row, struct error *e)
{
	struct session *s = lr->session;
	int64_t after = row->first_seq - 1;
	enum err r = OK;
	while (r == OK && row->first_seq > 0 && after < row->last_seq) {
		struct items events;
		r = event_list(s->engine->store, a, s->row.id, after, 100,
			&s->contact.key, &events, e);
		if (r == OK && events.n == 0)
			break;
		items_each(const struct event, ev, events) {
			struct message body;
			after = ev->seq;
			if (ev->seq > row->last_seq || ev->kind != EVENT_INBOUND ||
				ev->turn != row->number)
				continue;
			if (message_parse(a, ev->body, &body, e) == OK)
				add_message(lr, ev, &body);
		}
	}
	return r;
}

static enum err
recover_turn(struct engine *engine, struct arena *a, int64_t key, struct error *e)
{
	struct session *s;
	struct turn_row row;
	struct journal j;
	const struct pack *pack = NULL;
	enum err r = session_of_number(engine, row_conversation(key), &s, e);
	if (r == OK)
		r = turn_row_load(engine->store, a, row_conversation(key), row_seq(key),
			&s->contact.key, &row, e);
	if (r == OK)
		r = journal_load(engine->store, a, row.journal, &s->contact.key, &j, e);
	if (r == OK)
		r = find_pack(engine, a, row.pack, &pack, e);
	if (r != OK)
		return r;
	struct live_run *lr = live_new(s);
	pack_unref(&lr->pack);
	lr->pack = pack_ref(pack);
	lr->pack_id = row.pack;
	live_number(lr, row.number);
	journal_restore(&lr->run, &j);
	lr->began = lr->run.turn.now;
	lr->begun = lr->stored = lr->at_once = true;
	lr->human = lr->run.turn.verdict != NULL;
	r = load_messages(lr, a, &row, e);
	if (r == OK)
		r = effect_list(engine->store, &lr->run.kept, key, &s->contact.key,
			&lr->ledger, e);
	if (r != OK) {
		live_release(lr);
		return r;
	}
	if (lr->human && !s->verdict)
		s->verdict = lr;
	else if (!s->running)
		s->running = lr;
	else if (!s->next)
		s->next = lr;
	else
		list_append(&s->later, &lr->line);
	return OK;
}

/* An operation with the text it names. */
struct given_up {
	struct engine_op op;
	struct error why;
};

static void
was_given_up(struct engine_op *op)
{
	struct given_up *g = op->owner;
	if (op->result != OK)
		log_error("nobody could be told of a turn that cannot go on", "turn:i",
			row_key(op->conversation, op->turn), "why", op->error.text, NULL);
	free(g);
}

/* Of an erased person nothing can be read, and nobody is to be told: the turn ends. */
static void
give_up(struct engine *engine, int64_t key, enum err result, const struct error *why)
{
	struct session *s;
	if (result == ERR_CANCELED) {
		turn_abandon(engine, key);
		return;
	}
	log_error("a turn could not be recovered", "turn:i", key, "why", why->text, NULL);
	if (session_of_number(engine, row_conversation(key), &s, NULL) != OK)
		return;
	struct given_up *g = mem_zalloc(sizeof *g);
	g->why = *why;
	g->op = (struct engine_op){
		.kind = OP_GIVE_UP,
		.tenant = s->row.tenant,
		.conversation = s->row.id,
		.text = str_of(g->why.text),
		.turn = row_seq(key),
		.done = was_given_up,
		.owner = g,
	};
	engine_do(engine, &g->op);
}

enum err
engine_recover(struct engine *engine, int *count, struct error *e)
{
	struct arena a;
	struct items keys;
	*count = 0;
	arena_init(&a, 0);
	enum err r = turn_row_unfinished(engine->store, &a, &keys, e);
	if (r == OK) {
		items_each(const int64_t, key, keys) {
			struct error why = {0};
			enum err one = recover_turn(engine, &a, *key, &why);
			if (one == OK)
				++*count;
			else
				give_up(engine, *key, one, &why);
		}
	}
	arena_fini(&a);
	/* All are loaded before the first goes on, so that each finds its place in its conversation. */
	list_each_safe(l, &engine->runs) {
		struct live_run *lr = list_entry(l, struct live_run, link);
		if (lr->session->running == lr && lr->phase == PHASE_COLLECTING)
			live_begin(lr);
	}
	list_each_safe(l, &engine->runs) {
		struct live_run *lr = list_entry(l, struct live_run, link);
		session_advance(lr->session);
	}
	return r;
}
