#include "base/json.h"

#include "base/json_scan.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

/* Objects up to this many members are searched by looking at each; larger ones are sorted
 * first. */
#define FEW_MEMBERS 16
/* Digits that fit an int64_t whatever they are. */
#define SAFE_DIGITS 18

struct parser {
	struct arena *arena;
	const char *p, *end;
	int line;
	int depth;
	struct error *error;
};

static struct json *parse_value(struct parser *p);

static void
skip_blanks(struct parser *p)
{
	for (; p->p < p->end && (unsigned char)*p->p <= ' '; p->p++) {
		if (*p->p == '\n')
			p->line++;
		else if (*p->p != ' ' && *p->p != '\t' && *p->p != '\r')
			return;
	}
}

static bool
at_char(const struct parser *p, char c)
{
	return p->p < p->end && *p->p == c;
}

static bool
take_char(struct parser *p, char c)
{
	if (!at_char(p, c))
		return false;
	p->p++;
	return true;
}

static enum err
fail(struct parser *p, const char *reason)
{
	return err_set_line(p->error, ERR_INVALID, p->line, "%s", reason);
}

static enum err
fail_expected(struct parser *p, const char *what)
{
	if (p->p >= p->end)
		return err_set_line(p->error, ERR_INVALID, p->line,
			"expected %s, found the end of the text", what);
	unsigned char c = (unsigned char)*p->p;
	if (c > ' ' && c < 0x7F)
		return err_set_line(p->error, ERR_INVALID, p->line,
			"expected %s, found '%c'", what, c);
	return err_set_line(p->error, ERR_INVALID, p->line,
		"expected %s, found byte 0x%02x", what, c);
}

/* Four hexadecimal digits; -1 when they are not. */
static int
hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = (unsigned char)p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static bool
is_surrogate(int c, int first)
{
	return c >= first && c <= first + 0x3FF;
}

/* The code point of the \u escape whose digits start at *at; a pair of surrogates is one.
 * Moves *at behind it. */
static enum err
decode_unicode(struct parser *p, const char **at, const char *end, int *out)
{
	int c = hex4(*at, end);

	if (c < 0)
		return fail(p, "\\u must be followed by four hexadecimal digits");
	*at += 4;
	if (is_surrogate(c, 0xDC00))
		return fail(p, "a low surrogate must follow a high one");
	if (is_surrogate(c, 0xD800)) {
		int low = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u'
			? hex4(*at + 2, end)
			: -1;
		if (!is_surrogate(low, 0xDC00))
			return fail(p, "a high surrogate must be followed by a low one");
		*at += 6;
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	*out = c;
	return OK;
}

static char *
put_code_point(char *to, int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xE0 | c >> 12);
		} else {
			*to++ = (char)(0xF0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*to++ = (char)(0x80 | (c & 0x3F));
	return to;
}

static char
decode_short(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '"':
	case '\\':
	case '/':
		return c;
	}
	return '\0';
}

/* The text between the quotes with its escapes replaced, which never makes it longer. */
static enum err
decode_escapes(struct parser *p, struct str raw, struct str *out)
{
	char *start = arena_alloc(p->arena, raw.n + 1), *to = start;
	const char *end = raw.p + raw.n;

	for (const char *at = raw.p; at < end;) {
		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		char escape = at[1];
		at += 2;
		if (escape == 'u') {
			int c = 0;
			if (decode_unicode(p, &at, end, &c) != OK)
				return ERR_INVALID;
			to = put_code_point(to, c);
		} else if ((*to++ = decode_short(escape)) == '\0') {
			return fail(p,
				"a backslash must be followed by one of \" \\ / b f n r t u");
		}
	}
	*to = '\0';
	*out = (struct str){start, (size_t)(to - start)};
	return OK;
}

static enum err
parse_string(struct parser *p, struct str *out)
{
	const char *start = ++p->p;
	uint64_t high = 0;
	bool escapes = false;

	for (;;) {
		p->p += json_plain_run(p->p, (size_t)(p->end - p->p), &high);
		if (at_char(p, '"'))
			break;
		if (!at_char(p, '\\'))
			return fail_expected(p, "the string's closing quote");
		escapes = true;
		p->p += p->end - p->p >= 2 ? 2 : 1;
	}
	struct str raw = {start, (size_t)(p->p - start)};
	p->p++;
	if (high && !utf8_valid(raw))
		return fail(p, "a string is not valid UTF-8");
	if (escapes)
		return decode_escapes(p, raw, out);
	*out = raw;
	return OK;
}

struct number {
	const char *start;
	int64_t digits; /* all digits as one integer, as long as there are few */
	int count;
	int exponent;
	bool negative, integer;
};

