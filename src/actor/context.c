/* Who it is, what they have, and what is known about what they ask. */
#include "actor/actors.h"
#include "actor/record.h"
#include "actor/scope.h"
#include "actor/sources.h"
#include "actor/view.h"

#define ORDERS_RECENT_DAYS 90
#define COMPLAINTS_RECENT_DAYS 30
#define DAY_MS 86400000
#define ARTICLES_MAX 3
#define SATISFACTION_LOW \
	.5 /* share of complaints above which a person counts as unhappy */
#define SATISFACTION_MEDIUM .2

static void
establish_identity(struct turn *t)
{
	static const char *const proofs[] = {[PROOF_NONE] = "",
		[PROOF_KEY] = "api_key",
		[PROOF_SIGNED] = "signed",
		[PROOF_DEMO] = "demo"};
	struct context_part *c = &t->doc.context;
	c->tier = STR("standard");
	c->satisfaction = STR("high");
	c->name = t->caller.name;
	if (t->caller.proof == PROOF_NONE)
		return;
	c->verified = true;
	c->verified_by = str_of(proofs[t->caller.proof]);
	c->email = t->caller.email;
	c->customer_id = t->caller.id;
}

/* Asks the sources of one kind, all at the same time. False: some have not answered yet.
 */
static bool
ask_sources(struct turn *t, struct scope *scope, bool of_record)
{
	const struct pack_context *pack = pack_context(t->pack);
	struct context_part *c = &t->doc.context;
	struct json *view = view_new(t);
	bool all = true;
	items_each(const struct pack_source, s, pack->sources) {
		if (s->of_record != of_record || str_eq(s->name, pack->record.source))
			continue;
		if ((s->personal && t->caller.proof == PROOF_NONE) ||
			!scope_test(scope, &s->rule))
			continue;
		struct json *answer = NULL;
		const char *key = arena_str(t->arena, s->name).p;
		enum source_state state = source_ask(t, s, key, view, false, &answer);
		all = all && state != SOURCE_WAITING;
		if (state != SOURCE_ANSWERED)
			continue;
		struct json *mine = ARENA_NEW(t->arena, struct json);
		*mine = *answer;
		mine->next = NULL;
		json_set(c->data, s->name, mine);
	}
	return all;
}

/* ---- the person in figures ---- */

/* Whether the date that a member begins with lies within so many days before now. */
static bool
is_recent(const struct turn *t, const struct json *o, struct str path, int64_t days)
{
	struct civil date;
	return view_date(json_str(json_path(o, path), (struct str){0}), &date) &&
		calendar_day(date.year, date.month, date.day) + days >=
		t->now.ms / DAY_MS;
}

static struct str
summary_str(const struct turn *t, struct str path, struct str fallback)
{
	struct str s = path.n ? json_str(json_path(t->doc.context.data, path), fallback)
			      : fallback;
	return s.n ? s : fallback;
}

static void
summarise_orders(struct turn *t, const struct pack_summary *s)
{
	struct context_part *c = &t->doc.context;
	const struct json *orders = s->orders.n ? json_path(c->data, s->orders) : NULL;
	if (!orders || orders->type != JSON_ARRAY)
		return;
	json_each(o, orders) {
		c->total_orders++;
		c->total_spent += json_double(json_path(o, s->order_amount), 0);
		c->recent_orders += is_recent(t, o, s->order_date, ORDERS_RECENT_DAYS);
	}
	if (c->total_orders)
		c->average_order = c->total_spent / (double)c->total_orders;
}

static void
summarise_history(struct turn *t, const struct pack_summary *s)
{
	struct context_part *c = &t->doc.context;
	const struct json *history = s->history.n ? json_path(c->data, s->history) : NULL;
	if (!history || history->type != JSON_ARRAY)
		return;
	int64_t complaints = 0;
	json_each(h, history) {
		if (!str_eq(json_str(json_path(h, s->history_type), (struct str){0}),
			    s->complaint))
			continue;
		complaints++;
		c->recent_complaints +=
			is_recent(t, h, s->history_date, COMPLAINTS_RECENT_DAYS);
	}
	double share = history->count ? (double)complaints / (double)history->count : 0;
	c->satisfaction = share > SATISFACTION_LOW ? STR("low")
		: share > SATISFACTION_MEDIUM      ? STR("medium")
						   : STR("high");
}

