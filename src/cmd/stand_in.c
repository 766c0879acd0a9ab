#include "cmd/stand_in.h"

#include "base/limits.h"
#include "text/personal.h"

#include <ctype.h>

/* What stands for the first value of a kind, and for the others with their number. */
static const struct form {
	const char *kind, *first, *other; /* NULL: the value's own shape in digits */
} forms[] = {
	{"email", "customer@example.com", "person%zu@example.com"},
	{"first_name", "Alex", "Kim%zu"},
	{"last_name", "Example", "Sample%zu"},
	{"phone", "+1 415 555 0100", "+1 415 555 01%02zu"},
	{"street", "1 Example Street", "%zu Example Street"},
	{"card", "4242 4242 4242 4242", "4242 4242 4242 %04zu"},
	{"iban", "GB33BUKB20201555555555", NULL},
	{"ip", "192.0.2.1", "192.0.2.%zu"},
	{"birth_date", "1990-01-01", "1990-01-01"},
};
#define FORMS (sizeof forms / sizeof *forms)
_Static_assert(FORMS < sizeof((struct stand_ins *)0)->of_kind / sizeof(size_t),
	"a counter for each form and one for the rest");

void
stand_ins_init(struct stand_ins *s, struct arena *a, struct entity_finder *finder,
	const struct items *kinds)
{
	*s = (struct stand_ins){.arena = a, .finder = finder, .kinds = kinds};
}

void
stand_ins_fini(struct stand_ins *s)
{
	free(s->p);
	*s = (struct stand_ins){.n = 0};
}

/* ---- new ones ---- */

/* "ORD-1A2B3C4D" becomes ORD-00000001: what stands before the first digit's part stays. */
static struct str
of_its_shape(struct arena *a, struct str was, size_t number)
{
	struct str is = arena_str(a, was);
	char *p = arena_alloc(a, is.n + 1);
	size_t from = is.n;
	memcpy(p, is.p, is.n + 1);
	for (size_t i = 0; i < is.n; i++)
		if (isdigit((unsigned char)p[i])) {
			from = i;
			break;
		}
	while (from > 0 && isalnum((unsigned char)p[from - 1]))
		from--;
	/* A part that begins with letters keeps them: TRK123 becomes TRK001. */
	bool begins = from < is.n && isalpha((unsigned char)p[from]) &&
		memchr(p, '-', from) == NULL;
	while (begins && from < is.n && isalpha((unsigned char)p[from]))
		from++;
	for (size_t i = is.n; i-- > from;)
		if (isalnum((unsigned char)p[i])) {
			p[i] = (char)('0' + number % 10);
			number /= 10;
		}
	return (struct str){p, is.n};
}

static struct str
make(struct stand_ins *s, struct str kind, struct str was)
{
	size_t i = 0;
	while (i < FORMS && !str_eq(kind, str_of(forms[i].kind)))
		i++;
	size_t number = ++s->of_kind[i];
	if (i == FORMS || (number > 1 && !forms[i].other))
		return of_its_shape(s->arena, was, number);
	if (number == 1)
		return str_of(forms[i].first);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return arena_printf(s->arena, forms[i].other, number);
#pragma GCC diagnostic pop
}

static const struct stand_in *
find(const struct stand_ins *s, struct str was)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq_nocase(s->p[i].was, was))
			return &s->p[i];
	return NULL;
}

static void
add_pair(struct stand_ins *s, struct str was, struct str is)
{
	if (was.n < 2 || find(s, was))
		return;
	if (s->n == STAND_INS_MAX) {
		s->full = true;
		return;
	}
	if (s->n == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 32;
		s->p = mem_realloc(s->p, s->capacity * sizeof *s->p);
	}
	s->p[s->n++] = (struct stand_in){arena_str(s->arena, was), is};
}

void
stand_ins_add(struct stand_ins *s, struct str kind, struct str was)
{
	was = str_trim(was);
	for (size_t i = 0; i < s->n; i++)
		if (str_eq_nocase(s->p[i].is, was))
			return; /* one of ours already */
	if (was.n > 1 && !find(s, was))
		add_pair(s, was, make(s, kind, was));
}

