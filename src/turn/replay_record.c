#include "turn/replay_record.h"

/* Turns end in the order in which they begin, but for those of decisions on approvals,
 * which go before a turn that still gathers messages. When so many have begun after a turn,
 * all its events are behind us. */
#define OVERTAKEN_MAX 16

struct event_ahead {
	struct list link;
	struct turn_event x;
	char body[];
};

static struct event_ahead *
ahead_entry(struct list *l)
{
	return list_entry(l, struct event_ahead, link);
}

void
record_reader_init(struct record_reader *r, struct store *store)
{
	memset(r, 0, sizeof *r);
	r->store = store;
	arena_init(&r->conversation_arena, 1024);
	journal_sources_init(&r->sources, store);
	list_init(&r->ahead);
}

void
record_reader_fini(struct record_reader *r)
{
	record_reader_stop(r);
	journal_sources_fini(&r->sources);
	arena_fini(&r->conversation_arena);
}

/* ---- the events of the conversation ---- */

static void
drop(struct record_reader *r, struct event_ahead *x)
{
	r->begun_ahead -= x->x.begins;
	list_remove(&x->link);
	free(x);
}

static enum err
end_events(struct record_reader *r)
{
	enum err ended = r->walking_events ? turn_walk_end(&r->events) : OK;
	r->walking_events = false;
	return ended;
}

static bool
read_event(struct record_reader *r)
{
	struct turn_event next;
	if (!r->walking_events || !turn_walk_next(&r->events, &next))
		return false;
	struct str body = next.event.body;
	struct event_ahead *x = mem_alloc(sizeof *x + body.n);
	x->x = next;
	if (body.p) {
		memcpy(x->body, body.p, body.n);
		x->x.event.body.p = x->body;
	}
	list_init(&x->link);
	list_append(&r->ahead, &x->link);
	r->begun_ahead += x->x.begins;
	return true;
}

/* Those of the turn, opened; those of earlier turns and of nobody's are not needed any
 * more. A message that was forgotten is not among them. */
static enum err
take_events(struct record_reader *r, struct arena *a, int64_t turn, struct items *out,
	struct error *e)
{
	size_t max = 0, n = 0;
	enum err got = OK;
	list_each(l, &r->ahead)
		max += ahead_entry(l)->x.event.turn == turn;
	struct event *list = ARENA_ARRAY(a, struct event, max);
	list_each_safe(l, &r->ahead) {
		struct event_ahead *x = ahead_entry(l);
		const struct event *ev = &x->x.event;
		if (ev->turn > turn)
			continue;
		if (ev->turn == turn && ev->body.p && got == OK) {
			list[n] = *ev;
			got = event_open(a, &list[n++], &r->sources.key, e);
		}
		drop(r, x);
	}
	*out = (struct items){list, n};
	return got;
}

/* ---- the walk ---- */

/* An erased person's turns are walked as well: they are counted. */
static enum err
begin_conversation(struct record_reader *r, struct error *e)
{
	struct person_key key;
	const struct conversation *c = &r->conversation;
	bool first = c->id == row_conversation(r->range.after);
	enum err got = contact_key(r->store, c->contact, &key, e);
	r->erased = r->keyless = got == ERR_CANCELED;
	if (got == ERR_CANCELED)
		got = contact_was_erased(r->store, c->contact, &r->erased, e);
	else if (got == OK)
		journal_sources_begin(&r->sources, c->contact, &key);
	if (got == ERR_NOT_FOUND) /* not even a contact */
		r->erased = false;
	else if (got != OK)
		return got;
	r->keyless = r->keyless && !r->erased;
	got = turn_walk_start(
		r->store, &r->events, c->id, first ? row_seq(r->range.after) : 0, e);
	r->walking_events = got == OK;
	return got;
}

static enum err
end_conversation(struct record_reader *r, struct error *e)
{
	list_each_safe(l, &r->ahead)
		drop(r, ahead_entry(l));
	arena_clear(&r->conversation_arena);
	r->conversation = (struct conversation){0};
	return end_events(r) == OK
		? OK
		: err_set(e, ERR_UNAVAILABLE, "the store cannot be read");
}

