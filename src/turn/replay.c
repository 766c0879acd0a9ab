#include "turn/replay.h"

#include "pack/pack.h"
#include "talk/conversation.h"
#include "talk/event.h"
#include "turn/journal.h"

/* Pack versions stay loaded: thousands of turns name the same few. */
struct replayed_pack {
	struct replayed_pack *next;
	int64_t id;
	const struct pack *pack;
};

/* ---- answers come from the journal ---- */

static void
diverge(struct replay *r, const struct held *h)
{
	r->unanswered++;
	if (r->divergence.n)
		return;
	struct str recorded = STR("nothing");
	for (const struct held *old = r->run.questions; old; old = old->next)
		if (old != h && str_eq(old->key, h->key) &&
			strcmp(old->actor, h->actor) == 0)
			recorded = old->question.url;
	r->divergence = arena_printf(&r->arena,
		"%s asks %.*s under \"%.*s\"; the journal holds %.*s", h->actor,
		STR_ARG(h->question.url), STR_ARG(h->key), STR_ARG(recorded));
}

/* Under another pack a question may have another key and the same URL: what was answered
 * then is what the world said. */
static bool
borrow(struct replay *r, struct held *h)
{
	for (const struct held *old = r->run.questions; old; old = old->next) {
		if (old == h || old->state != HELD_KNOWN ||
			old->question.kind != h->question.kind)
			continue;
		if (!str_eq(old->question.url, h->question.url))
			continue;
		h->answer = old->answer;
		h->answer_text = old->answer_text;
		h->state = HELD_KNOWN;
		r->borrowed++;
		return true;
	}
	return false;
}

static void
replay_ask(struct turn_run *run, struct held *h)
{
	struct replay *r = run->owner;
	if (r->other && borrow(r, h))
		return;
	diverge(r, h);
	/* The turn goes on as if the world had been down, so that the rest can be
	 * compared as well. */
	run_answer(h,
		h->question.kind == QUESTION_EFFECT ? ANSWER_WITHHELD : ANSWER_FAILED, 0,
		STR(""), run->turn.now, false);
}

static struct mono
replay_clock(struct turn_run *run)
{
	(void)run;
	return (struct mono){0};
}

static struct str
replay_proposal_id(struct turn_run *run, int number)
{
	struct replay *r = run->owner;
	return id_print(r->store, &run->scratch, ID_APPROVAL, r->row_key << 3 | number);
}

/* ---- life ---- */

void
replay_init(struct replay *r, struct store *store, const struct pack_host *host,
	const struct actor *(*find_actor)(struct str name), const struct pack *other)
{
	memset(r, 0, sizeof *r);
	r->store = store;
	r->host = host;
	r->find_actor = find_actor;
	r->other = other;
	run_init(&r->run);
	arena_init(&r->arena, 16384);
	arena_init(&r->conversation_arena, 1024);
	r->mode = (struct run_mode){replay_ask, replay_clock, find_actor};
}

void
replay_fini(struct replay *r)
{
	for (struct replayed_pack *p = r->packs, *next; p; p = next) {
		next = p->next;
		pack_unref(&p->pack);
		free(p);
	}
	run_fini(&r->run);
	arena_fini(&r->conversation_arena);
	arena_fini(&r->arena);
}

static enum err
find_pack(struct replay *r, int64_t id, const struct pack **out, struct error *e)
{
	struct str bundle;
	struct pack *pack;
	for (struct replayed_pack *p = r->packs; p; p = p->next)
		if (p->id == id) {
			*out = p->pack;
			return OK;
		}
	enum err found = pack_version_load(r->store, &r->arena, id, &bundle, e);
	if (found == OK)
		found = pack_load_bundle(bundle, r->host, &pack, e);
	if (found != OK)
		return err_context(e, found, "pack version %lld", (long long)id);
	struct replayed_pack *p = mem_zalloc(sizeof *p);
	*p = (struct replayed_pack){r->packs, id, pack};
	r->packs = p;
	*out = pack;
	return OK;
}

