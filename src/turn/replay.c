#include "turn/replay.h"

#include "pack/pack.h"
#include "turn/causes.h"
struct replayed_pack {
	struct replayed_pack *next;
	int64_t id;
	const struct pack *pack; /* NULL: `why` it does not load */
	enum err result;
	struct error why;
};

/* ---- packs ---- */

void
replay_packs_init(struct replay_packs *p, const struct pack_host *host)
{
	*p = (struct replay_packs){.host = host};
}

void
replay_packs_fini(struct replay_packs *p)
{
	for (struct replayed_pack *x = p->first, *next; x; x = next) {
		next = x->next;
		pack_unref(&x->pack);
		free(x);
	}
	p->first = NULL;
}

static enum err
load_pack(struct replay_packs *p, struct store *store, int64_t id, struct pack **out,
	struct error *e)
{
	struct arena a;
	struct str bundle, name, version, hash;
	arena_init(&a, 0);
	enum err got = pack_version_load(store, &a, id, &bundle, e);
	if (got == OK) {
		got = pack_load_bundle(bundle, p->host, out, e);
		if (got != OK &&
			pack_version_about(store, &a, id, &name, &version, &hash, NULL) ==
				OK)
			got = err_context(e, got,
				"its pack, %.*s %.*s (%.12s), does not load",
				STR_ARG(name), STR_ARG(version), hash.p);
	} else {
		err_context(e, got, "its pack is not at hand");
	}
	arena_fini(&a);
	return got;
}

static enum err
find_pack(struct replay_packs *p, struct store *store, int64_t id,
	const struct pack **out, struct error *e)
{
	struct replayed_pack *x = p->first;
	while (x && x->id != id)
		x = x->next;
	if (!x) {
		struct pack *pack = NULL;
		x = mem_zalloc(sizeof *x);
		x->id = id;
		x->result = load_pack(p, store, id, &pack, &x->why);
		x->pack = x->result == OK ? pack : NULL;
		x->next = p->first;
		p->first = x;
	}
	*out = x->pack;
	if (x->result != OK && e)
		*e = x->why;
	return x->result;
}

static const struct db_sql newest_packs = {
	"SELECT id FROM pack_version ORDER BY id DESC LIMIT ?1"};

enum err
replay_packs_load(
	struct replay_packs *p, struct store *store, size_t max, struct error *e)
{
	struct db_rows rows;
	const struct pack *pack;
	enum err got = db_query(store->db, &rows, &newest_packs, e, "i", (int64_t)max);
	while (got == OK && db_next(&rows))
		find_pack(p, store, db_int(&rows, 0), &pack, NULL);
	if (got == OK)
		got = db_end(&rows);
	return got;
}

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

/* A look-up that this conversation's turns made until now. */
struct heard {
	struct heard *next;
	struct str url;
	struct answer answer;
};

/* Keeps the turn's look-ups for those after it; the last one to a URL counts. */
static void
remember_answers(struct replay *r, const struct record *rec)
{
	if (r->heard_conversation != rec->row.conversation ||
		r->heard_arena.total > r->heard_bytes_max) {
		arena_clear(&r->heard_arena);
		r->heard = NULL;
		r->heard_conversation = rec->row.conversation;
	}
	for (const struct held *h = r->run.questions; h; h = h->next) {
		if (h->question.kind != QUESTION_READ || h->question.url.n == 0)
			continue;
		struct heard *x = r->heard;
		while (x && !str_eq(x->url, h->question.url))
			x = x->next;
		if (x && x->answer.at.ms == h->answer.at.ms)
			continue;
		if (!x) {
			x = ARENA_NEW(&r->heard_arena, struct heard);
			x->url = arena_str(&r->heard_arena, h->question.url);
			x->next = r->heard;
			r->heard = x;
		}
		x->answer = h->answer;
		if (h->answer.json)
			x->answer.json = json_copy(&r->heard_arena, h->answer.json);
	}
}

/* Under another pack a question may have another key and the same URL: what was answered
 * then, in this turn or an earlier one of the conversation, is what the world said. */
static bool
borrow(struct replay *r, struct held *h)
{
	const struct answer *found = NULL;
	for (const struct held *old = r->run.questions; old && !found; old = old->next)
		if (old != h && old->state == HELD_KNOWN &&
			old->question.kind == h->question.kind &&
			str_eq(old->question.url, h->question.url))
			found = &old->answer;
	if (h->question.kind == QUESTION_READ)
		for (const struct heard *x = r->heard; x && !found; x = x->next)
			if (str_eq(x->url, h->question.url))
				found = &x->answer;
	if (!found)
		return false;
	h->answer = *found;
	h->state = HELD_KNOWN;
	r->borrowed++;
	return true;
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
	return id_print(
		r->reader.store, &run->scratch, ID_APPROVAL, r->row_key << 3 | number);
}

