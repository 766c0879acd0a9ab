/* Templates of URLs and bodies: every value is encoded for the place it goes to, which
 * Mustache cannot know. */
#include "pack/load.h"

#include "base/limits.h"
#include "wire/url.h"

struct part {
	struct str literal; /* goes first */
	struct str path;    /* then the value; empty: none */
};

enum blank_kind { BLANK_LITERAL, BLANK_TEXT, BLANK_VALUE, BLANK_OBJECT, BLANK_ARRAY };

struct pack_blank {
	enum blank_kind kind;
	struct str key;             /* in the object that holds it */
	const struct json *literal; /* LITERAL */
	struct part *parts;         /* TEXT; VALUE: the first one's path */
	size_t count;               /* parts or children */
	struct pack_blank *children;
};

/* ---- compiling ---- */

/* Splits "a{{b}}c" into parts. False when a tag is not closed or empty. */
static bool
split_parts(struct loader *l, struct str text, struct pack_blank *out)
{
	size_t tags = 1;
	for (size_t i = 0; i + 1 < text.n; i++)
		tags += text.p[i] == '{' && text.p[i + 1] == '{';
	out->parts = ARENA_ARRAY(l->a, struct part, tags);
	while (text.n) {
		ptrdiff_t open = str_find(text, STR("{{"));
		struct part *part = &out->parts[out->count++];
		part->literal = open < 0 ? text : str_sub(text, 0, (size_t)open);
		if (open < 0)
			return true;
		text = str_sub(text, (size_t)open + 2, text.n);
		ptrdiff_t close = str_find(text, STR("}}"));
		if (close < 0)
			return false;
		part->path = str_trim(str_sub(text, 0, (size_t)close));
		if (!part->path.n || str_find_char(part->path, '{') >= 0)
			return false;
		text = str_sub(text, (size_t)close + 2, text.n);
	}
	return true;
}

static void
append_variable(
	struct loader *l, struct buf *out, struct str name, int line, const char *what)
{
	const struct json *v = json_get(l->pack->variables, name);
	if (v)
		buf_add_str(out, v->s);
	else
		load_error(l, line, "%s: there is no variable \"%.*s\" in pack.yaml",
			what, STR_ARG(name));
}

/* ${name} is known when the pack loads and goes in as it is. */
static struct str
replace_variables(struct loader *l, struct str text, int line, const char *what)
{
	struct buf out;
	buf_init(&out, PACK_FILE_MAX);
	while (text.n) {
		ptrdiff_t open = str_find(text, STR("${"));
		ptrdiff_t close = open < 0
			? -1
			: str_find_char(str_sub(text, (size_t)open, text.n), '}');
		if (close < 0)
			break;
		buf_add_str(&out, str_sub(text, 0, (size_t)open));
		append_variable(l, &out,
			str_sub(text, (size_t)open + 2, (size_t)(open + close)), line,
			what);
		text = str_sub(text, (size_t)(open + close) + 1, text.n);
	}
	buf_add_str(&out, text);
	struct str done = arena_str(l->a, buf_str(&out));
	buf_fini(&out);
	return done;
}

const struct pack_blank *
load_url(struct loader *l, struct str url, int line, const char *what)
{
	struct pack_blank *b = ARENA_NEW(l->a, struct pack_blank);
	b->kind = BLANK_TEXT;
	struct str full = replace_variables(l, url, line, what);
	if (!split_parts(l, full, b))
		load_error(l, line, "%s: a {{path}} is not closed or empty", what);
	else if (!str_starts(full, STR("http://")) && !str_starts(full, STR("https://")))
		load_error(l, line, "%s: must begin with http:// or https://", what);
	return b;
}

static void
body_compile(
	struct loader *l, const struct json *v, struct pack_blank *out, const char *what)
{
	out->key = v->key;
	out->literal = v;
	if (v->type == JSON_OBJECT || v->type == JSON_ARRAY) {
		out->kind = v->type == JSON_OBJECT ? BLANK_OBJECT : BLANK_ARRAY;
		out->children = ARENA_ARRAY(l->a, struct pack_blank, v->count + 1);
		json_each(child, v)
			body_compile(l, child, &out->children[out->count++], what);
		return;
	}
	if (v->type != JSON_STRING || str_find(v->s, STR("{{")) < 0) {
		out->kind = BLANK_LITERAL;
		return;
	}
	if (!split_parts(l, v->s, out))
		load_error(l, v->line, "%s: a {{path}} is not closed or empty", what);
	out->kind =
		out->count == 1 && !out->parts[0].literal.n ? BLANK_VALUE : BLANK_TEXT;
}

