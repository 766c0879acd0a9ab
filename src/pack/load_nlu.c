/* Compiling how messages are understood: nlu/NAME.yaml, of which each file may hold any
 * of the parts. */
#include "pack/learn.h"

#include "base/limits.h"
#include "wire/yaml.h"

struct understanding {
	struct lexicon_source *lexicons[PACK_FILES_MAX];
	size_t lexicon_count;
	struct items rules, patterns, lookups, synonyms;
	struct intent_source intents;
	struct lessons lessons;
};

/* Appends the elements of `more` to *list. */
static void
items_join(struct arena *a, struct items *list, const struct items *more, size_t size)
{
	char *all = arena_alloc(a, size * (list->n + more->n) + 1);
	if (list->n)
		memcpy(all, list->p, size * list->n);
	if (more->n)
		memcpy(all + size * list->n, more->p, size * more->n);
	*list = (struct items){all, list->n + more->n};
}

static void
intent_add(struct loader *l, struct str name)
{
	struct pack *p = l->pack;
	if (!name.n || map_get(&p->intent_index, name))
		return;
	struct items all = {p->intents, p->intent_count}, one = {&name, 1};
	items_join(l->a, &all, &one, sizeof(name));
	p->intents = all.p;
	p->intent_count = all.n;
	map_put(&p->intent_index, name,
		(void *)(uintptr_t)p->intent_count); // NOLINT(performance-no-int-to-ptr)
}

/* The "- example" lines of Rasa's format; each must be one. */
static struct items
rasa_examples(struct loader *l, const struct json *v)
{
	struct str rest = json_str(v, (struct str){0}), line;
	struct str *list = NULL;
	size_t n = 0, at = 0;
	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == '\n';
	list = ARENA_ARRAY(l->a, struct str, n + 1);
	n = 0;
	while (str_split(&rest, '\n', &line)) {
		at++;
		line = str_trim(line);
		if (!line.n)
			continue;
		if (!str_starts(line, STR("- ")))
			load_error(l, v->line + (int)at,
				"examples: each line must begin with \"- \"");
		else
			list[n++] = str_trim(str_sub(line, 2, line.n));
	}
	return (struct items){list, n};
}

struct rasa_kind {
	const char *name;
	void (*read)(struct loader *l, struct understanding *u, struct str name,
		const struct items *examples, int line);
};

static void
rasa_intent(struct loader *l, struct understanding *u, struct str name,
	const struct items *examples, int line)
{
	const struct str *first = examples->p;
	if (!str_eq(name, LEARN_OOS))
		intent_add(l, name);
	items_each(const struct str, example, *examples)
		learn_example(l, &u->lessons, name, *example,
			line + 1 + (int)(example - first));
}

static void
rasa_synonym(struct loader *l, struct understanding *u, struct str name,
	const struct items *examples, int line)
{
	struct items one = {&(struct entity_synonym){.value = name, .of = *examples}, 1};
	(void)line;
	items_join(l->a, &u->synonyms, &one, sizeof(struct entity_synonym));
}

static void
rasa_lookup(struct loader *l, struct understanding *u, struct str name,
	const struct items *examples, int line)
{
	struct items one = {&(struct entity_lookup){
				    .kind = name, .values = *examples, .confidence = .9},
		1};
	(void)line;
	items_join(l->a, &u->lookups, &one, sizeof(struct entity_lookup));
}

static void
rasa_regex(struct loader *l, struct understanding *u, struct str name,
	const struct items *examples, int line)
{
	(void)line;
	items_each(const struct str, match, *examples) {
		struct items one = {
			&(struct entity_pattern){
				.kind = name, .match = *match, .confidence = .95},
			1};
		items_join(l->a, &u->patterns, &one, sizeof(struct entity_pattern));
	}
}

static const struct rasa_kind rasa_kinds[] = {{"intent", rasa_intent},
	{"synonym", rasa_synonym}, {"regex", rasa_regex}, {"lookup", rasa_lookup},
	{NULL, NULL}};

/* What an entry is: the member that is not `examples`. NULL: it is reported. */
static const struct rasa_kind *
rasa_entry_kind(
	struct loader *l, const struct json *entry, size_t index, struct str *name)
{
	static const char *const names[] = {
		"intent", "synonym", "regex", "lookup", "examples", NULL};
	const struct rasa_kind *kind = NULL;
	json_each(v, entry) {
		const struct rasa_kind *k = rasa_kinds;
		while (k->name && !str_eq(str_of(k->name), v->key))
			k++;
		if (k->name && !kind) {
			kind = k;
			*name = json_str(v, (struct str){0});
			continue;
		}
		if (str_eq(v->key, STR("examples")))
			continue;
		const char *near = suggest(names, v->key);
		load_error(l, v->line, "nlu[%zu]: unknown member \"%.*s\"%s%s%s", index,
			STR_ARG(v->key), near ? " (did you mean \"" : "",
			near ? near : "", near ? "\"?)" : "");
		return NULL;
	}
	if (!kind)
		load_error(l, entry->line,
			"nlu[%zu]: must have intent, synonym, regex or lookup", index);
	return kind;
}

