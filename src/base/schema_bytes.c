#include "base/schema_bytes.h"

/* ---- writing ---- */

static void write_struct(const struct schema *s, const void *in, struct buf *out);

/* Most of what is written is single bytes: places, small counts, ends. */
static inline void
put_byte(struct buf *out, unsigned v)
{
	if (out->n + 1 < out->cap)
		out->p[out->n++] = (char)v;
	else
		buf_add_char(out, (char)v);
}

static void
put_count(struct buf *out, uint64_t v)
{
	for (; v > 127; v >>= 7)
		put_byte(out, (unsigned)(v & 127) | 128);
	put_byte(out, (unsigned)v);
}

static void
put_int(struct buf *out, int64_t v)
{
	put_count(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

static void
put_double(struct buf *out, double v)
{
	uint64_t bits;
	char bytes[8];
	memcpy(&bits, &v, sizeof bits);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(bits >> (8 * i));
	buf_add(out, bytes, sizeof bytes);
}

static void
put_str(struct buf *out, struct str s)
{
	put_count(out, s.n);
	buf_add_str(out, s);
}

static void
put_json(struct buf *out, const struct json *v)
{
	struct arena a;
	arena_init(&a, 0);
	put_str(out, json_print(&a, v));
	arena_fini(&a);
}

static void
put_items(const struct field *f, const struct items *items, struct buf *out)
{
	const char *p = items->p;
	put_count(out, items->n);
	for (size_t i = 0; i < items->n; i++) {
		if (f->type == SCHEMA_STRS) {
			put_str(out, ((const struct str *)items->p)[i]);
		} else if (f->type == SCHEMA_DOUBLES) {
			put_double(out, ((const double *)items->p)[i]);
		} else {
			const char *one = p + i * f->of->size;
			if (f->type == SCHEMA_MAP)
				put_str(out, *(const struct str *)(const void *)one);
			write_struct(f->of, one, out);
		}
	}
}

/* The value after its place; false, and nothing written, when it is zero. */
static bool
has_value(const struct field *f, const void *p)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		return *(const bool *)p;
	case SCHEMA_INT:
	case SCHEMA_DURATION:
		return *(const int64_t *)p != 0;
	case SCHEMA_DOUBLE: {
		uint64_t bits; /* minus zero is not nothing */
		memcpy(&bits, p, sizeof bits);
		return bits != 0;
	}
	case SCHEMA_STR:
		return ((const struct str *)p)->n != 0;
	case SCHEMA_ENUM:
		return *(const int *)p != 0;
	case SCHEMA_OPTIONAL:
	case SCHEMA_JSON:
		return *(void *const *)p != NULL;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		return ((const struct items *)p)->n != 0;
	case SCHEMA_OBJECT:
		return true;
	}
	return false;
}

static void
put_value(const struct field *f, const void *p, struct buf *out)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		return;
	case SCHEMA_INT:
	case SCHEMA_DURATION:
		put_int(out, *(const int64_t *)p);
		return;
	case SCHEMA_DOUBLE:
		put_double(out, *(const double *)p);
		return;
	case SCHEMA_STR:
		put_str(out, *(const struct str *)p);
		return;
	case SCHEMA_ENUM:
		put_count(out, (uint64_t)(unsigned)*(const int *)p);
		return;
	case SCHEMA_OBJECT:
		write_struct(f->of, p, out);
		return;
	case SCHEMA_OPTIONAL:
		write_struct(f->of, *(void *const *)p, out);
		return;
	case SCHEMA_JSON:
		put_json(out, *(struct json *const *)p);
		return;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		put_items(f, p, out);
		return;
	}
}

static void
write_struct(const struct schema *s, const void *in, struct buf *out)
{
	require(s->count < 256);
	for (size_t i = 0; i < s->count; i++) {
		const struct field *f = &s->fields[i];
		const char *p = (const char *)in + f->offset;
		if (!has_value(f, p))
			continue;
		put_byte(out, (unsigned)i + 1);
		put_value(f, p, out);
	}
	put_byte(out, 0);
}

void
schema_bytes_write(const struct schema *s, const void *in, struct buf *out)
{
	/* A buffer's text is followed by a NUL, which single bytes leave out. */
	write_struct(s, in, out);
	buf_add(out, NULL, 0);
}

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	struct str rest;
	size_t total;
	int depth;
	struct error *error;
};

static enum err read_struct(struct reader *r, const struct schema *s, void *out);

static enum err
damaged(struct reader *r, const char *what)
{
	return err_set(
		r->error, ERR_INVALID, "%s at byte %zu", what, r->total - r->rest.n);
}

static enum err
get_count(struct reader *r, uint64_t *out)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->rest.n == 0)
			return damaged(r, "cut short");
		unsigned char c = (unsigned char)*r->rest.p;
		r->rest = (struct str){r->rest.p + 1, r->rest.n - 1};
		if (shift == 63 && c > 1)
			break;
		v |= (uint64_t)(c & 127) << shift;
		if (c < 128) {
			*out = v;
			return OK;
		}
	}
	return damaged(r, "a number that is too large");
}

