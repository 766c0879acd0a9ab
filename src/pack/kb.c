/*
 * Knowledge articles: kb/NAME.md, and kb/NAME.LANGUAGE.md in another language than the
 * default one.
 *
 *	# Returning an item
 *	You can return … (the answer: the first paragraph, sent as it is)
 *
 *	More that is searched but not sent.
 *
 *	Keywords: send back, exchange
 *
 * They are searched with SQLite's FTS5 in a database in memory: derived data, made again
 * with each load.
 */
#include "pack/load.h"

#include <sqlite3.h>
#include <stdlib.h>

#define ARTICLE_TEXT_MAX 1000
#define QUERY_WORDS_MAX 24
#define QUERY_WORD_BYTES_MAX 100
#define WORDS_REMEMBERED 4000

/* The articles that a word is found in, as SQLite ranks them. */
struct finding {
	size_t n;
	struct {
		size_t article;
		double rank;
	} found[];
};

struct kb {
	sqlite3 *db;
	sqlite3_stmt *search;
	struct pack_article *articles; /* by row id - 1 */
	struct str *languages;         /* of each article */
	size_t count;
	/* A search costs more than all else that a new question asks for, but questions are
	 * made of the same words, and what a question's words find is the sum of what each
	 * of them finds: so words are searched, once. All are forgotten when there are too
	 * many. */
	struct map findings;
	struct arena remembered;
	struct finding nothing; /* what most words find */
};

static const char kb_schema[] =
	"CREATE VIRTUAL TABLE article USING fts5(title, words, body,"
	" tokenize = 'porter unicode61 remove_diacritics 2')";
/* What the title or the keywords say counts more than what the text mentions. */
static const char kb_search[] = "SELECT rowid, -bm25(article, 5.0, 4.0, 1.0) FROM article"
				" WHERE article MATCH ?1 ORDER BY rowid";

static void
article_parse(struct loader *l, struct str text, struct pack_article *out,
	struct str *words, struct str *body)
{
	struct str rest = text, line;
	*words = (struct str){0};
	if (!str_split(&rest, '\n', &line) || !str_starts(line, STR("# "))) {
		load_error(l, 1, "must begin with \"# \" and a title");
		return;
	}
	out->title = str_trim(str_sub(line, 2, line.n));
	*body = str_trim(rest);
	ptrdiff_t end = str_find(*body, STR("\n\n"));
	out->text = end < 0 ? *body : str_trim(str_sub(*body, 0, (size_t)end));
	ptrdiff_t keywords = str_find(*body, STR("\nKeywords:"));
	if (keywords >= 0) {
		*words = str_trim(str_sub(*body, (size_t)keywords + 10, body->n));
		*body = str_sub(*body, 0, (size_t)keywords);
	}
	if (!out->text.n)
		load_error(l, 1, "has no text");
	if (out->text.n > ARTICLE_TEXT_MAX)
		load_error(l, 1,
			"the first paragraph is what customers are sent: it may have %d bytes",
			ARTICLE_TEXT_MAX);
}

/* "returns.es.md": id "returns", language "es". */
static void
article_name(
	const struct loader *l, struct str path, struct str *id, struct str *language)
{
	struct str name = str_sub(path, sizeof("kb/") - 1, path.n - (sizeof(".md") - 1));
	ptrdiff_t dot = str_find_char(name, '.');
	*id = dot < 0 ? name : str_sub(name, 0, (size_t)dot);
	*language =
		dot < 0 ? l->pack->languages[0] : str_sub(name, (size_t)dot + 1, name.n);
}

static void
bind_str(sqlite3_stmt *stmt, int at, struct str s)
{
	sqlite3_bind_text(stmt, at, s.p ? s.p : "", (int)s.n, SQLITE_STATIC);
}

static void
article_add(struct loader *l, struct kb *kb, sqlite3_stmt *insert,
	const struct pack_file *file)
{
	struct pack_article *article = &kb->articles[kb->count];
	struct str language, words, body = {0};
	l->file = file->path;
	article_name(l, file->path, &article->id, &language);
	article_parse(l, file->text, article, &words, &body);
	bool known = false;
	for (size_t i = 0; i < l->pack->language_count; i++)
		known = known || str_eq(l->pack->languages[i], language);
	if (!known)
		load_error(
			l, 0, "\"%.*s\" is no language of pack.yaml", STR_ARG(language));
	bind_str(insert, 1, article->title);
	bind_str(insert, 2, words);
	bind_str(insert, 3, body);
	if (sqlite3_step(insert) != SQLITE_DONE)
		load_error(l, 0, "cannot be indexed: %s", sqlite3_errmsg(kb->db));
	sqlite3_reset(insert);
	kb->languages[kb->count++] = language;
}

