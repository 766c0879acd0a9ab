#include "wire/yaml.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"

#include <yaml.h>

struct anchor {
	struct json *node;
	bool open; /* its node is still being read: an alias to it would have no end */
};

/* A sequence or mapping that is being read. */
struct level {
	struct json *node;
	struct anchor *anchor;
	struct str key; /* of a mapping: the key whose value comes next */
	int key_line;
	bool has_key;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct str text;
	struct map anchors;
	struct level levels[JSON_DEPTH_MAX];
	int depth;
	size_t nodes;
	struct json *root;
	struct error *error;
};

static int
event_line(const yaml_event_t *event)
{
	return (int)event->start_mark.line + 1;
}

static enum err
reader_count(struct reader *r, int line)
{
	if (++r->nodes > YAML_NODES_MAX)
		return err_set_line(r->error, ERR_LIMIT, line,
			"more than %d nodes (YAML_NODES_MAX)", YAML_NODES_MAX);
	return OK;
}

static enum err
reader_node(struct reader *r, enum json_type type, int line, struct json **out)
{
	enum err err = reader_count(r, line);
	if (err)
		return err;
	struct json *node = ARENA_NEW(r->arena, struct json);
	node->type = type;
	node->line = line;
	*out = node;
	return OK;
}

/* Puts a finished or just opened node where it belongs. */
static void
reader_place(struct reader *r, struct json *node)
{
	if (r->depth == 0) {
		r->root = node;
		return;
	}
	struct level *level = &r->levels[r->depth - 1];
	if (level->node->type == JSON_OBJECT) {
		node->key = level->key;
		level->has_key = false;
	}
	if (level->node->last)
		level->node->last->next = node;
	else
		level->node->first = node;
	level->node->last = node;
	level->node->count++;
}

static bool
reader_wants_key(const struct reader *r)
{
	if (r->depth == 0)
		return false;
	const struct level *level = &r->levels[r->depth - 1];
	return level->node->type == JSON_OBJECT && !level->has_key;
}

static enum err
reader_anchor(struct reader *r, const yaml_char_t *name, struct json *node, bool open,
	struct anchor **out)
{
	if (!name)
		return OK;
	struct anchor *anchor = ARENA_NEW(r->arena, struct anchor);
	anchor->node = node;
	anchor->open = open;
	map_put(&r->anchors, str_of((const char *)name), anchor);
	if (out)
		*out = anchor;
	return OK;
}

static bool
all_of(struct str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(set, s.p[i]) || s.p[i] == 0)
			return false;
	return s.n > 0;
}

static bool
one_of(struct str s, const char *const words[3])
{
	for (int i = 0; i < 3; i++)
		if (str_eq(s, str_of(words[i])))
			return true;
	return false;
}

static size_t
digits(struct str s, size_t at)
{
	size_t n = 0;
	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? (YAML 1.2.2,
 * 10.3.2)
 */
static bool
is_number(struct str s, bool *integer)
{
	size_t at = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole = digits(s, at), part = 0;
	at += whole;
	*integer = at == s.n;
	if (at < s.n && s.p[at] == '.') {
		part = digits(s, at + 1);
		at += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
		size_t power = digits(s, at);
		if (power == 0)
			return false;
		at += power;
	}
	return at == s.n;
}

/* The base of 0o17 (8) and 0x1f (16); 0 for what is neither. */
static int
based_integer(struct str s, int64_t *out, bool *over)
{
	struct str rest = str_sub(s, 2, s.n);
	int base = 0;
	if (str_starts(s, STR("0o")) && all_of(rest, "01234567"))
		base = 8;
	else if (str_starts(s, STR("0x")) && all_of(rest, "0123456789abcdefABCDEF"))
		base = 16;
	int64_t value = 0;
	*over = false;
	for (size_t i = 0; base && i < rest.n && !*over; i++) {
		char c = rest.p[i];
		int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		*over = __builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, digit, &value);
	}
	*out = value;
	return base;
}

static enum err
scalar_number(struct reader *r, struct json *node, struct str s, bool integer)
{
	node->type = JSON_INT;
	if (integer && str_to_i64(s, &node->i))
		return OK;
	node->type = JSON_DOUBLE;
	if (str_to_double(s, &node->d))
		return OK;
	return err_set_line(r->error, ERR_INVALID, node->line,
		"the number %.*s is too large", STR_ARG(str_sub(s, 0, 40)));
}

