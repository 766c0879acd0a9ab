#include "base/limits.h"
#include "wire/mustache_program.h"

/* The context stack: innermost first. */
struct frame {
	const struct json *value;
	const struct frame *outer;
};

/* Blanks put before each line, outermost first. */
struct indent {
	struct str blanks;
	const struct indent *outer;
};

/* The blocks a {{<parent}} passes on; the outermost one that has a name wins. */
struct arguments {
	const struct mustache *from;
	uint32_t begin, end;
	const struct arguments *outer;
};

/* Where rendering stands: which template, and what it sees. */
struct place {
	const struct mustache *m;
	const struct frame *context;
	const struct indent *indent;
	uint32_t dedent;
	const struct arguments *arguments;
};

struct renderer {
	const struct mustache_partials *partials;
	struct buf *out;
	size_t start; /* length of out before */
	int steps, depth;
	bool mid_line; /* the next line start is none: its line has begun already */
	struct error *error;
};

static enum err render_range(
	struct renderer *r, const struct place *place, uint32_t from, uint32_t to);

static enum err
emit(struct renderer *r, struct str s)
{
	if (r->out->n - r->start + s.n > MUSTACHE_OUTPUT_MAX)
		return err_set(r->error, ERR_LIMIT,
			"the text grows over %u bytes (MUSTACHE_OUTPUT_MAX)",
			MUSTACHE_OUTPUT_MAX);
	buf_add_str(r->out, s);
	if (buf_over(r->out))
		return err_set(r->error, ERR_LIMIT,
			"the text grows over the %zu bytes there is room for",
			r->out->max);
	return OK;
}

