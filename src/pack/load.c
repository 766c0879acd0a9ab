#include "pack/load.h"

#include "text/model.h"

#include "base/limits.h"
#include "wire/crypto.h"
#include "wire/yaml.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what was found ---- */

void
pack_report_init(struct pack_report *r)
{
	*r = (struct pack_report){0};
	arena_init(&r->arena, 0);
}

void
pack_report_fini(struct pack_report *r)
{
	arena_fini(&r->arena);
	*r = (struct pack_report){0};
}

static void __attribute__((format(printf, 4, 0)))
report_add(struct loader *l, bool warning, int line, const char *fmt, va_list ap)
{
	struct pack_report *r = l->report;
	if (warning)
		r->warnings++;
	else
		r->errors++;
	if (r->count >= PACK_PROBLEMS_MAX)
		return;
	if (r->count == r->capacity) {
		size_t capacity = r->capacity ? 2 * r->capacity : 16;
		struct pack_problem *grown =
			ARENA_ARRAY(&r->arena, struct pack_problem, capacity);
		if (r->count)
			memcpy(grown, r->problems, r->count * sizeof(*grown));
		r->problems = grown;
		r->capacity = capacity;
	}
	struct str file = arena_printf(&r->arena, "%.*s%s%.*s", STR_ARG(l->folder),
		l->folder.n && l->file.n && l->folder.p[l->folder.n - 1] != '/' ? "/"
										: "",
		STR_ARG(l->file));
	r->problems[r->count++] = (struct pack_problem){.warning = warning,
		.file = file,
		.line = line,
		.text = arena_vprintf(&r->arena, fmt, ap)};
}

void
load_error(struct loader *l, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	report_add(l, false, line, fmt, ap);
	va_end(ap);
}

void
load_warning(struct loader *l, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	report_add(l, true, line, fmt, ap);
	va_end(ap);
}

/* ---- reading files through their tables ---- */

/* Each element on its own, so that a fault in one does not hide those of the others. */
static void
read_list(struct loader *l, const struct field *f, const struct json *list,
	struct items *out)
{
	if (list->type != JSON_ARRAY) {
		load_error(l, list->line, "%s: must be a list", f->name);
		return;
	}
	if (f->max > 0 && (double)list->count > f->max) {
		load_error(l, list->line, "%s: more than %.0f", f->name, f->max);
		return;
	}
	char *to = arena_zalloc(l->a, f->of->size * (list->count + 1));
	*out = (struct items){.p = to};
	size_t i = 0;
	json_each(v, list) {
		struct error e = {0};
		if (v->type != JSON_OBJECT)
			load_error(l, v->line, "%s[%zu]: must be an object", f->name, i);
		else if (schema_read(f->of, l->a, v, to + out->n * f->of->size, &e))
			load_error(l, e.line, "%s[%zu].%s", f->name, i, e.text);
		else
			out->n++;
		i++;
	}
}

void
load_read(struct loader *l, const struct schema *s, const struct json *root, void *out)
{
	if (root->type != JSON_OBJECT) {
		load_error(l, root->line, "must be an object of %s", s->name);
		return;
	}
	/* Lists are read an element at a time, all other members at once. */
	struct json *rest = json_new_object(l->a);
	rest->line = root->line;
	json_each(v, root) {
		const struct field *f = schema_field(s, v->key);
		if (f && f->type == SCHEMA_LIST)
			continue;
		struct json *member = ARENA_NEW(l->a, struct json);
		*member = *v;
		member->next = NULL;
		json_set(rest, v->key, member);
	}
	struct error e = {0};
	if (schema_read(s, l->a, rest, out, &e))
		load_error(l, e.line, "%s", e.text);
	json_each(v, root) {
		const struct field *f = schema_field(s, v->key);
		if (f && f->type == SCHEMA_LIST)
			read_list(l, f, v, (void *)((char *)out + f->offset));
	}
}

struct json *
load_tree(struct loader *l, struct str path)
{
	l->file = path;
	const struct pack_file *file = pack_files_find(&l->files, l->file);
	struct json *root;
	struct error e = {0};
	if (!file) {
		load_error(l, 0, "is missing");
		return NULL;
	}
	if (yaml_parse(l->a, file->text, &root, &e)) {
		load_error(l, e.line, "%s", e.text);
		return NULL;
	}
	return root;
}

struct json *
load_file(struct loader *l, struct str path, bool must, const struct schema *s, void *out)
{
	if (!must && !pack_files_find(&l->files, path))
		return NULL;
	struct json *root = load_tree(l, path);
	if (root)
		load_read(l, s, root, out);
	return root;
}

