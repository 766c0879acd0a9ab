#include "actor/record.h"

#include "actor/sources.h"
#include "actor/view.h"

#define CHOICES_MAX 8

static struct str
lower(struct turn *t, struct str s)
{
	char *out = arena_alloc(t->arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
	return (struct str){out, s.n};
}

static struct str
member(const struct json *record, struct str name)
{
	return name.n ? json_str(json_path(record, name), (struct str){0})
		      : (struct str){0};
}

/* Addresses are compared without regard to case, and in time that tells nothing. */
static bool
owned_by_email(struct turn *t, const struct json *record, struct str email)
{
	struct str owner = member(record, pack_context(t->pack)->record.owner_email);
	return email.n && owner.n &&
		str_eq_constant_time(lower(t, owner), lower(t, email));
}

static bool
owned_by_person(struct turn *t, const struct json *record)
{
	struct str owner = member(record, pack_context(t->pack)->record.owner_id);
	struct str id = t->doc.context.customer_id;
	return owned_by_email(t, record, t->doc.context.email) ||
		(id.n && owner.n && str_eq_constant_time(owner, id));
}

static void
found(struct turn *t, struct str id, const struct json *record, const char *by)
{
	t->doc.context.record_by = str_of(by);
	t->doc.context.record_id = id;
	t->doc.context.record_state = STR("found");
	t->doc.context.record = json_copy(t->arena, record);
}

/* The first entity of the kind; empty when there is none. */
static struct str
said_of_kind(const struct turn *t, struct str kind)
{
	items_each(const struct entity_part, e, t->doc.intent.entities) {
		if (str_eq(e->kind, kind))
			return e->value;
	}
	return (struct str){0};
}

static const struct json *
list_of_person(const struct turn *t)
{
	const struct pack_record *record = &pack_context(t->pack)->record;
	const struct json *answer = json_get(t->doc.context.data, record->list_source);
	const struct json *list =
		record->list_path.n ? json_path(answer, record->list_path) : answer;
	return list && list->type == JSON_ARRAY ? list : NULL;
}

static enum source_state
ask_one(struct turn *t, struct str id, bool fresh, struct json **out)
{
	const struct pack_source *source =
		source_find(t->pack, pack_context(t->pack)->record.source);
	if (!source)
		return SOURCE_NOTHING;
	struct json *view = view_new(t);
	json_set(view, STR("record_id"), json_new_str(t->arena, id));
	return source_ask(t, source, fresh ? "record.fresh" : "record", view, fresh, out);
}

/* One that the person named: their own list has it, or its source does and it is theirs.
 */
static bool
find_named(struct turn *t, struct str id)
{
	struct context_part *c = &t->doc.context;
	struct str key = pack_context(t->pack)->record.id;
	json_each(v, list_of_person(t)) {
		if (str_eq(member(v, key), id) && owned_by_person(t, v)) {
			found(t, id, v, "named");
			return true;
		}
	}
	c->record_id = id;
	/* Where the list does not answer the customer has waited long enough. */
	if (source_is_unavailable(t, pack_context(t->pack)->record.list_source)) {
		c->record_state = STR("unavailable");
		return true;
	}
	struct json *record = NULL;
	enum source_state state = ask_one(t, id, false, &record);
	if (state == SOURCE_WAITING)
		return false;
	if (state == SOURCE_ANSWERED && owned_by_person(t, record))
		found(t, id, record, "named");
	else
		c->record_state =
			state == SOURCE_UNAVAILABLE ? STR("unavailable") : STR("refused");
	return true;
}

/* One that the person named by its other number, as a parcel's: only their own list tells
 * whose that is. */
static void
find_listed(struct turn *t, const struct json *list, struct str number)
{
	const struct pack_record *record = &pack_context(t->pack)->record;
	json_each(v, list) {
		if (str_eq(member(v, record->also), number) && owned_by_person(t, v)) {
			found(t, member(v, record->id), v, "named");
			return;
		}
	}
	t->doc.context.record_state = STR("refused");
}

/* ---- which of several ---- */

#define NAMING_LETTERS 4 /* shorter words of a title name nothing: "13", "GB", "and" */

/* Whether the message has this word, or its plural. */
static bool
has_word(const struct tokens *words, struct str word)
{
	for (size_t i = 0; i < words->n; i++) {
		struct str w = words->p[i].norm;
		if (str_eq(w, word) ||
			(w.n == word.n + 1 && str_starts(w, word) && w.p[word.n] == 's'))
			return true;
	}
	return false;
}

/* How many words of the texts at `path` the message says; lists on the way are walked. */
static size_t
count_said(struct turn *t, const struct tokens *words, const struct json *at,
	struct str path)
{
	size_t n = 0;
	struct str rest = path, head;
	struct tokens title;
	if (at && at->type == JSON_ARRAY) {
		json_each(v, at)
			n += count_said(t, words, v, path);
		return n;
	}
	if (at && path.n && str_split(&rest, '.', &head))
		return count_said(t, words, json_get(at, head), rest);
	tokens_read(t->arena, json_str(at, (struct str){0}), &title);
	for (size_t i = 0; i < title.n; i++)
		n += title.p[i].norm.n >= NAMING_LETTERS &&
			has_word(words, title.p[i].norm);
	return n;
}

/* The one record that the message describes best: "the keyboard". NULL: none, or two
 * alike. */
static const struct json *
described(struct turn *t, const struct json *list)
{
	struct str path = pack_context(t->pack)->record.words;
	const struct json *best = NULL;
	size_t most = 0;
	if (!path.n)
		return NULL;
	const struct tokens *words = turn_words(t);
	json_each(v, list) {
		size_t n = count_said(t, words, v, path);
		if (n == most)
			best = NULL;
		if (n > most) {
			best = v;
			most = n;
		}
	}
	return best;
}

static bool
is_last(const struct turn *t, const struct json *record)
{
	struct str key = pack_context(t->pack)->record.id;
	return t->dialogue.record_id.n &&
		str_eq(member(record, key), t->dialogue.record_id);
}

/* The last one spoken of, when the message is not about another. */
static const struct json *
last_of(const struct turn *t, const struct json *list)
{
	json_each(v, list) {
		if (is_last(t, v) && !t->doc.intent.other)
			return v;
	}
	return NULL;
}

/* Those of the list that it may be. "The other one" may be any that is not the last. */
static struct json *
candidates(struct turn *t, struct scope *scope, const struct pack_pick *pick,
	const struct json *list)
{
	struct json *all = json_new_array(t->arena);
	json_each(v, list) {
		scope_set(scope, VAR_RECORD, v);
		if (all->count < CHOICES_MAX &&
			(t->doc.intent.other ? !is_last(t, v)
					     : scope_test(scope, &pick->rule)))
			json_add(all, json_copy(t->arena, v));
	}
	scope_set(scope, VAR_RECORD, NULL);
	return all;
}

/* Of several that the rule allows the person has to choose; of one there is nothing to
 * ask. One that the message describes is meant, whatever the rule says of it; then the
 * last one spoken of, if the rule allows it. */
static void
choose(struct turn *t, struct scope *scope, const struct pack_pick *pick)
{
	struct context_part *c = &t->doc.context;
	struct str key = pack_context(t->pack)->record.id;
	const struct json *list = list_of_person(t);
	if (!list) {
		c->record_state = c->unavailable.n ? STR("unavailable") : STR("none");
		return;
	}
	const struct json *said = described(t, list), *last = last_of(t, list);
	if (said) {
		found(t, member(said, key), said, "words");
		return;
	}
	struct json *choices = candidates(t, scope, pick, list);
	json_each(v, choices) {
		if (last && is_last(t, v)) {
			found(t, t->dialogue.record_id, v, "last");
			return;
		}
	}
	if (choices->count == 1) {
		found(t, member(choices->first, key), choices->first,
			t->doc.intent.other ? "other"
				: last      ? "instead"
					    : "only");
		return;
	}
	if (choices->count > 1)
		c->choices = choices;
	if (pick->required || choices->count > 1)
		strs_add(t, &c->missing, key);
}

/* Somebody we do not know: the record's number and its owner's address together open it.
 */
static bool
find_for_stranger(struct turn *t, struct str id)
{
	struct context_part *c = &t->doc.context;
	struct str email = t->dialogue.email.n ? t->dialogue.email : t->caller.email;
	if (!id.n)
		strs_add(t, &c->missing, pack_context(t->pack)->record.id);
	if (!email.n)
		strs_add(t, &c->missing, STR("email"));
	if (c->missing.n)
		return true;
	struct json *record = NULL;
	enum source_state state = ask_one(t, id, false, &record);
	if (state == SOURCE_WAITING)
		return false;
	if (state != SOURCE_ANSWERED || !owned_by_email(t, record, email)) {
		c->record_state =
			state == SOURCE_UNAVAILABLE ? STR("unavailable") : STR("refused");
		return true;
	}
	found(t, id, record,
		said_of_kind(t, pack_context(t->pack)->record.id).n ? "named" : "last");
	c->verified = true;
	c->verified_by = STR("record_and_email");
	c->email = email;
	c->customer_id = member(record, pack_context(t->pack)->record.owner_id);
	t->dialogue.proved_record = id;
	return true;
}

bool
record_find(struct turn *t, struct scope *scope)
{
	const struct pack_context *pack = pack_context(t->pack);
	int intent = pack_intent(t->pack, t->doc.intent.name);
	const struct pack_pick *pick = intent >= 0 ? pack->picks[intent] : NULL;
	struct str id = said_of_kind(t, pack->record.id);
	struct str number = said_of_kind(t, pack->record.also);
	t->doc.context.record_state = STR("none");
	if (!pack->record.id.n || (!pick && !id.n))
		return true;
	if (t->caller.proof == PROOF_NONE)
		return find_for_stranger(t, id.n ? id : t->dialogue.record_id);
	if (id.n)
		return find_named(t, id);
	const struct json *list = list_of_person(t);
	if (number.n && list)
		find_listed(t, list, number);
	else
		choose(t, scope, pick);
	return true;
}

bool
record_refresh(struct turn *t, struct str id, const struct json **out)
{
	struct json *record = NULL;
	enum source_state state = ask_one(t, id, true, &record);
	if (state == SOURCE_ANSWERED && owned_by_person(t, record))
		*out = record;
	return state != SOURCE_WAITING;
}
