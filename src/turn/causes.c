#include "turn/causes.h"

#include "base/limits.h"
#include "base/schema_bytes.h"

/* Room that most records do with, taken at once. */
#define USUAL_BYTES 2000

struct cost_record {
	struct str actor;
	int64_t us, runs;
};
struct costs_record {
	struct items actors; /* struct cost_record */
};
struct cause_record {
	struct str actor;
	int64_t v;
	struct str rule;
	double score;
	struct str instead, detail;
	double instead_score;
	int lost; /* enum cause_lost */
};
struct causes_record {
	struct items causes; /* struct cause_record */
	const struct sentiment_part *sentiment;
	const struct intent_part *intent;
	const struct decision_part *decision;
	const struct execution_part *execution;
	const struct guardrail_part *guardrail;
	const struct escalation_part *escalation;
	struct str failure;
	bool cut;
};

static const char *const lost_names[] = {"", "score", "order", "dialogue", NULL};

static const struct field cost_fields[] = {
	FIELD(struct cost_record, actor, SCHEMA_STR, .required = true),
	FIELD(struct cost_record, us, SCHEMA_INT, .required = true),
	FIELD(struct cost_record, runs, SCHEMA_INT),
};
static const struct schema cost_schema =
	SCHEMA("cost", struct cost_record, cost_fields, "what an actor cost");
static const struct field costs_fields[] = {
	FIELD(struct costs_record, actors, SCHEMA_LIST, .of = &cost_schema,
		.required = true),
};
static const struct schema costs_schema =
	SCHEMA("costs", struct costs_record, costs_fields, "what the actors cost");
static const struct field cause_fields[] = {
	FIELD(struct cause_record, actor, SCHEMA_STR, .required = true),
	FIELD(struct cause_record, v, SCHEMA_INT, .required = true),
	FIELD(struct cause_record, rule, SCHEMA_STR, .required = true),
	FIELD(struct cause_record, score, SCHEMA_DOUBLE, .required = true),
	FIELD(struct cause_record, instead, SCHEMA_STR),
	FIELD(struct cause_record, detail, SCHEMA_STR),
	FIELD(struct cause_record, instead_score, SCHEMA_DOUBLE),
	FIELD(struct cause_record, lost, SCHEMA_ENUM, .names = lost_names),
};
static const struct schema cause_schema =
	SCHEMA("cause", struct cause_record, cause_fields, "why");
static const struct field causes_fields[] = {
	FIELD(struct causes_record, causes, SCHEMA_LIST, .of = &cause_schema,
		.required = true),
	FIELD(struct causes_record, sentiment, SCHEMA_OPTIONAL, .of = &sentiment_schema),
	FIELD(struct causes_record, intent, SCHEMA_OPTIONAL, .of = &intent_schema),
	FIELD(struct causes_record, decision, SCHEMA_OPTIONAL, .of = &decision_schema),
	FIELD(struct causes_record, execution, SCHEMA_OPTIONAL, .of = &execution_schema),
	FIELD(struct causes_record, guardrail, SCHEMA_OPTIONAL, .of = &guardrail_schema),
	FIELD(struct causes_record, escalation, SCHEMA_OPTIONAL,
		.of = &escalation_schema),
	FIELD(struct causes_record, failure, SCHEMA_STR),
	FIELD(struct causes_record, cut, SCHEMA_BOOL),
};
static const struct schema causes_schema =
	SCHEMA("causes", struct causes_record, causes_fields, "why it was said");

static struct costs_record
costs_of(struct arena *a, const struct turn_run *run)
{
	struct cost_record *list = ARENA_ARRAY(a, struct cost_record, run->cost_count);
	for (size_t i = 0; i < run->cost_count; i++) {
		const struct actor_cost *c = &run->costs[i];
		list[i] = (struct cost_record){str_of(c->actor), (c->ns + 500) / 1000,
			c->runs > 1 ? c->runs : 0};
	}
	return (struct costs_record){{list, run->cost_count}};
}

static struct causes_record
causes_of(struct arena *a, const struct turn_run *run)
{
	const struct document *d = &run->turn.doc;
	struct causes_record r = {.failure = run->failure};
	size_t n = 0;
	for (const struct cause *c = run->causes; c; c = c->next)
		n++;
	struct cause_record *list = ARENA_ARRAY(a, struct cause_record, n);
	r.causes = (struct items){list, n};
	for (const struct cause *c = run->causes; c; c = c->next)
		*list++ = (struct cause_record){str_of(c->actor), c->version, c->rule,
			c->score, c->instead, c->detail, c->instead_score, c->lost};
	if (run->cost_count) {
		r.sentiment = &d->sentiment;
		r.intent = &d->intent;
		r.decision = &d->decision;
		r.execution = &d->execution;
		r.guardrail = &d->guardrail;
		r.escalation = &d->escalation;
	}
	return r;
}

/* ---- a record that is too long ---- */

static void
cut_text(struct str *s)
{
	if (s->n <= CAUSES_CUT_TEXT)
		return;
	s->n = CAUSES_CUT_TEXT;
	while (s->n && ((unsigned char)s->p[s->n] & 0xc0) == 0x80)
		s->n--;
}

static void
cut_causes(struct causes_record *r)
{
	if (r->causes.n > CAUSES_CUT_COUNT)
		r->causes.n = CAUSES_CUT_COUNT;
	items_each(struct cause_record, c, r->causes) {
		cut_text(&c->rule);
		cut_text(&c->instead);
		cut_text(&c->detail);
	}
	cut_text(&r->failure);
	r->cut = true;
}

