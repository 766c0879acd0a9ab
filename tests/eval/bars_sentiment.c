/* Valence against the mean judgement of human raters (VADER's ground truth). */
#include "bars.h"

#include "text/mood.h"

#include <math.h>

static const struct {
	const char *name, *file;
	double bar;
	const char *others;
} sets[] = {
	{"sentiment, tweets", "vader_gt/tweets.tsv", .82, "VADER .88, one human .89"},
	{"sentiment, editorials", "vader_gt/nytEditorialSnippets.tsv", 0, "VADER .49"},
	{"sentiment, products", "vader_gt/amazonReviewSnippets.tsv", 0, "VADER .57"},
	{"sentiment, films", "vader_gt/movieReviewSnippets.tsv", 0, "VADER .45"},
};

static double
correlation(const struct lexicon *l, struct str text)
{
	double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0, human;
	struct arena a;
	struct str line, score;
	arena_init(&a, 0);
	while (str_split(&text, '\n', &line)) {
		if (!str_split(&line, '\t', &score) || !str_to_double(score, &human))
			continue;
		struct tokens t;
		struct mood m;
		arena_clear(&a);
		tokens_read(&a, line, &t);
		mood_read(l, &a, &t, &m);
		double v = m.sentiment.valence;
		n++;
		x += v;
		y += human;
		xx += v * v;
		yy += human * human;
		xy += v * human;
	}
	arena_fini(&a);
	return (n * xy - x * y) / sqrt((n * xx - x * x) * (n * yy - y * y));
}

void
bars_sentiment(struct bars *b)
{
	struct lexicon *l = NULL;
	const struct lexicon_source none = {.sentiment.base = true};
	const struct lexicon_source *sources[] = {&none};
	if (lexicon_new(sources, 1, &l, NULL))
		return;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		struct arena a;
		struct str text;
		arena_init(&a, 0);
		if (bars_file(b, &a, sets[i].name, sets[i].file, &text))
			bars_row(b, sets[i].name, "correlation with raters",
				correlation(l, text), sets[i].bar, true, sets[i].others);
		arena_fini(&a);
	}
	lexicon_free(&l);
}