static bool
take_digits(struct parser *p, struct number *n)
{
	const char *start = p->p;

	for (; p->p < p->end && *p->p >= '0' && *p->p <= '9'; p->p++)
		if (n->count < SAFE_DIGITS + 1) {
			n->count++;
			n->digits = n->count <= SAFE_DIGITS
				? n->digits * 10 + (*p->p - '0')
				: 0;
		}
	return p->p > start;
}

static bool
take_exponent(struct parser *p, struct number *n)
{
	bool negative = at_char(p, '-');
	int exponent = 0;

	if (negative || at_char(p, '+'))
		p->p++;
	const char *start = p->p;
	for (; p->p < p->end && *p->p >= '0' && *p->p <= '9'; p->p++)
		if (exponent < 10000)
			exponent = exponent * 10 + (*p->p - '0');
	n->exponent += negative ? -exponent : exponent;
	return p->p > start;
}

/* Only the grammar; what the digits are worth is number_value()'s. */
static enum err
take_number(struct parser *p, struct number *n)
{
	*n = (struct number){.start = p->p, .integer = true};
	n->negative = take_char(p, '-');
	if (take_char(p, '0'))
		n->count = 1;
	else if (!take_digits(p, n))
		return fail_expected(p, n->negative ? "a digit" : "a value");
	if (take_char(p, '.')) {
		const char *start = p->p;
		n->integer = false;
		if (!take_digits(p, n))
			return fail_expected(p, "a digit");
		n->exponent = p->p - start > SAFE_DIGITS ? 0 : -(int)(p->p - start);
	}
	if (take_char(p, 'e') || take_char(p, 'E')) {
		n->integer = false;
		if (!take_exponent(p, n))
			return fail_expected(p, "a digit of the exponent");
	}
	return OK;
}

/*
 * Both factors exact in a double gives the nearest double at once (one rounding); this
 * holds for digits up to 2^53 and powers of ten up to 22. All other numbers go to strtod.
 */
static bool
double_quickly(const struct number *n, double *out)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
		1e22};

	if (n->count > SAFE_DIGITS || n->digits > (int64_t)1 << 53 || n->exponent < -22 ||
		n->exponent > 22)
		return false;
	double v = (double)n->digits;
	v = n->exponent < 0 ? v / powers[-n->exponent] : v * powers[n->exponent];
	*out = n->negative ? -v : v;
	return true;
}

static enum err
parse_number(struct parser *p, struct json *v)
{
	struct number n;

	if (take_number(p, &n) != OK)
		return ERR_INVALID;
	struct str text = {n.start, (size_t)(p->p - n.start)};
	/* Minus zero is no integer. */
	if (n.integer && !(n.negative && n.count == 1 && n.digits == 0)) {
		v->type = JSON_INT;
		v->i = n.negative ? -n.digits : n.digits;
		if (n.count <= SAFE_DIGITS || str_to_i64(text, &v->i))
			return OK;
	}
	v->type = JSON_DOUBLE;
	if (!double_quickly(&n, &v->d) && !str_to_double(text, &v->d))
		return fail(p, "a number is out of range");
	return OK;
}

static enum err
take_word(struct parser *p, const char *word, size_t n)
{
	if ((size_t)(p->end - p->p) < n || memcmp(p->p, word, n) != 0)
		return fail_expected(p, "a value");
	p->p += n;
	return OK;
}

static struct json *
append(struct json *container, struct json *v)
{
	if (container->last)
		container->last->next = v;
	else
		container->first = v;
	container->last = v;
	container->count++;
	return v;
}

static enum err
enter(struct parser *p)
{
	p->p++;
	if (++p->depth > JSON_DEPTH_MAX)
		return err_set_line(p->error, ERR_INVALID, p->line,
			"nested deeper than %d levels", JSON_DEPTH_MAX);
	skip_blanks(p);
	return OK;
}

/* After an element: true when another follows. *done tells the container's end from
 * neither. */
static bool
take_comma(struct parser *p, char close, bool *done)
{
	skip_blanks(p);
	*done = take_char(p, close);
	if (*done || !take_char(p, ','))
		return false;
	skip_blanks(p);
	return true;
}

static enum err
parse_array(struct parser *p, struct json *array)
{
	if (enter(p) != OK)
		return ERR_INVALID;
	bool done = take_char(p, ']');
	for (bool more = !done; more; more = take_comma(p, ']', &done)) {
		struct json *v = parse_value(p);
		if (!v)
			return ERR_INVALID;
		append(array, v);
	}
	if (!done)
		return fail_expected(p, "',' or ']'");
	p->depth--;
	return OK;
}

