#include "base/limits.h"
#include "wire/base64.h"
#include "wire/cel_program.h"

/* Lists and maps inside each other. */
#define TYPED_DEPTH_MAX JSON_DEPTH_MAX

static enum err read_value(struct arena *a, const struct json *in, struct cel_value *out,
	int depth, struct error *e);

static enum err
wrong(const struct json *in, struct error *e)
{
	return err_set_line(
		e, ERR_INVALID, in->line, "not a typed value such as {\"int\":\"1\"}");
}

/* A number may be written as text, which keeps all 64 bits, or plainly. */
static struct str
number_text(struct arena *a, const struct json *v)
{
	return v->type == JSON_STRING ? v->s : json_print(a, v);
}

static enum err
read_list(struct arena *a, const struct json *in, struct cel_value *out, int depth,
	struct error *e)
{
	if (in->type != JSON_ARRAY)
		return wrong(in, e);
	struct cel_value *values = ARENA_ARRAY(a, struct cel_value, in->count);
	size_t n = 0;
	json_each(item, in) {
		enum err err = read_value(a, item, &values[n++], depth - 1, e);
		if (err)
			return err;
	}
	*out = (struct cel_value){
		.type = CEL_LIST, .form = CEL_OWN, .values = values, .n = n};
	return OK;
}

static enum err
read_map(struct arena *a, const struct json *in, struct cel_value *out, int depth,
	struct error *e)
{
	if (in->type != JSON_ARRAY)
		return wrong(in, e);
	struct cel_value *pairs = ARENA_ARRAY(a, struct cel_value, 2 * in->count);
	size_t n = 0;
	json_each(pair, in) {
		if (pair->type != JSON_ARRAY || pair->count != 2)
			return wrong(pair, e);
		enum err err = read_value(a, pair->first, &pairs[2 * n], depth - 1, e);
		if (!err)
			err = read_value(a, pair->last, &pairs[2 * n + 1], depth - 1, e);
		if (err)
			return err;
		n++;
	}
	*out = cel_map_of(NULL, a, pairs, n);
	return out->type == CEL_ERROR
		? err_set_line(e, ERR_INVALID, in->line, "%s", out->reason)
		: OK;
}

static enum err
read_bytes(struct arena *a, const struct json *in, struct cel_value *out, struct error *e)
{
	struct buf bytes;
	bool good = in->type == JSON_STRING;
	buf_init(&bytes, good ? in->s.n / 2 + 1 : 1);
	good = good && hex_decode(&bytes, in->s);
	*out = (struct cel_value){.type = CEL_BYTES, .s = arena_str(a, buf_str(&bytes))};
	buf_fini(&bytes);
	return good ? OK : wrong(in, e);
}

static enum err
read_type(const struct json *in, struct cel_value *out, struct error *e)
{
	out->type = CEL_TYPE;
	for (out->named = CEL_NULL; out->named <= CEL_TYPE; out->named++)
		if (in->type == JSON_STRING && str_eq(cel_type_name(out->named), in->s))
			return OK;
	return wrong(in, e);
}

/* What the language's own conversions read from text: int, uint, double, timestamp,
 * duration. */
static enum err
read_converted(struct arena *a, const char *type, const struct json *in,
	struct cel_value *out, struct error *e)
{
	bool named;
	if (in->type != JSON_STRING && in->type != JSON_INT && in->type != JSON_DOUBLE)
		return wrong(in, e);
	struct cel_value text = cel_string(number_text(a, in));
	*out = cel_function_find(str_of(type), false, 1, &named)->call(NULL, &text, 1);
	return out->type == CEL_ERROR
		? err_set_line(e, ERR_INVALID, in->line, "%s", out->reason)
		: OK;
}

static enum err
read_value(struct arena *a, const struct json *in, struct cel_value *out, int depth,
	struct error *e)
{
	static const char *const converted[] = {
		"int", "uint", "double", "timestamp", "duration"};
	if (in->type != JSON_OBJECT || in->count != 1 || depth == 0)
		return wrong(in, e);
	const struct json *v = in->first;
	for (size_t i = 0; i < sizeof(converted) / sizeof(converted[0]); i++)
		if (str_eq(v->key, str_of(converted[i])))
			return read_converted(a, converted[i], v, out, e);
	if (str_eq(v->key, STR("list")))
		return read_list(a, v, out, depth, e);
	if (str_eq(v->key, STR("map")))
		return read_map(a, v, out, depth, e);
	if (str_eq(v->key, STR("bytes_hex")))
		return read_bytes(a, v, out, e);
	if (str_eq(v->key, STR("type")))
		return read_type(v, out, e);
	bool null = str_eq(v->key, STR("null")) && v->type == JSON_NULL;
	bool boolean = str_eq(v->key, STR("bool")) && v->type == JSON_BOOL;
	bool string = str_eq(v->key, STR("string")) && v->type == JSON_STRING;
	if (!null && !boolean && !string)
		return wrong(in, e);
	*out = cel_from_json(v);
	return OK;
}