void
load_join(struct loader *l, struct items *list, const struct items *more, size_t size)
{
	char *all = arena_alloc(l->a, size * (list->n + more->n) + 1);
	if (list->n)
		memcpy(all, list->p, size * list->n);
	if (more->n)
		memcpy(all + size * list->n, more->p, size * more->n);
	*list = (struct items){all, list->n + more->n};
}

void
load_intent(struct loader *l, struct str name)
{
	struct pack *p = l->pack;
	if (!name.n || map_get(&p->intent_index, name))
		return;
	struct items all = {p->intents, p->intent_count}, one = {&name, 1};
	load_join(l, &all, &one, sizeof(name));
	p->intents = all.p;
	p->intent_count = all.n;
	map_put(&p->intent_index, name,
		(void *)(uintptr_t)p->intent_count); // NOLINT(performance-no-int-to-ptr)
}

int
load_line(const struct json *root, const char *list, int line, const char *member)
{
	json_each(v, json_get(root, str_of(list))) {
		const struct json *m =
			v->line == line ? json_get(v, str_of(member)) : NULL;
		if (m)
			return m->line;
	}
	return line;
}

struct str
load_place(struct loader *l, int line)
{
	return arena_printf(l->a, "%.*s:%d", STR_ARG(l->file), line);
}

