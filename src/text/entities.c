#include "text/entities.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/memo.h"
#include "text/entity_drafts.h"
#include "text/entity_lookup.h"
#include "text/patterns.h"
#include "text/tagger.h"

static const struct field pattern_fields[] = {
	FIELD(struct entity_pattern, kind, SCHEMA_STR, .required = true, .min = 1,
		.max = 64, .doc = "kind of entity"),
	FIELD(struct entity_pattern, match, SCHEMA_STR, .required = true, .min = 1,
		.max = PATTERN_SOURCE_MAX,
		.doc = "regular expression over the message; group 1, when there is one, is the value"),
	FIELD(struct entity_pattern, prefix, SCHEMA_STR, .max = 64,
		.doc = "put before a value that does not start with it"),
	FIELD(struct entity_pattern, role, SCHEMA_STR, .max = 64,
		.doc = "part that the entity plays"),
	FIELD(struct entity_pattern, confidence, SCHEMA_DOUBLE, .min = 0, .max = 1,
		.fallback = "0.95", .doc = "confidence of a match"),
	FIELD(struct entity_pattern, case_sensitive, SCHEMA_BOOL,
		.doc = "capitals matter"),
	FIELD(struct entity_pattern, upper, SCHEMA_BOOL,
		.doc = "the value is written in capitals"),
};
static const struct schema pattern_schema = SCHEMA(
	"entity_pattern", struct entity_pattern, pattern_fields, "an entity by its form");

static const struct field lookup_fields[] = {
	FIELD(struct entity_lookup, kind, SCHEMA_STR, .required = true, .min = 1,
		.max = 64, .doc = "kind of entity"),
	FIELD(struct entity_lookup, values, SCHEMA_STRS, .required = true,
		.doc = "names, as the value is to be written"),
	FIELD(struct entity_lookup, role, SCHEMA_STR, .max = 64,
		.doc = "part that the entity plays"),
	FIELD(struct entity_lookup, confidence, SCHEMA_DOUBLE, .min = 0, .max = 1,
		.fallback = "0.9", .doc = "confidence of a match"),
	FIELD(struct entity_lookup, exact, SCHEMA_BOOL,
		.doc = "no spelling mistakes are forgiven"),
};
static const struct schema lookup_schema =
	SCHEMA("entity_lookup", struct entity_lookup, lookup_fields, "a list of names");

static const struct field synonym_fields[] = {
	FIELD(struct entity_synonym, value, SCHEMA_STR, .required = true, .min = 1,
		.doc = "the value to give"),
	FIELD(struct entity_synonym, of, SCHEMA_STRS, .required = true,
		.doc = "what is written for it"),
	FIELD(struct entity_synonym, kind, SCHEMA_STR, .max = 64,
		.doc = "only for this kind"),
};
static const struct schema synonym_schema = SCHEMA("entity_synonym",
	struct entity_synonym, synonym_fields, "other ways to write a value");

static const struct field source_fields[] = {
	FIELD(struct entity_source, patterns, SCHEMA_LIST, .of = &pattern_schema,
		.max = PATTERNS_MAX, .doc = "by form"),
	FIELD(struct entity_source, lookups, SCHEMA_LIST, .of = &lookup_schema,
		.doc = "by name"),
	FIELD(struct entity_source, synonyms, SCHEMA_LIST, .of = &synonym_schema,
		.doc = "values written in other ways"),
};
const struct schema entity_source_schema =
	SCHEMA("entities", struct entity_source, source_fields, "entities of a pack");

struct synonym {
	struct str kind, value;
	struct synonym *next; /* of the same text */
};

/* Most messages hold nothing of what is learnt, and few more than an address. */
#define TAGS_REMEMBERED 4

struct tags {
	size_t n;
	struct tag p[TAGS_REMEMBERED];
};

struct entity_finder {
	struct arena arena;
	struct entity_pattern *rules;
	struct patterns *patterns; /* ids are indices of rules */
	struct entity_lookups *lookups;
	const struct tagger *learnt;
	struct memo *tags;   /* what it found in texts of late: struct tags */
	struct map synonyms; /* text in small letters -> struct synonym */
};

static struct str
str_lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + ('a' - 'A'))
						      : s.p[i];
	return (struct str){p, s.n};
}

static struct str
str_upper(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - ('a' - 'A'))
						      : s.p[i];
	return (struct str){p, s.n};
}

static enum err
finder_patterns(struct entity_finder *f, const struct items *in, struct error *e)
{
	struct pattern *list = mem_zalloc((in->n + 1) * sizeof(*list));
	size_t n = 0;
	f->rules = ARENA_ARRAY(&f->arena, struct entity_pattern, in->n + 1);
	items_each(const struct entity_pattern, p, *in) {
		list[n] = (struct pattern){
			.source = p->match, .case_sensitive = p->case_sensitive};
		f->rules[n++] = (struct entity_pattern){
			.kind = arena_str(&f->arena, p->kind),
			.prefix = arena_str(&f->arena, p->prefix),
			.role = arena_str(&f->arena, p->role),
			.confidence = p->confidence > 0 ? p->confidence : .95,
			.upper = p->upper,
		};
	}
	enum err err = patterns_new(list, n, &f->patterns, e);
	free(list);
	return err;
}

