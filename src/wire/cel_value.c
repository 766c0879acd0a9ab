#include "base/limits.h"
#include "wire/base64.h"
#include "wire/cel_program.h"

#include <math.h>

/* Deeper values come from nothing the limits let through. */
#define VALUE_DEPTH_MAX (2 * JSON_DEPTH_MAX + CEL_DEPTH_MAX)

struct cel_value
cel_fail(const char *reason)
{
	return (struct cel_value){.type = CEL_ERROR, .reason = reason};
}

struct cel_value
cel_fail_about(const char *reason, const struct str *detail)
{
	return (struct cel_value){.type = CEL_ERROR, .reason = reason, .detail = detail};
}

struct str
cel_type_name(enum cel_type t)
{
	switch (t) {
	case CEL_NULL:
		return STR("null_type");
	case CEL_BOOL:
		return STR("bool");
	case CEL_INT:
		return STR("int");
	case CEL_UINT:
		return STR("uint");
	case CEL_DOUBLE:
		return STR("double");
	case CEL_STRING:
		return STR("string");
	case CEL_BYTES:
		return STR("bytes");
	case CEL_LIST:
		return STR("list");
	case CEL_MAP:
		return STR("map");
	case CEL_TIMESTAMP:
		return STR("google.protobuf.Timestamp");
	case CEL_DURATION:
		return STR("google.protobuf.Duration");
	case CEL_TYPE:
		return STR("type");
	case CEL_STRUCT:
		return STR("struct");
	case CEL_DYN:
	case CEL_JSON:
		return STR("dyn");
	case CEL_ERROR:
		return STR("error");
	}
	return STR("dyn");
}

struct cel_value
cel_from_json(const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		break;
	case JSON_BOOL:
		return cel_bool(v->b);
	case JSON_INT:
		return cel_int(v->i);
	case JSON_DOUBLE:
		return (struct cel_value){.type = CEL_DOUBLE, .d = v->d};
	case JSON_STRING:
		return cel_string(v->s);
	case JSON_ARRAY:
		return (struct cel_value){
			.type = CEL_LIST, .form = CEL_FROM_JSON, .json = v};
	case JSON_OBJECT:
		return (struct cel_value){
			.type = CEL_MAP, .form = CEL_FROM_JSON, .json = v};
	}
	return (struct cel_value){.type = CEL_NULL};
}

static struct cel_value
struct_value(const struct schema *schema, const void *object)
{
	return (struct cel_value){.type = CEL_STRUCT, .object = object, .schema = schema};
}

static struct cel_value
items_value(enum cel_type type, const struct field *field, const struct items *items)
{
	return (struct cel_value){
		.type = type, .form = CEL_FROM_ITEMS, .items = items, .field = field};
}

static struct cel_value
enum_value(const struct field *field, int index)
{
	/* A struct made by hand may hold anything; the table is what bounds it. */
	for (int i = 0; field->names[i]; i++)
		if (i == index)
			return cel_string(str_of(field->names[i]));
	return cel_fail_about("an enum out of its range", NULL);
}

struct cel_value
cel_load(const struct field *field, const void *member)
{
	const void *pointer;
	int64_t ns;
	switch (field->type) {
	case SCHEMA_BOOL:
		return cel_bool(*(const bool *)member);
	case SCHEMA_INT:
		return cel_int(*(const int64_t *)member);
	case SCHEMA_DOUBLE:
		return (struct cel_value){
			.type = CEL_DOUBLE, .d = *(const double *)member};
	case SCHEMA_STR:
		return cel_string(*(const struct str *)member);
	case SCHEMA_ENUM:
		return enum_value(field, *(const int *)member);
	case SCHEMA_DURATION:
		if (__builtin_mul_overflow(*(const int64_t *)member, 1000000, &ns))
			return cel_fail("a duration out of its range");
		return (struct cel_value){.type = CEL_DURATION, .i = ns};
	case SCHEMA_OBJECT:
		return struct_value(field->of, member);
	case SCHEMA_OPTIONAL:
		pointer = *(const void *const *)member;
		return pointer ? struct_value(field->of, pointer)
			       : (struct cel_value){.type = CEL_NULL};
	case SCHEMA_LIST:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		return items_value(CEL_LIST, field, member);
	case SCHEMA_MAP:
		return items_value(CEL_MAP, field, member);
	case SCHEMA_JSON:
		pointer = *(const void *const *)member;
		return pointer ? cel_from_json(pointer)
			       : (struct cel_value){.type = CEL_NULL};
	}
	return (struct cel_value){.type = CEL_NULL};
}