static void
summarise(struct turn *t, struct scope *scope)
{
	const struct pack_context *pack = pack_context(t->pack);
	struct context_part *c = &t->doc.context;
	c->customer_id = summary_str(t, pack->summary.customer_id, c->customer_id);
	c->name = summary_str(t, pack->summary.name, c->name);
	c->email = summary_str(t, pack->summary.email, c->email);
	c->tier = summary_str(t, pack->summary.tier, c->tier);
	c->account_status =
		summary_str(t, pack->summary.account_status, c->account_status);
	summarise_orders(t, &pack->summary);
	summarise_history(t, &pack->summary);
	items_each(const struct pack_rule, risk, pack->risks) {
		if (scope_test(scope, risk))
			strs_add(t, &c->risks, risk->name);
	}
}

static void
search_articles(struct turn *t)
{
	const struct pack_context *pack = pack_context(t->pack);
	int intent = pack_intent(t->pack, t->doc.intent.name);
	if (intent < 0 || !pack->knowledge[intent])
		return;
	struct pack_article best[ARTICLES_MAX];
	const struct str *languages = pack_about(t->pack)->languages.p;
	size_t n = pack_search(t->pack, t->arena, turn_words(t),
		languages[view_language(t)], best, ARTICLES_MAX);
	struct article_part *list =
		ARENA_ARRAY(t->arena, struct article_part, ARTICLES_MAX);
	size_t kept = 0;
	for (size_t i = 0; i < n && best[i].score >= pack->knowledge_score; i++)
		list[kept++] = (struct article_part){
			best[i].id, best[i].title, best[i].text, best[i].score};
	t->doc.context.articles = (struct items){list, kept};
	if (kept)
		turn_cause(t, ARENA_JOIN(t->arena, STR("kb/"), list[0].id, STR(".md")),
			list[0].score, (struct str){0});
	if (kept > 1)
		turn_second(t, ARENA_JOIN(t->arena, STR("kb/"), list[1].id, STR(".md")),
			list[1].score, LOST_BY_SCORE);
}

/* ---- a decided action ---- */

/* The verdict's turn knows the person from the frozen action; the record is asked anew.
 */
static enum turn_step
restore(struct turn *t)
{
	struct context_part *c = &t->doc.context;
	const struct json *frozen = t->verdict->action;
	const struct str none = {0};
	c->verified = true;
	c->verified_by = json_str(json_get(frozen, STR("verified_by")), none);
	c->customer_id = json_str(json_get(frozen, STR("customer_id")), none);
	c->email = json_str(json_get(frozen, STR("email")), none);
	c->name = json_str(json_get(frozen, STR("name")), none);
	c->tier = json_str(json_get(frozen, STR("tier")), STR("standard"));
	c->record_id = json_str(json_get(frozen, STR("record_id")), none);
	c->record_state = STR("none");
	t->doc.intent.name = json_str(json_get(frozen, STR("intent")), none);
	t->doc.sentiment.label = SENTIMENT_NEUTRAL; /* nobody wrote anything */
	if (!c->record_id.n)
		return TURN_NEXT;
	const struct json *record = NULL;
	if (!record_refresh(t, c->record_id, &record))
		return TURN_WAIT;
	c->record_state = record   ? STR("found")
		: c->unavailable.n ? STR("unavailable")
				   : STR("refused");
	c->record = record ? json_copy(t->arena, record) : NULL;
	return TURN_NEXT;
}

static enum turn_step
context_run(struct turn *t)
{
	struct context_part *c = &t->doc.context;
	struct scope scope;
	c->data = json_new_object(t->arena);
	if (t->verdict)
		return restore(t);
	establish_identity(t);
	if (t->human_owns)
		return TURN_NEXT;
	scope_init(&scope, t);
	if (!ask_sources(t, &scope, false))
		return TURN_WAIT;
	if (!record_find(t, &scope))
		return TURN_WAIT;
	scope_set(&scope, VAR_RECORD, c->record);
	if (c->record && !ask_sources(t, &scope, true))
		return TURN_WAIT;
	summarise(t, &scope);
	search_articles(t);
	turn_cause(t, c->verified ? c->verified_by : STR("not verified"), 0,
		str_trim(ARENA_JOIN(t->arena, c->record_state, STR(" "), c->record_id)));
	return TURN_NEXT;
}

const struct actor actor_context = {.name = "context", .version = 1, .run = context_run};
