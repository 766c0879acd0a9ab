#include "wire/yaml_place.h"

#include "base/limits.h"

#include <stdio.h>
#include <yaml.h>

struct level {
	bool mapping;
	bool on_path; /* it is what the path leads to so far */
	bool wants_key;
	bool key_fits; /* the key that was read is the path's next */
	size_t count;
};

struct search {
	struct str text;
	const struct str *path;
	size_t length;
	struct level levels[JSON_DEPTH_MAX];
	int depth;
	int found_at;     /* depth of the container that is looked for; 0: none yet */
	size_t from, end; /* characters */
	struct yaml_place *out;
	bool done;
};

/* libyaml counts characters. */
static size_t
byte_of(struct str text, size_t character)
{
	size_t at = 0;
	for (; at < text.n && character > 0; character--) {
		at++;
		while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static void
take_place(struct search *s)
{
	struct yaml_place *out = s->out;
	out->from = byte_of(s->text, s->from);
	out->to = byte_of(s->text, s->end);
	while (out->to > out->from && strchr(" \t\r\n", s->text.p[out->to - 1]))
		out->to--;
	s->done = true;
}

/* Whether the node that comes is the next step of the path; moves the level on. */
static bool
is_next(struct search *s)
{
	char number[24];
	if (s->depth == 0)
		return true;
	struct level *l = &s->levels[s->depth - 1];
	size_t step = (size_t)s->depth - 1;
	if (l->mapping) {
		l->wants_key = true;
		return l->key_fits;
	}
	snprintf(number, sizeof number, "%zu", l->count++);
	return l->on_path && step < s->length && str_eq(s->path[step], str_of(number));
}

static bool
take_key(struct search *s, const yaml_event_t *event)
{
	if (s->depth == 0 || !s->levels[s->depth - 1].mapping ||
		!s->levels[s->depth - 1].wants_key)
		return false;
	struct level *l = &s->levels[s->depth - 1];
	size_t step = (size_t)s->depth - 1;
	struct str key = STR("");
	if (event->type == YAML_SCALAR_EVENT)
		key = (struct str){(const char *)event->data.scalar.value,
			event->data.scalar.length};
	l->wants_key = false;
	l->key_fits = l->on_path && step < s->length && str_eq(s->path[step], key);
	return true;
}

static enum err
refuse(const yaml_event_t *event, const char *why, struct error *e)
{
	return err_set_line(e, ERR_INVALID, (int)event->start_mark.line + 1,
		"the value %s: change it by hand", why);
}

static enum err
take_scalar(struct search *s, const yaml_event_t *event, struct error *e)
{
	if (take_key(s, event))
		return OK;
	bool target = is_next(s) && (size_t)s->depth == s->length;
	if (target && event->type == YAML_ALIAS_EVENT)
		return refuse(event, "is an alias", e);
	s->end = event->end_mark.index;
	if (!target || s->found_at)
		return OK;
	if (event->data.scalar.anchor)
		return refuse(event, "has an anchor", e);
	if (event->start_mark.index == event->end_mark.index)
		return refuse(event, "is left empty", e);
	s->from = event->start_mark.index;
	s->out->form = YAML_SCALAR;
	s->out->column = event->start_mark.column;
	take_place(s);
	return OK;
}

static enum err
take_start(struct search *s, const yaml_event_t *event, struct error *e)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	bool block = mapping
		? event->data.mapping_start.style == YAML_BLOCK_MAPPING_STYLE
		: event->data.sequence_start.style == YAML_BLOCK_SEQUENCE_STYLE;
	const yaml_char_t *anchor = mapping ? event->data.mapping_start.anchor
					    : event->data.sequence_start.anchor;
	if (take_key(s, event))
		return refuse(event, "has a key that is no scalar", e);
	bool next = is_next(s);
	if (s->depth == JSON_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "deeper than %d levels", JSON_DEPTH_MAX);
	if (next && (size_t)s->depth == s->length && !s->found_at) {
		if (anchor)
			return refuse(event, "has an anchor", e);
		s->found_at = s->depth + 1;
		s->from = s->end = event->start_mark.index;
		s->out->column = event->start_mark.column;
		s->out->form = !block ? YAML_FLOW
			: mapping     ? YAML_MAPPING
				      : YAML_SEQUENCE;
	}
	s->levels[s->depth++] =
		(struct level){.mapping = mapping, .on_path = next, .wants_key = mapping};
	return OK;
}

/* The end of a block is only known by what comes next: the end of its last value counts. */
static void
take_end(struct search *s, const yaml_event_t *event)
{
	if (event->end_mark.index > event->start_mark.index)
		s->end = event->end_mark.index;
	if (s->found_at && s->depth == s->found_at)
		take_place(s);
	s->depth--;
}

static enum err
take_event(struct search *s, const yaml_event_t *event, struct error *e)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
		return take_scalar(s, event, e);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return take_start(s, event, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		take_end(s, event);
		return OK;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return OK;
	case YAML_STREAM_END_EVENT:
		return err_set(e, ERR_NOT_FOUND, "there is no such value");
	}
	return OK;
}

enum err
yaml_place_find(struct str text, const struct str *path, size_t length,
	struct yaml_place *out, struct error *e)
{
	struct search s = {.text = text, .path = path, .length = length, .out = out};
	yaml_parser_t parser;
	enum err r = OK;
	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_UNAVAILABLE, "no memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	while (r == OK && !s.done) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			r = err_set_line(e, ERR_INVALID,
				(int)parser.problem_mark.line + 1, "%s",
				parser.problem ? parser.problem : "no YAML");
			break;
		}
		r = take_event(&s, &event, e);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return r;
}
