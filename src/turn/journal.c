#include "turn/journal.h"

#include "base/limits.h"
#include "base/schema_bytes.h"

/* Digits of a fingerprint that tell which question was meant. */
#define PRINT_DIGITS 16
/* Room that most journals do with, taken at once. */
#define USUAL_BYTES 2000

static const char *const proof_names[] = {"none", "key", "signed", "demo", NULL};
static const char *const kind_names[] = {"read", "effect", "clock", "queue", NULL};

static const struct field answer_fields[] = {
	FIELD(struct journal_answer, actor, SCHEMA_STR, .required = true),
	FIELD(struct journal_answer, key, SCHEMA_STR, .required = true),
	FIELD(struct journal_answer, kind, SCHEMA_STR, .required = true),
	FIELD(struct journal_answer, ask, SCHEMA_STR),
	FIELD(struct journal_answer, print, SCHEMA_STR, .required = true),
	FIELD(struct journal_answer, status, SCHEMA_STR, .required = true),
	FIELD(struct journal_answer, http, SCHEMA_INT),
	FIELD(struct journal_answer, at, SCHEMA_INT),
	FIELD(struct journal_answer, count, SCHEMA_INT),
	FIELD(struct journal_answer, cached, SCHEMA_BOOL),
	FIELD(struct journal_answer, from, SCHEMA_INT),
	FIELD(struct journal_answer, text, SCHEMA_STR),
	FIELD(struct journal_answer, us, SCHEMA_INT),
};
static const struct schema answer_schema =
	SCHEMA("answer", struct journal_answer, answer_fields, "an answer");

static const struct field caller_fields[] = {
	FIELD(struct journal_caller, proof, SCHEMA_STR, .required = true),
	FIELD(struct journal_caller, id, SCHEMA_STR),
	FIELD(struct journal_caller, email, SCHEMA_STR),
	FIELD(struct journal_caller, name, SCHEMA_STR),
	FIELD(struct journal_caller, locale, SCHEMA_STR),
	FIELD(struct journal_caller, page, SCHEMA_STR),
};
static const struct schema caller_schema =
	SCHEMA("caller", struct journal_caller, caller_fields, "who speaks");

static const struct field verdict_fields[] = {
	FIELD(struct journal_verdict, approval, SCHEMA_STR, .required = true),
	FIELD(struct journal_verdict, by, SCHEMA_STR),
	FIELD(struct journal_verdict, note, SCHEMA_STR),
	FIELD(struct journal_verdict, approved, SCHEMA_BOOL),
	FIELD(struct journal_verdict, action, SCHEMA_JSON),
};
static const struct schema verdict_schema = SCHEMA(
	"verdict", struct journal_verdict, verdict_fields, "decision on an approval");

static const struct field journal_fields[] = {
	FIELD(struct journal, v, SCHEMA_INT, .required = true, .min = 1, .max = 1),
	FIELD(struct journal, program, SCHEMA_STR, .required = true),
	FIELD(struct journal, now, SCHEMA_INT, .required = true),
	FIELD(struct journal, seed, SCHEMA_INT, .required = true),
	FIELD(struct journal, version, SCHEMA_INT, .required = true),
	FIELD(struct journal, human, SCHEMA_BOOL),
	FIELD(struct journal, state, SCHEMA_STR),
	FIELD(struct journal, caller, SCHEMA_OBJECT, .of = &caller_schema),
	FIELD(struct journal, messages, SCHEMA_DOUBLES),
	FIELD(struct journal, verdict, SCHEMA_OPTIONAL, .of = &verdict_schema),
	FIELD(struct journal, answers, SCHEMA_LIST, .of = &answer_schema),
};
static const struct schema journal_schema =
	SCHEMA("journal", struct journal, journal_fields, "what replays a turn");

/* A text of its own lifetime while it is written. */
static struct str
finish(struct arena *a, struct buf *text)
{
	require(!buf_over(text));
	struct str out = arena_str(a, buf_str(text));
	buf_fini(text);
	return out;
}

