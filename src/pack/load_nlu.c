/* Compiling how messages are understood: nlu/NAME.yaml, of which each file may hold any
 * of the parts. */
#include "pack/rasa.h"

#include "base/limits.h"

struct understanding {
	struct lexicon_source *lexicons[PACK_FILES_MAX];
	size_t lexicon_count;
	struct items rules;
	struct intent_source intents;
	struct rasa_data data; /* and the patterns, lookups and synonyms of `entities` */
};

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
	struct json *root = load_tree(l, file->path);
	if (!root)
		return;
	load_read(l, &nlu_source_schema, rasa_leave_out(l, root), &source);
	if (source.lexicon) {
		struct lexicon_source *lexicon = ARENA_NEW(l->a, struct lexicon_source);
		nlu_part(l, &lexicon_source_schema, source.lexicon, "lexicon", lexicon);
		u->lexicons[u->lexicon_count++] = lexicon;
	}
	if (source.intents) {
		struct intent_source intents = {0};
		nlu_part(l, &intent_source_schema, source.intents, "intents", &intents);
		load_join(l, &u->rules, &intents.rules, sizeof(struct intent_rule));
		items_each(const struct intent_rule, rule, intents.rules)
			load_intent(l, rule->intent);
		if (json_get(source.intents, STR("fallback")))
			u->intents = intents;
	}
	struct entity_source entities = {0};
	nlu_part(l, &entity_source_schema, source.entities, "entities", &entities);
	load_join(
		l, &u->data.patterns, &entities.patterns, sizeof(struct entity_pattern));
	load_join(l, &u->data.lookups, &entities.lookups, sizeof(struct entity_lookup));
	load_join(
		l, &u->data.synonyms, &entities.synonyms, sizeof(struct entity_synonym));
	if (source.nlu)
		rasa_read(l, source.nlu, &u->data);
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
	learn(l, &u->data.lessons, &l->pack->model);
	if (intent_classifier_new(&u->intents, l->pack->model, &nlu->classifier, &e))
		load_error(l, 0, "intents: %s", e.text);
	for (enum mood_topic i = 0; i < MOOD_TOPICS; i++)
		learn_mood(l, &u->data.moods[i], i, &nlu->moods.of[i]);
	struct items said = learn_synonyms(l, &u->data.lessons);
	load_join(l, &u->data.synonyms, &said, sizeof(struct entity_synonym));
	struct entity_source entities = {.patterns = u->data.patterns,
		.lookups = u->data.lookups,
		.synonyms = u->data.synonyms,
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
	load_intent(l, u->intents.fallback);
	l->pack->about.intents = l->pack->intent_count;
	nlu_compile(l, u);
}