static void
report_unknown_intent(struct loader *l, struct str name, int line, const char *what)
{
	const char **known = ARENA_ARRAY(l->a, const char *, l->pack->intent_count + 1);
	for (size_t k = 0; k < l->pack->intent_count; k++)
		known[k] = arena_str(l->a, l->pack->intents[k]).p;
	const char *near = suggest(known, name);
	load_error(l, line, "%s: unknown intent \"%.*s\"%s%s%s", what, STR_ARG(name),
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

bool *
load_intents(struct loader *l, const struct items *names, int line, const char *what)
{
	bool *is = ARENA_ARRAY(l->a, bool, l->pack->intent_count + 1);
	items_each(const struct str, name, *names) {
		int i = pack_intent(l->pack, *name);
		if (i >= 0)
			is[i] = true;
		else
			report_unknown_intent(l, *name, line, what);
	}
	return is;
}

/* The quoted word at the head of *rest; false when there is none. */
static bool
take_quoted(struct str *rest, struct str *word)
{
	*rest = str_trim(*rest);
	if (!rest->n || (rest->p[0] != '"' && rest->p[0] != '\''))
		return false;
	ptrdiff_t end = str_find_char(str_sub(*rest, 1, rest->n), rest->p[0]);
	if (end < 0)
		return false;
	*word = str_sub(*rest, 1, (size_t)end + 1);
	*rest = str_sub(*rest, (size_t)end + 2, rest->n);
	return true;
}

/* To the rule language an intent is any text; here the names that a rule compares with
 * `intent.name` are looked up. */
static void
check_intent_names(struct loader *l, struct str expr, int line, const char *what)
{
	struct str rest = expr, word;
	for (ptrdiff_t at; (at = str_find(rest, STR("intent.name"))) >= 0;) {
		rest = str_trim(
			str_sub(rest, (size_t)at + sizeof("intent.name") - 1, rest.n));
		bool list = str_starts(rest, STR("in")),
		     one = str_starts(rest, STR("==")) || str_starts(rest, STR("!="));
		if (!list && !one)
			continue;
		rest = str_trim(str_sub(rest, 2, rest.n));
		if (list && rest.n && rest.p[0] == '[')
			rest = str_sub(rest, 1, rest.n);
		while (take_quoted(&rest, &word)) {
			if (pack_intent(l->pack, word) < 0)
				report_unknown_intent(l, word, line, what);
			rest = str_trim(rest);
			if (!list || !rest.n || rest.p[0] != ',')
				break;
			rest = str_sub(rest, 1, rest.n);
		}
	}
}

void
load_rule(struct loader *l, struct pack_rule *rule, struct str expr, int line,
	const char *what, ...)
{
	rule->place = load_place(l, line);
	rule->label = arena_printf(
		l->a, "%.*s (%.*s)", STR_ARG(rule->name), STR_ARG(rule->place));
	rule->when = NULL;
	if (!str_trim(expr).n)
		return;
	char path[160];
	va_list ap;
	va_start(ap, what);
	vsnprintf(path, sizeof(path), what, ap);
	va_end(ap);
	struct cel_env env = {.vars = l->host->vars, .n = l->host->var_count};
	struct cel_program *program;
	struct error e = {0};
	if (cel_compile_rule(l->a, expr, &env, &program, &e)) {
		load_error(
			l, line + (e.line > 1 ? e.line - 1 : 0), "%s: %s", path, e.text);
		return;
	}
	rule->when = program;
	l->pack->about.rules++;
	check_intent_names(l, expr, line, path);
}

void
load_steps(struct loader *l, const struct items *steps, int line, const char *what)
{
	items_each(const struct str, step, *steps) {
		const char *const *name = l->host->actors;
		while (*name && !str_eq(str_of(*name), *step))
			name++;
		if (*name)
			continue;
		const char *near = suggest(l->host->actors, *step);
		load_error(l, line, "%s: unknown actor \"%.*s\"%s%s%s", what,
			STR_ARG(*step), near ? " (did you mean \"" : "", near ? near : "",
			near ? "\"?)" : "");
	}
}

/* ---- pack.yaml ---- */

static void
load_languages(struct loader *l, const struct about_source *about)
{
	struct pack *p = l->pack;
	items_each(const struct language_source, lang, about->languages) {
		for (size_t i = 0; i < p->language_count; i++) {
			if (str_eq(p->languages[i], lang->code))
				load_error(l, 0, "languages: \"%.*s\" is there twice",
					STR_ARG(lang->code));
		}
		uintptr_t index = p->language_count + 1;
		p->languages[p->language_count++] = lang->code;
		items_each(const struct str, mark, lang->marks) {
			struct tokens t;
			tokens_read(l->a, *mark, &t);
			if (t.n != 1)
				load_error(l, 0,
					"languages: the mark \"%.*s\" is not one word",
					STR_ARG(*mark));
			else if (
				map_put(&p->marks, t.p[0].norm,
					(void *)index)) // NOLINT(performance-no-int-to-ptr)
				load_error(l, 0,
					"languages: \"%.*s\" marks two languages",
					STR_ARG(*mark));
		}
	}
	if (!p->language_count)
		p->languages[p->language_count++] = STR("en");
	p->about.languages = (struct items){p->languages, p->language_count};
}

static int
setting_compare(const void *x, const void *y)
{
	const struct pack_setting *a = x, *b = y;
	return str_cmp(a->name, b->name);
}

static struct pack_setting *
setting_find(const struct items *list, struct str name)
{
	items_each(struct pack_setting, s, *list) {
		if (str_eq(s->name, name))
			return s;
	}
	return NULL;
}

static void
load_variables(
	struct loader *l, const struct about_source *about, const struct pack_options *o)
{
	struct pack *p = l->pack;
	struct pack_setting *all = ARENA_ARRAY(l->a, struct pack_setting,
		(about->variables ? about->variables->count : 0) + 1);
	p->about.variables = (struct items){.p = all};
	if (about->variables && about->variables->type != JSON_OBJECT)
		load_error(l, about->variables->line, "variables: must be an object");
	else
		json_each(v, about->variables) {
			if (v->type != JSON_STRING)
				load_error(l, v->line, "variables.%.*s: must be a string",
					STR_ARG(v->key));
			else
				all[p->about.variables.n++] = (struct pack_setting){
					.name = v->key, .value = v->s};
		}
	for (size_t i = 0; i < o->setting_count; i++) {
		struct pack_setting *s =
			setting_find(&p->about.variables, o->settings[i].name);
		if (s)
			s->value = arena_str(l->a, o->settings[i].value);
		else if (!o->settings[i].optional)
			load_error(l, 0, "variables: there is no \"%.*s\" to set",
				STR_ARG(o->settings[i].name));
	}
	if (p->about.variables.n > 1)
		qsort(all, p->about.variables.n, sizeof(*all), setting_compare);
	p->variables = json_new_object(l->a);
	items_each(const struct pack_setting, s, p->about.variables)
		json_set(p->variables, s->name, json_new_str(l->a, s->value));
}

static void
load_about(struct loader *l, const struct pack_options *o)
{
	struct about_source about = {0};
	struct pack_about *to = &l->pack->about;
	load_file(l, STR("pack.yaml"), true, &about_source_schema, &about);
	to->name = about.name;
	to->version = about.version;
	to->company = about.company;
	to->pace = (struct pack_pace){
		about.coalesce_min, about.coalesce_max, about.turn_time};
	if (about.coalesce_min > about.coalesce_max)
		load_error(l, 0, "coalesce_min: is more than coalesce_max");
	load_languages(l, &about);
	load_variables(l, &about, o);
}

/* Files that nothing reads are most often misspelt. */
static void
load_unread_files(struct loader *l)
{
	static const char *const known[] = {"pack.yaml", "context.yaml", "actions.yaml",
		"policy.yaml", "responses.yaml", NULL};
	for (size_t i = 0; i < l->files.n; i++) {
		struct str path = l->files.p[i].path;
		if (str_starts(path, STR("nlu/")) || str_starts(path, STR("kb/")))
			continue;
		bool found = false;
		for (const char *const *k = known; *k && !found; k++)
			found = str_eq(str_of(*k), path);
		const char *near = found ? NULL : suggest(known, path);
		l->file = path;
		if (!found)
			load_warning(l, 0, "nothing reads this file%s%s%s",
				near ? " (did you mean \"" : "", near ? near : "",
				near ? "\"?)" : "");
	}
}

static void
load_version(struct loader *l)
{
	struct pack *p = l->pack;
	p->bundle = pack_files_bundle(
		l->a, &l->files, p->about.variables.p, p->about.variables.n);
	char *hex = arena_alloc(l->a, SHA256_HEX_LEN + 1);
	sha256_hex(p->bundle, hex);
	p->hash = (struct str){hex, SHA256_HEX_LEN};
}

static enum err
load_first_error(const struct pack_report *r, struct error *e)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct pack_problem *p = &r->problems[i];
		if (p->warning)
			continue;
		if (p->line)
			return err_set_line(e, ERR_INVALID, p->line, "%.*s:%d: %.*s",
				STR_ARG(p->file), p->line, STR_ARG(p->text));
		return err_set(
			e, ERR_INVALID, "%.*s: %.*s", STR_ARG(p->file), STR_ARG(p->text));
	}
	return err_set(e, ERR_INVALID, "the pack has errors");
}

