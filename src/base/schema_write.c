#include "base/schema.h"

static void write_struct(
	const struct schema *s, const void *in, const struct field *but, struct jsonw *w);

static bool
is_zero(const struct field *f, const void *p)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		return !*(const bool *)p;
	case SCHEMA_INT:
	case SCHEMA_DURATION:
		return *(const int64_t *)p == 0;
	case SCHEMA_DOUBLE:
		return *(const double *)p == 0;
	case SCHEMA_STR:
		return ((const struct str *)p)->n == 0;
	case SCHEMA_ENUM:
		return *(const int *)p == 0;
	case SCHEMA_OPTIONAL:
	case SCHEMA_JSON:
		return !*(void *const *)p;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		return ((const struct items *)p)->n == 0;
	case SCHEMA_OBJECT:
		break;
	}
	return false;
}

/* A zero may be left out when reading gives zero back: not when it is required or has a
 * default. */
static bool
is_left_out(const struct field *f, const char *p)
{
	if (f->required || f->fallback)
		return false;
	if (f->type != SCHEMA_OBJECT)
		return is_zero(f, p);
	for (size_t i = 0; i < f->of->count; i++)
		if (!is_left_out(&f->of->fields[i], p + f->of->fields[i].offset))
			return false;
	return true;
}

static void
write_list(const struct field *f, const struct items *items, struct jsonw *w)
{
	const char *p = items->p;

	jsonw_array(w);
	for (size_t i = 0; i < items->n; i++) {
		if (f->type == SCHEMA_STRS)
			jsonw_str(w, ((const struct str *)items->p)[i]);
		else if (f->type == SCHEMA_DOUBLES)
			jsonw_double(w, ((const double *)items->p)[i]);
		else
			write_struct(f->of, p + i * f->of->size, NULL, w);
	}
	jsonw_end_array(w);
}

static void
write_map(const struct field *f, const struct items *items, struct jsonw *w)
{
	const char *p = items->p;

	jsonw_object(w);
	for (size_t i = 0; i < items->n; i++, p += f->of->size) {
		jsonw_key(w, *(const struct str *)(const void *)p);
		write_struct(f->of, p, schema_name_field(f->of), w);
	}
	jsonw_end_object(w);
}

static void
write_pointer(const struct field *f, const void *p, struct jsonw *w)
{
	if (!p)
		jsonw_null(w);
	else if (f->type == SCHEMA_JSON)
		jsonw_node(w, p);
	else
		write_struct(f->of, p, NULL, w);
}

static void
write_field(const struct field *f, const void *p, struct jsonw *w)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		jsonw_bool(w, *(const bool *)p);
		return;
	case SCHEMA_INT:
	case SCHEMA_DURATION:
		jsonw_int(w, *(const int64_t *)p);
		return;
	case SCHEMA_DOUBLE:
		jsonw_double(w, *(const double *)p);
		return;
	case SCHEMA_STR:
		jsonw_str(w, *(const struct str *)p);
		return;
	case SCHEMA_ENUM:
		jsonw_str(w, str_of(f->names[*(const int *)p]));
		return;
	case SCHEMA_OBJECT:
		write_struct(f->of, p, NULL, w);
		return;
	case SCHEMA_OPTIONAL:
	case SCHEMA_JSON:
		write_pointer(f, *(void *const *)p, w);
		return;
	case SCHEMA_MAP:
		write_map(f, p, w);
		return;
	case SCHEMA_LIST:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		write_list(f, p, w);
		return;
	}
}

/* All members but one: an object in a map is not given its name again. */
static void
write_struct(
	const struct schema *s, const void *in, const struct field *but, struct jsonw *w)
{
	jsonw_object(w);
	for (size_t i = 0; i < s->count; i++) {
		const struct field *f = &s->fields[i];
		const char *p = (const char *)in + f->offset;
		if ((but && f == but) || is_left_out(f, p))
			continue;
		jsonw_name(w, f->name);
		if (f->secret)
			jsonw_str(w, STR("***"));
		else
			write_field(f, p, w);
	}
	jsonw_end_object(w);
}

void
schema_write(const struct schema *s, const void *in, struct jsonw *w)
{
	write_struct(s, in, NULL, w);
}

/* The schemas that are being described, innermost first: one that holds itself is not
 * opened again. */
struct opened {
	const struct opened *up;
	const struct schema *schema;
};

static void describe(const struct schema *s, const struct field *but,
	const struct opened *up, struct jsonw *w);

static void
describe_limits(const struct field *f, const char *min, const char *max, struct jsonw *w)
{
	if (f->min == 0 && f->max == 0)
		return;
	jsonw_kdouble(w, min, f->min);
	if (f->max >= f->min)
		jsonw_kdouble(w, max, f->max);
}