static struct journal_caller
caller_of(const struct caller *c)
{
	return (struct journal_caller){str_of(proof_names[c->proof]), c->id, c->email,
		c->name, c->locale, c->page};
}

static struct journal_verdict
verdict_of(const struct turn_verdict *v)
{
	return (struct journal_verdict){
		v->approval, v->by, v->note, v->approved, v->action};
}

static struct str
print_of(struct arena *a, const struct held *h)
{
	static const char digits[] = "0123456789abcdef";
	char *print = arena_alloc(a, PRINT_DIGITS);
	for (size_t i = 0; i < PRINT_DIGITS / 2; i++) {
		print[2 * i] = digits[h->fingerprint[i] >> 4];
		print[2 * i + 1] = digits[h->fingerprint[i] & 15];
	}
	return (struct str){print, PRINT_DIGITS};
}

static struct journal_answer
answer_of(struct arena *a, const struct held *h)
{
	return (struct journal_answer){
		.actor = str_of(h->actor),
		.key = h->key,
		.kind = str_of(kind_names[h->question.kind]),
		.ask = h->from ? STR("") : h->question.url,
		.print = print_of(a, h),
		.status = str_of(answer_status_name(h->answer.status)),
		.http = h->answer.http,
		.at = h->answer.at.ms,
		.count = h->answer.count,
		.cached = h->answer.cached,
		.from = h->from,
		.us = h->us,
		.text = h->from ? STR("") : h->answer_text,
	};
}

struct str
journal_print(struct arena *a, const struct turn_run *run, int64_t version)
{
	const struct turn *t = &run->turn;
	struct journal j = {
		.v = 1,
		.program = STR(JOURNAL_PROGRAM),
		.now = t->now.ms,
		.seed = run->seed,
		.version = version,
		.human = t->human_owns,
		.state = run->state,
		.caller = caller_of(&t->caller),
	};
	struct journal_verdict verdict;
	double *messages = ARENA_ARRAY(a, double, t->message_count);
	for (size_t i = 0; i < t->message_count; i++)
		messages[i] = (double)t->messages[i].seq;
	j.messages = (struct items){messages, t->message_count};
	if (t->verdict) {
		verdict = verdict_of(t->verdict);
		j.verdict = &verdict;
	}
	struct journal_answer *answers =
		ARENA_ARRAY(a, struct journal_answer, (size_t)run->question_count);
	j.answers.p = answers;
	for (const struct held *h = run->questions; h; h = h->next)
		if (h->state == HELD_KNOWN)
			answers[j.answers.n++] = answer_of(a, h);
	struct buf out;
	buf_init(&out, 16 * TURN_KEPT_MAX);
	buf_reserve(&out, USUAL_BYTES);
	schema_bytes_write(&journal_schema, &j, &out);
	return finish(a, &out);
}

/* What cannot be, so that nobody need look again. */
static enum err
check(const struct journal *j, struct error *e)
{
	if (j->v != 1)
		return err_set(
			e, ERR_INVALID, "version %lld is not known", (long long)j->v);
	items_each(const struct journal_answer, answer, j->answers)
		if (answer->print.n != PRINT_DIGITS)
			return err_set(e, ERR_INVALID, "an answer without fingerprint");
	return OK;
}

enum err
journal_parse(struct arena *a, struct str bytes, struct journal *out, struct error *e)
{
	struct journal j;
	enum err r = schema_bytes_read(&journal_schema, a, bytes, &j, e);
	if (r == OK)
		r = err_context(e, check(&j, e), "journal");
	items_each(struct journal_answer, answer, j.answers) {
		if (r != OK)
			return r;
		if (answer->text.n)
			r = err_context(e, json_parse(a, answer->text, &answer->body, e),
				"journal: an answer");
	}
	if (r == OK)
		*out = j;
	return r;
}

/* ---- answers by reference ---- */

/* What a turn wrote of the answers that it fetched itself. */
struct journal_source {
	struct journal_source *next;
	int64_t turn; /* row key */
	struct items answers;
};

