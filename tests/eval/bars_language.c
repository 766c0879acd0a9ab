/* Languages of sentences, word pairs and single words: with the model that ships where
 * there are files for it, else with one that learnt as that one did but never saw a fifth
 * of the sentences; the pairs and words are cut out of those. */
#include "bars.h"

#include "base/limits.h"
#include "text/language.h"

#include <stdio.h>

/* `make models` learns with these. */
#define MODEL_DF_MIN 30
#define MODEL_COST .5

enum piece { PIECE_SENTENCE, PIECE_PAIR, PIECE_WORD, PIECES };

static const struct {
	const char *name, *file;
	double bar;
	const char *others;
} pieces[PIECES] = {
	[PIECE_SENTENCE] = {"sentences", "langid_lingua/sentences_test.tsv", .985,
		"cld3 .968"},
	[PIECE_PAIR] = {"word pairs", "langid_lingua/word_pairs.tsv", .80, "cld3 .547"},
	[PIECE_WORD] = {"single words", "langid_lingua/single_words.tsv", .60,
		"cld3 .321"},
};

static bool
says(const struct language_reader *r, struct str text, struct str code)
{
	struct arena a;
	struct tokens t;
	struct language l;
	arena_init(&a, 0);
	tokens_read(&a, text, &t);
	language_read(r, &a, &t, &l);
	bool right = str_eq(l.code, code);
	arena_fini(&a);
	return right;
}

/* Words that stand side by side, from a place that the row's number tells; empty when the
 * sentence has none there. */
static struct str
cut_words(struct arena *a, struct str sentence, size_t row, size_t words)
{
	struct tokens t;
	tokens_read(a, sentence, &t);
	for (size_t k = 0; k + words <= t.n; k++) {
		size_t at = (row * 7 + k) % (t.n - words + 1);
		bool good = true;
		for (size_t i = at; i < at + words; i++)
			good = good && t.p[i].kind == TOKEN_WORD && t.p[i].norm.n > 1;
		if (good)
			return str_sub(sentence, t.p[at].start, t.p[at + words - 1].end);
	}
	return STR("");
}

static double
share_right(const struct language_reader *r, const struct train_row *rows, size_t count,
	enum piece piece)
{
	size_t n = 0, right = 0;
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < count; i++) {
		arena_clear(&a);
		struct str text = piece == PIECE_SENTENCE
			? rows[i].text
			: cut_words(&a, rows[i].text, i, piece == PIECE_PAIR ? 2 : 1);
		if (!text.n)
			continue;
		n++;
		right += says(r, text, rows[i].label);
	}
	arena_fini(&a);
	return n ? (double)right / (double)n : 0;
}

static void
held_out(struct bars *b, struct arena *a, const bool wanted[PIECES])
{
	struct language_reader *r = NULL;
	struct train_row *rows, *held;
	size_t count, held_count;
	struct buf bytes;
	struct error e;
	const struct train_options o = {
		.seed = 1, .df_min = MODEL_DF_MIN, .cost = MODEL_COST};
	if (!bars_has(b, "langid_lingua/sentences.tsv")) {
		bars_missing(b, "languages", "langid_lingua/sentences.tsv");
		return;
	}
	if (!bars_made(a, "languages", "languages.tsv", &rows, &count) ||
		!bars_made(a, "languages", "languages-held.tsv", &held, &held_count))
		return;
	buf_init(&bytes, MODEL_BYTES_MAX);
	if (train_model(rows, count, &o, &bytes, &e) ||
		language_reader_of(buf_str(&bytes), &r, &e))
		printf("languages: %s\n", e.text);
	for (enum piece i = PIECE_SENTENCE; r && i < PIECES; i++) {
		char measure[64];
		snprintf(measure, sizeof(measure), "%s, fifth held out", pieces[i].name);
		if (wanted[i])
			bars_row(b, "language of 12", measure,
				share_right(r, held, held_count, i), pieces[i].bar, true,
				pieces[i].others);
	}
	language_reader_free(&r);
	buf_fini(&bytes);
}

void
bars_language(struct bars *b)
{
	struct language_reader *r = NULL;
	struct arena a;
	bool left[PIECES] = {false}, any = false;
	if (language_reader_new(&r, NULL))
		return;
	arena_init(&a, 0);
	for (enum piece i = PIECE_SENTENCE; i < PIECES; i++) {
		struct train_row *rows;
		size_t n;
		if (!bars_has(b, pieces[i].file)) {
			left[i] = any = true;
			continue;
		}
		if (bars_rows(b, &a, "languages", pieces[i].file, &rows, &n))
			bars_row(b, "language of 12", pieces[i].name,
				share_right(r, rows, n, PIECE_SENTENCE), pieces[i].bar,
				true, pieces[i].others);
	}
	if (any)
		held_out(b, &a, left);
	arena_fini(&a);
	language_reader_free(&r);
}
