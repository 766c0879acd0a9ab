#include "actor/view.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <math.h>

#define SUMMARY_MAX 900 /* bytes of a message that other systems are told */

size_t
view_language(const struct turn *t)
{
	return pack_language(t->pack, t->dialogue.language);
}

static void
set_str(struct turn *t, struct json *o, struct str key, struct str value)
{
	if (value.n)
		json_set(o, key, json_new_str(t->arena, value));
}

/* A node of a tree that belongs to somebody else, for use in ours: the children are
 * shared. */
static struct json *
borrow(struct turn *t, const struct json *v)
{
	struct json *mine = ARENA_NEW(t->arena, struct json);
	*mine = *v;
	mine->next = NULL;
	return mine;
}

static struct json *
view_of_object(struct turn *t, struct str member, struct str value)
{
	struct json *o = json_new_object(t->arena);
	set_str(t, o, member, value);
	return o;
}

/* The first of each kind. */
static struct json *
view_of_entities(struct turn *t)
{
	struct json *o = json_new_object(t->arena);
	items_each(const struct entity_part, e, t->doc.intent.entities) {
		if (!json_get(o, e->kind))
			set_str(t, o, e->kind, e->value);
	}
	return o;
}

struct json *
view_new(struct turn *t)
{
	const struct context_part *c = &t->doc.context;
	struct json *v = json_new_object(t->arena);
	set_str(t, v, STR("company"), pack_about(t->pack)->company);
	set_str(t, v, STR("name"), c->name);
	set_str(t, v, STR("tier"), c->tier);
	set_str(t, v, STR("person"), c->email.n ? c->email : c->customer_id);
	set_str(t, v, STR("email"), c->email);
	set_str(t, v, STR("customer_id"), c->customer_id);
	set_str(t, v, STR("record_id"), c->record_id);
	set_str(t, v, STR("reason"), t->doc.decision.reason);
	json_set(v, STR("verified"), json_new_bool(t->arena, c->verified));
	json_set(v, STR("variables"), borrow(t, pack_variables(t->pack)));
	if (t->dialogue.page)
		json_set(v, STR("page"), borrow(t, t->dialogue.page));
	struct json *message = view_of_object(t, STR("text"), t->text);
	set_str(t, message, STR("summary"), utf8_clip(t->text, SUMMARY_MAX));
	json_set(v, STR("message"), message);
	json_set(v, STR("entity"), view_of_entities(t));
	json_set(v, STR("intent"), view_of_object(t, STR("name"), t->doc.intent.name));
	if (c->record)
		json_set(v, STR("record"), borrow(t, c->record));
	json_each(source, c->data)
		json_set(v, source->key, borrow(t, source));
	if (c->articles.n) {
		const struct article_part *best = c->articles.p;
		struct json *article = view_of_object(t, STR("title"), best->title);
		set_str(t, article, STR("text"), best->text);
		json_set(v, STR("article"), article);
	}
	return v;
}

/* ---- values in words ---- */

static struct str
render(struct turn *t, const struct mustache *m, const struct json *view)
{
	struct buf out;
	buf_init(&out, MUSTACHE_OUTPUT_MAX);
	struct error e = {0};
	struct str text = {0};
	if (m && !mustache_render(m, view, NULL, &out, &e))
		text = arena_str(t->arena, str_trim(buf_str(&out)));
	buf_fini(&out);
	return text;
}

static struct str
show_words(struct turn *t, const struct pack_forms *forms, const struct json *value)
{
	struct str word = json_str(value, (struct str){0});
	const struct json *words = json_get(forms->words, word);
	if (words && words->type == JSON_STRING)
		return words->s;
	char *plain = arena_alloc(t->arena, word.n + 1);
	for (size_t i = 0; i < word.n; i++)
		plain[i] = word.p[i] == '_' ? ' ' : word.p[i];
	return (struct str){plain, word.n};
}

bool
view_date(struct str text, struct civil *out)
{
	int64_t year, month, day;
	if (text.n < 10 || !str_to_i64(str_sub(text, 0, 4), &year) ||
		!str_to_i64(str_sub(text, 5, 7), &month) ||
		!str_to_i64(str_sub(text, 8, 10), &day))
		return false;
	*out = (struct civil){year, (int)month, (int)day};
	return calendar_valid(year, out->month, out->day);
}

static struct str
show_date(struct turn *t, const struct pack_forms *forms, const struct json *value)
{
	struct str s = json_str(value, (struct str){0});
	struct civil date;
	if (forms->months.n != 12 || !view_date(s, &date))
		return s;
	struct json *view = json_new_object(t->arena);
	json_set(view, STR("day"), json_new_int(t->arena, date.day));
	json_set(view, STR("month"),
		json_new_str(
			t->arena, ((const struct str *)forms->months.p)[date.month - 1]));
	json_set(view, STR("year"), json_new_int(t->arena, date.year));
	struct str text = render(t, forms->date, view);
	return text.n ? text : s;
}

static struct str
show_money(struct turn *t, const struct json *value, struct str currency)
{
	static const struct {
		const char *code, *sign;
	} signs[] = {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}};
	double amount = json_double(value, NAN);
	if (!isfinite(amount))
		return (struct str){0};
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!currency.n || str_eq(str_of(signs[i].code), currency))
			return arena_printf(t->arena, "%s%.2f", signs[i].sign, amount);
	}
	return arena_printf(t->arena, "%.2f %.*s", amount, STR_ARG(currency));
}

