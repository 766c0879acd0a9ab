#include "pack/rasa.h"

/* One line of `examples`, and where it stands. */
struct line {
	struct str text;
	int line;
};

/* ---- examples ---- */

/* The "- example" lines of a text; each must be one. */
static struct items
read_lines(struct loader *l, const struct json *v)
{
	struct str rest = json_str(v, (struct str){0}), line;
	size_t n = 0;
	int at = v->line; /* of the mark of the block, whose text begins below it */
	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == '\n';
	struct line *list = ARENA_ARRAY(l->a, struct line, n + 1);
	n = 0;
	while (str_split(&rest, '\n', &line)) {
		at++;
		line = str_trim(line);
		if (!line.n)
			continue;
		if (line.p[0] != '-')
			load_error(l, at, "examples: each line must begin with \"- \"");
		else
			list[n++] = (struct line){str_trim(str_sub(line, 1, line.n)), at};
	}
	return (struct items){list, n};
}

/* The text of an element of a list, or NULL: that is reported. */
static const struct json *
element_text(struct loader *l, const struct json *element)
{
	static const char *const known[] = {"text", "metadata", NULL};
	const struct json *text = element;
	if (element->type == JSON_OBJECT) {
		text = json_get(element, STR("text"));
		json_each(member, element) {
			if (str_eq(member->key, STR("text")) ||
				str_eq(member->key, STR("metadata")))
				continue;
			const char *near = suggest(known, member->key);
			load_error(l, member->line,
				"examples: unknown member \"%.*s\"%s%s%s",
				STR_ARG(member->key), near ? " (did you mean \"" : "",
				near ? near : "", near ? "\"?)" : "");
		}
	}
	if (text && text->type == JSON_STRING)
		return text;
	load_error(l, element->line, "examples: must be a text or have one as `text`");
	return NULL;
}

static struct items
read_list(struct loader *l, const struct json *v)
{
	struct line *list = ARENA_ARRAY(l->a, struct line, v->count + 1);
	size_t n = 0;
	json_each(element, v) {
		const struct json *text = element_text(l, element);
		struct str said = text ? str_trim(json_str(text, STR(""))) : STR("");
		if (said.n)
			list[n++] = (struct line){said, element->line};
	}
	return (struct items){list, n};
}

static struct items
line_texts(struct loader *l, const struct items *lines)
{
	struct str *list = ARENA_ARRAY(l->a, struct str, lines->n + 1);
	size_t n = 0;
	items_each(const struct line, x, *lines)
		list[n++] = x->text;
	return (struct items){list, n};
}

/* ---- what an entry is ---- */

struct kind {
	const char *name;
	/* NULL: examples of a mood. */
	void (*read)(struct loader *l, struct rasa_data *data, struct str name,
		const struct items *lines);
	enum mood_topic topic;
};

static void
add_intent(struct loader *l, struct rasa_data *data, struct str name,
	const struct items *lines)
{
	if (!str_eq(name, LEARN_OOS))
		load_intent(l, name);
	items_each(const struct line, x, *lines)
		learn_example(l, &data->lessons, name, x->text, x->line);
}

static void
add_synonym(struct loader *l, struct rasa_data *data, struct str name,
	const struct items *lines)
{
	struct entity_synonym synonym = {.value = name, .of = line_texts(l, lines)};
	load_join(l, &data->synonyms, &(struct items){&synonym, 1}, sizeof synonym);
}

static void
add_lookup(struct loader *l, struct rasa_data *data, struct str name,
	const struct items *lines)
{
	struct entity_lookup lookup = {
		.kind = name, .values = line_texts(l, lines), .confidence = .9};
	load_join(l, &data->lookups, &(struct items){&lookup, 1}, sizeof lookup);
}

/* Each is compiled on its own, so that a fault has its line. */
static void
add_regex(struct loader *l, struct rasa_data *data, struct str name,
	const struct items *lines)
{
	items_each(const struct line, x, *lines) {
		struct pattern alone = {.source = x->text};
		struct patterns *compiled = NULL;
		struct error e = {0};
		if (patterns_new(&alone, 1, &compiled, &e)) {
			load_error(
				l, x->line, "the regex %.*s: %s", STR_ARG(name), e.text);
			continue;
		}
		patterns_free(&compiled);
		struct entity_pattern pattern = {
			.kind = name, .match = x->text, .confidence = .95};
		load_join(
			l, &data->patterns, &(struct items){&pattern, 1}, sizeof pattern);
	}
}

static void
add_mood(struct loader *l, struct rasa_data *data, enum mood_topic topic, struct str name,
	const struct items *lines)
{
	const char *const *label = mood_topic_labels(topic);
	while (*label && !str_eq(str_of(*label), name))
		label++;
	items_each(const struct line, x, *lines) {
		if (*label) {
			learn_example(l, &data->moods[topic], name, x->text, x->line);
			continue;
		}
		load_error(l, x->line, "%s has no label \"%.*s\"",
			mood_topic_names[topic], STR_ARG(name));
		return;
	}
}