static enum err
load_source(struct store *s, struct arena *a, const struct person_key *key, int64_t turn,
	struct items *answers, struct error *e)
{
	struct turn_row row;
	struct journal j;
	enum err r =
		turn_row_load(s, a, row_conversation(turn), row_seq(turn), key, &row, e);
	if (r == OK)
		r = journal_parse(a, row.journal, &j, e);
	if (r == OK)
		*answers = j.answers;
	return r;
}

static enum err
take_answer(struct journal_answer *answer, const struct items *fetched, struct error *e)
{
	items_each(const struct journal_answer, known, *fetched) {
		/* A look-up that failed and was tried again has the same print. */
		if (known->from || !str_eq(known->print, answer->print) ||
			known->at != answer->at || !str_eq(known->status, answer->status))
			continue;
		answer->ask = known->ask;
		answer->text = known->text;
		answer->body = known->body;
		return OK;
	}
	return err_set(e, ERR_NOT_FOUND,
		"journal: the turn that fetched \"%.*s\" does not hold it",
		STR_ARG(answer->key));
}

/* What the turn that fetched an answer wrote of it. */
static enum err
fetch_answer(struct store *s, struct arena *a, const struct person_key *key,
	struct journal_answer *answer, struct error *e)
{
	struct items fetched;
	enum err r = load_source(s, a, key, answer->from, &fetched, e);
	if (r != OK)
		return err_context(
			e, r, "the turn that fetched \"%.*s\"", STR_ARG(answer->key));
	return take_answer(answer, &fetched, e);
}

enum err
journal_load(struct store *s, struct arena *a, struct str text,
	const struct person_key *key, struct journal *out, struct error *e)
{
	enum err r = journal_parse(a, text, out, e);
	if (r != OK)
		return r;
	items_each(struct journal_answer, answer, out->answers) {
		if (answer->from)
			r = fetch_answer(s, a, key, answer, e);
		if (r != OK)
			return r;
	}
	return OK;
}

void
journal_sources_init(struct journal_sources *s, struct store *store)
{
	*s = (struct journal_sources){.store = store, .bytes_max = JOURNAL_SOURCES_MAX};
	arena_init(&s->arena, 8192);
}

void
journal_sources_fini(struct journal_sources *s)
{
	arena_fini(&s->arena);
}

static void
forget_sources(struct journal_sources *s)
{
	arena_clear(&s->arena);
	s->first = NULL;
}

void
journal_sources_begin(
	struct journal_sources *s, int64_t contact, const struct person_key *key)
{
	if (s->contact == contact)
		return;
	forget_sources(s);
	s->contact = contact;
	s->key = *key;
}

static enum err
find_source(struct journal_sources *s, int64_t turn, const struct journal_source **out,
	struct error *e)
{
	for (const struct journal_source *x = s->first; x; x = x->next)
		if (x->turn == turn) {
			*out = x;
			return OK;
		}
	struct journal_source *x = ARENA_NEW(&s->arena, struct journal_source);
	enum err r = load_source(s->store, &s->arena, &s->key, turn, &x->answers, e);
	if (r != OK)
		return r;
	x->turn = turn;
	x->next = s->first;
	*out = s->first = x;
	return OK;
}

enum err
journal_load_from(struct journal_sources *s, struct arena *a, struct str text,
	struct journal *out, struct error *e)
{
	if (s->arena.total > s->bytes_max)
		forget_sources(s);
	enum err r = journal_parse(a, text, out, e);
	if (r != OK)
		return r;
	items_each(struct journal_answer, answer, out->answers) {
		const struct journal_source *source;
		if (!answer->from)
			continue;
		r = find_source(s, answer->from, &source, e);
		if (r != OK)
			return err_context(e, r, "the turn that fetched \"%.*s\"",
				STR_ARG(answer->key));
		r = take_answer(answer, &source->answers, e);
		if (r != OK)
			return r;
	}
	return OK;
}

/* ---- a run from its journal ---- */

static int
index_of(const char *const *names, struct str name)
{
	for (int i = 0; names[i]; i++)
		if (str_eq(str_of(names[i]), name))
			return i;
	return 0;
}

