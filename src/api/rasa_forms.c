#include "api/rasa_forms.h"

#include "base/utf8.h"

/* ---- what all forms are made of ---- */

/* Code points before a byte of the text, for bytes that never fall. */
struct counter {
	struct str text;
	size_t at;
	int64_t points;
};

static int64_t
points_before(struct counter *c, size_t at)
{
	c->points += (int64_t)utf8_count(str_sub(c->text, c->at, at));
	c->at = at;
	return c->points;
}

static struct str
intent_base(struct str name)
{
	ptrdiff_t slash = str_find_char(name, '/');
	return slash > 0 ? str_sub(name, 0, (size_t)slash) : name;
}

/* A retrieval intent is as sure as the best of its keys, so the order stays. */
static void
rank_intents(struct rasa_answer *out, struct arena *a, const struct intent *seen)
{
	struct intent_score *intents = ARENA_ARRAY(a, struct intent_score, seen->n);
	struct intent_score *replies = ARENA_ARRAY(a, struct intent_score, seen->n);
	size_t n = 0, keys = 0;
	for (size_t i = 0; i < seen->n; i++) {
		struct intent_score one = seen->ranked[i];
		one.name = intent_base(one.name);
		if (one.name.n < seen->ranked[i].name.n)
			replies[keys++] = seen->ranked[i];
		size_t k = 0;
		while (k < n && !str_eq(intents[k].name, one.name))
			k++;
		if (k == n)
			intents[n++] = one;
	}
	out->intents = (struct items){intents, n};
	out->replies = (struct items){replies, keys};
}

static void
place_entities(struct rasa_answer *out, struct arena *a, const struct entities *seen)
{
	struct rasa_entity *list = ARENA_ARRAY(a, struct rasa_entity, seen->n + 1);
	struct counter c = {.text = out->text};
	for (size_t i = 0; i < seen->n; i++) {
		const struct entity *e = &seen->p[i];
		int64_t start = points_before(&c, e->start);
		list[i] = (struct rasa_entity){
			e, start, start + (int64_t)utf8_count(e->text)};
	}
	out->entities = (struct items){list, seen->n};
}

static void
place_words(struct rasa_answer *out, struct arena *a, const struct tokens *seen)
{
	struct rasa_entity *list = ARENA_ARRAY(a, struct rasa_entity, seen->n + 1);
	struct counter c = {.text = out->text};
	size_t n = 0;
	for (size_t i = 0; i < seen->n; i++) {
		if (seen->p[i].kind == TOKEN_PUNCTUATION)
			continue;
		list[n].start = points_before(&c, seen->p[i].start);
		list[n++].end = points_before(&c, seen->p[i].end);
	}
	out->words = (struct items){list, n};
}

void
rasa_answer_make(struct rasa_answer *out, struct arena *a, const struct perception *seen)
{
	out->arena = a;
	out->text = seen->tokens.text;
	rank_intents(out, a, &seen->intent);
	place_entities(out, a, &seen->entities);
	place_words(out, a, &seen->tokens);
}

static const struct intent_score *
top_of(const struct rasa_answer *answer)
{
	return answer->intents.p;
}

/* The entities in groups: `first` is what stands at the head of the next one. False: all
 * were given. Groups come in the order of their first members. */
static bool
next_group(const struct rasa_answer *answer,
	bool (*same)(const struct entity *, const struct entity *), size_t *at)
{
	const struct rasa_entity *p = answer->entities.p;
	for (; *at < answer->entities.n; ++*at) {
		size_t before = 0;
		while (before < *at && !same(p[before].found, p[*at].found))
			before++;
		if (before == *at)
			return true;
	}
	return false;
}

/* ---- Rasa's own ---- */

static void
print_score(struct jsonw *w, const struct intent_score *s)
{
	jsonw_object(w);
	jsonw_kstr(w, "name", s->name);
	jsonw_kdouble(w, "confidence", s->confidence);
	jsonw_end_object(w);
}

static void
print_rasa_entity(struct jsonw *w, const struct rasa_entity *e)
{
	jsonw_object(w);
	jsonw_kint(w, "start", e->start);
	jsonw_kint(w, "end", e->end);
	jsonw_kstr(w, "entity", e->found->kind);
	jsonw_kstr(w, "value", e->found->value);
	jsonw_kdouble(w, "confidence_entity", e->found->confidence);
	if (e->found->role.n)
		jsonw_kstr(w, "role", e->found->role);
	jsonw_kstr(w, "extractor", STR("parley"));
	jsonw_end_object(w);
}

