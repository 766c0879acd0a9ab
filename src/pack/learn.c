#include "pack/learn.h"

#include "base/limits.h"
#include "base/map.h"
#include "pack/doubts.h"
#include "pack/learnt.h"

/* ---- reading examples ---- */

void
learn_example(struct loader *l, struct lessons *lessons, struct str label,
	struct str line, int at)
{
	struct annotation *said;
	size_t count;
	struct str text = annotation_read(l, line, at, &said, &count);
	if (!text.n)
		return;
	if (lessons->n == lessons->capacity) {
		size_t capacity = lessons->capacity ? 2 * lessons->capacity : 256;
		struct example *grown = ARENA_ARRAY(l->a, struct example, capacity);
		if (lessons->n)
			memcpy(grown, lessons->p, lessons->n * sizeof(*grown));
		lessons->p = grown;
		lessons->capacity = capacity;
	}
	lessons->p[lessons->n++] =
		(struct example){label, text, l->file, at, said, count};
}

struct items
learn_synonyms(struct loader *l, const struct lessons *lessons)
{
	size_t all = 0, n = 0;
	for (size_t i = 0; i < lessons->n; i++)
		all += lessons->p[i].said_count;
	struct entity_synonym *list = ARENA_ARRAY(l->a, struct entity_synonym, all + 1);
	for (size_t i = 0; i < lessons->n; i++) {
		const struct example *x = &lessons->p[i];
		for (size_t k = 0; k < x->said_count; k++) {
			const struct train_mention *m = &x->said[k].mention;
			if (!x->said[k].value.n)
				continue;
			struct str *written = ARENA_NEW(l->a, struct str);
			*written = str_sub(x->text, m->start, m->end);
			list[n++] = (struct entity_synonym){
				x->said[k].value, {written, 1}, m->kind};
		}
	}
	return (struct items){list, n};
}

/* Examples by label: the count is kept in the map itself. */
static size_t
label_count(const struct map *labels, struct str label)
{
	return (size_t)(uintptr_t)map_get(labels, label);
}

static void
count_labels(const struct lessons *lessons, struct map *labels)
{
	for (size_t i = 0; i < lessons->n; i++) {
		uintptr_t n = label_count(labels, lessons->p[i].label) + 1;
		map_put(labels, lessons->p[i].label,
			(void *)n); // NOLINT(performance-no-int-to-ptr)
	}
}

/* ---- the model ---- */

/* What a pack's model is learnt with: part of what its hash tells. */
static const struct train_options learn_options = {.seed = 1};

static enum err
model_train(struct loader *l, const struct train_row *rows, size_t count,
	struct model **out, struct str *bytes, struct error *e)
{
	struct buf b;
	buf_init(&b, MODEL_BYTES_MAX);
	enum err err = train_model(rows, count, &learn_options, &b, e);
	if (!err) {
		char *own = arena_alloc(l->a, b.n);
		memcpy(own, b.p, b.n);
		*bytes = (struct str){own, b.n};
		err = model_open_bytes(*bytes, out, e);
	}
	buf_fini(&b);
	return err;
}

/* A model that could be kept is used from its file: then its pages are nobody's memory. */
static void
model_get(
	struct loader *l, const struct train_row *rows, size_t count, struct model **out)
{
	const struct pack_host *host = l->host;
	uint64_t source = train_source_hash(rows, count, &learn_options);
	struct str bytes;
	struct error e = {0};
	if (host->models && learnt_open(l->a, host->models, source, true, out))
		return;
	if (host->shipped && learnt_open(l->a, host->shipped, source, false, out))
		return;
	struct arena_mark mark = arena_mark(l->a);
	if (model_train(l, rows, count, out, &bytes, &e)) {
		load_error(l, 0, "examples: %s", e.text);
		return;
	}
	bool kept = host->models && learnt_keep(l->a, host->models, source, bytes);
	if (host->learnt)
		host->learnt(count, kept ? host->models : NULL);
	struct model *file = NULL;
	if (kept && learnt_open(l->a, host->models, source, false, &file)) {
		model_close(out);
		arena_reset(l->a, mark);
		*out = file;
	}
}

struct str
pack_model_name(const struct pack *p, struct arena *a)
{
	if (!p->model)
		return STR("");
	return learnt_name(
		a, train_source_hash(p->examples, p->example_count, &learn_options));
}

static struct train_row
example_row(struct arena *a, const struct example *x)
{
	struct train_mention *mentions =
		ARENA_ARRAY(a, struct train_mention, x->said_count + 1);
	for (size_t k = 0; k < x->said_count; k++)
		mentions[k] = x->said[k].mention;
	return (struct train_row){x->label, x->text, mentions, x->said_count};
}

void
learn(struct loader *l, const struct lessons *lessons, struct model **model)
{
	struct map labels;
	struct train_row *rows = ARENA_ARRAY(l->a, struct train_row, lessons->n + 1);
	size_t n = 0, intents = 0;
	map_init(&labels);
	count_labels(lessons, &labels);
	for (size_t i = 0; i < lessons->n; i++) {
		const struct example *x = &lessons->p[i];
		if (label_count(&labels, x->label) >= LEARN_EXAMPLES_MIN)
			rows[n++] = example_row(l->a, x);
	}
	l->pack->examples = rows;
	l->pack->example_count = n;
	for (size_t i = 1; i < n; i++)
		intents += !str_eq(rows[i].label, rows[0].label) &&
			!str_eq(rows[i].label, LEARN_OOS);
	if (intents)
		model_get(l, rows, n, model);
	map_fini(&labels);
	if (l->thorough)
		doubts_say(l, lessons, *model);
	l->file = STR("nlu");
}

void
learn_mood(struct loader *l, const struct lessons *lessons, enum mood_topic topic,
	struct model **model)
{
	struct map labels;
	struct train_row *rows = ARENA_ARRAY(l->a, struct train_row, lessons->n + 1);
	size_t n = 0, others = 0;
	map_init(&labels);
	count_labels(lessons, &labels);
	for (size_t i = 0; i < lessons->n; i++) {
		const struct example *x = &lessons->p[i];
		if (label_count(&labels, x->label) >= LEARN_EXAMPLES_MIN)
			rows[n++] =
				(struct train_row){.label = x->label, .text = x->text};
	}
	for (size_t i = 1; i < n; i++)
		others += !str_eq(rows[i].label, rows[0].label);
	if (others)
		model_get(l, rows, n, model);
	else if (lessons->n)
		load_warning(l, lessons->p[0].line,
			"%s: nothing is learnt from examples of one label, or of fewer than %d",
			mood_topic_names[topic], LEARN_EXAMPLES_MIN);
	map_fini(&labels);
	if (l->thorough && lessons->n)
		doubts_say(l, lessons, *model);
	l->file = STR("nlu");
}
