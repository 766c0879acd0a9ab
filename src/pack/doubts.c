#include "pack/doubts.h"

#include "base/map.h"

/* An intent, as far as its examples go. */
struct label {
	struct str name;
	size_t examples;
	bool said; /* that it has too few */
};

/* A word of the examples, small ones left out. */
struct word {
	size_t examples; /* that have it */
	size_t *in;      /* their numbers, rising */
};

struct view {
	const struct example *example;
	struct label *label;
	struct word **words; /* each once, in the order of the text */
	size_t n;
	struct str bare;             /* its words without courtesies and articles */
	const struct example *first; /* with the very same words; NULL: it is */
};

struct doubts {
	struct loader *l;
	const struct lessons *lessons;
	struct arena a;
	struct map labels, words;
	struct view *views;
};

/* ---- examples as words ---- */

/* Courtesies and articles, English and Spanish, in normal form: two texts that differ by
 * them only are the same. */
static const char *const empty_words[] = {"a", "an", "el", "favor", "hello", "hey", "hi",
	"hola", "just", "kindly", "la", "las", "los", "my", "mi", "mis", "our", "please",
	"pls", "plz", "por", "the", "un", "una", NULL};
/* And words that say who wants, not what. Negations, questions and the past tense are none
 * of them. */
static const char *const small_words[] = {"about", "all", "also", "am", "and", "any",
	"are", "as", "at", "be", "but", "by", "can", "could", "do", "does", "for", "from",
	"get", "give", "had", "i", "i'd", "i'm", "if", "is", "it", "it's", "its", "know",
	"like", "may", "me", "might", "need", "of", "or", "shall", "should", "show", "so",
	"some", "tell", "that", "that's", "their", "them", "there", "they", "this", "to",
	"us", "want", "we", "what", "what's", "will", "with", "would", "you", "your",
	"al", "con", "de", "del", "dime", "en", "es", "esa", "ese", "eso", "esta", "este",
	"esto", "le", "les", "lo", "me", "necesito", "para", "podria", "puede", "puedes",
	"puedo", "que", "quiero", "quisiera", "se", "son", "su", "sus", "te", "tu", "y",
	NULL};

static bool
is_among(const char *const *words, struct str norm)
{
	while (*words && !str_eq(norm, str_of(*words)))
		words++;
	return *words != NULL;
}

/* The words and emoji of a text but for those of a list, which may be NULL. */
static struct str
text_key(struct arena *a, const struct tokens *t, const char *const *without)
{
	char *key = arena_alloc(a, t->norm.n + t->n + 1);
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct token *word = &t->p[i];
		if (word->kind == TOKEN_PUNCTUATION ||
			(without && is_among(without, word->norm)))
			continue;
		memcpy(key + n, word->norm.p, word->norm.n);
		n += word->norm.n;
		key[n++] = ' ';
	}
	/* A text of marks alone is told by them. */
	return n ? (struct str){key, n} : t->norm;
}

/* The kind of the annotation that a token lies in; p NULL: in none. */
static struct str
annotated_kind(const struct example *x, const struct token *t)
{
	for (size_t i = 0; i < x->said_count; i++) {
		const struct train_mention *m = &x->said[i].mention;
		if (t->start >= m->start && t->end <= m->end)
			return m->kind;
	}
	return (struct str){0};
}

/* What a token counts as when meanings are compared; empty: nothing. */
static struct str
word_key(struct doubts *d, const struct example *x, const struct token *t)
{
	struct str kind = annotated_kind(x, t), key = t->norm;
	if (kind.p)
		return arena_printf(&d->a, "<%.*s>", STR_ARG(kind));
	if (t->kind == TOKEN_NUMBER)
		return STR("<number>");
	if (t->kind != TOKEN_WORD || is_among(empty_words, key) ||
		is_among(small_words, key))
		return STR("");
	if (str_ends(key, STR("'s")))
		key.n -= 2;
	else if (key.n > 3 && key.p[key.n - 1] == 's' && key.p[key.n - 2] != 's')
		key.n--;
	return key;
}