static void
describe_items(const struct field *f, const struct opened *up, struct jsonw *w)
{
	jsonw_kstr(w, "type", STR("array"));
	jsonw_key(w, STR("items"));
	if (f->type == SCHEMA_LIST) {
		describe(f->of, NULL, up, w);
	} else {
		jsonw_object(w);
		jsonw_kstr(w, "type",
			f->type == SCHEMA_STRS ? STR("string") : STR("number"));
		jsonw_end_object(w);
	}
	describe_limits(f, "minItems", "maxItems", w);
}

static void
describe_duration(struct jsonw *w)
{
	jsonw_karray(w, "type");
	jsonw_str(w, STR("integer"));
	jsonw_str(w, STR("string"));
	jsonw_end_array(w);
	jsonw_kint(w, "minimum", 0);
	jsonw_kstr(w, "pattern", STR("^[0-9]+(ms|s|m|h|d)$"));
}

static void
describe_enum(const struct field *f, struct jsonw *w)
{
	jsonw_kstr(w, "type", STR("string"));
	jsonw_karray(w, "enum");
	for (const char *const *name = f->names; *name; name++)
		jsonw_str(w, str_of(*name));
	jsonw_end_array(w);
}

static void describe_members(const struct schema *s, const struct field *but,
	const struct opened *up, struct jsonw *w);

static void
describe_type(const struct field *f, const struct opened *up, struct jsonw *w)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		jsonw_kstr(w, "type", STR("boolean"));
		return;
	case SCHEMA_INT:
		jsonw_kstr(w, "type", STR("integer"));
		describe_limits(f, "minimum", "maximum", w);
		return;
	case SCHEMA_DOUBLE:
		jsonw_kstr(w, "type", STR("number"));
		describe_limits(f, "minimum", "maximum", w);
		return;
	case SCHEMA_STR:
		jsonw_kstr(w, "type", STR("string"));
		return;
	case SCHEMA_ENUM:
		describe_enum(f, w);
		return;
	case SCHEMA_DURATION:
		describe_duration(w);
		return;
	case SCHEMA_OBJECT:
	case SCHEMA_OPTIONAL:
		describe_members(f->of, NULL, up, w);
		return;
	case SCHEMA_MAP:
		jsonw_kstr(w, "type", STR("object"));
		jsonw_key(w, STR("additionalProperties"));
		describe(f->of, schema_name_field(f->of), up, w);
		describe_limits(f, "minProperties", "maxProperties", w);
		return;
	case SCHEMA_LIST:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		describe_items(f, up, w);
		return;
	case SCHEMA_JSON:
		return;
	}
}

static void
describe_field(const struct field *f, const struct opened *up, struct jsonw *w)
{
	jsonw_kobject(w, f->name);
	describe_type(f, up, w);
	if (f->doc)
		jsonw_kstr(w, "description", str_of(f->doc));
	if (f->fallback) {
		jsonw_key(w, STR("default"));
		jsonw_raw(w, str_of(f->fallback));
	}
	if (f->secret)
		jsonw_kbool(w, "writeOnly", true);
	jsonw_end_object(w);
}

static bool
is_open(const struct schema *s, const struct opened *up)
{
	for (; up; up = up->up)
		if (up->schema == s)
			return true;
	return false;
}

static void
describe_required(const struct schema *s, const struct field *but, struct jsonw *w)
{
	bool any = false;

	for (size_t i = 0; i < s->count; i++) {
		if (!s->fields[i].required || (but && but == &s->fields[i]))
			continue;
		if (!any)
			jsonw_karray(w, "required");
		any = true;
		jsonw_str(w, str_of(s->fields[i].name));
	}
	if (any)
		jsonw_end_array(w);
}

static void
describe_members(const struct schema *s, const struct field *but, const struct opened *up,
	struct jsonw *w)
{
	struct opened here = {up, s};

	jsonw_kstr(w, "type", STR("object"));
	if (is_open(s, up))
		return;
	jsonw_kobject(w, "properties");
	for (size_t i = 0; i < s->count; i++)
		if (!but || but != &s->fields[i])
			describe_field(&s->fields[i], &here, w);
	jsonw_end_object(w);
	describe_required(s, but, w);
	jsonw_kbool(w, "additionalProperties", s->open);
}

static void
describe(const struct schema *s, const struct field *but, const struct opened *up,
	struct jsonw *w)
{
	jsonw_object(w);
	if (s->doc)
		jsonw_kstr(w, "description", str_of(s->doc));
	describe_members(s, but, up, w);
	jsonw_end_object(w);
}

void
schema_describe(const struct schema *s, struct jsonw *w)
{
	describe(s, NULL, NULL, w);
}