/* A value in normal form, and the way it was written. */
static void
add_entity(struct stand_ins *s, const struct entity *e)
{
	struct str value = str_trim(e->value), text = str_trim(e->text);
	stand_ins_add(s, e->kind, value);
	const struct stand_in *known = find(s, value);
	if (!known || str_eq(value, text))
		return;
	/* "order number 123456" for ORD-123456: what both end with is exchanged. */
	size_t from = value.n;
	while (from > 0 && value.p[from - 1] != '-')
		from--;
	struct str tail = str_sub(value, from, value.n);
	ptrdiff_t at = from ? str_find(text, tail) : -1;
	struct str is = known->is;
	if (at >= 0 && is.n == value.n)
		is = arena_printf(s->arena, "%.*s%.*s%.*s", (int)at, text.p,
			(int)(is.n - from), is.p + from,
			(int)(text.n - (size_t)at - tail.n), text.p + at + tail.n);
	add_pair(s, text, is);
}

void
stand_ins_add_name(struct stand_ins *s, struct str name)
{
	struct str word;
	bool first = true;
	name = str_trim(name);
	while (name.n && str_split(&name, ' ', &word)) {
		if (word.n > 1)
			stand_ins_add(
				s, first ? STR("first_name") : STR("last_name"), word);
		first = false;
	}
}

static bool
is_asked_for(const struct stand_ins *s, struct str kind)
{
	if (s->kinds)
		items_each(const struct str, k, *s->kinds)
			if (str_eq(*k, kind))
				return true;
	return false;
}

/* Entities of a text: all personal kinds, or only those that were asked for. */
static void
read_entities(struct stand_ins *s, struct str text, bool personal)
{
	struct tokens tokens;
	struct entities found;
	const struct entity_context plain = {0};
	tokens_read(s->arena, text, &tokens);
	entities_read(s->finder, s->arena, &tokens, &plain, &found);
	for (size_t i = 0; i < found.n; i++) {
		struct str kind = found.p[i].kind;
		bool own = personal_kind(kind) || str_eq(kind, STR("street")) ||
			str_eq(kind, STR("zip"));
		if ((own && personal) || is_asked_for(s, kind))
			add_entity(s, &found.p[i]);
	}
}

void
stand_ins_read_record(struct stand_ins *s, const struct json *record)
{
	static const struct {
		const char *member, *kind;
	} known[] = {{"email", "email"}, {"customer_email", "email"},
		{"email_address", "email"}, {"first_name", "first_name"},
		{"last_name", "last_name"}, {"surname", "last_name"}, {"phone", "phone"},
		{"phone_number", "phone"}, {"mobile", "phone"}, {"street", "street"},
		{"address", "street"}, {"address_line1", "street"},
		{"address1", "street"}, {"zip", "zip"}, {"postal_code", "zip"},
		{"birth_date", "birth_date"}, {"date_of_birth", "birth_date"},
		{"ip", "ip"}, {"customer_id", "id"}};
	if (!record || (record->type != JSON_OBJECT && record->type != JSON_ARRAY))
		return;
	json_each(m, record) {
		bool text = m->type == JSON_STRING;
		for (size_t i = 0; text && i < sizeof known / sizeof *known; i++)
			if (str_eq(m->key, str_of(known[i].member)))
				stand_ins_add(s, str_of(known[i].kind), m->s);
		if (text &&
			(str_eq(m->key, STR("full_name")) ||
				str_eq(m->key, STR("customer_name"))))
			stand_ins_add_name(s, m->s);
		if (text && s->kinds && s->kinds->n)
			read_entities(s, m->s, false);
		stand_ins_read_record(s, m);
	}
}

/* ---- what a message holds ---- */

struct words {
	struct str p[512];
	size_t n;
};

static struct str
without_punctuation(struct str w)
{
	while (w.n && strchr(".,;:!?()\"'", w.p[w.n - 1]))
		w.n--;
	return w;
}

static void
split_words(struct str text, struct words *out)
{
	out->n = 0;
	for (size_t i = 0; i < text.n && out->n < 512;) {
		while (i < text.n && isspace((unsigned char)text.p[i]))
			i++;
		size_t from = i;
		while (i < text.n && !isspace((unsigned char)text.p[i]))
			i++;
		if (i > from)
			out->p[out->n++] = str_sub(text, from, i);
	}
}

static bool
is_one_of(struct str word, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (str_eq_nocase(word, str_of(list[i])))
			return true;
	return false;
}

static struct str
span(struct str first, struct str last)
{
	return (struct str){first.p, (size_t)(last.p + last.n - first.p)};
}