enum err
cel_read_typed(
	struct arena *a, const struct json *in, struct cel_value *out, struct error *e)
{
	return read_value(a, in, out, TYPED_DEPTH_MAX, e);
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
write_pair(const struct cel_value *key, const struct cel_value *value, struct jsonw *w,
	int depth)
{
	jsonw_array(w);
	write_value(key, w, depth);
	write_value(value, w, depth);
	jsonw_end_array(w);
}

static void
write_map(const struct cel_value *v, struct jsonw *w, int depth)
{
	struct cursor cursor = {0};
	struct cel_value key, value;
	jsonw_array(w);
	while (cel_walk_entries(v, &cursor, &key, &value))
		write_pair(&key, &value, w, depth);
	jsonw_end_array(w);
}

static void
write_struct(const struct cel_value *v, struct jsonw *w, int depth)
{
	jsonw_array(w);
	for (size_t i = 0; i < v->schema->count; i++) {
		const struct field *field = &v->schema->fields[i];
		struct cel_value key = cel_string(str_of(field->name));
		struct cel_value value =
			cel_load(field, (const char *)v->object + field->offset);
		if (!field->secret)
			write_pair(&key, &value, w, depth);
	}
	jsonw_end_array(w);
}

static void
write_bytes(struct str s, struct jsonw *w)
{
	struct buf text;
	buf_init(&text, SIZE_MAX);
	hex_encode(&text, s);
	jsonw_kstr(w, "bytes_hex", buf_str(&text));
	buf_fini(&text);
}

static void
write_double(double d, struct jsonw *w)
{
	char text[CEL_DOUBLE_TEXT];
	struct str s = {text, cel_double_text(d, text)};
	if (str_eq(s, STR("+Inf")))
		s = STR("Infinity");
	else if (str_eq(s, STR("-Inf")))
		s = STR("-Infinity");
	jsonw_kstr(w, "double", s);
}

static void
write_member(const struct cel_value *v, struct jsonw *w, int depth)
{
	char text[CEL_TIME_TEXT];
	switch (v->type) {
	case CEL_NULL:
	case CEL_DYN:
	case CEL_JSON:
	case CEL_ERROR:
		jsonw_key(w, STR("null"));
		jsonw_null(w);
		return;
	case CEL_BOOL:
		jsonw_kbool(w, "bool", v->b);
		return;
	case CEL_INT:
		snprintf(text, sizeof text, "%lld", (long long)v->i);
		jsonw_kstr(w, "int", str_of(text));
		return;
	case CEL_UINT:
		snprintf(text, sizeof text, "%llu", (unsigned long long)v->u);
		jsonw_kstr(w, "uint", str_of(text));
		return;
	case CEL_DOUBLE:
		write_double(v->d, w);
		return;
	case CEL_STRING:
		jsonw_kstr(w, "string", v->s);
		return;
	case CEL_BYTES:
		write_bytes(v->s, w);
		return;
	case CEL_LIST:
		jsonw_key(w, STR("list"));
		write_list(v, w, depth - 1);
		return;
	case CEL_MAP:
		jsonw_key(w, STR("map"));
		write_map(v, w, depth - 1);
		return;
	case CEL_TIMESTAMP:
		jsonw_kstr(
			w, "timestamp", (struct str){text, cel_timestamp_text(v, text)});
		return;
	case CEL_DURATION:
		jsonw_kstr(w, "duration", (struct str){text, cel_duration_text(v, text)});
		return;
	case CEL_TYPE:
		jsonw_kstr(w, "type", cel_type_name(v->named));
		return;
	case CEL_STRUCT:
		jsonw_key(w, STR("map"));
		write_struct(v, w, depth - 1);
		return;
	}
}

static void
write_value(const struct cel_value *v, struct jsonw *w, int depth)
{
	if (depth == 0) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	write_member(v, w, depth);
	jsonw_end_object(w);
}

void
cel_write_typed(const struct cel_value *v, struct jsonw *w)
{
	write_value(v, w, TYPED_DEPTH_MAX);
}