static enum err
get_int(struct reader *r, int64_t *out)
{
	uint64_t v;
	enum err err = get_count(r, &v);
	if (err == OK)
		*out = (int64_t)(v >> 1 ^ (0 - (v & 1)));
	return err;
}

static enum err
get_double(struct reader *r, double *out)
{
	uint64_t bits = 0;
	if (r->rest.n < sizeof bits)
		return damaged(r, "cut short");
	for (size_t i = 0; i < sizeof bits; i++)
		bits |= (uint64_t)(unsigned char)r->rest.p[i] << (8 * i);
	r->rest = (struct str){r->rest.p + sizeof bits, r->rest.n - sizeof bits};
	memcpy(out, &bits, sizeof bits);
	return OK;
}

static enum err
get_str(struct reader *r, struct str *out)
{
	uint64_t n;
	enum err err = get_count(r, &n);
	if (err != OK)
		return err;
	if (n > r->rest.n)
		return damaged(r, "cut short");
	*out = (struct str){r->rest.p, (size_t)n};
	r->rest = (struct str){r->rest.p + n, r->rest.n - (size_t)n};
	return OK;
}

static enum err
get_enum(struct reader *r, const struct field *f, int *out)
{
	uint64_t v, names = 0;
	enum err err = get_count(r, &v);
	if (err != OK)
		return err;
	while (f->names[names])
		names++;
	if (v >= names)
		return damaged(r, "an unknown value");
	*out = (int)v;
	return OK;
}

static enum err
get_json(struct reader *r, struct json **out)
{
	struct str text;
	enum err err = get_str(r, &text);
	return err == OK ? json_parse(r->arena, text, out, r->error) : err;
}

static enum err
get_element(struct reader *r, const struct field *f, char *p)
{
	struct str name = {0};
	if (f->type == SCHEMA_STRS)
		return get_str(r, (struct str *)(void *)p);
	if (f->type == SCHEMA_DOUBLES)
		return get_double(r, (double *)(void *)p);
	enum err err = f->type == SCHEMA_MAP ? get_str(r, &name) : OK;
	if (err == OK)
		err = read_struct(r, f->of, p);
	if (err == OK && f->type == SCHEMA_MAP)
		*(struct str *)(void *)p = name;
	return err;
}

static enum err
get_items(struct reader *r, const struct field *f, struct items *out)
{
	uint64_t n;
	size_t size = f->type == SCHEMA_STRS ? sizeof(struct str)
		: f->type == SCHEMA_DOUBLES  ? sizeof(double)
					     : f->of->size;
	enum err err = get_count(r, &n);
	if (err != OK)
		return err;
	/* Every element takes a byte at least. */
	if (n > r->rest.n)
		return damaged(r, "more elements than bytes");
	char *list = arena_zalloc(r->arena, (size_t)n * size);
	for (size_t i = 0; err == OK && i < n; i++)
		err = get_element(r, f, list + i * size);
	*out = (struct items){list, (size_t)n};
	return err;
}

static enum err
get_value(struct reader *r, const struct field *f, void *p)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		*(bool *)p = true;
		return OK;
	case SCHEMA_INT:
	case SCHEMA_DURATION:
		return get_int(r, p);
	case SCHEMA_DOUBLE:
		return get_double(r, p);
	case SCHEMA_STR:
		return get_str(r, p);
	case SCHEMA_ENUM:
		return get_enum(r, f, p);
	case SCHEMA_OBJECT:
		return read_struct(r, f->of, p);
	case SCHEMA_OPTIONAL:
		*(void **)p = arena_alloc(r->arena, f->of->size);
		return read_struct(r, f->of, *(void **)p);
	case SCHEMA_JSON:
		return get_json(r, p);
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_STRS:
	case SCHEMA_DOUBLES:
		return get_items(r, f, p);
	}
	return damaged(r, "an unknown type");
}

static enum err
read_struct(struct reader *r, const struct schema *s, void *out)
{
	memset(out, 0, s->size);
	if (r->depth++ == SCHEMA_BYTES_DEPTH_MAX)
		return damaged(r, "structs too deep inside each other");
	enum err err = OK;
	while (err == OK) {
		if (r->rest.n == 0)
			return damaged(r, "cut short");
		size_t place = (unsigned char)*r->rest.p;
		r->rest = (struct str){r->rest.p + 1, r->rest.n - 1};
		if (place == 0)
			break;
		if (place > s->count)
			return damaged(r, "an unknown member");
		const struct field *f = &s->fields[place - 1];
		err = get_value(r, f, (char *)out + f->offset);
	}
	r->depth--;
	return err;
}

enum err
schema_bytes_read(const struct schema *s, struct arena *a, struct str bytes, void *out,
	struct error *e)
{
	struct reader r = {.arena = a, .rest = bytes, .total = bytes.n, .error = e};
	enum err err = read_struct(&r, s, out);
	if (err == OK && r.rest.n)
		err = damaged(&r, "something after the end");
	return err_context(e, err, "%s", s->name);
}