static void
finder_synonyms(struct entity_finder *f, const struct items *in)
{
	items_each(const struct entity_synonym, s, *in) {
		items_each(const struct str, written, s->of) {
			struct synonym *one = ARENA_NEW(&f->arena, struct synonym);
			struct str key = str_lower(&f->arena, *written);
			one->kind = arena_str(&f->arena, s->kind);
			one->value = arena_str(&f->arena, s->value);
			one->next = map_put(&f->synonyms, key, one);
		}
	}
}

enum err
entity_finder_new(
	const struct entity_source *source, struct entity_finder **out, struct error *e)
{
	static const struct entity_source none = {0};
	const struct entity_source *s = source ? source : &none;
	struct entity_finder *f = mem_zalloc(sizeof(*f));
	arena_init(&f->arena, 8192);
	map_init(&f->synonyms);
	enum err err = finder_patterns(f, &s->patterns, e);
	if (!err)
		err = entity_lookups_new(&s->lookups, &f->lookups, e);
	if (err) {
		entity_finder_free(&f);
		return err;
	}
	f->learnt = s->learnt;
	if (f->learnt)
		f->tags = memo_new(TEXTS_REMEMBERED, sizeof(struct tags));
	finder_synonyms(f, &s->synonyms);
	*out = f;
	return OK;
}

void
entity_finder_free(struct entity_finder **finder)
{
	struct entity_finder *f = *finder;
	if (!f)
		return;
	patterns_free(&f->patterns);
	entity_lookups_free(&f->lookups);
	memo_free(&f->tags);
	map_fini(&f->synonyms);
	arena_fini(&f->arena);
	free(f);
	*finder = NULL;
}

static void
read_patterns(struct entity_finder *f, struct drafts *d)
{
	struct pattern_hits hits;
	patterns_scan(f->patterns, d->a, d->t->text, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		const struct pattern_hit *h = &hits.p[i];
		const struct entity_pattern *rule = &f->rules[h->id];
		struct str value = str_sub(d->t->text, h->group_start, h->group_end);
		if (rule->upper)
			value = str_upper(d->a, value);
		if (rule->prefix.n && !str_starts(value, rule->prefix))
			value = arena_printf(
				d->a, "%.*s%.*s", STR_ARG(rule->prefix), STR_ARG(value));
		drafts_add_entity(d, RANK_PATTERN,
			&(struct entity){
				.kind = rule->kind,
				.role = rule->role,
				.text = str_sub(d->t->text, h->start, h->end),
				.value = value,
				.start = h->start,
				.end = h->end,
				.confidence = rule->confidence,
			});
	}
}

/* Gives its role to what stronger evidence found of the same kind at the same place. */
static bool
role_given(struct drafts *d, const struct tag *tag, size_t start, size_t end)
{
	bool found = false;
	for (size_t i = 0; i < d->n; i++) {
		struct entity *e = &d->p[i].entity;
		if (e->start >= end || e->end <= start || !str_eq(e->kind, tag->kind))
			continue;
		if (!e->role.n)
			e->role = tag->role;
		found = true;
	}
	return found;
}

static size_t
find_tags(const struct entity_finder *f, const struct drafts *d, const struct tag **out)
{
	struct memo_key key = memo_key(f->tags, d->t->text);
	const struct tags *known = memo_find(f->tags, key);
	if (known) {
		*out = known->p;
		return known->n;
	}
	struct tags kept = {0};
	struct tag *tags;
	size_t n = tagger_read(f->learnt, d->a, d->t, &tags);
	*out = tags;
	if (n > TAGS_REMEMBERED)
		return n;
	kept.n = n;
	memcpy(kept.p, tags, n * sizeof(*tags));
	memo_keep(f->tags, key, &kept);
	return n;
}

static void
read_learnt(const struct entity_finder *f, struct drafts *d)
{
	const struct tag *tags;
	size_t n = find_tags(f, d, &tags);
	for (size_t i = 0; i < n; i++) {
		const struct tag *tag = &tags[i];
		size_t start = d->t->p[tag->first].start, end = d->t->p[tag->last].end;
		struct str text = str_sub(d->t->text, start, end);
		if (role_given(d, tag, start, end))
			continue;
		drafts_add_entity(d, RANK_LEARNT,
			&(struct entity){
				.kind = tag->kind,
				.role = tag->role,
				.text = text,
				.value = text,
				.start = (uint32_t)start,
				.end = (uint32_t)end,
				.confidence = tag->confidence,
			});
	}
}

static void
apply_synonyms(const struct entity_finder *f, struct arena *a, struct entity *e)
{
	for (const struct synonym *s = map_get(&f->synonyms, str_lower(a, e->text)); s;
		s = s->next) {
		if (s->kind.n == 0 || str_eq(s->kind, e->kind)) {
			e->value = s->value;
			return;
		}
	}
}

void
entities_read(struct entity_finder *f, struct arena *a, const struct tokens *t,
	const struct entity_context *c, struct entities *out)
{
	struct drafts d = {
		.a = a, .t = t, .context = c, .spanish = str_eq(c->language, STR("es"))};
	read_patterns(f, &d);
	entity_contact_read(&d); /* before names: those inside an address are none */
	entity_lookups_read(f->lookups, &d);
	entity_number_read(&d);
	entity_time_read(&d);
	entity_order_read(&d);
	if (f->learnt)
		read_learnt(f, &d);
	drafts_settle(&d, out);
	for (size_t i = 0; i < out->n; i++)
		apply_synonyms(f, a, &out->p[i]);
}

const struct entity *
entities_get(const struct entities *e, struct str kind)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(e->p[i].kind, kind))
			return &e->p[i];
	return NULL;
}