bool
cel_load_present(const struct field *field, const void *member)
{
	switch (field->type) {
	case SCHEMA_BOOL:
	case SCHEMA_INT:
	case SCHEMA_DOUBLE:
	case SCHEMA_ENUM:
	case SCHEMA_DURATION:
	case SCHEMA_OBJECT:
		return true;
	case SCHEMA_STR:
		return ((const struct str *)member)->n > 0;
	case SCHEMA_OPTIONAL:
	case SCHEMA_JSON:
		return *(const void *const *)member != NULL;
	case SCHEMA_LIST:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
	case SCHEMA_MAP:
		return ((const struct items *)member)->n > 0;
	}
	return false;
}

size_t
cel_count(const struct cel_value *v)
{
	if (v->type == CEL_STRUCT)
		return v->schema->count;
	if (v->form == CEL_FROM_JSON)
		return v->json->count;
	if (v->form == CEL_FROM_ITEMS)
		return v->items->n;
	return v->type == CEL_MAP ? v->entry_count : v->n;
}

/* Item i of a list or map that a struct holds. */
static const char *
item_at(const struct cel_value *v, size_t i)
{
	const struct field *field = v->field;
	size_t size = field->type == SCHEMA_STRS ? sizeof(struct str)
		: field->type == SCHEMA_DOUBLES  ? sizeof(double)
						 : field->of->size;
	return (const char *)v->items->p + i * size;
}

struct cel_value
cel_element(const struct cel_value *list, size_t i)
{
	if (list->form == CEL_OWN)
		return list->values[i];
	if (list->form == CEL_FROM_JSON) {
		const struct json *node = list->json->first;
		while (i-- > 0)
			node = node->next;
		return cel_from_json(node);
	}
	const char *item = item_at(list, i);
	if (list->field->type == SCHEMA_STRS)
		return cel_string(*(const struct str *)(const void *)item);
	if (list->field->type == SCHEMA_DOUBLES)
		return (struct cel_value){
			.type = CEL_DOUBLE, .d = *(const double *)(const void *)item};
	return struct_value(list->field->of, item);
}

bool
cel_walk_entries(const struct cel_value *map, struct cursor *cursor,
	struct cel_value *key, struct cel_value *value)
{
	size_t i = cursor->i++;
	if (i >= cel_count(map))
		return false;
	if (map->form == CEL_OWN) {
		*key = map->entries[i].key;
		*value = map->entries[i].value;
	} else if (map->form == CEL_FROM_JSON) {
		cursor->json = i ? cursor->json->next : map->json->first;
		*key = cel_string(cursor->json->key);
		*value = cel_from_json(cursor->json);
	} else {
		const char *item = item_at(map, i);
		*key = cel_string(*(const struct str *)(const void *)item);
		*value = struct_value(map->field->of, item);
	}
	return true;
}

bool
cel_walk(const struct cel_value *range, struct cursor *cursor, struct cel_value *out)
{
	struct cel_value unused;
	if (range->type == CEL_MAP)
		return cel_walk_entries(range, cursor, out, &unused);
	size_t i = cursor->i++;
	if (i >= cel_count(range))
		return false;
	if (range->form != CEL_FROM_JSON) {
		*out = cel_element(range, i);
		return true;
	}
	/* Following the links, for finding element i from the start each time takes
	 * time in the square. */
	cursor->json = i ? cursor->json->next : range->json->first;
	*out = cel_from_json(cursor->json);
	return true;
}