/* ---- life ---- */

void
replay_init(struct replay *r, struct store *store, struct replay_packs *packs,
	const struct actor *(*find_actor)(struct str name), const struct pack *other)
{
	memset(r, 0, sizeof *r);
	record_reader_init(&r->reader, store);
	r->packs = packs;
	r->find_actor = find_actor;
	r->other = other;
	r->heard_bytes_max = REPLAY_HEARD_MAX;
	run_init(&r->run);
	arena_init(&r->arena, 16384);
	arena_init(&r->heard_arena, 8192);
	r->mode = (struct run_mode){replay_ask, replay_clock, find_actor};
}

void
replay_fini(struct replay *r)
{
	record_reader_fini(&r->reader);
	run_fini(&r->run);
	arena_fini(&r->heard_arena);
	arena_fini(&r->arena);
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
			.id = id_print(r->reader.store, kept, ID_MESSAGE,
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
	const struct store *store = r->reader.store;
	run_clear(run);
	run->mode = &r->mode;
	run->owner = r;
	run->proposal_id = replay_proposal_id;
	journal_lend(run, &rec->journal);
	if (r->other)
		remember_answers(r, rec);
	t->pack = pack;
	t->id = id_print(store, &run->kept, ID_TURN, r->row_key);
	t->tenant = arena_printf(&run->kept, "%lld", (long long)rec->tenant);
	t->conversation =
		id_print(store, &run->kept, ID_CONVERSATION, rec->row.conversation);
	t->contact = id_print(store, &run->kept, ID_CONTACT, rec->contact);
	t->channel = rec->channel;
	restore_messages(r, rec);
	enum err got = run_start(run, e);
	if (got == OK)
		*result = run_walk(run);
	return got;
}

/* ---- compare ---- */

static struct str
add_button(struct arena *a, struct str text, struct str title, struct str payload)
{
	return arena_printf(
		a, "%.*s\n[%.*s|%.*s]", STR_ARG(text), STR_ARG(title), STR_ARG(payload));
}

static struct str
reply_was(struct replay *r, const struct record *rec)
{
	items_each(const struct event, ev, rec->events) {
		struct message m;
		if ((ev->kind != EVENT_OUTBOUND && ev->kind != EVENT_NOTE) ||
			message_parse(&r->arena, ev->body, &m, NULL) != OK)
			continue;
		struct str text = m.text;
		items_each(const struct message_button, b, m.quick_replies)
			text = add_button(&r->arena, text, b->title, b->payload);
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
		text = add_button(&r->arena, text, q->title, q->payload);
	return text;
}

static int64_t
count_events(const struct record *rec, enum event_kind kind)
{
	int64_t n = 0;
	items_each(const struct event, ev, rec->events)
		n += ev->kind == kind;
	return n;
}

/* The replayed side, and the recorded one as if nothing differed. */
static void
fill_same(struct replay *r, const struct record *rec, struct replay_outcome *out)
{
	const struct document *d = &r->run.turn.doc;
	out->reply_was = reply_was(r, rec);
	out->reply_is = reply_is(r);
	out->intent_was = out->intent_is = d->intent.name;
	out->route_was = out->route_is = d->decision.route;
	out->handoff_was = out->handoff_is = d->escalation.handoff;
	out->actions_was = out->actions_is = d->execution.done;
	out->approvals_was = count_events(rec, EVENT_APPROVAL);
	out->approvals_is = r->run.proposal_count;
	out->blocked_was = out->blocked_is =
		d->guardrail.severity.n && !d->guardrail.passed;
}

/* What the cause record says of the recorded side. */
static void
fill_recorded(const struct json *causes, struct replay_outcome *out)
{
	out->intent_was = json_str(json_path(causes, STR("intent.name")), STR(""));
	out->route_was = json_str(json_path(causes, STR("decision.route")), STR(""));
	out->handoff_was = json_bool(json_path(causes, STR("escalation.handoff")), false);
	out->actions_was = json_int(json_path(causes, STR("execution.done")), 0);
	out->blocked_was = json_path(causes, STR("guardrail.severity")) &&
		!json_bool(json_path(causes, STR("guardrail.passed")), false);
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
	out->why = STR("the cause record");
	return true;
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

static bool
numbers_differ(struct replay *r, struct replay_outcome *out, const char *what,
	int64_t was, int64_t is)
{
	if (was == is)
		return false;
	return texts_differ(out, what, arena_printf(&r->arena, "%lld", (long long)was),
		arena_printf(&r->arena, "%lld", (long long)is));
}

/* The cause records are compared as they are written; they are only taken apart when they
 * differ. */
static enum err
compare(struct replay *r, const struct record *rec, struct replay_outcome *out,
	struct error *e)
{
	struct json *was = NULL, *is = NULL;
	struct str text = causes_print(&r->arena, &r->run);
	bool same = causes_same(rec->row.causes, text);
	fill_same(r, rec, out);
	if (!same) {
		enum err got = causes_parse(&r->arena, rec->row.causes, &was, e);
		if (got != OK)
			return got;
		fill_recorded(was, out);
	}
	bool differ = false;
	if (r->divergence.n && !r->other) {
		out->why = STR("a question");
		out->is = r->divergence;
		differ = true;
	}
	differ = differ || texts_differ(out, "the reply", out->reply_was, out->reply_is);
	differ = differ ||
		texts_differ(out, "the hand-over",
			out->handoff_was ? STR("yes") : STR("no"),
			out->handoff_is ? STR("yes") : STR("no"));
	differ = differ ||
		numbers_differ(
			r, out, "the approvals", out->approvals_was, out->approvals_is);
	if (!differ && !same && !r->other) {
		causes_parse(&r->arena, text, &is, NULL);
		differ = causes_differ(r, was, is, out);
	}
	out->verdict = differ ? REPLAY_DIVERGED : REPLAY_EQUAL;
	return OK;
}

/* ---- one after the other ---- */

enum err
replay_start(struct replay *r, const struct record_range *range, struct error *e)
{
	return record_reader_start(&r->reader, range, e);
}

static enum err
run_and_compare(struct replay *r, const struct record *rec, struct replay_outcome *out,
	struct error *e)
{
	const struct pack *pack = r->other;
	enum run_result result = RUN_FINISHED;
	enum err got = OK;
	if (!pack)
		got = find_pack(r->packs, r->reader.store, rec->row.pack, &pack, e);
	if (got == OK)
		got = run_again(r, rec, pack, &result, e);
	if (got != OK)
		return got;
	if (result == RUN_FINISHED)
		return compare(r, rec, out, e);
	out->verdict = REPLAY_DIVERGED;
	out->why = STR("it does not come to its end");
	out->was = STR("done");
	out->is = r->run.failure;
	return OK;
}

enum err
replay_next(struct replay *r, struct replay_outcome *out, struct error *e)
{
	struct record *rec = &r->record;
	int64_t unanswered = r->unanswered, borrowed = r->borrowed;
	memset(out, 0, sizeof *out);
	arena_clear(&r->arena);
	r->divergence = STR("");
	struct error why = {0};
	enum err got = record_reader_next(&r->reader, &r->arena, rec, &why);
	if (got != OK && got != ERR_INVALID) {
		if (e)
			*e = why;
		return got;
	}
	out->turn = r->row_key = row_key(rec->row.conversation, rec->row.number);
	out->other_program = rec->journal.program.n &&
		!str_eq(rec->journal.program, STR(JOURNAL_PROGRAM));
	if (got == OK && rec->left_out) {
		out->verdict = REPLAY_SKIPPED;
		out->why = str_of(rec->left_out);
		return OK;
	}
	if (got == OK)
		got = run_and_compare(r, rec, out, &why);
	if (got != OK) {
		out->verdict = REPLAY_UNREADABLE;
		out->why = arena_str(&r->arena, str_of(why.text));
	}
	out->unanswered = r->unanswered - unanswered;
	out->borrowed = r->borrowed - borrowed;
	return OK;
}

enum err
replay_turn(struct replay *r, int64_t conversation, int64_t number,
	struct replay_outcome *out, struct error *e)
{
	int64_t key = row_key(conversation, number);
	const struct record_range one = {.after = key - 1, .up_to = key};
	enum err got = replay_start(r, &one, e);
	if (got == OK)
		got = replay_next(r, out, e);
	record_reader_stop(&r->reader);
	return got == ERR_NOT_FOUND ? err_set(e, got, "there is no such turn") : got;
}