static enum err
emit_escaped(struct renderer *r, struct str s)
{
	size_t done = 0;
	for (size_t i = 0; i < s.n; i++) {
		const char *entity;
		switch (s.p[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		default:
			continue;
		}
		enum err err = emit(r, str_sub(s, done, i));
		if (!err)
			err = emit(r, str_of(entity));
		if (err)
			return err;
		done = i + 1;
	}
	return emit(r, str_sub(s, done, s.n));
}

static enum err
emit_indent(struct renderer *r, const struct indent *indent)
{
	if (!indent)
		return OK;
	enum err err = emit_indent(r, indent->outer);
	return err ? err : emit(r, indent->blanks);
}

static enum err
line_begin(struct renderer *r, const struct indent *indent)
{
	if (!r->mid_line)
		return emit_indent(r, indent);
	r->mid_line = false;
	return OK;
}

/* `blanks` of the template's source at a place whose lines lose some of theirs. */
static struct str
dedented(const struct place *place, struct str blanks)
{
	return str_sub(blanks, place->dedent, blanks.n);
}

static enum err
render_text(struct renderer *r, const struct place *place, const struct step *step)
{
	struct str s = step->text;
	if (!step->line_start)
		return emit(r, s);
	enum err err = line_begin(r, place->indent);
	for (uint32_t i = 0;
		i < place->dedent && s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'); i++)
		s = str_sub(s, 1, s.n);
	return err ? err : emit(r, s);
}

/* The first part of a path is looked up through the stack, the others in what it gave. */
static const struct json *
lookup(const struct frame *context, struct str path)
{
	struct str first;
	const struct json *v = NULL;
	if (str_eq(path, STR(".")))
		return context->value;
	str_split(&path, '.', &first);
	for (const struct frame *f = context; f && !v; f = f->outer)
		v = json_get(f->value, first);
	while (v && str_split(&path, '.', &first))
		v = json_get(v, first);
	return v;
}

static bool
is_there(const struct json *v)
{
	if (!v)
		return false;
	switch (v->type) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return v->b;
	case JSON_STRING:
		return v->s.n > 0;
	case JSON_ARRAY:
		return v->count > 0;
	case JSON_INT:
	case JSON_DOUBLE:
	case JSON_OBJECT:
		return true;
	}
	return false;
}

static enum err
render_value(struct renderer *r, const struct place *place, const struct step *step)
{
	const struct json *v = lookup(place->context, step->text);
	bool escape = !step->raw && place->m->escape == MUSTACHE_HTML;
	if (!v || v->type == JSON_NULL)
		return OK;
	if (v->type == JSON_STRING)
		return escape ? emit_escaped(r, v->s) : emit(r, v->s);
	struct buf text;
	struct jsonw w;
	buf_init(&text, MUSTACHE_OUTPUT_MAX);
	jsonw_init(&w, &text);
	jsonw_node(&w, v);
	enum err err;
	if (buf_over(&text))
		err = err_set(r->error, ERR_LIMIT,
			"{{%.*s}} is over %u bytes (MUSTACHE_OUTPUT_MAX)",
			STR_ARG(step->text), MUSTACHE_OUTPUT_MAX);
	else
		err = escape ? emit_escaped(r, buf_str(&text)) : emit(r, buf_str(&text));
	buf_fini(&text);
	return err;
}

static enum err
render_in(struct renderer *r, const struct place *place, const struct json *value,
	uint32_t from, uint32_t to)
{
	struct frame frame = {value, place->context};
	struct place inner = *place;
	inner.context = &frame;
	return render_range(r, &inner, from, to);
}

static enum err
render_section(struct renderer *r, const struct place *place, uint32_t index)
{
	const struct step *step = &place->m->steps[index];
	const struct json *v = lookup(place->context, step->text);
	enum err err = OK;
	if (!is_there(v))
		return OK;
	if (v->type != JSON_ARRAY)
		return render_in(r, place, v, index + 1, step->end);
	json_each(item, v) {
		if ((err = render_in(r, place, item, index + 1, step->end)) != OK)
			return err;
	}
	return OK;
}

static const struct mustache *
find_partial(struct renderer *r, const struct place *place, const struct step *step)
{
	struct str name = step->text;
	if (step->dynamic)
		name = json_str(lookup(place->context, name), (struct str){0});
	if (!r->partials || name.n == 0)
		return NULL;
	return r->partials->find(r->partials->context, name);
}

static enum err
render_partial(struct renderer *r, const struct place *place, const struct step *step)
{
	const struct mustache *m = find_partial(r, place, step);
	if (!m)
		return OK;
	struct indent indent = {dedented(place, step->indent), place->indent};
	struct place inner = {
		.m = m,
		.context = place->context,
		.indent = step->own_line ? &indent : NULL,
		.arguments = place->arguments,
	};
	return render_range(r, &inner, 0, m->count);
}

static enum err
render_parent(struct renderer *r, const struct place *place, uint32_t index)
{
	const struct step *step = &place->m->steps[index];
	struct indent indent = {dedented(place, step->indent), place->indent};
	enum err err;
	/* Blanks that turned out to be no indentation, because something follows on the
	 * line. */
	if (step->line_start && !step->own_line && (err = line_begin(r, &indent)) != OK)
		return err;
	const struct mustache *m = find_partial(r, place, step);
	if (!m)
		return OK;
	struct arguments arguments = {place->m, index + 1, step->end, place->arguments};
	struct place inner = {
		.m = m,
		.context = place->context,
		.indent = step->own_line ? &indent : NULL,
		.arguments = &arguments,
	};
	return render_range(r, &inner, 0, m->count);
}

static uint32_t
step_after(const struct mustache *m, uint32_t index)
{
	return m->steps[index].end ? m->steps[index].end : index + 1;
}

/* The outermost block of that name among the arguments; index of its step, or 0 when
 * there is none. */
static uint32_t
find_argument(struct renderer *r, const struct arguments *arguments, struct str name,
	const struct arguments **of)
{
	uint32_t found = 0;
	for (const struct arguments *a = arguments; a; a = a->outer) {
		for (uint32_t i = a->begin; i < a->end; i = step_after(a->from, i)) {
			const struct step *step = &a->from->steps[i];
			r->steps++;
			if (step->kind == STEP_BLOCK && str_eq(step->text, name)) {
				found = i;
				*of = a;
				break;
			}
		}
	}
	return found;
}

static enum err
render_block(struct renderer *r, const struct place *place, uint32_t index)
{
	const struct step *site = &place->m->steps[index];
	const struct arguments *of = NULL;
	uint32_t found = find_argument(r, place->arguments, site->text, &of);
	const struct mustache *m = found ? of->from : place->m;
	const struct step *body = found ? &m->steps[found] : site;
	struct indent indent = {dedented(place, site->indent), place->indent};
	enum err err = OK;
	if (site->line_start && !body->body_on_line)
		err = line_begin(r, &indent);
	if (err)
		return err;
	if (!found)
		return render_range(r, place, index + 1, site->end);
	struct place inner = {
		.m = m,
		.context = place->context,
		.indent = &indent,
		.dedent = body->dedent,
		.arguments = of->outer,
	};
	r->mid_line = body->body_on_line && !site->line_start;
	err = render_range(r, &inner, found + 1, body->end);
	r->mid_line = false;
	return err;
}

static enum err
render_step(struct renderer *r, const struct place *place, uint32_t index)
{
	const struct step *step = &place->m->steps[index];
	switch (step->kind) {
	case STEP_TEXT:
		return render_text(r, place, step);
	case STEP_VALUE:
		return render_value(r, place, step);
	case STEP_SECTION:
		return render_section(r, place, index);
	case STEP_INVERTED:
		if (is_there(lookup(place->context, step->text)))
			return OK;
		return render_range(r, place, index + 1, step->end);
	case STEP_PARTIAL:
		return render_partial(r, place, step);
	case STEP_PARENT:
		return render_parent(r, place, index);
	case STEP_BLOCK:
		return render_block(r, place, index);
	}
	return OK;
}

/* Every body is rendered here, so that this is where depth and work are counted. */
static enum err
render_range(struct renderer *r, const struct place *place, uint32_t from, uint32_t to)
{
	enum err err = OK;
	if (++r->depth > MUSTACHE_DEPTH_MAX)
		return err_set(r->error, ERR_LIMIT,
			"templates nest deeper than %d (MUSTACHE_DEPTH_MAX)",
			MUSTACHE_DEPTH_MAX);
	for (uint32_t i = from; i < to && !err; i = step_after(place->m, i)) {
		if (++r->steps > MUSTACHE_STEPS_MAX)
			return err_set(r->error, ERR_LIMIT,
				"more than %d steps (MUSTACHE_STEPS_MAX)",
				MUSTACHE_STEPS_MAX);
		err = render_step(r, place, i);
	}
	r->depth--;
	return err;
}

enum err
mustache_render(const struct mustache *m, const struct json *context,
	const struct mustache_partials *partials, struct buf *out, struct error *e)
{
	struct frame frame = {.value = context};
	struct place place = {.m = m, .context = &frame};
	struct renderer r = {
		.partials = partials, .out = out, .start = out->n, .error = e};
	bool over = out->over;
	enum err err = render_range(&r, &place, 0, m->count);
	if (err) {
		out->n = r.start;
		out->over = over;
		if (out->p)
			out->p[out->n] = '\0';
	}
	return err;
}