/* Gives a plain scalar the type of the core schema. */
static enum err
scalar_resolve(struct reader *r, struct json *node, struct str s)
{
	static const char *const nulls[] = {"null", "Null", "NULL"};
	static const char *const trues[] = {"true", "True", "TRUE"};
	static const char *const falses[] = {"false", "False", "FALSE"};
	static const char *const infinities[] = {".inf", ".Inf", ".INF"};
	static const char *const nans[] = {".nan", ".NaN", ".NAN"};
	bool integer, over;
	if (s.n == 0 || str_eq(s, STR("~")) || one_of(s, nulls)) {
		node->type = JSON_NULL;
	} else if (one_of(s, trues) || one_of(s, falses)) {
		node->type = JSON_BOOL;
		node->b = (s.p[0] | 0x20) == 't';
	} else if (based_integer(s, &node->i, &over)) {
		node->type = JSON_INT;
		if (over)
			return err_set_line(r->error, ERR_INVALID, node->line,
				"the number %.*s is too large",
				STR_ARG(str_sub(s, 0, 40)));
	} else if (is_number(s, &integer)) {
		return scalar_number(r, node, s, integer);
	} else if (one_of(str_sub(s, s.p[0] == '-' || s.p[0] == '+', s.n), infinities) ||
		one_of(s, nans)) {
		return err_set_line(r->error, ERR_INVALID, node->line,
			"%.*s is no number that JSON can hold; quote it for a string",
			STR_ARG(s));
	} else {
		node->type = JSON_STRING;
		node->s = arena_str(r->arena, s);
	}
	return OK;
}

static enum err
reader_scalar(struct reader *r, const yaml_event_t *event)
{
	int line = event_line(event);
	struct str s = {
		(const char *)event->data.scalar.value, event->data.scalar.length};
	struct json *node;
	enum err err = reader_node(r, JSON_STRING, line, &node);
	if (err)
		return err;
	if (event->data.scalar.tag)
		return err_set_line(r->error, ERR_INVALID, line,
			"tags such as %s are not supported", event->data.scalar.tag);
	if (reader_wants_key(r)) {
		struct level *level = &r->levels[r->depth - 1];
		level->key = arena_str(r->arena, s);
		level->key_line = line;
		level->has_key = true;
		node->s = level->key;
		return reader_anchor(r, event->data.scalar.anchor, node, false, NULL);
	}
	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		node->s = arena_str(r->arena, s);
	else if ((err = scalar_resolve(r, node, s)) != OK)
		return err;
	reader_place(r, node);
	return reader_anchor(r, event->data.scalar.anchor, node, false, NULL);
}

static enum err
reader_open(struct reader *r, enum json_type type, const yaml_event_t *event)
{
	int line = event_line(event);
	bool mapping = type == JSON_OBJECT;
	const yaml_char_t *tag =
		mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	const yaml_char_t *anchor = mapping ? event->data.mapping_start.anchor
					    : event->data.sequence_start.anchor;
	if (tag)
		return err_set_line(r->error, ERR_INVALID, line,
			"tags such as %s are not supported", tag);
	if (reader_wants_key(r))
		return err_set_line(
			r->error, ERR_INVALID, line, "a key must be a scalar");
	if (r->depth == JSON_DEPTH_MAX)
		return err_set_line(r->error, ERR_LIMIT, line,
			"nested deeper than %d (JSON_DEPTH_MAX)", JSON_DEPTH_MAX);
	struct json *node;
	enum err err = reader_node(r, type, line, &node);
	if (err)
		return err;
	reader_place(r, node);
	struct level *level = &r->levels[r->depth++];
	*level = (struct level){.node = node};
	return reader_anchor(r, anchor, node, true, &level->anchor);
}

static int
member_cmp(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;
	int order = str_cmp((*x)->key, (*y)->key);
	return order ? order : (*x)->line - (*y)->line;
}

/* Duplicates are looked for when a mapping is whole, by sorting: asking at each key
 * would take time in the square. */
static enum err
mapping_check(struct reader *r, const struct json *mapping)
{
	if (mapping->count < 2)
		return OK;
	const struct json **members =
		mem_alloc(mapping->count * sizeof(const struct json *));
	size_t n = 0;
	json_each(member, mapping)
		members[n++] = member;
	qsort(members, n, sizeof(members[0]), member_cmp);
	enum err err = OK;
	for (size_t i = 1; i < n && !err; i++) {
		if (str_eq(members[i - 1]->key, members[i]->key))
			err = err_set_line(r->error, ERR_INVALID, members[i]->line,
				"the key \"%.*s\" stands twice, first on line %d",
				STR_ARG(str_sub(members[i]->key, 0, 60)),
				members[i - 1]->line);
	}
	free(members);
	return err;
}

static enum err
reader_close(struct reader *r)
{
	struct level *level = &r->levels[--r->depth];
	if (level->anchor)
		level->anchor->open = false;
	return level->node->type == JSON_OBJECT ? mapping_check(r, level->node) : OK;
}