/* ---- what was ---- */

struct record {
	struct turn_row row;
	struct journal journal;
	struct items events; /* struct event of the turn */
	struct json *causes;
};

static const struct db_sql get_channel = {
	"SELECT channel FROM conversation WHERE id = ?1"};

static enum err
load_channel(struct replay *r, int64_t conversation, struct error *e)
{
	struct db_rows rows;
	enum err got = db_query(r->store->db, &rows, &get_channel, e, "i", conversation);
	if (got != OK)
		return got;
	r->channel = db_next(&rows) ? arena_str(&r->conversation_arena, db_str(&rows, 0))
				    : STR("");
	db_end(&rows);
	return OK;
}

static enum err
load_conversation(struct replay *r, int64_t conversation, struct error *e)
{
	int64_t tenant, contact_id;
	if (r->conversation == conversation)
		return OK;
	r->conversation = 0;
	arena_clear(&r->conversation_arena);
	enum err got =
		conversation_owner(r->store, conversation, &tenant, &contact_id, e);
	if (got == OK)
		got = contact_load(
			r->store, &r->conversation_arena, contact_id, &r->contact, e);
	if (got == OK)
		got = load_channel(r, conversation, e);
	if (got == OK)
		r->conversation = conversation;
	return got;
}

/* While a turn runs, the next messages' turn and a decision's may begin; when a third begins it is over. */
#define TURNS_BESIDE 2

/* The turn's own events: its messages, and what it made. They may stand among those of
 * others. */
static enum err
load_events(struct replay *r, const struct turn_row *row, const struct person_key *key,
	struct items *out, struct error *e)
{
	struct arena *a = &r->arena;
	struct event *list = ARENA_ARRAY(a, struct event, PAGE_MAX);
	size_t n = 0;
	int64_t after = row->number - 1;
	int begun = 0;
	for (;;) {
		struct items page;
		enum err got = event_list(
			r->store, a, row->conversation, after, 32, key, &page, e);
		if (got != OK)
			return got;
		items_each(const struct event, ev, page) {
			after = ev->seq;
			if (ev->turn == row->number && n < PAGE_MAX)
				list[n++] = *ev;
			begun += ev->turn == ev->seq && ev->seq > row->number;
		}
		if (page.n < 32 || begun > TURNS_BESIDE)
			break;
	}
	*out = (struct items){list, n};
	return OK;
}

static enum err
load_record(struct replay *r, int64_t conversation, int64_t number, struct record *rec,
	struct error *e)
{
	struct arena *a = &r->arena;
	const struct person_key *key = &r->contact.key;
	enum err got = load_conversation(r, conversation, e);
	if (got == OK)
		got = turn_row_load(r->store, a, conversation, number, key, &rec->row, e);
	if (got == OK)
		got = journal_load(r->store, a, rec->row.journal, key, &rec->journal, e);
	if (got == OK && rec->row.causes.n)
		got = json_parse(a, rec->row.causes, &rec->causes, e);
	if (got == OK)
		got = load_events(r, &rec->row, key, &rec->events, e);
	return got;
}

/* ---- run it again ---- */

static void
restore_messages(struct replay *r, const struct record *rec)
{
	struct turn *t = &r->run.turn;
	struct arena *kept = &r->run.kept;
	struct turn_message *list = ARENA_ARRAY(kept, struct turn_message, rec->events.n);
	size_t n = 0;
	struct str text = STR("");
	items_each(const struct event, ev, rec->events) {
		struct message m;
		if (ev->kind != EVENT_INBOUND ||
			message_parse(&r->arena, ev->body, &m, NULL) != OK)
			continue;
		list[n++] = (struct turn_message){
			.id = id_print(r->store, kept, ID_MESSAGE,
				row_key(ev->conversation, ev->seq)),
			.seq = ev->seq,
			.text = m.text,
			.payload = m.payload,
			.received_at = ev->at,
		};
		text = text.n
			? arena_printf(kept, "%.*s\n%.*s", STR_ARG(text), STR_ARG(m.text))
			: m.text;
	}
	t->messages = list;
	t->message_count = n;
	t->text = text;
}