static const struct kind kinds[] = {
	{"intent", add_intent, 0},
	{"synonym", add_synonym, 0},
	{"regex", add_regex, 0},
	{"lookup", add_lookup, 0},
	{"sentiment", NULL, MOOD_SENTIMENT},
	{"urgency", NULL, MOOD_URGENCY},
	{"complaint", NULL, MOOD_COMPLAINT},
	{"wants_person", NULL, MOOD_WANTS_PERSON},
	{NULL, NULL, 0},
};

static const struct kind *
kind_find(struct str name)
{
	const struct kind *k = kinds;
	while (k->name && !str_eq(str_of(k->name), name))
		k++;
	return k->name ? k : NULL;
}

/* An entry is of the kind that it has a member of. NULL: it is reported. */
static const struct kind *
entry_kind(struct loader *l, const struct json *entry, size_t index, struct str *name)
{
	static const char *const names[] = {"intent", "synonym", "regex", "lookup",
		"sentiment", "urgency", "complaint", "wants_person", "examples",
		"metadata", NULL};
	const struct kind *kind = NULL;
	json_each(v, entry) {
		const struct kind *k = kind_find(v->key);
		if (k && !kind) {
			kind = k;
			*name = json_str(v, (struct str){0});
			continue;
		}
		if (str_eq(v->key, STR("examples")) || str_eq(v->key, STR("metadata")))
			continue;
		const char *near = suggest(names, v->key);
		load_error(l, v->line, "nlu[%zu]: unknown member \"%.*s\"%s%s%s", index,
			STR_ARG(v->key), near ? " (did you mean \"" : "",
			near ? near : "", near ? "\"?)" : "");
		return NULL;
	}
	if (!kind)
		load_error(l, entry->line,
			"nlu[%zu]: must have intent, synonym, regex, lookup or a mood",
			index);
	return kind;
}

static void
read_entry(
	struct loader *l, const struct json *entry, size_t index, struct rasa_data *data)
{
	struct str name = {0};
	if (entry->type != JSON_OBJECT || !entry->first) {
		load_error(l, entry->line, "nlu[%zu]: must be an object", index);
		return;
	}
	const struct kind *kind = entry_kind(l, entry, index, &name);
	if (!kind)
		return;
	if (!name.n) {
		load_error(
			l, entry->line, "nlu[%zu].%s: must be a name", index, kind->name);
		return;
	}
	const struct json *examples = json_get(entry, STR("examples"));
	struct items lines = {0};
	if (examples && examples->type == JSON_STRING) {
		lines = read_lines(l, examples);
	} else if (examples && examples->type == JSON_ARRAY) {
		lines = read_list(l, examples);
	} else if (!examples || examples->type != JSON_NULL) {
		load_error(l, entry->line,
			"nlu[%zu].examples: must be a text of \"- \" lines or a list",
			index);
		return;
	}
	if (!lines.n)
		load_warning(l, entry->line, "the %s %.*s has no examples", kind->name,
			STR_ARG(name));
	if (kind->read)
		kind->read(l, data, name, &lines);
	else
		add_mood(l, data, kind->topic, name, &lines);
}

void
rasa_read(struct loader *l, const struct json *nlu, struct rasa_data *data)
{
	size_t i = 0;
	if (nlu->type != JSON_ARRAY) {
		load_error(l, nlu->line, "nlu: must be a list");
		return;
	}
	json_each(entry, nlu)
		read_entry(l, entry, i++, data);
}

/* ---- the rest of a file of Rasa's ---- */

static bool
is_among(const char *const *names, struct str name)
{
	while (*names && !str_eq(name, str_of(*names)))
		names++;
	return *names != NULL;
}

/* Two names that a domain of Rasa's has hold a list there and an object here. */
static bool
is_left_out(const struct json *v)
{
	static const char *const lists[] = {"intents", "entities", NULL};
	static const char *const others[] = {"stories", "rules", "responses", "slots",
		"forms", "actions", "e2e_actions", "session_config", NULL};
	return is_among(others, v->key) ||
		(v->type == JSON_ARRAY && is_among(lists, v->key));
}

const struct json *
rasa_leave_out(struct loader *l, const struct json *root)
{
	if (root->type != JSON_OBJECT)
		return root;
	struct json *rest = json_new_object(l->a);
	rest->line = root->line;
	json_each(v, root) {
		if (is_left_out(v)) {
			load_warning(l, v->line,
				"%.*s: is not read: what is said and done stands in policy.yaml and responses.yaml",
				STR_ARG(v->key));
			continue;
		}
		struct json *member = ARENA_NEW(l->a, struct json);
		*member = *v;
		member->next = NULL;
		json_set(rest, v->key, member);
	}
	return rest;
}