struct place {
	struct json *member;
	size_t index;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = str_cmp(x->member->key, y->member->key);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* The members ordered by name, then as they stand; the caller frees the array. */
static struct place *
sort_members(const struct json *o)
{
	struct place *sorted = mem_alloc(o->count * sizeof(*sorted));
	size_t i = 0;

	for (struct json *m = o->first; m; m = m->next, i++)
		sorted[i] = (struct place){m, i};
	qsort(sorted, o->count, sizeof(*sorted), compare_places);
	return sorted;
}

static bool
has_duplicate(const struct json *o)
{
	json_each(m, o)
		for (const struct json *other = o->first; other != m; other = other->next)
			if (str_eq(other->key, m->key))
				return true;
	return false;
}

/* Unlinks each member whose name comes again further on. */
static void
keep_last(struct json *o)
{
	struct place *sorted = sort_members(o);
	bool *dropped = mem_zalloc(o->count);
	size_t count = o->count, i = 0;

	for (i = 1; i < count; i++)
		if (str_eq(sorted[i].member->key, sorted[i - 1].member->key)) {
			sorted[i].member->repeated = true;
			dropped[sorted[i - 1].index] = true;
		}
	free(sorted);
	struct json *m = o->first;
	o->first = o->last = NULL;
	o->count = 0;
	for (i = 0; i < count; i++) {
		struct json *next = m->next;
		m->next = NULL;
		if (!dropped[i])
			append(o, m);
		m = next;
	}
	free(dropped);
}

static enum err
parse_member(struct parser *p, struct json *object)
{
	struct str key = {NULL, 0};

	if (!at_char(p, '"'))
		return fail_expected(p, "a member's name in quotes");
	if (parse_string(p, &key) != OK)
		return ERR_INVALID;
	skip_blanks(p);
	if (!take_char(p, ':'))
		return fail_expected(p, "':'");
	skip_blanks(p);
	struct json *v = parse_value(p);
	if (!v)
		return ERR_INVALID;
	append(object, v)->key = key;
	return OK;
}

static enum err
parse_object(struct parser *p, struct json *object)
{
	if (enter(p) != OK)
		return ERR_INVALID;
	bool done = take_char(p, '}');
	for (bool more = !done; more; more = take_comma(p, '}', &done))
		if (parse_member(p, object) != OK)
			return ERR_INVALID;
	if (!done)
		return fail_expected(p, "',' or '}'");
	p->depth--;
	if (object->count > FEW_MEMBERS || has_duplicate(object))
		keep_last(object);
	return OK;
}

static enum err
parse_into(struct parser *p, struct json *v)
{
	switch (*p->p) {
	case '{':
		v->type = JSON_OBJECT;
		return parse_object(p, v);
	case '[':
		v->type = JSON_ARRAY;
		return parse_array(p, v);
	case '"':
		v->type = JSON_STRING;
		return parse_string(p, &v->s);
	case 't':
		v->type = JSON_BOOL;
		v->b = true;
		return take_word(p, "true", 4);
	case 'f':
		v->type = JSON_BOOL;
		return take_word(p, "false", 5);
	case 'n':
		return take_word(p, "null", 4);
	}
	return parse_number(p, v);
}

/* NULL when it is refused. */
static struct json *
parse_value(struct parser *p)
{
	if (p->p >= p->end) {
		fail_expected(p, "a value");
		return NULL;
	}
	struct json *v = arena_alloc(p->arena, sizeof(*v));
	*v = (struct json){.line = p->line};
	return parse_into(p, v) == OK ? v : NULL;
}

enum err
json_parse(struct arena *a, struct str text, struct json **out, struct error *e)
{
	struct parser p = {
		.arena = a, .p = text.p, .end = text.p + text.n, .line = 1, .error = e};
	skip_blanks(&p);
	struct json *v = parse_value(&p);
	if (!v)
		return ERR_INVALID;
	skip_blanks(&p);
	if (p.p < p.end)
		return fail_expected(&p, "nothing after the value");
	*out = v;
	return OK;
}

struct json *
json_get(const struct json *o, struct str key)
{
	if (!o || o->type != JSON_OBJECT)
		return NULL;
	for (struct json *m = o->first; m; m = m->next)
		if (str_eq(m->key, key))
			return m;
	return NULL;
}

struct json *
json_path(const struct json *o, struct str path)
{
	struct json *at = NULL;
	struct str step;

	while (str_split(&path, '.', &step)) {
		at = json_get(o, step);
		if (!at)
			return NULL;
		o = at;
	}
	return at;
}

struct str
json_str(const struct json *v, struct str fallback)
{
	return v && v->type == JSON_STRING ? v->s : fallback;
}

int64_t
json_int(const struct json *v, int64_t fallback)
{
	return v && v->type == JSON_INT ? v->i : fallback;
}

double
json_double(const struct json *v, double fallback)
{
	if (v && v->type == JSON_INT)
		return (double)v->i;
	return v && v->type == JSON_DOUBLE ? v->d : fallback;
}

bool
json_bool(const struct json *v, bool fallback)
{
	return v && v->type == JSON_BOOL ? v->b : fallback;
}

/* Exact: comparing as doubles would make neighbours of large integers equal. */
static bool
int_eq_double(int64_t i, double d)
{
	return d >= -9223372036854775808.0 && d < 9223372036854775808.0 &&
		trunc(d) == d && (int64_t)d == i;
}

static bool
arrays_eq(const struct json *a, const struct json *b)
{
	const struct json *y = b->first;

	if (a->count != b->count)
		return false;
	for (const struct json *x = a->first; x; x = x->next, y = y->next)
		if (!json_eq(x, y))
			return false;
	return true;
}

static bool
large_objects_eq(const struct json *a, const struct json *b)
{
	struct place *x = sort_members(a), *y = sort_members(b);
	bool eq = true;

	for (size_t i = 0; i < a->count && eq; i++)
		eq = str_eq(x[i].member->key, y[i].member->key) &&
			json_eq(x[i].member, y[i].member);
	free(x);
	free(y);
	return eq;
}

static bool
objects_eq(const struct json *a, const struct json *b)
{
	if (a->count != b->count)
		return false;
	if (a->count > FEW_MEMBERS)
		return large_objects_eq(a, b);
	json_each(m, a) {
		const struct json *other = json_get(b, m->key);
		if (!other || !json_eq(m, other))
			return false;
	}
	return true;
}

bool
json_eq(const struct json *a, const struct json *b)
{
	if (a->type == JSON_INT && b->type == JSON_DOUBLE)
		return int_eq_double(a->i, b->d);
	if (a->type == JSON_DOUBLE && b->type == JSON_INT)
		return int_eq_double(b->i, a->d);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return a->b == b->b;
	case JSON_INT:
		return a->i == b->i;
	case JSON_DOUBLE:
		return a->d == b->d;
	case JSON_STRING:
		return str_eq(a->s, b->s);
	case JSON_ARRAY:
		return arrays_eq(a, b);
	case JSON_OBJECT:
		return objects_eq(a, b);
	}
	return false;
}

