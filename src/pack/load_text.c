/* Compiling what can be said: templates, variants, languages. */
#include "pack/load.h"

const char *const pack_view_names[] = {
	"company",
	"variables",
	"page",
	"name",
	"tier",
	"person",
	"email",
	"customer_id",
	"verified",
	"record",
	"record_id",
	"action",
	"reference",
	"queue_position",
	"estimated_wait",
	"article",
	"message",
	"entity",
	"intent",
	"also",
	"reason",
	NULL,
};

static bool
view_has(const struct loader *l, struct str root)
{
	for (const char *const *name = pack_view_names; *name; name++) {
		if (str_eq(str_of(*name), root))
			return true;
	}
	items_each(const struct pack_source, s, l->pack->context.sources) {
		if (str_eq(s->name, root))
			return true;
	}
	return false;
}

static struct str
path_root(struct str path)
{
	ptrdiff_t dot = str_find_char(path, '.');
	return dot < 0 ? path : str_sub(path, 0, (size_t)dot);
}

/* Names inside a section may belong to the section's value, so only those outside of all
 * are checked. */
static void
check_uses(struct loader *l, const struct mustache *m, int line, const char *what)
{
	size_t n;
	const struct mustache_use *uses = mustache_uses(m, &n);
	for (size_t i = 0; i < n; i++) {
		struct str root = path_root(uses[i].path);
		if (uses[i].kind == MUSTACHE_PARTIAL)
			load_error(l, line,
				"%s: a template of this pack includes no other (\"%.*s\")",
				what, STR_ARG(uses[i].path));
		else if (uses[i].section < 0 && root.n && !view_has(l, root))
			load_error(l, line, "%s: unknown name \"%.*s\" in the template",
				what, STR_ARG(uses[i].path));
	}
}

static struct mustache *
compile_template(struct loader *l, struct str text, int line, const char *what)
{
	struct mustache_options options = {.escape = MUSTACHE_NONE};
	struct mustache *m;
	struct error e = {0};
	if (!mustache_compile(l->a, text, &options, &m, &e))
		return m;
	load_error(l, line + (e.line > 1 ? e.line - 1 : 0), "%s: %s", what, e.text);
	return NULL;
}

const struct mustache *
load_template(struct loader *l, struct str text, int line, const char *what)
{
	return compile_template(l, text, line, what);
}

static void
load_variant(struct loader *l, const struct json *v, struct pack_variants *out,
	const char *what)
{
	if (v->type != JSON_STRING) {
		load_error(l, v->line, "%s: must be a text", what);
		return;
	}
	struct mustache *m = compile_template(l, str_trim(v->s), v->line, what);
	if (!m)
		return;
	check_uses(l, m, v->line, what);
	out->p[out->n++] = m;
}

static void
load_variants(struct loader *l, const struct json *v, struct pack_variants *out,
	const char *what)
{
	out->p = ARENA_ARRAY(
		l->a, struct mustache *, v->type == JSON_ARRAY ? v->count + 1 : 1);
	if (v->type != JSON_ARRAY) {
		load_variant(l, v, out, what);
		return;
	}
	if (!v->first)
		load_error(l, v->line, "%s: an empty list says nothing", what);
	json_each(variant, v)
		load_variant(l, variant, out, what);
}

static void
load_languages_of(
	struct loader *l, const struct json *v, struct pack_text *out, const char *what)
{
	const struct pack *p = l->pack;
	json_each(m, v) {
		size_t i = 0;
		while (i < p->language_count && !str_eq(p->languages[i], m->key))
			i++;
		if (i == p->language_count)
			load_error(l, m->line, "%s: \"%.*s\" is no language of pack.yaml",
				what, STR_ARG(m->key));
		else
			load_variants(l, m, &out->in[i], what);
	}
	if (!json_get(v, p->languages[0]))
		load_error(l, v->line, "%s: has no text in the default language \"%.*s\"",
			what, STR_ARG(p->languages[0]));
	for (size_t i = 1; i < p->language_count; i++) {
		if (!json_get(v, p->languages[i]))
			load_warning(l, v->line, "%s: has no text in \"%.*s\"", what,
				STR_ARG(p->languages[i]));
	}
}

void
load_text(struct loader *l, const struct json *v, struct pack_text *out, const char *what)
{
	*out = (struct pack_text){0};
	if (!v || v->type == JSON_NULL)
		return;
	if (v->type == JSON_OBJECT)
		load_languages_of(l, v, out, what);
	else
		load_variants(l, v, &out->in[0], what);
}