struct kb *
kb_new(struct loader *l, size_t *count)
{
	struct kb *kb = NULL;
	sqlite3_stmt *insert = NULL;
	for (size_t i = 0; i < l->files.n; i++) {
		if (!str_starts(l->files.p[i].path, STR("kb/")))
			continue;
		if (!kb) {
			kb = ARENA_NEW(l->a, struct kb);
			kb->articles = ARENA_ARRAY(l->a, struct pack_article, l->files.n);
			kb->languages = ARENA_ARRAY(l->a, struct str, l->files.n);
			map_init(&kb->findings);
			arena_init(&kb->remembered, 0);
			if (sqlite3_open(":memory:", &kb->db) ||
				sqlite3_exec(kb->db, kb_schema, NULL, NULL, NULL) ||
				sqlite3_prepare_v2(kb->db,
					"INSERT INTO article VALUES(?1, ?2, ?3)", -1,
					&insert, NULL) ||
				sqlite3_prepare_v3(kb->db, kb_search, -1,
					SQLITE_PREPARE_PERSISTENT, &kb->search, NULL)) {
				load_error(l, 0, "the search index cannot be made: %s",
					sqlite3_errmsg(kb->db));
				break;
			}
		}
		article_add(l, kb, insert, &l->files.p[i]);
	}
	sqlite3_finalize(insert);
	*count = kb ? kb->count : 0;
	return kb;
}

void
kb_free(struct kb **kb)
{
	if (*kb) {
		sqlite3_finalize((*kb)->search);
		sqlite3_close((*kb)->db);
		map_fini(&(*kb)->findings);
		arena_fini(&(*kb)->remembered);
	}
	*kb = NULL;
}

static struct finding *
kb_search_word(struct kb *kb, struct str word)
{
	char quoted[QUERY_WORD_BYTES_MAX + 2];
	sqlite3_stmt *s = kb->search;
	quoted[0] = quoted[word.n + 1] = '"';
	memcpy(quoted + 1, word.p, word.n);
	bind_str(s, 1, (struct str){quoted, word.n + 2});
	struct finding *f = NULL;
	while (sqlite3_step(s) == SQLITE_ROW) {
		sqlite3_int64 row = sqlite3_column_int64(s, 0);
		require(row >= 1 && (size_t)row <= kb->count);
		if (!f)
			f = arena_zalloc(&kb->remembered,
				sizeof(*f) + kb->count * sizeof(*f->found));
		f->found[f->n].article = (size_t)row - 1;
		f->found[f->n++].rank = sqlite3_column_double(s, 1);
	}
	sqlite3_reset(s);
	return f ? f : &kb->nothing;
}

/* What a word finds; NULL: it is not searched. Words of one or two letters say nothing,
 * nor do the frequent words that mark a language. */
static const struct finding *
kb_word(struct kb *kb, const struct pack *p, const struct token *t)
{
	struct str word = t->norm;
	if (t->kind != TOKEN_WORD || word.n < 3 || word.n > QUERY_WORD_BYTES_MAX)
		return NULL;
	const struct finding *f = map_get(&kb->findings, word);
	if (f)
		return f;
	if (map_get(&p->marks, word))
		return NULL;
	if (kb->findings.used >= WORDS_REMEMBERED) {
		map_fini(&kb->findings);
		map_init(&kb->findings);
		arena_clear(&kb->remembered);
	}
	struct finding *new = kb_search_word(kb, word);
	map_put(&kb->findings, word, new);
	return new;
}

/* bm25() of a question any of whose words may occur is the sum over its words. */
static void
kb_rank(struct kb *kb, const struct pack *p, const struct tokens *question, double *rank)
{
	size_t words = 0;
	for (size_t i = 0; i < question->n && words < QUERY_WORDS_MAX; i++) {
		const struct finding *f = kb_word(kb, p, &question->p[i]);
		for (size_t k = 0; f && k < f->n; k++)
			rank[f->found[k].article] += f->found[k].rank;
		words += f != NULL;
	}
}

size_t
pack_search(const struct pack *p, struct arena *a, const struct tokens *question,
	struct str language, struct pack_article *out, size_t max)
{
	struct kb *kb = p->kb;
	if (!kb)
		return 0;
	double *rank = ARENA_ARRAY(a, double, kb->count + 1);
	kb_rank(kb, p, question, rank);
	size_t n = 0;
	for (; n < max; n++) {
		size_t best = kb->count;
		for (size_t i = 0; i < kb->count; i++)
			if (rank[i] > rank[best] && str_eq(kb->languages[i], language))
				best = i;
		if (best == kb->count)
			break;
		out[n] = kb->articles[best];
		out[n].score = rank[best] / (rank[best] + 4);
		rank[best] = 0;
	}
	return n;
}