static struct word *
word_get(struct doubts *d, struct str key)
{
	struct word *w = map_get(&d->words, key);
	if (w)
		return w;
	w = ARENA_NEW(&d->a, struct word);
	map_put(&d->words, key, w);
	return w;
}

static void
view_read(struct doubts *d, struct view *v)
{
	struct tokens t;
	tokens_read(&d->a, v->example->text, &t);
	v->words = ARENA_ARRAY(&d->a, struct word *, t.n + 1);
	v->bare = text_key(&d->a, &t, empty_words);
	for (size_t i = 0; i < t.n; i++) {
		struct str key = word_key(d, v->example, &t.p[i]);
		if (!key.n)
			continue;
		struct word *w = word_get(d, key);
		size_t k = 0;
		while (k < v->n && v->words[k] != w)
			k++;
		if (k < v->n)
			continue;
		v->words[v->n++] = w;
		w->examples++;
	}
}

static struct label *
label_get(struct doubts *d, struct str name)
{
	struct label *label = map_get(&d->labels, name);
	if (label)
		return label;
	label = ARENA_NEW(&d->a, struct label);
	label->name = name;
	map_put(&d->labels, name, label);
	return label;
}

static void
views_read(struct doubts *d)
{
	const struct lessons *lessons = d->lessons;
	d->views = ARENA_ARRAY(&d->a, struct view, lessons->n + 1);
	for (size_t i = 0; i < lessons->n; i++) {
		struct view *v = &d->views[i];
		*v = (struct view){.example = &lessons->p[i],
			.label = label_get(d, lessons->p[i].label)};
		v->label->examples++;
		view_read(d, v);
	}
}

/* ---- too few ---- */

static void
say_few(struct doubts *d)
{
	for (size_t i = 0; i < d->lessons->n; i++) {
		struct view *v = &d->views[i];
		size_t n = v->label->examples;
		if (n >= LEARN_EXAMPLES_MIN || v->label->said)
			continue;
		v->label->said = true;
		d->l->file = v->example->file;
		load_warning(d->l, v->example->line,
			"%.*s has %zu example%s: it is learnt from %d on, and well from 30",
			STR_ARG(v->label->name), n, n == 1 ? "" : "s",
			LEARN_EXAMPLES_MIN);
	}
}

/* ---- twice ---- */

static void
say_twice(struct doubts *d)
{
	struct map seen;
	map_init(&seen);
	for (size_t i = 0; i < d->lessons->n; i++) {
		struct example *x = &d->lessons->p[i];
		struct tokens t;
		tokens_read(&d->a, x->text, &t);
		struct str key = text_key(&d->a, &t, NULL);
		const struct example *first = map_get(&seen, key);
		d->views[i].first = first;
		d->l->file = x->file;
		if (!first)
			map_put(&seen, key, x);
		else if (str_eq(first->label, x->label))
			load_warning(d->l, x->line,
				"\"%.*s\" is there already: an example of %.*s in %.*s:%d",
				STR_ARG(x->text), STR_ARG(x->label), STR_ARG(first->file),
				first->line);
		else
			load_warning(d->l, x->line,
				"\"%.*s\" is an example of %.*s and of %.*s (%.*s:%d): they cannot be told apart",
				STR_ARG(x->text), STR_ARG(x->label),
				STR_ARG(first->label), STR_ARG(first->file), first->line);
	}
	map_fini(&seen);
}

/* ---- too alike ---- */

/* Which examples have a word. */
static void
index_words(struct doubts *d)
{
	size_t at = 0;
	struct str key;
	void *value;
	while (map_next(&d->words, &at, &key, &value)) {
		struct word *w = value;
		w->in = ARENA_ARRAY(&d->a, size_t, w->examples);
		w->examples = 0;
	}
	for (size_t i = 0; i < d->lessons->n; i++)
		for (size_t k = 0; k < d->views[i].n; k++) {
			struct word *w = d->views[i].words[k];
			w->in[w->examples++] = i;
		}
}

static bool
has_word(const struct view *v, const struct word *w)
{
	for (size_t k = 0; k < v->n; k++)
		if (v->words[k] == w)
			return true;
	return false;
}