const char *
json_type_name(enum json_type t)
{
	static const char *const names[] = {
		"null", "bool", "int", "double", "string", "array", "object"};
	return names[t];
}

static struct json *
json_new(struct arena *a, enum json_type type)
{
	struct json *v = ARENA_NEW(a, struct json);
	v->type = type;
	return v;
}

struct json *
json_new_object(struct arena *a)
{
	return json_new(a, JSON_OBJECT);
}

struct json *
json_new_array(struct arena *a)
{
	return json_new(a, JSON_ARRAY);
}

struct json *
json_new_str(struct arena *a, struct str s)
{
	struct json *v = json_new(a, JSON_STRING);
	v->s = s;
	return v;
}

struct json *
json_new_int(struct arena *a, int64_t i)
{
	struct json *v = json_new(a, JSON_INT);
	v->i = i;
	return v;
}

struct json *
json_new_double(struct arena *a, double d)
{
	struct json *v = json_new(a, JSON_DOUBLE);
	v->d = d;
	return v;
}

struct json *
json_new_bool(struct arena *a, bool b)
{
	struct json *v = json_new(a, JSON_BOOL);
	v->b = b;
	return v;
}

struct json *
json_new_null(struct arena *a)
{
	return json_new(a, JSON_NULL);
}

void
json_add(struct json *array, struct json *v)
{
	require(array->type == JSON_ARRAY && !v->next);
	append(array, v);
}

void
json_set(struct json *object, struct str key, struct json *v)
{
	struct json *before = NULL, *m = object->first;

	require(object->type == JSON_OBJECT && !v->next);
	v->key = key;
	for (; m && !str_eq(m->key, key); m = m->next)
		before = m;
	if (!m) {
		append(object, v);
		return;
	}
	v->next = m->next;
	m->next = NULL;
	if (before)
		before->next = v;
	else
		object->first = v;
	if (object->last == m)
		object->last = v;
}

struct json *
json_copy(struct arena *a, const struct json *v)
{
	struct json *copy = arena_alloc(a, sizeof(*copy));

	*copy = *v;
	copy->next = NULL;
	copy->key = v->key.n ? arena_str(a, v->key) : (struct str){NULL, 0};
	if (v->type == JSON_STRING)
		copy->s = arena_str(a, v->s);
	if (v->type != JSON_ARRAY && v->type != JSON_OBJECT)
		return copy;
	copy->first = copy->last = NULL;
	copy->count = 0;
	json_each(m, v)
		append(copy, json_copy(a, m));
	return copy;
}