static void
rasa_entry(
	struct loader *l, struct understanding *u, const struct json *entry, size_t index)
{
	struct str name = {0};
	if (entry->type != JSON_OBJECT || !entry->first) {
		load_error(l, entry->line, "nlu[%zu]: must be an object", index);
		return;
	}
	const struct rasa_kind *kind = rasa_entry_kind(l, entry, index, &name);
	if (!kind)
		return;
	const struct json *examples = json_get(entry, STR("examples"));
	if (!examples || examples->type != JSON_STRING) {
		load_error(l, entry->line,
			"nlu[%zu].examples: must be a text of \"- \" lines", index);
		return;
	}
	if (!name.n) {
		load_error(
			l, entry->line, "nlu[%zu].%s: must be a name", index, kind->name);
		return;
	}
	struct items list = rasa_examples(l, examples);
	kind->read(l, u, name, &list, examples->line);
}

static void
nlu_part(struct loader *l, const struct schema *s, const struct json *v, const char *name,
	void *out)
{
	struct error e = {0};
	if (v && schema_read(s, l->a, v, out, &e))
		load_error(l, e.line, "%s.%s", name, e.text);
}

static void
nlu_file(struct loader *l, struct understanding *u, const struct pack_file *file)
{
	struct nlu_source source = {0};
	if (!load_file(l, file->path, true, &nlu_source_schema, &source))
		return;
	if (source.lexicon) {
		struct lexicon_source *lexicon = ARENA_NEW(l->a, struct lexicon_source);
		nlu_part(l, &lexicon_source_schema, source.lexicon, "lexicon", lexicon);
		u->lexicons[u->lexicon_count++] = lexicon;
	}
	if (source.intents) {
		struct intent_source intents = {0};
		nlu_part(l, &intent_source_schema, source.intents, "intents", &intents);
		items_join(l->a, &u->rules, &intents.rules, sizeof(struct intent_rule));
		items_each(const struct intent_rule, rule, intents.rules)
			intent_add(l, rule->intent);
		if (json_get(source.intents, STR("fallback")))
			u->intents = intents;
	}
	struct entity_source entities = {0};
	nlu_part(l, &entity_source_schema, source.entities, "entities", &entities);
	items_join(l->a, &u->patterns, &entities.patterns, sizeof(struct entity_pattern));
	items_join(l->a, &u->lookups, &entities.lookups, sizeof(struct entity_lookup));
	items_join(l->a, &u->synonyms, &entities.synonyms, sizeof(struct entity_synonym));
	if (source.nlu && source.nlu->type != JSON_ARRAY)
		load_error(l, source.nlu->line, "nlu: must be a list");
	size_t i = 0;
	if (source.nlu && source.nlu->type == JSON_ARRAY)
		json_each(entry, source.nlu)
			rasa_entry(l, u, entry, i++);
}

/* Faults of text/ name the word or pattern; the file they came from is the folder nlu/.
 */
static void
nlu_compile(struct loader *l, struct understanding *u)
{
	struct pack_nlu *nlu = &l->pack->nlu;
	struct error e = {0};
	l->file = STR("nlu");
	if (lexicon_new((const struct lexicon_source *const *)u->lexicons,
		    u->lexicon_count, &nlu->lexicon, &e))
		load_error(l, 0, "lexicon: %s", e.text);
	u->intents.rules = u->rules;
	learn(l, &u->lessons, &l->pack->model);
	if (intent_classifier_new(&u->intents, l->pack->model, &nlu->classifier, &e))
		load_error(l, 0, "intents: %s", e.text);
	struct items said = learn_synonyms(l, &u->lessons);
	items_join(l->a, &u->synonyms, &said, sizeof(struct entity_synonym));
	struct entity_source entities = {.patterns = u->patterns,
		.lookups = u->lookups,
		.synonyms = u->synonyms,
		.learnt = l->pack->model ? model_tagger(l->pack->model) : NULL};
	if (language_reader_new(&nlu->languages, &e))
		load_error(l, 0, "languages: %s", e.text);
	if (entity_finder_new(&entities, &nlu->entities, &e))
		load_error(l, 0, "entities: %s", e.text);
}

void
load_nlu(struct loader *l)
{
	struct understanding *u = ARENA_NEW(l->a, struct understanding);
	for (size_t i = 0; i < l->files.n; i++) {
		if (str_starts(l->files.p[i].path, STR("nlu/")))
			nlu_file(l, u, &l->files.p[i]);
	}
	l->file = STR("nlu");
	if (!u->intents.fallback.n) {
		load_error(l, 0,
			"intents.fallback: no file says which intent a message has that nothing speaks for");
		return;
	}
	intent_add(l, u->intents.fallback);
	l->pack->about.intents = l->pack->intent_count;
	nlu_compile(l, u);
}
