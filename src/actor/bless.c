/*
 * Blessing: what came out is written in place of what a transcript expected, value by value;
 * everything else of the file, its comments and its layout, stays as it is.
 */
#include "actor/transcript.h"

#include "base/limits.h"
#include "wire/yaml_place.h"

struct change {
	size_t from, to;
	struct str text;
};

struct blessing {
	struct arena arena;
	struct str text;
	struct buf out;
	struct change *changes;
	size_t n, capacity;
};

struct blessing *
blessing_new(struct str text)
{
	struct blessing *b = mem_zalloc(sizeof *b);
	arena_init(&b->arena, 0);
	buf_init(&b->out, 2 * YAML_FILE_MAX);
	b->text = text;
	return b;
}

void
blessing_free(struct blessing **b)
{
	if (!*b)
		return;
	arena_fini(&(*b)->arena);
	buf_fini(&(*b)->out);
	free((*b)->changes);
	free(*b);
	*b = NULL;
}

/* ---- what came out ---- */

static struct json *
list_of(struct arena *a, struct str only)
{
	struct json *list = json_new_array(a);
	json_add(list, json_new_str(a, only));
	return list;
}

/* Of what was expected, what is still so; what is not gives way to `instead`, once. */
static struct json *
still_so(struct arena *a, const struct items *wanted, struct str text, bool so,
	struct str instead)
{
	struct json *list = json_new_array(a);
	bool given = instead.n == 0;
	items_each(const struct str, w, *wanted) {
		bool stays = contains_nocase(text, *w) == so;
		if (stays || !given)
			json_add(list, json_new_str(a, stays ? *w : instead));
		given = given || !stays;
	}
	return list;
}

static struct json *
actors_that_ran(struct arena *a, const struct items *wanted, const struct turn_run *run)
{
	struct json *list = json_new_array(a);
	items_each(const struct str, w, *wanted)
		for (size_t i = 0; i < run->step_count; i++)
			if (str_eq(run->steps[i], *w)) {
				json_add(list, json_new_str(a, *w));
				break;
			}
	return list;
}

static struct json *
actions_of(struct arena *a, const struct execution_part *p)
{
	struct json *o = json_new_object(a);
	items_each(const struct action_part, x, p->actions)
		json_set(o, x->name, json_new_str(a, x->status));
	return o;
}

static struct json *
effects_of(struct arena *a, const struct rehearsal *r, size_t before)
{
	struct json *list = json_new_array(a);
	for (size_t i = before; i < r->effect_count; i++)
		json_add(list, json_new_str(a, r->effects[i].action));
	return list;
}

static struct json *
payloads_of(struct arena *a, const struct items *replies)
{
	struct json *list = json_new_array(a);
	items_each(const struct quick_reply, q, *replies)
		json_add(list, json_new_str(a, q->payload));
	return list;
}

/* A bound that the score keeps, a little off. */
static struct json *
bound(struct arena *a, double score, double off)
{
	double hundredths = (score + off) * 100;
	return json_new_double(a, (double)(int64_t)hundredths / 100);
}

/* Lists: of the part of the transcript that is a list. NULL: the key is none of these. */
static struct json *
list_value(struct arena *a, struct str key, const struct expectation *x,
	const struct rehearsal *r, size_t before)
{
	const struct document *d = &r->run.turn.doc;
	struct str reply = d->aggregation.text;
	if (str_eq(key, STR("sentiment")))
		return list_of(a, str_of(sentiment_names[d->sentiment.label]));
	if (str_eq(key, STR("intent")))
		return list_of(a, d->intent.name);
	if (str_eq(key, STR("urgency")))
		return list_of(a, str_of(urgency_names[d->sentiment.urgency]));
	if (str_eq(key, STR("route_has")))
		return actors_that_ran(a, &x->route_has, &r->run);
	if (str_eq(key, STR("decision_has")))
		return still_so(
			a, &x->decision_has, d->decision.route, true, d->decision.route);
	if (str_eq(key, STR("reply_has")))
		return still_so(a, &x->reply_has, reply, true, reply);
	if (str_eq(key, STR("reply_has_any")))
		return list_of(a, reply);
	if (str_eq(key, STR("reply_lacks")))
		return still_so(a, &x->reply_lacks, reply, false, STR(""));
	if (str_eq(key, STR("quick_replies")))
		return payloads_of(a, &d->aggregation.quick_replies);
	if (str_eq(key, STR("effects")))
		return effects_of(a, r, before);
	if (str_eq(key, STR("actions")))
		return actions_of(a, &d->execution);
	return NULL;
}

static struct json *
word_value(struct arena *a, struct str key, const struct rehearsal *r)
{
	const struct document *d = &r->run.turn.doc;
	const struct dialogue *dialogue = &r->run.turn.dialogue;
	const struct {
		const char *key;
		struct str is;
	} words[] = {{"lane", d->decision.route}, {"decision", d->decision.rule},
		{"reply", d->aggregation.text}, {"language", dialogue->language},
		{"tier", d->context.tier}, {"record_state", d->context.record_state},
		{"outcome", d->escalation.outcome}, {"awaiting", dialogue->awaiting}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq(key, str_of(words[i].key)))
			return json_new_str(a, words[i].is);
	return NULL;
}