static bool
pay(struct machine *m, size_t steps)
{
	return !m || machine_pay(m, steps);
}

static bool
struct_lookup(const struct cel_value *object, const struct cel_value *key,
	struct cel_value *out)
{
	const struct field *field =
		key->type == CEL_STRING ? schema_field(object->schema, key->s) : NULL;
	if (!field || field->secret)
		return false;
	const char *member = (const char *)object->object + field->offset;
	if (!cel_load_present(field, member))
		return false;
	*out = cel_load(field, member);
	return true;
}

bool
cel_lookup(struct machine *m, const struct cel_value *map, const struct cel_value *key,
	struct cel_value *out)
{
	if (map->type == CEL_STRUCT)
		return struct_lookup(map, key, out);
	if (map->form == CEL_FROM_JSON) {
		if (key->type != CEL_STRING || !pay(m, map->json->count / 8))
			return false;
		const struct json *member = json_get(map->json, key->s);
		if (member)
			*out = cel_from_json(member);
		return member != NULL;
	}
	struct cursor cursor = {0};
	struct cel_value k, v;
	while (pay(m, 1) && cel_walk_entries(map, &cursor, &k, &v)) {
		if (cel_equal_paying(m, &k, key)) {
			*out = v;
			return true;
		}
	}
	return false;
}

static bool
is_number(const struct cel_value *v)
{
	return v->type == CEL_INT || v->type == CEL_UINT || v->type == CEL_DOUBLE;
}

static double
as_double(const struct cel_value *v)
{
	if (v->type == CEL_INT)
		return (double)v->i;
	return v->type == CEL_UINT ? (double)v->u : v->d;
}

static int
sign(bool greater, bool less)
{
	return (int)greater - (int)less;
}

/* Whole numbers compare exactly; with a double both become doubles, as in the
 * language's other implementations. */
static bool
compare_numbers(const struct cel_value *a, const struct cel_value *b, int *order)
{
	if (a->type == CEL_DOUBLE || b->type == CEL_DOUBLE) {
		double x = as_double(a), y = as_double(b);
		*order = sign(x > y, x < y);
		return !isnan(x) && !isnan(y);
	}
	if (a->type == CEL_INT && b->type == CEL_INT)
		*order = sign(a->i > b->i, a->i < b->i);
	else if (a->type == CEL_UINT && b->type == CEL_UINT)
		*order = sign(a->u > b->u, a->u < b->u);
	else if (a->type == CEL_INT)
		*order = a->i < 0 ? -1
				  : sign((uint64_t)a->i > b->u, (uint64_t)a->i < b->u);
	else
		*order =
			b->i < 0 ? 1 : sign(a->u > (uint64_t)b->i, a->u < (uint64_t)b->i);
	return true;
}

bool
cel_compare(const struct cel_value *a, const struct cel_value *b, int *order)
{
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b, order);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case CEL_BOOL:
		*order = (int)a->b - (int)b->b;
		return true;
	case CEL_STRING:
	case CEL_BYTES:
		*order = str_cmp(a->s, b->s);
		return true;
	case CEL_TIMESTAMP:
		*order = sign(a->seconds > b->seconds, a->seconds < b->seconds);
		if (*order == 0)
			*order = sign(a->nanos > b->nanos, a->nanos < b->nanos);
		return true;
	case CEL_DURATION:
		*order = sign(a->i > b->i, a->i < b->i);
		return true;
	case CEL_NULL:
	case CEL_INT:
	case CEL_UINT:
	case CEL_DOUBLE:
	case CEL_LIST:
	case CEL_MAP:
	case CEL_TYPE:
	case CEL_STRUCT:
	case CEL_DYN:
	case CEL_JSON:
	case CEL_ERROR:
		return false;
	}
	return false;
}