/* A word of `v`, which `other` lacks, tells the intent of `v`. */
static bool
told_apart(const struct doubts *d, const struct view *v, const struct view *other)
{
	for (size_t k = 0; k < v->n; k++) {
		const struct word *w = v->words[k];
		size_t same = 0;
		if (w->examples < DOUBT_TELLS || has_word(other, w))
			continue;
		for (size_t i = 0; i < w->examples; i++)
			same += d->views[w->in[i]].label == v->label;
		if (same >= DOUBT_TELLS && same * 4 >= w->examples * 3)
			return true;
	}
	return false;
}

/* `shared` words of both. The fewer words there are, the more their order says. */
static bool
are_alike(const struct doubts *d, const struct view *v, const struct view *other,
	size_t shared)
{
	if (2 * (double)shared < DOUBT_ALIKE * (double)(v->n + other->n))
		return false;
	if (v->n == 1)
		return str_eq(v->bare, other->bare);
	if (v->n == 2)
		return v->words[0] == other->words[0] && v->words[1] == other->words[1];
	return !told_apart(d, v, other) && !told_apart(d, other, v);
}

/* The first example before number `i` that is too like it and of another intent; NULL:
 * none is. `shared` is zero for each example, and so again afterwards. */
static const struct view *
find_twin(struct doubts *d, size_t i, size_t *shared)
{
	const struct view *v = &d->views[i], *twin = NULL;
	for (size_t k = 0; k < v->n; k++) {
		const struct word *w = v->words[k];
		for (size_t j = 0; j < w->examples && w->in[j] < i; j++)
			shared[w->in[j]]++;
	}
	for (size_t k = 0; k < v->n; k++) {
		const struct word *w = v->words[k];
		for (size_t j = 0; j < w->examples && w->in[j] < i; j++) {
			const struct view *other = &d->views[w->in[j]];
			size_t both = shared[w->in[j]];
			shared[w->in[j]] = 0;
			if (!twin && both && other->label != v->label &&
				are_alike(d, v, other, both))
				twin = other;
		}
	}
	return twin;
}

static void
say_alike(struct doubts *d)
{
	size_t *shared = ARENA_ARRAY(&d->a, size_t, d->lessons->n + 1);
	index_words(d);
	for (size_t i = 0; i < d->lessons->n; i++) {
		const struct view *v = &d->views[i], *twin = find_twin(d, i, shared);
		if (!twin || v->first)
			continue;
		const struct example *x = v->example, *y = twin->example;
		d->l->file = x->file;
		load_warning(d->l, x->line,
			"\"%.*s\" is an example of %.*s, and \"%.*s\" of %.*s (%.*s:%d): they cannot be told apart",
			STR_ARG(x->text), STR_ARG(x->label), STR_ARG(y->text),
			STR_ARG(y->label), STR_ARG(y->file), y->line);
	}
}

/* ---- reads like ---- */

static void
say_confused(struct doubts *d, const struct model *m)
{
	for (size_t i = 0; i < d->lessons->n; i++) {
		const struct example *x = d->views[i].example;
		struct prediction found;
		struct arena_mark mark = arena_mark(&d->a);
		model_predict(m, &d->a, x->text, &found);
		struct str best = model_class(m, found.best);
		d->l->file = x->file;
		if (d->views[i].label->examples >= LEARN_EXAMPLES_MIN &&
			!str_eq(x->label, LEARN_OOS) && !str_eq(best, x->label))
			load_warning(d->l, x->line,
				"\"%.*s\" is an example of %.*s but reads like %.*s",
				STR_ARG(x->text), STR_ARG(x->label), STR_ARG(best));
		arena_reset(&d->a, mark);
	}
}

void
doubts_say(struct loader *l, const struct lessons *lessons, const struct model *m)
{
	struct doubts d = {.l = l, .lessons = lessons};
	arena_init(&d.a, 0);
	map_init(&d.labels);
	map_init(&d.words);
	views_read(&d);
	say_few(&d);
	say_twice(&d);
	say_alike(&d);
	if (m)
		say_confused(&d, m);
	map_fini(&d.words);
	map_fini(&d.labels);
	arena_fini(&d.a);
}