static enum err
run_again(struct replay *r, const struct record *rec, const struct pack *pack,
	enum run_result *result, struct error *e)
{
	struct turn_run *run = &r->run;
	struct turn *t = &run->turn;
	run_clear(run);
	run->mode = &r->mode;
	run->owner = r;
	run->proposal_id = replay_proposal_id;
	journal_restore(run, &rec->journal);
	t->pack = pack;
	t->id = id_print(r->store, &run->kept, ID_TURN, r->row_key);
	t->tenant = arena_printf(&run->kept, "%lld", (long long)r->contact.tenant);
	t->conversation =
		id_print(r->store, &run->kept, ID_CONVERSATION, rec->row.conversation);
	t->contact = id_print(r->store, &run->kept, ID_CONTACT, r->contact.id);
	t->channel = r->channel;
	restore_messages(r, rec);
	enum err got = run_start(run, e);
	if (got == OK)
		*result = run_walk(run);
	return got;
}

/* ---- compare ---- */

static struct str
reply_was(struct replay *r, const struct record *rec, bool *note)
{
	*note = false;
	items_each(const struct event, ev, rec->events) {
		struct message m;
		if ((ev->kind != EVENT_OUTBOUND && ev->kind != EVENT_NOTE) ||
			message_parse(&r->arena, ev->body, &m, NULL) != OK)
			continue;
		*note = ev->kind == EVENT_NOTE;
		struct str text = m.text;
		items_each(const struct message_button, b, m.quick_replies)
			text = arena_printf(&r->arena, "%.*s\n[%.*s|%.*s]", STR_ARG(text),
				STR_ARG(b->title), STR_ARG(b->payload));
		return text;
	}
	return STR("");
}

static struct str
reply_is(struct replay *r)
{
	const struct aggregation_part *p = &r->run.turn.doc.aggregation;
	struct str text = p->text;
	items_each(const struct quick_reply, q, p->quick_replies)
		text = arena_printf(&r->arena, "%.*s\n[%.*s|%.*s]", STR_ARG(text),
			STR_ARG(q->title), STR_ARG(q->payload));
	return text;
}

static bool
has_event(const struct record *rec, enum event_kind kind)
{
	items_each(const struct event, ev, rec->events)
		if (ev->kind == kind)
			return true;
	return false;
}

static int64_t
count_events(const struct record *rec, enum event_kind kind)
{
	int64_t n = 0;
	items_each(const struct event, ev, rec->events)
		n += ev->kind == kind;
	return n;
}

static struct str
text_at(struct arena *a, const struct json *causes, const char *path)
{
	return arena_str(a, json_str(json_path(causes, str_of(path)), STR("")));
}

/* The first member of the cause records that differs; what it cost is left out. */
static bool
causes_differ(struct replay *r, const struct json *was, const struct json *is,
	struct replay_outcome *out)
{
	json_each(m, was) {
		if (str_eq(m->key, STR("actors")))
			continue;
		struct str a = json_print(&r->arena, m);
		const struct json *other = json_get(is, m->key);
		struct str b = other ? json_print(&r->arena, other) : STR("nothing");
		if (str_eq(a, b))
			continue;
		out->why = arena_printf(
			&r->arena, "the cause record's %.*s", STR_ARG(m->key));
		out->was = a;
		out->is = b;
		return true;
	}
	return false;
}

static bool
texts_differ(struct replay_outcome *out, const char *what, struct str was, struct str is)
{
	if (str_eq(was, is))
		return false;
	out->why = str_of(what);
	out->was = was;
	out->is = is;
	return true;
}