static void
print_key(struct jsonw *w, const struct intent_score *s)
{
	jsonw_kdouble(w, "confidence", s->confidence);
	jsonw_kstr(w, "intent_response_key", s->name);
}

/* What the intent `base` would be answered with. */
static void
print_selected(struct jsonw *w, const struct rasa_answer *answer, struct str base)
{
	const struct intent_score *best = NULL;
	jsonw_key(w, base);
	jsonw_object(w);
	jsonw_karray(w, "ranking");
	items_each(const struct intent_score, s, answer->replies) {
		if (!str_eq(intent_base(s->name), base))
			continue;
		best = best ? best : s;
		jsonw_object(w);
		print_key(w, s);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	require(best);
	jsonw_kobject(w, "response");
	print_key(w, best);
	jsonw_kstr(w, "utter_action",
		arena_printf(answer->arena, "utter_%.*s", STR_ARG(best->name)));
	jsonw_karray(w, "responses");
	jsonw_end_array(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static bool
is_retrieval(const struct rasa_answer *answer, struct str base)
{
	items_each(const struct intent_score, s, answer->replies)
		if (str_eq(intent_base(s->name), base))
			return true;
	return false;
}

static void
print_selector(struct jsonw *w, const struct rasa_answer *answer)
{
	jsonw_kobject(w, "response_selector");
	jsonw_karray(w, "all_retrieval_intents");
	items_each(const struct intent_score, s, answer->intents)
		if (is_retrieval(answer, s->name))
			jsonw_str(w, s->name);
	jsonw_end_array(w);
	items_each(const struct intent_score, s, answer->intents)
		if (is_retrieval(answer, s->name))
			print_selected(w, answer, s->name);
	jsonw_end_object(w);
}

static void
print_rasa(struct jsonw *w, const struct rasa_answer *answer)
{
	jsonw_object(w);
	jsonw_kstr(w, "text", answer->text);
	if (answer->message_id.n)
		jsonw_kstr(w, "message_id", answer->message_id);
	jsonw_key(w, STR("intent"));
	print_score(w, top_of(answer));
	jsonw_karray(w, "entities");
	items_each(const struct rasa_entity, e, answer->entities)
		print_rasa_entity(w, e);
	jsonw_end_array(w);
	jsonw_karray(w, "text_tokens");
	items_each(const struct rasa_entity, word, answer->words) {
		jsonw_array(w);
		jsonw_int(w, word->start);
		jsonw_int(w, word->end);
		jsonw_end_array(w);
	}
	jsonw_end_array(w);
	jsonw_karray(w, "intent_ranking");
	items_each(const struct intent_score, s, answer->intents)
		print_score(w, s);
	jsonw_end_array(w);
	if (answer->replies.n)
		print_selector(w, answer);
	jsonw_end_object(w);
}

/* ---- Wit.ai ---- */

static bool
same_kind(const struct entity *a, const struct entity *b)
{
	return str_eq(a->kind, b->kind);
}

static bool
same_kind_and_role(const struct entity *a, const struct entity *b)
{
	return same_kind(a, b) && str_eq(a->role, b->role);
}

/* An entity without a role plays that of its kind. */
static struct str
role_of(const struct entity *e)
{
	return e->role.n ? e->role : e->kind;
}

static void
print_wit_entity(struct jsonw *w, const struct rasa_entity *e)
{
	jsonw_object(w);
	jsonw_kstr(w, "name", e->found->kind);
	jsonw_kstr(w, "role", role_of(e->found));
	jsonw_kint(w, "start", e->start);
	jsonw_kint(w, "end", e->end);
	jsonw_kstr(w, "body", e->found->text);
	jsonw_kstr(w, "value", e->found->value);
	jsonw_kdouble(w, "confidence", e->found->confidence);
	jsonw_karray(w, "entities");
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void
print_wit(struct jsonw *w, const struct rasa_answer *answer)
{
	const struct rasa_entity *first = answer->entities.p;
	jsonw_object(w);
	jsonw_kstr(w, "text", answer->text);
	jsonw_karray(w, "intents");
	print_score(w, top_of(answer));
	jsonw_end_array(w);
	jsonw_kobject(w, "entities");
	for (size_t at = 0; next_group(answer, same_kind_and_role, &at); at++) {
		const struct entity *head = first[at].found;
		jsonw_key(w,
			arena_printf(answer->arena, "%.*s:%.*s", STR_ARG(head->kind),
				STR_ARG(role_of(head))));
		jsonw_array(w);
		items_each(const struct rasa_entity, e, answer->entities)
			if (same_kind_and_role(e->found, head))
				print_wit_entity(w, e);
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
	jsonw_kobject(w, "traits");
	jsonw_end_object(w);
	jsonw_end_object(w);
}

/* ---- LUIS ---- */

/* Version 3 names an entity by its role, which is unique, when it has one. */
static bool
same_role(const struct entity *a, const struct entity *b)
{
	return str_eq(role_of(a), role_of(b));
}

static void
print_luis_instance(struct jsonw *w, const struct rasa_entity *e)
{
	jsonw_object(w);
	if (e->found->role.n)
		jsonw_kstr(w, "role", e->found->role);
	jsonw_kstr(w, "type", e->found->kind);
	jsonw_kstr(w, "text", e->found->text);
	jsonw_kint(w, "startIndex", e->start);
	jsonw_kint(w, "length", e->end - e->start);
	jsonw_kdouble(w, "score", e->found->confidence);
	jsonw_kstr(w, "modelType", STR("parley"));
	jsonw_end_object(w);
}

static void
print_luis_group(struct jsonw *w, const struct rasa_answer *answer,
	const struct entity *first, bool instances)
{
	jsonw_key(w, role_of(first));
	jsonw_array(w);
	items_each(const struct rasa_entity, e, answer->entities) {
		if (!same_role(e->found, first))
			continue;
		if (instances)
			print_luis_instance(w, e);
		else
			jsonw_str(w, e->found->value);
	}
	jsonw_end_array(w);
}

static void
print_luis_entities(struct jsonw *w, const struct rasa_answer *answer)
{
	const struct rasa_entity *first = answer->entities.p;
	jsonw_kobject(w, "entities");
	for (size_t at = 0; next_group(answer, same_role, &at); at++)
		print_luis_group(w, answer, first[at].found, false);
	jsonw_kobject(w, "$instance");
	for (size_t at = 0; next_group(answer, same_role, &at); at++)
		print_luis_group(w, answer, first[at].found, true);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static void
print_luis(struct jsonw *w, const struct rasa_answer *answer)
{
	jsonw_object(w);
	jsonw_kstr(w, "query", answer->text);
	jsonw_kobject(w, "prediction");
	jsonw_kstr(w, "normalizedQuery", answer->text);
	jsonw_kstr(w, "topIntent", top_of(answer)->name);
	jsonw_kobject(w, "intents");
	items_each(const struct intent_score, s, answer->intents) {
		jsonw_key(w, s->name);
		jsonw_object(w);
		jsonw_kdouble(w, "score", s->confidence);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	print_luis_entities(w, answer);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

/* ---- Dialogflow ---- */

static void
print_dialogflow_parameters(struct jsonw *w, const struct rasa_answer *answer)
{
	const struct rasa_entity *first = answer->entities.p;
	jsonw_kobject(w, "parameters");
	for (size_t at = 0; next_group(answer, same_kind, &at); at++) {
		jsonw_key(w, first[at].found->kind);
		jsonw_array(w);
		items_each(const struct rasa_entity, e, answer->entities)
			if (same_kind(e->found, first[at].found))
				jsonw_str(w, e->found->value);
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
}

static void
print_dialogflow(struct jsonw *w, const struct rasa_answer *answer)
{
	const struct intent_score *top = top_of(answer);
	jsonw_object(w);
	jsonw_kstr(w, "responseId", answer->id);
	jsonw_kobject(w, "queryResult");
	jsonw_kstr(w, "queryText", answer->text);
	jsonw_kstr(w, "action", top->name);
	print_dialogflow_parameters(w, answer);
	jsonw_kstr(w, "fulfillmentText", STR(""));
	jsonw_karray(w, "fulfillmentMessages");
	jsonw_end_array(w);
	jsonw_karray(w, "outputContexts");
	jsonw_end_array(w);
	jsonw_kobject(w, "intent");
	jsonw_kstr(w, "name", top->name);
	jsonw_kstr(w, "displayName", top->name);
	jsonw_end_object(w);
	jsonw_kdouble(w, "intentDetectionConfidence", top->confidence);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static const struct rasa_form forms[] = {
	{"RASA", print_rasa},
	{"WIT", print_wit},
	{"LUIS", print_luis},
	{"DIALOGFLOW", print_dialogflow},
};

const struct rasa_form *
rasa_form_find(struct str name)
{
	if (!name.n)
		return &forms[0];
	for (size_t i = 1; i < sizeof forms / sizeof *forms; i++)
		if (str_eq_nocase(name, str_of(forms[i].name)))
			return &forms[i];
	return NULL;
}