static struct str
show_list(struct turn *t, const struct pack_forms *forms, const struct json *value,
	struct str member)
{
	if (!value || value->type != JSON_ARRAY || !value->first)
		return (struct str){0};
	struct str first =
		json_str(member.n ? json_path(value->first, member) : value->first,
			(struct str){0});
	if (value->count == 1)
		return first;
	struct json *view = view_of_object(t, STR("first"), first);
	json_set(view, STR("count"), json_new_int(t->arena, (int64_t)value->count - 1));
	struct str text = render(t, forms->more, view);
	return text.n ? text : first;
}

static void
show_value(struct turn *t, const struct pack_forms *forms, const struct pack_show *show,
	struct json *object)
{
	const struct json *value = json_path(object, show->from);
	struct str text = {0};
	if (!value)
		return;
	switch ((enum show_as)show->as) {
	case SHOW_WORDS:
		text = show_words(t, forms, value);
		break;
	case SHOW_DATE:
		text = show_date(t, forms, value);
		break;
	case SHOW_MONEY:
		text = show_money(t, value,
			json_str(json_get(object, show->with), (struct str){0}));
		break;
	case SHOW_LIST:
		text = show_list(t, forms, value, show->with);
		break;
	}
	set_str(t, object, show->member, text);
}

/* The shows of one object of the view, on a copy of it. */
static struct json *
show_object(struct turn *t, struct str name, const struct json *object)
{
	const struct pack_forms *forms = pack_forms(t->pack, view_language(t));
	struct json *copy = NULL;
	items_each(const struct pack_show, show, *pack_shows(t->pack)) {
		if (!str_eq(show->object, name))
			continue;
		if (!copy)
			copy = json_copy(t->arena, object);
		show_value(t, forms, show, copy);
	}
	return copy;
}

struct json *
view_for_text(struct turn *t)
{
	struct json *view = view_new(t);
	struct str done = {0};
	items_each(const struct pack_show, show, *pack_shows(t->pack)) {
		const struct json *object =
			str_eq(done, show->object) ? NULL : json_get(view, show->object);
		done = show->object;
		if (object && object->type == JSON_OBJECT)
			json_set(
				view, show->object, show_object(t, show->object, object));
	}
	return view;
}

void
view_set_action(
	struct turn *t, struct json *view, const struct action_part *action, bool shown)
{
	struct json *o = view_of_object(t, STR("name"), action->name);
	json_set(o, STR("amount"), json_new_double(t->arena, action->amount));
	set_str(t, o, STR("reason"), action->reason);
	set_str(t, o, STR("status"), action->status);
	const struct json *currency = json_path(view, STR("record.currency"));
	if (currency)
		json_set(o, STR("currency"), borrow(t, currency));
	if (action->result)
		json_set(o, STR("result"), borrow(t, action->result));
	struct json *copy = shown ? show_object(t, STR("action"), o) : NULL;
	json_set(view, STR("action"), copy ? copy : o);
}

/* ---- texts ---- */

struct str
view_render(struct turn *t, const struct pack_text *text, const char *key,
	const struct json *view)
{
	const struct pack_variants *variants = pack_text_in(text, view_language(t));
	if (!variants->n)
		return (struct str){0};
	uint64_t draw = variants->n > 1 ? turn_chance(t, key) : 0;
	return render(t, variants->p[draw % variants->n], view);
}

/* Records to choose from: each is the view's record while its title is rendered. */
static size_t
add_choices(struct turn *t, struct quick_reply *to, size_t room)
{
	const struct pack_record *record = &pack_context(t->pack)->record;
	size_t n = 0;
	json_each(choice, t->doc.context.choices) {
		struct str id = json_str(json_get(choice, record->id), (struct str){0});
		if (!id.n || n == room)
			continue;
		struct json *view = json_new_object(t->arena);
		struct json *shown = show_object(t, STR("record"), choice);
		json_set(view, STR("record"), shown ? shown : borrow(t, choice));
		struct str title = view_render(t, &record->title, "choice", view);
		to[n++] = (struct quick_reply){
			.title = title.n ? title : id, .payload = id};
	}
	return n;
}

void
view_quick_replies(struct turn *t, const struct pack_response *r, const struct json *view,
	struct items *out)
{
	struct quick_reply *list =
		ARENA_ARRAY(t->arena, struct quick_reply, QUICK_REPLIES_MAX);
	size_t n = r->choices ? add_choices(t, list, QUICK_REPLIES_MAX) : 0;
	items_each(const struct pack_quick_reply, q, r->quick_replies) {
		if (n == QUICK_REPLIES_MAX)
			break;
		struct str title = view_render(t, &q->title, "quick", view);
		struct str payload = view_render(t, &q->payload, "quick", view);
		if (title.n)
			list[n++] =
				(struct quick_reply){title, payload.n ? payload : title};
	}
	*out = (struct items){list, n};
}

void
view_await(
	struct turn *t, const struct pack_response *r, const struct items *quick_replies)
{
	const struct quick_reply *first = quick_replies->p;
	bool offers = str_eq(r->awaits, STR("confirm")) && quick_replies->n;
	t->dialogue.awaiting = r->awaits;
	t->dialogue.offer = offers ? first->payload : (struct str){0};
}

struct str
view_reference(struct turn *t)
{
	/* Without the letters that are mistaken for digits. Message ids may begin with
	 * the time, so all of it is mixed. */
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	struct str id = t->message_count ? t->messages[0].id : t->id;
	uint64_t h = fnv64(FNV64_START, id.p, id.n);
	h ^= h >> 29;
	char *out = arena_alloc(t->arena, 9);
	for (size_t i = 0; i < 8; i++, h >>= 5)
		out[i] = digits[h & 31];
	out[8] = '\0';
	return (struct str){out, 8};
}
