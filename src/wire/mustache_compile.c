#include "base/limits.h"
#include "wire/mustache_program.h"

#define DELIMITER_MAX 16

/* A body that is open: which step began it and what must close it. */
struct open_tag {
	uint32_t step;
	int line;
	int section; /* the use of the section it is or stands in */
	struct str name;
	bool line_first; /* only blanks before the opening tag on its line */
};

struct compiler {
	struct arena *arena;
	struct str text;
	size_t at;      /* next byte to read */
	size_t pending; /* text from here to the next tag is not a step yet */
	int line;       /* of `counted` */
	size_t counted;
	struct str opener, closer;
	struct step *steps;
	size_t step_count, step_cap;
	struct mustache_use *uses;
	size_t use_count, use_cap;
	struct open_tag open[MUSTACHE_DEPTH_MAX];
	int depth;
	struct error *error;
};

/* One tag as it stands in the text. */
struct tag {
	char type;       /* # ^ / > < $ & { ! = or 0 for a plain value */
	size_t from, to; /* the whole tag in the text */
	struct str content;
	int line;
	bool line_first,
		line_last; /* only blanks before it, and behind it, on its line */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static int
line_of(struct compiler *c, size_t offset)
{
	for (; c->counted < offset; c->counted++)
		c->line += c->text.p[c->counted] == '\n';
	return c->line;
}

/* Start of the blanks before `offset`, and whether a line begins there. */
static size_t
blanks_before(const struct compiler *c, size_t offset, bool *line_first)
{
	while (offset > 0 && is_blank(c->text.p[offset - 1]))
		offset--;
	*line_first = offset == 0 || c->text.p[offset - 1] == '\n';
	return offset;
}

/* Offset behind the end of the line when only blanks are left on it, else `offset`. */
static size_t
line_rest(const struct compiler *c, size_t offset, bool *line_last)
{
	size_t at = offset;
	while (at < c->text.n && is_blank(c->text.p[at]))
		at++;
	if (at + 1 < c->text.n && c->text.p[at] == '\r' && c->text.p[at + 1] == '\n')
		at++;
	*line_last = at == c->text.n || c->text.p[at] == '\n';
	if (!*line_last)
		return offset;
	return at < c->text.n ? at + 1 : at;
}

static struct step *
step_add(struct compiler *c, enum step_kind kind, struct str text)
{
	if (c->step_count == c->step_cap) {
		c->step_cap = c->step_cap ? c->step_cap * 2 : 32;
		c->steps = mem_realloc(c->steps, c->step_cap * sizeof(struct step));
	}
	struct step *step = &c->steps[c->step_count++];
	*step = (struct step){.kind = kind, .text = text};
	return step;
}

static void
use_add(struct compiler *c, enum mustache_use_kind kind, struct str path, int line)
{
	if (c->use_count == c->use_cap) {
		c->use_cap = c->use_cap ? c->use_cap * 2 : 16;
		c->uses = mem_realloc(c->uses, c->use_cap * sizeof(struct mustache_use));
	}
	c->uses[c->use_count++] = (struct mustache_use){
		.kind = kind,
		.path = path,
		.line = line,
		.section = c->depth ? c->open[c->depth - 1].section : -1,
	};
}

/* Steps for the text from `pending` to `to`, a line each. */
static void
text_add(struct compiler *c, size_t to)
{
	while (c->pending < to) {
		const char *from = c->text.p + c->pending;
		const char *newline = memchr(from, '\n', to - c->pending);
		size_t n = newline ? (size_t)(newline - from) + 1 : to - c->pending;
		bool line_start = c->pending == 0 || from[-1] == '\n';
		step_add(c, STEP_TEXT, (struct str){from, n})->line_start = line_start;
		c->pending += n;
	}
}

/* A tag at the very start of a line that stays: an empty piece of text marks where its
 * indentation goes. */
static void
text_before(struct compiler *c, const struct tag *tag)
{
	text_add(c, tag->from);
	if (tag->from == 0 || c->text.p[tag->from - 1] == '\n')
		step_add(c, STEP_TEXT, (struct str){c->text.p + tag->from, 0})
			->line_start = true;
}

/* Drops the line of a tag that stands alone on it; returns the blanks before the tag. */
static struct str
line_drop(struct compiler *c, const struct tag *tag)
{
	bool unused;
	size_t start = blanks_before(c, tag->from, &unused);
	text_add(c, start);
	c->pending = line_rest(c, tag->to, &unused);
	return (struct str){c->text.p + start, tag->from - start};
}

static bool
tag_alone(const struct tag *tag)
{
	return tag->line_first && tag->line_last;
}

/* Text before a tag that leaves nothing behind itself: comments, delimiters, ends of
 * sections. */
static void
tag_vanish(struct compiler *c, const struct tag *tag)
{
	if (tag_alone(tag))
		line_drop(c, tag);
	else
		text_before(c, tag);
}

static enum err
tag_name(struct compiler *c, const struct tag *tag, struct str *out)
{
	struct str name = tag->content;
	if (name.n == 0)
		return err_set_line(
			c->error, ERR_INVALID, tag->line, "a tag without a name");
	for (size_t i = 0; i < name.n; i++) {
		if (is_space(name.p[i]))
			return err_set_line(c->error, ERR_INVALID, tag->line,
				"blanks within the name \"%.*s\"",
				STR_ARG(str_sub(name, 0, 60)));
	}
	*out = name;
	return OK;
}

/* "*name" of a partial or parent is looked up in the context; blanks may follow the
 * star.
 */
static enum err
tag_dynamic_name(struct compiler *c, struct tag *tag, bool *dynamic, struct str *out)
{
	*dynamic = tag->content.n > 0 && tag->content.p[0] == '*';
	if (*dynamic)
		tag->content = str_trim(str_sub(tag->content, 1, tag->content.n));
	return tag_name(c, tag, out);
}

static enum err
body_open(struct compiler *c, const struct tag *tag, struct str name)
{
	if (c->depth == MUSTACHE_DEPTH_MAX)
		return err_set_line(c->error, ERR_LIMIT, tag->line,
			"nested deeper than %d (MUSTACHE_DEPTH_MAX)", MUSTACHE_DEPTH_MAX);
	struct open_tag *open = &c->open[c->depth];
	*open = (struct open_tag){
		.step = (uint32_t)(c->step_count - 1),
		.line = tag->line,
		.section = c->depth ? c->open[c->depth - 1].section : -1,
		.name = name,
		.line_first = tag->line_first,
	};
	c->depth++;
	return OK;
}

static enum err
compile_value(struct compiler *c, const struct tag *tag)
{
	struct str name;
	enum err err = tag_name(c, tag, &name);
	if (err)
		return err;
	text_before(c, tag);
	step_add(c, STEP_VALUE, name)->raw = tag->type != 0;
	use_add(c, MUSTACHE_VALUE, name, tag->line);
	return OK;
}

static enum err
compile_section(struct compiler *c, const struct tag *tag)
{
	struct str name;
	enum err err = tag_name(c, tag, &name);
	if (err)
		return err;
	tag_vanish(c, tag);
	step_add(c, tag->type == '#' ? STEP_SECTION : STEP_INVERTED, name);
	use_add(c, MUSTACHE_SECTION, name, tag->line);
	int use = (int)c->use_count - 1;
	err = body_open(c, tag, name);
	/* What stands in {{^a}} is not relative to a. */
	if (!err && tag->type == '#')
		c->open[c->depth - 1].section = use;
	return err;
}

static enum err
compile_partial(struct compiler *c, struct tag *tag)
{
	struct str name, indent = {0};
	bool dynamic;
	enum err err = tag_dynamic_name(c, tag, &dynamic, &name);
	if (err)
		return err;
	if (tag_alone(tag))
		indent = line_drop(c, tag);
	else
		text_before(c, tag);
	struct step *step = step_add(c, STEP_PARTIAL, name);
	step->dynamic = dynamic;
	step->own_line = tag_alone(tag);
	step->indent = indent;
	use_add(c, dynamic ? MUSTACHE_VALUE : MUSTACHE_PARTIAL, name, tag->line);
	return OK;
}

/* Whether a parent stands alone is known at its end; until then the blanks before it
 * are its indentation. */
static enum err
compile_parent(struct compiler *c, struct tag *tag)
{
	struct str name;
	bool dynamic, unused;
	enum err err = tag_dynamic_name(c, tag, &dynamic, &name);
	if (err)
		return err;
	size_t start = tag->line_first ? blanks_before(c, tag->from, &unused) : tag->from;
	if (tag->line_first)
		text_add(c, start);
	else
		text_before(c, tag);
	struct step *step = step_add(c, STEP_PARENT, name);
	step->dynamic = dynamic;
	step->line_start = tag->line_first;
	step->indent = (struct str){c->text.p + start, tag->from - start};
	use_add(c, dynamic ? MUSTACHE_VALUE : MUSTACHE_PARTIAL, name, tag->line);
	return body_open(c, tag, name);
}

static bool
inside_parent(const struct compiler *c)
{
	return c->depth > 0 && c->steps[c->open[c->depth - 1].step].kind == STEP_PARENT;
}

/* Directly inside a parent a block is an argument: what stands around it on its line is
 * not rendered. */
static enum err
compile_block(struct compiler *c, const struct tag *tag)
{
	struct str name;
	enum err err = tag_name(c, tag, &name);
	if (err)
		return err;
	bool unused, argument = inside_parent(c);
	bool on_line = tag->line_last && (argument || tag->line_first);
	size_t start = tag->line_first ? blanks_before(c, tag->from, &unused) : tag->from;
	if (tag->line_first)
		text_add(c, start);
	else
		text_before(c, tag);
	struct step *step = step_add(c, STEP_BLOCK, name);
	step->line_start = tag->line_first;
	step->own_line = tag_alone(tag) && !argument;
	step->body_on_line = on_line;
	step->indent = (struct str){c->text.p + start, tag->from - start};
	if (on_line)
		c->pending = line_rest(c, tag->to, &unused);
	return body_open(c, tag, name);
}

static size_t
leading_blanks(struct str s)
{
	size_t n = 0;
	while (n < s.n && is_blank(s.p[n]))
		n++;
	return n;
}

/* The blanks that the first line of a body begins with; false when it has no line of
 * its own. */
static bool
body_indent(const struct compiler *c, size_t from, struct str *indent)
{
	for (size_t i = from; i < c->step_count; i++) {
		const struct step *step = &c->steps[i];
		size_t blanks = leading_blanks(step->text);
		bool empty_line = step->kind == STEP_TEXT && blanks < step->text.n &&
			(step->text.p[blanks] == '\n' || step->text.p[blanks] == '\r');
		if (step->kind == STEP_TEXT && step->line_start && !empty_line) {
			*indent = str_sub(step->text, 0, blanks);
			return true;
		}
		if ((step->kind == STEP_BLOCK && step->line_start) ||
			(step->kind == STEP_PARTIAL && step->own_line)) {
			*indent = step->indent;
			return true;
		}
	}
	return false;
}

static void
block_close(struct compiler *c, uint32_t index, const struct tag *tag)
{
	bool unused, argument = inside_parent(c);
	struct str indent;
	if (tag->line_first && (argument || tag->line_last))
		text_add(c, blanks_before(c, tag->from, &unused));
	else
		text_before(c, tag);
	if (!argument && tag_alone(tag))
		c->pending = line_rest(c, tag->to, &unused);
	struct step *step = &c->steps[index];
	if (step->body_on_line && body_indent(c, index + 1, &indent)) {
		step->dedent = (uint32_t)indent.n;
		if (step->own_line)
			step->indent = indent;
	}
}

static void
parent_close(struct compiler *c, uint32_t index, const struct tag *tag)
{
	bool unused;
	text_add(c, tag->from);
	c->steps[index].own_line = c->steps[index].line_start && tag->line_last;
	if (c->steps[index].own_line)
		c->pending = line_rest(c, tag->to, &unused);
}

static enum err
compile_end(struct compiler *c, struct tag *tag)
{
	struct str name;
	bool dynamic;
	enum err err = tag_dynamic_name(c, tag, &dynamic, &name);
	if (err)
		return err;
	if (c->depth == 0)
		return err_set_line(c->error, ERR_INVALID, tag->line,
			"{{/%.*s}} closes nothing", STR_ARG(str_sub(name, 0, 60)));
	const struct open_tag *open = &c->open[c->depth - 1];
	uint32_t index = open->step;
	if (!str_eq(open->name, name) || c->steps[index].dynamic != dynamic)
		return err_set_line(c->error, ERR_INVALID, tag->line,
			"{{/%.*s}} closes \"%.*s\" of line %d",
			STR_ARG(str_sub(name, 0, 60)),
			STR_ARG(str_sub(open->name, 0, 60)), open->line);
	c->depth--;
	if (c->steps[index].kind == STEP_BLOCK)
		block_close(c, index, tag);
	else if (c->steps[index].kind == STEP_PARENT)
		parent_close(c, index, tag);
	else
		tag_vanish(c, tag);
	c->steps[index].end = (uint32_t)c->step_count;
	return OK;
}

/* {{=<% %>=}} */
static enum err
compile_delimiters(struct compiler *c, const struct tag *tag)
{
	struct str s = tag->content;
	size_t n = 0;
	while (n < s.n && !is_space(s.p[n]))
		n++;
	struct str opener = str_sub(s, 0, n), closer = str_trim(str_sub(s, n, s.n));
	bool good = opener.n > 0 && closer.n > 0 && str_find_char(s, '=') < 0 &&
		opener.n <= DELIMITER_MAX && closer.n <= DELIMITER_MAX;
	for (size_t i = 0; i < closer.n; i++)
		good = good && !is_space(closer.p[i]);
	if (!good)
		return err_set_line(c->error, ERR_INVALID, tag->line,
			"delimiters are two short words without \"=\", such as {{=<%% "
			"%%>=}}");
	tag_vanish(c, tag);
	c->opener = opener;
	c->closer = closer;
	return OK;
}

/* Where a tag's content ends and what is behind the tag. {{{a}}} and {{=| |=}} end with
 * one more character. */
static bool
tag_end(const struct compiler *c, size_t at, char type, size_t *end, size_t *behind)
{
	char closer[DELIMITER_MAX + 1];
	size_t n = 0;
	if (type == '{' || type == '=')
		closer[n++] = type == '{' ? '}' : '=';
	memcpy(closer + n, c->closer.p, c->closer.n);
	n += c->closer.n;
	ptrdiff_t found =
		str_find(str_sub(c->text, at, c->text.n), (struct str){closer, n});
	if (found < 0)
		return false;
	*end = at + (size_t)found;
	*behind = *end + n;
	return true;
}

/* Finds the next tag at or behind c->at; false when there is none. */
static enum err
tag_next(struct compiler *c, struct tag *tag, bool *found)
{
	struct str rest = str_sub(c->text, c->at, c->text.n);
	ptrdiff_t from = str_find(rest, c->opener);
	*found = from >= 0;
	if (!*found)
		return OK;
	*tag = (struct tag){.from = c->at + (size_t)from};
	tag->line = line_of(c, tag->from);
	size_t at = tag->from + c->opener.n;
	while (at < c->text.n && is_space(c->text.p[at]))
		at++;
	if (at < c->text.n && c->text.p[at] != 0 && strchr("#^/><$&{!=", c->text.p[at]))
		tag->type = c->text.p[at++];
	size_t end, behind;
	if (!tag_end(c, at, tag->type, &end, &behind))
		return err_set_line(c->error, ERR_INVALID, tag->line,
			"a tag that is not closed with \"%.*s\"", STR_ARG(c->closer));
	tag->content = str_trim(str_sub(c->text, at, end));
	tag->to = behind;
	blanks_before(c, tag->from, &tag->line_first);
	line_rest(c, tag->to, &tag->line_last);
	return OK;
}

static enum err
compile_tag(struct compiler *c, struct tag *tag)
{
	switch (tag->type) {
	case '#':
	case '^':
		return compile_section(c, tag);
	case '/':
		return compile_end(c, tag);
	case '>':
		return compile_partial(c, tag);
	case '<':
		return compile_parent(c, tag);
	case '$':
		return compile_block(c, tag);
	case '=':
		return compile_delimiters(c, tag);
	case '!':
		tag_vanish(c, tag);
		return OK;
	default:
		return compile_value(c, tag);
	}
}

static enum err
compile_all(struct compiler *c)
{
	for (;;) {
		struct tag tag;
		bool found;
		enum err err = tag_next(c, &tag, &found);
		if (err)
			return err;
		if (!found)
			break;
		if ((err = compile_tag(c, &tag)) != OK)
			return err;
		/* A tag that dropped its line has moved further already. */
		if (c->pending < tag.to)
			c->pending = tag.to;
		c->at = c->pending;
	}
	text_add(c, c->text.n);
	if (c->depth > 0) {
		const struct open_tag *open = &c->open[c->depth - 1];
		return err_set_line(c->error, ERR_INVALID, open->line,
			"\"%.*s\" is opened and never closed",
			STR_ARG(str_sub(open->name, 0, 60)));
	}
	return OK;
}

enum err
mustache_compile(struct arena *a, struct str text, const struct mustache_options *options,
	struct mustache **out, struct error *e)
{
	struct compiler c = {
		.arena = a,
		.text = text,
		.line = 1,
		.opener = STR("{{"),
		.closer = STR("}}"),
		.error = e,
	};
	enum err err = compile_all(&c);
	if (!err) {
		struct step *steps = ARENA_ARRAY(a, struct step, c.step_count);
		struct mustache_use *uses =
			ARENA_ARRAY(a, struct mustache_use, c.use_count);
		if (c.step_count)
			memcpy(steps, c.steps, c.step_count * sizeof(struct step));
		if (c.use_count)
			memcpy(uses, c.uses, c.use_count * sizeof(struct mustache_use));
		struct mustache *m = ARENA_NEW(a, struct mustache);
		*m = (struct mustache){
			.steps = steps,
			.count = (uint32_t)c.step_count,
			.escape = options ? options->escape : MUSTACHE_HTML,
			.uses = uses,
			.use_count = c.use_count,
		};
		*out = m;
	}
	free(c.steps);
	free(c.uses);
	return err;
}

const struct mustache_use *
mustache_uses(const struct mustache *m, size_t *n)
{
	*n = m->use_count;
	return m->uses;
}