/* Copies a subtree that will stand at `depth`. Strings are shared: they never change.
 * The recursion ends because every level is counted. */
static enum err
reader_copy(
	struct reader *r, const struct json *from, int depth, int line, struct json **out)
{
	enum err err;
	if (depth > JSON_DEPTH_MAX)
		return err_set_line(r->error, ERR_LIMIT, line,
			"nested deeper than %d (JSON_DEPTH_MAX)", JSON_DEPTH_MAX);
	if ((err = reader_count(r, line)) != OK)
		return err;
	struct json *copy = ARENA_NEW(r->arena, struct json);
	*copy = *from;
	copy->next = NULL;
	*out = copy;
	if (from->type != JSON_ARRAY && from->type != JSON_OBJECT)
		return OK;
	copy->first = copy->last = NULL;
	json_each(child, from) {
		struct json *child_copy;
		if ((err = reader_copy(r, child, depth + 1, line, &child_copy)) != OK)
			return err;
		if (copy->last)
			copy->last->next = child_copy;
		else
			copy->first = child_copy;
		copy->last = child_copy;
	}
	return OK;
}

static enum err
reader_alias(struct reader *r, const yaml_event_t *event)
{
	int line = event_line(event);
	struct str name = str_of((const char *)event->data.alias.anchor);
	const struct anchor *anchor = map_get(&r->anchors, name);
	if (!anchor)
		return err_set_line(r->error, ERR_INVALID, line,
			"there is no anchor &%.*s before this",
			STR_ARG(str_sub(name, 0, 60)));
	if (anchor->open)
		return err_set_line(r->error, ERR_INVALID, line,
			"*%.*s stands inside its own anchor",
			STR_ARG(str_sub(name, 0, 60)));
	if (reader_wants_key(r))
		return err_set_line(
			r->error, ERR_INVALID, line, "a key must be a scalar");
	bool container =
		anchor->node->type == JSON_ARRAY || anchor->node->type == JSON_OBJECT;
	struct json *copy;
	enum err err = reader_copy(r, anchor->node, r->depth + container, line, &copy);
	if (err)
		return err;
	copy->key = (struct str){0};
	reader_place(r, copy);
	return OK;
}

static enum err
reader_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->root)
			return err_set_line(r->error, ERR_INVALID, event_line(event),
				"a second document is not allowed");
		return OK;
	case YAML_SCALAR_EVENT:
		return reader_scalar(r, event);
	case YAML_ALIAS_EVENT:
		return reader_alias(r, event);
	case YAML_SEQUENCE_START_EVENT:
		return reader_open(r, JSON_ARRAY, event);
	case YAML_MAPPING_START_EVENT:
		return reader_open(r, JSON_OBJECT, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return reader_close(r);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return OK;
	}
	return OK;
}

static int
line_at(struct str text, size_t offset)
{
	int line = 1;
	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

/* The parser's own errors: where it stood, or for bytes it cannot read the offset of
 * the byte. */
static enum err
reader_syntax_error(const struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	require(p->error != YAML_MEMORY_ERROR);
	const char *problem = p->problem ? p->problem : "not valid YAML";
	int line = p->error == YAML_READER_ERROR ? line_at(r->text, p->problem_offset)
						 : (int)p->problem_mark.line + 1;
	if (!p->context)
		return err_set_line(r->error, ERR_INVALID, line, "%s", problem);
	return err_set_line(r->error, ERR_INVALID, line, "%s %s", p->context, problem);
}

static enum err
reader_run(struct reader *r)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&r->parser, &event))
			return reader_syntax_error(r);
		enum err err = reader_event(r, &event);
		bool end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (err || end)
			return err;
	}
}

enum err
yaml_parse(struct arena *a, struct str text, struct json **out, struct error *e)
{
	if (text.n > YAML_FILE_MAX)
		return err_set(e, ERR_LIMIT, "larger than %u bytes (YAML_FILE_MAX)",
			YAML_FILE_MAX);
	size_t bad = utf8_check(text);
	if (bad < text.n)
		return err_set_line(
			e, ERR_INVALID, line_at(text, bad), "not valid UTF-8");
	struct reader r = {.arena = a, .text = text, .error = e};
	require(yaml_parser_initialize(&r.parser));
	map_init(&r.anchors);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&r.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
	enum err err = reader_run(&r);
	yaml_parser_delete(&r.parser);
	map_fini(&r.anchors);
	if (err)
		return err;
	if (!r.root) {
		r.root = ARENA_NEW(a, struct json);
		r.root->line = 1;
	}
	*out = r.root;
	return OK;
}