static enum answer_status
status_of(struct str name)
{
	for (int s = ANSWER_OK; s <= ANSWER_WITHHELD; s++)
		if (str_eq(str_of(answer_status_name((enum answer_status)s)), name))
			return (enum answer_status)s;
	return ANSWER_FAILED;
}

const struct journal_answer *
journal_find(const struct journal *j, const char *actor, struct str key)
{
	items_each(const struct journal_answer, a, j->answers)
		if (str_eq(a->key, key) && str_eq(a->actor, str_of(actor)))
			return a;
	return NULL;
}

/* The question with its answer known; the body is the caller's. */
static struct held *
add_answer(struct turn_run *run, const struct journal_answer *a)
{
	const struct actor *actor = run->mode->find_actor(a->actor);
	if (!actor)
		return NULL;
	struct held *h = ARENA_NEW(&run->kept, struct held);
	h->run = run;
	h->actor = actor->name;
	h->key = a->key;
	h->question.kind = (enum question_kind)index_of(kind_names, a->kind);
	h->question.url = a->ask;
	h->in_ledger = h->question.kind == QUESTION_EFFECT;
	h->recorded = a->print;
	if (run->questions_last)
		run->questions_last->next = h;
	else
		run->questions = h;
	run->questions_last = h;
	run->question_count++;
	return h;
}

static void
restore_answer(struct turn_run *run, const struct journal_answer *a)
{
	struct held *h = add_answer(run, a);
	if (!h)
		return;
	h->key = arena_str(&run->kept, a->key);
	h->question.url = arena_str(&run->kept, a->ask);
	h->recorded = arena_str(&run->kept, a->print);
	run_answer(h, status_of(a->status), (int)a->http, a->text, (struct wall){a->at},
		a->cached);
	h->answer.count = a->count;
	h->us = a->us;
}

static void
lend_answer(struct turn_run *run, const struct journal_answer *a)
{
	struct held *h = add_answer(run, a);
	if (!h)
		return;
	h->answer = (struct answer){
		.status = status_of(a->status),
		.http = (int)a->http,
		.json = a->body,
		.at = {a->at},
		.count = a->count,
		.cached = a->cached,
	};
	h->state = HELD_KNOWN;
}

static void
restore_verdict(struct turn_run *run, const struct journal_verdict *from)
{
	struct arena *kept = &run->kept;
	struct turn_verdict *v = ARENA_NEW(kept, struct turn_verdict);
	v->approval = arena_str(kept, from->approval);
	v->by = arena_str(kept, from->by);
	v->note = arena_str(kept, from->note);
	v->approved = from->approved;
	v->action = from->action ? json_copy(kept, from->action) : json_new_null(kept);
	run->turn.verdict = v;
}

void
journal_restore(struct turn_run *run, const struct journal *j)
{
	struct turn *t = &run->turn;
	struct arena *kept = &run->kept;
	t->now.ms = j->now;
	t->human_owns = j->human;
	run->seed = j->seed;
	run->state = arena_str(kept, j->state);
	t->caller = (struct caller){
		.proof = (enum caller_proof)index_of(proof_names, j->caller.proof),
		.id = arena_str(kept, j->caller.id),
		.email = arena_str(kept, j->caller.email),
		.name = arena_str(kept, j->caller.name),
		.locale = arena_str(kept, j->caller.locale),
		.page = arena_str(kept, j->caller.page),
	};
	if (j->verdict)
		restore_verdict(run, j->verdict);
	items_each(const struct journal_answer, a, j->answers)
		restore_answer(run, a);
}

void
journal_lend(struct turn_run *run, const struct journal *j)
{
	struct turn *t = &run->turn;
	t->now.ms = j->now;
	t->human_owns = j->human;
	run->seed = j->seed;
	run->state = j->state;
	t->caller = (struct caller){
		.proof = (enum caller_proof)index_of(proof_names, j->caller.proof),
		.id = j->caller.id,
		.email = j->caller.email,
		.name = j->caller.name,
		.locale = j->caller.locale,
		.page = j->caller.page,
	};
	if (j->verdict)
		restore_verdict(run, j->verdict);
	items_each(const struct journal_answer, a, j->answers)
		lend_answer(run, a);
}