static bool equal(struct machine *m, const struct cel_value *a, const struct cel_value *b,
	int depth);

static bool
equal_lists(struct machine *m, const struct cel_value *a, const struct cel_value *b,
	int depth)
{
	struct cursor i = {0}, k = {0};
	struct cel_value x, y;
	if (cel_count(a) != cel_count(b))
		return false;
	while (cel_walk(a, &i, &x) && cel_walk(b, &k, &y))
		if (!equal(m, &x, &y, depth))
			return false;
	return true;
}

static bool
equal_maps(struct machine *m, const struct cel_value *a, const struct cel_value *b,
	int depth)
{
	struct cursor cursor = {0};
	struct cel_value key, value, other;
	if (cel_count(a) != cel_count(b))
		return false;
	while (cel_walk_entries(a, &cursor, &key, &value))
		if (!cel_lookup(m, b, &key, &other) || !equal(m, &value, &other, depth))
			return false;
	return true;
}

static bool
equal_structs(struct machine *m, const struct cel_value *a, const struct cel_value *b,
	int depth)
{
	if (a->schema != b->schema)
		return false;
	for (size_t i = 0; a->object != b->object && i < a->schema->count; i++) {
		const struct field *field = &a->schema->fields[i];
		struct cel_value x =
			cel_load(field, (const char *)a->object + field->offset);
		struct cel_value y =
			cel_load(field, (const char *)b->object + field->offset);
		if (!equal(m, &x, &y, depth))
			return false;
	}
	return true;
}

static bool
equal(struct machine *m, const struct cel_value *a, const struct cel_value *b, int depth)
{
	int order;
	if (depth == 0 || !pay(m, 1))
		return false;
	if (a->type != b->type)
		return is_number(a) && is_number(b) && compare_numbers(a, b, &order) &&
			order == 0;
	switch (a->type) {
	case CEL_NULL:
		return true;
	case CEL_BOOL:
	case CEL_INT:
	case CEL_UINT:
	case CEL_DOUBLE:
	case CEL_TIMESTAMP:
	case CEL_DURATION:
		return cel_compare(a, b, &order) && order == 0;
	case CEL_STRING:
	case CEL_BYTES:
		return pay(m, a->s.n / 64) && str_eq(a->s, b->s);
	case CEL_LIST:
		return equal_lists(m, a, b, depth - 1);
	case CEL_MAP:
		return equal_maps(m, a, b, depth - 1);
	case CEL_TYPE:
		return a->named == b->named;
	case CEL_STRUCT:
		return equal_structs(m, a, b, depth - 1);
	case CEL_DYN:
	case CEL_JSON:
	case CEL_ERROR:
		return false;
	}
	return false;
}

bool
cel_equal_paying(struct machine *m, const struct cel_value *a, const struct cel_value *b)
{
	return equal(m, a, b, VALUE_DEPTH_MAX);
}

bool
cel_equal(const struct cel_value *a, const struct cel_value *b)
{
	return equal(NULL, a, b, VALUE_DEPTH_MAX);
}

struct cel_value
cel_map_of(struct machine *m, struct arena *a, const struct cel_value *pairs, size_t n)
{
	struct cel_entry *entries = ARENA_ARRAY(a, struct cel_entry, n);
	struct cel_value map = {.type = CEL_MAP, .form = CEL_OWN, .entries = entries},
			 unused;
	for (size_t i = 0; i < n; i++) {
		const struct cel_value *key = &pairs[2 * i];
		if (key->type != CEL_BOOL && key->type != CEL_INT &&
			key->type != CEL_UINT && key->type != CEL_STRING)
			return cel_fail(
				"a key of a map must be a bool, int, uint or string");
		if (cel_lookup(m, &map, key, &unused))
			return cel_fail("a key stands twice in a map");
		entries[i] = (struct cel_entry){*key, pairs[2 * i + 1]};
		map.entry_count++;
	}
	return map;
}