static void
fill_sides(struct replay *r, const struct record *rec, const struct json *is,
	struct replay_outcome *out)
{
	bool note;
	struct arena *a = &r->arena;
	out->reply_was = reply_was(r, rec, &note);
	out->reply_is = reply_is(r);
	out->intent_was = text_at(a, rec->causes, "intent.name");
	out->intent_is = text_at(a, is, "intent.name");
	out->route_was = text_at(a, rec->causes, "decision.route");
	out->route_is = text_at(a, is, "decision.route");
	out->handoff_was = has_event(rec, EVENT_HANDOFF);
	out->handoff_is = r->run.turn.doc.escalation.handoff;
	out->actions_was = json_int(json_path(rec->causes, STR("execution.done")), 0);
	out->actions_is = json_int(json_path(is, STR("execution.done")), 0);
	out->approvals_was = count_events(rec, EVENT_APPROVAL);
	out->approvals_is = r->run.proposal_count;
	out->blocked_was = json_path(rec->causes, STR("guardrail.severity")) &&
		!json_bool(json_path(rec->causes, STR("guardrail.passed")), false);
	out->blocked_is = json_path(is, STR("guardrail.severity")) &&
		!json_bool(json_path(is, STR("guardrail.passed")), false);
}

static void
compare(struct replay *r, const struct record *rec, struct replay_outcome *out)
{
	struct json *is = NULL;
	json_parse(&r->arena, journal_causes(&r->arena, &r->run), &is, NULL);
	fill_sides(r, rec, is, out);
	bool differ = false;
	if (r->divergence.n && !r->other) {
		out->why = STR("a question");
		out->is = r->divergence;
		differ = true;
	}
	differ = differ || texts_differ(out, "the reply", out->reply_was, out->reply_is);
	if (!differ && out->handoff_was != out->handoff_is)
		differ = texts_differ(out, "the hand-over",
			out->handoff_was ? STR("yes") : STR("no"),
			out->handoff_is ? STR("yes") : STR("no"));
	if (!differ && out->approvals_was != out->approvals_is)
		differ = texts_differ(out, "the approvals",
			arena_printf(&r->arena, "%lld", (long long)out->approvals_was),
			arena_printf(&r->arena, "%lld", (long long)out->approvals_is));
	if (!differ && !r->other)
		differ = causes_differ(r, rec->causes, is, out);
	out->verdict = differ ? REPLAY_DIVERGED : REPLAY_EQUAL;
}

enum err
replay_turn(struct replay *r, int64_t conversation, int64_t number,
	struct replay_outcome *out, struct error *e)
{
	struct record rec = {0};
	const struct pack *pack = r->other;
	enum run_result result = RUN_FINISHED;
	memset(out, 0, sizeof *out);
	arena_clear(&r->arena);
	r->divergence = STR("");
	r->row_key = row_key(conversation, number);
	enum err got = load_record(r, conversation, number, &rec, e);
	if (got == ERR_CANCELED) {
		out->verdict = REPLAY_SKIPPED;
		out->why = STR("the person was erased");
		return OK;
	}
	if (got != OK)
		return got;
	if (rec.row.status != TURN_DONE) {
		out->verdict = REPLAY_SKIPPED;
		out->why = rec.row.status == TURN_FAILED
			? STR("it could not be completed")
			: STR("it is not over");
		return OK;
	}
	if (!pack)
		got = find_pack(r, rec.row.pack, &pack, e);
	if (got == OK)
		got = run_again(r, &rec, pack, &result, e);
	if (got != OK)
		return got;
	if (result != RUN_FINISHED) {
		out->verdict = REPLAY_DIVERGED;
		out->why = STR("it does not come to its end");
		out->was = STR("done");
		out->is = r->run.failure;
		return OK;
	}
	compare(r, &rec, out);
	return OK;
}
