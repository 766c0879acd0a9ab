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
#define QUERY_MAX 2048
#define QUERY_WORDS_MAX 24
#define FINDINGS_MAX 1000

/* What a query found. */
struct finding {
	size_t max, n;
	struct {
		size_t article;
		double score;
	} found[];
};

struct kb {
	sqlite3 *db;
	sqlite3_stmt *search;
	struct pack_article *articles; /* by row id - 1 */
	size_t count;
	/* The same questions come again and again, and a search costs as much as half a
	 * turn: findings by language and query, all forgotten when there are too many. */
	struct map findings;
	struct arena remembered;
};

static const char kb_schema[] =
	"CREATE VIRTUAL TABLE article USING fts5(title, words, body, language UNINDEXED,"
	" tokenize = 'porter unicode61 remove_diacritics 2')";
/* What the title or the keywords say counts more than what the text mentions. */
static const char kb_search[] =
	"SELECT rowid, -bm25(article, 5.0, 4.0, 1.0) AS rank FROM article"
	" WHERE article MATCH ?1 AND language = ?2 ORDER BY rank DESC, rowid LIMIT ?3";

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
	bind_str(insert, 4, language);
	if (sqlite3_step(insert) != SQLITE_DONE)
		load_error(l, 0, "cannot be indexed: %s", sqlite3_errmsg(kb->db));
	sqlite3_reset(insert);
	kb->count++;
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
			map_init(&kb->findings);
			arena_init(&kb->remembered, 0);
			if (sqlite3_open(":memory:", &kb->db) ||
				sqlite3_exec(kb->db, kb_schema, NULL, NULL, NULL) ||
				sqlite3_prepare_v2(kb->db,
					"INSERT INTO article VALUES(?1, ?2, ?3, ?4)", -1,
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

/* The question's words, quoted, any of which may occur. Words of one or two letters say
 * nothing, nor do the frequent words that mark a language. */
static struct str
kb_query(const struct pack *p, struct arena *a, const struct tokens *t)
{
	struct buf out;
	buf_init(&out, QUERY_MAX);
	size_t words = 0;
	for (size_t i = 0; i < t->n && words < QUERY_WORDS_MAX; i++) {
		struct str w = t->p[i].norm;
		if (t->p[i].kind != TOKEN_WORD || w.n < 3 || str_find_char(w, '"') >= 0 ||
			map_get(&p->marks, w))
			continue;
		if (words++)
			buf_add_str(&out, STR(" OR "));
		buf_add_char(&out, '"');
		buf_add_str(&out, w);
		buf_add_char(&out, '"');
	}
	struct str query = buf_over(&out) ? STR("") : arena_str(a, buf_str(&out));
	buf_fini(&out);
	return query;
}

static void
kb_find(struct kb *kb, struct str query, struct str language, struct finding *out)
{
	sqlite3_stmt *s = kb->search;
	bind_str(s, 1, query);
	bind_str(s, 2, language);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)out->max);
	while (out->n < out->max && sqlite3_step(s) == SQLITE_ROW) {
		sqlite3_int64 row = sqlite3_column_int64(s, 0);
		double rank = sqlite3_column_double(s, 1);
		require(row >= 1 && (size_t)row <= kb->count);
		out->found[out->n].article = (size_t)row - 1;
		out->found[out->n++].score = rank / (rank + 4);
	}
	sqlite3_reset(s);
}

static const struct finding *
kb_recall(
	struct kb *kb, struct arena *a, struct str query, struct str language, size_t max)
{
	struct str key = arena_printf(a, "%.*s\n%.*s", STR_ARG(language), STR_ARG(query));
	struct finding *f = map_get(&kb->findings, key);
	if (f && f->max == max)
		return f;
	if (kb->findings.used >= FINDINGS_MAX) {
		map_fini(&kb->findings);
		map_init(&kb->findings);
		arena_clear(&kb->remembered);
	}
	f = arena_zalloc(&kb->remembered, sizeof(*f) + max * sizeof(*f->found));
	f->max = max;
	kb_find(kb, query, language, f);
	map_put(&kb->findings, key, f);
	return f;
}

size_t
pack_search(const struct pack *p, struct arena *a, const struct tokens *question,
	struct str language, struct pack_article *out, size_t max)
{
	struct str query = p->kb ? kb_query(p, a, question) : (struct str){0};
	if (!query.n)
		return 0;
	const struct finding *f = kb_recall(p->kb, a, query, language, max);
	for (size_t i = 0; i < f->n; i++) {
		out[i] = p->kb->articles[f->found[i].article];
		out[i].score = f->found[i].score;
	}
	return f->n;
}