/* Compiles what l->files holds into l->pack. */
static enum err
load_all(struct loader *l, const struct pack_options *o, struct error *e)
{
	load_about(l, o);
	load_nlu(l);
	load_context(l);
	load_actions(l);
	load_policy(l);
	load_responses(l);
	l->pack->kb = kb_new(l, &l->pack->about.articles);
	load_unread_files(l);
	if (l->report->errors)
		return load_first_error(l->report, e);
	load_version(l);
	return OK;
}

static struct pack *
pack_new(void)
{
	struct pack *p = mem_zalloc(sizeof(*p));
	p->refs = 1;
	arena_init(&p->arena, 64u << 10);
	map_init(&p->marks);
	map_init(&p->intent_index);
	return p;
}

static void
pack_free(struct pack *p)
{
	lexicon_free(&p->nlu.lexicon);
	intent_classifier_free(&p->nlu.classifier);
	model_close(&p->model);
	for (enum mood_topic i = 0; i < MOOD_TOPICS; i++)
		model_close(&p->nlu.moods.of[i]);
	entity_finder_free(&p->nlu.entities);
	language_reader_free(&p->nlu.languages);
	guard_words_free(&p->guards);
	kb_free(&p->kb);
	map_fini(&p->marks);
	map_fini(&p->intent_index);
	arena_fini(&p->arena);
	free(p);
}

enum err
pack_load(const char *dir, const struct pack_options *options, struct pack **out,
	struct pack_report *report, struct error *e)
{
	struct pack_report own;
	struct pack *p = pack_new();
	if (!report)
		pack_report_init(&own);
	struct loader l = {.pack = p,
		.a = &p->arena,
		.host = options->host,
		.report = report ? report : &own,
		.thorough = report};
	l.folder = arena_str(l.a, str_of(dir));
	p->about.folder = l.folder;
	enum err err = pack_files_read(l.a, dir, &l.files, e);
	if (err)
		err_context(e, err, "%s", dir);
	else if (!pack_files_find(&l.files, STR("pack.yaml")))
		err = err_set(e, ERR_NOT_FOUND, "%s: there is no pack.yaml", dir);
	else
		err = load_all(&l, options, e);
	if (!report)
		pack_report_fini(&own);
	if (err)
		pack_free(p);
	else
		*out = p;
	return err;
}

enum err
pack_load_bundle(struct str bundle, const struct pack_host *host, struct pack **out,
	struct error *e)
{
	struct pack_report report;
	struct pack *p = pack_new();
	pack_report_init(&report);
	struct loader l = {.pack = p,
		.a = &p->arena,
		.host = host,
		.report = &report,
		.folder = STR("bundle")};
	struct pack_options options = {.host = host};
	struct pack_setting *settings = NULL;
	enum err err = pack_files_unbundle(l.a, arena_str(l.a, bundle), &l.files,
		&settings, &options.setting_count, e);
	options.settings = settings;
	if (!err)
		err = load_all(&l, &options, e);
	pack_report_fini(&report);
	if (err)
		pack_free(p);
	else
		*out = p;
	return err;
}

const struct pack *
pack_ref(const struct pack *p)
{
	/* The count is the one thing of a pack that moves; who holds a pack sees it as
	 * constant. */
	((struct pack *)(uintptr_t)p)->refs++; // NOLINT(performance-no-int-to-ptr)
	return p;
}

void
pack_unref(const struct pack **p)
{
	struct pack *mine =
		(struct pack *)(uintptr_t)*p; // NOLINT(performance-no-int-to-ptr)
	*p = NULL;
	if (mine && --mine->refs == 0)
		pack_free(mine);
}