enum err
record_reader_start(
	struct record_reader *r, const struct record_range *range, struct error *e)
{
	record_reader_stop(r);
	r->range = *range;
	enum err got = conversation_walk_start(r->store, &r->conversations, range->tenant,
		row_conversation(range->after), row_conversation(range->up_to),
		range->since, e);
	r->walking = got == OK;
	return got;
}

void
record_reader_stop(struct record_reader *r)
{
	end_conversation(r, NULL);
	if (r->walking)
		conversation_walk_end(&r->conversations);
	r->walking = false;
}

/* The event that begins the next turn of the conversation within the range, or NULL. What
 * stands before it belongs to turns that began earlier. */
static const struct turn_event *
next_turn(struct record_reader *r)
{
	while (!list_empty(&r->ahead) || read_event(r)) {
		struct event_ahead *x = ahead_entry(r->ahead.next);
		const struct event *ev = &x->x.event;
		if (row_key(ev->conversation, ev->seq) > r->range.up_to)
			return NULL;
		if (x->x.begins && ev->at.ms >= r->range.since.ms)
			return &x->x;
		drop(r, x);
	}
	return NULL;
}

static enum err
find_turn(struct record_reader *r, const struct turn_event **out, struct error *e)
{
	for (;;) {
		*out = r->conversation.id ? next_turn(r) : NULL;
		if (*out)
			return OK;
		enum err got = end_conversation(r, e);
		if (got != OK)
			return got;
		if (!conversation_walk_next(
			    &r->conversations, &r->conversation_arena, &r->conversation))
			break;
		got = begin_conversation(r, e);
		if (got != OK)
			return got;
	}
	r->walking = false;
	if (conversation_walk_end(&r->conversations) != OK)
		return err_set(e, ERR_UNAVAILABLE, "the store cannot be read");
	return ERR_NOT_FOUND;
}

static const char *
why_left_out(const struct record_reader *r, enum turn_status status)
{
	if (r->erased)
		return "the person was erased";
	switch (status) {
	case TURN_UNFINISHED:
		return "it is not over";
	case TURN_FAILED:
		return "it could not be completed";
	case TURN_DONE:
		return NULL;
	}
	return NULL;
}

static size_t
count_inbound(const struct record *rec)
{
	size_t n = 0;
	items_each(const struct event, ev, rec->events)
		n += ev->kind == EVENT_INBOUND;
	return n;
}

/* The events are taken whether or not the record can be read: they are behind us then. */
static enum err
open_record(struct record_reader *r, struct arena *a, const struct turn_event *begun,
	struct record *rec, struct error *e)
{
	enum err got = turn_row_open(r->store, a, begun, &r->sources.key, &rec->row, e);
	if (got == OK)
		got = journal_load_from(
			&r->sources, a, rec->row.journal, &rec->journal, e);
	while (r->begun_ahead <= OVERTAKEN_MAX && read_event(r))
		;
	enum err taken =
		take_events(r, a, begun->event.seq, &rec->events, got == OK ? e : NULL);
	if (got == OK)
		got = taken;
	if (got == OK && count_inbound(rec) < rec->journal.messages.n)
		rec->left_out = "its messages are no longer kept";
	return got;
}

enum err
record_reader_next(
	struct record_reader *r, struct arena *a, struct record *out, struct error *e)
{
	const struct turn_event *begun;
	memset(out, 0, sizeof *out);
	enum err got = r->walking ? find_turn(r, &begun, e) : ERR_NOT_FOUND;
	if (got != OK)
		return got;
	out->row = (struct turn_row){
		.conversation = r->conversation.id,
		.number = begun->event.seq,
		.status = begun->status,
	};
	out->tenant = r->conversation.tenant;
	out->contact = r->conversation.contact;
	out->channel = r->conversation.channel;
	out->left_out = why_left_out(r, begun->status);
	if (out->left_out) {
		drop(r, ahead_entry(r->ahead.next));
		return OK;
	}
	if (r->keyless) {
		drop(r, ahead_entry(r->ahead.next));
		return err_set(e, ERR_INVALID,
			"the person's key is missing, and nobody erased them");
	}
	got = open_record(r, a, begun, out, e);
	return got == OK || got == ERR_UNAVAILABLE ? got : ERR_INVALID;
}
