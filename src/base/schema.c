#include "base/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define FIELDS_MAX 256

/* The way from the root to what is being read; rendered only when there is something to
 * say about it. */
struct place {
	const struct place *up;
	struct str name; /* of a member; empty for an element */
	size_t index;
	bool named; /* an object of a map: its name is one of its fields */
};

struct reader {
	struct arena *arena;
	struct error *error;
};

static enum err read_object(struct reader *r, const struct schema *s,
	const struct json *in, void *out, const struct place *at);

static size_t
place_print(const struct place *at, char *out, size_t size)
{
	if (!at)
		return 0;
	size_t n = place_print(at->up, out, size);
	int more;
	if (!at->name.p)
		more = snprintf(out + n, size - n, "[%zu]", at->index);
	else
		more = snprintf(out + n, size - n, "%s%.*s", n ? "." : "",
			STR_ARG(str_sub(at->name, 0, 64)));
	n += (size_t)more;
	return n < size ? n : size - 1;
}

static enum err __attribute__((format(printf, 4, 5)))
fail(struct reader *r, const struct place *at, int line, const char *fmt, ...)
{
	char path[160] = "";
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	place_print(at, path, sizeof(path));
	return err_set_line(
		r->error, ERR_INVALID, line, "%s%s%s", path, *path ? ": " : "", reason);
}

static enum err
fail_type(struct reader *r, const struct place *at, const struct json *in,
	const char *wanted)
{
	return fail(r, at, in->line, "must be %s", wanted);
}

/* `unit` says what is counted, with a blank in front, or is empty. */
static enum err
check_range(struct reader *r, const struct field *f, double v, const char *unit,
	const struct place *at, int line)
{
	if (f->min == 0 && f->max == 0)
		return OK;
	if (v < f->min)
		return fail(r, at, line, "must be at least %.15g%s", f->min, unit);
	if (v > f->max && f->max >= f->min)
		return fail(r, at, line, "must be at most %.15g%s", f->max, unit);
	return OK;
}

/* 3.0 is an integer too, as in JSON Schema. */
static bool
to_integer(const struct json *in, int64_t *out)
{
	if (in->type == JSON_INT) {
		*out = in->i;
		return true;
	}
	if (in->type != JSON_DOUBLE || trunc(in->d) != in->d || fabs(in->d) > 0x1p53)
		return false;
	*out = (int64_t)in->d;
	return true;
}

static enum err
read_int(struct reader *r, const struct field *f, const struct json *in, int64_t *out,
	const struct place *at)
{
	if (!to_integer(in, out))
		return fail_type(r, at, in, "an integer");
	return check_range(r, f, (double)*out, "", at, in->line);
}

static enum err
read_double(struct reader *r, const struct field *f, const struct json *in, double *out,
	const struct place *at)
{
	if (in->type != JSON_INT && in->type != JSON_DOUBLE)
		return fail_type(r, at, in, "a number");
	*out = json_double(in, 0);
	return check_range(r, f, *out, "", at, in->line);
}

static enum err
read_str(struct reader *r, const struct field *f, const struct json *in, struct str *out,
	const struct place *at)
{
	if (in->type != JSON_STRING)
		return fail_type(r, at, in, "a string");
	*out = in->s;
	return check_range(r, f, (double)in->s.n, " bytes", at, in->line);
}