size_t
cel_double_text(double d, char out[CEL_DOUBLE_TEXT])
{
	int n = 0;
	if (isnan(d))
		return (size_t)snprintf(out, CEL_DOUBLE_TEXT, "NaN");
	if (isinf(d))
		return (size_t)snprintf(out, CEL_DOUBLE_TEXT, "%sInf", d < 0 ? "-" : "+");
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(out, CEL_DOUBLE_TEXT, "%.*g", digits, d);
		if (strtod(out, NULL) == d)
			break;
	}
	return (size_t)n;
}

static void
write_bytes(struct str s, struct jsonw *w)
{
	struct buf text;
	buf_init(&text, SIZE_MAX);
	base64_encode(&text, s);
	jsonw_str(w, buf_str(&text));
	buf_fini(&text);
}

static void
write_key(const struct cel_value *key, struct jsonw *w)
{
	char text[32];
	if (key->type == CEL_STRING) {
		jsonw_key(w, key->s);
		return;
	}
	if (key->type == CEL_BOOL)
		snprintf(text, sizeof text, "%s", key->b ? "true" : "false");
	else if (key->type == CEL_INT)
		snprintf(text, sizeof text, "%lld", (long long)key->i);
	else
		snprintf(text, sizeof text, "%llu", (unsigned long long)key->u);
	jsonw_key(w, str_of(text));
}

static void write_value(const struct cel_value *v, struct jsonw *w, int depth);

static void
write_list(const struct cel_value *v, struct jsonw *w, int depth)
{
	struct cursor cursor = {0};
	struct cel_value item;
	jsonw_array(w);
	while (cel_walk(v, &cursor, &item))
		write_value(&item, w, depth);
	jsonw_end_array(w);
}

static void
write_map(const struct cel_value *v, struct jsonw *w, int depth)
{
	struct cursor cursor = {0};
	struct cel_value key, value;
	jsonw_object(w);
	while (cel_walk_entries(v, &cursor, &key, &value)) {
		write_key(&key, w);
		write_value(&value, w, depth);
	}
	jsonw_end_object(w);
}

static void
write_value(const struct cel_value *v, struct jsonw *w, int depth)
{
	char text[CEL_TIME_TEXT];
	if (depth == 0) {
		jsonw_null(w);
		return;
	}
	switch (v->type) {
	case CEL_NULL:
	case CEL_DYN:
	case CEL_JSON:
	case CEL_ERROR:
		jsonw_null(w);
		return;
	case CEL_BOOL:
		jsonw_bool(w, v->b);
		return;
	case CEL_INT:
		jsonw_int(w, v->i);
		return;
	case CEL_UINT:
		snprintf(text, sizeof text, "%llu", (unsigned long long)v->u);
		jsonw_raw(w, str_of(text));
		return;
	case CEL_DOUBLE:
		jsonw_double(w, v->d);
		return;
	case CEL_STRING:
		jsonw_str(w, v->s);
		return;
	case CEL_BYTES:
		write_bytes(v->s, w);
		return;
	case CEL_LIST:
		write_list(v, w, depth - 1);
		return;
	case CEL_MAP:
		write_map(v, w, depth - 1);
		return;
	case CEL_TIMESTAMP:
		jsonw_str(w, (struct str){text, cel_timestamp_text(v, text)});
		return;
	case CEL_DURATION:
		jsonw_str(w, (struct str){text, cel_duration_text(v, text)});
		return;
	case CEL_TYPE:
		jsonw_str(w, cel_type_name(v->named));
		return;
	case CEL_STRUCT:
		schema_write(v->schema, v->object, w);
		return;
	}
}

void
cel_write_json(const struct cel_value *v, struct jsonw *w)
{
	write_value(v, w, JSON_DEPTH_MAX);
}