/* At most ACTIONS_PER_MESSAGE_MAX of them, without what the world answered. */
static struct execution_part *
cut_execution(struct arena *a, const struct execution_part *from)
{
	struct execution_part *x = ARENA_NEW(a, struct execution_part);
	struct action_part *list = ARENA_ARRAY(a, struct action_part, from->actions.n);
	*x = *from;
	x->actions.p = list;
	items_each(const struct action_part, action, from->actions) {
		*list = *action;
		cut_text(&list->name);
		cut_text(&list->reason);
		cut_text(&list->tier);
		list++->result = NULL;
	}
	return x;
}

static void
cut_document(struct arena *a, struct causes_record *r)
{
	struct sentiment_part *sentiment = ARENA_NEW(a, struct sentiment_part);
	struct intent_part *intent = ARENA_NEW(a, struct intent_part);
	struct decision_part *decision = ARENA_NEW(a, struct decision_part);
	struct guardrail_part *guardrail = ARENA_NEW(a, struct guardrail_part);
	struct escalation_part *escalation = ARENA_NEW(a, struct escalation_part);
	if (!r->sentiment)
		return;
	*sentiment = *r->sentiment;
	*intent = *r->intent;
	*decision = *r->decision;
	*guardrail = *r->guardrail;
	*escalation = *r->escalation;
	sentiment->reasons = intent->also = intent->entities = guardrail->issues =
		escalation->quick_replies = (struct items){0};
	struct str *const texts[] = {&intent->name, &intent->second, &intent->said,
		&decision->rule, &decision->route, &decision->reason, &escalation->rule,
		&escalation->reason, &escalation->reference, &escalation->estimated_wait,
		&escalation->text};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		cut_text(texts[i]);
	r->sentiment = sentiment;
	r->intent = intent;
	r->decision = decision;
	r->execution = cut_execution(a, r->execution);
	r->guardrail = guardrail;
	r->escalation = escalation;
}

/* ---- bytes ---- */

/* The costs differ each time, so they stand apart, after their length. */
#define COSTS_AT 4

/* False: it is too long. */
static bool
write_record(const struct costs_record *costs, const struct causes_record *causes,
	struct buf *out)
{
	buf_init(out, CAUSES_BYTES_MAX);
	buf_reserve(out, USUAL_BYTES);
	buf_add(out, "\0\0\0", COSTS_AT);
	schema_bytes_write(&costs_schema, costs, out);
	size_t n = out->n - COSTS_AT;
	for (size_t i = 0; i < COSTS_AT; i++)
		out->p[i] = (char)(n >> (8 * i));
	schema_bytes_write(&causes_schema, causes, out);
	return !buf_over(out);
}

struct str
causes_print(struct arena *a, const struct turn_run *run)
{
	const struct costs_record costs = costs_of(a, run);
	struct causes_record causes = causes_of(a, run);
	struct buf bytes;
	if (!write_record(&costs, &causes, &bytes)) {
		buf_fini(&bytes);
		cut_causes(&causes);
		cut_document(a, &causes);
		require(write_record(&costs, &causes, &bytes));
	}
	struct str out = arena_str(a, buf_str(&bytes));
	buf_fini(&bytes);
	return out;
}

/* Where the causes begin, behind the costs; more than there is when it is damaged. */
static size_t
causes_at(struct str record)
{
	size_t n = 0;
	if (record.n < COSTS_AT)
		return SIZE_MAX;
	for (size_t i = 0; i < COSTS_AT; i++)
		n |= (size_t)(unsigned char)record.p[i] << (8 * i);
	return n + COSTS_AT;
}

enum err
causes_parse(struct arena *a, struct str record, struct json **out, struct error *e)
{
	struct costs_record costs;
	struct causes_record causes;
	struct buf text;
	struct jsonw w;
	size_t at = causes_at(record);
	if (at > record.n)
		return err_set(e, ERR_INVALID, "causes: cut short");
	enum err r = schema_bytes_read(
		&costs_schema, a, str_sub(record, COSTS_AT, at), &costs, e);
	if (r == OK)
		r = schema_bytes_read(
			&causes_schema, a, str_sub(record, at, record.n), &causes, e);
	if (r != OK)
		return r;
	buf_init(&text, CAUSES_TEXT_MAX);
	jsonw_init(&w, &text);
	schema_write(&costs_schema, &costs, &w);
	/* One object of both: the first ends where the second begins. */
	size_t join = text.n - 1;
	jsonw_init(&w, &text);
	schema_write(&causes_schema, &causes, &w);
	if (buf_over(&text)) {
		buf_fini(&text);
		return err_set(e, ERR_LIMIT, "causes: longer than %u bytes as text",
			CAUSES_TEXT_MAX);
	}
	text.p[join] = ',';
	memmove(&text.p[join + 1], &text.p[join + 2], text.n - join - 2);
	text.n--;
	r = json_parse(a, arena_str(a, buf_str(&text)), out, e);
	buf_fini(&text);
	return r;
}

bool
causes_same(struct str a, struct str b)
{
	size_t a_at = causes_at(a), b_at = causes_at(b);
	return a_at <= a.n && b_at <= b.n &&
		str_eq(str_sub(a, a_at, a.n), str_sub(b, b_at, b.n));
}