static bool
parse_duration(struct str s, int64_t *out)
{
	static const struct {
		const char *suffix;
		int64_t ms;
	} units[] = {
		{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	size_t digits = 0;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_eq(str_sub(s, digits, s.n), str_of(units[i].suffix)))
			return str_to_i64(str_sub(s, 0, digits), out) &&
				!__builtin_mul_overflow(*out, units[i].ms, out);
	return false;
}

static enum err
read_duration(struct reader *r, const struct field *f, const struct json *in,
	int64_t *out, const struct place *at)
{
	bool good = in->type == JSON_STRING ? parse_duration(in->s, out)
					    : to_integer(in, out) && *out >= 0;

	if (!good)
		return fail_type(r, at, in,
			"a duration: milliseconds, or a number with ms, s, m, h or d");
	return check_range(r, f, (double)*out, " ms", at, in->line);
}

static enum err
read_enum(struct reader *r, const struct field *f, const struct json *in, int *out,
	const struct place *at)
{
	char known[160] = "";
	size_t n = 0;

	if (in->type == JSON_STRING)
		for (int i = 0; f->names[i]; i++)
			if (str_eq(in->s, str_of(f->names[i]))) {
				*out = i;
				return OK;
			}
	const char *near = in->type == JSON_STRING ? suggest(f->names, in->s) : NULL;
	if (near)
		return fail(r, at, in->line,
			"unknown value \"%.*s\"; did you mean \"%s\"?",
			STR_ARG(str_sub(in->s, 0, 64)), near);
	for (int i = 0; f->names[i] && n < sizeof(known); i++)
		n += (size_t)snprintf(
			known + n, sizeof(known) - n, "%s%s", i ? ", " : "", f->names[i]);
	return fail(r, at, in->line, "must be one of %s", known);
}

static size_t
item_size(const struct field *f)
{
	if (f->type == SCHEMA_STRS)
		return sizeof(struct str);
	return f->type == SCHEMA_DOUBLES ? sizeof(double) : f->of->size;
}

static enum err
read_item(struct reader *r, const struct field *f, const struct json *in, void *out,
	const struct place *at)
{
	/* The limits of a list count its items and do not apply to each of them. */
	static const struct field unlimited = {0};

	if (f->type == SCHEMA_STRS)
		return read_str(r, &unlimited, in, out, at);
	if (f->type == SCHEMA_DOUBLES)
		return read_double(r, &unlimited, in, out, at);
	return read_object(r, f->of, in, out, at);
}

static enum err
read_items(struct reader *r, const struct field *f, const struct json *in,
	struct items *out, const struct place *at)
{
	enum json_type wanted = f->type == SCHEMA_MAP ? JSON_OBJECT : JSON_ARRAY;
	size_t size = item_size(f);
	struct place here = {.up = at, .named = wanted == JSON_OBJECT};

	if (in->type != wanted)
		return fail_type(
			r, at, in, wanted == JSON_ARRAY ? "a list" : "an object");
	if (check_range(r, f, (double)in->count, " items", at, in->line) != OK)
		return ERR_INVALID;
	char *p = arena_zalloc(r->arena, in->count * size);
	json_each(v, in) {
		here.name = v->key;
		if (wanted == JSON_ARRAY)
			here.name.p = NULL;
		if (read_item(r, f, v, p + here.index * size, &here) != OK)
			return ERR_INVALID;
		here.index++;
	}
	*out = (struct items){p, in->count};
	return OK;
}

static enum err
read_field(struct reader *r, const struct field *f, const struct json *in, void *out,
	const struct place *at)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		if (in->type != JSON_BOOL)
			return fail_type(r, at, in, "true or false");
		*(bool *)out = in->b;
		return OK;
	case SCHEMA_INT:
		return read_int(r, f, in, out, at);
	case SCHEMA_DOUBLE:
		return read_double(r, f, in, out, at);
	case SCHEMA_STR:
		return read_str(r, f, in, out, at);
	case SCHEMA_ENUM:
		return read_enum(r, f, in, out, at);
	case SCHEMA_DURATION:
		return read_duration(r, f, in, out, at);
	case SCHEMA_OBJECT:
		return read_object(r, f->of, in, out, at);
	case SCHEMA_OPTIONAL:
		*(void **)out = arena_alloc(r->arena, f->of->size);
		return read_object(r, f->of, in, *(void **)out, at);
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		return read_items(r, f, in, out, at);
	case SCHEMA_JSON:
		*(const struct json **)out = in;
		return OK;
	}
	return OK;
}

static enum err
fail_unknown(struct reader *r, const struct schema *s, const struct json *member,
	const struct place *at)
{
	const char **names = ARENA_ARRAY(r->arena, const char *, s->count + 1);

	for (size_t i = 0; i < s->count; i++)
		names[i] = s->fields[i].name;
	const char *near = suggest(names, member->key);
	if (near)
		return fail(r, at, member->line, "unknown member; did you mean \"%s\"?",
			near);
	return fail(r, at, member->line, "unknown member");
}