/* "742 Evergreen Terrace", "Calle Mayor 5". */
static void
read_streets(struct stand_ins *s, const struct words *w)
{
	static const char *const last[] = {"street", "st", "road", "rd", "avenue", "ave",
		"terrace", "lane", "ln", "drive", "dr", "boulevard", "blvd", "way",
		"court", "ct", "place", "square", "straße", "strasse", NULL};
	static const char *const first[] = {"calle", "avenida", "avda", "plaza", "paseo",
		"carrera", "rua", "rue", "via", NULL};
	static const char *const between[] = {
		"the", "of", "in", "a", "my", "this", "on", "at", "la", "el", "en", NULL};
	for (size_t i = 0; i < w->n; i++) {
		bool number = isdigit((unsigned char)w->p[i].p[0]);
		bool street = is_one_of(without_punctuation(w->p[i]), first);
		for (size_t j = i + 1; (number || street) && j < w->n && j <= i + 5;
			j++) {
			struct str word = without_punctuation(w->p[j]);
			bool ends = number ? is_one_of(word, last)
					   : word.n && isdigit((unsigned char)word.p[0]);
			bool goes_on = word.n == w->p[j].n &&
				(!number || !is_one_of(word, between));
			if (!ends && !goes_on)
				break;
			if (!ends)
				continue;
			stand_ins_add(s, STR("street"), span(w->p[i], word));
			i = j;
			break;
		}
	}
}

/* "Ann", "Élodie"; not "ORD-1", "NOW" or "terrible". */
static bool
is_like_a_name(struct str w)
{
	bool upper = w.n > 1 &&
		(isupper((unsigned char)w.p[0]) || (unsigned char)w.p[0] >= 0xc3);
	for (size_t i = 1; i < w.n; i++)
		upper = upper &&
			(islower((unsigned char)w.p[i]) ||
				(unsigned char)w.p[i] >= 0x80 || w.p[i] == '-' ||
				w.p[i] == '\'');
	return upper;
}

/* What follows "my name is", as far as it is written as a name. */
static void
read_stated_name(struct stand_ins *s, const struct words *w)
{
	static const char *const stated[][3] = {{"my", "name", "is"},
		{"mi", "nombre", "es"}, {"", "me", "llamo"}, {"", "this", "is"},
		{"", "soy", ""}};
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < sizeof stated / sizeof *stated; k++) {
			size_t at = i, end;
			bool all = true;
			for (int j = 0; j < 3; j++)
				if (stated[k][j][0]) {
					all = all && at < w->n &&
						str_eq_nocase(
							w->p[at], str_of(stated[k][j]));
					at++;
				}
			for (end = at; all && end < w->n && end < at + 3 &&
				is_like_a_name(without_punctuation(w->p[end]));
				end++)
				if (without_punctuation(w->p[end]).n < w->p[end].n) {
					end++;
					break;
				}
			if (all && end > at)
				stand_ins_add_name(s,
					without_punctuation(
						span(w->p[at], w->p[end - 1])));
		}
}

void
stand_ins_read_message(struct stand_ins *s, struct str text)
{
	struct words words;
	read_entities(s, text, true);
	split_words(text, &words);
	read_streets(s, &words);
	read_stated_name(s, &words);
}

/* ---- replacing ---- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The longest known value that stands at a place as a whole word. */
static const struct stand_in *
find_at(const struct stand_ins *s, struct str text, size_t at)
{
	const struct stand_in *hit = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct str was = s->p[i].was;
		size_t end = at + was.n;
		if (end > text.n || (hit && hit->was.n >= was.n) ||
			!str_eq_nocase(str_sub(text, at, end), was))
			continue;
		bool whole =
			(at == 0 || !is_word(was.p[0]) || !is_word(text.p[at - 1])) &&
			(end == text.n || !is_word(was.p[was.n - 1]) ||
				!is_word(text.p[end]));
		if (whole)
			hit = &s->p[i];
	}
	return hit;
}

struct str
stand_ins_replace(const struct stand_ins *s, struct str text)
{
	struct buf out;
	buf_init(&out, 32 * (text.n + 64));
	for (size_t at = 0; at < text.n;) {
		const struct stand_in *hit = find_at(s, text, at);
		if (hit)
			buf_add_str(&out, hit->is);
		else
			buf_add_char(&out, text.p[at]);
		at += hit ? hit->was.n : 1;
	}
	require(!buf_over(&out));
	struct str result = arena_str(s->arena, buf_str(&out));
	buf_fini(&out);
	return result;
}