static struct json *
plain_value(struct arena *a, struct str key, const struct rehearsal *r)
{
	const struct document *d = &r->run.turn.doc;
	const struct {
		const char *key;
		bool is;
	} flags[] = {{"complaint", d->sentiment.complaint},
		{"wants_human", d->sentiment.wants_human},
		{"handoff", d->escalation.handoff},
		{"silent", d->aggregation.text.n == 0}, {"verified", d->context.verified},
		{"guarded", d->guardrail.checked && !d->guardrail.passed}};
	const struct {
		const char *key;
		int64_t is;
	} numbers[] = {{"retries", d->context.retries},
		{"queue_position", d->escalation.queue_position},
		{"proposals", r->run.proposal_count}};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (str_eq(key, str_of(flags[i].key)))
			return json_new_bool(a, flags[i].is);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (str_eq(key, str_of(numbers[i].key)))
			return json_new_int(a, numbers[i].is);
	if (str_eq(key, STR("score_above")))
		return bound(a, d->sentiment.score, -0.02);
	if (str_eq(key, STR("score_below")))
		return bound(a, d->sentiment.score, 0.02);
	return NULL;
}

/* ---- writing it ---- */

/* A word that YAML reads as itself, wherever it stands. */
static bool
is_plain(struct str s)
{
	static const char *const others[] = {"true", "false", "null"};
	bool plain = s.n > 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool inside = (c >= '0' && c <= '9') || c == '_' || c == '-' ||
			(c == ' ' && i + 1 < s.n);
		plain = plain && (letter || (i > 0 && inside));
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		plain = plain && !str_eq_nocase(s, str_of(others[i]));
	return plain;
}

static void
write_scalar(struct buf *out, const struct json *v)
{
	struct jsonw w;
	if (v->type == JSON_STRING && is_plain(v->s)) {
		buf_add_str(out, v->s);
		return;
	}
	jsonw_init(&w, out);
	jsonw_node(&w, v);
}

static void
write_key(struct buf *out, const struct json *member)
{
	const struct json key = {.type = JSON_STRING, .s = member->key};
	write_scalar(out, &key);
	buf_add_str(out, STR(": "));
}

static void
write_flow(struct buf *out, const struct json *v)
{
	bool object = v->type == JSON_OBJECT;
	if (!object && v->type != JSON_ARRAY) {
		write_scalar(out, v);
		return;
	}
	buf_add_char(out, object ? '{' : '[');
	json_each(x, v) {
		if (x != v->first)
			buf_add_str(out, STR(", "));
		if (object)
			write_key(out, x);
		write_scalar(out, x);
	}
	buf_add_char(out, object ? '}' : ']');
}

/* Line by line, as the value stood there. */
static void
write_block(struct buf *out, const struct json *v, size_t column)
{
	json_each(x, v) {
		if (x != v->first) {
			buf_add_char(out, '\n');
			for (size_t i = 0; i < column; i++)
				buf_add_char(out, ' ');
		}
		if (v->type == JSON_OBJECT)
			write_key(out, x);
		else
			buf_add_str(out, STR("- "));
		write_scalar(out, x);
	}
}

static struct str
write_value(struct arena *a, const struct json *v, const struct yaml_place *place)
{
	struct buf out;
	buf_init(&out, YAML_FILE_MAX);
	bool block = (place->form == YAML_SEQUENCE && v->type == JSON_ARRAY) ||
		(place->form == YAML_MAPPING && v->type == JSON_OBJECT);
	if (block && json_first(v))
		write_block(&out, v, place->column);
	else
		write_flow(&out, v);
	struct str text = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return text;
}

static void
add_change(struct blessing *b, struct change c)
{
	if (b->n == b->capacity) {
		b->capacity = b->capacity ? 2 * b->capacity : 16;
		b->changes = mem_realloc(b->changes, b->capacity * sizeof *b->changes);
	}
	size_t at = b->n++;
	for (; at > 0 && b->changes[at - 1].from > c.from; at--)
		b->changes[at] = b->changes[at - 1];
	b->changes[at] = c;
}

enum err
blessing_take(struct blessing *b, size_t story, size_t turn, const struct otherwise *o,
	const struct expectation *expect, const struct rehearsal *r,
	size_t effects_before, struct error *e)
{
	struct arena *a = &b->arena;
	for (size_t i = 0; i < o->n; i++) {
		struct str key = str_of(o->keys[i]);
		const struct str path[] = {STR("transcripts"),
			arena_printf(a, "%zu", story), STR("turns"),
			arena_printf(a, "%zu", turn), STR("expect"), key};
		struct yaml_place place;
		struct json *v = list_value(a, key, expect, r, effects_before);
		if (!v)
			v = word_value(a, key, r);
		if (!v)
			v = plain_value(a, key, r);
		require(v != NULL);
		enum err got = yaml_place_find(b->text, path, 6, &place, e);
		if (got != OK)
			return err_context(e, got, "%.*s", STR_ARG(key));
		add_change(b,
			(struct change){place.from, place.to, write_value(a, v, &place)});
	}
	return OK;
}

bool
blessing_text(struct blessing *b, struct str *out)
{
	size_t at = 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct change *c = &b->changes[i];
		buf_add_str(&b->out, str_sub(b->text, at, c->from));
		buf_add_str(&b->out, c->text);
		at = c->to;
	}
	buf_add_str(&b->out, str_sub(b->text, at, b->text.n));
	*out = buf_str(&b->out);
	return b->n > 0;
}