const struct field *
schema_field(const struct schema *s, struct str name)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(str_of(s->fields[i].name), name))
			return &s->fields[i];
	return NULL;
}

const struct field *
schema_name_field(const struct schema *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->fields[i].offset == 0 && s->fields[i].type == SCHEMA_STR)
			return &s->fields[i];
	return NULL;
}

static void fill_defaults(
	struct reader *r, const struct schema *s, const bool *seen, void *out);

static void
fill_default(struct reader *r, const struct field *f, void *out)
{
	struct json *v;

	if (!f->fallback) {
		if (f->type == SCHEMA_OBJECT)
			fill_defaults(r, f->of, NULL, out);
		return;
	}
	/* A default that its own field refuses is a mistake in the table. */
	struct error e = {0};
	struct reader quiet = {r->arena, &e};
	if (json_parse(r->arena, str_of(f->fallback), &v, &e) != OK ||
		read_field(&quiet, f, v, out, NULL) != OK)
		require_failed(e.text, f->name, 0);
}

/* Members that were seen keep what they have. */
static void
fill_defaults(struct reader *r, const struct schema *s, const bool *seen, void *out)
{
	for (size_t i = 0; i < s->count; i++)
		if (!seen || !seen[i])
			fill_default(r, &s->fields[i], (char *)out + s->fields[i].offset);
}

static enum err
read_member(struct reader *r, const struct schema *s, const struct json *m, void *out,
	bool *seen, const struct place *at)
{
	const struct field *f = schema_field(s, m->key);

	if (!f)
		return s->open ? OK : fail_unknown(r, s, m, at);
	if (m->repeated && !s->open)
		return fail(r, at, m->line, "is there twice");
	if (m->type == JSON_NULL && f->type != SCHEMA_JSON)
		return OK;
	/* Members come once, so what was seen before is the name of an object in a map.
	 */
	if (seen[f - s->fields])
		return fail(
			r, at, m->line, "is the name of this object and not its member");
	seen[f - s->fields] = true;
	return read_field(r, f, m, (char *)out + f->offset, at);
}

static enum err
read_name(struct reader *r, const struct schema *s, const struct json *in, void *out,
	bool *seen, const struct place *at)
{
	const struct field *f = schema_name_field(s);

	*(struct str *)out = in->key;
	if (!f)
		return OK;
	seen[f - s->fields] = true;
	return check_range(r, f, (double)in->key.n, " bytes", at, in->line);
}

static enum err
read_object(struct reader *r, const struct schema *s, const struct json *in, void *out,
	const struct place *at)
{
	bool seen[FIELDS_MAX];

	require(s->count <= FIELDS_MAX);
	if (in->type != JSON_OBJECT)
		return fail_type(r, at, in, "an object");
	memset(out, 0, s->size);
	memset(seen, 0, s->count);
	if (s->line_offset)
		*(int *)(void *)((char *)out + s->line_offset) = in->line;
	if (at && at->named && read_name(r, s, in, out, seen, at) != OK)
		return ERR_INVALID;
	json_each(m, in) {
		struct place here = {.up = at, .name = m->key};
		if (read_member(r, s, m, out, seen, &here) != OK)
			return ERR_INVALID;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct field *f = &s->fields[i];
		struct place here = {.up = at, .name = str_of(f->name)};
		if (f->required && !seen[i] && !f->fallback)
			return fail(r, &here, in->line, "is missing");
	}
	fill_defaults(r, s, seen, out);
	return OK;
}

enum err
schema_read(const struct schema *s, struct arena *a, const struct json *in, void *out,
	struct error *e)
{
	struct reader r = {a, e};
	return read_object(&r, s, in, out, NULL);
}

enum err
schema_read_text(const struct schema *s, struct arena *a, struct str json, void *out,
	struct error *e)
{
	struct json *v;

	enum err err = json_parse(a, json, &v, e);
	return err ? err : schema_read(s, a, v, out, e);
}

enum err
schema_defaults(const struct schema *s, struct arena *a, void *out, struct error *e)
{
	const struct json empty = {.type = JSON_OBJECT};
	return schema_read(s, a, &empty, out, e);
}