const struct pack_blank *
load_body(struct loader *l, const struct json *body, int line, const char *what)
{
	if (!body || body->type == JSON_NULL)
		return NULL;
	if (body->type != JSON_OBJECT) {
		load_error(l, line, "%s: must be an object", what);
		return NULL;
	}
	struct pack_blank *b = ARENA_NEW(l->a, struct pack_blank);
	body_compile(l, body, b, what);
	b->key = (struct str){0}; /* its own name is that of the pack's file */
	return b;
}

static bool
path_begins(struct str path, struct str root)
{
	return str_starts(path, root) && (path.n == root.n || path.p[root.n] == '.');
}

bool
blank_names(const struct pack_blank *b, struct str root)
{
	for (size_t i = 0; b->parts && i < b->count; i++) {
		if (path_begins(b->parts[i].path, root))
			return true;
	}
	for (size_t i = 0; b->children && i < b->count; i++) {
		if (blank_names(&b->children[i], root))
			return true;
	}
	return false;
}

/* ---- filling ---- */

/* A scalar as text; false when there is none. */
static bool
scalar_text(struct arena *a, const struct json *v, struct str *out)
{
	if (!v || v->type == JSON_NULL || v->type == JSON_ARRAY || v->type == JSON_OBJECT)
		return false;
	*out = v->type == JSON_STRING ? v->s : json_print(a, v);
	return out->n > 0;
}

/* A path's "." and ".." mean another place, and no encoding hides them. */
static bool
climbs(struct str value)
{
	return str_eq(value, STR(".")) || str_eq(value, STR(".."));
}

struct str
pack_fill_url(const struct pack_blank *b, struct arena *a, const struct json *view)
{
	struct buf out;
	buf_init(&out, HTTP_URL_MAX);
	bool whole = true;
	for (size_t i = 0; i < b->count && whole; i++) {
		struct str value = {0};
		buf_add_str(&out, b->parts[i].literal);
		if (b->parts[i].path.n)
			whole = scalar_text(
					a, json_path(view, b->parts[i].path), &value) &&
				!climbs(value);
		url_encode(&out, value);
	}
	struct str url =
		whole && !buf_over(&out) ? arena_str(a, buf_str(&out)) : (struct str){0};
	buf_fini(&out);
	return url;
}

static struct str
text_fill(const struct pack_blank *b, struct arena *a, const struct json *view)
{
	struct str all = {0};
	for (size_t i = 0; i < b->count; i++) {
		struct str value = {0};
		if (b->parts[i].path.n)
			scalar_text(a, json_path(view, b->parts[i].path), &value);
		all = arena_printf(a, "%.*s%.*s%.*s", STR_ARG(all),
			STR_ARG(b->parts[i].literal), STR_ARG(value));
	}
	return all;
}

static void value_write(const struct pack_blank *b, struct arena *a,
	const struct json *view, struct jsonw *w);

/* A member of an object or array; one whose value is missing is left out. */
static void
member_write(const struct pack_blank *b, struct arena *a, const struct json *view,
	struct jsonw *w, bool keyed)
{
	if (b->kind == BLANK_VALUE && !json_path(view, b->parts[0].path))
		return;
	if (keyed)
		jsonw_key(w, b->key);
	value_write(b, a, view, w);
}

static void
value_write(const struct pack_blank *b, struct arena *a, const struct json *view,
	struct jsonw *w)
{
	switch (b->kind) {
	case BLANK_LITERAL:
		jsonw_node(w, b->literal);
		break;
	case BLANK_TEXT:
		jsonw_str(w, text_fill(b, a, view));
		break;
	case BLANK_VALUE:
		jsonw_node(w, json_path(view, b->parts[0].path));
		break;
	case BLANK_OBJECT:
		jsonw_object(w);
		for (size_t i = 0; i < b->count; i++)
			member_write(&b->children[i], a, view, w, true);
		jsonw_end_object(w);
		break;
	case BLANK_ARRAY:
		jsonw_array(w);
		for (size_t i = 0; i < b->count; i++)
			member_write(&b->children[i], a, view, w, false);
		jsonw_end_array(w);
		break;
	}
}

struct str
pack_fill_body(const struct pack_blank *b, struct arena *a, const struct json *view)
{
	if (!b)
		return (struct str){0};
	struct buf out;
	struct jsonw w;
	buf_init(&out, HTTP_BODY_MAX);
	jsonw_init(&w, &out);
	member_write(b, a, view, &w, false);
	struct str body = {0};
	if (!buf_over(&out))
		body = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return body;
}
